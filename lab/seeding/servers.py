"""Makes keypairs and servers, and lets the servers' disks change as a first boot would."""

import base64
import re
import time
from pathlib import Path
from typing import Any

from .errors import SeedError
from .guest import first_boot, has_booted
from .paths import root_disk_file, volume_file
from .states import wanted_status
from .tenant import Tenant, chosen
from .topology import Resource, ref_of

PATIENCE_S = 180


def make_keypair(tenant: Tenant, resource: Resource) -> None:
    api, name = tenant.connection.compute, resource.cloud_name
    found = api.find_keypair(name)
    pair = found or api.create_keypair(name=name, public_key=resource.properties["public_key"])
    tenant.record(resource, pair.id or pair.name, made=found is None, detail=pair.fingerprint)


def make_server_group(tenant: Tenant, resource: Resource) -> None:
    api, policy = tenant.connection.compute, tenant.need(resource, "policy")
    found = tenant.claim(g for g in api.server_groups() if g.name == resource.cloud_name)
    group = found or api.create_server_group(name=resource.cloud_name, policy=policy)
    tenant.record(resource, group.id, made=found is None, detail=policy)


def make_server(tenant: Tenant, resource: Resource) -> None:
    """Ask for the server; `finish_server` waits, so that several start side by side."""
    api, properties = tenant.connection.compute, resource.properties
    # Nova takes the name for a regular expression.
    alike = api.servers(name=f"^{re.escape(resource.cloud_name)}$")
    found = tenant.claim(s for s in alike if s.name == resource.cloud_name)
    server = found or api.create_server(**_request(tenant, resource))
    detail = ", ".join([properties["flavor"], *filter(None, [properties.get("state")])])
    tenant.record(resource, server.id, made=found is None, detail=detail)


def finish_server(tenant: Tenant, resource: Resource) -> None:
    """Wait until the server runs, then let its disk live through the first boot.

    One that an earlier run has left in its wanted state stays as it is.
    """
    api, properties = tenant.connection.compute, resource.properties
    server = api.get_server(tenant.ids[resource.name])
    if server.status == "BUILD":
        server = api.wait_for_server(server, wait=PATIENCE_S, interval=0.5)
    if server.status == "SHELVED_OFFLOADED":
        # It has no disk any more, only an image.
        return
    if server.status == "SHUTOFF" and wanted_status(resource) != "SHUTOFF":
        # A migration has stopped it since: a seeded tenant runs.
        if server.is_locked:
            api.unlock_server(server)
        api.start_server(server)
        server = api.wait_for_server(api.get_server(server.id), wait=PATIENCE_S, interval=0.5)
    if server.status == "ERROR":
        reason = (server.fault or {}).get("message", "no reason given")
        raise SeedError(f"the server {resource.cloud_name} went to ERROR: {reason}")
    disk = _system_disk(tenant, resource)
    if not disk.exists():
        raise SeedError(f"the server {resource.cloud_name} runs, but its disk {disk} is not there")
    if not has_booted(disk):
        first_boot(
            disk,
            hostname=resource.cloud_name,
            instance_id=server.id,
            user_data=properties.get("user_data"),
            mounts=_mounts(tenant, resource),
        )


def wait_until_idle(tenant: Tenant, server_id: str) -> None:
    """Until Nova has no task left with the server: it refuses the next one as long as it has."""
    end = time.monotonic() + PATIENCE_S
    while (task := tenant.connection.compute.get_server(server_id).task_state) is not None:
        if time.monotonic() > end:
            raise SeedError(f"the server {server_id} is still {task} after {PATIENCE_S} s")
        time.sleep(0.3)


def _request(tenant: Tenant, resource: Resource) -> dict[str, Any]:
    properties = resource.properties
    flavor = tenant.connection.compute.find_flavor(properties["flavor"], ignore_missing=False)
    request = {
        "name": resource.cloud_name,
        "flavor_id": flavor.id,
        "networks": [_nic(tenant, nic) for nic in tenant.need(resource, "networks")],
        **chosen(properties, "metadata", "tags", "config_drive", "availability_zone", "description"),
    }
    if "key_name" in properties:
        request["key_name"] = _key_name(tenant, properties["key_name"])
    if "security_groups" in properties:
        # By id: names may be there twice.
        request["security_groups"] = [{"name": tenant.id_of(group)} for group in properties["security_groups"]]
    if "user_data" in properties:
        request["user_data"] = base64.b64encode(properties["user_data"].encode()).decode()
    if "group" in properties:
        request["scheduler_hints"] = {"group": tenant.id_of(properties["group"])}
    if "boot_volume" in properties:
        request["block_device_mapping"] = [_boot_device(tenant.id_of(properties["boot_volume"]), properties)]
    else:
        request["image_id"] = tenant.id_of(tenant.need(resource, "image"))
    return request


def _key_name(tenant: Tenant, key: Any) -> str:
    name = ref_of(key)
    return str(key) if name is None else tenant.topology.get(name).cloud_name


def _nic(tenant: Tenant, nic: dict[str, Any]) -> dict[str, Any]:
    if "port" in nic:
        return {"port": tenant.id_of(nic["port"])}
    return {"uuid": tenant.id_of(nic["network"]), **chosen(nic, "fixed_ip")}


def _boot_device(volume_id: str, properties: dict[str, Any]) -> dict[str, Any]:
    return {
        "boot_index": 0,
        "uuid": volume_id,
        "source_type": "volume",
        "destination_type": "volume",
        "delete_on_termination": properties.get("delete_on_termination", False),
    }


def _system_disk(tenant: Tenant, resource: Resource) -> Path:
    if "boot_volume" in resource.properties:
        return volume_file(tenant.cloud, tenant.id_of(resource.properties["boot_volume"]))
    return root_disk_file(tenant.cloud, tenant.ids[resource.name])


def _mounts(tenant: Tenant, resource: Resource) -> list[str]:
    """The fstab lines that an owner of 2016 would have written: by device name and without nofail."""
    attachments = tenant.topology.of_kind("volume_attachment")
    mine = [a for a in attachments if ref_of(a.properties.get("instance_uuid")) == resource.name]
    devices = [a.properties.get("mountpoint", f"/dev/vd{chr(ord('b') + index)}") for index, a in enumerate(mine)]
    return [f"{device} /srv/data{index} ext4 defaults 0 2" for index, device in enumerate(devices)]
