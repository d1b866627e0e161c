"""The policy as records: what people decide. `reader.py` reads the YAML into these."""

from migrate.model import Record, S3Settings
from migrate.model.s3_objects import RULE


class Limits(Record, frozen=True, kw_only=True):
    """How much may run at once, and how fast.

    Steps per cloud, disks being captured, servers that are down (in waves: those that share volumes count as one),
    parallel reads of one disk, objects of one container; requests per second to each cloud and bytes per second of
    content, None for no limit. `windows`: when work may be done, `mon-fri 20:00-06:00 Europe/Paris`; empty for always.
    """

    source: int = 4
    target: int = 4
    disks: int = 2
    servers_down: int = 1
    reads: int = 4
    objects: int = 8
    source_requests_per_s: float | None = None
    target_requests_per_s: float | None = None
    bandwidth_bytes_per_s: int | None = None
    windows: tuple[str, ...] = ()


GLANCE, ATTACHED = "glance", "attached"
"""The paths that a disk's bytes may take: through an image, or as a device of the server that we run on."""


VOLUME = "volume"
"""The policy's word for a server whose root disk becomes a boot volume."""


CUT_OVER, TWIN = "cut-over", "twin"
"""How a server that runs comes to the target: its original is stopped for it, or goes on beside it."""


class Disks(Record, frozen=True, kw_only=True):
    """The path of a disk's bytes on each side: `glance` (through an image), or `attached` (to a server we run on).

    `source_worker`, `target_worker`: the id of that server, empty where no disk is attached. `devices`: the folder of
    links that name a device by its volume's id. `attachments`: volumes of ours on one worker at once.
    """

    capture: str = GLANCE
    restore: str = GLANCE
    source_worker: str = ""
    target_worker: str = ""
    devices: str = "/dev/disk/by-id"
    attachments: int = 4

    def worker(self, side: str) -> str:
        return self.source_worker if side == "source" else self.target_worker


class Mappings(Record, frozen=True, kw_only=True):
    """Source name -> target name. What is absent is proposed by `check`; projects (of shared images) never are.

    `networks` are of others: what ports of the tenant's are on that it does not own.
    """

    flavors: dict[str, str] = {}
    volume_types: dict[str, str] = {}
    compute_zones: dict[str, str] = {}
    volume_zones: dict[str, str] = {}
    external_networks: dict[str, str] = {}
    networks: dict[str, str] = {}
    projects: dict[str, str] = {}


class Schedule(Record, frozen=True, kw_only=True):
    """What the forecast goes by, beside the deadline. None of it changes the plan.

    `time_zone`: for what is printed, or None for the deadline's offset. `guard_s`: seconds that are kept free before
    the deadline, None for the default. `tiers`, `deadlines`: selector -> 10, 3 or 1, and selector -> a moment of its
    own (RFC 3339). `source_bytes_per_s`, `target_bytes_per_s`: what leaves the one and reaches the other at most,
    None for what is not declared.
    """

    time_zone: str | None = None
    guard_s: int | None = None
    tiers: dict[str, int] = {}
    deadlines: dict[str, str] = {}
    source_bytes_per_s: int | None = None
    target_bytes_per_s: int | None = None


class S3Target(Record, frozen=True, kw_only=True):
    """The S3 service that containers go to, and what the customer says of the buckets.

    `endpoint`, `region`, `profile`, `style` as in `S3Settings`. `bucket_prefix` begins every bucket that is named by
    us; `buckets`: container -> `bucket` or `bucket/prefix`.
    """

    endpoint: str = ""
    region: str = ""
    profile: str = ""
    style: str = "path"
    bucket_prefix: str = ""
    buckets: dict[str, str] = {}

    @property
    def settings(self) -> S3Settings:
        return S3Settings(endpoint=self.endpoint, region=self.region, profile=self.profile, style=self.style)


class Policy(Record, frozen=True, kw_only=True):
    """`policy.yaml`. `skip` and `accept` hold selectors `kind:id-or-name`; `accept` takes `DCP-nnn:kind:id` too.

    `consistency`: `auto` stops a server with several disks for its capture (gated), `stopped` every server,
    `crash` none. `start`: whether a server is started at the target only once its original is stopped (`cut-over`), or
    beside it (`twin`); `start_by_server`: selector -> the same for one server, `cut-over` for the others.
    `stale`: `refuse` to make a server of disks of an earlier stop, or `accept` that.
    `store`: a folder, relative to the workspace; `store_container`: a container or bucket at the target instead of it.
    `store_key`: where the key of an encrypted store is kept, `file:/PATH` or `env:NAME`; empty for one that is not.
    `deadline`: RFC 3339 with its offset, or None.
    `ledger`: a database URL, or empty for `ledger.db` in the workspace. `profile`: a provider profile's name, `none`,
    or `auto` (by the target's address).
    `boot`: what the root disk of a server of an image becomes, `image`, `volume`, or `auto` (a volume where its new
    flavor has no disk); `boot_by_server`: selector -> the same for one server, `auto` for the others;
    `boot_volume_type`: the target's type for it, empty for its default.
    `user_data`: `keep` it in `private/`, or `give` it to the moved server, whose cloud-init then runs it again;
    `user_data_files`: server name or id -> file, the customer's own word.
    `snapshots`: become a `volume`, an `image`, or `leave`; `backups`: become a `volume`, are copied as their
    `container`, or `leave`. `keep_properties`: patterns of image properties to carry beside the known ones.
    `rewrite_addresses`: rules that name an old floating address of the tenant get its new one.
    `s3`: where containers go, None for the target's own Swift. `versions`: of objects in containers that have older
    ones, `keep` or the `current` one alone. `expiring`: what becomes at S3 of objects that expire
    (`migrate.model.s3_objects.EXPIRING`). `vanished`: objects that were copied and are no longer at the
    source, `keep` or `remove` them at the target. `disks`: how their bytes are read and written.
    `scan_skip`: services and kinds that a scan does not ask for.
    """

    migration: str
    source_cloud: str
    target_cloud: str
    version: int = 1
    source_region: str = ""
    target_region: str = ""
    profile: str = "auto"
    store: str = "store"
    store_container: str = ""
    store_key: str = ""
    ledger: str = ""
    deadline: str | None = None
    language: str = "en"
    consistency: str = "auto"
    start: str = CUT_OVER
    start_by_server: dict[str, str] = {}
    stale: str = "refuse"
    keep_mac: bool = False
    boot: str = "auto"
    boot_by_server: dict[str, str] = {}
    boot_volume_type: str = ""
    user_data: str = "keep"
    user_data_files: dict[str, str] = {}
    snapshots: str = "volume"
    backups: str = "leave"
    keep_properties: tuple[str, ...] = ()
    rewrite_addresses: bool = False
    s3: S3Target | None = None
    versions: str = "keep"
    expiring: str = RULE
    vanished: str = "keep"
    disks: Disks = Disks()
    mappings: Mappings = Mappings()
    limits: Limits = Limits()
    schedule: Schedule = Schedule()
    scan_skip: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
