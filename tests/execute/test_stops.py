"""Disks of one server are of one stop, whatever its owner has done in between, and whether or not a run saw it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrate.disks.store.manifest import SEGMENT_BYTES, DiskManifest
from migrate.errors import Denied, Exit
from migrate.execute.consistency import captures_of, disk_of
from migrate.execute.runner import RunReport
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model import Server
from migrate.model.steps import AttachVolume, CaptureVolume, MakeServer, Step, StopServer
from migrate.plan.waves import awaited
from tests.execute.end_state import assert_whole
from tests.execute.rig import Killed, Rig, Switch
from tests.matrix import rest

AT, BEFORE, SINCE = 3 << 20, b"written before", b"written since!"


@pytest.fixture
def rig(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rig:
    """With a clock that moves on at each look: a whole stop passes between two captures here within a second."""
    made = Rig.one_server(tmp_path)
    made.approve()
    seconds = iter(range(10**6))
    monkeypatch.setattr(made.source_world, "now", lambda: f"2026-01-01T{next(seconds):010d}Z")
    return made


def server_of(rig: Rig) -> Server:
    action = next(step.action for step in rig.plan.steps if isinstance(step.action, StopServer))
    return rig.cloud("source").compute.server(action.server_id)


def captures(rig: Rig) -> list[Step]:
    found = captures_of(rig.plan, server_of(rig).id)
    assert len(found) > 1 and all(step.needs for step in found)
    return found


def write(rig: Rig, data: bytes) -> None:
    """What the guest writes, to each of its disks."""
    for step in captures(rig):
        if isinstance(step.action, CaptureVolume):
            rig.source_world.write_volume(step.action.volume.id, AT, data)
        else:
            rig.source_world.write_root_disk(server_of(rig).id, AT, data)


def use_in_between(rig: Rig) -> None:
    """Its owner starts the server, uses it and stops it again: it is SHUTOFF before and after.

    In one go: the capture of another of its disks, in a thread of its own, would rightly refuse it while it runs.
    """
    server_id = server_of(rig).id
    with rig.source_world.lock:
        rig.source_world.power(server_id, "ACTIVE")
        write(rig, SINCE)
        rig.source_world.power(server_id, "SHUTOFF")


def manifests(rig: Rig) -> list[DiskManifest]:
    ledger = rig.ledger()
    store = rig.context(ledger).store
    found = [store.manifest(disk_of(step.action)) for step in captures(rig)]
    ledger.close()
    assert all(found)
    return [manifest for manifest in found if manifest]


def shown(rig: Rig) -> set[bytes]:
    """What the disks that count hold at that place."""
    ledger = rig.ledger()
    store = rig.context(ledger).store
    index, at = divmod(AT, SEGMENT_BYTES)
    found = {store.segment(manifest, index)[at : at + len(SINCE)] for manifest in manifests(rig)}
    ledger.close()
    return found


def of_one_stop(rig: Rig) -> bool:
    return len({(m.origin.consistency, m.origin.stop) for m in manifests(rig)}) == 1


def only(*steps: Step) -> Callable[[Step], bool]:
    wanted = {step.id for step in steps} | {need for step in steps for need in step.needs}
    return lambda step: step.id in wanted


@pytest.mark.parametrize("first", [0, *rest(1)])
def test_a_server_that_was_used_while_no_run_looked_is_captured_whole_anew(rig: Rig, first: int) -> None:
    write(rig, BEFORE)
    assert rig.run(only=only(captures(rig)[first])).exit_code == 0
    use_in_between(rig)
    report = rig.run()
    assert report.exit_code == 0, [s for s in report.steps if s.state != "done"]
    assert of_one_stop(rig) and manifests(rig)[0].origin.stop
    assert shown(rig) == {SINCE}
    assert_whole(rig)


@pytest.mark.parametrize("tells", [False, *rest(True)])
def test_a_server_that_a_run_saw_running_is_captured_whole_anew(
    rig: Rig, tells: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a cloud does not list what was done to a server, the run itself remembers that it saw it running."""
    monkeypatch.setattr(rig.source_world.offer, "tells_actions", tells)
    write(rig, BEFORE)
    first, *others = captures(rig)
    assert rig.run(only=only(first)).exit_code == 0
    rig.source_world.power(server_of(rig).id, "ACTIVE")
    write(rig, SINCE)
    report = rig.run(only=lambda step: step.reads_source)
    assert report.exit_code == Exit.CONFLICT
    failed = {step.step_id: step.code for step in report.steps if step.state is State.FAILED}
    assert failed == {step.id: codes.SOURCE_CHANGED for step in others}
    rig.source_world.power(server_of(rig).id, "SHUTOFF")
    assert rig.run().exit_code == 0
    assert of_one_stop(rig)
    assert shown(rig) == {SINCE}
    assert_whole(rig)


CUTS = ["source.block.create_snapshot", "source.compute.create_image"]


