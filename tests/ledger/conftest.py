"""A fresh place for a ledger on each database that may hold one."""

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

ROOT = Path(__file__).parents[2]
POSTGRESQL = pytest.param("postgresql", marks=pytest.mark.lab)


@pytest.fixture(scope="session")
def server_url() -> str:
    """A PostgreSQL server of ours, without the password."""
    up = subprocess.run([ROOT / "lab" / "postgres", "up"], capture_output=True, text=True)
    assert up.returncode == 0, up.stderr
    return up.stdout.strip()


@pytest.fixture
def postgresql(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of an empty schema there; the password is where libpq looks for it."""
    url = str(request.getfixturevalue("server_url"))
    lines = subprocess.run([ROOT / "lab" / "postgres", "env"], check=True, capture_output=True, text=True).stdout
    monkeypatch.setenv("PGPASSFILE", lines.strip().partition("=")[2])
    schema = f"ledger_{uuid.uuid4().hex[:12]}"
    admin = create_engine(url.replace("postgresql:", "postgresql+psycopg:"), isolation_level="AUTOCOMMIT")
    with admin.connect() as c:
        c.execute(text(f"CREATE SCHEMA {schema}"))
    # The name tells this test's connections from others'.
    yield f"{url}?options=-csearch_path%3D{schema}&application_name={schema}"
    with admin.connect() as c:
        c.execute(
            text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = :n"), {"n": schema}
        )
        c.execute(text(f"DROP SCHEMA {schema} CASCADE"))
    admin.dispose()


@pytest.fixture(params=["sqlite", POSTGRESQL])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgresql":
        return str(request.getfixturevalue("postgresql"))
    return f"sqlite:///{tmp_path / 'ledger.db'}"
