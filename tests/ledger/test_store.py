"""The ledger's promises, on every database that may hold it: one owner a step, no progress without the newest fence."""

import multiprocessing
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from typing import TypeVar

import pytest
from sqlalchemy import text

from migrate.errors import ConfigError, ConflictError, LeaseLost
from migrate.ledger import ledger as store_module
from migrate.ledger import step_claim as claim_module
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Effect, JournalLine, State
from migrate.ledger.step_claim import new_owner, owner_is_dead
from migrate.messages import codes
from migrate.model import Kind, Role

MIGRATION = "0123456789abcdef0123456789abcdef"
T = TypeVar("T")


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    made = Ledger.open(url, MIGRATION)
    made.sync({"network:a": "d1", "volume:b:capture": "d2"})
    yield made
    made.close()


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
    for module in (claim_module, store_module):
        monkeypatch.setattr(module, "steady_s", lambda: clock[0])
    claim = ledger.claim("network:a", "me", 60)
    assert claim
    clock[0] += 59
    claim.check()
    claim.beat()
    clock[0] += 59
    claim.check()
    clock[0] += 2
    claim.beat()
    with pytest.raises(LeaseLost):
        claim.check()


def test_a_dead_owner_on_this_machine_is_not_waited_for(ledger: Ledger) -> None:
    code = "from migrate.ledger.step_claim import new_owner; print(new_owner())"
    dead = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()
    assert owner_is_dead(dead)
    assert not owner_is_dead(new_owner())
    assert not owner_is_dead("elsewhere/whoever")
    assert ledger.claim("network:a", dead, 3600)
    assert ledger.claim("network:a", new_owner(), 60)
    assert ledger.claim("network:a", new_owner(), 60) is None


# ---------------------------------------------------------------- several processes


