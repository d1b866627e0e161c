"""lab/seed: builds a tenant on a lab cloud, or prints the referee's facts about one."""

import argparse
import json
import sys
import time
from pathlib import Path

from keystoneauth1.exceptions import ClientException
from openstack.exceptions import SDKException

from .build import build
from .clouds import CLOUDS, connect, ensure_project
from .errors import SeedError
from .facts import project_facts
from .paths import TENANTS
from .quota import generous, need, set_quotas, source_flavors_at_target, tight
from .resolve import Table, resolve
from .routers import with_implicit_routers
from .sizing import sized
from .tenant import Row, Tenant
from .topology import Topology, check, load, without_kinds_not_in_lab

QUOTAS = {"tight": tight, "generous": generous}


def main(arguments: list[str] | None = None) -> int:
    options = _options(arguments)
    try:
        if options.facts:
            print(json.dumps(project_facts(options.facts), indent=1))
        else:
            _seed(options)
    except SeedError as err:
        print(f"seed: {err}", file=sys.stderr)
        return 2
    except (SDKException, ClientException) as err:
        print(f"seed: a cloud refused: {' '.join(str(err).split())}", file=sys.stderr)
        return 1
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="lab/seed", description=__doc__)
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("topology", nargs="?", help="a topology file, or the name of one in lab/tenants")
    what.add_argument("--facts", metavar="PROJECT", help="print what a project's disks hold on both clouds, as JSON")
    parser.add_argument("--overlay", type=Path, metavar="FILE", help="more resources and properties, merged in")
    parser.add_argument("--project", metavar="NAME", help="the tenant's project (default: the topology's name)")
    parser.add_argument("--scale", type=float, default=1.0, metavar="F", help="multiply the amount of content")
    parser.add_argument("--cloud", choices=CLOUDS, default="source", help="where to build it")
    parser.add_argument("--target-quota", choices=QUOTAS, default="tight", help="room at the target (default: tight)")
    return parser.parse_args(arguments)


def read_topology(path: Path, overlay: Path | None = None, scale: float = 1.0) -> tuple[Topology, list[str]]:
    """The topology as it will be built, and notes on what was left out or added.  Touches no cloud."""
    topology, skipped = without_kinds_not_in_lab(load(path, overlay))
    table = Table.load(TENANTS / "resolve.json")
    topology = resolve(topology, table)
    check(topology)
    topology, added = with_implicit_routers(topology, table.external_network)
    return sized(topology, scale), skipped + added


def _seed(options: argparse.Namespace) -> None:
    started = time.monotonic()
    path = _topology_file(options.topology)
    topology, notes = read_topology(path, options.overlay, options.scale)
    project = options.project or path.stem
    for note in notes:
        print(note)
    ensure_project(project)
    _set_target_quota(topology, project, options.target_quota)
    connection = connect(options.cloud, project)
    tenant = Tenant(options.cloud, project, connection.current_project_id, connection, topology)
    build(tenant)
    print(_table(tenant.rows))
    print(f"{project} on {options.cloud}: {len(tenant.rows)} resources in {time.monotonic() - started:.1f} s")


def _topology_file(name: str) -> Path:
    path = Path(name)
    named = TENANTS / f"{name}.json"
    return named if not path.exists() and named.exists() else path


def _set_target_quota(topology: Topology, project: str, room: str) -> None:
    target = connect("target", "admin")
    flavors = source_flavors_at_target(connect("source", "admin"), target)
    project_id = target.identity.find_project(project, ignore_missing=False).id
    set_quotas(target, project_id, need(topology, flavors), QUOTAS[room])


def _table(rows: list[Row]) -> str:
    cells = [("kind", "name", "id", "", "detail")]
    cells += [(r.kind, r.name, r.id, "made" if r.made else "found", r.detail) for r in rows]
    widths = [max(len(row[column]) for row in cells) for column in range(4)] + [0]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in cells]
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    sys.exit(main())
