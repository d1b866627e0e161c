"""The attached path: volumes of ours as devices of the server that we run on, and off it again whatever happens."""

import copy
import io
import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec.structs import replace

from migrate.cli.commands.verify import verify_with
from migrate.cli.progress_bars import make_monitor
from migrate.cli.session import Session as Opened
from migrate.clouds.ports import NewImage, NewServer, NewVolume
from migrate.demo.memory.backups import add_backup
from migrate.demo.memory.sparse_disk import Disk
from migrate.demo.memory.worker_machine import Machine
from migrate.disks.store.manifest import CHUNK_BYTES, SEGMENT_BYTES
from migrate.errors import ConflictError, Denied, IntegrityError, ItemError, LeaseLost, Refused, TransientError
from migrate.execute.attached.attached_volumes import WorkerDevices, attached_to_worker
from migrate.execute.attached.worker_server import WaitLimits, Worker
from migrate.execute.job import Job
from migrate.execute.leftovers import clean, list_made
from migrate.ledger.step_claim import new_owner
from migrate.messages import codes
from migrate.model import MARK_KEY, UNWRITTEN_KEY, Kind, Role, Volume
from migrate.model.steps import (
    CaptureBackup,
    CaptureServer,
    CaptureSnapshot,
    CaptureVolume,
    RestoreVolume,
    Step,
    VerifyDisk,
)
from migrate.units import GIB
from migrate.verify.disks.disk_rows import RunRecords
from migrate.verify.disks.expected_content import captured as captured_in
from migrate.verify.disks.read_volume import ReadBack
from migrate.verify.evidence import Verdict
from migrate.verify.verify_plan import verify_plan
from tests.execute.attached import AT, TEXT, changed, killed_at, nothing_left, on, sent, with_workers, worlds
from tests.execute.bench import Bench
from tests.execute.rig import Meanwhile, Switch, _Switched
from tests.matrix import rest

SHORT = WaitLimits(device_s=0.1)


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return with_workers(tmp_path)


def source_volume(bench: Bench) -> Volume:
    volume_id = bench.tenant.block.create_volume(NewVolume(name="data", size_gib=1))
    bench.source_world.settle()
    bench.source_world.write_volume(volume_id, AT, TEXT)
    return bench.tenant.block.volume(volume_id)


def captured(bench: Bench, volume: Volume, step_id: str = "") -> bytes:
    bench.do(CaptureVolume(volume=volume, attached=True), step_id or f"volume:{volume.id}:capture")
    return stored(bench, f"volume:{volume.id}")


