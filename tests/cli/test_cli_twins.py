"""No server runs at both ends unasked: it is stopped first, or waits until somebody has chosen a twin."""

import json
import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrate.demo.memory import open_memory, worlds
from migrate.messages import codes
from migrate.plan.plan_file import read_plan, write_plan
from migrate.policy.reader import parse_policy
from migrate.policy.seal import policy_seal
from tests.cli.conftest import Decamp, Kept
from tests.cli.living_server import BEFORE, SINCE, only_server, pass_over, power, say, status_at, there, write
from tests.cli.time_passed import a_moment_later
from tests.matrix import rest


def findings(decamp: Decamp, workspace: Path, code: str) -> list[dict[str, Any]]:
    return [one for one in json.loads(decamp("-C", workspace, "check", "-f", "json").out) if one["code"] == code]


def test_a_server_with_one_disk_is_stopped_behind_the_gate_as_any_other(decamp: Decamp, workspace: Path) -> None:
    for command in ("scan", "plan"):
        assert decamp("-C", workspace, command).code == 0
    name = only_server(workspace)
    assert [one["name"] for one in findings(decamp, workspace, codes.SERVER_STOPPED_FOR_CAPTURE)] == [name]
    assert decamp("-C", workspace, "run", "--execute").code == 3
    assert (status_at("source", name), status_at("target", name)) == ("ACTIVE", None)
    assert decamp("-C", workspace, "approve", "cut-over", "--who", "Ann").code == 0
    assert decamp("-C", workspace, "run", "--execute").code == 0
    assert (status_at("source", name), status_at("target", name)) == ("SHUTOFF", "ACTIVE")


def test_a_server_that_is_not_to_be_stopped_waits_for_a_choice_and_nothing_else_does(
    decamp: Decamp, workspace: Path
) -> None:
    say(workspace, "consistency: auto", "consistency: crash")
    decamp("-C", workspace, "scan")
    name = only_server(workspace)
    check = decamp("-C", workspace, "check")
    assert check.code == 3 and "would run on both clouds" in check.out
    assert [one["undecided"] for one in findings(decamp, workspace, codes.TWIN_UNDECIDED)] == [True]
    assert decamp("-C", workspace, "plan").code == 3
    run = decamp("-C", workspace, "run", "--execute")
    assert run.code == 3 and "blocked on their own: 1" in run.err
    # Its disk is in the store, and all else is there.
    assert status_at("target", name) is None and worlds["target"].networks.rows
    assert list((workspace / "store").rglob("*server*"))
    say(workspace, "start: cut-over", f'start: {{"server:{name}": twin}}')
    assert decamp("-C", workspace, "check").code == 0
    assert findings(decamp, workspace, codes.TWIN_UNDECIDED) == []
    assert [one["facts"] for one in findings(decamp, workspace, codes.TWIN_CHOSEN)] == [{"copy": "running"}]
    assert decamp("-C", workspace, "plan").code == 0
    assert decamp("-C", workspace, "run", "--execute").code == 0
    assert (status_at("source", name), status_at("target", name)) == ("ACTIVE", "ACTIVE")


_crashed: list[Kept] = []


@pytest.fixture
def crashed(decamp: Decamp, workspace: Path) -> Path:
    """Moved while it ran, as every server with one disk was by earlier versions; it runs on, and writes."""
    if _crashed:
        shutil.rmtree(workspace)
        _crashed[0].restore(workspace)
        return workspace
    say(workspace, "consistency: auto", "consistency: crash")
    say(workspace, "start: cut-over", "start: twin")
    assert decamp("-C", workspace, "scan").code == 0
    write(only_server(workspace), BEFORE)
    assert pass_over(decamp, workspace, approve=False) == 0
    assert there(only_server(workspace))[1] == BEFORE
    write(only_server(workspace), SINCE)
    say(workspace, "consistency: crash", "consistency: auto")
    _crashed.append(Kept(workspace))
    return workspace


