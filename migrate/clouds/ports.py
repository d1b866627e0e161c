"""What the job needs from a cloud: six small ports, plain records in and out.

Common contract. Reads see the effect of an earlier write at once unless said otherwise. Ids in records are those of
the cloud the port talks to. A create call sets the mark that its record carries in the very request, so that it is
there as soon as the effect is. Nothing is created twice by a port: a call that may have had an effect and whose
answer was lost raises TransientError and is never repeated here; the caller looks for its mark.

Errors, everywhere: NotFound (gone), Denied (refused by policy or by SourceGuard), QuotaExceeded (never retried),
Refused (the request itself is wrong), Unsupported, TransientError (may pass by itself), AccessError (login, endpoint).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from migrate.clouds.asking import EVERYTHING, Asking
from migrate.model import (
    Attachment,
    Backup,
    CloudFacts,
    Container,
    FloatingIp,
    HostRoute,
    Identity,
    Image,
    Keypair,
    Kind,
    Network,
    ObjectEntry,
    Port,
    PortForwarding,
    Quota,
    Record,
    Router,
    SecurityGroup,
    SecurityGroupRule,
    Server,
    ServerGroup,
    ServiceResource,
    Snapshot,
    StackSource,
    Subnet,
    Trunk,
    Volume,
)

# ---------------------------------------------------------------- what is asked for


class NewServer(Record, frozen=True, kw_only=True):
    """A server to create: `port_ids` in NIC order; ids are the target's.

    It boots from exactly one of `image_id` and `boot_volume_id` (an `available`, bootable volume), the latter removed
    with the server when `boot_volume_delete` says so.
    """

    name: str
    flavor_id: str
    image_id: str | None
    port_ids: tuple[str, ...]
    key_name: str | None = None
    availability_zone: str | None = None
    description: str = ""
    metadata: dict[str, str] = {}
    tags: tuple[str, ...] = ()
    config_drive: bool = False
    user_data: bytes | None = None
    boot_volume_id: str | None = None
    boot_volume_delete: bool = False
    server_group_id: str | None = None


class NewVolume(Record, frozen=True, kw_only=True):
    """A volume to create: empty, or from exactly one of snapshot, image. `metadata` carries the mark."""

    name: str
    size_gib: int
    description: str = ""
    volume_type: str | None = None
    availability_zone: str | None = None
    metadata: dict[str, str] = {}
    snapshot_id: str | None = None
    image_id: str | None = None


class NewImage(Record, frozen=True, kw_only=True):
    """An image to create, bytes to follow by `upload`. `tags` carry the mark."""

    name: str
    disk_format: str
    container_format: str = "bare"
    min_disk_gib: int = 0
    min_ram_mib: int = 0
    visibility: str = "private"
    hidden: bool = False
    protected: bool = False
    tags: tuple[str, ...] = ()
    properties: dict[str, str] = {}


class NetworkState(Record, frozen=True, kw_only=True):
    """Everything of the network service that the tenant can see and may own, sorted by id."""

    networks: tuple[Network, ...] = ()
    subnets: tuple[Subnet, ...] = ()
    routers: tuple[Router, ...] = ()
    ports: tuple[Port, ...] = ()
    security_groups: tuple[SecurityGroup, ...] = ()
    floating_ips: tuple[FloatingIp, ...] = ()
    trunks: tuple[Trunk, ...] = ()


class Segment(Record, frozen=True, kw_only=True):
    """One segment of a static large object, as its manifest lists it; `range` is `first-last` or None.

    `data`: base64 of bytes that live in the manifest itself; such a segment has no container, name or ETag.
    """

    container: str = ""
    name: str = ""
    size_bytes: int = 0
    etag: str = ""
    range: str | None = None
    data: str | None = None


class ObjectInfo(Record, frozen=True, kw_only=True):
    """What is stored under a name itself, never what it leads to. `etag` without quotes.

    A plain object: its size and the MD5 of its body. A dynamic large object (`x-object-manifest`) and a symbolic link
    (`x-symlink-target`) are their own, mostly empty, body. A static large object (`is_slo`) has its `segments`; its
    size is theirs together, its ETag the MD5 of theirs joined.

    `headers`: x-object-meta-*, content-encoding, content-disposition, cache-control, content-language, expires,
    x-delete-at, x-robots-tag, x-object-manifest, x-symlink-target, x-symlink-target-account, x-symlink-target-etag;
    lower-case keys, values as text (UTF-8 read back as such). `expires_on`: a day that
    `Expiring.ensure` has seen to; for `put` and `Multipart.begin` alone, no store tells it here.
    """

    name: str
    size_bytes: int
    etag: str
    content_type: str
    headers: dict[str, str] = {}
    is_slo: bool = False
    segments: tuple[Segment, ...] = ()
    expires_on: str = ""


class Version(Record, frozen=True, kw_only=True):
    """One version of an object in a container that keeps them. A delete marker has no content.

    `etag` is that of the ObjectInfo which `get` tells for `version_id`.
    """

    name: str
    version_id: str
    size_bytes: int = 0
    etag: str = ""
    last_modified: str = ""
    is_latest: bool = False
    is_delete_marker: bool = False


class Upload(Record, frozen=True, kw_only=True):
    """A multipart upload that was begun and neither finished nor aborted. `started_at` as the store tells it."""

    name: str
    upload_id: str
    started_at: str = ""


class Stray(Record, frozen=True, kw_only=True):
    """A file in a store that is no object's. `name`: its place in the container, as the store calls it."""

    name: str
    size_bytes: int


