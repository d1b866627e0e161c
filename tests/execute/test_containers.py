"""A container that is copied again: what our own copies left is written over, what anybody else did is not."""

import gzip
import hashlib
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.clouds.ports import ObjectInfo, Segment
from migrate.errors import ConflictError, TransientError
from migrate.messages import codes
from migrate.model import ObjectEntry, S3Place
from migrate.model.steps import CopyContainer, Step
from migrate.objects.listing.row_files import read_seal, rows_folder, sealed_rows
from tests.execute.bench import Bench
from tests.rows import rows_file

BOX = "box"


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made = Bench(tmp_path)
    made.tenant.objects.put_container(BOX, {})
    return made


def put(bench: Bench, name: str, text: str, *, at_target: bool = False) -> None:
    data = text.encode()
    info = ObjectInfo(name=name, size_bytes=len(data), etag=hashlib.md5(data).hexdigest(), content_type="text/plain")
    (bench.target if at_target else bench.tenant).objects.put(BOX, info, [data])


def there(bench: Bench, name: str) -> str:
    with bench.target.objects.read(BOX, name, 0, bench.target.objects.head(BOX, name).size_bytes) as chunks:
        return b"".join(chunks).decode()


def copy(bench: Bench) -> None:
    bench.do(CopyContainer(name=BOX, objects=0))


def refused(bench: Bench) -> list[str]:
    with pytest.raises(ConflictError) as caught:
        copy(bench)
    assert caught.value.code == codes.NAME_TAKEN
    return [str(caught.value.facts["name"])]


def test_what_changed_at_the_source_is_sent_again(bench: Bench) -> None:
    for name in "abc":
        put(bench, name, "first")
    copy(bench)
    put(bench, "b", "second")
    copy(bench)
    assert [there(bench, name) for name in "abc"] == ["first", "second", "first"]
    put(bench, "b", "third")
    copy(bench)
    assert there(bench, "b") == "third"


def test_what_somebody_wrote_at_the_target_is_not_written_over(bench: Bench) -> None:
    for name in "abc":
        put(bench, name, "first")
    copy(bench)
    put(bench, "b", "theirs", at_target=True)
    put(bench, "c", "second")
    copy(bench)
    assert there(bench, "b") == "theirs", "changed there alone: left alone"
    assert there(bench, "c") == "second", "the rest goes on"
    put(bench, "b", "changed at both ends")
    assert refused(bench) == ["box/b"]
    assert there(bench, "b") == "theirs"
    bench.target.objects.delete(BOX, "b")
    copy(bench)
    assert there(bench, "b") == "changed at both ends"


def test_what_was_there_before_us_is_not_written_over(bench: Bench) -> None:
    copy(bench)
    put(bench, "a", "ours")
    put(bench, "a", "theirs", at_target=True)
    assert refused(bench) == ["box/a"]


def test_what_is_the_same_by_chance_is_no_conflict(bench: Bench) -> None:
    put(bench, "a", "text")
    copy(bench)
    put(bench, "a", "other")
    put(bench, "a", "other", at_target=True)
    copy(bench)


def test_copies_that_broke_off_are_remembered_until_one_ends(bench: Bench) -> None:
    """Each left something else; a third one must know both."""
    put(bench, "a", "first")
    put(bench, "b", "first")
    copy(bench)
    for text, broken in (("second", "/box/b"), ("third", "/box/a")):
        put(bench, "a", text)
        put(bench, "b", text)
        bench.target_world.fail_next(
            "PUT", broken, TransientError(codes.CLOUD_UNAVAILABLE, what="busy", retry_after_s=0.0), times=5
        )
        with pytest.raises(TransientError):
            copy(bench)
    assert (there(bench, "a"), there(bench, "b")) == ("second", "third")
    put(bench, "a", "fourth")
    put(bench, "b", "fourth")
    copy(bench)
    assert (there(bench, "a"), there(bench, "b")) == ("fourth", "fourth")
    assert not list((bench.root / "evidence/objects").rglob("*.log"))


