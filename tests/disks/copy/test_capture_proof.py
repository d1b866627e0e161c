"""What is proved of a file is proved of what is stored, by whom the step belongs to."""

from collections.abc import Callable
from typing import Any

import pytest

from migrate.disks.copy.capture_disk import OtherFile
from migrate.disks.copy.disk_source import Span
from migrate.disks.copy.image_source import ImageSource
from migrate.disks.store.manifest import SEGMENT_BYTES, Origin
from migrate.errors import Cancelled, LeaseLost, TransientError
from migrate.messages import codes
from tests.disks.disk_pair import DISK, DiskPair, noise
from tests.disks.store.faulty_stores import Faulty

FILLS = 8
"""Segments of noise that fill a pack: the put of the last of them stores it."""


class _WrongOnce(ImageSource):
    """What comes for that segment is at first something else."""

    reads = 0

    def read(self, span: Span, counted: Callable[[int], None]) -> bytes:
        data = super().read(span, counted)
        self.reads += 1
        return bytes([data[0] ^ 1]) + data[1:] if self.reads == FILLS else data


def test_bytes_that_came_wrong_are_found_though_their_put_was_repeated() -> None:
    pair = DiskPair()
    pair.store.container.objects = faulty = Faulty(pair.target.objects)
    image = pair.image(noise((FILLS + 1) * SEGMENT_BYTES))

    def once(number: int, name: str) -> None:
        if number == 1:
            raise TransientError(codes.CLOUD_UNAVAILABLE, what=name)

    faulty.before_put = once
    source = _WrongOnce(pair.images, image, "file", pair.attempt())
    origin = Origin(image_id=image.id, hash_algo=image.hash_algo, hash_value=image.hash_value)
    with pytest.raises(OtherFile):
        pair.capture_from(source, content="file", origin=origin, reads=1)
    assert pair.store.manifest(DISK) is None


def test_who_has_lost_the_step_while_the_file_was_proved_seals_nothing() -> None:
    pair = DiskPair()
    image = pair.image(noise(3 * SEGMENT_BYTES))
    pair.images.on_read = lambda count: pair.stop.set() if count == 2 else None
    with pytest.raises(Cancelled):
        pair.capture(image, content="file", reads=1)

    again = DiskPair(source=pair.source, target=pair.target)
    lost = False

    def check_running() -> None:
        if lost:
            raise LeaseLost(codes.CLAIM_LOST, step="s")

    class Objects(Faulty):
        def read(self, container: str, name: str, start: int, end: int) -> Any:
            nonlocal lost
            lost = True  # while the proof reads what the first run stored
            return self.real.read(container, name, start, end)

    again.check_running = check_running
    again.store.container.objects = Objects(again.target.objects)
    with pytest.raises(LeaseLost):
        again.capture(image, content="file")
    assert again.store.manifest(DISK) is None


def test_who_has_lost_the_step_and_is_stopped_while_it_waits_stores_nothing_more() -> None:
    pair = DiskPair()
    image = pair.image(noise(3 * SEGMENT_BYTES))
    pair.store.container.objects = faulty = Faulty(pair.target.objects)
    lost = False

    def check_running() -> None:
        if lost:
            raise LeaseLost(codes.CLAIM_LOST, step="s")

    def short(count: int) -> None:
        nonlocal lost
        if count == 2:
            lost = True
            pair.stop.set()
            raise TransientError(codes.CLOUD_UNAVAILABLE, what="cut short")

    pair.check_running = check_running
    pair.images.on_read = short
    with pytest.raises(LeaseLost):
        pair.capture(image, reads=1)
    assert faulty.puts == []