def test_a_twin_that_is_to_be_cut_over_after_all_is_captured_anew_and_replaced(decamp: Decamp, crashed: Path) -> None:
    say(crashed, "start: twin", "start: cut-over")
    name = only_server(crashed)
    old, _ = there(name)
    ports = {i: row.record.fixed_ips for i, row in worlds["target"].ports.rows.items()}
    assert pass_over(decamp, crashed, approve=False) == 3
    assert there(name) == (old, BEFORE) and status_at("source", name) == "ACTIVE"
    assert [one["facts"] for one in findings(decamp, crashed, codes.SERVER_REPLACED)] == [{"target": old}]
    assert pass_over(decamp, crashed) == 0
    new, held = there(name)
    assert new != old and held == SINCE
    assert (status_at("source", name), status_at("target", name)) == ("SHUTOFF", "ACTIVE")
    assert {i: row.record.fixed_ips for i, row in worlds["target"].ports.rows.items()} == ports
    assert decamp("-C", crashed, "verify", "--reread", "all").code == 0
    # Once more: nothing to do, and nobody is asked.
    assert pass_over(decamp, crashed, approve=False) == 0
    assert there(name) == (new, SINCE)


def test_a_plan_of_an_earlier_version_makes_no_twin_unasked(decamp: Decamp, workspace: Path) -> None:
    """It has no stop of a server with one disk, and fits its policy, which could not speak of twins then."""
    say(workspace, "start: cut-over", "start: twin")
    for command in (["scan"], ["plan"]):
        assert decamp("-C", workspace, *command).code == 0
    name = only_server(workspace)
    write(name, BEFORE)
    say(workspace, "start: twin", "start: cut-over")
    plan = read_plan(workspace / "plan.json")
    inputs = {**plan.inputs, "policy": policy_seal(parse_policy((workspace / "policy.yaml").read_text()))}
    write_plan(workspace / "plan.json", replace(plan, inputs=inputs))

    run = decamp("-C", workspace, "run", "--execute")
    assert run.code == 5 and codes.CAPTURED_WHILE_RUNNING in run.err + run.out
    assert (status_at("source", name), status_at("target", name)) == ("ACTIVE", None)
    write(name, SINCE)
    made = set(worlds["target"].networks.rows) | set(worlds["target"].ports.rows)
    for command in (["plan"], ["approve", "cut-over", "--who", "Ann"], ["run", "--execute"], ["verify"]):
        assert decamp("-C", workspace, *command).code == 0
    assert (status_at("source", name), status_at("target", name)) == ("SHUTOFF", "ACTIVE")
    assert there(name)[1] == SINCE
    assert set(worlds["target"].networks.rows) | set(worlds["target"].ports.rows) == made


def test_a_server_that_its_owner_started_again_is_moved_again(decamp: Decamp, planned: Path) -> None:
    name = only_server(planned)
    write(name, BEFORE)
    assert decamp("-C", planned, "run", "--execute").code == 0
    old, held = there(name)
    assert held == BEFORE
    power("source", name, "ACTIVE")
    write(name, SINCE)
    a_moment_later()
    # An approval is good for one stop.
    assert pass_over(decamp, planned, approve=False) == 3
    assert there(name) == (old, BEFORE) and status_at("source", name) == "ACTIVE"
    verify = decamp("-C", planned, "verify", "-f", "json")
    assert verify.code == 3
    rows = {row["item"]: row for row in json.loads(verify.out)["rows"]}
    assert {row["verdict"] for row in rows.values() if row["name"] == name and row["kind"] != "port"} == {"not fresh"}
    assert pass_over(decamp, planned) == 0
    new, held = there(name)
    assert new != old and held == SINCE
    assert decamp("-C", planned, "verify", "--reread", "all").code == 0


