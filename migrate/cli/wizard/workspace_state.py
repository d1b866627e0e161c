"""The state of the story, gathered from the workspace's documents and ledger. Contacts no cloud."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime

from migrate.cli.fitting_documents import Documents, load_fitting
from migrate.cli.summary_inputs import gather, recorded
from migrate.cli.views.server_downtimes import foretold
from migrate.cli.workspace import Workspace
from migrate.documents import read_document, seal_of
from migrate.errors import ConfigError, ConflictError
from migrate.findings.finding import refusing
from migrate.forecast.forecast_records import Forecast
from migrate.ledger.ledger_records import State as StepIs
from migrate.model import Kind
from migrate.model.steps import Plan
from migrate.plan.build_plan import build_plan, inputs_of
from migrate.plan.plan_file import fits
from migrate.plan.readiness.check_all import check
from migrate.plan.wave_state import Facts, known_waves, wave_states
from migrate.policy.policy_records import Policy
from migrate.policy.selectors import item
from migrate.report.summary import Inputs, summarise
from migrate.user_data_files import lengths
from migrate.wizard.question_records import Said
from migrate.wizard.story_state import State, WaveNow

_SHOWN = 6


def with_documents(workspace: Workspace, state: State) -> State:
    """The state with all that the workspace knows beyond `state.policy`, which is read already."""
    source, target = workspace.known_inventory("source"), workspace.known_inventory("target")
    policy = state.policy
    if policy is None or source is None or target is None:
        return replace(state, source=source, target=target)
    findings = check(source, target, policy, lengths(workspace.private), can_run=workspace.can_run)
    planned = _planned(workspace, policy, replace(state, source=source, target=target))
    documents = Documents(policy, source, target, planned or build_plan(source, target, policy))
    seal = seal_of(documents.plan)
    found = replace(
        state,
        source=source,
        target=target,
        findings=tuple(findings),
        refusing=len(refusing(findings, policy)),
        is_planned=planned is not None,
        plan_seal=seal,
        verdict=_verdict(workspace, seal),
    )
    return _with_ledger(workspace, found, documents)


def _planned(workspace: Workspace, policy: Policy, state: State) -> Plan | None:
    """The kept plan, if it was made from these documents."""
    if state.source is None or state.target is None:
        return None
    try:
        plan = workspace.plan()
        fits(plan, state.source.identity, state.target.identity, inputs_of(state.source, state.target, policy))
    except (ConfigError, ConflictError):
        return None
    return plan


def _verdict(workspace: Workspace, seal: str) -> str:
    """The last forecast's verdict, if it is one of this plan."""
    try:
        forecast = read_document(workspace.forecast_path, Forecast)
    except ConfigError:
        return ""
    return forecast.verdict.value if forecast.plan_seal == seal else ""


def _with_ledger(workspace: Workspace, state: State, documents: Documents) -> State:
    if not state.is_planned:
        return replace(state, waves=_waves(documents, recorded(workspace, documents)))
    inputs = gather(workspace, documents)
    summary = summarise(inputs)
    failed = [one for one in summary.held if one.state is StepIs.FAILED]
    return replace(
        state,
        waves=_waves(documents, inputs),
        has_run=bool(inputs.states),
        is_done=summary.is_done,
        failed=tuple((one.name, one.code or "") for one in failed[:_SHOWN]),
        differences=summary.differences if summary.evidence_fits else None,
        temporaries=len(summary.temporaries),
    )


def _waves(documents: Documents, inputs: Inputs) -> tuple[WaveNow, ...]:
    """Waves that this plan stops, in its order."""
    facts = Facts(
        states=inputs.states,
        down_since=inputs.down_since,
        cuts=inputs.cuts,
        rollbacks=inputs.rollbacks,
        accepted=inputs.accepted,
    )
    digests = {step.id: step.digest for step in documents.plan.steps}
    granted = {(one.step_id, one.digest) for one in inputs.approvals}
    found = []
    for wave, at in zip(known_waves(documents.plan, facts), wave_states(documents.plan, facts), strict=True):
        if not all(stop in digests for stop in wave.stops):
            continue
        found.append(
            WaveNow(
                name=wave.name,
                servers=tuple(sorted(one.name for one in wave.servers)),
                stage=at.stage,
                is_approved=all((stop, digests[stop]) in granted for stop in wave.stops),
                items=tuple(item(Kind.SERVER, one.server_id) for one in wave.servers),
            )
        )
    return tuple(found)


def downtime_of(workspace: Workspace, items: Collection[str], now: datetime) -> Said | None:
    """How long these servers (`server:ID`) are down, if an end is in sight. Simulates, which takes a second."""
    documents = load_fitting(workspace)
    downs = foretold(documents, recorded(workspace, documents), now)
    mine = [one for one in downs if item(Kind.SERVER, one.server_id) in items]
    even = [one.p50_s for one in mine if one.p50_s is not None]
    sure = [one.p90_s for one in mine if one.p90_s is not None]
    if not mine or len(sure) < len(mine) or len(even) < len(mine):
        return None
    return Said("wizard.wave.lasts", {"even_s": max(even), "sure_s": max(sure)})
