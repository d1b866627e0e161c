"""The summary, the basis of all reports and of `status`. Pure: no clock, no file, no cloud."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from msgspec import UNSET, UnsetType
from msgspec.structs import replace

from migrate.findings.finding import NOT_LISTED, Finding, finding
from migrate.forecast.measured_downtimes import MeasuredDowntime, measured_downtimes
from migrate.forecast.passes_so_far import ServerPasses, passes_so_far
from migrate.health.launch_evidence import LaunchRecord
from migrate.health.results import ServerHealth
from migrate.ledger.ledger_records import (
    Accepted,
    Approval,
    Cut,
    Effect,
    JournalLine,
    Predicted,
    Preloaded,
    Rollback,
    State,
    StepState,
    TakenPass,
    rows_of,
    state_of,
)
from migrate.messages import codes
from migrate.model import Identity, Inventory, Kind, NameLookup, Record, Role
from migrate.model.steps import CheckServer, LeftOut, Plan, Step, StopServer
from migrate.plan.schedule_problems import item_of
from migrate.plan.wave_stages import stage_of
from migrate.plan.wave_state import Facts, Stage, WaveState, wave_states
from migrate.plan.waves import waves_of
from migrate.policy.selectors import item
from migrate.report.address_table import AddressRow, Seen, What, address_rows
from migrate.report.dns_changes import DnsChange, dns_changes
from migrate.report.moved import Moved, moved_rows
from migrate.verify.evidence import Dropped, Evidence, EvidenceRow, Verdict


class Inputs(Record, frozen=True, kw_only=True):
    """All inputs of a summary. `addresses`: maps target ids of floating IPs and ports to addresses, if known.

    `macs`: maps target ids of ports to MAC addresses. `is_live`: both were just read from the target. `lookups`: DNS
    lookups of the policy's names. `source`, `target`: inventories, for facts that the plan lacks.
    `down_since`, `asked`, `predicted`: map stop steps to the start of the downtime, to the time of the last request and
    to the prediction before it, as recorded in the ledger. `taken_passes`, `preloaded`: by disk.
    """

    plan: Plan
    states: dict[str, StepState] = {}
    down_since: dict[str, str] = {}
    asked: dict[str, str] = {}
    predicted: dict[str, Predicted] = {}
    effects: tuple[Effect, ...] = ()
    approvals: tuple[Approval, ...] = ()
    journal: tuple[JournalLine, ...] = ()
    findings: tuple[Finding, ...] = ()
    evidence: Evidence | None = None
    plan_seal: str = ""
    addresses: dict[str, str] = {}
    macs: dict[str, str] = {}
    is_live: bool = False
    lookups: tuple[NameLookup, ...] = ()
    source: Inventory | None = None
    target: Inventory | None = None
    deadline: str | None = None
    outdated: int = 0
    health: dict[str, ServerHealth] = {}
    budgets: dict[str, int] = {}
    held: dict[str, str] = {}
    launches: dict[str, LaunchRecord] = {}
    taken_passes: dict[str, tuple[TakenPass, ...]] = {}
    preloaded: dict[str, Preloaded] = {}
    cuts: dict[str, Cut] = {}
    rollbacks: dict[str, Rollback] = {}
    accepted: dict[str, Accepted] = {}


class Held(Record, frozen=True, kw_only=True):
    """A step that cannot continue: failed, waiting or blocked, with the reason (a code with its facts)."""

    step_id: str
    name: str
    state: State
    code: str | None = None
    facts: dict[str, str] = {}


class CheckedServer(Record, frozen=True, kw_only=True):
    """A server that the policy has health checks of: how many of the `planned` it passed, and why it failed one."""

    item: str
    name: str
    state: State
    planned: int
    passed: int = 0
    at: str = ""
    code: str | None = None
    facts: dict[str, str] = {}


class LaunchedWave(Record, frozen=True, kw_only=True):
    """The last test launch of a wave: how many checks passed, failed, and were not possible; why it broke off.

    `taken_at`: the oldest moment that its disks showed. `kept_until`: empty if it was removed.
    """

    name: str
    at: str
    taken_at: str
    has_passed: bool
    passed: int
    failed: int
    not_possible: int
    kept_until: str = ""
    code: str | None = None
    facts: dict[str, str] = {}


class ServerDown(Record, frozen=True, kw_only=True):
    """A source server that was stopped and is not up at the target yet. `since`: the start of its stop.

    `wave`, `stage`: its wave, and the stage of the cut-over that is left next; empty if an earlier plan stopped it.
    `budget_s`: its longest acceptable downtime, None for no limit. `held`: when its wave was paused or postponed.
    """

    server_id: str
    name: str
    since: str
    wave: str = ""
    stage: str = ""
    budget_s: int | None = None
    held: str = ""


class GatedServer(Record, frozen=True, kw_only=True):
    """A server that a gate's step stops. `granted_by`: empty while the step in its current form is not approved."""

    step_id: str
    server_id: str
    name: str
    granted_by: str = ""
    granted_at: str = ""
    is_done: bool = False


