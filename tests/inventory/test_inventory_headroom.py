"""Quotas of both clouds against what the plan makes: every kind that one counts, and the temporaries of captures."""

import pytest
from msgspec.structs import replace

from migrate.findings.finding import Finding
from migrate.messages import codes
from migrate.model import MARK_KEY, Inventory, Quota, ServerGroup
from migrate.plan.readiness.check_all import check
from migrate.policy.policy_records import Disks, Limits, Policy
from tests.plan.tenants import (
    MIGRATION,
    backup,
    empty,
    network,
    policy,
    quotas,
    router,
    server,
    server_group,
    snapshot,
    source_facts,
    subnet,
    target,
    trunk,
    uid,
    volume,
    works,
)

SAID = policy(backups="volume", snapshots="volume", rewrite_addresses=True)


def found(code: str, source: Inventory, there: Inventory, said: Policy = SAID) -> dict[str, Finding]:
    return {f.facts["resource"]: f for f in check(source, there, said) if f.code == code}


NEED = {
    "servers": 2,
    "cores": 4,
    "ram_mib": 2 * 7168,
    # Two of its own, a snapshot and a backup.
    "volumes": 4,
    "volumes_gib": 20 + 50 + 50 + 50,
    "networks": 2,
    "subnets": 2,
    # One is made for a floating address.
    "routers": 2,
    # Four of its own, and an interface of each router.
    "ports": 4 + 2,
    "floating_ips": 3,
    "security_groups": 2,
    # One that names an address group is dropped; the one that names an own address is set in a second step.
    "security_group_rules": 2,
    "server_groups": 1,
    "trunks": 1,
}


def test_every_kind_is_counted_once() -> None:
    short = target(quotas=quotas(**{name: count - 1 for name, count in NEED.items()}))
    told = {name: int(f.facts["need"]) for name, f in found(codes.TARGET_QUOTA_SHORT, works(), short).items()}
    assert told == NEED
    assert found(codes.TARGET_QUOTA_SHORT, works(), target(quotas=quotas(**NEED))) == {}


def test_what_is_left_behind_needs_no_room() -> None:
    short = target(quotas=quotas(volumes=2, volumes_gib=70))
    assert set(found(codes.TARGET_QUOTA_SHORT, works(), short)) == {"volumes", "volumes_gib"}
    assert found(codes.TARGET_QUOTA_SHORT, works(), short, policy(snapshots="leave", backups="leave")) == {}
    # An image takes none of a volume's room.
    assert found(codes.TARGET_QUOTA_SHORT, works(), short, policy(snapshots="image", backups="leave")) == {}


def test_a_server_group_of_the_same_name_and_policy_is_not_made_again() -> None:
    source = empty(servers=(server(),), server_groups=(server_group("spread", "web-1"),))
    full = target(quotas=quotas() | {"server_groups": Quota(limit=1, used=1)})
    assert set(found(codes.TARGET_QUOTA_SHORT, source, full)) == {"server_groups"}
    same = ServerGroup(id="t", name="spread", policy="anti-affinity")
    assert found(codes.TARGET_QUOTA_SHORT, source, replace(full, server_groups=(same,))) == {}
    assert set(
        found(codes.TARGET_QUOTA_SHORT, source, replace(full, server_groups=(replace(same, policy="affinity"),)))
    ) == {"server_groups"}


def test_the_members_of_each_server_group_are_counted() -> None:
    two = tuple(server(name) for name in ("web-1", "web-2"))
    source = empty(servers=two, server_groups=(server_group("spread", "web-1", "web-2"), server_group("alone", "x")))
    one_each = target(quotas=quotas() | {"server_group_members": Quota(limit=1)})
    told = found(codes.TARGET_QUOTA_SHORT, source, one_each)
    assert {name: (f.facts["need"], f.facts["short"]) for name, f in told.items()} == {
        "server_group_members (spread)": ("2", "1")
    }
    room = replace(one_each, facts=target(quotas=quotas() | {"server_group_members": Quota(limit=2)}).facts)
    assert not found(codes.TARGET_QUOTA_SHORT, source, room)
    theirs = ServerGroup(id="t", name="spread", policy="anti-affinity", member_ids=("theirs",))
    (full,) = found(codes.TARGET_QUOTA_SHORT, source, replace(room, server_groups=(theirs,))).values()
    assert (full.facts["used"], full.facts["short"]) == ("1", "1")


