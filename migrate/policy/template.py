"""Writes a policy as the commented YAML that `decamp init` leaves for people to edit."""

from migrate.policy.rates import format_rate
from migrate.policy.settings import Disks, Policy, S3Target
from migrate.policy.spans import format_span

_TEMPLATE = """\
# The policy of this migration: the only file here to edit. Everything else is made from it, and says so.
# After an edit: `decamp check`, then `decamp plan`. Keys that are left out have the default that is told below.

version: 1

# Names this migration in the marks of everything it makes. Made once: leave it as it is.
migration: {migration}

# The two clouds, as your clouds.yaml calls them. A region only where a cloud has several, and clouds.yaml names none.
source:
  cloud: {source}
  region: {source_region}
target:
  cloud: {target}
  region: {target_region}
  # Limits of the provider that its API does not tell: auto (by its address), none, or a profile's name. Default: auto
  profile: {profile}
  # Where containers go, if not to Swift on the target cloud. For an S3 service:
  #   objects:
  #     s3:
  #       endpoint: "https://s3.example.com"   # empty: AWS's own of the region
  #       region: "gra"
  #       profile: "new"                       # a section of ~/.aws/credentials: no key stands here
  #       style: path                          # or virtual: https://BUCKET.s3.example.com
  #       bucket_prefix: "acme-"               # of every bucket that gets its name from its container
  #       buckets: {{"photos": "acme-media/photos"}}   # container: bucket, or bucket/prefix
  # Default: Swift
  objects:{objects}

# Where the content of disks is kept on its way: a folder, relative to this one. Or a container at the target (a bucket,
# where `target.objects.s3` names a service), so that nothing but the target is needed later:
#   store:
#     container: "acme-disks"
# To encrypt what is kept there, with a key that `decamp store key FILE` makes, and that is never written here:
#   store:
#     folder: "store"                # or container, as above
#     key: "file:/srv/acme.key"     # or env:NAME, a variable of the environment
# Default: store, not encrypted
store:{store}

# A database that several machines share, such as postgresql://decamp@db.example/decamp, its password in the file that
# PGPASSFILE names. Default: none, the ledger is a file here
ledger: {ledger}

# When the source is switched off, with its offset from UTC: 2020-02-01T00:00:00+01:00. Default: none
deadline: {deadline}

# The language of reports and messages: en or fr. Default: en
language: {language}

servers:
  # How well the disks of one server agree with each other:
  #   auto     a server that runs is stopped for its capture, after your approval; a twin (below) with one disk runs on
  #   stopped  every server that runs is stopped for its capture, after your approval
  #   crash    none is stopped: each disk is as after a power cut, and disks may differ by minutes
  # Default: auto
  consistency: {consistency}
  # What becomes of a server that runs at the source, once it is at the target:
  #   cut-over  it is started there only if it was stopped here: it never runs twice
  #   twin      it is started there though it may run here as well: two mailers, two cron jobs, a licence used twice
  # For all servers, or for some: server:id or server:name, for example   start: {{"server:web-1": twin}}
  # Default: cut-over
  start:{start}
  # A server that has run since it was stopped and captured: refuse to make it of the older disks, or accept that.
  # Default: refuse
  stale: {stale}
  # Ask the target for the same MAC addresses; many clouds refuse. Default: false
  keep_mac: {keep_mac}
  # What becomes of the root disk of a server that boots from an image:
  #   auto    a boot volume where the target's flavor has no disk, else an image
  #   image   an image that it boots from again
  #   volume  a boot volume, which goes when the server is deleted; it counts in the target's volume quota
  # For single servers:   "server:web-1": volume   and all others are `auto`. Default: auto
  boot:{boot}
  # The target's volume type for these. Default: the target's own
  boot_volume_type: {boot_volume_type}
  # What a server was given at its first start (user data, as far as it is known):
  #   keep     it stays in the folder `private` here
  #   give     the moved server gets it again: its cloud-init takes itself for new and runs it a second time
  # Default: keep
  user_data: {user_data}
  # Where you know it better, server name or id: file below this folder; then scan again.   web-1: user-data/web.yaml
  user_data_files:{user_data_files}

# Volume snapshots become a volume of their own each, an image each, or stay: volume, image or leave. Default: volume
snapshots: {snapshots}

# Volume backups stay, become a volume each, or their container is copied as it is, of use to the old cloud alone:
# leave, volume or container. Default: leave
backups: {backups}

images:
  # Properties to carry beside the well-known ones (hw_*, os_type and so on), as patterns:   - "acme_*"
  keep_properties:{keep_properties}

network:
  # Rules that name one of your old floating addresses get the new address instead. Default: false
  rewrite_addresses: {rewrite_addresses}

# Of containers:
objects:
  # Older versions of objects, where a container keeps them (x-versions-enabled): keep copies them all, current leaves
  # them. S3 gets the current ones alone. Default: keep
  versions: {versions}
  # At S3, objects that expire (X-Delete-At), as S3 has no time of expiry of single objects:
  #   rule  a tag with their day, and a rule of the bucket that deletes them on it; where the service has no such rules
  #         they stay for ever, and `verify` names them until you choose one of the other two
  #   keep  they stay for ever
  #   skip  they are not copied
  # Default: rule
  expiring: {expiring}
  # What was copied and is no longer at the source when a container is copied again: keep leaves it at the target, and
  # names it; remove removes it there, where it is still as it was copied. Default: keep
  vanished: {vanished}

# How the bytes of volumes, snapshots and backups are read and written:
#   glance    through an image of each: from anywhere, and needs no server
#   attached  straight from a volume that is attached to the server which decamp runs on: faster, and no image is made
disks:
  # glance or attached, at the source. Default: glance
  capture: {capture_path}
  # glance or attached, at the target. Default: glance
  restore: {restore_path}
  # for attached: the id of the server at the source, or at the target, that decamp runs on. Skip it below if it moves
  source_worker: {source_worker}
  # the same at the target
  target_worker: {target_worker}
  # the folder of links that name a device by its volume's id. Default: /dev/disk/by-id
  devices: {devices}
  # volumes of ours that are attached to one such server at once, 20 at most. Default: 4
  attachments: {attachments}

# Source name: target name. What is not named here is proposed: the same name, else the nearest that is not smaller.
# A server, volume or port may have a line of its own, or a pattern's; it comes first:   "server:web-*": b2-15
mappings:
  # for example   n1.cw.standard-1: b2-7
  flavors:{flavors}
  volume_types:{volume_types}
  compute_zones:{compute_zones}
  volume_zones:{volume_zones}
  # for example   public: Ext-Net
  external_networks:{external_networks}
  # what your ports are on and is not yours, shared or the provider's.   for example   shared-net: Ext-Net
  networks:{networks}
  # ids of projects that your images are shared with: who they are at the target. Never proposed.
  projects:{projects}

# How much may run at once, how fast, and when.
limits:
  # steps that load the source. Default: 4
  source: {limit_source}
  # steps that load the target. Default: 4
  target: {limit_target}
  # disks being captured: each takes a snapshot and a temporary volume at the source. Default: 2
  disks: {limit_disks}
  # servers that are down at once: the next is stopped when the last one is up at the target. Servers that share
  # volumes are stopped together, and count as one. Default: 1
  servers_down: {limit_servers_down}
  # parallel reads of one disk. Default: 4
  reads: {limit_reads}
  # objects of one container that are copied at once. Default: 8
  objects: {limit_objects}
  # requests per second to each cloud. Default: no limit
  source_requests_per_s: {source_requests}
  target_requests_per_s: {target_requests}
  # content per second, such as 50 MiB/s, 10 MB/s or 100 Mbit/s. Default: no limit
  bandwidth: {bandwidth}
  # when work may be done, for example   - "mon-fri 20:00-06:00 Europe/Paris"   Default: always
  windows:{windows}

# How the forecast goes by the deadline. None of it changes the plan.
schedule:
  # for what is printed, such as Europe/Paris. Default: the deadline's own offset
  time_zone: {time_zone}
  # time to be kept free before the deadline, such as 3 days or 36 hours. Default: 3 days, or 15 % of the time left at
  # the first forecast where that is more; never more than half of it
  guard: {guard}
  # what matters more or less: 10, 3 or 1, for example   "server:web-*": 10   Default: 3
  tiers:{tiers}
  # what must be moved earlier than the rest, for example   "server:web1": "2020-01-15T08:00:00+01:00"
  deadlines:{deadlines}
  # what your lines give at most, such as 100 Mbit/s. What is not declared is supposed, and the forecast says so.
  capacities:
    # what leaves the source
    source: {capacity_source}
    # what reaches the target
    target: {capacity_target}

# What a scan does not ask for:
scan:
  # services or kinds that stay behind on purpose, for example   - "object-store"   Of neither cloud they are asked for
  skip:{scan_skip}

# What stays behind on purpose: kind:id, kind:name or a shell pattern, for example   - "server:old-*"
skip:{skip}

# Findings that are accepted: kind:id, DCP-nnn, or DCP-nnn:kind:id, for example   - "DCP-643" or "DCP-611:server:web-*"
accept:{accept}
"""


