"""A tenant whose answers can be spoiled."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.clouds.guard import SourceGuard
from migrate.clouds.openstack.cloud import OpenStackCloud
from migrate.demo.small_tenant import two_clouds
from migrate.forecast import simulate
from migrate.inventory.inventory_file import read_inventory, write_inventory
from migrate.inventory.scan_project import scan
from migrate.messages import codes
from migrate.model import Inventory
from tests.openstack.fake_openstack import FakeServer, Open, Reply, Seen, keystone
from tests.openstack.listings import ACCOUNT, LISTINGS, NEUTRON, NOVA, served
from tests.trusted import agree_before


@pytest.fixture
def tenant(fake: FakeServer, open_shop: Open) -> Open:
    """One good item of each kind."""
    keystone(fake, more=(("dns", "/dns"),))
    for listing in LISTINGS.values():
        fake.on(f"GET {listing.path}", Reply(200, served(listing, [listing.good])))
    fake.on(f"GET {ACCOUNT}", lambda seen: account(seen, [LISTINGS["container"].good]))
    fake.on(f"HEAD {ACCOUNT}/.*", Reply(204, b"", {"X-Container-Object-Count": "1"}))
    fake.on(f"GET {NOVA}/limits", Reply(200, {"limits": {"absolute": {"maxTotalKeypairs": 100}}}))
    fake.on(f"GET {NEUTRON}/extensions", Reply(200, {"extensions": [{"alias": "trunk"}]}))
    fake.on("GET /info", Reply(200, {"swift": {}}))
    return open_shop


def account(seen: Seen, items: list[Any]) -> Reply:
    """Nothing comes behind the last name."""
    marker = seen.query.get("marker", [""])[0]
    return Reply(200, items if not marker else []) if not marker or items else Reply(204)


def taken(cloud: OpenStackCloud | Open, tmp_path: Path) -> Inventory:
    """What a scan leaves, as the next command reads it."""
    inventory = scan(cloud if isinstance(cloud, OpenStackCloud) else cloud(SourceGuard()), "source")
    write_inventory(tmp_path / "source.json", inventory)
    return read_inventory(tmp_path / "source.json")


@pytest.fixture
def decamp(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str, str]]:
    two_clouds(0.02)
    # How sure a forecast is makes no difference here.
    monkeypatch.setattr(simulate, "RUNS", 10)

    def call(*args: str | Path) -> tuple[int, str, str]:
        agree_before(args)
        capsys.readouterr()
        code = run_guarded(make_group(), [str(arg) for arg in args])
        out, err = capsys.readouterr()
        assert codes.UNEXPECTED not in err and "Traceback" not in out + err, err
        return code, out, err

    return call
