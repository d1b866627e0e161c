"""The local index of chunk positions: an SQLite cache that can be deleted at any time.

It only repeats the packs: its rows come from a pack's own index, and a pack never changes. So a missing or damaged pack
is only disabled, and enabled again when it returns.
"""

import sqlite3
import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from migrate.disks.store.pack_format import Entry
from migrate.errors import FatalError
from migrate.messages import codes

LIVE, DAMAGED, GONE = 0, 1, 2
_STAGED = 3
"""Added to the state of a pack whose rows are not yet sorted in."""
_VERSION = 1
_AT_ONCE = 64
_SLICE = 250_000
"""Rows sorted in at once: another process that shares the file only waits for one slice."""
_BUSY_S = 600
_BROKEN = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS pack (
    number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, size_bytes INTEGER NOT NULL,
    chunks INTEGER NOT NULL, state INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS chunk (
    digest BLOB NOT NULL, pack INTEGER NOT NULL, at INTEGER NOT NULL, stored_bytes INTEGER NOT NULL,
    PRIMARY KEY (digest, pack)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS staged (digest BLOB, pack INTEGER, at INTEGER, stored_bytes INTEGER);
"""
_FIND = f"""
SELECT c.digest, p.number, p.id, p.size_bytes, c.at, c.stored_bytes FROM chunk c JOIN pack p ON p.number = c.pack
WHERE c.digest IN ({",".join("?" * _AT_ONCE)}) AND p.state <= ? ORDER BY p.state, p.number
"""


class Place(NamedTuple):
    """The position of a chunk: `stored_bytes` at `at` in a pack of length `pack_bytes`."""

    pack: int
    pack_id: str
    pack_bytes: int
    at: int
    stored_bytes: int


class PackRow(NamedTuple):
    number: int
    size_bytes: int
    chunks: int
    state: int


class ChunkIndex:
    """The index. Safe for many threads; several processes may share the file. Raises FatalError: unusable.

    Args:  path: the cache file; a damaged or outdated one is replaced.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        with _telling(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            try:
                self._db = _opened(path)
            except sqlite3.OperationalError:
                raise
            except sqlite3.DatabaseError:
                _remove(path)
                self._db = _opened(path)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def add(self, pack_id: str, size_bytes: int, entries: Sequence[Entry], state: int = LIVE) -> int:
        """Adds a stored pack, or changes the state of a known one. Returns its number."""
        with self._writing() as db:
            found = db.execute("SELECT number FROM pack WHERE id = ?", (pack_id,)).fetchone()
            if found:
                db.execute("UPDATE pack SET state = ? WHERE number = ?", (state, found[0]))
                return int(found[0])
            return _insert(db, pack_id, size_bytes, entries, state)

    def replace(self, pack_id: str, size_bytes: int, entries: Sequence[Entry], state: int) -> None:
        """Like `add`, but replaces a known pack, which gets a new number."""
        with self._writing() as db:
            # Its chunk rows stay: their pack number is never used again, and finding them would scan the whole table.
            db.execute("DELETE FROM pack WHERE id = ?", (pack_id,))
            _insert(db, pack_id, size_bytes, entries, state)

    def stage(self, pack_id: str, size_bytes: int, entries: Sequence[Entry], state: int) -> None:
        """Like `add`, for one of many unknown packs: its chunks can only be found after `merge`."""
        with self._writing() as db:
            if db.execute("SELECT 1 FROM pack WHERE id = ?", (pack_id,)).fetchone():
                return  # another process with the same cache was faster
            number = _insert_pack(db, pack_id, size_bytes, len(entries), state + _STAGED)
            rows = ((entry.digest, number, entry.at, entry.stored_bytes) for entry in entries)
            db.executemany("INSERT INTO staged VALUES (?, ?, ?, ?)", rows)

    def merge(self) -> None:
        """Sorts in all staged rows, also those of a killed run: a hundred million rows in minutes rather than hours."""
        if not self._rows("SELECT 1 FROM staged UNION ALL SELECT 1 FROM pack WHERE state >= ? LIMIT 1", (_STAGED,)):
            return
        with _telling(self._path), closing(_opened(self._path)) as reading:
            # A consistent view of both tables, so that a pack comes with all its rows.
            reading.execute("BEGIN")
            last = reading.execute("SELECT max(number) FROM pack").fetchone()[0] or 0
            staged = reading.execute("SELECT * FROM staged ORDER BY digest, pack")
            while some := staged.fetchmany(_SLICE):
                with self._writing() as db:
                    db.executemany("INSERT OR IGNORE INTO chunk VALUES (?, ?, ?, ?)", some)
        with self._writing() as db:
            more = db.execute("SELECT 1 FROM staged WHERE pack > ? LIMIT 1", (last,)).fetchone()
            # Much faster without a condition.
            db.execute(f"DELETE FROM staged WHERE pack <= {last}" if more else "DELETE FROM staged")
            db.execute("UPDATE pack SET state = state - ? WHERE state >= ? AND number <= ?", (_STAGED, _STAGED, last))

    def set_state(self, pack_id: str, state: int) -> None:
        """Sets a pack's state. Staged rows stay hidden until they are merged."""
        with self._writing() as db:
            staged = f"(state >= {_STAGED}) * {_STAGED}"
            db.execute(f"UPDATE pack SET state = ? + {staged} WHERE id = ?", (state, pack_id))

    def forget_gone(self) -> None:
        """Deletes the rows of packs that have left the store, to save space."""
        with self._writing() as db:
            db.execute("DELETE FROM chunk WHERE pack IN (SELECT number FROM pack WHERE state = ?)", (GONE,))
            db.execute("DELETE FROM pack WHERE state = ?", (GONE,))

    def packs(self) -> dict[str, PackRow]:
        rows = self._rows("SELECT id, number, size_bytes, chunks, state FROM pack")
        return {row[0]: PackRow(*row[1:]) for row in rows}

    def pack(self, pack_id: str) -> PackRow | None:
        rows = self._rows("SELECT number, size_bytes, chunks, state FROM pack WHERE id = ?", (pack_id,))
        return PackRow(*rows[0]) if rows else None

    def dead(self, numbers: Iterable[int]) -> set[int]:
        """The packs among these that are missing or damaged."""
        return set(numbers).difference(row[0] for row in self._rows("SELECT number FROM pack WHERE state = ?", (LIVE,)))

    def find(self, digests: Iterable[bytes], worst: int = LIVE) -> dict[bytes, list[Place]]:
        """The positions of these chunks in packs of at least this state, best first."""
        found: dict[bytes, list[Place]] = {}
        for some in _batches(digests):
            for digest, *place in self._rows(_FIND, (*some, worst)):
                found.setdefault(digest, []).append(Place(*place))
        return found

    def _rows(self, statement: str, values: Sequence[Any] = ()) -> list[Any]:
        with self._lock, _telling(self._path):
            return self._db.execute(statement, values).fetchall()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _telling(self._path):
            self._db.execute("BEGIN IMMEDIATE")
            with self._db as db:
                yield db


def _insert_pack(db: sqlite3.Connection, pack_id: str, size_bytes: int, chunks: int, state: int) -> int:
    row = (pack_id, size_bytes, chunks, state)
    return db.execute("INSERT INTO pack (id, size_bytes, chunks, state) VALUES (?, ?, ?, ?)", row).lastrowid or 0


def _insert(db: sqlite3.Connection, pack_id: str, size_bytes: int, entries: Sequence[Entry], state: int) -> int:
    number = _insert_pack(db, pack_id, size_bytes, len(entries), state)
    rows = sorted((entry.digest, number, entry.at, entry.stored_bytes) for entry in entries)
    db.executemany("INSERT OR IGNORE INTO chunk VALUES (?, ?, ?, ?)", rows)
    return number


@contextmanager
def _telling(path: Path) -> Iterator[None]:
    """Turns a full disk or a damaged cache file into FatalError.

    Removes a damaged file, so that the next run creates a new one.
    """
    try:
        yield
    except (sqlite3.Error, OSError) as err:
        if getattr(err, "sqlite_errorcode", 0) & 0xFF in _BROKEN:
            _remove(path)
        raise FatalError(codes.CANNOT_WRITE, path=str(path), why=str(err)) from err


def _remove(path: Path) -> None:
    for end in ("", "-wal", "-shm"):
        path.with_name(path.name + end).unlink(missing_ok=True)


def _batches(digests: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Batches of the statement's size; the last one is padded with values that match nothing."""
    left = iter(digests)
    while some := list(islice(left, _AT_ONCE)):
        yield some + [b""] * (_AT_ONCE - len(some))


def _opened(path: Path) -> sqlite3.Connection:
    db = sqlite3.connect(path, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA wal_autocheckpoint = 16384")
    db.execute("PRAGMA cache_size = -65536")
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version == 0:
        db.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {_VERSION}; COMMIT;")
    elif version != _VERSION:
        db.close()
        raise sqlite3.DatabaseError(f"version {version}")
    return db
