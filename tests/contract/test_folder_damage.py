"""FolderStore beyond the contract: damage is said, a full disk stops, nothing half-written is ever seen."""

import errno
import hashlib
import io
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from migrate.clouds.folder import FolderStore, whole_files
from migrate.clouds.folder.json_records import read_object, seal
from migrate.clouds.folder.object_file_names import file_name, name_by, record_path
from migrate.clouds.guard import ReadOnly
from migrate.clouds.ports import Orphan
from migrate.errors import ConfigError, Denied, FatalError, IntegrityError, NotFound
from migrate.messages import codes
from tests.contract.sandbox import body, info


@pytest.fixture
def store(tmp_path: Path) -> FolderStore:
    made = FolderStore(tmp_path)
    made.put_container("box", {})
    made.put("box", info("o", b"abcdef"), [b"abc", b"def"])
    return made


def _one(store: FolderStore, pattern: str) -> Path:
    (path,) = store.root.glob(f"box/??/{pattern}")
    return path


@pytest.mark.parametrize("pattern", ["*.data", "*.json"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "longer"])
def test_a_damaged_file_is_said(store: FolderStore, pattern: str, damage: str) -> None:
    path = _one(store, pattern)
    whole = path.read_bytes()
    changed = {
        "cut": whole[:-2],
        "flipped": whole[:1] + bytes([whole[1] ^ 4]) + whole[2:],
        "emptied": b"",
        "longer": whole + b"x",
    }
    path.write_bytes(changed[damage])
    with pytest.raises(IntegrityError):
        body(store, "box", "o")


def test_without_md5_each_put_has_an_etag_of_its_own_and_what_is_given_is_still_compared(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, keeps_md5=False)
    store.put_container("box", {})
    etags = {store.put("box", info("o", b"abcdef"), [b"abc", b"def"]) for _ in range(2)}
    given = msgspec.structs.replace(info("o", b"abcdef"), etag=hashlib.md5(b"abcdef").hexdigest())
    assert len(etags) == 2 and all(etag.endswith("-0") for etag in etags)
    assert store.head("box", "o").etag in etags and body(store, "box", "o") == b"abcdef"
    with pytest.raises(IntegrityError):
        store.put("box", given, [b"abc", b"dex"])
    assert store.put("box", given, [b"abcdef"]) == given.etag
    assert len(list(store.root.glob("box/??/*.data"))) == 1, "what is overwritten goes"


def test_without_md5_a_length_that_has_changed_is_said(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, keeps_md5=False)
    store.put_container("box", {})
    store.put("box", info("o", b"abcdef"), [b"abcdef"])
    _one(store, "*.data").write_bytes(b"abcde")
    with pytest.raises(IntegrityError):
        body(store, "box", "o")


@pytest.mark.parametrize("then", ["put anew", "deleted"])
def test_what_is_put_anew_or_deleted_while_it_is_read_is_not_called_damaged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str
) -> None:
    """Another process, between the record and the data file that it names."""
    store, other = FolderStore(tmp_path, keeps_md5=False), FolderStore(tmp_path, keeps_md5=False)
    store.put_container("box", {})
    store.put("box", info("o", b"abcdef"), [b"abcdef"])
    opening = whole_files.opened

    def late(path: Path) -> Any:
        if path.suffix == ".data":
            monkeypatch.undo()
            other.put("box", info("o", b"newer!"), [b"newer!"]) if then == "put anew" else other.delete("box", "o")
        return opening(path)

    monkeypatch.setattr(whole_files, "opened", late)
    if then == "put anew":
        assert body(store, "box", "o") == b"newer!"
    else:
        with pytest.raises(NotFound):
            body(store, "box", "o")


def test_a_missing_data_file_is_said(store: FolderStore) -> None:
    _one(store, "*.data").unlink()
    with pytest.raises(IntegrityError):
        body(store, "box", "o")


def test_a_record_of_a_terabyte_is_damaged_and_not_read(store: FolderStore) -> None:
    os.truncate(_one(store, "*.json"), 1 << 40)
    with pytest.raises(IntegrityError):
        list(store.entries("box"))


