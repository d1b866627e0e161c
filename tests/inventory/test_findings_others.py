"""What no tool carries, services that the target lacks, logins that end too soon, what is not proven."""

from pathlib import Path
from typing import get_args

import pytest
from msgspec.structs import replace

from migrate.findings.decide_what_moves import decide
from migrate.findings.finding import Finding
from migrate.messages import codes
from migrate.model import Inventory, Kind, ServiceResource
from migrate.model.steps import Action, AnyAction, Plan
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.maturity import capabilities, judge_reliance
from migrate.plan.readiness.other_services import judge_others
from migrate.policy.policy_records import Limits, Policy
from migrate.units import GIB
from tests.plan.tenants import (
    empty,
    floating,
    image,
    keypair,
    network,
    policy,
    server,
    shop,
    source_facts,
    subnet,
    target,
    target_facts,
    uid,
    volume,
)


def judged(source: Inventory, there: Inventory | None = None, said: Policy | None = None) -> list[Finding]:
    there, said = there or target(), said or policy()
    return list(judge_others(decide(source, there, said), build_plan(source, there, said)))


def other(kind: Kind, name: str = "x", service: str = "s", own_id: str | None = None, **details: str) -> Inventory:
    own_id = uid(name) if own_id is None else own_id
    return empty(others=(ServiceResource(kind=kind, id=own_id, name=name, service=service, details=details),))


@pytest.mark.parametrize(
    ("kind", "code"),
    [
        (Kind.LOAD_BALANCER, codes.LOAD_BALANCER),
        (Kind.DNS_ZONE, codes.DNS_ZONE),
        (Kind.SECRET, codes.SECRET),
        (Kind.SHARE, codes.SHARED_FILE_SYSTEM),
        (Kind.CLUSTER, codes.CLUSTER),
        (Kind.DATABASE, codes.OTHER_SERVICE),
        (Kind.OTHER, codes.OTHER_SERVICE),
    ],
)
def test_each_kind_that_no_tool_carries(kind: Kind, code: str) -> None:
    (found,) = judged(other(kind, "front", "its-service", size="3", address="10.0.0.9", empty=""))
    assert (found.code, found.item, found.name) == (code, f"{kind.value}:{uid('front')}", "front")
    assert found.facts["details"] == "address 10.0.0.9, size 3"
    assert found.facts.get("service", "its-service") == "its-service"


def test_a_stack_names_its_servers() -> None:
    servers = (server("b", stack_id=uid("shop")), server("a", stack_id=uid("shop")), server("c", stack_id="another"))
    (found,) = judged(replace(other(Kind.STACK, "shop"), servers=(*servers, server("d"))))
    assert (found.code, found.facts) == (codes.HEAT_STACK, {"servers": "a, b"})
    assert judged(other(Kind.STACK, "shop"))[0].facts == {"servers": "-"}


def test_a_service_that_may_not_be_listed() -> None:
    (found,) = judged(other(Kind.SHARE, "", "shared-file-system", own_id="", why="403"))
    assert (found.code, found.item, found.name) == (codes.SERVICE_NOT_LISTED, "", "shared-file-system")
    assert found.facts == {"service": "shared-file-system", "why": "403"}


def test_what_is_skipped_is_left_to_its_owner() -> None:
    assert judged(other(Kind.SECRET, "key"), said=policy(skip=("secret:key",))) == []
    assert judged(other(Kind.SECRET, "key"), said=policy(skip=(f"secret:{uid('key')}",))) == []


# ---------------------------------------------------------------- services


def lacking(source: Inventory, *services: str, said: Policy | None = None) -> dict[str, str]:
    offered = tuple(one for one in target_facts().services if one not in services)
    found = judged(source, target(services=offered), said)
    assert {f.code for f in found} <= {codes.TARGET_SERVICE_MISSING}
    return {f.facts["service"]: f.facts["items"] for f in found}


def test_a_service_that_the_target_lacks_is_counted_by_what_needs_it() -> None:
    source = empty(
        servers=(server(),),
        volumes=(volume("a"), volume("b")),
        images=(image(),),
        networks=(network(),),
        subnets=(subnet(),),
        keypairs=(keypair(),),
        floating_ips=(floating(),),
    )
    assert lacking(source) == {}
    assert lacking(source, "block-storage") == {"block-storage": "2"}
    assert lacking(source, "image") == {"image": "4"}
    assert lacking(source, "compute", "network") == {"compute": "2", "network": "4"}
    assert lacking(empty(images=(image(),)), "block-storage", "compute", "network") == {}


