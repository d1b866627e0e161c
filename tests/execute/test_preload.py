"""Volumes written ahead of the stop, from passes: what a restore has left to write, and a kill at any moment."""

import copy
import shutil
from collections.abc import Callable
from dataclasses import replace as replace_fields
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from migrate.clouds.ports import NewImage, NewServer
from migrate.demo.memory import MemoryCloud
from migrate.demo.memory.worker_machine import Machine
from migrate.disks.store.manifest import CHUNK_BYTES
from migrate.disks.store.prune import Pass, plan_prune
from migrate.execute.attached import unused_volume
from migrate.execute.leftovers import clean, list_made
from migrate.execute.runner import Runner
from migrate.inventory.scan_project import scan
from migrate.ledger.ledger_records import JournalLine, Preloaded, State
from migrate.ledger.preload_notes import preloaded_disks
from migrate.messages import codes
from migrate.model import UNWRITTEN_KEY, Role, Volume, mark_of
from migrate.model.steps import PreloadVolume, RestoreVolume, StopServer, TakePass
from migrate.plan.build_plan import build_plan
from migrate.policy.policy_records import Disks, Passes
from migrate.units import GIB
from migrate.verify.evidence import Verdict
from migrate.verify.kept_proofs import read_proofs
from tests.execute.bench import Impatient
from tests.execute.end_state import assert_whole
from tests.execute.refreshed import AT, BEFORE, SINCE, write
from tests.execute.rig import Killed, OneOfEach, Rig, Switch, one_server_clouds
from tests.execute.warm_passes import WARM, once_more
from tests.matrix import rest

BETWEEN, AGAIN = b"in the middle!", b"once more now."
CALLS = (
    "target.block.create_volume",
    "target.compute.attach",
    "target.compute.detach",
    "target.block.drop_metadata",
)


def attached_rig(tmp_path: Path, **policy: Any) -> Rig:
    """A server whose volume is restored as a device of a server at the target, on which the test runs."""
    worlds = one_server_clouds()
    target = MemoryCloud("target", world=worlds[1])
    root = tmp_path / "machine"
    image_id = target.images.create(NewImage(name="os", disk_format="raw"))
    target.images.upload(image_id, [b"o" * 4096], 4096)
    new = NewServer(name="worker", flavor_id="a1f0", image_id=image_id, port_ids=())
    worlds[1].machine = Machine(target.compute.create_server(new), root)
    worlds[1].settle()
    disks = Disks(restore="attached", target_worker=worlds[1].machine.server_id, devices=str(root / "by-id"))
    rig = Rig.over(worlds, tmp_path, {"passes": WARM, "disks": disks, **policy})
    worlds[1].log.clear()
    return rig


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rig, Path]:
    """A tenant that one run has written ahead, not approved: nothing is stopped; and a copy of its workspace."""
    rig, kept = attached_rig(tmp_path_factory.mktemp("written")), tmp_path_factory.mktemp("kept")
    write(rig, BEFORE)
    rig.run()
    shutil.copytree(rig.root, kept, dirs_exist_ok=True)
    return rig, kept


@pytest.fixture
def rig(template: tuple[Rig, Path]) -> Rig:
    """The same, as it was then: each test has its own clouds, and the workspace anew, where its devices are."""
    rig, kept = template
    shutil.rmtree(rig.root)
    shutil.copytree(kept, rig.root)
    source, target = copy.deepcopy((rig.source_world, rig.target_world))
    return replace_fields(rig, source_world=source, target_world=target)


def preloads(rig: Rig) -> list[PreloadVolume]:
    return [step.action for step in rig.plan.steps if isinstance(step.action, PreloadVolume)]


def volumes_made(rig: Rig) -> list[Volume]:
    """The moved volumes at the target that are restored behind a stop."""
    ids = {action.restore.volume.id for action in preloads(rig)}
    found = [(v, mark_of(v)) for v in rig.cloud("target").block.volumes()]
    return [volume for volume, mark in found if mark and mark.role is Role.MOVED and mark.source_id in ids]


def texts(rig: Rig) -> set[bytes]:
    return {rig.target_world.read_volume(volume.id, AT, len(SINCE)) for volume in volumes_made(rig)}


