"""Proposes waves: groups of servers that belong together, from their ties and the policy's rules. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from msgspec.structs import replace

from migrate.findings.inputs import Case
from migrate.findings.server_ties import ties_of, wave_of
from migrate.model import Server
from migrate.model.wave_records import PlannedWave, Tie, TieKind
from migrate.policy.selectors import Lines


class Split(NamedTuple):
    """A tie that the policy's waves separate. `waves`: maps each wave to the names of its servers in the
    tie, in order.
    """

    tie: Tie
    waves: dict[str, list[str]]


class Proposal(NamedTuple):
    """The waves in order. `splits`: ties between different waves of the policy. `clashes`: maps a server to patterns
    that name different waves for it, which are then ignored.
    """

    waves: tuple[PlannedWave, ...]
    splits: tuple[Split, ...]
    clashes: dict[str, tuple[str, ...]]


def propose_waves(case: Case, sizes: Mapping[str, int]) -> Proposal:
    """The proposal. `sizes`: bytes to capture, by id of each server that is stopped. Same input, same waves.

    A tie joins all its servers, except those that the policy assigns to different waves. A shared volume joins even
    these, and a finding blocks the run.
    """
    rules, lines = case.policy.waves, Lines(case.policy.waves.servers)
    named, clashes = {}, {}
    for server_id in sorted(sizes):
        named[server_id], patterns = wave_of(case, lines, case.servers[server_id])
        if patterns:
            clashes[server_id] = patterns
    together = _Together({server_id: name for server_id, name in named.items() if name})
    ties = ties_of(case, frozenset(sizes))
    joined = [tie for tie in ties if together.join(tie.servers)]
    cut = [tie for tie in ties if tie not in joined]
    splits = [_split(case, tie, together, sizes) for tie in cut]
    for tie in cut:
        # Whoever accepts the finding gets one wave all the same: half a shared volume cannot be captured.
        if tie.kind is TieKind.VOLUME:
            together.join(tie.servers, by_force=True)
            joined.append(tie)
    waves = []
    for name, members in together.groups(sorted(sizes)):
        own = tuple(tie for tie in joined if len({*tie.servers} & {*members}) > 1)
        if name:
            chosen = tuple(one for one in members if named[one] == name)
            own += (Tie(kind=TieKind.POLICY, id=name, name=name, servers=chosen),)
        windows = (rules.windows[name],) if name in rules.windows else ()
        waves.append(PlannedWave(name=name, servers=tuple(members), ties=own, windows=windows))
    return Proposal(_in_order(case, waves, sizes), tuple(splits), clashes)


@dataclass
class _Together:
    """Groups of servers, built tie by tie. `names`: maps a server to its wave in the policy."""

    names: dict[str, str]
    _leads: dict[str, str] = field(default_factory=dict)
    _name_of: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        first: dict[str, str] = {}
        for server_id, name in self.names.items():
            self._leads[server_id] = first.setdefault(name, server_id)
            self._name_of[first[name]] = name

    def lead(self, server_id: str) -> str:
        while self._leads.setdefault(server_id, server_id) != server_id:
            self._leads[server_id] = server_id = self._leads[self._leads[server_id]]
        return server_id

    def name(self, server_id: str) -> str:
        return self._name_of.get(self.lead(server_id), "")

    def join(self, servers: Sequence[str], *, by_force: bool = False) -> bool:
        """False if they are in different waves of the policy: then only the servers without a wave are joined."""
        leads = sorted({self.lead(one) for one in servers})
        names = sorted({self._name_of[one] for one in leads if one in self._name_of})
        fits = len(names) < 2 or by_force
        together = leads if fits else [one for one in leads if one not in self._name_of]
        self._leads.update(dict.fromkeys(together, together[0]) if together else {})
        if fits and names:
            self._name_of[together[0]] = names[0]
        return fits

    def groups(self, servers: Sequence[str]) -> list[tuple[str, list[str]]]:
        """The name (or empty) and the members of each group among these servers."""
        found: dict[str, list[str]] = {}
        for server_id in servers:
            found.setdefault(self.lead(server_id), []).append(server_id)
        return [(self.name(lead), members) for lead, members in found.items()]


def _split(case: Case, tie: Tie, together: _Together, sizes: Mapping[str, int]) -> Split:
    waves: dict[str, list[str]] = {}
    for server_id in tie.servers:
        if server_id in sizes:
            waves.setdefault(together.name(server_id) or "-", []).append(_called(case.servers[server_id]))
    return Split(tie, waves)


def _in_order(case: Case, waves: list[PlannedWave], sizes: Mapping[str, int]) -> tuple[PlannedWave, ...]:
    """The waves that the policy orders, each after the one before it; then the others, largest first."""
    rules = case.policy.waves
    order = rules.order
    places = {name: place for place, name in enumerate(order)}

    def key(wave: PlannedWave) -> tuple[int, int, tuple[str, ...]]:
        return places.get(wave.name, len(order)), -sum(sizes[one] for one in wave.servers), wave.servers

    taken = {*rules.servers.values()}
    others = _named_but_not_stopped(case, sizes)
    found: list[PlannedWave] = []
    for wave in sorted(waves, key=key):
        name = wave.name or _free_name(case, wave, taken)
        taken.add(name)
        after = found[-1].name if found and wave.name in places else ""
        earlier = order[: places[wave.name]] if wave.name in places else ()
        awaits = sorted(server_id for server_id, in_wave in others.items() if in_wave in earlier)
        found.append(replace(wave, name=name, after=after, awaits=tuple(awaits)))
    return tuple(found)


def _called(server: Server) -> str:
    return server.name or server.id


def _free_name(case: Case, wave: PlannedWave, taken: set[str]) -> str:
    """The first server's name and the number of others, with part of the id if the name is taken."""
    first = min(wave.servers, key=lambda one: (_called(case.servers[one]), one))
    more = f"+{len(wave.servers) - 1}" if len(wave.servers) > 1 else ""
    name = f"{_called(case.servers[first])}{more}"
    if name in taken:
        name = f"{name}-{first[:8]}"
    return f"{name}-{first}" if name in taken else name


def _named_but_not_stopped(case: Case, sizes: Mapping[str, int]) -> dict[str, str]:
    """Maps servers that this plan does not stop to the wave that the policy names for them."""
    lines = Lines(case.policy.waves.servers)
    others = [server for server in case.source.servers if server.id not in sizes] if case.policy.waves.order else []
    return {server.id: name for server in others if (name := wave_of(case, lines, server)[0])}
