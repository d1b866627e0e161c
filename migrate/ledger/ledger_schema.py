"""Creates and upgrades the ledger's tables, and refuses to write to foreign ones."""

import re
from pathlib import Path

from sqlalchemy import Connection, inspect, select, text, update

from migrate.errors import ConfigError, ConflictError, OtherVersion
from migrate.ledger import ledger_tables as t
from migrate.ledger.database import Database
from migrate.messages import codes

FORMAT = "decamp-ledger"
_NUMBER = re.compile(r"[0-9]{1,4}")
_LONGEST_NAME = 200


def prepare(db: Database, migration: str) -> None:
    """Ensures that the tables exist, in our version and for this migration.

    Raises: ConfigError DCP-215 (truncated, or changed), DCP-212 (another format, or a later version), ConflictError
            DCP-504 (another migration's).
    """
    _refuse_a_cut_file(db)
    _refuse_other_tables(db)
    found = db.read(_meta)
    if not found or _version(found) < t.SCHEMA_VERSION:
        found = db.write(lambda c: _make_or_upgrade(db, c, migration))
    _refuse(found, db.where, migration)


def _meta(c: Connection) -> dict[str, str]:
    if not inspect(c).has_table(t.meta.name):
        return {}
    return {str(row.key): str(row.value) for row in c.execute(select(t.meta))}


def _version(found: dict[str, str]) -> int:
    version = found.get("version", "")
    return int(version) if _NUMBER.fullmatch(version) else 0


def _refuse(found: dict[str, str], where: str, migration: str) -> None:
    if found.get("format") != FORMAT or _version(found) != t.SCHEMA_VERSION:
        raise OtherVersion(codes.DOCUMENT_VERSION, path=where, expected=f"{FORMAT} {t.SCHEMA_VERSION}")
    if found.get("migration") != migration:
        raise ConflictError(codes.LEDGER_OF_OTHER_MIGRATION, path=where)


def _make_or_upgrade(db: Database, c: Connection, migration: str) -> dict[str, str]:
    db.lock_setup(c)
    found = _meta(c)
    if not found:
        t.metadata.create_all(c)
        found = {"format": FORMAT, "version": str(t.SCHEMA_VERSION), "migration": migration}
        db.put(c, t.meta, [{"key": key, "value": value} for key, value in found.items()])
        return found
    # Foreign databases, and those of other migrations, stay unchanged.
    if found.get("format") == FORMAT and found.get("migration") == migration:
        while (version := _version(found)) in _UPGRADES:
            for statement in _UPGRADES[version]:
                c.execute(text(statement))
            c.execute(update(t.meta).where(t.meta.c.key == "version").values(value=str(version + 1)))
            found = _meta(c)
    return found


_UPGRADES: dict[int, tuple[str, ...]] = {
    1: (
        "ALTER TABLE steps ADD COLUMN claimed_digest VARCHAR(64)",
        # A current claim most likely has the digest stored there.
        "UPDATE steps SET claimed_digest = digest WHERE state = 'running'",
    ),
}
"""Upgrades from each version to the next, in SQL for both databases."""


def _refuse_a_cut_file(db: Database) -> None:
    """Raises ConfigError for a truncated file: SQLite accepts one whose last page is incomplete."""
    database = db.url.database
    if not db.is_sqlite or not database or not Path(database).exists():
        return
    journal = Path(f"{database}-wal")
    if journal.exists() and journal.stat().st_size:
        # An interrupted checkpoint may leave half a page, which the journal repairs.
        return
    page_size = db.read(lambda c: int(c.exec_driver_sql("PRAGMA page_size").scalar_one()))
    if Path(database).stat().st_size % page_size:
        raise ConfigError(codes.LEDGER_DAMAGED, path=db.where, why="cut short")


def _refuse_other_tables(db: Database) -> None:
    """Raises ConfigError for an SQLite file whose tables are not ours: with a row twice no claim would ever succeed,
    and what views and triggers do may never end.
    """
    if db.is_sqlite and (why := db.read(_other_table)):
        raise ConfigError(codes.LEDGER_DAMAGED, path=db.where, why=why)


def _other_table(c: Connection) -> str | None:
    odd = c.execute(text("SELECT type, name FROM sqlite_master WHERE type IN ('view', 'trigger')")).first()
    if odd is not None:
        return f"has a {odd.type} {str(odd.name)[:_LONGEST_NAME]}"
    keys = text("SELECT name, pk FROM pragma_table_info(:name)")
    for table in t.TABLES:
        found = c.execute(keys, {"name": table.name}).all()
        if found and {row.name for row in found if row.pk} != {column.name for column in table.primary_key}:
            return f"the table {table.name} has another key"
    return None
