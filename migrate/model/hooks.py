"""Hooks: programs of the customer's that are run at a stage of a cut-over."""

from migrate.model.records import Record


class Hook(Record, frozen=True, kw_only=True):
    """A program with its arguments, and the seconds that it may take. It must exit with 0."""

    run: tuple[str, ...]
    limit_s: int
