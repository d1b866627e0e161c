"""Several runners on one ledger share the limit of servers that are down."""

import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.execute.stop_turns import NOTE, Turns, began_at, down_since
from migrate.inventory.scan_project import scan
from migrate.messages import codes
from migrate.model.steps import Step, StopServer
from migrate.plan.build_plan import build_plan
from migrate.plan.waves import waves_of
from migrate.policy.policy_records import Limits
from migrate.units import MIB
from tests.execute.end_state import assert_whole
from tests.execute.rig import Killed, Rig, Switch
from tests.execute.turns import rig_of
from tests.matrix import one_each, rest


def stops_of(rig: Rig) -> list[Step]:
    return [step for step in rig.plan.steps if isinstance(step.action, StopServer)]


WHEN = ["before", "after", "recorded"]


def turns_of(rig: Rig, limit: int = 1) -> Turns:
    ledger = rig.ledger()
    turns = Turns(waves_of(rig.plan.steps), ledger, limit, lambda _id: True)
    turns.update(ledger.states(), ())
    return turns


@pytest.mark.parametrize("limit", [1, 2])
def test_the_last_place_is_given_once(tmp_path: Path, limit: int) -> None:
    """Two runners have looked at the same moment, and each wants another server."""
    rig = rig_of(tmp_path)
    one, other, third = stops_of(rig)
    every = {one.id, other.id, third.id}
    first, second = turns_of(rig, limit), turns_of(rig, limit)
    assert first.reason_for(one, (), every) is None and second.reason_for(other, (), every) is None
    assert first.take(one)
    assert second.take(other) == (limit == 2)
    assert second.take(one)
    assert turns_of(rig, limit).reason_for(third, (), every) == (codes.WAITS_FOR_SERVERS_DOWN, {"limit": str(limit)})
    assert set(down_since(rig.ledger())) == {one.id, other.id} if limit == 2 else {one.id}


def test_of_many_that_take_at_once_one_gets_it(tmp_path: Path) -> None:
    rig = rig_of(tmp_path, 4)
    turns = [(turns_of(rig), stop) for stop in stops_of(rig)]
    start = threading.Barrier(len(turns), timeout=60)

    def take(mine: Turns, stop: Step) -> bool:
        start.wait()
        return mine.take(stop)

    with ThreadPoolExecutor(len(turns)) as pool:
        got = list(pool.map(take, *zip(*turns, strict=True)))
    assert sorted(got) == [False, False, False, True]
    assert len(down_since(rig.ledger())) == 1


@pytest.mark.parametrize("limit", [1, *rest(2)])
def test_two_runners_have_no_more_down_than_one(tmp_path: Path, limit: int) -> None:
    rig = rig_of(tmp_path, 3, limits=Limits(servers_down=limit))
    with ThreadPoolExecutor(2) as both:
        assert [one.exit_code for one in both.map(lambda _: rig.run(), range(2))] == [0, 0]
    lines = {line.step_id: line for line in rig.ledger().journal()}
    waves = waves_of(rig.plan.steps).all
    spans = [(min(lines[i].started_at for i in wave.stops), max(lines[i].ended_at for i in wave.up)) for wave in waves]
    for began, _ in spans:
        assert sum(start <= began < end for start, end in spans) <= limit
    assert rig.ledger().note(NOTE) == "{}"
    assert_whole(rig)


@pytest.mark.parametrize(
    ("call", "when"),
    [
        *one_each(["source.compute.stop", "target.compute.attach"], WHEN),
        *rest(*product(["target.compute.create_server"], WHEN)),
    ],
)
def test_killed_while_one_is_down_a_plain_rerun_brings_it_back_first(tmp_path: Path, call: str, when: str) -> None:
    rig = rig_of(tmp_path, 2)
    switch = Switch(call, when)
    with pytest.raises(Killed):
        rig.run(switch)
    assert switch.fired
    (down,) = down_since(rig.ledger())
    (other,) = (step.id for step in stops_of(rig) if step.id != down)
    had_been_down = other in {line.step_id for line in rig.ledger().journal()}
    assert rig.run().exit_code == 0
    lines = {line.step_id: line for line in rig.ledger().journal()}
    up = {wave.stops[0]: max(lines[step_id].ended_at for step_id in wave.up) for wave in waves_of(rig.plan.steps).all}
    # Killed as the first was up again, the second may be the one that is down.
    first, second = (other, down) if had_been_down else (down, other)
    assert up[first] <= lines[second].started_at
    assert_whole(rig)


def test_servers_that_are_made_anew_are_down_one_by_one_too(tmp_path: Path) -> None:
    """What was made of an earlier copy is at the target all the while, and brings nobody back."""
    rig = rig_of(tmp_path, 2, consistency="crash", start="twin")
    assert rig.run().exit_code == 0
    before = len(rig.ledger().journal())
    for server in rig.cloud("source").compute.servers():
        rig.source_world.write_root_disk(server.id, 3 * MIB, b"since")
        for one in server.attachments:
            rig.source_world.write_volume(one.volume_id, 3 * MIB, b"since")
    rig.policy = replace(rig.policy, consistency="auto", start="cut-over")
    rig.target = scan(rig.cloud("target"), "target")
    rig.plan = build_plan(rig.source, rig.target, rig.policy)
    rig.approve()
    assert rig.run().exit_code == 0
    lines = {line.step_id: line for line in rig.ledger().journal()[before:]}
    waves = waves_of(rig.plan.steps).all
    spans = [(min(lines[i].started_at for i in wave.stops), max(lines[i].ended_at for i in wave.up)) for wave in waves]
    assert len(spans) == 2 and all(sum(start <= began < end for start, end in spans) == 1 for began, _ in spans)
    assert rig.ledger().note(NOTE) == "{}"


def test_a_request_of_an_earlier_move_does_not_put_a_wave_under_way() -> None:
    """A server that was moved, started by its owner and is to be stopped again was asked before."""
    since = {"server:a:stop": "2026-11-27T10:00:00Z", "server:b:stop": "2026-11-27T10:00:00Z"}
    asked = {
        "server:a:stop": "2026-11-26T22:00:00.120+00:00",
        "server:b:stop": "2026-11-27T10:00:00.120+00:00",
        "server:c:stop": "2026-11-27T10:00:00.120+00:00",
    }
    assert began_at(since, asked) == {"server:b:stop": asked["server:b:stop"]}