class Part(Record, frozen=True, kw_only=True):
    """A part of an upload that the store holds. `etag`: the MD5 of its bytes, without quotes."""

    number: int
    size_bytes: int
    etag: str


# ---------------------------------------------------------------- ports


class Compute(Protocol):
    """Servers and keypairs of the project and user we are logged in as."""

    def keypairs(self) -> list[Keypair]:
        """The user's own keypairs (a colleague's are not visible), sorted by name."""

    def servers(self, ask: Asking = EVERYTHING) -> list[Server]:
        """All servers of the project with details, sorted by id.

        Other services are asked for devices (`volume`) and NICs (`port`): without them those are not told.
        """

    def server(self, server_id: str) -> Server:
        """One server, fresh. Raises NotFound."""

    def create_keypair(self, keypair: Keypair) -> Keypair:
        """Imports a public key. Raises ConflictError when the name is taken."""

    def create_server(self, new: NewServer) -> str:
        """Asks for a server and returns its id at once; wait for ACTIVE by `server`."""

    def attach(self, server_id: str, volume_id: str, *, delete_on_termination: bool = False) -> None:
        """Attaches a volume (asynchronous: see the volume's status). Raises Refused when it is attached already.

        Where its type allows several holders (`Volume.multiattach`) it is refused only when this server has it already,
        and always by a cloud that is too old for such volumes.
        """

    def detach(self, server_id: str, volume_id: str) -> None:
        """Asks for the volume to be taken off (asynchronous: `available`), whether or not the server runs.

        One that is not on that server, or is being taken off it already, is no error. A guest that does not let go
        leaves it `in-use`. Raises Refused while it is only being attached, and for the boot volume.
        """

    def attachments(self, server_id: str) -> list[Attachment]:
        """What is on the server, or on its way there, in one request; the boot volume too. Raises NotFound."""

    def stop(self, server_id: str) -> None:
        """Asks for a clean shut-down (asynchronous: SHUTOFF). Stopping a stopped server does nothing."""

    def last_action(self, server_id: str) -> str:
        """An id of the last thing that was done to the server and may have let it run, or stopped it.

        Another one after each stop and start. Empty where the cloud tells none.
        """

    def actions(self, server_id: str) -> tuple[str, ...]:
        """Names of all that was asked for this server, its `create` and each `attach_volume` among them.

        Empty where the cloud tells none. Raises NotFound.
        """

    def delete_server(self, server_id: str) -> None:
        """Asks for the server's deletion (asynchronous: NotFound by `server`). One that is gone is no error.

        Ports that it was given stay and are free again; so do its volumes, but for those that go with it.
        """

    def create_image(self, server_id: str, name: str, metadata: dict[str, str]) -> str:
        """Images the server's root disk (asynchronous), returns the image id; `metadata` become its properties."""

    def server_groups(self) -> list[ServerGroup]:
        """The project's server groups, sorted by id."""

    def create_server_group(self, want: ServerGroup) -> str:
        """Makes an empty group; its servers join as they are made. Names are not unique: look before you make."""


