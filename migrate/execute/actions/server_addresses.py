"""The addresses of a server, old and new, as programs of the customer's read them."""

from collections.abc import Callable, Sequence

from migrate.clouds.ports import Cloud
from migrate.model import Kind
from migrate.model.health_checks import ServerAddress
from migrate.model.steps import MakeFloatingIp, MakeNetwork, MakePort, MakeServer, Plan

TargetId = Callable[[Kind, str], str | None]
"""Maps kind and source id to the id at the target, None if there is nothing for it."""


def planned_addresses(plan: Plan, server_id: str) -> tuple[ServerAddress, ...]:
    """The addresses of a server that move, from the plan alone: by NIC, behind each fixed one its floating IPs."""
    makes = [step.action for step in plan.steps if isinstance(step.action, MakeServer)]
    nics = [port_id for make in makes if make.server.id == server_id for port_id in make.server.port_ids]
    ports = {step.action.want.id: step.action.want for step in plan.steps if isinstance(step.action, MakePort)}
    floating = [step.action.want for step in plan.steps if isinstance(step.action, MakeFloatingIp)]
    names = {step.action.want.id: step.action.want.name for step in plan.steps if isinstance(step.action, MakeNetwork)}
    found: list[ServerAddress] = []
    for port in (ports[port_id] for port_id in nics if port_id in ports):
        network = names.get(port.network_id) or port.network_id
        place = {"port_id": port.id, "network": network, "network_id": port.network_id}
        found += [ServerAddress(old=fixed.ip_address, **place) for fixed in port.fixed_ips]
        of_port = (one for one in floating if one.port_id == port.id)
        found += [ServerAddress(old=one.address, floating_ip_id=one.id, **place) for one in of_port]
    return tuple(found)


def addresses_now(target: Cloud, target_id: TargetId, addresses: Sequence[ServerAddress]) -> dict[ServerAddress, str]:
    """What each address of the source is at the target, empty for one that is not there."""
    state = target.network.state()
    ports = {port.id: [fixed.ip_address for fixed in port.fixed_ips] for port in state.ports}
    floating = {one.id: one.address for one in state.floating_ips if one.port_id}
    found: dict[ServerAddress, str] = {}
    for one in addresses:
        if one.floating_ip_id:
            found[one] = floating.get(target_id(Kind.FLOATING_IP, one.floating_ip_id) or "", "")
            continue
        # Kept, but on another project's network, where the target has chosen: then the next of the port's.
        there = ports.get(target_id(Kind.PORT, one.port_id) or "", [])
        free = [address for address in there if address not in found.values()]
        found[one] = one.old if one.old in there else next(iter(free), "")
    return found


def told_addresses(
    addresses: Sequence[ServerAddress], at_target: Callable[[ServerAddress], str]
) -> list[dict[str, str | None]]:
    """For JSON; `new` is null for an address that is not at the target."""
    return [
        {
            "kind": "floating" if one.floating_ip_id else "fixed",
            "network": one.network,
            "old": one.old,
            "new": at_target(one) or None,
        }
        for one in addresses
    ]
