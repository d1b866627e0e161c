"""Captures of snapshots, backups and of servers that do not run; damage in the store; what becomes of each."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from migrate.clouds.ports import NewImage, NewServer, NewVolume, ObjectInfo
from migrate.demo.memory.backups import add_backup
from migrate.demo.memory.resource_table import GONE
from migrate.disks.store.manifest import SEGMENT_BYTES
from migrate.errors import (
    ConfigError,
    ConflictError,
    IntegrityError,
    LeaseLost,
    NotFound,
    TransientError,
    Unsupported,
)
from migrate.execute.actions.dispatch import perform
from migrate.execute.actions.remove_temporaries import remove_temporaries
from migrate.execute.job import Job
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model import MARK_KEY, Backup, Image, Kind, Role, Server, Snapshot, Volume
from migrate.model.steps import (
    CaptureBackup,
    CaptureImage,
    CaptureServer,
    CaptureSnapshot,
    CaptureVolume,
    RestoreImage,
    RestoreServerImage,
    RestoreSnapshotImage,
    RestoreVolume,
    VerifyDisk,
)
from tests.execute.bench import Bench

TEXT = b"as it was then"
AT = 5 * SEGMENT_BYTES + 17


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, lag=1)


def source_volume(bench: Bench, **metadata: str) -> Volume:
    volume_id = bench.tenant.block.create_volume(NewVolume(name="data", size_gib=1, metadata=metadata))
    bench.source_world.settle()
    bench.source_world.write_volume(volume_id, AT, TEXT)
    return bench.tenant.block.volume(volume_id)


def source_snapshot(bench: Bench) -> Snapshot:
    """Of a volume that was written to since."""
    volume = source_volume(bench)
    snapshot_id = bench.tenant.block.create_snapshot(volume.id, "monday", {"kept": "by me"})
    bench.source_world.settle()
    bench.source_world.write_volume(volume.id, AT, b"changed since!")
    return bench.tenant.block.snapshot(snapshot_id)


def source_backup(bench: Bench, **metadata: str) -> Backup:
    volume = source_volume(bench, **metadata)
    bench.tenant.block.set_boot(volume.id, bootable=True, image_metadata={"hw_disk_bus": "scsi"})
    backup_id = add_backup(bench.source_world, volume.id, "nightly")
    bench.source_world.settle()
    bench.source_world.write_volume(volume.id, AT, b"changed since!")
    return next(b for b in bench.tenant.block.backups() if b.id == backup_id)


def source_image(bench: Bench, size: int = 3 * SEGMENT_BYTES) -> Image:
    image_id = bench.tenant.images.create(NewImage(name="base", disk_format="raw"))
    bench.tenant.images.upload(image_id, [b"i" * size], size)
    return bench.tenant.images.image(image_id)


def source_server(bench: Bench) -> Server:
    new = NewServer(name="db", flavor_id="1", image_id=source_image(bench).id, port_ids=())
    server_id = bench.tenant.compute.create_server(new)
    bench.source_world.settle()
    bench.source_world.write_root_disk(server_id, AT, TEXT)
    return bench.tenant.compute.server(server_id)


def nothing_of_ours_is_left(bench: Bench) -> None:
    tenant = bench.tenant
    made: list[Image | Volume | Snapshot] = [
        *tenant.images.images(),
        *tenant.block.volumes(),
        *tenant.block.snapshots(),
    ]
    assert [one.name for one in made if one.name.startswith("decamp")] == []
    assert bench.ledger.effects(side="source") == []


def stored(bench: Bench, disk: str) -> bytes:
    manifest = bench.store.manifest(disk)
    assert manifest
    return bench.store.segment(manifest, AT // SEGMENT_BYTES)[AT % SEGMENT_BYTES :][: len(TEXT)]


# ---------------------------------------------------------------- snapshots


def test_a_snapshot_is_read_as_it_was_and_left_alone(bench: Bench) -> None:
    snapshot = source_snapshot(bench)
    bench.do(CaptureSnapshot(snapshot=snapshot))
    assert stored(bench, f"snapshot:{snapshot.id}") == TEXT
    manifest = bench.store.manifest(f"snapshot:{snapshot.id}")
    assert manifest and manifest.size_bytes == 1 << 30
    assert (manifest.origin.consistency, manifest.origin.taken_at) == ("crash-consistent", snapshot.created_at)
    nothing_of_ours_is_left(bench)
    assert bench.tenant.block.snapshots() == [snapshot]
    before = bench.writes("source")
    bench.do(CaptureSnapshot(snapshot=snapshot))
    assert bench.writes("source") == before


def test_a_snapshot_becomes_a_volume_and_is_proved_as_one(bench: Bench) -> None:
    snapshot = source_snapshot(bench)
    want = Volume(id=snapshot.id, name="monday", size_gib=1, status="available", metadata={"kept": "by me"})
    bench.do(CaptureSnapshot(snapshot=snapshot))
    bench.do(RestoreVolume(volume=want, of=Kind.SNAPSHOT))
    bench.do(VerifyDisk(of=Kind.SNAPSHOT, source_id=snapshot.id))
    made = bench.target_id(Kind.VOLUME, snapshot.id)
    assert bench.target_world.read_volume(made, AT, len(TEXT)) == TEXT
    assert bench.target.block.volume(made).metadata["kept"] == "by me"
    assert bench.target.images.images() == [] and bench.target.block.snapshots() == []
    assert (bench.root / "evidence/disks" / f"snapshot-{snapshot.id}.json").exists()


def test_a_snapshot_becomes_an_image_where_that_is_wanted(bench: Bench) -> None:
    snapshot = source_snapshot(bench)
    bench.do(CaptureSnapshot(snapshot=snapshot))
    bench.do(RestoreSnapshotImage(snapshot=snapshot, properties={"hw_disk_bus": "scsi"}))
    bench.do(VerifyDisk(of=Kind.SNAPSHOT, source_id=snapshot.id, as_image=True))
    (image,) = bench.target.images.images()
    assert (image.id, image.name) == (bench.target_id(Kind.IMAGE, snapshot.id), "monday")
    assert (image.disk_format, image.properties["hw_disk_bus"]) == ("qcow2", "scsi")


def test_a_snapshot_that_is_no_longer_available_is_a_conflict(bench: Bench) -> None:
    snapshot = source_snapshot(bench)
    bench.source_world.snapshots.rows[snapshot.id].change(status="error_deleting")
    with pytest.raises(ConflictError):
        bench.do(CaptureSnapshot(snapshot=snapshot))
    assert bench.writes("source")[-1][2].startswith("/snapshots"), "its making was the last that the source heard"


# ---------------------------------------------------------------- backups


@pytest.mark.parametrize("metadata", [{}, {"owner": "me"}, {"decamp-mark": "decamp-m-89abcdef-other"}])
def test_a_backup_is_restored_into_a_volume_of_ours_and_read(bench: Bench, metadata: dict[str, str]) -> None:
    """Cinder gives that volume the metadata of the one that was backed up, whatever they say."""
    backup = source_backup(bench, **metadata)
    before = bench.tenant.block.volumes()
    bench.do(CaptureBackup(backup=backup))
    assert stored(bench, f"backup:{backup.id}") == TEXT
    nothing_of_ours_is_left(bench)
    assert bench.tenant.block.volumes() == before
    bench.source_world.settle()
    assert bench.tenant.block.backups() == [backup]


def test_a_backup_becomes_a_volume(bench: Bench) -> None:
    backup = source_backup(bench)
    bench.do(CaptureBackup(backup=backup))
    want = Volume(id=backup.id, name="nightly", size_gib=1, status="available")
    bench.do(RestoreVolume(volume=want, of=Kind.BACKUP))
    bench.do(VerifyDisk(of=Kind.BACKUP, source_id=backup.id))
    made = bench.target_id(Kind.VOLUME, backup.id)
    assert bench.target_world.read_volume(made, AT, len(TEXT)) == TEXT


def test_a_backup_that_breaks_off_is_restored_into_another_volume(bench: Bench) -> None:
    backup = source_backup(bench)
    step = "backup:x:capture"
    job = bench.job(CaptureBackup(backup=backup), step)
    restore = job.source.block.restore_backup

    def breaks(backup_id: str, volume_id: str) -> None:
        restore(backup_id, volume_id)
        bench.source_world.settle()
        bench.source_world.volumes.rows[volume_id].change(status="error_restoring")

    job.source.block.restore_backup = breaks  # type: ignore[method-assign]
    with pytest.raises(TransientError) as caught:
        perform(job)
    assert caught.value.code == codes.BROKE_OFF
    nothing_of_ours_is_left(bench)
    del job.source.block.restore_backup
    bench.do(CaptureBackup(backup=backup))
    assert stored(bench, f"backup:{backup.id}") == TEXT


def test_a_backup_that_is_gone_is_said(bench: Bench) -> None:
    backup = source_backup(bench)
    del bench.source_world.backups.rows[backup.id]
    with pytest.raises(NotFound):
        bench.do(CaptureBackup(backup=backup))


# ---------------------------------------------------------------- servers as they are


@pytest.mark.parametrize("status", ["PAUSED", "SUSPENDED"])
def test_a_server_that_is_paused_is_captured_as_after_a_power_cut(bench: Bench, status: str) -> None:
    server = source_server(bench)
    bench.source_world.servers.rows[server.id].change(status=status)
    bench.do(CaptureServer(server=server))
    manifest = bench.store.manifest(f"server:{server.id}")
    assert manifest and manifest.origin.consistency == "crash-consistent"
    assert stored(bench, f"server:{server.id}") == TEXT
    assert bench.tenant.compute.server(server.id).status == status
    nothing_of_ours_is_left(bench)


def test_a_paused_server_does_not_do_where_a_stopped_one_is_wanted(bench: Bench) -> None:
    server = source_server(bench)
    bench.source_world.servers.rows[server.id].change(status="PAUSED")
    with pytest.raises(ConflictError):
        bench.do(CaptureServer(server=server), needs=("server:x:stop",))
    assert bench.store.manifest(f"server:{server.id}") is None


def test_a_server_that_boots_from_a_volume_after_all_is_not_captured_as_an_empty_disk(bench: Bench) -> None:
    """Nova takes an image and a boot volume in one call; the record names the image, and the volume is the disk."""
    volume_id = bench.tenant.block.create_volume(NewVolume(name="root", size_gib=1))
    bench.source_world.settle()
    bench.tenant.block.set_boot(volume_id, bootable=True, image_metadata={})
    new = NewServer(name="db", flavor_id="1", image_id=None, boot_volume_id=volume_id, port_ids=())
    server_id = bench.tenant.compute.create_server(new)
    bench.source_world.settle()
    bench.source_world.servers.rows[server_id].change(image_id="named")
    capture = CaptureServer(server=bench.tenant.compute.server(server_id))
    for _ in range(2):
        with pytest.raises(Unsupported):
            bench.do(capture, "server:s:capture")
    assert bench.store.manifest(f"server:{server_id}") is None
    assert len(bench.tenant.block.snapshots()) == 1, "Nova was asked once"


# ---------------------------------------------------------------- what is asked for on the way


def test_a_temporary_volume_is_asked_for_without_a_type_and_read_as_qcow2(bench: Bench) -> None:
    """A clone of another type is refused, and a raw image would not show where the disk has holes."""
    volume = source_volume(bench)
    job, asked = bench.job(CaptureVolume(volume=volume), "volume:v:capture"), list[NewVolume]()
    create = job.source.block.create_volume

    def listen(new: NewVolume) -> str:
        asked.append(new)
        return create(new)

    job.source.block.create_volume = listen  # type: ignore[method-assign]
    perform(job)
    assert volume.volume_type and [new.volume_type for new in asked] == [None]
    manifest = bench.store.manifest(f"volume:{volume.id}")
    assert manifest and manifest.origin.image_format == "qcow2"


def test_a_moved_image_says_so_by_a_tag_alone(bench: Bench) -> None:
    """A property would go on into every volume and server that its owner makes of it."""
    image = source_image(bench)
    bench.do(CaptureImage(image=image))
    bench.do(RestoreImage(image=image))
    made = bench.target.images.image(bench.target_id(Kind.IMAGE, image.id))
    assert (made.tags, made.properties) == ((f"decamp-m-01234567-{image.id}",), {})


def test_the_image_of_a_root_disk_asks_for_no_room(bench: Bench) -> None:
    """The captured image wants as much as the old flavor had, and the new flavor may have less than it says."""
    server = source_server(bench)
    bench.do(CaptureServer(server=server))
    bench.do(RestoreServerImage(server=server, properties={}))
    made = bench.target.images.image(bench.target_id(Kind.IMAGE, server.id))
    assert server.flavor.disk_gib
    assert (made.min_disk_gib, made.min_ram_mib) == (0, 0)


# ---------------------------------------------------------------- damage in the store


def flip_a_chunk(bench: Bench) -> None:
    path = next(p for p in (bench.root / "store").rglob("*.data") if p.read_bytes().startswith(b"DECAMPK"))
    data = path.read_bytes()
    path.write_bytes(data[:20] + bytes([data[20] ^ 1]) + data[21:])


def cut_the_manifest(bench: Bench) -> None:
    (path,) = (p for p in (bench.root / "store").rglob("*manifest*.data"))
    path.write_bytes(path.read_bytes()[:-30])


def rewrite_the_manifest(bench: Bench, old: bytes, new: bytes) -> None:
    """The folder's own digest fits: somebody has put another document in its place."""
    name = next(e.name for e in bench.store.container.objects.entries("disks") if e.name.endswith("manifest.json"))
    with bench.store.container.objects.get("disks", name) as (_, chunks):
        raw = b"".join(chunks)
    changed = raw.replace(old, new, 1)
    assert changed != raw
    info = ObjectInfo(name=name, size_bytes=len(changed), etag="", content_type="application/json")
    bench.store.container.objects.put("disks", info, [changed])