def notes(rig: Rig) -> dict[str, Preloaded]:
    ledger = rig.ledger()
    found = preloaded_disks(ledger)
    ledger.close()
    return found


def written(rig: Rig, action: type[PreloadVolume | RestoreVolume]) -> list[int]:
    """Bytes that steps of this action have written, in the order of their ends, of preloaded volumes."""
    ids = {one.restore.volume.id for one in preloads(rig)}
    steps = {s.id: s.action for s in rig.plan.steps}
    ledger = rig.ledger()
    lines: list[JournalLine] = ledger.journal()
    ledger.close()
    mine = [(one, steps.get(one.step_id)) for one in lines]
    return [
        line.size_bytes
        for line, found in mine
        if isinstance(found, action) and (found.restore if isinstance(found, PreloadVolume) else found).volume.id in ids
    ]


def another_pass(rig: Rig) -> None:
    """As a later `run` does where another pass pays."""
    once_more(rig)
    ledger = rig.ledger()
    for step in rig.plan.steps:
        if isinstance(step.action, PreloadVolume):
            ledger.look_again(step.id)
    ledger.close()


def test_the_plan_writes_each_pass_ahead_and_stops_no_server_before(tmp_path: Path) -> None:
    rig = attached_rig(tmp_path)
    plain = build_plan(rig.source, rig.target, replace(rig.policy, passes=Passes(warm=True, preload=False)))
    ahead = {s.id: s for s in rig.plan.steps if isinstance(s.action, PreloadVolume)}
    assert ahead and all(s.sides == ("target",) and s.gate is None for s in ahead.values())
    assert {s.id: s.digest for s in plain.steps} == {s.id: s.digest for s in rig.plan.steps if s.id not in ahead}
    by_id = {s.id: s for s in rig.plan.steps}
    assert all(isinstance(by_id[s.needs[0]].action, TakePass) for s in ahead.values())
    first_stop = min(s.rank for s in rig.plan.steps if isinstance(s.action, StopServer))
    assert all(s.rank < first_stop for s in ahead.values())


def test_without_a_worker_at_the_target_nothing_is_written_ahead(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, passes=WARM)
    assert preloads(rig) == []


def test_behind_the_stop_only_what_has_changed_is_written(rig: Rig) -> None:
    assert all(server.status == "ACTIVE" for server in rig.cloud("source").compute.servers())
    assert texts(rig) == {BEFORE} and all(UNWRITTEN_KEY in v.metadata for v in volumes_made(rig))
    assert all(not v.attachments for v in volumes_made(rig)), "kept off any server"
    whole = written(rig, PreloadVolume)
    assert whole and all(size >= GIB for size in whole)
    assert all(len(one.passes) == 1 and not one.by_changes for one in notes(rig).values())
    zeros = bytes(len(BEFORE))
    write(rig, zeros)
    another_pass(rig)
    rig.run()
    assert texts(rig) == {zeros}, "a chunk that is zero again is a change too"
    assert written(rig, PreloadVolume) == [*whole, *[CHUNK_BYTES] * len(whole)]
    write(rig, SINCE)
    rig.approve()
    assert rig.run().exit_code == 0
    assert texts(rig) == {SINCE}
    assert written(rig, RestoreVolume) == [CHUNK_BYTES] * len(whole)
    assert not any(UNWRITTEN_KEY in v.metadata for v in volumes_made(rig))
    assert notes(rig) == {}, "the proof ends what has to be remembered"
    assert_whole(rig)


def test_a_run_killed_at_any_request_leaves_what_a_plain_run_finishes(tmp_path: Path) -> None:
    """At one of each kind, of the pass ahead; and of the restore, behind the stop."""
    rig, (*ahead, behind) = attached_rig(tmp_path), CALLS
    write(rig, BEFORE)
    left = set(ahead)
    while left:
        with pytest.raises(Killed):
            rig.run(OneOfEach(left=left))
    write(rig, SINCE)
    rig.approve()
    with pytest.raises(Killed):
        rig.run(OneOfEach(left={behind}))
    assert rig.run().exit_code == 0
    assert texts(rig) == {SINCE}
    assert_whole(rig)


