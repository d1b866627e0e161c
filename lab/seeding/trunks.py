"""Makes trunks: ports that carry the VLANs of other ports."""

from typing import Any

from .network import tag
from .tenant import Tenant, chosen
from .topology import Resource


def make_trunk(tenant: Tenant, resource: Resource) -> None:
    """Before the server that boots from its parent port, as Neutron's manual asks for."""
    api, properties = tenant.connection.network, resource.properties
    port_id = tenant.id_of(tenant.need(resource, "port"))
    found = next(iter(api.trunks(port_id=port_id)), None)
    sub_ports = [_sub_port(tenant, sub) for sub in properties.get("sub_ports", [])]
    values = chosen(properties, "description", "admin_state_up")
    trunk = found or api.create_trunk(name=resource.cloud_name, port_id=port_id, sub_ports=sub_ports, **values)
    tag(api, trunk, properties)
    vlans = ", ".join(str(sub["segmentation_id"]) for sub in sub_ports)
    tenant.record(resource, trunk.id, made=found is None, detail=f"VLANs {vlans}")


def _sub_port(tenant: Tenant, sub: dict[str, Any]) -> dict[str, Any]:
    return {"segmentation_type": "vlan", **sub, "port_id": tenant.id_of(sub["port_id"])}
