"""Which servers are stopped for their capture, and for which disks: what the finding says and the step does."""

from collections.abc import Callable
from dataclasses import dataclass

from migrate.findings.inputs import Case, boots_from_volume, is_twin, volumes_of, wants_stop
from migrate.model import Kind, Server


@dataclass(frozen=True)
class StopFor:
    """Disks that are captured while the server is stopped: volumes, and whether its own root disk is among them.

    `replaces`: our server at the target that was made of an earlier copy; empty where there is none.
    """

    volumes: tuple[str, ...]
    root: bool
    replaces: str = ""

    @property
    def disks(self) -> int:
        return len(self.volumes) + self.root


Asked = Callable[[Kind, str], bool]
"""Whether this resource of the source is captured, or moves."""


def stop_for(case: Case, captures: Asked, moves: Asked, server: Server) -> StopFor | None:
    """None: not stopped, as nothing of it is captured, nobody wants it, or it may not be touched just now.

    A twin that is at the target already is what somebody wanted: it is not replaced, and its original left alone.
    """
    starts, there = moves(Kind.SERVER, server.id), case.ours.get((Kind.SERVER, server.id), "")
    if there and is_twin(case, server):
        return None
    if not wants_stop(case, server, starts=starts) or server.locked or server.task_state:
        return None
    volumes = tuple(v for v in volumes_of(case, server) if v in case.volumes and captures(Kind.VOLUME, v))
    root = captures(Kind.SERVER, server.id) and not boots_from_volume(server)
    return StopFor(volumes, root, there) if root or volumes else None