@pytest.mark.full
@pytest.mark.parametrize("when", ["before", "after", "recorded"])
@pytest.mark.parametrize("call", CALLS)
def test_a_run_killed_at_one_request_leaves_what_a_plain_run_finishes(tmp_path: Path, call: str, when: str) -> None:
    """At the first request of its kind, of the pass ahead, of the next one, or of the restore."""
    rig = attached_rig(tmp_path)
    write(rig, BEFORE)
    of_restore = call == "target.block.drop_metadata"
    if of_restore:
        rig.approve()
    with pytest.raises(Killed):
        rig.run(Switch(call, when))
    if not of_restore:
        write(rig, SINCE)
        rig.approve()
    assert rig.run().exit_code == 0
    assert texts(rig) == {BEFORE if of_restore else SINCE}
    assert_whole(rig)


@pytest.mark.parametrize("moment", ["changes", "restore", *rest("first write")])
def test_killed_between_the_bytes_and_the_record(
    rig: Rig, tmp_path: Path, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on the device then is of two passes, and the ledger says so."""
    if moment == "first write":
        rig = attached_rig(tmp_path)
        write(rig, BEFORE)
    else:
        write(rig, BETWEEN)
        another_pass(rig)
    if moment == "restore":
        rig.run()
        write(rig, AGAIN)
        rig.approve()
    name = "write_device" if moment == "first write" else "write_changes_to_device"
    killed_after(monkeypatch, name)
    with pytest.raises(Killed):
        rig.run(Switch())
    monkeypatch.undo()
    assert any(len(one.passes) != 1 for one in notes(rig).values())
    write(rig, SINCE)
    if moment != "restore":
        # A newer pass over what may be of either.
        another_pass(rig)
        rig.approve()
    assert rig.run().exit_code == 0
    assert texts(rig) == ({AGAIN} if moment == "restore" else {SINCE})
    assert_whole(rig)


def killed_after(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    real: Callable[..., Any] = getattr(unused_volume, name)

    def then_gone(*args: Any) -> int:
        real(*args)
        raise Killed(name)

    monkeypatch.setattr(unused_volume, name, then_gone)


def test_a_runner_that_wakes_up_late_does_not_speak_for_a_volume_that_was_written_since(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    (disk, known), *_ = notes(rig).items()
    other = replace(known, passes=(*known.passes, replace(known.passes[0], origin_id="a newer one")))
    real: Callable[..., int] = vars(unused_volume)["write_changes_to_device"]

    def slept(job: Any, *args: Any) -> int:
        done = real(job, *args)
        if args[1].disk == disk:
            ledger = rig.ledger()
            ledger.set_note(next(iter(k for k, v in ledger.notes("preloaded:").items() if disk in v)), encoded(other))
            ledger.close()
        return done

    write(rig, BETWEEN)
    another_pass(rig)
    monkeypatch.setattr(unused_volume, "write_changes_to_device", slept)
    rig.run(Switch())
    # Its note was not taken: what the volume holds counts as unknown, and is written whole.
    assert [size >= GIB for size in written(rig, PreloadVolume) if size != CHUNK_BYTES][-1:] == [True]
    assert written(rig, PreloadVolume).count(CHUNK_BYTES) == len(preloads(rig)) - 1
    assert texts(rig) == {BETWEEN}


def test_a_volume_that_somebody_else_has_written_into_is_restored_whole(rig: Rig) -> None:
    """The proof finds it, before a server is made from it."""
    theirs = volumes_made(rig)[0]
    attached_by_somebody(rig, theirs, b"somebody else's")
    write(rig, SINCE)
    rig.approve()
    assert rig.run().exit_code == 0
    assert texts(rig) == {SINCE}
    assert theirs.id not in {v.id for v in volumes_made(rig)}
    assert any(size >= GIB for size in written(rig, RestoreVolume))
    assert_whole(rig)


def attached_by_somebody(rig: Rig, volume: Volume, data: bytes) -> None:
    """To a server of theirs, which writes; and off it again."""
    cloud = rig.cloud("target")
    own = cloud.images.images()[0]
    server_id = cloud.compute.create_server(NewServer(name="own", flavor_id="a1f0", image_id=own.id, port_ids=()))
    rig.target_world.settle()
    cloud.compute.attach(server_id, volume.id)
    rig.target_world.settle()
    if data:
        rig.target_world.write_volume(volume.id, 7 << 20, data)
    cloud.compute.detach(server_id, volume.id)
    rig.target_world.settle()
    cloud.compute.delete_server(server_id)
    rig.target_world.settle()


@pytest.mark.parametrize("touched", [False, *rest(True)])
def test_what_was_read_back_ahead_is_not_read_again_unless_somebody_has_touched_it(rig: Rig, touched: bool) -> None:
    (volume,) = volumes_made(rig)
    if touched:
        attached_by_somebody(rig, volume, b"")
    write(rig, SINCE)
    rig.approve()
    rig.target_world.log.clear()
    assert rig.run().exit_code == 0
    assert texts(rig) == {SINCE}
    proofs = read_proofs(rig.root / "evidence")
    proof = proofs[f"volume:{preloads(rig)[0].restore.volume.id}"]
    assert proof.row.verdict is Verdict.SAME
    assert proof.row.note_code == (None if touched else codes.READ_BACK_IN_PARTS)
    clones = rig.count("target", "POST", lambda path: path.endswith("/volumes"))
    assert clones == (1 if touched else 0), "a clone of the volume, to read all of it"
    assert_whole(rig)


def test_what_is_read_back_ahead_and_differs_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A storage that loses a write is found before the stop."""
    rig = attached_rig(tmp_path)
    write(rig, BEFORE)
    real, lost = unused_volume.__dict__["write_device"], list[str]()

    def loses(job: Any, device: Path, *args: Any) -> int:
        done: int = real(job, device, *args)
        if not lost:
            lost.append(str(device))
            with device.open("r+b") as file:
                file.seek(AT)
                file.write(b"lost")
        return done

    monkeypatch.setattr(unused_volume, "write_device", loses)
    rig.run()
    assert lost and texts(rig) == {BEFORE}
    assert [len(one.passes) for one in notes(rig).values()] == [1]


@pytest.mark.parametrize("lost", ["note", "tables", *rest("pass")])
def test_what_cannot_be_compared_is_written_whole(rig: Rig, lost: str) -> None:
    ledger = rig.ledger()
    store = rig.context(ledger).store
    for disk, holds in preloaded_disks(ledger).items():
        origin_id = holds.passes[0].origin_id
        if lost == "note":
            ledger.forget(next(k for k, v in ledger.notes("preloaded:").items() if disk in v))
        elif lost == "pass":
            store.remove(disk, origin_id)
        else:
            manifest = store.warm_pass(disk, origin_id)
            assert manifest
            for entry in list(store.container.entries(f"disks/{disk.replace(':', '-')}/{origin_id}/")):
                if "table" in entry.name:
                    store.container.delete(entry.name)
    ledger.close()
    write(rig, SINCE)
    rig.approve()
    assert rig.run().exit_code == 0
    assert texts(rig) == {SINCE}
    assert all(size >= GIB for size in written(rig, RestoreVolume))
    assert_whole(rig)


def test_a_volume_that_the_plan_wants_otherwise_now_is_made_again_before_the_stop(rig: Rig) -> None:
    first = {v.id for v in volumes_made(rig)}
    for volume in rig.cloud("source").block.volumes():
        rig.source_world.volumes.row(volume.id, None).record = replace(volume, name=f"{volume.name} renamed")
    rig.source = scan(rig.cloud("source"), "source")
    rig.plan = build_plan(rig.source, rig.target, rig.policy)
    rig.run()
    made = volumes_made(rig)
    assert first.isdisjoint(v.id for v in made) and all("renamed" in v.name for v in made)
    rig.approve()
    assert rig.run().exit_code == 0
    assert all(size < GIB for size in written(rig, RestoreVolume))
    assert_whole(rig)


def encoded(holds: Preloaded) -> str:
    return msgspec.json.encode(holds).decode()


def test_a_prune_keeps_the_passes_that_volumes_hold(rig: Rig) -> None:
    write(rig, BETWEEN)
    another_pass(rig)
    ledger = rig.ledger()
    for step in rig.plan.steps:
        if isinstance(step.action, PreloadVolume):
            ledger.set_idle_state(step.id, State.DONE, "", {})
    ledger.close()
    rig.run()
    ledger = rig.ledger()
    store = rig.context(ledger).store
    held = [
        Pass(disk=disk, origin_id=one.origin_id)
        for disk, holds in preloaded_disks(ledger).items()
        for one in holds.passes
    ]
    ledger.close()
    assert held and set(held) <= set(plan_prune(store, spare_s=0).passes)
    assert not set(held) & set(plan_prune(store, spare_s=0, held=held).passes)


def test_if_the_source_is_lost_the_pass_that_was_written_ahead_becomes_the_disk(rig: Rig) -> None:
    """The volume at the target is no earlier move that would have to be spared."""
    (made,) = volumes_made(rig)
    rig.policy = replace(rig.policy, consistency="crash", accept=(codes.PASS_INSTEAD,))
    rig.plan = build_plan(rig.source, rig.target, rig.policy)
    assert rig.run(source=False).exit_code == 0
    there = rig.cloud("target").block.volume(made.id)
    assert rig.target_world.read_volume(made.id, AT, len(BEFORE)) == BEFORE
    assert UNWRITTEN_KEY not in there.metadata, "complete"


def test_if_the_source_is_lost_a_volume_that_a_killed_run_only_created_is_no_earlier_move(tmp_path: Path) -> None:
    rig = attached_rig(tmp_path)
    write(rig, BEFORE)
    with pytest.raises(Killed):
        rig.run(Switch("target.block.create_volume", "recorded", of=lambda new: UNWRITTEN_KEY in new.metadata))
    (made,) = volumes_made(rig)
    rig.policy = replace(rig.policy, consistency="crash", accept=(codes.PASS_INSTEAD,))
    rig.plan = build_plan(rig.source, rig.target, rig.policy)
    assert rig.run(source=False).exit_code == 0
    assert rig.target_world.read_volume(made.id, AT, len(BEFORE)) == BEFORE


def test_if_the_source_is_lost_and_what_was_written_ahead_too_the_pass_still_becomes_the_disk(rig: Rig) -> None:
    (made,) = volumes_made(rig)
    rig.cloud("target").block.delete_volume(made.id)
    rig.target_world.settle()
    rig.policy = replace(rig.policy, consistency="crash", accept=(codes.PASS_INSTEAD,))
    rig.plan = build_plan(rig.source, rig.target, rig.policy)
    assert rig.run(source=False).exit_code == 0
    (there,) = (v for v in rig.cloud("target").block.volumes() if mark_of(v) == mark_of(made))
    assert rig.target_world.read_volume(there.id, AT, len(BEFORE)) == BEFORE


def test_what_is_incomplete_is_missing_to_a_verification(rig: Rig) -> None:
    rows = {row.target_id: row for row in rig.verify().rows if row.target_id in {v.id for v in volumes_made(rig)}}
    assert rows and all(row.verdict is Verdict.MISSING for row in rows.values())


def test_clean_removes_what_no_step_completes_any_more(rig: Rig) -> None:
    made = {v.id for v in volumes_made(rig)}
    ledger = rig.ledger()
    assert not made & {one.id for one in list_made(rig.context(ledger)) if one.code is None}
    source_ids = {action.restore.volume.id for action in preloads(rig)}
    kept = [s for s in rig.plan.steps if not any(source_id in s.id for source_id in source_ids)]
    context = replace_fields(rig.context(ledger), plan=replace(rig.plan, steps=tuple(kept)))
    assert made <= {one.id for one in clean(context) if one.removed}
    ledger.close()
    assert volumes_made(rig) == []


def test_a_run_that_only_captures_writes_nothing_ahead_and_waits_for_nothing_there(tmp_path: Path) -> None:
    """It may run on another machine, to which the target's devices do not belong."""
    rig = attached_rig(tmp_path)
    write(rig, BEFORE)
    rig.approve()
    rig.run(only=lambda step: step.reads_source)
    assert volumes_made(rig) == []
    assert all(server.status == "SHUTOFF" for server in rig.cloud("source").compute.servers())
    assert rig.run().exit_code == 0
    assert texts(rig) == {BEFORE}
    assert all(size >= GIB for size in written(rig, RestoreVolume))


def test_a_write_ahead_that_fails_holds_the_stop_back(tmp_path: Path) -> None:
    rig = attached_rig(tmp_path)
    rig.approve()
    rig.target_world.machine = None
    ledger = rig.ledger()
    report = Runner(replace_fields(rig.context(ledger), stop=Impatient()), lease_s=30, retry_first_s=0.01).run()
    ledger.close()
    stop = next(one for one in report.steps if one.step_id.endswith(":stop"))
    assert stop.code == codes.NOT_STOPPED_WITHOUT_PASS and stop.facts["step"].endswith(":preload")
    assert all(server.status == "ACTIVE" for server in rig.cloud("source").compute.servers())


def test_a_volume_that_somebody_has_written_into_is_restored_whole_even_if_the_disk_has_not_changed(
    rig: Rig,
) -> None:
    theirs = volumes_made(rig)[0]
    attached_by_somebody(rig, theirs, b"somebody else's")
    rig.approve()
    assert rig.run().exit_code == 0
    assert theirs.id not in {v.id for v in volumes_made(rig)}
    assert any(size >= GIB for size in written(rig, RestoreVolume))
    assert_whole(rig)


def test_a_damaged_table_of_an_older_pass_does_not_set_the_capture_aside(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The tables that are the same in both passes are read by the read-back alone."""
    real: Callable[..., int] = vars(unused_volume)["write_changes_to_device"]

    def then_lost(job: Any, device: Path, manifest: Any, held: Any) -> int:
        done = real(job, device, manifest, held)
        container = job.ctx.store.container
        for one in held:
            for entry in list(container.entries(f"disks/{one.disk.replace(':', '-')}/{one.origin.image_id}/")):
                if "table" in entry.name:
                    container.delete(entry.name)
        return done

    monkeypatch.setattr(unused_volume, "write_changes_to_device", then_lost)
    write(rig, SINCE)
    rig.approve()
    assert rig.run().exit_code == 0
    captures = [one for one in journal(rig) if one.stage == "volume.capture"]
    assert len(captures) == len(preloads(rig)), "each disk is captured once"
    assert written(rig, RestoreVolume) == [CHUNK_BYTES] * len(preloads(rig))
    assert texts(rig) == {SINCE}
    assert_whole(rig)


def journal(rig: Rig) -> list[JournalLine]:
    ledger = rig.ledger()
    found: list[JournalLine] = ledger.journal()
    ledger.close()
    return found


def test_nothing_is_written_ahead_of_a_server_that_is_down(tmp_path: Path) -> None:
    """That would keep it down for longer: a run that only stops servers may have been killed before it captured."""
    rig = attached_rig(tmp_path)
    write(rig, BEFORE)
    rig.approve()
    rig.run(only=lambda step: isinstance(step.action, TakePass | StopServer))
    assert all(server.status == "SHUTOFF" for server in rig.cloud("source").compute.servers())
    assert rig.run().exit_code == 0
    assert written(rig, PreloadVolume) == [0] * len(preloads(rig))
    assert texts(rig) == {BEFORE}
    assert_whole(rig)


def test_a_prune_removes_a_damaged_pass_though_a_volume_holds_it(rig: Rig) -> None:
    write(rig, BETWEEN)
    once_more(rig)
    rig.run(only=lambda step: isinstance(step.action, TakePass))
    ledger = rig.ledger()
    store = rig.context(ledger).store
    held = [
        Pass(disk=disk, origin_id=one.origin_id)
        for disk, holds in preloaded_disks(ledger).items()
        for one in holds.passes
    ]
    ledger.close()
    (one,) = held
    name = f"disks/{one.disk.replace(':', '-')}/{one.origin_id}/"
    for entry in list(store.container.entries(name)):
        store.container.put(entry.name, [b"damaged"], "application/json")
    assert one in plan_prune(store, spare_s=0, held=held).passes


@pytest.mark.full
def test_a_volume_that_a_killed_run_only_created_is_made_again_if_the_plan_wants_it_otherwise(tmp_path: Path) -> None:
    rig = attached_rig(tmp_path)
    with pytest.raises(Killed):
        rig.run(Switch("target.block.create_volume", "after"))
    for volume in rig.cloud("source").block.volumes():
        if volume.name == "shop-data":
            rig.source_world.volumes.row(volume.id, None).record = replace(volume, name="renamed")
    rig.source = scan(rig.cloud("source"), "source")
    rig.plan = build_plan(rig.source, rig.target, rig.policy)
    rig.approve()
    assert rig.run().exit_code == 0
    assert [v.name for v in volumes_made(rig)] == ["renamed"]
    assert_whole(rig)
