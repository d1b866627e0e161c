"""What persons and the policy ask of a wave while a run works on it: a pause, and the way back after a failure.

All of it is read from the ledger again and again, so that the wish reaches every runner and survives a kill. Each wave
has a stop flag of its own, which interrupts its running steps after the current chunk; other waves continue.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from migrate.errors import Cancelled
from migrate.execute.held_back import Reason
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State, StepState
from migrate.ledger.wave_pauses import Pause, pauses
from migrate.messages import codes
from migrate.model import Kind
from migrate.model.steps import Plan, Step, StopServer
from migrate.monitor import StopFlag
from migrate.plan.schedule_problems import moment
from migrate.plan.wave_stages import CutOverStage, stage_of
from migrate.plan.waves import Wave, Waves
from migrate.policy.policy_records import GO_BACK, Policy
from migrate.policy.selectors import budget_of, item

PAUSED, POSTPONED, BACK = codes.WAVE_PAUSED, codes.WAVE_POSTPONED, codes.WAVE_GOES_BACK
OTHER_BACK = codes.NOT_STOPPED_OTHER_WENT_BACK
BY_POLICY = "cut_over.on_failure"
"""Who approves a rollback that the policy asks for."""
ASKED_FOR = frozenset({PAUSED, POSTPONED, BACK, OTHER_BACK})
"""Codes of all reasons that hold a whole wave."""
LOOK_S = 1.0
"""How often a run looks whether a pause has ended."""
_SLICE_S = 0.2


class WaveFlag(StopFlag):
    """The stop flag of one wave: set with the run's own, or alone."""

    def __init__(self, run: StopFlag) -> None:
        super().__init__()
        self._run = run

    def is_set(self) -> bool:
        return self._run.is_set() or super().is_set()

    def clear(self) -> None:
        """Lets the wave continue, unless the whole run stops."""
        self._event.clear()

    def wait(self, seconds: float) -> None:
        while seconds > 0 and not self.is_set():
            super().wait(min(seconds, _SLICE_S))
            seconds -= _SLICE_S

    def check(self) -> None:
        if self.is_set():
            raise Cancelled(codes.STOPPED_ON_REQUEST)


@dataclass(frozen=True)
class Progress:
    """A wave that is down: its stage, since when, and its budget. `over`: it is down for longer than that."""

    wave: Wave
    stage: CutOverStage
    began: datetime
    budget_s: int | None
    now: datetime

    @property
    def down_s(self) -> float:
        return (self.now - self.began).total_seconds()

    @property
    def over(self) -> bool:
        return self.budget_s is not None and self.down_s > self.budget_s


def budget_of_wave(policy: Policy, wave: Wave) -> int | None:
    """The shortest budget of the wave's servers in seconds; None if none has one."""
    found = (budget_of(policy, item(Kind.SERVER, one.server_id), one.name) for one in wave.servers)
    return min((budget for budget in found if budget is not None), default=None)


def _utc() -> datetime:
    return datetime.now(UTC)


