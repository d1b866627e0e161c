"""Ports on shared and provider networks: chooses their network at the target.

On a network of another project, a member can choose neither address nor MAC, nor set address pairs, nor turn port
security off: Neutron refuses each with 403. On an own network it can, and a fitting address is kept.
"""

from collections.abc import Mapping
from ipaddress import ip_address, ip_network
from typing import NamedTuple

from msgspec.structs import replace

from migrate.model import FixedIp, Inventory, Kind, Network, Port, Subnet
from migrate.policy.mapping import Choice, clashing_choice, external_name, nothing, unknown
from migrate.policy.policy_records import Policy
from migrate.policy.selectors import Lines, item

_SERVER_PORTS = "compute:"


class Landing(NamedTuple):
    """The target network for a port on another project's network.

    `asked`: fixed addresses on the target's subnets, an empty one where the target chooses; no entry at all where it
    chooses everything. `changed`: the port's addresses that are lost.
    """

    network: Network
    is_own: bool
    asked: tuple[FixedIp, ...]
    changed: tuple[str, ...]


# ---------------------------------------------------------------- choice of the network


def network_choices(
    source: Inventory, target: Inventory, policy: Policy, ours: Mapping[tuple[Kind, str], str]
) -> dict[str, Choice]:
    """The choice for every port on a network that the tenant does not own, by source port."""
    networks = {network.id: network for network in (*source.facts.external_networks, *source.networks)}
    offered = offered_networks(target)
    lines = Lines(policy.mappings.networks)
    servers = {server.id: server.name for server in source.servers}
    lie = {port.id: port.network_id for port in target.ports}
    found: dict[str, Choice] = {}
    for port in source.ports:
        network = networks.get(port.network_id)
        if network is not None and network.is_own and not network.is_external:
            continue
        name = external_name(port.network_id, source)
        things = [(item(Kind.PORT, port.id), port.name)]
        if port.device_owner.startswith(_SERVER_PORTS):
            things.append((item(Kind.SERVER, port.device_id), servers.get(port.device_id, "")))
        said = lines.of(things, (name, port.network_id))
        there = offered.get(lie.get(ours.get((Kind.PORT, port.id), ""), ""))
        if there is not None:
            wanted = said.target if said.target not in {None, there.id, there.name} else None
            found[port.id] = replace(_chosen(name, there, "there"), wanted=wanted or "")
        elif said.lines:
            found[port.id] = clashing_choice(name, said)
        elif said.target is not None:
            found[port.id] = _named(name, said.target, offered)
        else:
            found[port.id] = _proposed(name, network, offered)
    return found


def offered_networks(target: Inventory) -> dict[str, Network]:
    """Networks for ports: the tenant's own, shared ones, and the provider's."""
    return {network.id: network for network in (*target.facts.external_networks, *target.networks)}


def known_networks(target: Inventory) -> list[str]:
    """The names of networks for a policy: the name, or the id if the name is ambiguous."""
    offered = list(offered_networks(target).values())
    names = [network.name for network in offered]
    return sorted(network.name if names.count(network.name) == 1 else network.id for network in offered)


def _named(name: str, wanted: str, offered: Mapping[str, Network]) -> Choice:
    by_name = [network for network in offered.values() if network.name == wanted]
    chosen = offered.get(wanted) or (by_name[0] if len(by_name) == 1 else None)
    return _chosen(name, chosen, "policy") if chosen else unknown(name, wanted)


def _proposed(name: str, network: Network | None, offered: Mapping[str, Network]) -> Choice:
    """The default choice: another project's network that is as public as the old one, so that no server is exposed
    unasked.
    """
    if network is None:
        return nothing(name)
    like = [n for n in offered.values() if not n.is_own and n.is_external == network.is_external]
    same = [n for n in like if n.name == name]
    if len(same) == 1:
        return _chosen(name, same[0], "same")
    return _chosen(name, like[0], "only") if len(like) == 1 else nothing(name)


def _chosen(name: str, network: Network, why: str) -> Choice:
    return Choice(source=name, target=network.id, target_name=network.name, why=why)


# ---------------------------------------------------------------- choice of addresses


def landings(
    source: Inventory, target: Inventory, choices: Mapping[str, Choice], ours: Mapping[tuple[Kind, str], str]
) -> dict[str, Landing]:
    """The landing of each port that has a chosen network."""
    offered = offered_networks(target)
    subnets: dict[str, list[Subnet]] = {}
    for subnet in target.subnets:
        subnets.setdefault(subnet.network_id, []).append(subnet)
    # As far as a member can see it.
    holders = {(port.network_id, fixed.ip_address): port.id for port in target.ports for fixed in port.fixed_ips}
    found: dict[str, Landing] = {}
    for port in source.ports:
        choice = choices.get(port.id)
        network = offered.get(choice.target or "") if choice else None
        if network is not None:
            made = ours.get((Kind.PORT, port.id))
            # An existing port keeps its own address; otherwise only free addresses count.
            taken = {f.ip_address for f in port.fixed_ips if holders.get((network.id, f.ip_address)) != made}
            found[port.id] = _landing(port, network, subnets.get(network.id, []), taken)
    return found


def _landing(port: Port, network: Network, subnets: list[Subnet], taken: set[str]) -> Landing:
    is_own = network.is_own and not network.is_external
    asked: list[FixedIp] = []
    changed: list[str] = []
    for fixed in port.fixed_ips:
        on = _holding(subnets, fixed.ip_address, taken) if is_own else None
        if on is not None:
            asked.append(FixedIp(subnet_id=on.id, ip_address=fixed.ip_address))
            continue
        changed.append(fixed.ip_address)
        asked += [FixedIp(subnet_id=s.id, ip_address="") for s in subnets if s.ip_version == _version(fixed)][:1]
    if len(changed) == len(port.fixed_ips) and len({_version(fixed) for fixed in port.fixed_ips}) == len(changed):
        # The target's default is one address per IP version: subnets are only named if that is not enough.
        asked = []
    return Landing(network, is_own, tuple(asked), tuple(changed))


def _holding(subnets: list[Subnet], address: str, taken: set[str]) -> Subnet | None:
    """The subnet that can provide this address."""
    for subnet in subnets:
        whole, one = ip_network(subnet.cidr, strict=False), ip_address(address)
        ends = {whole.network_address, whole.broadcast_address} if whole.version == 4 else {whole.network_address}
        if one in whole and one not in ends and address != subnet.gateway_ip and address not in taken:
            return subnet
    return None


def _version(fixed: FixedIp) -> int:
    return 6 if ":" in fixed.ip_address else 4
