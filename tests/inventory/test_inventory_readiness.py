"""How findings fit together: what blocks, what is decided, what is not said twice, what is there already."""

import pytest
from msgspec.structs import replace

from migrate.findings.finding import CODES, finding, takes_out
from migrate.messages import codes
from migrate.messages.codes.registry import Level
from migrate.model import MARK_KEY, Container, Flavor, Kind, Quota, SecurityGroupRule, Volume
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import blocking, check, undecided
from migrate.policy.policy_records import Mappings, Policy, Schedule
from tests.plan.tenants import (
    FLAVOR,
    MIGRATION,
    attached,
    empty,
    group,
    image,
    lan,
    network,
    policy,
    port,
    quotas,
    resource,
    router,
    server,
    shop,
    source_facts,
    target,
    uid,
    volume,
    works,
)

HUGE = Flavor(name="huge", vcpus=64, ram_mib=1, disk_gib=1)


def marked(role: str, source_id: str) -> dict[str, str]:
    return {MARK_KEY: f"decamp-{role}-{MIGRATION[:8]}-{source_id}"}


def codes_of(findings: list) -> set[str]:  # type: ignore[type-arg]
    return {found.code for found in findings}


def test_the_worst_comes_first_and_nothing_twice() -> None:
    found = check(shop(), target(), policy(skip=("server:db-1",)))
    levels = [list(Level).index(one.level) for one in found]
    assert levels == sorted(levels)
    assert len({(one.code, one.item, str(one.facts)) for one in found}) == len(found)
    assert found == check(shop(), target(), policy(skip=("server:db-1",)))


def test_a_blocked_item_blocks_until_it_is_skipped_or_accepted() -> None:
    source = empty(servers=(server(flavor=HUGE),))
    for said, blocks in (
        (policy(), {codes.NO_FLAVOR}),
        (policy(skip=("server:web-1",)), set()),
        (policy(accept=("server:web-1",)), set()),
        (policy(accept=("DCP-610:server:web-1",)), set()),
        (policy(accept=(f"DCP-610:server:{uid('server web-1')}",)), set()),
        (policy(accept=(codes.NO_FLAVOR,)), set()),
        (policy(accept=("DCP-611:server:web-1",)), {codes.NO_FLAVOR}),
        (policy(accept=("server:web-2",)), {codes.NO_FLAVOR}),
    ):
        assert codes_of(blocking(check(source, target(), said), said)) == blocks, said
        # Accepting that it stays behind does not make it possible: its disk is kept in the store, no more.
        skipped = bool(said.skip)
        assert [step.do for step in build_plan(source, target(), said).steps] == ["server.capture"] * (not skipped)


def test_a_namesake_at_the_target_can_be_accepted_and_then_moves() -> None:
    source, there = empty(networks=(network(),)), replace(target(), networks=(network(id="x"),))
    assert [out.code for out in build_plan(source, there, policy()).left_out] == [codes.NETWORK_NAME_TAKEN]
    said = policy(accept=("DCP-652:network:private",))
    assert len(build_plan(source, there, said).steps) == 1
    assert blocking(check(source, there, said), said) == []


def test_losses_are_undecided_until_accepted() -> None:
    source = empty(images=(image(status="killed"),))
    assert codes_of(undecided(check(source, target(), policy()), policy())) == {codes.IMAGE_NOT_ACTIVE}
    said = policy(accept=("image:debian",))
    assert undecided(check(source, target(), said), said) == []
    skipped = policy(skip=("image:debian",))
    assert undecided(check(source, target(), skipped), skipped) == []


def test_of_a_skipped_thing_nothing_else_is_said() -> None:
    source = empty(servers=(server(flavor=HUGE, status="ERROR"),))
    said = policy(skip=("server:web-1",))
    assert {f.code for f in check(source, target(), said) if f.item} == {codes.SKIPPED_BY_POLICY}


def test_of_a_thing_left_out_no_change_is_told() -> None:
    source = empty(servers=(server(status="ERROR"),))
    assert {f.code for f in check(source, target(), policy()) if f.item} == {codes.SERVER_STATE_UNMOVABLE}


def test_of_a_thing_left_out_no_smaller_loss_is_told() -> None:
    swapping = Flavor(name="huge", vcpus=64, ram_mib=1, disk_gib=1, swap_mib=512)
    source = empty(servers=(server(flavor=swapping, tags=("prod",)),))
    there = target(versions={"compute": "2.1"})
    assert {f.code for f in check(source, there, policy()) if f.item} == {codes.NO_FLAVOR, codes.CAPTURED_ONLY}


def test_the_worst_of_several_reasons_is_the_one_that_the_plan_names() -> None:
    source = empty(servers=(server(flavor=HUGE, status="PAUSED"),))
    assert {f.code for f in check(source, target(), policy()) if f.item} == {
        codes.NO_FLAVOR,
        codes.SERVER_MEMORY_LOST,
        codes.CAPTURED_ONLY,
    }
    assert [out.code for out in build_plan(source, target(), policy()).left_out] == [codes.NO_FLAVOR]


