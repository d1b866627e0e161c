"""Recordings: exact, whole or refused, and listings that lag."""

import gzip
from pathlib import Path

import pytest

from migrate.clouds.memory import MemoryCloud, World
from migrate.errors import ConfigError, NotFound, TransientError
from migrate.verify.objects import listing_path, record_listing, verify_container
from tests.verify.verify_tools import object_info, put


@pytest.fixture
def clouds() -> tuple[MemoryCloud, MemoryCloud]:
    both = MemoryCloud("s", world=World("obj-source")), MemoryCloud("t", world=World("obj-target"))
    for cloud in both:
        cloud.objects.put_container("box", {})
        for name in ("a", "a/b", "a0", "B", "ä", "\U0001f600"):
            put(cloud, "box", name, name.encode())
    return both


def test_a_recording_is_the_same_bytes_for_the_same_objects(clouds, tmp_path: Path) -> None:
    for name in ("one", "two"):
        seal = record_listing(clouds[0].objects, "box", tmp_path / name, threads=3)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    assert (seal.objects, seal.size_bytes) == (6, 13)
    check = verify_container(clouds[1].objects, "box", tmp_path / "one")
    assert (check.differences, check.objects, check.size_bytes) == ((), 6, 13)
    assert not list(tmp_path.glob("*.partial"))


def test_names_come_in_the_order_of_their_bytes(clouds, tmp_path: Path) -> None:
    for name in ("a", "ä", "\U0001f600"):
        clouds[1].objects.delete("box", name)
    put(clouds[1], "box", "A", b"A")
    record_listing(clouds[0].objects, "box", tmp_path / "list")
    assert verify_container(clouds[1].objects, "box", tmp_path / "list").differences == (
        'object "A": missing ≠ present',
        'object "a": present ≠ missing',
        'object "ä": present ≠ missing',
        'object "\U0001f600": present ≠ missing',
    )


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
        lambda raw: b"no gzip at all",
        lambda raw: b"",
    ],
)
def test_a_damaged_recording_vouches_for_nothing(clouds, tmp_path: Path, damage) -> None:
    path = tmp_path / "list"
    record_listing(clouds[0].objects, "box", path)
    path.write_bytes(damage(path.read_bytes()))
    with pytest.raises(ConfigError):
        verify_container(clouds[1].objects, "box", path)


def test_no_recording_and_no_container(clouds, tmp_path: Path) -> None:
    with pytest.raises(ConfigError):
        verify_container(clouds[1].objects, "box", tmp_path / "none")
    record_listing(clouds[0].objects, "box", tmp_path / "list")
    with pytest.raises(NotFound):
        verify_container(clouds[1].objects, "other", tmp_path / "list")
    with pytest.raises(NotFound):
        record_listing(clouds[0].objects, "other", tmp_path / "list")


def test_what_expired_since_may_be_gone(clouds, tmp_path: Path) -> None:
    for cloud in clouds:
        put(cloud, "box", "short-lived", b"x", {"x-delete-at": "9999999999"})
    record_listing(clouds[0].objects, "box", tmp_path / "list")
    clouds[1].objects.delete("box", "short-lived")
    before = verify_container(clouds[1].objects, "box", tmp_path / "list", now=9999999998)
    assert before.differences == ('object "short-lived": present ≠ missing',)
    assert verify_container(clouds[1].objects, "box", tmp_path / "list", now=9999999999).differences == ()


class Lagging:
    """An object store whose listing is late: one object is not in it yet, another still is."""

    def __init__(self, objects) -> None:
        self._objects = objects

    def __getattr__(self, name: str):
        return getattr(self._objects, name)

    def entries(self, container: str, prefix: str = "", marker: str = ""):
        late = (e for e in self._objects.entries(container, prefix, marker) if e.name != "a0")
        for entry in late:
            yield entry
            if entry.name == "a/b":
                yield type(entry)(name="a/gone", size_bytes=1, etag="")


def test_a_late_listing_makes_no_difference(clouds, tmp_path: Path) -> None:
    record_listing(clouds[0].objects, "box", tmp_path / "list")
    assert verify_container(Lagging(clouds[1].objects), "box", tmp_path / "list").differences == ()


def test_a_broken_recording_leaves_the_earlier_one(clouds, tmp_path: Path) -> None:
    path = tmp_path / "list"
    record_listing(clouds[0].objects, "box", path)
    before = path.read_bytes()
    put(clouds[0], "box", "new", b"n")
    clouds[0].world.fail_next("HEAD", "/box/B", TransientError("DCP-503"))
    with pytest.raises(TransientError):
        record_listing(clouds[0].objects, "box", path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["list"]


def test_many_differences_are_counted(clouds, tmp_path: Path) -> None:
    for number in range(1010):
        clouds[0].objects.put("box", object_info(f"n{number}", b""), [])
    record_listing(clouds[0].objects, "box", tmp_path / "list")
    found = verify_container(clouds[1].objects, "box", tmp_path / "list").differences
    assert len(found) == 1001
    assert found[-1] == "and 10 more differences"


@pytest.mark.parametrize(
    ("container", "name"),
    [("photos", "photos"), ("a.b-c_d", "a.b-c_d"), ("..", None), (".hidden", None), ("é", None), ("x" * 200, None)],
)
def test_a_container_gets_a_plain_file_name(tmp_path: Path, container: str, name: str | None) -> None:
    path = listing_path(tmp_path, container)
    assert path.parent == tmp_path / "objects"
    assert path.name == f"{name}.jsonl.gz" if name else len(path.name) == 41
