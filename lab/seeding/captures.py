"""Makes what a tenant keeps of a moment: volume snapshots, volume backups and images of servers."""

import re
from typing import Any

from .guest import write_files
from .paths import volume_file
from .servers import wait_until_idle
from .tenant import Tenant, chosen
from .topology import Resource
from .volumes import settled

PATIENCE_S = 300


def make_snapshot(tenant: Tenant, resource: Resource) -> None:
    """`force`, because the volume is mostly in use.  `files` are written to the volume before, as its guest would."""
    api, properties = tenant.connection.block_storage, resource.properties
    volume_id = tenant.id_of(tenant.need(resource, "volume_id"))
    name = resource.cloud_name
    found = tenant.claim(s for s in api.snapshots(volume_id=volume_id) if s.name == name)
    if found is None and "files" in properties:
        write_files(volume_file(tenant.cloud, volume_id), properties["files"])
    values = chosen(properties, "description", "metadata")
    snapshot = found or api.create_snapshot(volume_id=volume_id, name=name, is_forced=True, **values)
    snapshot = settled(api.get_snapshot, snapshot.id, api, ("available",))
    tenant.record(resource, snapshot.id, made=found is None, detail=f"{snapshot.size} GiB")


def make_backup(tenant: Tenant, resource: Resource) -> None:
    """Into the tenant's own object storage, as Cinder's Swift driver does."""
    api = tenant.connection.block_storage
    volume_id = tenant.id_of(tenant.need(resource, "volume_id"))
    name = resource.cloud_name
    found = tenant.claim(b for b in api.backups() if (b.name, b.volume_id) == (name, volume_id))
    values = chosen(resource.properties, "description", "metadata")
    backup = found or api.create_backup(volume_id=volume_id, name=name, force=True, **values)
    backup = settled(api.get_backup, backup.id, api, ("available",))
    tenant.record(resource, backup.id, made=found is None, detail=f"{backup.size} GiB in {backup.container}")


def make_server_image(tenant: Tenant, resource: Resource) -> None:
    """Nova's "create image".  Of a server that boots from a volume it has no bytes, and its volumes get snapshots."""
    compute, images, name = tenant.connection.compute, tenant.connection.image, resource.cloud_name
    server_id = tenant.id_of(tenant.need(resource, "server"))
    found = tenant.claim(i for i in images.images(name=name, owner=tenant.project_id) if i.status == "active")
    image = found
    if image is None:
        metadata = resource.properties.get("metadata", {})
        image = compute.create_server_image(server_id, name, metadata=metadata, wait=True, timeout=PATIENCE_S)
        wait_until_idle(tenant, server_id)
    _wait_for_snapshots(tenant, name)
    tenant.record(resource, image.id, made=found is None, detail=f"{(image.size or 0) >> 20} MiB")


def _wait_for_snapshots(tenant: Tenant, image: str) -> None:
    """Nova names them after the image, and says that it is done before they are."""
    api: Any = tenant.connection.block_storage
    for snapshot in list(api.snapshots()):
        if re.fullmatch(f"snapshot for {re.escape(image)}", snapshot.name or ""):
            settled(api.get_snapshot, snapshot.id, api, ("available",))
