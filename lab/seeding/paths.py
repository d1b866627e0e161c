"""Where the lab keeps its things.  Importable without any cloud library."""

import os
from pathlib import Path

LAB = Path(__file__).resolve().parent.parent
TENANTS = LAB / "tenants"


def lab_home() -> Path:
    """The running lab's folder.  Read at each call, so that a test can point LAB_HOME elsewhere."""
    return Path(os.environ.get("LAB_HOME", LAB / ".run")).resolve()


def cache_dir() -> Path:
    """Built file systems, kept between runs: building them is most of the seeder's work."""
    path = lab_home() / "cache"
    path.mkdir(parents=True, exist_ok=True)
    return path


def volume_file(cloud: str, volume_id: str) -> Path:
    """The raw file behind a volume of the lab's Cinder."""
    return lab_home() / cloud / "data" / "cinder" / "volumes" / f"volume-{volume_id}"


def snapshot_file(cloud: str, snapshot_id: str) -> Path:
    """The raw file behind a snapshot of the lab's Cinder."""
    return lab_home() / cloud / "data" / "cinder" / "volumes" / f"snapshot-{snapshot_id}"


def root_disk_file(cloud: str, server_id: str) -> Path:
    """The raw file behind the root disk of an image-booted server of the lab's Nova."""
    return lab_home() / cloud / "data" / "nova" / "instances" / f"{server_id}.raw"
