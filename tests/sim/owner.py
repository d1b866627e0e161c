"""The tenant, who works on while it is moved."""

from collections.abc import Collection
from random import Random
from typing import Any

from migrate.demo.memory.resource_table import Row
from migrate.demo.memory.sparse_disk import BLOCK
from migrate.demo.memory.world import World
from tests.sim.invariants import content, header_blocks, running_servers
from tests.sim.scheduler import Process, Scheduler
from tests.sim.stand_ins import start

_EVERY_S = 15.0
_PIECE = 4096


class Owner:
    """Writes to the disks of servers of the source for as long as these run, or until `is_over`.

    Args:  comes_back: goes on once all have stopped, as some may run again.
    """

    def __init__(self, scheduler: Scheduler, world: World, *, comes_back: bool = False) -> None:
        self._scheduler, self._world, self._comes_back, self.is_over = scheduler, world, comes_back, False
        start(scheduler, Process("owner"), self._work)

    def _work(self) -> None:
        rng = self._scheduler.rng
        while not self.is_over and ((running := running_servers(self._world)) or self._comes_back):
            with self._scheduler.at_once():
                write_something(rng, self._world, running)
            self._scheduler.sleep(rng.expovariate(1 / _EVERY_S))


def write_something(rng: Random, world: World, server_ids: Collection[str]) -> None:
    """To one of these servers' disks, over something that is there."""
    if not (rows := _disks(world, server_ids)):
        return
    row = rows[rng.randrange(len(rows))]
    if row.disk and (places := sorted(content(row))):
        number = header_blocks(row) + places[rng.randrange(len(places))]
        row.disk.write(number * BLOCK, rng.randbytes(_PIECE))


def _disks(world: World, server_ids: Collection[str]) -> list[Row[Any]]:
    """Of these servers: their root disks and their volumes."""
    found: list[Row[Any]] = [row for one, row in world.servers.rows.items() if one in server_ids and row.disk]
    volumes = world.volumes.rows.values()
    return [*found, *(row for row in volumes if any(a.server_id in server_ids for a in row.record.attachments))]
