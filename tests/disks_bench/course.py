"""What each tool has to do with the disks of a load, and what that took."""

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.disks_bench.images import GIB, SERVERS, Disk, one, servers, sparse
from tests.disks_bench.tools import TOOLS, Cost, Failed, Tool, raw

RAW = "raw rate"
"""Stands for a tool: reads, hashes and compresses as fast as this machine can, and stores nothing."""

FIRST, READ, RESTORE = "store", "read, nothing new", "restore"
ALIGNED, UNALIGNED = "655 blocks changed", "655 blocks changed, unaligned"
ONE, ALL = "the first server", f"all {SERVERS} servers"
_FITS_IN_MEMORY = 4 * GIB


class Result(NamedTuple):
    """`stored_bytes`: what this has added. `data_bytes`: what there was to read or to restore, without zeros."""

    tool: str
    what: str
    cost: Cost
    stored_bytes: int
    data_bytes: int

    def __str__(self) -> str:
        cost = self.cost
        return (
            f"{self.tool}, {self.what}: {cost.wall_s:.2f} s, CPU {cost.cpu_s:.2f} s and {cost.server_cpu_s:.2f} s, "
            f"{cost.peak_mib:.0f} MiB, {self.stored_bytes / 2**20:.1f} of {self.data_bytes / 2**20:.0f} MiB stored"
        )


Steps = Callable[[str, Tool, Sequence[Disk], Path], Iterator[Result]]
"""Of a tool of that name, with these disks and a folder to restore to."""


class Load(NamedTuple):
    title: str
    disks: Callable[[Path], list[Path]]
    steps: Steps
    tools: Sequence[str]


def measure(load: Load, disks: Sequence[Disk], name: str, work: Path) -> Iterator[Result]:
    """Everything that the load asks of one tool, in a folder that is empty before and afterwards."""
    shutil.rmtree(work, ignore_errors=True)
    home = work / "home"
    home.mkdir(parents=True)
    if name == RAW:
        _ready(disks[0])
        yield Result(RAW, FIRST, raw(disks[0].path, home), 0, disks[0].data_bytes)
    else:
        tool = TOOLS[name](home)
        tool.prepare()
        yield from load.steps(name, tool, disks, work / "restored" / "disk.raw")
    shutil.rmtree(work)


# ------------------------------------------------------------ the loads


def _one_disk(name: str, tool: Tool, disks: Sequence[Disk], to: Path) -> Iterator[Result]:
    disk, aligned, unaligned = disks
    yield _stored(name, FIRST, tool, disk)
    _ready(disk)
    if cost := tool.read(disk.path):
        yield Result(name, READ, cost, 0, disk.data_bytes)
    yield from _restored(name, tool, FIRST, disk, to)
    if tool.deltas:
        yield _stored(name, ALIGNED, tool, aligned)
        tool.go_back(disk.path)
        yield _stored(name, UNALIGNED, tool, unaligned)


def _many(name: str, tool: Tool, disks: Sequence[Disk], to: Path) -> Iterator[Result]:
    each = [_stored(name, disk.path.stem, tool, disk) for disk in disks]
    costs = [one.cost for one in each]
    sums = Cost(sum(c.wall_s for c in costs), sum(c.cpu_s for c in costs), max(c.peak_mib for c in costs))
    stored, data = sum(one.stored_bytes for one in each), sum(one.data_bytes for one in each)
    yield each[0]._replace(what=ONE)
    yield Result(name, ALL, sums, stored, data)
    yield from _restored(name, tool, disks[-1].path.stem, disks[-1], to)


def _sparse(name: str, tool: Tool, disks: Sequence[Disk], to: Path) -> Iterator[Result]:
    yield _stored(name, FIRST, tool, disks[0])


LOADS = {
    "disk": Load("One disk of 4 GiB", one, _one_disk, (RAW, *TOOLS)),
    "servers": Load("Ten servers of one base image", servers, _many, ("decamp", "borg", "restic")),
    "sparse": Load("1 TiB with 20 GiB of data", sparse, _sparse, (RAW, "decamp")),
}


# ------------------------------------------------------------ inside


def _stored(name: str, what: str, tool: Tool, disk: Disk) -> Result:
    before = tool.stored_bytes()
    _ready(disk)
    cost = tool.store(disk.path, what)
    return Result(name, what, cost, tool.stored_bytes() - before, disk.data_bytes)


def _restored(name: str, tool: Tool, what: str, disk: Disk, to: Path) -> Iterator[Result]:
    """Restores, and compares every byte; the latter is not measured."""
    os.sync()
    cost = tool.restore(what, to)
    if not cost:
        return
    if subprocess.run(["cmp", "--silent", to, disk.path]).returncode:
        raise Failed(f"{name} gives back other bytes than {disk.path} has")
    shutil.rmtree(to.parent)
    yield Result(name, RESTORE, cost, 0, disk.data_bytes)


def _ready(disk: Disk) -> None:
    """Its data are in memory, and nothing of what was written before is still on its way to the disk."""
    os.sync()
    if disk.data_bytes < _FITS_IN_MEMORY:
        subprocess.run(["cat", disk.path], stdout=subprocess.DEVNULL, check=True)
