"""`servers.boot`, and flavors without a disk: which root disks become boot volumes, of what size, type and zone."""

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from migrate.findings.finding import Finding
from migrate.messages import codes
from migrate.model import Flavor, Inventory, Kind
from migrate.model.steps import MakeServer, Plan, RestoreVolume, VerifyDisk
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import check
from migrate.policy.policy_records import Disks, Mappings, Policy
from tests.plan.tenants import (
    FLAVOR,
    attached,
    empty,
    image,
    policy,
    quotas,
    server,
    source_facts,
    target,
    target_facts,
    uid,
    volume,
)

WEB = f"server:{uid('server web-1')}"
BARE = Flavor(id="bare", name="s6.medium.4", vcpus=1, ram_mib=4096, disk_gib=0)
SMALL = Flavor(id="tiny", name="s6.small.1", vcpus=1, ram_mib=1024, disk_gib=0)
LOCAL = Flavor(id="local", name="i3.8xlarge", vcpus=8, ram_mib=65536, disk_gib=400)
DISKLESS = target(flavors=(SMALL, BARE))


def tenant(flavor: Flavor = FLAVOR) -> Inventory:
    return empty(servers=(server(flavor=flavor),), images=(image(properties={"os_distro": "debian"}),))


def found(source: Inventory, there: Inventory, said: Policy | None = None) -> dict[str, Finding]:
    return {f.code: f for f in check(source, there, said or policy()) if f.item == WEB}


def restored(plan: Plan) -> RestoreVolume:
    action = plan.step(f"{WEB}:restore").action
    assert isinstance(action, RestoreVolume)
    return action


def made(plan: Plan) -> MakeServer:
    action = plan.step(WEB).action
    assert isinstance(action, MakeServer)
    return action


def is_of_volume(plan: Plan) -> bool:
    steps = {step.id for step in plan.steps}
    assert (f"{WEB}:restore" in steps) is (made(plan).boot_volume_id == uid("server web-1"))
    assert (f"{WEB}:restore" in steps) is not (f"{WEB}:image" in steps)
    return f"{WEB}:restore" in steps


# ---------------------------------------------------------------- the plan


def test_at_a_target_without_disks_the_root_disk_becomes_a_boot_volume() -> None:
    source = tenant()
    plan = build_plan(source, DISKLESS, policy())
    assert plan.left_out == ()
    assert [step.id for step in plan.steps if step.id.startswith(WEB)] == [
        f"{WEB}:stop", f"{WEB}:capture", f"{WEB}:restore", f"{WEB}:verify", WEB,
    ]  # fmt: skip
    action, verify, new = restored(plan), plan.step(f"{WEB}:verify").action, made(plan)
    assert (action.of, action.volume.id, action.volume.name) == (Kind.SERVER, uid("server web-1"), "web-1-root")
    assert (action.volume.size_gib, action.volume.bootable) == (FLAVOR.disk_gib, True)
    assert action.volume.image_metadata == {"os_distro": "debian"}
    assert isinstance(verify, VerifyDisk) and (verify.of, verify.at_target) == (Kind.SERVER, Kind.VOLUME)
    assert (new.flavor_name, new.boot_volume_delete) == ("s6.medium.4", True)
    assert f"{WEB}:verify" in plan.step(WEB).needs
    told = found(source, DISKLESS)
    assert told[codes.ROOT_DISK_BECOMES_VOLUME].facts == {"size_gib": str(FLAVOR.disk_gib), "type": "classic"}
    assert told[codes.FLAVOR_CHANGES].facts["what"] == "vcpus=1 ram_mib=4096 -> vcpus=1 ram_mib=4096"
    assert not {codes.NO_FLAVOR, codes.FLAVOR_DISK_TOO_SMALL} & told.keys()


def test_the_steps_of_servers_with_a_disk_are_what_they_were() -> None:
    """Their digests too: an approval and a ledger of before still fit."""
    plans = [build_plan(tenant(), target(flavors=(FLAVOR, *more)), policy()) for more in ((), (BARE,))]
    assert plans[0].steps == plans[1].steps
    verify = plans[0].step(f"{WEB}:verify").action
    assert isinstance(verify, VerifyDisk) and verify.as_volume is UNSET
    assert not is_of_volume(plans[0])


