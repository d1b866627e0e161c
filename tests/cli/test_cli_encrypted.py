"""A tenant that is moved through an encrypted store, as commands are called: killed, resumed, captured again, verified;
and what each command says of a key that is lost, another, or not well kept."""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from migrate.clouds.folder import FolderStore
from migrate.demo.small_tenant import noise, two_clouds
from migrate.messages import codes
from tests.cli.conftest import Decamp, Kept
from tests.cli.living_server import BEFORE, SINCE, only_server, pass_over, power, there, write
from tests.cli.time_passed import a_moment_later, leases_expire
from tests.cli.workspaces import packs

PLANTED = hashlib.sha512(b"a pattern on a customer's disk").digest()


def keyed(root: Path, reference: str, folder: str = "store") -> None:
    """What an operator writes into the policy."""
    policy = root / "policy.yaml"
    told = f"store:\n  folder: {folder}\n  key: {reference!r}\n"
    policy.write_text(policy.read_text().replace('store: "store"\n', told))
    assert told in policy.read_text()


@pytest.fixture
def key(decamp: Decamp, tmp_path: Path) -> Path:
    path = tmp_path / "acme.key"
    made = decamp("store", "key", path)
    assert (made.code, made.out.strip()) == (0, f"file:{path}")
    return path


@pytest.fixture
def encrypted(planned: Path, key: Path) -> Path:
    """The prepared workspace, whose plan and approval stand: where the key is kept is no part of them."""
    keyed(planned, f"file:{key}")
    return planned


_filled: list[tuple[Kept, bytes, str]] = []
"""A workspace with its disks in an encrypted store, with the key, and where that was."""


@pytest.fixture
def filled(decamp: Decamp, encrypted: Path, key: Path) -> Path:
    """Its server is stopped, and its disks are in the store."""
    if _filled:
        kept, secret, there = _filled[0]
        shutil.rmtree(encrypted)
        kept.restore(encrypted)
        key.write_bytes(secret)
        policy = encrypted / "policy.yaml"
        policy.write_text(policy.read_text().replace(there, str(key)))
    else:
        assert decamp("-C", encrypted, "run", "--execute", "--only", "evacuate").code == 0
        _filled.append((Kept(encrypted), key.read_bytes(), str(key)))
    return encrypted


def everything(root: Path) -> bytes:
    files = [path for path in root.rglob("*") if path.is_file()]
    return b"\0".join(str(path.relative_to(root)).encode() + b"\0" + path.read_bytes() for path in files)


