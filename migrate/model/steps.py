"""The steps of a plan: typed actions, their dependencies and gates.

A step's id is `kind:source-id`, followed by a suffix if one source id has several steps (`volume:ID:capture`). It stays
the same in later plans, so that a new attempt matches the last one. Records inside an action are the *source's*: they
contain source ids, and the executor looks up the ids at the target.

Facts about all steps of an action are in its class: the clouds it loads, its phase, the class of work for estimates,
and the feature that the tests must have proved. Other lists of actions exist only where the code differs: to build,
carry out and verify them.
"""

from enum import IntEnum
from typing import ClassVar, Self

import msgspec
from msgspec import UNSET, UnsetType

from migrate.documents import digest
from migrate.model import (
    Backup,
    FixedIp,
    FloatingIp,
    HostRoute,
    Identity,
    Image,
    Keypair,
    Kind,
    Network,
    Port,
    PortForwarding,
    Record,
    Router,
    RouterInterface,
    S3Place,
    SecurityGroup,
    Server,
    ServerGroup,
    Snapshot,
    Subnet,
    Trunk,
    Volume,
)
from migrate.model.health_checks import AnyCheck, ServerAddress
from migrate.model.hooks import Hook
from migrate.model.wave_records import PlannedWave

SOURCE, TARGET, BOTH = ("source",), ("target",), ("source", "target")


class Phase(IntEnum):
    """The order of actions, lowest first; resources in use leave the source before snapshots and backups."""

    NETWORK = 0
    EVACUATE = 1
    OBJECTS = 2
    REBUILD = 3
    START = 4
    WAVES = 5
    """All dependents of stops, wave by wave, each again in the phases above."""
    HISTORY = 6
    HISTORY_REBUILD = 7


class Action(Record, frozen=True, kw_only=True, tag_field="do"):
    """Base class of the typed actions; the tag is the action's name in the document."""

    sides: ClassVar[tuple[str, ...]] = TARGET
    """The clouds that it loads, for the limits. Steps that load the source must be done before the switch-off."""
    phase: ClassVar[Phase] = Phase.NETWORK
    captures_disk: ClassVar[bool] = False
    """Whether it captures a disk, with temporaries at the source."""
    fills_store: ClassVar[bool] = False
    """Whether it adds content to the store: a disk, or an image file."""
    reads_store: ClassVar[bool] = False
    """Whether its result depends on what the store holds."""
    work: ClassVar[str] = "api"
    """The class of work for estimates, unless the step determines it (`forecast/work_classes.py`)."""
    feature: ClassVar[str]
    """The feature that tests must have proved, unless the step determines it (`plan/readiness/maturity.py`,
    docs/capabilities.md).
    """
    keeps_changes: ClassVar[bool] = False
    """Whether changes that somebody makes at the target are kept, unless `run --set-again` selects it."""


class ImportKeypair(Action, frozen=True, kw_only=True, tag="keypair.import"):
    feature = "keypairs"

    keypair: Keypair


class MakeSecurityGroup(Action, frozen=True, kw_only=True, tag="security-group.make"):
    """Creates the group without rules; the project's existing `default` group is adopted."""

    feature = "security-groups"

    want: SecurityGroup


class SetRules(Action, frozen=True, kw_only=True, tag="security-group.rules"):
    """Sets exactly these rules, once all groups in them exist.

    `addresses`: maps old addresses to source ids of their floating IPs. Rules with such an address get the new one
    instead; if it is empty, the rules stay unchanged.
    """

    feature = "security-groups"
    keeps_changes = True

    want: SecurityGroup
    addresses: dict[str, str] = {}


class MakeNetwork(Action, frozen=True, kw_only=True, tag="network.make"):
    feature = "networks"

    want: Network


class MakeSubnet(Action, frozen=True, kw_only=True, tag="subnet.make"):
    """Creates a subnet, at first without DHCP if servers need fixed addresses, which a DHCP port could take."""

    feature = "networks"

    want: Subnet
    dhcp_later: bool = False


class EnableDhcp(Action, frozen=True, kw_only=True, tag="subnet.dhcp"):
    """Turns DHCP on once every port has its address."""

    feature = "late-dhcp"

    subnet_id: str


