"""The servers: moto always; with `-m lab` Swift's s3api at the lab and a SeaweedFS of our own."""

import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import botocore.hooks
import pytest

from tests.s3 import seaweed
from tests.s3.servers import SEAWEED_CANNOT_HOLD, Server, StoreContainer, moto, s3api
from tests.s3.tenant import Tenant

LAB = [pytest.param(name, marks=pytest.mark.lab) for name in ("s3api", "seaweedfs")]

ON_BOTH = ("test_s3_expiry.py", "test_s3_settings.py", "test_a_mark_is_a_tag_", "test_tags_that_")
"""What s3api has not got: life cycles, CORS and tags. Of the rest SeaweedFS shows the same again."""


def pytest_itemcollected(item: pytest.Item) -> None:
    again = "[seaweedfs" in item.nodeid or "-seaweedfs" in item.nodeid
    if again and not any(name in item.nodeid for name in ON_BOTH):
        item.add_marker(pytest.mark.full)


@pytest.fixture(scope="package", autouse=True)
def signatures_read_once() -> Iterator[None]:
    """botocore looks at each of its handlers for every login, and each command here makes one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(botocore.hooks, "accepts_kwargs", cache(botocore.hooks.accepts_kwargs))
        yield


@pytest.fixture(autouse=True)
def no_profile(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whoever runs the tests may have keys of their own."""
    for name in [name for name in os.environ if name.startswith("AWS_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    folder = tmp_path_factory.mktemp("aws")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(folder / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(folder / "credentials"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.fixture(scope="session")
def moto_server() -> Iterator[Server]:
    yield from moto()


@pytest.fixture(scope="session")
def s3api_server() -> Server:
    """A lab that is not ready fails the test; it does not skip it."""
    return s3api()


@pytest.fixture(scope="session")
def seaweedfs_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with seaweed.seaweed(tmp_path_factory.mktemp("seaweed")) as url:
        yield Server("seaweedfs", url, seaweed.ACCESS, seaweed.SECRET, cannot_hold=SEAWEED_CANNOT_HOLD)


@pytest.fixture(params=["moto", *LAB])
def server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Server:
    found: Server = request.getfixturevalue(f"{request.param}_server")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", found.access)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", found.secret)
    return found


@pytest.fixture
def box(server: Server) -> Iterator[StoreContainer]:
    made = StoreContainer(server)
    for container in ("box", "front", "back"):
        made.store.put_container(container, {})
    made.seen.clear()
    yield made
    made.clean()


@pytest.fixture
def tenant(server: Server, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Tenant]:
    made = Tenant(server, tmp_path / "work", capsys)
    yield made
    made.clean()
