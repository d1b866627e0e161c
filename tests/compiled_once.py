"""SQL is compiled once for all ledgers of a process: each command opens its ledger anew, and tests give thousands.

Only in tests: a process of Decamp's own opens one ledger.
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

_COMPILED: dict[Any, Any] = {}


class SameDialect(SQLiteDialect_pysqlite):
    """SQLite, as each engine has it; one is equal to another, as what is compiled is kept by dialect and statement."""

    supports_statement_cache = True

    def __eq__(self, other: object) -> bool:
        return type(other) is SameDialect

    def __hash__(self) -> int:
        return hash(SameDialect)

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_COMPILED)


registry.register("sqlite", __name__, SameDialect.__name__)
