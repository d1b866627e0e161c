"""Warm passes through the command line: night after night, moved and moved again, and the source lost."""

import json
import re
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from migrate.demo.memory.cloud import worlds
from migrate.demo.small_tenant import two_clouds
from migrate.errors import LoginRefused, QuotaExceeded, Refused
from migrate.messages import codes
from tests.cli.conftest import Decamp, Kept
from tests.cli.launched import WHILE_IT_RUNS, Launched, content
from tests.cli.living_server import BEFORE, SINCE, only_server, power, say, status_at, there, write
from tests.cli.time_passed import a_moment_later
from tests.cli.wave_tenant import steps_of


@pytest.fixture
def passes() -> bool:
    return True


_kept: dict[str, Kept] = {}
"""What tests begin with, by name."""


def led_to(root: Path, what: str, lead: Callable[[], None]) -> Path:
    if what not in _kept:
        lead()
        _kept[what] = Kept(root)
    shutil.rmtree(root)
    root.mkdir()
    _kept[what].restore(root)
    return root


@pytest.fixture
def seeded(decamp: Decamp, workspace: Path) -> Path:
    """Scanned, planned and run once, without an approval: its disk has one pass, and it runs on."""

    def lead() -> None:
        replan(decamp, workspace)
        write(only_server(workspace), BEFORE)
        assert decamp("-C", workspace, "run", "--execute").code == 3

    return led_to(workspace, "seeded", lead)


@pytest.fixture
def old_pass(decamp: Decamp, workspace: Path) -> Path:
    """The same, a day ago."""

    def lead() -> None:
        worlds["source"].clock_ahead = timedelta(hours=-24)
        replan(decamp, workspace)
        night(decamp, workspace)
        assert "(old)" in decamp("-C", workspace, "status").out

    return led_to(workspace, "old pass", lead)


def night(decamp: Decamp, root: Path) -> str:
    return decamp("-C", root, "run", "--execute").err


def seen(decamp: Decamp, root: Path) -> dict[str, Any]:
    """What status tells of the passes of the only server."""
    (found,) = json.loads(decamp("-C", root, "status", "-f", "json").out)["passes"]
    return dict(found)


def test_a_new_workspace_takes_passes_and_an_older_policy_none(decamp: Decamp, workspace: Path) -> None:
    policy = workspace / "policy.yaml"
    for text, count in ((policy.read_text(), 1), (policy.read_text().replace("  warm: true\n", ""), 0)):
        policy.write_text(text)
        for command in ("scan", "plan"):
            assert decamp("-C", workspace, command).code == 0
        steps = json.loads((workspace / "plan.json").read_text())["steps"]
        assert sum(step["action"]["do"] == "disk.pass" for step in steps) == count


def test_a_dry_run_says_what_a_pass_would_do(decamp: Decamp, workspace: Path) -> None:
    for command in ("scan", "plan"):
        assert decamp("-C", workspace, command).code == 0
    assert "into the store while its server runs" in decamp("-C", workspace, "run").out


@pytest.mark.many_runs
def test_passes_before_the_stop_are_not_counted_as_downtime(decamp: Decamp, workspace: Path) -> None:
    for command in ("scan", "plan"):
        assert decamp("-C", workspace, command).code == 0
    (down,) = json.loads(decamp("-C", workspace, "forecast", "-f", "json").out)["downtimes"]
    assert 0 < down["floor_s"] <= down["p50_s"]


def test_another_night_takes_no_pass_of_a_fresh_one_and_says_why(decamp: Decamp, seeded: Path) -> None:
    name = only_server(seeded)
    first = seen(decamp, seeded)
    assert (first["name"], first["passes"], first["changed_bytes"]) == (name, 1, None)
    assert first["stored_bytes"] and first["read_bytes"]
    told = night(decamp, seeded)
    assert told.count(f"no further pass of {name}") == 1 and seen(decamp, seeded)["passes"] == 1


def test_old_passes_are_taken_again_and_the_rate_of_change_is_told(decamp: Decamp, old_pass: Path) -> None:
    workspace, name = old_pass, only_server(old_pass)
    worlds["source"].clock_ahead = timedelta(0)
    write(name, SINCE)
    assert "no further pass" not in night(decamp, workspace)
    second = seen(decamp, workspace)
    assert (second["passes"], second["changed_bytes"]) == (2, 64 << 10)
    assert second["changes_per_h"] == pytest.approx((64 << 10) / 24, rel=0.01)
    assert second["stored_bytes"] <= 1.3 * (64 << 10)
    told = night(decamp, workspace)
    assert told.count(f"no further pass of {name}") == 1 and "is sent in about" in told
    shown = decamp("-C", workspace, "status").out
    assert "(old)" not in shown and "The last pass of each server" in shown
    for form in ("md", "html"):
        assert decamp("-C", workspace, "report", "-f", form).code == 0
        (made,) = (workspace / "reports").glob(f"report-en.{form}")
        assert "64.0 KiB" in made.read_text().replace("\u202f", " ").replace("\u00a0", " ")
    assert status_at("source", name) == "ACTIVE"
    assert decamp("-C", workspace, "approve", "cut-over", "--who", "Ann").code == 0
    assert decamp("-C", workspace, "run", "--execute").code == 0
    assert there(name)[1] == SINCE
    assert decamp("-C", workspace, "verify", "--reread", "all").code == 0