@pytest.fixture(scope="module")
def two() -> Iterator[list[ProcessPoolExecutor]]:
    """Two processes besides this one."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, context) as one, ProcessPoolExecutor(1, context) as other:
        yield [one, other]


def _in_both(two: list[ProcessPoolExecutor], work: Callable[[str, str | None], T], url: str) -> list[T]:
    password = os.environ.get("PGPASSFILE")
    return [job.result(60) for job in [process.submit(work, url, password) for process in two]]


def _opened(url: str, password_file: str | None) -> Ledger:
    if password_file:
        os.environ["PGPASSFILE"] = password_file
    return Ledger.open(url, MIGRATION)


def _claim_all(url: str, password_file: str | None) -> list[str]:
    ledger = _opened(url, password_file)
    owner = f"elsewhere/{os.getpid()}"
    got = [f"s{i}" for i in range(100) if ledger.claim(f"s{i}", owner, 60)]
    ledger.close()
    return got


def test_two_processes_never_get_the_same_step(url: str, two: list[ProcessPoolExecutor]) -> None:
    Ledger.open(url, MIGRATION).sync({f"s{i}": "d" for i in range(100)})
    first, second = _in_both(two, _claim_all, url)
    assert sorted(first + second) == sorted(f"s{i}" for i in range(100))


def _work_through(url: str, password_file: str | None) -> int:
    """Takes what is free, records an effect of it, ends it; the plan is synced in between, as a second run does."""
    ledger = _opened(url, password_file)
    owner, done = new_owner(), 0
    for i in range(40):
        ledger.sync({f"s{i}": "d" for i in range(40)})
        claim = ledger.claim(f"s{i}", owner, 60)
        if claim:
            ledger.record_effect(claim, effect(f"r{i}"))
            ledger.finish(claim, State.DONE, journal=JournalLine(step_id=f"s{i}", stage="x"))
            done += 1
    ledger.close()
    return done


def test_processes_that_begin_and_work_at_once_do_each_step_once(url: str, two: list[ProcessPoolExecutor]) -> None:
    """The tables are made by whoever comes first; nobody trips over the other."""
    done = _in_both(two, _work_through, url)
    ledger = Ledger.open(url, MIGRATION)
    assert sum(done) == 40
    assert {row.state for row in ledger.states().values()} == {State.DONE}
    assert {row.fence for row in ledger.states().values()} == {1}
    assert (len(ledger.effects()), len(ledger.journal())) == (40, 40)


def test_many_open_one_ledger_and_take_up_one_plan_in_the_same_moment(url: str) -> None:
    together = threading.Barrier(8, timeout=60)
    digests = {f"s{i}": "d" for i in range(50)}

    def begin(_: int) -> int:
        together.wait()
        ledger = Ledger.open(url, MIGRATION)
        together.wait()
        ledger.sync(digests)
        ledger.adopt_effect(effect())
        ledger.approve("cut-over", "operator", digests, "2026-01-01T00:00:00Z")
        return len(ledger.states())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(begin, range(8))) == [50] * 8
    ledger = Ledger.open(url, MIGRATION)
    assert (len(ledger.effects()), len(ledger.approvals())) == (1, 50)


# ---------------------------------------------------------------- what it keeps


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


def test_another_migrations_ledger_is_refused(url: str) -> None:
    Ledger.open(url, MIGRATION).close()
    with pytest.raises(ConflictError) as refused:
        Ledger.open(url, "f" * 32)
    assert refused.value.code == codes.LEDGER_OF_OTHER_MIGRATION


@pytest.mark.parametrize(
    ("key", "value"), [("version", "99"), ("version", "none"), ("format", "decamp-other")], ids=str
)
def test_a_ledger_of_another_version_is_refused_and_left_alone(url: str, key: str, value: str) -> None:
    ledger = Ledger.open(url, MIGRATION)
    change = text("UPDATE meta SET value = :value WHERE key = :key").bindparams(value=value, key=key)
    ledger._db.write(lambda c: c.execute(change))
    ledger.close()
    for _ in range(2):
        with pytest.raises(ConfigError) as other:
            Ledger.open(url, MIGRATION)
        assert (other.value.code, other.value.facts["expected"]) == (codes.DOCUMENT_VERSION, "decamp-ledger 2")


def test_a_ledger_of_version_1_is_upgraded_with_a_runner_in_the_middle_of_it(url: str) -> None:
    ledger = Ledger.open(url, MIGRATION)
    ledger.sync({"network:a": "d1", "volume:b:capture": "d2"})
    claim = ledger.claim("network:a", "elsewhere/1", 60)
    assert claim
    ledger._db.write(lambda c: c.execute(text("ALTER TABLE steps DROP COLUMN claimed_digest")))
    ledger._db.write(lambda c: c.execute(text("UPDATE meta SET value = '1' WHERE key = 'version'")))
    upgraded = Ledger.open(url, MIGRATION)
    rows = upgraded.states()
    assert (rows["network:a"].claimed_digest, rows["volume:b:capture"].claimed_digest) == ("d1", None)
    ledger.finish(claim, State.DONE)
    assert upgraded.states()["network:a"].done_digest == "d1"


# ---------------------------------------------------------------- whose lease, whose process


def test_a_process_of_another_machine_is_not_called_dead() -> None:
    """The same process id on another machine, after another boot or in another container says nothing."""
    host, pid, start, own = new_owner().split("/")
    assert owner_is_dead(f"{host}/{pid}/1{start}/{own}")
    for elsewhere in (f"x{host[1:]}", f"{host}1", "other-boot.1"):
        assert not owner_is_dead(f"{elsewhere}/{pid}/1{start}/{own}")


def test_a_lease_runs_out_by_itself_and_is_renewed_by_beats(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    for module in (claim_module, store_module):
        monkeypatch.setattr(module, "steady_s", lambda: clock[0])
    held, left = ledger.claim("network:a", "elsewhere/1", 600), ledger.claim("volume:b:capture", "elsewhere/1", 600)
    assert held and left
    # Time goes on for their holder, and for the ledger: the ends of all leases come nearer.
    nearer = text("UPDATE steps SET lease_until = lease_until - 200")
    for _ in range(4):
        clock[0] += 200
        ledger._db.write(lambda c: c.execute(nearer))
        held.beat()
    assert ledger.claim("network:a", "elsewhere/2", 60) is None
    taken = ledger.claim("volume:b:capture", "elsewhere/2", 60)
    assert taken and taken.fence == left.fence + 1
    left.beat()
    with pytest.raises(LeaseLost):
        left.check()


def test_a_step_that_is_planned_otherwise_while_it_runs_is_not_done(ledger: Ledger) -> None:
    claim = ledger.claim("network:a", "me", 60, digest="d1")
    assert claim and claim.digest == "d1"
    ledger.sync({"network:a": "d2"})
    ledger.finish(claim, State.DONE)
    row = ledger.states()["network:a"]
    # What was done is kept, as of a done step that is planned otherwise later.
    assert (row.state, row.digest, row.done_digest) == (State.PENDING, "d2", "d1")
    again = ledger.claim("network:a", "me", 60, digest="d2")
    assert again
    ledger.finish(again, State.DONE)
    row = ledger.states()["network:a"]
    assert (row.state, row.done_digest) == (State.DONE, "d2")


def test_a_step_is_not_claimed_by_the_digest_that_it_had(ledger: Ledger) -> None:
    ledger.sync({"network:a": "d2"})
    assert ledger.claim("network:a", "me", 60, digest="d1") is None
    assert ledger.states()["network:a"].state is State.PENDING


def test_a_renewal_that_is_refused_is_heard_at_once(ledger: Ledger) -> None:
    """Its lease has long to go by its own clock, and somebody else has the step."""
    host, pid, _, name = new_owner().split("/")
    first = ledger.claim("network:a", f"{host}/{pid}/0/{name}", 600)
    assert first
    first.check()
    assert ledger.claim("network:a", "another", 600), "the first one's process is gone"
    first.beat()
    with pytest.raises(LeaseLost):
        first.check()


def test_a_lease_that_has_run_out_ends_the_claim_though_nobody_else_came(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine that slept: no heartbeat has said so yet."""
    claim = ledger.claim("network:a", "me", 60)
    assert claim
    now = claim_module.steady_s()
    monkeypatch.setattr(claim_module, "steady_s", lambda: now + 59)
    claim.check()
    monkeypatch.setattr(claim_module, "steady_s", lambda: now + 61)
    with pytest.raises(LeaseLost):
        claim.check()
    monkeypatch.setattr(claim_module, "steady_s", lambda: now)
    with pytest.raises(LeaseLost):
        claim.check()


