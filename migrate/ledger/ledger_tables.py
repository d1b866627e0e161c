"""The ledger's tables. A change here raises SCHEMA_VERSION and needs an upgrade (ledger_schema.py,
docs/formats/ledger.md).
"""

from sqlalchemy import BigInteger, Boolean, Column, Float, Integer, MetaData, String, Table, Text

SCHEMA_VERSION = 2

metadata = MetaData()

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

steps = Table(
    "steps",
    metadata,
    Column("step_id", String(1200), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("code", String(16)),
    Column("facts", Text, nullable=False, default="{}"),
    Column("owner", String(128)),
    Column("fence", Integer, nullable=False, default=0),
    Column("lease_until", Float, nullable=False, default=0.0),
    Column("attempts", Integer, nullable=False, default=0),
    Column("done_digest", String(64)),
    Column("claimed_digest", String(64)),
    Column("updated_at", String(32), nullable=False, default=""),
)

effects = Table(
    "effects",
    metadata,
    Column("side", String(8), primary_key=True),
    Column("kind", String(32), primary_key=True),
    Column("resource_id", String(300), primary_key=True),
    Column("step_id", String(1200), nullable=False),
    Column("role", String(1), nullable=False),
    Column("source_id", String(300), nullable=False),
    Column("name", Text, nullable=False, default=""),
    Column("removed", Boolean, nullable=False, default=False),
    Column("made_at", String(32), nullable=False),
)

approvals = Table(
    "approvals",
    metadata,
    Column("gate", String(64), primary_key=True),
    Column("step_id", String(1200), primary_key=True),
    Column("digest", String(64), nullable=False),
    Column("who", Text, nullable=False),
    Column("at", String(32), nullable=False),
)

journal = Table(
    "journal",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("step_id", String(1200), nullable=False),
    Column("stage", String(64), nullable=False),
    Column("size_bytes", BigInteger, nullable=False),
    Column("objects", Integer, nullable=False),
    Column("parallel", Integer, nullable=False),
    Column("started_at", Float, nullable=False),
    Column("ended_at", Float, nullable=False),
    Column("retries", Integer, nullable=False),
    Column("waited_s", Float, nullable=False),
)

TABLES: tuple[Table, ...] = (meta, steps, effects, approvals, journal)
