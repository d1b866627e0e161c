"""Chooses the servers that a run takes another pass of, from the passes in the ledger."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple

from migrate.execute.consistency import disk_of
from migrate.execute.stop_turns import down_since
from migrate.forecast.further_pass import Choice, choose
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State, StepState, TakenPass
from migrate.ledger.pass_notes import adopted_passes, taken_passes
from migrate.messages import codes
from migrate.model.steps import CaptureServer, CaptureVolume, Plan, Step, StopServer, TakePass
from migrate.plan.schedule_problems import item_of
from migrate.plan.waves import holders_of, passes_of, preloads_of, waves_of
from migrate.policy.policy_records import Policy
from migrate.policy.selectors import accepted_by_code


class Due(NamedTuple):
    """`again`: maps the pass steps to repeat to the last pass over their disk; `written`: the steps that write these
    passes ahead. `left`: servers without another pass, by name, with the reason and the time of their oldest last pass.
    """

    again: dict[str, TakenPass]
    written: frozenset[str]
    left: dict[str, tuple[Choice, str]]

    @property
    def steps(self) -> frozenset[str]:
        return self.written | self.again.keys()


def due_passes(plan: Plan, ledger: Ledger, chosen: Callable[[Step], bool], now: datetime, age_s: float) -> Due:
    """The choice for all servers whose passes are done and whose wave still runs. `chosen`: the steps of this run."""
    states = ledger.states()
    steps, known = {step.id: step for step in plan.steps}, taken_passes(ledger)
    by_server, again, left = passes_of(plan.steps), dict[str, TakenPass](), dict[str, tuple[Choice, str]]()
    touched = down_since(ledger)
    for wave in waves_of(plan.steps, plan.waves).all:
        if any(stop in touched or _is_begun(states.get(stop)) for stop in wave.stops):
            # What is down comes up first: no pass of a server of the same wave delays it.
            continue
        for server in wave.servers:
            own = [step_id for step_id in by_server.get(server.server_id, ()) if chosen(steps[step_id])]
            passes = {step_id: known.get(disk_of_pass(steps[step_id]), ()) for step_id in own}
            if not own or not all(passes[i] and _is_done(states.get(i)) for i in own):
                continue
            choice = choose(list(passes.values()), now, age_s)
            if choice.takes:
                again |= {step_id: passes[step_id][-1] for step_id in own}
            else:
                left[server.name] = choice, min(found[-1].taken_at for found in passes.values())
    written = preloads_of(plan.steps)
    return Due(again, frozenset(written[one] for one in again if one in written), left)


def disk_of_pass(step: Step) -> str:
    """The disk that a pass step reads, as named in manifests."""
    assert isinstance(step.action, TakePass)
    return disk_of(step.action.capture)


def needs_no_source(step: Step, known: Mapping[str, tuple[TakenPass, ...]], policy: Policy) -> bool:
    """Whether the step captures a disk without a stop that has a pass, and the policy accepts that if the source is
    gone.
    """
    is_capture = isinstance(step.action, CaptureVolume | CaptureServer) and not step.needs
    return is_capture and disk_of(step.action) in known and accepts_pass(policy, step)


def accepts_pass(policy: Policy, step: Step) -> bool:
    """Whether the policy accepts the last pass in place of a capture: a source that does not answer may come back.

    It must say so of the code itself, and choose copies as after a power cut: a server that somebody else has stopped
    has no stop in the plan either, and one refused login is no lost source.
    """
    is_accepted = accepted_by_code(policy, codes.PASS_INSTEAD, item_of(step), step.name)
    return policy.consistency == "crash" and is_accepted


def idle_passes(plan: Plan, ledger: Ledger) -> set[str]:
    """Ids of the passes that no stop waits for any more: all stops of their servers are done, so they may go without a
    source. Passes of a server that was started again are taken if the source is there.
    """
    states = ledger.states()
    stops = {s.action.server_id: _is_done(states.get(s.id)) for s in plan.steps if isinstance(s.action, StopServer)}
    return {
        step.id
        for step in plan.steps
        if isinstance(step.action, TakePass)
        and all(stops.get(server_id, False) for server_id in holders_of(step.action.capture))
    }


def adopted_again(plan: Plan, ledger: Ledger) -> set[str]:
    """Ids of the captures that a pass stands in for: with the source there, they are looked at again."""
    known = adopted_passes(ledger)
    return {step.id for step in plan.steps if disk_of(step.action) in known} if known else set()


def _is_begun(row: StepState | None) -> bool:
    return row is not None and row.state in {State.DONE, State.RUNNING}


def _is_done(row: StepState | None) -> bool:
    return row is not None and row.state is State.DONE
