"""Uploads images that hold a real system disk."""

import math
from typing import Any

from openstack import exceptions

from .clouds import connect
from .filesystem import Content, data_bytes, qcow2_image, raw_image
from .projects import project_name
from .tenant import Tenant, chosen
from .topology import Resource, ref_of


def image_content(resource: Resource) -> Content:
    """What an image's disk holds.  `size` is the virtual size in GiB."""
    properties = resource.properties
    content = properties.get("content", {})
    return Content(
        seed=content.get("seed", f"image {resource.cloud_name}"),
        size_gib=math.ceil(properties.get("size", 1)),
        files_mib=content.get("files_mib", 0),
        random_mib=content.get("random_mib", 0),
        system=True,
    )


def make_image(tenant: Tenant, resource: Resource) -> None:
    api, name = tenant.connection.image, resource.cloud_name
    content = image_content(resource)
    found = None
    mine = {"name": name, "owner": tenant.project_id}
    # Glance leaves hidden images out of a listing that does not ask for them.
    for image in [*api.images(**mine), *api.images(**mine, is_hidden=True)]:
        if image.status == "active":
            found = tenant.claim([image]) or found
        else:
            # An upload that an earlier run did not finish.
            api.delete_image(image)
    image_id = found.id if found else _upload(api, resource, content)
    for member in resource.properties.get("shared_with", []):
        _share(tenant, image_id, str(ref_of(member)))
    detail = f"{data_bytes(raw_image(content)) >> 20} MiB of files on a disk of {content.size_gib} GiB"
    tenant.record(resource, image_id, made=found is None, detail=detail)


def _upload(api: Any, resource: Resource, content: Content) -> str:
    """Plain requests: the library's own upload adds bookkeeping properties that no customer's image has."""
    properties = resource.properties
    disk_format = properties.get("disk_format", "qcow2")
    body = {
        "name": resource.cloud_name,
        "disk_format": disk_format,
        "container_format": "bare",
        "visibility": "shared" if properties.get("shared_with") else "private",
        **chosen(properties, "min_disk", "min_ram", "tags", "protected", "os_hidden"),
        **properties.get("properties", {}),
    }
    answer = api.post("/images", json=body)
    exceptions.raise_from_response(answer)
    image_id = str(answer.json()["id"])
    path = raw_image(content) if disk_format == "raw" else qcow2_image(content)
    with path.open("rb") as file:
        answer = api.put(f"/images/{image_id}/file", data=file, headers={"Content-Type": "application/octet-stream"})
    exceptions.raise_from_response(answer)
    return image_id


def _share(tenant: Tenant, image_id: str, project: str) -> None:
    """Offer the image to another project, and accept it there."""
    api, project_id = tenant.connection.image, tenant.ids[project]
    if project_id not in {member.member_id for member in api.members(image_id)}:
        api.add_member(image_id, member_id=project_id)
    other = connect(tenant.cloud, project_name(tenant, project)).image
    other.update_member(project_id, image_id, status="accepted")
