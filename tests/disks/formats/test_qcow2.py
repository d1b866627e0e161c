"""Our qcow2 reader and writer against QEMU's own, and against each other."""

import shutil
import struct
import subprocess
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
import tenacity
from hypothesis import given, settings
from hypothesis import strategies as st

from migrate.demo.memory import qcow2 as other
from migrate.demo.memory.sparse_disk import Disk
from migrate.disks.copy.disk_source import MOST_RANGE_BYTES, Piece, Span, coalesced
from migrate.disks.copy.image_source import ImageSource
from migrate.disks.formats.qcow2_read import Qcow2Content
from migrate.disks.formats.qcow2_write import CLUSTER, Qcow2Layout
from migrate.disks.store.manifest import (
    CHUNK_BYTES,
    SEGMENT_CHUNKS,
    ZERO_DIGEST,
    DiskManifest,
    Origin,
    segment_chunks,
    segment_count,
    segment_range,
)
from migrate.errors import IntegrityError, Unsupported
from migrate.model import Image
from migrate.step_attempt import Attempt
from tests.bounds import bounded
from tests.disks.disk_pair import MIB, SEGMENT_BYTES, DiskPair, noise, sparse_disk
from tests.fuzz.qcow2 import File, built
from tests.matrix import rest

needs_qemu = pytest.mark.skipif(shutil.which("qemu-img") is None, reason="qemu-img is not installed")
GIB = 1 << 30


def qemu(*args: str | Path) -> str:
    return subprocess.run(["qemu-img", *map(str, args)], check=True, capture_output=True, text=True).stdout


