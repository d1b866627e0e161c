"""A tenant that is written to until the last minute: passes while it runs, then three waves, one command each.

Referees: both Novas' access logs, the clouds' own files of volumes and root disks, and the sizes of the store's files.
"""

import os
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.lab.conftest import start_servers
from tests.lab.harness import HOME, Witness, Workspace, openstack, seed, sweep

pytestmark = pytest.mark.lab

PROJECT, MIB = "test-living", 1 << 20
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
WAVES = {"database": 2, "web": 2, "last": 1}
"""Three waves of five servers, in this order."""
SHARE, TOLERANCE = 0.02, 1.3


@dataclass(frozen=True)
class Disks:
    """The clouds' own files of one server's disks, on one side."""

    root: Path
    volume: Path

    @property
    def files(self) -> tuple[Path, Path]:
        return self.root, self.volume


def disks_of(side: str, server: dict[str, Any]) -> Disks:
    shown = openstack(f"{side}-{PROJECT}", "server", "show", server["ID"])
    (volume,) = shown["volumes_attached"] or shown["attached_volumes"]
    (root,) = (HOME / side / "data/nova/instances").glob(f"{server['ID']}*.raw")
    return Disks(root, HOME / side / "data/cinder/volumes" / f"volume-{volume['id']}")


@dataclass
class Writer:
    """Writes whole MiB to disks at the source, as their guests would; each one once."""

    disks: dict[str, Disks]
    written: int = 0
    at: int = 300

    def write(self, *names: str, chunks: int | None = None) -> int:
        """2 % of each disk of these servers, or so many MiB. Returns the bytes."""
        before = self.written
        for file in (file for name in names for file in self.disks[name].files):
            count = chunks or max(1, round(file.stat().st_size * SHARE / MIB))
            with file.open("r+b") as disk:
                for index in range(count):
                    disk.seek((self.at + index) * MIB)
                    disk.write(os.urandom(MIB))
                    self.written += MIB
        self.at += 60 if chunks is None else chunks
        return self.written - before

    @contextmanager
    def at_work(self, *names: str) -> Iterator[None]:
        """Writes a MiB to each disk every five seconds while the block runs."""
        over = threading.Event()

        def work() -> None:
            while not over.wait(5.0) and self.at < 900:
                self.write(*names, chunks=1)

        writer = threading.Thread(target=work)
        writer.start()
        yield
        over.set()
        writer.join()


def store_bytes(workspace: Workspace) -> int:
    return sum(file.stat().st_size for file in (workspace.root / "store").rglob("*") if file.is_file())


def digest(file: Path, size: int) -> str:
    found, left = sha256(), size
    with file.open("rb") as disk:
        while left and (data := disk.read(min(left, 8 * MIB))):
            found.update(data)
            left -= len(data)
    return found.hexdigest()


def policy_of(workspace: Workspace, ids: dict[str, str], waves: dict[str, list[str]]) -> None:
    path = workspace.root / "policy.yaml"
    policy = yaml.safe_load(path.read_text())
    policy["passes"]["age"] = "0 minutes"
    policy["waves"] = {
        "servers": {f"server:{ids[name]}": wave for wave, names in waves.items() for name in names},
        "order": list(waves),
    }
    policy["servers"]["health"] = {"server:*": [{"check": "active"}]}
    policy["cut_over"] = {"budget": "2 hours", "on_failure": "wait"}
    path.write_text(yaml.safe_dump(policy, sort_keys=False))


@dataclass(frozen=True)
class Living:
    """The tenant with its plan. `waves`: names of the servers of each; `ids`: theirs at the source, by name."""

    workspace: Workspace
    writer: Writer
    ids: dict[str, str]
    waves: dict[str, list[str]]