def test_an_object_that_changes_while_it_is_copied_is_ours_all_the_same(bench: Bench) -> None:
    """Listed as it was, sent as it has become, and changed once more before the next copy."""
    put(bench, "a", "listed")
    put(bench, "b", "x")
    source = bench.source.objects
    entries = source.entries

    def listed_too_early(*args: str, **kwargs: str) -> list[ObjectEntry]:
        found = list(entries(*args, **kwargs))
        put(bench, "a", "changed meanwhile")
        return found

    source.entries = listed_too_early  # type: ignore[assignment,method-assign]
    copy(bench)
    source.entries = entries  # type: ignore[method-assign]
    assert there(bench, "a") == "changed meanwhile"
    put(bench, "a", "changed again")
    copy(bench)
    assert there(bench, "a") == "changed again"


def test_a_large_object_is_known_too(bench: Bench) -> None:
    def large(*parts: str) -> None:
        segments = []
        for number, part in enumerate(parts):
            put(bench, f"part/{part}", part)
            etag = hashlib.md5(part.encode()).hexdigest()
            segments.append(Segment(container=BOX, name=f"part/{parts[number]}", size_bytes=len(part), etag=etag))
        info = ObjectInfo(name="whole", size_bytes=0, etag="", content_type="x/y")
        bench.tenant.objects.put_manifest(BOX, replace(info, segments=tuple(segments)))

    large("one", "two")
    copy(bench)
    large("one", "three")
    copy(bench)
    assert there(bench, "whole") == "onethree"
    put(bench, "whole", "theirs", at_target=True)
    copy(bench)
    assert there(bench, "whole") == "theirs"
    large("one", "four")
    assert refused(bench) == ["box/whole"]
    assert there(bench, "whole") == "theirs"


def test_new_objects_cost_no_further_request(bench: Bench) -> None:
    for i in range(20):
        put(bench, f"o{i:02d}", "x")
    before = len(bench.target_world.log)
    copy(bench)
    requests = [entry for entry in bench.target_world.log[before:] if entry[1] == "object-store"]
    assert sum(method == "HEAD" for method, _, _ in requests) <= 2
    assert sum(method == "PUT" for method, _, _ in requests) == 21


def test_rows_that_cannot_be_read_tell_nothing(bench: Bench) -> None:
    put(bench, "a", "first")
    copy(bench)
    file = rows_file(bench.root / "evidence/objects/box")
    assert b'"a"' in gzip.decompress(file.read_bytes())
    file.write_bytes(file.read_bytes()[:20])
    put(bench, "a", "second")
    assert refused(bench) == ["box/a"]
    assert file.with_name(file.name + ".damaged").exists()


def test_on_s3_what_large_objects_are_made_of_is_not_copied_by_itself(bench: Bench) -> None:
    """Told by the containers that the plan has put before; one that is not copied yet is none of them."""
    segments = f"{BOX}_segments"
    for name in (segments, "another"):
        bench.tenant.objects.put_container(name, {})
    for name in ("film/1", "film/2", "nobody's"):
        data = name.encode()
        info = ObjectInfo(name=name, size_bytes=len(data), etag=hashlib.md5(data).hexdigest(), content_type="x/y")
        bench.tenant.objects.put(segments, info, [data])
    segments_digest = tuple(Segment(container=segments, name=f"film/{n}", size_bytes=6) for n in (1, 2))
    film = ObjectInfo(name="film", size_bytes=0, etag="", content_type="x/y", segments=segments_digest)
    bench.tenant.objects.put_manifest(BOX, film)

    def step(name: str, *needs: str) -> Step:
        action = CopyContainer(name=name, objects=0, segment_container=name == segments, place=S3Place(bucket=name))
        return Step(id=f"container:{name}", name=name, action=action, sides=("source", "target"), needs=needs)

    bench.steps = (step("another"), step(BOX), step(segments, f"container:{BOX}"))
    for one in bench.steps[1:]:
        bench.do(one.action, one.id, needs=one.needs)
    rows = rows_folder(bench.root / "evidence", segments)
    skipped_by_reason = {row.name: row.skip_reason for row in sealed_rows(rows, read_seal(rows))}
    assert skipped_by_reason == {"film/1": "inside", "film/2": "inside", "nobody's": ""}
