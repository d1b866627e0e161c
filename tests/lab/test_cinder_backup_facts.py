"""What a member may see and do with cinder-backup and its Swift driver: the facts that decision 16 rests on.

Nothing of ours is under test. When one of these fails after an upgrade of the lab, read the decision again.
"""

import filecmp
import hashlib
import random
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openstack
import pytest

from tests.lab.harness import HOME, sweep
from tests.objects_bench.lab import ensure_tenant
from tests.objects_bench.raw import clouds_file

from openstack_lab.processes import running_pid  # isort: skip (lab/ is on the path by the import above)

pytestmark = [pytest.mark.lab, pytest.mark.soak]

PROJECT = "test-backup-facts"
GIB = 1 << 30
CHUNK = 64 << 10
HASHED = 32 << 10
_PLAIN: dict[str, Callable[[bytes], bytes]] = {"none": bytes, "zlib": zlib.decompress}


@dataclass
class Member:
    """The tenant, by plain requests to Cinder and Swift."""

    session: Any
    cinder: str
    swift: str

    @classmethod
    def of(cls, entry: str) -> "Member":
        cloud = openstack.config.OpenStackConfig(config_files=[str(clouds_file())]).get_one(entry)
        connection = openstack.connection.Connection(config=cloud)
        cinder, swift = connection.block_storage.get_endpoint(), connection.object_store.get_endpoint()
        return cls(connection.session, str(cinder), str(swift))

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        return self.session.request(f"{self.cinder}/{path}", method, json=body, raise_exc=False)

    def settled(self, kind: str, made: Any) -> dict[str, Any]:
        """The volume, snapshot or backup of this answer, once it is no longer being made."""
        assert made.status_code < 300, made.text
        (thing,) = made.json().values()
        end = time.monotonic() + 240
        while time.monotonic() < end:
            (found,) = self.ask("GET", f"{kind}/{thing['id']}").json().values()
            if found["status"] in {"available", "error"}:
                assert found["status"] == "available", found
                return dict(found)
            time.sleep(0.3)
        raise AssertionError(f"{kind}/{thing['id']} stays {found['status']}")

    def status(self, kind: str, thing_id: str) -> str:
        (found,) = self.ask("GET", f"{kind}/{thing_id}").json().values()
        return str(found["status"])

    def asked_backup(self, volume_id: str, **fields: Any) -> Any:
        return self.ask("POST", "backups", {"backup": {"volume_id": volume_id, **fields}})

    def backup(self, volume_id: str, **fields: Any) -> dict[str, Any]:
        return self.settled("backups", self.asked_backup(volume_id, **fields))

    def names(self, backup: dict[str, Any]) -> list[str]:
        """Its objects in the tenant's own account."""
        asked = {"format": "json", "prefix": f"volume_{backup['volume_id']}/"}
        listed = self.session.get(f"{self.swift}/{backup['container']}", params=asked)
        return [o["name"] for o in listed.json() if f"_backup_{backup['id']}" in o["name"]]

    def read(self, container: str, name: str) -> Any:
        return self.session.get(f"{self.swift}/{container}/{name}")

    def document(self, backup: dict[str, Any], kind: str) -> dict[str, Any]:
        (name,) = [n for n in self.names(backup) if n.endswith(f"_{kind}")]
        return dict(self.read(backup["container"], name).json())


