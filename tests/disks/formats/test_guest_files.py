"""User data off a captured disk: found in any partition, never another server's, whatever the tables say."""

import shutil
import struct
import subprocess
from pathlib import Path

import pytest

from migrate.clouds.folder import FolderStore
from migrate.disks.formats.guest_files import StoredDisk, find_user_data
from migrate.disks.formats.partitions import partition_starts
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import Origin, segment_count, segment_range

MIB = 1 << 20
SERVER = "6ea98324-0f14-49f6-97c0-885d1b8dc517"
OTHER = "11111111-0f14-49f6-97c0-885d1b8dc517"
DATA = b"#!/bin/sh\necho hello\n"

needs_e2fsprogs = pytest.mark.skipif(shutil.which("mke2fs") is None, reason="needs e2fsprogs")


def stored(tmp_path: Path, disk: bytes) -> StoredDisk:
    store = DiskStore(FolderStore(tmp_path / "store", keeps_md5=False), "disks", tmp_path / "cache")
    store.prepare("decamp-t-00000000-store")
    with store.begin("server:s", "o", len(disk)) as writer:
        for index in range(segment_count(len(disk))):
            start, end = segment_range(len(disk), index)
            writer.put(index, disk[start:end])
        manifest = writer.seal("disk", Origin(image_id="o"))
    return StoredDisk(store, manifest)


def ext4(tmp_path: Path, files: dict[str, bytes], links: dict[str, str] | None = None, mib: int = 12) -> bytes:
    root = tmp_path / "tree"
    shutil.rmtree(root, ignore_errors=True)
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    for name, to in (links or {}).items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(to)
    made = tmp_path / "fs"
    subprocess.run(["mke2fs", "-q", "-F", "-t", "ext4", "-d", root, made, f"{mib}M"], check=True, capture_output=True)
    content = made.read_bytes()
    made.unlink()
    return content


def entry(kind: int, first: int, count: int) -> bytes:
    return struct.pack("<B3sB3sII", 0, b"", kind, b"", first, count)


def boot_record(*entries: bytes) -> bytes:
    return bytes(446) + b"".join(entries).ljust(64, b"\0") + b"\x55\xaa"


def gpt(firsts: list[int], sector: int = 512) -> bytes:
    head = struct.pack("<8sIIIIQQQQ16sQIII", b"EFI PART", 0x10000, 92, 0, 0, 1, 0, 0, 0, b"", 2, 128, 128, 0)
    entries = b"".join(struct.pack("<16s16sQQ80x", b"t" * 16, b"u" * 16, first, first + 9) for first in firsts)
    protective = boot_record(entry(0xEE, 1, 0xFFFFFFFF))
    return protective.ljust(sector, b"\0") + head.ljust(sector, b"\0") + entries


def at(offset: int, content: bytes, head: bytes, size: int) -> bytes:
    disk = bytearray(size)
    disk[: len(head)] = head
    disk[offset : offset + len(content)] = content
    return bytes(disk)


OWN = {f"var/lib/cloud/instances/{SERVER}/user-data.txt": DATA}


@needs_e2fsprogs
@pytest.mark.parametrize("table", ["none", "mbr", "logical", "gpt", "gpt of 4 KiB sectors"])
def test_it_is_found_in_whatever_partition_it_lies(table: str, tmp_path: Path) -> None:
    filesystem = ext4(tmp_path, OWN)
    start = 3 * MIB
    heads = {
        "none": b"",
        "mbr": boot_record(entry(0x0C, 64, 9), entry(0x83, start // 512, 99)),
        "logical": boot_record(entry(0x83, 2, 1), entry(0x05, 2048, 99999)),
        "gpt": gpt([34, start // 512]),
        "gpt of 4 KiB sectors": gpt([6, start // 4096], 4096),
    }
    disk = bytearray(at(0 if table == "none" else start, filesystem, heads[table], 16 * MIB))
    if table == "logical":
        disk[2048 * 512 : 2049 * 512] = boot_record(entry(0x83, 1, 1), entry(0x05, 2, 99999))
        disk[2050 * 512 : 2051 * 512] = boot_record(entry(0x83, start // 512 - 2050, 99))
    assert find_user_data(stored(tmp_path, bytes(disk)), SERVER) == DATA


@needs_e2fsprogs
def test_a_file_system_of_var_alone(tmp_path: Path) -> None:
    inner = {f"lib/cloud/instances/{SERVER}/user-data.txt": DATA}
    assert find_user_data(stored(tmp_path, ext4(tmp_path, inner)), SERVER) == DATA


@needs_e2fsprogs
def test_the_current_instance_by_another_name(tmp_path: Path) -> None:
    files = {
        "var/lib/cloud/instances/i-0000002a/user-data.txt": DATA,
        "var/lib/cloud/instances/i-00000001/user-data.txt": b"an older one",
    }
    links = {"var/lib/cloud/instance": "/var/lib/cloud/instances/i-0000002a"}
    assert find_user_data(stored(tmp_path, ext4(tmp_path, files, links)), SERVER) == DATA


@needs_e2fsprogs
def test_what_another_server_was_given_is_not_taken(tmp_path: Path) -> None:
    """A server made of another one's snapshot, on which cloud-init has not run since."""
    files = {f"var/lib/cloud/instances/{OTHER}/user-data.txt": DATA}
    links = {"var/lib/cloud/instance": f"/var/lib/cloud/instances/{OTHER}"}
    assert find_user_data(stored(tmp_path, ext4(tmp_path, files, links)), SERVER) is None


@needs_e2fsprogs
def test_nothing_given_is_something_known(tmp_path: Path) -> None:
    empty = {f"var/lib/cloud/instances/{SERVER}/user-data.txt": b""}
    assert find_user_data(stored(tmp_path, ext4(tmp_path, empty)), SERVER) == b""


@pytest.mark.parametrize("disk", [b"", b"x" * 100, bytes(2 * MIB), b"\x55\xaa" * MIB, gpt([1 << 50, 0]) + bytes(MIB)])
def test_a_disk_of_another_kind_says_nothing(disk: bytes, tmp_path: Path) -> None:
    assert find_user_data(stored(tmp_path, disk), SERVER) is None


def test_tables_that_lead_in_a_circle_end() -> None:
    disk = bytearray(4 * MIB)
    disk[:512] = boot_record(entry(0x05, 100, 999))
    disk[100 * 512 : 101 * 512] = boot_record(entry(0x83, 1, 1), entry(0x05, 0, 999))
    assert list(partition_starts(lambda a, n: bytes(disk[a : a + n]))) == [101 * 512, 0]
