"""Servers that boot from a volume: no port makes one, but sources are full of them."""

from migrate.clouds.memory.cloud import MemoryCloud
from migrate.clouds.memory.table import Row
from migrate.model import Attachment, Server


def boot_from_volume(cloud: MemoryCloud, name: str, flavor_id: str, volume_id: str, port_ids: tuple[str, ...]) -> str:
    """An ACTIVE server whose root disk is the bootable volume, as `/dev/vda`. Returns its id."""
    world, project = cloud.world, cloud.login.project
    with world.lock:
        volume = world.volumes.row(volume_id, project.id)
        attachment = Attachment(server_id=world.new_id(), volume_id=volume_id, device="/dev/vda")
        server = Server(
            id=attachment.server_id,
            name=name,
            status="ACTIVE",
            flavor=next(flavor for flavor in world.offer.flavors if flavor.id == flavor_id),
            availability_zone=world.offer.zones[0],
            root_device="/dev/vda",
            port_ids=port_ids,
            attachments=(attachment,),
            created_at=world.now(),
        )
        volume.change(status="in-use", attachments=(attachment,))
        for port_id in port_ids:
            owner = f"compute:{world.offer.zones[0]}"
            world.ports.row(port_id, project.id).change(device_id=server.id, device_owner=owner)
        world.servers.add(server.id, Row(project.id, server))
        return server.id
