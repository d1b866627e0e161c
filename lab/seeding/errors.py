"""What the seeder says when it cannot go on."""


class SeedError(Exception):
    """Bad input, or a cloud in a state that the seeder cannot work with.  The message is one sentence for a person."""
