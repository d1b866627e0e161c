"""The ledger's promises: one owner a step, no progress without the newest fence, damage is named."""

import multiprocessing
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from migrate.errors import ConfigError, ConflictError, LeaseLost
from migrate.ledger import claim as claim_module
from migrate.ledger.claim import new_owner, owner_is_dead
from migrate.ledger.records import Effect, JournalLine, State
from migrate.ledger.store import Ledger
from migrate.model import Kind, Role

MIGRATION = "0123456789abcdef0123456789abcdef"


def open_ledger(path: Path, migration: str = MIGRATION) -> Ledger:
    return Ledger.open(f"sqlite:///{path / 'ledger.db'}", migration)


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = open_ledger(tmp_path)
    made.sync({"network:a": "d1", "volume:b:capture": "d2"})
    return made


def effect(resource_id: str = "r1", role: Role = Role.TEMPORARY, side: str = "source") -> Effect:
    return Effect(
        step_id="volume:b:capture",
        side=side,
        kind=Kind.VOLUME,
        resource_id=resource_id,
        role=role,
        source_id="b",
        made_at="2026-01-01T00:00:00Z",
    )


def test_a_step_has_one_owner_at_a_time(ledger: Ledger) -> None:
    assert ledger.claim("network:a", "me", 60) is not None
    assert ledger.claim("network:a", "you", 60) is None


def test_a_done_step_is_not_claimed_again(ledger: Ledger) -> None:
    claim = ledger.claim("network:a", "me", 60)
    assert claim
    ledger.finish(claim, State.DONE)
    assert ledger.claim("network:a", "me", 60) is None
    assert ledger.states()["network:a"].done_digest == "d1"


def test_an_expired_lease_passes_on_and_the_old_fence_can_write_nothing(ledger: Ledger) -> None:
    old = ledger.claim("volume:b:capture", "elsewhere/1", -1)
    new = ledger.claim("volume:b:capture", "elsewhere/2", 60)
    assert old and new
    assert new.fence == old.fence + 1
    with pytest.raises(LeaseLost):
        ledger.record_effect(old, effect())
    with pytest.raises(LeaseLost):
        ledger.finish(old, State.DONE)
    assert not ledger.renew(old)
    assert ledger.effects() == []
    ledger.record_effect(new, effect())
    assert [e.resource_id for e in ledger.effects()] == ["r1"]


