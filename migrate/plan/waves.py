"""Waves: groups of servers that are stopped together, their downtime, and the turn of the next wave. Pure.

A server is down from the start of its stop until the new server has all its volumes and has passed its health checks.
The plan lists its waves (`findings/propose_waves.py`); in a plan of an earlier version, servers that share volumes form
one wave. The plan's ranks, the runner and the simulation all use this module.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple, Protocol

from msgspec import UNSET, UnsetType

from migrate.model import Kind
from migrate.model.steps import (
    Action,
    AttachVolume,
    CaptureServer,
    CaptureVolume,
    CheckServer,
    LastPass,
    MakeServer,
    PreloadVolume,
    RestoreVolume,
    RunAfterUp,
    Step,
    StopServer,
    TakePass,
)
from migrate.model.wave_records import PlannedWave
from migrate.policy.selectors import item

Places = tuple[bool, bool, bool]
"""The slots that a step takes: source, target, disks."""
Count = tuple[int, int, int]
"""The number of slots of each kind."""
NONE: Count = (0, 0, 0)


class Down(NamedTuple):
    """One server that is stopped. `up`: the steps that end its downtime; empty if it is not created at the target.

    `size_bytes`: of its captured disks.
    """

    server_id: str
    name: str
    stop: str
    size_bytes: int
    up: tuple[str, ...]


class Wave(NamedTuple):
    """Servers that are stopped together. `way` to `back` are ids of steps.

    `way`: all dependents of the stops, in order; `captures`: those that read the source. `before`: other dependencies
    of the downtime's end, to be done before any stop. `back`: those of `way` that bring the servers up. `windows`: when
    the servers may be stopped, as in the policy. `after`: index of the wave that must be up first;
    `awaits`: steps that bring up servers of earlier waves that this plan does not stop. `programs`: those of `way` that
    run the customer's programs once all servers are up.
    `passes`: the passes over its disks, all of them before any stop.
    """

    servers: tuple[Down, ...]
    way: tuple[str, ...]
    captures: tuple[str, ...]
    before: tuple[str, ...]
    back: tuple[str, ...]
    size_bytes: int
    name: str = ""
    windows: tuple[str, ...] = ()
    after: int | None = None
    awaits: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    passes: tuple[str, ...] = ()

    @property
    def cut_over(self) -> tuple[str, ...]:
        """The steps of the cut-over itself: stops and dependents, without the programs that follow it."""
        return (*self.stops, *(step_id for step_id in self.way if step_id not in self.programs))

    @property
    def stops(self) -> tuple[str, ...]:
        return tuple(server.stop for server in self.servers)

    @property
    def up(self) -> tuple[str, ...]:
        return tuple(step_id for server in self.servers for step_id in server.up)

    def ends(self, *, makes: bool = True) -> tuple[str, ...]:
        """The steps that make room for the next wave. `makes`: this run creates servers at the target.

        Otherwise the captures make room.
        """
        return (self.up if makes else ()) or self.captures


class Waves(NamedTuple):
    """All waves of a plan, in order. `by_step`: maps a stop or dependent step to the index of its wave.

    `up_of`: maps the stop of every server that is created at the target, even if this plan does not stop it, to the
    steps that bring the server up.
    """

    all: tuple[Wave, ...]
    by_step: dict[str, int]
    up_of: Mapping[str, tuple[str, ...]] = MappingProxyType({})

    def ends_downtime(self, step: Step) -> bool:
        """Whether servers are down until the step is done: then it takes any free slot."""
        return step.id in self.by_step and not isinstance(step.action, RunAfterUp)

    def before_programs(self) -> dict[str, tuple[str, ...]]:
        """Maps each step of programs that follow a cut-over to what ends it: a wave moves whole, or goes back whole."""
        return {step_id: wave.up for wave in self.all for step_id in wave.programs}

    def awaited(self, wave: Wave, *, makes: bool = True) -> tuple[str, ...]:
        """Steps that must be done before the wave's servers are stopped. `makes`: as in `Wave.ends`."""
        earlier = () if wave.after is None else self.all[wave.after].ends(makes=makes)
        return (*wave.passes, *(wave.before if makes else ()), *earlier, *(wave.awaits if makes else ()))


