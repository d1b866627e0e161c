"""A container of Swift copied to S3: large objects become objects of parts, and what S3 cannot hold is told."""

import base64
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.clouds.ports import ObjectInfo, Segment
from migrate.errors import ConflictError, LeaseLost
from migrate.messages import codes
from migrate.objects.copy.counters import CopyStats
from migrate.objects.listing.row_files import known_names, read_seal
from migrate.verify.evidence import Dropped
from tests.s3.moves import MIB, Move
from tests.s3.servers import StoreContainer, md5

# The awkward objects of test_s3_copy_awkward.py take the same way there.
pytestmark = pytest.mark.full_on_lab


@pytest.fixture
def move(box: StoreContainer, tmp_path: Path) -> Move:
    return Move(box, tmp_path)


def test_plain_objects_with_what_s3_can_hold_of_their_headers(move: Move) -> None:
    for number in range(12):
        move.put(f"d/{number:02d}", b"x" * number, x_object_meta_n=str(number), x_object_meta_city="Zürich")
    move.put("zipped", b"z", content_encoding="gzip", content_disposition="inline", x_delete_at="99999999999")
    assert move.copy() == CopyStats(objects=13, bytes=67)
    assert move.box.names() == [*(f"d/{number:02d}" for number in range(12)), "zipped"]
    assert move.box.store.head("box", "d/07").headers["x-object-meta-city"] == "Zürich"
    row, check = move.rows()["zipped"], move.check()
    if move.box.server.has_rules:
        assert (row.expires_on, row.dropped, check.expiring) == ("5138-11-17", (), {"rule": 1})
        assert move.box.store.expiring and move.box.store.expiring.day_of("box", "zipped") == "5138-11-17"
    else:
        assert (row.expires_on, row.dropped) == ("", ("x-delete-at",))
        assert read_seal(move.folder).dropped == {"x-delete-at": 1}
        assert check.dropped == (Dropped(header="x-delete-at", objects=1, examples=("zipped",)),)
    assert move.verify() == ()
    move.box.seen.clear()
    assert move.copy() == CopyStats(skipped=13)
    assert move.asked("PUT") == 0


@pytest.mark.parametrize("sizes", [[5 * MIB, 5 * MIB, MIB], [MIB] * 7, [6 * MIB, 1, 2, 3], [1, 2]])
def test_a_large_object_becomes_one_of_parts(move: Move, sizes: list[int]) -> None:
    whole = move.large("film", sizes, x_object_meta_a="b")
    assert move.copy().objects == 1
    assert move.box.body("film") == whole
    row = move.rows()["film"]
    assert row.there.endswith(f"-{row.there.rpartition('-')[2]}") and row.facts[0] == len(whole)
    assert move.box.store.head("box", "film").headers["x-object-meta-a"] == "b"
    assert move.verify() == ()
    move.box.seen.clear()
    assert move.copy() == CopyStats(skipped=1)
    assert (move.asked("PUT"), move.asked("POST")) == (0, 0)


def test_ranges_bytes_of_the_manifest_and_large_objects_in_it_are_part_of_the_whole(move: Move) -> None:
    inner = move.large("inner", [5 * MIB, 2])
    a, b = move.source.objects.head("box", "inner").segments
    nested = Segment(
        container="box", name="inner", size_bytes=len(inner), etag=move.source.objects.head("box", "inner").etag
    )
    data = Segment(data=base64.b64encode(b"of the manifest").decode())
    wholes = {
        "ranges": ((replace(a, range="0-999"), replace(b, range="-1"), a), b"A" * 1000 + b"B" + b"A" * 5 * MIB),
        "first": ((data, a), b"of the manifest" + b"A" * 5 * MIB),
        "last": ((a, data), b"A" * 5 * MIB + b"of the manifest"),
        "nested": ((nested, replace(nested, range="-3")), inner + b"ABB"),
    }
    for name, (segments, _) in wholes.items():
        info = ObjectInfo(name=name, size_bytes=0, etag="", content_type="video/x", segments=segments)
        move.source.objects.put_manifest("box", info)
    assert move.copy().objects == 5
    assert {name: move.box.body(name) == whole for name, (_, whole) in wholes.items()} == dict.fromkeys(wholes, True)
    assert move.verify() == ()
    move.box.seen.clear()
    assert move.copy() == CopyStats(skipped=5)
    assert (move.asked("PUT"), move.asked("POST")) == (0, 0)


def test_a_dynamic_large_object_becomes_one_of_parts(move: Move) -> None:
    for number in range(3):
        move.put(f"dyn/{number}", bytes([65 + number]) * 5 * MIB, "parts")
    move.put("dyn", b"", x_object_manifest="parts/dyn/")
    move.put("nothing", b"", x_object_manifest="parts/none/")
    assert move.copy() == CopyStats(objects=1, bytes=15 * MIB, lost=1)
    assert move.box.body("dyn") == b"A" * 5 * MIB + b"B" * 5 * MIB + b"C" * 5 * MIB
    assert move.verify() == ()


def test_killed_within_a_large_object_its_parts_are_gone_on_with(move: Move) -> None:
    move.large("film", [5 * MIB] * 4)
    left = [4]  # the container's mark, the begin of the upload, two parts

    def check_running() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise LeaseLost(codes.CLAIM_LOST, step="s")

    with pytest.raises(LeaseLost):
        move.copy(check_running)
    (upload,) = move.box.multipart.unfinished("box")
    there = len(move.box.multipart.parts("box", "film", upload.upload_id))
    assert 1 <= there <= 3
    assert known_names(move.folder, {"film", "other"}) == {"film"}
    move.box.seen.clear()
    assert move.copy().objects == 1
    assert move.asked("PUT") <= 4 - there + 1  # the bucket's tag among them
    assert move.box.multipart.unfinished("box") == []
    assert move.verify() == ()


def test_what_the_store_cannot_hold_is_told_and_not_looked_for(move: Move) -> None:
    move.put("good", b"1")
    move.put("bad", b"2")
    headers = {"x-symlink-target": "box/a"}
    info = ObjectInfo(name="link", size_bytes=0, etag=md5(b""), content_type="x/y", headers=headers)
    move.source.objects.put("box", info, [])
    assert move.copy(refusal=lambda entry: "refused" if entry.name == "bad" else "") == CopyStats(
        objects=1, bytes=1, left=2
    )
    assert move.box.names() == ["good"]
    assert read_seal(move.folder).skipped_by_reason == {"refused": 2}
    assert move.verify() == ()


def test_somebody_elses_object_in_the_bucket_is_not_written_over(move: Move) -> None:
    move.put("a", b"ours")
    move.put("b", b"2")
    move.box.put("a", b"theirs")
    with pytest.raises(ConflictError):
        move.copy()
    assert move.box.body("a") == b"theirs"
    assert move.box.names() == ["a", "b"]


@pytest.mark.parametrize("change", ["content", "lost", "metadata", "part"])
def test_verify_names_what_was_changed_at_the_store(move: Move, change: str) -> None:
    move.put("a", b"12345", x_object_meta_n="1")
    move.put("b", b"12345")
    move.large("film", [5 * MIB, 1])
    move.copy()
    match change:
        case "content":
            move.box.put("a", b"12346", x_object_meta_n="1")
        case "lost":
            move.box.store.delete("box", "a")
        case "metadata":
            move.box.put("a", b"12345", x_object_meta_n="2")
        case "part":
            move.box.put("film", b"A" * 5 * MIB + b"C")
    named = '"film"' if change == "part" else '"a"'
    assert move.verify() and all(named in difference for difference in move.verify())