class NetworkService(Protocol):
    """Networks, and what hangs on them. Floating IPs and ports included."""

    def state(self, ask: Asking = EVERYTHING) -> NetworkState:
        """Everything, in a handful of listing requests."""

    def marked(self, kind: Kind, mark: str) -> list[str]:
        """Ids of resources of `kind` whose description begins with `mark`, oldest first where the cloud tells."""

    def create_network(self, want: Network) -> str:
        """Creates a tenant network; `want.id` is ignored, its description carries the mark. Returns the id.

        An MTU that the cloud refuses is left to it: the network is made all the same, with the cloud's own.
        """

    def create_subnet(self, want: Subnet) -> str: ...

    def enable_dhcp(self, subnet_id: str) -> None:
        """Turns DHCP on. Repeating it changes nothing."""

    def create_router(self, want: Router) -> str:
        """Creates the router with its gateway; interfaces are added by `add_interface`, routes by `set_routes`."""

    def set_routes(self, router_id: str, routes: tuple[HostRoute, ...]) -> None:
        """Makes the static routes exactly these. Raises Refused when a next hop is on none of its subnets."""

    def add_interface(self, router_id: str, subnet_id: str, ip_address: str | None) -> None:
        """Puts an interface into the subnet. With another address than the gateway's, makes the port itself."""

    def create_port(self, want: Port) -> str:
        """Creates a port; an empty `mac_address` lets the cloud choose."""

    def create_security_group(self, want: SecurityGroup) -> str:
        """Creates the group without `want.rules`, and without the egress rules that clouds add by themselves."""

    def replace_rules(self, group_id: str, rules: tuple[SecurityGroupRule, ...]) -> None:
        """Makes the group's rules exactly `rules`: adds what is missing, then removes what is not wanted."""

    def create_floating_ip(self, want: FloatingIp) -> FloatingIp:
        """Allocates an address on `want.external_network_id`, and associates it when `want.port_id` is set."""

    def associate(self, floating_ip_id: str, port_id: str, fixed_ip_address: str | None) -> None:
        """Points the floating IP at the port. Repeating it changes nothing."""

    def forward_port(self, floating_ip_id: str, want: PortForwarding) -> None:
        """Adds the forwarding; one that is there already (same protocol and external port) is left as it is."""

    def create_trunk(self, want: Trunk) -> str:
        """Makes a trunk over ports that exist, before its parent port's server is made."""


class BlockStorage(Protocol):
    """Volumes and volume snapshots. Statuses are the service's own, in lower case."""

    def volumes(self) -> list[Volume]: ...

    def snapshots(self) -> list[Snapshot]: ...

    def volume(self, volume_id: str) -> Volume:
        """One volume, fresh. Raises NotFound."""

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """One snapshot, fresh. Raises NotFound."""

    def create_volume(self, new: NewVolume) -> str:
        """Asks for a volume and returns its id at once; wait for `available`."""

    def create_snapshot(self, volume_id: str, name: str, metadata: dict[str, str]) -> str:
        """Snapshots a volume, in use or not (asynchronous). Crash-consistent when a running server holds it."""

    def upload_to_image(self, volume_id: str, name: str, disk_format: str) -> str:
        """Uploads an `available` volume to a new image (asynchronous), returns the image id.

        The image takes no property in this call; it inherits the volume's image metadata (see `set_boot`).
        """

    def set_boot(self, volume_id: str, *, bootable: bool, image_metadata: dict[str, str]) -> None:
        """Makes the bootable flag and the image metadata exactly these. Idempotent.

        Keys that the service sets itself and refuses to change (size, checksum, image_id…) are left alone.
        """

    def drop_metadata(self, volume_id: str, key: str) -> None:
        """Takes one key off the volume's metadata, in use or not. One that is not there is no error."""

    def delete_volume(self, volume_id: str) -> None:
        """Asks for deletion (asynchronous). A volume that is gone already, or being deleted, is no error.

        Raises Refused while the volume is busy: `creating`, `uploading`, `in-use`…
        """

    def delete_snapshot(self, snapshot_id: str) -> None:
        """Asks for deletion (asynchronous). A snapshot that is gone already, or being deleted, is no error."""

    def backups(self) -> list[Backup]:
        """The project's backups, sorted by id; none where the cloud has no backup service."""

    def restore_backup(self, backup_id: str, volume_id: str) -> None:
        """Writes the backup over an `available` volume (asynchronous: the volume is `restoring-backup` meanwhile).

        The volume must be as large as the backup's. Where the backed-up volume had metadata, it takes the place of the
        volume's own, and so a mark there is gone: look for the name. Where it had image metadata, that does the same
        and the volume is bootable. A name that the volume has stays. Raises NotFound, Refused.
        """


