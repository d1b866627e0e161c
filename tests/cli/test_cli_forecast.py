"""`decamp forecast`, and what `status` says of it."""

import json
import re
import time
from datetime import timedelta
from pathlib import Path

import pytest

from migrate.cli.session import open_ledger
from migrate.cli.workspace import Workspace
from migrate.ledger.ledger_records import JournalLine, State
from migrate.messages import codes
from migrate.units import iso, utc_now
from tests.cli.conftest import Decamp
from tests.cli.workspaces import edit


@pytest.fixture
def dated(decamp: Decamp, planned: Path) -> Path:
    """Planned, with a deadline in 60 days."""
    edit(planned, deadline=f'"{iso(utc_now() + timedelta(days=60))}"')
    assert decamp("-C", planned, "plan").code == 0
    return planned


def test_the_forecast_is_written_and_told(decamp: Decamp, dated: Path) -> None:
    result = decamp("-C", dated, "forecast")
    assert result.code == 10 and result.out.startswith("AMBER") and "uncalibrated" in result.out
    assert "report" in result.err and (dated / "forecast.json").exists()
    told = decamp("-C", dated, "forecast", "-f", "json")
    document = json.loads((dated / "forecast.json").read_text())
    seal = document.pop("seal")
    assert seal and json.loads(told.out) == document and told.code == 10


def test_both_languages(decamp: Decamp, dated: Path) -> None:
    assert "non étalonnée" in decamp("-C", dated, "forecast", "--lang", "fr").out
    assert "ORANGE" in decamp("-C", dated, "status", "--lang", "fr").out


def test_a_screen_says_of_when_it_is_in_which_zone(decamp: Decamp, dated: Path) -> None:
    edit(dated, time_zone="Europe/Paris")
    for command in ("forecast", "status"):
        assert re.search(
            r"^As of .*Europe/Paris. P50: even odds, P90: nine in ten$", decamp("-C", dated, command).out, re.MULTILINE
        )


def test_no_chance_is_told_as_certain(decamp: Decamp, dated: Path) -> None:
    assert "Simulated runs that finish in time: more than 99% of" in decamp("-C", dated, "forecast").out


def test_an_item_that_misses_its_own_date_is_told_first(decamp: Decamp, dated: Path) -> None:
    edit(dated, deadlines=f'{{"server:tool-1": "{iso(utc_now() + timedelta(minutes=1))}"}}')
    result = decamp("-C", dated, "forecast")
    assert result.code == 11 and "Why:\n- server:tool-1 will miss its own date" in result.out


def test_a_target_that_is_complete_too_late_is_told(decamp: Decamp, planned: Path) -> None:
    edit(planned, deadline=f'"{iso(utc_now() + timedelta(minutes=6))}"', guard='"1 minute"')
    decamp("-C", planned, "plan")
    told = json.loads(decamp("-C", planned, "forecast", "-f", "json").out)
    assert told["finish_p90"] > told["deadline"]
    assert "The target may only be complete after" in decamp("-C", planned, "forecast").out


def test_a_finding_that_blocks_the_run_is_a_reason(decamp: Decamp, dated: Path) -> None:
    policy = dated / "policy.yaml"
    policy.write_text(policy.read_text().replace("  flavors: {}", '  flavors: {"t1.cw.tiny": "nonsense"}'))
    decamp("-C", dated, "plan")
    assert "blocking findings: 1" in decamp("-C", dated, "forecast").out


def test_exit_codes(decamp: Decamp, planned: Path) -> None:
    assert decamp("-C", planned, "forecast").code == 0  # no deadline, no verdict
    edit(planned, deadline=f'"{iso(utc_now() + timedelta(minutes=10))}"', guard='"9 minutes"')
    decamp("-C", planned, "plan")
    result = decamp("-C", planned, "forecast")
    assert result.code == 11 and result.out.startswith("RED")
    assert json.loads(decamp("-C", planned, "status", "-f", "json").out)["next"]["command"] == "forecast"