def test_what_the_policy_leaves_needs_no_service() -> None:
    source = empty(volumes=(volume("a"), volume("b")))
    assert lacking(source, "block-storage", said=policy(skip=("volume:a", "volume:b"))) == {}
    assert lacking(source, "block-storage", said=policy(skip=("volume:a",))) == {"block-storage": "1"}


# ---------------------------------------------------------------- logins


def ending(at: str | None, *volumes: object) -> Inventory:
    """Scanned at 08:00; its login ends at this time."""
    return empty(facts=source_facts(login_ends_at=at), volumes=volumes)


@pytest.mark.parametrize(
    ("source", "said", "blocks"),
    [
        (ending(None), policy(deadline="2030-01-01T00:00:00Z"), False),
        (ending("2020-01-10T09:00:00Z"), policy(), False),
        (ending("2020-01-10T07:00:00Z"), policy(), True),
        (ending("2020-01-10T09:00:00Z"), policy(deadline="2020-01-10T08:30:00Z"), False),
        (ending("2020-01-10T09:00:00Z"), policy(deadline="2020-01-11T08:30:00+01:00"), True),
        # 1000 GiB are captured, restored and read back: at 50 MiB/s that is far more than an hour.
        (ending("2020-01-10T09:00:00Z", volume(size_gib=1000)), policy(), True),
        (
            ending("2020-01-10T09:00:00Z", volume(size_gib=1000)),
            policy(limits=Limits(bandwidth_bytes_per_s=4 * GIB)),
            False,
        ),
    ],
)
def test_a_login_that_cannot_renew_itself(source: Inventory, said: Policy, blocks: bool) -> None:
    found = [f for f in judged(source, said=said) if f.code == codes.TOKEN_ENDS_EARLY]
    assert [f.facts["cloud"] for f in found] == (["old"] if blocks else [])


def test_the_targets_login_ends_too() -> None:
    (found,) = judged(empty(), target(login_ends_at="2020-01-10T07:59:59Z"))
    assert (found.code, found.item) == (codes.TOKEN_ENDS_EARLY, "")
    assert found.facts == {"cloud": "new", "ends_at": "2020-01-10T07:59:59Z"}


# ---------------------------------------------------------------- what is not proven


def relied_on(plan: Plan, **proofs: str) -> list[dict[str, str]]:
    known = dict.fromkeys(capabilities(), "real") | {key.replace("_", "-"): word for key, word in proofs.items()}
    found = list(judge_reliance(plan, known))
    assert {f.code for f in found} <= {codes.UNPROVEN_FEATURE}
    return [f.facts for f in found]


def test_what_is_not_proven_is_told_once_with_how_many_need_it() -> None:
    plan = build_plan(shop(), target(), policy())
    assert relied_on(plan) == []
    assert relied_on(plan, disks="memory") == [{"what": "disks", "proof": "memory", "items": "5"}]
    assert relied_on(plan, objects="http", keypairs="none") == [
        {"what": "keypairs", "proof": "none", "items": "1"},
        {"what": "objects", "proof": "http", "items": "3"},
    ]
    assert relied_on(plan, trunks="none", user_data="none", ipv6="none") == []


def test_an_ipv6_subnet_relies_on_more_than_a_subnet_does() -> None:
    six = subnet("six", "2001:db8::/64", ip_version=6, gateway_ip=None, network_id=uid("network private"))
    plan = build_plan(empty(networks=(network(),), subnets=(subnet(), six)), target(), policy())
    assert relied_on(plan, ipv6="memory") == [{"what": "ipv6", "proof": "memory", "items": "1"}]


def test_every_action_relies_on_something() -> None:
    assert set(get_args(AnyAction)) == set(Action.__subclasses__())
    assert {action.feature for action in Action.__subclasses__()} <= capabilities().keys()


def test_the_data_that_ships_says_one_of_four_words() -> None:
    assert set(capabilities().values()) <= {"real", "http", "memory", "none"}
    assert (Path(__file__).parents[2] / "migrate" / "plan" / "capabilities.json").is_file()
