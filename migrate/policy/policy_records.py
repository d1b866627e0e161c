"""The policy as records, and the schema of policy.yaml: each field with its key.

The single definition: `reader.py` and `template.py` use it, and the table of docs/formats/policy.md is made from it. A
key's default is its field's.
"""

from typing import Annotated

from migrate.messages import codes
from migrate.model import Record, S3Settings
from migrate.model.s3_objects import KEEP, RULE, SKIP
from migrate.policy import values as v
from migrate.policy.health_lines import HEALTH, HealthLine
from migrate.policy.provider_profiles import profile_names
from migrate.policy.schema import Key, Sealed, Section

GLANCE, ATTACHED = "glance", "attached"
"""The paths of disk bytes: through an image, or as a device of the worker server."""

VOLUME = "volume"
"""The policy's value for a root disk that becomes a boot volume."""

CUT_OVER, TWIN = "cut-over", "twin"
"""How a running server moves: its original is stopped first, or continues to run."""

GO_BACK = "back"
"""The policy's value for a failed cut-over that goes back to the source."""

MOST_ATTACHMENTS = 20
"""A server accepts about 25 volumes, including its own."""

_IF_SAID, _NEVER = Sealed.IF_SAID, Sealed.NEVER
_AN_ID = "6ea98324-0f14-49f6-97c0-885d1b8dc517"
_PATH = v.one_of(
    glance="through an image; works from anywhere, without a server",
    attached="by attaching the volume to the server that Decamp runs on; faster, and without images",
)
_STYLES = v.one_of(path="https://ENDPOINT/BUCKET", virtual="https://BUCKET.ENDPOINT")
_CONSISTENCY = v.one_of(
    auto="a running server is stopped for its capture, after your approval, unless it is a twin (below) with one disk",
    stopped="every running server is stopped for its capture, after your approval",
    crash="no server is stopped; disks are as after a power cut, and may be minutes apart",
)
_STARTS = v.one_of(
    cut_over="it starts there only if it was stopped here, so that it never runs twice",
    twin="it starts there even if it still runs here (two mailers, two cron jobs, a licence used twice)",
)
_BOOTS = v.one_of(
    auto="a boot volume if its flavor at the target has no disk, else an image",
    image="an image, from which the server boots",
    volume="a boot volume, which is deleted with the server and counts towards the target's volume quota",
)
_ON_FAILURE = v.one_of(
    wait="it stays as it is, and the command says what you can do",
    back="it goes back at once: what was made at the target is stopped, and its servers start again at the source",
)
OPTIONAL, REQUIRED = "optional", "required"
_TEST_LAUNCH = v.one_of(
    optional="it may be stopped without one",
    required="it is only stopped after one that passed, of the server as it is planned then",
)
_USER_DATA = v.one_of(
    keep="it stays in private/ in the workspace",
    give="the moved server gets it, and its cloud-init runs it again as on a first boot",
)
_EXPIRING = v.one_of(
    **{
        RULE: "a tag with their day, and a bucket rule that deletes them on that day; if the service has no such rules "
        "they stay forever, and `decamp verify` names them (exit 3)",
        KEEP: "they stay forever",
        SKIP: "they are not copied",
    }
)
_VANISHED = v.one_of(
    keep="they stay at the target, and are listed in evidence/objects/CONTAINER/vanished.jsonl",
    remove="they are removed there too, each only if it is unchanged and the source itself confirms that it is gone",
)

