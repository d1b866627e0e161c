"""The way to S3 where something is damaged, has changed since, or is somebody else's."""

from dataclasses import replace as with_fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pytest
from msgspec.structs import replace

from migrate.clouds.ports import ObjectInfo, Segment
from migrate.errors import LeaseLost, TransientError
from migrate.execute.actions.copy_containers import _Inside
from migrate.messages import codes
from migrate.model.steps import CopyContainer
from tests.s3.moves import MIB, Move
from tests.s3.servers import StoreContainer, md5


@pytest.fixture
def move(box: StoreContainer, tmp_path: Path) -> Move:
    return Move(box, tmp_path)


def post(move: Move, name: str, **headers: str) -> None:
    """A POST at the source: metadata alone, and the time of the listing."""
    box = move.source.login.project.account.containers["box"]
    named = {key.replace("_", "-"): value for key, value in headers.items()}
    box.objects[name] = with_fields(box.objects[name], headers=named, stamp="2999-01-01T00:00:00.000000")


def manifest(move: Move, name: str, *segments: Segment) -> None:
    info = ObjectInfo(name=name, size_bytes=0, etag="", content_type="video/x", segments=tuple(segments))
    move.source.objects.put_manifest("box", info)


def whole(move: Move, name: str) -> bytes:
    info = move.source.objects.head("box", name)
    with move.source.objects.read("box", name, 0, info.size_bytes) as chunks:
        return b"".join(chunks)


def test_metadata_that_changed_since_the_last_pass_are_sent_again(move: Move) -> None:
    move.put("a", b"1", x_object_meta_v="1")
    move.copy()
    post(move, "a", x_object_meta_v="2")
    move.copy()
    assert move.box.store.head("box", "a").headers == {"x-object-meta-v": "2"}
    assert move.verify() == ()


@pytest.mark.parametrize("sizes", [[5 * MIB, 1], [1, 2, 3]])
def test_metadata_of_a_large_object_that_changed_since_are_sent_again(move: Move, sizes: list[int]) -> None:
    move.large("film", sizes, x_object_meta_v="1")
    move.copy()
    post(move, "film", x_object_meta_v="2")
    for _ in range(2):
        move.copy()
        assert move.box.store.head("box", "film").headers["x-object-meta-v"] == "2"
        assert move.verify() == ()


@pytest.mark.parametrize("sizes", [[5 * MIB, 2], [3, 2, 1]])
def test_a_large_object_that_changed_since_the_last_pass_is_sent_again(move: Move, sizes: list[int]) -> None:
    move.large("film", [5 * MIB, 1])
    move.copy()
    body = move.large("film", sizes)
    for _ in range(2):
        move.copy()
        assert move.box.body("film") == body
        assert move.verify() == ()


def test_a_dynamic_large_object_that_grew_since_the_last_pass_is_sent_again(move: Move) -> None:
    """Its own line of the listing says nothing of it."""
    move.put("dyn/0", b"A" * 5 * MIB, "parts")
    move.put("dyn", b"", x_object_manifest="parts/dyn/")
    move.copy()
    move.put("dyn/1", b"BB", "parts")
    move.copy()
    assert move.box.body("dyn") == b"A" * 5 * MIB + b"BB"
    assert move.verify() == ()
    move.box.seen.clear()
    move.copy()
    assert (move.asked("PUT"), move.asked("POST")) == (0, 0)


def test_ranges_and_data_of_a_manifest_are_sent_as_they_are(move: Move) -> None:
    move.put("film/0", b"abcdefgh" * MIB, "parts")
    part = Segment(container="parts", name="film/0", size_bytes=8 * MIB, etag=md5(b"abcdefgh" * MIB))
    manifest(move, "film", replace(part, range="3-5999999"), Segment(data="aGVsbG8="), part, Segment(data="ZW5k"))
    move.copy()
    assert move.box.body("film") == whole(move, "film")
    assert move.verify() == ()