def test_a_listing_says_a_damaged_record(store: FolderStore) -> None:
    record = _one(store, "*.json")
    record.write_bytes(record.read_bytes()[:10])
    with pytest.raises(IntegrityError):
        list(store.entries("box"))
    store.put("box", info("o", b"new"), [b"new"])
    assert body(store, "box", "o") == b"new", "writing it anew heals"


def test_content_with_digests_of_its_own_is_listed_with_what_is_damaged(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, keeps_md5=False)
    store.put_container("box", {})
    for name in ("a", "b/é", "c"):
        store.put("box", info(name, b"abcdef"), [b"abcdef"])
    (record,) = store.root.glob("box/??/b*.json")
    record.write_bytes(record.read_bytes()[:10])
    assert [(e.name, e.size_bytes) for e in store.entries("box")] == [("a", 6), ("b/é", 0), ("c", 6)]
    assert [(e.name, e.etag) for e in store.entries("box", "b/")] == [("b/é", "")]
    for asked in (lambda: store.head("box", "b/é"), lambda: body(store, "box", "b/é")):
        with pytest.raises(IntegrityError):
            asked()
    store.put("box", info("b/é", b"new"), [b"new"])
    assert body(store, "box", "b/é") == b"new" and store.head("box", "b/é").size_bytes == 3
    record.write_bytes(b"")
    store.delete("box", "b/é")
    assert [entry.name for entry in store.entries("box")] == ["a", "c"]
    assert not list(store.root.glob("box/??/b*")), "with all that it was"


def test_a_damaged_record_that_does_not_tell_its_name_is_said_all_the_same(tmp_path: Path) -> None:
    store = FolderStore(tmp_path, keeps_md5=False)
    store.put_container("box", {})
    store.put("box", info("x" * 900, b"abc"), [b"abc"])
    _one(store, "*.json").write_bytes(b"")
    with pytest.raises(IntegrityError):
        list(store.entries("box"))


def test_a_damaged_container_record_is_said(store: FolderStore) -> None:
    (store.root / "box/container.json").write_bytes(b"{}")
    for asked in (lambda: store.container("box"), lambda: store.put_container("box", {"x-container-meta-a": "b"})):
        with pytest.raises(IntegrityError):
            asked()


def test_an_overwrite_that_breaks_keeps_the_old_and_leaves_nothing(store: FolderStore) -> None:
    def broken() -> Iterator[bytes]:
        yield b"xyz"
        raise ConnectionError

    before = sorted(store.root.rglob("*"))
    with pytest.raises(ConnectionError):
        store.put("box", info("o", b"xyzxyz"), broken())
    assert body(store, "box", "o") == b"abcdef"
    assert sorted(store.root.rglob("*")) == before