@pytest.mark.parametrize(
    ("disk_gib", "min_disk_gib", "virtual_gib", "expected"),
    [(20, 0, 2, 20), (20, 30, 2, 30), (0, 5, 12, 12), (0, 0, 0, 1)],
)
def test_it_is_as_large_as_is_needed(disk_gib: int, min_disk_gib: int, virtual_gib: int, expected: int) -> None:
    base = image(virtual_size_bytes=virtual_gib << 30, min_disk_gib=min_disk_gib, size_bytes=1 << 20)
    source = empty(servers=(server(flavor=replace(FLAVOR, disk_gib=disk_gib)),), images=(base,))
    assert restored(build_plan(source, DISKLESS, policy())).volume.size_gib == expected


def test_without_its_base_image_the_flavor_says_how_large_it_is() -> None:
    plan = build_plan(empty(servers=(server(image_id="gone"),)), DISKLESS, policy())
    assert restored(plan).volume.size_gib == FLAVOR.disk_gib


@pytest.mark.parametrize(
    ("zones", "expected"), [(("dc1", "dc2"), "dc2"), (("vol-1", "vol-2"), None), (("vol-1",), "vol-1")]
)
def test_it_lies_in_the_zone_of_its_server_where_volumes_have_one(zones: tuple[str, ...], expected: str | None) -> None:
    source = empty(servers=(server(availability_zone="dc2"),), images=(image(),))
    facts = target_facts(flavors=(BARE,), compute_zones=("dc1", "dc2"), volume_zones=zones)
    plan = build_plan(source, replace(DISKLESS, facts=facts), policy())
    assert (restored(plan).availability_zone, made(plan).availability_zone) == (expected, "dc2")


def test_its_type_is_the_targets_default_or_the_policys() -> None:
    assert restored(build_plan(tenant(), DISKLESS, policy())).volume_type == "classic"
    said = policy(boot_volume_type="high-speed")
    assert restored(build_plan(tenant(), DISKLESS, said)).volume_type == "high-speed"
    told = found(tenant(), DISKLESS, policy(boot_volume_type="hihg-speed"))[codes.MAPPING_TARGET_UNKNOWN].facts
    assert (told["mapping"], told["wanted"], told["known"]) == ("servers.boot_volume_type", "hihg-speed", "high-speed")


def test_on_the_attached_path_it_is_written_as_a_device() -> None:
    said = policy(disks=Disks(restore="attached", target_worker=uid("server worker")))
    assert restored(build_plan(tenant(), DISKLESS, said)).attached is True
    assert restored(build_plan(tenant(), DISKLESS, policy())).attached is UNSET


def test_it_counts_in_the_quotas() -> None:
    facts = target_facts(flavors=(BARE,), quotas=quotas(volumes=0, volumes_gib=10))
    told = [f for f in check(tenant(), replace(DISKLESS, facts=facts), policy()) if f.code == codes.TARGET_QUOTA_SHORT]
    assert {f.facts["resource"]: f.facts["need"] for f in told} == {"volumes": "1", "volumes_gib": "20"}


# ---------------------------------------------------------------- which flavor


def test_a_flavor_with_a_disk_that_fits_comes_first_and_a_nearer_one_without_is_told() -> None:
    there = target(flavors=(BARE, LOCAL))
    plan = build_plan(tenant(), there, policy())
    assert (made(plan).flavor_name, is_of_volume(plan)) == ("i3.8xlarge", False)
    assert found(tenant(), there)[codes.NEARER_FLAVOR_DISKLESS].facts == {
        "target": "i3.8xlarge",
        "nearer": "s6.medium.4",
    }
    said = policy(boot_by_server={"server:web-1": "volume"})
    plan = build_plan(tenant(), there, said)
    assert (made(plan).flavor_name, is_of_volume(plan)) == ("s6.medium.4", True)
    assert codes.NEARER_FLAVOR_DISKLESS not in found(tenant(), there, said)


def test_a_flavor_without_a_disk_that_is_no_nearer_is_not_told() -> None:
    assert codes.NEARER_FLAVOR_DISKLESS not in found(tenant(), target(flavors=(BARE, FLAVOR)))


@pytest.mark.parametrize("flavor", [replace(LOCAL, disk_gib=5), SMALL])
def test_it_blocks_only_where_really_nothing_fits(flavor: Flavor) -> None:
    assert codes.NO_FLAVOR in found(tenant(), target(flavors=(flavor,)))
    assert codes.NO_FLAVOR not in found(tenant(), target(flavors=(flavor, BARE)))