class GateState(Record, frozen=True, kw_only=True):
    """A gate of the plan. `granted_by`: empty while any of its steps lacks a valid approval."""

    name: str
    why: str
    steps: tuple[str, ...]
    servers: tuple[GatedServer, ...] = ()
    granted_by: str = ""
    granted_at: str = ""
    is_over: bool = False


class Timing(Record, frozen=True, kw_only=True):
    """Measured times of one stage. `busy_s`: the sum over steps; `elapsed_s`: from the first start to the last end."""

    stage: str
    steps: int
    size_bytes: int
    objects: int
    busy_s: float
    elapsed_s: float
    retries: int = 0

    @property
    def rate(self) -> float:
        """Bytes per second of elapsed time."""
        return self.size_bytes / self.elapsed_s if self.elapsed_s > 0 else 0.0


class Summary(Record, frozen=True, kw_only=True):
    """What moved, changed or was lost, what is left to do, and what is proved.

    `counts`: steps by state; `*_bytes`: the maximum size of the plan's steps. `differences`: None before any
    verification; `evidence_fits`: the evidence covers this plan. `outdated`: containers not compared with the
    source since its last scan. `listed_from`, `listed_to`: the first and last time at which the source was listed for
    the verified copies. `address_counts`: addresses by state of the new value; `addresses_told`: number of addresses
    that change; `dns_names`, `own_names`: names to look up. `health`: absent if the policy checks no server;
    `launches`: before the first test launch.
    `passes`: if none was taken of a running server.
    `waves`: those that go or went back, and accepted ones; `rollbacks`: the last one of each server, with what was
    lost, even if it was moved again since; both absent if there are none.
    """

    migration: str
    source: Identity
    target: Identity
    deadline: str | None
    counts: dict[str, int]
    planned_bytes: int
    done_bytes: int
    moved: tuple[Moved, ...]
    blocks: tuple[Finding, ...]
    changes: tuple[Finding, ...]
    losses: tuple[Finding, ...]
    advice: tuple[Finding, ...]
    left_out: tuple[LeftOut, ...]
    held: tuple[Held, ...]
    gates: tuple[GateState, ...]
    temporaries: tuple[Effect, ...]
    timings: tuple[Timing, ...]
    differences: int | None = None
    verdicts: dict[str, int] = {}
    proofs: dict[str, int] = {}
    unread: int = 0
    not_same: tuple[EvidenceRow, ...] = ()
    verified_at: str = ""
    evidence_fits: bool = False
    down: tuple[ServerDown, ...] = ()
    downtimes: tuple[MeasuredDowntime, ...] = ()
    outdated: int = 0
    listed_from: str = ""
    listed_to: str = ""
    addresses: tuple[AddressRow, ...] = ()
    address_counts: dict[str, int] = {}
    addresses_told: int = 0
    dns_names: int = 0
    own_names: tuple[str, ...] = ()
    dns: tuple[DnsChange, ...] = ()
    health: tuple[CheckedServer, ...] | UnsetType = UNSET
    launches: tuple[LaunchedWave, ...] | UnsetType = UNSET
    passes: tuple[ServerPasses, ...] | UnsetType = UNSET
    waves: tuple[WaveState, ...] | UnsetType = UNSET
    rollbacks: tuple[Rollback, ...] | UnsetType = UNSET

    @property
    def unknown(self) -> tuple[Finding, ...]:
        """Listings that the source refused, accepted or not."""
        return tuple(found for found in self.losses if found.code in NOT_LISTED)

    @property
    def is_done(self) -> bool:
        """Whether every step of the plan is done."""
        return bool(self.counts) and set(self.counts) <= {State.DONE.value, State.SKIPPED.value}

    @property
    def open_gates(self) -> tuple[GateState, ...]:
        return tuple(gate for gate in self.gates if not gate.granted_by and not gate.is_over)


