"""What both clouds share: MariaDB, a RabbitMQ node (a virtual host per cloud) and the port mapper that it needs."""

from __future__ import annotations

import base64
import getpass
import hashlib
import json
import socket
import subprocess
import time
from collections.abc import Callable

from openstack_lab.config import (
    CLOUD_NAMES,
    EPMD_PORT,
    ERLANG_PORT,
    MARIADB_PORT,
    PASSWORD,
    RABBIT_PORT,
    SHARED,
    LabError,
    clean_environment,
)
from openstack_lab.processes import Process, pid_files_in, running_pid, start, stop

MARIADB_DIR = SHARED / "mariadb"
RABBIT_DIR = SHARED / "rabbit"
SOCKET = MARIADB_DIR / "socket"


def start_shared() -> None:
    start_rabbit()
    start_mariadb()


def wait_for_shared() -> None:
    _wait("RabbitMQ", "rabbitmq", _rabbit_answers)


def stop_shared() -> list[str]:
    """RabbitMQ first: it says goodbye to the port mapper."""
    files = pid_files_in(SHARED)
    killed = stop([f for f in files if f.name == "rabbitmq"], patience_s=20)
    return killed + stop([f for f in files if f.name != "rabbitmq"], patience_s=20)


def shared_processes() -> list[Process]:
    return [_mariadb(), *_rabbit()]


# -- MariaDB


def start_mariadb() -> None:
    MARIADB_DIR.mkdir(parents=True, exist_ok=True)
    if not (MARIADB_DIR / "data" / "mysql").is_dir():
        with (MARIADB_DIR / "install.log").open("wb") as log:
            done = subprocess.run(
                [
                    "mariadb-install-db",
                    "--no-defaults",
                    f"--user={getpass.getuser()}",
                    "--skip-test-db",
                    f"--datadir={MARIADB_DIR}/data",
                    "--auth-root-authentication-method=normal",
                ],
                stdout=log,
                stderr=log,
                env=clean_environment(),
            )
        if done.returncode:
            raise LabError(f"MariaDB could not make its data folder: see {MARIADB_DIR}/install.log.")
    start(_mariadb())
    _wait("MariaDB", "mariadb", lambda: _client("select 1").returncode == 0)
    run_sql(
        f"CREATE USER IF NOT EXISTS lab@'127.0.0.1' IDENTIFIED BY '{PASSWORD}'; GRANT ALL ON *.* TO lab@'127.0.0.1';"
    )


def run_sql(statements: str, database: str = "mysql") -> None:
    done = _client(statements, database)
    if done.returncode:
        raise LabError(f"MariaDB refused a statement: {done.stderr.strip()}")


def mariadb_tool(tool: str, *args: str) -> list[str]:
    """The command line of a MariaDB client tool, as root of our own server."""
    return [tool, "--no-defaults", "--skip-ssl", "-uroot", "-S", str(SOCKET), *args]


def _client(statements: str, database: str = "mysql") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        mariadb_tool("mariadb", database), input=statements, text=True, capture_output=True, env=clean_environment()
    )


def _mariadb() -> Process:
    # innodb-snapshot-isolation off: 11.8 turned it on, and eight parallel API clients then meet errors 1020 and 1305.
    # Nothing here outlives a power cut, so nothing waits for the disk either.
    command = [
        "mariadbd",
        "--no-defaults",
        f"--user={getpass.getuser()}",
        f"--datadir={MARIADB_DIR}/data",
        f"--socket={SOCKET}",
        "--bind-address=127.0.0.1",
        f"--port={MARIADB_PORT}",
        f"--pid-file={MARIADB_DIR}/mariadbd.pid",
        "--skip-log-bin",
        "--skip-name-resolve",
        # 11.4 makes itself a certificate, and clients that find one encrypt: 10 to 24 % of a GET.
        "--skip-ssl",
        "--performance-schema=off",
        "--innodb-snapshot-isolation=OFF",
        "--innodb-flush-log-at-trx-commit=0",
        "--innodb-doublewrite=0",
        "--innodb-flush-method=nosync",
        "--innodb-buffer-pool-size=256M",
        "--innodb-log-file-size=64M",
        "--max-connections=800",
        "--character-set-server=utf8mb4",
    ]
    return Process("mariadb", "shared", tuple(command), clean_environment(), SHARED, MARIADB_PORT)