def waves_of(steps: Sequence[Step], planned: Sequence[PlannedWave] | UnsetType = UNSET) -> Waves:
    """The waves, independent of the order of the steps. `planned`: `Plan.waves`.

    If the plan lists none, the largest comes first: the total time is the same, and the wave most likely to need
    another attempt gets the most time.
    """
    stops = {step.action.server_id: step for step in steps if isinstance(step.action, StopServer)}
    up = _up(steps)
    up_of = {item(Kind.SERVER, server_id, "stop"): tuple(sorted(ids)) for server_id, ids in up.items()}
    if not stops:
        return Waves((), {}, up_of)
    by_id, followers, passes = {step.id: step for step in steps}, _followers(steps), passes_of(steps)
    preloads = preloads_of(steps)

    def wave(members: Sequence[str]) -> Wave:
        servers = tuple(_down(stops[one], one, up.get(one, ())) for one in members)
        own = tuple(sorted({step_id for one in members for step_id in passes.get(one, ())}))
        found = _wave(servers, by_id, followers, [server.stop for server in servers])
        written = (preloads[step_id] for step_id in own if step_id in preloads)
        return found._replace(passes=own, before=(*found.before, *written))

    if planned is UNSET:
        found = sorted(map(wave, _together(steps, stops)), key=lambda one: (-one.size_bytes, one.stops))
        found = [one._replace(name=", ".join(server.name for server in one.servers)) for one in found]
    else:
        at = {one.name: index for index, one in enumerate(planned)}
        found = [
            wave(one.servers)._replace(
                name=one.name,
                windows=one.windows,
                after=at.get(one.after),
                awaits=tuple(step_id for server_id in one.awaits for step_id in up.get(server_id, ())),
            )
            for one in planned
        ]
    by_step: dict[str, int] = {}
    for index, one in enumerate(found):
        for step_id in (*one.stops, *one.way):
            by_step.setdefault(step_id, index)
    return Waves(tuple(found), by_step, up_of)


class Member(Protocol):
    """A record of the ledger about a server of a wave."""

    @property
    def server_id(self) -> str: ...

    @property
    def name(self) -> str: ...

    @property
    def wave(self) -> str: ...


def earlier_waves(steps: Sequence[Step], waves: Waves, members: Iterable[Member]) -> tuple[Wave, ...]:
    """Waves that an earlier plan stopped and this one, made from a later scan, does not; by name."""
    groups: dict[str, list[Member]] = {}
    for one in members:
        if item(Kind.SERVER, one.server_id, "stop") not in waves.by_step:
            groups.setdefault(one.wave, []).append(one)
    if not groups:
        return ()
    by_id, followers = {step.id: step for step in steps}, _followers(steps)
    found = []
    for name, group in sorted(groups.items()):
        stops = ((one, item(Kind.SERVER, one.server_id, "stop")) for one in sorted(group, key=lambda x: x.server_id))
        servers = tuple(Down(one.server_id, one.name, stop, 0, waves.up_of.get(stop, ())) for one, stop in stops)
        ids = {server.server_id for server in servers}
        roots = [step.id for step in steps if ids & {*holders_of(step.action)}]
        found.append(_wave(servers, by_id, followers, roots)._replace(name=name))
    return tuple(found)


def _up(steps: Sequence[Step]) -> dict[str, list[str]]:
    """Maps each server that is created at the target to the steps that bring it up."""
    up: dict[str, list[str]] = {}
    for step in steps:
        if isinstance(step.action, MakeServer):
            up.setdefault(step.action.server.id, []).append(step.id)
        elif isinstance(step.action, AttachVolume | CheckServer):
            up.setdefault(step.action.server_id, []).append(step.id)
    return up


def _together(steps: Sequence[Step], stops: Mapping[str, Step]) -> Iterator[list[str]]:
    """The stopped servers in groups: servers that share volumes, directly or through others."""
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


def _followers(steps: Sequence[Step]) -> dict[str, list[str]]:
    followers: dict[str, list[str]] = {}
    for step in steps:
        for need in step.needs:
            followers.setdefault(need, []).append(step.id)
    return followers


def _wave(
    servers: tuple[Down, ...], by_id: Mapping[str, Step], followers: Mapping[str, list[str]], roots: Sequence[str]
) -> Wave:
    """The wave whose way follows from the roots: the stops, or the captures where the plan has no stop."""
    stops = {server.stop for server in servers}
    way, waiting = {*roots} - stops, list(roots)
    while waiting:
        new = [step_id for step_id in followers.get(waiting.pop(), ()) if step_id not in way]
        way.update(new)
        waiting += new
    ordered = sorted(way)
    up = [step_id for server in servers for step_id in server.up]
    containers = [step_id for step_id in ordered if isinstance(by_id[step_id].action, LastPass)]
    ends = {*up, *containers} if up else set[str]()
    back, waiting = set(ends), list(ends)
    while waiting:
        new = [need for need in by_id[waiting.pop()].needs if need in way and need not in back]
        back.update(new)
        waiting += new
    return Wave(
        servers=servers,
        way=tuple(ordered),
        captures=tuple(step_id for step_id in ordered if "source" in by_id[step_id].sides),
        before=tuple(sorted({need for step_id in ends for need in by_id[step_id].needs} - way - ends - stops)),
        back=tuple(sorted(back)),
        programs=tuple(step_id for step_id in ordered if isinstance(by_id[step_id].action, RunAfterUp)),
        size_bytes=sum(server.size_bytes for server in servers),
    )


# ---------------------------------------------------------------- used by runner and forecast


def holder_of(action: Action) -> str | None:
    """The server with the disk that the action captures."""
    match action:
        case CaptureServer(server=server):
            return server.id
        case CaptureVolume(server_id=server_id):
            return server_id
    return None