def edit_the_manifest(bench: Bench) -> None:
    rewrite_the_manifest(bench, b'"consistency": "at rest"', b'"consistency": "stopped"')


DAMAGES = [flip_a_chunk, cut_the_manifest, edit_the_manifest]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_image_is_set_aside_and_captured_again(bench: Bench, damage: Callable[[Bench], None]) -> None:
    image = source_image(bench)
    capture = CaptureImage(image=image)
    bench.do(capture, "image:i:capture")
    damage(bench)
    with pytest.raises(TransientError) as caught:
        bench.do(RestoreImage(image=image), needs=("image:i:capture",))
    assert caught.value.code == codes.COPY_INCOMPLETE
    assert bench.ledger.states()["image:i:capture"].state is not State.DONE
    bench.do(capture, "image:i:capture")
    bench.do(RestoreImage(image=image), needs=("image:i:capture",))
    made = bench.target_id(Kind.IMAGE, image.id)
    assert bench.target.images.image(made).hash_value == image.hash_value
    assert len(bench.store.origins(f"image:{image.id}")) == 1
    assert not list((bench.root / "store").rglob("*set-aside*"))


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_volume_is_set_aside_and_captured_again(bench: Bench, damage: Callable[[Bench], None]) -> None:
    volume = source_volume(bench)
    capture = CaptureVolume(volume=volume)
    bench.do(capture, "volume:v:capture")
    (old,) = bench.store.origins(f"volume:{volume.id}")
    damage(bench)
    with pytest.raises(TransientError):
        bench.do(RestoreVolume(volume=volume), needs=("volume:v:capture",))
    assert bench.store.origins(f"volume:{volume.id}") == [old], "kept until there is another"
    bench.do(capture, "volume:v:capture")
    bench.do(RestoreVolume(volume=volume), needs=("volume:v:capture",))
    bench.do(VerifyDisk(of=Kind.VOLUME, source_id=volume.id))
    assert len(bench.store.origins(f"volume:{volume.id}")) == 1
    assert bench.store.origins(f"volume:{volume.id}") != [old]
    nothing_of_ours_is_left(bench)


