"""What a killed or an earlier restore has left is taken for what it is: of another pass, or half a disk."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.demo.memory.world import World
from migrate.model import MARK_KEY, UNWRITTEN_KEY, Kind, Volume
from migrate.model.steps import CaptureVolume, RestoreVolume, VerifyDisk
from tests.execute.attached import killed_at
from tests.execute.bench import Bench
from tests.execute.restored import AT, BEFORE, SINCE, on_workers, source_volume
from tests.matrix import rest


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path, lag=1)


@pytest.fixture
def attached(tmp_path: Path) -> Bench:
    worlds = (World("source", lag=1), World("target", lag=1))
    return Bench(tmp_path, on_workers(tmp_path, worlds), worlds=worlds)


def capture(bench: Bench, volume: Volume) -> None:
    bench.do(CaptureVolume(volume=volume), f"volume:{volume.id}:capture")


def reset_capture(bench: Bench, volume: Volume) -> None:
    """As when its server has run since: the pass before does not count any more."""
    bench.source_world.write_volume(volume.id, AT, SINCE)
    for origin_id in bench.store.origins(f"volume:{volume.id}"):
        bench.store.remove(f"volume:{volume.id}", origin_id)
    capture(bench, volume)


def restored(bench: Bench, volume: Volume) -> bytes:
    """What the one volume at the target holds, once it has been proved; nothing temporary is left beside it."""
    bench.do(VerifyDisk(of=Kind.VOLUME, source_id=volume.id))
    bench.target_world.settle()
    (made,) = marked(bench)
    assert set(made.metadata) == {MARK_KEY}
    assert not [key for key in made.image_metadata if key.startswith("decamp")]
    assert not [image for image in bench.target.images.images() if image.name.startswith("decamp")]
    assert bench.target_id(Kind.VOLUME, volume.id) == made.id
    return bench.target_world.read_volume(made.id, AT, len(SINCE))


def marked(bench: Bench) -> list[Volume]:
    return [volume for volume in bench.target.block.volumes() if MARK_KEY in volume.metadata]


# ---------------------------------------------------------------- temporary images


@pytest.mark.parametrize(("call", "when"), [("block.create_volume", "before"), ("images.upload", "after")])
def test_no_volume_is_made_of_a_temporary_image_of_an_earlier_pass(bench: Bench, call: str, when: str) -> None:
    volume = source_volume(bench)
    action, step_id = RestoreVolume(volume=volume), f"volume:{volume.id}:restore"
    capture(bench, volume)
    killed_at(bench, bench.job(action, step_id), "target", call, when)
    assert len(bench.target.images.images()) == 1
    reset_capture(bench, volume)
    bench.do(action, step_id)
    assert restored(bench, volume) == SINCE


def test_a_temporary_image_of_the_same_pass_is_not_sent_again(bench: Bench) -> None:
    volume = source_volume(bench)
    action, step_id = RestoreVolume(volume=volume), f"volume:{volume.id}:restore"
    capture(bench, volume)
    killed_at(bench, bench.job(action, step_id), "target", "block.create_volume")
    bench.do(action, step_id)
    assert restored(bench, volume) == BEFORE
    assert [method for method, service, path in bench.writes() if path.endswith("/file")].count("PUT") == 1


# ---------------------------------------------------------------- volumes that are half-written


@pytest.mark.parametrize(
    ("call", "when"),
    [
        ("compute.attach", "after"),
        ("block.drop_metadata", "before"),
        *rest(("block.create_volume", "after"), ("compute.detach", "before")),
    ],
)
def test_a_volume_that_was_left_half_written_is_made_anew_once_the_policy_says_image(
    attached: Bench, call: str, when: str
) -> None:
    volume, bench = source_volume(attached), attached
    step_id = f"volume:{volume.id}:restore"
    capture(bench, volume)
    killed_at(bench, bench.job(RestoreVolume(volume=volume, attached=True), step_id), "target", call, when)
    bench.target_world.settle()
    (left,) = marked(bench)
    assert UNWRITTEN_KEY in left.metadata
    # There is no link to it here any more: nothing may go by what this machine can see.
    bench.policy = replace(bench.policy, disks=replace(bench.policy.disks, restore="glance", devices="/nowhere"))
    before = len(bench.writes())
    bench.do(RestoreVolume(volume=volume), step_id)
    assert not [path for method, _, path in bench.writes()[before:] if method == "POST" and "attachments" in path]
    assert restored(bench, volume) == BEFORE
    assert left.id not in {each.id for each in marked(bench)}
