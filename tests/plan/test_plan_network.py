"""The network's steps: late DHCP, routes, routers made up for floating addresses, trunks, rewritten rules."""

import pytest
from msgspec.structs import replace

from migrate.messages import codes
from migrate.model import (
    AddressPair,
    DhcpOption,
    FixedIp,
    FloatingIp,
    HostRoute,
    Inventory,
    RouterInterface,
    SecurityGroupRule,
    name_id,
)
from migrate.model.steps import (
    AddInterface,
    EnableDhcp,
    ForwardPort,
    MakeFloatingIp,
    MakeNetwork,
    MakePort,
    MakeRouter,
    MakeSecurityGroup,
    MakeSubnet,
    MakeTrunk,
    Plan,
    SetRoutes,
    SetRules,
)
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import check
from migrate.policy.policy_records import Mappings, Policy
from tests.plan.tenants import (
    empty,
    external,
    floating,
    forwarding,
    group,
    lan,
    network,
    policy,
    port,
    router,
    server,
    sub_port,
    subnet,
    target,
    trunk,
    uid,
)

NIC = port("web-1")
SUBNET = f"subnet:{uid('subnet private')}"
EDGE = f"router:{uid('router edge')}"
WEB_GROUP = f"security-group:{uid('group web')}"
FIP = f"floating-ip:{uid('floating 203.0.113.9')}"
EXTENSIONS = ("router", "security-group", "trunk", "floating-ip-port-forwarding", "extra_dhcp_opt")


def tenant(**parts: object) -> Inventory:
    """`web-1` with one port, on `private` behind `edge`."""
    return empty(**lan() | {"ports": (NIC,), "servers": (server(port_ids=(NIC.id,)),)} | parts)


def ids(plan: Plan) -> set[str]:
    return {step.id for step in plan.steps}


def needs(plan: Plan, step_id: str) -> set[str]:
    return set(plan.step(step_id).needs)


def left(plan: Plan) -> dict[str, str]:
    return {f"{out.kind}:{out.id}": out.code for out in plan.left_out}


def facts(
    code: str, source: Inventory, there: Inventory | None = None, said: Policy | None = None
) -> list[dict[str, str]]:
    return [f.facts for f in check(source, there or target(), said or policy()) if f.code == code]


# ---------------------------------------------------------------- DHCP


def test_dhcp_comes_after_every_port_of_the_network_and_before_its_servers() -> None:
    free = port("vip", "10.20.0.50", device_id="", device_owner="")
    plan = build_plan(tenant(ports=(NIC, free)), target(), policy())
    made, later = plan.step(SUBNET).action, plan.step(f"{SUBNET}:dhcp").action
    assert isinstance(made, MakeSubnet) and made.dhcp_later and made.want.enable_dhcp
    assert later == EnableDhcp(subnet_id=uid("subnet private"))
    assert needs(plan, f"{SUBNET}:dhcp") == {SUBNET, f"port:{NIC.id}", f"port:{free.id}"}
    assert f"{SUBNET}:dhcp" in needs(plan, f"server:{uid('server web-1')}")


@pytest.mark.parametrize(
    "changes",
    [{"enable_dhcp": False}, {"ip_version": 6, "ipv6_ra_mode": "slaac", "ipv6_address_mode": "slaac"}],
)
def test_a_subnet_that_cannot_wait_does_not(changes: dict[str, object]) -> None:
    """A mode of IPv6 can be set with DHCP on alone, and never later."""
    plan = build_plan(tenant(subnets=(subnet(**changes),)), target(), policy())
    made = plan.step(SUBNET).action
    assert isinstance(made, MakeSubnet) and not made.dhcp_later
    assert f"{SUBNET}:dhcp" not in ids(plan)


def test_a_provider_that_makes_no_subnet_without_dhcp_is_asked_for_none() -> None:
    plan = build_plan(tenant(), target(), policy(profile="flexible-engine"))
    made = plan.step(SUBNET).action
    assert isinstance(made, MakeSubnet) and not made.dhcp_later
    assert f"{SUBNET}:dhcp" not in needs(plan, f"server:{uid('server web-1')}")


def test_without_ports_dhcp_is_there_from_the_start() -> None:
    plan = build_plan(empty(**lan()), target(), policy())
    made = plan.step(SUBNET).action
    assert isinstance(made, MakeSubnet) and not made.dhcp_later
    assert f"{SUBNET}:dhcp" not in ids(plan)


