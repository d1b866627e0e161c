"""Order, gates, limits, shared work, stops, and what each class of failure does."""

import shutil
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from migrate.clouds.guard import SourceGuard
from migrate.errors import Denied, Exit, QuotaExceeded, TransientError
from migrate.execute.actions.dispatch import perform
from migrate.execute.job import Job
from migrate.execute.leftovers import clean, list_made
from migrate.execute.runner import Runner
from migrate.ledger.ledger_records import Effect, State
from migrate.messages import codes
from migrate.model import Attachment, Flavor, Kind, Role
from migrate.model.steps import Step
from tests.execute.end_state import assert_whole, changes_asked
from tests.execute.rig import Rig

READS = {"GET", "HEAD"}


def writes(rig: Rig, side: str) -> list[tuple[str, str, str]]:
    world = rig.source_world if side == "source" else rig.target_world
    return [entry for entry in world.log if entry[0] not in READS]


def test_without_the_gate_the_rest_goes_on_and_says_what_waits(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    report = rig.run()
    by_id = {step.step_id: step for step in report.steps}
    stop = next(s for s in rig.plan.steps if s.gate)
    assert report.exit_code == Exit.PARTIAL
    assert (by_id[stop.id].state, by_id[stop.id].code) == (State.WAITING, codes.WAITS_FOR_APPROVAL)
    assert {s.state for s in report.steps if s.step_id.startswith("container:")} == {State.DONE}
    rig.approve()
    assert rig.run().exit_code == 0
    assert_whole(rig)


def test_an_approval_of_another_step_content_does_not_count(tmp_path: Path) -> None:
    rig = Rig.one_server(tmp_path)
    ledger = rig.ledger()
    stop = next(s for s in rig.plan.steps if s.gate)
    ledger.approve("cut-over", "tests", {stop.id: "0" * 64}, "2026-01-01T00:00:00Z")
    report = rig.run()
    assert report.exit_code == Exit.PARTIAL
    # It waits for its approval: SourceGuard, which would refuse it as well, is not even asked.
    assert [s.code for s in report.steps if s.step_id == stop.id] == [codes.WAITS_FOR_APPROVAL]
    assert [w for w in writes(rig, "source") if w[2].endswith("/action")] == []


def test_a_rehearsal_changes_nothing_and_names_what_it_would_do(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path)
    before = (len(writes(rig, "source")), len(writes(rig, "target")))
    ledger = rig.ledger()
    report = Runner(rig.context(ledger)).rehearse()
    assert (len(writes(rig, "source")), len(writes(rig, "target"))) == before
    assert report.rehearsed and report.exit_code == 0
    assert all(step.text for step in report.steps)
    assert ledger.effects() == []


def test_a_second_run_sends_nothing(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small", lag=2)
    rig.approve()
    assert rig.run().exit_code == 0
    before = (writes(rig, "source"), writes(rig, "target"))
    assert rig.run().exit_code == 0
    assert (writes(rig, "source"), writes(rig, "target")) == before


def test_a_new_ledger_adopts_what_is_there(tmp_path: Path) -> None:
    rig = Rig.moved(tmp_path)
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    rig.approve()
    assert rig.run().exit_code == 0
    assert_whole(rig)


def test_two_runners_share_the_work_and_do_no_step_twice(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rig = Rig.make(tmp_path)
    rig.approve()
    with ThreadPoolExecutor(2) as both:
        assert [one.exit_code for one in both.map(lambda _: rig.run(), range(2))] == [0, 0]
    done = [line.step_id for line in rig.ledger().journal()]
    assert sorted(done) == sorted(set(done)) == sorted(step.id for step in rig.plan.steps)
    alone = Rig.moved(tmp_path_factory.mktemp("alone"))
    for side in ("source", "target"):
        assert changes_asked(rig, side) == changes_asked(alone, side)
    assert_whole(rig)


def test_the_target_is_rebuilt_after_the_source_is_gone(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    rig.approve()
    assert rig.run(only=lambda step: step.reads_source).exit_code == 0
    before = len(rig.source_world.log)
    assert rig.run(source=False).exit_code == 0
    assert len(rig.source_world.log) == before
    assert rig.verify().differences == 0


def test_a_step_that_needs_the_lost_source_fails_by_name(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    rig.approve()
    report = rig.run(source=False)
    assert report.exit_code == Exit.PARTIAL
    assert {s.code for s in report.steps if s.state is State.FAILED} == {codes.SOURCE_NEEDED}


def test_a_lost_answer_is_read_back_not_repeated(tmp_path: Path) -> None:
    rig = Rig.one_server(tmp_path)
    rig.approve()
    for path in (r"/servers", r"/volumes", r"/images"):
        rig.target_world.fail_next("POST", path, "lost-answer")
    for path in (r"/snapshots", r"/volumes"):
        rig.source_world.fail_next("POST", path, "lost-answer")
    assert rig.run().exit_code == 0
    assert_whole(rig)


def test_over_quota_is_never_retried_and_fails_only_what_depends_on_it(tmp_path: Path) -> None:
    rig = Rig.one_server(tmp_path)
    rig.approve()
    rig.target_world.fail_next("POST", r"/servers", QuotaExceeded(codes.QUOTA_EXCEEDED, resource="cores"))
    report = rig.run()
    failed = [s for s in report.steps if s.state is State.FAILED]
    assert [s.code for s in failed] == [codes.QUOTA_EXCEEDED]
    assert report.exit_code == Exit.PARTIAL
    assert sum(w[0] == "POST" and w[2] == "/servers" for w in writes(rig, "target")) == 1
    assert rig.run().exit_code == 0
    assert_whole(rig)


@pytest.mark.parametrize(("error", "code"), [(KeyError("x"), codes.UNEXPECTED), (MemoryError(), codes.OUT_OF_MEMORY)])
def test_what_nobody_foresaw_fails_its_step_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str
) -> None:
    rig = Rig.make(tmp_path, "small")
    step = next(one.id for one in rig.plan.steps if one.id.startswith("container:"))

    def performed(job: Job) -> None:
        if job.step.id == step:
            raise error
        perform(job)

    monkeypatch.setattr("migrate.execute.runner.perform", performed)
    report = rig.run()
    assert [one.code for one in report.steps if one.state is State.FAILED] == [code]
    assert report.exit_code == Exit.PARTIAL


def test_a_transient_error_is_tried_again(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    rig.approve()
    for _ in range(3):
        rig.target_world.fail_next("POST", r"/networks", TransientError(codes.CLOUD_UNAVAILABLE, what="busy"))
    assert rig.run().exit_code == 0
    assert max(line.retries for line in rig.ledger().journal()) >= 1


def test_a_restored_disk_that_differs_gets_no_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rig = Rig.one_server(tmp_path)
    rig.approve()
    verify = next(s for s in rig.plan.steps if s.id.startswith("volume:") and s.do == "disk.verify")
    assert rig.run(only=lambda step: step.id != verify.id).exit_code == Exit.PARTIAL
    volume = rig.cloud("target").block.volumes()[0]
    rig.target_world.write_volume(volume.id, 4096, b"flipped")
    report = rig.run()
    assert report.exit_code == Exit.INTEGRITY
    states = {s.step_id: s for s in report.steps}
    assert states[verify.id].code == codes.RESTORED_DIFFERS
    attach = next(s for s in rig.plan.steps if s.do == "server.attach")
    assert states[attach.id].state is State.BLOCKED
    rig.cloud("target").block.delete_volume(volume.id)
    rig.target_world.settle()
    assert rig.run().exit_code == 0
    assert_whole(rig)


def test_what_a_store_has_lost_is_captured_again(tmp_path: Path) -> None:
    """All that is in it: without the store itself no run begins (tests/cli/test_cli_store.py)."""
    rig = Rig.one_server(tmp_path)
    rig.approve()
    assert rig.run(only=lambda step: step.reads_source).exit_code == 0
    lost = list((tmp_path / "store").glob("*/??"))
    for folder in lost:
        shutil.rmtree(folder)
    assert lost and rig.run().exit_code == 0
    assert_whole(rig)


def test_a_deletion_at_the_source_may_be_sent_again(tmp_path: Path) -> None:
    """A retry asks the guard a second time for the same deletion."""
    rig = Rig.make(tmp_path)
    permits = rig.context(rig.ledger()).permits
    ledger = rig.ledger()
    claim = ledger.claim(rig.plan.steps[0].id, "tests", 60)
    assert claim
    effect = Effect(
        step_id=rig.plan.steps[0].id,
        side="source",
        kind=Kind.VOLUME,
        resource_id="v",
        role=Role.TEMPORARY,
        source_id="s",
    )
    ledger.record_effect(claim, effect)
    assert not permits.may_delete("block-storage", "v")
    permits.confirm("v")
    assert permits.may_delete("block-storage", "v") and permits.may_delete("block-storage", "v")
    permits.withdraw("v")
    assert not permits.may_delete("block-storage", "v")


def test_containers_keep_their_headers(tmp_path: Path) -> None:
    rig = Rig.moved(tmp_path)
    for container in rig.cloud("source").objects.containers():
        source = rig.cloud("source").objects.container(container.name).headers
        assert rig.cloud("target").objects.container(container.name).headers == source
    assert rig.cloud("target").objects.container("www.shop").headers["x-container-read"] == ".r:*,.rlistings"


DRIFTS: list[tuple[str, str, dict[str, Any]]] = [
    ("image.capture", "images", {"status": "deactivated"}),
    ("image.capture", "images", {"size_bytes": 1}),
    ("image.capture", "images", {"checksum": "0" * 32}),
    ("image.capture", "images", {"hash_value": "0" * 128}),
    ("volume.capture", "volumes", {"size_gib": 77}),
    ("volume.capture", "volumes", {"attachments": (Attachment(server_id="another", volume_id="x"),)}),
    ("server.capture", "servers", {"image_id": "another"}),
    ("server.capture", "servers", {"flavor": Flavor(name="resized", vcpus=9, ram_mib=1, disk_gib=1)}),
    ("server.capture", "servers", {"attachments": ()}),
    ("snapshot.capture", "snapshots", {"volume_id": "another"}),
    ("snapshot.capture", "snapshots", {"size_gib": 77}),
    ("snapshot.capture", "snapshots", {"status": "error"}),
    ("backup.capture", "backups", {"size_gib": 77}),
    ("backup.capture", "backups", {"status": "error"}),
]


@pytest.mark.parametrize(("do", "table", "change"), DRIFTS, ids=lambda value: "-".join(value))
def test_drift_of_the_source_is_a_conflict(do: str, table: str, change: dict[str, Any], tmp_path: Path) -> None:
    """What is no longer as it was planned is told, field by field, and nothing of it is taken or read."""
    rig = Rig.everything(tmp_path)
    rig.approve()
    steps = {step.id: step for step in rig.plan.steps}
    rows = getattr(rig.source_world, table).rows
    step = next(s for s in steps.values() if s.do == do and (change != {"attachments": ()} or with_volumes(s.action)))
    before = needed(steps, step.id) - {step.id}
    assert rig.run(only=lambda each: each.id in before).exit_code == 0
    asked = len(writes(rig, "source"))
    rows[step.id.split(":")[1]].change(**change)
    report = rig.run(only=lambda each: each.id == step.id)
    assert report.exit_code == Exit.CONFLICT
    (failed,) = report.steps
    ((field, value),) = change.items()
    assert (failed.code, failed.facts["what"].partition(":")[0]) == (codes.SOURCE_CHANGED, field)
    assert failed.facts["what"].endswith(f" -> {value}")
    assert len(writes(rig, "source")) == asked


def with_volumes(action: Any) -> bool:
    return bool(action.server.attachments)


def needed(steps: dict[str, Step], step_id: str) -> set[str]:
    return {step_id}.union(*(needed(steps, each) for each in steps[step_id].needs))


def test_what_has_gone_from_the_source_is_not_found(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path)
    rig.approve()
    image = next(s for s in rig.plan.steps if s.do == "image.capture")
    rig.cloud("source").images.delete(image.id.split(":")[1])
    report = rig.run(only=lambda step: step.id == image.id)
    assert [s.code for s in report.steps] == [codes.GONE]


def test_a_stop_ends_the_run_and_the_next_one_goes_on(tmp_path: Path) -> None:
    rig = Rig.one_server(tmp_path)
    rig.approve()
    ledger = rig.ledger()
    ctx = rig.context(ledger)
    ctx.stop.set()
    assert Runner(ctx).run().exit_code == Exit.INTERRUPTED
    assert rig.run().exit_code == 0


def test_the_guard_refuses_a_forbidden_call_and_nothing_is_sent(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path)
    source = rig.cloud("source", SourceGuard())
    server = source.compute.servers()[0]
    before = len(writes(rig, "source"))
    calls: tuple[Callable[[], object], ...] = (
        lambda: source.compute.stop(server.id),
        lambda: source.block.delete_volume(source.block.volumes()[0].id),
        lambda: source.images.delete(source.images.images()[0].id),
        lambda: source.objects.delete("photos", "x"),
        lambda: source.objects.put_container("new", {}),
    )
    for forbidden in calls:
        with pytest.raises(Denied) as refused:
            forbidden()
        assert refused.value.code == codes.SOURCE_GUARD_STOPPED
    assert len(writes(rig, "source")) == before


def test_clean_removes_temporaries_and_nothing_that_a_customer_made(tmp_path: Path) -> None:
    rig = Rig.moved(tmp_path)
    target, source = rig.cloud("target"), rig.cloud("source")
    mine = target.compute.create_image(target.compute.servers()[0].id, "mine", {})
    also_mine = source.compute.create_image(source.compute.servers()[0].id, "mine", {})
    leftover = f"decamp-t-01234567-{source.block.volumes()[0].id}"
    volume = source.block.volumes()[0].id
    source.block.create_snapshot(volume, leftover, {"decamp-mark": leftover})
    source.block.create_snapshot(volume, "renamed by its owner", {"decamp-mark": leftover})
    ledger = rig.ledger()
    ctx = rig.context(ledger)
    assert [m.name for m in list_made(ctx) if m.code is None] == [leftover]
    assert [m.name for m in clean(ctx) if m.removed] == [leftover]
    assert target.images.image(mine) and source.images.image(also_mine)
    assert [s.name for s in source.block.snapshots()] == ["renamed by its owner"]


def test_clean_leaves_what_a_runner_is_working_with(tmp_path: Path) -> None:
    """Until its step is over: then it is removed."""
    rig = Rig.make(tmp_path)
    volume = rig.cloud("source").block.volumes()[0].id
    leftover = f"decamp-t-01234567-{volume}"
    rig.cloud("source").block.create_snapshot(volume, leftover, {"decamp-mark": leftover})
    ledger = rig.ledger()
    step = next(step.id for step in rig.plan.steps if step.id.startswith(f"volume:{volume}:"))
    claim = ledger.claim(step, "elsewhere/1", 60)
    assert claim
    assert [(made.name, made.code, made.removed) for made in clean(rig.context(ledger))] == [
        (leftover, codes.NOT_REMOVED_IN_USE, False)
    ]
    assert [one.name for one in rig.cloud("source").block.snapshots()] == [leftover]
    ledger.finish(claim, State.PENDING)
    assert [(made.name, made.removed) for made in clean(rig.context(ledger))] == [(leftover, True)]
    assert rig.cloud("source").block.snapshots() == []
