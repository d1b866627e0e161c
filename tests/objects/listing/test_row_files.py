"""Rows on disk: whole or not at all, ranges without gaps, and what a kill leaves."""

import gzip
import zlib
from collections.abc import Iterable
from pathlib import Path

import msgspec
import pytest

from migrate.clouds.ports import ObjectInfo, Segment
from migrate.errors import ConfigError, FatalError
from migrate.messages import codes
from migrate.model import ObjectEntry
from migrate.objects.listing import row_files as folder_module
from migrate.objects.listing.object_rows import (
    Row,
    RowLog,
    RowsFile,
    RowsHead,
    RowsSeal,
    Sending,
    row_of,
    row_sent,
    write_rows,
)
from migrate.objects.listing.row_files import PassFolder, Range, read_seal, sealed_rows


def entry(name: str, size: int = 1) -> ObjectEntry:
    return ObjectEntry(name=name, size_bytes=size, etag="e" * 32, last_modified="2026-01-01T00:00:00.1")


def rows(*names: str) -> list[Row]:
    return [row_of(entry(name)) for name in names]


def finished(folder: PassFolder, of: Range, *names: str) -> None:
    number, log = folder.new_log()
    log.close()
    folder.finish(of, number, rows(*names))


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder_module, "LISTING_PAGE", 3)


def test_ranges_cover_every_name_once(tmp_path: Path) -> None:
    folder = PassFolder(tmp_path, "box")
    assert folder.ranges() == [Range()]
    finished(folder, Range("c", "f"), "d")
    finished(folder, Range("", "a"), "a")
    assert [(r.after, r.until, bool(r.number)) for r in folder.ranges()] == [
        ("", "a", True),
        ("a", "c", False),
        ("c", "f", True),
        ("f", "", False),
    ]
    finished(folder, Range("f", ""), "g")
    finished(folder, Range("a", "c"), "b")
    assert [bool(r.number) for r in PassFolder(tmp_path, "box").ranges()] == [True] * 4
    seal = folder.seal({}, 0, ())
    assert [row.name for row in sealed_rows(tmp_path, seal)] == ["a", "b", "d", "g"]
    assert (seal.objects, seal.size_bytes) == (4, 4)


@pytest.mark.usefixtures("small_pages")
def test_a_shard_that_has_grown_is_cut_into_pages(tmp_path: Path) -> None:
    folder = PassFolder(tmp_path, "box")
    finished(folder, Range("", "z"), "a", "b")
    (of,) = [r for r in folder.ranges() if r.number]
    number, log = folder.new_log()
    log.close()
    folder.rows(of)
    folder.finish(of, number, rows(*"abcdefg"))
    assert [(r.after, r.until) for r in folder.ranges() if r.number] == [("", "c"), ("c", "f"), ("f", "z")]
    finished(folder, Range("z", ""))
    assert [row.name for row in sealed_rows(tmp_path, folder.seal({}, 0, ()))] == list("abcdefg")


@pytest.mark.usefixtures("small_pages")
def test_killed_while_it_was_cut_the_older_file_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = PassFolder(tmp_path, "box")
    finished(folder, Range("", "z"), "a", "b")
    (of,) = [r for r in folder.ranges() if r.number]
    number, log = folder.new_log()
    log.close()
    left = [2]

    def killed(path: Path, head: RowsHead, rows: Iterable[Row]) -> RowsSeal:
        if not left[0]:
            raise KeyboardInterrupt
        left[0] -= 1
        return write_rows(path, head, rows)

    monkeypatch.setattr(folder_module, "write_rows", killed)
    with pytest.raises(KeyboardInterrupt):
        folder.finish(of, number, rows(*"abcdefg"))
    again = PassFolder(tmp_path, "box")
    assert [r for r in again.ranges() if r.number] == [of]
    assert len(list(tmp_path.glob("*.rows.gz"))) == 1
    assert [row.name for row in again.rows(of)] == ["a", "b"]


def test_a_log_tells_the_last_row_and_every_content_that_was_sent(tmp_path: Path) -> None:
    folder = PassFolder(tmp_path, "box")
    number, log = folder.new_log()
    for etag in ("1", "2"):
        log.add(Sending(sending="a", size_bytes=1, etag=etag))
        log.add(row_sent(entry("a"), ObjectInfo(name="a", size_bytes=1, etag=etag, content_type="x")))
    log.add(Sending(sending="b", size_bytes=9, etag="3"))
    log.close()
    with (tmp_path / f"{number:05d}.log").open("ab") as file:
        file.write(b'{"name":"c","size_by')
    known = PassFolder(tmp_path, "box").begin()
    assert {name: row.read for name, row in known.rows.items()} == {"a": (1, "2")}
    assert known.sent == {"a": {(1, "1"), (1, "2")}, "b": {(9, "3")}}
    again, other = PassFolder(tmp_path, "box").new_log()
    assert again > number
    other.close()


