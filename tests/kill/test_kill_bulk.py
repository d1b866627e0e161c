"""kill -9 in the middle of an image of many packs: how much of it the source is asked for a second time."""

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from migrate.disks.store.manifest import SEGMENT_BYTES
from migrate.disks.store.pack_format import MOST_PACK_BYTES
from tests.lab.harness import ROOT, Witness, Workspace, environment, fresh, sweep

PROJECT = "test-kill-bulk"
READS = 4
PACKS_BEFORE = 3


def packs(root: Path) -> int:
    return len(list((root / "store").glob("*/??/packs%2f*.json")))


def manifests(root: Path) -> list[Path]:
    return list((root / "store").rglob("disks%2fimage-*manifest*.json"))


def killed_with_packs(root: Path) -> None:
    """Dies as soon as three packs are in the store, by the signal and in the middle of the image."""
    command = [sys.executable, "-m", "migrate.cli.main", "-C", str(root), "run", "--execute"]
    end = time.monotonic() + 120
    with subprocess.Popen(command, env=environment(), cwd=ROOT, stderr=subprocess.DEVNULL) as process:
        while packs(root) < PACKS_BEFORE and process.poll() is None:
            assert time.monotonic() < end
            time.sleep(0.01)
        process.kill()
    assert process.returncode == -signal.SIGKILL, "it was done before it could be killed"
    assert packs(root) >= PACKS_BEFORE and manifests(root) == []


def ranges(witness: Witness) -> list[str]:
    return [r.range for r in witness.requests() if r.method == "GET" and r.path.endswith("/file")]


@pytest.mark.soak
def test_a_kill_in_the_middle_of_an_image_costs_two_packs_at_most(lab: None, tmp_path: Path) -> None:
    fresh(str(ROOT / "tests/kill/bulk.json"), PROJECT, "--target-quota", "generous")
    workspace, witness = Workspace(tmp_path / "ws", PROJECT), Witness.now("source", PROJECT)
    workspace.prepare()
    killed_with_packs(workspace.root)
    kept, before = packs(workspace.root), witness.ended()
    workspace.decamp("run", "--execute")
    assert manifests(workspace.root)
    workspace.decamp("store", "check", "--read-data")
    workspace.decamp("verify", "--reread", "all")
    asked = ranges(witness)
    again = {range_ for range_ in asked if asked.count(range_) > 1}
    # What was filled, what was under way, and what each worker had in its hands.
    most = 2 * (MOST_PACK_BYTES // SEGMENT_BYTES + 1) + READS
    print(f"{len(set(asked))} ranges, {len(again)} of them asked for again, {kept} packs at the kill")
    assert len(set(asked)) > kept * MOST_PACK_BYTES // SEGMENT_BYTES + most, "the image is too small to tell"
    assert PACKS_BEFORE * MOST_PACK_BYTES // SEGMENT_BYTES <= len(ranges(before)) < len(set(asked))
    assert len(again) <= most
    assert len(asked) == len(set(asked)) + len(again)
    sweep("target", PROJECT)
