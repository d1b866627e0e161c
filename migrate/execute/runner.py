"""Takes ready steps by rank, within the limits, each under a claim; ends with one verdict.

`run` is simply worker number one: a second one beside it on the same ledger shares the work. Retries live at two
levels: the request (in the adapters) and the step's attempt (here). Everything else that goes wrong has a class, and
the class says what happens (docs/design.md "Errors").
"""

import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
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
    worst,
)
from migrate.execute.actions import perform
from migrate.execute.context import Context, Job, Rehearsed, error_facts
from migrate.ledger.claim import Claim, new_owner
from migrate.ledger.records import JournalLine, State, StepState
from migrate.model import Record
from migrate.monitor import log
from migrate.plan.steps import CaptureImage, CaptureServer, CaptureVolume, CopyContainer, Step, StopServer

MAX_ATTEMPTS = 5
RETRY_FIRST_S = 2.0
RETRY_MOST_S = 60.0

EVACUATING = (CaptureImage, CaptureServer, CaptureVolume, CopyContainer, StopServer)
"""Actions that read the source. The date that a cloud is switched off concerns these alone."""


Rehearsal = Literal["", "would", "there"]
"""What a rehearsal found: the step would change something, or what it makes is there already; empty elsewhere."""


class StepReport(Record, frozen=True, kw_only=True):
    """How one step stands when the run ends; `do` is its action's name."""

    step_id: str
    do: str
    name: str
    state: State
    code: str | None = None
    facts: dict[str, str] = {}
    text: Rehearsal = ""


class RunReport(Record, frozen=True, kw_only=True):
    """The whole run; `exit_code` is the worst of its steps."""

    steps: tuple[StepReport, ...]
    exit_code: int
    rehearsed: bool = False

    def count(self, state: State) -> int:
        return sum(step.state is state for step in self.steps)


def needs_source(step: Step) -> bool:
    """Whether the step must read the source cloud."""
    return isinstance(step.action, EVACUATING)


