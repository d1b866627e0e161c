"""Rows of a pass: exact, whole or refused, and listings that lag."""

import gzip
import hashlib
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from migrate.clouds.ports import ObjectStore
from migrate.demo.memory import MemoryCloud, World
from migrate.errors import ConfigError, NotFound
from migrate.messages import codes
from migrate.model import ObjectEntry, name_id
from migrate.objects.listing.object_rows import Sending
from migrate.objects.listing.row_files import PassFolder, rows_folder
from migrate.verify.compare_objects import verify_container
from tests.rows import record_rows, rows_file
from tests.verify.verify_tools import object_info, put

Clouds = tuple[MemoryCloud, MemoryCloud]


@pytest.fixture
def clouds() -> Clouds:
    both = MemoryCloud("s", world=World("obj-source")), MemoryCloud("t", world=World("obj-target"))
    for cloud in both:
        cloud.objects.put_container("box", {})
        for name in ("a", "a/b", "a0", "B", "ä", "\U0001f600"):
            put(cloud, "box", name, name.encode())
    return both


def test_rows_are_the_same_bytes_for_the_same_objects(clouds: Clouds, tmp_path: Path) -> None:
    for name in ("one", "two"):
        seal = record_rows(clouds[0].objects, "box", tmp_path / name)
    assert rows_file(tmp_path / "one").read_bytes() == rows_file(tmp_path / "two").read_bytes()
    assert (seal.objects, seal.size_bytes) == (6, 13)
    check = verify_container(clouds[1].objects, "box", tmp_path / "one")
    assert (check.differences, check.objects, check.size_bytes) == ((), 6, 13)
    assert not list(tmp_path.rglob("*.partial"))
    assert not list(tmp_path.rglob("*.log"))


def test_names_come_in_the_order_of_their_bytes(clouds: Clouds, tmp_path: Path) -> None:
    for name in ("a", "ä", "\U0001f600"):
        clouds[1].objects.delete("box", name)
    put(clouds[1], "box", "A", b"A")
    record_rows(clouds[0].objects, "box", tmp_path / "list")
    assert verify_container(clouds[1].objects, "box", tmp_path / "list").differences == (
        'object "A": missing ≠ present',
        'object "a": present ≠ missing',
        'object "ä": present ≠ missing',
        'object "\U0001f600": present ≠ missing',
    )


def re_sealed(raw: bytes) -> bytes:
    """Edited with care: the file's own seal fits, the one of the pass does not."""
    *lines, _ = gzip.decompress(raw).replace(b'"name":"a0"', b'"name":"a1"').splitlines(keepends=True)
    seal = {"objects": 6, "size_bytes": 13, "seal": hashlib.sha256(b"".join(lines)).hexdigest()}
    return gzip.compress(b"".join(lines) + json.dumps(seal).encode() + b"\n")


