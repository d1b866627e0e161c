"""When a disk is read again, what stands when it cannot be, what is kept."""

from typing import Any

import pytest
from msgspec.structs import replace

from migrate.clouds.ports import NewImage
from migrate.errors import Cancelled, ConfigError, Denied, TransientError
from migrate.messages import codes
from migrate.model import MARK_KEY, Kind, Role
from migrate.monitor import RecordingMonitor, StopFlag
from migrate.objects.listing.row_files import rows_folder
from migrate.step_attempt import Attempt
from migrate.verify.disks.prove_disk import Disk, prove_disk
from migrate.verify.disks.read_volume import ReadBack
from migrate.verify.evidence import EvidenceRow, Proof, Verdict
from migrate.verify.kept_proofs import read_evidence, read_proofs, write_evidence, write_proof
from tests.verify.moved_pair import MovedPair
from tests.verify.verify_tools import CHUNK, MIGRATION, NoSleep, mark


def test_a_proved_disk_that_a_server_holds_rests_on_its_proof(pair: MovedPair) -> None:
    first = pair.row("volume:vol-1")
    assert first.verdict is Verdict.SAME
    pair.target_world.write_volume(pair.target_id(Kind.VOLUME, "vol-1"), 0, b"the guest wrote")
    again = pair.row("volume:vol-1")
    assert (again.verdict, again.proof, again.note_code) == (Verdict.NOT_REREAD, Proof.REREAD, codes.USED_SINCE_PROVED)
    assert again.at == first.at
    read_anyway = pair.row("volume:vol-1", reread="all")
    assert (read_anyway.verdict, read_anyway.note_code) == (Verdict.DIFFERENT, codes.USED_SINCE_PROVED)
    assert read_anyway.differences == (f"bytes 0-{CHUNK - 1}",)


def test_a_proved_boot_volume_rests_on_its_proof_once_its_server_runs(pair: MovedPair) -> None:
    pair.verify()
    pair.target_world.write_volume(pair.target_id(Kind.VOLUME, "vol-root"), 0, b"it booted")
    row = pair.row("volume:vol-root")
    assert (row.verdict, row.note_code) == (Verdict.NOT_REREAD, codes.USED_SINCE_PROVED)


@pytest.mark.parametrize(("item", "kind"), [("snapshot:snap-1", Kind.SNAPSHOT), ("backup:bak-1", Kind.BACKUP)])
def test_what_a_snapshot_or_backup_became_is_held_against_its_own_manifest(
    pair: MovedPair, item: str, kind: Kind
) -> None:
    row = pair.row(item)
    assert (row.kind, row.verdict, row.proof) == (kind, Verdict.SAME, Proof.REREAD)
    del pair.captured[item]
    missing = pair.row(item)
    assert (missing.verdict, missing.note_code) == (Verdict.NOT_REREAD, codes.NOTHING_TO_COMPARE)


def test_a_proved_disk_at_rest_is_read_again(pair: MovedPair) -> None:
    pair.verify()
    pair.target_world.write_volume(pair.target_id(Kind.VOLUME, "vol-3"), 0, b"somebody wrote")
    assert pair.row("volume:vol-3").verdict is Verdict.DIFFERENT


def test_a_proof_against_another_manifest_does_not_count(pair: MovedPair) -> None:
    pair.verify()
    pair.captured["volume:vol-1"] = pair.captured["volume:vol-2"]
    assert pair.row("volume:vol-1").verdict is Verdict.DIFFERENT


def test_a_proof_of_another_disk_does_not_count(pair: MovedPair) -> None:
    """The volume was made anew since: what was proved then is gone."""
    pair.verify()
    pair.target_world.write_volume(pair.target_id(Kind.VOLUME, "vol-1"), 0, b"never proved")
    assert pair.row("volume:vol-1").verdict is Verdict.NOT_REREAD
    proof = read_proofs(pair.root / "evidence")["volume:vol-1"]
    write_proof(pair.root / "evidence", replace(proof, row=replace(proof.row, target_id="another")))
    assert pair.row("volume:vol-1").verdict is Verdict.DIFFERENT


