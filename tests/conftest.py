"""Property tests draw the same examples each time, so that a run of the tests means the same thing twice."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from migrate import encrypted_values
from migrate.own_secrets import forget

# A parent that has loaded GNU readline, as pytest's may have, sets these for its children: no screen is that wide here.
for _name in ("COLUMNS", "LINES"):
    os.environ.pop(_name, None)

settings.register_profile("fixed", derandomize=True, deadline=None)
settings.load_profile("fixed")

pytest_plugins = ["tests.faults.fixtures", "tests.lab_groups", "tests.skips"]


@pytest.fixture(autouse=True)
def _umask_of_its_own() -> Iterator[None]:
    """A command that a test calls in this process closes the umask; what the next test starts has its own users."""
    umask = os.umask(0o022)
    os.umask(umask)
    yield
    os.umask(umask)


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests() -> Iterator[None]:
    """What one test has logged in with is an ordinary word to the next."""
    yield
    forget()
    encrypted_values.use(None)
