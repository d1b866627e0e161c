"""Our own qcow2, our own digests: against files built here byte by byte."""

import hashlib
import io
import random
import shutil
import struct
import subprocess
import zlib
from pathlib import Path

import pytest

from migrate.errors import IntegrityError, Unsupported
from migrate.units import KIB, MIB
from migrate.verify.disks.chunk_digests import chunk_digests, is_zero
from migrate.verify.disks.read_back import Qcow2File, spool

BITS = 16
CLUSTER = 1 << BITS
COPIED = 1 << 63


def qcow2(
    clusters: dict[int, bytes | str], size: int, *, version: int = 3, l1_entries: int = 1, **header: int
) -> bytes:
    """A file of one L2 table: `clusters` maps a guest cluster to its bytes, to "zero", or to "packed:" and a letter."""
    l1_at, l2_at = CLUSTER, 2 * CLUSTER
    table, data, at = [0] * (CLUSTER // 8), b"", 3 * CLUSTER
    for number, content in clusters.items():
        if content == "zero":
            table[number] = (at | COPIED | 1) if header.get("zero_with_place") else 1
            continue
        if isinstance(content, str):
            pack = zlib.compressobj(9, zlib.DEFLATED, -12)
            raw = pack.compress(content[-1].encode() * CLUSTER) + pack.flush()
            sectors = (at % 512 + len(raw) - 1) // 512
            table[number] = 1 << 62 | sectors << (62 - (BITS - 8)) | at
        else:
            raw = content
            at += -at % CLUSTER
            data = data.ljust(at - 3 * CLUSTER, b"\0")
            table[number] = at | COPIED
        data += raw
        at += len(raw)
    head = struct.pack(
        ">4sIQIIQIIQQIIQ",
        b"QFI\xfb", version, header.get("backing", 0), 0, BITS, size, header.get("crypt", 0),
        l1_entries, l1_at, 0, 0, 0, 0,
    )  # fmt: skip
    if version == 3:
        head += struct.pack(">QQQII", header.get("incompatible", 0), 0, 0, 4, 104)
    l1 = struct.pack(">Q", l2_at | COPIED)
    return head.ljust(CLUSTER, b"\0") + l1.ljust(CLUSTER, b"\0") + struct.pack(f">{len(table)}Q", *table) + data


def plain(file: bytes) -> bytes:
    disk = Qcow2File(io.BytesIO(file))
    data = b"".join(bytes(p) if isinstance(p, int) else p for p in disk.pieces())
    assert len(data) == disk.size_bytes
    return data


@pytest.mark.parametrize("version", [2, 3])
def test_data_holes_and_packed_clusters(version: int) -> None:
    some = random.Random(1).randbytes(CLUSTER)
    data = plain(qcow2({1: some, 3: "packed:x", 4: "packed:y", 6: some[::-1]}, 8 * CLUSTER, version=version))
    hole = bytes(CLUSTER)
    assert data == hole + some + hole + b"x" * CLUSTER + b"y" * CLUSTER + hole + some[::-1] + hole


def test_clusters_that_read_as_zero_have_a_place_or_none() -> None:
    assert plain(qcow2({0: "zero"}, CLUSTER)) == bytes(CLUSTER)
    assert plain(qcow2({0: "zero"}, CLUSTER, zero_with_place=1)) == bytes(CLUSTER)


def test_a_disk_may_end_inside_a_cluster_and_a_file_too() -> None:
    assert plain(qcow2({0: b"a" * CLUSTER, 1: b"b" * 700}, CLUSTER + 1000)) == b"a" * CLUSTER + b"b" * 700 + bytes(300)


def test_tables_that_are_not_there_are_holes() -> None:
    span = CLUSTER * CLUSTER // 8
    assert sum(p for p in Qcow2File(io.BytesIO(qcow2({}, 3 * span, l1_entries=4))).pieces() if isinstance(p, int)) == (
        3 * span
    )


@pytest.mark.parametrize(
    "file",
    [
        qcow2({}, CLUSTER, backing=4096),
        qcow2({}, CLUSTER, crypt=1),
        qcow2({}, CLUSTER, incompatible=4),
        qcow2({}, CLUSTER, incompatible=8),
        qcow2({}, CLUSTER, incompatible=16),
        qcow2({}, CLUSTER, version=2).replace(b"QFI\xfb\0\0\0\2", b"QFI\xfb\0\0\0\4"),
    ],
)
def test_what_we_do_not_read_says_so(file: bytes) -> None:
    with pytest.raises(Unsupported):
        plain(file)


@pytest.mark.parametrize(
    "file",
    [
        b"",
        b"QFI\xfb",
        b"\0" * 200,
        qcow2({}, CLUSTER)[: CLUSTER + 4],
        qcow2({}, CLUSTER)[: 2 * CLUSTER + 100],
        qcow2({0: b"a" * CLUSTER}, CLUSTER)[: 3 * CLUSTER],
        qcow2({0: "packed:x"}, CLUSTER)[: 3 * CLUSTER + 9],
        qcow2({}, CLUSTER * CLUSTER),
        qcow2({}, CLUSTER, incompatible=2),
    ],
)
def test_a_damaged_file_is_an_error_never_zeros(file: bytes) -> None:
    with pytest.raises(IntegrityError):
        plain(file)


def test_a_dirty_file_is_read() -> None:
    assert plain(qcow2({0: b"a" * CLUSTER}, CLUSTER, incompatible=1)) == b"a" * CLUSTER


# ---------------------------------------------------------------- digests


CHUNK = 64 * KIB


@pytest.mark.parametrize("disk_bytes", [0, 1, 20 * CHUNK, 20 * CHUNK + 777, 1 << 40])
def test_digests_do_not_depend_on_how_the_bytes_came(disk_bytes: int) -> None:
    """Chunks are cut at the disk's end too: what lies behind it may be more of the volume."""
    rng = random.Random(2)
    data = bytes(3 * 70000) + b"".join(rng.choice([bytes(50000), rng.randbytes(50000)]) for _ in range(40))
    expected, at = [], 0
    while at < len(data):
        end = min(at + CHUNK, disk_bytes) if at < disk_bytes else at + CHUNK
        part = data[at:end]
        expected.append((hashlib.sha256(part).digest() if any(part) else bytes(32), len(part)))
        at = end
    for _ in range(20):
        pieces, at = [], 0
        while at < len(data):
            part = data[at : at + rng.randrange(1, 200000)]
            pieces.append(len(part) if not any(part) else part)
            at += len(part)
        assert list(chunk_digests(pieces, disk_bytes)) == expected


def test_zeros_on_both_sides_of_data_count() -> None:
    found = list(chunk_digests([100, b"x", CHUNK - 101], 1 << 40))
    assert found == [(hashlib.sha256(bytes(100) + b"x" + bytes(CHUNK - 101)).digest(), CHUNK)]


def test_a_hole_is_zeros_however_large_it_is() -> None:
    found = chunk_digests([(1 << 30) + 5], (1 << 30) + 5)
    assert [*found] == [(bytes(32), CHUNK)] * 16384 + [(bytes(32), 5)]


def test_is_zero() -> None:
    assert is_zero(b"")
    assert is_zero(bytes(3 * MIB + 1))
    assert not is_zero(bytes(3 * MIB) + b"\1")
    assert not is_zero(b"\1" + bytes(KIB))


def test_the_spool_is_sparse_and_complete(tmp_path: Path) -> None:
    with (tmp_path / "spool").open("w+b") as file:
        assert spool([bytes(10 * MIB), b"x" * 100, bytes(10 * MIB)], file) == 20 * MIB + 100
        file.seek(0)
        assert file.read() == bytes(10 * MIB) + b"x" * 100 + bytes(10 * MIB)
    assert (tmp_path / "spool").stat().st_blocks * 512 < MIB


@pytest.mark.skipif(shutil.which("qemu-img") is None, reason="qemu-img is the other opinion here")
@pytest.mark.parametrize(
    "options", [[], ["-c"], ["-o", "compat=0.10"], ["-o", "cluster_size=4096"], ["-c", "-o", "cluster_size=2M"]]
)
def test_files_of_qemu_read_as_qemu_wrote_them(tmp_path: Path, options: list[str]) -> None:
    rng = random.Random(3)
    data = bytearray(10 * MIB + 512)
    for _ in range(15):
        at = rng.randrange(len(data) - 70000)
        data[at : at + 70000] = rng.choice([rng.randbytes(70000), b"a" * 70000])
    (tmp_path / "raw").write_bytes(data)
    command = ["qemu-img", "convert", "-O", "qcow2", *options, str(tmp_path / "raw"), str(tmp_path / "qcow2")]
    subprocess.run(command, check=True)
    assert plain((tmp_path / "qcow2").read_bytes()) == bytes(data)
