"""Writes a ledger's rows into a new SQLite file, whichever database they came from."""

from pathlib import Path

from sqlalchemy import Connection, insert

from migrate.ledger import ledger_tables as t
from migrate.ledger.database import Database
from migrate.ledger.ledger import Rows


def write_ledger_file(path: Path, rows: Rows) -> None:
    """A new file with these rows and nothing else: no page of it has held other ones. Raises FatalError DCP-111."""
    database = Database.of(f"sqlite:///{path.resolve()}")

    def write(c: Connection) -> None:
        t.metadata.create_all(c)
        for table in t.TABLES:
            if rows.get(table.name):
                c.execute(insert(table), rows[table.name])

    try:
        database.write(write)
    finally:
        database.close()
    path.chmod(0o600)