def summarise(inputs: Inputs) -> Summary:
    """The summary, determined only by its inputs."""
    plan, states = inputs.plan, rows_of(inputs.plan.steps, inputs.states)
    found = {
        level: tuple(f for f in inputs.findings if str(f.level) == level)
        for level in ("blocks", "changes", "loses", "advice")
    }
    rows = inputs.evidence.rows if inputs.evidence else ()
    # An accepted blocker is a loss if the plan leaves its item out.
    out = {item(left.kind, left.id) for left in plan.left_out}
    lost = tuple(f for f in found["blocks"] if f.item in out)
    listed = sorted(row.listed_at for row in rows if row.listed_at)
    moved = moved_rows(plan, states, inputs.effects, inputs.addresses)
    seen = Seen(inputs.addresses, inputs.macs, inputs.is_live)
    addresses = address_rows(plan, moved, seen, inputs.source, inputs.target)
    return Summary(
        migration=plan.migration,
        source=plan.source,
        target=plan.target,
        deadline=inputs.deadline,
        counts=dict(sorted(Counter(_state(step, states).value for step in plan.steps).items())),
        planned_bytes=sum(step.content_bytes for step in plan.steps),
        done_bytes=sum(step.content_bytes for step in plan.steps if _state(step, states) is State.DONE),
        moved=moved,
        blocks=tuple(f for f in found["blocks"] if f not in lost),
        changes=found["changes"],
        losses=(*_losses(found["loses"], rows), *lost),
        advice=found["advice"],
        left_out=plan.left_out,
        held=_held(plan, states),
        gates=gate_states(plan, states, inputs.approvals),
        temporaries=tuple(e for e in inputs.effects if e.role is Role.TEMPORARY and not e.removed),
        timings=_timings_by_stage(inputs.journal),
        differences=inputs.evidence.differences if inputs.evidence else None,
        unread=inputs.evidence.unread if inputs.evidence else 0,
        verdicts=dict(sorted(Counter(row.verdict.value for row in rows).items())),
        proofs=dict(sorted(Counter(row.proof.value for row in rows if _proved(row)).items())),
        not_same=tuple(row for row in rows if row.verdict is not Verdict.SAME or row.left or row.expiring),
        verified_at=inputs.evidence.at if inputs.evidence else "",
        evidence_fits=_fits(inputs.evidence, inputs.plan_seal),
        down=tuple(_down(inputs)),
        downtimes=tuple(measured_downtimes(plan, inputs.journal, inputs.predicted, inputs.asked, _back(inputs))),
        outdated=inputs.outdated,
        listed_from=listed[0] if listed else "",
        listed_to=listed[-1] if listed else "",
        addresses=addresses,
        address_counts=dict(
            sorted(Counter(row.standing.value for row in addresses if row.what is What.ADDRESS).items())
        ),
        addresses_told=sum(row.is_to_be_told for row in addresses),
        dns_names=len(inputs.lookups),
        own_names=tuple(lookup.name for lookup in inputs.lookups),
        dns=dns_changes(inputs.lookups, addresses),
        health=tuple(_health(inputs)) or UNSET,
        launches=tuple(map(_launched, inputs.launches.values())) or UNSET,
        passes=tuple(passes_so_far(plan, inputs.taken_passes, inputs.budgets)) or UNSET,
        waves=_settled_waves(inputs) or UNSET,
        rollbacks=tuple(sorted(inputs.rollbacks.values(), key=lambda one: (one.began, one.name))) or UNSET,
    )


def _back(inputs: Inputs) -> dict[str, str]:
    return {stop: one.began for stop, one in inputs.rollbacks.items()}