@pytest.mark.parametrize("damage", DAMAGES)
def test_without_the_source_damage_is_said_and_nothing_is_touched(
    bench: Bench, damage: Callable[[Bench], None]
) -> None:
    volume = source_volume(bench)
    bench.do(CaptureVolume(volume=volume), "volume:v:capture")
    damage(bench)
    before = sorted((p, p.read_bytes()) for p in (bench.root / "store").rglob("*.*"))
    with pytest.raises((ConfigError, IntegrityError)):
        bench.do(RestoreVolume(volume=volume), needs=("volume:v:capture",), source=False)
    assert sorted((p, p.read_bytes()) for p in (bench.root / "store").rglob("*.*")) == before
    assert bench.target.block.volumes() == []


def test_a_manifest_of_a_newer_version_is_no_damage(bench: Bench) -> None:
    """Whoever has gone back to an older Decamp keeps his copies."""
    volume = source_volume(bench)
    bench.do(CaptureVolume(volume=volume), "volume:v:capture")
    rewrite_the_manifest(bench, b'"version": 2', b'"version": 9')
    for action in (RestoreVolume(volume=volume), CaptureVolume(volume=volume)):
        with pytest.raises(ConfigError) as caught:
            bench.do(action)
        assert caught.value.code == codes.DOCUMENT_VERSION
    assert not list((bench.root / "store").rglob("*set-aside*"))


