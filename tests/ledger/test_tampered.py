"""A ledger that was damaged or edited: what Decamp never writes is named by its row. And a lease that no run takes."""

import json
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from migrate.errors import ConfigError, ConflictError
from migrate.execute.stop_turns import asked_at, down_since
from migrate.execute.test_launch.launch_turn import noted_launch
from migrate.ledger.downtime_notes import predictions
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import LONGEST_LEASE_S, Approval, Effect, JournalLine, State
from migrate.ledger.pass_notes import taken_passes
from migrate.ledger.preload_notes import preloaded_disks
from migrate.ledger.wave_notes import acceptances, cuts, rollbacks
from migrate.ledger.wave_pauses import pauses
from migrate.messages import codes
from migrate.model import Kind, Role

pytestmark = pytest.mark.hostile

MIGRATION = "0123456789abcdef0123456789abcdef"
AT = "2026-11-27T10:00:00Z"
STEP = "volume:b:capture"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A ledger with a row in each table."""
    path = tmp_path / "ledger.db"
    ledger = opened(path)
    ledger.sync({STEP: "d1"})
    claim = ledger.claim(STEP, "elsewhere/1", 60)
    assert claim
    ledger.record_effect(
        claim,
        Effect(
            step_id=STEP,
            side="source",
            kind=Kind.VOLUME,
            resource_id="r1",
            role=Role.TEMPORARY,
            source_id="b",
            made_at=AT,
        ),
    )
    ledger.finish(claim, State.DONE, journal=JournalLine(step_id=STEP, stage="capture-volume"))
    ledger.approve("cut-over", "Ann", {STEP: "d2"}, AT)
    ledger.close()
    return path


def opened(path: Path) -> Ledger:
    return Ledger.open(f"sqlite:///{path}", MIGRATION)


def write(path: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        assert db.execute(statement, values).rowcount == 1


READS: dict[str, Callable[[Ledger], object]] = {
    "steps": Ledger.states,
    "effects": Ledger.effects,
    "approvals": Ledger.approvals,
    "journal": Ledger.journal,
}
ROWS = {"steps": STEP, "effects": "source volume r1", "approvals": f"cut-over {STEP}", "journal": "id 1"}
BAD_VALUES = [
    ("steps", "state", "gone"),
    ("steps", "facts", "{"),
    ("steps", "facts", '{"why": 1}'),
    ("steps", "facts", "[" * 100_000),
    ("steps", "fence", "many"),
    ("steps", "fence", -1),
    ("steps", "fence", 1 << 62),
    ("steps", "attempts", 2.5),
    ("steps", "lease_until", 1e300),
    ("steps", "updated_at", "2026-99-99T00:00:00Z"),
    ("steps", "digest", b"\xff"),
    ("effects", "role", "q"),
    ("effects", "made_at", "9999-12-31T23:59:59-12:00"),
    ("effects", "name", b"\x00"),
    ("approvals", "at", "yesterday"),
    ("journal", "size_bytes", -5),
    ("journal", "started_at", 1e18),
    ("journal", "parallel", "two"),
]


@pytest.mark.parametrize(("table", "column", "value"), BAD_VALUES, ids=lambda value: str(value)[:20])
def test_a_row_that_decamp_never_writes_is_named(path: Path, table: str, column: str, value: object) -> None:
    assert READS[table](opened(path))
    write(path, f"UPDATE {table} SET {column} = ?", value)
    with pytest.raises(ConfigError) as refused:
        READS[table](opened(path))
    told = refused.value
    assert told.code == codes.LEDGER_ROW_UNREADABLE
    assert (told.facts["table"], told.facts["row"], told.facts["field"]) == (table, ROWS[table], column)


def test_claims_without_end_are_not_counted(path: Path) -> None:
    write(path, "UPDATE steps SET fence = ?", float("inf"))
    with pytest.raises(ConfigError) as refused:
        opened(path).claims()
    assert (refused.value.code, refused.value.facts["row"]) == (codes.LEDGER_ROW_UNREADABLE, STEP)


def test_text_that_is_not_utf8_is_damage_and_no_full_disk(path: Path) -> None:
    write(path, "UPDATE effects SET name = CAST(x'ff' AS TEXT)")
    with pytest.raises(ConfigError) as refused:
        opened(path).effects()
    assert (refused.value.code, refused.value.facts["why"]) == (codes.LEDGER_DAMAGED, "not UTF-8")


def test_a_damaged_name_of_a_table_that_is_not_utf8_is_damage(path: Path) -> None:
    """SQLite quotes it in what it says of the damage, which Python then cannot read."""
    raw = path.read_bytes()
    assert raw.count(b"tablejournaljournal") == raw.count(b"CREATE TABLE journal") == 1
    raw = raw.replace(b"tablejournal", b"table\xffournal").replace(b"CREATE TABLE journal", b"CREATE TABLE journa(")
    path.write_bytes(raw)
    with pytest.raises(ConfigError) as refused:
        opened(path)
    assert refused.value.code == codes.LEDGER_DAMAGED


def test_a_ledger_that_cannot_be_opened_is_not_left_open(path: Path) -> None:
    """What the wizard opens next in this process would wait for a lock that nobody gives back."""
    write(path, "UPDATE meta SET value = 'another' WHERE key = 'migration'")
    with pytest.raises(ConflictError):
        opened(path)
    there = (str(one.readlink()) for one in Path("/proc/self/fd").iterdir() if one.is_symlink())
    assert not [one for one in there if one.startswith(str(path))]


def test_a_table_that_lacks_a_column_is_damage_and_no_full_disk(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("ALTER TABLE journal DROP COLUMN retries")
    with pytest.raises(ConfigError) as refused:
        opened(path).journal()
    assert refused.value.code == codes.LEDGER_DAMAGED


NOTES: dict[str, Callable[[Ledger], object]] = {
    "cut:s": cuts,
    "rollback:s": rollbacks,
    "accepted:s": acceptances,
    "paused:s": pauses,
    "downtime:s": predictions,
    "passes:s": taken_passes,
    "preloaded:s": preloaded_disks,
    "servers-down": down_since,
    "stop-asked:s": asked_at,
    "test-launch": noted_launch,
}


@pytest.mark.parametrize("key", NOTES)
@pytest.mark.parametrize("text", ["", "{", "[1]", '{"s": "2026-13-01"}', "[" * 100_000], ids=lambda text: text[:8])
def test_a_note_that_decamp_never_writes_is_named(path: Path, key: str, text: str) -> None:
    ledger = opened(path)
    assert not NOTES[key](ledger)
    ledger.set_note(key, text)
    with pytest.raises(ConfigError) as refused:
        NOTES[key](ledger)
    assert (refused.value.code, refused.value.facts["row"]) == (codes.LEDGER_ROW_UNREADABLE, key)


def test_a_rollback_that_never_began_is_none(path: Path) -> None:
    ledger = opened(path)
    note = {"server_id": "s", "name": "web", "wave": "web", "who": "Ann", "began": AT, "back_at": ""}
    ledger.set_note("rollback:s", json.dumps(note))
    assert rollbacks(ledger)
    ledger.set_note("rollback:s", json.dumps({**note, "began": ""}))
    with pytest.raises(ConfigError) as refused:
        rollbacks(ledger)
    assert (refused.value.code, refused.value.facts["field"]) == (codes.LEDGER_ROW_UNREADABLE, "began")


@pytest.mark.parametrize("owner", ["", "elsewhere/1", "a/b/c/d", "{host}/²/1/x", "{host}/" + "9" * 5000 + "/1/x"])
def test_any_owner_is_read(path: Path, owner: str) -> None:
    from migrate.ledger import step_claim

    name = owner.replace("{host}", step_claim._host_id() or "")
    write(path, "UPDATE steps SET state = 'running', owner = ?, lease_until = ?", name, time.time() + 60)
    assert opened(path).held() == {STEP}


@pytest.mark.parametrize("version", ["²", "9" * 5000, "-1", b"\xff"], ids=["power", "long", "negative", "bytes"])
def test_any_version_is_read(path: Path, version: object) -> None:
    write(path, "UPDATE meta SET value = ? WHERE key = 'version'", version)
    with pytest.raises(ConfigError) as refused:
        opened(path)
    assert refused.value.code == codes.DOCUMENT_VERSION


def test_a_lease_that_no_run_asks_for_does_not_count(path: Path) -> None:
    """The clock of a machine was years ahead when it claimed the step, and it never came back."""
    ledger = opened(path)
    write(path, "UPDATE steps SET state = 'running', owner = 'elsewhere/1', lease_until = ?", time.time() + 10 * 365e5)
    row = ledger.states()[STEP]
    assert row.is_leased_too_long(time.time()) and not row.is_leased(time.time()) and ledger.held() == set()
    assert ledger.claim(STEP, "elsewhere/2", 60)


def test_a_lease_of_the_greatest_length_counts(path: Path) -> None:
    ledger = opened(path)
    until = time.time() + LONGEST_LEASE_S - 60
    write(path, "UPDATE steps SET state = 'running', owner = 'elsewhere/1', lease_until = ?", until)
    assert ledger.held() == {STEP} and ledger.claim(STEP, "elsewhere/2", 60) is None


def test_approvals_are_read_back_as_they_were_given(path: Path) -> None:
    write(path, "UPDATE steps SET done_digest = NULL")
    assert opened(path).approvals() == [Approval(gate="cut-over", step_id=STEP, digest="d2", who="Ann", at=AT)]
