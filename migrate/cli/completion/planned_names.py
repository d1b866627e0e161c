"""The names in `plan.json` that people type: waves, servers, steps. Reads only these, and checks no seal."""

from collections.abc import Iterator
from pathlib import Path

import msgspec

from migrate.own_files import read_below


class PlannedStep(msgspec.Struct):
    """A step's id, and the name of its item."""

    id: str
    name: str = ""


class _Gate(msgspec.Struct):
    name: str
    steps: tuple[str, ...] = ()


class _Wave(msgspec.Struct):
    name: str
    servers: tuple[str, ...] = ()


class PlannedNames(msgspec.Struct):
    """The part of a plan that completion needs."""

    steps: tuple[PlannedStep, ...] = ()
    gates: tuple[_Gate, ...] = ()
    waves: tuple[_Wave, ...] = ()

    def wave_names(self) -> Iterator[str]:
        return (wave.name for wave in self.waves)

    def stopped_servers(self) -> Iterator[str]:
        """Names of the servers that a wave stops; the id of one without a name."""
        names = {step.id.split(":")[1]: step.name for step in self.steps if step.id.startswith("server:")}
        return (names.get(server) or server for wave in self.waves for server in wave.servers)

    def selectors(self, kind: str = "") -> Iterator[str]:
        """`kind:name` of each item that moves, of one kind or of all."""
        for step in self.steps:
            own = step.id.partition(":")[0]
            if step.name and kind in {"", own}:
                yield f"{own}:{step.name}"


def planned_names(directory: Path) -> PlannedNames:
    """The names in a workspace's plan; none if there is no plan, or none that can be read."""
    try:
        return msgspec.json.decode(read_below(directory, "plan.json"), type=PlannedNames)
    except (OSError, ValueError, msgspec.MsgspecError):
        return PlannedNames()
