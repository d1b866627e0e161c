"""The ledger's database: SQLite next to the plan, or PostgreSQL for runners on several machines.

This module handles the differences: opening a URL, locking between writers, the clock for leases, and errors. It waits
for an unavailable PostgreSQL as for an SQLite lock; after that it raises TransientError.
"""

import os
import socket
import sqlite3
import time
from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from time import sleep
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, Float, Insert, Table, bindparam, cast, create_engine, event, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, DBAPIError, OperationalError, ProgrammingError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.sql.elements import ColumnElement

from migrate.errors import AccessError, ConfigError, DecampError, FatalError, TransientError
from migrate.messages import codes
from migrate.own_secrets import hold_url

T = TypeVar("T")

PATIENCE_S = 30.0
"""The maximum wait for a write lock or an unavailable database."""

_DRIVERS = {"sqlite": "sqlite", "postgresql": "postgresql+psycopg", "postgres": "postgresql+psycopg"}
_PASSES = ("08", "57P", "53300", "40001", "40P01", "55P03")
"""Prefixes of transient SQLSTATEs: lost connections, restarts, too many clients, deadlocks."""
_REFUSED = ("28", "3D000", "42501")
"""Refusals: login, database, permission."""
_UNWRITABLE = ("53100", "25006")
"""A full disk, or a read-only standby."""
_SETUP_LOCK = 0xDECA