def test_what_this_migration_made_of_a_snapshot_is_there_already() -> None:
    mark = f"decamp-m-{MIGRATION[:8]}-{uid('snapshot before-upgrade')}"
    source = empty(volumes=(volume(),), snapshots=(snapshot(),))
    full = target(quotas=quotas() | {"volumes": Quota(limit=2, used=1)})
    assert set(found(codes.TARGET_QUOTA_SHORT, source, full)) == {"volumes"}
    made = volume("copy", metadata={MARK_KEY: mark})
    assert found(codes.TARGET_QUOTA_SHORT, source, replace(full, volumes=(made,))) == {}


def test_trunks_and_interfaces_that_are_there_are_not_needed_again() -> None:
    def mark(kind: str, name: str) -> str:
        return f"decamp-m-{MIGRATION[:8]}-{uid(f'{kind} {name}')}"

    nothing_more = quotas() | {name: Quota(limit=1, used=1) for name in ("trunks", "ports", "routers", "subnets")}
    source = empty(networks=(network(),), subnets=(subnet(),), routers=(router("edge", "private"),))
    there = replace(
        target(quotas=nothing_more),
        subnets=(subnet(id="t-subnet", description=mark("subnet", "private")),),
        routers=(router("edge", id="t-router", description=mark("router", "edge")),),
    )
    assert set(found(codes.TARGET_QUOTA_SHORT, source, there)) == {"ports"}
    led = replace(router("edge", "private").interfaces[0], subnet_id="t-subnet")
    there = replace(there, routers=(replace(there.routers[0], interfaces=(led,)),))
    assert found(codes.TARGET_QUOTA_SHORT, source, there) == {}
    uplink = trunk(works().ports[0])
    there = replace(there, trunks=(replace(uplink, id="t-trunk", description=mark("trunk", "uplink")),))
    assert "trunks" not in found(codes.TARGET_QUOTA_SHORT, works(), there)


# ---------------------------------------------------------------- the source's temporaries


@pytest.mark.parametrize(
    ("parts", "need"),
    [
        ({"volumes": (volume(),)}, {"snapshots": 1, "volumes": 1, "volumes_gib": 20}),
        ({"snapshots": (snapshot(size_gib=7),)}, {"volumes": 1, "volumes_gib": 7}),
        ({"backups": (backup(size_gib=9),)}, {"volumes": 1, "volumes_gib": 9}),
        ({"servers": (server(),)}, {}),
    ],
)
def test_each_capture_takes_its_own_room_at_the_source(parts: dict[str, object], need: dict[str, int]) -> None:
    full = source_facts(quotas={name: Quota(limit=5, used=5) for name in ("snapshots", "volumes", "volumes_gib")})
    told = found(codes.SOURCE_QUOTA_SHORT, empty(facts=full, **parts), target())
    assert {name: int(f.facts["need"]) for name, f in told.items()} == need


def test_several_at_once_are_the_largest_that_may_run_together() -> None:
    tight = source_facts(quotas=quotas(volumes_gib=120))
    source = empty(
        facts=tight,
        volumes=(volume("a", 40), volume("b", 30)),
        snapshots=(snapshot("s", "a", size_gib=70),),
        backups=(backup("n", "a", size_gib=10),),
    )
    (one,) = found(codes.SOURCE_QUOTA_TIGHT, source, target()).values()
    assert (one.facts["resource"], one.facts["need"], one.facts["disks"]) == ("volumes_gib", str(80 + 70), "1")
    assert found(codes.SOURCE_QUOTA_TIGHT, source, target(), replace(SAID, limits=Limits(disks=1))) == {}