def policy_template(
    migration: str, source_cloud: str, target_cloud: str, *, deadline: str | None = None, language: str = "en"
) -> str:
    """The policy of a new migration, everything else at its default."""
    return render_policy(
        Policy(
            migration=migration,
            source_cloud=source_cloud,
            target_cloud=target_cloud,
            deadline=deadline,
            language=language,
        )
    )


def render_policy(policy: Policy) -> str:
    """Commented YAML that reads back as exactly this policy."""
    text = _TEMPLATE.format(
        migration=_quoted(policy.migration),
        source=_quoted(policy.source_cloud),
        source_region=_optional(policy.source_region),
        target=_quoted(policy.target_cloud),
        target_region=_optional(policy.target_region),
        profile=_quoted(policy.profile),
        objects=_s3(policy.s3),
        versions=policy.versions,
        expiring=policy.expiring,
        vanished=policy.vanished,
        store=_store(policy),
        ledger=_optional(policy.ledger),
        deadline=_optional(policy.deadline),
        language=policy.language,
        consistency=policy.consistency,
        start=_pairs(policy.start_by_server) if policy.start_by_server else f" {policy.start}",
        stale=policy.stale,
        keep_mac=_truth(policy.keep_mac),
        boot=_pairs(policy.boot_by_server) if policy.boot_by_server else f" {policy.boot}",
        boot_volume_type=_optional(policy.boot_volume_type),
        user_data=policy.user_data,
        user_data_files=_pairs(policy.user_data_files),
        snapshots=policy.snapshots,
        backups=policy.backups,
        keep_properties=_list(policy.keep_properties, 4),
        rewrite_addresses=_truth(policy.rewrite_addresses),
        **_disks(policy.disks),
        **_mappings(policy),
        **_limits(policy),
        **_schedule(policy),
        scan_skip=_list(policy.scan_skip, 4),
        skip=_list(policy.skip, 2),
        accept=_list(policy.accept, 2),
    )
    return "\n".join(line.rstrip() for line in text.split("\n"))


