"""The fake services, and a real login on them."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from migrate.clouds.guard import Gatekeeper, NoGuard, Request
from migrate.clouds.http.client import RetryPolicy
from migrate.clouds.http.pace import Pacer
from migrate.clouds.openstack.cloud import OpenStackCloud
from migrate.clouds.openstack.config import open_cloud
from tests.openstack.fake_clock import Clock
from tests.openstack.fake_openstack import PASSWORD, FakeServer, Open, keystone


@pytest.fixture
def fake() -> Iterator[FakeServer]:
    server = FakeServer()
    yield server
    server.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def waits(clock: Clock) -> list[float]:
    """The waits that retries and pauses asked for; none is spent."""
    return clock.waits


@pytest.fixture
def requests_seen() -> list[tuple[Request, int | None]]:
    return []


@pytest.fixture
def clouds_yaml(fake: FakeServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in [name for name in os.environ if name.startswith("OS_") or name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)
    auth = {
        "auth_url": f"{fake.url}/v3",
        "username": "me",
        "password": PASSWORD,
        "project_name": "shop",
        "user_domain_name": "Default",
        "project_domain_name": "Default",
    }
    path = tmp_path / "clouds.yaml"
    path.write_text(yaml.safe_dump({"clouds": {"shop": {"auth": auth, "region_name": "fr1"}}}))
    monkeypatch.setenv("OS_CLIENT_CONFIG_FILE", str(path))
    return path


@pytest.fixture
def open_shop(
    fake: FakeServer, clouds_yaml: Path, clock: Clock, requests_seen: list[tuple[Request, int | None]]
) -> Open:
    """Opens the fake cloud behind a gatekeeper of choice."""
    keystone(fake)

    def open_it(gatekeeper: Gatekeeper | None = None) -> OpenStackCloud:
        return open_cloud(
            "shop",
            gatekeeper or NoGuard(),
            on_request=lambda request, status: requests_seen.append((request, status)),
            retries=RetryPolicy(attempts=4, sleep=clock.wait),
            pacer=Pacer("shop", clock=clock, wait=clock.wait),
        )

    return open_it