def test_nested_large_objects_are_sent(move: Move) -> None:
    move.large("inner", [5 * MIB, 3])
    inner = move.source.objects.head("box", "inner")
    manifest(move, "outer", Segment(container="box", name="inner", size_bytes=inner.size_bytes, etag=inner.etag))
    move.put("dyn", b"", x_object_manifest="box/inner")
    move.copy()
    assert move.box.body("outer") == whole(move, "outer")
    assert move.box.body("dyn") == whole(move, "inner")


@pytest.mark.parametrize("kind", ["runs", "nested", "dynamic"])
def test_killed_before_the_row_an_object_of_unknown_etag_is_known_for_ours(move: Move, kind: str) -> None:
    """Runs of small segments have no ETag that is known before; one with a large object in it seems to."""
    move.large("inner", [5 * MIB, 3])
    move.copy()
    if kind == "runs":
        move.large("film", [1, 2, 3])
    elif kind == "dynamic":
        move.put("film/0", b"A", "parts")
        move.put("film/1", b"B", "parts")
        move.put("film", b"", x_object_manifest="parts/film/")
    else:
        inner = move.source.objects.head("box", "inner")
        segment = Segment(container="box", name="inner", size_bytes=inner.size_bytes, etag=inner.etag)
        manifest(move, "film", segment)
    body = b"AB" if kind == "dynamic" else whole(move, "film")
    killed_behind_the_finish(move)
    move.box.seen.clear()
    move.copy()
    assert (move.asked("PUT"), move.asked("POST")) == (0, 0)
    assert move.box.body("film") == body
    assert move.verify() == ()


def test_another_content_of_the_same_size_is_not_what_a_kill_left(move: Move) -> None:
    move.large("film", [1, 2, 3])
    killed_behind_the_finish(move)
    for number in range(3):
        move.put(f"film/{number}", b"z" * (number + 1), "parts")
    segments = [
        Segment(container="parts", name=f"film/{n}", size_bytes=n + 1, etag=md5(b"z" * (n + 1))) for n in range(3)
    ]
    manifest(move, "film", *segments)
    move.copy()
    assert move.box.body("film") == b"z" * 6
    assert move.verify() == ()


def killed_behind_the_finish(move: Move) -> None:
    """The object of parts is there; its row is not."""
    real = move.box.multipart.finish

    def finish(*args: Any) -> str:
        real(*args)
        raise LeaseLost(codes.CLAIM_LOST, step="s")

    with mock.patch.object(move.box.multipart, "finish", finish), pytest.raises(LeaseLost):
        move.copy()


def test_an_answer_that_is_lost_behind_the_finish_sends_nothing_again(move: Move) -> None:
    move.large("film", [5 * MIB, 1])
    real = move.box.multipart.finish

    def finish(*args: Any) -> str:
        real(*args)
        raise TransientError(codes.CLOUD_UNAVAILABLE, what="the answer")

    move.box.seen.clear()
    with mock.patch.object(move.box.multipart, "finish", finish):
        move.copy()
    assert (move.asked("PUT"), move.asked("POST")) == (2, 2), "two parts; begun and finished"
    assert move.box.body("film") == whole(move, "film")
    assert move.verify() == ()


@pytest.mark.parametrize("parts", [0, 1])
def test_an_upload_that_was_begun_with_other_headers_is_not_gone_on_with(move: Move, parts: int) -> None:
    move.large("film", [5 * MIB] * 2, x_object_meta_v="1")
    left = [1 + parts]  # the begin, and parts

    def check_running() -> None:
        left[0] -= 1
        if left[0] < 0:
            raise LeaseLost(codes.CLAIM_LOST, step="s")

    with pytest.raises(LeaseLost):
        move.copy(check_running)
    (upload,) = move.box.multipart.unfinished("box")
    assert len(move.box.multipart.parts("box", "film", upload.upload_id)) == parts
    post(move, "film", x_object_meta_v="2")
    move.copy()
    assert move.box.store.head("box", "film").headers["x-object-meta-v"] == "2"
    assert move.verify() == ()


