"""Each finding code, provoked by the smallest tenant that has it, and not by a tenant without."""

import re
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from msgspec.structs import replace

from migrate.findings.finding import CODES, Finding, finding
from migrate.messages import codes
from migrate.messages.codes.registry import Level
from migrate.model import (
    MARK_KEY,
    OBJECT_BYTES,
    Attachment,
    Container,
    Flavor,
    HostRoute,
    Inventory,
    Kind,
    Mark,
    Quota,
    Role,
    SecurityGroupRule,
    name_id,
)
from migrate.plan.readiness.check_all import check
from migrate.policy.policy_records import Disks, Mappings, Policy, WaveRules
from tests.plan.tenants import (
    FLAVOR,
    MIGRATION,
    attached,
    backup,
    empty,
    external,
    floating,
    forwarding,
    group,
    image,
    in_id_order,
    keypair,
    lan,
    network,
    policy,
    port,
    quotas,
    router,
    server,
    server_group,
    snapshot,
    source_facts,
    sub_port,
    subnet,
    target,
    target_facts,
    trunk,
    uid,
    volume,
)


@dataclass(frozen=True)
class Example:
    """`there` is the target; `item` is `kind name`, empty for the whole; `facts` are some of the finding's."""

    source: Inventory
    item: str = ""
    facts: dict[str, str] = field(default_factory=dict)
    there: Inventory = field(default_factory=target)
    said: Policy = field(default_factory=policy)


def _lan(**parts: object) -> Inventory:
    return empty(**lan() | parts)


def _server(**changes: object) -> Inventory:
    return empty(servers=(server(**changes),))


def _volume(**changes: object) -> Inventory:
    return empty(volumes=(volume(**changes),))


def _pair() -> Inventory:
    """Two servers of one server group."""
    both = (server("a"), server("b"))
    return in_id_order(empty(servers=both, images=(image(),), server_groups=(server_group("spread", "a", "b"),)))


def _sharing() -> Inventory:
    """Two servers that hold one volume."""
    links = tuple(Attachment(server_id=uid(f"server {name}"), volume_id=uid("volume data")) for name in "ab")
    both = tuple(server(name, attachments=(link,)) for name, link in zip("ab", links, strict=True))
    disk = volume(status="in-use", attachments=links)
    return in_id_order(empty(servers=both, volumes=(disk,), images=(image(),)))


def _two_disks(**changes: object) -> Inventory:
    held, volumes = attached(server(**changes), volume())
    return empty(servers=(held,), volumes=volumes)


def _shared_disk() -> Inventory:
    """One volume on two servers."""
    first, (disk,) = attached(server("web-1"), volume(multiattach=True))
    second, (same,) = attached(server("web-2"), volume(multiattach=True))
    both = replace(disk, attachments=disk.attachments + same.attachments)
    return empty(servers=(first, second), volumes=(both,))


def _mapped(**mappings: dict[str, str]) -> Policy:
    return policy(mappings=Mappings(**mappings))


def _target_with(**parts: object) -> Inventory:
    return replace(target(), **parts)


def _two_nics() -> Inventory:
    nics = (port("web-1"), port("web-1", "10.20.0.22"))
    return _lan(ports=nics, servers=(server(port_ids=tuple(nic.id for nic in nics)),))


def _shared_port() -> Inventory:
    theirs = network("theirs", is_own=False, is_shared=True)
    nic = port("web-1", network_id=theirs.id, fixed_ips=(), security_group_ids=())
    return empty(networks=(theirs,), ports=(nic,), servers=(server(port_ids=(nic.id,)),))


def _fixed_port(**changes: object) -> Inventory:
    nic = port("web-1", **changes)
    return _lan(ports=(nic,), servers=(server(port_ids=(nic.id,)),))


def _no_router(**parts: object) -> Inventory:
    nic = port("web-1")
    own = {"routers": (), "ports": (nic,), "servers": (server(port_ids=(nic.id,)),)}
    return _lan(**own | parts, floating_ips=(floating(port_id=nic.id),))


