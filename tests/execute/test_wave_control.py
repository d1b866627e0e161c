"""Waves that have to go back: which, and when."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from migrate.execute.wave_control import WaveControl
from migrate.ledger.ledger_records import State, StepState
from migrate.monitor import StopFlag
from migrate.plan.waves import waves_of
from migrate.policy.policy_records import GO_BACK, CutOver
from tests.execute.rig import Rig

BEGAN = datetime(2026, 12, 1, 22, tzinfo=UTC)


def test_a_wave_that_comes_up_over_its_budget_but_before_it_could_be_sent_back_stays(tmp_path: Path) -> None:
    rig = Rig.one_server(tmp_path, cut_over=CutOver(budget_s=60, on_failure=GO_BACK))
    waves, ledger = waves_of(rig.plan.steps), rig.ledger()
    control = WaveControl(rig.plan, rig.policy, waves, ledger, StopFlag(), now=lambda: BEGAN + timedelta(minutes=5))
    (wave,) = waves.all
    (stop,) = wave.stops
    last = wave.back[-1]
    began = {stop: BEGAN.isoformat()}

    def states(**but: State) -> dict[str, StepState]:
        done = {one.id: StepState(step_id=one.id, digest=one.digest, state=State.DONE) for one in rig.plan.steps}
        return done | {step: StepState(step_id=step, digest="", state=state) for step, state in but.items()}

    control.update(states(**{last: State.RUNNING}), began)
    assert list(control.to_go_back(failed=(), busy={last})) == [], "its last step is under way"
    control.update(states(), began)
    assert list(control.to_go_back(failed=(), busy=())) == []
    control.update(states(**{last: State.RUNNING}), began)
    assert list(control.to_go_back(failed=(), busy=())) == [wave], "it is still not up"
    ledger.close()
