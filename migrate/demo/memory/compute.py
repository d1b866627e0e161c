"""Servers and key pairs in memory."""

import base64
import binascii
import hashlib
import re
from typing import Any

import msgspec
from msgspec.structs import replace

from migrate.clouds.guard import Request
from migrate.clouds.ports import NewImage, NewServer
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.demo.memory import error_answers
from migrate.demo.memory.block import add_snapshot
from migrate.demo.memory.boot_source import booted, check_age
from migrate.demo.memory.images import add_image, as_file, store_file
from migrate.demo.memory.server_groups import ServerGroups
from migrate.demo.memory.sparse_disk import Disk
from migrate.model import Attachment, Flavor, Keypair, Server

_KEYPAIR_NAME = re.compile(r"[A-Za-z0-9 _@.-]{1,255}")
_TAG = re.compile(r"[^/,]{1,60}")
_METADATA_KEY = re.compile(r"[A-Za-z0-9 :._-]{1,255}")


class MemoryCompute(ServerGroups):
    """ports.Compute on a world."""

    def keypairs(self) -> list[Keypair]:
        with self._enter("GET", "/os-keypairs"):
            return sorted(self._own_keypairs(), key=lambda keypair: keypair.name)

    def servers(self, ask: Asking = EVERYTHING) -> list[Server]:
        with self._enter("GET", "/servers/detail"):
            found = [self._settled(server) for server in self._world.servers.look_all(self._project_id)]
        has_volumes = "block-storage" in self._world.offer.services
        if found and not (has_volumes and ask("volume", lambda: self._look("block-storage", "/volumes/detail"))):
            found = [replace(s, root_device=None, attachments=_without_devices(s.attachments)) for s in found]
        if found and not ask("port", lambda: self._look("network", "/ports")):
            found = [replace(server, port_ids=()) for server in found]
        return found

    def _look(self, service: str, path: str) -> bool:
        """Requests details of a server from another service, as Nova does not report them."""
        request = Request("GET", service, path)
        self._login.gatekeeper.check(request)
        with self._world.serve(request):
            return True

    def server(self, server_id: str) -> Server:
        with self._enter("GET", f"/servers/{server_id}"):
            return self._settled(self._world.servers.look(server_id, self._project_id))

    def _settled(self, server: Server) -> Server:
        """The server, with its boot volume in use before the server runs."""
        root = next((a.volume_id for a in server.attachments if a.device == server.root_device), None)
        if root is not None and server.status == "ACTIVE":
            self._world.volumes.settle(root, "attaching")
        return server

    def create_keypair(self, keypair: Keypair) -> Keypair:
        with self._enter("POST", "/os-keypairs", {"keypair": {"name": keypair.name, "type": keypair.type}}):
            if not _KEYPAIR_NAME.fullmatch(keypair.name):
                raise error_answers.refused(f"keypair name {keypair.name!r}")
            key = (self._login.project.user_id, keypair.name)
            if key in self._world.keypairs:
                raise error_answers.taken("keypair", keypair.name)
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
        with self._enter("POST", "/servers", _server_body(new)):
            flavor, group = self._check_new(new), self._joinable(new.server_group_id)
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
            row = booted(self._world, self._project_id, new, server)
            if new.user_data is not None:
                row.extra["user_data"] = base64.b64encode(new.user_data).decode()
            self._world.servers.add(server.id, row)
            if group:
                group.change(member_ids=tuple(sorted((*group.record.member_ids, server.id))))
            for port_id in new.port_ids:
                self._world.ports.rows[port_id].change(device_id=server.id, device_owner=f"compute:{zone}")
            self._world.servers.pass_to(server.id, self._world.lag, status="ACTIVE", task_state=None)
            return server.id

    def attach(self, server_id: str, volume_id: str, *, delete_on_termination: bool = False) -> None:
        asked: dict[str, Any] = {"volumeId": volume_id}
        if delete_on_termination:
            asked["delete_on_termination"] = True
        path = f"/servers/{server_id}/os-volume_attachments"
        with self._enter("POST", path, {"volumeAttachment": asked}):
            server = self._world.servers.row(server_id, self._project_id)
            volume = self._world.volumes.row(volume_id, self._project_id)
            if server.record.locked:
                raise error_answers.refused(f"server {server_id} is locked")
            if server.record.status not in ("ACTIVE", "SHUTOFF"):
                raise error_answers.refused(f"attach to a server that is {server.record.status}")
            check_age(self._world, volume)
            held = volume.record.attachments
            may_share = volume.record.multiattach and server_id not in {a.server_id for a in held}
            if volume.record.status != "available" and not (may_share and volume.record.status == "in-use"):
                raise error_answers.refused(f"attach of a volume that is {volume.record.status}")
            attachment = Attachment(
                server_id=server_id,
                volume_id=volume_id,
                device=_next_device(server.record),
                delete_on_termination=delete_on_termination,
            )
            server.change(attachments=(*server.record.attachments, attachment))
            volume.change(status="attaching", attachments=(*held, attachment))
            self._world.volumes.pass_to(volume_id, self._world.lag, status="in-use")
            self._world.plug(server_id, volume_id)
            self._world.note_action(server_id, "attach_volume")

    def detach(self, server_id: str, volume_id: str) -> None:
        with self._enter("DELETE", f"/servers/{server_id}/os-volume_attachments/{volume_id}"):
            server = self._world.servers.rows.get(server_id)
            volume = self._world.volumes.rows.get(volume_id)
            if server is None or volume is None or self._project_id not in (server.project_id, volume.project_id):
                return
            held = [one for one in server.record.attachments if one.volume_id == volume_id]
            if not held or volume.record.status == "detaching":
                return
            if held[0].device == server.record.root_device:
                raise error_answers.refused(f"detach of the boot volume of server {server_id}")
            if server.record.locked or volume.record.status != "in-use":
                raise error_answers.refused(f"detach of a volume that is {volume.record.status}")
            left = tuple(one for one in server.record.attachments if one.volume_id != volume_id)
            server.change(attachments=left)
            others = tuple(one for one in volume.record.attachments if one.server_id != server_id)
            volume.change(status="detaching")
            status = "in-use" if others else "available"
            self._world.volumes.pass_to(volume_id, self._world.lag, status=status, attachments=others)
            self._world.unplug(server_id, volume_id)
            self._world.note_action(server_id, "detach_volume")

    def attachments(self, server_id: str) -> list[Attachment]:
        with self._enter("GET", f"/servers/{server_id}/os-volume_attachments"):
            return list(self._world.servers.row(server_id, self._project_id).record.attachments)

    def stop(self, server_id: str) -> None:
        with self._enter("POST", f"/servers/{server_id}/action", {"os-stop": None}):
            row = self._world.servers.row(server_id, self._project_id)
            if row.record.status == "SHUTOFF" or row.record.task_state == "powering-off":
                return
            if row.record.locked:
                raise error_answers.refused(f"server {server_id} is locked")
            if row.record.status not in ("ACTIVE", "ERROR") or row.record.task_state:
                raise error_answers.refused(f"stop of a server that is {row.record.status}")
            self._world.note_action(server_id, "stop")
            row.change(task_state="powering-off")
            self._world.servers.pass_to(server_id, self._world.lag, status="SHUTOFF", task_state=None)

    def start(self, server_id: str) -> None:
        with self._enter("POST", f"/servers/{server_id}/action", {"os-start": None}):
            row = self._world.servers.row(server_id, self._project_id)
            if row.record.status == "ACTIVE" or row.record.task_state == "powering-on":
                return
            if row.record.locked:
                raise error_answers.refused(f"server {server_id} is locked")
            if row.record.status != "SHUTOFF" or row.record.task_state:
                raise error_answers.refused(f"start of a server that is {row.record.status}")
            self._world.note_action(server_id, "start")
            row.change(task_state="powering-on")
            self._world.servers.pass_to(server_id, self._world.lag, status="ACTIVE", task_state=None)

    def is_off(self, server_id: str) -> bool:
        with self._enter("GET", f"/servers/{server_id}"):
            server = self._world.servers.look(server_id, self._project_id)
            # A server in error has never been on a host here, unless something was done to it since.
            never_ran = self._world.servers.row(server_id, None).extra.get("actions", "create") == "create"
            return server.status == "SHUTOFF" or (server.status == "ERROR" and never_ran)

    def last_action(self, server_id: str) -> str:
        with self._enter("GET", f"/servers/{server_id}/os-instance-actions"):
            row = self._world.servers.row(server_id, self._project_id)
            return row.extra.get("action", f"req-{server_id}") if self._world.offer.tells_actions else ""

    def actions(self, server_id: str) -> tuple[str, ...]:
        with self._enter("GET", f"/servers/{server_id}/os-instance-actions"):
            row = self._world.servers.row(server_id, self._project_id)
            return tuple(row.extra.get("actions", "create").split()) if self._world.offer.tells_actions else ()

    def console_output(self, server_id: str, lines: int) -> str:
        with self._enter("POST", f"/servers/{server_id}/action", {"os-getConsoleOutput": {"length": lines}}):
            row = self._world.servers.row(server_id, self._project_id)
            written = row.extra.get("console", f"{row.record.name} login: " if row.record.status == "ACTIVE" else "")
            return "\n".join(written.split("\n")[-lines:])

    def delete_server(self, server_id: str) -> None:
        with self._enter("DELETE", f"/servers/{server_id}"):
            row = self._world.servers.rows.get(server_id)
            if row is None or row.project_id != self._project_id:
                return
            if row.record.locked:
                raise error_answers.refused(f"server {server_id} is locked")
            self._world.note_action(server_id, "delete")
            for one in row.record.attachments:
                self._let_go(server_id, one)
            for port in self._world.ports.rows.values():
                if port.record.device_id == server_id:
                    port.change(device_id="", device_owner="")
            for group in self._world.server_groups.rows.values():
                group.change(member_ids=tuple(one for one in group.record.member_ids if one != server_id))
            self._world.servers.pass_away(server_id, self._world.lag)

    def _let_go(self, server_id: str, held: Attachment) -> None:
        """Releases a volume of a deleted server, or deletes it with the server."""
        volume = self._world.volumes.row(held.volume_id, None)
        others = tuple(one for one in volume.record.attachments if one.server_id != server_id)
        volume.change(attachments=others, status="in-use" if others else "available")
        if held.delete_on_termination and not others:
            volume.change(status="deleting")
            self._world.volumes.pass_away(held.volume_id, self._world.lag)
        self._world.unplug(server_id, held.volume_id)

    def create_image(self, server_id: str, name: str, metadata: dict[str, str]) -> str:
        body = {"createImage": {"name": name, "metadata": metadata}}
        with self._enter("POST", f"/servers/{server_id}/action", body):
            row = self._world.servers.row(server_id, self._project_id)
            if row.record.status not in ("ACTIVE", "SHUTOFF", "PAUSED", "SUSPENDED") or row.record.task_state:
                raise error_answers.refused(
                    f"image of a server that is {row.record.status} {row.record.task_state or ''}"
                )
            inherited = {key[6:]: value for key, value in row.extra.items() if key.startswith("image:")}
            new = NewImage(
                name=name,
                disk_format=self._world.offer.snapshot_format,
                min_disk_gib=row.record.flavor.disk_gib,
                min_ram_mib=int(row.extra.get("min_ram", "0")),
                properties={**inherited, **metadata},
            )
            if row.disk is None:
                return self._empty_image(new, row.record)
            new = msgspec.structs.replace(new, properties={**new.properties, "instance_uuid": server_id})
            image_id = add_image(self._world, self._login.project, new)
            file = as_file(self._world.root_disk(server_id), new.disk_format)
            store_file(self._world, image_id, file, lag=self._world.lag)
            return image_id

    def _empty_image(self, new: NewImage, server: Server) -> str:
        """Imitates createImage of a volume-booted server: snapshots of its volumes, and an image of 0 bytes."""
        snapshots = self._world.snapshots.count(self._project_id)
        self._need("snapshots", snapshots, len(server.attachments))
        made = []
        for attachment in server.attachments:
            volume = self._world.volumes.row(attachment.volume_id, self._project_id)
            text = volume.record.description
            made.append(add_snapshot(self._world, volume, f"snapshot for {new.name}", {}, description=text))
        image_id = add_image(self._world, self._login.project, new)
        image = self._world.images.row(image_id, self._project_id)
        image.disk = Disk(0)
        image.change(status="active", volume_backed=True, snapshot_ids=tuple(made), disk_format="raw")
        return image_id

    def _own_keypairs(self) -> list[Keypair]:
        user = self._login.project.user_id
        return [keypair for (owner, _), keypair in self._world.keypairs.items() if owner == user]

    def _check_new(self, new: NewServer) -> Flavor:
        """All checks of the API before it answers 202. Returns the flavor."""
        flavor = next((f for f in self._world.offer.flavors if f.id == new.flavor_id), None)
        if flavor is None:
            raise error_answers.refused(f"flavor {new.flavor_id}")
        if new.image_id is not None and not flavor.disk_gib and not self._world.offer.images_without_disk:
            raise error_answers.denied(f"only servers of volumes for a flavor without a disk: {flavor.name}")
        if new.key_name and (self._login.project.user_id, new.key_name) not in self._world.keypairs:
            raise error_answers.refused(f"keypair {new.key_name}")
        if new.availability_zone and new.availability_zone not in self._world.offer.zones:
            raise error_answers.refused(f"availability zone {new.availability_zone}")
        if not all(_TAG.fullmatch(tag) for tag in new.tags):
            raise error_answers.refused("server tag")
        if not all(_METADATA_KEY.fullmatch(k) and len(v) <= 255 for k, v in new.metadata.items()):
            raise error_answers.refused("server metadata")
        if len(base64.b64encode(new.user_data or b"")) > 65535:
            raise error_answers.refused("user_data over 64 KiB in base64")
        for port_id in new.port_ids:
            if self._world.ports.row(port_id, self._project_id).record.device_id:
                raise error_answers.refused(f"port {port_id} is in use")
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
        raise error_answers.refused("public key") from err
    digest = hashlib.md5(raw, usedforsecurity=False).hexdigest()
    return ":".join(digest[i : i + 2] for i in range(0, 32, 2))


