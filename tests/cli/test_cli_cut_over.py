"""`decamp cut-over`: one wave for good, by its own command; held, put off and continued at whatever stage it is."""

import json
import shlex
import time
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.cli.commands.cut_over import Asked, require_ready
from migrate.cli.context import App
from migrate.cli.session import open_ledger
from migrate.cli.views.cut_over_view import CutOverView
from migrate.cli.workspace import Workspace
from migrate.errors import ConfigError, QuotaExceeded
from migrate.forecast.forecast_records import Downtime, Origin
from migrate.ledger.ledger import Ledger
from migrate.ledger.wave_pauses import Pause, pause, pauses, resume
from migrate.messages import codes
from migrate.plan.wave_stages import CutOverStage
from migrate.plan.wave_state import Stage
from migrate.units import iso, utc_now
from tests.cli.conftest import Decamp, Result
from tests.cli.reached import reached
from tests.cli.time_passed import Looks, down_for
from tests.cli.wave_tenant import Event, Tenant, Watched, change, planned_again, planned_of, told

WAVE = "tool-2"
LOGIN = ("POST", "/v3/auth/tokens")


@pytest.fixture
def tenant(decamp: Decamp, tmp_path: Path) -> Tenant:
    """Two servers, planned one by one."""

    def lead(root: Path) -> tuple[Tenant, None]:
        tenant = Tenant(2)
        planned_of(decamp, root)
        return tenant, None

    return reached(tmp_path / "work", "planned", lead)[0]


@pytest.fixture
def root(tenant: Tenant, tmp_path: Path) -> Path:
    return tmp_path / "work"


@pytest.fixture
def one_up(decamp: Decamp, tmp_path: Path) -> tuple[Tenant, Result]:
    """All is approved, and one of the two waves is cut over; what the command said."""

    def lead(root: Path) -> tuple[Tenant, Result]:
        tenant = Tenant(2)
        planned_of(decamp, root)
        assert decamp("-C", root, "approve", "cut-over").code == 0
        moved = decamp("-C", root, "cut-over", f"server:{WAVE}", "--execute")
        assert moved.code == 0, moved.err
        return tenant, moved

    return reached(tmp_path / "work", "one of two waves up", lead)


def approved(decamp: Decamp, root: Path) -> None:
    assert decamp("-C", root, "approve", "cut-over", "--wave", WAVE).code == 0


# ---------------------------------------------------------------- one wave


@pytest.mark.many_runs
def test_a_rehearsal_tells_all_and_changes_nothing(decamp: Decamp, tenant: Tenant, root: Path) -> None:
    change(root, "^  budget:$", "  budget: 2 hours")
    before = list(tenant.log)
    shown = decamp("-C", root, "cut-over", WAVE)
    assert shown.code == 0 and {(method, path) for _, method, path in tenant.log[len(before) :] if method != "GET"} <= {
        LOGIN
    }
    for expected in (
        "Wave tool-2: tool-2",
        "Not approved: tool-2",
        "Downtime budget: 2 h; it fits by default estimates, nothing is measured yet",
        "If it fails: it stays as it is until you decide",
        "Floor",
        "(last pass)",
        "would stop it at the source",
    ):
        assert expected in shown.out
    assert "cut-over tool-2 --execute" in shown.err
    wave = told(decamp, root, "cut-over", WAVE)["wave"]
    assert (wave["stage"], wave["began"], wave["unapproved"]) == ("stop", "", ["tool-2"])
    (down,) = wave["downtimes"]
    assert 0 < down["floor_s"] <= down["p50_s"] <= down["p90_s"] and down["floor_stage"] == "last-pass"


def test_nobodys_word_no_cut_over(decamp: Decamp, tenant: Tenant, root: Path) -> None:
    refused = decamp("-C", root, "cut-over", WAVE, "--execute")
    assert (
        refused.code == 2
        and codes.CUT_OVER_NOT_APPROVED in refused.sentence
        and "approve cut-over --wave tool-2" in refused.sentence
    )
    assert tenant.events() == []


