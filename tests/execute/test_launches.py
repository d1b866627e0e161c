"""Test launches: killed at every request, broken off, two at once: nothing is left, nothing of a move is touched."""

import json
import time
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import cycle, product
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from migrate.clouds.ports import NewImage, NewServer
from migrate.demo.memory import MemoryCloud
from migrate.demo.memory.worker_machine import Machine
from migrate.demo.small_tenant import two_clouds
from migrate.errors import Cancelled, ConflictError, DecampError, Exit, ItemError, TransientError
from migrate.execute.leftovers import clean
from migrate.execute.runner import Runner
from migrate.execute.test_launch.carry_out_launch import Launch, carry_out_launch, remove_kept
from migrate.execute.test_launch.launch_required import RequiredLaunches
from migrate.execute.test_launch.launch_scope import LaunchScope, may_be_launched, newest_passes, scope_of
from migrate.execute.test_launch.launch_turn import NOTE, noted_launch, turn_of
from migrate.health.launch_evidence import LaunchRecord
from migrate.ledger.ledger import Ledger
from migrate.ledger.step_claim import new_owner
from migrate.messages import codes
from migrate.model import Role, mark_of
from migrate.model.health_checks import AnyCheck, CommandCheck, ConsoleCheck, PingCheck
from migrate.plan.build_plan import build_plan
from migrate.policy.health_lines import HealthLine
from migrate.policy.policy_records import CutOver, Disks
from tests.execute.rig import Killed, Rig, Switch
from tests.health.programs import script
from tests.matrix import one_each, rest

RUNNING = {"consistency": "crash", "start": "twin"}


def captured(root: Path, *checks: AnyCheck, **policy: Any) -> Rig:
    """The tenant in the store, captured while its server runs."""

    def make(folder: Path) -> Rig:
        health = (HealthLine(servers="server:*", checks=checks),) if checks else ()
        rig = Rig.make(folder, health=health, **{**RUNNING, **policy})
        assert rig.run(only=lambda step: step.reads_source and step.do != "container.copy").exit_code == 0
        return rig

    return Rig.copy_of(f"captured: {checks} {policy}", make, root)


def scope(rig: Rig) -> LaunchScope:
    (wave,) = may_be_launched(rig.plan)
    return scope_of(rig.plan, rig.source, wave)


def launch(
    rig: Rig, switch: Switch | None = None, *, keep_s: int = 0, ledger: Ledger | None = None
) -> tuple[LaunchRecord, DecampError | None]:
    own = ledger or rig.ledger(switch)
    try:
        ctx = rig.context(own, switch, source=False)
        passes = newest_passes(scope(rig), ctx.store.newest_pass, "decamp run")
        host, pid, _, name = new_owner().split("/")
        # With a switch it is a process that is gone afterwards.
        owner = f"{host}/{pid}/0/{name}" if switch else ""
        return carry_out_launch(ctx, Launch(scope(rig), passes, keep_s, owner, 0.01))
    finally:
        if not ledger:
            own.close()


def left_there(rig: Rig) -> list[str]:
    """What test launches have left at the target."""
    cloud = rig.cloud("target")
    state = cloud.network.state()
    things: tuple[Any, ...] = (
        *cloud.compute.servers(),
        *cloud.block.volumes(),
        *cloud.images.images(),
        *state.networks,
        *state.subnets,
        *state.ports,
    )
    marked = [thing.name for thing in things if (mark := mark_of(thing)) and mark.role is Role.TEST]
    ledger = rig.ledger()
    try:
        return [*marked, *(effect.name for effect in ledger.effects() if effect.role is Role.TEST)]
    finally:
        ledger.close()


def assert_nothing_left(rig: Rig) -> None:
    assert left_there(rig) == []
    ledger = rig.ledger()
    assert ledger.note(NOTE) is None
    ledger.close()


WHEN = ("before", "after", "recorded")
POINTS = (
    "target.network.create_port-1",
    "target.images.upload-1",
    "target.block.create_volume-1",
    "target.compute.create_server-1",
    "target.compute.attach-1",
    "target.compute.delete_server-1",
    "target.network.delete-3",
)
MORE = (
    "target.network.create_network-1",
    "target.network.create_subnet-1",
    "target.network.enable_dhcp-1",
    "target.images.create-1",
    "target.images.create-2",
    "target.images.upload-2",
    "target.block.set_boot-1",
    "target.images.delete-1",
    "target.images.delete-2",
    "target.block.delete_volume-1",
    "target.network.delete-1",
    "target.network.delete-2",
)
"""A call, and which one of its kind."""