def test_every_mistake_at_once_and_nothing_is_written(decamp: Decamp, planned: Path) -> None:
    edit(
        planned,
        deadline='"2020-02-01T00:00:00Z"',
        guard="-1 day",
        tiers='{"server:nobody": 10, "server:web": 4}',
        time_zone="Mars/Olympus",
    )
    result = decamp("-C", planned, "forecast")
    assert result.code == 2 and result.sentence.startswith("decamp: DCP-220: ")
    for path in (
        "deadline",
        "schedule.guard",
        "schedule.tiers.server:nobody",
        "schedule.tiers.server:web",
        "schedule.time_zone",
    ):
        assert f"{path}: " in result.sentence, path
    lines = (planned / "policy.yaml").read_text().splitlines()
    (number,) = (number for number, line in enumerate(lines, 1) if line.startswith("deadline:"))
    assert f"line {number}, deadline: has passed" in result.sentence
    assert not (planned / "forecast.json").exists()


def test_mistakes_are_told_before_anything_is_scanned(decamp: Decamp, workspace: Path) -> None:
    edit(workspace, guard="soon")
    assert "schedule.guard" in decamp("-C", workspace, "forecast").sentence
    edit_back = (workspace / "policy.yaml").read_text().replace("guard: soon", "guard:")
    (workspace / "policy.yaml").write_text(edit_back)
    assert decamp("-C", workspace, "forecast").sentence.startswith("decamp: DCP-210: ")


def test_a_late_mistake_leaves_status_standing(decamp: Decamp, planned: Path) -> None:
    edit(planned, tiers='{"server:nobody": 10}')
    result = decamp("-C", planned, "status")
    assert result.code == 0 and "forecast" in result.err and "Forecast" not in result.out


def test_the_guard_is_held_from_the_first_forecast_on(decamp: Decamp, dated: Path) -> None:
    decamp("-C", dated, "forecast")
    first = json.loads((dated / "forecast.json").read_text())
    assert abs(first["guard_s"] - 0.15 * 60 * 86400) < 60
    decamp("-C", dated, "forecast")
    second = json.loads((dated / "forecast.json").read_text())
    assert (second["guard_s"], second["first_as_of"]) == (first["guard_s"], first["first_as_of"])


def test_a_forecast_that_cannot_be_read_is_begun_anew_and_that_is_said(decamp: Decamp, dated: Path) -> None:
    decamp("-C", dated, "forecast")
    path = dated / "forecast.json"
    path.write_text(path.read_text().replace('"AMBER"', '"GREEN"'))
    result = decamp("-C", dated, "forecast")
    assert result.code == 10 and codes.DOCUMENT_EDITED in result.err
    assert codes.DOCUMENT_EDITED not in decamp("-C", dated, "forecast").err


def test_after_the_run_the_source_is_no_longer_needed(decamp: Decamp, dated: Path) -> None:
    decamp("-C", dated, "forecast")
    assert decamp("-C", dated, "run", "--execute").code == 0
    result = decamp("-C", dated, "forecast", "-f", "json")
    said = json.loads(result.out)
    assert result.code == 0 and said["verdict"] == "GREEN" and said["steps_left"] == 0
    assert said["done_bytes"] == said["total_bytes"] and said["observed_rate"] is not None
    assert [one["done_bytes"] for one in said["history"]] == [0, said["total_bytes"]]
    assert "GREEN" in decamp("-C", dated, "status").out


@pytest.mark.parametrize(
    ("lang", "told"), [("en", "ALARM: no step has finished since"), ("fr", "ALERTE : aucune étape")]
)
def test_status_raises_an_alarm_when_nothing_moves(decamp: Decamp, dated: Path, lang: str, told: str) -> None:
    """A run broke off two hours ago, after its first step."""
    policy, plan = Workspace(dated).policy(), Workspace(dated).plan()
    step, before = plan.steps[0], time.time() - 7200
    with open_ledger(Workspace(dated), policy) as ledger:
        ledger.sync({one.id: one.digest for one in plan.steps})
        claim = ledger.claim(step.id, "somebody", 60.0)
        assert claim is not None
        line = JournalLine(step_id=step.id, stage=step.do, size_bytes=1, started_at=before - 60, ended_at=before)
        ledger.finish(claim, State.DONE, journal=line)
    assert told in decamp("-C", dated, "status", "--lang", lang).out
    said = json.loads(decamp("-C", dated, "status", "-f", "json").out)
    assert said["forecast"]["stalled_since"] and said["next"]["command"] == "run --execute"
    assert decamp("-C", dated, "forecast").code == 10
