"""Makes the databases of the clouds.

The schemas take some 30 s of CPU to build by migrations, and they are alike in both clouds: they are built once, kept
as SQL beside the database server, and loaded for the other cloud (and after a wipe of one cloud).
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from openstack_lab.config import BIN, SHARED, Cloud, LabError, clean_environment
from openstack_lab.services import service_environment
from openstack_lab.settings import compute_host, config_arguments
from openstack_lab.shared import mariadb_tool, run_sql

SCHEMAS = SHARED / "schemas"


@dataclass(frozen=True)
class Schema:
    """A schema, the command that builds it, and the databases that have it."""

    service: str
    command: tuple[str, ...]
    databases: tuple[str, ...]


# The longest first, so that the last one does not run alone.
ALL_SCHEMAS = (
    Schema("neutron", ("neutron-db-manage", "upgrade", "heads"), ("neutron",)),
    Schema("nova", ("nova-manage", "db", "sync", "--local_cell"), ("nova", "nova_cell0")),
    Schema("cinder", ("cinder-manage", "db", "sync"), ("cinder",)),
    Schema("keystone", ("keystone-manage", "db_sync"), ("keystone",)),
    Schema("nova", ("nova-manage", "api_db", "sync"), ("nova_api",)),
    Schema("glance", ("glance-manage", "db_sync"), ("glance",)),
    Schema("placement", ("placement-manage", "db", "sync"), ("placement",)),
)


def prepare_databases(clouds: Sequence[Cloud]) -> None:
    missing = [cloud for cloud in clouds if not _done(cloud).exists()]
    if not missing:
        return
    SCHEMAS.mkdir(parents=True, exist_ok=True)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda schema: _make(schema, missing), ALL_SCHEMAS))
    for cloud in missing:
        _register_cells(cloud)
        _done(cloud).touch()


def manage(cloud: Cloud, service: str, command: Sequence[str]) -> None:
    """Run a service's own management command; its output goes to a log of its own."""
    cloud.logs.mkdir(parents=True, exist_ok=True)
    log = cloud.logs / f"setup-{service}.log"
    with log.open("ab") as output:
        done = subprocess.run(
            [f"{BIN}/{command[0]}", *config_arguments(cloud, service), *command[1:]],
            cwd=cloud.data,
            env=service_environment(cloud, service),
            stdout=output,
            stderr=output,
        )
    if done.returncode:
        raise LabError(f"{command[0]} failed for the {cloud.name} cloud: see {log}.")


def _done(cloud: Cloud) -> Path:
    return cloud.data / ".databases-made"


def _make(schema: Schema, clouds: Sequence[Cloud]) -> None:
    saved = SCHEMAS / f"{schema.databases[0]}.sql"
    for cloud in clouds:
        names = [f"{cloud.name}_{database}" for database in schema.databases]
        run_sql("".join(f"DROP DATABASE IF EXISTS `{n}`; CREATE DATABASE `{n}` CHARACTER SET utf8mb4;" for n in names))
        if not saved.exists():
            manage(cloud, schema.service, schema.command)
            _dump(names[0], saved)
            names = names[1:]
        for name in names:
            run_sql(saved.read_text(), name)


def _dump(database: str, saved: Path) -> None:
    part = saved.with_suffix(".part")
    with part.open("wb") as output:
        done = subprocess.run(mariadb_tool("mariadb-dump", database), stdout=output, env=clean_environment())
    if done.returncode:
        raise LabError(f"mariadb-dump could not save the schema of {database}.")
    part.rename(saved)


def _register_cells(cloud: Cloud) -> None:
    """What `nova-manage cell_v2` map_cell0, create_cell and discover_hosts would write, without three slow starts."""
    cells = [
        (1, "00000000-0000-0000-0000-000000000000", "cell0", "none:///", cloud.database_url("nova_cell0")),
        (2, "00000000-0000-0000-0000-000000000001", "cell1", cloud.rabbit_url, cloud.database_url("nova")),
    ]
    rows = ",".join(
        f"(NOW(),{number},'{uuid}','{name}','{queue}','{database}',0)" for number, uuid, name, queue, database in cells
    )
    run_sql(
        "INSERT INTO cell_mappings (created_at,id,uuid,name,transport_url,database_connection,disabled) "
        f"VALUES {rows}; INSERT INTO host_mappings (created_at,cell_id,host) VALUES (NOW(),2,'{compute_host(cloud)}');",
        f"{cloud.name}_nova_api",
    )
