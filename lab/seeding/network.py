"""Makes networks, subnets, routers, security groups and ports, as a member."""

from typing import Any

from openstack import exceptions

from .tenant import Tenant, chosen
from .topology import Resource

SUBNET_KEYS = (
    "description",
    "allocation_pools",
    "dns_nameservers",
    "host_routes",
    "enable_dhcp",
    "gateway_ip",
    "ipv6_address_mode",
    "ipv6_ra_mode",
)
PORT_KEYS = (
    "description",
    "mac_address",
    "allowed_address_pairs",
    "port_security_enabled",
    "admin_state_up",
    "extra_dhcp_opts",
)


def make_network(tenant: Tenant, resource: Resource) -> None:
    api, name, properties = tenant.connection.network, resource.cloud_name, resource.properties
    found = tenant.claim(api.networks(name=name, project_id=tenant.project_id))
    keys = ("description", "mtu", "port_security_enabled", "admin_state_up")
    network = found or api.create_network(name=name, **chosen(properties, *keys))
    tag(api, network, properties)
    tenant.record(resource, network.id, made=found is None)


def make_subnet(tenant: Tenant, resource: Resource) -> None:
    api, properties = tenant.connection.network, resource.properties
    network_id = tenant.id_of(tenant.need(resource, "network_id"))
    cidr = tenant.need(resource, "cidr")
    found = tenant.claim(api.subnets(name=resource.cloud_name, network_id=network_id))
    subnet = found or api.create_subnet(
        name=resource.cloud_name,
        network_id=network_id,
        cidr=cidr,
        ip_version=properties.get("ip_version", 4),
        **chosen(properties, *SUBNET_KEYS),
    )
    tag(api, subnet, properties)
    tenant.record(resource, subnet.id, made=found is None, detail=cidr)


def make_router(tenant: Tenant, resource: Resource) -> None:
    api, properties = tenant.connection.network, resource.properties
    found = tenant.claim(api.routers(name=resource.cloud_name, project_id=tenant.project_id))
    values = chosen(properties, "description", "admin_state_up")
    if "external_gateway_info" in properties:
        network = external_network(tenant, properties["external_gateway_info"]["network"])
        values["external_gateway_info"] = {"network_id": network}
    router = found or api.create_router(name=resource.cloud_name, **values)
    tag(api, router, properties)
    detail = "with gateway" if "external_gateway_info" in properties else ""
    tenant.record(resource, router.id, made=found is None, detail=detail)


def make_router_interface(tenant: Tenant, resource: Resource) -> None:
    api = tenant.connection.network
    router_id = tenant.id_of(tenant.need(resource, "router_id"))
    subnet_id = tenant.id_of(tenant.need(resource, "subnet_id"))
    ports = [p for p in api.ports(device_id=router_id) if any(a["subnet_id"] == subnet_id for a in p.fixed_ips)]
    port_id = ports[0].id if ports else api.add_interface_to_router(router_id, subnet_id=subnet_id)["port_id"]
    tenant.record(resource, port_id, made=not ports)


def make_routes(tenant: Tenant, resource: Resource) -> None:
    """A router's static routes: Neutron takes none whose next hop is on no interface of it."""
    api = tenant.connection.network
    if "routes" in resource.properties:
        router, routes = api.get_router(tenant.ids[resource.name]), resource.properties["routes"]
        if router.routes != routes:
            api.update_router(router, routes=routes)


def make_security_group(tenant: Tenant, resource: Resource) -> None:
    """The group without its rules: these may refer to groups that come later."""
    api, properties = tenant.connection.network, resource.properties
    found = tenant.claim(api.security_groups(name=resource.cloud_name, project_id=tenant.project_id))
    values = chosen(properties, "description", "stateful")
    group = found or api.create_security_group(name=resource.cloud_name, **values)
    tag(api, group, properties)
    tenant.record(resource, group.id, made=found is None, detail=f"{len(properties.get('rules', []))} rules")


def make_rules(tenant: Tenant, resource: Resource) -> None:
    """The group's rules, spelled as the topology has them (`TCP`, 1-65535): what the cloud makes of it is the point."""
    api, group_id = tenant.connection.network, tenant.ids[resource.name]
    rules = resource.properties.get("rules", [])
    if any(rule.get("direction") == "egress" for rule in rules):
        # As Heat does: egress rules of one's own replace the two that let everything out.
        for rule in api.security_group_rules(security_group_id=group_id, direction="egress"):
            if not (rule.protocol or rule.remote_ip_prefix or rule.remote_group_id or rule.description):
                api.delete_security_group_rule(rule)
    for rule in rules:
        values = {key: tenant.value_of(value) for key, value in rule.items()}
        values = {"direction": "ingress", **values, "security_group_id": group_id}
        if "remote_group_id" in rule:
            values["remote_group_id"] = tenant.id_of(rule["remote_group_id"])
        try:
            api.create_security_group_rule(**values)
        except exceptions.ConflictException:
            # Neutron names the rule that is there: from an earlier run, or the same once both are made canonical.
            continue


def make_port(tenant: Tenant, resource: Resource) -> None:
    api, properties = tenant.connection.network, resource.properties
    network_id = tenant.id_of(tenant.need(resource, "network_id"))
    found = tenant.claim(api.ports(name=resource.cloud_name, network_id=network_id))
    values = chosen(properties, *PORT_KEYS)
    if "fixed_ips" in properties:
        values["fixed_ips"] = [_fixed_ip(tenant, fixed) for fixed in properties["fixed_ips"]]
    if "security_groups" in properties:
        values["security_group_ids"] = [tenant.id_of(group) for group in properties["security_groups"]]
    port = found or api.create_port(name=resource.cloud_name, network_id=network_id, **values)
    tag(api, port, properties)
    addresses = ", ".join(fixed["ip_address"] for fixed in port.fixed_ips)
    tenant.record(resource, port.id, made=found is None, detail=addresses)


def _fixed_ip(tenant: Tenant, fixed: dict[str, Any]) -> dict[str, Any]:
    return {key: tenant.id_of(value) if key == "subnet_id" else value for key, value in fixed.items()}


def external_network(tenant: Tenant, name: str) -> str:
    """The id of a network of the operator's that routers may have as their gateway."""
    return str(tenant.connection.network.find_network(name, ignore_missing=False).id)


def tag(api: Any, thing: Any, properties: dict[str, Any]) -> None:
    """Give a thing of Neutron's its tags, which no request that makes it takes."""
    if set(properties.get("tags", ())) - set(thing.tags):
        api.set_tags(thing, properties["tags"])