def test_a_router_on_another_address_than_the_gateway_comes_before_dhcp_too() -> None:
    aside = RouterInterface(subnet_id=uid("subnet private"), ip_address="10.20.0.254")
    plan = build_plan(empty(**lan() | {"routers": (router(interfaces=(aside,)),)}), target(), policy())
    assert needs(plan, f"{SUBNET}:dhcp") == {SUBNET, f"{EDGE}:interface-{uid('subnet private')}"}


# ---------------------------------------------------------------- routes


def test_routes_come_after_the_interfaces_that_reach_their_next_hops() -> None:
    inside = HostRoute(destination="10.99.0.0/16", nexthop="10.20.0.21")
    outside = HostRoute(destination="0.0.0.0/0", nexthop="203.0.113.1")
    source = tenant(routers=(router("edge", "private", routes=(outside, inside)),))
    plan = build_plan(source, target(), policy())
    step = plan.step(f"{EDGE}:routes")
    assert step.action == SetRoutes(router_id=uid("router edge"), routes=(inside,))
    assert set(step.needs) == {EDGE, f"{EDGE}:interface-{uid('subnet private')}"}
    made = plan.step(EDGE).action
    assert isinstance(made, MakeRouter) and made.want.routes == (inside,)
    assert facts(codes.ROUTE_LOST, source) == [{"destination": "0.0.0.0/0", "nexthop": "203.0.113.1"}]


def test_a_router_without_a_route_that_moves_has_no_such_step() -> None:
    inside = HostRoute(destination="10.99.0.0/16", nexthop="10.20.0.21")
    source = tenant(routers=(router("edge", "private", routes=(inside,)),))
    said = policy(skip=("subnet:private",))
    assert not [i for i in ids(build_plan(source, target(), said)) if i.endswith(":routes")]
    assert facts(codes.ROUTE_LOST, source, said=said) == [{"destination": "10.99.0.0/16", "nexthop": "10.20.0.21"}]
    assert not [i for i in ids(build_plan(tenant(), target(), policy())) if i.endswith(":routes")]


def test_that_snat_is_off_is_told_where_there_is_a_gateway() -> None:
    assert facts(codes.SNAT_CHANGES, tenant(routers=(router(enable_snat=False),))) == [{}]
    assert facts(codes.SNAT_CHANGES, tenant(routers=(router(enable_snat=False, external_network_id=None),))) == []


# ---------------------------------------------------------------- routers for floating addresses


def with_address(*routers: object, **parts: object) -> Inventory:
    return tenant(routers=routers, floating_ips=(floating(port_id=NIC.id, fixed_ip_address="10.20.0.21"),), **parts)


def test_a_router_is_made_where_the_source_needed_none() -> None:
    plan = build_plan(with_address(), target(), policy())
    made = f"router:{name_id('router for ' + uid('subnet private'))}"
    action = plan.step(made).action
    assert isinstance(action, MakeRouter)
    assert (action.want.name, action.external_network_id) == ("decamp-private", uid("external Ext-Net"))
    interface = plan.step(f"{made}:interface-{uid('subnet private')}")
    assert isinstance(interface.action, AddInterface) and interface.action.interface.ip_address == "10.20.0.1"
    assert interface.id in needs(plan, FIP)
    assert facts(codes.ROUTER_ADDED, with_address()) == [{"subnet": "private", "network": "Ext-Net"}]
    assert facts(codes.FLOATING_IP_WITHOUT_ROUTER, with_address()) == []


def test_the_router_on_the_gateway_address_gets_the_gateway() -> None:
    inner = router("edge", "private", external_network_id=None)
    plan = build_plan(with_address(inner), target(), policy())
    action = plan.step(EDGE).action
    assert isinstance(action, MakeRouter) and action.external_network_id == uid("external Ext-Net")
    assert [step.id for step in plan.steps if step.do == "router.make"] == [EDGE]
    assert f"{EDGE}:interface-{uid('subnet private')}" in needs(plan, FIP)
    assert facts(codes.ROUTER_ADDED, with_address(inner)) == [{"subnet": "private", "network": "Ext-Net"}]


