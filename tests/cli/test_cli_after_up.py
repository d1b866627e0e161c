"""Programs of the customer's once a server is up: when they run, what they are told, and what their failure means."""

import json
import os
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrate.demo.memory import worlds
from migrate.errors import QuotaExceeded
from migrate.messages import codes
from tests.cli.conftest import Decamp, Kept, Result
from tests.cli.health_move import NEW, Move
from tests.cli.reached import reached
from tests.cli.wave_tenant import Tenant, change, planned_of, steps_of, told
from tests.health.programs import script

SWITCH = """date +%s.%N > began
printf '%s\\n' "$(cat)" >> seen.jsonl
[ -e wait ] && sleep 1
[ -e slow ] && sleep 60
echo "switching $1, $(printf '\\033[31m')$OS_PASSWORD"
exit "$(cat status)"
"""


def switched(
    decamp: Decamp, root: Path, servers: int = 1, *, of: str = "server:*", timeout: str = "20 seconds"
) -> Tenant:
    """A workspace whose policy runs a script once a server is up; it exits with what `status` holds. Approved."""

    def lead(root: Path) -> tuple[Tenant, None]:
        tenant = Tenant(servers)
        say(decamp, root, of, timeout)
        return tenant, None

    return reached(root, f"switched {servers} {of} {timeout}", lead)[0]


def say(decamp: Decamp, root: Path, of: str = "server:*", timeout: str = "20 seconds") -> None:
    planned_of(decamp, root)
    script(root, SWITCH, "switch.sh")
    (root / "status").write_text("0")
    change(root, r"^  after_up: .*$", f'  after_up: {{"{of}": ["./switch.sh", "web"]}}')
    change(root, r"^  after_up_timeout: .*$", f"  after_up_timeout: {timeout}")
    assert decamp("-C", root, "plan").code == 0
    assert decamp("-C", root, "approve", "cut-over").code == 0


def up(decamp: Decamp, root: Path) -> Tenant:
    """The only server is up, and was switched."""

    def lead(root: Path) -> tuple[Tenant, Result]:
        tenant = switched(decamp, root)
        (root / "wait").touch()
        result = decamp("-C", root, "run", "--execute")
        assert result.code == 0, result.err
        return tenant, result

    return reached(root, "switched", lead)[0]


def failed_once(decamp: Decamp, root: Path) -> Tenant:
    """The only server is up, and its program has failed."""

    def lead(root: Path) -> tuple[Tenant, Result]:
        tenant = switched(decamp, root)
        (root / "status").write_text("7")
        result = decamp("-C", root, "run", "--execute")
        assert result.code == 3 and len(seen(root)) == 1
        return tenant, result

    return reached(root, "not switched", lead)[0]


_main: list[Kept] = []
"""The main tenant once its server is up and switched."""


@pytest.fixture
def main_up(decamp: Decamp, tmp_path: Path) -> Move:
    root = tmp_path / "work"
    if _main:
        root.mkdir()
        _main[0].restore(root)
        return Move(decamp, root, is_made=True)
    move = Move(decamp, root)
    script(root, SWITCH, "switch.sh")
    (root / "status").write_text("0")
    change(root, r"^  after_up: .*$", '  after_up: {"server:*": ["./switch.sh"]}')
    move("plan")
    move("approve", "cut-over", "--who", "Ann")
    assert "would run your programs" in move("run").out and not seen(root)
    move("run", "--execute")
    _main.append(Kept(root))
    return move


def together(decamp: Decamp, root: Path) -> None:
    """Both servers in one wave."""
    change(root, r"^waves:\n(  #.*\n)*  servers: .*$", 'waves:\n  servers: {"server:tool-*": pair}')
    assert decamp("-C", root, "plan").code == 0
    assert decamp("-C", root, "approve", "cut-over").code == 0


def seen(root: Path) -> list[dict[str, Any]]:
    path = root / "seen.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines() if line] if path.exists() else []


def names(root: Path) -> list[str]:
    return [str(one["server"]["name"]) for one in seen(root)]


def held(decamp: Decamp, root: Path) -> dict[str, Any]:
    (row,) = [one for one in told(decamp, root, "status")["held"] if one["state"] == "failed"]
    return dict(row)


# ---------------------------------------------------------------- when, and what it is told


