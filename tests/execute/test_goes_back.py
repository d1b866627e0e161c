"""A wave that the target refuses goes back by itself, killed at any request: a plain re-run ends it back or whole."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from migrate.errors import QuotaExceeded
from migrate.execute.runner import Runner, RunReport
from migrate.execute.wave_control import BY_POLICY
from migrate.execute.wave_rollback import roll_back
from migrate.messages import codes
from migrate.plan.wave_state import Stage
from migrate.policy.policy_records import GO_BACK, CutOver
from tests.execute.rig import Killed, Rig, Switch
from tests.execute.rollbacks import stage, statuses
from tests.matrix import one_each


def refused(root: Path, times: int = 10) -> Rig:
    """A tenant whose server the target does not take for so many times."""
    rig = Rig.one_server(root, cut_over=CutOver(on_failure=GO_BACK))
    rig.approve()
    rig.target_world.fail_next(
        "POST", r"^/servers$", QuotaExceeded(codes.QUOTA_EXCEEDED, resource="cores"), times=times
    )
    return rig


def run(rig: Rig, switch: Switch | None = None) -> RunReport:
    ledger = rig.ledger(switch)
    try:
        ctx = rig.context(ledger, switch)
        runner = Runner(
            ctx, lease_s=30, retry_first_s=0.01, go_back=lambda wave: void(roll_back(ctx, wave, who=BY_POLICY))
        )
        if switch:
            host, pid, _, name = runner.owner.split("/")
            runner.owner = f"{host}/{pid}/0/{name}"
        return runner.run()
    finally:
        ledger.close()


def void(_report: Any) -> None:
    return None


def test_it_goes_back_and_the_source_is_asked_for_a_stop_and_a_start(tmp_path: Path) -> None:
    rig = refused(tmp_path)
    assert run(rig).exit_code == 3
    assert (stage(rig), *statuses(rig)) == (Stage.ROLLED_BACK, ["ACTIVE"], [])
    again = run(rig)
    assert again.exit_code == 3 and statuses(rig) == (["ACTIVE"], []), "not without a new plan and approval"


CALLS = ("target.compute.create_server", "source.compute.start", "source.compute.stop", "source.compute.create_image")
NEVER = {("target.compute.create_server", "after"), ("target.compute.create_server", "recorded")}
NEVER |= {("source.compute.start", "recorded")}
"""What is refused has no effect, and a start is no resource to record."""


@pytest.mark.parametrize(("call", "when"), one_each(CALLS, ["before", "after", "recorded"]))
def test_killed_at_a_request_a_plain_rerun_ends_back(tmp_path: Path, call: str, when: str) -> None:
    rig = refused(tmp_path)
    switch = Switch(call, when)
    with nullcontext() if (call, when) in NEVER else pytest.raises(Killed):
        run(rig, switch)
    assert switch.fired == ((call, when) not in NEVER)
    source, target = statuses(rig)
    assert not (source == ["ACTIVE"] and target == ["ACTIVE"])
    run(rig)
    assert (stage(rig), *statuses(rig)) == (Stage.ROLLED_BACK, ["ACTIVE"], [])


def test_a_wave_that_comes_up_at_the_second_run_stays(tmp_path: Path) -> None:
    """Killed before the target refused it; by then the target takes the server."""
    rig = refused(tmp_path, times=0)
    with pytest.raises(Killed):
        run(rig, Switch("target.compute.create_server", "before"))
    assert run(rig).exit_code == 0
    assert (stage(rig), *statuses(rig)) == (Stage.UP, ["SHUTOFF"], ["ACTIVE"])
