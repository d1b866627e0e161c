"""Findings about waves: servers that are stopped together, and ties that the policy separates."""

from collections.abc import Iterable, Iterator, Mapping

from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case
from migrate.findings.server_ties import wave_of
from migrate.messages import codes
from migrate.model import Kind
from migrate.model.steps import Plan
from migrate.model.wave_records import PlannedWave, Tie, TieKind
from migrate.plan.build_plan import proposed_waves
from migrate.policy.selectors import Lines, item

_KINDS = {TieKind.VOLUME: Kind.VOLUME, TieKind.GROUP: Kind.SERVER_GROUP, TieKind.NETWORK: Kind.NETWORK}


def judge_waves(case: Case, plan: Plan) -> Iterator[Finding]:
    proposal = proposed_waves(case, plan.steps)
    for wave in proposal.waves:
        yield from _together(case, wave)
    for tie, waves in proposal.splits:
        yield _split(tie, waves)
    for server_id, lines in proposal.clashes.items():
        name = case.servers[server_id].name
        yield finding(codes.WAVE_LINES_DISAGREE, item(Kind.SERVER, server_id), name, lines=", ".join(lines))
    yield from _not_stopped(case, {server_id for wave in proposal.waves for server_id in wave.servers})
    yield from _empty(case)


def _together(case: Case, wave: PlannedWave) -> Iterator[Finding]:
    """Findings about proposed waves, except for the policy's own and for shared volumes, which leave no choice."""
    chosen = {server_id for tie in wave.ties if tie.kind is TieKind.POLICY for server_id in tie.servers}
    for tie in wave.ties:
        if tie.kind not in {TieKind.VOLUME, TieKind.POLICY} and not chosen.issuperset(tie.servers):
            names = ", ".join(_called(case, tie.servers))
            facts = {"servers": names, "tie": tie.kind, "what": tie.name, "wave": wave.name}
            yield finding(codes.WAVE_TOGETHER, _item(tie), tie.name, **facts)


def _split(tie: Tie, waves: Mapping[str, list[str]]) -> Finding:
    told = "; ".join(f"{name}: {', '.join(servers)}" for name, servers in waves.items())
    if tie.kind is TieKind.VOLUME:
        return finding(codes.WAVES_SHARE_VOLUME, _item(tie), tie.name, waves=told)
    return finding(codes.WAVE_SPLITS_TIE, _item(tie), tie.name, waves=told, tie=tie.kind, what=tie.name)


def _not_stopped(case: Case, stopped: set[str]) -> Iterator[Finding]:
    lines = Lines(case.policy.waves.servers)
    for server in case.source.servers if case.policy.waves.servers else ():
        # One that is off, or was moved before, waits for nobody: its wave's later ones wait for it.
        is_settled = server.status != "ACTIVE" or server.id in case.made_servers
        if server.id in stopped or is_settled or case.skips(Kind.SERVER, server.id, server.name):
            continue
        name, _ = wave_of(case, lines, server)
        if name:
            yield finding(codes.WAVE_WITHOUT_STOP, item(Kind.SERVER, server.id), server.name, wave=name)


def _empty(case: Case) -> Iterator[Finding]:
    """Waves that the policy orders or gives a window, and whose lines name no server: it may be misspelt."""
    rules, lines = case.policy.waves, Lines(case.policy.waves.servers)
    there = {wave_of(case, lines, server)[0] for server in case.source.servers}
    for name in dict.fromkeys((*rules.order, *rules.windows)):
        if name not in there:
            yield finding(codes.WAVE_EMPTY, wave=name)


def _item(tie: Tie) -> str:
    kind = _KINDS.get(tie.kind)
    return item(kind, tie.id) if kind else ""


def _called(case: Case, servers: Iterable[str]) -> list[str]:
    return sorted(case.servers[one].name or one for one in servers)
