"""What happens to each address of the source project: kept, changed or left behind."""

from enum import StrEnum

from migrate.model import Inventory
from migrate.model.steps import MakeFloatingIp, MakePort, Plan

_SERVICE_OWNER = "network:"


class Fate(StrEnum):
    """Kept at the target, replaced by a new address, or left behind with a resource that does not move."""

    KEPT = "kept"
    CHANGES = "changes"
    STAYS = "stays"


def address_fates(plan: Plan, source: Inventory) -> dict[str, Fate]:
    """Fates by address, of floating IPs and of all ports except those of routers and DHCP.

    If two networks use the same address, a change counts more than the other fates.
    """
    found: list[tuple[str, Fate]] = []
    for step in plan.steps:
        if isinstance(step.action, MakeFloatingIp):
            found.append((step.action.want.address, Fate.CHANGES))
        elif isinstance(step.action, MakePort):
            changed = step.action.changed_addresses
            fixed = (one.ip_address for one in step.action.want.fixed_ips)
            found += [(address, Fate.CHANGES if address in changed else Fate.KEPT) for address in fixed]
    moved = {address for address, _ in found}
    found += [(address, Fate.STAYS) for address in addresses_of(source) if address not in moved]
    # For each address the last entry counts.
    return dict(sorted(found, key=lambda one: one[1] is Fate.CHANGES))


def addresses_of(inventory: Inventory) -> list[str]:
    """Addresses of floating IPs, and of all ports except those of routers and DHCP."""
    ports = (port for port in inventory.ports if not port.device_owner.startswith(_SERVICE_OWNER))
    fixed = [one.ip_address for port in ports for one in port.fixed_ips]
    return [one.address for one in inventory.floating_ips] + fixed