def test_a_volume_type_is_counted_beside_the_total() -> None:
    """A snapshot and a clone of it are of its volume's type; what we have left there is given back to it."""
    full = {f"{name}:standard": Quota(limit=1, used=1) for name in ("snapshots", "volumes")}
    types = {f"{name} (type standard)" for name in ("snapshots", "volumes")}
    of_it = empty(facts=source_facts(quotas=quotas() | full), volumes=(volume(volume_type="standard"),))
    assert set(found(codes.SOURCE_QUOTA_SHORT, of_it, target())) == types
    assert not found(codes.SOURCE_QUOTA_SHORT, replace(of_it, volumes=(volume(volume_type="other"),)), target())
    theirs = replace(of_it, volumes=(), snapshots=(snapshot(),))
    assert not found(codes.SOURCE_QUOTA_SHORT, theirs, target())
    ours = snapshot("ours", metadata={MARK_KEY: f"decamp-t-{MIGRATION[:8]}-{uid('volume data')}"})
    assert set(found(codes.SOURCE_QUOTA_SHORT, replace(of_it, snapshots=(ours,)), target())) == {
        "volumes (type standard)"
    }


@pytest.mark.parametrize(("limit", "fit"), [(60, "1"), (99, "1"), (100, "2"), (129, "2"), (130, None)])
def test_how_many_captures_fit_at_once_is_counted_largest_first(limit: int, fit: str | None) -> None:
    source = empty(
        facts=source_facts(quotas=quotas(volumes_gib=limit)),
        volumes=(volume("a", 30), volume("b", 20), volume("c", 15), volume("d", 1)),
    )
    told = found(codes.SOURCE_QUOTA_TIGHT, source, target(), replace(SAID, limits=Limits(disks=3)))
    assert (told["volumes_gib"].facts["disks"] if told else None) == fit


@pytest.mark.parametrize(
    ("limit", "at_once", "fit"),
    [(60, 4, "0"), (90, 4, "1"), (109, 4, "1"), (110, 4, "2"), (110, 2, None), (120, 4, None)],
)
def test_how_many_restored_volumes_are_read_back_at_once(limit: int, at_once: int, fit: str | None) -> None:
    source = empty(volumes=(volume("a", 30), volume("b", 20), volume("c", 10)))
    said = replace(SAID, limits=Limits(target=at_once, disks=1))
    told = found(codes.TARGET_QUOTA_TIGHT, source, target(quotas=quotas(volumes_gib=limit)), said)
    assert (told["volumes_gib"].facts["disks"] if told else None) == fit


def test_read_back_as_a_device_a_volume_takes_a_snapshot_and_a_clone_beside() -> None:
    source, said = empty(volumes=(volume("a", 30),)), replace(SAID, limits=Limits(target=1, disks=1))
    attached = replace(said, disks=Disks(restore="attached", target_worker="w"))
    for limit, expected in ((60, True), (89, True), (90, False)):
        there = target(quotas=quotas(volumes_gib=limit))
        assert bool(found(codes.TARGET_QUOTA_TIGHT, source, there, attached)) is expected
        assert not found(codes.TARGET_QUOTA_TIGHT, source, there, said)


def test_what_is_seen_at_the_target_counts_where_its_use_is_not_told() -> None:
    """Network services without `details.json` tell limits alone."""
    theirs = replace(target(), networks=(network("a"), network("b"), network("x", is_own=False, is_shared=True)))
    source = empty(networks=(network(),))
    for limit, used, expected in ((2, 0, ("2", "1")), (3, 0, None), (3, 3, ("3", "1"))):
        there = replace(theirs, facts=target(quotas=quotas() | {"networks": Quota(limit=limit, used=used)}).facts)
        told = found(codes.TARGET_QUOTA_SHORT, source, there, policy(accept=(codes.NETWORK_NAME_TAKEN,)))
        short = told["networks"].facts if told else None
        assert (short and (short["used"], short["short"])) == expected