def test_a_claim_that_slept_past_its_lease_is_dead_even_if_nobody_took_it(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr(claim_module, "steady_s", lambda: clock[0])
    claim = ledger.claim("network:a", "me", 60)
    assert claim
    clock[0] += 59
    claim.alive()
    claim.beat()
    clock[0] += 59
    claim.alive()
    clock[0] += 2
    claim.beat()
    with pytest.raises(LeaseLost):
        claim.alive()


def test_a_dead_owner_on_this_machine_is_not_waited_for(ledger: Ledger) -> None:
    code = "from migrate.ledger.claim import new_owner; print(new_owner())"
    dead = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert owner_is_dead(dead)
    assert not owner_is_dead(new_owner())
    assert not owner_is_dead("elsewhere/whoever")
    assert ledger.claim("network:a", dead, 3600)
    assert ledger.claim("network:a", new_owner(), 60)
    assert ledger.claim("network:a", new_owner(), 60) is None


def _claim_all(path: str, results: "multiprocessing.Queue[list[str]]") -> None:
    ledger = Ledger.open(f"sqlite:///{path}", MIGRATION)
    owner = f"elsewhere/{os.getpid()}"
    got = [f"s{i}" for i in range(100) if ledger.claim(f"s{i}", owner, 60)]
    results.put(got)


def test_two_processes_never_get_the_same_step(tmp_path: Path) -> None:
    open_ledger(tmp_path).sync({f"s{i}": "d" for i in range(100)})
    context = multiprocessing.get_context("spawn")
    results: multiprocessing.Queue[list[str]] = context.Queue()
    both = [context.Process(target=_claim_all, args=(str(tmp_path / "ledger.db"), results)) for _ in range(2)]
    for process in both:
        process.start()
    first, second = results.get(timeout=60), results.get(timeout=60)
    for process in both:
        process.join()
    assert sorted(first + second) == sorted(f"s{i}" for i in range(100))


def test_a_changed_step_is_looked_at_again_and_a_dropped_one_skipped(ledger: Ledger) -> None:
    claim = ledger.claim("network:a", "me", 60)
    assert claim
    ledger.finish(claim, State.DONE)
    ledger.sync({"network:a": "other"})
    states = ledger.states()
    assert states["network:a"].state is State.PENDING
    assert states["volume:b:capture"].state is State.SKIPPED
    ledger.sync({"network:a": "other", "volume:b:capture": "d2"})
    assert ledger.states()["volume:b:capture"].state is State.PENDING


def test_a_removed_effect_is_no_longer_ours_to_delete(ledger: Ledger) -> None:
    claim = ledger.claim("volume:b:capture", "me", 60)
    assert claim
    ledger.record_effect(claim, effect())
    ledger.record_effect(claim, effect())
    assert ledger.is_temporary("source", (Kind.VOLUME, Kind.SNAPSHOT), "r1")
    assert not ledger.is_temporary("source", (Kind.IMAGE,), "r1")
    assert not ledger.is_temporary("target", (Kind.VOLUME,), "r1")
    ledger.effect_removed("source", Kind.VOLUME, "r1")
    assert not ledger.is_temporary("source", (Kind.VOLUME,), "r1")
    assert len(ledger.effects(removed=True)) == 1


def test_moved_resources_are_never_temporaries(ledger: Ledger) -> None:
    claim = ledger.claim("volume:b:capture", "me", 60)
    assert claim
    ledger.record_effect(claim, effect("t1", Role.MOVED, "target"))
    assert ledger.target_id(Kind.VOLUME, "b") == "t1"
    assert not ledger.is_temporary("target", (Kind.VOLUME,), "t1")


def test_an_approval_binds_to_the_steps_digest(ledger: Ledger) -> None:
    ledger.approve("cut-over", "operator", {"network:a": "d1"}, "2026-01-01T00:00:00Z")
    ledger.approve("cut-over", "operator", {"network:a": "d9"}, "2026-01-02T00:00:00Z")
    assert [(a.step_id, a.digest, a.at) for a in ledger.approvals()] == [("network:a", "d9", "2026-01-02T00:00:00Z")]


def test_the_journal_line_comes_with_the_state(ledger: Ledger) -> None:
    claim = ledger.claim("network:a", "me", 60)
    assert claim
    line = JournalLine(step_id="network:a", stage="network.make", size_bytes=2**40, started_at=1.0, ended_at=2.0)
    ledger.finish(claim, State.DONE, journal=line)
    assert ledger.journal() == [line]


def test_another_migrations_ledger_is_refused(tmp_path: Path) -> None:
    open_ledger(tmp_path).close()
    with pytest.raises(ConflictError) as refused:
        open_ledger(tmp_path, "f" * 32)
    assert refused.value.code == "DCP-504"


def test_a_damaged_ledger_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is not a database, it is a text of some length" * 40)
    with pytest.raises(ConfigError) as damaged:
        open_ledger(tmp_path)
    assert damaged.value.code == "DCP-215"


def test_a_truncated_ledger_is_named(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.sync({f"s{i}": "d" * 64 for i in range(500)})
    ledger.close()
    raw = (tmp_path / "ledger.db").read_bytes()
    (tmp_path / "ledger.db").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(ConfigError) as damaged:
        open_ledger(tmp_path).states()
    assert damaged.value.code == "DCP-215"


def test_a_ledger_of_another_version_is_refused(tmp_path: Path) -> None:
    open_ledger(tmp_path).close()
    with sqlite3.connect(tmp_path / "ledger.db") as c:
        c.execute("UPDATE meta SET value = '99' WHERE key = 'version'")
    with pytest.raises(ConfigError) as other:
        open_ledger(tmp_path)
    assert other.value.code == "DCP-212"