def switch_at(point: str, when: str) -> Switch:
    call, _, nth = point.partition("-")
    return Switch(call, when, nth=1 if when == "recorded" else int(nth))


@pytest.mark.parametrize(("point", "when"), [*one_each(POINTS, WHEN), *rest(*product(MORE, WHEN))])
def test_a_plain_rerun_after_a_kill_ends_checked_and_removed(point: str, when: str, tmp_path: Path) -> None:
    rig = captured(tmp_path, ConsoleCheck(matches="login", retries=0))
    switch = switch_at(point, when)
    with pytest.raises(Killed):
        launch(rig, switch)
    assert switch.fired
    record, failure = launch(rig)
    assert failure is None and record.passed and record.counts == (2, 0, 0)
    assert_nothing_left(rig)


@pytest.mark.parametrize(
    "killed",
    [
        [*zip(POINTS, cycle(("after", "before", "recorded")), strict=False)],
        *rest(*(([one],) for one in product((*POINTS, *MORE), WHEN))),
    ],
    ids=lambda killed: "in turn" if len(killed) > 1 else "-".join(killed[0]),
)
def test_what_a_killed_launch_left_is_cleaned(killed: list[tuple[str, str]], tmp_path: Path) -> None:
    rig = captured(tmp_path)
    for point, when in killed:
        with pytest.raises(Killed):
            launch(rig, switch_at(point, when))
        ledger = rig.ledger()
        made = clean(rig.context(ledger))
        ledger.close()
        assert all(one.removed for one in made if one.role is Role.TEST)
        assert left_there(rig) == []
    rig.approve()
    assert rig.run().exit_code == 0
    assert [row for row in rig.verify().rows if row.differences] == []


# ---------------------------------------------------------------- broken off, refused, two at once


def test_one_that_breaks_off_cleans_up_and_says_why(tmp_path: Path) -> None:
    rig = captured(tmp_path)
    rig.target_world.fail_next("POST", r"^/servers$", ItemError("DCP-499", error="no valid host"))
    record, failure = launch(rig)
    assert failure is not None and (record.code, record.passed) == ("DCP-499", False)
    assert_nothing_left(rig)
    assert still_to_launch(rig) == ["web-1"]
    assert launch(rig)[0].passed
    assert still_to_launch(rig) == []
    rig.plan = build_plan(rig.source, rig.target, structs.replace(rig.policy, keep_mac=True))
    assert still_to_launch(rig) == ["web-1"]


def still_to_launch(rig: Rig) -> list[str]:
    """What a policy that requires test launches would still wait for."""
    ledger = rig.ledger()
    try:
        policy = structs.replace(rig.policy, cut_over=CutOver(test_launch="required"))
        (wave,) = may_be_launched(rig.plan)
        return RequiredLaunches(rig.plan, policy, ledger).missing(wave)
    finally:
        ledger.close()


def test_what_may_pass_is_tried_again(tmp_path: Path) -> None:
    rig = captured(tmp_path)
    rig.target_world.fail_next("POST", r"^/volumes$", TransientError(codes.CLOUD_UNAVAILABLE, what="busy"))
    assert launch(rig)[0].passed
    assert_nothing_left(rig)


def test_it_is_removed_too_when_the_operator_stops_it(tmp_path: Path) -> None:
    rig = captured(tmp_path)
    ledger = rig.ledger()
    ctx = rig.context(ledger, source=False)
    made = ctx.target.compute.create_server

    def create_server(new: Any) -> str:
        ctx.stop.set()
        return made(new)

    ctx.target.compute.create_server = create_server  # type: ignore[method-assign]
    passes = newest_passes(scope(rig), ctx.store.newest_pass, "decamp run")
    with pytest.raises(Cancelled):
        carry_out_launch(ctx, Launch(scope(rig), passes))
    ledger.close()
    assert_nothing_left(rig)