@dataclass
class Runner:
    """One run. `only` narrows it to some of the plan's steps; what they need must be among them or done."""

    ctx: Context
    only: Callable[[Step], bool] = lambda _step: True
    lease_s: float = 60.0
    retry_first_s: float = RETRY_FIRST_S
    owner: str = field(default_factory=new_owner)
    _claims: dict[str, Claim] = field(default_factory=dict)
    _verdicts: dict[str, Exit] = field(default_factory=dict)
    _attempts: dict[str, int] = field(default_factory=dict)
    _retry_at: dict[str, float] = field(default_factory=dict)
    _fatal: DecampError | None = None
    _ended: threading.Event = field(default_factory=threading.Event)

    # ------------------------------------------------------------ rehearsal

    def rehearse(self) -> RunReport:
        """The same code, step by step, until each would change something. Changes nothing, claims nothing."""
        reports = []
        states = self.ctx.ledger.states()
        for step in self._steps():
            state = states.get(step.id)
            text: Rehearsal = ""
            if not (state and state.state is State.DONE):
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
        """Runs until nothing more can be done. Raises what stops everything: AccessError, FatalError."""
        self.ctx.store.prepare(str(self.ctx.store_mark))
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

    def _steps(self) -> list[Step]:
        return sorted((s for s in self.ctx.plan.steps if self.only(s)), key=lambda s: s.rank)

    def _loop(self) -> None:
        limits = self.ctx.policy.limits
        steps = self._steps()
        running: dict[Future[None], Step] = {}
        with ThreadPoolExecutor(max_workers=limits.source + limits.target, thread_name_prefix="step") as pool:
            while True:
                stopping = self.ctx.stop.is_set() or self._fatal is not None
                pause: float | None = None
                if not stopping:
                    pause = self._start_ready(steps, running, pool)
                if running:
                    done, _ = wait(running, timeout=pause or 1.0, return_when=FIRST_COMPLETED)
                    for future in done:
                        del running[future]
                        future.result()
                elif stopping or pause is None:
                    return
                else:
                    self.ctx.stop.wait(min(pause, 1.0))

    def _start_ready(
        self, steps: list[Step], running: dict[Future[None], Step], pool: ThreadPoolExecutor
    ) -> float | None:
        """Starts what may start. Returns how long to wait before looking again, None when nothing is to be waited for.

        A step that another runner holds is waited for; so is the time of a retry.
        """
        states = self.ctx.ledger.states()
        approved = {(a.step_id, a.digest) for a in self.ctx.ledger.approvals()}
        self.ctx.permits.grant_stops(self.ctx.plan)
        busy = list(running.values())
        stuck: set[str] = set()
        pause: float | None = None
        for step in steps:
            if step in busy or states[step.id].state in {State.DONE, State.SKIPPED}:
                continue
            if not self._may_run(step, states, approved, stuck):
                continue
            if self._retry_at.get(step.id, 0.0) > time.monotonic() or not self._within_limits(step, busy):
                pause = 0.2
                continue
            claim = self.ctx.ledger.claim(step.id, self.owner, self.lease_s)
            if claim is None:
                pause = 0.5
                continue
            self._claims[step.id] = claim
            busy.append(step)
            running[pool.submit(self._attempt, step, claim)] = step
        return pause

    def _may_run(
        self, step: Step, states: dict[str, StepState], approved: set[tuple[str, str]], stuck: set[str]
    ) -> bool:
        """Whether needs and gate allow it now; if not, the ledger says why. Steps come in an order that needs allow."""
        if step.id in self._verdicts:
            stuck.add(step.id)
            return False
        blocker = next((need for need in step.needs if need in stuck), None)
        if blocker:
            self._idle(states[step.id], State.BLOCKED, "DCP-302", {"step": blocker})
            stuck.add(step.id)
            return False
        if step.gate and (step.id, step.digest) not in approved:
            self._idle(states[step.id], State.WAITING, "DCP-301", {"gate": step.gate})
            stuck.add(step.id)
            return False
        return all(states[need].state is State.DONE for need in step.needs)

    def _idle(self, now: StepState, state: State, code: str, facts: dict[str, str]) -> None:
        if (now.state, now.code, now.facts) != (state, code, facts):
            self.ctx.ledger.set_idle_state(now.step_id, state, code, facts)

    def _within_limits(self, step: Step, busy: list[Step]) -> bool:
        limits = self.ctx.policy.limits
        per_side = {"source": limits.source, "target": limits.target}
        if any(sum(side in s.sides for s in busy) >= per_side[side] for side in step.sides):
            return False
        disks = (CaptureServer, CaptureVolume)
        return not isinstance(step.action, disks) or sum(isinstance(s.action, disks) for s in busy) < limits.disks

    # ------------------------------------------------------------ one attempt

    def _attempt(self, step: Step, claim: Claim) -> None:
        """Does the step once and records how it ended. Nothing that an action raises gets past here."""
        job = Job(self.ctx, step, claim)
        started = time.time()
        self.ctx.monitor.item_started(step.id, step.name, step.size_bytes)
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
            self.ctx.ledger.finish(claim, State.DONE, journal=line)
            outcome = State.DONE
        except LeaseLost:
            log.warning("lease lost step=%s", step.id)
            outcome = State.PENDING
        except DecampError as err:
            outcome = self._ended_badly(step, claim, err)
        except Exception as err:
            # The step boundary: whatever an action did not foresee fails this step alone.
            log.error("unexpected step=%s error=%s", step.id, type(err).__name__, exc_info=err)
            outcome = self._fail(step, claim, ItemError("DCP-100", error=type(err).__name__))
        finally:
            self._claims.pop(step.id, None)
            self.ctx.monitor.item_finished(step.id, outcome.value)

    def _ended_badly(self, step: Step, claim: Claim, err: DecampError) -> State:
        if isinstance(err, Cancelled):
            return self._finish(claim, State.PENDING, None)
        if isinstance(err, FatalError | AccessError):
            self._fatal = self._fatal or err
            return self._finish(claim, State.PENDING, err)
        retried = self._attempts.get(step.id, 0)
        if isinstance(err, TransientError) and retried + 1 < MAX_ATTEMPTS:
            pause = err.retry_after_s or min(self.retry_first_s * 2**retried, RETRY_MOST_S)
            self._attempts[step.id] = retried + 1
            self._retry_at[step.id] = time.monotonic() + pause
            log.warning("retry step=%s attempt=%d wait_s=%.1f code=%s", step.id, retried + 1, pause, err.code)
            return self._finish(claim, State.WAITING, err)
        return self._fail(step, claim, err)

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
                    # It must outlive everything: without it every long step would lose its lease, over and over.
                    log.warning("heartbeat step=%s error=%s", claim.step_id, type(err).__name__)

    # ------------------------------------------------------------ the verdict

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