def test_it_is_told_the_server_its_wave_and_both_addresses(main_up: Move) -> None:
    (told_it,) = seen(main_up.root)
    (source_id,) = [row.record.id for row in worlds["source"].servers.rows.values() if row.record.name == "web-1"]
    assert told_it == {
        "stage": "after_up",
        "server": {"source_id": source_id, "target_id": main_up.server().id, "name": "web-1"},
        "wave": "web-1",
        "addresses": [
            {"kind": "fixed", "network": "private", "old": "10.20.0.21", "new": "10.20.0.21"},
            {"kind": "floating", "network": "private", "old": "203.0.113.2", "new": NEW},
        ],
    }
    main_up("verify")


def test_it_runs_once_its_server_is_up_and_not_again(decamp: Decamp, tmp_path: Path) -> None:
    tenant = up(decamp, root := tmp_path / "work")
    (one,) = seen(root)
    assert one["server"]["name"] == one["wave"] == "tool-1"
    assert one["server"]["target_id"] in {row.id for row in tenant.cloud("target").compute.servers()}
    assert decamp("-C", root, "run", "--execute").code == 0 and len(seen(root)) == 1
    assert decamp("-C", root, "verify").code == 0


def test_all_servers_of_a_wave_are_up_first(decamp: Decamp, tmp_path: Path) -> None:
    tenant = switched(decamp, root := tmp_path / "work", 2, of="server:tool-*")
    together(decamp, root)
    tenant.target.fail_next("POST", r"^/servers$", QuotaExceeded(codes.QUOTA_EXCEEDED, resource="cores"))
    assert decamp("-C", root, "run", "--execute").code == 3
    # One of the two is up, and the wave may still go back: nothing was switched.
    assert len(tenant.running("target")) == 1 and seen(root) == []
    assert decamp("-C", root, "run", "--execute").code == 0
    assert sorted(names(root)) == ["tool-1", "tool-2"] and {one["wave"] for one in seen(root)} == {"pair"}


def test_a_server_that_is_moved_again_is_switched_again(main_up: Move) -> None:
    first, source = main_up.server(), worlds["source"]
    (old,) = [row.record for row in source.servers.rows.values() if row.record.name == "web-1"]
    source.power(old.id, "ACTIVE")
    source.write_root_disk(old.id, 1 << 20, b"written since")
    # Its step is pending because of this before the server is made again.
    change(main_up.root, r"^  after_up_timeout: .*$", "  after_up_timeout: 30 seconds")
    for command in (("scan",), ("plan",), ("approve", "cut-over", "--who", "Ann"), ("run", "--execute")):
        main_up(*command)
    assert [one["server"]["target_id"] for one in seen(main_up.root)] == [first.id, main_up.server().id]
    assert first.id != main_up.server().id


def test_one_that_the_policy_gets_later_adds_nothing_but_itself(decamp: Decamp, tmp_path: Path) -> None:
    Tenant(2)
    root = planned_of(decamp, tmp_path / "work")
    before = steps_of(root)
    change(root, r"^  after_up: .*$", '  after_up: {"server:tool-1": ["true"]}')
    assert decamp("-C", root, "plan").code == 0
    after = steps_of(root)
    (new,) = after.keys() - before.keys()
    assert new.endswith(":after-up")
    # Ranks are no part of a step's digest.
    assert {key: {**step, "rank": after[key]["rank"]} for key, step in before.items()} == {
        key: step for key, step in after.items() if key != new
    }
    change(root, r"^  after_up: .*$", "  after_up: {}")
    assert decamp("-C", root, "plan").code == 0 and steps_of(root) == before


# ---------------------------------------------------------------- not again for a server that is up


LATE = codes.HOOK_AFTER_LATE


def planned_again(decamp: Decamp, root: Path, key: str, value: str) -> None:
    change(root, rf"^  {key}: .*$", f"  {key}: {value}")
    assert decamp("-C", root, "plan").code == 0


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("after_up_timeout", "30 seconds"),
        ("after_up", '{"server:*": ["./switch.sh", "web"], "server:tool-*": ["./switch.sh", "dns"]}'),
    ],
)
def test_a_change_of_its_lines_does_not_switch_a_server_that_was_switched(
    decamp: Decamp, tmp_path: Path, key: str, value: str
) -> None:
    up(decamp, root := tmp_path / "work")
    planned_again(decamp, root, key, value)
    again = decamp("-C", root, "run", "--execute")
    assert again.code == 0 and names(root) == ["tool-1"] and LATE in again.err
    assert LATE not in decamp("-C", root, "run", "--execute").err


