"""Every change to the target, however small, is named; an untouched target shows none."""

from collections.abc import Callable

import msgspec
import pytest

from migrate.clouds.memory import GIB
from migrate.clouds.memory.disk import BLOCK, Disk
from migrate.clouds.ports import NewVolume
from migrate.model import MARK_KEY, Keypair, Kind
from migrate.units import MIB
from migrate.verify.evidence import Proof, Verdict
from tests.verify.verify_pair import Pair, mark, object_info, put, segments_of


def test_the_same_is_the_same(pair: Pair) -> None:
    evidence = pair.verify()
    assert {row.verdict for row in evidence.rows} == {Verdict.SAME}
    assert [row.differences for row in evidence.rows if row.differences] == []
    assert len(evidence.rows) == 16
    assert evidence.differences == 0


def test_nothing_of_ours_is_left_and_nothing_is_changed(pair: Pair) -> None:
    before = pair.target.block.volumes(), pair.target.images.images(), pair.target.compute.servers()
    pair.verify()
    assert (pair.target.block.volumes(), pair.target.images.images(), pair.target.compute.servers()) == before
    assert pair.target.block.snapshots() == []
    assert sorted(pair.made) == sorted(pair.removed)
    assert len(pair.made) == 7  # two volumes in use: snapshot, clone, image; one at rest: image


# ---------------------------------------------------------------- bytes


def flip(disk: Disk, offset: int) -> None:
    disk.write(offset, bytes([disk.read(offset, 1)[0] ^ 1]))


def test_a_flipped_bit_in_an_image_is_found_behind_the_servers_back(pair: Pair) -> None:
    flip(pair.target_world.image_file(pair.target_id(Kind.IMAGE, pair.image_id)), 5 * MIB)
    row = pair.row(f"image:{pair.image_id}")
    assert row.verdict is Verdict.DIFFERENT
    assert row.proof is Proof.REREAD
    assert f"bytes {4 * MIB}-{8 * MIB - 1}" in row.differences
    assert any(d.startswith("sha512 of the bytes: ") for d in row.differences)


def test_a_flipped_bit_in_a_root_disk_is_found(pair: Pair) -> None:
    flip(pair.target_world.image_file(pair.target_id(Kind.IMAGE, "srv-1")), MIB)
    row = pair.row("server:srv-1:disk")
    assert (row.verdict, row.kind, row.differences) == (Verdict.DIFFERENT, Kind.IMAGE, (f"bytes 0-{4 * MIB - 1}",))
    assert row.consistency == "stopped"


@pytest.mark.parametrize(
    ("offsets", "named"),
    [
        ([0], (f"bytes 0-{4 * MIB - 1}",)),
        ([GIB - 1], (f"bytes {GIB - 4 * MIB}-{GIB - 1}",)),
        (
            [500 * MIB, 504 * MIB, 600 * MIB],
            (f"bytes {500 * MIB}-{508 * MIB - 1}", f"bytes {600 * MIB}-{604 * MIB - 1}"),
        ),
    ],
)
def test_flipped_bits_in_a_volume_are_named_by_range(pair: Pair, offsets: list[int], named: tuple[str, ...]) -> None:
    for offset in offsets:
        flip(pair.target_world.volume_disk(pair.target_id(Kind.VOLUME, "vol-3")), offset)
    row = pair.row("volume:vol-3")
    assert (row.verdict, row.differences, row.note_code) == (Verdict.DIFFERENT, named, None)


def test_a_volume_in_use_without_a_proof_is_read_and_the_guest_is_named_as_a_reason(pair: Pair) -> None:
    flip(pair.target_world.volume_disk(pair.target_id(Kind.VOLUME, "vol-1")), 8 * MIB)
    row = pair.row("volume:vol-1")
    assert (row.verdict, row.note_code) == (Verdict.DIFFERENT, "DCP-701")
    assert row.differences == (f"bytes {8 * MIB}-{12 * MIB - 1}",)


