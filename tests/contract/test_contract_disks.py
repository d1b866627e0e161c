"""Captured disks in whatever keeps objects: memory, a folder, and with `-m lab` Swift."""

from pathlib import Path

import pytest

from migrate.disks.store.encryption_key import StoreKey
from tests.contract.sandbox import Sandbox
from tests.disks.store import faulty_stores


@pytest.mark.parametrize("key", [None, faulty_stores.KEY], ids=["plain", "encrypted"])
def test_an_object_store_keeps_disks(
    store_box: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: StoreKey | None
) -> None:
    monkeypatch.setattr(faulty_stores.KEYS, "key", key)
    name = store_box.container()
    faulty_stores.keeps_disks(store_box.cloud.objects, name, tmp_path)