def test_a_router_beside_the_gateway_address_leaves_it_to_another() -> None:
    aside = RouterInterface(subnet_id=uid("subnet private"), ip_address="10.20.0.254")
    plan = build_plan(with_address(router(external_network_id=None, interfaces=(aside,))), target(), policy())
    edge = plan.step(EDGE).action
    assert isinstance(edge, MakeRouter) and edge.external_network_id is None
    assert f"router:{name_id('router for ' + uid('subnet private'))}" in ids(plan)


def test_a_source_that_has_a_way_gets_no_other() -> None:
    plan = build_plan(with_address(router("edge", "private")), target(), policy())
    assert [step.id for step in plan.steps if step.do == "router.make"] == [EDGE]
    assert facts(codes.ROUTER_ADDED, with_address(router("edge", "private"))) == []


TWO = target(external_networks=(external("a"), external("b")))
MAPPED = policy(mappings=Mappings(external_networks={"public": "a", "other": "b"}))


def other_way() -> Inventory:
    """Its router leads to an external network different from the address's."""
    source = with_address(router("edge", "private", external_network_id=uid("external other")))
    return replace(source, facts=replace(source.facts, external_networks=(external("public"), external("other"))))


def two_ways() -> Inventory:
    """Two addresses of two external networks into one subnet."""
    second = floating("203.0.113.1", port_id=NIC.id, external_network_id=uid("external other"))
    source = with_address()
    source = replace(source, floating_ips=(*source.floating_ips, second))
    return replace(source, facts=replace(source.facts, external_networks=(external("public"), external("other"))))


@pytest.mark.parametrize(
    ("source", "there", "said"),
    [
        (with_address(subnets=(subnet(gateway_ip=None),)), target(), policy()),
        (with_address(subnets=(subnet(ip_version=6),)), target(), policy()),
        (with_address(ports=(NIC, port("fw", "10.20.0.1", device_id="", device_owner=""))), target(), policy()),
        (other_way(), TWO, MAPPED),
        (two_ways(), TWO, MAPPED),
    ],
    ids=["no gateway address", "IPv6", "a guest has the gateway address", "leads elsewhere", "two at once"],
)
def test_what_cannot_be_solved_by_a_router_blocks(source: Inventory, there: Inventory, said: Policy) -> None:
    assert len(facts(codes.FLOATING_IP_WITHOUT_ROUTER, source, there, said)) == 1
    build_plan(source, there, said)


def test_of_two_addresses_that_exclude_each_other_the_same_one_wins_in_any_order() -> None:
    source = two_ways()
    turned = replace(source, floating_ips=source.floating_ips[::-1])
    assert facts(codes.FLOATING_IP_WITHOUT_ROUTER, source, TWO, MAPPED) == facts(
        codes.FLOATING_IP_WITHOUT_ROUTER, turned, TWO, MAPPED
    )
    assert build_plan(source, TWO, MAPPED).steps == build_plan(turned, TWO, MAPPED).steps


def test_no_router_is_made_for_an_address_that_stays() -> None:
    for skip in ("floating-ip:203.0.113.9", "server:web-1", "network:private"):
        plan = build_plan(with_address(), target(), policy(skip=(skip,)))
        assert not [step for step in plan.steps if step.do == "router.make"], skip
    inner = router("edge", "private", external_network_id=None)
    action = build_plan(with_address(inner), target(), policy(skip=("server:web-1",))).step(EDGE).action
    assert isinstance(action, MakeRouter) and action.external_network_id is None


def test_an_address_whose_new_way_is_skipped_stays() -> None:
    inner = router("edge", "private", external_network_id=None)
    plan = build_plan(with_address(inner), target(), policy(skip=("router:edge",)))
    assert left(plan) == {EDGE: codes.SKIPPED_BY_POLICY, FIP: codes.DEPENDENCY_LEFT_OUT}


def test_two_subnets_get_a_router_each() -> None:
    flat = port("db-1", "10.30.0.5", network_id=uid("network flat"))
    flat = replace(flat, fixed_ips=(FixedIp(subnet_id=uid("subnet flat"), ip_address="10.30.0.5"),))
    source = with_address(
        networks=(network(), network("flat")),
        subnets=(subnet(), subnet("flat", "10.30.0.0/24")),
        ports=(NIC, flat),
        servers=(server(port_ids=(NIC.id,)), server("db-1", port_ids=(flat.id,))),
    )
    source = replace(source, floating_ips=(*source.floating_ips, floating("203.0.113.10", port_id=flat.id)))
    plan = build_plan(source, target(), policy())
    made = {step.action.want.name for step in plan.steps if isinstance(step.action, MakeRouter)}
    assert made == {"decamp-private", "decamp-flat"}


