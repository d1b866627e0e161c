"""Addresses of a memory world: free ones in a subnet, and those in use."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from migrate.demo.memory import error_answers
from migrate.demo.memory.resource_table import Row
from migrate.demo.memory.world import World
from migrate.model import AllocationPool, FixedIp, Port, Subnet

_SEARCH = 65536
_Address = IPv4Address | IPv6Address


def check_subnet(world: World, want: Subnet) -> None:
    """Raises Refused: invalid CIDR, gateway or pool outside it, overlap within the network."""
    try:
        net = ip_network(want.cidr)
        inside = [want.gateway_ip] if want.gateway_ip else []
        inside += [address for pool in want.allocation_pools for address in (pool.start, pool.end)]
        outside = [address for address in inside if ip_address(address) not in net]
    except ValueError as err:
        raise error_answers.refused(f"subnet {want.cidr}") from err
    if outside or net.version != want.ip_version:
        raise error_answers.refused(f"addresses {outside} outside {want.cidr}")
    if want.gateway_ip and any(in_pool(want.gateway_ip, pool) for pool in want.allocation_pools):
        raise error_answers.refused(f"gateway {want.gateway_ip} in an allocation pool")
    for row in world.subnets.rows.values():
        other = ip_network(row.record.cidr)
        if row.record.network_id == want.network_id and other.version == net.version and other.overlaps(net):
            raise error_answers.refused(f"{want.cidr} overlaps {row.record.cidr}")


def default_pools(cidr: str, gateway_ip: str | None) -> tuple[AllocationPool, ...]:
    """The default pools: the whole subnet without network, broadcast and gateway address."""
    net = ip_network(cidr)
    last = -1 if net.version == 6 else -2
    first, end = int(net[1]), int(net[last])
    gateway = int(ip_address(gateway_ip)) if gateway_ip else None
    spans = [(first, end)]
    if gateway is not None and first <= gateway <= end:
        spans = [(first, gateway - 1), (gateway + 1, end)]
    kind = type(net[0])
    return tuple(AllocationPool(start=str(kind(a)), end=str(kind(b))) for a, b in spans if a <= b)


def in_pool(address: str, pool: AllocationPool) -> bool:
    return int(ip_address(pool.start)) <= int(ip_address(address)) <= int(ip_address(pool.end))


def in_use(world: World, subnet_id: str) -> set[str]:
    """All addresses on the subnet held by a port, including routers' ports."""
    return {
        fixed.ip_address
        for row in world.ports.rows.values()
        for fixed in row.record.fixed_ips
        if fixed.subnet_id == subnet_id
    }


def take(world: World, subnet: Subnet, address: str | None) -> FixedIp:
    """The given address, or the first free one of the pools. Raises ConflictError: in use; Refused: none left."""
    used = in_use(world, subnet.id)
    if address:
        if ip_address(address) not in ip_network(subnet.cidr):
            raise error_answers.refused(f"{address} is outside {subnet.cidr}")
        if address in used:
            raise error_answers.taken("ip-address", address)
        return FixedIp(subnet_id=subnet.id, ip_address=address)
    for pool in subnet.allocation_pools:
        start: _Address = ip_address(pool.start)
        count = min(int(ip_address(pool.end)) - int(start) + 1, _SEARCH)
        free = next((start + i for i in range(count) if str(start + i) not in used), None)
        if free is not None:
            return FixedIp(subnet_id=subnet.id, ip_address=str(free))
    raise error_answers.refused(f"no address left on {subnet.cidr}")


def service_port(
    world: World, project_id: str, subnet: Subnet, address: str | None, *, owner: str = "", device: str = ""
) -> Port:
    """A port for a router or DHCP, with this address or the first free one."""
    port = Port(
        id=world.new_id(),
        network_id=subnet.network_id,
        mac_address=world.new_mac(),
        fixed_ips=(take(world, subnet, address),),
        device_owner=owner,
        device_id=device,
        port_security_enabled=False,
    )
    world.ports.add(port.id, Row(project_id, port))
    return port


def floating(world: World) -> str:
    """The next free address on the external network."""
    used = {row.record.address for row in world.floating_ips.rows.values()}
    hosts = ip_network(world.offer.external_cidr).hosts()
    next(hosts)
    free = next((str(host) for host in hosts if str(host) not in used), None)
    if free is None:
        raise error_answers.refused(f"no address left on {world.offer.external_cidr}")
    return free