class Database:
    """Runs transactions. `where`: its name in messages, without password."""

    def __init__(self, engine: Engine, where: str, patience_s: float = PATIENCE_S) -> None:
        self._engine = engine
        self.where = where
        self.patience_s = patience_s
        self.is_sqlite = engine.dialect.name == "sqlite"
        self._reached = self.is_sqlite

    @classmethod
    def of(cls, url: str) -> "Database":
        """The database at a URL, not yet opened. Raises ConfigError DCP-219: unsupported URL, or missing driver."""
        hold_url(url)
        try:
            parsed = _parsed(url)
            driver = _DRIVERS.get(parsed.get_backend_name())
            if driver is None:
                raise ConfigError(codes.LEDGER_URL_INVALID, path=_shown(parsed), why=parsed.get_backend_name())
            engine = _engine(parsed.set(drivername=driver))
        except ImportError as err:
            raise ConfigError(codes.LEDGER_URL_INVALID, path=_shown(parsed), why=f"{err.name}: not installed") from err
        except (ArgumentError, SQLAlchemyError, ValueError, TypeError) as err:
            raise ConfigError(codes.LEDGER_URL_INVALID, path="policy.yaml", why=type(err).__name__) from err
        return cls(engine, _shown(parsed))

    @property
    def url(self) -> URL:
        return self._engine.url

    def close(self) -> None:
        self._engine.dispose()

    # ------------------------------------------------------------ transactions

    def read(self, work: Callable[[Connection], T]) -> T:
        """Runs a reading transaction. Raises the same as `write`."""
        return self._patiently(lambda _: self._once(work, writes=False))

    def write(self, work: Callable[[Connection], T]) -> T:
        """Runs a transaction, all or nothing; repeats it after a broken connection, so it must be repeatable.

        Raises: TransientError DCP-217 (the database is away), AccessError DCP-217, DCP-218 (never available, refused),
                FatalError DCP-111 (not writable), ConfigError DCP-215 (damaged, or not a ledger).
        """
        return self._patiently(lambda _: self._once(work, writes=True))

    def write_knowing(self, work: Callable[[Connection, bool], T]) -> T:
        """Like `write`, for work that must know whether an earlier try may have been committed without an answer."""
        return self._patiently(lambda again: self._once(lambda c: work(c, again), writes=True))

    def _once(self, work: Callable[[Connection], T], *, writes: bool) -> T:
        with self._engine.begin() as c:
            self._reached = True
            if self.is_sqlite and writes:
                # Locks at once, so that reads in this transaction stay valid until its writes.
                c.exec_driver_sql("BEGIN IMMEDIATE")
            return work(c)

    def _patiently(self, attempt: Callable[[bool], T]) -> T:
        until, pause, again = time.monotonic() + self.patience_s, 0.1, False
        while True:
            try:
                return attempt(again)
            except (DBAPIError, PoolTimeout) as err:
                told = self._error(err)
                passes = isinstance(told, TransientError) or _is_busy(err)
                if not passes or time.monotonic() + pause > until:
                    raise told from err
            except UnicodeDecodeError as err:
                # What SQLite says of a damaged file quotes names in it.
                raise ConfigError(codes.LEDGER_DAMAGED, path=self.where, why="not UTF-8") from err
            sleep(pause)
            pause, again = min(2 * pause, 2.0), True

    # ------------------------------------------------------------ errors

    def _error(self, err: DBAPIError | PoolTimeout) -> DecampError:
        if isinstance(err, PoolTimeout):
            return TransientError(codes.LEDGER_UNREACHABLE, path=self.where, why=type(err).__name__)
        why, state = self._why(err), getattr(err.orig, "sqlstate", None) or ""
        if self.is_sqlite:
            return _sqlite_error(err, self.where, why)
        if err.connection_invalidated or state.startswith(_PASSES):
            return TransientError(codes.LEDGER_UNREACHABLE, path=self.where, why=why)
        if state.startswith(_REFUSED):
            return AccessError(codes.LEDGER_REFUSED, path=self.where, why=why)
        if state.startswith(_UNWRITABLE):
            return FatalError(codes.CANNOT_WRITE, path=self.where, why=why)
        if not state and isinstance(err, ProgrammingError) and not self._reached:
            # What the driver says of an option of the URL.
            return ConfigError(codes.LEDGER_URL_INVALID, path=self.where, why=why)
        if not state and isinstance(err, OperationalError):
            return self._not_connected(why)
        return ConfigError(codes.LEDGER_DAMAGED, path=self.where, why=why)

    def _not_connected(self, why: str) -> DecampError:
        """The error for a failed connection, which carries no SQLSTATE: depends on whether the port answers."""
        if self._reached:
            return TransientError(codes.LEDGER_UNREACHABLE, path=self.where, why=why)
        return AccessError(
            codes.LEDGER_REFUSED if _listens(self.url) else codes.LEDGER_UNREACHABLE, path=self.where, why=why
        )

    def _why(self, err: DBAPIError) -> str:
        why = (str(err.orig).splitlines() or [type(err.orig).__name__])[0]
        password = self.url.password
        return why.replace(str(password), "***") if password else why

    # ------------------------------------------------------------ differences between the databases

    def put(self, c: Connection, table: Table, rows: list[dict[str, Any]], changes: Iterable[str] = ()) -> None:
        """Inserts rows; for existing ones (by primary key) updates the columns `changes`, if any."""
        if not rows:
            return
        key = [column.name for column in table.primary_key]
        statement = _upsert(table, tuple(changes), self.is_sqlite)
        c.execute(statement, sorted(rows, key=lambda row: tuple(str(row[name]) for name in key)))

    def begin_snapshot(self, c: Connection) -> None:
        """Makes all that this transaction reads be of one moment. Comes first in it."""
        snapshot = "BEGIN" if self.is_sqlite else "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
        c.exec_driver_sql(snapshot)

    def lock_setup(self, c: Connection) -> None:
        """Locks the table setup until the transaction ends (SQLite already holds its write lock)."""
        if not self.is_sqlite:
            c.execute(func.pg_advisory_xact_lock(_SETUP_LOCK).select())


@cache
def now(is_sqlite: bool) -> ColumnElement[float]:
    """Seconds since 1970, when it is carried out, by one clock for all runners: the server's, or this machine's for
    SQLite.
    """
    if is_sqlite:
        return bindparam("now", type_=Float(), callable_=lambda: time.time())
    return cast(func.extract("epoch", func.clock_timestamp()), Float)


