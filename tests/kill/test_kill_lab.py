"""kill -9 at a mutating request, on real clouds. `make test` takes a fixed few; `make soak` every point and moment."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from tests.kill.points import MOMENTS, POINTS, Point
from tests.kill.rounds import PROJECT, Round
from tests.lab.harness import ROOT, environment, fresh
from tests.lab.moved_again import OneServer, rolled_back_changed_and_moved_again

EVERY_TIME = [
    ("after", POINTS[0]),
    ("after", POINTS[2]),
    ("recorded", POINTS[5]),
    ("after", POINTS[9]),
    ("after", POINTS[10]),
    ("after", POINTS[12]),
]


@pytest.fixture(scope="module", autouse=True)
def tenant(lab: None) -> None:
    fresh(str(ROOT / "tests/kill/tiny.json"), PROJECT, "--target-quota", "generous")


def one_kill(root: Path, when: str, point: Point) -> None:
    killed = Round(root)
    assert killed.workspace.killed(when, point) == 0, "the run never came to this point"
    killed.finish()
    assert killed.ranges_read_twice == []


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> tuple[Round, list[tuple[str, Point]]]:
    """One migration dies at point after point; what each leaves the next one must take up. Returns where it died."""
    killed = Round(tmp_path_factory.mktemp("moved") / "ws", one_by_one=True)
    died = [(when, point) for when, point in EVERY_TIME if killed.workspace.killed(when, point) == 0]
    killed.finish()
    return killed, died


@pytest.mark.lab
def test_killed_at_many_points_in_a_row_and_run_again(moved: tuple[Round, list[tuple[str, Point]]]) -> None:
    killed, died = moved
    assert died == EVERY_TIME, "it never came to the others"
    assert killed.ranges_read_twice == []


@pytest.mark.lab
def test_what_has_moved_is_rolled_back_changed_and_moves_again(moved: tuple[Round, list[tuple[str, Point]]]) -> None:
    killed, _ = moved
    rolled_back_changed_and_moved_again(killed.workspace, OneServer.of(PROJECT))


@pytest.mark.soak
@pytest.mark.parametrize("when", MOMENTS)
@pytest.mark.parametrize("point", POINTS, ids=str)
def test_killed_at_one_point_and_run_again(point: Point, when: str, tmp_path: Path) -> None:
    one_kill(tmp_path / "ws", when, point)


KILLS = 10


@pytest.mark.soak
@pytest.mark.parametrize("migration", range(3))
def test_killed_at_random_moments_of_the_bulk_copy(tmp_path: Path, migration: int) -> None:
    """Ten kills each time; a migration that came to its end before its kill is judged, and another one begun."""
    seed_number = int(os.environ.get("SOAK_SEED", time.time()))
    print(f"SOAK_SEED={seed_number}")
    chance = random.Random(seed_number + migration)
    kills: list[list[str]] = []
    for number in range(KILLS):
        killed, began = Round(tmp_path / f"ws-{number}"), len(kills)
        while len(kills) < KILLS and killed_after(killed.workspace.root, chance.uniform(1.5, 6)):
            kills.append(killed.workspace.steps_in("running"))
            print(f"killed in the middle of {', '.join(kills[-1]) or 'nothing'}", flush=True)
        killed.finish()
        if len(kills) == KILLS:
            break
        assert len(kills) > began, "it came to its end without a kill"
    assert len(kills) == KILLS
    assert any(step.endswith(":capture") for steps in kills for step in steps), "no kill was in a capture"


def killed_after(root: Path, seconds: float) -> bool:
    """Whether it was kill -9 that ended the run. It has ended well before, or not at all: then this fails."""
    command = [sys.executable, "-m", "migrate.cli.main", "-C", str(root), "run", "--execute"]
    with subprocess.Popen(command, env=environment(), cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
        process.send_signal(signal.SIGKILL)
    assert process.returncode in {0, -signal.SIGKILL}
    return process.returncode == -signal.SIGKILL


LEASE_S = "15"
"""Long enough for a slow machine to renew it in time, and no longer than another runner may wait."""


@pytest.mark.lab
@pytest.mark.full
def test_a_runner_that_slept_past_its_lease_does_no_harm(tmp_path: Path) -> None:
    """SIGSTOP in mid-run; another runner does its steps; woken, it must make nothing a second time."""
    killed = Round(tmp_path / "ws")
    root = str(killed.workspace.root)
    run = [sys.executable, "-m", "migrate.cli.main", "-C", root, "run", "--execute", "--lease", LEASE_S]
    sleeper = subprocess.Popen(run, env=environment(), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_for_first_write(killed)
    stop_between_two_writes(sleeper, killed.workspace.root / "ledger.db")
    try:
        killed.workspace.decamp("run", "--execute", "--lease", LEASE_S)
    finally:
        sleeper.send_signal(signal.SIGCONT)
    assert sleeper.wait(600) in {0, 3}
    killed.finish()


def stop_between_two_writes(process: subprocess.Popen[bytes], ledger: Path) -> None:
    """A process that sleeps within a write to a SQLite ledger holds it for as long as it sleeps: nobody can go on."""
    for _ in range(50):
        process.send_signal(signal.SIGSTOP)
        try:
            with closing(sqlite3.connect(ledger, timeout=0.2, isolation_level=None)) as db:
                db.execute("BEGIN IMMEDIATE")
            return
        except sqlite3.OperationalError:
            process.send_signal(signal.SIGCONT)
            time.sleep(0.05)
    raise AssertionError("it never lets go of its ledger")


def wait_for_first_write(killed: Round, limit_s: float = 300) -> None:
    """Until the source has been asked for a snapshot: the run holds claims, and is in the middle of its disks."""
    end = time.monotonic() + limit_s
    while not any(w.path.endswith("/snapshots") for w in killed.source.writes()):
        assert time.monotonic() < end
        time.sleep(0.2)
