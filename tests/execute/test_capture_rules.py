"""What a capture may not take for what it wants: a running server's disk, an older pass, an older clone."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.clouds.guard import Request, SourceGuard
from migrate.clouds.ports import NewVolume
from migrate.documents import read_document, write_document
from migrate.errors import Denied, Exit
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model import MARK_KEY, MARK_PROPERTY, Kind
from migrate.model.steps import StopServer
from migrate.plan.build_plan import build_plan
from migrate.policy.policy_records import Policy
from migrate.units import GIB
from migrate.verify.kept_proofs import DiskProof
from tests.execute.end_state import assert_whole
from tests.execute.rig import Rig


def test_a_server_that_was_started_again_is_not_captured_as_stopped(tmp_path: Path) -> None:
    rig = Rig.one_server(tmp_path)
    rig.approve()
    assert rig.run(only=lambda step: isinstance(step.action, StopServer)).exit_code == 0
    server = rig.cloud("source").compute.servers()[0]
    row = rig.source_world.servers.rows[server.id]
    row.change(status="ACTIVE")
    report = rig.run(only=lambda step: step.reads_source)
    assert report.exit_code == Exit.CONFLICT
    failed = {s.step_id.rsplit(":", 1)[1] for s in report.steps if s.state is State.FAILED}
    assert failed == {"capture"}
    assert {s.code for s in report.steps if s.state is State.FAILED} == {codes.SOURCE_CHANGED}
    row.change(status="SHUTOFF")
    assert rig.run().exit_code == 0
    assert_whole(rig)


def test_a_pass_over_a_running_server_does_not_do_for_a_stopped_one(tmp_path: Path) -> None:
    running = Rig.one_server(tmp_path, consistency="crash")
    assert running.run(only=lambda step: step.reads_source).exit_code == 0
    store = running.context(running.ledger()).store
    volume = next(s.action.volume for s in running.plan.steps if s.do == "volume.capture")  # type: ignore[union-attr]
    first = store.manifest(f"volume:{volume.id}")
    assert first and first.origin.consistency == "crash-consistent"
    policy = Policy(**{f: getattr(running.policy, f) for f in Policy.__struct_fields__ if f != "consistency"})
    running.plan = build_plan(running.source, running.target, policy)
    running.approve()
    assert running.run().exit_code == 0
    origins = [store.manifest(f"volume:{volume.id}", i) for i in store.origins(f"volume:{volume.id}")]
    assert {m.origin.consistency for m in origins if m} == {"crash-consistent", "stopped"}


def test_a_pass_over_a_volume_that_was_extended_since_does_not_stand(tmp_path: Path) -> None:
    """Stopped and of one stop it is: the size alone tells."""
    rig = Rig.one_server(tmp_path)
    rig.approve()
    assert rig.run(only=lambda step: step.reads_source).exit_code == 0
    (volume, *_) = rig.source.volumes
    row = rig.source_world.volumes.rows[volume.id]
    row.change(size_gib=volume.size_gib + 1)
    assert row.disk
    row.disk = row.disk.clone((volume.size_gib + 1) * GIB)
    rig.source_world.write_volume(volume.id, volume.size_gib * GIB + 5, b"in what was added")
    larger = replace(volume, size_gib=volume.size_gib + 1)
    rig.source = replace(rig.source, volumes=(larger, *rig.source.volumes[1:]))
    rig.plan = build_plan(rig.source, rig.target, rig.policy)
    rig.approve()
    assert rig.run().exit_code == 0
    manifest = rig.context(rig.ledger()).store.manifest(f"volume:{volume.id}")
    assert manifest and manifest.size_bytes == larger.size_gib * GIB
    assert_whole(rig)


def test_a_clone_of_another_snapshot_is_not_adopted(tmp_path: Path) -> None:
    """What a killed run left of an older snapshot carries the same mark."""
    rig = Rig.one_server(tmp_path)
    rig.approve()
    block = rig.cloud("source").block
    volume = block.volumes()[0]
    mark = f"decamp-t-01234567-{volume.id}"
    old = block.create_snapshot(volume.id, "the owner's own", {})
    clone = block.create_volume(
        NewVolume(name=mark, size_gib=volume.size_gib, snapshot_id=old, metadata={MARK_KEY: mark})
    )
    rig.source_world.settle()
    block.set_boot(clone, bootable=False, image_metadata={MARK_PROPERTY: mark})
    rig.source_world.write_volume(volume.id, 12345, b"written since")
    rig.run()
    manifest = rig.context(rig.ledger()).store.manifest(f"volume:{volume.id}")
    assert manifest and manifest.origin.snapshot_id != old
    assert rig.verify().differences == 0


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/volumes", {"volume": None}),
        ("/volumes", {"volume": {"snapshot_id": "ours", "source_volid": "theirs"}}),
        ("/volumes", {"volume": {"snapshot_id": "ours", "imageRef": "theirs"}}),
        ("/volumes/ours/action", {}),
        ("/volumes/ours/action", {"os-volume_upload_image": {"visibility": "public"}}),
        ("/volumes/ours/action", {"os-volume_upload_image": {}, "os-set_image_metadata": {}}),
    ],
)
def test_the_guard_lets_plain_clones_through_alone(path: str, body: dict[str, object]) -> None:
    class Everything:
        def is_ours(self, service: str, resource_id: str) -> bool:
            return resource_id == "ours"

        def may_delete(self, service: str, resource_id: str) -> bool:
            return False

        def may_stop(self, server_id: str) -> bool:
            return False

        def may_start(self, server_id: str) -> bool:
            return False

        def may_make(self, migration: str) -> bool:
            return False

        def is_worker(self, server_id: str) -> bool:
            return False

    guard = SourceGuard(Everything())
    guard.check(Request("POST", "block-storage", "/volumes", {"volume": {"snapshot_id": "ours", "name": "n"}}))
    with pytest.raises(Denied):
        guard.check(Request("POST", "block-storage", path, body))


def test_a_proof_of_another_disk_is_not_taken_over(tmp_path: Path) -> None:
    """The proved volume was replaced by one that nobody has proved."""
    rig = Rig.moved(tmp_path)
    row = next(r for r in rig.verify("auto").rows if r.kind is Kind.VOLUME)
    assert row.note_code == codes.USED_SINCE_PROVED
    proof = next((tmp_path / "evidence" / "disks").glob("volume-*.json"))
    kept = read_document(proof, DiskProof)
    write_document(proof, replace(kept, row=replace(kept.row, target_id="another")))
    row = next(r for r in rig.verify("auto").rows if r.kind is Kind.VOLUME)
    assert (row.note_code, row.verdict.value) == (None, "same")