def damaged(bench: Bench) -> tuple[Volume, dict[Path, bytes]]:
    """A captured volume with a damaged chunk, and all the store's bytes."""
    volume = source_volume(bench)
    bench.do(CaptureVolume(volume=volume), "volume:v:capture")
    flip_a_chunk(bench)
    return volume, {p: p.read_bytes() for p in (bench.root / "store").rglob("*.data")}


def test_the_damaged_copy_of_a_disk_that_is_gone_at_the_source_is_left_as_it_is(bench: Bench) -> None:
    """It may be the most that anybody still has of it."""
    volume, before = damaged(bench)
    bench.source_world.settle()
    bench.tenant.block.delete_volume(volume.id)
    bench.source_world.settle()
    with pytest.raises(IntegrityError):
        bench.do(RestoreVolume(volume=volume), needs=("volume:v:capture",))
    assert {p: p.read_bytes() for p in (bench.root / "store").rglob("*.data")} == before


def test_a_source_that_does_not_say_whether_the_disk_is_there_sets_nothing_aside(bench: Bench) -> None:
    volume, before = damaged(bench)
    bench.source_world.fail_next("GET", f"/volumes/{volume.id}", TransientError(codes.CLOUD_UNAVAILABLE, what="busy"))
    with pytest.raises(TransientError) as caught:
        bench.do(RestoreVolume(volume=volume), needs=("volume:v:capture",))
    assert caught.value.code == codes.CLOUD_UNAVAILABLE
    assert {p: p.read_bytes() for p in (bench.root / "store").rglob("*.data")} == before


