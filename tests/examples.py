"""How many examples a costly property is tried with: few in `make test`, many in `make soak` (PROPERTIES=many)."""

import os

from hypothesis import settings

MANY = 40


def few_examples(number: int) -> settings:
    """So many in `make test`, and MANY times as many in `make soak`."""
    return settings(max_examples=number * (MANY if os.environ.get("PROPERTIES") == "many" else 1))
