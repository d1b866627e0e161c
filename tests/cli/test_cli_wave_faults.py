"""Waves when something goes wrong: a failed wave, plans made again, a part of a wave, a window that has closed."""

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from migrate.errors import ItemError, QuotaExceeded
from migrate.execute.actions import make_servers
from migrate.execute.open_windows import Hours
from migrate.execute.runner import Runner, RunReport
from migrate.messages import codes
from tests.cli.conftest import Decamp
from tests.cli.time_passed import down_for
from tests.cli.wave_tenant import SHARES, Tenant, change, planned_of, sharing, told, waves

ORDER = '{servers: {"server:tool-1": one, "server:tool-2": two}, order: [one, two]}'


def late() -> str:
    """A window of `tool-1` that is closed now, and for two days."""
    far = (datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()
    return f'{{servers: {{"server:tool-1": late}}, windows: {{late: "{far} 10:00-12:00 UTC"}}}}'


def refuse_servers(tenant: Tenant) -> None:
    tenant.target.fail_next("POST", r"^/servers$", QuotaExceeded(codes.QUOTA_EXCEEDED, resource="cores"), times=9)


def stops(tenant: Tenant) -> list[str]:
    return [name for what, name in tenant.events() if what == "stop"]


def held(decamp: Decamp, root: Path, tenant: Tenant, name: str) -> str:
    found = {one["step_id"]: one["code"] for one in told(decamp, root, "status")["held"]}
    return str(found.get(f"server:{tenant.ids[name]}:stop"))


def again(decamp: Decamp, root: Path) -> None:
    """A scan and a plan, as somebody makes them every night; the source lists what was stopped as off."""
    assert decamp("-C", root, "scan").code == 0
    decamp("-C", root, "plan")


def test_each_pass_with_a_new_plan_takes_no_further_server_down(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    decamp("-C", root, "approve", "cut-over")
    for _ in range(2):
        refuse_servers(tenant)
        assert decamp("-C", root, "run", "--execute").code == 3
        assert len(stops(tenant)) == 1
        again(decamp, root)
        assert [one["name"] for one in told(decamp, root, "status")["down"]] == stops(tenant)
    # A further run names the server that holds the others up, and the step to look into.
    refuse_servers(tenant)
    decamp("-C", root, "run", "--execute")
    waits = [one for one in told(decamp, root, "status")["held"] if one["code"] == codes.NOT_STOPPED_UNSETTLED]
    assert {one["facts"]["servers"] for one in waits} == {f"server:{tenant.ids[stops(tenant)[0]]}"}
    tenant.target._failures.clear()
    assert decamp("-C", root, "run", "--execute").code == 0
    assert tenant.running("target") == set(tenant.ids) and told(decamp, root, "status")["down"] == []


def test_a_new_plan_keeps_the_order_behind_a_wave_that_is_half_moved(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work", policy=(*waves(ORDER), ("servers_down: 1$", "servers_down: 2")))
    decamp("-C", root, "approve", "cut-over")
    refuse_servers(tenant)
    decamp("-C", root, "run", "--execute")
    again(decamp, root)
    assert decamp("-C", root, "run", "--execute").code == 3 and stops(tenant) == ["tool-1"]
    tenant.target._failures.clear()
    assert decamp("-C", root, "run", "--execute").code == 0 and stops(tenant) == ["tool-1", "tool-2"]


def test_a_stop_that_failed_in_its_window_waits_for_the_next_one(
    decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = Tenant(1)
    root = planned_of(decamp, tmp_path / "work", policy=waves(late()))
    decamp("-C", root, "approve", "cut-over")
    tenant.source.fail_next("POST", rf"^/servers/{tenant.ids['tool-1']}/action$", ItemError("DCP-499", error="no"))
    with monkeypatch.context() as inside:
        inside.setattr(Hours, "opening_of", lambda self, windows: None)
        assert decamp("-C", root, "run", "--execute", "--no-wait").code == 3
    tenant.log.clear()
    assert decamp("-C", root, "run", "--execute", "--no-wait").code == 3
    assert tenant.events() == [] and tenant.running("source") == {"tool-1"}


def test_a_server_that_is_off_already_is_brought_up_outside_its_window(
    decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ended between the request and its record; the downtime counts from the request."""
    tenant = Tenant(1)
    root = planned_of(decamp, tmp_path / "work", policy=waves(late()))
    decamp("-C", root, "approve", "cut-over")

    def dies(*_args: object) -> None:
        raise ItemError("DCP-499", error="killed")

    with monkeypatch.context() as inside:
        inside.setattr(Hours, "opening_of", lambda self, windows: None)
        inside.setattr(make_servers, "reset_earlier_captures", dies)
        assert decamp("-C", root, "run", "--execute", "--no-wait").code == 3
    assert tenant.running("source") == set()
    off = time.time()
    down_for(root, 3600)  # the server is down meanwhile, and the measured downtime must count it
    assert decamp("-C", root, "run", "--execute", "--no-wait").code == 0
    assert tenant.running("target") == {"tool-1"}
    (one,) = told(decamp, root, "status")["downtimes"]
    assert one["began"] <= off - 3600 and one["measured_s"] >= 3600


def test_a_run_that_began_before_the_plan_got_a_window_stops_nobody(
    decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = Tenant(1)
    root = planned_of(decamp, tmp_path / "work", policy=waves('{servers: {"server:tool-1": late}}'))
    decamp("-C", root, "approve", "cut-over")
    run = Runner.run

    def plans_first(self: Runner) -> RunReport:
        change(root, r"^waves: .*$", f"waves: {late()}")
        assert decamp("-C", root, "plan").code == 0
        return run(self)

    monkeypatch.setattr(Runner, "run", plans_first)
    assert decamp("-C", root, "run", "--execute").code == 3
    assert tenant.events() == [] and held(decamp, root, tenant, "tool-1") == codes.NOT_STOPPED_PLANNED_AGAIN


def test_a_part_of_a_wave_is_not_stopped_and_holds_no_other_up(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(3)
    root = planned_of(decamp, tmp_path / "work", policy=waves('{servers: {"server:tool-[12]": one}}'))
    decamp("-C", root, "approve", "cut-over")
    assert decamp("-C", root, "run", "--execute", "--only", "server:tool-1").code == 3
    assert tenant.events() == [] and held(decamp, root, tenant, "tool-1") == codes.NOT_STOPPED_PART_OF_WAVE
    assert decamp("-C", root, "run", "--execute", "--only", "server:tool-3").code == 0
    assert stops(tenant) == ["tool-3"]
    assert decamp("-C", root, "run", "--execute").code == 0 and tenant.running("target") == set(tenant.ids)


def test_a_later_wave_alone_says_which_step_it_waits_for(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work", policy=waves(ORDER))
    decamp("-C", root, "approve", "cut-over")
    assert decamp("-C", root, "run", "--execute", "--only", "server:tool-2").code == 3
    assert tenant.events() == [] and held(decamp, root, tenant, "tool-2") == codes.BLOCKED_BY_STEP


def test_a_shared_volume_that_the_policy_splits_is_one_wave_where_that_is_accepted(
    decamp: Decamp, tmp_path: Path
) -> None:
    tenant = sharing(2, "tool-1", "tool-2")
    root = planned_of(decamp, tmp_path / "work", policy=SHARES)
    for old, new in waves(ORDER):
        change(root, old, new)
    decamp("-C", root, "plan")
    refused = decamp("-C", root, "run", "--execute")
    assert refused.code == 2 and codes.FINDINGS_BLOCK in refused.sentence
    change(root, r"^accept: \[\]", 'accept: ["DCP-922"]')
    assert decamp("-C", root, "plan").code == 0
    decamp("-C", root, "approve", "cut-over")
    assert decamp("-C", root, "run", "--execute").code == 0
    assert tenant.running("target") == set(tenant.ids) and told(decamp, root, "status")["down"] == []


def test_a_failed_wave_is_told_at_once_and_not_after_another_s_window(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work", policy=waves(late()))
    decamp("-C", root, "approve", "cut-over")
    refuse_servers(tenant)
    # Without --no-wait: it must end all the same.
    assert decamp("-C", root, "run", "--execute").code == 3
    assert stops(tenant) == ["tool-2"] and held(decamp, root, tenant, "tool-1") == codes.NOT_STOPPED_UNSETTLED


def test_windows_that_never_meet_are_a_mistake_of_the_policy(decamp: Decamp, tmp_path: Path) -> None:
    Tenant(1)
    root = planned_of(decamp, tmp_path / "work", policy=waves(late()))
    change(root, r"^  windows: \[\]$", '  windows: ["daily 20:00-06:00 UTC"]')
    refused = decamp("-C", root, "check")
    assert refused.code == 2 and "waves.windows.late: is never open while limits.windows are" in refused.sentence