def test_the_first_change_takes_the_seal_off_and_the_end_takes_the_logs_away(tmp_path: Path) -> None:
    folder = PassFolder(tmp_path, "box")
    _, log = folder.new_log()
    log.add(Sending(sending="a", size_bytes=1, etag="e"))
    log.close()
    finished(folder, Range(), "a")
    folder.seal({"x-container-meta-a": "b"}, 2, ("extra",))
    assert not list(tmp_path.glob("*.log"))
    seal = read_seal(tmp_path)
    assert (seal.headers, seal.extra, seal.extra_names) == ({"x-container-meta-a": "b"}, 2, ("extra",))
    # The seal of what is whole stays until something changes, and is known from then on.
    folder.begin()
    assert read_seal(tmp_path) == folder.earlier() == seal
    folder.new_log()[1].add(Sending(sending="b", size_bytes=1, etag="e"))
    with pytest.raises(ConfigError) as caught:
        read_seal(tmp_path)
    assert folder.earlier() == seal
    assert caught.value.code == codes.COPY_RECORD_MISSING


def test_a_row_keeps_all_that_was_read(tmp_path: Path) -> None:
    segment = Segment(container="parts", name="p", size_bytes=5, etag="m", range="0-4")
    info = ObjectInfo(
        name="é\n",
        size_bytes=5,
        etag="whole",
        content_type="v/x",
        headers={"x-object-meta-ü": "ß"},
        segments=(segment,),
    )
    row = row_sent(entry("é\n"), info, there="parts-2")
    folder = PassFolder(tmp_path, "box")
    number, log = folder.new_log()
    log.close()
    folder.finish(Range(), number, [row])
    assert list(sealed_rows(tmp_path, folder.seal({}, 0, ()))) == [row]
    assert row.facts == (5, "whole")


def test_a_disk_that_takes_no_more_is_one_clear_error(tmp_path: Path) -> None:
    log = RowLog(Path("/dev/full"))
    with pytest.raises(FatalError) as caught:
        log.add(row_of(entry("a")))
    log.close()
    assert caught.value.code == codes.CANNOT_WRITE
    (tmp_path / "file").write_text("")
    with pytest.raises(FatalError):
        PassFolder(tmp_path / "file/box", "box")


def test_a_file_of_rows_that_ends_before_its_seal_is_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "0.rows.gz"
    path.write_bytes(gzip.compress(msgspec.json.encode(RowsHead(container="box")) + b"\n"))
    with pytest.raises(ConfigError) as caught:
        list(RowsFile(path))
    assert (caught.value.code, caught.value.facts["why"]) == (codes.DOCUMENT_DAMAGED, "no seal")


def test_a_line_of_rows_that_grows_as_it_is_unpacked_is_no_row(tmp_path: Path) -> None:
    """1 GiB out of a megabyte: nobody's memory is asked for it."""
    path, packer = tmp_path / "0.rows.gz", zlib.compressobj(9, wbits=31)
    head = msgspec.json.encode(RowsHead(container="box")) + b"\n"
    begun = packer.compress(head + b'{"name":"') + packer.flush(zlib.Z_FULL_FLUSH)
    # After a full flush, the same bytes mean the same zeros again.
    zeros = packer.compress(bytes(16 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    path.write_bytes(begun + 64 * zeros + packer.flush())
    assert path.stat().st_size < 2 << 20
    with pytest.raises(ConfigError) as caught:
        list(RowsFile(path))
    assert (caught.value.code, caught.value.facts["why"]) == (codes.DOCUMENT_DAMAGED, "a line longer than any row")


@pytest.mark.hostile
@pytest.mark.parametrize("odd", [b"\x9f", b"\xff\xfe", b'\\ud800"'])
def test_rows_with_bytes_that_are_no_text_are_damaged(tmp_path: Path, odd: bytes) -> None:
    path = tmp_path / "rows.gz"
    head = msgspec.json.encode(RowsHead(container="box"))
    path.write_bytes(gzip.compress(head + b"\n" + b'{"name":"' + odd + b'"}\n'))
    with pytest.raises(ConfigError) as caught:
        list(RowsFile(path))
    assert caught.value.code == codes.DOCUMENT_DAMAGED