class Chunks:
    """Digests of a disk whose chunks at these numbers hold data."""

    def __init__(self, size: int, stored: set[int]) -> None:
        self.size, self.stored = size, {number for number in stored if number * CHUNK_BYTES < size}

    def segment(self, index: int) -> bytes:
        first = index * SEGMENT_CHUNKS
        numbers = range(first, first + segment_chunks(self.size, index))
        return b"".join(b"\1" * 32 if number in self.stored else ZERO_DIGEST for number in numbers)

    def data_segments(self) -> Iterator[int]:
        return iter(sorted({number // SEGMENT_CHUNKS for number in self.stored}))

    @property
    def manifest(self) -> DiskManifest:
        return DiskManifest(
            disk="volume:v",
            content="disk",
            size_bytes=self.size,
            tables=(),
            data_chunks=len(self.stored),
            tree_digest="",
            origin=Origin(image_id="i"),
        )

    def data(self, index: int) -> bytes:
        """A segment whose chunks all differ."""
        start, end = segment_range(self.size, index)
        chunks = range(start // CHUNK_BYTES, -(-end // CHUNK_BYTES))
        plain = b"".join(noise(CHUNK_BYTES, n) if n in self.stored else bytes(CHUNK_BYTES) for n in chunks)
        return plain[: end - start]


def write_file(path: Path, chunks: Chunks) -> None:
    layout = Qcow2Layout(chunks.manifest, chunks)
    with path.open("wb") as out:
        for data in layout.stream(chunks.data(index) for index in chunks.data_segments()):
            out.write(data)
    assert path.stat().st_size == layout.file_bytes


def write_raw(path: Path, chunks: Chunks) -> None:
    with path.open("wb") as raw:
        raw.truncate(chunks.size)
        for index in chunks.data_segments():
            raw.seek(segment_range(chunks.size, index)[0])
            raw.write(chunks.data(index))


# ---------------------------------------------------------------- writing


@needs_qemu
@settings(max_examples=25, deadline=None)
@given(sectors=st.integers(1, 3 * SEGMENT_BYTES // 512), chosen=st.sets(st.integers(0, 3 * SEGMENT_CHUNKS - 1)))
def test_written_file_is_clean_and_equal(
    tmp_path_factory: pytest.TempPathFactory, sectors: int, chosen: set[int]
) -> None:
    folder = tmp_path_factory.mktemp("q")
    chunks = Chunks(sectors * 512, chosen)
    write_file(folder / "d.qcow2", chunks)
    write_raw(folder / "d.raw", chunks)
    assert "No errors" in qemu("check", folder / "d.qcow2")
    qemu("compare", "-f", "raw", "-F", "qcow2", folder / "d.raw", folder / "d.qcow2")


@needs_qemu
@pytest.mark.parametrize("size", [0, 512, 512 * MIB, 512 * MIB + 512, 3 * GIB, 1 << 40])
def test_large_and_odd_sizes(tmp_path: Path, size: int) -> None:
    last = -(-size // CHUNK_BYTES) - 1
    table = 512 * MIB // CHUNK_BYTES
    chunks = Chunks(size, {n for n in (0, 1, table - 1, table, table + 2, last // 2, last) if 0 <= n <= last})
    write_file(tmp_path / "d.qcow2", chunks)
    assert "No errors" in qemu("check", tmp_path / "d.qcow2")
    content = open_file(tmp_path / "d.qcow2")
    assert content.size_bytes == size
    for index in chunks.data_segments():
        assert read_segment(tmp_path / "d.qcow2", content, index) == chunks.data(index)
    write_raw(tmp_path / "raw", chunks)
    qemu("compare", "-f", "raw", "-F", "qcow2", tmp_path / "raw", tmp_path / "d.qcow2")


@needs_qemu
def test_many_refcount_blocks_without_the_data(tmp_path: Path) -> None:
    """A full 3 GiB disk needs two refcount blocks and six L2 tables: the metadata alone, over a hole of data."""
    chunks = Chunks(3 * GIB, set(range(3 * GIB // CHUNK_BYTES)))
    layout = Qcow2Layout(chunks.manifest, chunks)
    with (tmp_path / "d.qcow2").open("wb") as out:
        for data in layout.stream([]):
            out.write(data)
        out.truncate(layout.file_bytes)
    assert "No errors" in qemu("check", tmp_path / "d.qcow2")


# ---------------------------------------------------------------- reading


def open_file(path: Path, log: list[tuple[int, int]] | None = None) -> Qcow2Content:
    def read(start: int, end: int) -> bytes:
        if log is not None:
            log.append((start, end))
        with path.open("rb") as file:
            file.seek(start)
            return file.read(end - start)

    return Qcow2Content(read, path.stat().st_size)


def read_segment(path: Path, content: Qcow2Content, index: int) -> bytes:
    start, end = segment_range(content.size_bytes, index)
    plain = bytearray(end - start)
    with path.open("rb") as file:
        for piece in content.pieces(start, end):
            file.seek(piece.host)
            stored = file.read(piece.stored)
            assert len(stored) == piece.stored
            data = content.expand(piece, stored) if piece.compressed else stored
            plain[piece.at - start : piece.at - start + len(data)] = data
    return bytes(plain)


@needs_qemu
@settings(max_examples=20, deadline=None)
@given(
    sectors=st.integers(1, 3 * SEGMENT_BYTES // 512),
    writes=st.lists(st.tuples(st.floats(0, 1), st.integers(1, 300_000), st.booleans()), max_size=6),
    cluster=st.sampled_from(["512", "4k", "64k", "2M"]),
    compat=st.sampled_from(["0.10", "1.1"]),
    compress=st.booleans(),
)
def test_capture_reads_what_qemu_wrote(
    tmp_path_factory: pytest.TempPathFactory,
    sectors: int,
    writes: list[tuple[float, int, bool]],
    cluster: str,
    compat: str,
    compress: bool,
) -> None:
    folder = tmp_path_factory.mktemp("q")
    size = sectors * 512
    pieces = [(int(at * (size - 1)), noise(n, n) if random else b"ab" * (n // 2)) for at, n, random in writes]
    disk = sparse_disk(size, pieces)[:size]
    (folder / "d.raw").write_bytes(disk)
    options = ["-c"] if compress else []
    layout = f"cluster_size={cluster},compat={compat}"
    qemu("convert", *options, "-f", "raw", "-O", "qcow2", "-o", layout, folder / "d.raw", folder / "d.qcow2")
    pair = DiskPair()
    image = pair.image((folder / "d.qcow2").read_bytes(), "qcow2")
    assert pair.stored(pair.capture(image, virtual_size_bytes=size)) == disk


@needs_qemu
@pytest.mark.parametrize("cluster", ["512", "4k", "64k", "2M"])
def test_zstd_clusters_are_read(tmp_path: Path, cluster: str) -> None:
    size = 2 * SEGMENT_BYTES + 512
    disk = sparse_disk(
        size, [(5000, b"ab" * 300_000), (SEGMENT_BYTES - 9, b"c" * 100), (size - 300_000, noise(300_000))]
    )
    (tmp_path / "raw").write_bytes(disk)
    layout = f"cluster_size={cluster},compression_type=zstd"
    qemu("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", layout, tmp_path / "raw", tmp_path / "d")
    content = open_file(tmp_path / "d")
    assert b"".join(read_segment(tmp_path / "d", content, index) for index in range(3)) == disk
    assert any(piece.compressed for piece in content.pieces(0, size))


@needs_qemu
def test_zero_clusters_internal_snapshots_and_scattered_writes(tmp_path: Path) -> None:
    image = tmp_path / "d.qcow2"
    qemu("create", "-f", "qcow2", image, "64M")
    commands = ["write -P 1 0 8M", "write -P 2 20M 1M", "write -z 1M 1M", "write -P 3 40M 64k", "write -P 4 30M 64k"]
    for command in commands:
        subprocess.run(["qemu-io", "-f", "qcow2", "-c", command, str(image)], check=True, capture_output=True)
    qemu("snapshot", "-c", "s1", image)
    subprocess.run(["qemu-io", "-f", "qcow2", "-c", "write -P 5 2M 128k", str(image)], check=True, capture_output=True)
    qemu("convert", "-O", "raw", image, tmp_path / "d.raw")
    pair = DiskPair()
    manifest = pair.capture(pair.image(image.read_bytes(), "qcow2"))
    assert pair.stored(manifest) == (tmp_path / "d.raw").read_bytes()


@needs_qemu
def test_preallocated_metadata_reads_as_zeros(tmp_path: Path) -> None:
    qemu("create", "-f", "qcow2", "-o", "preallocation=metadata", tmp_path / "d.qcow2", "16M")
    pair = DiskPair()
    manifest = pair.capture(pair.image((tmp_path / "d.qcow2").read_bytes(), "qcow2"))
    assert pair.stored(manifest) == bytes(16 * MIB)


@needs_qemu
@pytest.mark.parametrize(
    ("options", "what"),
    [
        (["-o", "extended_l2=on"], "extended-l2"),
        (["-o", "data_file={folder}/data,data_file_raw=on"], "external-data"),
        (["-b", "{folder}/base", "-F", "raw"], "backing"),
        (["--object", "secret,id=s,data=x", "-o", "encrypt.format=aes,encrypt.key-secret=s"], "encrypted"),
        *rest((["--object", "secret,id=s,data=x", "-o", "encrypt.format=luks,encrypt.key-secret=s"], "encrypted")),
    ],
)
def test_what_we_do_not_read_is_refused(tmp_path: Path, options: list[str], what: str) -> None:
    (tmp_path / "base").write_bytes(bytes(MIB))
    filled = [option.format(folder=tmp_path) for option in options]
    qemu("create", "-f", "qcow2", *filled, tmp_path / "d.qcow2", "1M")
    with pytest.raises(Unsupported, match=what):
        open_file(tmp_path / "d.qcow2")


@pytest.mark.parametrize("kind", [0, 1])
def test_a_damaged_compressed_cluster_is_never_taken_for_whole(tmp_path: Path, kind: int) -> None:
    """Whatever is wrong with it: other bytes, cut short, fewer plain bytes than a cluster has."""
    import zstandard

    pack = zlib.compressobj(9, zlib.DEFLATED, -12)
    zipped = pack.compress(bytes(CLUSTER - 1)) + pack.flush()
    short = zstandard.compress(bytes(CLUSTER - 1)) if kind else zipped
    head = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 3, 0, 0, 16, CLUSTER, 0, 1, 512, 0, 0, 0, 0)
    head += struct.pack(">QQQII", 1 << 3, 0, 0, 4, 112) + bytes([kind]) + bytes(7)
    (tmp_path / "d").write_bytes(head.ljust(512, b"\0") + bytes(8) + bytes(CLUSTER))
    content = open_file(tmp_path / "d")
    for stored in (noise(900), short, short[: len(short) // 2], b""):
        with pytest.raises(IntegrityError):
            content.expand(Piece(0, 512, 4096, len(stored), compressed=True), stored)


def test_an_unknown_compression_is_refused(tmp_path: Path) -> None:
    head = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 3, 0, 0, 16, CLUSTER, 0, 1, 512, 0, 0, 0, 0)
    head += struct.pack(">QQQII", 1 << 3, 0, 0, 4, 112) + bytes([2]) + bytes(7)
    (tmp_path / "d").write_bytes(head.ljust(1024, b"\0"))
    with pytest.raises(Unsupported, match="compression"):
        open_file(tmp_path / "d")


def test_no_qcow2_is_refused(tmp_path: Path) -> None:
    huge = struct.pack(">4sIQIIQIIQQIIQ", b"QFI\xfb", 2, 0, 0, (1 << 32) - 1, CLUSTER, 0, 1, 512, 0, 0, 0, 0)
    for file in (b"", b"QFI\xfb", noise(MIB), b"QFI\xfb" + struct.pack(">I", 9) + bytes(500), huge):
        (tmp_path / "d").write_bytes(file)
        with pytest.raises(Unsupported):
            open_file(tmp_path / "d")


@settings(max_examples=60, deadline=None)
@given(keep=st.floats(0, 1))
def test_a_file_cut_short_is_never_taken_for_whole(tmp_path_factory: pytest.TempPathFactory, keep: float) -> None:
    disk = Disk(2 * SEGMENT_BYTES)
    disk.write(0, noise(3 * CLUSTER))
    disk.write(SEGMENT_BYTES, noise(CLUSTER))
    file = other.write(disk)
    whole = file.read(0, file.size_bytes)
    path = tmp_path_factory.mktemp("q") / "d"
    path.write_bytes(whole[: int(keep * (len(whole) - CLUSTER))])
    with pytest.raises((IntegrityError, Unsupported)):
        content = open_file(path)
        for index in range(2):
            content.pieces(*segment_range(content.size_bytes, index))


def test_tables_are_read_once_and_in_big_runs(tmp_path: Path) -> None:
    """The memory cloud's writer puts all L2 tables side by side: 20 of them come in two requests."""
    disk = Disk(10 * GIB)
    for table in range(20):
        disk.write(table * 512 * MIB + 5 * CLUSTER, b"x")
    file = other.write(disk)
    (tmp_path / "d").write_bytes(file.read(0, file.size_bytes))
    log: list[tuple[int, int]] = []
    content = open_file(tmp_path / "d", log)
    found = [content.pieces(*segment_range(10 * GIB, index)) for index in range(segment_count(10 * GIB))]
    assert sum(map(len, found)) == 20
    assert len(log) == 4  # header, L1, two runs of tables
    assert sum(end - start for start, end in log) <= 20 * CLUSTER + 2 * CLUSTER


def test_holes_cost_no_data_request() -> None:
    pair = DiskPair()
    disk = Disk(GIB)
    disk.write(700 * MIB, noise(2 * CLUSTER))
    file = other.write(disk)
    manifest = pair.capture(pair.image(file.read(0, file.size_bytes), "qcow2"))
    assert manifest.size_bytes == GIB
    assert len(pair.images.ranges) == 4  # header, L1, one table, one run of data
    assert pair.monitor.bytes_by_step["s"] == GIB


# ---------------------------------------------------------------- tables that ask for more than a machine holds


def image_source(file: bytes, said_bytes: int) -> ImageSource:
    """Of a file that is zeros behind these bytes."""
    image = Image(id="i", name="i", status="active", disk_format="qcow2", size_bytes=said_bytes)
    return ImageSource(File(file, said_bytes), image, "disk", Attempt(wait=tenacity.wait_none()))  # type: ignore[arg-type]


@pytest.mark.hostile
def test_clusters_that_lie_far_apart_are_not_read_in_one_piece() -> None:
    """Of 512 bytes, each just near enough to the next one: 4 MiB of a disk out of 512 MiB of its file."""
    clusters = 4 * MIB // 512
    file = bytearray(built(2, 9, 4 * MIB, most_tables=200))
    first = int.from_bytes(file[512:520], "big") & ((1 << 56) - 1)
    for number in range(clusters):
        struct.pack_into(">Q", file, first + 8 * number, (number + 100) * 65536)
    source = image_source(bytes(file), 1 << 40)
    with bounded(128 * MIB):
        data = source.read(Span(0, 4 * MIB, source.pieces(0, 4 * MIB)), lambda size: None)
    assert data == bytes(4 * MIB)
    spans = [end - start for start, end, _ in coalesced(source.pieces(0, 4 * MIB))]
    assert max(spans) <= MOST_RANGE_BYTES


@pytest.mark.hostile
def test_a_table_larger_than_any_is_not_read() -> None:
    file = bytearray(built(2, 9, 200_000))
    struct.pack_into(">Q", file, 24, 1 << 46)
    struct.pack_into(">I", file, 36, 0xFFFFFFFF)
    with bounded(), pytest.raises(Unsupported):
        _ = image_source(bytes(file), 1 << 44).size_bytes


@pytest.mark.hostile
def test_a_disk_larger_than_any_is_not_begun() -> None:
    file = bytearray(built(2, 16, 9 * MIB)[: 1 << 16])
    struct.pack_into(">B", file, 23, 21)
    struct.pack_into(">Q", file, 24, 1 << 60)
    struct.pack_into(">I", file, 36, 1 << 21)
    with bounded(), pytest.raises(Unsupported):
        _ = image_source(bytes(file), 1 << 30).size_bytes
