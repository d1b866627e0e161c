"""Runs ready steps by rank, within the limits, each under a claim; ends with one exit code.

A `run` is just a worker: a second one on the same ledger shares the work. Retries happen at three levels: the request
(in the adapters), an interrupted body (`retry.py`, `verify/disks/read_back.py`) and the step's attempt (here);
docs/design.md "Retries" has the numbers. For all other errors, the class determines the reaction (docs/design.md
"Errors").

Four things hold ready steps back without a failure: the policy's time windows (`open_windows.py`), a cloud that
refuses our login (`login_outages.py`), other servers that are down (`stop_turns.py`), and a pause or the way back of
their wave (`wave_control.py`). The ledger records which, and the run waits.
"""

import threading
import time
from collections.abc import Callable, Collection
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Literal

from migrate.errors import (
    AccessError,
    Cancelled,
    DecampError,
    Exit,
    FatalError,
    ItemError,
    LeaseLost,
    TransientError,
    WindowClosed,
    worst,
)
from migrate.execute.actions.dispatch import perform
from migrate.execute.held_back import REASONS, Waiting
from migrate.execute.job import Context, Job, Rehearsed, error_facts
from migrate.execute.login_outages import PATIENCE_S, Outages, may_pass
from migrate.execute.open_windows import Hours
from migrate.execute.stop_turns import HELD, TURN, WINDOW, Turns
from migrate.execute.store_place import prepare_store
from migrate.execute.test_launch.launch_required import RequiredLaunches
from migrate.execute.wave_control import ASKED_FOR, BACK, BY_POLICY, Progress, WaveControl
from migrate.ledger.ledger_records import JournalLine, State, StepState
from migrate.ledger.step_claim import Claim, new_owner
from migrate.messages import codes
from migrate.model import Record
from migrate.model.steps import PreloadVolume, Step, StopServer, TakePass
from migrate.monitor import log
from migrate.plan.waves import Wave, awaited, waves_of
from migrate.units import iso

MAX_ATTEMPTS = 5
MAX_BELIEVED = 3
"""How often a step may delay a whole side because its service rejects a login that works elsewhere."""
RETRY_FIRST_S = 2.0
RETRY_MOST_S = 60.0

_HELD = REASONS | HELD | ASKED_FOR


Rehearsal = Literal["", "would", "there"]
"""The result of a dry run: a change, or an existing resource; empty otherwise."""


class StepReport(Record, frozen=True, kw_only=True):
    """The state of one step at the end of a run; `do`: its action's name."""

    step_id: str
    do: str
    name: str
    state: State
    code: str | None = None
    facts: dict[str, str] = {}
    text: Rehearsal = ""


class RunReport(Record, frozen=True, kw_only=True):
    """The whole run; `exit_code`: the worst of its steps."""

    steps: tuple[StepReport, ...]
    exit_code: int
    rehearsed: bool = False

    def count(self, state: State) -> int:
        return sum(step.state is state for step in self.steps)