def test_a_damaged_chunk_is_kept_until_the_disk_is_sealed_anew(bench: Bench) -> None:
    volume, before = damaged(bench)
    with pytest.raises(TransientError):
        bench.do(RestoreVolume(volume=volume), needs=("volume:v:capture",))
    kept = {p.read_bytes() for p in (bench.root / "store").rglob("*.data")}
    assert set(before.values()) <= kept


# ---------------------------------------------------------------- uploads that the cloud gives up


def gives_up(bench: Bench, job: Job, port: Any, name: str) -> None:
    """The cloud takes the request, fails, and removes its image."""
    call = getattr(port, name)

    def failing(*args: Any) -> str:
        image_id: str = call(*args)
        del bench.source_world.images.rows[image_id]
        return image_id

    setattr(port, name, failing)
    with pytest.raises(TransientError) as caught:
        perform(job)
    assert caught.value.code == codes.BROKE_OFF
    delattr(port, name)


def test_an_upload_that_fails_at_the_cloud_is_asked_for_again(bench: Bench) -> None:
    volume = source_volume(bench)
    action = CaptureVolume(volume=volume)
    job = bench.job(action, "volume:v:capture")
    gives_up(bench, job, job.source.block, "upload_to_image")
    snapshots = [s.id for s in bench.tenant.block.snapshots()]
    assert job.claim
    bench.ledger.finish(job.claim, State.WAITING)
    bench.do(action, "volume:v:capture")
    manifest = bench.store.manifest(f"volume:{volume.id}")
    assert manifest and [manifest.origin.snapshot_id] == snapshots, "its moment stands"
    assert stored(bench, f"volume:{volume.id}") == TEXT
    nothing_of_ours_is_left(bench)