SECTIONS = {
    "source": "The cloud that is switched off:",
    "target": "The cloud that everything moves to:",
    "target.objects": "Where containers go, if not to the target's own Swift:",
    "target.objects.s3": "An S3 service; {} for AWS with its own defaults.",
    "store": "Where captured disks are stored on their way to the target:",
    "servers": "How servers are captured, and what happens to them at the target:",
    "images": "Which image properties move:",
    "network": "How security group rules change:",
    "objects": "What happens to objects in containers:",
    "disks": "How disks are read and written:",
    "mappings": "Unmapped names get a proposal: the same name, else the nearest one that is not smaller. A line for "
    'a single server, volume or port, or for a pattern, takes precedence: "server:web-*": b2-15',
    "limits": "Limits on parallel work, speed and time:",
    "schedule": "Settings for the forecast. None of them changes the plan.",
    "schedule.capacities": "The bandwidth of your links. Without a value the forecast uses an estimate, and says so.",
    "passes": "Passes over the disks of servers that still run:",
    "waves": "Which servers are stopped and cut over together:",
    "cut_over": "How long a cut-over may take, and what happens if it fails. None of it changes the plan.",
    "scan": "What a scan leaves out:",
    "dns": "DNS names to change when addresses change. None of it changes the plan.",
}
"""The template's comment above each section."""


# fmt: off
# A field and its key are read together, as the rows of a table.

class Limits(Record, frozen=True, kw_only=True):
    """Limits on parallel work, speed and time. None means unlimited; without windows, work is always allowed."""

    source: Annotated[int, Key("limits.source", v.COUNT, "Steps at once that load the source.")] = 4
    target: Annotated[int, Key("limits.target", v.COUNT, "Steps at once that load the target.")] = 4
    disks: Annotated[int, Key("limits.disks", v.COUNT,
        "Disks captured at once: each takes a snapshot and a temporary volume at the source.")] = 2
    servers_down: Annotated[int, Key("limits.servers_down", v.COUNT,
        "Servers that may be down at once: the next is stopped when one is up at the target. Servers that "
        "are stopped together count as one.", sealed=_IF_SAID)] = 1
    reads: Annotated[int, Key("limits.reads", v.COUNT, "Parallel reads of one disk.")] = 4
    objects: Annotated[int, Key("limits.objects", v.COUNT,
        "Objects of one container copied at once.", sealed=_IF_SAID)] = 8
    source_requests_per_s: Annotated[float | None, Key("limits.source_requests_per_s", v.PER_SECOND,
        "Requests per second to the source.", "20", "no limit")] = None
    target_requests_per_s: Annotated[float | None, Key("limits.target_requests_per_s", v.PER_SECOND,
        "Requests per second to the target.", "20", "no limit")] = None
    bandwidth_bytes_per_s: Annotated[int | None, Key("limits.bandwidth", v.RATE,
        "Content per second, in units such as MiB/s, MB/s or Mbit/s.", "50 MiB/s", "no limit")] = None
    windows: Annotated[tuple[str, ...], Key("limits.windows", v.WINDOWS,
        "Times at which Decamp may work: days, hours and a time zone.",
        '["mon-fri 20:00-06:00 Europe/Paris", "sat,sun Europe/Paris"]', "always")] = ()


class Disks(Record, frozen=True, kw_only=True):
    """The path of disk bytes on each side: `glance` (through an image), or `attached` (to the worker server)."""

    capture: Annotated[str, Key("disks.capture", _PATH,
        "How the content of volumes, snapshots and backups is read at the source.")] = GLANCE
    restore: Annotated[str, Key("disks.restore", _PATH,
        "How the content of volumes, snapshots and backups is written at the target.")] = GLANCE
    source_worker: Annotated[str, Key("disks.source_worker", v.SERVER_ID,
        "The server at the source that Decamp runs on, for the path `attached`. Add it to skip if it should not move.",
        _AN_ID)] = ""
    target_worker: Annotated[str, Key("disks.target_worker", v.SERVER_ID,
        "The server at the target that Decamp runs on, for the path `attached`.",
        _AN_ID)] = ""
    devices: Annotated[str, Key("disks.devices", v.DEVICES,
        "The folder with links to devices, named after volume ids.")] = "/dev/disk/by-id"
    attachments: Annotated[int, Key("disks.attachments", v.whole_number(MOST_ATTACHMENTS),
        "Decamp's volumes that may be attached to that server at once.")] = 4

    def worker(self, side: str) -> str:
        return self.source_worker if side == "source" else self.target_worker