def test_other_addresses_at_the_source_do_not_switch_a_server_that_was_switched(main_up: Move) -> None:
    for row in worlds["source"].floating_ips.rows.values():
        row.change(port_id=None)
    for again in (("scan",), ("plan",), ("run", "--execute")):
        main_up(*again)
    assert len(seen(main_up.root)) == 1


def test_lines_that_come_after_a_move_are_not_run_for_it(decamp: Decamp, moved: Path) -> None:
    script(moved, SWITCH, "switch.sh")
    planned_again(decamp, moved, "after_up", '{"server:*": ["./switch.sh", "web"]}')
    rehearsed = decamp("-C", moved, "run", "--only", "server:tool-1")
    assert LATE in rehearsed.err and "would run your programs" not in rehearsed.out
    assert decamp("-C", moved, "run", "--execute").code == 0 and names(moved) == []


def pair_up(decamp: Decamp, root: Path) -> Tenant:
    """Two servers in one wave, which got their lines while only one of them was up."""

    def lead(root: Path) -> tuple[Tenant, Result]:
        tenant = Tenant(2)
        planned_of(decamp, root)
        together(decamp, root)
        script(root, SWITCH, "switch.sh")
        (root / "status").write_text("0")
        tenant.target.fail_next("POST", r"^/servers$", QuotaExceeded(codes.QUOTA_EXCEEDED, resource="cores"))
        assert decamp("-C", root, "run", "--execute").code == 3 and len(tenant.running("target")) == 1
        planned_again(decamp, root, "after_up", '{"server:*": ["./switch.sh", "web"]}')
        return tenant, decamp("-C", root, "run", "--execute")

    return reached(root, "a pair switched", lead)[0]


def test_lines_that_come_while_its_wave_is_down_are_run(decamp: Decamp, tmp_path: Path) -> None:
    tenant = pair_up(decamp, root := tmp_path / "work")
    assert sorted(names(root)) == ["tool-1", "tool-2"] and tenant.running("target") == set(tenant.ids)


def test_an_accepted_server_is_not_switched(decamp: Decamp, tmp_path: Path) -> None:
    failed_once(decamp, root := tmp_path / "work")
    assert decamp("-C", root, "accept", "tool-1", "--who", "Ann").code == 0
    (root / "status").write_text("0")
    after = decamp("-C", root, "run", "--execute")
    assert after.code == 0 and LATE in after.err and names(root) == ["tool-1"]


# ---------------------------------------------------------------- when it fails


def test_one_that_fails_leaves_the_server_up_and_the_next_wave_goes_on(decamp: Decamp, tmp_path: Path) -> None:
    tenant = switched(decamp, root := tmp_path / "work", 2, of="server:tool-1")
    (root / "status").write_text("7")
    change(root, "on_failure: wait", "on_failure: back")
    failed = decamp("-C", root, "run", "--execute")
    assert (
        failed.code == 3 and "tool-1 is up, but ./switch.sh (servers.after_up) exited with 7" in failed.out + failed.err
    )
    assert tenant.running("target") == {"tool-1", "tool-2"} and tenant.running("source") == set()
    assert told(decamp, root, "status")["down"] == []
    row = held(decamp, root)
    assert (
        row["step_id"].endswith(":after-up")
        and row["code"] == codes.HOOK_AFTER_FAILED
        and "\x1b" not in row["facts"]["output"]
    )
    assert decamp("-C", root, "verify").code == 0
    made = list(tenant.target.servers.rows)
    (root / "status").write_text("0")
    assert decamp("-C", root, "run", "--execute").code == 0
    assert names(root) == ["tool-1", "tool-1"] and list(tenant.target.servers.rows) == made