@dataclass
class WaveControl:
    """The control of one run's waves.

    Args:  on_stage: called whenever a wave that is down enters a stage or exceeds its budget.
           can_go_back: whether this run may start the wave's servers at the source again.
    """

    plan: Plan
    policy: Policy
    waves: Waves
    ledger: Ledger
    stop: StopFlag
    on_stage: Callable[[Progress], None] = lambda _progress: None
    can_go_back: Callable[[Wave], bool] = lambda _wave: True
    now: Callable[[], datetime] = _utc
    _steps: dict[str, Step] = field(init=False)
    _flags: dict[int, WaveFlag] = field(init=False)
    _pauses: dict[int, Pause] = field(default_factory=dict)
    _down: dict[int, Progress] = field(default_factory=dict)
    _told: dict[int, tuple[CutOverStage, bool]] = field(default_factory=dict)
    _back: dict[int, bool] = field(default_factory=dict)
    """Waves that go back, and whether that has begun."""
    _unfinished: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._steps = {step.id: step for step in self.plan.steps}
        self._flags = {index: WaveFlag(self.stop) for index in range(len(self.waves.all))}

    def flag(self, step: Step) -> StopFlag:
        """The stop flag for the step: its wave's, or the run's own."""
        wave = self.waves.by_step.get(step.id)
        return self.stop if wave is None else self._flags[wave]

    def update(
        self, states: Mapping[str, StepState], began: Mapping[str, str], unfinished: Collection[str] = ()
    ) -> None:
        """Reads the wishes again. `began`: maps stops under way to when the source was asked for them.

        `unfinished`: stops of waves that an earlier run has begun to send back.
        """
        if not self.waves.all:
            return
        self._unfinished = {self.waves.by_step[stop] for stop in unfinished if stop in self.waves.by_step}
        asked, now = pauses(self.ledger), self.now()
        for index in [index for index, begun in self._back.items() if not begun and index not in self._unfinished]:
            if (
                stage_of(self.waves.all[index], self._steps, lambda one: states[one].state is State.DONE)
                is CutOverStage.UP
            ):
                del self._back[index]  # it has come up after all
        for index, wave in enumerate(self.waves.all):
            self._update(index, wave, next((asked[stop] for stop in wave.stops if stop in asked), None), now)
            since = [moment(began[stop]) for stop in wave.stops if stop in began]
            stage = stage_of(wave, self._steps, lambda step_id: states[step_id].state is State.DONE)
            if since and stage is not CutOverStage.UP:
                budget_s = budget_of_wave(self.policy, wave)
                self._down[index] = Progress(wave, stage, min(since), budget_s, now)
            else:
                self._down.pop(index, None)
        self._tell()

    def reason_for(self, step: Step) -> Reason | None:
        """Why the step of a wave may not start now."""
        index = self.waves.by_step.get(step.id)
        if index is None:
            return None
        name = self.waves.all[index].name
        if index in self._back:
            return BACK, {"wave": name}
        if isinstance(step.action, StopServer) and self._back and index not in self._down:
            # What the target refused one of them it may refuse all.
            return OTHER_BACK, {"wave": self.waves.all[min(self._back)].name}
        one = self._pauses.get(index)
        if one is None:
            return None
        if one.until:
            return POSTPONED, {"wave": name, "until": one.until}
        return PAUSED, {"wave": name, "at": one.at, "who": one.who}

    def pause_s(self, step: Step) -> float | None:
        """How long until it is worth looking again; None if the run does not wait for this.

        It waits for a person only while servers are down, and for a time that is set in any case.
        """
        index = self.waves.by_step.get(step.id)
        if index is None or index in self._back or (self._back and index not in self._down):
            return None
        one = self._pauses.get(index)
        return LOOK_S if index in self._down or (one and one.until) else None

    def to_go_back(self, failed: Collection[str], busy: Collection[str]) -> Iterator[Wave]:
        """Waves that have to go back now, by the policy's word; each is named once, when none of its steps runs.

        `failed`: steps that this run has given up; `busy`: those under way.
        """
        if self.policy.cut_over.on_failure != GO_BACK:
            return
        for index, wave in enumerate(self.waves.all):
            if not self.can_go_back(wave):
                continue
            mine, down = {*wave.cut_over}, self._down.get(index)
            fails = down is not None and (down.over or not mine.isdisjoint(failed))
            if index not in self._back and (fails or index in self._unfinished):
                self._back[index] = False
                self._flags[index].set()
            if self._back.get(index) is False and mine.isdisjoint(busy):
                self._back[index] = True
                yield wave

    def _update(self, index: int, wave: Wave, asked: Pause | None, now: datetime) -> None:
        holds = asked is not None and not (asked.until and moment(asked.until) <= now)
        if asked is not None and holds:
            self._pauses[index] = asked
        else:
            self._pauses.pop(index, None)
        if holds or index in self._back:
            self._flags[index].set()
        else:
            self._flags[index].clear()

    def _tell(self) -> None:
        for index, one in self._down.items():
            if self._told.get(index) != (one.stage, one.over):
                self._told[index] = (one.stage, one.over)
                self.on_stage(one)
        for index in self._told.keys() - self._down.keys():
            del self._told[index]