class Images(Protocol):
    """Images and their bytes."""

    def images(self, tag: str | None = None, ask: Asking = EVERYTHING) -> list[Image]:
        """The project's own images, hidden ones too, sorted by id; with `tag`, those that carry it.

        With whom each is shared is asked for by `image-member`.
        """

    def image(self, image_id: str) -> Image:
        """One image, fresh. Raises NotFound."""

    def create(self, new: NewImage) -> str:
        """Registers an image, status `queued`; its tags and properties are set in this call."""

    def upload(self, image_id: str, chunks: Iterable[bytes], size_bytes: int) -> None:
        """Sends the bytes of a queued image: exactly `size_bytes`, in order. An early end leaves it queued."""

    def read(self, image_id: str, start: int = 0, end: int | None = None) -> AbstractContextManager[Iterator[bytes]]:
        """Streams bytes [start, end) of the file, `end` None for all. Short of what was asked: TransientError.

        Works on clouds that answer 200 to a range: the unwanted head is read and dropped.
        """

    def delete(self, image_id: str) -> None:
        """Deletes the image. One that is gone already is no error."""

    def protect(self, image_id: str) -> None:
        """Lets nobody delete the image, us included. Repeating it changes nothing. Raises NotFound."""

    def share(self, image_id: str, project_id: str) -> None:
        """Makes the image visible to a project, which must accept it; one that was private is `shared` from then on.

        Repeating it changes nothing. Raises NotFound.
        """


LISTING_PAGE = 10_000
"""Names that are asked for in one request of a listing; a server may give fewer."""


class ObjectStore(Protocol):
    """Containers and objects. Names are any UTF-8; listings are sorted by the bytes of the name."""

    multipart: "Multipart | None"
    """How large objects are made where they are made of parts (S3); None where segments stay objects (Swift)."""

    settings: "BucketSettings | None"
    """What a bucket has in place of some headers of a container (S3); None where a container has its headers."""

    expiring: "Expiring | None"
    """How objects end by rules of their bucket (S3); None where each has its own time, or there is no such thing."""

    is_remote: bool
    """Whether bytes cross a line on their way: then a put is worth the MD5 by which the server refuses other ones."""

    strays: "Strays | None"
    """What kills leave where no listing shows it (a folder); None where there can be no such thing."""

    def containers(self) -> list[Container]: ...

    def container(self, name: str) -> Container:
        """One container with its settable headers; keys that sign are told by an empty value. Raises NotFound."""

    def free_bytes(self, container: str) -> int | None:
        """How much more the container can hold as things stand, as far as the store tells us; None: it does not."""

    def account_quota(self) -> Quota | None:
        """What all containers may hold together, in bytes; None: there is no such quota, or it is not shown to us."""

    def signing_keys(self, name: str) -> dict[str, str]:
        """The container's temporary-URL and sync keys, for `put_container` alone: never to be kept, shown or logged."""

    def put_container(self, name: str, headers: dict[str, str]) -> None:
        """Creates the container or updates these headers; an empty value is left out. Repeating it changes nothing.

        `x-remove-NAME` with any value takes the header `x-NAME` away, as at Swift.
        """

    def entries(self, container: str, prefix: str = "", marker: str = "", until: str = "") -> Iterator[ObjectEntry]:
        """The listing behind `marker` up to `until` (included; empty: to the end). Raises NotFound for the container.

        Asks page by page as it is consumed, LISTING_PAGE names at a time, and no page more than it must: one for up to
        LISTING_PAGE names.
        """

    def versions(self, container: str) -> Iterator[Version]:
        """All versions of all objects, those of one name from the newest to the oldest. Raises Unsupported."""

    def head(self, container: str, name: str) -> ObjectInfo:
        """What is stored under the name: one request, a second one for a static large object. Raises NotFound."""

    def get(
        self, container: str, name: str, version_id: str = ""
    ) -> AbstractContextManager[tuple[ObjectInfo, Iterator[bytes]]]:
        """What is stored under the name, and its own body, in one request. Short of its length: TransientError.

        A static large object comes with its segments and no body.
        """

    def read(self, container: str, name: str, start: int, end: int) -> AbstractContextManager[Iterator[bytes]]:
        """Bytes [start, end) of what the name leads to: the joined segments of a large object, the target of a link.

        Short of what was asked: TransientError. Raises NotFound, for what it leads to as well.
        """

    def put(self, container: str, info: ObjectInfo, chunks: Iterable[bytes]) -> str:
        """Stores `info.size_bytes` bytes with `info`'s type and headers, all or nothing; returns the ETag.

        A non-empty `info.etag` (MD5 of the body) makes the server refuse other bytes: IntegrityError. A link that
        names its target's ETag is Refused where that target is not there, or is another; of a static large object it
        is the ETag that a listing shows (`ObjectEntry.etag`), which differs from cloud to cloud.
        """

    def put_manifest(self, container: str, info: ObjectInfo) -> str:
        """Writes a static large object over `info.segments`, which are there; returns the ETag of the whole.

        The server checks size and ETag of each segment: Refused or IntegrityError. Unsupported where `multipart` is.
        """

    def delete(self, container: str, name: str) -> None:
        """Removes the object (of a large one the manifest alone). One that is gone already is no error."""