def test_a_cut_over_says_that_programs_are_left_and_runs_them_again(decamp: Decamp, tmp_path: Path) -> None:
    failed_once(decamp, root := tmp_path / "work")
    failed = decamp("-C", root, "cut-over", "tool-1", "--execute")
    assert failed.code == 3 and "programs of yours (servers.after_up) are left for tool-1" in failed.err
    view = told(decamp, root, "cut-over", "tool-1")["wave"]
    assert view["stage"] == "up" and view["programs_left"] == ["tool-1"] and len(view["measured"]) == 1
    (root / "status").write_text("0")
    assert decamp("-C", root, "cut-over", "tool-1", "--execute").code == 0
    again = decamp("-C", root, "cut-over", "tool-1", "--execute")
    assert again.code == 0 and "is up at the target already" in again.err and len(seen(root)) == 3


def test_one_that_hangs_is_ended_and_one_that_writes_much_is_cut(decamp: Decamp, tmp_path: Path) -> None:
    failed_once(decamp, root := tmp_path / "work")
    (root / "slow").touch()
    planned_again(decamp, root, "after_up_timeout", "1 second")
    assert decamp("-C", root, "run", "--execute").code == 3
    row = held(decamp, root)
    assert row["code"] == codes.HOOK_AFTER_SLOW and row["facts"]["seconds"] == "1"
    script(root, "yes 0123456789 | head -c 3000000; exit 9", "switch.sh")
    planned_again(decamp, root, "after_up_timeout", "1 minute")
    assert decamp("-C", root, "run", "--execute").code == 3
    row = held(decamp, root)
    assert (
        row["code"] == codes.HOOK_AFTER_FAILED and row["facts"]["status"] == "9" and len(row["facts"]["output"]) < 400
    )


def test_one_that_is_missing_is_told_before_the_run(decamp: Decamp, tmp_path: Path) -> None:
    tenant = switched(decamp, root := tmp_path / "work")
    (root / "switch.sh").rename(root / "away")
    assert decamp("-C", root, "check").code == 3
    assert [one["code"] for one in told(decamp, root, "check") if one["level"] == "blocks"] == [
        codes.HOOK_AFTER_MISSING
    ]
    refused = decamp("-C", root, "run", "--execute")
    assert refused.code == 2 and codes.FINDINGS_BLOCK in refused.sentence and tenant.events() == []


def test_one_whose_interpreter_is_missing_is_told_during_the_run(decamp: Decamp, tmp_path: Path) -> None:
    tenant = failed_once(decamp, root := tmp_path / "work")
    # Executable, but its interpreter is not there.
    (root / "switch.sh").write_text("#!/nowhere/sh\n")
    (root / "switch.sh").chmod(0o755)
    assert decamp("-C", root, "run", "--execute").code == 3
    assert held(decamp, root)["code"] == codes.HOOK_AFTER_CANNOT_RUN and tenant.running("target") == {"tool-1"}


def test_what_is_rolled_back_is_switched_only_once_it_is_cut_over_again(decamp: Decamp, tmp_path: Path) -> None:
    tenant = failed_once(decamp, root := tmp_path / "work")
    assert decamp("-C", root, "rollback", "tool-1", "--execute", "--who", "Ann").code == 0
    assert tenant.running("source") == {"tool-1"} and tenant.running("target") == set()
    # Nobody is sent to a server that is parked.
    decamp("-C", root, "run", "--execute")
    assert len(seen(root)) == 1
    (root / "status").write_text("0")
    # Its lines have changed as well.
    change(root, r"^  after_up_timeout: .*$", "  after_up_timeout: 30 seconds")
    for command in (("scan",), ("plan",), ("approve", "cut-over"), ("run", "--execute")):
        assert decamp("-C", root, *command).code == 0, command
    first, second = (one["server"]["target_id"] for one in seen(root))
    assert first != second and tenant.running("target") == {"tool-1"}


