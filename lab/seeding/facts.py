"""What a tenant's disks hold, read from the lab's backing files with e2fsprogs and mount: an outside referee.

Nothing here asks a cloud for content, and nothing of the migration is imported.  Two disks with the same `tree_hash`
hold the same files; `fsck_clean` says that the file system around them is whole.
"""

import hashlib
import os
import stat
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .errors import SeedError
from .paths import lab_home, root_disk_file, snapshot_file, volume_file

__all__ = ["fsck_clean", "project_facts", "root_disk_file", "tree_hash", "volume_file"]

SBIN = {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin"}
EXT4_MAGIC_AT = 0x438
# Kind and permissions. debugfs, which stands in for a mount, loses the setuid bits as it copies files out.
COMPARED_MODE = 0o170777


def has_file_system(path: Path) -> bool:
    """Whether a disk's first byte on is an ext4 file system; an empty volume has none."""
    with path.open("rb") as disk:
        disk.seek(EXT4_MAGIC_AT)
        return disk.read(2) == b"\x53\xef"


def fsck_clean(path: Path) -> bool:
    """Whether e2fsck, told to change nothing, finds nothing to change."""
    return _run("e2fsck", "-fn", str(path)).returncode == 0


def tree_hash(path: Path) -> str:
    """SHA-256 over the sorted tree of a disk image: names, kinds, modes, link targets and the content of every file."""
    digest = hashlib.sha256()
    with _tree(path) as root:
        for entry in _entries(root):
            name, mode = os.fsencode(entry.relative_to(root)), entry.lstat().st_mode
            digest.update(b"%s\0%o\0%s\n" % (name, mode & COMPARED_MODE, _content_hash(entry, mode)))
    return digest.hexdigest()


def project_facts(project: str) -> dict[str, Any]:
    """The facts of every volume, volume snapshot and root disk of a project, by cloud and name.

    Equal names are told apart by age (`web`, `web#2`).  A cloud that does not answer has null.
    """
    import openstack
    from keystoneauth1.exceptions import ConnectFailure

    os.environ["OS_CLIENT_CONFIG_FILE"] = str(lab_home() / "clouds.yaml")
    facts: dict[str, Any] = {}
    for cloud in ("source", "target"):
        try:
            facts[cloud] = _cloud_facts(cloud, openstack.connect(cloud=f"{cloud}-{project}"))
        except openstack.exceptions.ConfigException as err:
            raise SeedError(f"there is no project {project} on the {cloud} cloud") from err
        except ConnectFailure:
            # A cloud that was switched off, which is what tenants move away from.
            facts[cloud] = None
    return facts


def _cloud_facts(cloud: str, connection: Any) -> dict[str, Any]:
    volumes = {name: volume_file(cloud, v.id) for name, v in _named(connection.block_storage.volumes())}
    snapshots = {name: snapshot_file(cloud, s.id) for name, s in _named(connection.block_storage.snapshots())}
    servers = {name: root_disk_file(cloud, s.id) for name, s in _named(connection.compute.servers())}
    return {
        "volumes": {name: _facts(path) for name, path in volumes.items()},
        "snapshots": {name: _facts(path) for name, path in snapshots.items()},
        # A server that booted from a volume has no disk of its own.
        "root_disks": {name: _facts(path) for name, path in servers.items() if path.exists()},
    }


def _named(items: Iterable[Any]) -> Iterator[tuple[str, Any]]:
    seen: Counter[str] = Counter()
    for item in sorted(items, key=lambda i: (i.name or "", i.created_at, i.id)):
        seen[item.name] += 1
        yield (item.name if seen[item.name] == 1 else f"{item.name}#{seen[item.name]}"), item


def _facts(path: Path) -> dict[str, Any]:
    if not has_file_system(path):
        return {"file": str(path), "fsck_clean": None, "tree_sha256": None}
    return {"file": str(path), "fsck_clean": fsck_clean(path), "tree_sha256": tree_hash(path)}


def _entries(folder: Path) -> Iterator[Path]:
    # Names on a disk are bytes, and not all of them are UTF-8.
    for path in sorted(folder.iterdir(), key=os.fsencode):
        yield path
        if stat.S_ISDIR(path.lstat().st_mode):
            yield from _entries(path)


def _content_hash(path: Path, mode: int) -> bytes:
    if stat.S_ISLNK(mode):
        return os.fsencode(path.readlink())
    if not stat.S_ISREG(mode):
        return b""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest().encode()


@contextmanager
def _tree(path: Path) -> Iterator[Path]:
    """The disk's files as a folder: mounted read-only where that is allowed, else copied out."""
    with tempfile.TemporaryDirectory(prefix="facts-") as folder:
        # noload: a journal that was not closed must not be replayed into the file that we only look at.
        if _run("mount", "-o", "ro,noload,loop", str(path), folder).returncode == 0:
            try:
                yield Path(folder)
            finally:
                _run("umount", folder)
            return
        done = _run("debugfs", "-R", f"rdump / {folder}", str(path))
        if done.returncode != 0 or not any(Path(folder).iterdir()):
            raise SeedError(f"debugfs cannot read {path}: {done.stderr.strip()}")
        yield Path(folder)


def _run(*command: str) -> subprocess.CompletedProcess[str]:
    try:
        return subprocess.run(command, capture_output=True, text=True, errors="replace", env=SBIN)
    except FileNotFoundError as err:
        raise SeedError(f"{command[0]} is not installed") from err