def test_a_held_disk_with_a_changed_field_is_different_and_keeps_its_note(pair: MovedPair) -> None:
    pair.verify()
    pair.change(Kind.VOLUME, "vol-1", name="renamed")
    row = pair.row("volume:vol-1")
    assert (row.verdict, row.note_code, row.differences) == (
        Verdict.DIFFERENT,
        codes.USED_SINCE_PROVED,
        ("name: data 1 ≠ renamed",),
    )


def test_proofs_are_kept_by_item(pair: MovedPair) -> None:
    evidence = pair.verify()
    proofs = read_proofs(pair.root / "evidence")
    assert set(proofs) == {
        "volume:vol-1",
        "volume:vol-2",
        "volume:vol-3",
        "volume:vol-4",
        "volume:vol-root",
        "snapshot:snap-1",
        "snapshot:snap-2",
        "backup:bak-1",
        "server:srv-1:disk",
        "image:img-shared",
        f"image:{pair.image_id}",
    }
    assert [proofs[r.item].row == r for r in evidence.rows if r.item in proofs] == [True] * 11


def test_a_disk_without_a_manifest_is_not_vouched_for(pair: MovedPair) -> None:
    del pair.captured["volume:vol-3"]
    row = pair.row("volume:vol-3")
    assert (row.verdict, row.proof, row.note_code) == (Verdict.NOT_REREAD, Proof.MANIFEST, codes.NOTHING_TO_COMPARE)


def test_a_container_without_a_recording_is_not_vouched_for(pair: MovedPair) -> None:
    (rows_folder(pair.root / "evidence", "box") / "pass.json").unlink()
    row = pair.row("container:box")
    assert (row.verdict, row.note_code) == (Verdict.NOT_REREAD, codes.COPY_RECORD_MISSING)


def test_a_disk_that_cannot_be_read_is_a_row_and_not_the_end(pair: MovedPair) -> None:
    pair.target_world.fail_next("POST", "/snapshots", Denied(codes.NOT_ALLOWED))
    evidence = pair.verify()
    (row,) = [r for r in evidence.rows if r.verdict is not Verdict.SAME]
    assert (row.item, row.verdict, row.note_code) == ("volume:vol-1", Verdict.NOT_REREAD, codes.NOT_ALLOWED)


def test_the_operator_can_stop_it(pair: MovedPair) -> None:
    stop = NoSleep()
    stop.set()
    with pytest.raises(Cancelled):
        prove(pair, "vol-3", stop=stop)


def test_progress_is_told(pair: MovedPair) -> None:
    monitor = RecordingMonitor()
    pair.verify(monitor=monitor)
    assert ("finished", "volume:vol-3", "done") in monitor.events
    assert monitor.bytes_by_step["volume:vol-3"] > 0


def test_the_evidence_before_is_kept(pair: MovedPair) -> None:
    folder = pair.root / "evidence"
    first = pair.verify()
    write_evidence(folder, first)
    pair.change(Kind.SERVER, "srv-1", tags=())
    second, third = pair.verify(), pair.verify()
    for evidence in (second, third):
        write_evidence(folder, evidence)
    assert read_evidence(folder) == third
    assert sorted(p.name for p in folder.glob("verify*")) == ["verify-1.json", "verify-2.json", "verify.json"]
    (folder / "verify.json").write_bytes((folder / "verify-1.json").read_bytes())
    assert read_evidence(folder) == first
    (folder / "verify.json").write_text((folder / "verify.json").read_text().replace("same", "Same"))
    with pytest.raises(ConfigError):
        read_evidence(folder)


# ---------------------------------------------------------------- temporaries