def test_an_overwrite_killed_before_its_record_keeps_the_old(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:

    def killed(path: Path, chunks: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(whole_files, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            store.put("box", info("o", b"newer"), [b"newer"])
    assert body(store, "box", "o") == b"abcdef"


@pytest.mark.parametrize("where", ["write", "fsync"])
def test_a_full_disk_stops_the_run(store: FolderStore, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    class Full(io.BytesIO):
        write = full  # type: ignore[assignment]

    def opened_full(handle: int, mode: str) -> Full:
        os.close(handle)
        return Full()

    with monkeypatch.context() as patch:
        if where == "fsync":
            patch.setattr(os, "fsync", full)
        else:
            patch.setattr(os, "fdopen", opened_full)
        with pytest.raises(FatalError) as caught:
            store.put("box", info("p", b"abc"), [b"abc"])
    assert caught.value.code == codes.CANNOT_WRITE and str(store.root) in str(caught.value.facts["path"])
    with pytest.raises(NotFound):
        store.head("box", "p")
    assert body(store, "box", "o") == b"abcdef"


# ---------------------------------------------------------------- what a kill leaves


DYING = """
import os, signal, sys
from pathlib import Path
from typing import Any
from migrate.clouds.folder import FolderStore
from migrate.clouds.ports import ObjectInfo

def dying():
    yield b"half"
    os.kill(os.getpid(), signal.SIGKILL)

info = ObjectInfo(name="o", size_bytes=8, etag="", content_type="x/y")
FolderStore(Path(sys.argv[1])).put("box", info, dying())
"""


def later(monkeypatch: pytest.MonkeyPatch, hours: float) -> None:
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + hours * 3600)


def orphans(store: FolderStore) -> list[str]:
    assert store.orphans
    return [orphan.name for orphan in store.orphans.find("box")]


def clear(store: FolderStore, found: list[Orphan]) -> None:
    assert store.orphans
    for orphan in found:
        store.orphans.remove("box", orphan)


def unnamed(store: FolderStore) -> Path:
    """A data file that a kill left before its record was written."""
    whole = _one(store, "o.*.data")
    path = whole.with_name(f"o.{'0' * 32}-0.data")
    path.write_bytes(b"0123456789")
    return path


def written_now(*paths: Path) -> None:
    """By this process's clock: the file system has its own, which `make test-days` does not change."""
    for path in paths:
        os.utime(path, (time.time(), time.time()))


def test_a_kill_in_the_middle_of_a_put_leaves_a_file_that_goes_a_day_later(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = subprocess.run([sys.executable, "-c", DYING, str(store.root)], cwd=Path(__file__).parents[2])
    assert dead.returncode == -signal.SIGKILL
    left = _one(store, ".aside-*")
    written_now(left)
    assert orphans(store) == []
    later(monkeypatch, 23.9)
    assert orphans(store) == []
    later(monkeypatch, 24.1 - 23.9)
    assert orphans(store) == [str(left.relative_to(store.root / "box"))]
    assert store.orphans
    clear(store, store.orphans.find("box"))
    assert not left.exists() and orphans(store) == []
    assert body(store, "box", "o") == b"abcdef"


def test_a_data_file_that_no_record_names_is_a_stray_and_what_one_names_is_none(
    store: FolderStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    store.put("box", info("gone", b"gone"), [b"gone"])
    _one(store, "gone.json").unlink()
    left = {unnamed(store), _one(store, "gone.*.data")}
    written_now(*left)
    assert orphans(store) == []
    later(monkeypatch, 25)
    assert set(orphans(store)) == {str(path.relative_to(store.root / "box")) for path in left}
    assert store.orphans
    found = store.orphans.find("box")
    assert sum(orphan.size_bytes for orphan in found) == 14
    clear(store, found)
    clear(store, found)
    assert [path for path in left if path.exists()] == [] and body(store, "box", "o") == b"abcdef"


def test_a_record_that_appears_meanwhile_keeps_its_data(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody puts back what was lost, between the look and the removal."""
    record = _one(store, "o.json")
    kept = record.read_bytes()
    record.unlink()
    later(monkeypatch, 25)
    assert store.orphans
    found = store.orphans.find("box")
    assert len(found) == 1
    record.write_bytes(kept)
    clear(store, found)
    assert body(store, "box", "o") == b"abcdef"


def test_a_file_that_is_written_anew_meanwhile_stays(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    record = _one(store, "o.json")
    record.unlink()
    later(monkeypatch, 25)
    assert store.orphans
    found = store.orphans.find("box")
    os.utime(_one(store, "o.*.data"), (time.time(), time.time()))
    clear(store, found)
    assert _one(store, "o.*.data").exists()


def test_what_a_damaged_record_may_name_is_no_stray(store: FolderStore, monkeypatch: pytest.MonkeyPatch) -> None:
    _one(store, "o.json").write_bytes(b"{")
    later(monkeypatch, 25)
    assert orphans(store) == []


def test_a_folder_that_is_not_there_has_no_strays(tmp_path: Path) -> None:
    store = FolderStore(tmp_path / "not-yet")
    assert orphans(store) == []


def test_names_are_safe_distinct_and_the_same_each_time() -> None:
    names = ["..", ".", "a/b", "a%2fb", "A", "a", "con", "x" * 1024, "x" * 1023 + "y", "é" * 500, " ", "*", "a:b"]
    made = [file_name(name) for name in names]
    assert len({name.lower() for name in made}) == len(names)
    assert made == [file_name(name) for name in names]
    for name in made:
        assert len(name) <= 200 and name.isascii() and not set(name) & set('/\\:*?"<>|. ')


def test_a_name_is_read_out_of_that_of_its_record_where_all_of_it_is_there() -> None:
    for name in ("..", "a/b", "a%2fb", "A", "%-", "é\n", "packs/ab/" + "0" * 64, "x" * 200):
        assert name_by(record_path(Path("/box"), name)) == name
    assert name_by(record_path(Path("/box"), "x" * 201)) is None
    assert name_by(record_path(Path("/box"), "a").with_stem("b")) is None, "another record's name, or none of ours"


def test_it_goes_on_where_another_left_off(store: FolderStore) -> None:
    again = FolderStore(store.root)
    assert body(again, "box", "o") == b"abcdef"
    assert [container.name for container in again.containers()] == ["box"]
    assert FolderStore(store.root / "not-yet").containers() == []


# ---------------------------------------------------------------- what is not ours


def test_a_folder_for_reading_alone_is_not_written_to(store: FolderStore) -> None:
    looking = FolderStore(store.root, gatekeeper=ReadOnly())
    assert looking.orphans is not None
    before = {path: path.read_bytes() for path in store.root.rglob("*") if path.is_file()}
    for change in (
        lambda: looking.put_container("new", {}),
        lambda: looking.put_container("box", {"x-container-meta-a": "1"}),
        lambda: looking.put("box", info("o", b"x"), [b"x"]),
        lambda: looking.put_manifest("box", info("o", b"")),
        lambda: looking.delete("box", "o"),
        lambda: looking.orphans.remove("box", Orphan(name=".aside-x", size_bytes=1)),
    ):
        with pytest.raises(Denied):
            change()
    assert {path: path.read_bytes() for path in store.root.rglob("*") if path.is_file()} == before


LINKED = ("container", "shard", "record", "data")


@pytest.mark.parametrize("what", LINKED)
def test_links_in_a_folder_lead_nowhere(store: FolderStore, tmp_path: Path, what: str) -> None:
    """As a folder that somebody has handed over may have them: nothing is read through them, written or removed."""
    record, data = _one(store, "*.json"), _one(store, "*.data")
    linked = {"container": record.parent.parent, "shard": record.parent, "record": record, "data": data}[what]
    elsewhere = tmp_path.with_name(f"{tmp_path.name}-elsewhere")
    linked.rename(elsewhere)
    linked.symlink_to(elsewhere)
    before = sorted(elsewhere.rglob("*")) if elsewhere.is_dir() else elsewhere.read_bytes()
    with pytest.raises(ConfigError) as refused, store.get("box", "o") as (_, body):
        b"".join(body)
    assert (refused.value.code, refused.value.facts["why"]) == (codes.NOT_A_WORKSPACE_FILE, "link")
    changes: list[Callable[[], object]] = [
        lambda: store.put("box", info("o", b"other"), [b"other"]),
        lambda: store.delete("box", "o"),
    ]
    for change in changes[: {"data": 0, "record": 1}.get(what, 2)]:
        with pytest.raises(ConfigError):
            change()
    assert (sorted(elsewhere.rglob("*")) if elsewhere.is_dir() else elsewhere.read_bytes()) == before


def test_a_record_whose_etag_is_a_path_leads_nowhere(store: FolderStore) -> None:
    path = _one(store, "*.json")
    path.write_bytes(seal(msgspec.structs.replace(read_object(path), etag="x/../../../../secret")))
    with pytest.raises(IntegrityError), store.get("box", "o") as (_, body):
        b"".join(body)