class Mappings(Record, frozen=True, kw_only=True):
    """Maps source names to target names. `check` proposes missing ones, except for projects (of shared images)."""

    flavors: Annotated[dict[str, str], Key("mappings.flavors", v.NAMES,
        "Flavors; a line may name a server.", '{"n1.cw.standard-1": "b2-7"}', "proposed")] = {}
    volume_types: Annotated[dict[str, str], Key("mappings.volume_types", v.NAMES,
        "Volume types; a line may name a volume, snapshot or backup.", '{"performant": "high-speed"}', "proposed")] = {}
    compute_zones: Annotated[dict[str, str], Key("mappings.compute_zones", v.NAMES,
        "Availability zones of servers; a line may name a server.", '{"nova": "eu-west-0a"}', "proposed")] = {}
    volume_zones: Annotated[dict[str, str], Key("mappings.volume_zones", v.NAMES,
        "Availability zones of volumes; a line may name a volume, snapshot or backup.", '{"nova": "eu-west-0a"}',
        "proposed")] = {}
    external_networks: Annotated[dict[str, str], Key("mappings.external_networks", v.NAMES,
        "External networks.", '{"public": "Ext-Net"}', "proposed")] = {}
    networks: Annotated[dict[str, str], Key("mappings.networks", v.NAMES,
        "Shared or provider networks that your ports are on, by name or id; a line may name a port or a server. "
        "At the target it may be a network of your own.", '{"shared-net": "Ext-Net"}', "proposed",
        _IF_SAID)] = {}
    projects: Annotated[dict[str, str], Key("mappings.projects", v.NAMES,
        "Ids of projects that your images are shared with, and their ids at the target. Never proposed.",
        '{"0c3fa5d2b1e94d7f8a6b5c4d3e2f1a0b": "9d8c7b6a5f4e3d2c1b0a9f8e7d6c5b4a"}')] = {}


class Schedule(Record, frozen=True, kw_only=True):
    """Settings for the forecast, apart from the deadline. None of them changes the plan."""

    time_zone: Annotated[str | None, Key("schedule.time_zone", v.ZONE,
        "The time zone of printed times, and of days.", "Europe/Paris", "the deadline's own offset")] = None
    guard_s: Annotated[int | None, Key("schedule.guard", v.SPAN,
        "The safety margin before the deadline, in minutes, hours, days or weeks; at most a year.", "36 hours",
        "3 days, or 15 % of the time left at the first forecast if that is more, but at most half of it")] = None
    tiers: Annotated[dict[str, int], Key("schedule.tiers", v.TIER_LINES,
        "The priority of items: 10, 3 or 1.", '{"server:web-*": 10}', "3")] = {}
    deadlines: Annotated[dict[str, str], Key("schedule.deadlines", v.MOMENT_LINES,
        "Items that must be at the target before the deadline, and their own dates.",
        '{"server:web1": "2020-01-15T08:00:00+01:00"}')] = {}
    source_bytes_per_s: Annotated[int | None, Key("schedule.capacities.source", v.RATE,
        "The bandwidth from the source.", "100 Mbit/s", "estimated, 50 MiB/s")] = None
    target_bytes_per_s: Annotated[int | None, Key("schedule.capacities.target", v.RATE,
        "The bandwidth to the target.", "100 Mbit/s", "estimated, 50 MiB/s")] = None