def test_a_rollback_ends_once_its_programs_have_succeeded(decamp: Decamp, tmp_path: Path) -> None:
    tenant = pair_up(decamp, root := tmp_path / "work")
    (root / "seen.jsonl").unlink()
    plan = (root / "plan.json").read_bytes()
    (root / "status").write_text("7")
    change(root, r"^  after_back: .*$", '  after_back: {"server:tool-2": ["./switch.sh", "web"]}')
    # A plan in use needs no other: the key is none of its.
    assert decamp("-C", root, "rollback", "pair").code == 0 and seen(root) == []
    failed = decamp("-C", root, "rollback", "pair", "--execute", "--who", "Ann")
    assert failed.code == 3 and "tool-2 is up, but ./switch.sh (servers.after_back) exited with 7" in failed.err
    assert tenant.running("source") == {"tool-1", "tool-2"} and tenant.running("target") == set()
    (one,) = seen(root)
    made = {row.name: row.id for row in tenant.cloud("target").compute.servers()}
    assert (one["stage"], one["wave"], one["server"]) == (
        "after_back",
        "pair",
        {"source_id": tenant.ids["tool-2"], "target_id": made["tool-2"], "name": "tool-2"},
    )
    (root / "status").write_text("0")
    assert decamp("-C", root, "rollback", "pair", "--execute").code == 0 and len(seen(root)) == 2
    assert decamp("-C", root, "rollback", "pair", "--execute").code == 0 and len(seen(root)) == 2
    assert (root / "plan.json").read_bytes() == plan


# ---------------------------------------------------------------- the downtime


def test_it_is_no_part_of_the_downtime(decamp: Decamp, tmp_path: Path) -> None:
    switched(decamp, root := tmp_path / "work")
    (after,) = told(decamp, root, "cut-over", "tool-1")["wave"]["downtimes"]
    change(root, r"^  after_up: .*$", "  after_up: {}")
    assert decamp("-C", root, "plan").code == 0
    (before,) = told(decamp, root, "cut-over", "tool-1")["wave"]["downtimes"]
    for figure in ("floor_s", "floor_stage", "origin"):
        assert after[figure] == before[figure], figure
    # It takes a second and more.
    up(decamp, root)
    # Programs get a bare environment: where this process has another clock (`make test-days`), they have not.
    bare = subprocess.run(["date", "+%s.%N"], env={"PATH": os.defpath}, capture_output=True, check=True)
    began = float((root / "began").read_text()) + time.time() - float(bare.stdout)
    (measured,) = told(decamp, root, "cut-over", "tool-1")["wave"]["measured"]
    assert measured["began"] + measured["measured_s"] <= began + 0.1


# ---------------------------------------------------------------- names, secrets, spelling


@pytest.mark.hostile
def test_a_name_that_acts_reaches_it_as_a_name_and_no_secret_of_ours_does(
    decamp: Decamp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OS_PASSWORD", "hunter2hunter2")
    tenant = Tenant(1)
    evil = 'a"\n; touch pwned; \x1b[2J$(touch pwned)'
    row = tenant.source.servers.rows[tenant.ids["tool-1"]]
    row.record = replace(row.record, name=evil)
    root = tmp_path / "work"
    say(decamp, root)
    (root / "status").write_text("7")
    failed = decamp("-C", root, "run", "--execute")
    assert failed.code == 3 and "\x1b" not in failed.out + failed.err + decamp("-C", root, "status").out
    assert names(root) == [evil] and not (root / "pwned").exists()
    row_of_it = held(decamp, root)
    assert "switching" in row_of_it["facts"]["output"] and "hunter2" not in json.dumps(row_of_it)


@pytest.mark.parametrize(
    ("said", "path"),
    [
        ('{"server:a": "switch.sh"}', "servers.after_up.server:a"),
        ('{"server:a": []}', "servers.after_up.server:a"),
        ('{"volume:a": ["x"]}', "servers.after_up.volume:a"),
        ("[x]", "servers.after_up"),
    ],
)
def test_what_is_wrong_is_named_by_its_path(decamp: Decamp, tmp_path: Path, said: str, path: str) -> None:
    Tenant(1)
    root = planned_of(decamp, tmp_path / "work")
    change(root, r"^  after_up: .*$", f"  after_up: {said}")
    refused = decamp("-C", root, "plan")
    assert refused.code == 2 and path in refused.sentence


def test_a_line_that_matches_no_server_is_told(decamp: Decamp, tmp_path: Path) -> None:
    Tenant(1)
    root = planned_of(decamp, tmp_path / "work")
    change(root, r"^  after_up: .*$", '  after_up: {"server:wob-*": ["true"]}')
    decamp("-C", root, "plan")
    facts = [one["facts"] for one in told(decamp, root, "check") if one["facts"].get("list") == "servers.after_up"]
    assert facts == [{"selector": "server:wob-*", "list": "servers.after_up"}]