# ---------------------------------------------------------------- port forwardings


def forwarded(**changes: object) -> Inventory:
    address = floating(port_forwardings=(forwarding(NIC, 8080, **changes), forwarding(NIC, 2222, protocol="udp")))
    return tenant(floating_ips=(address,))


def test_port_forwardings_follow_their_address() -> None:
    source = forwarded()
    plan = build_plan(source, target(), policy())
    step = plan.step(f"{FIP}:forward-tcp-8080")
    assert step.action == ForwardPort(
        floating_ip_id=uid("floating 203.0.113.9"), want=source.floating_ips[0].port_forwardings[0]
    )
    assert set(step.needs) == {FIP, f"port:{NIC.id}", f"{EDGE}:interface-{uid('subnet private')}"}
    assert f"{FIP}:forward-udp-2222" in ids(plan)
    assert needs(plan, FIP) == set()


def test_a_forwarding_gets_a_router_too() -> None:
    source = replace(forwarded(), routers=())
    made = f"router:{name_id('router for ' + uid('subnet private'))}"
    plan = build_plan(source, target(), policy())
    assert f"{made}:interface-{uid('subnet private')}" in needs(plan, f"{FIP}:forward-tcp-8080")
    assert facts(codes.ROUTER_ADDED, source) == [{"subnet": "private", "network": "Ext-Net"}]


@pytest.mark.parametrize(
    ("source", "there", "said", "why"),
    [
        (forwarded(), target(network_extensions=("router",)), policy(), "no-forwardings"),
        (
            forwarded(external_port_max=8089, internal_port_max=89),
            target(network_extensions=EXTENSIONS),
            policy(),
            "no-ranges",
        ),
        (forwarded(), target(), policy(skip=("server:web-1",)), "no-port"),
        (forwarded(internal_port_id="gone"), target(), policy(), "no-port"),
        (forwarded(), target(), policy(skip=("router:edge",)), "no-router"),
    ],
)
def test_a_forwarding_that_cannot_be_carried(source: Inventory, there: Inventory, said: Policy, why: str) -> None:
    found = facts(codes.PORT_FORWARDING_LOST, source, there, said)
    assert {one["why"] for one in found} == {why}
    assert found[0]["forwarding"].startswith("tcp 8080")
    plan = build_plan(source, there, said)
    assert f"{FIP}:forward-tcp-8080" not in ids(plan)
    action = plan.step(FIP).action
    assert isinstance(action, MakeFloatingIp)
    assert 8080 not in {one.external_port for one in action.want.port_forwardings}


def test_a_span_of_ports_is_carried_where_the_target_can() -> None:
    there = target(network_extensions=(*EXTENSIONS, "floating-ip-port-forwarding-port-ranges"))
    source = forwarded(external_port_max=8089, internal_port_max=89, description="web")
    plan = build_plan(source, there, policy())
    action = plan.step(f"{FIP}:forward-tcp-8080").action
    assert isinstance(action, ForwardPort) and action.want.external_port_max == 8089
    # Texts of forwardings are an extension of their own.
    assert action.want.description == ""
    (lost,) = facts(codes.NETWORK_FEATURE_MISSING, source, there)
    assert lost["extension"] == "floating-ip-port-forwarding-description"


# ---------------------------------------------------------------- trunks


def trunked() -> Inventory:
    below, carried = sub_port("web-1", "10.20.0.60", 100)
    return tenant(ports=(NIC, below), trunks=(trunk(NIC, carried),))


TRUNK = f"trunk:{uid('trunk uplink')}"
BELOW = f"port:{uid('port web-1 10.20.0.60')}"


def test_a_trunk_comes_between_its_ports_and_its_server() -> None:
    plan = build_plan(trunked(), target(), policy())
    assert needs(plan, TRUNK) == {f"port:{NIC.id}", BELOW}
    assert TRUNK in needs(plan, f"server:{uid('server web-1')}")
    assert left(plan) == {}