def test_somebody_elses_upload_of_the_same_name_is_left_alone(move: Move) -> None:
    info = ObjectInfo(name="film", size_bytes=0, etag="", content_type="video/x")
    ids = [move.box.multipart.begin("box", info) for _ in range(2)]
    body = move.large("film", [5 * MIB, 1])
    move.copy()
    assert move.box.body("film") == body
    assert {upload.upload_id for upload in move.box.multipart.unfinished("box")} == set(ids)


def test_a_segment_that_was_written_over_at_the_source_makes_its_object_a_lost_one(move: Move) -> None:
    move.large("film", [5 * MIB, 1])
    move.put("film/0", b"other", "parts")
    move.put("other", b"1")
    assert move.copy().lost == 1
    assert move.box.names() == ["other"]


def test_a_dynamic_large_object_whose_container_is_gone_is_lost(move: Move) -> None:
    move.put("dyn", b"", x_object_manifest="gone/dyn/")
    move.put("other", b"1")
    assert move.copy().lost == 1


def test_a_store_whose_etags_are_no_md5_can_be_gone_on_with(move: Move) -> None:
    """Buckets that are encrypted with keys of KMS."""
    move.put("a", b"1")
    store = move.box.store
    put, entries, head = store.put, store.entries, store.head

    def other(etag: str) -> str:
        return etag[::-1] if len(etag) == 32 else etag

    store.put = lambda *a: other(put(*a))  # type: ignore[method-assign]
    store.entries = lambda *a, **k: (replace(e, etag=other(e.etag)) for e in entries(*a, **k))  # type: ignore
    store.head = lambda *a: (lambda i: replace(i, etag=other(i.etag)))(head(*a))  # type: ignore[method-assign]
    move.copy()
    move.box.seen.clear()
    assert move.copy().skipped == 1
    assert move.asked("PUT") == 0
    assert move.verify() == ()


def test_tags_that_we_may_not_read_are_not_written_over(box: StoreContainer) -> None:
    """PutBucketTagging replaces all of them: the customer's would be gone."""
    asked: list[tuple[str, dict[str, str]]] = []
    client = box.store._client  # type: ignore[attr-defined]
    real = client.ask

    def ask(method: str, bucket: str, key: str = "", *, query: Any = None, **options: Any) -> Any:
        asked.append((method, query or {}))
        answer = real(method, bucket, key, query=query, **options)
        if method == "GET" and query == {"tagging": ""}:
            answer.status = 403
        return answer

    client.ask = ask
    box.store.put_container("box", {"x-container-meta-decamp-mark": "decamp-m-01234567-" + "0" * 32})
    assert ("PUT", {"tagging": ""}) not in asked


def test_only_the_very_bytes_of_a_segment_are_taken_as_inside_of_a_large_object(move: Move) -> None:
    """A range leaves bytes out, and what came under a prefix later is nowhere else."""
    move.put("film/0", b"A" * 100, "parts")
    move.put("dyn/0", b"B" * 10, "parts")
    move.put("whole", b"C" * 10, "parts")
    part = Segment(container="parts", name="film/0", size_bytes=100, etag=md5(b"A" * 100))
    manifest(move, "film", replace(part, range="0-9"))
    manifest(move, "all", Segment(container="parts", name="whole", size_bytes=10, etag=md5(b"C" * 10)))
    move.put("dyn", b"", x_object_manifest="parts/dyn/")
    move.copy()
    move.put("dyn/1", b"D", "parts")
    action = CopyContainer(name="box", objects=0)
    owner = SimpleNamespace(action=action, needs=())
    plan = SimpleNamespace(step=lambda _: owner)
    ctx = SimpleNamespace(plan=plan, evidence_dir=move.root)
    job: Any = SimpleNamespace(ctx=ctx, step=SimpleNamespace(needs=("container:box",)))
    inside = _Inside(job, "parts")
    held = {entry.name for entry in move.source.objects.entries("parts") if inside.holds(entry)}
    assert held == {"whole", "dyn/0"}