def _no_way() -> Inventory:
    return _no_router(subnets=(subnet(gateway_ip=None),))


def _forwarded() -> Inventory:
    nic = port("web-1")
    parts = {"ports": (nic,), "servers": (server(port_ids=(nic.id,)),)}
    return _lan(**parts, floating_ips=(floating(port_forwardings=(forwarding(nic),)),))


def _trunk(below: str = "") -> Inventory:
    nic, (under, carried) = port("web-1"), sub_port("web-1", "10.20.0.60", 100)
    held = trunk(nic, replace(carried, port_id=below or under.id))
    return _lan(ports=(nic, under), servers=(server(port_ids=(nic.id,)),), trunks=(held,))


def _old_address_in_a_rule() -> Inventory:
    rule = SecurityGroupRule(direction="ingress", remote_ip_prefix="203.0.113.9/32")
    return empty(security_groups=(group("web", rule),), floating_ips=(floating(),))


def _foreign_group() -> Inventory:
    return empty(security_groups=(group("web", SecurityGroupRule(direction="ingress", remote_group_id="theirs")),))


def _snapshot(**changes: object) -> Inventory:
    return replace(_volume(), snapshots=(snapshot("s", **changes),))


def _backup() -> Inventory:
    return replace(_volume(), backups=(backup(),), containers=(Container(name="volumebackups"),))


_TINY = 100 << 20
_INGRESS = SecurityGroupRule(direction="ingress")
_TIGHT = source_facts(quotas=quotas(volumes_gib=25))


def _moved_server() -> Inventory:
    """The target, with what a run has made of the server."""
    mark = str(Mark(role=Role.MOVED, migration=MIGRATION[:8], source_id=uid("server web-1")))
    return replace(target(), servers=(replace(server(), id="moved", metadata={MARK_KEY: mark}),))


def _moved_container(**changes: object) -> Container:
    """The container `c` at the target, as a run has made it."""
    mark = Mark(role=Role.MOVED, migration=MIGRATION[:8], source_id=name_id("c"))
    return replace(Container(name="c", mark=str(mark)), **changes)