def test_why_a_step_waits_is_not_written_over_one_that_runs_or_is_done(ledger: Ledger) -> None:
    claim = ledger.claim("network:a", "me", 600)
    assert claim
    ledger.set_idle_state("network:a", State.WAITING, codes.WAITS_FOR_APPROVAL, {"gate": "cut-over"})
    assert ledger.states()["network:a"].state is State.RUNNING
    ledger.finish(claim, State.DONE)
    ledger.set_idle_state("network:a", State.BLOCKED, codes.BLOCKED_BY_STEP, {"step": "x"})
    assert ledger.states()["network:a"].state is State.DONE


def test_what_is_to_be_done_again_is_not_taken_from_its_runner(ledger: Ledger) -> None:
    claim = ledger.claim("network:a", "me", 600)
    assert claim
    ledger.reopen("network:a")
    assert ledger.states()["network:a"].state is State.RUNNING
    ledger.finish(claim, State.DONE)
    ledger.reopen("network:a")
    assert ledger.states()["network:a"].state is State.PENDING


def test_a_claim_that_has_ended_records_nothing_more(ledger: Ledger) -> None:
    claim = ledger.claim("network:a", "me", 600)
    assert claim
    ledger.finish(claim, State.FAILED, code=codes.BAD_REQUEST)
    with pytest.raises(LeaseLost):
        ledger.record_effect(claim, effect())
    assert not ledger.renew(claim)
    with pytest.raises(LeaseLost):
        ledger.finish(claim, State.DONE)
    assert (ledger.effects(), ledger.states()["network:a"].state) == ([], State.FAILED)


def test_held_steps_are_told_by_the_ledgers_own_clock(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock of the machine that cleans may be hours off."""
    if ledger._db.is_sqlite:
        pytest.skip("one machine, one clock")
    assert ledger.claim("network:a", "elsewhere/1", 60)
    monkeypatch.setattr(time, "time", lambda: 4e9)
    assert ledger.held() == {"network:a"}


def test_only_steps_of_live_runners_are_held(ledger: Ledger) -> None:
    assert ledger.held() == set()
    assert ledger.claim("network:a", "elsewhere/1", 60)
    assert ledger.claim("volume:b:capture", "elsewhere/2", -1)
    assert ledger.held() == {"network:a"}


def test_a_dead_runner_of_this_machine_holds_nothing(ledger: Ledger) -> None:
    host, pid, _, name = new_owner().split("/")
    assert ledger.claim("network:a", f"{host}/{pid}/0/{name}", 60)
    assert ledger.held() == set()


def test_a_note_is_the_first_ones_until_it_is_forgotten(ledger: Ledger) -> None:
    assert ledger.remember("stop:s", "one") == "one"
    assert ledger.remember("stop:s", "two") == "one"
    ledger.forget("stop:s")
    ledger.forget("stop:s")
    assert ledger.remember("stop:s", "two") == "two"
