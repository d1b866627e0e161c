"""Tenants of several servers."""

from msgspec.structs import replace

from migrate.model import Attachment, Inventory
from migrate.model.steps import Plan
from migrate.plan.build_plan import build_plan
from migrate.policy.policy_records import Mappings
from tests.plan.tenants import (
    attached,
    backup,
    empty,
    image,
    in_id_order,
    lan,
    policy,
    port,
    server,
    snapshot,
    source_facts,
    target,
    uid,
    volume,
)


def several(**sizes_gib: int) -> Inventory:
    """Servers with a port, a root disk and a volume of that size each; a volume that nobody has, with its history."""
    ports = {name: port(name, f"10.20.0.{20 + number}") for number, name in enumerate(sizes_gib)}
    held = [
        attached(server(name, port_ids=(ports[name].id,)), volume(f"of-{name}", gib)) for name, gib in sizes_gib.items()
    ]
    parts = lan() | {
        "ports": tuple(ports.values()),
        "servers": tuple(one for one, _ in held),
        "volumes": (*(disk for _, disks in held for disk in disks), volume("data", 1000)),
        "snapshots": (snapshot(),),
        "backups": (backup(),),
        "images": (image(),),
    }
    return in_id_order(empty(**parts))


def shared(source: Inventory, name: str, *servers: str) -> Inventory:
    """The volume is held by these servers too."""
    links = tuple(Attachment(server_id=uid(f"server {one}"), volume_id=uid(f"volume {name}")) for one in servers)
    return replace(
        source,
        volumes=tuple(
            replace(v, attachments=(*v.attachments, *links), volume_type="cluster") if v.name == name else v
            for v in source.volumes
        ),
        facts=source_facts(volume_types=("standard", "cluster"), shared_volume_types=("cluster",)),
    )


def plan_of(source: Inventory) -> Plan:
    said = policy(consistency="stopped", backups="volume", mappings=Mappings(volume_types={"cluster": "classic"}))
    return build_plan(source, target(shared_volume_types=("classic",)), said)