def test_a_target_without_trunks_gets_the_server_without_one() -> None:
    there = target(network_extensions=("router",))
    assert facts(codes.NO_TRUNKS, trunked(), there) == [{}]
    plan = build_plan(trunked(), there, policy())
    assert left(plan) == {TRUNK: codes.NO_TRUNKS}
    assert {BELOW, f"server:{uid('server web-1')}"} <= ids(plan)
    assert TRUNK not in needs(plan, f"server:{uid('server web-1')}")


def test_a_trunk_loses_what_does_not_move() -> None:
    said = policy(skip=(f"port:{uid('port web-1 10.20.0.60')}",))
    assert facts(codes.TRUNK_PORT_LOST, trunked(), said=said) == [{"vlan": "100", "port": uid("port web-1 10.20.0.60")}]
    action = build_plan(trunked(), target(), said).step(TRUNK).action
    assert isinstance(action, MakeTrunk) and action.want.sub_ports == ()


def test_a_trunk_stays_with_its_parent_port() -> None:
    plan = build_plan(trunked(), target(), policy(skip=("server:web-1",)))
    assert left(plan)[TRUNK] == codes.DEPENDENCY_LEFT_OUT
    lost = replace(trunked(), trunks=(trunk(replace(NIC, id="gone")),))
    assert left(build_plan(lost, target(), policy()))[TRUNK] == codes.DEPENDENCY_LEFT_OUT


# ---------------------------------------------------------------- rules and addresses

INGRESS = SecurityGroupRule(direction="ingress", protocol="tcp", port_min=22, port_max=22)
OWN = replace(INGRESS, remote_ip_prefix="203.0.113.9/32")
NEAR = replace(INGRESS, remote_ip_prefix="203.0.113.0/24")


def ruled(*rules: SecurityGroupRule, **parts: object) -> Inventory:
    address = floating(port_id=NIC.id, fixed_ip_address="10.20.0.21")
    return tenant(security_groups=(group("web", *rules),), floating_ips=(address,), **parts)


def rules_of(plan: Plan, step_id: str) -> SetRules:
    action = plan.step(step_id).action
    assert isinstance(action, SetRules)
    return action


def test_rules_that_name_an_old_address_get_the_new_one_in_a_step_of_their_own() -> None:
    source, said = ruled(INGRESS, OWN, NEAR), policy(rewrite_addresses=True)
    plan = build_plan(source, target(), said)
    first, second = rules_of(plan, f"{WEB_GROUP}:rules"), rules_of(plan, f"{WEB_GROUP}:addresses")
    assert first.want.rules == (INGRESS, NEAR) and first.addresses == {}
    assert second.want.rules == (INGRESS, OWN, NEAR)
    assert second.addresses == {"203.0.113.9": uid("floating 203.0.113.9")}
    assert needs(plan, f"{WEB_GROUP}:addresses") == {f"{WEB_GROUP}:rules", FIP}
    # The address needs its port, and the port the rules: no circle.
    assert f"port:{NIC.id}" in needs(plan, FIP) and f"{WEB_GROUP}:rules" in needs(plan, f"port:{NIC.id}")
    assert facts(codes.RULE_NAMES_CHANGED_ADDRESS, source, said=said) == [{"address": "203.0.113.9", "rewrite": "yes"}]


def test_without_the_policys_word_the_rules_stay_as_they_are() -> None:
    plan = build_plan(ruled(OWN), target(), policy())
    assert rules_of(plan, f"{WEB_GROUP}:rules").want.rules == (OWN,)
    assert f"{WEB_GROUP}:addresses" not in ids(plan)
    assert facts(codes.RULE_NAMES_CHANGED_ADDRESS, ruled(OWN)) == [{"address": "203.0.113.9", "rewrite": "no"}]
    assert facts(codes.RULE_NAMES_CHANGED_ADDRESS, ruled(NEAR)) == []


def test_an_address_that_stays_is_not_rewritten() -> None:
    said = policy(rewrite_addresses=True, skip=("floating-ip:203.0.113.9",))
    plan = build_plan(ruled(OWN), target(), said)
    assert rules_of(plan, f"{WEB_GROUP}:rules").want.rules == (OWN,)
    assert facts(codes.RULE_NAMES_CHANGED_ADDRESS, ruled(OWN), said=said) == [
        {"address": "203.0.113.9", "rewrite": "hand"}
    ]