@dataclass
class Written:
    """A volume of 1 GiB, written to by way of its file, which the lab's Cinder keeps."""

    id: str
    path: Path

    def scatter(self, blocks: int) -> set[int]:
        """Overwrites so many 64 KiB blocks; returns which."""
        chosen = random.sample(range(GIB // CHUNK), blocks)
        with self.path.open("r+b") as file:
            for block in chosen:
                file.seek(block * CHUNK)
                file.write(random.randbytes(CHUNK))
        return set(chosen)


@pytest.fixture(scope="module")
def member() -> Iterator[Member]:
    entry = ensure_tenant("source", PROJECT)
    sweep("source", PROJECT)
    yield Member.of(entry)
    sweep("source", PROJECT)


@pytest.fixture
def volume(member: Member) -> Written:
    made = member.settled("volumes", member.ask("POST", "volumes", {"volume": {"size": 1, "name": "facts"}}))
    written = Written(made["id"], HOME / f"source/data/cinder/volumes/volume-{made['id']}")
    written.scatter(200)
    return written


def read_by_backup_service() -> int:
    """Bytes that cinder-backup has read from files so far."""
    pid = running_pid(HOME / "source/pids/cinder-backup")
    fields = dict(line.split(": ") for line in Path(f"/proc/{pid}/io").read_text().splitlines())
    return int(fields["rchar"])


def changed(before: dict[str, Any], now: dict[str, Any]) -> set[int]:
    """64 KiB blocks whose hashes differ between two hash files."""
    assert before["chunk_size"] == now["chunk_size"] == HASHED
    pairs = zip(before["sha256s"], now["sha256s"], strict=True)
    return {index * HASHED // CHUNK for index, (old, new) in enumerate(pairs) if old != new}


def rebuild(member: Member, backup: dict[str, Any], disk: Path) -> set[int]:
    """Writes what the backup holds over the disk; returns the 64 KiB blocks that its metadata names."""
    told: set[int] = set()
    with disk.open("r+b") as file:
        for entry in member.document(backup, "metadata")["objects"]:
            ((name, where),) = entry.items()
            data = _PLAIN[where["compression"]](member.read(backup["container"], name).content)
            assert (len(data), hashlib.md5(data).hexdigest()) == (where["length"], where["md5"])
            file.seek(where["offset"])
            file.write(data)
            told.update(range(where["offset"] // CHUNK, (where["offset"] + len(data)) // CHUNK))
    return told


def test_a_member_reads_the_changed_blocks_from_its_own_account_and_cinder_reads_the_whole_volume(
    member: Member, volume: Written, tmp_path: Path
) -> None:
    full = member.backup(volume.id, container="facts")
    written = volume.scatter(40)
    before = read_by_backup_service()
    second = member.backup(volume.id, container="facts", incremental=True)
    assert read_by_backup_service() - before >= GIB

    assert changed(member.document(full, "sha256file"), member.document(second, "sha256file")) == written
    disk = tmp_path / "disk"
    disk.touch()
    assert rebuild(member, full, disk) == set(range(GIB // CHUNK))  # holes too
    assert rebuild(member, second, disk) == written
    assert filecmp.cmp(disk, volume.path, shallow=False)


def test_an_incremental_backup_needs_only_the_hash_file_of_its_parent_and_may_lie_elsewhere(
    member: Member, volume: Written
) -> None:
    full = member.backup(volume.id, container="facts")
    for name in member.names(full):
        if not name.endswith(("_metadata", "_sha256file")):
            member.session.delete(f"{member.swift}/facts/{name}")
    volume.scatter(10)
    second = member.backup(volume.id, container="elsewhere", incremental=True)
    assert 0 < second["object_count"] <= 10
    assert member.document(second, "metadata")["parent_id"] == full["id"]


def test_the_customers_next_incremental_backup_hangs_on_ours_and_keeps_it(member: Member, volume: Written) -> None:
    ours = member.backup(volume.id, container="facts")
    theirs = member.backup(volume.id, incremental=True)
    assert theirs["container"] == "volumebackups"
    assert member.document(theirs, "metadata")["parent_id"] == ours["id"]
    assert member.ask("DELETE", f"backups/{ours['id']}").status_code == 400


def test_a_backup_holds_the_volume_and_one_of_a_snapshot_does_not(member: Member, volume: Written) -> None:
    made = member.asked_backup(volume.id, container="facts")
    assert member.status("volumes", volume.id) == "backing-up"
    assert member.ask("DELETE", f"volumes/{volume.id}").status_code == 400
    assert member.asked_backup(volume.id, container="facts").status_code == 400
    (running,) = made.json().values()
    assert member.ask("DELETE", f"backups/{running['id']}").status_code == 400  # and a member cannot stop it
    member.settled("backups", made)

    body = {"snapshot": {"volume_id": volume.id, "name": "facts", "force": False}}
    snapshot = member.settled("snapshots", member.ask("POST", "snapshots", body))
    made = member.asked_backup(volume.id, container="facts", snapshot_id=snapshot["id"], incremental=True)
    assert member.status("volumes", volume.id) == "available"
    assert member.status("snapshots", snapshot["id"]) == "backing-up"
    assert member.settled("backups", made)["object_count"] == 0
