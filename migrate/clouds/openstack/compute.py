"""Nova: servers, server groups and key pairs."""

import base64
from collections.abc import Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import quote

from migrate.clouds.http import Pages
from migrate.clouds.openstack.api import Api
from migrate.clouds.openstack.block import BlockStorage
from migrate.clouds.openstack.login import Login
from migrate.clouds.openstack.network import Networking
from migrate.clouds.openstack.records import answers, translate
from migrate.clouds.ports import NewServer
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.errors import ConflictError, Denied, NotFound, Refused, TransientError, Unsupported
from migrate.messages import codes
from migrate.model import Attachment, Flavor, Keypair, Port, Server, ServerGroup, Volume

# The default version: delete_on_termination (2.3) and locked (2.9) in the server record, the flavor in it (2.47), tags
# at creation (2.52). For older clouds the newest supported one.
MICROVERSION = "2.52"
_DELETE_ON_TERMINATION = "2.79"
# Below it Nova refuses every volume of a multi-attach type, even without other attachments.
_SHARED_VOLUMES = "2.60"
# Since 2.64 a group has a single policy; before, a list of one. The soft policies came with 2.15.
_ONE_POLICY, _SOFT_POLICIES = "2.64", "2.15"
_KINDS = {"servers": "server", "os-keypairs": "keypair", "flavors": "flavor", "os-server-groups": "server group"}
# Actions that do not run the guest, such as our own image captures.
_HARMLESS_ACTIONS = frozenset({"createImage", "createBackup", "lock", "unlock"})
_STOPPED = frozenset({"SHUTOFF", "SHELVED", "SHELVED_OFFLOADED"})


