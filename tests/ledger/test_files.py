"""A ledger in a file: damage is named. And URLs of no database that we use."""

import builtins
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from migrate.errors import ConfigError
from migrate.ledger.database import Database
from migrate.ledger.ledger import Ledger
from migrate.messages import codes

MIGRATION = "0123456789abcdef0123456789abcdef"


def open_ledger(path: Path) -> Ledger:
    return Ledger.open(f"sqlite:///{path / 'ledger.db'}", MIGRATION)


def test_a_damaged_ledger_is_named(tmp_path: Path) -> None:
    (tmp_path / "ledger.db").write_bytes(b"this is not a database, it is a text of some length" * 40)
    with pytest.raises(ConfigError) as damaged:
        open_ledger(tmp_path)
    assert damaged.value.code == codes.LEDGER_DAMAGED


def test_a_truncated_ledger_is_named(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path)
    ledger.sync({f"s{i}": "d" * 64 for i in range(500)})
    ledger.close()
    raw = (tmp_path / "ledger.db").read_bytes()
    (tmp_path / "ledger.db").write_bytes(raw[: len(raw) // 2])
    with pytest.raises(ConfigError) as damaged:
        open_ledger(tmp_path).states()
    assert damaged.value.code == codes.LEDGER_DAMAGED


def test_whether_a_ledger_is_there_is_told_without_making_one(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.db'}"
    assert not Ledger.is_there(url)
    assert list(tmp_path.iterdir()) == []
    open_ledger(tmp_path).close()
    assert Ledger.is_there(url)


@pytest.mark.parametrize("url", ["mysql://me@host/db", "no url at all", "oracle://x", "ftp://host/ledger.db"])
def test_a_database_that_holds_no_ledgers_is_refused(url: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Ledger.open(url, MIGRATION)
    assert refused.value.code == codes.LEDGER_URL_INVALID


@pytest.mark.parametrize("option", ["connect_timeout=soon", "nope=1"])
def test_an_option_that_the_driver_does_not_take_is_no_damage(option: str) -> None:
    with pytest.raises(ConfigError) as refused:
        Ledger.open(f"postgresql://me@127.0.0.1:1/ledgers?{option}", MIGRATION)
    assert refused.value.code == codes.LEDGER_URL_INVALID


def test_without_its_driver_the_database_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *args: Any, **kwargs: Any) -> Any:
        if name.partition(".")[0] == "psycopg":
            raise ModuleNotFoundError("No module named 'psycopg'", name="psycopg")
        return real(name, *args, **kwargs)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ConfigError) as refused:
        Ledger.open("postgresql://me:swordfish@127.0.0.1/ledgers", MIGRATION)
    assert (refused.value.code, refused.value.facts["why"]) == (codes.LEDGER_URL_INVALID, "psycopg: not installed")
    assert "swordfish" not in str(refused.value)


def test_a_lock_that_sqlite_does_not_wait_for_by_itself_is_waited_for(tmp_path: Path) -> None:
    """As when two runs begin in the same moment and both make the file: one of them was told that it is locked."""
    path = tmp_path / "ledger.db"
    Ledger.open(f"sqlite:///{path}", MIGRATION).close()
    tried = 0
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")

        def work(c: Connection) -> str:
            nonlocal tried
            tried += 1
            if tried == 2:
                other.execute("COMMIT")
            c.exec_driver_sql("PRAGMA busy_timeout=0")
            c.exec_driver_sql("BEGIN IMMEDIATE")
            return "done"

        database = Database.of(f"sqlite:///{path}")
        assert database.read(work) == "done" and tried == 2
        database.close()