class MakeRouter(Action, frozen=True, kw_only=True, tag="router.make"):
    """Creates a router. `external_network_id`: the target's own, or None."""

    feature = "routers"

    want: Router
    external_network_id: str | None = None


class AddInterface(Action, frozen=True, kw_only=True, tag="router.interface"):
    feature = "routers"

    router_id: str
    interface: RouterInterface


class SetRoutes(Action, frozen=True, kw_only=True, tag="router.routes"):
    """Sets static routes once the router's interfaces reach their next hops."""

    feature = "routers"

    router_id: str
    routes: tuple[HostRoute, ...]


class MakePort(Action, frozen=True, kw_only=True, tag="port.make"):
    """Creates a port with its fixed addresses; `keep_mac` only if the policy says that the target allows it.

    `network_id`: the target's network for a port on another project's network; then `fixed_ips` are requested on the
    target's subnets, with an empty address if the target chooses.
    """

    feature = "networks"

    want: Port
    keep_mac: bool = False
    network_id: str | UnsetType = UNSET
    fixed_ips: tuple[FixedIp, ...] | UnsetType = UNSET

    @property
    def changed_addresses(self) -> tuple[str, ...]:
        """Source addresses that the port does not keep; on another project's network the target may choose them."""
        if self.fixed_ips is UNSET:
            return ()
        asked = {one.ip_address for one in self.fixed_ips}
        return tuple(one.ip_address for one in self.want.fixed_ips if one.ip_address not in asked)


class MakeFloatingIp(Action, frozen=True, kw_only=True, tag="floating-ip.make"):
    """Allocates a new address on the target's `external_network_id`: the old one cannot move."""

    feature = "floating-addresses"
    keeps_changes = True

    want: FloatingIp
    external_network_id: str


class ForwardPort(Action, frozen=True, kw_only=True, tag="floating-ip.forward"):
    feature = "port-forwardings"
    keeps_changes = True

    floating_ip_id: str
    want: PortForwarding


class MakeTrunk(Action, frozen=True, kw_only=True, tag="trunk.make"):
    feature = "trunks"

    want: Trunk


class MakeServerGroup(Action, frozen=True, kw_only=True, tag="server-group.make"):
    feature = "server-groups"

    want: ServerGroup


class CaptureImage(Action, frozen=True, kw_only=True, tag="image.capture"):
    """Reads the image's file, byte for byte, into the store."""

    sides = SOURCE
    fills_store = True
    phase = Phase.EVACUATE
    work = "image.capture"
    feature = "images"

    image: Image


class RestoreImage(Action, frozen=True, kw_only=True, tag="image.restore"):
    """Creates the image at the target from the sealed manifest, byte for byte, with its properties."""

    phase = Phase.REBUILD
    work = "image.restore"
    feature = "images"
    reads_store = True

    image: Image


class ShareImage(Action, frozen=True, kw_only=True, tag="image.share"):
    """Shares the moved image with a target project, which the policy maps from one of the source."""

    phase = Phase.START
    feature = "shared-images"

    image_id: str
    project_id: str


class StopServer(Action, frozen=True, kw_only=True, tag="server.stop"):
    """Stops the source server for its last pass, so that its disks are consistent. Always gated.

    `replaces`: our server at the target from an earlier copy, which this one replaces. `before`: programs that must
    exit with 0 first, in this order. Both are written only if set, so that older steps keep their digest.
    """

    sides = SOURCE
    phase = Phase.EVACUATE
    work = "server"
    feature = "stops"

    server_id: str
    name: str
    replaces: str | UnsetType = UNSET
    before: tuple[Hook, ...] | UnsetType = UNSET


class CaptureVolume(Action, frozen=True, kw_only=True, tag="volume.capture"):
    """Captures a volume: snapshot, clone, upload as qcow2, read into the store.

    `server_id`: the server it is attached to, if any; `others`: further servers.
    `attached`, here and below: the volume is attached to the worker on its side, instead of passing through an image.
    Written only if set, so that older steps keep their digest.
    """

    sides = SOURCE
    phase = Phase.EVACUATE
    captures_disk = True
    fills_store = True
    work = "disk.capture"
    feature = "disks"

    volume: Volume
    server_id: str | None = None
    others: tuple[str, ...] | UnsetType = UNSET
    attached: bool | UnsetType = UNSET


