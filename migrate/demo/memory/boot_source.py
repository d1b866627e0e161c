"""The boot disk of a new server in a memory world: a copy of an image's disk, or a volume."""

from migrate.clouds.ports import NewServer
from migrate.demo.memory import error_answers
from migrate.demo.memory.block import SERVICE_KEYS
from migrate.demo.memory.images import image_disk, visible_image
from migrate.demo.memory.resource_table import Row
from migrate.demo.memory.world import GIB, World
from migrate.errors import NotFound
from migrate.model import Attachment, Flavor, Image, Server, Volume


def booted(world: World, project_id: str, new: NewServer, server: Server) -> Row[Server]:
    """The server's row with its root disk. Raises Refused: no or two boot sources, or one that does not fit
    the flavor.
    """
    if (new.image_id is None) == (new.boot_volume_id is None):
        raise error_answers.refused("a server boots from an image or from a volume")
    if new.image_id is not None:
        return _from_image(world, project_id, new.image_id, server)
    return _from_volume(world, project_id, new, server)


def _from_image(world: World, project_id: str, image_id: str, server: Server) -> Row[Server]:
    image = visible_image(world, image_id, project_id)
    if image.record.volume_backed:
        raise error_answers.refused(f"image {image_id} has no bytes, and its snapshots are not to be had")
    row = Row(project_id, server, image_disk(image).clone(_root_size(image, server.flavor)))
    row.extra = {f"image:{key}": value for key, value in image.record.properties.items()}
    row.extra["min_ram"] = str(image.record.min_ram_mib)
    return row


def _root_size(image: Row[Image], flavor: Flavor) -> int:
    """The size of the root disk in bytes. Raises Refused if the image does not fit the flavor."""
    size = flavor.disk_gib * GIB or image_disk(image).size_bytes
    if flavor.disk_gib and (image.record.min_disk_gib > flavor.disk_gib or image_disk(image).size_bytes > size):
        raise error_answers.refused(f"flavor {flavor.name} has too small a disk for image {image.record.id}")
    _check_ram(image.record.min_ram_mib, flavor)
    return size


def _from_volume(world: World, project_id: str, new: NewServer, server: Server) -> Row[Server]:
    """The row of a volume-booted server, which ignores the flavor's disk; the volume is in use from the request on."""
    volume = _bootable(world, project_id, new.boot_volume_id or "")
    kept = volume.record.image_metadata
    _check_ram(int(kept.get("min_ram", "0")), server.flavor)
    if int(kept.get("min_disk", "0")) > volume.record.size_gib:
        raise error_answers.refused(f"volume {volume.record.id} is smaller than its image asks for")
    attachment = Attachment(
        server_id=server.id,
        volume_id=volume.record.id,
        device=server.root_device or "",
        delete_on_termination=new.boot_volume_delete,
    )
    volume.change(status="attaching", attachments=(attachment,))
    world.volumes.pass_to(volume.record.id, world.lag, status="in-use")
    row = Row(project_id, server)
    row.change(attachments=(attachment,))
    row.extra = {f"image:{key}": value for key, value in kept.items() if key not in SERVICE_KEYS}
    return row


def check_age(world: World, volume: Row[Volume]) -> None:
    """Raises Refused for any multi-attach volume if the compute version is too old."""
    if volume.record.multiattach and world.offer.compute_version < (2, 60):
        raise error_answers.refused(f"volume {volume.record.id} of a multi-attach type before compute 2.60")


def _bootable(world: World, project_id: str, volume_id: str) -> Row[Volume]:
    """The boot volume. Nova answers 400 for a missing volume, as for an unusable one."""
    try:
        volume = world.volumes.row(volume_id, project_id)
    except NotFound as err:
        raise error_answers.refused(f"boot volume {volume_id}") from err
    if not volume.record.bootable:
        raise error_answers.refused(f"volume {volume_id} is not bootable")
    if volume.record.status != "available":
        raise error_answers.refused(f"boot from a volume that is {volume.record.status}")
    check_age(world, volume)
    return volume


def _check_ram(min_ram_mib: int, flavor: Flavor) -> None:
    if min_ram_mib > flavor.ram_mib:
        raise error_answers.refused(f"flavor {flavor.name} has too little memory")