def test_the_policy_may_map_to_a_flavor_without_a_disk() -> None:
    said = policy(mappings=Mappings(flavors={FLAVOR.name: "s6.small.1"}))
    assert is_of_volume(build_plan(tenant(), target(flavors=(FLAVOR, SMALL)), said))


# ---------------------------------------------------------------- by choice


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (policy(), False),
        (policy(boot="volume"), True),
        (policy(boot="image"), False),
        (policy(boot_by_server={"server:web-1": "volume"}), True),
        (policy(boot_by_server={WEB: "volume"}), True),
        (policy(boot_by_server={"server:web-2": "volume"}), False),
        (policy(boot_by_server={"server:web-*": "image", "server:web-1": "volume"}), True),
        (policy(boot_by_server={"server:web-*": "volume", "server:web-1": "image"}), False),
    ],
)
def test_any_server_boots_from_a_volume_by_choice(said: Policy, expected: bool) -> None:
    assert is_of_volume(build_plan(tenant(), target(), said)) is expected


def test_a_selector_that_names_nothing_is_told() -> None:
    said = policy(boot_by_server={"server:wbe-1": "volume"})
    told = [f.facts for f in check(tenant(), target(), said) if f.code == codes.SELECTOR_UNMATCHED]
    assert told == [{"selector": "server:wbe-1", "list": "servers.boot"}]


def test_by_choice_the_disk_of_the_flavor_does_not_count() -> None:
    there = target(flavors=(replace(FLAVOR, disk_gib=1),))
    assert codes.NO_FLAVOR in found(tenant(), there)
    assert made(build_plan(tenant(), there, policy(boot="volume"))).flavor_name == FLAVOR.name


def test_an_image_is_refused_where_no_flavor_has_a_disk() -> None:
    """As Nova refuses it to a member."""
    assert codes.NO_FLAVOR in found(tenant(), DISKLESS, policy(boot="image"))
    said = policy(boot="image", mappings=Mappings(flavors={FLAVOR.name: "s6.medium.4"}))
    assert codes.FLAVOR_DISK_TOO_SMALL in found(tenant(), DISKLESS, said)


def test_what_boots_from_a_volume_already_goes_on_to_do_so() -> None:
    one, volumes = attached(server(image_id=None, root_device="/dev/vda"), volume("root", bootable=True))
    source = empty(servers=(one,), volumes=volumes)
    for word in ("auto", "volume", "image"):
        assert made(build_plan(source, DISKLESS, policy(boot=word))).boot_volume_id == uid("volume root")
    assert codes.BOOT_CHOICE_UNUSED not in found(source, DISKLESS, policy(boot="image"))
    told = found(source, DISKLESS, policy(boot_by_server={"server:web-1": "image"}))
    assert told[codes.BOOT_CHOICE_UNUSED].facts == {"selector": "server:web-1"}


def test_a_moved_server_stays_as_it_was_made_whatever_the_target_offers_by_now() -> None:
    mark = {"decamp-mark": f"decamp-m-{policy().migration[:8]}-{uid('server web-1')}"}
    for segments_digest in (None, uid("image base")):
        there = replace(target(flavors=(FLAVOR,)), servers=(server("moved", image_id=segments_digest, metadata=mark),))
        assert is_of_volume(build_plan(tenant(), there, policy())) is (segments_digest is None)


# ---------------------------------------------------------------- what its way says


def test_a_type_that_encrypts_cannot_be_read_back_through_an_image() -> None:
    there = replace(DISKLESS, volumes=(volume("theirs", volume_type="classic", encrypted=True),))
    assert codes.ENCRYPTED_UNREADABLE in found(tenant(), there)


def test_the_size_that_its_image_may_have_is_judged_on_the_path_that_makes_one() -> None:
    there = replace(DISKLESS, facts=target_facts(flavors=(BARE,), image_size_max_bytes=1 << 30))
    assert codes.DISK_OVER_IMAGE_LIMIT in found(tenant(), there)
    said = policy(disks=Disks(restore="attached", target_worker=uid("server worker")))
    assert codes.DISK_OVER_IMAGE_LIMIT not in found(tenant(), there, said)
    assert source_facts().image_size_max_bytes is None