@dataclass
class Runner:
    """One run. `only` limits it to some of the plan's steps; their dependencies must be included or done.

    Args:    hours: the time windows.   login_patience_s: how long a cloud may refuse our login before the run ends
             (AccessError).   login_first_s: the pause before the first new login.   tell: called once for each reason
             that delays the run (code and facts).   on_stage: called when a wave that is down enters a stage.
             go_back: starts the wave's servers at the source again; without it no wave goes back by itself.
    """

    ctx: Context
    only: Callable[[Step], bool] = lambda _step: True
    lease_s: float = 60.0
    retry_first_s: float = RETRY_FIRST_S
    hours: Hours = field(default_factory=Hours)
    login_patience_s: float = PATIENCE_S
    login_first_s: float = 5.0
    tell: Callable[[str, dict[str, str]], None] = lambda _code, _facts: None
    on_stage: Callable[[Progress], None] = lambda _progress: None
    go_back: Callable[[Wave], None] | None = None
    is_same_plan: Callable[[], bool] = lambda: True
    owner: str = field(default_factory=new_owner)
    _claims: dict[str, Claim] = field(default_factory=dict)
    _verdicts: dict[str, Exit] = field(default_factory=dict)
    _attempts: dict[str, int] = field(default_factory=dict)
    _retry_at: dict[str, float] = field(default_factory=dict)
    _fatal: DecampError | None = None
    _ended: threading.Event = field(default_factory=threading.Event)
    _anothers: set[str] = field(default_factory=set)
    _outages: Outages = field(init=False)
    _waiting: Waiting = field(init=False)
    _turns: Turns = field(init=False)
    _control: WaveControl = field(init=False)
    _backs: dict[Future[None], Wave] = field(default_factory=dict)
    _stuck: set[str] = field(default_factory=set)
    _digests: dict[str, str] = field(init=False)
    _awaited: dict[str, tuple[str, ...]] = field(init=False)
    _in_run: frozenset[str] = field(init=False)
    _passes: frozenset[str] = field(init=False)
    _doubted: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        clouds = {"target": self.ctx.target} | ({"source": self.ctx.source} if self.ctx.source else {})
        self._outages = Outages(clouds, patience_s=self.login_patience_s, first_s=self.login_first_s)
        self._waiting = Waiting(self.ctx.plan, self.hours, self._outages, self.tell)
        self._digests = {step.id: step.digest for step in self.ctx.plan.steps}
        in_run = {step.id for step in self._steps()}
        limit = self.ctx.policy.limits.servers_down
        waves = waves_of(self.ctx.plan.steps, self.ctx.plan.waves)
        launches = RequiredLaunches(self.ctx.plan, self.ctx.policy, self.ctx.ledger)
        self._turns = Turns(
            waves,
            self.ctx.ledger,
            limit,
            in_run.__contains__,
            self.hours,
            self.is_same_plan,
            launches.missing,
            plan=self.ctx.plan,
        )
        self.ctx = replace(self.ctx, require_open=self._turns.require_open)
        ctx = self.ctx
        self._control = WaveControl(
            ctx.plan, ctx.policy, waves, ctx.ledger, ctx.stop, self.on_stage, self._can_go_back, self.hours.now
        )
        self._in_run = frozenset(in_run)
        ahead = (one.id for one in self.ctx.plan.steps if isinstance(one.action, TakePass | PreloadVolume))
        self._passes = frozenset(ahead)
        self._awaited = {**awaited(self.ctx.plan.steps), **self._turns.before()}

    # ------------------------------------------------------------ dry run

    def rehearse(self, again: Collection[str] = ()) -> RunReport:
        """Dry run: the same code for each step, up to the first change. Changes and claims nothing.

        `again`: completed steps that would be repeated.
        """
        reports = []
        states = self.ctx.ledger.states()
        for step in self._steps():
            state = states.get(step.id)
            text: Rehearsal = ""
            if not (state and state.state is State.DONE) or step.id in again:
                try:
                    perform(Job(self.ctx, step, None))
                    text = "there"
                except Rehearsed:
                    text = "would"
                except (AccessError, FatalError):
                    raise
                except DecampError as err:
                    self._verdicts[step.id] = err.exit
                    reports.append(_report(step, State.FAILED, err.code, error_facts(err)))
                    continue
            reports.append(_report(step, state.state if state else State.PENDING, text=text))
        return RunReport(steps=tuple(reports), exit_code=worst(list(self._verdicts.values())), rehearsed=True)

    # ------------------------------------------------------------ the run

    def run(self) -> RunReport:
        """Runs until no step can make progress. Raises errors that stop everything: AccessError, FatalError."""
        states = self.ctx.ledger.states()
        # A run with nothing to do marks no empty place as the store: it may be where a share was mounted.
        prepare_store(self.ctx, [step for step in self._steps() if states[step.id].state is not State.DONE])
        self._tell_of_long_leases()
        heart = threading.Thread(target=self._heartbeat, daemon=True, name="heartbeat")
        heart.start()
        try:
            self._loop()
        finally:
            self._ended.set()
            heart.join()
        if self._fatal:
            raise self._fatal
        return self._summary()

    def _tell_of_long_leases(self) -> None:
        """Names what a machine with a wrong clock holds: it counts as free."""
        at = self.ctx.ledger.clock()
        for row in self.ctx.ledger.states().values():
            if row.is_leased_too_long(at):
                until = iso(datetime.fromtimestamp(row.lease_until, UTC))
                self.tell(codes.LEASE_TOO_LONG, {"step": row.step_id, "until": until})

    def _steps(self) -> list[Step]:
        return sorted((s for s in self.ctx.plan.steps if self.only(s)), key=lambda s: s.rank)

    def _loop(self) -> None:
        limits = self.ctx.policy.limits
        steps = self._steps()
        running: dict[Future[None], Step] = {}
        with ThreadPoolExecutor(max_workers=limits.source + limits.target, thread_name_prefix="step") as pool:
            while True:
                self._fatal = self._fatal or self._outages.tend()
                stopping = self.ctx.stop.is_set() or self._fatal is not None
                pause: float | None = None
                if not stopping:
                    pause = self._start_ready(steps, running, pool)
                    self._send_back(list(running.values()), pool)
                if under_way := [*running, *self._backs]:
                    done, _ = wait(under_way, timeout=min(pause or 1.0, 1.0), return_when=FIRST_COMPLETED)
                    for future in done:
                        running.pop(future, None)
                        self._backs.pop(future, None)
                        future.result()
                elif stopping or pause is None:
                    return
                else:
                    self.ctx.stop.wait(pause)

    def _start_ready(
        self, steps: list[Step], running: dict[Future[None], Step], pool: ThreadPoolExecutor
    ) -> float | None:
        """Starts all steps that can start. Returns the seconds until the next check, None if there is nothing to wait
        for.

        Waits for steps of other runners, and for retries, windows and logins.
        """
        states = self.ctx.ledger.states()
        approvals = self.ctx.ledger.approvals()
        approved = {a.step_id for a in approvals if self._digests.get(a.step_id) == a.digest}
        self.ctx.permits.grant_stops(self.ctx.plan, approvals)
        busy = list(running.values())
        busy_ids = {step.id for step in busy}
        stuck: set[str] = set()
        self._turns.update(states, self._stuck | set(self._verdicts))
        self._control.update(states, self._turns.began, self._turns.going_back(BY_POLICY))
        pauses: list[float | None] = []
        for step in steps:
            now = states[step.id]
            if step.id in busy_ids or now.state in {State.DONE, State.SKIPPED} or self._is_anothers(step, now):
                continue
            if not self._may_run(step, states, approved, stuck):
                continue
            reason = self._waiting.reason_for(self._turns.sides(step))
            if reason:
                self._idle(now, State.WAITING, *reason)
                pauses.append(self._waiting.pause_s(reason))
                continue
            reason = self._control.reason_for(step)
            if reason:
                self._idle(now, State.WAITING, *reason)
                self._waiting.told_once(f"{reason[0]} {reason[1]['wave']}", reason)
                pauses.append(again := self._control.pause_s(step))
                if again is None:
                    stuck.add(step.id)
                continue
            reason = self._turns.reason_for(step, stuck, approved)
            if reason:
                self._idle(now, State.WAITING, *reason)
                if reason[0] == WINDOW:
                    self._waiting.told_once(step.id, reason)
                    pauses.append(self.hours.pause_s(self._turns.opening(step)))
                elif reason[0] != TURN:
                    stuck.add(step.id)
                continue
            if self._retry_at.get(step.id, 0.0) > time.monotonic() or not self._within_limits(step, busy):
                if now.code in _HELD:  # it waits for a slot now: its old reason no longer applies
                    self._idle(now, State.PENDING, "", {})
                pauses.append(0.2)
                continue
            claim = self._claim(step)
            if claim is None:
                pauses.append(0.5)
                continue
            self._claims[step.id] = claim
            busy.append(step)
            running[pool.submit(self._attempt, step, claim)] = step
        self._stuck = stuck
        return min((pause for pause in pauses if pause is not None), default=None)

    def _send_back(self, busy: list[Step], pool: ThreadPoolExecutor) -> None:
        """Starts the way back of each wave that has failed, where the policy says so."""
        if self.go_back is None:
            return
        for wave in self._control.to_go_back(self._verdicts, {step.id for step in busy}):
            self._backs[pool.submit(self._go_back, wave)] = wave

    def _can_go_back(self, wave: Wave) -> bool:
        return self.go_back is not None and self.ctx.source is not None and self._turns.may_go_back(wave)

    def _go_back(self, wave: Wave) -> None:
        """Brings a failed wave back. A cloud that fails for a while, or another runner's step, is waited for."""
        assert self.go_back is not None
        log.warning("going back wave=%s", wave.name)
        self.tell(BACK, {"wave": wave.name})
        for left in reversed(range(MAX_ATTEMPTS)):
            try:
                self.go_back(wave)
                return
            except Cancelled:
                return
            except DecampError as err:
                log.error("not back wave=%s code=%s facts=%s", wave.name, err.code, error_facts(err))
                if left and isinstance(err, TransientError):
                    self.ctx.stop.wait(err.retry_after_s or self.retry_first_s * 2 ** (MAX_ATTEMPTS - left))
                    continue
                self.tell(err.code, error_facts(err))
                self._verdicts[wave.stops[0]] = err.exit
                return

    def _claim(self, step: Step) -> Claim | None:
        if not self._turns.take(step):
            return None
        claim = self.ctx.ledger.claim(step.id, self.owner, self.lease_s, digest=self._digests[step.id])
        if claim and self._turns.goes_back(step):
            # A rollback that began since looks for claims once its own record is there.
            with suppress(LeaseLost):
                self.ctx.ledger.finish(claim, State.PENDING)
            return None
        return claim

    def _is_anothers(self, step: Step, now: StepState) -> bool:
        """Whether somebody has planned again since, and the step has changed: then it is not ours to do."""
        if now.digest == self._digests[step.id]:
            return False
        if step.id not in self._anothers:
            self._anothers.add(step.id)
            log.warning("planned anew step=%s", step.id)
        return True

    def _may_run(self, step: Step, states: dict[str, StepState], approved: set[str], stuck: set[str]) -> bool:
        """Whether dependencies and gate allow the step now; records the reason if not. Steps must come in
        plan order.
        """
        if step.id in self._verdicts:
            stuck.add(step.id)
            return False
        needs = (*step.needs, *self._awaited.get(step.id, ()))
        blocker = next((need for need in needs if need in stuck), None)
        if blocker:
            self._idle(states[step.id], State.BLOCKED, self._blocked_by(step, blocker), {"step": blocker})
            stuck.add(step.id)
            return False
        if step.gate and step.id not in approved:
            self._idle(states[step.id], State.WAITING, codes.WAITS_FOR_APPROVAL, {"gate": step.gate})
            stuck.add(step.id)
            return False
        missing = [need for need in needs if states[need].state is not State.DONE]
        outside = next((need for need in missing if self._is_left_out(need, states[need])), None)
        if outside and isinstance(step.action, StopServer):
            self._idle(states[step.id], State.BLOCKED, self._blocked_by(step, outside), {"step": outside})
            stuck.add(step.id)
        return not missing

    def _blocked_by(self, step: Step, blocker: str) -> str:
        is_pass = isinstance(step.action, StopServer) and blocker in self._passes
        return codes.NOT_STOPPED_WITHOUT_PASS if is_pass else codes.BLOCKED_BY_STEP

    def _is_left_out(self, need: str, now: StepState) -> bool:
        """Neither this run nor, as far as the ledger shows, another one does it."""
        return need not in self._in_run and now.state is not State.RUNNING

    def _idle(self, now: StepState, state: State, code: str, facts: dict[str, str]) -> None:
        if now.state in {State.FAILED, State.RUNNING}:
            # An earlier failure is more informative than the current wait, so it stays in the ledger.
            return
        if (now.state, now.code, now.facts) != (state, code, facts):
            self.ctx.ledger.set_idle_state(now.step_id, state, code, facts)

    def _within_limits(self, step: Step, busy: list[Step]) -> bool:
        limits = self.ctx.policy.limits
        return self._turns.finds_place(step, busy, (limits.source, limits.target, limits.disks))

    # ------------------------------------------------------------ attempts

    def _attempt(self, step: Step, claim: Claim) -> None:
        """Carries out the step once and records the result. Catches everything that an action raises."""
        job = Job(replace(self.ctx, stop=self._control.flag(step)), step, claim)
        started, begun = time.time(), self.hours.now()
        self.ctx.monitor.item_started(step.id, step.name, step.content_bytes)
        outcome = State.FAILED
        try:
            perform(job)
            line = JournalLine(
                step_id=step.id,
                stage=step.do,
                size_bytes=job.moved_bytes,
                objects=job.objects,
                parallel=self.ctx.policy.limits.reads,
                started_at=started,
                ended_at=time.time(),
                retries=self._attempts.get(step.id, 0),
                waited_s=job.waited_s,
            )
            self.ctx.ledger.finish(claim, State.DONE, facts=job.facts, journal=line)
            outcome = State.DONE
            self._outages.works(step.sides)
        except LeaseLost:
            log.warning("lease lost step=%s", step.id)
            outcome = State.PENDING
        except DecampError as err:
            outcome = self._ended_badly(step, claim, err, begun)
        except Exception as err:
            # The step boundary: an unexpected error only fails this step.
            log.error("unexpected step=%s error=%s", step.id, type(err).__name__, exc_info=err)
            told = ItemError(codes.UNEXPECTED, error=type(err).__name__)
            if isinstance(err, MemoryError):
                told = ItemError(codes.OUT_OF_MEMORY, what=step.id)
            outcome = self._fail(step, claim, told)
        finally:
            self._claims.pop(step.id, None)
            self.ctx.monitor.item_finished(step.id, outcome.value)

    def _ended_badly(self, step: Step, claim: Claim, err: DecampError, begun: datetime) -> State:
        if isinstance(err, Cancelled):
            is_closed = isinstance(err, WindowClosed)
            return self._finish(claim, State.WAITING if is_closed else State.PENDING, err if is_closed else None)
        if isinstance(err, FatalError) or (isinstance(err, AccessError) and not may_pass(err)):
            self._fatal = self._fatal or err
            return self._finish(claim, State.PENDING, err)
        passing = isinstance(err, TransientError | AccessError)
        may_retry = passing and self._attempts.get(step.id, 0) + 1 < MAX_ATTEMPTS
        if passing and self._is_refused(step, err, last=not may_retry):
            # It starts again after the outage, which is not counted as its failures.
            self._attempts.pop(step.id, None)
            code, facts = self._waiting.refusal(step.sides) or (err.code, error_facts(err))
            return self._finish(claim, State.WAITING, AccessError(code, **facts))
        if passing and (may_retry or self.hours.held_since(begun)):
            return self._retry(step, claim, err, counts=not self.hours.held_since(begun))
        return self._fail(step, claim, err)

    def _is_refused(self, step: Step, err: DecampError, *, last: bool) -> bool:
        """Whether the step failed because a cloud refuses our login. For a transient error, checked at its last
        attempt.
        """
        if self._outages.error(step.sides):
            return True
        if not (last or isinstance(err, AccessError)):
            return False
        doubted = self._doubted.get(step.id, 0)
        blamed = self._outages.blame(step.sides, err, believe=doubted < MAX_BELIEVED)
        self._doubted[step.id] = doubted + blamed
        return blamed

    def _retry(self, step: Step, claim: Claim, err: DecampError, *, counts: bool) -> State:
        """Schedules another attempt. An interruption by a closed window does not count as an attempt."""
        retried = self._attempts.get(step.id, 0)
        asked_s = err.retry_after_s if isinstance(err, TransientError) else None
        pause = asked_s or min(self.retry_first_s * 2**retried, RETRY_MOST_S)
        self._attempts[step.id] = retried + counts
        self._retry_at[step.id] = time.monotonic() + pause
        log.warning("retry step=%s attempt=%d wait_s=%.1f code=%s", step.id, retried + 1, pause, err.code)
        return self._finish(claim, State.WAITING, err)

    def _fail(self, step: Step, claim: Claim, err: DecampError) -> State:
        log.error("failed step=%s code=%s facts=%s", step.id, err.code, error_facts(err))
        self._verdicts[step.id] = err.exit
        return self._finish(claim, State.FAILED, err)

    def _finish(self, claim: Claim, state: State, err: DecampError | None) -> State:
        try:
            self.ctx.ledger.finish(
                claim, state, code=err.code if err else None, facts=error_facts(err) if err else None
            )
        except LeaseLost:
            return State.PENDING
        except DecampError as worse:
            self._fatal = self._fatal or worse
        return state

    def _heartbeat(self) -> None:
        while not self._ended.wait(self.lease_s / 4):
            for claim in list(self._claims.values()):
                try:
                    claim.beat()
                except Exception as err:
                    # It must survive everything: without it every long step would lose its lease repeatedly.
                    log.warning("heartbeat step=%s error=%s", claim.step_id, type(err).__name__)

    # ------------------------------------------------------------ exit code

    def _summary(self) -> RunReport:
        states = self.ctx.ledger.states()
        reports = [
            _report(step, states[step.id].state, states[step.id].code, states[step.id].facts) for step in self._steps()
        ]
        verdicts = list(self._verdicts.values())
        if any(report.state is not State.DONE for report in reports):
            verdicts.append(Exit.INTERRUPTED if self.ctx.stop.is_set() else Exit.PARTIAL)
        return RunReport(steps=tuple(reports), exit_code=worst(verdicts))


def _report(
    step: Step, state: State, code: str | None = None, facts: dict[str, str] | None = None, text: Rehearsal = ""
) -> StepReport:
    return StepReport(step_id=step.id, do=step.do, name=step.name, state=state, code=code, facts=facts or {}, text=text)
