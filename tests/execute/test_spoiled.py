"""What a capture finds damaged or wrong while it reads is put aside and read anew, by the same run."""

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from migrate.demo.memory.world import World
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import SEGMENT_BYTES
from migrate.errors import BodyMismatch, Exit, TransientError
from migrate.execute.job import Context
from migrate.execute.runner import MAX_ATTEMPTS, Runner
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model.steps import CaptureImage, CaptureVolume, Step
from tests.disks.store.faulty_stores import Faulty
from tests.execute.bench import Bench
from tests.execute.restored import AT, BEFORE, on_workers, source_volume
from tests.execute.rig import Rig


class _Garbled:
    """A cloud whose image service sends a wrong bit in the first `times` answers."""

    def __init__(self, cloud: Any, times: int) -> None:
        self._cloud, self.left, self.reads = cloud, times, 0

    def __getattr__(self, name: str) -> Any:
        return self if name == "images" else getattr(self._cloud, name)

    def image(self, image_id: str) -> Any:
        return self._cloud.images.image(image_id)

    @contextmanager
    def read(self, *args: Any) -> Iterator[Iterator[bytes]]:
        with self._cloud.images.read(*args) as chunks:
            data = b"".join(chunks)
        self.reads += 1
        self.left -= 1
        yield iter([data if self.left < 0 else bytes([data[0] ^ 1]) + data[1:]])


@pytest.fixture
def rig(tmp_path: Path) -> Rig:
    return Rig.make(tmp_path, consistency="crash", start="twin")


def capture_of(rig: Rig, action: type) -> Step:
    return next(step for step in rig.plan.steps if isinstance(step.action, action))


def run(rig: Rig, step: Step, change: Callable[[Context], Context]) -> tuple[int, State, str | None, int]:
    """That step alone: the run's exit code, how the step ended, and how often it had been tried before."""
    ledger = rig.ledger()
    try:
        ctx = change(rig.context(ledger))
        report = Runner(ctx, lease_s=30, retry_first_s=0.01, only=lambda one: one.id == step.id).run()
        retries = [line.retries for line in ledger.journal()]
        return report.exit_code, report.steps[0].state, report.steps[0].code, retries[0] if retries else -1
    finally:
        ledger.close()


def mark_every_pack(store: DiskStore) -> None:
    """As another capture, or a check, that reads them and finds them damaged."""
    for pack_id in store.packs.listed()[0]:
        store.packs.mark_damaged(pack_id)


def test_a_pack_that_is_found_damaged_while_a_disk_is_captured_is_read_anew_by_the_same_run(rig: Rig) -> None:
    step = capture_of(rig, CaptureVolume)
    assert isinstance(step.action, CaptureVolume)
    volume_id = step.action.volume.id

    def change(ctx: Context) -> Context:
        objects = ctx.store.container.objects = Faulty(ctx.store.container.objects)
        marked: list[str] = []

        def before(_: int, name: str) -> None:
            if "/table-" in name and not marked:
                marked.append(name)
                mark_every_pack(ctx.store)

        objects.before_put = before
        return ctx

    assert run(rig, step, change) == (0, State.DONE, None, 1)
    store = rig.context(rig.ledger()).store
    manifest = store.manifest(f"volume:{volume_id}")
    assert manifest and manifest.data_chunks
    for index in store.chunks(manifest).data_segments():
        stored = store.segment(manifest, index)
        assert stored == rig.source_world.read_volume(volume_id, index * SEGMENT_BYTES, len(stored))


def test_what_was_damaged_before_its_proof_is_read_anew_by_the_same_run(rig: Rig) -> None:
    step = capture_of(rig, CaptureImage)

    def flip(ctx: Context) -> None:
        for path in (ctx.workspace / "store").rglob("*.data"):
            if (data := path.read_bytes()).startswith(b"DECAMPK"):
                path.write_bytes(data[:20] + bytes([data[20] ^ 1]) + data[21:])

    def change(ctx: Context) -> Context:
        objects = ctx.store.container.objects = Faulty(ctx.store.container.objects)
        broken: list[str] = []

        def before(_: int, name: str) -> None:
            if name.endswith("manifest.json") and not broken:
                broken.append(name)
                flip(ctx)
                raise TransientError(codes.CLOUD_UNAVAILABLE, what="an answer was lost")

        objects.before_put = before
        return ctx

    assert run(rig, step, change) == (0, State.DONE, None, 2)
    whole(rig, step)


def test_a_bit_that_was_turned_on_the_way_is_read_anew_by_the_same_run(rig: Rig) -> None:
    step = capture_of(rig, CaptureImage)
    assert run(rig, step, lambda ctx: replace(ctx, source=garbled(ctx, 1))) == (0, State.DONE, None, 1)
    whole(rig, step)


def test_bytes_that_stay_wrong_fail_as_damage_after_the_usual_attempts(rig: Rig) -> None:
    step = capture_of(rig, CaptureImage)
    clouds: list[_Garbled] = []

    def change(ctx: Context) -> Context:
        clouds.append(garbled(ctx, 10**6))
        return replace(ctx, source=clouds[0])

    assert run(rig, step, change) == (Exit.INTEGRITY, State.FAILED, codes.BYTES_DIFFER, -1)
    assert isinstance(step.action, CaptureImage)
    segments = -(-step.action.image.size_bytes // SEGMENT_BYTES)
    assert clouds[0].reads == MAX_ATTEMPTS * segments
    assert rig.context(rig.ledger()).store.origins(f"image:{step.action.image.id}") == []


def garbled(ctx: Context, times: int) -> Any:
    return _Garbled(ctx.source, times)


def whole(rig: Rig, step: Step) -> None:
    """What is sealed is the file whose hash the source tells."""
    assert isinstance(step.action, CaptureImage)
    store = rig.context(rig.ledger()).store
    manifest = store.manifest(f"image:{step.action.image.id}")
    assert manifest and manifest.origin.hash_value
    digest = hashlib.sha512()
    for index in range(-(-manifest.size_bytes // SEGMENT_BYTES)):
        digest.update(store.segment(manifest, index))
    assert digest.hexdigest() == manifest.origin.hash_value


def test_a_device_comes_off_the_worker_before_what_was_damaged_is_read_anew(tmp_path: Path) -> None:
    worlds = (World("source", lag=1), World("target", lag=1))
    bench = Bench(tmp_path, on_workers(tmp_path, worlds), worlds=worlds)
    volume = source_volume(bench)
    action, step_id = CaptureVolume(volume=volume, attached=True), f"volume:{volume.id}:capture"
    objects = bench.store.container.objects = Faulty(bench.store.container.objects)
    objects.before_put = lambda _, name: mark_every_pack(bench.store) if "/table-" in name else None
    with pytest.raises(BodyMismatch) as caught:
        bench.do(action, step_id)
    assert (caught.value.code, caught.value.exit) == (codes.BYTES_DIFFER, Exit.INTEGRITY)
    assert bench.tenant.compute.attachments(bench.policy.disks.source_worker) == []
    objects.before_put = lambda _, name: None
    bench.do(action, step_id)
    manifest = bench.store.manifest(f"volume:{volume.id}")
    assert manifest and BEFORE in bench.store.segment(manifest, AT // SEGMENT_BYTES)
    assert len(bench.store.origins(f"volume:{volume.id}")) == 1, "the pass was taken up"