@answers.all_read()
class Compute:
    """The compute port. Device names come from one listing of Cinder, the NIC order from one of Neutron."""

    def __init__(self, login: Login, block: BlockStorage, network: Networking) -> None:
        self._api = Api(login, "compute", kinds=_KINDS, microversion=MICROVERSION)
        self._login, self._block, self._network = login, block, network

    def keypairs(self) -> list[Keypair]:
        found = answers.records("keypair", self._api.pages("/os-keypairs", "keypairs"), translate.keypair)
        return sorted(found, key=lambda keypair: keypair.name)

    def servers(self, ask: Asking = EVERYTHING) -> list[Server]:
        items = list(self._api.pages("/servers/detail", "servers"))
        if not items:
            return []
        has_volumes = "block-storage" in self._login.services()
        listed = ask("volume", self._block.volumes) or [] if has_volumes else []
        volumes = {volume.id: volume for volume in listed}
        ports = ask("port", self._network.ports) or []
        flavors = self._flavors_of(items, ask)
        found = answers.records("server", items, lambda item: translate.server(item, flavors, volumes, ports))
        return sorted(found, key=lambda one: one.id)

    def server(self, server_id: str) -> Server:
        item = self._api.get(f"/servers/{server_id}")["server"]
        volumes: dict[str, Volume] = {}
        for attached in item.get("os-extended-volumes:volumes_attached", ()):
            volume_id = answers.new_id(attached["id"])
            volumes[volume_id] = self._block.volume(volume_id)
        ports: list[Port] = self._network.ports(device_id=server_id)
        return answers.checked_record(translate.server(item, self._flavors_of([item]), volumes, ports))

    def create_keypair(self, keypair: Keypair) -> Keypair:
        wanted = {"name": keypair.name, "public_key": keypair.public_key}
        if self._api.speaks("2.2"):
            wanted["type"] = keypair.type
        try:
            return answers.checked_record(translate.keypair(self._api.post("/os-keypairs", {"keypair": wanted})))
        except Refused as error:
            if error.facts.get("status") == 409:
                raise ConflictError(codes.IN_THE_WAY, what=f"keypair {keypair.name}", **_place(error)) from error
            raise

    def server_groups(self) -> list[ServerGroup]:
        try:
            found = answers.records("server-group", self._server_group_pages(), translate.server_group)
        except NotFound:
            return []
        return sorted(found, key=lambda group: group.id)

    def _server_group_pages(self) -> Iterator[dict[str, Any]]:
        """Pages of server groups, the only listing of Nova without links: by offset, until no new group appears."""
        seen: set[str] = set()
        pages = Pages("compute /os-server-groups")
        while True:
            query = [("offset", str(len(seen)))] if seen else None
            page = self._api.rows("/os-server-groups", "server_groups", query, microversion=_ONE_POLICY)
            told = {answers.named(item): item for item in page}
            fresh = [item for key, item in told.items() if key not in seen]
            if not fresh:
                return
            pages.turn(len(fresh))
            yield from fresh
            seen |= told.keys()

    def create_server_group(self, want: ServerGroup) -> str:
        body: dict[str, Any] = {"name": want.name}
        if self._api.speaks(_ONE_POLICY):
            body["policy"] = want.policy
        elif want.policy.startswith("soft-"):
            body["policies"] = [self._known(_SOFT_POLICIES, f"a server group's policy {want.policy}", want.policy)]
        else:
            body["policies"] = [want.policy]
        made = self._api.post("/os-server-groups", {"server_group": body}, microversion=_ONE_POLICY)
        return answers.new_id(made["server_group"]["id"])

    def create_server(self, new: NewServer) -> str:
        if (new.image_id is None) == (new.boot_volume_id is None):
            raise Refused(
                codes.BAD_REQUEST, what=f"server {new.name}: it boots from an image or from a volume, one of both"
            )
        request: dict[str, Any] = {"server": self._server_body(new)}
        if new.server_group_id:
            request["os:scheduler_hints"] = {"group": new.server_group_id}
        microversion = _SHARED_VOLUMES if new.boot_volume_id else ""
        made = self._api.post("/servers", request, microversion=microversion)
        return answers.new_id(made["server"]["id"])

    def _server_body(self, new: NewServer) -> dict[str, Any]:
        body: dict[str, Any] = {
            "name": new.name,
            "flavorRef": new.flavor_id,
            "networks": [{"port": port_id} for port_id in new.port_ids],
            "metadata": dict(new.metadata),
        }
        if new.boot_volume_id:
            # Without imageRef, which would be a second boot disk.
            body["block_device_mapping_v2"] = [_boot_volume(new.boot_volume_id, delete=new.boot_volume_delete)]
        else:
            body["imageRef"] = new.image_id
        if not new.port_ids:
            # Since 2.37 "none" is required; before, leaving it out means all networks.
            body["networks"] = "none" if self._api.speaks("2.37") else []
        if new.key_name:
            body["key_name"] = new.key_name
        if new.availability_zone:
            body["availability_zone"] = new.availability_zone
        if new.config_drive:
            body["config_drive"] = True
        if new.user_data is not None:
            body["user_data"] = base64.b64encode(new.user_data).decode()
        if new.description:
            body["description"] = self._known("2.19", "a server's description", new.description)
        if new.tags:
            body["tags"] = self._known("2.52", "server tags at creation", list(new.tags))
        return body

    def _known(self, microversion: str, what: str, value: Any) -> Any:
        """The value if the cloud supports it; otherwise raises Unsupported, as no setting is dropped silently."""
        if not self._api.speaks(microversion):
            raise Unsupported(codes.UNSUPPORTED, what=f"{what} needs compute {microversion}")
        return value

    def attach(self, server_id: str, volume_id: str, *, delete_on_termination: bool = False) -> None:
        body: dict[str, Any] = {"volumeId": volume_id}
        microversion = _SHARED_VOLUMES
        if delete_on_termination:
            body["delete_on_termination"] = self._known(_DELETE_ON_TERMINATION, "delete on termination", True)
            microversion = _DELETE_ON_TERMINATION
        self._api.post(
            f"/servers/{server_id}/os-volume_attachments", {"volumeAttachment": body}, microversion=microversion
        )

    def detach(self, server_id: str, volume_id: str) -> None:
        try:
            self._api.delete(f"/servers/{server_id}/os-volume_attachments/{volume_id}")
        except NotFound:
            return
        except Refused:
            # 400 if it is already being detached: an earlier request took effect, and its answer was lost.
            if not self._is_leaving(server_id, volume_id):
                raise

    def _is_leaving(self, server_id: str, volume_id: str) -> bool:
        try:
            volume = self._block.volume(volume_id)
        except NotFound:
            return True
        return volume.status == "detaching" or server_id not in {one.server_id for one in volume.attachments}

    def attachments(self, server_id: str) -> list[Attachment]:
        path = f"/servers/{server_id}/os-volume_attachments"
        items = self._api.rows(path, "volumeAttachments", microversion=_DELETE_ON_TERMINATION)
        return [translate.volume_attachment(item) for item in items]

    def stop(self, server_id: str) -> None:
        try:
            self._api.post_raw(f"/servers/{server_id}/action", {"os-stop": None})
        except Refused:
            # 409 for a server that is already stopped, and for one that cannot stop.
            if not self._is_stopped(server_id):
                raise

    def _is_stopped(self, server_id: str) -> bool:
        item = self._api.get(f"/servers/{server_id}")["server"]
        return item.get("status") in _STOPPED or item.get("OS-EXT-STS:task_state") == "powering-off"

    def start(self, server_id: str) -> None:
        try:
            self._api.post_raw(f"/servers/{server_id}/action", {"os-start": None})
        except Refused:
            # 409 for a server that already runs or is starting, and for one that cannot start.
            item = self._api.get(f"/servers/{server_id}")["server"]
            if item.get("status") != "ACTIVE" and item.get("OS-EXT-STS:task_state") != "powering-on":
                raise

    def is_off(self, server_id: str) -> bool:
        item = self._api.get(f"/servers/{server_id}")["server"]
        if item.get("status") == "ERROR":
            # A server that no host has taken has no host id, and Nova refuses to stop it.
            return not item.get("hostId") and not item.get("OS-EXT-STS:task_state")
        return item.get("status") in _STOPPED

    def last_action(self, server_id: str) -> str:
        try:
            told = self._past_actions(server_id)
        except NotFound:
            return ""
        moved = [one for one in told if one.get("action") not in _HARMLESS_ACTIONS]
        last: dict[str, Any] = max(moved, key=lambda one: answers.text(one.get("start_time")), default={})
        return answers.text(last.get("request_id"))

    def actions(self, server_id: str) -> tuple[str, ...]:
        return tuple(answers.text(one.get("action")) for one in self._past_actions(server_id))

    def _past_actions(self, server_id: str) -> list[dict[str, Any]]:
        """Nova's list of past actions on a server; empty on clouds that do not show it to the owner."""
        try:
            return self._api.rows(f"/servers/{server_id}/os-instance-actions", "instanceActions")
        except (Denied, Refused, Unsupported):
            return []

    def console_output(self, server_id: str, lines: int) -> str:
        asked = {"os-getConsoleOutput": {"length": lines}}
        try:
            told = self._api.post_raw(f"/servers/{server_id}/action", asked).json()
        except (NotFound, Refused):
            # 404 and 409 for a console that is not there yet, and 404 for a server that is not.
            self._api.get(f"/servers/{server_id}")
            return ""
        return answers.text(told.get("output") if isinstance(told, dict) else None)

    def delete_server(self, server_id: str) -> None:
        try:
            self._api.delete(f"/servers/{server_id}")
        except NotFound:
            return

    def create_image(self, server_id: str, name: str, metadata: dict[str, str]) -> str:
        action = {"createImage": {"name": name, "metadata": dict(metadata)}}
        response = self._api.post_raw(f"/servers/{server_id}/action", action)
        # Since 2.45 the body has the image id, before that a Location header.
        image_id = response.json()["image_id"] if response.content else ""
        image_id = image_id or response.headers.get("Location", "").rstrip("/").rpartition("/")[2]
        if not image_id:
            raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"server {server_id}: createImage named no image")
        return answers.new_id(image_id)

    def flavors(self) -> list[Flavor]:
        """All flavors that the project may use, sorted by name and id."""
        found = answers.records("flavor", self._api.pages("/flavors/detail", "flavors"), translate.flavor)
        return sorted(found, key=lambda flavor: (flavor.name, flavor.id))

    def limits(self) -> dict[str, int]:
        """Nova's absolute limits and their current use."""
        absolute: dict[str, int] = self._api.get("/limits")["limits"]["absolute"]
        return absolute

    def zones(self) -> tuple[str, ...]:
        items = self._api.rows("/os-availability-zone", "availabilityZoneInfo")
        return tuple(sorted(answers.ids("compute-zone", filter(answers.is_open, items), "zoneName")))

    def _flavors_of(self, items: list[dict[str, Any]], ask: Asking = EVERYTHING) -> list[Flavor]:
        """The flavors of the servers; on old clouds private and hidden flavors are requested one by one."""
        flavors = list(ask("flavor", self.flavors) or [])
        known = {flavor.id for flavor in flavors}
        for flavor_id in sorted({named for item in items if (named := _flavor_id(item))} - known):
            with suppress(Denied, NotFound):
                told = self._api.get(f"/flavors/{quote(flavor_id, safe='')}")
                flavors += answers.records("flavor", [told.get("flavor")], translate.flavor)
        return flavors


def _flavor_id(server: Any) -> str:
    """The flavor's id, if the server's record contains only that; empty if it is malformed, as `server` reports it."""
    flavor = server.get("flavor") if isinstance(server, dict) else None
    flavor_id = flavor.get("id") if isinstance(flavor, dict) else None
    return flavor_id if isinstance(flavor_id, str) and flavor_id.isprintable() else ""


def _boot_volume(volume_id: str, *, delete: bool) -> dict[str, Any]:
    return {
        "uuid": volume_id,
        "source_type": "volume",
        "destination_type": "volume",
        "boot_index": 0,
        "delete_on_termination": delete,
    }


def _place(error: Refused) -> dict[str, object]:
    return {key: error.facts[key] for key in ("url", "request_id", "status") if key in error.facts}