def test_a_larger_volume_is_the_same_where_it_ends_in_zeros(pair: Pair) -> None:
    volume_id = pair.target_id(Kind.VOLUME, "vol-3")
    row = pair.target_world.volumes.rows[volume_id]
    row.disk = row.disk.clone(GIB + 10 * BLOCK)
    assert pair.row("volume:vol-3").verdict is Verdict.SAME
    flip(row.disk, GIB + 9 * BLOCK)
    assert pair.row("volume:vol-3").differences == (f"bytes {GIB}-{GIB + 10 * BLOCK - 1}",)


def test_a_shorter_volume_is_named(pair: Pair) -> None:
    row = pair.target_world.volumes.rows[pair.target_id(Kind.VOLUME, "vol-3")]
    short = Disk(GIB - BLOCK, {k: v for k, v in row.disk.blocks.items() if k < GIB // BLOCK - 1})
    row.disk = short
    found = pair.row("volume:vol-3").differences
    assert found == (f"size_bytes: {GIB} ≠ {GIB - BLOCK}", f"bytes {GIB - 4 * MIB}-{GIB - 1}")


# ---------------------------------------------------------------- records

Change = Callable[[Pair], None]


def drop_rule(pair: Pair) -> None:
    group = pair.record(Kind.SECURITY_GROUP, "sg-web")
    pair.change(Kind.SECURITY_GROUP, "sg-web", rules=tuple(r for r in group.rules if r.protocol != "tcp"))


def change_rule(pair: Pair) -> None:
    rules = pair.record(Kind.SECURITY_GROUP, "sg-web").rules
    changed = tuple(msgspec.structs.replace(r, remote_group_id=None) if r.remote_group_id else r for r in rules)
    pair.change(Kind.SECURITY_GROUP, "sg-web", rules=changed)


def other_key(pair: Pair) -> None:
    ((user, name), _) = next(iter(pair.target_world.keypairs.items()))
    pair.target_world.keypairs[user, name] = Keypair(name=name, public_key="ssh-rsa AAAAother me@home")


def attachments(pair: Pair, change: Callable) -> None:
    pair.change(Kind.SERVER, "srv-1", attachments=change(pair.record(Kind.SERVER, "srv-1").attachments))


def metadata(pair: Pair, kind: Kind, source_id: str, **values: str) -> None:
    now = pair.record(kind, source_id).metadata
    pair.change(kind, source_id, metadata={**now, **values})


CHANGES: list[tuple[str, str, str, Change]] = [
    ("key", "keypair:key", "public_key: ", other_key),
    ("rule dropped", "security-group:sg-web", "rule ingress IPv4 tcp 22-22 anywhere: present ≠ missing", drop_rule),
    ("rule widened", "security-group:sg-web", "rule ingress IPv4 udp anywhere: missing ≠ present", change_rule),
    ("network", "network:net-1", "mtu: 1400 ≠ 1500", lambda p: p.change(Kind.NETWORK, "net-1", mtu=1500)),
    (
        "gateway",
        "subnet:sub-1",
        "gateway_ip: 10.0.0.1 ≠ 10.0.0.254",
        lambda p: p.change(Kind.SUBNET, "sub-1", gateway_ip="10.0.0.254"),
    ),
    (
        "DNS order",
        "subnet:sub-1",
        "dns_nameservers: [9.9.9.9, 1.1.1.1] ≠ [1.1.1.1, 9.9.9.9]",
        lambda p: p.change(Kind.SUBNET, "sub-1", dns_nameservers=("1.1.1.1", "9.9.9.9")),
    ),
    ("routes", "subnet:sub-1", "host_routes: ", lambda p: p.change(Kind.SUBNET, "sub-1", host_routes=())),
    ("interface", "router:rou-1", "interface in ", lambda p: p.change(Kind.ROUTER, "rou-1", interfaces=())),
    (
        "gateway of the router",
        "router:rou-1",
        "external_network: ",
        lambda p: p.change(Kind.ROUTER, "rou-1", external_network_id=None),
    ),
    (
        "port's groups",
        "port:port-1",
        "security_groups: ",
        lambda p: p.change(Kind.PORT, "port-1", security_group_ids=()),
    ),
    (
        "pairs",
        "port:port-2",
        "allowed_address_pairs: [10.0.0.50/32] ≠ []",
        lambda p: p.change(Kind.PORT, "port-2", allowed_address_pairs=()),
    ),
    (
        "floating IP moved",
        "floating-ip:fip-1",
        "port: ",
        lambda p: p.change(Kind.FLOATING_IP, "fip-1", port_id=p.target_id(Kind.PORT, "port-2")),
    ),
    (
        "attachment dropped",
        "server:srv-1",
        "attachments: ",
        lambda p: attachments(p, lambda a: a[:1]),
    ),
    (
        "attachments swapped",
        "server:srv-1",
        "attachments: ",
        lambda p: attachments(p, lambda a: a[::-1]),
    ),
    (
        "delete on termination",
        "server:srv-1",
        "delete_on_termination ",
        lambda p: attachments(p, lambda a: (msgspec.structs.replace(a[0], delete_on_termination=False), a[1])),
    ),
    (
        "ports swapped",
        "server:srv-1",
        "ports: ",
        lambda p: p.change(Kind.SERVER, "srv-1", port_ids=p.record(Kind.SERVER, "srv-1").port_ids[::-1]),
    ),
    (
        "server metadata",
        "server:srv-1",
        "metadata role: web ≠ db",
        lambda p: metadata(p, Kind.SERVER, "srv-1", role="db"),
    ),
    ("tag", "server:srv-1", "tags: [prod] ≠ []", lambda p: p.change(Kind.SERVER, "srv-1", tags=())),
    ("key name", "server:srv-1", "key_name: key ≠ none", lambda p: p.change(Kind.SERVER, "srv-1", key_name=None)),
    (
        "status",
        "server:srv-1",
        "status: ACTIVE or SHUTOFF ≠ ERROR",
        lambda p: p.change(Kind.SERVER, "srv-1", status="ERROR"),
    ),
    (
        "volume metadata",
        "volume:vol-1",
        "metadata tier: gold ≠ tin",
        lambda p: metadata(p, Kind.VOLUME, "vol-1", tier="tin"),
    ),
    (
        "volume type",
        "volume:vol-1",
        "volume_type: fast ≠ standard",
        lambda p: p.change(Kind.VOLUME, "vol-1", volume_type="standard"),
    ),
    (
        "boot flag",
        "volume:vol-3",
        "bootable: False ≠ True",
        lambda p: p.change(Kind.VOLUME, "vol-3", bootable=True),
    ),
    (
        "image metadata",
        "volume:vol-2",
        "image_metadata hw_rng_model: virtio ≠ none",
        lambda p: p.change(Kind.VOLUME, "vol-2", image_metadata={}),
    ),
]


@pytest.mark.parametrize(("item", "named", "change"), [c[1:] for c in CHANGES], ids=[c[0] for c in CHANGES])
def test_a_changed_record_is_named_and_no_other(pair: Pair, item: str, named: str, change: Change) -> None:
    change(pair)
    evidence = pair.verify()
    bad = {row.item: row.differences for row in evidence.rows if row.verdict is not Verdict.SAME}
    assert set(bad) == {item}
    assert any(difference.startswith(named) for difference in bad[item]), bad[item]


def test_an_image_property_is_named(pair: Pair) -> None:
    pair.change(Kind.IMAGE, pair.image_id, properties={"hw_disk_bus": "virtio", "block_device_mapping": "[]"})
    assert pair.row(f"image:{pair.image_id}").differences == (
        "property hw_disk_bus: scsi ≠ virtio",
        "property block_device_mapping: none ≠ []",
    )


@pytest.mark.parametrize(
    ("kind", "source_id", "item"),
    [
        (Kind.SECURITY_GROUP, "sg-web", "security-group:sg-web"),
        (Kind.SUBNET, "sub-1", "subnet:sub-1"),
        (Kind.FLOATING_IP, "fip-1", "floating-ip:fip-1"),
        (Kind.VOLUME, "vol-3", "volume:vol-3"),
        (Kind.SERVER, "srv-1", "server:srv-1"),
        (Kind.IMAGE, "srv-1", "server:srv-1:disk"),
    ],
)
def test_what_is_gone_is_missing(pair: Pair, kind: Kind, source_id: str, item: str) -> None:
    tables = {
        Kind.SECURITY_GROUP: pair.target_world.security_groups,
        Kind.SUBNET: pair.target_world.subnets,
        Kind.FLOATING_IP: pair.target_world.floating_ips,
        Kind.VOLUME: pair.target_world.volumes,
        Kind.SERVER: pair.target_world.servers,
        Kind.IMAGE: pair.target_world.images,
    }
    del tables[kind].rows[pair.ids[kind, source_id]]
    row = pair.row(item)
    assert (row.verdict, row.differences) == (Verdict.MISSING, ("present ≠ missing",))
    assert pair.verify().differences == 1


def test_what_was_never_made_is_missing(pair: Pair) -> None:
    del pair.ids[Kind.SERVER, "srv-1"]
    row = pair.row("server:srv-1")
    assert (row.verdict, row.target_id) == (Verdict.MISSING, None)


def test_a_second_one_with_the_same_mark_is_surplus(pair: Pair) -> None:
    new = NewVolume(name="data 3", size_gib=1, metadata={MARK_KEY: str(mark("vol-3"))})
    second = pair.target.block.create_volume(new)
    pair.target_world.settle()
    rows = [row for row in pair.verify().rows if row.verdict is not Verdict.SAME]
    assert [(r.item, r.verdict, r.target_id) for r in rows] == [("volume:vol-3", Verdict.SURPLUS, second)]
    assert rows[0].differences == ("resources with this mark: 1 ≠ 2",)


# ---------------------------------------------------------------- objects


def objects(pair: Pair) -> dict:
    return pair.target_world.project().account.containers["box"].objects


def rename(pair: Pair) -> None:
    put(pair.target, "box", "c", b"b" * 100, {"x-object-meta-n": "1"})
    pair.target.objects.delete("box", "b")


OBJECT_CHANGES: list[tuple[str, tuple[str, ...], Change]] = [
    ("flipped", ('object "b" etag: ',), lambda p: put(p.target, "box", "b", b"B" * 100, {"x-object-meta-n": "1"})),
    ("dropped", ('object "a": present ≠ missing',), lambda p: p.target.objects.delete("box", "a")),
    ("renamed", ('object "b": present ≠ missing', 'object "c": missing ≠ present'), rename),
    (
        "metadata",
        ('object "é/ü" header x-object-meta-n: 1 ≠ 2',),
        lambda p: put(p.target, "box", "é/ü", "é/ü".encode() * 100, {"x-object-meta-n": "2"}),
    ),
    (
        "metadata lost",
        ('object "z\\n1" header x-object-meta-n: 1 ≠ missing',),
        lambda p: put(p.target, "box", "z\n1", b"z\n1" * 100),
    ),
    (
        "type",
        ('object "b" content_type: text/x ≠ text/y',),
        lambda p: p.target.objects.put(
            "box", object_info("b", b"b" * 100, {"x-object-meta-n": "1"}, "text/y"), [b"b" * 100]
        ),
    ),
    (
        "segments swapped",
        ('object "large" etag: ', 'object "large" segment 0: ', 'object "large" segment 1: '),
        lambda p: p.target.objects.put_manifest("box", object_info("large", b""), segments_of(p.target, ("2", "1"))),
    ),
    (
        "container header",
        ("header x-container-read: .r:* ≠ missing",),
        lambda p: p.target_world.project().account.containers["box"].headers.pop("x-container-read"),
    ),
]


@pytest.mark.parametrize(("named", "change"), [c[1:] for c in OBJECT_CHANGES], ids=[c[0] for c in OBJECT_CHANGES])
def test_a_changed_object_is_named_and_no_other(pair: Pair, named: tuple[str, ...], change: Change) -> None:
    change(pair)
    evidence = pair.verify()
    bad = {row.item: row.differences for row in evidence.rows if row.verdict is not Verdict.SAME}
    assert set(bad) == {"container:box"}
    assert len(bad["container:box"]) == len(named)
    assert all(d.startswith(n) for d, n in zip(bad["container:box"], named, strict=True)), bad


def test_a_container_that_is_gone_is_missing(pair: Pair) -> None:
    del pair.target_world.project().account.containers["box"]
    assert pair.row("container:box").verdict is Verdict.MISSING