class CaptureSnapshot(Action, frozen=True, kw_only=True, tag="snapshot.capture"):
    """Clones the customer's own snapshot, uploads the clone as qcow2, reads it into the store."""

    sides = SOURCE
    phase = Phase.HISTORY
    captures_disk = True
    fills_store = True
    work = "disk.capture"
    feature = "snapshots"

    snapshot: Snapshot
    attached: bool | UnsetType = UNSET


class CaptureBackup(Action, frozen=True, kw_only=True, tag="backup.capture"):
    """Restores the backup into a volume of ours at the source, and captures that.

    `volume_type`: for a backup of an encrypted volume, which can only be restored to its own type.
    """

    sides = SOURCE
    phase = Phase.HISTORY
    captures_disk = True
    fills_store = True
    work = "backup.capture"
    feature = "backups"

    backup: Backup
    attached: bool | UnsetType = UNSET
    volume_type: str | UnsetType = UNSET


class RestoreVolume(Action, frozen=True, kw_only=True, tag="volume.restore"):
    """Creates a volume from a captured disk. `volume.id`: the id of the original.

    `of`: the kind of the original: volume, snapshot, backup, or a server whose root disk becomes its boot volume.
    """

    phase = Phase.REBUILD
    work = "disk.restore"
    feature = "disks"
    reads_store = True

    volume: Volume
    of: Kind = Kind.VOLUME
    volume_type: str | None = None
    availability_zone: str | None = None
    attached: bool | UnsetType = UNSET


class CaptureServer(Action, frozen=True, kw_only=True, tag="server.capture"):
    """Images the server's own root disk and reads it into the store."""

    sides = SOURCE
    phase = Phase.EVACUATE
    captures_disk = True
    fills_store = True
    work = "root.capture"
    feature = "disks"

    server: Server


class TakePass(Action, frozen=True, kw_only=True, tag="disk.pass"):
    """Reads a disk into the store while its server runs, so that less is left to send once it is stopped.

    `capture`: the capture of this disk behind the stop. The pass is as after a power cut, and nothing is restored from
    it while that capture is planned.
    """

    sides = SOURCE
    phase = Phase.EVACUATE
    captures_disk = True
    fills_store = True
    work = "disk.capture"
    feature = "warm-passes"

    capture: CaptureVolume | CaptureServer


class PreloadVolume(Action, frozen=True, kw_only=True, tag="disk.preload"):
    """Writes the newest pass over a disk into its volume at the target while its server runs, so that `restore`, the
    restore behind the stop, only writes what has changed since.

    Until then the volume counts as incomplete, and nothing is made from it.
    """

    phase = Phase.REBUILD
    work = "disk.restore"
    feature = "delta-restore"
    reads_store = True

    restore: RestoreVolume


class RestoreServerImage(Action, frozen=True, kw_only=True, tag="server.image"):
    """Creates the boot image of the moved server from its captured root disk."""

    phase = Phase.REBUILD
    work = "image.restore"
    feature = "disks"
    reads_store = True

    server: Server
    properties: dict[str, str] = {}


class RestoreSnapshotImage(Action, frozen=True, kw_only=True, tag="snapshot.image"):
    """Creates an image from a captured volume snapshot, if the policy chooses images."""

    phase = Phase.HISTORY_REBUILD
    work = "image.restore"
    feature = "snapshot-images"
    reads_store = True

    snapshot: Snapshot
    properties: dict[str, str] = {}


def kind_at_target(of: Kind, *, as_image: bool = False, as_volume: bool = False) -> Kind:
    """The kind that a captured disk gets at the target: volume or image."""
    is_image = as_image or of is Kind.IMAGE or (of is Kind.SERVER and not as_volume)
    return Kind.IMAGE if is_image else Kind.VOLUME


