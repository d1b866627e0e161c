"""Empties a tenant: servers first, then what they held, networks and objects last."""

import sys
import time
from collections.abc import Callable, Iterable
from typing import Any

import openstack.exceptions

from .clouds import connect
from .swift import Swift

# The group "default" is never without itself, and a new tenant's has these: in from its members, out to everywhere.
BORN_RULES = tuple((direction, version) for direction in ("ingress", "egress") for version in ("IPv4", "IPv6"))


def sweep(cloud: str, project: str) -> int:
    """Deletes everything of the project and returns how many things that were. One that was never made has none."""
    try:
        c = connect(cloud, project)
    except openstack.exceptions.ConfigException:
        return 0
    me = c.current_project_id
    gone = 0
    for server in c.compute.servers():
        if server.is_locked:
            c.compute.unlock_server(server)
    gone += _delete(c.compute.servers, c.compute.delete_server)
    gone += _delete(c.compute.server_groups, c.compute.delete_server_group)
    gone += _delete(c.block_storage.backups, c.block_storage.delete_backup)
    gone += _delete(c.block_storage.snapshots, c.block_storage.delete_snapshot)
    gone += _delete(c.block_storage.volumes, c.block_storage.delete_volume)
    for image in [*c.image.images(owner=me), *c.image.images(owner=me, is_hidden=True)]:
        if image.is_protected:
            c.image.update_image(image, is_protected=False)
        c.image.delete_image(image)
        gone += 1
    gone += _delete(c.compute.keypairs, c.compute.delete_keypair)
    return gone + _sweep_network(c, me) + _sweep_objects(c)


def _delete(listing: Callable[[], Iterable[Any]], delete: Callable[[Any], Any], limit_s: float = 120) -> int:
    """Deletes what is listed, until nothing is: a volume that is still detaching refuses at first."""
    asked: set[str] = set()
    end = time.monotonic() + limit_s
    while things := list(listing()):
        if time.monotonic() > end:
            raise SystemExit(f"sweep: {type(things[0]).__name__} {things[0].id} does not go")
        for thing in things:
            try:
                delete(thing)
                asked.add(thing.id)
            except (openstack.exceptions.BadRequestException, openstack.exceptions.ConflictException):
                continue
        time.sleep(0.3)
    return len(asked)


def _sweep_network(c: Any, me: str) -> int:
    net, gone = c.network, 0
    for address in list(net.ips(project_id=me)):
        for forwarding in list(net.floating_ip_port_forwardings(address)):
            net.delete_floating_ip_port_forwarding(address, forwarding)
            gone += 1
        net.delete_ip(address)
        gone += 1
    for router in list(net.routers(project_id=me)):
        net.update_router(router, routes=[])
        for port in list(net.ports(device_id=router.id)):
            if port.device_owner.startswith("network:router_interface"):
                net.remove_interface_from_router(router, port_id=port.id)
        net.delete_router(router)
        gone += 1
    for trunk in list(net.trunks(project_id=me)):
        net.delete_trunk(trunk)
        gone += 1
    for port in list(net.ports(project_id=me)):
        if not port.device_owner.startswith("network:"):
            net.delete_port(port)
            gone += 1
    for network in list(net.networks(project_id=me)):
        net.delete_network(network)
        gone += 1
    groups = list(net.security_groups(project_id=me))
    # Groups name each other in their rules: without rules they go in any order.
    for group in groups:
        _leave_rules(net, group, BORN_RULES if group.name == "default" else ())
    for group in groups:
        if group.name != "default":
            net.delete_security_group(group)
            gone += 1
    return gone


def _leave_rules(net: Any, group: Any, wanted: Iterable[tuple[str, str]]) -> None:
    """Delete the group's rules but the wanted ones, and make those of them that are missing."""
    missing = set(wanted)
    for rule in group.security_group_rules:
        kind = (rule["direction"], rule["ethertype"])
        narrow = any(rule[key] for key in ("protocol", "remote_ip_prefix", "description"))
        if kind in missing and not narrow and rule["remote_group_id"] == _born_remote(group, kind[0]):
            missing.remove(kind)
        else:
            net.delete_security_group_rule(rule["id"])
    for direction, ethertype in missing:
        remote = _born_remote(group, direction)
        net.create_security_group_rule(
            security_group_id=group.id, direction=direction, ether_type=ethertype, remote_group_id=remote
        )


def _born_remote(group: Any, direction: str) -> str | None:
    return str(group.id) if direction == "ingress" else None


def _sweep_objects(c: Any) -> int:
    swift = Swift.of(c)
    return sum(swift.delete_all(container) for container in swift.containers())


if __name__ == "__main__":
    if len(sys.argv) != 3 or sys.argv[1] not in {"source", "target"}:
        raise SystemExit("sweep: say lab/sweep source|target PROJECT")
    print(f"{sys.argv[1]} {sys.argv[2]}: {sweep(sys.argv[1], sys.argv[2])} things removed")