class WaveRules(Record, frozen=True, kw_only=True):
    """Rules for waves: servers that are cut over together, the order, and the times. Other waves are proposed."""

    servers: Annotated[dict[str, str], Key("waves.servers", v.WAVE_LINES,
        "The wave of a server. Other servers get waves of their own, except those that share a volume, a virtual IP, "
        "a server group or a network without a router: they go together.",
        '{"server:db-*": database}', "proposed")] = {}
    containers: Annotated[dict[str, str], Key("waves.containers", v.WAVE_CONTAINERS,
        "The wave whose servers write to a container. Like all, it is copied before the wave; and it is compared again "
        "once the wave's servers are stopped, so that what they wrote last is at the target before they start there. "
        "They are down for as long as that takes. Its segments go with it.",
        '{"uploads-*": front}', sealed=_IF_SAID)] = {}
    order: Annotated[tuple[str, ...], Key("waves.order", v.WAVE_NAMES,
        "Waves that are stopped in this order, each once the one before it is up at the target; all others follow, "
        "largest first.", "[database, front]")] = ()
    windows: Annotated[dict[str, str], Key("waves.windows", v.WAVE_WINDOWS,
        "When the servers of a wave may be stopped: days, hours and a time zone. A stop may continue after the window.",
        '{front: "sat 22:00-24:00 Europe/Paris"}', "at any time within limits.windows")] = {}


class CutOver(Record, frozen=True, kw_only=True):
    """The limits of a cut-over. None of it changes the plan."""

    budget_s: Annotated[int | None, Key("cut_over.budget", v.BUDGET,
        "The longest acceptable downtime of a server. A cut-over that takes longer has failed.", "2 hours",
        "no limit")] = None
    budget_by_server: Annotated[dict[str, int], Key("cut_over.budget", v.by_server(v.BUDGET, "span of time"),
        "", '{"server:web-*": 10 minutes}')] = {}
    on_failure: Annotated[str, Key("cut_over.on_failure", _ON_FAILURE,
        "What happens to a wave whose cut-over fails: a step of it or a health check fails, or its downtime exceeds "
        "the budget.")] = "wait"
    test_launch: Annotated[str, Key("cut_over.test_launch", _TEST_LAUNCH,
        "Whether a server needs a test launch (`decamp test-launch WAVE`) before it is stopped.")] = OPTIONAL


class Passes(Record, frozen=True, kw_only=True):
    """Passes over the disks of servers that still run, ahead of their stop."""

    warm: Annotated[bool, Key("passes.warm", v.YES_OR_NO,
        "Whether disks are read into the store while their server runs: after its stop only what has changed since is "
        "sent. Each pass takes a snapshot and a temporary volume or image at the source, and no server is stopped "
        "before its first pass.", "true")] = False
    warm_by_server: Annotated[dict[str, bool], Key("passes.warm", v.by_server(v.YES_OR_NO, "true or false"),
        "Passes of single servers.", '{"server:db-*": true}')] = {}
    preload: Annotated[bool, Key("passes.preload", v.YES_OR_NO,
        "Whether a disk that is restored as a device (disks.restore: attached) is written into its volume at the "
        "target right after its first pass: once its server is stopped, only what has changed since is written. These "
        "volumes exist, and cost, from then on.", "false", sealed=_IF_SAID)] = True
    age_s: Annotated[int, Key("passes.age", v.SPAN,
        "How long a pass is fresh. `decamp run` takes another one of an older disk; of a fresh one only if so much has "
        "changed that the downtime would be shorter.", "2 days", sealed=_NEVER)] = 20 * 3600


class Dns(Record, frozen=True, kw_only=True):
    """DNS names that `check` and `report` look up. None of it changes the plan."""

    names: Annotated[tuple[str, ...], Key("dns.names", v.HOST_NAMES,
        "DNS names of your servers. `decamp check` looks them up and lists the records that must change.",
        '["www.example.com", "mail.example.com"]')] = ()
    ttl_limit_s: Annotated[int, Key("dns.ttl_limit", v.SPAN,
        "The longest acceptable TTL of a record that must change: caches keep the old address for as long. A shorter "
        "cut_over.budget takes its place.")] = 300
    resolver: Annotated[str, Key("dns.resolver", v.RESOLVER,
        "IP address of the DNS server to query, with or without a port.", '"192.0.2.53"', "the system's own")] = ""


