"""`decamp doctor` beside in-memory clouds: with a workspace and without, in both languages; it changes nothing."""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from migrate.cli.commands.help.doctor import text_of
from migrate.cli.context import App
from migrate.cli.workspace import shown
from migrate.doctor.checkup import Line
from migrate.messages import codes
from migrate.messages.catalogue import phrases
from tests.cli.conftest import Decamp
from tests.cli.workspaces import edit

NOBODY = 65534


class Usage(NamedTuple):
    """As `shutil.disk_usage` tells it."""

    total: int
    used: int
    free: int


def lines(decamp: Decamp, *args: str | Path) -> list[dict[str, Any]]:
    result = decamp(*args, "doctor", "-f", "json")
    assert result.code in {0, 3}, result.err
    told: list[dict[str, Any]] = json.loads(result.out)
    assert result.code == (3 if any(one["level"] == "problem" for one in told) else 0)
    return told


def of(told: list[dict[str, Any]], check: str) -> list[dict[str, Any]]:
    return [one for one in told if one["check"] == check]


def test_all_is_well(decamp: Decamp, planned: Path) -> None:
    told = lines(decamp, "-C", planned)
    assert {one["level"] for one in told} == {"ok"}
    assert {one["check"] for one in told} == {
        *("python", "libraries", "proxies", "workspace", "room", "programs", "ledger", "login"),
    }
    logins = [one["text"] for one in of(told, "login")]
    assert [text.split()[0] for text in logins] == ["memory:source/small", "memory:target/small"]


def test_the_screen(decamp: Decamp, planned: Path) -> None:
    result = decamp("-C", planned, "doctor")
    assert result.code == 0 and "No problem found" in result.err
    assert re.search(r"^ok +Python +Python 3\.", result.out, re.MULTILINE)
    french = decamp("-C", planned, "doctor", "--lang", "fr")
    assert "Aucun problème" in french.err
    assert re.search(r"^ok +registre +le registre s'ouvre$", french.out, re.MULTILINE)


def test_without_a_workspace(decamp: Decamp, clouds: None, tmp_path: Path) -> None:
    for root in (tmp_path, tmp_path / "nowhere"):
        told = lines(decamp, "-C", root)
        assert [one["level"] for one in of(told, "workspace")] == ["ok"]
        assert "--cloud" in of(told, "login")[0]["text"]
    (named,) = of(json.loads(decamp("-C", root, "doctor", "--cloud", "memory:source/small", "-f", "json").out), "login")
    assert named["level"] == "ok" and "memory:source/small" in named["text"]
    assert not list(tmp_path.iterdir())


def test_nothing_is_changed(decamp: Decamp, workspace: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in workspace.rglob("*")}
    assert decamp("-C", workspace, "doctor").code == 0
    assert {path: path.stat().st_mtime_ns for path in workspace.rglob("*")} == before


def test_a_broken_policy_is_one_line_and_the_rest_goes_on(decamp: Decamp, workspace: Path) -> None:
    policy = workspace / "policy.yaml"
    policy.write_text(policy.read_text().replace("limits:", "limit:"))
    told = lines(decamp, "-C", workspace)
    assert [(one["level"], one["code"]) for one in of(told, "workspace")] == [("problem", codes.POLICY_INVALID)]
    assert of(told, "python") and of(told, "room")


@pytest.mark.parametrize("name", [".", "private", "ledger.db"])
def test_a_workspace_that_cannot_be_written_is_a_problem(
    decamp: Decamp, moved: Path, tmp_path: Path, name: str
) -> None:
    path = moved / name
    path.chmod(path.stat().st_mode & ~0o222)
    with somebody_s(tmp_path):
        found = of(lines(decamp, "-C", moved), "workspace")
    assert (found[0]["level"], found[0]["code"]) == ("problem", codes.CANNOT_WRITE)
    assert (found[0]["facts"]["path"], found[0]["facts"]["why"]) == (shown(path), "Permission denied")
    path.chmod(0o700)


def test_what_only_looks_works_where_nothing_can_be_written(decamp: Decamp, moved: Path, tmp_path: Path) -> None:
    before = {path: path.read_bytes() for path in moved.glob("*") if path.is_file()}
    status = decamp("-C", moved, "status")
    (tmp_path / "elsewhere").mkdir()
    for path in (moved, moved / "private", moved / "reports", moved / "ledger.db"):
        path.chmod(path.stat().st_mode & ~0o222)
    with somebody_s(tmp_path):
        assert decamp("-C", moved, "status").out == status.out
        assert decamp("-C", moved, "report", "--offline", "-o", "-").code == 0
        assert decamp("-C", moved, "report", "--offline", "-o", tmp_path / "elsewhere" / "r.html").code == 0
        refused = decamp("-C", moved, "report", "--offline")
        assert refused.code == 1 and f"{codes.CANNOT_WRITE}: cannot write {moved / 'reports'}" in refused.err
    moved.chmod(0o700)
    (moved / "ledger.db-wal").write_bytes(b"x" * 100)
    moved.chmod(0o500)
    with somebody_s(tmp_path):
        refused = decamp("-C", moved, "status")
        assert refused.code == 2 and codes.LEDGER_NOT_IN_ITS_FILE in refused.err, refused.err
    moved.chmod(0o700)
    (moved / "ledger.db-wal").unlink()
    assert before == {path: path.read_bytes() for path in before}


