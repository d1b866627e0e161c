"""A run of the tests means the same thing twice: each draws the same examples, and asks nobody on the network."""

import gc
import os
import shutil
import socket
import tempfile
from collections.abc import Generator, Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from migrate import encrypted_values
from migrate.own_secrets import forget
from migrate.trust.consents import NAMED

# A parent that has loaded GNU readline, as pytest's may have, sets these for its children: no screen is that wide here.
for _name in ("COLUMNS", "LINES"):
    os.environ.pop(_name, None)

# Nor do the logins of the caller's shell say anything to a test.
for _name in [name for name in os.environ if name.startswith("OS_")]:
    del os.environ[_name]

# For processes that the tests start: one that has no such name answers at once, and a silent one is not waited for.
os.environ["RES_OPTIONS"] = "timeout:1 attempts:1"

# What tests agree to is not what the caller of the tests has agreed to. Inherited by the processes that they start.
os.environ[NAMED] = tempfile.mkdtemp(prefix="decamp-trust-")

# How fast examples are drawn says something of the machine, and nothing of Decamp.
settings.register_profile(
    "fixed",
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("fixed")

pytest_plugins = ["tests.compiled_once", "tests.demo_run", "tests.faults.fixtures", "tests.lab_groups", "tests.skips"]


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """None of ten thousand tests is garbage: a third of the time of collecting them went into looking for some."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


@pytest.fixture(autouse=True, scope="session")
def _trust_folder_goes() -> Iterator[None]:
    folder = os.environ[NAMED]
    yield
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(autouse=True, scope="session")
def _nobody_is_asked_for_a_name_that_is_none() -> Iterator[None]:
    """Names below `.invalid` are nobody's (RFC 6761): a slow or broken resolver of this machine has no say in that."""
    look_up = socket.getaddrinfo

    def without_asking(host: Any, *args: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host or ""
        if name.rstrip(".").endswith(".invalid"):
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return look_up(host, *args, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", without_asking)
        yield


@pytest.fixture(autouse=True)
def _umask_of_its_own() -> Iterator[None]:
    """A command that a test calls in this process closes the umask; what the next test starts has its own users."""
    umask = os.umask(0o022)
    os.umask(umask)
    yield
    os.umask(umask)


@pytest.fixture(autouse=True)
def _environment_of_its_own(request: pytest.FixtureRequest) -> Iterator[None]:
    """A login that one test has named is not the next one's. Those of the lab name theirs for a whole session."""
    before = dict(os.environ)
    yield
    if not request.node.get_closest_marker("lab"):
        os.environ.clear()
        os.environ.update(before)


@pytest.fixture(autouse=True)
def _no_secrets_of_other_tests() -> Iterator[None]:
    """What one test has logged in with is an ordinary word to the next."""
    yield
    forget()
    encrypted_values.use(None)