def _settled_waves(inputs: Inputs) -> tuple[WaveState, ...]:
    """Waves that a person has decided on since they were stopped."""
    decided = {Stage.ROLLING_BACK, Stage.ROLLED_BACK, Stage.ACCEPTED}
    return tuple(state for state in wave_states(inputs.plan, wave_facts(inputs)) if state.stage in decided)


def wave_facts(inputs: Inputs) -> Facts:
    """What the ledger has on waves, for `wave_states`."""
    return Facts(
        states=inputs.states,
        down_since=inputs.down_since,
        cuts=inputs.cuts,
        rollbacks=inputs.rollbacks,
        accepted=inputs.accepted,
    )


def _losses(foretold: Sequence[Finding], rows: Sequence[EvidenceRow]) -> tuple[Finding, ...]:
    """The losses, with the last verification's numbers in place of earlier ones."""
    seen = tuple(dropped_finding(row.name, one) for row in rows for one in row.dropped)
    told = {(one.code, one.item, one.facts["header"]) for one in seen}
    return (*(one for one in foretold if (one.code, one.item, one.facts.get("header")) not in told), *seen)


def dropped_finding(container: str, dropped: Dropped) -> Finding:
    """A loss found by verification, as the finding that a scan would have reported."""
    of, shown = item(Kind.CONTAINER, container), ", ".join(dropped.examples)
    if not dropped.objects:
        return finding(codes.BUCKET_SETTING_REFUSED, of, container, header=dropped.header, value=shown)
    return finding(
        codes.OBJECT_HEADERS_LOST, of, container, header=dropped.header, objects=dropped.objects, examples=shown
    )


def _fits(evidence: Evidence | None, plan_seal: str) -> bool:
    """Whether the evidence is of this plan, and of all of it."""
    return evidence is not None and evidence.plan_seal == plan_seal and evidence.is_whole


def gate_states(plan: Plan, states: Mapping[str, StepState], approvals: Sequence[Approval]) -> tuple[GateState, ...]:
    """Each gate with its approval, if every unfinished step has one for its current digest."""
    digests = {step.id: step.digest for step in plan.steps}
    steps = {step.id: step for step in plan.steps}
    result = []
    for gate in plan.gates:
        fitting = {a.step_id: a for a in approvals if a.gate == gate.name and digests.get(a.step_id) == a.digest}
        open_steps = [i for i in gate.steps if i in steps and state_of(steps[i], states.get(i)) is not State.DONE]
        granted = bool(fitting) and all(i in fitting for i in open_steps)
        last = max(fitting.values(), key=lambda a: a.at, default=None)
        result.append(
            GateState(
                name=gate.name,
                why=gate.why,
                steps=gate.steps,
                servers=tuple(_gated(steps, gate.steps, fitting, set(open_steps))),
                granted_by=last.who if granted and last else "",
                granted_at=last.at if granted and last else "",
                is_over=not open_steps,
            )
        )
    return tuple(result)


def _gated(
    steps: Mapping[str, Step], ids: Sequence[str], fitting: Mapping[str, Approval], open_steps: Collection[str]
) -> Iterator[GatedServer]:
    """The servers of a gate, sorted by name."""
    found = [
        GatedServer(
            step_id=step_id,
            server_id=action.server_id,
            name=steps[step_id].name,
            granted_by=fitting[step_id].who if step_id in fitting else "",
            granted_at=fitting[step_id].at if step_id in fitting else "",
            is_done=step_id not in open_steps,
        )
        for step_id in ids
        if step_id in steps and isinstance(action := steps[step_id].action, StopServer)
    ]
    yield from sorted(found, key=lambda one: (one.name, one.step_id))


def _state(step: Step, states: Mapping[str, StepState]) -> State:
    row = states.get(step.id)
    return row.state if row else State.PENDING


def _held(plan: Plan, states: Mapping[str, StepState]) -> tuple[Held, ...]:
    order = [State.FAILED, State.WAITING, State.BLOCKED]
    held = [
        Held(step_id=step.id, name=step.name, state=row.state, code=row.code, facts=row.facts)
        for step in plan.steps
        if (row := states.get(step.id)) and row.state in order
    ]
    return tuple(sorted(held, key=lambda h: (order.index(h.state), h.step_id)))


