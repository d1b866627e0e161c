"""Waves: which servers are stopped together, how long each is down, and when the next may be stopped. Pure.

A server is down from the start of its stop until its moved self has all its volumes. Servers that share volumes are
one wave, as their disks are captured together; any other server is a wave of its own. The plan's ranks, the runner and
the forecast's simulation all go by what is said here.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import NamedTuple

from migrate.model.steps import (
    Action,
    AttachVolume,
    CaptureServer,
    CaptureVolume,
    MakeServer,
    Step,
    StopServer,
)

"""Captures that make temporary disks at the source; `limits.disks` counts these."""

Places = tuple[bool, bool, bool]
"""What a step takes a place of: source, target, disks."""
Count = tuple[int, int, int]
"""Places of each kind."""
NONE: Count = (0, 0, 0)


class Down(NamedTuple):
    """One server that is stopped. `up`: the steps that end its downtime; none where it is not made at the target.

    `size_bytes`: of its disks that are captured.
    """

    server_id: str
    name: str
    stop: str
    size_bytes: int
    up: tuple[str, ...]


class Wave(NamedTuple):
    """Servers that are stopped together. All but `size_bytes` are ids of steps.

    `way`: all that needs the stops, in the steps' order, and of these `captures` what reads the source. `before`: what
    else ends the downtime waits for; no server is stopped before that is done. `back`: of `way`, what must be done for
    the servers to be up.
    """

    servers: tuple[Down, ...]
    way: tuple[str, ...]
    captures: tuple[str, ...]
    before: tuple[str, ...]
    back: tuple[str, ...]
    size_bytes: int

    @property
    def stops(self) -> tuple[str, ...]:
        return tuple(server.stop for server in self.servers)

    @property
    def up(self) -> tuple[str, ...]:
        return tuple(step_id for server in self.servers for step_id in server.up)

    def ends(self, *, makes: bool = True) -> tuple[str, ...]:
        """The steps whose end makes room for the next wave. `makes`: servers are made at the target in this run.

        Where its servers are not, the wave makes room once their disks are captured.
        """
        return (self.up if makes else ()) or self.captures


class Waves(NamedTuple):
    """All of a plan, the largest first. `by_step`: step -> index of the wave that it is a stop of, or on the way of."""

    all: tuple[Wave, ...]
    by_step: dict[str, int]


def waves_of(steps: Sequence[Step]) -> Waves:
    """Same steps, same waves, in whatever order they come.

    The largest comes first: one after the other they take as long in any order, and what is most likely to need a
    second try begins while there is most time left.
    """
    stops = {step.action.server_id: step for step in steps if isinstance(step.action, StopServer)}
    if not stops:
        return Waves((), {})
    by_id = {step.id: step for step in steps}
    followers: dict[str, list[str]] = {}
    for step in steps:
        for need in step.needs:
            followers.setdefault(need, []).append(step.id)
    up: dict[str, list[str]] = {}
    for step in steps:
        if isinstance(step.action, MakeServer):
            up.setdefault(step.action.server.id, []).append(step.id)
        elif isinstance(step.action, AttachVolume):
            up.setdefault(step.action.server_id, []).append(step.id)
    found = []
    for together in _together(steps, stops):
        servers = tuple(_down(stops[one], one, up.get(one, ())) for one in together)
        found.append(_wave(servers, by_id, followers))
    found.sort(key=lambda wave: (-wave.size_bytes, wave.stops))
    by_step: dict[str, int] = {}
    for index, wave in enumerate(found):
        for step_id in (*wave.stops, *wave.way):
            by_step.setdefault(step_id, index)
    return Waves(tuple(found), by_step)


def _together(steps: Sequence[Step], stops: Mapping[str, Step]) -> Iterator[list[str]]:
    """The servers that are stopped, those that hold a volume together in one list: by way of any that do."""
    lead: dict[str, str] = {}

    def first(server_id: str) -> str:
        while lead.setdefault(server_id, server_id) != server_id:
            lead[server_id] = server_id = lead[lead[server_id]]
        return server_id

    for step in steps:
        if isinstance(step.action, CaptureVolume) and step.action.server_id:
            for other in step.action.others or ():
                lead[first(other)] = first(step.action.server_id)
    groups: dict[str, list[str]] = {}
    for server_id in sorted(stops):
        groups.setdefault(first(server_id), []).append(server_id)
    yield from groups.values()


def _down(stop: Step, server_id: str, up: Sequence[str]) -> Down:
    return Down(server_id, stop.name, stop.id, stop.size_bytes, tuple(sorted(up)))


def _wave(servers: tuple[Down, ...], by_id: Mapping[str, Step], followers: Mapping[str, list[str]]) -> Wave:
    way: set[str] = set()
    waiting = [server.stop for server in servers]
    while waiting:
        new = [step_id for step_id in followers.get(waiting.pop(), ()) if step_id not in way]
        way.update(new)
        waiting += new
    ordered = sorted(way)
    up = [step_id for server in servers for step_id in server.up]
    back, waiting = set(up), list(up)
    while waiting:
        new = [need for need in by_id[waiting.pop()].needs if need in way and need not in back]
        back.update(new)
        waiting += new
    return Wave(
        servers=servers,
        way=tuple(ordered),
        captures=tuple(step_id for step_id in ordered if "source" in by_id[step_id].sides),
        before=tuple(sorted({need for step_id in up for need in by_id[step_id].needs} - way - set(up))),
        back=tuple(sorted(back)),
        size_bytes=sum(server.size_bytes for server in servers),
    )


# ---------------------------------------------------------------- what runner and forecast go by


def holder_of(action: Action) -> str | None:
    """The server whose disk the action captures."""
    match action:
        case CaptureServer(server=server):
            return server.id
        case CaptureVolume(server_id=server_id):
            return server_id
    return None


def awaited(steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
    """What steps wait for besides their needs: no disk of a stopped server is restored before all are captured.

    Until then somebody may start the server again, and those that are there are captured anew.
    """
    together: dict[str, list[str]] = {}
    for step in steps:
        server_id = holder_of(step.action)
        if server_id and step.needs:
            together.setdefault(server_id, []).append(step.id)
    others = {capture: captures for captures in together.values() for capture in captures}
    waits: dict[str, tuple[str, ...]] = {}
    for step in steps:
        if isinstance(step.action, MakeServer):
            waits[step.id] = tuple(together.get(step.action.server.id, ()))
        elif found := [capture for need in step.needs for capture in others.get(need, ())]:
            waits[step.id] = tuple(found)
    return waits


def places_of(step: Step) -> Places:
    """Each side that the step loads, and a disk. A stop takes one of each, so that what follows it finds a place."""
    if isinstance(step.action, StopServer):
        return True, True, True
    return "source" in step.sides, "target" in step.sides, step.action.captures_disk


def kept_from(is_of_wave: bool, places: Count, *, is_down: bool) -> Count:
    """Places of each kind that a step must leave free: while servers are down one is for what brings them back.

    Not where there is but one: what they wait for may need it.
    """
    if is_of_wave or not is_down:
        return NONE
    return int(places[0] > 1), int(places[1] > 1), int(places[2] > 1)


def fits(takes: Places, free: Sequence[int], kept: Count = NONE) -> bool:
    """Whether a step that takes these places may begin. `kept`: places of each kind that are not for it."""
    return (
        (not takes[0] or free[0] > kept[0])
        and (not takes[1] or free[1] > kept[1])
        and (not takes[2] or free[2] > kept[2])
    )


def may_be_stopped(wave: int, down: Collection[int], limit: int) -> bool:
    """Whether servers of the wave may be stopped now. `down`: the waves that are; `limit`: how many may be."""
    return wave in down or len(down) < limit
