"""What lies in a workspace is its owner's alone, and a secret's value is shown to nobody."""

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from migrate.demo.memory import worlds
from migrate.messages import codes
from tests.cli.conftest import Decamp

pytestmark = pytest.mark.hostile

SECRET, OTHER = "hunter2-of-the-shop", "swordfish-of-the-shop"


@pytest.fixture(autouse=True)
def _no_umask() -> Iterator[None]:
    """The worst of umasks before each command; the tests' own one afterwards."""
    kept = os.umask(0)
    yield
    os.umask(kept)


def open_to_others(root: Path) -> list[str]:
    found = [root, *root.rglob("*")]
    return sorted(str(path.relative_to(root)) for path in found if stat.S_IMODE(path.lstat().st_mode) & 0o077)


def move(decamp: Decamp, root: Path) -> None:
    for args in ("scan", "plan", "approve cut-over --who Ann", "forecast", "run --execute", "verify --full", "report"):
        decamp("-C", root, *args.split())
        os.umask(0)


def test_whatever_a_command_writes_is_its_owners_alone(decamp: Decamp, workspace: Path) -> None:
    move(decamp, workspace)
    assert {path.name for path in workspace.iterdir()} >= {"evidence", "reports", "private", "store", "ledger.db"}
    assert open_to_others(workspace) == []


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_a_workspace_that_others_can_read_is_closed_with_one_sentence(decamp: Decamp, planned: Path, lang: str) -> None:
    for path in [planned, *planned.rglob("*")]:
        path.chmod(0o755 if path.is_dir() else 0o644)
    (planned / "store" / "decamp-x").mkdir(parents=True)
    (planned / "store" / "decamp-x" / "pack").write_bytes(b"a disk")
    before = decamp("-C", planned, "--lang", lang, "status")
    said = {"en": "Other users of this machine", "fr": "D'autres utilisateurs de cette machine"}[lang]
    assert before.err.count(said) == 1
    assert open_to_others(planned) == []
    assert said not in decamp("-C", planned, "--lang", lang, "status").err


def test_what_a_link_in_a_workspace_names_is_left_as_it_is(decamp: Decamp, planned: Path, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir(mode=0o755)
    (theirs / "page").write_text("public")
    (theirs / "page").chmod(0o644)
    (planned / "notes").symlink_to(theirs / "page")
    assert decamp("-C", planned, "status").code == 0
    # Captured disks would be written there: that is refused, and nothing is touched.
    (planned / "store").symlink_to(theirs)
    assert codes.NOT_A_WORKSPACE_FILE in decamp("-C", planned, "status").sentence
    assert stat.S_IMODE(theirs.stat().st_mode) == 0o755
    assert stat.S_IMODE((theirs / "page").stat().st_mode) == 0o644


def test_a_folder_that_is_no_workspace_is_left_as_it_is(decamp: Decamp, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o755)
    decamp("-C", home, "status")
    assert stat.S_IMODE(home.stat().st_mode) == 0o755


def test_of_a_secret_that_differs_no_more_than_that_is_told(decamp: Decamp, workspace: Path) -> None:
    key = "db_password"
    ours = worlds["source"].project("small").id
    row = next(row for row in worlds["source"].servers.rows.values() if row.project_id == ours)
    row.change(metadata={**row.record.metadata, key: SECRET})
    move(decamp, workspace)
    moved = next(one for one in worlds["target"].servers.rows.values() if one.record.metadata.get(key) == SECRET)
    moved.change(metadata={**moved.record.metadata, key: OTHER})
    verified = decamp("-C", workspace, "verify")
    reported = decamp("-C", workspace, "report", "-f", "md", "-o", "-")
    assert f"metadata {key}: *** ≠ ***" in verified.out + verified.err
    told = verified.out + verified.err + reported.out + reported.err
    told += "".join(path.read_text() for path in (workspace / "evidence").rglob("*.json"))
    row.change(metadata={**row.record.metadata, key: OTHER})
    before = shutil.copy(workspace / "source.json", workspace / "before.json")
    again = decamp("-C", workspace, "scan", "--diff", before)
    assert f"metadata {key}: *** -> ***" in again.out + again.err
    row.change(metadata={name: value for name, value in row.record.metadata.items() if name != key})
    gone = decamp("-C", workspace, "scan", "--diff", before, "-f", "json")
    assert f"metadata {key}" in gone.out
    told += again.out + again.err + gone.out + gone.err
    for secret in (SECRET, OTHER):
        # Nor a digest of it: a weak password could be guessed from that.
        assert secret not in told and hashlib.sha256(secret.encode()).hexdigest()[:8] not in told
