"""Captured disks in a bucket: moto always; with `-m lab` Swift's s3api and SeaweedFS."""

from pathlib import Path

from tests.s3.servers import Box
from tests.store.rig import keeps_disks


def test_a_bucket_keeps_disks(box: Box, tmp_path: Path) -> None:
    keeps_disks(box.store, "box", tmp_path)
