"""A tenant in sentences, for somebody who knows their servers and not OpenStack. Pure."""

from migrate.model import Inventory, Server
from migrate.wizard.question_records import Said

_SHOWN = 12


def tenant_sentences(source: Inventory) -> tuple[Said, ...]:
    """How much there is, then one sentence for each server."""
    objects = sum(one.objects for one in source.containers)
    content = sum(one.size_bytes for one in source.containers)
    disks = sum(one.size_gib for one in source.volumes) << 30
    whole = Said(
        "wizard.tenant.whole" if source.volumes else "wizard.tenant.no-disks",
        {
            "servers": len(source.servers),
            "volumes": len(source.volumes),
            "disks": disks,
            "objects": objects,
            "size": content,
        },
    )
    servers = sorted(source.servers, key=lambda one: (one.name, one.id))
    more = len(servers) - _SHOWN
    rest = (Said("wizard.more", {"count": more}),) if more > 0 else ()
    return (whole, *(_server(source, one) for one in servers[:_SHOWN]), *rest)


def _server(source: Inventory, server: Server) -> Said:
    ports = {port.id for port in source.ports if port.device_id == server.id}
    public = sorted(one.address for one in source.floating_ips if one.port_id in ports)
    own = sorted(fixed.ip_address for port in source.ports if port.id in ports for fixed in port.fixed_ips)
    held = [one.size_gib for one in source.volumes if any(at.server_id == server.id for at in one.attachments)]
    root = [] if not server.image_id or not server.flavor.disk_gib else [server.flavor.disk_gib]
    facts = {
        "name": server.name or server.id,
        "vcpus": server.flavor.vcpus,
        "ram": server.flavor.ram_mib << 20,
        "disks": len(held) + len(root),
        "size": sum((*held, *root)) << 30,
        "addresses": ", ".join(public or own),
    }
    return Said("wizard.tenant.server", facts)
