"""The first report: what it costs the clouds, and what it says of a run in the middle and at the end."""

import json
import sqlite3
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.lab.conftest import PROJECT as SHOWCASE
from tests.lab.conftest import start_servers
from tests.lab.harness import ROOT, Witness, Workspace, run, seed, sweep

pytestmark = pytest.mark.lab

TINY = "test-first-report"
AMBER = 10


def begun(root: Path, project: str) -> Workspace:
    """`decamp init` with a date two months ahead, and nothing else said."""
    deadline = (datetime.now(UTC) + timedelta(days=60)).replace(microsecond=0).isoformat()
    workspace = Workspace(root, project)
    run(
        sys.executable, "-m", "migrate.cli.main", "init", root, "--deadline", deadline,
        "--source", f"source-{project}", "--target", f"target-{project}",
    )  # fmt: skip
    return workspace


def test_five_commands_change_nothing_on_either_cloud(lab: None, tmp_path: Path) -> None:
    seed("showcase", SHOWCASE, "--scale", "0.25", "--target-quota", "generous")
    sweep("target", SHOWCASE)
    source, target = Witness.now("source", SHOWCASE), Witness.now("target", SHOWCASE)
    workspace = begun(tmp_path / "ws", SHOWCASE)
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    # Nothing has been measured on this path: however much time there is, nobody says GREEN.
    workspace.decamp("forecast", expect=AMBER)
    workspace.decamp("report")
    source, target = source.ended(), target.ended()
    assert source.requests() and target.requests(), "the logs are not being read"
    assert source.writes() == [] and target.writes() == []
    page = (workspace.root / "reports/report-en.html").read_text()
    assert "web1" in page and "<script" not in page


def test_the_report_tells_what_the_ledger_has_and_what_was_foretold_half_way(lab: None, tmp_path: Path) -> None:
    seed(str(ROOT / "tests/kill/tiny.json"), TINY, "--target-quota", "generous")
    sweep("target", TINY)
    start_servers(f"source-{TINY}")
    workspace = begun(tmp_path / "ws", TINY)
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)
    workspace.decamp("forecast", expect=AMBER)
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    workspace.decamp("run", "--execute", "--only", "evacuate")
    half_way = workspace.json("forecast", expect=None)
    told_as_moved(workspace)
    assert 0 < half_way["done_bytes"] < half_way["total_bytes"]
    workspace.decamp("run", "--execute")
    workspace.decamp("forecast", expect=0)
    report = told_as_moved(workspace)
    assert report["steps_done"] == report["steps_total"]
    foretold = [one for one in report["forecast"]["history"] if one["as_of"] == half_way["as_of"]]
    assert [one["finish_p50"] for one in foretold] == [half_way["finish_p50"]]
    workspace.decamp("report")
    page = (workspace.root / "reports/report-en.html").read_text()
    assert half_way["as_of"] in page and report["forecast"]["finish_p50"] in page


def told_as_moved(workspace: Workspace) -> dict[str, Any]:
    """The JSON report, its sums held against the ledger as SQLite reads it."""
    report: dict[str, Any] = json.loads(workspace.decamp("report", "-f", "json", "--offline", "-o", "-").stdout)
    ledger = sqlite3.connect(workspace.root / "ledger.db")
    lines, moved_bytes = ledger.execute("SELECT count(*), sum(size_bytes) FROM journal").fetchone()
    (done,) = ledger.execute("SELECT count(*) FROM steps WHERE state = 'done'").fetchone()
    assert (report["moved_bytes"], report["steps_done"]) == (moved_bytes, done)
    assert lines >= done > 0
    return report