def test_what_is_left_out_is_what_the_findings_say() -> None:
    source = replace(shop(), images=(image(status="queued"),))
    said = policy(skip=("container:backups_segments", "network:private"))
    found = check(source, target(), said)
    items = {f.item for f in found if takes_out(f, said)}
    assert {f"{out.kind}:{out.id}" for out in build_plan(source, target(), said).left_out} == items
    assert "container:backups" in items


def test_the_network_of_others_stops_its_server_not_its_volumes() -> None:
    theirs = network("theirs", is_own=False, is_shared=True)
    nic = port("web-1", network_id=theirs.id, fixed_ips=(), security_group_ids=())
    held, volumes = attached(server(port_ids=(nic.id,)), volume())
    source = empty(networks=(theirs,), ports=(nic,), servers=(held,), volumes=volumes)
    found = {f.item: f.code for f in check(source, target(), policy()) if f.level == Level.BLOCKS}
    assert found == {f"port:{nic.id}": codes.PORT_NETWORK_UNCLEAR}
    plan = build_plan(source, target(), policy())
    assert {out.code for out in plan.left_out} == {codes.PORT_NETWORK_UNCLEAR, codes.DEPENDENCY_LEFT_OUT}
    assert f"volume:{uid('volume data')}:verify" in {step.id for step in plan.steps}


# ---------------------------------------------------------------- quotas


def test_each_quota_of_the_target_is_counted() -> None:
    need = {
        "servers": 2,
        "cores": 4,
        "ram_mib": 2 * 7168,
        "keypairs": 1,
        "volumes": 3,
        "volumes_gib": 150,
        "networks": 1,
        "subnets": 1,
        "routers": 1,
        "ports": 3,
        "floating_ips": 1,
        "security_groups": 2,
        "security_group_rules": 4,
    }
    short = target(quotas=quotas(**{name: count - 1 for name, count in need.items()}))
    found = {
        f.facts["resource"]: f.facts["need"]
        for f in check(shop(), short, policy())
        if f.code == codes.TARGET_QUOTA_SHORT
    }
    assert found == {name: str(count) for name, count in need.items()}
    enough = target(quotas=quotas(**need))
    assert not [f for f in check(shop(), enough, policy()) if f.code == codes.TARGET_QUOTA_SHORT]


def test_what_we_made_already_is_not_needed_again() -> None:
    disks = (volume("a"), volume("b"))
    there = replace(
        target(quotas=quotas() | {"volumes": Quota(limit=2, used=1)}),
        volumes=(volume("copy", metadata=marked("m", uid("volume a"))),),
    )
    assert not [f for f in check(empty(volumes=disks), there, policy()) if f.code == codes.TARGET_QUOTA_SHORT]
    foreign = replace(there, volumes=(volume("copy"),))
    (found,) = [f for f in check(empty(volumes=disks), foreign, policy()) if f.code == codes.TARGET_QUOTA_SHORT]
    assert (found.facts["need"], found.facts["used"]) == ("2", "1")


def test_the_adopted_default_group_costs_no_group() -> None:
    rules = tuple(SecurityGroupRule(direction="egress", ethertype=family) for family in ("IPv4", "IPv6"))
    there = replace(
        target(quotas=quotas() | {"security_groups": Quota(limit=1, used=1)}),
        security_groups=(group("default", *rules, id="theirs"),),
    )
    source = empty(security_groups=(group("default", *rules),))
    assert check(source, there, policy()) == []


def test_our_own_temporaries_do_not_eat_the_room_at_the_source() -> None:
    left: tuple[Volume, ...] = (volume("left", 10, metadata=marked("t", "x")),)
    tight = source_facts(quotas=quotas() | {"volumes_gib": Quota(limit=30, used=20)})
    source = empty(volumes=(volume("a", 10), *left), facts=tight)
    assert not [
        f for f in check(source, target(), policy()) if f.code in {codes.SOURCE_QUOTA_SHORT, codes.SOURCE_QUOTA_TIGHT}
    ]
    (found,) = [
        f
        for f in check(replace(source, volumes=source.volumes[:1]), target(), policy())
        if f.code == codes.SOURCE_QUOTA_SHORT
    ]
    assert (found.facts["need"], found.facts["short"]) == ("20", "10")


def test_left_out_things_need_no_quota() -> None:
    there = target(quotas=quotas(volumes=0))
    assert not [
        f
        for f in check(empty(volumes=(volume(encrypted=True),)), there, policy())
        if f.code == codes.TARGET_QUOTA_SHORT
    ]