def test_an_image_of_a_server_that_fails_at_the_cloud_is_asked_for_again(bench: Bench) -> None:
    server = source_server(bench)
    action = CaptureServer(server=server)
    job = bench.job(action, "server:s:capture")
    gives_up(bench, job, job.source.compute, "create_image")
    assert job.claim
    bench.ledger.finish(job.claim, State.WAITING)
    bench.do(action, "server:s:capture")
    assert stored(bench, f"server:{server.id}") == TEXT
    nothing_of_ours_is_left(bench)


# ---------------------------------------------------------------- removing what is busy


def temporary(bench: Bench, status: str, then: list[dict[str, Any]]) -> Job:
    """A clone of ours that is busy now, and what becomes of it."""
    job = bench.job(CaptureVolume(volume=source_volume(bench)), "volume:v:capture")
    mark = job.mark(Role.TEMPORARY, "v")
    new = NewVolume(name=str(mark), size_gib=1, metadata={MARK_KEY: str(mark)})
    made = bench.tenant.block.create_volume(new)
    bench.source_world.settle()
    row = bench.source_world.volumes.rows[made]
    row.change(status=status)
    row.later.extend(then)
    job.record("source", Kind.VOLUME, Role.TEMPORARY, source_id="v", resource_id=made)
    return job


def deletions(bench: Bench) -> int:
    return sum(method == "DELETE" for method, _, _ in bench.writes("source"))


@pytest.mark.parametrize("status", ["uploading", "creating", "downloading"])
def test_a_temporary_that_is_busy_is_removed_once_it_is_not(bench: Bench, status: str) -> None:
    job = temporary(bench, status, [{}, {}, {"status": "available"}])
    remove_temporaries(job, "source", "v")
    assert deletions(bench) == 1
    assert bench.ledger.effects(side="source") == []


def test_a_temporary_that_is_being_deleted_is_waited_for_and_not_asked_for_again(bench: Bench) -> None:
    job = temporary(bench, "deleting", [{}, {}, GONE])
    remove_temporaries(job, "source", "v")
    assert deletions(bench) == 0
    assert bench.ledger.effects(side="source") == []


def test_who_has_lost_the_step_while_a_temporary_was_busy_deletes_nothing(bench: Bench) -> None:
    job = temporary(bench, "uploading", [{}, {"status": "available"}])
    read = job.source.block.volume

    def slow(volume_id: str) -> Volume:
        assert job.claim
        bench.ledger.finish(job.claim, State.PENDING)
        job.claim._lost = True
        job.source.block.volume = read  # type: ignore[method-assign]
        return read(volume_id)

    job.source.block.volume = slow  # type: ignore[method-assign]
    with pytest.raises(LeaseLost):
        remove_temporaries(job, "source", "v")
    assert deletions(bench) == 0


# ---------------------------------------------------------------- protected images


def test_a_protected_image_is_protected_once_it_is_whole(bench: Bench) -> None:
    """One that is so from the start could not be removed when its upload dies."""
    image = replace(source_image(bench), protected=True)
    bench.do(CaptureImage(image=image))
    job = bench.job(RestoreImage(image=image), "image:i:restore")
    upload = job.target.images.upload

    def dies(image_id: str, chunks: Any, size_bytes: int) -> None:
        bench.target_world.images.rows[image_id].change(status="killed")
        raise TransientError(codes.CLOUD_UNAVAILABLE, what="broken off")

    job.target.images.upload = dies  # type: ignore[method-assign]
    for code in (codes.CLOUD_UNAVAILABLE, codes.BROKE_OFF):
        with pytest.raises(TransientError) as caught:
            perform(job)
        assert caught.value.code == code
    job.target.images.upload = upload  # type: ignore[method-assign]
    perform(job)
    made = bench.target.images.image(bench.target_id(Kind.IMAGE, image.id))
    assert (made.status, made.protected) == ("active", True)
    before = bench.writes()
    perform(job)
    assert bench.writes() == before
