"""Where things find a place at the target."""

import pytest

from migrate.model import Flavor
from migrate.policy.mapping import Choice, flavor_choice, propose, target_flavor
from migrate.policy.policy_records import Mappings
from tests.plan.tenants import FLAVOR, empty, external, floating, policy, router, server, target, uid, volume

SMALL = Flavor(id="1", name="small", vcpus=1, ram_mib=1024, disk_gib=10)
WIDE = Flavor(id="2", name="wide", vcpus=4, ram_mib=4096, disk_gib=20)
TALL = Flavor(id="3", name="tall", vcpus=2, ram_mib=16384, disk_gib=20)
TWIN = Flavor(id="4", name="twin", vcpus=1, ram_mib=4096, disk_gib=20)
NAMESAKE = Flavor(id="5", name=FLAVOR.name, vcpus=1, ram_mib=4096, disk_gib=20)


@pytest.mark.parametrize(
    ("offered", "mapped", "expected"),
    [
        ([WIDE, TWIN, SMALL], {}, ("4", "twin", "same")),
        ([TWIN, NAMESAKE], {}, ("5", FLAVOR.name, "same")),
        ([WIDE, TALL, SMALL], {}, ("3", "tall", "nearest")),
        ([SMALL], {}, (None, "", "none")),
        ([], {}, (None, "", "none")),
        ([SMALL, TWIN], {FLAVOR.name: "small"}, ("1", "small", "policy")),
        ([SMALL, TWIN], {FLAVOR.name: "1"}, ("1", "small", "policy")),
        ([SMALL, TWIN], {FLAVOR.name: "huge"}, (None, "huge", "unknown")),
    ],
)
def test_flavors(offered: list[Flavor], mapped: dict[str, str], expected: tuple[str | None, str, str]) -> None:
    choice = flavor_choice(FLAVOR, offered, mapped)
    assert (choice.target, choice.target_name, choice.why) == expected


def test_the_order_of_what_is_offered_does_not_count() -> None:
    assert flavor_choice(FLAVOR, [WIDE, TALL], {}) == flavor_choice(FLAVOR, [TALL, WIDE], {})


def test_an_ephemeral_disk_is_not_lost() -> None:
    wanted = Flavor(name="e", vcpus=1, ram_mib=4096, disk_gib=20, ephemeral_gib=5)
    assert flavor_choice(wanted, [TWIN], {}).why == "none"


def test_volume_types_and_zones() -> None:
    source = empty(
        servers=(server(availability_zone="dc1"),),
        volumes=(volume("a", volume_type="standard"), volume("b", volume_type="high-speed", availability_zone="dc1")),
    )
    choices = propose(source, target(), policy())
    assert {n: (c.target, c.why) for n, c in choices.volume_types.items()} == {
        "standard": ("classic", "default"),
        "high-speed": ("high-speed", "same"),
    }
    assert choices.compute_zones["dc1"] == Choice(source="dc1", target="nova", target_name="nova", why="only")
    several = propose(source, target(volume_zones=("a", "b"), default_volume_type=None), policy())
    assert several.volume_zones["dc1"].target is None
    assert (several.volume_types["standard"].target, several.volume_types["standard"].why) == (None, "default")
    mapped = policy(mappings=Mappings(volume_types={"standard": "gold"}, volume_zones={"dc1": "b"}))
    choices = propose(source, target(volume_zones=("a", "b")), mapped)
    assert choices.volume_types["standard"].why == "unknown"
    assert choices.volume_zones["dc1"].target == "b"


@pytest.mark.parametrize(
    ("offered", "mapped", "expected"),
    [
        (("Ext-Net",), {}, ("Ext-Net", "only")),
        (("Ext-Net", "public"), {}, ("public", "same")),
        (("Ext-Net", "other"), {}, (None, "none")),
        ((), {}, (None, "none")),
        (("Ext-Net", "other"), {"public": "other"}, ("other", "policy")),
        (("Ext-Net", "other"), {"public": "gone"}, (None, "unknown")),
    ],
)
def test_external_networks(offered: tuple[str, ...], mapped: dict[str, str], expected: tuple[str | None, str]) -> None:
    source = empty(routers=(router(),), floating_ips=(floating(),))
    there = target(external_networks=tuple(external(name) for name in offered))
    (choice,) = propose(source, there, policy(mappings=Mappings(external_networks=mapped))).external_networks.values()
    assert choice.source == "public"
    assert (choice.target, choice.why) == (uid(f"external {expected[0]}") if expected[0] else None, expected[1])


def test_the_flavor_that_a_choice_names() -> None:
    there = target()
    choice = flavor_choice(FLAVOR, there.facts.flavors, {})
    chosen = target_flavor(choice, there)
    assert chosen and chosen.name == "b2-7"
    assert target_flavor(Choice(source="x", target=None, target_name="", why="none"), there) is None