@pytest.mark.parametrize("ahead_h", [-1, 24, *rest(-24, 1)])
def test_a_clock_of_ours_that_is_wrong_calls_no_old_copy_fresh_and_no_fresh_one_old(
    decamp: Decamp, workspace: Path, ahead_h: int
) -> None:
    """The cloud dates its captures by its own clock, and so is the scan dated that is held against them."""
    worlds["source"].clock_ahead = timedelta(hours=ahead_h)
    assert pass_over(decamp, workspace) == 0
    assert decamp("-C", workspace, "verify").code == 0
    power("source", only_server(workspace), "ACTIVE")
    worlds["source"].clock_ahead = timedelta(hours=ahead_h, seconds=2)
    assert decamp("-C", workspace, "scan").code == 0
    assert decamp("-C", workspace, "plan").code == 0
    verified = decamp("-C", workspace, "verify", "-f", "json")
    assert "not fresh" in {row["verdict"] for row in json.loads(verified.out)["rows"]} and verified.code == 3


def test_a_moved_server_that_somebody_has_used_stays_until_they_say_otherwise(decamp: Decamp, crashed: Path) -> None:
    say(crashed, "start: twin", "start: cut-over")
    name = only_server(crashed)
    old, _ = there(name)
    power("target", name, "SHUTOFF")
    assert pass_over(decamp, crashed) == 5
    assert there(name) == (old, BEFORE)
    states = json.loads(decamp("-C", crashed, "status", "-f", "json").out)
    assert codes.COPY_OLDER_AND_USED in json.dumps(states)
    say(crashed, "accept: []", f'accept: ["DCP-425:server:{name}"]')
    decamp("-C", crashed, "plan")
    assert decamp("-C", crashed, "run", "--execute").code == 0
    new, held = there(name)
    assert new != old and held == SINCE


def test_a_server_that_was_stopped_since_is_replaced_once_somebody_accepts_it(decamp: Decamp, crashed: Path) -> None:
    """It is off at the source: no gate stops it, so the policy says yes."""
    say(crashed, "start: twin", "start: cut-over")
    name = only_server(crashed)
    old, _ = there(name)
    power("source", name, "SHUTOFF")
    assert pass_over(decamp, crashed, approve=False) == 5
    assert there(name) == (old, BEFORE)
    say(crashed, "accept: []", f'accept: ["DCP-424:server:{name}"]')
    assert pass_over(decamp, crashed, approve=False) == 0
    assert there(name)[1] == SINCE


def test_a_twin_is_told_as_what_it_is(decamp: Decamp, crashed: Path) -> None:
    old, _ = there(only_server(crashed))
    assert pass_over(decamp, crashed, approve=False) == 0
    assert there(only_server(crashed)) == (old, BEFORE)
    verify = decamp("-C", crashed, "verify", "-f", "json")
    assert verify.code == 0
    rows = json.loads(verify.out)["rows"]
    assert {row["note_code"] for row in rows if row["kind"] == "server"} == {codes.TWIN_STAYS}


def test_somebody_who_accepts_the_finding_leaves_the_server_out(decamp: Decamp, workspace: Path) -> None:
    say(workspace, "consistency: auto", "consistency: crash")
    say(workspace, "accept: []", "accept: [DCP-695]")
    for command in (["scan"], ["plan"], ["run", "--execute"], ["verify"]):
        assert decamp("-C", workspace, *command).code == 0
    assert status_at("target", only_server(workspace)) is None


def test_an_approval_that_stopped_a_server_once_does_not_stop_it_again(decamp: Decamp, planned: Path) -> None:
    name = only_server(planned)
    assert decamp("-C", planned, "run", "--execute").code == 0
    power("source", name, "ACTIVE")
    write(name, SINCE)
    # Nobody says yes to the second stop, of a step that names the server that goes.
    assert pass_over(decamp, planned, approve=False) == 3
    open_memory("target/small").compute.delete_server(there(name)[0])
    worlds["target"].settle()
    # Without that server the step is, to the byte, the one that was approved in the first place.
    assert pass_over(decamp, planned, approve=False) == 3
    assert status_at("source", name) == "ACTIVE"
    assert pass_over(decamp, planned) == 0
    assert status_at("source", name) == "SHUTOFF" and there(name)[1] == SINCE