@cache
def _upsert(table: Table, changes: tuple[str, ...], is_sqlite: bool) -> Insert:
    """Built once for each of the few tables: that takes longer than to insert a row."""
    key = [column.name for column in table.primary_key]
    insert = sqlite.insert(table) if is_sqlite else postgresql.insert(table)
    new = {name: insert.excluded[name] for name in changes}
    if new:
        return insert.on_conflict_do_update(index_elements=key, set_=new)
    return insert.on_conflict_do_nothing(index_elements=key)


def _parsed(url: str) -> URL:
    """What follows `sqlite:///` is the file, whatever signs are in it: the folder above may have any name."""
    scheme, _, file = url.partition(":///")
    return URL.create(scheme, database=file) if scheme.startswith("sqlite") else make_url(url)


def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "sqlite":
        file = Path(url.database or "").absolute()
        if file.exists() and not os.access(file.parent, os.W_OK, effective_ids=True):
            return create_engine(url, creator=lambda: _opened_to_read(file))
        engine = create_engine(url, connect_args={"timeout": PATIENCE_S})
        event.listen(engine, "connect", _sqlite_pragmas)
        return engine
    # A vanished peer is noticed within a lease, instead of the system's two hours.
    alive = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 3, "tcp_user_timeout": 20000}
    arguments = {"connect_timeout": 10, "application_name": "decamp", **alive}
    wanted = {key: value for key, value in arguments.items() if key not in url.query}
    return create_engine(url, connect_args=wanted, pool_size=5, max_overflow=25, pool_pre_ping=True)


def _opened_to_read(file: Path) -> sqlite3.Connection:
    """For whoever only looks at a workspace where nothing can be written: SQLite would make files beside the ledger.

    Raises: ConfigError DCP-116: rows that are only in the file beside it would be left out.
    """
    waiting = file.with_name(f"{file.name}-wal")
    is_whole = not waiting.exists() or not waiting.stat().st_size
    address = f"{file.as_uri()}?mode=ro{'&immutable=1' if is_whole else ''}"
    connection = sqlite3.connect(address, uri=True, timeout=PATIENCE_S, check_same_thread=False)
    try:
        if not is_whole:
            connection.execute("SELECT 1 FROM sqlite_master").close()
    except sqlite3.OperationalError as err:
        connection.close()
        raise ConfigError(codes.LEDGER_NOT_IN_ITS_FILE, path=str(file)) from err
    return connection


def _is_busy(err: DBAPIError | PoolTimeout) -> bool:
    """Another process holds the lock. SQLite does not wait by itself where it cannot tell that the other one does not
    wait for us, as when two open a new ledger in the same moment.
    """
    code = getattr(getattr(err, "orig", None), "sqlite_errorcode", 0)
    return code & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _sqlite_error(err: DBAPIError, where: str, why: str) -> DecampError:
    code = getattr(err.orig, "sqlite_errorcode", None)
    if code is None and isinstance(err, OperationalError):
        # From Python's own module, which quotes the text.
        return ConfigError(codes.LEDGER_DAMAGED, path=where, why="not UTF-8")
    if isinstance(err, OperationalError) and code != sqlite3.SQLITE_ERROR:
        return FatalError(codes.CANNOT_WRITE, path=where, why=why)
    if isinstance(err, DatabaseError):
        return ConfigError(codes.LEDGER_DAMAGED, path=where, why=why)
    raise err


def _sqlite_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # A killed process loses nothing this way; a power cut may lose the last rows, which marks make up for.
    cursor.execute("PRAGMA synchronous=NORMAL")
    cursor.execute(f"PRAGMA busy_timeout={int(PATIENCE_S * 1000)}")
    cursor.close()


def _shown(url: URL) -> str:
    """The URL without password and query, which may hold one too."""
    return url.set(query={}).render_as_string(hide_password=True)


def _listens(url: URL) -> bool:
    try:
        with socket.create_connection((url.host or "localhost", url.port or 5432), timeout=5):
            return True
    except OSError:
        return False
