"""Findings about containers of waves: lines that mean nothing or disagree, and others who may write."""

import shlex
from collections.abc import Iterator

from migrate.findings.at_target.header_meanings import WRITE
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case
from migrate.findings.server_ties import wave_of
from migrate.findings.tied_containers import tied_containers
from migrate.messages import codes
from migrate.model import Kind
from migrate.model.steps import LastPass, Plan
from migrate.plan.build_plan import proposed_waves
from migrate.policy.selectors import Lines, item


def judge_tied_containers(case: Case, plan: Plan) -> Iterator[Finding]:
    """`DCP-961` to `DCP-963`."""
    lines = case.policy.waves.containers
    if not lines:
        return
    tied, waves = tied_containers(case), _known_waves(case, plan)
    for line, wave in sorted(lines.items()):
        missing = "container" if line in tied.unmatched else "wave" if wave not in waves else ""
        if missing:
            yield finding(codes.WAVE_CONTAINER_UNKNOWN, line=line, wave=wave, missing=missing)
    for name, patterns in tied.clashes.items():
        facts = {"lines": ", ".join(patterns)}
        yield finding(codes.WAVE_CONTAINER_LINES_DISAGREE, item(Kind.CONTAINER, name), name, **facts)
    passed = {step.action.name for step in plan.steps if isinstance(step.action, LastPass)}
    for container in case.source.containers:
        value = container.headers.get(WRITE, "").strip()
        if container.name in passed and value:
            command = f"swift post -w '' {shlex.quote(container.name)}"
            facts = {"wave": tied.waves[container.name], "value": value, "command": command}
            yield finding(codes.WAVE_CONTAINER_WRITABLE, item(Kind.CONTAINER, container.name), container.name, **facts)


def _known_waves(case: Case, plan: Plan) -> set[str]:
    """Waves of the plan, and those of servers at the source: one that was moved before is in no later plan."""
    lines = Lines(case.policy.waves.servers)
    named = {wave_of(case, lines, server)[0] for server in case.source.servers}
    return {
        *(wave.name for wave in proposed_waves(case, plan.steps).waves),
        *named,
        *(server.name for server in case.source.servers),
    }
