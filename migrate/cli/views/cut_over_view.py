"""A wave before, during and after its cut-over: one view for the rehearsal, the outcome and JSON."""

import shlex
from collections.abc import Sequence
from datetime import datetime

from migrate.cli.context import App
from migrate.cli.fitting_documents import Documents
from migrate.cli.views.launch_left_view import holds_text
from migrate.cli.views.server_downtimes import downtime_lines, foretold
from migrate.execute.open_windows import parsed, shown
from migrate.execute.stop_turns import began_at
from migrate.execute.test_launch.launch_turn import LaunchLeft
from migrate.execute.wave_control import budget_of_wave
from migrate.forecast.forecast_records import Downtime, Origin
from migrate.forecast.measured_downtimes import MeasuredDowntime, measured_downtimes
from migrate.ledger.ledger_records import State, rows_of
from migrate.ledger.wave_pauses import Pause
from migrate.messages.numbers import span
from migrate.model import Record
from migrate.plan.wave_stages import CutOverStage, stage_of
from migrate.plan.wave_state import Stage
from migrate.plan.waves import Wave
from migrate.policy.policy_records import GO_BACK
from migrate.report.summary import Inputs as Known
from migrate.units import iso

_LEAST_KNOWN = (Origin.DEFAULT, Origin.DECLARED, Origin.MEASURED)


class CutOverView(Record, frozen=True, kw_only=True):
    """One wave. `state`: from planned to accepted and back; `stage`: what is left next of its cut-over.

    `began`: ISO time of the request to stop its first server, empty before. `unapproved`: names of servers whose stop
    nobody has approved. `opens_at`: when its window opens, empty while it is open. `downtimes`: predicted, while it is
    not up; `measured`: afterwards. `programs_left`: names of servers whose programs after the cut-over have not
    succeeded yet. `launch_left`: what a test launch has at the target; no server is stopped before it is removed.
    """

    wave: str
    servers: tuple[str, ...]
    state: Stage
    stage: CutOverStage
    as_of: str
    began: str = ""
    budget_s: int | None = None
    goes_back: bool = False
    unapproved: tuple[str, ...] = ()
    opens_at: str = ""
    pause: Pause | None = None
    downtimes: tuple[Downtime, ...] = ()
    measured: tuple[MeasuredDowntime, ...] = ()
    programs_left: tuple[str, ...] = ()
    launch_left: LaunchLeft | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing is left to do."""
        return self.is_up and not self.programs_left

    @property
    def is_up(self) -> bool:
        """Whether its cut-over is done: for a wave that the target has no place for, once it is captured."""
        return self.stage is CutOverStage.UP and self.state in {Stage.UP, Stage.ACCEPTED, Stage.DOWN}

    @property
    def longest_s(self) -> float | None:
        """The longest downtime to be expected at P50; None if no end is in sight."""
        found = [one.p50_s for one in self.downtimes]
        return None if None in found else max((one for one in found if one is not None), default=None)

    @property
    def origin(self) -> Origin:
        """The least certain origin of the predictions."""
        known = {one.origin for one in self.downtimes}
        return next((origin for origin in _LEAST_KNOWN if origin in known), Origin.DEFAULT)


def draw(
    documents: Documents, known: Known, wave: Wave, state: Stage, pause: Pause | None, now: datetime
) -> CutOverView:
    """The view from plan, policy and ledger. A wave that an earlier plan stopped may have steps that this one lacks."""
    plan, policy = documents.plan, documents.policy
    steps = {step.id: step for step in plan.steps}
    rows = rows_of(plan.steps, known.states)
    done = {step_id for step_id, row in rows.items() if row.state is State.DONE}
    granted = {(one.step_id, one.digest) for one in known.approvals}
    ids = {one.server_id for one in wave.servers}
    began = began_at(known.down_since, known.asked)
    opens = parsed(wave.windows).opens_at(now)
    stage = stage_of(wave, steps, done.__contains__)
    measured = measured_downtimes(plan, known.journal, known.predicted, known.asked)
    return CutOverView(
        wave=wave.name,
        servers=tuple(one.name for one in wave.servers),
        state=state,
        stage=stage,
        as_of=iso(now),
        began=min((began[stop] for stop in wave.stops if stop in began), default=""),
        budget_s=budget_of_wave(policy, wave),
        goes_back=policy.cut_over.on_failure == GO_BACK,
        unapproved=tuple(
            step.name
            for stop in wave.stops
            if (step := steps.get(stop)) is not None and stop not in done and (stop, step.digest) not in granted
        ),
        opens_at=shown(opens) if opens else "",
        pause=pause,
        downtimes=tuple(one for one in foretold(documents, known, now) if one.server_id in ids),
        measured=tuple(one for one in measured if one.server_id in ids) if stage is CutOverStage.UP else (),
        programs_left=tuple(steps[step_id].name for step_id in wave.programs if step_id not in done),
    )


def view_lines(app: App, view: CutOverView) -> list[str]:
    """What a person reads before the cut-over of this wave."""
    lines = [app.say("cutover.title", wave=view.wave, servers=", ".join(view.servers))]
    if view.stage is CutOverStage.UP:
        return lines
    stage = app.say(f"stage.{view.stage.value}")
    if view.began:
        lines.append(app.say("cutover.under-way", began=view.began, stage=stage))
    if view.pause and not view.pause.is_over(view.as_of):
        phrase = "cutover.is-postponed" if view.pause.until else "cutover.is-paused"
        lines.append(app.say(phrase, who=view.pause.who, at=view.pause.at, until=view.pause.until))
    if view.opens_at and not view.began:
        lines.append(app.say("cutover.window", opens_at=view.opens_at))
    if view.launch_left and not view.began:
        lines.append(holds_text(app, view.launch_left))
    if view.unapproved:
        command = f"{app.prefix} approve cut-over --wave={shlex.quote(view.wave)}"
        lines.append(app.say("cutover.unapproved", servers=", ".join(view.unapproved), command=command))
    lines.append(_budget_line(app, view))
    lines.append(app.say("cutover.on-failure-back" if view.goes_back else "cutover.on-failure-wait"))
    return [*lines, *downtime_lines(app, view.downtimes)]


def _budget_line(app: App, view: CutOverView) -> str:
    if view.budget_s is None:
        return app.say("cutover.no-budget")
    budget, floors = span(view.budget_s, app.lang), _floors(view.downtimes)
    if floors and max(floors) > view.budget_s:
        worst = max(view.downtimes, key=lambda one: one.floor_s or 0.0)
        facts = {"floor": span(worst.floor_s or 0.0, app.lang), "stage": app.say(f"stage.{worst.floor_stage}")}
        return app.say("cutover.below-floor", budget=budget, server=worst.name, **facts)
    sure = [one.p90_s for one in view.downtimes]
    if any(one is None or one > view.budget_s for one in sure):
        return app.say("cutover.budget-tight", budget=budget)
    return app.say("cutover.budget-fits" if view.origin is Origin.MEASURED else "cutover.budget-unknown", budget=budget)


def _floors(downtimes: Sequence[Downtime]) -> list[float]:
    return [one.floor_s for one in downtimes if one.floor_s is not None]
