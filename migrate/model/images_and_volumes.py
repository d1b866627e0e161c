"""Images, volumes, snapshots and backups of a tenant."""

from migrate.model.records import Record


class Image(Record, frozen=True, kw_only=True):
    """An image. `size_bytes`: of the file; `virtual_size_bytes`: of the disk inside (None if unknown).

    `server_id`: the server it is a copy of, according to the cloud; copies of the copy have it too.
    `members`: ids of the projects it is shared with. `volume_backed`: it has no bytes and refers to the volume
    snapshots `snapshot_ids`, in the order of its block device mapping.
    """

    id: str
    name: str
    status: str
    disk_format: str = "raw"
    container_format: str = "bare"
    size_bytes: int = 0
    virtual_size_bytes: int | None = None
    min_disk_gib: int = 0
    min_ram_mib: int = 0
    visibility: str = "private"
    owner_id: str = ""
    checksum: str | None = None
    hash_algo: str | None = None
    hash_value: str | None = None
    hidden: bool = False
    protected: bool = False
    tags: tuple[str, ...] = ()
    properties: dict[str, str] = {}
    volume_backed: bool = False
    created_at: str = ""
    members: tuple[str, ...] = ()
    snapshot_ids: tuple[str, ...] = ()
    server_id: str = ""


class Attachment(Record, frozen=True, kw_only=True):
    """The attachment of a volume to a server; part of both records."""

    server_id: str
    volume_id: str
    device: str = ""
    delete_on_termination: bool = False


class Volume(Record, frozen=True, kw_only=True):
    id: str
    name: str
    size_gib: int
    status: str
    description: str = ""
    volume_type: str | None = None
    availability_zone: str | None = None
    bootable: bool = False
    encrypted: bool = False
    multiattach: bool = False
    metadata: dict[str, str] = {}
    image_metadata: dict[str, str] = {}
    attachments: tuple[Attachment, ...] = ()
    snapshot_id: str | None = None
    created_at: str = ""
    group_id: str | None = None


class Snapshot(Record, frozen=True, kw_only=True):
    id: str
    volume_id: str
    name: str
    size_gib: int
    status: str
    description: str = ""
    metadata: dict[str, str] = {}
    created_at: str = ""


class Backup(Record, frozen=True, kw_only=True):
    """A Cinder backup. `container`: where its driver stores it; with Swift, in the tenant's own account."""

    id: str
    name: str
    volume_id: str
    size_gib: int
    status: str
    container: str | None = None
    description: str = ""
    incremental: bool = False
    created_at: str = ""
