"""Programs of the customer's before a server is stopped: what they are told, and what their failure means."""

import json
import sqlite3
import stat
import tarfile
from contextlib import closing
from pathlib import Path

import pytest

from migrate.health.program_outputs import FILE
from migrate.messages import codes
from tests.cli.conftest import Decamp
from tests.cli.planted import grep
from tests.cli.wave_tenant import Tenant, change, planned_of, told
from tests.trusted import agree_to

SCRIPT = """#!/bin/sh
cat >> {root}/seen.jsonl
echo >> {root}/seen.jsonl
echo "draining $1, \\033[31m$OS_PASSWORD"
[ -e {root}/slow ] && sleep 30
exit "$(cat {root}/status)"
"""


def hooked(decamp: Decamp, root: Path, *, timeout: str = "5 seconds") -> Path:
    """A workspace whose policy runs a script before `tool-1` is stopped; it exits with what `status` holds."""
    planned_of(decamp, root)
    script = root / "drain.sh"
    script.write_text(SCRIPT.format(root=root))
    script.chmod(0o755)
    (root / "status").write_text("1")
    change(root, r"^  before_stop: .*$", '  before_stop: {"server:tool-1": ["./drain.sh", "web"]}')
    change(root, r"^  before_stop_timeout: .*$", f"  before_stop_timeout: {timeout}")
    assert decamp("-C", root, "plan").code == 0
    assert decamp("-C", root, "approve", "cut-over").code == 0
    return root


def seen(root: Path) -> list[dict[str, object]]:
    path = root / "seen.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines() if line] if path.exists() else []


def test_a_server_is_stopped_only_once_its_program_has_succeeded(
    decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """And no secret of ours reaches it: its output is kept without any."""
    monkeypatch.setenv("OS_PASSWORD", "hunter2hunter2")
    tenant = Tenant(2)
    root = hooked(decamp, tmp_path / "work")
    assert decamp("-C", root, "run").code == 0 and seen(root) == []
    assert decamp("-C", root, "run", "--execute").code == 3
    # It was not stopped, is not said to be down, and holds no other up.
    assert tenant.events() == [("stop", "tool-2"), ("create", "")] and tenant.running("source") == {"tool-1"}
    status = told(decamp, root, "status")
    assert status["down"] == []
    (held,) = [one for one in status["held"] if one["step_id"].endswith(":stop")]
    assert (
        held["code"] == codes.HOOK_FAILED
        and held["facts"]["status"] == "1"
        and "draining web" in held["facts"]["output"]
    )
    assert "\x1b" not in decamp("-C", root, "status").out
    assert seen(root) == [{"stage": "before_stop", "server": {"source_id": tenant.ids["tool-1"], "name": "tool-1"}}]
    with closing(sqlite3.connect(root / "ledger.db")) as db:
        assert "hunter2" not in "\n".join(db.iterdump())
    (root / "status").write_text("0")
    assert decamp("-C", root, "run", "--execute").code == 0
    assert len(seen(root)) == 2 and tenant.running("target") == {"tool-1", "tool-2"}
    assert decamp("-C", root, "verify").code == 0
    # What is done is not asked for again.
    assert decamp("-C", root, "run", "--execute").code == 0 and len(seen(root)) == 2


LOUD = """#!/bin/sh
printf 'password hunter2\nmdp\nhunter2\nclé de hunter2\nconnecting failed\n'
[ "$2" = check ] || exit 9
exit 8
"""


def test_what_a_failed_program_said_is_whole_in_one_private_file_alone(decamp: Decamp, tmp_path: Path) -> None:
    Tenant(1)
    root = hooked(decamp, tmp_path / "work")
    (root / "drain.sh").write_text(LOUD)
    agree_to(root)
    ran = decamp("-C", root, "-v", "run", "--execute")
    assert ran.code == 3
    kept = root / "private" / FILE
    said = kept.read_text()
    assert "tool-1: ./drain.sh\npassword hunter2\nmdp\nhunter2\nclé de hunter2\n" in said
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    shown = ran.out + ran.err
    for line in ("status", "--lang fr status", "report -f html -o -", "report -f md -o -", "report -f json -o -"):
        found = decamp("-C", root, *line.split())
        shown += found.out + found.err
    shown = " ".join(shown.split())
    assert "connecting failed" in shown and f"private/{FILE}" in shown and "hunter2" not in shown
    assert list(grep(root, {"it": "hunter2"}).values()) == [["drain.sh", f"private/{FILE}"]]
    # Nothing of it is for support, until somebody says so.
    for agreed in (False, True):
        bundle, there = tmp_path / f"{agreed}.tar.gz", tmp_path / f"{agreed}"
        made = decamp("-C", root, "support-bundle", "--yes", "-o", bundle, *(["--program-output"] if agreed else []))
        assert made.code == 0 and (f"private/{FILE}: what failed programs" in made.out) is not agreed
        with tarfile.open(bundle) as archive:
            archive.extractall(there, filter="data")
        assert grep(there, {"it": "hunter2"}) == {}
        files = grep(there, {"it": "connecting failed"})
        assert sorted(files.get("it", [])) == (["ledger.db", "private/decamp.log", f"private/{FILE}"] if agreed else [])


def test_one_that_does_not_end_is_ended_and_the_server_runs_on(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(1)
    root = hooked(decamp, tmp_path / "work", timeout="1 second")
    (root / "slow").touch()
    assert decamp("-C", root, "run", "--execute").code == 3
    (held,) = [one for one in told(decamp, root, "status")["held"] if one["step_id"].endswith(":stop")]
    assert held["code"] == codes.HOOK_SLOW and tenant.events() == [] and tenant.running("source") == {"tool-1"}


def test_one_that_is_missing_is_told_before_the_run(decamp: Decamp, tmp_path: Path) -> None:
    Tenant(1)
    root = hooked(decamp, tmp_path / "work")
    (root / "drain.sh").unlink()
    assert decamp("-C", root, "check").code == 3
    assert [one["code"] for one in told(decamp, root, "check") if one["level"] == "blocks"] == [
        codes.HOOK_PROGRAM_MISSING
    ]
    refused = decamp("-C", root, "run", "--execute")
    assert refused.code == 2 and codes.FINDINGS_BLOCK in refused.sentence


def test_a_program_changes_the_stop_and_so_needs_a_new_approval(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(1)
    root = hooked(decamp, tmp_path / "work")
    (root / "status").write_text("0")
    change(root, r'"web"\]', '"web", "--now"]')
    assert decamp("-C", root, "plan").code == 0
    assert decamp("-C", root, "run", "--execute").code == 3 and tenant.events() == [] and seen(root) == []


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ('{"server:a": "drain.sh"}', "servers.before_stop.server:a"),
        ('{"server:a": []}', "servers.before_stop.server:a"),
        ('{"server:a": ["x", 1]}', "servers.before_stop.server:a"),
        ('{"volume:a": ["x"]}', "servers.before_stop.volume:a"),
        ("[x]", "servers.before_stop"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(decamp: Decamp, tmp_path: Path, said: str, path: str) -> None:
    Tenant(1)
    root = planned_of(decamp, tmp_path / "work")
    change(root, r"^  before_stop: .*$", f"  before_stop: {said}")
    refused = decamp("-C", root, "plan")
    assert refused.code == 2 and path in refused.sentence
