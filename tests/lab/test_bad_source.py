"""A move off an old cloud that misbehaves: answers lost, a slow line, and a login that breaks for a while."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from migrate.messages import codes
from tests.lab.conftest import listings, start_servers
from tests.lab.harness import ROOT, Workspace, environment, facts, fresh, sweep
from tests.lab.old_cloud import OldCloud

PROJECT = "test-bad-source"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
LOST, SLOW_BYTES_PER_S = 0.3, 10e6


@pytest.fixture(scope="module")
def tenant(lab: None) -> None:
    fresh(str(ROOT / "tests/kill/tiny.json"), PROJECT, "--target-quota", "generous")


@pytest.fixture
def old(tenant: None) -> Iterator[OldCloud]:
    sweep("target", PROJECT)
    start_servers(SOURCE)
    cloud = OldCloud.up("test-bad", PROJECT, "--page", "2", "--seed", "3")
    yield cloud
    cloud.down()


@pytest.fixture
def workspace(old: OldCloud, tmp_path: Path) -> Workspace:
    """Planned and approved, while all was well."""
    made = Workspace(tmp_path / "ws", PROJECT, source=old.name, clouds=old.clouds)
    made.prepare()
    made.decamp("approve", "cut-over", "--who", "the tests")
    return made


def held(workspace: Workspace, code: str) -> list[dict[str, Any]]:
    """The steps that do not go on for this reason, as a second `decamp` beside the run tells."""
    return [step for step in workspace.json("status")["held"] if step["code"] == code]


def until(what: Callable[[], Any], run: "subprocess.Popen[str]", within_s: float) -> Any:
    """What it gives once that is something. Fails when the run ends before, or the time."""
    end = time.monotonic() + within_s
    while not (found := what()):
        assert run.poll() is None, f"the run ended with {run.returncode}: {run.communicate()}"
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.3)
    return found


UNTIL_TOLD = 3600.0


def move(old: OldCloud, workspace: Workspace, out_s: float, login_status: int) -> None:
    """Moves, with a login that breaks in the middle; judged by what is there at the end.

    `out_s`: for how long; of UNTIL_TOLD it is mended once the run has been seen waiting for it.
    """
    before = listings(SOURCE)
    old.faults(lost_answers=LOST, slow_bytes_per_s=SLOW_BYTES_PER_S)
    command = [sys.executable, "-m", "migrate.cli.main", "-C", str(workspace.root), "run", "--execute"]
    run = subprocess.Popen(
        command, cwd=ROOT, env=environment(old.clouds), text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        until(lambda: old.faults()["lost"] >= 1, run, 300)
        old.faults(reject_tokens_s=out_s, login_status=login_status)
        waiting = until(lambda: held(workspace, codes.WAITS_FOR_LOGIN), run, 300)
        if out_s == UNTIL_TOLD:
            old.faults(reject_tokens_s=0)
        assert {step["state"] for step in waiting} == {"waiting"}
        assert {step["facts"]["cloud"] for step in waiting} == {f"{old.name}-{PROJECT}"}
        out, err = run.communicate(timeout=out_s + 600)
    finally:
        run.kill()
        run.wait()
    assert run.returncode == 0, out + err
    assert codes.WAITS_FOR_LOGIN in err and "Traceback" not in err

    struck = old.faults(lost_answers=0, slow_bytes_per_s=0)
    assert struck["rejected"] and struck["refused_logins"] and struck["lost"] >= 2
    workspace.decamp("verify", "--reread", "all")
    after = listings(SOURCE)
    for server in (*before["servers"], *after["servers"]):
        del server["Status"]
    assert after == before, "something of ours was left at the source, or something of the customer's changed"
    same_on_both_sides()


def same_on_both_sides() -> None:
    """Nothing is missing and nothing doubled at the target, and the disks hold the same trees."""
    found = {side: listings(f"{side}-{PROJECT}") for side in ("source", "target")}
    # The moved server's boot image is a second one at the target.
    found["source"]["images"].append({"Name": "server (root disk)"})
    for kind in ("servers", "volumes", "images", "ports"):
        names = {side: sorted(one["Name"] for one in found[side][kind]) for side in found}
        assert names["target"] == names["source"], kind
    both = facts(PROJECT)
    for kind in ("volumes", "root_disks"):
        assert {name: disk["tree_sha256"] for name, disk in both["target"][kind].items()} == {
            name: disk["tree_sha256"] for name, disk in both["source"][kind].items()
        }


@pytest.mark.lab
@pytest.mark.full
def test_a_login_that_is_refused_at_the_start_ends_the_command(old: OldCloud, workspace: Workspace) -> None:
    old.faults(reject_tokens_s=UNTIL_TOLD)
    for command in (("scan",), ("run", "--execute")):
        assert codes.UNREACHABLE in workspace.decamp(*command, expect=6).stderr
    old.faults(reject_tokens_s=0)
    assert json.loads(workspace.decamp("-f", "json", "scan").stdout)["source"]["counts"]["servers"] == 1


@pytest.mark.lab
@pytest.mark.full
def test_a_move_waits_for_the_login_and_finds_what_lost_answers_made(old: OldCloud, workspace: Workspace) -> None:
    move(old, workspace, out_s=UNTIL_TOLD, login_status=401)


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_a_move_waits_ten_minutes_for_the_login(old: OldCloud, workspace: Workspace) -> None:
    """No login at all, as without its database: a shorter while of that is bridged by the requests' own repeats."""
    move(old, workspace, out_s=600, login_status=503)
