"""A rollback killed at every request and record, and two at once: a plain re-run ends it, and both ends never run."""

import copy
import shutil
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace as with_fields

from migrate.errors import DecampError
from migrate.execute.rollback_gate import approve_rollback
from migrate.execute.runner import Runner
from migrate.execute.stop_turns import down_since
from migrate.execute.wave_rollback import RollbackReport, facts_of, roll_back
from migrate.ledger.wave_notes import cuts, note_cut
from migrate.messages import codes
from migrate.plan.wave_state import Stage, known_waves
from migrate.plan.waves import waves_of
from tests.execute.rig import Killed, Meanwhile, Rig, Switch, _Switched
from tests.execute.rollbacks import stage, statuses
from tests.execute.turns import rig_of
from tests.matrix import one_each, rest


@dataclass
class Nth(Switch):
    """Kills at the nth moment of all: before or after any request or ledger call. `moments`: those until then."""

    last: int = 0
    moments: list[tuple[str, str]] = field(default_factory=list)

    def at(self, call: str, when: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.moments.append((call, when))
        if len(self.moments) == self.last:
            raise Killed(f"{when} {call}")


CHANGES = {
    *("source.compute.start", "target.compute.stop"),
    *(f"ledger.of.{call}" for call in ("approve", "forget", "set_note", "start_over", "swap_note", "withdraw")),
}
"""The calls that leave something behind: a kill around any other finds what the one before it has left."""


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Rig:
    """A wave of one server, up at the target."""
    rig = Rig.one_server(tmp_path_factory.mktemp("moved"))
    rig.approve()
    assert rig.run().exit_code == 0
    return rig


def another(rig: Rig, root: Path) -> Rig:
    """A copy of the rig, its clouds and its workspace, to be rolled back in its own way."""
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(rig.root, root)
    worlds = copy.deepcopy((rig.source_world, rig.target_world))
    return replace(rig, root=root, source_world=worlds[0], target_world=worlds[1])


def go(rig: Rig, who: str = "", switch: Switch | None = None) -> RollbackReport:
    ledger = rig.ledger()
    try:
        ctx = rig.context(ledger, switch)
        wave, *_ = known_waves(rig.plan, facts_of(ledger))
        watched: Any = _Switched(ledger, switch, "ledger.of") if switch else ledger
        return roll_back(replace(ctx, ledger=watched), wave, who=who)
    finally:
        ledger.close()


def assert_back(rig: Rig) -> None:
    assert (stage(rig), *statuses(rig)) == (Stage.ROLLED_BACK, ["ACTIVE"], ["SHUTOFF"])
    (server,) = rig.source_world.servers.of(rig.source_world.project("main").id)
    assert server.extra["actions"].split().count("start") == 1
    ledger = rig.ledger()
    assert ledger.approvals() == []
    ledger.close()


@pytest.mark.parametrize("moments", ["after a change", *rest("all")])
def test_killed_at_any_moment_a_plain_rerun_ends_it(moved: Rig, tmp_path: Path, moments: str) -> None:
    whole = Nth()
    go(another(moved, tmp_path / "whole"), "Ann", whole)
    assert len(whole.moments) > 60 and {call for call, _ in whole.moments} > CHANGES
    for last, (call, when) in enumerate(whole.moments, 1):
        if moments != "all" and not (call in CHANGES and when == "after"):
            continue
        rig = another(moved, tmp_path / "killed")
        with pytest.raises(Killed):
            go(rig, "Ann", Nth(last=last))
        source, target = statuses(rig)
        assert (source, target) != (["ACTIVE"], ["ACTIVE"]), last
        # Who approved is in the ledger, unless it was killed before.
        ledger = rig.ledger()
        approved = any(one.gate == "rollback" for one in ledger.approvals()) or stage(rig) is not Stage.UP
        ledger.close()
        go(rig, "" if approved else "Ann")
        assert_back(rig)


def test_after_a_rollback_that_was_killed_no_runner_works_on_the_wave(moved: Rig, tmp_path: Path) -> None:
    whole = Nth()
    go(another(moved, tmp_path / "whole"), "Ann", whole)
    held = set()
    for last in range(1, len(whole.moments) + 1, 9):
        rig = another(moved, tmp_path / "killed")
        with pytest.raises(Killed):
            go(rig, "Ann", Nth(last=last))
        before, now = statuses(rig), stage(rig)
        report = rig.run()
        if now is Stage.ROLLING_BACK:
            held |= {step.code for step in report.steps if step.code}
            assert statuses(rig) == before
    assert held <= {codes.WAVE_ROLLING_BACK, codes.WAITS_FOR_APPROVAL, codes.BLOCKED_BY_STEP}


@pytest.mark.parametrize(
    ("call", "when"), one_each(["target.compute.stop", "source.compute.start"], ["before", "after"])
)
def test_while_a_wave_that_was_up_goes_back_no_other_is_stopped(tmp_path: Path, call: str, when: str) -> None:
    rig = rig_of(tmp_path, 2)
    ledger = rig.ledger()
    first, second = waves_of(rig.plan.steps).all
    ledger.withdraw(second.stops)
    assert rig.run().exit_code == 3 and sorted(statuses(rig)[0]) == ["ACTIVE", "SHUTOFF"]
    with pytest.raises(Killed):
        go(rig, "Ann", Switch(call, when))
    rig.approve()

    report = rig.run()
    (waits,) = (one for one in report.steps if one.step_id in second.stops)
    assert (waits.code, waits.facts) == (codes.WAVE_ROLLING_BACK, {"wave": first.name})
    assert rig.cloud("source").compute.server(second.servers[0].server_id).status == "ACTIVE"
    go(rig)
    assert rig.cloud("source").compute.server(first.servers[0].server_id).status == "ACTIVE"
    assert down_since(ledger) == {}
    rig.run()
    assert rig.cloud("source").compute.server(second.servers[0].server_id).status == "SHUTOFF"
    ledger.close()


def test_two_at_once_do_no_harm(moved: Rig, tmp_path: Path) -> None:
    for turn in range(2):
        rig = another(moved, tmp_path / f"two-{turn}")

        def one(rig: Rig) -> object:
            try:
                return go(rig, "Ann")
            except DecampError as err:
                return err.code

        with ThreadPoolExecutor(2) as pool:
            ended = list(pool.map(one, [rig, rig]))
        assert {one for one in ended if isinstance(one, str)} <= {codes.STEP_UNDER_WAY, codes.ROLLBACK_NOT_APPROVED}, (
            ended
        )
        go(rig)
        assert_back(rig)


def test_a_rollback_beside_a_run_begins_only_between_its_steps(tmp_path: Path) -> None:
    """At the end the wave is moved, or it is back at the source; it is never at both."""
    for turn in range(2):
        (root := tmp_path / str(turn)).mkdir()
        rig = Rig.one_server(root)
        rig.approve()
        refused = []
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(rig.run)
            while not wait([running], 0.03).done:
                try:
                    go(rig, "Ann")
                    break
                except DecampError as err:
                    refused.append(err.code)
            running.result(60)
        assert set(refused) <= {codes.NOTHING_TO_ROLL_BACK, codes.STEP_UNDER_WAY}
        rig.run()
        source, target = statuses(rig)
        assert (source, target) in ((["SHUTOFF"], ["ACTIVE"]), (["ACTIVE"], []), (["ACTIVE"], ["SHUTOFF"]))


def test_a_server_that_is_made_after_the_look_is_parked_too(tmp_path: Path) -> None:
    """A runner makes it at the target, and holds no step any more, before the rollback's record is there."""
    rig = Rig.one_server(tmp_path)
    rig.approve()
    limits = rig.target_world.project("main").limits
    limits["servers"] = 0
    rig.run()
    assert statuses(rig) == (["SHUTOFF"], [])
    limits["servers"] = 10
    switch = Meanwhile("ledger.of.held", do=rig.run)
    go(rig, "Ann", switch)
    assert switch.fired
    assert_back(rig)


def test_a_run_holds_a_step_of_the_wave(moved: Rig, tmp_path: Path) -> None:
    rig = another(moved, tmp_path / "held")
    ledger = rig.ledger()
    (wave,) = known_waves(rig.plan, facts_of(ledger))
    ledger.reopen(wave.up[0])
    claim = ledger.claim(wave.up[0], "elsewhere/runner", 60)
    assert claim is not None
    with pytest.raises(DecampError) as caught:
        go(rig, "Ann")
    assert caught.value.code == codes.STEP_UNDER_WAY
    assert facts_of(ledger).rollbacks == {}, "it is as if it had not been asked for"
    ledger.close()
    assert statuses(rig) == (["SHUTOFF"], ["ACTIVE"])


def test_a_server_that_another_process_has_just_started_is_not_called_changed_by_somebody(
    moved: Rig, tmp_path: Path
) -> None:
    """It does so between the look at the server and the one at what was done to it."""
    rig = another(moved, tmp_path / "just")
    switch = Meanwhile("source.compute.actions", do=lambda: go(rig, "Ann"))
    go(rig, "Ann", switch)
    assert switch.fired
    assert_back(rig)


def test_a_step_that_was_claimed_as_the_rollback_began_is_given_up(moved: Rig, tmp_path: Path) -> None:
    """The runner read the ledger before the record, and claims after it."""
    rig = another(moved, tmp_path / "late")
    ledger = rig.ledger()
    (wave,) = known_waves(rig.plan, facts_of(ledger))
    ledger.reopen(wave.up[-1])
    with pytest.raises(Killed):
        go(rig, "Ann", Switch("ledger.of.swap_note", "after"))
    assert stage(rig) is Stage.ROLLING_BACK
    runner = Runner(rig.context(ledger))
    runner._turns.update(ledger.states(), ())
    runner._turns._back = {}
    step = next(one for one in rig.plan.steps if one.id == wave.up[-1])
    assert runner._claim(step) is None
    assert ledger.held() == set()
    ledger.close()


def test_the_permit_needs_both_the_approval_and_the_look(moved: Rig, tmp_path: Path) -> None:

    rig = another(moved, tmp_path / "permit")
    ledger = rig.ledger()
    ctx = rig.context(ledger)
    (wave,) = known_waves(rig.plan, facts_of(ledger))
    server_id = wave.servers[0].server_id
    with ctx.permits.starting(server_id):
        assert not ctx.permits.may_start(server_id), "nobody has approved it"
    approve_rollback(ledger, wave.stops, "Ann")
    assert not ctx.permits.may_start(server_id), "nobody has looked at it"
    with ctx.permits.starting(server_id):
        assert ctx.permits.may_start(server_id)
        assert not ctx.permits.may_start("another")

    cut = cuts(ledger)[wave.stops[0]]
    note_cut(ledger, wave.stops[0], with_fields(cut, asked_at="2030-01-01T00:00:00Z"))
    with ctx.permits.starting(server_id):
        assert not ctx.permits.may_start(server_id), "it was approved for another stop"
    ledger.close()