def test_one_wave_moves_and_the_others_run_on(decamp: Decamp, one_up: tuple[Tenant, Result], tmp_path: Path) -> None:
    (tenant, moved), root = one_up, tmp_path / "work"
    assert tenant.events() == [("stop", "tool-2"), ("create", "")]
    assert tenant.running("source") == {*tenant.ids} - {"tool-2"} and tenant.running("target") == {"tool-2"}
    stages = [line for line in moved.err.splitlines() if line.startswith("tool-2: ")]
    assert [line.split(": ")[1].split(",")[0] for line in stages] == [
        "last pass",
        "restore",
        "verification",
        "start at the target",
    ]
    assert "tool-2 was down for " in moved.err and "predicted: P50 " in moved.err

    # Again: nothing is done twice. Then the others, by a plain run.
    log = len(tenant.log)
    again = decamp("-C", root, "cut-over", WAVE, "--execute")
    assert again.code == 0 and "is up at the target already" in again.err and len(tenant.log) == log
    assert told(decamp, root, "cut-over", WAVE)["wave"]["stage"] == "up"
    assert decamp("-C", root, "run", "--execute").code == 0
    assert decamp("-C", root, "verify").code == 0 and tenant.running("source") == set()


def test_a_name_that_a_shell_would_run_is_quoted_in_the_command_to_type(
    decamp: Decamp, tenant: Tenant, root: Path
) -> None:
    name = "x; touch pwned #"
    tenant.source.servers.rows[tenant.ids["tool-2"]].change(name=name)
    planned_again(decamp, root)
    assert f"--wave={shlex.quote(name)}" in decamp("-C", root, "cut-over", name).out
    refused = decamp("-C", root, "cut-over", name, "--execute")
    assert f"--wave {shlex.quote(name)}`" in refused.sentence
    assert shlex.quote(name) in decamp("-C", root, "cut-over", name, "--pause").err


def test_between_two_waves_what_is_moved_can_be_verified_alone(
    decamp: Decamp, one_up: tuple[Tenant, Result], tmp_path: Path
) -> None:
    (tenant, _), root = one_up, tmp_path / "work"
    whole = decamp("-C", root, "verify")
    assert whole.code == 3 and "missing" in whole.out
    part = decamp("-C", root, "verify", "--moved")
    assert part.code == 0 and "10 items not moved yet" in part.err and "missing" not in part.out
    shown = json.loads((root / "evidence/verify.json").read_text())
    assert shown["not_moved"] == 10 and {row["name"] for row in shown["rows"]} == {"tool-2", "data-tool-2"}

    # It does not stand for the whole, once all is moved.
    assert decamp("-C", root, "run", "--execute").code == 0
    assert told(decamp, root, "status")["next"]["command"].endswith("verify")
    assert decamp("-C", root, "verify").code == 0
    assert "not_moved" not in json.loads((root / "evidence/verify.json").read_text())

    # What was changed is told.
    (server,) = (one for one in tenant.cloud("target").compute.servers() if one.name == WAVE)
    tenant.target.servers.rows[server.id].change(name="other")
    assert decamp("-C", root, "verify", "--moved").code == 4


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("nobody",), codes.WAVE_OR_SERVER_UNKNOWN),
        (("",), codes.WAVE_OR_SERVER_UNKNOWN),
        ((WAVE, "--pause", "--resume"), codes.USAGE),
        ((WAVE, "--execute", "--pause"), codes.USAGE),
        ((WAVE, "--anyway"), codes.USAGE),
        ((WAVE, "--postpone", "soon"), codes.USAGE),
        ((WAVE, "--postpone", "2020-01-01T00:00:00+01:00"), codes.USAGE),
        ((WAVE, "--postpone", "2099-01-01T00:00:00"), codes.USAGE),
        ((WAVE, "--pause", "--who", " "), codes.APPROVER_MISSING),
        ((), codes.USAGE),
    ],
)
def test_wrong_input_is_told_in_one_sentence(
    decamp: Decamp, tenant: Tenant, root: Path, args: tuple[str, ...], code: str
) -> None:
    refused = decamp("-C", root, "cut-over", *args)
    assert refused.code == 2 and code in refused.sentence
    assert decamp("-C", root, "cut-over", WAVE, "--execute").code == 2, "nothing was noted or approved"