class Multipart(Protocol):
    """Large objects out of parts, of an ObjectStore that has them. Numbers begin with 1."""

    least_part_bytes: int
    """Every part but the last is at least so large."""

    def begin(self, container: str, info: ObjectInfo) -> str:
        """Begins an upload of the object with `info`'s type and headers, returns its id."""

    def unfinished(self, container: str, name: str = "") -> list[Upload]:
        """Uploads of that name (empty: of the whole container) that nobody has ended, oldest first."""

    def parts(self, container: str, name: str, upload_id: str) -> list[Part]:
        """The parts that are there, by number. Raises NotFound: no such upload."""

    def put_part(
        self,
        container: str,
        name: str,
        upload_id: str,
        number: int,
        size_bytes: int,
        etag: str,
        chunks: Iterable[bytes],
    ) -> Part:
        """Stores one part; with `etag` (its MD5) other bytes are refused: IntegrityError. Repeating it replaces."""

    def finish(self, container: str, name: str, upload_id: str, parts: Sequence[Part]) -> str:
        """Makes the object out of the parts, returns its ETag. Raises NotFound: no such upload (or finished before)."""

    def abort(self, container: str, name: str, upload_id: str) -> None:
        """Throws the upload and its parts away. One that is gone already is no error."""


class BucketSettings(Protocol):
    """A bucket's CORS rules and web site, told as the headers of a container (`migrate.model.s3_buckets`)."""

    def there(self, container: str) -> dict[str, str]:
        """What the bucket has; a store that knows no such settings has none."""

    def put(self, container: str, headers: Mapping[str, str]) -> None:
        """Sets them where nobody else has; a store that refuses goes without. Repeating it changes nothing."""


class Expiring(Protocol):
    """Objects that the store deletes by itself, by whole days: `YYYY-MM-DD`, at 00:00 UTC."""

    def ensure(self, container: str, day: str) -> bool:
        """Sees to a rule that deletes what is put with `expires_on=day`, and nothing else. May be repeated.

        False: the store has no such rules, takes no more of them, or has not understood this one (it is gone again).
        """

    def give_up(self, container: str) -> None:
        """From now on `ensure` says False: the store takes a day with an object and does not keep it."""

    def days(self, container: str) -> frozenset[str]:
        """The days that have a rule now."""

    def day_of(self, container: str, name: str) -> str:
        """The day that an object was put with; empty for none."""


class Strays(Protocol):
    """What a process that was killed left in an ObjectStore. Never what another one may be writing."""

    def find(self, container: str) -> list[Stray]:
        """Sorted by name; none where there is no such container."""

    def remove(self, container: str, stray: Stray) -> None:
        """Removes it, if it is one still. One that is gone already is no error."""


class OtherServices(Protocol):
    """Services whose things cannot be carried, as far as the catalogue names them. Reading only."""

    def resources(self, ask: Asking = EVERYTHING) -> list[ServiceResource]:
        """All that the tenant may list, sorted by kind and id. A service that refuses is told by one row.

        Each is asked for by its own name, so that a policy can leave it out.
        """

    def stack(self, stack_id: str) -> StackSource:
        """Template, parameters (hidden ones as the service masks them) and resources of a stack. Raises NotFound."""


class Cloud(Protocol):
    """One project on one cloud, as one user sees it."""

    compute: Compute
    network: NetworkService
    block: BlockStorage
    images: Images
    objects: ObjectStore
    others: OtherServices

    def identity(self) -> Identity:
        """Who and where we are; logs in anew each time. Raises AccessError: wrong password, unreachable endpoint."""

    def endpoints(self) -> dict[str, tuple[str, ...]]:
        """Official type of a service -> its addresses in the catalogue, sorted: in our region, by any interface."""

    def facts(self, ask: Asking = EVERYTHING) -> CloudFacts:
        """What the cloud offers to this project: flavors, types, zones, quotas and their use."""
