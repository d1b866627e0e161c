"""An emptied tenant is empty, whatever an earlier run left in it. Referee: Swift's own listings, by raw requests."""

import pytest

from tests.lab.harness import sweep
from tests.objects_bench.lab import ensure_tenant
from tests.objects_bench.raw import Account

pytestmark = pytest.mark.lab

PROJECT, BOX = "test-sweep", "old drafts"


def test_a_container_goes_with_every_version_of_its_objects(lab: None) -> None:
    ensure_tenant("source", PROJECT)
    account = Account.of(f"source-{PROJECT}")
    account.need("PUT", BOX, headers={"X-Versions-Enabled": "true"})
    for draft in (b"1", b"2"):
        account.need("PUT", BOX, "letter", body=draft)
    account.need("PUT", BOX, "gone already", body=b"1")
    account.need("DELETE", BOX, "gone already")
    assert account.ask("DELETE", BOX).status == 409
    sweep("source", PROJECT)
    assert account.ask("HEAD", BOX).status == 404
    assert account.ask("GET").body == b""
