"""Makes floating IPs, leads them to ports, and forwards single ports of them."""

from typing import Any

from .network import external_network, tag
from .tenant import Tenant, chosen
from .topology import Resource, ref_of


def make_floating_ip(tenant: Tenant, resource: Resource) -> None:
    """A floating IP has no name, so its description carries the resource's."""
    api = tenant.connection.network
    found = tenant.claim(api.ips(description=resource.cloud_name, project_id=tenant.project_id))
    values: dict[str, Any] = {"description": resource.cloud_name}
    if "port_id" in resource.properties:
        values["port_id"] = tenant.id_of(resource.properties["port_id"])
    network = external_network(tenant, resource.properties["floating_network_id"])
    floating_ip = found or api.create_ip(floating_network_id=network, **values)
    tag(api, floating_ip, resource.properties)
    tenant.attributes[resource.name, "floating_ip_address"] = floating_ip.floating_ip_address
    tenant.record(resource, floating_ip.id, made=found is None, detail=floating_ip.floating_ip_address)


def associate_floating_ip(tenant: Tenant, resource: Resource) -> None:
    api, properties = tenant.connection.network, resource.properties
    floating_ip = api.get_ip(tenant.id_of(tenant.need(resource, "floatingip_id")))
    if "port_id" in properties:
        port_id = tenant.id_of(properties["port_id"])
    else:
        port_id = _first_port(tenant, tenant.topology.get(str(ref_of(tenant.need(resource, "server_id")))))
    made = floating_ip.port_id != port_id
    if made:
        floating_ip = api.update_ip(floating_ip, port_id=port_id)
    detail = f"{floating_ip.floating_ip_address} to {floating_ip.fixed_ip_address}"
    tenant.record(resource, floating_ip.id, made=made, detail=detail)


def _first_port(tenant: Tenant, server: Resource) -> str:
    """The port of a server's first NIC, which Nova made itself when the topology names only a network."""
    nic = server.properties["networks"][0]
    if "port" in nic:
        return tenant.id_of(nic["port"])
    network_id = tenant.id_of(nic["network"])
    ports = tenant.connection.network.ports(device_id=tenant.ids[server.name], network_id=network_id)
    return str(next(iter(ports)).id)


def make_port_forwarding(tenant: Tenant, resource: Resource) -> None:
    """To the first address of the port.  What is there is found by its outer port, of which an address has one."""
    api, properties = tenant.connection.network, resource.properties
    floating_ip = tenant.id_of(tenant.need(resource, "floating_ip"))
    port = api.get_port(tenant.id_of(tenant.need(resource, "port")))
    protocol, outer = tenant.need(resource, "protocol"), tenant.need(resource, "external_port")
    there = api.floating_ip_port_forwardings(floating_ip)
    found = next((f for f in there if (f.protocol, f.external_port) == (protocol, outer)), None)
    forwarding = found or api.create_floating_ip_port_forwarding(
        floating_ip,
        internal_port_id=port.id,
        internal_ip_address=port.fixed_ips[0]["ip_address"],
        **chosen(properties, "protocol", "external_port", "internal_port", "description"),
    )
    detail = f"{protocol} {outer} to {forwarding.internal_ip_address}:{forwarding.internal_port}"
    tenant.record(resource, forwarding.id, made=found is None, detail=detail)