def test_a_check_that_fails_is_told_and_those_that_cannot_be_made_are_counted(tmp_path: Path) -> None:
    script(tmp_path, "cat > seen.json; exit 3", "look.sh")
    checks = (PingCheck(address="first"), CommandCheck(run=("./look.sh",), retries=0), ConsoleCheck(matches="login"))
    rig = captured(tmp_path, *checks)
    record, failure = launch(rig)
    assert failure is None and not record.passed and record.counts == (1, 1, 1)
    (server,) = record.servers
    assert [(one.check, one.code) for one in server.results] == [("active", ""), ("command", codes.HEALTH_COMMAND)]
    told = json.loads((tmp_path / "seen.json").read_text())
    assert told["test_launch"] is True and told["server"]["target_id"] == server.target_id
    assert [(one["kind"], one["new"]) for one in told["addresses"]] == [("fixed", "10.20.0.21"), ("floating", None)]
    assert_nothing_left(rig)


def test_there_is_only_one_at_a_time(tmp_path: Path) -> None:
    rig = captured(tmp_path)
    ledger = rig.ledger()
    refused: list[DecampError] = []
    ctx = rig.context(ledger, source=False)
    made = ctx.target.compute.create_server

    def create_server(new: Any) -> str:
        for again in (lambda: launch(rig), lambda: remove_kept(ctx, "web-1")):
            with pytest.raises(ConflictError) as caught:
                again()
            refused.append(caught.value)
        found = clean(ctx)
        assert {one.code for one in found if one.role is Role.TEST} == {codes.NOT_REMOVED_IN_USE}
        return made(new)

    ctx.target.compute.create_server = create_server  # type: ignore[method-assign]
    passes = newest_passes(scope(rig), ctx.store.newest_pass, "decamp run")
    assert carry_out_launch(ctx, Launch(scope(rig), passes))[0].passed
    assert [err.code for err in refused] == [codes.LAUNCH_UNDER_WAY, codes.LAUNCH_UNDER_WAY]
    ledger.close()
    assert_nothing_left(rig)


def test_one_whose_time_is_over_makes_room_for_the_next(tmp_path: Path) -> None:
    rig = captured(tmp_path)
    launch(rig, keep_s=3600)
    with pytest.raises(ConflictError) as caught:
        launch(rig)
    assert caught.value.code == codes.LAUNCH_KEPT
    ledger = rig.ledger()
    note = json.loads(ledger.note(NOTE) or "")
    ledger.set_note(NOTE, json.dumps(note | {"kept_until": 1.0}))
    ledger.close()
    assert launch(rig)[0].passed
    assert_nothing_left(rig)


def test_a_target_without_room_is_told_before_anything_is_made(tmp_path: Path) -> None:
    rig = captured(tmp_path)
    limits = rig.target_world.project("main").limits
    limits.update(cores=1, volumes=0)
    rig.target_world.log.clear()
    with pytest.raises(ItemError) as caught:
        launch(rig)
    assert (
        caught.value.code == codes.LAUNCH_NO_ROOM and caught.value.facts["what"] == "cores 0 + 2 > 1, volumes 0 + 1 > 0"
    )
    assert [path for method, _, path in rig.target_world.log if method not in ("GET", "HEAD")] == []
    assert_nothing_left(rig)


def test_a_damaged_pass_is_not_set_aside_and_not_launched(tmp_path: Path) -> None:
    rig = captured(tmp_path)
    packs = sorted((tmp_path / "store").rglob("packs%2f*.data"))
    before = sorted(str(path) for path in (tmp_path / "store").rglob("*") if path.is_file())
    for pack in packs:
        pack.write_bytes(b"\0" * pack.stat().st_size)
    record, failure = launch(rig)
    assert failure is not None and failure.exit == Exit.INTEGRITY and record.code == codes.BYTES_DIFFER
    assert sorted(str(path) for path in (tmp_path / "store").rglob("*") if path.is_file()) == before
    assert_nothing_left(rig)


def test_it_runs_beside_a_move(tmp_path: Path) -> None:
    """In the middle of a restore of the same volume, in another process: neither sees what the other makes."""
    rig = captured(tmp_path)
    inner: list[LaunchRecord] = []
    ledger = rig.ledger()
    ctx = rig.context(ledger)
    upload = ctx.target.images.upload

    def beside(image_id: str, chunks: Any, size_bytes: int) -> None:
        if not inner and ctx.target.images.image(image_id).name.startswith("decamp-t-"):
            inner.append(launch(rig)[0])
        upload(image_id, chunks, size_bytes)

    ctx.target.images.upload = beside  # type: ignore[method-assign]
    assert Runner(ctx, lease_s=30).run().exit_code == 0
    ledger.close()
    assert inner[0].passed
    assert_nothing_left(rig)
    assert [row for row in rig.verify().rows if row.differences] == []