@pytest.mark.parametrize(
    "damage",
    [
        lambda raw: raw[: len(raw) // 2],
        lambda raw: gzip.compress(b"\n".join(gzip.decompress(raw).split(b"\n")[:-2]) + b"\n"),
        lambda raw: gzip.compress(gzip.decompress(raw).replace(b'"name":"a0"', b'"name":"a1"')),
        lambda raw: gzip.compress(b"\n".join(gzip.decompress(raw).split(b"\n")[2:])),
        lambda raw: gzip.compress(gzip.decompress(raw).replace(b'"version":1', b'"version":2')),
        lambda raw: gzip.compress(gzip.decompress(raw) + gzip.decompress(raw).split(b"\n")[1] + b"\n"),
        lambda raw: raw[:20] + b"\xff" * 20 + raw[40:],
        lambda raw: re_sealed(raw),
        lambda raw: b"no gzip at all",
        lambda raw: b"",
    ],
)
def test_damaged_rows_vouch_for_nothing(clouds: Clouds, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "list"
    record_rows(clouds[0].objects, "box", path)
    file = rows_file(path)
    file.write_bytes(damage(file.read_bytes()))
    with pytest.raises(ConfigError):
        verify_container(clouds[1].objects, "box", path)


def test_no_recording_and_no_container(clouds: Clouds, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        verify_container(clouds[1].objects, "box", tmp_path / "none")
    record_rows(clouds[0].objects, "box", tmp_path / "list")
    with pytest.raises(NotFound):
        verify_container(clouds[1].objects, "other", tmp_path / "list")
    with pytest.raises(NotFound):
        record_rows(clouds[0].objects, "other", tmp_path / "list")


def test_what_expired_since_may_be_gone(clouds: Clouds, tmp_path: Path) -> None:
    for cloud in clouds:
        put(cloud, "box", "short-lived", b"x", {"x-delete-at": "9999999999"})
    record_rows(clouds[0].objects, "box", tmp_path / "list")
    clouds[1].objects.delete("box", "short-lived")
    before = verify_container(clouds[1].objects, "box", tmp_path / "list", now=9999999998)
    assert before.differences == ('object "short-lived": present ≠ missing',)
    assert verify_container(clouds[1].objects, "box", tmp_path / "list", now=9999999999).differences == ()


class Lagging:
    """An object store whose listing is late: one object is not in it yet, another still is."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def __getattr__(self, name: str) -> Any:
        return getattr(self._objects, name)

    def entries(self, container: str, prefix: str = "", marker: str = "", until: str = "") -> Iterator[ObjectEntry]:
        late = (e for e in self._objects.entries(container, prefix, marker, until) if e.name != "a0")
        for entry in late:
            yield entry
            if entry.name == "a/b":
                yield ObjectEntry(name="a/gone", size_bytes=1, etag="")


def test_a_late_listing_makes_no_difference(clouds: Clouds, tmp_path: Path) -> None:
    record_rows(clouds[0].objects, "box", tmp_path / "list")
    assert verify_container(Lagging(clouds[1].objects), "box", tmp_path / "list").differences == ()


def test_a_pass_that_has_not_ended_vouches_for_nothing(clouds: Clouds, tmp_path: Path) -> None:
    record_rows(clouds[0].objects, "box", tmp_path / "list")
    folder = PassFolder(tmp_path / "list", "box")
    folder.begin()
    # Nothing has changed yet: what the last pass has seen still holds.
    assert verify_container(clouds[1].objects, "box", tmp_path / "list").differences == ()
    folder.new_log()[1].add(Sending(sending="a", size_bytes=1, etag="e"))
    with pytest.raises(ConfigError) as caught:
        verify_container(clouds[1].objects, "box", tmp_path / "list")
    assert caught.value.code == codes.COPY_RECORD_MISSING


def test_headers_are_looked_at_by_sample_or_all(clouds: Clouds, tmp_path: Path) -> None:
    """A listing shows none of them: what was not looked at is not vouched for, and the row says how many were."""
    record_rows(clouds[0].objects, "box", tmp_path / "list")
    put(clouds[1], "box", "a", b"a", {"x-object-meta-x": "changed"})
    none = verify_container(clouds[1].objects, "box", tmp_path / "list", sample=0)
    assert (none.looked, none.differences) == (0, ())
    full = verify_container(clouds[1].objects, "box", tmp_path / "list", sample=1)
    assert (full.looked, full.differences) == (6, ('object "a" header x-object-meta-x: missing ≠ changed',))
    some = [verify_container(clouds[1].objects, "box", tmp_path / "list", sample=0.5).looked for _ in range(2)]
    assert some[0] == some[1] and 0 < some[0] < 6


def test_every_difference_is_kept_beside_the_rows(clouds: Clouds, tmp_path: Path) -> None:
    record_rows(clouds[0].objects, "box", tmp_path / "list")
    exceptions = tmp_path / "list/exceptions.jsonl"
    put(clouds[1], "box", "a", b"b")
    assert verify_container(clouds[1].objects, "box", tmp_path / "list").differences
    assert [json.loads(line)["name"] for line in exceptions.read_text().splitlines()] == ["a"]
    put(clouds[1], "box", "a", b"a")
    assert not verify_container(clouds[1].objects, "box", tmp_path / "list").differences
    assert not exceptions.exists()


def test_many_differences_are_counted(clouds: Clouds, tmp_path: Path) -> None:
    for number in range(1010):
        clouds[0].objects.put("box", object_info(f"n{number}", b""), [])
    record_rows(clouds[0].objects, "box", tmp_path / "list")
    found = verify_container(clouds[1].objects, "box", tmp_path / "list").differences
    assert len(found) == 1001
    assert found[-1] == "and 10 more differences"


@pytest.mark.parametrize(
    ("container", "name"),
    [
        ("photos", "photos"),
        ("a.b-c_d", "a.b-c_d"),
        ("..", None),
        (".hidden", None),
        ("é", None),
        ("x" * 200, None),
        ("a" * 32, None),
    ],
)
def test_a_container_gets_a_plain_file_name(tmp_path: Path, container: str, name: str | None) -> None:
    path = rows_folder(tmp_path, container)
    assert path.parent == tmp_path / "objects"
    assert path.name == (name or f"%{name_id(container)}")
