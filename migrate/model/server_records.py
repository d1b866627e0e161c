"""Servers, server groups, flavors and key pairs."""

from migrate.model.images_and_volumes import Attachment
from migrate.model.records import Record


class Keypair(Record, frozen=True, kw_only=True):
    """A user's public key; its name is its identity."""

    name: str
    public_key: str
    fingerprint: str = ""
    type: str = "ssh"


class Flavor(Record, frozen=True, kw_only=True):
    name: str
    vcpus: int
    ram_mib: int
    disk_gib: int
    id: str = ""
    ephemeral_gib: int = 0
    swap_mib: int = 0


class ServerGroup(Record, frozen=True, kw_only=True):
    """Servers kept apart or together. `policy`: affinity, anti-affinity, soft-affinity or soft-anti-affinity.

    A group cannot carry a mark: name and policy are its natural key.
    """

    id: str
    name: str
    policy: str
    member_ids: tuple[str, ...] = ()


class Server(Record, frozen=True, kw_only=True):
    """A server. `port_ids`: in NIC order as far as the cloud shows it; `attachments`: in attach order.

    `user_data`: the SHA-256 of its file in `private/user-data/`, None if unknown (so far); `stack_id`: the Heat stack
    that owns it.
    """

    id: str
    name: str
    status: str
    flavor: Flavor
    image_id: str | None = None
    key_name: str | None = None
    description: str = ""
    availability_zone: str | None = None
    metadata: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    config_drive: bool = False
    locked: bool = False
    task_state: str | None = None
    root_device: str | None = None
    port_ids: tuple[str, ...] = ()
    security_group_names: tuple[str, ...] = ()
    attachments: tuple[Attachment, ...] = ()
    created_at: str = ""
    user_data: str | None = None
    stack_id: str | None = None
