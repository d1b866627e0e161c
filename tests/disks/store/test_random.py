"""Random captures, kills, damage, prunes and lost caches against a plain model: what is sealed is what was read."""

import random
from pathlib import Path

import pytest

from migrate.disks.store.disk_store import DamagedSegment, DiskStore
from migrate.disks.store.prune import apply_prune, plan_prune
from migrate.disks.store.store_check import check
from migrate.errors import TransientError
from migrate.messages import codes
from tests.disks.store.faulty_stores import Disk, Faulty, chunk, disk_store, flip, memory, packs
from tests.matrix import rest

DISKS = ("volume:a", "volume:b", "server:c")
STEPS = 25


class StoreModel:
    """A store, and what is on the disks that are captured into it."""

    def __init__(self, seed: int, root: Path) -> None:
        self.random = random.Random(seed)
        self.root = root
        self.objects = Faulty(memory())
        self.store = self.fresh()
        self.disks = {name: self.disk(name) for name in DISKS}
        self.sealed: dict[str, Disk] = {}
        self.passes = 0
        self.under_way = ""

    def fresh(self) -> DiskStore:
        return disk_store(self.objects, self.root / f"cache-{self.random.random()}")

    def disk(self, name: str) -> Disk:
        disk = Disk(self.random.choice((0.4, 1.0, 2.3)), name=name)
        disk.other = {number: self.some_chunk() for number in range(150) if self.random.random() < 0.9}
        return disk

    def some_chunk(self) -> bytes:
        """Few enough that disks share them; now and then one that does not shrink."""
        if self.random.random() < 0.02:
            return self.random.randbytes(64 * 1024)
        return chunk(5, self.random.randrange(40)) if self.random.random() < 0.7 else bytes(64 * 1024)

    # ------------------------------------------------------------ what may happen

    def capture(self) -> None:
        self.under_way = name = self.random.choice(DISKS)
        disk = self.disks[name]
        self.passes += 1
        self.sealed[name] = disk
        disk.capture(self.store, f"pass-{self.passes}", f"2020-01-01T00:{self.passes:04}")
        self.store.sweep(name, check_running=check_running)
        self.disks[name] = self.changed(disk)

    def changed(self, disk: Disk) -> Disk:
        other = Disk(disk.size_bytes / (4 << 20), name=disk.name)
        other.other = {**disk.other, **{self.random.randrange(150): self.some_chunk() for _ in range(5)}}
        return other

    def kill(self) -> None:
        """A capture that ends at some put, and is gone on with by another process."""
        at = len(self.objects.puts) + self.random.randrange(1, 6)
        after = self.random.random() < 0.5

        def end(count: int, name: str) -> None:
            if count == at:
                raise KeyboardInterrupt

        setattr(self.objects, "after_put" if after else "before_put", end)
        try:
            self.capture()
        except KeyboardInterrupt:
            name = self.under_way
            self.objects.before_put = self.objects.after_put = lambda count, name: None
            self.store = self.fresh()
            disk = self.sealed[name]
            disk.capture(self.store, f"pass-{self.passes}", f"2020-01-01T00:{self.passes:04}")
            self.disks[name] = self.changed(disk)
        self.objects.before_put = self.objects.after_put = lambda count, name: None

    def damage(self) -> None:
        """A bit flips; whoever reads it finds it, and all that is hit is captured again from what is there now."""
        if not packs(self.store):
            return
        name = self.random.choice(packs(self.store))
        size = self.store.container.size(name) or 0
        flip(self.store, name, self.random.randrange(8, size))
        hit = {finding.disk for finding in check(self.store, True) if finding.disk} & self.sealed.keys()
        for each in hit:
            self.store.set_aside(each, check_running=check_running)
            self.disks[each] = self.sealed.pop(each)
        for each in hit:
            self.passes += 1
            self.sealed[each] = self.disks[each]
            self.disks[each].capture(self.store, f"pass-{self.passes}", f"2020-01-01T00:{self.passes:04}")
            self.store.sweep(each, check_running=check_running)

    def prune(self) -> None:
        apply_prune(self.store, plan_prune(self.store, spare_s=-60), check_running)

    def lose_cache(self) -> None:
        self.store = self.fresh()

    def be_away(self) -> None:
        """A put fails once, and is repeated."""
        at = len(self.objects.puts) + 1
        failed: list[str] = []

        def once(count: int, name: str) -> None:
            if count == at and not failed:
                failed.append(name)
                raise TransientError(codes.CLOUD_UNAVAILABLE, what=name)

        self.objects.before_put = once
        name = self.random.choice(DISKS)
        disk = self.disks[name]
        self.passes += 1
        for _ in range(2):
            try:
                disk.capture(self.store, f"pass-{self.passes}", f"2020-01-01T00:{self.passes:04}")
                break
            except TransientError:
                continue
        self.sealed[name] = disk
        self.objects.before_put = lambda count, name: None

    # ------------------------------------------------------------ what must hold

    def check(self) -> None:
        for name, disk in self.sealed.items():
            manifest = self.store.manifest(name)
            assert manifest is not None
            try:
                assert disk.is_whole_in(self.store, manifest), name
            except DamagedSegment as err:
                raise AssertionError(f"{name}: {err}") from err


def check_running() -> None:
    """Nobody has taken it over."""


@pytest.mark.parametrize("seed", [*range(2), *rest(*range(2, 12))])
def test_whatever_happens_what_is_sealed_is_what_was_read(tmp_path: Path, seed: int) -> None:
    model = StoreModel(seed, tmp_path)
    may_happen = (model.capture, model.capture, model.kill, model.damage, model.prune, model.lose_cache, model.be_away)
    for _ in range(STEPS):
        model.random.choice(may_happen)()
        model.check()
