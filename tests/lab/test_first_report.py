"""The first report: what it costs the clouds."""

from pathlib import Path

import pytest

from tests.lab.conftest import PROJECT
from tests.lab.harness import Witness, Workspace, in_days

pytestmark = pytest.mark.lab

AMBER = 10


def test_five_commands_change_nothing_on_either_cloud(showcase: None, tmp_path: Path) -> None:
    source, target = Witness.now("source", PROJECT), Witness.now("target", PROJECT)
    workspace = Workspace(tmp_path / "ws", PROJECT, deadline=in_days(60))
    workspace.prepare()
    # Nothing has been measured on this path: however much time there is, nobody says GREEN.
    workspace.decamp("forecast", expect=AMBER)
    workspace.decamp("report")
    source, target = source.ended(), target.ended()
    assert source.requests() and target.requests(), "the logs are not being read"
    assert source.writes() == [] and target.writes() == []
    page = (workspace.root / "reports/report-en.html").read_text()
    assert "web1" in page and "<script" not in page