@pytest.mark.parametrize("call", [*CUTS, *rest("source.block.create_volume", "source.block.upload_to_image")])
def test_what_a_killed_run_took_of_an_earlier_stop_is_not_adopted(rig: Rig, call: str) -> None:
    write(rig, BEFORE)
    with pytest.raises(Killed):
        rig.run(Switch(call, "after"), only=lambda step: step.reads_source)
    assert server_of(rig).status == "SHUTOFF"
    use_in_between(rig)
    assert rig.run().exit_code == 0
    assert of_one_stop(rig)
    assert shown(rig) == {SINCE}
    assert_whole(rig)


@pytest.mark.parametrize("call", ["source.block.upload_to_image", *rest("source.block.create_volume", *CUTS)])
def test_nor_is_it_where_the_ledger_is_new(rig: Rig, call: str) -> None:
    """Which knows nothing of it: not even that it was tried."""
    write(rig, BEFORE)
    with pytest.raises(Killed):
        rig.run(Switch(call, "after"), only=lambda step: step.reads_source)
    use_in_between(rig)
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (rig.root / name).unlink(missing_ok=True)
    rig.approve()
    assert rig.run().exit_code == 0
    assert of_one_stop(rig)
    assert shown(rig) == {SINCE}
    assert_whole(rig)


@pytest.mark.parametrize("call", CUTS)
def test_a_server_that_is_started_while_a_disk_is_taken_is_taken_again(rig: Rig, call: str) -> None:
    write(rig, BEFORE)
    looks: list[int] = []

    def in_between(*_args: Any, **_kwargs: Any) -> bool:
        looks.append(1)
        if len(looks) == 2:  # before the call, and after it
            use_in_between(rig)
        return False

    report = rig.run(Switch(call, of=in_between))
    assert report.exit_code == 0, [(step.step_id, step.code, step.facts) for step in report.steps if step.code]
    assert len(looks) > 2
    assert of_one_stop(rig) and shown(rig) == {SINCE}
    assert_whole(rig)


def test_once_all_disks_are_captured_its_owner_may_have_the_server_back(rig: Rig) -> None:
    assert rig.run(only=lambda step: step.reads_source).exit_code == 0
    before = manifests(rig)
    rig.source_world.power(server_of(rig).id, "ACTIVE")
    ledger = rig.ledger()
    for step in captures(rig):
        ledger.reopen(step.id)
    ledger.close()
    report = rig.run()
    # Its disks are at the target, and older than what it has now: no server is made of them unasked.
    assert [(s.name, s.code) for s in report.steps if s.state is State.FAILED] == [
        (server_of(rig).name, codes.RAN_SINCE_STOP)
    ]
    assert report.exit_code == Exit.CONFLICT
    assert manifests(rig) == before
    assert server_of(rig).name not in {s.name for s in rig.cloud("target").compute.servers()}
    rig.policy = replace(rig.policy, stale="accept")
    assert rig.run().exit_code == 0
    assert manifests(rig) == before
    assert_whole(rig)


def test_a_server_that_ran_and_was_stopped_again_is_not_made_of_the_older_disks(rig: Rig) -> None:
    """It is captured anew in the stop that it is in, and what was restored of the older disks is replaced."""
    write(rig, BEFORE)
    assert rig.run(only=lambda step: not isinstance(step.action, MakeServer | AttachVolume)).exit_code == 0
    use_in_between(rig)
    report = rig.run()
    assert report.exit_code == 0, [s for s in report.steps if s.state != "done"]
    assert of_one_stop(rig) and shown(rig) == {SINCE}
    assert_whole(rig)


def test_without_the_source_nobody_can_tell_and_the_server_is_made(rig: Rig) -> None:
    assert rig.run(only=lambda step: step.reads_source).exit_code == 0
    rig.source_world.power(server_of(rig).id, "ACTIVE")
    assert rig.run(source=False).exit_code == 0
    assert_whole(rig)


def mix(rig: Rig) -> None:
    """As an earlier Decamp may have left it: all is captured, and one disk is of another stop."""
    ledger = rig.ledger()
    sealed = manifests(rig)[0]
    with rig.context(ledger).store.begin(sealed.disk, sealed.origin.image_id, sealed.size_bytes) as writer:
        again = writer.seal("disk", replace(sealed.origin, stop="another"))
    assert again.tree_digest == sealed.tree_digest
    ledger.close()


def test_disks_of_several_stops_are_captured_anew_before_they_meet(rig: Rig) -> None:
    assert rig.run(only=lambda step: step.reads_source).exit_code == 0
    mix(rig)
    assert not of_one_stop(rig)
    assert rig.run().exit_code == 0
    assert of_one_stop(rig)
    assert_whole(rig)


@pytest.mark.full
def test_a_disk_of_an_earlier_stop_that_was_restored_already_is_replaced(rig: Rig) -> None:
    write(rig, BEFORE)
    assert rig.run(only=lambda step: not isinstance(step.action, MakeServer | AttachVolume)).exit_code == 0
    mix(rig)
    use_in_between(rig)
    report = rig.run()
    assert report.exit_code == 0, [s for s in report.steps if s.state != "done"]
    assert of_one_stop(rig) and shown(rig) == {SINCE}
    assert_whole(rig)


