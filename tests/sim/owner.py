"""The tenant, who works on while it is moved."""

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
    """Writes to the disks of servers of the source for as long as these run, or until `is_over`."""

    def __init__(self, scheduler: Scheduler, world: World) -> None:
        self._scheduler, self._world, self.is_over = scheduler, world, False
        start(scheduler, Process("owner"), self._work)

    def _work(self) -> None:
        rng = self._scheduler.rng
        while not self.is_over and (rows := self._disks()):
            with self._scheduler.at_once():
                self._write(rows[rng.randrange(len(rows))])
            self._scheduler.sleep(rng.expovariate(1 / _EVERY_S))

    def _write(self, row: Row[Any]) -> None:
        """Over something that is there."""
        places = sorted(content(row))
        if row.disk and places:
            number = header_blocks(row) + places[self._scheduler.rng.randrange(len(places))]
            row.disk.write(number * BLOCK, self._scheduler.rng.randbytes(_PIECE))

    def _disks(self) -> list[Row[Any]]:
        """Of all servers that run: their root disks and their volumes."""
        servers, volumes = self._world.servers.rows, self._world.volumes.rows
        running = running_servers(self._world)
        found: list[Row[Any]] = [row for server_id, row in servers.items() if server_id in running and row.disk]
        return [
            *found,
            *(row for row in volumes.values() if any(a.server_id in running for a in row.record.attachments)),
        ]
