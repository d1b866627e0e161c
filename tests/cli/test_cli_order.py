"""Servers go one by one: stopped, captured, restored, proved, made; and only then the next is stopped."""

import json
import re
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from migrate.clouds.ports import NewServer
from migrate.errors import QuotaExceeded
from migrate.messages import codes
from migrate.model import ServerGroup
from tests.cli.conftest import Decamp
from tests.cli.wave_tenant import SHARED, Tenant, change, made, planned_of, sharing, steps_of, told, waves

# ---------------------------------------------------------------- one by one


def test_no_server_is_stopped_before_the_last_one_is_made(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    assert decamp("-C", root, "approve", "cut-over").code == 0
    assert decamp("-C", root, "run", "--execute").code == 0
    events = tenant.events()
    assert [what for what, _ in events] == ["stop", "create"] * 2
    assert {name for what, name in events if what == "stop"} == set(tenant.ids)
    assert tenant.running("target") == set(tenant.ids) and tenant.running("source") == set()
    # What needs no stop, and what a server needs at the target, was there before the first stop.
    first = next(i for i, entry in enumerate(tenant.log) if entry[0] == "source" and entry[2].endswith("/action"))
    assert any((world, path) == ("target", "/ports") for world, _, path in tenant.log[:first])
    assert decamp("-C", root, "verify").code == 0


def test_more_may_be_down_at_once_where_the_policy_says_so(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(3)
    root = planned_of(decamp, tmp_path / "work", policy=(("servers_down: 1$", "servers_down: 2"),))
    decamp("-C", root, "approve", "cut-over")
    assert decamp("-C", root, "run", "--execute").code == 0
    events = [what for what, _ in tenant.events()]
    assert events[:2] == ["stop", "stop"] and events.count("stop") == events.count("create") == 3
    assert max(events[:i].count("stop") - events[:i].count("create") for i in range(7)) == 2


@pytest.mark.parametrize("wrong", ["0", "-1", "many", "1.5", "true"])
def test_a_limit_that_is_none_is_named_by_its_path(decamp: Decamp, planned: Path, wrong: str) -> None:
    change(planned, "servers_down: 1$", f"servers_down: {wrong}")
    refused = decamp("-C", planned, "plan")
    assert refused.code == 2 and "limits.servers_down" in refused.sentence


def test_servers_that_share_a_volume_are_stopped_together_once_all_are_approved(decamp: Decamp, tmp_path: Path) -> None:
    tenant = sharing(3)
    root = planned_of(
        decamp, tmp_path / "work", policy=((r"volume_types: \{\}", f"volume_types: {{{SHARED}: high-speed}}"),)
    )
    parted = decamp("-C", root, "approve", "cut-over", "--server", "tool-2")
    assert parted.code == 0 and "are in one wave with approved ones but are not approved: tool-3." in parted.err
    assert decamp("-C", root, "run", "--execute").code == 3 and tenant.events() == []
    held = {one["step_id"]: one for one in told(decamp, root, "status")["held"]}
    assert held[f"server:{tenant.ids['tool-2']}:stop"]["code"] == codes.NOT_STOPPED_WITHOUT_WAVE
    assert decamp("-C", root, "approve", "cut-over").code == 0
    assert decamp("-C", root, "run", "--execute").code == 0
    events = tenant.events()
    # The two are the largest together, and so the first.
    assert {name for what, name in events[:2] if what == "stop"} == {"tool-2", "tool-3"}
    assert [what for what, _ in events] == ["stop", "stop", "create", "create", "stop", "create"]


# ---------------------------------------------------------------- when one does not come back


def test_while_one_cannot_come_back_no_other_is_stopped_and_all_else_goes_on(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    decamp("-C", root, "approve", "cut-over")
    tenant.target.fail_next("POST", r"^/servers$", QuotaExceeded(codes.QUOTA_EXCEEDED, resource="cores"))
    failed = decamp("-C", root, "run", "--execute")
    assert failed.code == 3
    assert [what for what, _ in tenant.events()] == ["stop", "create"]
    status = told(decamp, root, "status")
    (first,) = status["down"]
    assert first["name"] == tenant.events()[0][1] and first["since"].endswith("Z")
    assert f"{first['name']} " in decamp("-C", root, "status").out
    held = {one["step_id"]: one for one in status["held"]}
    (stop,) = [f"server:{own}:stop" for name, own in tenant.ids.items() if name != first["name"]]
    facts = {"servers": first["name"], "step": f"server:{first['server_id']}"}
    assert (held[stop]["state"], held[stop]["code"], held[stop]["facts"]) == (
        "waiting",
        codes.NOT_STOPPED_UNSETTLED,
        facts,
    )
    # What needs no stop is done.
    behind = {
        step
        for step in held
        if step.split(":")[1] in {*tenant.ids.values()} or held[step]["code"] == codes.BLOCKED_BY_STEP
    }
    assert set(held) == behind and tenant.running("source") == set(tenant.ids) - {first["name"]}
    # What was wrong is mended: a plain run goes on, and so do the others.
    assert decamp("-C", root, "run", "--execute").code == 0
    assert tenant.running("target") == set(tenant.ids)
    assert [what for what, _ in tenant.events()] == ["stop", "create", "create", "stop", "create"]
    assert told(decamp, root, "status")["down"] == []
    assert decamp("-C", root, "verify").code == 0


def test_no_server_is_stopped_that_the_target_has_no_port_for(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    decamp("-C", root, "approve", "cut-over")
    tenant.target.fail_next("POST", r"^/ports$", QuotaExceeded(codes.QUOTA_EXCEEDED, resource="ports"))
    assert decamp("-C", root, "run", "--execute").code == 3
    # tool-1 has a port, tool-2 has none.
    assert tenant.events() == [("stop", "tool-2"), ("create", "")]
    held = {one["step_id"]: one for one in told(decamp, root, "status")["held"]}
    assert held[f"server:{tenant.ids['tool-1']}:stop"]["code"] == codes.BLOCKED_BY_STEP
    assert decamp("-C", root, "run", "--execute").code == 0
    assert [name for what, name in tenant.events() if what == "stop"] == ["tool-2", "tool-1"]


# ---------------------------------------------------------------- evacuated, and moved by half


def test_evacuated_servers_stay_down_until_the_rebuild(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    decamp("-C", root, "approve", "cut-over")
    assert decamp("-C", root, "run", "--execute", "--only", "evacuate").code == 0
    assert [what for what, _ in tenant.events()] == ["stop"] * 2
    # One after the other: no disk of the second is read before those of the first are.
    reads = [path for world, method, path in tenant.log if (world, method) == ("source", "POST")]
    stops = [reads.index(f"/servers/{own}/action") for own in tenant.ids.values()]
    uploads = [i for i, path in enumerate(reads) if path.startswith("/volumes/") and path.endswith("/action")]
    assert any(min(stops) < upload < max(stops) for upload in uploads)
    assert {one["name"] for one in told(decamp, root, "status")["down"]} == set(tenant.ids)
    assert decamp("-C", root, "run", "--execute").code == 0
    assert told(decamp, root, "status")["down"] == [] and tenant.running("target") == set(tenant.ids)


def test_after_an_evacuation_those_that_are_down_come_back_before_another_is_stopped(
    decamp: Decamp, tmp_path: Path
) -> None:
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    decamp("-C", root, "approve", "cut-over")
    volume = next(i for i, step in steps_of(root).items() if step["name"] == "data-tool-2" and i.endswith(":capture"))
    assert decamp("-C", root, "run", "--execute", "--only", volume).code == 0
    assert tenant.events() == [("stop", "tool-2")]
    only = decamp("-C", root, "run", "--execute", "--only", f"server:{tenant.ids['tool-1']}")
    assert only.code == 3 and tenant.events() == [("stop", "tool-2")]
    held = {one["step_id"]: one for one in told(decamp, root, "status")["held"]}
    assert held[f"server:{tenant.ids['tool-1']}:stop"]["code"] == codes.WAITS_FOR_SERVERS_DOWN
    assert decamp("-C", root, "run", "--execute").code == 0
    assert tenant.events() == [("stop", "tool-2"), ("create", ""), ("stop", "tool-1"), ("create", "")]


def test_a_ledger_that_an_earlier_version_left_counts_too(decamp: Decamp, tmp_path: Path) -> None:
    """It has stopped a server and noted nothing beside the step's state."""
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    decamp("-C", root, "approve", "cut-over")
    stop = f"server:{tenant.ids['tool-2']}:stop"
    assert decamp("-C", root, "run", "--execute", "--only", stop).code == 0
    with closing(sqlite3.connect(root / "ledger.db")) as ledger, ledger:
        assert ledger.execute("DELETE FROM meta WHERE key = 'servers-down'").rowcount == 1
    assert [one["name"] for one in told(decamp, root, "status")["down"]] == ["tool-2"]
    assert decamp("-C", root, "run", "--execute", "--only", f"server:{tenant.ids['tool-1']}").code == 3
    assert tenant.events() == [("stop", "tool-2")]
    assert decamp("-C", root, "run", "--execute").code == 0
    assert tenant.events() == [("stop", "tool-2"), ("create", ""), ("stop", "tool-1"), ("create", "")]


# ---------------------------------------------------------------- how long, and whose word

SIX = (280, 320, 360, 400, 440, 500)
"""GiB of the one volume of each of six servers."""


@pytest.mark.many_runs
def test_of_six_servers_each_is_down_for_its_own_size_and_not_for_all(decamp: Decamp, tmp_path: Path) -> None:
    Tenant(6, SIX)
    root = made(decamp, tmp_path / "work")
    assert decamp("-C", root, "scan").code == 0
    outs = [decamp("-C", root, *line.split()).out for line in ("plan", "forecast", "approve --lang fr")]
    downs = told(decamp, root, "plan")["downtimes"]
    assert [down["size_bytes"] >> 30 for down in downs] == [gib + 1 for gib in sorted(SIX, reverse=True)]
    forecast = json.loads((root / "forecast.json").read_text())
    estimates = {one["step_id"]: one for one in forecast["estimates"]}
    steps = steps_of(root)
    for down in downs:
        own = f"server:{down['server_id']}"
        volume = next(step["action"]["volume_id"] for i, step in steps.items() if i.startswith(f"{own}:attach-"))
        way = [f"{own}:stop", *(f"volume:{volume}:{part}" for part in ("capture", "restore", "verify"))]
        alone = sum(estimates[i]["p50_s"] for i in [*way, own, f"{own}:attach-{volume}"])
        # The runs' middle: within a tenth of what its own steps take one after the other.
        assert down["p50_s"] == pytest.approx(alone, rel=0.1) and down["p90_s"] > down["p50_s"]
        assert (down["origin"], down["is_made"], down["is_down"]) == ("default", True, False)
    # 500 GiB: about 13 hours, and 280 GiB about 7; all six, one after the other, about two and a half days.
    assert 10 * 3600 < downs[0]["p50_s"] < 16 * 3600 and 6 * 3600 < downs[-1]["p50_s"] < 9 * 3600
    assert 50 * 3600 < sum(down["p50_s"] for down in downs) < 75 * 3600
    assert [down["p50_s"] for down in forecast["downtimes"]] == [down["p50_s"] for down in downs]
    report = decamp("-C", root, "report", "-f", "md", "-o", "-").out
    told_to_decide = report.split("### Downtime of each server")[1]
    assert all(f"| {down['name']} | " in told_to_decide for down in downs)
    for out in outs:
        assert "run --only evacuate" in out and all(re.search(rf"^tool-{n} ", out, re.MULTILINE) for n in range(1, 7))
    assert "chaque serveur reste à l'arrêt jusqu'à ce que vous le restauriez" in outs[-1]


def test_servers_are_approved_one_by_one_and_by_pattern(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(3)
    root = planned_of(decamp, tmp_path / "work")
    wrong = decamp("-C", root, "approve", "cut-over", "--server", "tool-9")
    assert wrong.code == 2 and wrong.sentence.startswith("decamp: DCP-224: ") and "tool-9" in wrong.sentence
    assert decamp("-C", root, "approve", "--server", "tool-2").sentence.startswith("decamp: DCP-200: ")
    by_id = f"server:{tenant.ids['tool-2']}"
    granted = told(decamp, root, "approve", "cut-over", "--server", by_id, "--server", "tool-[3]", "--who", "Ann")
    assert set(granted["steps"]) == {f"server:{tenant.ids[name]}:stop" for name in ("tool-2", "tool-3")}
    assert [down["name"] for down in granted["downtimes"]] and granted["downtimes"][0]["p50_s"] > 0
    (gate,) = told(decamp, root, "approve")
    assert {one["name"]: one["granted_by"] for one in gate["servers"]} == {
        "tool-1": "",
        "tool-2": "Ann",
        "tool-3": "Ann",
    }
    assert gate["granted_by"] == "" and "2 of 3" in decamp("-C", root, "approve").out
    assert decamp("-C", root, "run", "--execute").code == 3
    assert tenant.running("target") == {"tool-2", "tool-3"} and tenant.running("source") == {"tool-1"}
    # Half of it has moved, and the tenant changes: what is approved anew is what has changed.
    tenant.hold(tenant.volume("more", 2), tenant.ids["tool-1"])
    assert decamp("-C", root, "scan").code == decamp("-C", root, "plan").code == 0
    assert [down["name"] for down in told(decamp, root, "plan")["downtimes"]] == ["tool-1"]
    assert decamp("-C", root, "approve", "cut-over", "--server", "tool-*").code == 0
    assert decamp("-C", root, "run", "--execute").code == 0
    assert tenant.running("target") == set(tenant.ids)
    assert [name for what, name in tenant.events() if what == "stop"][-1] == "tool-1"


def test_an_approval_is_void_once_its_server_has_changed(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    decamp("-C", root, "approve", "cut-over")
    tenant.hold(tenant.volume("more", 2), tenant.ids["tool-2"])
    assert decamp("-C", root, "scan").code == decamp("-C", root, "plan").code == 0
    (gate,) = told(decamp, root, "approve")
    assert {one["name"]: bool(one["granted_by"]) for one in gate["servers"]} == {"tool-1": True, "tool-2": False}
    assert decamp("-C", root, "run", "--execute").code == 3
    assert tenant.events() == [("stop", "tool-1"), ("create", "")]
    assert decamp("-C", root, "approve", "cut-over", "--server", "tool-2").code == 0
    assert decamp("-C", root, "run", "--execute").code == 0 and tenant.running("target") == set(tenant.ids)


# ---------------------------------------------------------------- waves


def test_waves_go_in_the_policys_order_and_all_others_come_after(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(4)
    said = '{servers: {"server:tool-3": one, "server:tool-[14]": two}, order: [one, two]}'
    root = planned_of(decamp, tmp_path / "work", policy=waves(said))
    # `two` is approved and `one` is not: nothing of `two` is stopped, and the server of no wave is.
    granted = told(decamp, root, "approve", "cut-over", "--wave", "two", "--server", "tool-2")
    assert set(granted["steps"]) == {f"server:{tenant.ids[name]}:stop" for name in ("tool-1", "tool-2", "tool-4")}
    assert decamp("-C", root, "run", "--execute").code == 3
    assert tenant.running("target") == {"tool-2"} and tenant.running("source") == {"tool-1", "tool-3", "tool-4"}
    assert decamp("-C", root, "approve", "cut-over", "--wave", "one").code == 0
    assert decamp("-C", root, "run", "--execute").code == 0
    events = tenant.events()
    assert events[2:4] == [("stop", "tool-3"), ("create", "")]
    assert {name for what, name in events[4:6] if what == "stop"} == {"tool-1", "tool-4"}
    assert decamp("-C", root, "verify").code == 0


def test_a_wave_is_stopped_in_its_own_window_alone_and_holds_no_other_up(decamp: Decamp, tmp_path: Path) -> None:
    tenant = Tenant(2)
    far = (datetime.now(UTC) + timedelta(days=3)).strftime("%a").lower()
    said = f'{{servers: {{"server:tool-1": late}}, windows: {{late: "{far} 10:00-12:00 UTC"}}}}'
    root = planned_of(decamp, tmp_path / "work", policy=waves(said))
    listed = decamp("-C", root, "plan", "--wide").out
    assert re.search(rf"^late +tool-1 +{far} 10:00-12:00 UTC ", listed, re.MULTILINE)
    (late,) = [one for one in told(decamp, root, "plan")["downtimes"] if one["wave"] == "late"]
    begins = datetime.fromisoformat(late["begins"])
    assert begins.strftime("%a").lower() == far and 10 <= begins.hour < 12
    decamp("-C", root, "approve", "cut-over")
    assert decamp("-C", root, "run", "--execute", "--no-wait").code == 3
    assert tenant.events() == [("stop", "tool-2"), ("create", "")]
    (held,) = [one for one in told(decamp, root, "status")["held"] if one["step_id"].endswith(":stop")]
    assert (
        held["code"] == codes.WAITS_FOR_WAVE_WINDOW
        and held["facts"]["wave"] == "late"
        and "10:00" in held["facts"]["opens_at"]
    )
    # Somebody takes the window away: the plan is made again, the approval holds.
    change(root, r"^waves: .*$", "waves: {}")
    assert decamp("-C", root, "plan").code == 0
    assert decamp("-C", root, "run", "--execute", "--no-wait").code == 0
    assert tenant.running("target") == set(tenant.ids)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ('{servers: {"server:a": one}, order: [on]}', "waves.order[0]"),
        ('{servers: {"server:a": "no wave"}}', "waves.servers.server:a"),
        ('{servers: {"server:a": one}, windows: {one: "sat"}}', "waves.windows.one"),
        ("[one]", "waves"),
    ],
)
def test_what_is_wrong_about_waves_is_named_by_its_path(decamp: Decamp, planned: Path, said: str, path: str) -> None:
    for old, new in waves(said):
        change(planned, old, new)
    refused = decamp("-C", planned, "plan")
    assert refused.code == 2 and path in refused.sentence


def test_a_wave_that_the_plan_has_not_is_refused(decamp: Decamp, planned: Path) -> None:
    refused = decamp("-C", planned, "approve", "cut-over", "--wave", "tool")
    assert refused.code == 2 and codes.WAVE_UNKNOWN in refused.sentence and "tool-1" in refused.sentence


def test_members_of_a_server_group_are_stopped_together_unless_the_policy_says_otherwise(
    decamp: Decamp, tmp_path: Path
) -> None:
    tenant = Tenant(1)
    compute = tenant.cloud("source").compute
    group = compute.create_server_group(ServerGroup(id="", name="pair", policy="anti-affinity"))
    image_id = compute.servers()[0].image_id
    for name in ("node-1", "node-2"):
        new = NewServer(name=name, flavor_id="16", image_id=image_id, port_ids=(), server_group_id=group)
        tenant.ids[name] = compute.create_server(new)
    tenant.source.settle()
    tenant.log.clear()
    root = planned_of(decamp, tmp_path / "work")
    listed = decamp("-C", root, "plan", "--wide").out
    assert re.search(r"^node-1\+1 +node-1, node-2 +server group pair", listed, re.MULTILINE)
    assert any(one["code"] == codes.WAVE_TOGETHER for one in told(decamp, root, "check"))
    decamp("-C", root, "approve", "cut-over")
    assert decamp("-C", root, "run", "--execute").code == 0
    events = tenant.events()
    at = events.index(("stop", "node-1"))
    assert {name for _, name in events[min(at, events.index(("stop", "node-2"))) :][:2]} == {"node-1", "node-2"}


# ---------------------------------------------------------------- measured against predicted


def test_status_shows_each_downtime_beside_its_prediction(decamp: Decamp, tmp_path: Path) -> None:
    """One is moved with its prediction; the other, which goes later and changed in between, has one of its own."""
    tenant = Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    assert told(decamp, root, "status")["downtimes"] == []
    expected = {one["name"]: one for one in told(decamp, root, "plan")["downtimes"]}
    decamp("-C", root, "approve", "cut-over", "--server", "tool-1")
    assert decamp("-C", root, "run", "--execute").code == 3
    (one,) = told(decamp, root, "status")["downtimes"]
    assert (one["name"], one["origin"]) == ("tool-1", "default")
    assert one["p50_s"] == pytest.approx(expected["tool-1"]["p50_s"], rel=0.05) and 0 < one["measured_s"] < one["p90_s"]
    # The journal's own lines are the referee.
    with closing(sqlite3.connect(root / "ledger.db")) as db:
        rows = db.execute("SELECT step_id, started_at, ended_at FROM journal").fetchall()
    at = {step_id: (start, end) for step_id, start, end in rows}
    own = f"server:{tenant.ids['tool-1']}"
    ends = [end for step_id, (_, end) in at.items() if step_id == own or step_id.startswith(f"{own}:attach-")]
    assert one["measured_s"] == pytest.approx(max(ends) - at[f"{own}:stop"][0], abs=0.1)
    tenant.hold(tenant.volume("more", 5), tenant.ids["tool-2"])
    assert decamp("-C", root, "scan").code == decamp("-C", root, "plan").code == 0
    decamp("-C", root, "approve", "cut-over")
    assert decamp("-C", root, "run", "--execute").code == 0
    downs = {one["name"]: one for one in told(decamp, root, "status")["downtimes"]}
    # The plan no longer stops the first, and the second was predicted by what the first had taken.
    assert downs["tool-1"] == one and downs["tool-2"]["p50_s"] != expected["tool-2"]["p50_s"]
    shown = decamp("-C", root, "status", "--wide").out
    assert re.search(r"^tool-2 ", shown, re.MULTILINE) and "measured and as predicted" in shown
    assert "mesurées et telles que prévues" in decamp("-C", root, "status", "--lang", "fr").out