def test_selectors_that_fit_are_not_complained_about() -> None:
    source = empty(containers=(Container(name="a b"),), servers=(server(),), **lan())
    said = policy(
        skip=("container:a b", "server:web-1"),
        accept=(codes.USER_DATA_UNKNOWN, "container:a%20b", "DCP-611:server:web-1"),
    )
    assert codes.SELECTOR_UNMATCHED not in codes_of(check(source, target(), said))


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (policy(accept=(codes.DEADLINE_PASSED, codes.DISK_FORMAT_REFUSED)), []),
        (policy(accept=("DCP-699", "DCP-611:server:web-1")), [("DCP-699", "accept")]),
        (policy(accept=("DCP-999:server:web-1",)), [("DCP-999:server:web-1", "accept")]),
        (policy(mappings=Mappings(flavors={FLAVOR.name: "b2-7"})), []),
        (policy(mappings=Mappings(flavors={"offered": "b2-7"})), []),
        (policy(mappings=Mappings(flavors={"typo": "b2-7"})), [("typo", "mappings.flavors")]),
        (policy(mappings=Mappings(volume_types={"used": "classic", "standard": "classic"})), []),
        (policy(mappings=Mappings(volume_types={"typo": "classic"})), [("typo", "mappings.volume_types")]),
        (policy(mappings=Mappings(compute_zones={"z1": "nova", "dc1": "nova"})), []),
        (policy(mappings=Mappings(compute_zones={"typo": "nova"})), [("typo", "mappings.compute_zones")]),
        (policy(mappings=Mappings(volume_zones={"z2": "nova"})), []),
        (policy(mappings=Mappings(volume_zones={"z1": "nova"})), [("z1", "mappings.volume_zones")]),
        (policy(mappings=Mappings(external_networks={"public": "Ext-Net"})), []),
        (policy(mappings=Mappings(external_networks={uid("external public"): "Ext-Net"})), []),
        (policy(mappings=Mappings(external_networks={"typo": "Ext-Net"})), [("typo", "mappings.external_networks")]),
        (policy(mappings=Mappings(projects={"p1": "q1"})), []),
        (policy(mappings=Mappings(projects={"typo": "q1"})), [("typo", "mappings.projects")]),
    ],
)
def test_what_the_policy_names_and_nobody_has(said: Policy, told: list[tuple[str, str]]) -> None:
    source = empty(
        servers=(server(availability_zone="z1"),),
        volumes=(volume(volume_type="used", availability_zone="z2"),),
        images=(image(visibility="shared", members=("p1",)),),
        routers=(router(),),
        facts=source_facts(flavors=(replace(FLAVOR, name="offered"),)),
    )
    found = [
        (f.facts["selector"], f.facts["list"])
        for f in check(source, target(), said)
        if f.code == codes.SELECTOR_UNMATCHED
    ]
    assert found == told


def test_every_kind_goes_by_its_name() -> None:
    balancer = resource(Kind.LOAD_BALANCER, "front", "load-balancer")
    source = replace(works(), others=(balancer,))
    names = ("snapshot:before-upgrade", "backup:nightly", "trunk:uplink", "server-group:spread", "load-balancer:front")
    plan = build_plan(source, target(), policy(skip=names, backups="volume"))
    assert {f"{out.kind}:{out.name}" for out in plan.left_out if out.code == codes.SKIPPED_BY_POLICY} == set(names)
    assert codes.SELECTOR_UNMATCHED not in codes_of(check(source, target(), policy(accept=names)))
    gone = tuple(name.partition(":")[0] + ":gone" for name in names)
    assert {
        f.facts["selector"] for f in check(source, target(), policy(accept=gone)) if f.code == codes.SELECTOR_UNMATCHED
    } == set(gone)


def test_a_loss_of_another_service_can_be_accepted_or_skipped() -> None:
    balancer = resource(Kind.LOAD_BALANCER, "front", "load-balancer")
    lost = finding(codes.LOAD_BALANCER, f"load-balancer:{balancer.id}", "front", details="-")
    assert undecided([lost], policy()) == [lost]
    for said in (
        policy(accept=(codes.LOAD_BALANCER,)),
        policy(accept=("load-balancer:front",)),
        policy(accept=(f"DCP-801:load-balancer:{balancer.id}",)),
        policy(skip=("load-balancer:front",)),
    ):
        assert undecided([lost], said) == [], said


def test_the_table_is_whole() -> None:
    assert all(len(spec.facts) == len(set(spec.facts)) for spec in CODES.values())
    # Only what takes something out can be waved through.
    assert all(spec.leaves_out for spec in CODES.values() if spec.can_go_on)


def test_a_schedule_that_names_nothing_is_told_too() -> None:
    schedule = Schedule(tiers={"server:gone": 10}, deadlines={"volume:gone": "2020-01-20T00:00:00Z"})
    told = [f.facts for f in check(shop(), target(), policy(schedule=schedule)) if f.code == codes.SELECTOR_UNMATCHED]
    assert {(facts["list"], facts["selector"]) for facts in told} == {
        ("schedule.tiers", "server:gone"),
        ("schedule.deadlines", "volume:gone"),
    }