def test_a_server_that_the_target_refuses_is_told_with_its_stage_and_its_clock(
    decamp: Decamp, tenant: Tenant, root: Path
) -> None:
    budget(root, "2 hours")
    approved(decamp, root)
    tenant.target.fail_next("POST", r"^/servers$", QuotaExceeded(codes.QUOTA_EXCEEDED, resource="cores"))
    failed = decamp("-C", root, "cut-over", WAVE, "--execute")
    assert failed.code == 3 and "not up yet (left: start at the target)" in failed.err
    assert "cut-over tool-2 --execute" in failed.err
    (down,) = told(decamp, root, "status")["down"]
    assert (down["name"], down["wave"], down["stage"], down["budget_s"]) == ("tool-2", WAVE, "start", 7200)
    row = next(line for line in decamp("-C", root, "status").out.splitlines() if line.startswith("tool-2  "))
    assert row.split("  ")[2:] == ["start at the target", "2 h"]
    assert "Being cut over since" in decamp("-C", root, "cut-over", WAVE).out
    assert decamp("-C", root, "cut-over", WAVE, "--execute").code == 0


# ---------------------------------------------------------------- held


def test_a_paused_wave_is_not_begun(decamp: Decamp, tenant: Tenant, root: Path) -> None:
    approved(decamp, root)
    assert decamp("-C", root, "cut-over", WAVE, "--pause", "--who", "Night shift").code == 0
    refused = decamp("-C", root, "cut-over", WAVE, "--execute")
    assert refused.code == 2 and codes.WAVE_PAUSED in refused.sentence and "Night shift" in refused.sentence
    # A plain run does all the rest, and does not wait for a person.
    rest = decamp("-C", root, "run", "--execute")
    assert rest.code == 3 and tenant.events() == []
    held = {one["step_id"]: one["code"] for one in told(decamp, root, "status")["held"]}
    assert held[f"server:{tenant.ids[WAVE]}:stop"] == codes.WAVE_PAUSED
    assert "Paused by Night shift" in decamp("-C", root, "cut-over", WAVE).out
    assert decamp("-C", root, "cut-over", WAVE, "--resume").code == 0
    assert "was neither paused" in decamp("-C", root, "cut-over", WAVE, "--resume").err
    assert decamp("-C", root, "cut-over", WAVE, "--execute").code == 0
    assert tenant.events() == [("stop", "tool-2"), ("create", "")]


