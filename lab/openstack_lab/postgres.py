"""A PostgreSQL server for ledgers, beside the clouds: Debian's programs, our own data folder, no system service.

PostgreSQL does not run as root, so root starts it as the user that Debian's package made.
"""

from __future__ import annotations

import fcntl
import getpass
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openstack_lab.config import HOME, PASSWORD, LabError, clean_environment
from openstack_lab.processes import Process, running_pid, start, stop

POSTGRES_DIR = HOME / "postgres"
DATA = POSTGRES_DIR / "data"
PGPASS = POSTGRES_DIR / "pgpass"
PORT_FILE = POSTGRES_DIR / "port"
# The ledger's own user may make databases, and nothing else: a customer's database server gives no more.
SUPERUSER, USER, DATABASE = "lab", "decamp", "decamp"


def up() -> str:
    """Start the server, making it first where there is none. Safe to repeat, also at once. Returns the URL."""
    with _lock():
        if not (DATA / "PG_VERSION").exists():
            _make_cluster()
        if not running_pid(_process(_port()).pid_file):
            _settle_port()
            start(_process(_port()))
        _wait()
        _make_user()
    return url()


def down() -> None:
    """Stop at once; connections are cut. The data stays."""
    with _lock():
        stop([_process(0).pid_file], patience_s=20, how=signal.SIGINT)


def wipe() -> None:
    if POSTGRES_DIR.exists():
        down()
        shutil.rmtree(POSTGRES_DIR)


def url(database: str = DATABASE) -> str:
    """Where the server listens, without the password, which is in PGPASS."""
    if not _port():
        raise LabError('There is no PostgreSQL server yet: run "lab/postgres up" first.')
    return f"postgresql://{USER}@127.0.0.1:{_port()}/{database}"


def environment_lines() -> str:
    """Shell lines with which clients find the password."""
    return f"export PGPASSFILE={PGPASS}"


@contextmanager
def _lock() -> Iterator[None]:
    POSTGRES_DIR.mkdir(parents=True, exist_ok=True)
    with (HOME / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _server_user() -> str | None:
    """Whom the server runs as: ourselves (None), or the package's user where we are root."""
    return "postgres" if os.geteuid() == 0 else None


def _programs() -> Path:
    """The newest version's programs, which Debian keeps out of the PATH."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[4]))
    if not found:
        raise LabError('PostgreSQL is missing: run "lab/lab install" first.')
    return found[-1].parent


def _make_cluster() -> None:
    user = _server_user()
    shutil.rmtree(DATA, ignore_errors=True)
    DATA.mkdir(mode=0o700)
    password = POSTGRES_DIR / "password"
    password.write_text(PASSWORD)
    if user:
        shutil.chown(DATA, user)
        shutil.chown(password, user)
    options = ["--encoding=UTF8", "--locale=C.UTF-8", "--auth=scram-sha-256", "--no-sync", "--no-instructions"]
    command = [f"{_programs()}/initdb", "-D", str(DATA), "-U", SUPERUSER, f"--pwfile={password}", *options]
    done = subprocess.run(
        command, user=user, group=user, extra_groups=[] if user else None, cwd="/", env=clean_environment(),
        capture_output=True, text=True,
    )  # fmt: skip
    password.unlink()
    if done.returncode:
        shutil.rmtree(DATA, ignore_errors=True)
        reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise LabError(f"initdb could not make {DATA} (its user is {user or getpass.getuser()}): {reason}")


def _settle_port() -> None:
    """The port of last time if it is free, else another; the password file names it."""
    port = _port()
    if not port or not _is_free(port):
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
    PORT_FILE.write_text(f"{port}\n")
    PGPASS.touch(mode=0o600)
    PGPASS.write_text(f"127.0.0.1:{port}:*:*:{PASSWORD}\n")


def _port() -> int:
    """0 as long as none was chosen."""
    return int(PORT_FILE.read_text()) if PORT_FILE.exists() else 0


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _process(port: int) -> Process:
    # Nothing here outlives a power cut, so nothing waits for the disk.
    settings = {
        "listen_addresses": "127.0.0.1",
        "port": port,
        "unix_socket_directories": "",
        "fsync": "off",
        "shared_buffers": "16MB",
        "max_connections": 60,
    }
    command = [f"{_programs()}/postgres", "-D", str(DATA)]
    command += [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
    return Process("postgres", "postgres", tuple(command), clean_environment(), POSTGRES_DIR, port, _server_user())


def _make_user() -> None:
    if _sql(f"SELECT 1 FROM pg_roles WHERE rolname = '{USER}'").strip() != "1":
        _sql(f"CREATE ROLE {USER} LOGIN CREATEDB PASSWORD '{PASSWORD}'")
    if _sql(f"SELECT 1 FROM pg_database WHERE datname = '{DATABASE}'").strip() != "1":
        _sql(f"CREATE DATABASE {DATABASE} OWNER {USER}")


def _sql(statement: str) -> str:
    done = _psql(statement)
    if done.returncode:
        raise LabError(f"PostgreSQL refused a statement: {done.stderr.strip()}")
    return done.stdout


def _psql(statement: str) -> subprocess.CompletedProcess[str]:
    where = f"postgresql://{SUPERUSER}@127.0.0.1:{_port()}/postgres"
    env = {k: v for k, v in clean_environment().items() if not k.startswith("PG")} | {"PGPASSFILE": str(PGPASS)}
    return subprocess.run([f"{_programs()}/psql", "-XAtqc", statement, where], capture_output=True, text=True, env=env)


def _wait(timeout_s: float = 60) -> None:
    process = _process(_port())
    deadline = time.monotonic() + timeout_s
    while _psql("SELECT 1").returncode:
        if not running_pid(process.pid_file) or time.monotonic() > deadline:
            raise LabError(f"PostgreSQL did not come up: see {process.log_file}.")
        time.sleep(0.1)
