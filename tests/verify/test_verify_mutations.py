"""Every change to the target, however small, is named; an untouched target shows none."""

from collections.abc import Sequence
from typing import get_args

import pytest

from migrate.clouds.ports import NewVolume
from migrate.demo.memory import GIB
from migrate.demo.memory.account_state import StoredObject
from migrate.demo.memory.sparse_disk import BLOCK, Disk
from migrate.messages import codes
from migrate.model import MARK_KEY, Kind, Trunk, steps
from migrate.units import MIB
from migrate.verify.container_rows import ObjectChecks
from migrate.verify.evidence import Proof, Verdict
from tests.matrix import rest
from tests.verify.moved_pair import MovedPair
from tests.verify.verify_change import Change, Do, flip, gone
from tests.verify.verify_changes_content import DISKS, SERVERS
from tests.verify.verify_changes_network import NETWORK
from tests.verify.verify_tools import CHUNK, large, mark, object_info, put, segments_of
from tests.verify.verify_uncommon import OLD_ADDRESS


def test_the_same_is_the_same(pair: MovedPair) -> None:
    evidence = pair.verify()
    assert {row.verdict for row in evidence.rows} == {Verdict.SAME}
    assert [row.differences for row in evidence.rows if row.differences] == []
    assert len(evidence.rows) == 29
    assert evidence.differences == 0


def test_nothing_of_ours_is_left_and_nothing_is_changed(pair: MovedPair) -> None:
    before = pair.target.block.volumes(), pair.target.images.images(), pair.target.compute.servers()
    pair.verify()
    assert (pair.target.block.volumes(), pair.target.images.images(), pair.target.compute.servers()) == before
    assert pair.target.block.snapshots() == []
    assert sorted(pair.made) == sorted(pair.removed)
    assert len(pair.made) == 15  # four volumes in use: snapshot, clone, image; three at rest: image


# ---------------------------------------------------------------- bytes


def named(offset: int) -> str:
    """The range that a byte is told by."""
    start = offset // CHUNK * CHUNK
    return f"bytes {start}-{start + CHUNK - 1}"


def test_a_flipped_bit_in_an_image_is_found_behind_the_servers_back(pair: MovedPair) -> None:
    flip(pair.target_world.image_file(pair.target_id(Kind.IMAGE, pair.image_id)), 5 * MIB)
    row = pair.row(f"image:{pair.image_id}")
    assert row.verdict is Verdict.DIFFERENT
    assert row.proof is Proof.REREAD
    assert named(5 * MIB) in row.differences
    assert any(d.startswith("sha512 of the bytes: ") for d in row.differences)


def test_a_flipped_bit_in_a_root_disk_is_found(pair: MovedPair) -> None:
    flip(pair.target_world.image_file(pair.target_id(Kind.IMAGE, "srv-1")), MIB)
    row = pair.row("server:srv-1:disk")
    assert (row.verdict, row.kind, row.differences) == (Verdict.DIFFERENT, Kind.IMAGE, (named(MIB),))
    assert row.consistency == "stopped"


@pytest.mark.parametrize(
    ("offsets", "named"),
    [
        ([0], (named(0),)),
        ([GIB - 1], (named(GIB - 1),)),
        ([12345, 500 * MIB - 1], (named(0), named(500 * MIB - 1))),
        (
            [500 * MIB, 500 * MIB + CHUNK, 600 * MIB],
            (f"bytes {500 * MIB}-{500 * MIB + 2 * CHUNK - 1}", named(600 * MIB)),
        ),
    ],
)
def test_flipped_bits_in_a_volume_are_named_by_range(
    pair: MovedPair, offsets: list[int], named: tuple[str, ...]
) -> None:
    for offset in offsets:
        flip(pair.target_world.volume_disk(pair.target_id(Kind.VOLUME, "vol-3")), offset)
    row = pair.row("volume:vol-3")
    assert (row.verdict, row.differences, row.note_code) == (Verdict.DIFFERENT, named, None)


def test_a_volume_in_use_without_a_proof_is_read_and_the_guest_is_named_as_a_reason(pair: MovedPair) -> None:
    flip(pair.target_world.volume_disk(pair.target_id(Kind.VOLUME, "vol-1")), 8 * MIB)
    row = pair.row("volume:vol-1")
    assert (row.verdict, row.note_code) == (Verdict.DIFFERENT, codes.USED_SINCE_PROVED)
    assert row.differences == (named(8 * MIB),)


def test_a_larger_volume_is_the_same_where_it_ends_in_zeros(pair: MovedPair) -> None:
    volume_id = pair.target_id(Kind.VOLUME, "vol-3")
    row = pair.target_world.volumes.rows[volume_id]
    assert row.disk
    row.disk = row.disk.clone(GIB + 10 * BLOCK)
    assert pair.row("volume:vol-3").verdict is Verdict.SAME
    flip(row.disk, GIB + 9 * BLOCK)
    assert pair.row("volume:vol-3").differences == (named(GIB + 9 * BLOCK),)