def planned(root: Path) -> Living:
    for side in ("target", "source"):
        sweep(side, PROJECT)
    seed(str(Path(__file__).with_name("five.json")), PROJECT, "--target-quota", "generous")
    start_servers(SOURCE)
    servers = {server["Name"]: server for server in openstack(SOURCE, "server", "list")}
    ids = {name: server["ID"] for name, server in servers.items()}
    names = iter(sorted(servers))
    waves = {wave: [next(names) for _ in range(count)] for wave, count in WAVES.items()}
    writer = Writer({name: disks_of("source", server) for name, server in servers.items()})
    workspace = Workspace(root, PROJECT, passes=True)
    workspace.init()
    policy_of(workspace, ids, waves)
    plan_again(workspace)
    return Living(workspace, writer, ids, waves)


def plan_again(workspace: Workspace) -> None:
    for step in ("scan", "check", "plan"):
        workspace.decamp(step)


def test_five_servers_in_three_waves_while_their_disks_change(lab: None, tmp_path: Path) -> None:
    living = planned(tmp_path / "ws")
    workspace, writer, ids, waves = living.workspace, living.writer, living.ids, living.waves
    source, target = Witness.now("source", PROJECT), Witness.now("target", PROJECT)

    # Pass 0, and a second one: what changed before it and while it ran.
    workspace.decamp("run", "--execute", expect=3)
    assert not stops(source), "a pass stops nobody"
    before, first = writer.written, store_bytes(workspace)
    between = writer.write(*ids)
    with writer.at_work(*ids):
        workspace.decamp("run", "--execute", expect=3)
    changed, grown = writer.written - before, store_bytes(workspace) - first
    print(f"second pass: {between} bytes changed before it, {changed - between} during it, {grown} stored")
    assert between <= grown <= TOLERANCE * changed, "the second pass stores what changed"

    # Wave by wave; the others are written to meanwhile.
    workspace.decamp("approve", "cut-over", "--who", "the tests")
    left = list(ids)
    for wave, members in waves.items():
        left = [name for name in left if name not in members]
        writer.write(*members)
        since = Witness.now("source", PROJECT)
        with writer.at_work(*left):
            workspace.decamp("cut-over", wave, "--execute")
        assert set(stops(since)) == {ids[name] for name in members}
        made = {server["Name"]: server for server in openstack(TARGET, "server", "list")}
        for name in members:
            here, there = writer.disks[name], disks_of("target", made[name])
            size = here.volume.stat().st_size
            assert digest(there.volume, size) == digest(here.volume, size), name
            assert digest(there.root, here.root.stat().st_size) == digest(here.root, here.root.stat().st_size), name

    # Never more than one wave down, and nobody for longer than foretold: by the clouds' own clocks.
    made = {server["Name"]: server["ID"] for server in openstack(TARGET, "server", "list")}
    asked, attached = stops(source), ups(target)
    down = {name: asked[ids[name]] for name in ids}
    up = {name: attached[made[name]] for name in ids}
    ordered = list(waves.values())
    for earlier, later in pairwise(ordered):
        assert min(down[name] for name in later) > max(up[name] for name in earlier)
    workspace.decamp("verify")
    told = {one["name"]: one for one in workspace.json("status")["downtimes"]}
    own, covered = own_work(workspace), 0
    for name in ids:
        lasted, sure = up[name] - down[name], told[name]["p90_s"]
        print(f"{name}: down {lasted:.1f} s by the logs, {told[name]['measured_s']} s by Decamp; P90 {sure} s; "
              f"its own steps {own[ids[name]]:.1f} s")  # fmt: skip
        assert lasted <= TOLERANCE * own[ids[name]]
        covered += lasted <= sure
    assert covered >= 0.9 * len(ids)


def stops(witness: Witness) -> dict[str, float]:
    """When each server that is off was stopped, by the source's Nova: then comes the image of its last pass."""
    found: dict[str, list[float]] = {}
    for request in witness.writes():
        if request.service == "nova" and (hit := re.search(r"/servers/([^/]+)/action$", request.path)):
            found.setdefault(hit[1], []).append(request.time)
    return {own: sorted(times)[-2] for own, times in found.items() if is_off(own)}


def is_off(server_id: str) -> bool:
    return bool(openstack(SOURCE, "server", "show", server_id)["status"] == "SHUTOFF")