@pytest.mark.handed_over
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_root_in_the_workspace_of_somebody_else_is_told(decamp: Decamp, planned: Path) -> None:
    assert decamp("-C", planned, "doctor").code == 0
    for path in (planned, *planned.rglob("*")):
        os.chown(path, NOBODY, -1)
    told = lines(decamp, "-C", planned)
    assert [one["code"] for one in of(told, "workspace")] == ["", codes.WORKSPACE_NOT_KNOWN, codes.FOLDER_OF_ANOTHER]
    assert {one["level"] for one in of(told, "workspace")} == {"ok", "warning"}


@contextmanager
def somebody_s(folder: Path) -> Iterator[None]:
    """All of the folder is somebody's without rights of root, and it is they who act: root may write everywhere."""
    if os.geteuid() != 0:
        yield
        return
    for one in (folder, *folder.rglob("*")):
        os.chown(one, NOBODY, -1)
    closed = [(one, one.stat().st_mode) for one in folder.parents if one.stat().st_mode & 0o011 != 0o011]
    for one, mode in closed:
        one.chmod(mode | 0o011)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        for one, mode in closed:
            one.chmod(mode)


def test_a_cloud_that_nobody_knows(decamp: Decamp, workspace: Path) -> None:
    told = json.loads(decamp("-C", workspace, "doctor", "--cloud", "elsewhere", "-f", "json").out)
    assert [(one["level"], one["code"]) for one in of(told, "login")] == [("problem", codes.CLOUD_UNKNOWN)]


def test_programs_that_are_not_here(decamp: Decamp, workspace: Path) -> None:
    edit(workspace, before_stop='{"server:tool-1": ["no-such-program-here"]}')
    (line,) = of(lines(decamp, "-C", workspace), "programs")
    assert (line["level"], line["code"]) == ("problem", codes.PROGRAMS_MISSING) and "no-such-program-here" in line[
        "text"
    ]


def test_room_for_what_is_still_to_be_captured(decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disks of the plan count until they are captured."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 40, 0, (1 << 30) + 1))
    (line,) = of(lines(decamp, "-C", planned), "room")
    assert (line["level"], line["code"]) == ("warning", codes.ROOM_SHORT)


def test_what_is_captured_needs_no_room(decamp: Decamp, moved: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 40, 0, (1 << 30) + 1))
    assert of(lines(decamp, "-C", moved), "room")[0]["level"] == "ok"


def test_a_damaged_ledger(decamp: Decamp, planned: Path) -> None:
    (planned / "ledger.db").write_bytes(b"this is no database at all, whatever its name says" * 40)
    (line,) = of(lines(decamp, "-C", planned), "ledger")
    assert (line["level"], line["code"]) == ("problem", codes.LEDGER_DAMAGED)


def test_a_store_key_that_others_can_read(decamp: Decamp, workspace: Path, tmp_path: Path) -> None:
    key = tmp_path / "store.key"
    assert decamp("store", "key", str(key)).code == 0
    policy = workspace / "policy.yaml"
    policy.write_text(policy.read_text().replace('store: "store"\n', f"store: {{folder: store, key: 'file:{key}'}}\n"))
    assert of(lines(decamp, "-C", workspace), "files")[0]["level"] == "ok"
    key.chmod(0o644)
    (line,) = of(lines(decamp, "-C", workspace), "files")
    assert (line["level"], line["code"]) == ("problem", codes.STORE_KEY_EXPOSED)


def test_a_proxy_is_told_without_its_login(decamp: Decamp, planned: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://ann:Pr0xy-secret@proxy.example.com:3128")
    monkeypatch.setenv("no_proxy", "localhost")
    result = decamp("-C", planned, "doctor")
    assert "https_proxy is proxy.example.com:3128" in result.out and "no_proxy is localhost" in result.out
    assert "secret" not in result.out + result.err and "ann" not in result.out


@pytest.mark.parametrize("lang", ["en", "fr"])
def test_every_line_has_a_sentence(lang: str) -> None:
    app = App(lang_option=lang)
    for key in phrases(lang):
        if key.startswith("doctor.ok."):
            said = key.removeprefix("doctor.ok.")
            facts: dict[str, str | int] = dict.fromkeys(re.findall(r"\{(\w+)", phrases(lang)[key]), 1)
            assert "{" not in text_of(app, Line(check="python", level="ok", said=said, facts=facts))  # type: ignore[arg-type]
