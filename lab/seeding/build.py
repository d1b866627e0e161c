"""Makes a resolved topology on a cloud.  Each step adopts what is there by name: a stopped run is run again."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from .captures import make_backup, make_server_image, make_snapshot
from .filesystem import qcow2_image, raw_image
from .floating import associate_floating_ip, make_floating_ip, make_port_forwarding
from .images import image_content, make_image
from .network import (
    make_network,
    make_port,
    make_router,
    make_router_interface,
    make_routes,
    make_rules,
    make_security_group,
    make_subnet,
)
from .objects import Filled, fill_container
from .projects import make_project
from .servers import finish_server, make_keypair, make_server, make_server_group
from .states import settle_server
from .swift import Swift
from .tenant import Tenant
from .topology import Resource, Topology
from .trunks import make_trunk
from .volumes import attach_volume, holds_data, make_volume, volume_content

Step = Callable[[Tenant, Resource], None]
STEPS: tuple[tuple[str, Step], ...] = (
    ("project", make_project),
    ("keypair", make_keypair),
    ("network", make_network),
    ("subnet", make_subnet),
    ("router", make_router),
    ("router_interface", make_router_interface),
    ("router", make_routes),
    ("security_group", make_security_group),
    ("port", make_port),
    ("trunk", make_trunk),
    ("image", make_image),
    ("volume", make_volume),
    ("server_group", make_server_group),
    ("server", make_server),
    ("server", finish_server),
    ("volume_attachment", attach_volume),
    ("floating_ip", make_floating_ip),
    ("floating_ip_association", associate_floating_ip),
    ("port_forwarding", make_port_forwarding),
    # A rule may name another group, and an address that the tenant was given.
    ("security_group", make_rules),
    ("snapshot", make_snapshot),
    ("backup", make_backup),
    ("server_image", make_server_image),
    ("server", settle_server),
)


def build(tenant: Tenant) -> None:
    """Make everything.  File systems are built, and containers filled, beside the calls to the other services."""
    with ThreadPoolExecutor(2) as builders, ThreadPoolExecutor(1) as uploader:
        contents = _start_contents(tenant.topology, builders)
        containers = _start_containers(tenant, uploader)
        for kind, step in STEPS:
            for resource in tenant.topology.of_kind(kind):
                if resource.name in contents:
                    contents[resource.name].result()
                step(tenant, resource)
        for resource, filling in containers:
            _record_container(tenant, resource, filling.result())


def _start_contents(topology: Topology, pool: ThreadPoolExecutor) -> dict[str, Future[object]]:
    futures: dict[str, Future[object]] = {}
    for image in topology.of_kind("image"):
        make = raw_image if image.properties.get("disk_format") == "raw" else qcow2_image
        futures[image.name] = pool.submit(make, image_content(image))
    for volume in topology.of_kind("volume"):
        if holds_data(volume):
            futures[volume.name] = pool.submit(raw_image, volume_content(volume, topology.stack))
    return futures


def _start_containers(tenant: Tenant, pool: ThreadPoolExecutor) -> list[tuple[Resource, Future[Filled]]]:
    containers = tenant.topology.of_kind("container")
    if not containers:
        return []
    swift = Swift.of(tenant.connection)
    return [(resource, pool.submit(fill_container, swift, resource)) for resource in containers]


def _record_container(tenant: Tenant, resource: Resource, filled: Filled) -> None:
    detail = f"{filled.objects} objects, {filled.size_bytes / (1 << 20):.1f} MiB, {filled.added} new"
    tenant.record(resource, resource.cloud_name, made=filled.made, detail=detail)