def test_the_pass_of_a_moved_server_is_not_called_old(decamp: Decamp, old_pass: Path) -> None:
    assert decamp("-C", old_pass, "approve", "cut-over", "--who", "Ann").code == 0
    assert decamp("-C", old_pass, "run", "--execute").code == 0
    shown = decamp("-C", old_pass, "status").out
    assert "The last pass of each server" in shown and "(old)" not in shown


def test_a_moved_server_started_again_has_passes_and_nothing_at_the_target_is_touched_by_them(
    decamp: Decamp, seeded: Path
) -> None:
    """Moved, started at the source, changed, a pass, moved again."""
    worlds["source"].clock_ahead = timedelta(hours=-30)
    name = only_server(seeded)
    assert decamp("-C", seeded, "scan").code == 0
    assert decamp("-C", seeded, "plan").code == 0
    assert decamp("-C", seeded, "approve", "cut-over", "--who", "Ann").code == 0
    worlds["source"].clock_ahead = timedelta(0)
    assert decamp("-C", seeded, "run", "--execute").code == 0
    old, held = there(name)
    assert held == BEFORE
    power("source", name, "ACTIVE")
    write(name, SINCE)
    a_moment_later()
    for command in ("scan", "plan"):
        assert decamp("-C", seeded, command).code == 0
    say(seeded, '"20 hours"', '"1 minute"')
    worlds["source"].clock_ahead = timedelta(minutes=2)
    backdate(seeded)
    assert decamp("-C", seeded, "run", "--execute").code == 3
    taken = seen(decamp, seeded)
    assert taken["changed_bytes"] == 64 << 10, taken
    # Newer than what was restored: and no more than that.
    assert there(name) == (old, BEFORE) and status_at("source", name) == "ACTIVE"
    verify = decamp("-C", seeded, "verify", "--reread", "all", "-f", "json")
    rows = [row for row in json.loads(verify.out)["rows"] if row["name"] == name]
    assert {row["verdict"] for row in rows if row["kind"] != "port"} == {"not fresh"}
    assert not any(row["differences"] for row in rows)
    assert decamp("-C", seeded, "approve", "cut-over", "--who", "Ann").code == 0
    assert decamp("-C", seeded, "run", "--execute").code == 0
    new, held = there(name)
    assert new != old and held == SINCE
    assert decamp("-C", seeded, "verify", "--reread", "all").code == 0


def test_a_source_that_is_lost_before_the_stop_leaves_the_last_pass(decamp: Decamp, seeded: Path) -> None:
    name = only_server(seeded)
    write(name, SINCE)  # lost with the source
    del worlds["source"]
    lost = decamp("-C", seeded, "run", "--execute")
    assert lost.code == 6 and "servers.consistency" in lost.err and "crash" in lost.err
    say(seeded, "consistency: auto", "consistency: crash")
    say(seeded, "start: cut-over", "start: twin")
    assert decamp("-C", seeded, "plan").code == 0
    # It may only be out of reach for now.
    assert decamp("-C", seeded, "run", "--execute").code == 6 and not worlds["target"].servers.rows
    say(seeded, "accept: []", 'accept: ["DCP-555"]')
    assert decamp("-C", seeded, "plan").code == 0
    run = decamp("-C", seeded, "run", "--execute")
    assert run.code == 0, run.err
    assert re.search(rf"^DCP-555: the disk of {name} is restored from its pass of ", run.err, re.MULTILINE)
    assert there(name)[1] == BEFORE
    assert decamp("-C", seeded, "verify", "--reread", "all").code == 0


def test_a_test_launch_before_the_stop_starts_from_the_last_pass_and_makes_nothing_valid(
    decamp: Decamp, seeded: Path
) -> None:
    name = only_server(seeded)
    launch = decamp("-C", seeded, "test-launch", name, "--execute", "--keep", "2h")
    assert launch.code == 0, launch.err
    (made,) = (row.record.id for row in worlds["target"].servers.rows.values())
    assert worlds["target"].read_root_disk(made, 2 << 20, len(BEFORE)) == BEFORE
    assert decamp("-C", seeded, "test-launch", name, "--remove", "--execute").code == 0
    assert not worlds["target"].servers.rows and status_at("source", name) == "ACTIVE"
    assert not list((seeded / "store").rglob("disks%2fserver*manifest%2ejson*"))


