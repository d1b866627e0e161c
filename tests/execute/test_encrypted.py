"""Volumes that a cloud encrypts, read and written as the plain devices that its server sees."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.clouds.ports import NewVolume
from migrate.demo.memory.backups import add_backup
from migrate.demo.memory.world import LUKS_HEADER, Offer, World
from migrate.errors import Refused, TransientError
from migrate.messages import codes
from migrate.model import Kind, Volume
from migrate.model.steps import CaptureBackup, CaptureSnapshot, CaptureVolume, RestoreVolume, VerifyDisk
from migrate.policy.policy_records import Disks, Policy
from migrate.units import GIB
from migrate.verify.fields.disk_fields import volume as differences
from tests.execute.attached import AT, TEXT, nothing_left, sent, worker_of
from tests.execute.bench import MIGRATION, Bench

VAULT = "vault"
OFFER = Offer(volume_types=("standard", VAULT), encrypted_volume_types=(VAULT,))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    made, root = (World("source", OFFER, lag=1), World("target", OFFER, lag=1)), tmp_path / "machine"
    source, target = (worker_of(world, root) for world in made)
    disks = Disks(
        capture="attached",
        restore="attached",
        source_worker=source,
        target_worker=target,
        devices=str(root / "by-id"),
    )
    return Bench(tmp_path, Policy(migration=MIGRATION, source_cloud="s", target_cloud="t", disks=disks), worlds=made)


def volume_of(bench: Bench, volume_type: str = VAULT) -> Volume:
    volume_id = bench.tenant.block.create_volume(NewVolume(name="data", size_gib=1, volume_type=volume_type))
    bench.source_world.settle()
    bench.source_world.write_volume(volume_id, AT, TEXT)
    return bench.tenant.block.volume(volume_id)


def size_of(bench: Bench, disk: str) -> int:
    manifest = bench.store.manifest(disk)
    assert manifest
    return manifest.size_bytes


def test_it_is_read_as_its_server_sees_it_and_once(bench: Bench) -> None:
    volume = volume_of(bench)
    assert volume.encrypted
    step_id, action = f"volume:{volume.id}:capture", CaptureVolume(volume=volume, attached=True)
    bench.do(action, step_id)
    assert size_of(bench, f"volume:{volume.id}") == GIB - LUKS_HEADER
    bench.do(action, step_id)
    assert len(sent(bench, "POST")) == 1, "what it holds is shorter than the volume, and no other disk for that"
    nothing_left(bench)


def test_its_snapshot_and_its_backup_are_read_so_too(bench: Bench) -> None:
    volume, block = volume_of(bench), bench.tenant.block
    snapshot_id = block.create_snapshot(volume.id, "monday", {})
    bench.source_world.settle()
    backup_id = add_backup(bench.source_world, volume.id, "nightly")
    bench.source_world.settle()
    bench.do(CaptureSnapshot(snapshot=block.snapshot(snapshot_id), attached=True))
    (backup,) = block.backups()
    bench.do(CaptureBackup(backup=backup, attached=True, volume_type=VAULT))
    for disk in (f"snapshot:{snapshot_id}", f"backup:{backup_id}"):
        assert size_of(bench, disk) == GIB - LUKS_HEADER


def test_its_backup_goes_into_no_volume_of_another_type(bench: Bench) -> None:
    """As Cinder has it: what tells the plan's step the type to ask for."""
    volume = volume_of(bench)
    add_backup(bench.source_world, volume.id, "nightly")
    bench.source_world.settle()
    (backup,) = bench.tenant.block.backups()
    with pytest.raises((Refused, TransientError)):
        bench.do(CaptureBackup(backup=backup, attached=True))


@pytest.mark.parametrize(("kind", "size_gib"), [(VAULT, 1), ("standard", 2)])
def test_it_is_encrypted_again_with_room_for_its_header(bench: Bench, kind: str, size_gib: int) -> None:
    """Where the source keeps no header inside the volume, or encrypts nothing, the target's needs a GiB more."""
    volume = volume_of(bench, kind)
    bench.do(CaptureVolume(volume=volume, attached=True))
    bench.target.block.create_volume(NewVolume(name="one that is there", size_gib=1, volume_type=VAULT))
    action = RestoreVolume(volume=replace(volume, attachments=()), volume_type=VAULT, attached=True)
    bench.do(action, f"volume:{volume.id}:restore")
    bench.do(VerifyDisk(of=Kind.VOLUME, source_id=volume.id))
    made = bench.target.block.volume(bench.target_id(Kind.VOLUME, volume.id))
    assert (made.encrypted, made.size_gib) == (True, size_gib)
    assert differences(action, made) == ()
    nothing_left(bench)


def test_a_volume_that_is_larger_without_a_header_is_another_one(bench: Bench) -> None:
    volume = volume_of(bench, "standard")
    action = RestoreVolume(volume=volume, volume_type="standard")
    assert differences(action, replace(volume, size_gib=2)) == ("size_gib: 1 ≠ 2",)
    assert differences(action, replace(volume, size_gib=3, encrypted=True)) == ("size_gib: 1 ≠ 3",)


def test_a_cloud_makes_no_image_of_ours_of_one_that_it_encrypts(bench: Bench) -> None:
    """Why the attached path is asked for at the target as well."""
    volume = volume_of(bench, "standard")
    bench.do(CaptureVolume(volume=volume, attached=True))
    bench.policy = replace(bench.policy, disks=replace(bench.policy.disks, restore="glance"))
    bench.do(RestoreVolume(volume=replace(volume, size_gib=2), volume_type=VAULT))
    with pytest.raises(Refused, match=codes.BAD_REQUEST):
        bench.do(VerifyDisk(of=Kind.VOLUME, source_id=volume.id))
