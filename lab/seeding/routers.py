"""Adds the router that a floating IP needs.

Cloudwatt's templates mostly associate floating IPs on networks without a router, because that cloud routed them by
itself.  Neutron answers 404 to that, so the seeder puts one router with a gateway where none is.
"""

from .topology import Resource, Topology, ref_of

IMPLICIT_ROUTER = "implicit-router"


def with_implicit_routers(topology: Topology, external_network: str) -> tuple[Topology, list[str]]:
    """Give every network with an associated floating IP a router with a gateway.  Returns notes on what was added."""
    gateway = {"network": external_network}
    notes: list[str] = []
    for network in _networks_with_floating_ips(topology):
        subnets = [s.name for s in topology.of_kind("subnet") if ref_of(s.properties.get("network_id")) == network]
        router = _router_of(topology, subnets)
        if router is None and subnets:
            if not topology.has(IMPLICIT_ROUTER):
                topology = topology.adding(Resource(IMPLICIT_ROUTER, "router", {"external_gateway_info": gateway}))
            topology = topology.adding(_interface(subnets[0]))
            notes.append(f"router {IMPLICIT_ROUTER}: added for the floating IP on {network}")
        elif router is not None and "external_gateway_info" not in topology.get(router).properties:
            topology = topology.mapping(
                lambda r, name=router: r.having(external_gateway_info=gateway) if r.name == name else r
            )
            notes.append(f"router {router}: gateway added for the floating IP on {network}")
    return topology, notes


def _interface(subnet: str) -> Resource:
    refs = {"router_id": {"ref": IMPLICIT_ROUTER}, "subnet_id": {"ref": subnet}}
    return Resource(f"{IMPLICIT_ROUTER}-{subnet}", "router_interface", refs)


def _router_of(topology: Topology, subnets: list[str]) -> str | None:
    for interface in topology.of_kind("router_interface"):
        if ref_of(interface.properties.get("subnet_id")) in subnets:
            return ref_of(interface.properties.get("router_id"))
    return None


def _networks_with_floating_ips(topology: Topology) -> list[str]:
    """Names of the networks, each once, in the order of the associations."""
    found: dict[str, None] = {}
    for holder in topology.of_kind("floating_ip_association") + topology.of_kind("floating_ip"):
        port = ref_of(holder.properties.get("port_id"))
        server = ref_of(holder.properties.get("server_id"))
        if port is None and server is not None:
            network = _first_network(topology, topology.get(server))
        else:
            network = port and _port_network(topology, port)
        if network is not None:
            found[network] = None
    return list(found)


def _first_network(topology: Topology, server: Resource) -> str | None:
    for nic in server.properties.get("networks", []):
        port = ref_of(nic.get("port"))
        return _port_network(topology, port) if port is not None else ref_of(nic.get("network"))
    return None


def _port_network(topology: Topology, port: str) -> str | None:
    return ref_of(topology.get(port).properties.get("network_id"))
