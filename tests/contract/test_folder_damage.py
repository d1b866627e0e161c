"""FolderStore beyond the contract: damage is said, a full disk stops, nothing half-written is ever seen."""

import errno
import hashlib
import io
import os
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from sandbox import body, info

from migrate.clouds.folder import FolderStore
from migrate.clouds.folder.names import file_name
from migrate.errors import FatalError, IntegrityError, NotFound


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


def test_a_missing_data_file_is_said(store: FolderStore) -> None:
    _one(store, "*.data").unlink()
    with pytest.raises(IntegrityError):
        body(store, "box", "o")


def test_a_listing_says_a_damaged_record(store: FolderStore) -> None:
    record = _one(store, "*.json")
    record.write_bytes(record.read_bytes()[:10])
    with pytest.raises(IntegrityError):
        list(store.entries("box"))
    store.put("box", info("o", b"new"), [b"new"])
    assert body(store, "box", "o") == b"new", "writing it anew heals"


def test_a_damaged_container_record_is_said(store: FolderStore) -> None:
    (store.root / "box/container.json").write_bytes(b"{}")
    with pytest.raises(IntegrityError):
        store.container("box")


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
    from migrate.clouds.folder import files

    def killed(path: Path, chunks: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(files, "write", killed)
        with pytest.raises(KeyboardInterrupt):
            store.put("box", info("o", b"newer"), [b"newer"])
    assert body(store, "box", "o") == b"abcdef"


@pytest.mark.parametrize("where", ["write", "fsync"])
def test_a_full_disk_stops_the_run(store: FolderStore, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    class Full(io.BytesIO):
        write = full  # type: ignore[assignment]

    with monkeypatch.context() as patch:
        if where == "fsync":
            patch.setattr(os, "fsync", full)
        else:
            patch.setattr(os, "fdopen", lambda handle, mode: (os.close(handle), Full())[1])
        with pytest.raises(FatalError) as caught:
            store.put("box", info("p", b"abc"), [b"abc"])
    assert caught.value.code == "DCP-111" and str(store.root) in str(caught.value.facts["path"])
    with pytest.raises(NotFound):
        store.head("box", "p")
    assert body(store, "box", "o") == b"abcdef"


def test_names_are_safe_distinct_and_the_same_each_time() -> None:
    names = ["..", ".", "a/b", "a%2fb", "A", "a", "con", "x" * 1024, "x" * 1023 + "y", "é" * 500, " ", "*", "a:b"]
    made = [file_name(name) for name in names]
    assert len({name.lower() for name in made}) == len(names)
    assert made == [file_name(name) for name in names]
    for name in made:
        assert len(name) <= 200 and name.isascii() and not set(name) & set('/\\:*?"<>|. ')


def test_it_goes_on_where_another_left_off(store: FolderStore) -> None:
    again = FolderStore(store.root)
    assert body(again, "box", "o") == b"abcdef"
    assert [container.name for container in again.containers()] == ["box"]
    assert FolderStore(store.root / "not-yet").containers() == []