class S3Target(Record, frozen=True, kw_only=True):
    """The S3 service for containers, and the customer's choice of buckets."""

    endpoint: Annotated[str, Key("target.objects.s3.endpoint", v.ENDPOINT,
        "The service's URL: only scheme, host and port.", '"https://s3.example.com"', "AWS's own of the region")] = ""
    region: Annotated[str, Key("target.objects.s3.region", v.OPTIONAL_TEXT,
        "The service's region.", '"gra"', "as ~/.aws/config says")] = ""
    profile: Annotated[str, Key("target.objects.s3.profile", v.OPTIONAL_TEXT,
        "A section of ~/.aws/credentials. Keys belong there or in the environment, never here.", '"new"',
        "as for AWS's own tools")] = ""
    style: Annotated[str, Key("target.objects.s3.style", _STYLES,
        "How a bucket is addressed.", "virtual")] = "path"
    bucket_prefix: Annotated[str, Key("target.objects.s3.bucket_prefix", v.BUCKET_PREFIX_TEXT,
        "A prefix for the names of buckets that are named after their container.", '"acme-"')] = ""
    buckets: Annotated[dict[str, str], Key("target.objects.s3.buckets", v.BUCKETS,
        "Containers that go to a bucket of your choice, optionally below a prefix; places must not overlap.",
        '{"photos": "acme-media/photos"}', "named after the container")] = {}

    @property
    def settings(self) -> S3Settings:
        return S3Settings(endpoint=self.endpoint, region=self.region, profile=self.profile, style=self.style)


