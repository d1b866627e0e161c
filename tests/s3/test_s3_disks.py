"""Captured disks in a bucket: moto always; with `-m lab` Swift's s3api and SeaweedFS."""

from pathlib import Path

import pytest

from migrate.disks.store.encryption_key import StoreKey
from tests.disks.store import faulty_stores
from tests.matrix import rest
from tests.s3.servers import StoreContainer


@pytest.mark.parametrize("key", [None, *rest(faulty_stores.KEY)], ids=["plain", "encrypted"])
def test_a_bucket_keeps_disks(
    box: StoreContainer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: StoreKey | None
) -> None:
    monkeypatch.setattr(faulty_stores.KEYS, "key", key)
    faulty_stores.keeps_disks(box.store, "box", tmp_path)
