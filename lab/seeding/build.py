"""Makes a resolved topology on a cloud.  Each step adopts what is there by name: a stopped run is run again."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from .filesystem import qcow2_image, raw_image
from .images import image_content, make_image
from .network import (
    associate_floating_ip,
    make_floating_ip,
    make_network,
    make_port,
    make_router,
    make_router_interface,
    make_rules,
    make_security_group,
    make_subnet,
)
from .objects import Filled, fill_container
from .servers import finish_server, make_keypair, make_server
from .swift import Swift
from .tenant import Tenant
from .topology import Resource, Topology
from .volumes import attach_volume, holds_data, make_snapshot, make_volume, volume_content

Step = Callable[[Tenant, Resource], None]
STEPS: tuple[tuple[str, Step], ...] = (
    ("keypair", make_keypair),
    ("network", make_network),
    ("subnet", make_subnet),
    ("router", make_router),
    ("router_interface", make_router_interface),
    ("security_group", make_security_group),
    ("security_group", make_rules),
    ("port", make_port),
    ("image", make_image),
    ("volume", make_volume),
    ("server", make_server),
    ("server", finish_server),
    ("volume_attachment", attach_volume),
    ("floating_ip", make_floating_ip),
    ("floating_ip_association", associate_floating_ip),
    ("snapshot", make_snapshot),
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