EXAMPLES: dict[str, Example] = {
    codes.DEADLINE_PASSED: Example(
        empty(), "", {"deadline": "2020-01-10T08:00:00Z"}, said=policy(deadline="2020-01-10T08:00:00Z")
    ),
    codes.TARGET_QUOTA_SHORT: Example(
        _volume(),
        "",
        {"resource": "volumes_gib", "need": "10", "limit": "9", "used": "0", "short": "1"},
        target(quotas=quotas(volumes_gib=9)),
    ),
    codes.SOURCE_QUOTA_SHORT: Example(
        replace(_volume(), facts=source_facts(quotas=quotas(snapshots=0))),
        "",
        {"resource": "snapshots", "need": "1", "limit": "0"},
    ),
    codes.SOURCE_QUOTA_TIGHT: Example(
        empty(volumes=(volume("a"), volume("b")), facts=_TIGHT),
        "",
        {"resource": "volumes_gib", "need": "40", "disks": "1"},
    ),
    codes.TARGET_QUOTA_TIGHT: Example(
        _volume(),
        "",
        {"resource": "volumes", "need": "2", "limit": "1", "disks": "0"},
        target(quotas=quotas(volumes=1)),
    ),
    codes.USER_DATA_UNKNOWN: Example(_server(), "", {"servers": "web-1"}),
    codes.SELECTOR_UNMATCHED: Example(
        empty(), "", {"selector": "server:gone", "list": "skip"}, said=policy(skip=("server:gone",))
    ),
    codes.NO_FLAVOR: Example(
        _server(flavor=Flavor(name="huge", vcpus=64, ram_mib=1, disk_gib=1)),
        "server web-1",
        {"flavor": "huge", "vcpus": "64"},
    ),
    codes.FLAVOR_CHANGES: Example(
        _server(),
        "server web-1",
        {
            "source": FLAVOR.name,
            "target": "b2-7",
            "what": "vcpus=1 ram_mib=4096 disk_gib=20 -> vcpus=2 ram_mib=7168 disk_gib=50",
            "size": "enough",
        },
    ),
    codes.MAPPING_TARGET_UNKNOWN: Example(
        _server(),
        "server web-1",
        {"mapping": "flavors", "source": FLAVOR.name, "wanted": "b2-8", "known": "b2-7, b2-15"},
        said=_mapped(flavors={FLAVOR.name: "b2-8"}),
    ),
    codes.FLAVOR_DISK_TOO_SMALL: Example(
        _server(),
        "server web-1",
        {"target": "s1-2", "source_gib": "20", "target_gib": "10"},
        said=_mapped(flavors={FLAVOR.name: "s1-2"}),
    ),
    codes.VOLUME_TYPE_CHANGES: Example(
        _volume(volume_type="standard"), "volume data", {"source": "standard", "target": "classic"}
    ),
    codes.ZONE_CHANGES: Example(_volume(availability_zone="dc1"), "volume data", {"source": "dc1", "target": "nova"}),
    codes.EXTERNAL_NETWORK_UNCLEAR: Example(
        empty(routers=(router(),)),
        "router edge",
        {"source": "public", "known": "a, b"},
        target(external_networks=(external("a"), external("b"))),
    ),
    codes.ADDRESS_CHANGES: Example(
        empty(floating_ips=(floating(),)), "floating 203.0.113.9", {"address": "203.0.113.9", "network": "Ext-Net"}
    ),
    codes.MAC_CHANGES: Example(
        _fixed_port(), "port web-1 10.20.0.21", {"mac": "fa:16:3e:00:00:01", "address": "10.20.0.21"}
    ),
    codes.MICROVERSION_TOO_OLD: Example(
        _server(tags=("prod",)),
        "server web-1",
        {"what": "tags", "needs": "2.52", "has": "2.47"},
        target(versions={"compute": "2.47"}),
    ),
    codes.SERVER_STATE_UNMOVABLE: Example(_server(status="ERROR"), "server web-1", {"status": "ERROR"}),
    codes.SERVER_BUSY: Example(_server(task_state="image_uploading"), "server web-1", {"task": "image_uploading"}),
    codes.SERVER_LOCKED: Example(_two_disks(locked=True), "server web-1"),
    codes.BOOT_VOLUME_UNKNOWN: Example(_server(image_id=None), "server web-1", {"volume": "-"}),
    codes.SERVER_STOPPED_FOR_CAPTURE: Example(_two_disks(), "server web-1", {"disks": "2"}),
    codes.TWIN_UNDECIDED: Example(_server(), "server web-1", said=policy(consistency="crash")),
    codes.TWIN_CHOSEN: Example(_two_disks(), "server web-1", {"copy": "stopped"}, said=policy(start="twin")),
    codes.SERVER_REPLACED: Example(_server(), "server web-1", {"target": "moved"}, there=_moved_server()),
    codes.TWIN_RUNS_ALREADY: Example(
        _server(), "server web-1", {"target": "moved"}, there=_moved_server(), said=policy(consistency="crash")
    ),
    codes.SERVER_WILL_RUN: Example(_server(status="SHUTOFF"), "server web-1", {"status": "SHUTOFF"}),
    codes.KEYPAIR_UNAVAILABLE: Example(_server(key_name="bob"), "server web-1", {"key": "bob"}),
    codes.VOLUME_NOT_ATTACHED: Example(
        _two_disks(), "server web-1", {"volume": uid("volume data")}, said=policy(skip=("volume:data",))
    ),
    codes.PORT_ORDER_UNCERTAIN: Example(_two_nics(), "server web-1", {"network": uid("network private")}),
    codes.SERVER_IMAGE_GONE: Example(_server(), "server web-1", {"image": uid("image debian")}),
    codes.IMAGE_NOT_ACTIVE: Example(empty(images=(image(status="queued"),)), "image debian", {"status": "queued"}),
    codes.IMAGE_OF_SNAPSHOTS: Example(
        empty(images=(image(size_bytes=0, volume_backed=True, snapshot_ids=("s1",)),)),
        "image debian",
        {"snapshots": "s1"},
    ),
    codes.IMAGE_TOO_LARGE: Example(
        empty(images=(image(),)),
        "image debian",
        {"size": "419430400", "limit": "104857600"},
        target(image_size_max_bytes=_TINY),
    ),
    codes.DISK_IMAGE_MAY_BE_TOO_LARGE: Example(
        replace(_volume(), facts=source_facts(image_size_max_bytes=_TINY)),
        "volume data",
        {"size": "10737418240", "cloud": "old"},
    ),
    codes.IMAGE_BECOMES_PRIVATE: Example(
        empty(images=(image(visibility="public"),)), "image debian", {"visibility": "public"}
    ),
    codes.IMAGE_PROPERTIES_DROPPED: Example(
        empty(images=(image(properties={"acme": "1", "os_type": "linux"}),)), "image debian", {"properties": "acme"}
    ),
    codes.IMAGE_SHARING_UNMAPPED: Example(
        empty(images=(image(visibility="shared", members=("p1",)),)), "image debian", {"projects": "p1"}
    ),
    codes.SERVER_MEMORY_LOST: Example(_server(status="PAUSED"), "server web-1", {"status": "PAUSED"}),
    codes.SERVER_SHELVED: Example(_server(status="SHELVED"), "server web-1", {"status": "SHELVED"}),
    codes.SERVER_IN_RESCUE: Example(_server(status="RESCUE"), "server web-1"),
    codes.VOLUME_ENCRYPTED: Example(_volume(encrypted=True), "volume data"),
    codes.VOLUME_SHARED: Example(
        _volume(multiattach=True, volume_type="standard"),
        "volume data",
        {"servers": "0", "type": "high-speed"},
        target(shared_volume_types=("high-speed",)),
        _mapped(volume_types={"standard": "high-speed"}),
    ),
    codes.SHARED_VOLUME_UNSUPPORTED: Example(
        _shared_disk(),
        "volume data",
        {"servers": "2", "type": "classic", "known": "high-speed"},
        target(shared_volume_types=("high-speed",)),
    ),
    codes.SHARED_VOLUME_BECOMES_SINGLE: Example(_volume(multiattach=True), "volume data", {"type": "classic"}),
    codes.VOLUME_STATE_UNCAPTURABLE: Example(_volume(status="error"), "volume data", {"status": "error"}),
    codes.SNAPSHOTS_LEFT: Example(
        _snapshot(), "snapshot s", {"volume": "data", "size_gib": "10"}, said=policy(snapshots="leave")
    ),
    codes.SNAPSHOT_CONVERTED: Example(
        _snapshot(), "snapshot s", {"volume": "data", "size_gib": "10", "becomes": "volume"}
    ),
    codes.BACKUP_LEFT: Example(_backup(), "backup nightly", {"volume": "data", "size_gib": "10"}),
    codes.BACKUP_CONVERTED: Example(
        _backup(), "backup nightly", {"volume": "data", "size_gib": "10"}, said=policy(backups="volume")
    ),
    codes.BACKUP_CONTAINER: Example(_backup(), "container volumebackups", {"backups": "1"}),
    codes.EPHEMERAL_DISKS_LOST: Example(
        _server(flavor=replace(FLAVOR, swap_mib=512)), "server web-1", {"ephemeral_gib": "0", "swap_mib": "512"}
    ),
    codes.VOLUME_GROUP_LOST: Example(_volume(group_id="g"), "volume data", {"group": "g"}),
    codes.KEYPAIR_NAME_TAKEN: Example(
        empty(keypairs=(keypair("k"),)),
        "keypair k",
        {"other": "SHA256:BBBB"},
        _target_with(keypairs=(keypair("k", "BBBB"),)),
    ),
    codes.SECURITY_GROUP_NAME_TAKEN: Example(
        empty(security_groups=(group("web"),)),
        "group web",
        {"other": "x"},
        _target_with(security_groups=(group("web", id="x"),)),
    ),
    codes.NETWORK_NAME_TAKEN: Example(
        empty(networks=(network(),)), "network private", {"other": "x"}, _target_with(networks=(network(id="x"),))
    ),
    codes.SUBNET_OVERLAPS: Example(
        empty(networks=(network(),), subnets=(subnet(),)),
        "subnet private",
        {"cidr": "10.20.0.0/24", "other": "lan", "other_cidr": "10.0.0.0/8"},
        _target_with(networks=(network("lan"),), subnets=(subnet("lan", "10.0.0.0/8"),)),
    ),
    codes.CONTAINER_NAME_TAKEN: Example(
        empty(containers=(Container(name="c"),)),
        "container c",
        {"objects": "0"},
        _target_with(containers=(Container(name="c"),)),
    ),
    codes.NO_OBJECT_STORE: Example(
        empty(containers=(Container(name="c"),)), "container c", {}, target(services=("compute",))
    ),
    codes.CONTAINER_QUOTA_SHORT: Example(
        empty(containers=(Container(name="c", objects=3),)),
        "container c",
        {"header": "x-container-meta-quota-count", "need": "3", "limit": "2"},
        _target_with(containers=(_moved_container(headers={"x-container-meta-quota-count": "2"}),)),
    ),
    codes.ACCOUNT_QUOTA_SHORT: Example(
        empty(containers=(Container(name="c", size_bytes=2000),)),
        "",
        {"need": "1000", "limit": "2048", "used": "1548", "short": "500"},
        replace(
            target(quotas={OBJECT_BYTES: Quota(limit=2048, used=1548)}),
            containers=(_moved_container(size_bytes=1000),),
        ),
    ),
    codes.IMAGE_QUOTA_SHORT: Example(
        _volume(),
        "",
        {"cloud": "new", "limit": "9000", "used": "10", "need": "10240", "key": "disks.restore"},
        target(quotas=quotas() | {"images_mib": Quota(limit=9000, used=10)}),
    ),
    codes.DISK_OVER_IMAGE_LIMIT: Example(
        _volume(), "volume data", {"size": "10737418240", "cloud": "new"}, target(image_size_max_bytes=_TINY)
    ),
    codes.STORE_CONTAINER_SHORT: Example(
        _volume(),
        "",
        {"container": "chunks", "disks": "10737418240", "room": "1073741824"},
        target(quotas=quotas() | {OBJECT_BYTES: Quota(limit=3 << 30, used=2 << 30)}),
        policy(store_container="chunks"),
    ),
    codes.ACCESS_LIST_NAMES_ACCEPTED: Example(
        empty(containers=(Container(name="c", headers={"x-container-write": "*:joe"}),)),
        "container c",
        {"header": "x-container-write", "value": "*:joe"},
        said=policy(accept=("DCP-880:container:c",)),
    ),
    codes.SNAPSHOT_UNREADABLE: Example(_snapshot(status="error"), "snapshot s", {"status": "error"}),
    codes.DEFAULT_GROUP_IN_USE: Example(
        empty(security_groups=(group("default"),)),
        "group default",
        {"removed": "ingress IPv4 any 0.0.0.0/0", "added": "-", "ports": "0"},
        _target_with(security_groups=(group("default", _INGRESS, id="theirs"),)),
    ),
    codes.BACKUP_CONTAINER_OF_TENANT: Example(
        replace(_volume(), backups=(backup(container="mine"),), containers=(Container(name="mine", objects=3),)),
        "container mine",
        {"backups": "1", "objects": "3"},
    ),
    codes.FLOATING_IP_WITHOUT_ROUTER: Example(
        _no_way(), "floating 203.0.113.9", {"address": "203.0.113.9", "subnet": "private"}
    ),
    codes.RULE_NAMES_CHANGED_ADDRESS: Example(
        _old_address_in_a_rule(), "group web", {"address": "203.0.113.9", "rewrite": "no"}
    ),
    codes.PORT_NETWORK_UNCLEAR: Example(
        _shared_port(), "port web-1 10.20.0.21", {"network": "theirs", "known": "Ext-Net"}
    ),
    codes.NETWORK_UNSHARED: Example(empty(networks=(network(is_shared=True),)), "network private"),
    codes.ROUTER_INTERFACE_LOST: Example(
        _lan(), "router edge", {"subnet": "private"}, said=policy(skip=("subnet:private",))
    ),
    codes.SERVICE_PORT_LOST: Example(
        _lan(ports=(port("x", device_owner="Octavia"),)), "port x 10.20.0.21", {"owner": "Octavia"}
    ),
    codes.RULE_GROUP_LOST: Example(_foreign_group(), "group web", {"group": "theirs"}),
    codes.ROUTER_ADDED: Example(_no_router(), "floating 203.0.113.9", {"subnet": "private", "network": "Ext-Net"}),
    codes.QOS_LOST: Example(_fixed_port(qos_policy_id="gold"), "port web-1 10.20.0.21", {"policy": "gold"}),
    codes.SNAT_CHANGES: Example(empty(routers=(router(enable_snat=False),)), "router edge"),
    codes.SKIPPED_BY_POLICY: Example(
        _volume(), "volume data", {"selector": "volume:data"}, said=policy(skip=("volume:data",))
    ),
    codes.DEPENDENCY_LEFT_OUT: Example(
        empty(networks=(network(),), subnets=(subnet(),)),
        "subnet private",
        {"because": f"network:{uid('network private')}"},
        said=policy(skip=("network:private",)),
    ),
    codes.CAPTURED_ONLY: Example(_server(flavor=Flavor(name="huge", vcpus=64, ram_mib=1, disk_gib=1)), "server web-1"),
    codes.PORT_BINDING_LOST: Example(_fixed_port(vnic_type="direct"), "port web-1 10.20.0.21", {"vnic_type": "direct"}),
    codes.ADDRESS_GROUP_RULE_LOST: Example(
        empty(
            security_groups=(group("web", SecurityGroupRule(direction="ingress", remote_ip_prefix="address-group:a")),)
        ),
        "group web",
        {"group": "a"},
    ),
    codes.PORT_FORWARDING_LOST: Example(
        _forwarded(),
        "floating 203.0.113.9",
        {"forwarding": "tcp 8080 -> 10.20.0.21:80", "why": "no-forwardings"},
        target(network_extensions=("router",)),
    ),
    codes.NO_TRUNKS: Example(_trunk(), "trunk uplink", {}, target(network_extensions=("router",))),
    codes.ROUTE_LOST: Example(
        empty(routers=(router(routes=(HostRoute(destination="10.9.0.0/16", nexthop="10.20.0.9"),)),)),
        "router edge",
        {"destination": "10.9.0.0/16", "nexthop": "10.20.0.9"},
    ),
    codes.TRUNK_PORT_LOST: Example(_trunk(below="gone"), "trunk uplink", {"vlan": "100", "port": "gone"}),
    codes.NETWORK_FEATURE_MISSING: Example(
        empty(security_groups=(group("web", stateful=False),)),
        "group web",
        {"extension": "stateful-security-group"},
        target(network_extensions=("router",)),
    ),
    codes.IMAGE_FORMAT_REFUSED: Example(
        empty(images=(image(disk_format="vmdk"),)),
        "image debian",
        {"format": "vmdk", "known": "raw"},
        target(image_formats=("raw",)),
    ),
    codes.WORKER_NOT_FOUND: Example(
        empty(volumes=(volume(),)),
        facts={"server": uid("server gone"), "cloud": "old", "key": "disks.source_worker"},
        said=policy(disks=Disks(capture="attached", source_worker=uid("server gone"))),
    ),
    codes.WORKER_WOULD_MOVE: Example(
        _server(),
        "server web-1",
        said=policy(disks=Disks(capture="attached", source_worker=uid("server web-1"))),
    ),
    codes.VOLUME_ZONE_DIFFERS: Example(
        empty(servers=(server("w", availability_zone="dc1"),), volumes=(volume(availability_zone="dc2"),)),
        facts={"server": "w", "zone": "dc1", "others": "dc2"},
        said=policy(disks=Disks(capture="attached", source_worker=uid("server w")), skip=("server:w",)),
    ),
    codes.WAVE_TOGETHER: Example(
        _pair(),
        "server-group spread",
        {"servers": "a, b", "tie": "server-group", "what": "spread", "wave": "a+1"},
        said=policy(consistency="stopped"),
    ),
    codes.WAVE_SPLITS_TIE: Example(
        _pair(),
        "server-group spread",
        {"waves": "one: a; two: b", "tie": "server-group", "what": "spread"},
        said=policy(consistency="stopped", waves=WaveRules(servers={"server:a": "one", "server:b": "two"})),
    ),
    codes.WAVES_SHARE_VOLUME: Example(
        _sharing(),
        "volume data",
        {"waves": "one: a; two: b"},
        said=policy(consistency="stopped", waves=WaveRules(servers={"server:a": "one", "server:b": "two"})),
    ),
    codes.WAVE_LINES_DISAGREE: Example(
        empty(servers=(server("ab"),), images=(image(),)),
        "server ab",
        {"lines": "server:*b, server:a*"},
        said=policy(consistency="stopped", waves=WaveRules(servers={"server:a*": "one", "server:*b": "two"})),
    ),
    codes.WAVE_WITHOUT_STOP: Example(
        empty(servers=(server("on"),), images=(image(),)),
        "server on",
        {"wave": "one"},
        said=policy(start="twin", waves=WaveRules(servers={"server:on": "one"})),
    ),
    codes.WAVE_EMPTY: Example(
        empty(),
        "",
        {"wave": "one"},
        said=policy(waves=WaveRules(servers={"server:gone": "one"}, order=("one",))),
    ),
    codes.WAVE_CONTAINER_UNKNOWN: Example(
        empty(),
        "",
        {"line": "uploads", "wave": "one", "missing": "container"},
        said=policy(waves=WaveRules(containers={"uploads": "one"})),
    ),
    codes.WAVE_CONTAINER_LINES_DISAGREE: Example(
        empty(containers=(Container(name="ab"),)),
        "container ab",
        {"lines": "*b, a*"},
        said=policy(waves=WaveRules(containers={"a*": "one", "*b": "two"})),
    ),
    codes.WAVE_CONTAINER_WRITABLE: Example(
        empty(
            servers=(server("ab"),),
            images=(image(),),
            containers=(Container(name="up", headers={"x-container-write": "other:*"}),),
        ),
        "container up",
        {"wave": "ab", "value": "other:*", "command": "swift post -w '' up"},
        said=policy(consistency="stopped", waves=WaveRules(containers={"up": "ab"})),
    ),
    codes.DISK_FORMAT_REFUSED: Example(
        _volume(), "volume data", {"format": "qcow2", "known": "raw"}, target(image_formats=("raw",))
    ),
    codes.FLAVOR_GONE: Example(
        _server(flavor=Flavor(name="f9", vcpus=0, ram_mib=0, disk_gib=0)), "server web-1", {"flavor": "f9"}
    ),
    codes.GROUP_OF_OTHERS_LOST: Example(
        _fixed_port(security_group_ids=("theirs",)), "port web-1 10.20.0.21", {"group": "theirs"}
    ),
}
"""Those of the migration as a whole, of items, and of a place at the target; advice and the like have their own."""