def _server_body(new: NewServer) -> dict[str, Any]:
    """The request body, without user data."""
    asked: dict[str, Any] = {"name": new.name, "flavorRef": new.flavor_id}
    asked |= {"metadata": new.metadata, "tags": list(new.tags), "networks": [{"port": p} for p in new.port_ids]}
    if new.boot_volume_id is None:
        asked["imageRef"] = new.image_id
    else:
        boot = {"uuid": new.boot_volume_id, "source_type": "volume", "destination_type": "volume", "boot_index": 0}
        asked["block_device_mapping_v2"] = [boot | {"delete_on_termination": new.boot_volume_delete}]
    hints = {"os:scheduler_hints": {"group": new.server_group_id}} if new.server_group_id else {}
    return {"server": asked} | hints


def _next_device(server: Server) -> str:
    taken = {attachment.device for attachment in server.attachments} | {server.root_device}
    letters = (f"/dev/vd{letter}" for letter in "bcdefghijklmnopqrstuvwxyz")
    device = next((name for name in letters if name not in taken), None)
    if device is None:
        raise error_answers.refused("more than 25 volumes on one server")
    return device


def _without_devices(attachments: tuple[Attachment, ...]) -> tuple[Attachment, ...]:
    """The attachments without device names, as Nova lists them."""
    return tuple(Attachment(server_id=one.server_id, volume_id=one.volume_id) for one in attachments)