def test_a_restored_volume_of_which_somebody_has_made_a_snapshot_stays(rig: Rig) -> None:
    write(rig, BEFORE)
    assert rig.run(only=lambda step: not isinstance(step.action, MakeServer | AttachVolume)).exit_code == 0
    block = rig.cloud("target").block
    kept = next(v for v in block.volumes() if v.name == "orders" or v.metadata)
    block.create_snapshot(kept.id, "the customer's own", {})
    rig.target_world.settle()
    use_in_between(rig)
    report = rig.run()
    assert {s.code for s in report.steps if s.state is State.FAILED} == {codes.COPY_OLDER_AND_USED}
    assert kept.id in {v.id for v in block.volumes()}


def test_without_the_source_no_server_is_made_of_several_stops(rig: Rig) -> None:
    assert rig.run(only=lambda step: step.reads_source).exit_code == 0
    mix(rig)
    report = rig.run(source=False)
    assert report.exit_code == Exit.CONFLICT
    assert [s.code for s in report.steps if s.state is State.FAILED] == [codes.STOPS_DIFFER]
    assert [s.name for s in rig.cloud("target").compute.servers() if s.name == server_of(rig).name] == []


def test_a_server_waits_for_the_captures_of_all_its_disks(rig: Rig) -> None:
    last = next(step for step in captures(rig) if isinstance(step.action, CaptureVolume))
    rig.source_world.fail_next("POST", "/snapshots", Denied(codes.NOT_ALLOWED, what="snapshots"), times=100)
    report = rig.run()
    make = f"server:{server_of(rig).id}"
    assert set(awaited(rig.plan.steps)[make]) == {step.id for step in captures(rig)}
    states = {step.step_id: step for step in report.steps}
    assert states[last.id].state is State.FAILED
    assert (states[make].state, states[make].code) == (State.BLOCKED, codes.BLOCKED_BY_STEP)
    rig.source_world._failures.clear()
    assert rig.run().exit_code == 0
    assert_whole(rig)


# ---------------------------------------------------------------- the source's own clock


def captured_again(rig: Rig, step: Step, call: str, behind: Callable[[int], bool]) -> RunReport:
    """The disk is read, its server used, and the disk read anew; `behind`: whether the clock is when it is taken.

    Its argument counts how often that was, from 1 on.
    """
    write(rig, BEFORE)
    assert rig.run(only=only(step)).exit_code == 0
    use_in_between(rig)
    ledger = rig.ledger()
    ledger.reopen(step.id)
    ledger.close()
    right, taken = rig.source_world.now, 0

    def count(*_args: Any, **_kwargs: Any) -> bool:
        nonlocal taken
        taken += 1
        is_behind = behind((taken + 1) // 2)  # it is asked before the call, and after it
        rig.source_world.now = (lambda: "2025-12-31T00:00:00Z") if is_behind else right  # type: ignore[method-assign]
        return False

    return rig.run(Switch(call, of=count), only=only(step))


@pytest.mark.parametrize("first", [0, *rest(1)])
def test_a_disk_that_the_sources_clock_calls_older_is_taken_once_more(rig: Rig, first: int) -> None:
    """Two servers of the cloud differ by a while: by the later one's clock the older copy would be the newest."""
    step = captures(rig)[first]
    assert captured_again(rig, step, call_of(step), lambda taken: taken == 1).exit_code == 0
    assert shown_by(rig, step) == SINCE
    assert rig.run().exit_code == 0
    assert shown(rig) == {SINCE}
    assert_whole(rig)


def test_a_clock_that_stays_behind_fails_the_capture_and_nothing_is_read(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    step = captures(rig)[1]
    with monkeypatch.context() as clock:
        clock.setattr(rig.source_world, "now", rig.source_world.now)  # put back at the end
        report = captured_again(rig, step, call_of(step), lambda taken: True)
    assert [(s.step_id, s.code) for s in report.steps if s.state is State.FAILED] == [
        (step.id, codes.CLOUD_UNAVAILABLE)
    ]
    assert shown_by(rig, step) == BEFORE
    ledger = rig.ledger()
    assert len(rig.context(ledger).store.origins(disk_of(step.action))) == 1
    ledger.close()
    assert rig.run().exit_code == 0
    assert shown(rig) == {SINCE}


def call_of(step: Step) -> str:
    """What takes the disk."""
    return "source.block.create_snapshot" if isinstance(step.action, CaptureVolume) else "source.compute.create_image"


def shown_by(rig: Rig, step: Step) -> bytes:
    """What the pass that counts holds at that place."""
    ledger = rig.ledger()
    store = rig.context(ledger).store
    manifest = store.manifest(disk_of(step.action))
    assert manifest
    index, at = divmod(AT, SEGMENT_BYTES)
    found = store.segment(manifest, index)[at : at + len(SINCE)]
    ledger.close()
    return found