def ups(witness: Witness) -> dict[str, float]:
    """When each server at the target got its volume, by the target's Nova."""
    hits = ((re.search(r"/servers/([^/]+)/os-volume_attachments$", one.path), one) for one in witness.writes())
    return {hit[1]: one.time for hit, one in hits if hit and (one.service, one.method) == ("nova", "POST")}


def own_work(workspace: Workspace) -> dict[str, float]:
    """Seconds of all steps that a server waited for while it was down, by its id."""
    with closing(sqlite3.connect(f"file:{workspace.root / 'ledger.db'}?mode=ro", uri=True)) as db:
        lines = db.execute("SELECT step_id, started_at, ended_at FROM journal").fetchall()
    plan = {step["id"]: step for step in yaml.safe_load((workspace.root / "plan.json").read_text())["steps"]}
    found: dict[str, float] = {}
    for step_id, begun, ended in lines:
        step = plan.get(step_id)
        if step is None or step["action"]["do"].endswith(".pass"):
            continue
        owner = owner_of(plan, step_id)
        if owner:
            found[owner] = found.get(owner, 0.0) + ended - begun
    return found


def owner_of(plan: dict[str, Any], step_id: str) -> str:
    """The server that waits for the step: its own steps, and those of its volumes."""
    kind, own, *_ = step_id.split(":")
    if kind == "server":
        return own
    attached = (step for step in plan.values() if step["action"].get("volume_id") == own)
    return next((str(step["action"]["server_id"]) for step in attached), "") if kind == "volume" else ""


@dataclass(frozen=True)
class CutOver:
    """One cut-over of one server, in seconds. `lasted`: by the clouds' own clocks; `origin`: of the prediction."""

    turn: int
    name: str
    lasted: float
    measured: float
    p50: float
    p90: float
    origin: str

    def __str__(self) -> str:
        figures = " ".join(f"{one:8.1f}" for one in (self.lasted, self.measured, self.p50, self.p90))
        return f"{self.turn} {self.name:12} {figures} {self.origin:9} {'' if self.covered else 'LONGER'}"

    @property
    def covered(self) -> bool:
        return self.lasted <= self.p90


TURNS = 3


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_the_predicted_p90_covers_the_downtime_of_repeated_cut_overs(lab: None, tmp_path: Path) -> None:
    """Five servers are cut over wave by wave, rolled back, written to and cut over again.

    A first wave has nothing measured but passes: the default rates of the rest are shown apart.
    """
    living = planned(tmp_path / "ws")
    found: list[CutOver] = []
    for turn in range(TURNS):
        if turn:
            for wave in living.waves:
                living.workspace.decamp("rollback", wave, "--execute", "--who", "the tests")
            plan_again(living.workspace)
        living.writer.at = 300
        living.writer.write(*living.ids)
        living.workspace.decamp("run", "--execute", expect=3)
        living.workspace.decamp("approve", "cut-over", "--who", "the tests")
        for wave in living.waves:
            found += cut_over(living, wave, turn)
    print("turn, server, down by the logs, by Decamp, P50, P90, origin", *found, sep="\n")
    known = [one for one in found if one.origin == "measured"]
    assert len(known) >= 10
    assert sum(one.covered for one in known) >= 0.9 * len(known)
    assert all(one.covered for one in found if one not in known), "the default rates are wide"


def cut_over(living: Living, wave: str, turn: int) -> list[CutOver]:
    members, left = living.waves[wave], [name for one in living.waves.values() for name in one]
    left = left[left.index(members[-1]) + 1 :]
    source, target = Witness.now("source", PROJECT), Witness.now("target", PROJECT)
    with living.writer.at_work(*left):
        living.workspace.decamp("cut-over", wave, "--execute")
    made = {server["Name"]: server["ID"] for server in openstack(TARGET, "server", "list")}
    told = {one["name"]: one for one in living.workspace.json("status")["downtimes"]}
    down, up = stops(source), ups(target)
    return [
        CutOver(
            turn=turn,
            name=name,
            lasted=up[made[name]] - down[living.ids[name]],
            measured=told[name]["measured_s"],
            p50=told[name]["p50_s"],
            p90=told[name]["p90_s"],
            origin=told[name]["origin"],
        )
        for name in members
    ]
