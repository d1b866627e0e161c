"""The addresses of a server, old and new, as programs of the customer's read them."""

from collections.abc import Callable, Sequence

from migrate.execute.job import Job
from migrate.model import Kind
from migrate.model.health_checks import ServerAddress


def addresses_now(job: Job, addresses: Sequence[ServerAddress]) -> dict[ServerAddress, str]:
    """What each address of the source is at the target, empty for one that is not there."""
    state = job.target.network.state()
    ports = {port.id: [fixed.ip_address for fixed in port.fixed_ips] for port in state.ports}
    floating = {one.id: one.address for one in state.floating_ips if one.port_id}
    found: dict[ServerAddress, str] = {}
    for one in addresses:
        if one.floating_ip_id:
            found[one] = floating.get(job.known_target_id(Kind.FLOATING_IP, one.floating_ip_id) or "", "")
            continue
        # Kept, but on another project's network, where the target has chosen: then the next of the port's.
        there = ports.get(job.known_target_id(Kind.PORT, one.port_id) or "", [])
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
