"""The cases of a matrix that `make test` leaves to `make soak`, which runs every one of them."""

from typing import Any

import pytest


def rest(*cases: Any) -> list[Any]:
    """These cases, marked `full`. A tuple is the values of one case."""
    return [pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.full) for case in cases]