def test_a_key_is_made_once_for_its_owner_alone_and_said_in_both_languages(decamp: Decamp, tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    made = decamp("store", "key", path, "--lang", "fr")
    assert (path.stat().st_mode & 0o777, made.code) == (0o600, 0)
    text = path.read_text()
    assert text.strip() not in made.out + made.err and "sauvegardez-en une copie" in made.err
    again = decamp("store", "key", path)
    assert again.code == 1 and codes.CANNOT_WRITE in again.err and path.read_text() == text
    other = json.loads(decamp("store", "key", tmp_path / "b.key", "-f", "json").out)
    assert other["key"] == f"file:{tmp_path / 'b.key'}" and len(other["id"]) == 16


def test_a_tenant_is_moved_killed_resumed_captured_again_and_verified(
    decamp: Decamp, encrypted: Path, key: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, said = only_server(encrypted), []
    write(name, BEFORE + PLANTED)

    def call(*args: str) -> int:
        result = decamp("-C", encrypted, *args)
        said.append(result.out + result.err)
        return result.code

    assert (call("check"), call("plan"), call("run")) == (0, 0, 0)
    assert not (encrypted / "store").exists(), "a rehearsal writes nothing"
    # Killed as the third object is being stored, and what is stored of it half written.
    put, puts = FolderStore.put, []

    def dies(self: FolderStore, container: str, info: Any, chunks: Any) -> str:
        puts.append(info.name)
        if len(puts) == 3:
            raise KeyboardInterrupt
        return put(self, container, info, chunks)

    with monkeypatch.context() as patched:
        patched.setattr(FolderStore, "put", dies)
        assert call("run", "--execute") != 0
    leases_expire(encrypted)
    assert puts[0] == "encryption" and puts[1].startswith("packs/")
    assert call("run", "--execute", "-v") == 0
    assert there(name)[1] == BEFORE
    assert (call("store", "check", "--read-data"), call("verify", "--reread", "all")) == (0, 0)
    old = set(packs(encrypted))
    power("source", name, "ACTIVE")
    write(name, SINCE)
    a_moment_later()
    assert pass_over(decamp, encrypted) == 0
    assert there(name)[1] == SINCE and set(packs(encrypted)) - old
    assert call("verify", "--reread", "all") == 0
    assert (call("store", "prune", "--execute"), call("store", "check", "--read-data")) == (0, 0)
    assert (call("report"), call("status")) == (0, 0)
    assert PLANTED not in everything(encrypted / "store") and noise("tool", 64) not in everything(encrypted / "store")
    secret = key.read_text().strip()
    assert secret not in "".join(said) and secret.encode() not in everything(encrypted)


def test_without_a_key_the_same_search_finds_the_disk(decamp: Decamp, planned: Path) -> None:
    write(only_server(planned), PLANTED)
    assert decamp("-C", planned, "run", "--execute").code == 0
    assert PLANTED in everything(planned / "store")


def test_a_store_is_named_by_what_is_in_it_where_an_object_is_to_be_put_back(decamp: Decamp, filled: Path) -> None:
    stems = {path.name.split(".")[0] for path in packs(filled)}
    for path in packs(filled):
        data = bytearray(path.read_bytes())
        data[len(data) // 2] ^= 1  # how many chunks a pack has depends on how threads went
        path.write_bytes(data)
    told = json.loads(decamp("-C", filled, "store", "check", "--read-data", "-f", "json").out)
    assert {row["what"] for row in told} == {"damaged pack"}
    assert {row["item"].replace("/", "%2f") for row in told} == stems
    assert decamp("-C", filled, "run", "--execute").code == 0, "it is captured anew"
    assert decamp("-C", filled, "verify", "--reread", "all").code == 0


def test_another_machine_goes_on_with_its_own_copy_of_the_key(
    decamp: Decamp, filled: Path, key: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = tmp_path / "other"
    shutil.copytree(filled, other, ignore=shutil.ignore_patterns("cache"))
    (other / "policy.yaml").write_text((other / "policy.yaml").read_text().replace(f"file:{key}", "env:ACME_KEY"))
    missing = decamp("-C", other, "run", "--execute")
    assert missing.code == 2 and codes.STORE_KEY_UNREADABLE in missing.err and "env:ACME_KEY" in missing.err
    monkeypatch.setenv("ACME_KEY", key.read_text())
    for args in (("run", "--execute"), ("verify", "--reread", "all"), ("store", "check", "--read-data")):
        result = decamp("-C", other, *args)
        assert result.code == 0, result.err


# ---------------------------------------------------------------- keys that do not fit

COMMANDS = (("check",), ("plan",), ("run",), ("run", "--execute"), ("store", "check"), ("store", "prune"), ("verify",))


def refused(decamp: Decamp, root: Path, code: str, *commands: tuple[str, ...]) -> str:
    """Every command says the same, in one sentence, and changes nothing."""
    before = {path: path.stat().st_mtime_ns for path in (root / "store").rglob("*")}
    for args in commands or COMMANDS:
        result = decamp("-C", root, *args)
        assert (result.code, result.out) == (2, ""), (args, result.out, result.err)
        assert code in result.sentence, (args, result.err)
    assert {path: path.stat().st_mtime_ns for path in (root / "store").rglob("*")} == before
    return result.sentence


def test_a_key_that_is_lost_is_one_sentence_and_nothing_else_is_lost(decamp: Decamp, filled: Path, key: Path) -> None:
    key.rename(key.with_suffix(".aside"))
    assert str(key) in refused(decamp, filled, codes.STORE_KEY_UNREADABLE)
    for args in (("status",), ("report",), ("forecast",)):
        assert codes.STORE_KEY_UNREADABLE not in decamp("-C", filled, *args).err
    key.with_suffix(".aside").rename(key)
    assert decamp("-C", filled, "run", "--execute").code == 0
    assert decamp("-C", filled, "verify").code == 0


def test_another_key_and_none_at_all_are_told_by_what_the_store_says_of_its_own(
    decamp: Decamp, filled: Path, key: Path, tmp_path: Path
) -> None:
    other, policy = tmp_path / "other.key", filled / "policy.yaml"
    made = json.loads(decamp("store", "key", other, "-f", "json").out)
    text = policy.read_text()
    policy.write_text(text.replace(str(key), str(other)))
    assert made["id"] in refused(decamp, filled, codes.STORE_KEY_DIFFERS)
    policy.write_text("".join(line for line in text.splitlines(keepends=True) if "  key: 'file:" not in line))
    refused(decamp, filled, codes.STORE_KEY_MISSING)
    policy.write_text(text)
    assert decamp("-C", filled, "run", "--execute").code == 0


def test_a_store_with_plain_disks_is_not_encrypted_half_way(decamp: Decamp, evacuated: Path, key: Path) -> None:
    keyed(evacuated, f"file:{key}")
    assert "empty location" in refused(decamp, evacuated, codes.STORE_NOT_ENCRYPTED)
    policy = evacuated / "policy.yaml"
    policy.write_text(policy.read_text().replace("folder: store\n", "folder: another\n"))
    # Where the store is changes the plan; what was captured is captured again.
    for args in (("plan",), ("run", "--execute"), ("verify", "--reread", "all")):
        result = decamp("-C", evacuated, *args)
        assert result.code in (0, 3), result.err


def test_clean_goes_on_where_the_key_is_lost(decamp: Decamp, encrypted: Path, key: Path) -> None:
    key.unlink()
    for args in (("clean",), ("clean", "--execute")):
        result = decamp("-C", encrypted, *args)
        assert result.code == 0, result.err


def becomes_a_pipe(key: Path) -> None:
    key.unlink()
    os.mkfifo(key)


@pytest.mark.parametrize(
    ("harm", "code"),
    [
        (lambda key: key.chmod(0o640), codes.STORE_KEY_EXPOSED),
        (lambda key: key.chmod(0o604), codes.STORE_KEY_EXPOSED),
        (lambda key: key.write_text("c2hvcnQ=\n"), codes.STORE_KEY_INVALID),
        (lambda key: key.write_bytes(b"\xff" * 32), codes.STORE_KEY_INVALID),
        (lambda key: key.write_text(""), codes.STORE_KEY_INVALID),
        (lambda key: (key.unlink(), key.mkdir()), codes.STORE_KEY_UNREADABLE),
        (becomes_a_pipe, codes.STORE_KEY_UNREADABLE),
        (lambda key: (key.unlink(), key.symlink_to(key)), codes.STORE_KEY_UNREADABLE),
    ],
    ids=["group", "others", "short", "raw bytes", "empty", "a folder", "a pipe", "a loop of links"],
)
def test_a_file_that_is_no_key_or_open_to_others_is_refused(
    decamp: Decamp, encrypted: Path, key: Path, harm: Any, code: str
) -> None:
    harm(key)
    refused(decamp, encrypted, code, ("check",), ("run", "--execute"))


def test_a_key_in_the_workspace_or_in_the_policy_is_refused(decamp: Decamp, planned: Path, key: Path) -> None:
    secret = key.read_text().strip()
    key.rename(planned / "private" / "acme.key")
    keyed(planned, f"file:{planned / 'private' / 'acme.key'}")
    refused(decamp, planned, codes.STORE_KEY_UNREADABLE, ("check",), ("run", "--execute"))
    policy = planned / "policy.yaml"
    for wrong in (secret, f"file:{key.name}", "env:", "env:A B", f"base64:{secret}"):
        policy.write_text(
            "".join(
                f"  key: '{wrong}'\n" if "  key: " in line else line for line in policy.read_text().splitlines(True)
            )
        )
        said = decamp("-C", planned, "check")
        assert said.code == 2 and "store.key" in said.err and secret not in said.err, said.err


def test_a_container_at_the_target_is_encrypted_too(decamp: Decamp, tmp_path: Path, key: Path) -> None:
    two_clouds(0.02)
    root = tmp_path / "remote"
    decamp("init", root, "--source", "memory:source/small", "--target", "memory:target/small")
    policy = root / "policy.yaml"
    policy.write_text(
        policy.read_text().replace('store: "store"\n', f"store: {{container: acme-disks, key: 'file:{key}'}}\n")
    )
    for args in (("scan",), ("plan",), ("approve", "cut-over", "--who", "Ann"), ("run", "--execute"), ("verify",)):
        result = decamp("-C", root, *args)
        assert result.code == 0, result.err
    assert decamp("-C", root, "store", "check", "--read-data").code == 0
    other = tmp_path / "other.key"
    decamp("store", "key", other)
    policy.write_text(policy.read_text().replace(str(key), str(other)))
    for args in (("run", "--execute"), ("store", "check"), ("verify",)):
        result = decamp("-C", root, *args)
        assert result.code == 2 and codes.STORE_KEY_DIFFERS in result.sentence, (args, result.err)