def stored(bench: Bench, disk: str) -> bytes:
    """The words that the test has written, as they are in the store."""
    manifest = bench.store.manifest(disk)
    assert manifest and manifest.size_bytes == GIB
    data = bench.store.segment(manifest, AT // SEGMENT_BYTES)
    return data[AT % SEGMENT_BYTES :][: len(TEXT)]


class Moved(NamedTuple):
    """A volume at the target, not read back yet, and the action that does."""

    bench: Bench
    volume: Volume
    action: VerifyDisk


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> tuple[Moved, Path]:
    """A volume that was written whole, all of its GiB, and a copy of the workspace."""
    bench, kept = with_workers(tmp_path_factory.mktemp("restored")), tmp_path_factory.mktemp("kept")
    volume = source_volume(bench)
    bench.do(restore_of(bench, volume), f"volume:{volume.id}:restore")
    for world in worlds(bench).values():
        world.log.clear()
    bench.ledger.close()
    shutil.copytree(bench.root, kept, dirs_exist_ok=True, symlinks=True)
    return Moved(bench, volume, VerifyDisk(of=Kind.VOLUME, source_id=volume.id)), kept


@pytest.fixture
def moved(template: tuple[Moved, Path]) -> Moved:
    """The same, as it was then: each test has its own clouds, and the workspace anew, where its devices are."""
    (bench, volume, action), kept = template
    shutil.rmtree(bench.root)
    shutil.copytree(kept, bench.root, symlinks=True)
    made = copy.deepcopy((bench.source_world, bench.target_world))
    return Moved(Bench(bench.root, bench.policy, worlds=made), volume, action)


# ---------------------------------------------------------------- captures


def test_a_volume_is_read_from_its_device_and_no_image_is_made(bench: Bench) -> None:
    volume = source_volume(bench)
    assert captured(bench, volume) == TEXT
    assert [len(sent(bench, method)) for method in ("POST", "DELETE")] == [1, 1]
    assert not [path for method, service, path in bench.writes("source") if service == "image"]
    assert not [path for _, _, path in bench.writes("source") if path.endswith("/action")]
    nothing_left(bench)


def test_what_the_volume_says_of_its_disk_is_kept(bench: Bench) -> None:
    volume = source_volume(bench)
    bench.tenant.block.set_boot(volume.id, bootable=True, image_metadata={"hw_disk_bus": "scsi", "secret": "x"})
    captured(bench, bench.tenant.block.volume(volume.id))
    manifest = bench.store.manifest(f"volume:{volume.id}")
    assert manifest and manifest.origin.properties == {"hw_disk_bus": "scsi"}
    assert (manifest.origin.image_format, manifest.origin.snapshot_id is None) == ("raw", False)


def test_a_snapshot_and_a_backup_of_the_customers_are_read_so_too(bench: Bench) -> None:
    volume, block = source_volume(bench), bench.tenant.block
    snapshot_id = block.create_snapshot(volume.id, "monday", {})
    backup_id = add_backup(bench.source_world, volume.id, "nightly")
    bench.source_world.settle()
    bench.source_world.write_volume(volume.id, AT, b"changed since!")
    bench.do(CaptureSnapshot(snapshot=block.snapshot(snapshot_id), attached=True))
    bench.do(CaptureBackup(backup=block.backups()[0], attached=True))
    assert stored(bench, f"snapshot:{snapshot_id}") == stored(bench, f"backup:{backup_id}") == TEXT
    assert len(sent(bench, "POST")) == len(sent(bench, "DELETE")) == 2
    block.delete_snapshot(snapshot_id)
    nothing_left(bench)


@pytest.mark.parametrize("call", ["compute.attach", "compute.detach", "block.create_snapshot", "block.create_volume"])
@pytest.mark.parametrize("when", ["after", *rest("before")])
def test_a_killed_run_is_found_again_and_taken_off(bench: Bench, call: str, when: str) -> None:
    volume = source_volume(bench)
    step_id = f"volume:{volume.id}:capture"
    job = bench.job(CaptureVolume(volume=volume, attached=True), step_id)
    killed_at(bench, job, "source", call, when)
    assert captured(bench, volume, step_id) == TEXT
    nothing_left(bench)


def test_a_run_that_was_killed_while_it_read_is_taken_off_before_the_next_one_reads(bench: Bench) -> None:
    volume = source_volume(bench)
    step_id = f"volume:{volume.id}:capture"
    clone_id = left_attached(bench, volume, step_id)
    assert on(bench, "source") == [clone_id]
    assert captured(bench, volume, step_id) == TEXT
    assert [len(sent(bench, method)) for method in ("POST", "DELETE")] == [2, 2]
    nothing_left(bench)


def test_a_pass_that_was_sealed_before_the_kill_is_not_read_again_and_its_clone_goes(bench: Bench) -> None:
    volume = source_volume(bench)
    step_id = f"volume:{volume.id}:capture"
    job = bench.job(CaptureVolume(volume=volume, attached=True), step_id)
    killed_at(bench, job, "source", "compute.detach")
    assert bench.store.manifest(f"volume:{volume.id}")
    captured(bench, volume, step_id)
    assert len(sent(bench, "POST")) == 1, "nothing is attached to be read once more"
    nothing_left(bench)


def test_an_error_while_it_is_read_takes_it_off(bench: Bench) -> None:
    clone_id = clone(bench)
    with pytest.raises(ItemError, match=codes.UNEXPECTED), attached_to_worker(a_job(bench), "source", clone_id):
        raise ItemError(codes.UNEXPECTED, error="x")
    assert on(bench, "source") == []


def test_a_stop_takes_it_off(bench: Bench) -> None:
    job, clone_id = a_job(bench), clone(bench)
    with pytest.raises(Exception, match=codes.STOPPED_ON_REQUEST), attached_to_worker(job, "source", clone_id):
        job.ctx.stop.set()
        job.ctx.stop.check()
    assert on(bench, "source") == []


def test_a_run_that_lost_the_step_leaves_the_volume_to_the_next(bench: Bench) -> None:
    clone_id = clone(bench)
    with pytest.raises(LeaseLost), attached_to_worker(a_job(bench), "source", clone_id):
        raise LeaseLost(codes.CLAIM_LOST, step="s")
    assert on(bench, "source") == [clone_id]


def test_clean_takes_off_and_removes_what_a_killed_run_left(bench: Bench) -> None:
    volume = source_volume(bench)
    left_attached(bench, volume, f"volume:{volume.id}:capture")
    action = CaptureVolume(volume=volume, attached=True)
    bench.steps = (Step(id=f"volume:{volume.id}:capture", name="data", action=action, sides=("source",)),)
    ctx = bench.context()
    assert {made.kind for made in list_made(ctx)} == {Kind.VOLUME, Kind.SNAPSHOT}
    # The volume first: a snapshot of one that is there still is refused by many clouds, not by this one.
    assert all(made.removed for made in clean(ctx))
    nothing_left(bench)


# ---------------------------------------------------------------- places on the worker


def test_no_more_than_the_policy_says_are_on_the_worker_at_once(bench: Bench) -> None:
    work = [(a_job(bench), clone(bench)) for _ in range(5)]
    most, lock, two = 0, threading.Lock(), threading.Event()

    def read(job: Job, volume_id: str) -> int:
        nonlocal most
        with attached_to_worker(job, "source", volume_id) as device:
            with lock:
                most = max(most, len(on(bench, "source")))
                if most > 1:
                    two.set()
            # The first one stays until there are two; both stay long enough for a third.
            assert two.wait(60)
            time.sleep(0.05)
            return device.stat().st_size

    with ThreadPoolExecutor(5) as pool:
        assert list(pool.map(read, *zip(*work, strict=True))) == [GIB] * 5
    assert most == 2
    assert on(bench, "source") == []


def test_one_request_to_attach_or_detach_is_under_way_at_a_time(bench: Bench) -> None:
    """When one is sent, no volume is on its way: whoever asked before has waited until it was there, or gone."""
    world, work = bench.source_world, [(a_job(bench), clone(bench)) for _ in range(3)]
    world.lag = 3
    on_their_way: list[list[str]] = []

    def look(*_: object) -> bool:
        statuses = [row.record.status for row in list(world.volumes.rows.values())]
        on_their_way.append([status for status in statuses if status in {"attaching", "detaching"}])
        return False

    def read(job: Job, volume_id: str) -> None:
        attaching, detaching = (Switch(call=f"source.compute.{call}", of=look) for call in ("attach", "detach"))
        cloud: Any = _Switched(_Switched(bench.source, attaching, "source"), detaching, "source")
        with attached_to_worker(changed(job, source=cloud), "source", volume_id):
            time.sleep(0.02)

    with ThreadPoolExecutor(3) as pool:
        list(pool.map(read, *zip(*work, strict=True)))
    assert len(on_their_way) >= 6
    # Each is looked at before it is sent and after its effect, when its own volume is on its way.
    assert max(len(statuses) for statuses in on_their_way) == 1


def test_a_turn_that_a_dead_process_holds_is_taken_from_it(bench: Bench) -> None:
    key = f"turn:source:{bench.policy.disks.source_worker}"
    host, pid, _, _ = new_owner().split("/")
    bench.ledger.remember(key, f"{host}/{pid}/0/gone {time.time() + 900:.0f}")
    with attached_to_worker(a_job(bench), "source", clone(bench)):
        pass
    bench.ledger.remember(key, f"elsewhere/another-machine {time.time() - 1:.0f}")
    with attached_to_worker(a_job(bench), "source", clone(bench)):
        pass
    assert bench.ledger.remember(key, "free") == "free"


def test_a_turn_of_somebody_alive_is_waited_for(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    key, clone_id, job = f"turn:source:{bench.policy.disks.source_worker}", clone(bench), a_job(bench)
    theirs = f"{new_owner()} {time.time() + 900:.0f}"
    bench.ledger.remember(key, theirs)
    asked, ask = list[str](), bench.ledger.remember

    def remember(key: str, mine: str) -> str:
        asked.append(mine)
        if len(asked) == 5:
            bench.ledger.forget(key, theirs)
        return ask(key, mine)

    monkeypatch.setattr(bench.ledger, "remember", remember)
    with attached_to_worker(job, "source", clone_id):
        assert len(asked) >= 5


def test_a_volume_of_the_workers_own_takes_no_place(bench: Bench) -> None:
    for _ in range(2):
        own = bench.tenant.block.create_volume(NewVolume(name="own", size_gib=1))
        bench.source_world.settle()
        bench.tenant.compute.attach(bench.policy.disks.source_worker, own)
        bench.source_world.settle()
    with attached_to_worker(a_job(bench), "source", clone(bench)):
        assert len(on(bench, "source")) == 3
    assert len(on(bench, "source")) == 2, "and stays where it is"


def test_what_nobody_works_on_makes_place(bench: Bench) -> None:
    """Two killed steps have left their volumes: another step goes on, and they are not waited for."""
    left = [left_attached(bench, source_volume(bench), f"volume:{n}:capture") for n in range(2)]
    fresh = clone(bench)
    with attached_to_worker(a_job(bench), "source", fresh):
        assert fresh in on(bench, "source") and len(on(bench, "source")) == 2
    assert len(set(on(bench, "source")) & set(left)) == 1


def test_a_turn_is_given_back_between_taking_off_and_attaching(bench: Bench) -> None:
    """Each may take as long as a turn lasts: in the middle of two of them another process would take it."""
    for n in range(2):
        left_attached(bench, source_volume(bench), f"volume:{n}:capture")
    turns: list[str] = []
    key = f"turn:source:{bench.policy.disks.source_worker}"
    job = a_job(bench)
    worker = Worker(job.ctx, job.source, "source")
    worker.attach(clone(bench), check_running=lambda: turns.append(bench.ledger.remember(key, "nobody's")))
    assert len(turns) == len(set(turns)) == 2 and "nobody's" not in turns


def test_what_stays_on_its_way_off_keeps_its_place_and_nobodys_turn(bench: Bench) -> None:
    left = [left_attached(bench, source_volume(bench), f"volume:{n}:capture") for n in range(2)]
    for volume_id in left:
        bench.source_world.volumes.row(volume_id, None).change(status="detaching")
    job, fresh, key = a_job(bench), clone(bench), f"turn:source:{bench.policy.disks.source_worker}"
    ours = f"{new_owner()} {time.time() + 900:.0f}"
    worker = Worker(job.ctx, job.source, "source")
    bench.source_world.log.clear()
    end = time.monotonic() + 60
    with ThreadPoolExecutor(1) as pool:
        putting = pool.submit(worker.attach, fresh, check_running=lambda: None)
        try:
            while not any(path.endswith(left[0]) for _, _, path in list(bench.source_world.log)):
                assert time.monotonic() < end, "nobody has looked at the volume"
                time.sleep(0.01)
            while bench.ledger.remember(key, ours) != ours:
                assert time.monotonic() < end, "the turn is held while it is waited for"
                time.sleep(0.01)
            bench.ledger.forget(key, ours)
        finally:
            bench.source_world.volumes.row(left[0], None).change(status="in-use")
        putting.result(60)
    assert set(on(bench, "source")) == {left[1], fresh}


def test_a_moved_volume_that_its_owner_has_put_on_the_worker_stays_there(bench: Bench) -> None:
    for n in range(3):
        volume_id = bench.target.block.create_volume(NewVolume(name="theirs", size_gib=1))
        bench.target_world.settle()
        bench.moved(Kind.VOLUME, f"source-{n}", volume_id)
        bench.target.compute.attach(bench.policy.disks.target_worker, volume_id)
        bench.target_world.settle()
    bench.do(restore_of(bench, volume := source_volume(bench)))
    assert len(on(bench, "target")) == 3
    assert bench.target_world.read_volume(bench.target_id(Kind.VOLUME, volume.id), AT, len(TEXT)) == TEXT


# ---------------------------------------------------------------- clouds that are slow, or refuse


def test_a_volume_that_stays_detaching_is_told_by_its_name(bench: Bench) -> None:
    clone_id = clone(bench)
    bench.source_world.volumes.row(clone_id, None).change(status="detaching")
    with (
        pytest.raises(TransientError) as caught,
        attached_to_worker(a_job(bench), "source", clone_id, limits=WaitLimits(move_s=0.3)),
    ):
        pass
    assert (caught.value.code, caught.value.facts["volume"]) == (codes.VOLUME_STILL_IN_STATE, clone_id)
    assert caught.value.facts["status"] == "detaching"
    bench.source_world.volumes.row(clone_id, None).change(status="available")
    with attached_to_worker(a_job(bench), "source", clone_id, limits=SHORT) as device:
        assert device.exists()


def test_an_attachment_that_the_cloud_gave_up_is_tried_again_later(bench: Bench) -> None:
    clone_id = clone(bench)
    row = bench.source_world.volumes.row(clone_id, None)
    bench.source_world.lag = 3
    given_up = Meanwhile("source.compute.attach", "after", do=partial(give_up, bench, clone_id))
    cloud: Any = _Switched(bench.source, given_up, "source")
    job = changed(a_job(bench), source=cloud)
    with pytest.raises(TransientError) as caught, attached_to_worker(job, "source", clone_id):
        pass
    assert given_up.fired
    assert caught.value.code == codes.ATTACHMENT_FAILED
    assert row.record.status == "available"


def give_up(bench: Bench, volume_id: str) -> None:
    """As Nova does when its hypervisor refuses: the volume is free again."""
    world, server = bench.source_world, bench.policy.disks.source_worker
    row = world.volumes.row(volume_id, None)
    assert row.record.status == "attaching"
    row.later.clear()
    row.change(status="available", attachments=())
    world.servers.row(server, None).change(attachments=())


@pytest.mark.parametrize("verb", ["POST", "DELETE"])
def test_a_lost_answer_is_read_back(bench: Bench, verb: str) -> None:
    clone_id = clone(bench)
    bench.source_world.fail_next(verb, "os-volume_attachments", "lost-answer")
    with suppress(TransientError), attached_to_worker(a_job(bench), "source", clone_id) as device:
        assert device.exists()
    with attached_to_worker(a_job(bench), "source", clone_id):
        pass
    assert on(bench, "source") == []
    assert len(sent(bench, "POST")) == 2


def test_a_server_that_refuses_for_a_while_is_asked_again(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("migrate.execute.attached.worker_server._ASK_AGAIN_S", 0.02)
    clone_id = clone(bench)
    bench.source_world.fail_next("DELETE", "os-volume_attachments", Refused(codes.BAD_REQUEST, what="busy"), times=2)
    with attached_to_worker(a_job(bench), "source", clone_id):
        pass
    assert len(sent(bench, "DELETE")) == 3
    assert on(bench, "source") == []


def test_a_volume_that_another_server_has_is_left_there(bench: Bench) -> None:
    clone_id = clone(bench)
    other = bench.tenant.compute.create_server(
        NewServer(name="other", flavor_id="1", image_id=bench.tenant.images.images()[0].id, port_ids=())
    )
    bench.source_world.settle()
    bench.tenant.compute.attach(other, clone_id)
    bench.source_world.settle()
    with pytest.raises((ConflictError, Refused)), attached_to_worker(a_job(bench), "source", clone_id, limits=SHORT):
        pass
    assert [a.server_id for a in bench.tenant.block.volume(clone_id).attachments] == [other]


def test_without_a_device_it_is_said_where_to_run_and_the_volume_comes_off(bench: Bench) -> None:
    bench.source_world.machine = None
    clone_id = clone(bench)
    with pytest.raises(ItemError) as caught, attached_to_worker(a_job(bench), "source", clone_id, limits=SHORT):
        pass
    assert caught.value.code == codes.DEVICE_MISSING
    assert caught.value.facts["server"] == bench.policy.disks.source_worker
    assert on(bench, "source") == []


@pytest.mark.parametrize(
    ("sizes", "why"),
    [
        ([512], "disk-0: 512 bytes instead of 1073741824"),
        ([GIB, GIB], "disk-0, "),
        ([], "no link in "),
    ],
)
def test_anything_but_one_device_of_the_right_size_is_not_read(
    bench: Bench, sizes: list[int], why: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone_id, folder = clone(bench), bench.root / "other"

    def plug(machine: Machine, volume_id: str, disk: Disk, hidden: int = 0) -> None:
        folder.mkdir()
        for n, (size, link) in enumerate(zip(sizes, ("virtio-", "scsi-SQEMU_QEMU_HARDDISK_"), strict=False)):
            with (bench.root / f"disk-{n}").open("wb") as file:
                file.truncate(size)
            (folder / f"{link}{clone_id[:20]}").symlink_to(bench.root / f"disk-{n}")

    monkeypatch.setattr(Machine, "plug", plug)
    refused_of(bench, clone_id, folder, why)


@pytest.mark.hostile
def test_a_device_that_was_there_before_is_a_disk_of_this_machine(bench: Bench) -> None:
    """Whatever the cloud calls its volume: it was never attached, so the disk is not even opened."""
    clone_id, folder = clone(bench), bench.root / "other"
    folder.mkdir()
    own = bench.root / "own"
    with own.open("wb") as file:
        file.truncate(GIB)
    (folder / f"virtio-{clone_id[:20]}").symlink_to(own)
    refused_of(bench, clone_id, folder, "was there before it was attached")
    assert not sent(bench, "POST")


def refused_of(bench: Bench, volume_id: str, folder: Path, why: str) -> None:
    disks = replace(bench.policy.disks, devices=str(folder))
    job = changed(a_job(bench), policy=replace(bench.policy, disks=disks))
    with pytest.raises(ItemError) as caught, attached_to_worker(job, "source", volume_id, limits=SHORT):
        pass
    assert (caught.value.code, caught.value.facts["volume"]) == (codes.DEVICE_MISSING, volume_id)
    assert why in str(caught.value.facts["what"])
    assert on(bench, "source") == []


def test_the_guard_lets_nothing_else_be_attached(bench: Bench) -> None:
    theirs = source_volume(bench)
    with pytest.raises(Denied), attached_to_worker(a_job(bench), "source", theirs.id, limits=SHORT):
        pass
    assert not sent(bench, "POST")


# ---------------------------------------------------------------- restores


def restore_of(bench: Bench, volume: Volume) -> RestoreVolume:
    captured(bench, volume)
    return restoring(volume)


def restoring(volume: Volume) -> RestoreVolume:
    return RestoreVolume(volume=replace(volume, metadata={"kept": "by me"}, bootable=True), attached=True)


def test_a_root_disk_is_written_on_the_worker_as_a_boot_volume_and_proved(bench: Bench) -> None:
    cloud = bench.tenant
    image_id = cloud.images.create(NewImage(name="base", disk_format="raw", properties={"os_distro": "debian"}))
    cloud.images.upload(image_id, [b"b" * 4096], 4096)
    server_id = cloud.compute.create_server(NewServer(name="web", flavor_id="1", image_id=image_id, port_ids=()))
    bench.source_world.settle()
    bench.source_world.write_root_disk(server_id, AT, TEXT)
    bench.do(CaptureServer(server=cloud.compute.server(server_id)), f"server:{server_id}:capture")
    becomes = Volume(id=server_id, name="web-root", size_gib=1, status="available", bootable=True)
    bench.do(RestoreVolume(volume=becomes, of=Kind.SERVER, attached=True), f"server:{server_id}:restore")
    bench.do(VerifyDisk(of=Kind.SERVER, source_id=server_id, as_volume=True), f"server:{server_id}:verify")
    target_id = bench.target_id(Kind.VOLUME, server_id)
    found = bench.target.block.volume(target_id)
    assert (found.status, found.bootable, found.image_metadata) == ("available", True, {"os_distro": "debian"})
    assert bench.target_world.read_volume(target_id, AT, len(TEXT)) == TEXT
    assert not [path for method, service, path in bench.writes() if service == "image"]
    nothing_left(bench)


def test_a_volume_is_written_on_the_worker_and_proved(bench: Bench) -> None:
    volume = source_volume(bench)
    action = restore_of(bench, volume)
    bench.do(action, f"volume:{volume.id}:restore")
    target_id = bench.target_id(Kind.VOLUME, volume.id)
    found = bench.target.block.volume(target_id)
    assert (found.status, found.bootable) == ("available", True)
    assert set(found.metadata) == {"kept", MARK_KEY}
    assert bench.target_world.read_volume(target_id, AT, len(TEXT)) == TEXT
    assert not [path for method, service, path in bench.writes() if service == "image"]
    bench.do(VerifyDisk(of=Kind.VOLUME, source_id=volume.id))
    nothing_left(bench)


def test_zeros_are_written_over_what_a_new_volume_holds(bench: Bench) -> None:
    volume = source_volume(bench)
    action, step_id = restore_of(bench, volume), f"volume:{volume.id}:restore"
    killed_at(bench, bench.job(action, step_id), "target", "block.create_volume", "after")
    (made,) = [v for v in bench.target.block.volumes() if MARK_KEY in v.metadata]
    for at in (0, AT, GIB - 100):
        bench.target_world.write_volume(made.id, at, b"somebody's old bytes")
    bench.do(action, step_id)
    bench.do(VerifyDisk(of=Kind.VOLUME, source_id=volume.id))


@pytest.mark.parametrize(
    ("call", "when"),
    [
        ("block.create_volume", "after"),
        ("compute.detach", "before"),
        *rest(("compute.attach", "after"), ("compute.detach", "after"), ("block.drop_metadata", "after")),
    ],
)
def test_a_killed_restore_is_written_again_and_ends_alike(bench: Bench, call: str, when: str) -> None:
    volume = source_volume(bench)
    action, step_id = restore_of(bench, volume), f"volume:{volume.id}:restore"
    job = bench.job(action, step_id)
    killed_at(bench, job, "target", call, when)
    bench.do(action, step_id)
    (found,) = [v for v in bench.target.block.volumes() if MARK_KEY in v.metadata]
    assert (found.status, UNWRITTEN_KEY in found.metadata, found.bootable) == ("available", False, True)
    assert bench.target_world.read_volume(found.id, AT, len(TEXT)) == TEXT
    nothing_left(bench)


def test_a_volume_that_was_written_whole_is_never_written_again(moved: Moved) -> None:
    """Its owner has it by then, and has written to it, whatever the ledger and the proofs still know."""
    bench, volume, _ = moved
    action, step_id = restoring(volume), f"volume:{volume.id}:restore"
    target_id = bench.target_id(Kind.VOLUME, volume.id)
    bench.target_world.write_volume(target_id, AT, b"the owner's")
    bench.do(action, step_id)
    assert bench.target_world.read_volume(target_id, AT, 11) == b"the owner's"
    assert sent(bench, "POST", "target") == []


# ---------------------------------------------------------------- reading back


def nothing_beside(bench: Bench, volume: Volume) -> None:
    """At the target there is the moved volume, and nothing that it was read through."""
    nothing_left(bench)
    bench.target_world.settle()
    block, moved = bench.target.block, bench.target_id(Kind.VOLUME, volume.id)
    assert [v.id for v in block.volumes() if MARK_KEY in v.metadata] == [moved]
    assert not block.snapshots()


def test_a_volume_is_read_back_as_a_device_of_its_clone_and_no_image_is_made(moved: Moved) -> None:
    bench, volume, action = moved
    bench.do(action)
    assert [len(sent(bench, method, "target")) for method in ("POST", "DELETE")] == [1, 1]
    target_id = bench.target_id(Kind.VOLUME, volume.id)
    assert not [path for _, _, path in bench.writes() if target_id in path], "the volume itself is only read"
    assert not [path for _, service, path in bench.writes() if service == "image" or path.endswith("/action")]
    nothing_beside(bench, volume)


def test_one_that_a_server_has_by_now_is_read_back_so_too(moved: Moved) -> None:
    bench, volume, action = moved
    target_id = bench.target_id(Kind.VOLUME, volume.id)
    bench.target_world.volumes.row(target_id, None).change(status="in-use")
    bench.do(action)
    assert bench.target.block.volume(target_id).status == "in-use"
    nothing_beside(bench, volume)


def test_a_byte_that_is_another_is_found_on_the_device(moved: Moved) -> None:
    bench, volume, action = moved
    bench.target_world.write_volume(bench.target_id(Kind.VOLUME, volume.id), AT, b"A")
    with pytest.raises(IntegrityError, match=codes.RESTORED_DIFFERS) as caught:
        bench.do(action)
    start = AT // CHUNK_BYTES * CHUNK_BYTES
    assert caught.value.facts["what"] == f"bytes {start}-{start + CHUNK_BYTES - 1}"
    nothing_beside(bench, volume)


@pytest.mark.parametrize(
    ("call", "when"),
    [
        ("block.create_snapshot", "after"),
        ("compute.attach", "after"),
        ("compute.detach", "before"),
        ("block.delete_volume", "after"),
        *rest(
            ("block.create_volume", "before"),
            ("block.create_volume", "after"),
            ("compute.attach", "before"),
            ("compute.detach", "after"),
            ("block.delete_volume", "before"),
            ("block.delete_snapshot", "before"),
            ("block.delete_snapshot", "after"),
        ),
    ],
)
def test_a_killed_reading_back_is_found_again_and_taken_off(moved: Moved, call: str, when: str) -> None:
    bench, volume, action = moved
    step_id = f"volume:{volume.id}:verify"
    killed_at(bench, bench.job(action, step_id), "target", call, when)
    bench.do(action, step_id)
    nothing_beside(bench, volume)


def test_what_a_killed_reading_back_left_is_taken_off_after_a_change_to_images_too(moved: Moved) -> None:
    bench, volume, action = moved
    step_id = f"volume:{volume.id}:verify"
    killed_at(bench, bench.job(action, step_id), "target", "compute.attach", "after")
    bench.target_world.settle()
    assert len(on(bench, "target")) == 1
    bench.policy = replace(bench.policy, disks=replace(bench.policy.disks, restore="glance"))
    bench.do(action, step_id)
    nothing_beside(bench, volume)


def test_clean_takes_off_what_a_killed_reading_back_left(moved: Moved) -> None:
    bench, volume, action = moved
    step_id = f"volume:{volume.id}:verify"
    killed_at(bench, bench.job(action, step_id), "target", "compute.attach", "after")
    bench.steps = (Step(id=step_id, name="data", action=action, sides=("target",)),)
    assert [(made.kind, made.removed) for made in clean(bench.context()) if made.role is Role.TEMPORARY] == [
        (Kind.VOLUME, True),
        (Kind.SNAPSHOT, True),
    ]
    nothing_beside(bench, volume)


def test_the_command_reads_devices_without_a_step_of_its_own_and_leaves_nothing(moved: Moved) -> None:
    bench, volume, action = moved
    bench.steps = (Step(id=f"volume:{volume.id}:restore", name="data", action=restoring(volume), sides=("target",)),)
    bench.do(action)
    for world in worlds(bench).values():
        world.log.clear()
    evidence = verify_with(Opened(bench.context(source=False), make_monitor(0, "verify", io.StringIO())), "all")
    assert [(row.verdict, row.differences) for row in evidence.rows] == [(Verdict.SAME, ())]
    assert [len(sent(bench, method, "target")) for method in ("POST", "DELETE")] == [1, 1]
    assert not [path for _, service, path in bench.writes() if service == "image" or path.endswith("/action")]
    nothing_beside(bench, volume)
    assert not [e for e in bench.ledger.effects(side="target") if e.role is Role.TEMPORARY]


def test_a_device_that_is_not_to_be_had_is_a_row_that_says_so(moved: Moved) -> None:
    bench, volume, _ = moved
    bench.steps = (Step(id="r", name="data", action=RestoreVolume(volume=volume, attached=True), sides=("target",)),)
    bench.policy = replace(bench.policy, disks=replace(bench.policy.disks, devices=str(bench.root / "nowhere")))
    ctx = bench.context(source=False)
    records = RunRecords(ctx.ledger.target_id, partial(captured_in, ctx.store), ctx.evidence_dir)
    devices = WorkerDevices(Worker(ctx, ctx.target, "target", WaitLimits(device_s=0.1)))
    (row,) = verify_plan(
        ctx.plan, ctx.target, records, ReadBack(ctx.plan.migration, ctx.spool_dir, devices=devices)
    ).rows
    assert row.note_code == codes.DEVICE_MISSING
    assert on(bench, "target") == []


# ---------------------------------------------------------------- helpers


def a_job(bench: Bench) -> Job:
    return bench.job(CaptureVolume(volume=Volume(id="v", name="v", size_gib=1, status="available"), attached=True))


def clone(bench: Bench) -> str:
    """A temporary of ours that the ledger knows."""
    job = a_job(bench)
    mark = job.mark(Role.TEMPORARY, "v")
    volume_id = bench.source.block.create_volume(NewVolume(name=str(mark), size_gib=1, metadata={MARK_KEY: str(mark)}))
    bench.source_world.settle()
    job.record("source", Kind.VOLUME, Role.TEMPORARY, source_id="v", resource_id=volume_id, name=str(mark))
    return volume_id


def left_attached(bench: Bench, volume: Volume, step_id: str) -> str:
    """What a run leaves that was killed once its clone was attached: the id of the clone."""
    job = bench.job(CaptureVolume(volume=volume, attached=True), step_id)
    killed_at(bench, job, "source", "compute.attach", "after")
    bench.source_world.settle()
    return on(bench, "source")[-1]
