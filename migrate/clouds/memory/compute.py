"""Servers and keypairs in memory."""

import base64
import binascii
import hashlib
import re
from typing import Any

from migrate.clouds.memory import faults
from migrate.clouds.memory.block import add_snapshot
from migrate.clouds.memory.disk import Disk
from migrate.clouds.memory.images import add_image, as_file, image_disk, store_file, visible_image
from migrate.clouds.memory.login import Service
from migrate.clouds.memory.table import Row
from migrate.clouds.memory.world import GIB
from migrate.clouds.ports import NewImage, NewServer
from migrate.model import Attachment, Flavor, Image, Keypair, Server

_KEYPAIR_NAME = re.compile(r"[A-Za-z0-9 _@.-]{1,255}")
_TAG = re.compile(r"[^/,]{1,60}")
_METADATA_KEY = re.compile(r"[A-Za-z0-9 :._-]{1,255}")


class MemoryCompute(Service):
    """ports.Compute on a world."""

    service = "compute"

    def keypairs(self) -> list[Keypair]:
        with self._enter("GET", "/os-keypairs"):
            return sorted(self._own_keypairs(), key=lambda keypair: keypair.name)

    def servers(self) -> list[Server]:
        with self._enter("GET", "/servers/detail"):
            return self._world.servers.look_all(self._project_id)

    def server(self, server_id: str) -> Server:
        with self._enter("GET", f"/servers/{server_id}"):
            return self._world.servers.look(server_id, self._project_id)

    def create_keypair(self, keypair: Keypair) -> Keypair:
        with self._enter("POST", "/os-keypairs", {"keypair": {"name": keypair.name, "type": keypair.type}}):
            if not _KEYPAIR_NAME.fullmatch(keypair.name):
                raise faults.refused(f"keypair name {keypair.name!r}")
            key = (self._login.project.user_id, keypair.name)
            if key in self._world.keypairs:
                raise faults.taken("keypair", keypair.name)
            self._need("keypairs", len(self._own_keypairs()))
            made = Keypair(
                name=keypair.name,
                public_key=keypair.public_key,
                fingerprint=_fingerprint(keypair.public_key),
                type=keypair.type,
            )
            self._world.keypairs[key] = made
            return made

    def create_server(self, new: NewServer) -> str:
        asked: dict[str, Any] = {"name": new.name, "flavorRef": new.flavor_id, "imageRef": new.image_id}
        asked |= {"metadata": new.metadata, "tags": list(new.tags), "networks": [{"port": p} for p in new.port_ids]}
        with self._enter("POST", "/servers", {"server": asked}):
            flavor = self._check_new(new)
            image = visible_image(self._world, new.image_id, self._project_id)
            disk = _root_size(image, flavor)
            zone = new.availability_zone or self._world.offer.zones[0]
            server = Server(
                id=self._world.new_id(),
                name=new.name,
                status="BUILD",
                flavor=flavor,
                image_id=new.image_id,
                key_name=new.key_name,
                description=new.description,
                availability_zone=zone,
                metadata=dict(new.metadata),
                tags=tuple(sorted(new.tags)),
                config_drive=new.config_drive,
                task_state="spawning",
                root_device="/dev/vda",
                port_ids=new.port_ids,
                security_group_names=self._group_names(new.port_ids),
                created_at=self._world.now(),
            )
            row = Row(self._project_id, server, image_disk(image).clone(disk))
            row.extra = {f"image:{key}": value for key, value in image.record.properties.items()}
            row.extra["min_ram"] = str(image.record.min_ram_mib)
            self._world.servers.add(server.id, row)
            for port_id in new.port_ids:
                self._world.ports.rows[port_id].change(device_id=server.id, device_owner=f"compute:{zone}")
            self._world.servers.pass_to(server.id, self._world.lag, status="ACTIVE", task_state=None)
            return server.id

    def attach(self, server_id: str, volume_id: str, *, delete_on_termination: bool = False) -> None:
        asked = {"volumeId": volume_id, "delete_on_termination": delete_on_termination}
        path = f"/servers/{server_id}/os-volume_attachments"
        with self._enter("POST", path, {"volumeAttachment": asked}):
            server = self._world.servers.row(server_id, self._project_id)
            volume = self._world.volumes.row(volume_id, self._project_id)
            if server.record.status not in ("ACTIVE", "SHUTOFF"):
                raise faults.refused(f"attach to a server that is {server.record.status}")
            if volume.record.status != "available":
                raise faults.refused(f"attach of a volume that is {volume.record.status}")
            attachment = Attachment(
                server_id=server_id,
                volume_id=volume_id,
                device=_next_device(server.record),
                delete_on_termination=delete_on_termination,
            )
            server.change(attachments=(*server.record.attachments, attachment))
            volume.change(status="attaching", attachments=(attachment,))
            self._world.volumes.pass_to(volume_id, self._world.lag, status="in-use")

    def stop(self, server_id: str) -> None:
        with self._enter("POST", f"/servers/{server_id}/action", {"os-stop": None}):
            row = self._world.servers.row(server_id, self._project_id)
            if row.record.status == "SHUTOFF" or row.record.task_state == "powering-off":
                return
            if row.record.locked:
                raise faults.refused(f"server {server_id} is locked")
            if row.record.status not in ("ACTIVE", "ERROR") or row.record.task_state:
                raise faults.refused(f"stop of a server that is {row.record.status}")
            row.change(task_state="powering-off")
            self._world.servers.pass_to(server_id, self._world.lag, status="SHUTOFF", task_state=None)

    def create_image(self, server_id: str, name: str, metadata: dict[str, str]) -> str:
        body = {"createImage": {"name": name, "metadata": metadata}}
        with self._enter("POST", f"/servers/{server_id}/action", body):
            row = self._world.servers.row(server_id, self._project_id)
            if row.record.status not in ("ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED") or row.record.task_state:
                raise faults.refused(f"image of a server that is {row.record.status} {row.record.task_state or ''}")
            inherited = {key[6:]: value for key, value in row.extra.items() if key.startswith("image:")}
            new = NewImage(
                name=name,
                disk_format=self._world.offer.snapshot_format,
                min_disk_gib=row.record.flavor.disk_gib,
                min_ram_mib=int(row.extra.get("min_ram", "0")),
                properties={**inherited, **metadata},
            )
            image_id = add_image(self._world, self._login.project, new)
            if row.disk is None:
                self._empty_image(image_id, row.record)
                return image_id
            file = as_file(self._world.root_disk(server_id), new.disk_format)
            store_file(self._world, image_id, file, lag=self._world.lag)
            return image_id

    def _empty_image(self, image_id: str, server: Server) -> None:
        """What createImage makes of a volume-booted server: snapshots of its volumes, and an image of 0 bytes."""
        for attachment in server.attachments:
            volume = self._world.volumes.row(attachment.volume_id, self._project_id)
            add_snapshot(self._world, volume, f"snapshot for {server.name}", {})
        image = self._world.images.row(image_id, self._project_id)
        image.disk = Disk(0)
        image.change(status="active", volume_backed=True, size_bytes=0)

    def _own_keypairs(self) -> list[Keypair]:
        user = self._login.project.user_id
        return [keypair for (owner, _), keypair in self._world.keypairs.items() if owner == user]

    def _check_new(self, new: NewServer) -> Flavor:
        """Everything that the API looks at before it says 202. Returns the flavor."""
        flavor = next((f for f in self._world.offer.flavors if f.id == new.flavor_id), None)
        if flavor is None:
            raise faults.refused(f"flavor {new.flavor_id}")
        if new.key_name and (self._login.project.user_id, new.key_name) not in self._world.keypairs:
            raise faults.refused(f"keypair {new.key_name}")
        if new.availability_zone and new.availability_zone not in self._world.offer.zones:
            raise faults.refused(f"availability zone {new.availability_zone}")
        if not all(_TAG.fullmatch(tag) for tag in new.tags):
            raise faults.refused("server tag")
        if not all(_METADATA_KEY.fullmatch(k) and len(v) <= 255 for k, v in new.metadata.items()):
            raise faults.refused("server metadata")
        if len(new.user_data or b"") > 49150:
            raise faults.refused("user_data over 64 KiB in base64")
        for port_id in new.port_ids:
            if self._world.ports.row(port_id, self._project_id).record.device_id:
                raise faults.refused(f"port {port_id} is in use")
        mine = [row.record for row in self._world.servers.of(self._project_id)]
        self._need("servers", len(mine))
        self._need("cores", sum(s.flavor.vcpus for s in mine), flavor.vcpus)
        self._need("ram_mib", sum(s.flavor.ram_mib for s in mine), flavor.ram_mib)
        return flavor

    def _group_names(self, port_ids: tuple[str, ...]) -> tuple[str, ...]:
        ids = [group for port in port_ids for group in self._world.ports.rows[port].record.security_group_ids]
        return tuple(sorted({self._world.security_groups.rows[group].record.name for group in ids}))


def _fingerprint(public_key: str) -> str:
    try:
        raw = base64.b64decode(public_key.split()[1], validate=True)
    except (IndexError, binascii.Error) as err:
        raise faults.refused("public key") from err
    digest = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    return ":".join(digest[i : i + 2] for i in range(0, 32, 2))


def _root_size(image: Row[Image], flavor: Flavor) -> int:
    """The bytes of the root disk. Raises Refused: the image does not fit the flavor."""
    size = flavor.disk_gib * GIB or image_disk(image).size_bytes
    if flavor.disk_gib and (image.record.min_disk_gib > flavor.disk_gib or image_disk(image).size_bytes > size):
        raise faults.refused(f"flavor {flavor.name} has too small a disk for image {image.record.id}")
    if image.record.min_ram_mib > flavor.ram_mib:
        raise faults.refused(f"flavor {flavor.name} has too little memory for image {image.record.id}")
    return size


def _next_device(server: Server) -> str:
    taken = {attachment.device for attachment in server.attachments} | {server.root_device}
    letters = (f"/dev/vd{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")
    device = next((name for name in letters if name not in taken), None)
    if device is None:
        raise faults.refused("more than 25 volumes on one server")
    return device