def _down(inputs: Inputs) -> Iterator[ServerDown]:
    """Servers that are stopped and not yet recreated; excludes those that their owner must start."""
    states = inputs.states

    def is_done(step_id: str) -> bool:
        return step_id in states and (states[step_id].state is State.DONE or states[step_id].done_digest is not None)

    waves = waves_of(inputs.plan.steps, inputs.plan.waves)
    steps = {step.id: step for step in inputs.plan.steps}
    for stop, since in inputs.down_since.items():
        # Stopped by an earlier plan; the cloud lists it as off since, and this plan does not stop it.
        up = waves.up_of.get(stop, ()) if stop not in waves.by_step else ()
        if any(i not in states or states[i].state is not State.DONE for i in up):
            yield ServerDown(server_id=stop.split(":")[1], name=steps[up[0]].name, since=since)
    for wave in waves.all:
        for server in wave.servers:
            row = states.get(server.stop)
            # The note is written just before the request.
            stopped = row is not None and row.attempts and (server.stop in inputs.down_since or row.state is State.DONE)
            if row and stopped and not all(map(is_done, server.up or wave.captures)):
                since = inputs.down_since.get(server.stop, row.updated_at)
                yield ServerDown(
                    server_id=server.server_id,
                    name=server.name,
                    since=since,
                    wave=wave.name,
                    stage=stage_of(wave, steps, lambda step_id: _state(steps[step_id], states) is State.DONE).value,
                    budget_s=inputs.budgets.get(server.stop),
                    held=inputs.held.get(server.stop, ""),
                )


def _health(inputs: Inputs) -> Iterator[CheckedServer]:
    """What was seen counts while its step stands as it ended: a server that was made again is not checked yet."""
    for step in inputs.plan.steps:
        if not isinstance(step.action, CheckServer):
            continue
        state = _state(step, inputs.states)
        row = CheckedServer(item=item_of(step), name=step.name, state=state, planned=len(step.action.checks))
        kept = inputs.health.get(row.item) if state in (State.DONE, State.FAILED) else None
        if kept:
            passed = sum(one.passed for one in kept.results)
            failed = inputs.states[step.id] if state is State.FAILED else None
            facts = {"code": failed.code, "facts": failed.facts} if failed else {}
            row = replace(row, passed=passed, at=kept.at, **facts)
        yield row


def _launched(launch: LaunchRecord) -> LaunchedWave:
    """The failed check stands for a launch that was made whole."""
    passed, failed, not_possible = launch.counts
    bad = [(server.name, one) for server in launch.servers for one in server.results if not one.passed]
    code, facts = launch.code, launch.facts
    if bad and not code:
        name, result = bad[0]
        code, facts = result.code, {**result.facts, "name": name, "tries": str(result.tries)}
    return LaunchedWave(
        name=launch.name,
        at=launch.ended_at,
        taken_at=min((disk.taken_at for server in launch.servers for disk in server.disks), default=""),
        has_passed=launch.passed,
        passed=passed,
        failed=failed,
        not_possible=not_possible,
        kept_until=launch.kept_until,
        code=code or None,
        facts=facts,
    )


def _timings_by_stage(journal: Iterable[JournalLine]) -> tuple[Timing, ...]:
    by_stage: dict[str, list[JournalLine]] = {}
    for line in journal:
        by_stage.setdefault(line.stage, []).append(line)
    return tuple(
        Timing(
            stage=stage,
            steps=len({line.step_id for line in lines}),
            size_bytes=sum(line.size_bytes for line in lines),
            objects=sum(line.objects for line in lines),
            busy_s=sum(line.ended_at - line.started_at for line in lines),
            elapsed_s=max(line.ended_at for line in lines) - min(line.started_at for line in lines),
            retries=sum(line.retries for line in lines),
        )
        for stage, lines in sorted(by_stage.items())
    )


def _proved(row: EvidenceRow) -> bool:
    """Whether the row is a proof: found the same, or proved before a guest used the disk."""
    return row.verdict in {Verdict.SAME, Verdict.REDUCED} or row.note_code == codes.USED_SINCE_PROVED