def stops_behind(steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
    """Maps each step that works for servers, from captures and last passes on, to the ids of these servers' stops.

    Also for servers that the plan does not stop.
    """
    followers = _followers(steps)
    found: dict[str, set[str]] = {}
    for step in steps:
        of_wave = step.action.servers if isinstance(step.action, LastPass) else ()
        for server_id in of_wave or holders_of(step.action):
            stop, waiting = item(Kind.SERVER, server_id, "stop"), [step.id]
            while waiting:
                step_id = waiting.pop()
                if stop not in found.setdefault(step_id, set()):
                    found[step_id].add(stop)
                    waiting += followers.get(step_id, ())
        if isinstance(step.action, StopServer):
            found.setdefault(step.id, set()).add(step.id)
    return {step_id: tuple(sorted(stops)) for step_id, stops in found.items()}


def holders_of(action: Action) -> tuple[str, ...]:
    """All servers with the disk that the action captures."""
    first = holder_of(action)
    others = (action.others or ()) if isinstance(action, CaptureVolume) else ()
    return (first, *others) if first else ()


def passes_of(steps: Sequence[Step]) -> dict[str, list[str]]:
    """Maps servers to the passes over their disks; a shared disk counts for each of its servers."""
    found: dict[str, list[str]] = {}
    for step in steps:
        if isinstance(step.action, TakePass):
            for server_id in holders_of(step.action.capture):
                found.setdefault(server_id, []).append(step.id)
    return found


def preloads_of(steps: Iterable[Step]) -> dict[str, str]:
    """Maps each pass to the step that writes it into its volume ahead of the stop, if there is one."""
    return {step.needs[0]: step.id for step in steps if isinstance(step.action, PreloadVolume)}


def awaited(steps: Sequence[Step]) -> dict[str, tuple[str, ...]]:
    """Further dependencies: no server is stopped before the passes over its disks, and no disk of a stopped server is
    restored before all its disks are captured; none is made before the last passes over its wave's containers.

    Until then somebody may start the server again, so that captured disks must be captured again. And a volume is
    written by one step at a time.
    """
    together: dict[str, list[str]] = {}
    for step in steps:
        server_id = holder_of(step.action)
        if server_id and step.needs:
            together.setdefault(server_id, []).append(step.id)
    others = {capture: captures for captures in together.values() for capture in captures}
    waits: dict[str, tuple[str, ...]] = {}
    passes, containers = passes_of(steps), _last_passes(steps)
    written = {_restored(step.action): step.id for step in steps if isinstance(step.action, PreloadVolume)}
    for step in steps:
        if isinstance(step.action, StopServer):
            if found := passes.get(step.action.server_id, []):
                waits[step.id] = tuple(found)
        elif isinstance(step.action, MakeServer):
            server_id = step.action.server.id
            waits[step.id] = (*together.get(server_id, ()), *containers.get(server_id, ()))
        else:
            found = [capture for need in step.needs for capture in others.get(need, ())]
            if isinstance(step.action, RestoreVolume) and (preload := written.get(_restored(step.action))):
                found = [*found, preload]
            if found:
                waits[step.id] = tuple(found)
    return waits


def _restored(action: PreloadVolume | RestoreVolume) -> tuple[Kind, str]:
    restore = action.restore if isinstance(action, PreloadVolume) else action
    return restore.of, restore.volume.id


def _last_passes(steps: Sequence[Step]) -> dict[str, list[str]]:
    """Maps servers to the last passes over the containers of their wave."""
    found: dict[str, list[str]] = {}
    for step in steps:
        if isinstance(step.action, LastPass):
            for server_id in step.action.servers:
                found.setdefault(server_id, []).append(step.id)
    return found


def places_of(step: Step) -> Places:
    """The slots that a step takes: one for each side it loads, and one for a captured disk. A stop takes one of each,
    so that its followers find a slot.
    """
    if isinstance(step.action, StopServer):
        return True, True, True
    return "source" in step.sides, "target" in step.sides, step.action.captures_disk


def kept_from(is_of_wave: bool, places: Count, *, is_down: bool) -> Count:
    """Slots of each kind that a step must leave free: while servers are down, one for the steps that bring them back.

    If a kind has a single slot, it is not kept: what those steps depend on may need it.
    """
    if is_of_wave or not is_down:
        return NONE
    return int(places[0] > 1), int(places[1] > 1), int(places[2] > 1)


def fits(takes: Places, free: Sequence[int], kept: Count = NONE) -> bool:
    """Whether a step with these slots can start. `kept`: slots of each kind that it must leave free."""
    return (
        (not takes[0] or free[0] > kept[0])
        and (not takes[1] or free[1] > kept[1])
        and (not takes[2] or free[2] > kept[2])
    )


def may_be_stopped(wave: int, down: Collection[int | str], limit: int) -> bool:
    """Whether servers of the wave may be stopped now. `down`: the waves that are down; `limit`: their maximum."""
    return wave in down or len(down) < limit