_KINDS = {"floating": Kind.FLOATING_IP, "group": Kind.SECURITY_GROUP}


def item_of(named: str) -> str:
    kind = named.partition(" ")[0]
    if kind in {"keypair", "container", ""}:
        return named.replace(" ", ":")
    return f"{_KINDS.get(kind, kind)}:{uid(named)}"


def of_code(code: str, findings: list[Finding]) -> list[Finding]:
    return [found for found in findings if found.code == code]


SEEN_BY_VERIFY = {codes.BUCKET_SETTING_REFUSED}
"""No check can tell it beforehand: the report makes it of the evidence (tests/s3/test_s3_settings.py)."""


def test_every_code_has_an_example() -> None:
    here = Path(__file__).parent
    elsewhere = "".join(p.read_text() for p in here.glob("test_*.py") if p.name != Path(__file__).name)
    named = {getattr(codes, name, "") for name in re.findall(r"\bcodes\.([A-Z][A-Z0-9_]+)", elsewhere)}
    assert set(EXAMPLES) | (named & set(CODES)) | SEEN_BY_VERIFY == set(CODES)


@pytest.mark.parametrize("code", sorted(EXAMPLES))
def test_a_code_is_found(code: str) -> None:
    example = EXAMPLES[code]
    found = of_code(code, check(example.source, example.there, example.said))
    assert [f.item for f in found] == [item_of(example.item)]
    (one,) = found
    assert one.level == CODES[code].level
    assert set(one.facts) == set(CODES[code].facts)
    assert example.facts.items() <= one.facts.items()


