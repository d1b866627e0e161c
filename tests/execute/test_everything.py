"""The tenant with the uncommon things: moved whole, killed at each of its calls, shared by two runners."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from migrate.demo.one_of_each import BACKUP_CONTAINER, everything
from migrate.execute.leftovers import clean
from migrate.execute.runner import Runner
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model import Kind
from migrate.model.steps import CaptureServer
from migrate.verify.evidence import Verdict
from tests.execute.end_state import changes_asked, end_state, segments_digest, temporaries, twins
from tests.execute.rig import Killed, OneOfEach, Rig, Switch
from tests.execute.seeded import Facts, content, seeded
from tests.matrix import rest

Asked = dict[str, Counter[tuple[str, str, str]]]


ONLY_AT_SOURCE = {
    # Offered to one of its two partners at the target; of a server's image the snapshots move; the last has no content.
    "images": ["db-1 as it was", "never uploaded", "shared"],
    "servers": ["busy-1", "error-1", "locked-1", "rescue-1", "shelved-1"],
}
ONLY_AT_TARGET = {
    "images": [
        *(f"{name} (root disk)" for name in ("app-1", "app-2", "fw-1", "kiosk-1", "paused-1")),
        "shared",
        "suspended-1 (root disk)",
    ],
    "volumes": [
        *("archive, full", "archive, more", "before the upgrade", "of what is gone"),
        *("snapshot for db-1 as it was", "snapshot for db-1 as it was", "snapshot of db-data"),
    ],
}


@pytest.fixture(scope="module")
def tenant() -> Facts:
    """What the tenant was born with: worlds of one name are filled alike, and this one is moved by nobody."""
    return seeded(everything(0.02)[0])


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Rig, Asked]:
    """A run that nobody disturbed, and what it asked of either side."""
    rig = Rig.everything(tmp_path_factory.mktemp("whole"))
    rig.approve()
    report = rig.run()
    assert report.exit_code == 0, [s for s in report.steps if s.state is not State.DONE]
    return rig, {side: changes_asked(rig, side) for side in ("source", "target")}


@pytest.fixture(scope="module")
def whole(undisturbed: tuple[Rig, Asked]) -> Rig:
    return undisturbed[0]


@pytest.fixture(scope="module")
def expected(whole: Rig) -> dict[str, list[Any]]:
    return end_state(whole)


def assert_as_undisturbed(rig: Rig, expected: dict[str, list[Any]]) -> None:
    assert [row for row in rig.verify().rows if row.differences] == []
    assert temporaries(rig) == []
    assert twins(rig) == []
    found = end_state(rig)
    for kind, things in expected.items():
        assert found[kind] == things, kind


def test_it_moves_whole(whole: Rig, expected: dict[str, list[Any]], tenant: Facts) -> None:
    """Each thing that the tenant was seeded with is at the target once, as it was; the rest is named."""
    whole.target_world.settle()
    moved = seeded(whole.target_world)
    for kind, rows in tenant.items():
        assert rows, f"the tenant should have {kind}"
        here, there = [str(row) for row in rows], [str(row) for row in moved[kind]]
        lost = [name for name in names_of(rows, without=there) if not name.startswith(BACKUP_CONTAINER)]
        assert lost == ONLY_AT_SOURCE.get(kind, []), kind
        assert names_of(moved[kind], without=here) == ONLY_AT_TARGET.get(kind, []), kind
    assert_as_undisturbed(whole, expected)


def names_of(rows: list[list[Any]], *, without: list[str]) -> list[str]:
    """The names in the rows that are left when each of the others has taken one away."""
    left, others = [], list(without)
    for row in rows:
        if str(row) in others:
            others.remove(str(row))
        else:
            left.append(str(row[0]))
    return sorted(left)


def test_the_source_is_as_it_was_seeded(whole: Rig, tenant: Facts) -> None:
    assert seeded(whole.source_world) == tenant


def test_snapshots_and_backups_become_volumes_of_the_same_bytes(whole: Rig) -> None:
    snapshots = {step.action.snapshot.id for step in whole.plan.steps if step.do == "snapshot.capture"}  # type: ignore[union-attr]
    backups = {step.action.backup.id for step in whole.plan.steps if step.do == "backup.capture"}  # type: ignore[union-attr]
    assert snapshots and backups and snapshots | backups < segments_digest(whole, Kind.VOLUME)
    source, target = whole.source_world, whole.target_world
    taken = [content(source.snapshots.rows[one].disk) for one in snapshots]
    taken += [content(source.backups.rows[one].disk) for one in backups]
    rows = target.volumes.rows.values()
    made = [content(row.disk) for row in rows if row.record.name in ONLY_AT_TARGET["volumes"]]
    assert len(set(made)) > 3 and sorted(made) == sorted(taken)


def test_a_server_without_a_place_is_captured_and_no_more(whole: Rig) -> None:
    made = segments_digest(whole, Kind.SERVER)
    captured = {step.action.server.id for step in whole.plan.steps if isinstance(step.action, CaptureServer)}
    (left,) = captured - made
    ledger = whole.ledger()
    store = whole.context(ledger).store
    ledger.close()
    assert store.manifest(f"server:{left}")


def test_a_second_run_sends_nothing(tmp_path: Path, whole: Rig) -> None:
    rig = whole.copied_to(tmp_path)
    before = {side: changes_asked(rig, side) for side in ("source", "target")}
    assert rig.run().exit_code == 0
    assert {side: changes_asked(rig, side) for side in before} == before


@pytest.mark.full
def test_a_new_ledger_adopts_what_is_there(tmp_path: Path, whole: Rig, expected: dict[str, list[Any]]) -> None:
    rig = whole.copied_to(tmp_path)
    before = changes_asked(rig, "source")
    for name in ("ledger.db", "ledger.db-wal", "ledger.db-shm"):
        (tmp_path / name).unlink(missing_ok=True)
    rig.approve()
    assert rig.run().exit_code == 0
    assert changes_asked(rig, "source") == before, "every disk is in the store"
    assert_as_undisturbed(rig, expected)


def test_a_rehearsal_says_of_every_step_what_it_would_do_and_asks_nothing_of_either_side(tmp_path: Path) -> None:
    rig = Rig.everything(tmp_path)
    rig.approve()
    before = {side: changes_asked(rig, side) for side in ("source", "target")}
    ledger = rig.ledger()
    report = Runner(rig.context(ledger)).rehearse()
    ledger.close()
    assert report.exit_code == 0 and all(step.text for step in report.steps)
    assert {side: changes_asked(rig, side) for side in before} == before


CALLS: dict[str, tuple[str, Callable[..., bool]]] = {
    "clone of the customer's snapshot": ("source.block.create_volume", lambda new: new.snapshot_id is not None),
    "empty volume for a backup": ("source.block.create_volume", lambda new: new.snapshot_id is None),
    "backup restored": ("source.block.restore_backup", lambda *_: True),
    "backup marked as restored": ("source.block.set_boot", lambda *_, **__: True),
    "clone uploaded": ("source.block.upload_to_image", lambda *_: True),
    "clone removed": ("source.block.delete_volume", lambda *_: True),
    "DHCP": ("target.network.enable_dhcp", lambda *_: True),
    "routes": ("target.network.set_routes", lambda *_: True),
    "forwarding": ("target.network.forward_port", lambda *_: True),
    "trunk": ("target.network.create_trunk", lambda *_: True),
    "router of our own": ("target.network.create_router", lambda want: want.name.startswith("decamp-")),
    "server group": ("target.compute.create_server_group", lambda *_: True),
    "server that boots from a volume": ("target.compute.create_server", lambda new: new.boot_volume_id is not None),
    "server in a group, with user data": (
        "target.compute.create_server",
        lambda new: new.server_group_id is not None and new.user_data is not None,
    ),
    "image shared": ("target.images.share", lambda *_: True),
    "volume of a snapshot": ("target.block.create_volume", lambda new: new.name.startswith("snapshot")),
}


@pytest.mark.parametrize("when", rest("after", "before", "recorded"))
@pytest.mark.parametrize("call", CALLS)
def test_a_plain_rerun_heals_a_kill(call: str, when: str, tmp_path: Path, expected: dict[str, list[Any]]) -> None:
    heal(call, when, tmp_path, expected)


def test_killed_in_turn_at_each_of_its_calls_two_runners_end_it(tmp_path: Path, expected: dict[str, list[Any]]) -> None:
    """What the killed ones made is adopted, and no step is done twice."""
    rig, left = Rig.everything(tmp_path), set(CALLS)
    rig.approve()
    while left:
        with pytest.raises(Killed):
            rig.run(OneOfThese(left=left))
    with ThreadPoolExecutor(2) as both:
        assert [one.exit_code for one in both.map(lambda _: rig.run(), range(2))] == [0, 0]
    done = [line.step_id for line in rig.ledger().journal()]
    assert sorted(done) == sorted(step.id for step in rig.plan.steps)
    assert_as_undisturbed(rig, expected)


@dataclass
class OneOfThese(OneOfEach):
    """Of the calls by their names in CALLS."""

    def at(self, call: str, when: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        with self._lock:
            if when == "after":
                done = {name for name in self.left if CALLS[name][0] == call and CALLS[name][1](*args, **kwargs)}
                self.left -= done
                self.fired = self.fired or bool(done)
            if self.fired:
                raise Killed(call)


def heal(call: str, when: str, tmp_path: Path, expected: dict[str, list[Any]]) -> None:
    rig = Rig.everything(tmp_path)
    rig.approve()
    method, of = CALLS[call]
    switch = Switch(method, when, of=of)
    with pytest.raises(Killed):
        rig.run(switch)
    assert switch.fired
    report = rig.run()
    assert report.exit_code == 0, [s for s in report.steps if s.state is not State.DONE]
    assert_as_undisturbed(rig, expected)


@pytest.mark.full
def test_two_runners_share_it_and_do_nothing_twice(
    tmp_path: Path, undisturbed: tuple[Rig, Asked], expected: dict[str, list[Any]]
) -> None:
    rig = Rig.everything(tmp_path)
    rig.approve()
    with ThreadPoolExecutor(2) as both:
        assert [one.exit_code for one in both.map(lambda _: rig.run(), range(2))] == [0, 0]
    done = [line.step_id for line in rig.ledger().journal()]
    assert sorted(done) == sorted(step.id for step in rig.plan.steps)
    for side, asked in undisturbed[1].items():
        assert changes_asked(rig, side) == asked
    assert_as_undisturbed(rig, expected)


def test_snapshots_become_images_where_that_is_wanted(tmp_path: Path) -> None:
    rig = Rig.everything(tmp_path, snapshots="image", backups="leave")
    assert rig.run(only=lambda step: step.id.startswith("snapshot:")).exit_code == 0
    snapshots = {step.action.snapshot.id for step in rig.plan.steps if step.do == "snapshot.image"}  # type: ignore[union-attr]
    assert snapshots and snapshots <= segments_digest(rig, Kind.IMAGE)
    rows = {row.item: row.verdict for row in rig.verify().rows if row.item.startswith("snapshot:")}
    assert len(rows) == len(snapshots) and set(rows.values()) == {Verdict.SAME}
    assert temporaries(rig) == []


@pytest.mark.parametrize(
    "call", ["backup restored", *rest("empty volume for a backup", "clone of the customer's snapshot")]
)
def test_clean_removes_what_a_kill_left(call: str, tmp_path: Path) -> None:
    """A volume that a backup was restored into has lost its mark by then: its name is left."""
    rig = Rig.everything(tmp_path)
    rig.approve()
    method, of = CALLS[call]
    with pytest.raises(Killed):
        rig.run(
            Switch(method, "after", of=of),
            only=lambda step: step.reads_source and step.id.startswith(("backup:", "snapshot:")),
        )
    rig.source_world.settle()
    theirs = {v.id for v in rig.cloud("source").block.volumes() if not v.name.startswith("decamp-t-")}
    assert temporaries(rig)
    ledger = rig.ledger()
    ctx = rig.context(ledger)
    assert {made.code for made in clean(ctx)} <= {None, codes.NOT_REMOVED_MOVED, codes.NOT_REMOVED_IN_USE}
    ledger.close()
    left = [one for one in temporaries(rig) if not one.startswith("ledger")]
    assert left == []
    assert {v.id for v in rig.cloud("source").block.volumes()} == theirs