class Policy(Record, frozen=True, kw_only=True):
    """The content of `policy.yaml`."""

    version: Annotated[int, Key("version", v.VERSION, "The format of this file.", required=True)] = 1
    migration: Annotated[str, Key("migration", v.MIGRATION,
        "Identifies this migration in the marks of everything that it creates. Set by `decamp init`; never change it.")]
    source_cloud: Annotated[str, Key("source.cloud", v.TEXT,
        "The source's name in clouds.yaml, or `env` for the OS_* variables.")]
    source_region: Annotated[str, Key("source.region", v.OPTIONAL_TEXT,
        "The source's region, if it has several and clouds.yaml names none.", '"fr1"')] = ""
    target_cloud: Annotated[str, Key("target.cloud", v.TEXT, "The target's name in clouds.yaml.")]
    target_region: Annotated[str, Key("target.region", v.OPTIONAL_TEXT,
        "The target's region, if it has several and clouds.yaml names none.", '"GRA7"')] = ""
    profile: Annotated[str, Key("target.profile", v.one_of("auto", "none", *profile_names()),
        "Limits of the provider that its API does not report: auto (by the address of its login), none, or the "
        "name of a profile.", "none")] = "auto"
    s3: Annotated[S3Target | None, Section("target.objects.s3", S3Target, _IF_SAID, optional=True)] = None
    store: Annotated[str, Key("store.folder", v.TEXT,
        "A folder, relative to the workspace; `store: FOLDER` means the same.")] = "store"
    store_container: Annotated[str, Key("store.container", v.CONTAINER,
        "Instead of a folder, a container at the target (a bucket if target.objects.s3 is set), so that later "
        "only the target is needed.", '"acme-disks"', sealed=_IF_SAID)] = ""
    store_key: Annotated[str, Key("store.key", v.KEY_PLACE,
        "The place of a key from `decamp store key FILE`, which encrypts the store: a file outside the workspace "
        "or an environment variable; never the key itself.", '"file:/srv/acme.key"', "not encrypted",
        _NEVER)] = ""
    ledger: Annotated[str, Key("ledger", v.LEDGER,
        "A database shared by several machines. Its password is in the file named by PGPASSFILE, never here.",
        '"postgresql://decamp@db.example/decamp"', "the file ledger.db in the workspace")] = ""
    deadline: Annotated[str | None, Key("deadline", v.MOMENT,
        "When the source is switched off, with the UTC offset.", '"2020-02-01T00:00:00+01:00"')] = None
    language: Annotated[str, Key("language", v.one_of("en", "fr"), "The language of reports and messages.")] = "en"
    consistency: Annotated[str, Key("servers.consistency", _CONSISTENCY,
        "How consistent the disks of a server are with each other.")] = "auto"
    start: Annotated[str, Key("servers.start", _STARTS,
        "What happens at the target to a server that runs at the source.", sealed=_IF_SAID)] = CUT_OVER
    start_by_server: Annotated[dict[str, str], Key("servers.start", v.by_server(_STARTS),
        "", '{"server:web-1": twin}', sealed=_IF_SAID)] = {}
    stale: Annotated[str, Key("servers.stale", v.one_of("refuse", "accept"),
        "Whether to refuse or accept creating a server from an older capture if it has run since.",
        sealed=_IF_SAID)] = "refuse"
    keep_mac: Annotated[bool, Key("servers.keep_mac", v.YES_OR_NO,
        "Whether to request the same MAC addresses at the target; many clouds refuse.")] = False
    boot: Annotated[str, Key("servers.boot", _BOOTS,
        "What the root disk of an image-booted server becomes.", sealed=_IF_SAID)] = "auto"
    boot_by_server: Annotated[dict[str, str], Key("servers.boot", v.by_server(_BOOTS),
        "", '{"server:web-1": volume}', sealed=_IF_SAID)] = {}
    boot_volume_type: Annotated[str, Key("servers.boot_volume_type", v.OPTIONAL_TEXT,
        "The target's volume type for boot volumes created from root disks.", '"SAS"', "the target's default",
        _IF_SAID)] = ""
    user_data: Annotated[str, Key("servers.user_data", _USER_DATA,
        "The user data of servers, as far as it is known.")] = "keep"
    user_data_files: Annotated[dict[str, str], Key("servers.user_data_files", v.FILES,
        "Files with user data, by server name or id; they must be in the workspace. Then scan again.",
        '{"web-1": "user-data/web.yaml"}')] = {}
    before_stop: Annotated[dict[str, tuple[str, ...]], Key("servers.before_stop", v.COMMAND_LINES,
        "A program that is run on this machine before a server is stopped at the source, for example to drain it; the "
        "server is only stopped if it exits with 0. It reads the stage and the server as JSON, and is run again when "
        "the stop is tried again. Of several lines that name a server, each is run, in alphabetical order.",
        '{"server:web-*": [/srv/drain.sh, web]}', sealed=_IF_SAID)] = {}
    before_stop_limit_s: Annotated[int, Key("servers.before_stop_timeout", v.SHORT_SPAN,
        "How long such a program may take.", "10 minutes", sealed=_IF_SAID)] = 300
    after_up: Annotated[dict[str, tuple[str, ...]], Key("servers.after_up", v.COMMAND_LINES,
        "A program that is run on this machine once a server is up at the target, and so is its whole wave: volumes "
        "attached, health checks passed. It switches a load balancer or a DNS record, for example. The downtime has "
        "ended by then, and the next wave does not wait for it. It reads the stage, the server, its wave, and the old "
        "and new addresses as JSON. If it does not exit with 0, the server stays up, the run says so, and the next run "
        "starts the program again; so does a server that is made again.",
        '{"server:web-*": [/srv/switch.sh, web]}', sealed=_IF_SAID)] = {}
    after_up_limit_s: Annotated[int, Key("servers.after_up_timeout", v.SHORT_SPAN,
        "How long such a program may take.", "10 minutes", sealed=_IF_SAID)] = 300
    after_back: Annotated[dict[str, tuple[str, ...]], Key("servers.after_back", v.COMMAND_LINES,
        "A program that is run on this machine at the end of a rollback, once all servers of the wave run again at the "
        "source, for example to switch a load balancer back. It reads the same JSON as servers.after_up. If it does "
        "not exit with 0, the servers run on, and the same `decamp rollback WAVE` starts it again.",
        '{"server:web-*": [/srv/switch-back.sh, web]}', sealed=_NEVER)] = {}
    after_back_limit_s: Annotated[int, Key("servers.after_back_timeout", v.SHORT_SPAN,
        "How long such a program may take.", "10 minutes", sealed=_NEVER)] = 300
    health: Annotated[tuple[HealthLine, ...], Key("servers.health", HEALTH,
        "What is checked of a server once it is made at the target, in this order; a server that several lines name "
        "has the checks of all. If one fails, the server stays as it is and the run says so. Kinds and keys: "
        "docs/formats/policy.md.",
        '{"server:web-*": [{check: active}, {check: tcp, port: 22}]}', sealed=_IF_SAID)] = ()
    snapshots: Annotated[str, Key("snapshots", v.one_of("volume", "image", "leave"),
        "Whether each volume snapshot becomes a volume or an image, or stays at the source.")] = "volume"
    backups: Annotated[str, Key("backups", v.one_of("leave", "volume", "container"),
        "Whether volume backups stay at the source, or each becomes a volume, or their container is copied unchanged, "
        "which only the old cloud can use.")] = "leave"
    keep_properties: Annotated[tuple[str, ...], Key("images.keep_properties", v.TEXTS,
        "Patterns of image properties that move in addition to the well-known ones (hw_*, os_type and so on).",
        '["acme_*"]')] = ()
    rewrite_addresses: Annotated[bool, Key("network.rewrite_addresses", v.YES_OR_NO,
        "Whether rules with one of your old floating IPs get the new address instead.")] = False
    versions: Annotated[str, Key("objects.versions", v.one_of("keep", "current"),
        "Older versions of objects in versioned containers: keep copies all of them, current leaves them. S3 only "
        "gets current versions.", sealed=_IF_SAID)] = "keep"
    expiring: Annotated[str, Key("objects.expiring", _EXPIRING,
        "What happens to expiring objects (X-Delete-At) on S3, which has no per-object expiry.",
        sealed=_IF_SAID)] = RULE
    vanished: Annotated[str, Key("objects.vanished", _VANISHED,
        "What happens to copied objects that have vanished from the source when their container is copied again.",
        sealed=_IF_SAID)] = "keep"
    disks: Annotated[Disks, Section("disks", Disks, _IF_SAID)] = Disks()
    mappings: Annotated[Mappings, Section("mappings", Mappings)] = Mappings()
    limits: Annotated[Limits, Section("limits", Limits)] = Limits()
    schedule: Annotated[Schedule, Section("schedule", Schedule, _NEVER)] = Schedule()
    waves: Annotated[WaveRules, Section("waves", WaveRules, _IF_SAID)] = WaveRules()
    passes: Annotated[Passes, Section("passes", Passes, _IF_SAID)] = Passes()
    cut_over: Annotated[CutOver, Section("cut_over", CutOver, _NEVER)] = CutOver()
    dns: Annotated[Dns, Section("dns", Dns, _NEVER)] = Dns()
    scan_skip: Annotated[tuple[str, ...], Key("scan.skip", v.SCAN_WORDS,
        "Services (object-store) and kinds (backup) that scans leave out on both clouds, and that stay behind.",
        '["object-store"]', sealed=_IF_SAID)] = ()
    skip: Annotated[tuple[str, ...], Key("skip", v.SELECTORS,
        "Items to leave behind on purpose: kind:id-or-name, or a shell pattern.", '["server:old-*"]')] = ()
    accept: Annotated[tuple[str, ...], Key("accept", v.ACCEPTED,
        "Accepted findings: kind:id-or-name, DCP-nnn, or DCP-nnn:kind:id-or-name.",
        f'["{codes.SNAPSHOTS_LEFT}", "{codes.FLAVOR_CHANGES}:server:web-*"]')] = ()
# fmt: on