def test_a_shorter_volume_is_named(pair: MovedPair) -> None:
    row = pair.target_world.volumes.rows[pair.target_id(Kind.VOLUME, "vol-3")]
    assert row.disk
    short = Disk(GIB - BLOCK, {k: v for k, v in row.disk.blocks.items() if k < GIB // BLOCK - 1})
    row.disk = short
    found = pair.row("volume:vol-3").differences
    assert found == (f"size_bytes: {GIB} ≠ {GIB - BLOCK}", f"bytes {GIB - BLOCK}-{GIB - 1}")


# ---------------------------------------------------------------- whatever an action made


CHANGES = (*NETWORK, *SERVERS, *DISKS)


def together(changes: Sequence[Change]) -> list[list[Change]]:
    """As many of them at a time as are of different items: a verification names each."""
    rounds: list[list[Change]] = []
    for change in changes:
        free = (one for one in rounds if change.item not in {other.item for other in one})
        if (found := next(free, None)) is None:
            rounds.append(found := [])
        found.append(change)
    return rounds


@pytest.mark.parametrize(
    "changes",
    [*together(CHANGES), *rest(*(([change],) for change in CHANGES))],
    ids=lambda changes: ", ".join(change.name for change in changes)[:80],
)
def test_a_changed_record_is_named_and_no_other(pair: MovedPair, changes: list[Change]) -> None:
    for change in changes:
        change.do(pair)
    evidence = pair.verify()
    bad = {row.item: row.differences for row in evidence.rows if row.verdict is not Verdict.SAME}
    assert set(bad) == {change.item for change in changes}
    for change in changes:
        assert any(told.startswith(change.named) for told in bad[change.item]), (change.name, bad[change.item])


NOT_HELD_AGAINST_THE_TARGET = {
    steps.CaptureImage: "reads the source; what it sealed is what the restored image is held against",
    steps.CaptureVolume: "the same",
    steps.CaptureServer: "the same",
    steps.CaptureSnapshot: "the same",
    steps.CaptureBackup: "the same",
    steps.TakePass: "the same",
    steps.PreloadVolume: "writes what the restore completes, whose row covers it",
    steps.StopServer: "stops a server of the source, which is not asked",
    steps.VerifyDisk: "is a verification itself",
    steps.LastPass: "the container's own row covers it",
    steps.RunAfterUp: "makes nothing at the target (tests/cli/test_cli_after_up.py)",
    steps.CheckServer: "makes nothing; what it saw is evidence, which verify reads (tests/cli/test_cli_health.py)",
}


def test_every_kind_of_action_is_verified_or_has_a_reason() -> None:
    """A new action that nothing here breaks would be vouched for unseen."""
    broken = {change.breaks for change in CHANGES}
    assert broken | set(NOT_HELD_AGAINST_THE_TARGET) == set(get_args(steps.AnyAction))
    assert not broken & set(NOT_HELD_AGAINST_THE_TARGET)


def test_a_floating_address_that_is_gone_is_missed_by_the_rules_that_name_it(pair: MovedPair) -> None:
    gone(Kind.FLOATING_IP, "fip-1")(pair)
    rows = {row.item: row for row in pair.verify().rows if row.verdict is not Verdict.SAME}
    assert set(rows) == {"floating-ip:fip-1", "security-group:sg-partners"}
    assert (
        rows["security-group:sg-partners"]
        .differences[0]
        .startswith(f"rule ingress IPv4 tcp 22-22 {OLD_ADDRESS} (not moved): present")
    )


def test_an_image_property_is_named(pair: MovedPair) -> None:
    pair.change(Kind.IMAGE, pair.image_id, properties={"hw_disk_bus": "virtio", "block_device_mapping": "[]"})
    assert pair.row(f"image:{pair.image_id}").differences == (
        "property hw_disk_bus: scsi ≠ virtio",
        "block_device_mapping: none ≠ []",
    )


@pytest.mark.parametrize(
    ("kind", "source_id", "item"),
    [
        (Kind.SECURITY_GROUP, "sg-web", "security-group:sg-web"),
        (Kind.SUBNET, "sub-1", "subnet:sub-1"),
        (Kind.FLOATING_IP, "fip-2", "floating-ip:fip-2"),
        (Kind.VOLUME, "vol-3", "volume:vol-3"),
        (Kind.VOLUME, "bak-1", "backup:bak-1"),
        (Kind.SERVER, "srv-1", "server:srv-1"),
        (Kind.IMAGE, "srv-1", "server:srv-1:disk"),
    ],
)
def test_what_is_gone_is_missing(pair: MovedPair, kind: Kind, source_id: str, item: str) -> None:
    gone(kind, source_id)(pair)
    evidence = pair.verify()
    (row,) = (row for row in evidence.rows if row.item == item)
    assert (row.verdict, row.differences) == (Verdict.MISSING, ("present ≠ missing",))
    assert evidence.differences == 1


def test_what_was_never_made_is_missing(pair: MovedPair) -> None:
    del pair.ids[Kind.SERVER, "srv-1"]
    row = pair.row("server:srv-1")
    assert (row.verdict, row.target_id) == (Verdict.MISSING, None)


def test_a_second_one_with_the_same_mark_is_surplus(pair: MovedPair) -> None:
    new = NewVolume(name="data 3", size_gib=1, metadata={MARK_KEY: str(mark("vol-3"))})
    second = pair.target.block.create_volume(new)
    pair.target_world.settle()
    rows = [row for row in pair.verify().rows if row.verdict is not Verdict.SAME]
    assert [(r.item, r.verdict, r.target_id) for r in rows] == [("volume:vol-3", Verdict.SURPLUS, second)]
    assert rows[0].differences == ("resources with this mark: 1 ≠ 2",)


def test_a_second_trunk_with_the_same_mark_is_surplus(pair: MovedPair) -> None:
    port_id = pair.target_id(Kind.PORT, "port-2")
    pair.change(Kind.PORT, "port-2", device_id="")
    second = pair.target.network.create_trunk(
        Trunk(id="", name="carrier", port_id=port_id, description=str(mark("trunk-1")))
    )
    rows = [row for row in pair.verify().rows if row.verdict is not Verdict.SAME]
    assert [(r.item, r.verdict, r.target_id) for r in rows] == [("trunk:trunk-1", Verdict.SURPLUS, second)]


# ---------------------------------------------------------------- objects


def objects(pair: MovedPair) -> dict[str, StoredObject]:
    return pair.target_world.project().account.containers["box"].objects


def rename(pair: MovedPair) -> None:
    put(pair.target, "box", "c", b"b" * 100, {"x-object-meta-n": "1"})
    pair.target.objects.delete("box", "b")


def swap_contents(pair: MovedPair) -> None:
    for name, letter in (("a", b"b"), ("b", b"a")):
        put(pair.target, "box", name, letter * 100, {"x-object-meta-n": "1"})


ObjectChange = tuple[str, tuple[str, ...], Do]
"""What it is called, how each of the differences begins, and the change."""
OBJECT_CHANGES: list[ObjectChange] = [
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
        lambda p: p.target.objects.put_manifest("box", large(segments_of(p.target, ("2", "1")))),
    ),
    (
        "flattened",
        ('object "large" etag: ', 'object "large" static large object: ', 'object "large" segments: '),
        lambda p: put(p.target, "box", "large", b"1" * 1000 + b"2" * 1000),
    ),
    (
        "link elsewhere",
        ('object "link" header x-symlink-target: box/a ≠ box/b',),
        lambda p: put(p.target, "box", "link", b"", {"x-symlink-target": "box/b"}),
    ),
    (
        "link became a copy",
        ('object "link" size_bytes: ', 'object "link" etag: ', 'object "link" header x-symlink-target: '),
        lambda p: put(p.target, "box", "link", b"a" * 100),
    ),
    (
        "prefix of a dynamic large object",
        ('object "dynamic" header x-object-manifest: box_segments/ ≠ box_segments/2',),
        lambda p: put(p.target, "box", "dynamic", b"", {"x-object-manifest": "box_segments/2"}),
    ),
    (
        "contents swapped",
        ('object "a" etag: ', 'object "b" etag: '),
        swap_contents,
    ),
    (
        "container header",
        ("header x-container-read: .r:* ≠ missing",),
        lambda p: p.target_world.project().account.containers["box"].headers.pop("x-container-read"),
    ),
]


ALONE = ("renamed", "contents swapped")
"""Changes of objects that others change too."""


def at_once(changes: Sequence[ObjectChange]) -> list[list[ObjectChange]]:
    """As many of them at a time as are of different objects, by the first word that names each."""
    rounds = [[change] for change in changes if change[0] in ALONE]
    for change in (one for one in changes if one[0] not in ALONE):
        named = object_of(change)
        free = (one for one in rounds if one[0][0] not in ALONE and named not in map(object_of, one))
        if (found := next(free, None)) is None:
            rounds.append(found := [])
        found.append(change)
    return rounds


def object_of(change: ObjectChange) -> str:
    return change[1][0].split()[1]


@pytest.mark.parametrize(
    "changes",
    [*at_once(OBJECT_CHANGES), *rest(*(([change],) for change in OBJECT_CHANGES))],
    ids=lambda changes: ", ".join(change[0] for change in changes)[:80],
)
def test_a_changed_object_is_named_and_no_other(pair: MovedPair, changes: list[ObjectChange]) -> None:
    for _, _, do in changes:
        do(pair)
    evidence = pair.verify(checks=ObjectChecks(sample=1.0))
    bad = {row.item: row.differences for row in evidence.rows if row.verdict is not Verdict.SAME}
    assert set(bad) == {"container:box"}
    left = [told for _, named, _ in changes for told in named]
    for difference in bad["container:box"]:
        left.remove(next(told for told in left if difference.startswith(told)))
    assert left == []


def test_a_container_that_is_gone_is_missing(pair: MovedPair) -> None:
    del pair.target_world.project().account.containers["box"]
    assert pair.row("container:box").verdict is Verdict.MISSING