def _s3(said: S3Target | None) -> str:
    if said is None:
        return ""
    texts = {key: getattr(said, key) for key in ("endpoint", "region", "profile", "style", "bucket_prefix")}
    lines = "".join(f"\n      {key}: {_quoted(text)}" for key, text in texts.items())
    return f"\n    s3:{lines}\n      buckets:{_pairs(said.buckets, 8)}"


def _store(policy: Policy) -> str:
    if not policy.store_container and not policy.store_key:
        return f" {_quoted(policy.store)}"
    place = ("container", policy.store_container) if policy.store_container else ("folder", policy.store)
    lines = [place, ("key", policy.store_key)] if policy.store_key else [place]
    return "".join(f"\n  {name}: {_quoted(text)}" for name, text in lines)


def _disks(disks: Disks) -> dict[str, object]:
    return {
        "capture_path": disks.capture,
        "restore_path": disks.restore,
        "source_worker": _optional(disks.source_worker),
        "target_worker": _optional(disks.target_worker),
        "devices": _quoted(disks.devices),
        "attachments": disks.attachments,
    }


def _mappings(policy: Policy) -> dict[str, str]:
    mappings = policy.mappings
    return {
        "flavors": _pairs(mappings.flavors),
        "volume_types": _pairs(mappings.volume_types),
        "compute_zones": _pairs(mappings.compute_zones),
        "volume_zones": _pairs(mappings.volume_zones),
        "external_networks": _pairs(mappings.external_networks),
        "networks": _pairs(mappings.networks),
        "projects": _pairs(mappings.projects),
    }


def _limits(policy: Policy) -> dict[str, object]:
    limits = policy.limits
    return {
        "limit_source": limits.source,
        "limit_target": limits.target,
        "limit_disks": limits.disks,
        "limit_servers_down": limits.servers_down,
        "limit_reads": limits.reads,
        "limit_objects": limits.objects,
        "source_requests": _number(limits.source_requests_per_s),
        "target_requests": _number(limits.target_requests_per_s),
        "bandwidth": _rate(limits.bandwidth_bytes_per_s),
        "windows": _list(limits.windows, 4),
    }


def _schedule(policy: Policy) -> dict[str, str]:
    said = policy.schedule
    return {
        "time_zone": _optional(said.time_zone or ""),
        "guard": "" if said.guard_s is None else _quoted(format_span(said.guard_s)),
        "tiers": _lines({selector: str(tier) for selector, tier in said.tiers.items()}),
        "deadlines": _pairs(said.deadlines),
        "capacity_source": _rate(said.source_bytes_per_s),
        "capacity_target": _rate(said.target_bytes_per_s),
    }


def _rate(bytes_per_s: int | None) -> str:
    return "" if bytes_per_s is None else format_rate(bytes_per_s)


def _truth(value: bool) -> str:
    return "true" if value else "false"


def _optional(text: str | None) -> str:
    return _quoted(text) if text else ""


def _number(value: float | None) -> str:
    """A YAML number: `1e+20` would be read as text, `1.0e+20` is a number."""
    if value is None:
        return ""
    if value.is_integer():
        return str(int(value))
    text = repr(value)
    mantissa, e, exponent = text.partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}{e}{exponent}"


def _pairs(names: dict[str, str], indent: int = 4) -> str:
    return _lines({source: _quoted(target) for source, target in names.items()}, indent)


def _lines(values: dict[str, str], indent: int = 4) -> str:
    """Keys with values that are YAML already."""
    if not values:
        return " {}"
    return "".join(f"\n{' ' * indent}{_quoted(key)}: {values[key]}" for key in sorted(values))


def _list(texts: tuple[str, ...], indent: int) -> str:
    return "".join(f"\n{' ' * indent}- {_quoted(text)}" for text in texts) if texts else " []"


def _quoted(text: str) -> str:
    """A double-quoted YAML string, readable in any language, with what cannot be seen escaped."""
    return '"' + "".join(_escaped(c) for c in text) + '"'


def _escaped(char: str) -> str:
    if char in {'"', "\\"}:
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08x}"