def prove(pair: MovedPair, source_id: str, stop: StopFlag | None = None, **options: Any) -> EvidenceRow:
    how = ReadBack(
        MIGRATION,
        pair.root / "spool",
        Attempt(stop=stop or NoSleep()),
        made=lambda kind, made, _: pair.made.append((kind, made)),
        removed=lambda kind, removed: pair.removed.append((kind, removed)),
    )
    disk = Disk(Kind.VOLUME, source_id, source_id, Kind.VOLUME)
    target_id = pair.target_id(Kind.VOLUME, source_id)
    return prove_disk(pair.target, pair.captured[f"volume:{source_id}"], disk, target_id, how, **options)


@pytest.mark.parametrize("path", ["/snapshots$", "/volumes$", "/volumes/[^/]+/action"])
def test_an_answer_lost_on_the_way_is_read_back(pair: MovedPair, path: str) -> None:
    pair.target_world.fail_next("POST", path, "lost-answer")
    if path == "/volumes/[^/]+/action":
        assert prove(pair, "vol-3").verdict is Verdict.SAME
    else:
        assert prove(pair, "vol-1").verdict is Verdict.SAME
    assert left_over(pair) == []


@pytest.mark.parametrize(
    ("method", "path"), [("POST", "/volumes/[^/]+/action"), ("GET", "/images/[^/]+/file"), ("DELETE", "/volumes/")]
)
def test_what_a_failure_left_is_found_and_removed_by_the_next_attempt(pair: MovedPair, method: str, path: str) -> None:
    pair.target_world.fail_next(method, path, Denied(codes.NOT_ALLOWED))
    with pytest.raises(Denied):
        prove(pair, "vol-1")
    assert left_over(pair) != []
    assert prove(pair, "vol-1").verdict is Verdict.SAME
    assert left_over(pair) == []
    assert set(pair.made) == set(pair.removed)


def test_what_an_earlier_attempt_left_is_never_read(pair: MovedPair) -> None:
    """It is of another time: the volume may have changed since."""
    name = str(mark("vol-3", Role.TEMPORARY))
    old = pair.target.block.upload_to_image(pair.target_id(Kind.VOLUME, "vol-3"), name, "qcow2")
    pair.target_world.settle()
    pair.target_world.write_volume(pair.target_id(Kind.VOLUME, "vol-3"), 0, b"written since")
    assert prove(pair, "vol-3").verdict is Verdict.DIFFERENT
    assert (Kind.IMAGE, old) in pair.removed


def test_a_connection_that_breaks_goes_on_where_it_was(pair: MovedPair) -> None:
    for _ in range(3):
        pair.target_world.cut_next("/images/[^/]+/file", 70000)
    assert prove(pair, "vol-3").verdict is Verdict.SAME


def test_a_connection_that_gives_nothing_is_given_up(pair: MovedPair) -> None:
    pair.target_world.fail_next("GET", "/images/[^/]+/file", TransientError(codes.CLOUD_UNAVAILABLE), times=6)
    with pytest.raises(TransientError):
        prove(pair, "vol-3")


def test_others_resources_are_left_alone(pair: MovedPair) -> None:
    block, images = pair.target.block, pair.target.images
    other = block.create_snapshot(pair.target_id(Kind.VOLUME, "vol-1"), "mine", {MARK_KEY: str(mark("vol-2"))})
    image = images.create(NewImage(name="decamp-t-other", disk_format="raw"))
    pair.target_world.settle()
    assert prove(pair, "vol-1").verdict is Verdict.SAME
    assert [s.id for s in block.snapshots()] == [other]
    assert image in {i.id for i in images.images()}


def left_over(pair: MovedPair) -> list[str]:
    text = f"decamp-{Role.TEMPORARY.value}-"
    block = pair.target.block
    pair.target_world.settle()
    return (
        [v.id for v in block.volumes() if v.metadata.get(MARK_KEY, "").startswith(text)]
        + [s.id for s in block.snapshots() if s.metadata.get(MARK_KEY, "").startswith(text)]
        + [i.id for i in pair.target.images.images() if i.name.startswith(text)]
    )
