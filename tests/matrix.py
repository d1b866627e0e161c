"""The cases of a matrix that `make test` leaves to `make test-all`, which runs every one of them."""

from collections.abc import Sequence
from itertools import product
from typing import Any

import pytest


def one_each(rows: Sequence[Any], columns: Sequence[Any]) -> list[Any]:
    """Each row with one of the columns, in turn; the other pairs are marked `full`."""
    taken = [(row, columns[at % len(columns)]) for at, row in enumerate(rows)]
    return [*taken, *rest(*(pair for pair in product(rows, columns) if pair not in taken))]


def rest(*cases: Any) -> list[Any]:
    """These cases, marked `full`. A tuple is the values of one case."""
    return [pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.full) for case in cases]