class VerifyDisk(Action, frozen=True, kw_only=True, tag="disk.verify"):
    """Reads a restored disk back at the target before a guest can write to it.

    `of`: volume, image, server (its root disk's image), snapshot or backup; `source_id`: that resource's id.
    `as_image`: a snapshot became an image instead of a volume; `as_volume`: a root disk became a volume instead of an
    image; written only if set, so that older steps keep their digest.
    """

    phase = Phase.REBUILD
    feature = "disks"
    reads_store = True

    of: Kind
    source_id: str
    as_image: bool = False
    as_volume: bool | UnsetType = UNSET

    @property
    def at_target(self) -> Kind:
        return kind_at_target(self.of, as_image=self.as_image, as_volume=self.as_volume is True)


class MakeServer(Action, frozen=True, kw_only=True, tag="server.make"):
    """Creates a server. `flavor_id`, `availability_zone`: the target's.

    `boot_volume_id`: the source's boot volume, which then needs no attachment; the server's own id if its root disk
    became a volume.
    `user_data`: the digest of its user data in `private/user-data/`.
    """

    phase = Phase.START
    work = "server"
    feature = "image-booted-servers"
    reads_store = True

    server: Server
    flavor_id: str
    flavor_name: str
    availability_zone: str | None = None
    boot_volume_id: str | None = None
    boot_volume_delete: bool = False
    server_group_id: str | None = None
    user_data: str | None = None

    @property
    def boot_disk(self) -> tuple[Kind, str]:
        """The original of the boot disk: a volume, or the server's own root disk."""
        if self.boot_volume_id is None or self.boot_volume_id == self.server.id:
            return Kind.SERVER, self.server.id
        return Kind.VOLUME, self.boot_volume_id


class AttachVolume(Action, frozen=True, kw_only=True, tag="server.attach"):
    """Attaches a volume; one after the other, in the source's order. `shared`: other servers get it as well."""

    phase = Phase.START
    work = "server"
    feature = "image-booted-servers"

    server_id: str
    volume_id: str
    delete_on_termination: bool = False
    shared: bool | UnsetType = UNSET


class CheckServer(Action, frozen=True, kw_only=True, tag="server.check"):
    """The policy's health checks of a server that is made, in their order, from the machine that runs Decamp.

    `addresses`: all that the server has at the source, in the order of its NICs; a check asks one at the target.
    """

    phase = Phase.START
    work = "server.check"
    feature = "health-checks"

    server_id: str
    checks: tuple[AnyCheck, ...]
    addresses: tuple[ServerAddress, ...] = ()


class RunAfterUp(Action, frozen=True, kw_only=True, tag="server.after-up"):
    """Programs of the customer's, in their order, once all servers of the wave are up. The downtime has ended by then.

    `addresses`: as in `CheckServer`.
    """

    phase = Phase.START
    work = "program"
    feature = "hooks"

    server_id: str
    programs: tuple[Hook, ...]
    addresses: tuple[ServerAddress, ...] = ()


class CopyContainer(Action, frozen=True, kw_only=True, tag="container.copy"):
    """Copies the container with its headers and all objects directly from source to target.

    `place`: on S3, absent if the target is Swift. On S3, the content of a `segment_container` becomes parts of large
    objects; other objects in it are copied individually. `versions`: older versions of its objects are copied too.
    `removes`: objects that vanish at the source after their copy are removed at the target. These fields are written
    only if set, so that older steps keep their digest.
    """

    sides = BOTH
    phase = Phase.OBJECTS
    feature = "objects"
    keeps_changes = True

    name: str
    objects: int
    headers: dict[str, str] = {}
    segment_container: bool = False
    place: S3Place | UnsetType = UNSET
    versions: bool | UnsetType = UNSET
    expiring: str | UnsetType = UNSET
    removes: bool | UnsetType = UNSET

    @property
    def bucket(self) -> str:
        """The bucket; empty if the target is Swift."""
        return "" if self.place is UNSET else self.place.bucket

    @property
    def key_prefix(self) -> str:
        """The prefix of its objects' keys."""
        return "" if self.place is UNSET else self.place.prefix


class LastPass(Action, frozen=True, kw_only=True, tag="container.last-pass"):
    """Compares a container of a wave with the source once the wave's servers are stopped, and copies what changed.

    How it is copied is said by its `CopyContainer`. `servers`: those of the wave, which are made afterwards; `objects`:
    as of the scan.
    """

    sides = BOTH
    phase = Phase.EVACUATE
    work = "objects.last-pass"
    feature = "objects-of-waves"

    name: str
    servers: tuple[str, ...]
    objects: int


