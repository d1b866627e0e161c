"""Property tests draw the same examples each time, so that a run of the tests means the same thing twice."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from migrate.held import forget

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")

pytest_plugins = ["tests.faults.fixtures", "tests.skips"]


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests() -> Iterator[None]:
    """What one test has logged in with is an ordinary word to the next."""
    yield
    forget()