def test_once_it_is_known_the_new_address_is_told() -> None:
    mark = f"decamp-m-5eed5eed-{uid('floating 203.0.113.9')}"
    new = FloatingIp(id="t", address="198.51.100.7", external_network_id="x", description=mark)
    there = replace(target(), floating_ips=(new,))
    assert facts(codes.RULE_NAMES_CHANGED_ADDRESS, ruled(OWN), there) == [
        {"address": "203.0.113.9", "rewrite": "203.0.113.9 -> 198.51.100.7"}
    ]


def test_an_address_pair_that_names_an_old_address_is_told_and_stays_as_it_is() -> None:
    """It is made with its port, and the port before the new address is known."""
    pairs = (AddressPair(ip_address="203.0.113.9"), AddressPair(ip_address="203.0.113.0/24"))
    source = ruled(ports=(replace(NIC, allowed_address_pairs=pairs),))
    said = policy(rewrite_addresses=True)
    assert facts(codes.RULE_NAMES_CHANGED_ADDRESS, source, said=said) == [{"address": "203.0.113.9", "rewrite": "hand"}]
    action = build_plan(source, target(), said).step(f"port:{NIC.id}").action
    assert isinstance(action, MakePort) and action.want.allowed_address_pairs == pairs


def test_a_rule_that_names_an_address_group_is_dropped() -> None:
    grouped = replace(INGRESS, remote_ip_prefix="address-group:a1")
    source = ruled(INGRESS, grouped)
    assert facts(codes.ADDRESS_GROUP_RULE_LOST, source) == [{"group": "a1"}]
    assert rules_of(build_plan(source, target(), policy()), f"{WEB_GROUP}:rules").want.rules == (INGRESS,)


def test_a_port_says_which_groups_it_loses_and_a_services_port_does_not() -> None:
    nic = port("web-1", security_group_ids=(uid("group web"), "of-others"))
    service = port("x", "10.20.0.2", security_group_ids=("of-others",), device_owner="network:dhcp")
    source = tenant(ports=(nic, service), servers=(server(port_ids=(nic.id,)),))
    found = {
        f.item: f.facts
        for f in check(source, target(), policy())
        if f.code in {codes.RULE_GROUP_LOST, codes.GROUP_OF_OTHERS_LOST}
    }
    assert found == {f"port:{nic.id}": {"group": "of-others"}}


def test_a_stateless_group_needs_its_extension() -> None:
    source = tenant(security_groups=(group("web", stateful=False),))
    for extensions, stateful, lost in (
        ((), False, []),
        (("stateful-security-group",), False, []),
        (("router",), True, [{"what": "stateful: false", "extension": "stateful-security-group"}]),
    ):
        there = target(network_extensions=extensions)
        action = build_plan(source, there, policy()).step(WEB_GROUP).action
        assert isinstance(action, MakeSecurityGroup) and action.want.stateful == stateful
        assert facts(codes.NETWORK_FEATURE_MISSING, source, there) == lost


# ---------------------------------------------------------------- ports


def test_what_only_the_old_cloud_gives_a_port_is_not_asked_for() -> None:
    odd = replace(NIC, vnic_type="direct", qos_policy_id="gold", dhcp_options=(DhcpOption(name="mtu", value="1400"),))
    source = tenant(ports=(odd,))
    action = build_plan(source, target(), policy()).step(f"port:{NIC.id}").action
    assert isinstance(action, MakePort)
    assert (action.want.vnic_type, action.want.qos_policy_id) == ("normal", None)
    assert action.want.dhcp_options == odd.dhcp_options
    assert facts(codes.PORT_BINDING_LOST, source) == [{"vnic_type": "direct"}]
    assert facts(codes.QOS_LOST, source) == [{"policy": "gold"}]
    there = target(network_extensions=("router",))
    action = build_plan(source, there, policy()).step(f"port:{NIC.id}").action
    assert isinstance(action, MakePort) and action.want.dhcp_options == ()
    assert facts(codes.NETWORK_FEATURE_MISSING, source, there) == [{"what": "mtu", "extension": "extra_dhcp_opt"}]


def test_a_network_that_was_shared_is_asked_for_unshared() -> None:
    """Who it was shared with is the source's affair, and a member may not share it."""
    plan = build_plan(empty(networks=(network(is_shared=True),)), target(), policy())
    (action,) = [step.action for step in plan.steps if isinstance(step.action, MakeNetwork)]
    assert not action.want.is_shared