def test_a_wave_paused_while_it_is_down_is_held_there_until_somebody_continues(
    decamp: Decamp, tenant: Tenant, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(decamp, root)
    stops = [f"server:{tenant.ids[WAVE]}:stop"]
    workspace = Workspace(root)
    resumed: list[tuple[int, set[str]]] = []

    def hold() -> None:
        with open_ledger(workspace, workspace.policy()) as ledger:
            pause(ledger, stops, Pause(at="2026-01-01T00:00:00Z", who="me"))

    def go_on(ledger: Ledger) -> None:
        resumed.append((len(tenant.log), set(pauses(ledger))))
        resume(ledger, stops)

    Looks(monkeypatch, go_on)
    tenant.target.log = Watched(tenant.target.log, "/images", hold)  # type: ignore[arg-type]
    moved = decamp("-C", root, "cut-over", WAVE, "--execute")
    assert moved.code == 0, moved.err
    assert codes.WAVE_PAUSED in moved.err
    made = tenant.log.index(("target", "POST", "/servers"))
    ((length, held),) = resumed
    assert held == set(stops) and made >= length, "nothing went on during the pause"


def test_a_postponed_wave_waits_for_its_time(
    decamp: Decamp, tenant: Tenant, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    approved(decamp, root)
    assert decamp("-C", root, "cut-over", WAVE, "--postpone", "8 hours").code == 0
    assert "Postponed until" in decamp("-C", root, "cut-over", WAVE).out
    came: list[tuple[float, list[Event]]] = []

    def its_time_comes(ledger: Ledger) -> None:
        came.append((time.time(), tenant.events()))
        ((stop, postponed),) = pauses(ledger).items()
        assert postponed.until > iso(utc_now() + timedelta(hours=7))
        pause(ledger, [stop], replace(postponed, until=iso(utc_now())))

    Looks(monkeypatch, its_time_comes)
    moved = decamp("-C", root, "cut-over", WAVE, "--execute")
    assert moved.code == 0 and codes.WAVE_POSTPONED in moved.err
    ((at, before),) = came
    assert before == []
    assert told(decamp, root, "status")["downtimes"][0]["began"] >= at - 0.001, "to the millisecond, as it is noted"


# ---------------------------------------------------------------- the budget


def take_an_hour(tenant: Tenant, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """So long the target needs for the first image, and the run looks what is asked of it meanwhile."""
    looks = Looks(monkeypatch)

    def pass_by() -> None:
        down_for(root, 3600)
        looks.pass_by()

    tenant.target.log = Watched(tenant.target.log, "/images", pass_by)  # type: ignore[arg-type]


def budget(root: Path, text: str) -> None:
    change(root, "^  budget:.*$", f"  budget: {text}")


def test_a_budget_below_the_floor_is_told_before(decamp: Decamp, tenant: Tenant, root: Path) -> None:
    budget(root, "3 minutes")
    shown = decamp("-C", root, "cut-over", WAVE).out
    assert "Downtime budget: 3 min, below the floor of tool-2, 8 min 56 s (most of it: last pass)" in shown


@pytest.mark.parametrize(
    ("origin", "p50_s", "anyway", "refused"),
    [
        (Origin.MEASURED, 700.0, False, True),
        (Origin.MEASURED, 700.0, True, False),
        (Origin.MEASURED, 500.0, False, False),
        (Origin.MEASURED, None, False, False),
        (Origin.DECLARED, 700.0, False, False),
    ],
)
def test_what_is_measured_to_take_longer_is_begun_only_by_a_further_word(
    origin: Origin, p50_s: float | None, anyway: bool, refused: bool
) -> None:
    down = Downtime(server_id="1", name="a", size_bytes=1, begins=None, p50_s=p50_s, p90_s=p50_s, origin=origin)
    view = CutOverView(
        wave="a",
        servers=("a",),
        state=Stage.PLANNED,
        stage=CutOverStage.STOP,
        as_of="",
        budget_s=600,
        downtimes=(down,),
    )
    asked = Asked("a", True, anyway, False, None, False, None, 60.0, False)
    with pytest.raises(ConfigError) if refused else nullcontext() as caught:
        require_ready(App(), view, asked)
    if caught:
        assert (
            caught.value.code == codes.CUT_OVER_TOO_LONG
            and caught.value.facts["expected"] == "11\u00a0min\u00a040\u00a0s"
        )


def test_default_estimates_forbid_nothing_and_a_wave_that_exceeds_its_budget_says_so_and_goes_on(
    decamp: Decamp, tenant: Tenant, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing was measured: an estimate is told, and is no reason to refuse."""
    budget(root, "3 minutes")
    approved(decamp, root)
    take_an_hour(tenant, root, monkeypatch)
    moved = decamp("-C", root, "cut-over", WAVE, "--execute")
    assert moved.code == 0 and "it cannot be met" in moved.err
    assert "which exceeds the budget of 3 min" in moved.err
    assert tenant.running("target") == {"tool-2"}


# ---------------------------------------------------------------- back by itself


def by_itself(root: Path, text: str = "2 hours") -> None:
    budget(root, text)
    change(root, "^  on_failure: wait$", "  on_failure: back")


def assert_back(decamp: Decamp, tenant: Tenant, root: Path) -> None:
    assert tenant.running("source") == set(tenant.ids) and "tool-2" not in tenant.running("target")
    status = told(decamp, root, "status")
    assert status["down"] == []
    again = decamp("-C", root, "cut-over", WAVE, "--execute")
    assert again.code != 0 and "stop" not in [what for what, _ in tenant.events()[1:]], "not without a new approval"


def moved_again(decamp: Decamp, tenant: Tenant, root: Path) -> None:
    """What went back can be cut over again, with a new last pass."""
    for command in (("scan",), ("plan",), ("approve", "cut-over", "--wave", WAVE), ("cut-over", WAVE, "--execute")):
        done = decamp("-C", root, *command)
        assert done.code == 0, done.err
    assert [one for one in tenant.events() if one[0] == "stop"] == [("stop", "tool-2")]
    assert tenant.running("target") == {"tool-2"} and "tool-2" not in tenant.running("source")
    assert decamp("-C", root, "verify", "--moved").code == 0


def test_a_server_that_the_target_refuses_goes_back_by_itself(decamp: Decamp, tenant: Tenant, root: Path) -> None:
    by_itself(root)
    assert "start at the source again by themselves" in decamp("-C", root, "cut-over", WAVE).out
    approved(decamp, root)
    tenant.target.fail_next("POST", r"^/servers$", QuotaExceeded(codes.QUOTA_EXCEEDED, resource="cores"))
    failed = decamp("-C", root, "cut-over", WAVE, "--execute")
    assert failed.code == 3 and codes.WAVE_GOES_BACK in failed.err, failed.err
    assert "tool-2 runs at the source again; at the target: " in failed.err and "begin with" in failed.err
    assert_back(decamp, tenant, root)
    moved_again(decamp, tenant, root)


def test_a_wave_over_its_budget_goes_back_by_itself(
    decamp: Decamp, tenant: Tenant, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_itself(root, "30 minutes")
    approved(decamp, root)
    take_an_hour(tenant, root, monkeypatch)
    failed = decamp("-C", root, "cut-over", WAVE, "--execute")
    assert failed.code == 3 and "exceeds the budget" in failed.err and codes.WAVE_GOES_BACK in failed.err, failed.err
    assert_back(decamp, tenant, root)
    budget(root, "2 hours")
    moved_again(decamp, tenant, root)


def test_a_failed_health_check_goes_back_and_parks_the_server(decamp: Decamp, tenant: Tenant, root: Path) -> None:
    by_itself(root)
    change(
        root,
        r"^  health: .*$",
        '  health: {"server:tool-2": [{check: console, matches: "never said", timeout: 1 second, retries: 0}]}',
    )
    assert decamp("-C", root, "plan").code == 0
    approved(decamp, root)
    failed = decamp("-C", root, "cut-over", WAVE, "--execute")
    assert failed.code == 3 and codes.WAVE_GOES_BACK in failed.err, failed.err
    (server,) = tenant.cloud("target").compute.servers()
    assert server.status == "SHUTOFF" and server.id in failed.err
    assert_back(decamp, tenant, root)


def test_a_plain_run_sends_a_failed_wave_back_and_stops_no_other(decamp: Decamp, tenant: Tenant, root: Path) -> None:
    """What made the target refuse one server may make it refuse all."""
    by_itself(root)
    assert decamp("-C", root, "approve", "cut-over").code == 0
    tenant.target.fail_next("POST", r"^/servers$", QuotaExceeded(codes.QUOTA_EXCEEDED, resource="cores"))
    failed = decamp("-C", root, "run", "--execute")
    assert failed.code == 3 and codes.WAVE_GOES_BACK in failed.err and codes.NOT_STOPPED_OTHER_WENT_BACK in failed.err
    assert tenant.running("source") == set(tenant.ids) and tenant.running("target") == set()
    assert [what for what, _ in tenant.events()] == ["stop", "create"]
    # Run again: the others move.
    assert decamp("-C", root, "run", "--execute").code == 3
    assert len(tenant.running("source")) == 1 and len(tenant.running("target")) == 1


def test_what_was_evacuated_on_purpose_stays_down_and_is_rebuilt_whatever_the_budget(
    decamp: Decamp, tenant: Tenant, root: Path
) -> None:
    by_itself(root, "30 minutes")
    approved(decamp, root)
    assert decamp("-C", root, "run", "--execute", "--only", "evacuate").code == 3
    down_for(root, 3600)
    assert decamp("-C", root, "run", "--execute", "--only", "evacuate").code == 3
    assert "tool-2" not in tenant.running("source"), "its disks are captured, and it is not started again"
    assert decamp("-C", root, "cut-over", WAVE, "--execute").code == 0
    assert tenant.running("target") == {"tool-2"} and "tool-2" not in tenant.running("source")


def test_a_wave_that_has_left_the_plan_does_not_stand_for_the_whole_plan(
    decamp: Decamp, one_up: tuple[Tenant, Result], tmp_path: Path
) -> None:
    (tenant, _), root = one_up, tmp_path / "work"
    assert decamp("-C", root, "rollback", WAVE, "--execute", "--who", "me").code == 0
    tenant.cloud("source").compute.delete_server(tenant.ids[WAVE])
    tenant.source.settle()
    for command in ("scan", "plan"):
        assert decamp("-C", root, command).code in {0, 3}
    assert decamp("-C", root, "approve", "cut-over").code == 0
    stops = [one for one in tenant.events() if one[0] == "stop"]
    refused = decamp("-C", root, "cut-over", WAVE, "--execute")
    assert refused.code != 0 and [one for one in tenant.events() if one[0] == "stop"] == stops
    assert tenant.running("source") == {"tool-1"}
