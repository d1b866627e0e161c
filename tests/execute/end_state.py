"""What a migration has come to, in a form in which two of them can be compared: no id or address of the target's."""

import re
from collections import Counter
from typing import Any

import msgspec

from migrate.model import Image, Kind, Role, Snapshot, Volume, mark_of
from tests.execute.rig import Rig

_ID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}")
_OF_THE_CLOUD = {"created_at", "mac_address", "fingerprint"}
"""Fields that the target chooses by itself."""
_IN_ORDER = {"attachments", "port_ids"}
"""Fields whose order a guest sees: its disks and its interfaces."""


def end_state(rig: Rig) -> dict[str, list[Any]]:
    """Everything at the target that a customer sees, each id by what it stands for; the source's own, as it is."""
    ledger = rig.ledger()
    names = {e.resource_id: f"{e.kind}:{e.source_id}" for e in ledger.effects(side="target") if e.role is Role.MOVED}
    ledger.close()
    target = rig.cloud("target")
    state = target.network.state()
    # By address: each is taken from a pool, in the order in which they are asked for.
    names |= {ip.address: f"address of {names.get(ip.id)}" for ip in state.floating_ips}
    kinds = {
        "networks": [n for n in state.networks if n.is_own],
        "subnets": state.subnets,
        "routers": state.routers,
        "ports": [port for port in state.ports if mark_of(port)],
        "groups": state.security_groups,
        "floating": state.floating_ips,
        "trunks": state.trunks,
        "keypairs": target.compute.keypairs(),
        "servers": target.compute.servers(),
        "server groups": target.compute.server_groups(),
        "images": target.images.images(),
        "volumes": target.block.volumes(),
        "snapshots": target.block.snapshots(),
        "containers": [target.objects.container(c.name) for c in target.objects.containers()],
    }
    told = {kind: [_told(thing, names) for thing in things] for kind, things in kinds.items()}
    told["source"] = [_told(thing, {}) for thing in _of_source(rig)]
    return {kind: sorted(things, key=str) for kind, things in told.items()}


def _of_source(rig: Rig) -> list[Any]:
    source = rig.cloud("source")
    block, images = source.block, source.images
    return [*block.volumes(), *block.snapshots(), *block.backups(), *images.images(), *source.compute.servers()]


def _told(value: Any, names: dict[str, str]) -> Any:
    value = msgspec.to_builtins(value)
    if isinstance(value, dict):
        return {
            key: [_told(one, names) for one in item] if key in _IN_ORDER else _told(item, names)
            for key, item in value.items()
            if key not in _OF_THE_CLOUD
        }
    if isinstance(value, list | tuple):
        return sorted((_told(item, names) for item in value), key=str)
    if isinstance(value, str):
        if names and _ID.fullmatch(value) and value not in names:
            return "chosen by the target"
        for own, name in names.items():
            value = value.replace(own, name)
    return value


def changes_asked(rig: Rig, side: str) -> Counter[tuple[str, str, str]]:
    """How often each kind of change was asked of a cloud: ids in paths are left out, and names of objects."""
    world = rig.source_world if side == "source" else rig.target_world
    return Counter(
        (method, service, _ID.sub("ID", path) if service != "object-store" else path)
        for method, service, path in world.log
        if method not in {"GET", "HEAD"}
    )


def twins(rig: Rig) -> list[str]:
    """Marks that two things of one kind carry."""
    target = rig.cloud("target")
    state = target.network.state()
    things = [*state.ports, *state.networks, *state.subnets, *state.routers, *state.security_groups, *state.trunks]
    things += [*state.floating_ips, *target.images.images(), *target.block.volumes(), *target.compute.servers()]
    carried = Counter((type(thing).__name__, str(mark)) for thing in things if (mark := mark_of(thing)))
    return [f"{kind} {mark}" for (kind, mark), count in carried.items() if count > 1]


def temporaries(rig: Rig) -> list[str]:
    """What is left of ours on either side: by its mark, or by a name that is one."""
    found = []
    for side in ("source", "target"):
        cloud = rig.cloud(side)
        things: list[Image | Volume | Snapshot] = [
            *cloud.images.images(),
            *cloud.block.volumes(),
            *cloud.block.snapshots(),
        ]
        for thing in things:
            mark = mark_of(thing)
            if thing.name.startswith("decamp-t-") or (mark and mark.role is Role.TEMPORARY):
                found.append(f"{side} {type(thing).__name__} {thing.name}")
    ledger = rig.ledger()
    found += [f"ledger {e.kind} {e.resource_id}" for e in ledger.effects() if e.role is Role.TEMPORARY]
    ledger.close()
    return found


def segments_digest(rig: Rig, kind: Kind) -> set[str]:
    """Source ids of what the ledger says is at the target."""
    ledger = rig.ledger()
    found = {e.source_id for e in ledger.effects(side="target") if e.kind is kind and e.role is Role.MOVED}
    ledger.close()
    return found


def assert_whole(rig: Rig) -> None:
    """Verified; each thing once; no temporary of ours on either side."""
    evidence = rig.verify()
    different = [row for row in evidence.rows if row.differences]
    assert different == [], different
    for side in ("source", "target"):
        cloud = rig.cloud(side)
        things = [
            *cloud.images.images(),
            *cloud.block.volumes(),
            *cloud.block.snapshots(),
            *cloud.compute.servers(),
            *cloud.network.state().ports,
            *cloud.network.state().networks,
            *cloud.network.state().routers,
            *cloud.network.state().security_groups,
            *cloud.network.state().floating_ips,
        ]
        marks = [(type(thing).__name__, mark) for thing in things if (mark := mark_of(thing))]
        double = [m for m, count in Counter((name, str(mark)) for name, mark in marks).items() if count > 1]
        assert double == [], double
        left = [m for m in marks if m[1].role is Role.TEMPORARY]
        assert left == [], left
    assert {step.kind for step in rig.ledger().effects(side="source")} == set()
