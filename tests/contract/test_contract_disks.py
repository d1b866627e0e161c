"""Captured disks in whatever keeps objects: memory, a folder, and with `-m lab` Swift."""

from pathlib import Path

from sandbox import Sandbox

from tests.store.rig import keeps_disks


def test_an_object_store_keeps_disks(store_box: Sandbox, tmp_path: Path) -> None:
    name = store_box.container()
    keeps_disks(store_box.cloud.objects, name, tmp_path)
