"""Servers to stop for their capture, and the disks concerned; shared by finding and step."""

from collections.abc import Callable
from dataclasses import dataclass

from migrate.findings.inputs import Case, boots_from_volume, is_twin, volumes_of, wants_stop
from migrate.model import Kind, Server


@dataclass(frozen=True)
class StopFor:
    """Disks captured during a stop: volumes, and whether the root disk is included.

    `replaces`: our server at the target from an earlier copy; empty if there is none.
    """

    volumes: tuple[str, ...]
    root: bool
    replaces: str = ""

    @property
    def disks(self) -> int:
        return len(self.volumes) + self.root


Asked = Callable[[Kind, str], bool]
"""Whether a source resource is captured, or moves."""


def stop_for(case: Case, captures: Asked, moves: Asked, server: Server) -> StopFor | None:
    """The stop of a server; None if nothing of it is captured, no stop is wanted, or it must not be changed now.

    A twin that already exists at the target is not replaced, and its original is not stopped.
    """
    starts, there = moves(Kind.SERVER, server.id), case.ours.get((Kind.SERVER, server.id), "")
    if there and is_twin(case, server):
        return None
    if not wants_stop(case, server, starts=starts) or server.locked or server.task_state:
        return None
    volumes = tuple(v for v in volumes_of(case, server) if v in case.volumes and captures(Kind.VOLUME, v))
    root = captures(Kind.SERVER, server.id) and not boots_from_volume(server)
    return StopFor(volumes, root, there) if root or volumes else None