def test_a_prune_keeps_the_pass_that_the_stop_will_build_on(decamp: Decamp, seeded: Path) -> None:
    def packs() -> set[str]:
        return {path.name for path in (seeded / "store").rglob("packs%2f*.data")}

    before = packs()
    assert before and decamp("-C", seeded, "store", "check", "--read-data").code == 0
    assert decamp("-C", seeded, "store", "prune", "--execute").code == 0
    assert packs() == before
    assert decamp("-C", seeded, "approve", "cut-over", "--who", "Ann").code == 0
    assert decamp("-C", seeded, "run", "--execute").code == 0
    # The capture is newer: nothing needs the pass any more.
    assert "copy of a disk" in decamp("-C", seeded, "store", "prune").out
    assert decamp("-C", seeded, "store", "prune", "--execute").code == 0
    assert decamp("-C", seeded, "verify", "--reread", "all").code == 0


def backdate(root: Path) -> None:
    """As if the last pass had been taken an hour ago."""
    with closing(sqlite3.connect(root / "ledger.db")) as db, db:
        for key, value in db.execute("SELECT key, value FROM meta WHERE key LIKE 'passes:%'").fetchall():
            passes = json.loads(value)
            passes[-1]["taken_at"] = "2020-01-01T00:00:00Z"
            db.execute("UPDATE meta SET value = ? WHERE key = ?", (json.dumps(passes), key))


def refuse_one_login() -> None:
    worlds["source"].fail_next("POST", r".*tokens", LoginRefused(codes.LOGIN_REFUSED, cloud="source"), times=1)


def replan(decamp: Decamp, root: Path) -> None:
    for command in ("scan", "plan"):
        assert decamp("-C", root, command).code == 0


@pytest.mark.parametrize("accepts", ["", "item", "stopped"])
def test_a_refused_login_makes_no_pass_the_moved_disk(decamp: Decamp, seeded: Path, accepts: str) -> None:
    """Its server was stopped by its owner, so the plan has no stop of it; or the item alone is accepted."""
    name = only_server(seeded)
    write(name, SINCE)
    if accepts == "stopped":
        say(seeded, "accept: []", 'accept: ["DCP-555"]')
    else:
        say(seeded, "consistency: auto", "consistency: crash")
        say(seeded, "start: cut-over", "start: twin")
    if accepts == "item":
        say(seeded, "accept: []", f'accept: ["server:{name}"]')
    power("source", name, "SHUTOFF")
    replan(decamp, seeded)
    refuse_one_login()
    assert decamp("-C", seeded, "run", "--execute").code == 6
    assert not worlds["target"].servers.rows
    assert decamp("-C", seeded, "run", "--execute").code == 0
    assert there(name)[1] == SINCE


@pytest.fixture
def lost(decamp: Decamp, seeded: Path) -> Path:
    """Its policy makes servers from their passes once the source is lost."""
    say(seeded, "consistency: auto", "consistency: crash")
    say(seeded, "start: cut-over", "start: twin")
    say(seeded, "accept: []", 'accept: ["DCP-555"]')
    replan(decamp, seeded)
    write(only_server(seeded), SINCE)
    return seeded


def test_a_disk_of_a_pass_is_captured_anew_when_the_source_comes_back(decamp: Decamp, lost: Path) -> None:
    name, kept = only_server(lost), worlds.pop("source")
    (capture,) = (step["id"] for step in steps_of(lost).values() if step["action"]["do"] == "server.capture")
    assert decamp("-C", lost, "run", "--execute", "--only", capture).code == 0
    assert list((lost / "store").rglob("disks%2fserver*manifest%2ejson*"))
    worlds["source"] = kept
    assert decamp("-C", lost, "run", "--execute").code == 0
    assert there(name)[1] == SINCE
    assert decamp("-C", lost, "verify", "--reread", "all").code == 0


def test_a_server_made_from_its_pass_stays_when_the_source_comes_back_and_that_is_said(
    decamp: Decamp, lost: Path
) -> None:
    name, kept = only_server(lost), worlds.pop("source")
    assert decamp("-C", lost, "run", "--execute").code == 0
    made = there(name)
    worlds["source"] = kept
    run = decamp("-C", lost, "run", "--execute")
    assert run.code == 0 and "the source answers again" in run.err
    assert there(name) == made == (made[0], BEFORE)