def test_what_was_moved_from_an_older_pass_is_left_alone(tmp_path: Path) -> None:
    """The copy at the target is older than the pass that is launched; attempts fail in the middle and are repeated."""
    rig = captured(tmp_path)
    assert rig.run().exit_code == 0
    (volume,) = rig.cloud("target").block.volumes()
    (server,) = rig.cloud("target").compute.servers()
    disks = [f"volume:{mark_of(volume).source_id}", f"server:{mark_of(server).source_id}"]  # type: ignore[union-attr]
    ledger = rig.ledger()
    assert set(ledger.notes("pass:")) >= {f"pass:{disk}" for disk in disks}
    for disk in disks:
        ledger.set_note(f"pass:{disk}", "of an older pass")
    notes, states = ledger.notes(""), ledger.states()
    rig.target_world.fail_next(
        "PUT", r"^/images/.*/file$", TransientError(codes.CLOUD_UNAVAILABLE, what="busy"), times=2
    )
    assert launch(rig, ledger=ledger)[0].passed
    assert not rig.target_world._failures
    tested = {f"tested:{scope(rig).servers[0].server_id}"}
    assert {key: text for key, text in ledger.notes("").items() if key not in tested} == notes
    assert ledger.states() == states
    ledger.close()
    assert rig.cloud("target").block.volumes() == [volume] and rig.cloud("target").compute.servers() == [server]
    assert_nothing_left(rig)


def test_it_leaves_no_note_that_a_move_would_read(tmp_path: Path) -> None:
    rig = captured(tmp_path)
    ledger = rig.ledger()
    before, states = ledger.notes(""), ledger.states()
    assert launch(rig, ledger=ledger)[0].passed
    assert {key for key in ledger.notes("") if key not in before} == {f"tested:{scope(rig).servers[0].server_id}"}
    assert ledger.states() == states
    ledger.close()


# ---------------------------------------------------------------- disks written by a worker


@pytest.mark.parametrize("killed_at", ["target.compute.attach", *rest("", "target.block.drop_metadata")])
def test_disks_that_a_worker_writes_are_made_and_removed_too(killed_at: str, tmp_path: Path) -> None:
    made = two_clouds(0.02)
    cloud, machine = MemoryCloud("target/main", world=made[1], project="main"), tmp_path / "machine"
    image_id = cloud.images.create(NewImage(name="os", disk_format="raw"))
    cloud.images.upload(image_id, [b"o" * 4096], 4096)
    worker = cloud.compute.create_server(NewServer(name="worker", flavor_id="a1f0", image_id=image_id, port_ids=()))
    made[1].settle()
    made[1].machine = Machine(worker, machine)
    disks = Disks(restore="attached", target_worker=worker, devices=str(machine / "by-id"))
    rig = Rig.over(made, tmp_path, {**RUNNING, "disks": disks})
    assert rig.run(only=lambda step: step.reads_source and step.do != "container.copy").exit_code == 0
    if killed_at:
        with pytest.raises(Killed):
            launch(rig, Switch(killed_at, "after"))
    record, failure = launch(rig)
    assert failure is None and record.passed
    assert_nothing_left(rig)
    assert [one.name for one in cloud.compute.servers()] == ["worker"] and cloud.compute.attachments(worker) == []
    assert not any((machine / "by-id").iterdir())


def test_one_that_is_kept_stays_so_though_its_heart_is_about_to_beat(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A beat that began before, and waits while the note says that it is kept, does not take that back."""
    ledger = Ledger.open(f"sqlite:///{tmp_path / 'ledger.db'}", "m")
    swap = ledger.swap_note
    with ThreadPoolExecutor(1) as heart, turn_of(ledger, "wave", owner=new_owner()) as turn:

        def beats_meanwhile(key: str, before: str | None, after: str) -> bool:
            monkeypatch.setattr(ledger, "swap_note", swap)
            beats.append(heart.submit(turn.claim.beat))
            time.sleep(0.2)  # until it waits for its turn to write
            return swap(key, before, after)

        beats: list[Future[object]] = []
        monkeypatch.setattr(ledger, "swap_note", beats_meanwhile)
        turn.keep(time.time() + 3600)
        beats[0].result(60)
    noted = noted_launch(ledger)
    assert noted is not None and noted.is_kept()
    with pytest.raises(ConflictError, match=codes.LAUNCH_KEPT), turn_of(ledger, "other"):
        pass
    ledger.close()