# -- RabbitMQ


def start_rabbit() -> None:
    for folder in ("home", "mnesia", "log"):
        (RABBIT_DIR / folder).mkdir(parents=True, exist_ok=True)
    (RABBIT_DIR / "definitions.json").write_text(json.dumps(_definitions()))
    (RABBIT_DIR / "plugins").write_text("[].\n")
    (RABBIT_DIR / "rabbitmq.conf").write_text(
        "\n".join(
            [
                f"listeners.tcp.1 = 127.0.0.1:{RABBIT_PORT}",
                f"load_definitions = {RABBIT_DIR}/definitions.json",
                "deprecated_features.permit.transient_nonexcl_queues = true",
                "log.console.level = warning",
                "vm_memory_high_watermark.absolute = 1GB",
                "disk_free_limit.absolute = 50MB",
                "",
            ]
        )
    )
    (RABBIT_DIR / "advanced.config").write_text(
        f"[{{kernel,[{{inet_dist_use_interface,{{127,0,0,1}}}},{{inet_dist_listen_min,{ERLANG_PORT}}},"
        f"{{inet_dist_listen_max,{ERLANG_PORT}}}]}}].\n"
    )
    for process in _rabbit():
        start(process)


def _definitions() -> dict[str, list[dict[str, object]]]:
    """Users and virtual hosts, loaded at boot: no rabbitmqctl call, which costs seconds each."""
    salt = b"\1\2\3\4"
    hashed = base64.b64encode(salt + hashlib.sha256(salt + PASSWORD.encode()).digest()).decode()
    return {
        "users": [
            {"name": c, "password_hash": hashed, "hashing_algorithm": "rabbit_password_hashing_sha256", "tags": ""}
            for c in CLOUD_NAMES
        ],
        "vhosts": [{"name": c} for c in CLOUD_NAMES],
        "permissions": [{"user": c, "vhost": c, "configure": ".*", "write": ".*", "read": ".*"} for c in CLOUD_NAMES],
    }


def _rabbit() -> list[Process]:
    env = clean_environment() | {
        "HOME": f"{RABBIT_DIR}/home",
        "RABBITMQ_NODENAME": "lab@localhost",
        "RABBITMQ_MNESIA_BASE": f"{RABBIT_DIR}/mnesia",
        "RABBITMQ_LOG_BASE": f"{RABBIT_DIR}/log",
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_CONFIG_FILE": f"{RABBIT_DIR}/rabbitmq.conf",
        "RABBITMQ_ADVANCED_CONFIG_FILE": f"{RABBIT_DIR}/advanced.config",
        "RABBITMQ_CONF_ENV_FILE": "/dev/null",
        "RABBITMQ_ENABLED_PLUGINS_FILE": f"{RABBIT_DIR}/plugins",
        "RABBITMQ_DIST_PORT": str(ERLANG_PORT),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none +sbwtdcpu none +sbwtdio none",
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "ERL_EPMD_PORT": str(EPMD_PORT),
    }
    # Started here, in the foreground and on loopback, or the Erlang runtime leaves one of its own on all addresses.
    epmd = Process("epmd", "shared", ("epmd", "-address", "127.0.0.1", "-port", str(EPMD_PORT)), env, SHARED, EPMD_PORT)
    node = Process("rabbitmq", "shared", ("/usr/lib/rabbitmq/bin/rabbitmq-server",), env, SHARED, RABBIT_PORT)
    return [epmd, node]


def _rabbit_answers() -> bool:
    try:
        with socket.create_connection(("127.0.0.1", RABBIT_PORT), 1) as connection:
            connection.settimeout(2)
            connection.sendall(b"AMQP\0\0\x09\x01")
            return bool(connection.recv(8))
    except OSError:
        return False


def _wait(what: str, name: str, answers: Callable[[], bool], timeout_s: float = 180) -> None:
    pid_file, log = SHARED / "pids" / name, SHARED / "log" / f"{name}.log"
    deadline = time.monotonic() + timeout_s
    while not answers():
        if not running_pid(pid_file) or time.monotonic() > deadline:
            raise LabError(f"{what} did not come up: see {log}.")
        time.sleep(0.1)