def test_a_plain_tenant_has_nothing_but_advice() -> None:
    same = target_facts(flavors=(FLAVOR,), volume_types=("standard",), volume_zones=("dc1",), compute_zones=("dc1",))
    source = empty(
        servers=(server(status="SHUTOFF", availability_zone="dc1"),),
        volumes=(volume(volume_type="standard", availability_zone="dc1"),),
        containers=(Container(name="c", headers={"x-container-read": ".r:*,.rlistings"}),),
        images=(image(),),
    )
    found = check(source, empty("target", facts=same), policy())
    assert {(f.level, f.code) for f in found if f.level is not Level.ADVICE} == {(Level.CHANGES, codes.SERVER_WILL_RUN)}


def test_facts_other_than_the_tables_are_refused() -> None:
    with pytest.raises(ValueError, match=codes.SERVER_STATE_UNMOVABLE):
        finding(codes.SERVER_STATE_UNMOVABLE, "server:x", "x")


def test_unlimited_quotas_are_no_quotas() -> None:
    open_end = {"volumes": Quota(limit=-1, used=10**6)}
    assert not of_code(codes.TARGET_QUOTA_SHORT, check(_volume(), target(quotas=open_end), policy()))


def test_a_worker_that_is_there_skipped_and_in_the_same_zone_is_no_finding() -> None:
    here, there = server("w", availability_zone="dc1"), server("x", availability_zone="dc1")
    source = empty(servers=(here,), volumes=(volume(availability_zone="dc1"),))
    disks = Disks(capture="attached", restore="attached", source_worker=uid("server w"), target_worker=uid("server x"))
    facts = target_facts(volume_zones=("dc1",))
    found = check(source, empty("target", servers=(there,), facts=facts), policy(disks=disks, skip=("server:w",)))
    assert not {f.code for f in found} & {codes.WORKER_NOT_FOUND, codes.WORKER_WOULD_MOVE, codes.VOLUME_ZONE_DIFFERS}
    gone = check(source, empty("target", facts=facts), policy(disks=disks, skip=("server:w",)))
    assert [f.facts["key"] for f in of_code(codes.WORKER_NOT_FOUND, gone)] == ["disks.target_worker"]
    unused = Disks(source_worker=uid("server gone"))
    assert not of_code(codes.WORKER_NOT_FOUND, check(source, target(), policy(disks=unused)))