def test_a_pass_is_not_joined_with_a_capture_of_another_day(decamp: Decamp, tmp_path: Path) -> None:
    """One disk of two was captured, and the source refuses a login."""
    two_clouds(0.02)
    worlds["source"].clock_ahead = timedelta(hours=-24)
    tenant = Launched(decamp, tmp_path / "w", policy=(), health="")
    tenant("run", "--execute", code=3)
    worlds["source"].clock_ahead = timedelta(0)
    for old, new in (*WHILE_IT_RUNS, ("accept: []", 'accept: ["DCP-555"]')):
        say(tenant.root, old, new)
    for command in ("scan", "plan"):
        tenant(command)
    worlds["source"].fail_next("POST", r"^/snapshots$", QuotaExceeded(codes.QUOTA_EXCEEDED, resource="snapshots"))
    assert decamp("-C", tenant.root, "run", "--execute").code != 0
    refuse_one_login()
    run = decamp("-C", tenant.root, "run", "--execute")
    assert run.code == 3 and codes.MIXED_WITH_PASS in run.out + run.err, (run.code, run.out, run.err)
    assert not [row for row in worlds["target"].volumes.rows.values() if row.record.name == "shop-data"]
    assert decamp("-C", tenant.root, "run", "--execute").code == 0
    assert content("target", "shop-data") == content("source", "shop-data")


@pytest.mark.parametrize("command", ["capture", "pass"])
def test_what_a_pass_or_a_capture_has_left_at_the_source_is_not_read_by_the_other(
    decamp: Decamp, workspace: Path, command: str
) -> None:
    """Each broke off while it read its image; then the policy changed its mind."""
    choices = (("consistency: auto", "consistency: crash"), ("start: cut-over", "start: twin"))
    for old, new in choices if command == "pass" else ():
        say(workspace, old, new)
    replan(decamp, workspace)
    name = only_server(workspace)
    write(name, BEFORE)
    worlds["source"].fail_next("GET", r"/file$", Refused(codes.UNREACHABLE, status=400, what="no"))
    do = "server.capture" if command == "pass" else "disk.pass"
    (first,) = (step["id"] for step in steps_of(workspace).values() if step["action"]["do"] == do)
    assert decamp("-C", workspace, "run", "--execute", "--only", first).code != 0
    assert any(row.record.name.startswith("decamp") for row in worlds["source"].images.rows.values())
    write(name, SINCE)
    for old, new in choices:
        say(workspace, *((new, old) if command == "pass" else (old, new)))
    replan(decamp, workspace)
    assert decamp("-C", workspace, "run", "--execute").code == (3 if command == "pass" else 0)
    if command == "pass":
        launch = decamp("-C", workspace, "test-launch", name, "--execute", "--keep", "2h")
        assert launch.code == 0, launch.err
        (made,) = (row.record.id for row in worlds["target"].servers.rows.values())
        assert worlds["target"].read_root_disk(made, 2 << 20, len(SINCE)) == SINCE
    else:
        assert there(name)[1] == SINCE


def test_passes_that_are_switched_on_after_the_move_need_no_source(decamp: Decamp, workspace: Path) -> None:
    say(workspace, "  warm: true", "  warm: false")
    replan(decamp, workspace)
    assert decamp("-C", workspace, "approve", "cut-over", "--who", "Ann").code == 0
    assert decamp("-C", workspace, "run", "--execute").code == 0
    say(workspace, "  warm: false", "  warm: true")
    assert decamp("-C", workspace, "plan").code == 0
    del worlds["source"]
    for command in (["run"], ["run", "--execute"], ["run", "--execute"]):
        run = decamp("-C", workspace, *command)
        assert run.code == 0, run.err


def test_a_damaged_manifest_of_a_pass_stands_in_nobodys_way(decamp: Decamp, seeded: Path) -> None:
    (name,) = {step["name"] for step in steps_of(seeded).values() if step["action"]["do"] == "server.stop"}
    sealed = [path for path in (seeded / "store").rglob("*manifest*warm*") if path.is_file()]
    assert sealed
    for path in (path for path in sealed if path.stat().st_size):
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 1
        path.write_bytes(raw)
    damaged = decamp("-C", seeded, "store", "check")
    assert damaged.code == 4 and "manifest.warm" in damaged.out
    # A launch needs a sound one: the next night takes it.
    assert decamp("-C", seeded, "test-launch", name, "--execute").code == 2
    backdate(seeded)
    night(decamp, seeded)
    assert decamp("-C", seeded, "test-launch", name, "--execute").code == 0
    assert decamp("-C", seeded, "approve", "cut-over", "--who", "the tests").code == 0
    assert decamp("-C", seeded, "run", "--execute").code == 0
    assert decamp("-C", seeded, "verify", "--reread", "all").code == 0
    assert decamp("-C", seeded, "store", "prune", "--execute").code == 0
    assert decamp("-C", seeded, "store", "check", "--read-data").code == 0