AnyAction = (
    ImportKeypair
    | MakeSecurityGroup
    | SetRules
    | MakeNetwork
    | MakeSubnet
    | MakeRouter
    | AddInterface
    | MakePort
    | MakeFloatingIp
    | CaptureImage
    | RestoreImage
    | StopServer
    | CaptureVolume
    | RestoreVolume
    | CaptureServer
    | TakePass
    | PreloadVolume
    | RestoreServerImage
    | VerifyDisk
    | MakeServer
    | AttachVolume
    | CheckServer
    | RunAfterUp
    | CopyContainer
    | LastPass
    | EnableDhcp
    | SetRoutes
    | ForwardPort
    | MakeTrunk
    | MakeServerGroup
    | ShareImage
    | CaptureSnapshot
    | CaptureBackup
    | RestoreSnapshotImage
)


class Step(Record, frozen=True, kw_only=True):
    """One step. `rank`: lower ranks go first among ready steps; `size_bytes`: of its subject.

    `needs`: ids of steps that must be done first; `gate`: the approval it waits for; `sides`: the clouds it loads
    (`source`, `target`), for the limits.
    """

    id: str
    name: str
    action: AnyAction
    sides: tuple[str, ...]
    needs: tuple[str, ...] = ()
    gate: str | None = None
    rank: int = 0
    size_bytes: int = 0

    @classmethod
    def for_action(
        cls,
        step_id: str,
        name: str,
        action: AnyAction,
        *,
        needs: tuple[str, ...] = (),
        gate: str | None = None,
        size_bytes: int = 0,
    ) -> Self:
        """A step for the action, without a rank."""
        sides = action.sides
        return cls(id=step_id, name=name, action=action, sides=sides, needs=needs, gate=gate, size_bytes=size_bytes)

    @property
    def digest(self) -> str:
        """The digest that approvals bind to: any change in the step needs a new approval.

        It excludes the rank: a change in the size of another disk changes the order, not the step.
        """
        return digest(msgspec.to_builtins(msgspec.structs.replace(self, rank=0)))

    @property
    def reads_source(self) -> bool:
        """Whether the step must be done before the source is switched off."""
        return "source" in self.sides

    @property
    def reads_content(self) -> bool:
        """Whether the step reads disks, images or objects of the source; a stop does not."""
        return self.reads_source and not isinstance(self.action, StopServer)

    @property
    def content_bytes(self) -> int:
        """The maximum number of bytes moved. A stop is ranked by the size of its server's disks, but moves none."""
        return 0 if isinstance(self.action, StopServer) else self.size_bytes

    @property
    def do(self) -> str:
        """The action's name in the document, e.g. `volume.capture`."""
        return str(self.action.__struct_config__.tag)


class Gate(Record, frozen=True, kw_only=True):
    """An approval that a person must give: `decamp approve NAME`."""

    name: str
    why: str
    steps: tuple[str, ...]


class LeftOut(Record, frozen=True, kw_only=True):
    """A source resource that the plan does not move, and the finding with the reason."""

    kind: Kind
    id: str
    name: str
    code: str


class Plan(Record, frozen=True, kw_only=True):
    """`plan.json`: determined by policy, source and target inventory, without a clock. `inputs`: their seals.

    `waves`: the stopped servers, in the order of their cut-over. Absent if no server is stopped, and in plans of
    earlier versions.
    """

    migration: str
    source: Identity
    target: Identity
    inputs: dict[str, str]
    steps: tuple[Step, ...]
    gates: tuple[Gate, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    waves: tuple[PlannedWave, ...] | UnsetType = UNSET
    format: str = "decamp-plan"
    version: int = 2

    def step(self, step_id: str) -> Step:
        return next(step for step in self.steps if step.id == step_id)

    @property
    def places(self) -> dict[str, S3Place]:
        """Maps containers to their places on S3; empty if the target is Swift."""
        copies = (step.action for step in self.steps if isinstance(step.action, CopyContainer))
        return {copy.name: copy.place for copy in copies if copy.place is not UNSET}
