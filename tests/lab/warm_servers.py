"""A server that writes while it is copied."""

import hashlib
import random
from pathlib import Path

import yaml

from tests.lab.harness import HOME, Workspace, openstack_all

CHUNK = 64 << 10
CHANGED = 2 * (1 << 30) // 100 // CHUNK
"""2 % of the volume, in chunks."""


def backing_file(side: str, volume: str) -> Path:
    """Where the cloud itself keeps the bytes."""
    return HOME / side / "data/cinder/volumes" / f"volume-{volume}"


def write_as_a_guest_would(path: Path, seed_of: int) -> None:
    """Noise in 2 % of the chunks, each in its own place: the lab has no guests."""
    made = random.Random(seed_of)
    with path.open("r+b") as disk:
        for at in made.sample(range(path.stat().st_size // CHUNK), CHANGED):
            disk.seek(at * CHUNK + 4096)
            disk.write(made.randbytes(CHUNK - 8192))


def digest(path: Path) -> str:
    with path.open("rb") as disk:
        return hashlib.file_digest(disk, "sha256").hexdigest()


def say(workspace: Workspace, **passes: object) -> None:
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["passes"].update(passes)
    path.write_text(yaml.safe_dump(policy))


def temporaries(cloud: str) -> list[object]:
    listed = openstack_all(cloud, "volume list", "volume snapshot list", "image list --private")
    return [one for some in listed for one in some if "decamp-t-" in str(one)]
