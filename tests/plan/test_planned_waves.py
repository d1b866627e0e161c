"""Which servers a plan puts into one wave: by what they share, and by what the policy says."""

from typing import Any

import pytest
from msgspec import UNSET
from msgspec.structs import replace

from migrate.messages import codes
from migrate.model import AddressPair, Attachment, Inventory
from migrate.model.steps import Plan
from migrate.model.wave_records import PlannedWave, TieKind
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import check
from migrate.plan.waves import waves_of
from migrate.policy.policy_records import WaveRules
from tests.plan.tenants import (
    empty,
    image,
    in_id_order,
    network,
    policy,
    port,
    router,
    server,
    server_group,
    subnet,
    target,
    uid,
    volume,
)

NAMES = "abcd"


def tenant(**changes: Any) -> Inventory:
    """Servers `a` to `d`, each with a port on the routed network `private`. `changes`: fields of the inventory."""
    ports = tuple(port(name, f"10.20.0.{20 + number}") for number, name in enumerate(NAMES))
    parts: dict[str, Any] = {
        "networks": (network(),),
        "subnets": (subnet(),),
        "routers": (router("edge", "private"),),
        "ports": ports,
        "servers": tuple(server(name, port_ids=(one.id,)) for name, one in zip(NAMES, ports, strict=True)),
        "images": (image(),),
    }
    return in_id_order(empty(**(parts | changes)))


def isolated(*names: str) -> Inventory:
    """The same; these servers have a second port, on a network that no router reaches."""
    base = tenant()
    more = tuple(
        replace(
            port(f"{name} inside", f"10.99.0.{20 + number}", network_id=uid("network inside")),
            device_id=uid(f"server {name}"),
            fixed_ips=(),
        )
        for number, name in enumerate(names)
    )
    return in_id_order(
        replace(
            base,
            networks=(*base.networks, network("inside")),
            subnets=(*base.subnets, subnet("inside", "10.99.0.0/24")),
            ports=(*base.ports, *more),
        )
    )


def sharing_volume(*names: str) -> Inventory:
    links = tuple(Attachment(server_id=uid(f"server {name}"), volume_id=uid("volume data")) for name in names)
    return replace(tenant(), volumes=(volume(status="in-use", attachments=links),))


def with_pairs(addresses: dict[str, str]) -> Inventory:
    """Servers whose port may use another address besides its own."""
    base = tenant()
    pairs = {uid(f"server {name}"): (AddressPair(ip_address=address),) for name, address in addresses.items()}
    ports = tuple(replace(one, allowed_address_pairs=pairs.get(one.device_id, ())) for one in base.ports)
    return replace(base, ports=ports)


def planned(source: Inventory, **waves: Any) -> Plan:
    return build_plan(source, target(), policy(consistency="stopped", waves=WaveRules(**waves)))


def waves(plan: Plan) -> tuple[PlannedWave, ...]:
    assert plan.waves is not UNSET
    return plan.waves


def members(plan: Plan) -> list[str]:
    """`ab` for a wave of `a` and `b`, in the plan's order; what shares nothing sorted behind."""
    names = {uid(f"server {name}"): name for name in NAMES}
    return ["".join(sorted(names[one] for one in wave.servers)) for wave in waves(plan)]


def test_servers_that_share_nothing_go_one_by_one_under_their_own_names() -> None:
    plan = planned(tenant())
    assert sorted(members(plan)) == ["a", "b", "c", "d"]
    assert sorted(wave.name for wave in waves(plan)) == ["a", "b", "c", "d"]
    assert not any(wave.ties or wave.windows or wave.after for wave in waves(plan))


@pytest.mark.parametrize(
    ("source", "kind"),
    [
        (tenant(server_groups=(server_group("spread", "a", "c"),)), TieKind.GROUP),
        (isolated("a", "c"), TieKind.NETWORK),
        (with_pairs({"a": "10.20.0.100", "c": "10.20.0.100/32"}), TieKind.ADDRESS),
        # `c` has the address that `a` may take over.
        (with_pairs({"a": "10.20.0.22"}), TieKind.ADDRESS),
        (sharing_volume("a", "c"), TieKind.VOLUME),
    ],
    ids=["server group", "network without a router", "virtual IP", "address of the other", "volume"],
)
def test_servers_that_share_something_are_one_wave(source: Inventory, kind: TieKind) -> None:
    plan = planned(source)
    assert sorted(members(plan)) == ["ac", "b", "d"]
    (wave,) = [one for one in waves(plan) if len(one.servers) > 1]
    assert [tie.kind for tie in wave.ties] == [kind] and wave.name == "a+1"
    assert set(wave.ties[0].servers) == {uid("server a"), uid("server c")}
    spans = [
        sorted(s.rank for s in plan.steps if s.id in {*w.stops, *w.way}) for w in waves_of(plan.steps, plan.waves)[0]
    ]
    assert all(span == list(range(span[0], span[-1] + 1)) for span in spans)


@pytest.mark.parametrize(
    "source",
    [
        isolated("a"),
        with_pairs({"a": "0.0.0.0/0", "c": "0.0.0.0/0"}),
        with_pairs({"a": "10.20.0.0/24", "c": "10.20.0.0/24"}),
        with_pairs({"a": "10.20.0.20", "c": "10.20.0.22"}),
        with_pairs({"a": "no address", "c": "no address"}),
        tenant(server_groups=(server_group("spread", "a", "gone"),)),
    ],
    ids=["alone on a network", "any address", "a whole subnet", "its own address", "nonsense", "group of one"],
)
def test_what_binds_nobody(source: Inventory) -> None:
    assert sorted(members(planned(source))) == ["a", "b", "c", "d"]


def test_what_the_policy_names_goes_in_its_order_each_after_the_one_before() -> None:
    lines = {"server:d": "last", "server:[ab]": "first"}
    plan = planned(tenant(), servers=lines, order=("first", "last"), windows={"last": "sat Europe/Paris"})
    assert members(plan) == ["ab", "d", "c"]
    first, last, other = waves(plan)
    assert (first.name, last.name, other.name) == ("first", "last", "c")
    assert (first.after, last.after, other.after) == ("", "first", "")
    assert (first.windows, last.windows) == ((), ("sat Europe/Paris",))
    found = waves_of(plan.steps, plan.waves)
    assert set(found.awaited(found.all[1])) >= set(found.all[0].up)
    assert not set(found.awaited(found.all[2])) & set(found.all[0].up)


def test_a_server_that_shares_something_joins_the_wave_of_the_named_one() -> None:
    plan = planned(tenant(server_groups=(server_group("spread", "a", "c"),)), servers={"server:a": "front"})
    assert "ac" in members(plan) and "front" in {wave.name for wave in waves(plan)}


def test_the_policy_takes_apart_what_shares_all_but_a_volume() -> None:
    lines = {"server:a": "one", "server:c": "two"}
    said = policy(consistency="stopped", waves=WaveRules(servers=lines))
    grouped, sharing = tenant(server_groups=(server_group("spread", "a", "c"),)), sharing_volume("a", "c")
    assert sorted(members(planned(grouped, servers=lines))) == ["a", "b", "c", "d"]
    assert [found.code for found in check(grouped, target(), said) if "DCP-92" in found.code] == [codes.WAVE_SPLITS_TIE]
    assert [found.code for found in check(sharing, target(), said) if "DCP-92" in found.code] == [
        codes.WAVES_SHARE_VOLUME
    ]


def test_names_are_each_wave_s_own() -> None:
    """Two servers of one name, and one that is called as a wave of the policy."""
    base = tenant()
    twins = tuple(replace(one, name="a" if one.name == "b" else one.name) for one in base.servers)
    plan = planned(replace(base, servers=twins), servers={"server:d": "c"})
    names = [wave.name for wave in waves(plan)]
    assert len(set(names)) == len(names) == 4
    assert {"a", "c"} < set(names)


def test_a_server_that_is_off_binds_no_others_but_by_a_volume() -> None:
    base = tenant(server_groups=(server_group("spread", "a", "b", "c"),))
    off = replace(base, servers=tuple(replace(s, status="SHUTOFF") if s.name == "b" else s for s in base.servers))
    assert sorted(members(planned(off))) == ["ac", "d"]
    assert all(uid("server b") not in tie.servers for wave in waves(planned(off)) for tie in wave.ties)


def test_without_stops_there_are_no_waves_in_the_document() -> None:
    assert build_plan(tenant(), target(), policy(consistency="crash", start="twin")).waves is UNSET


def codes_of(source: Inventory, **waves: Any) -> list[str]:
    said = policy(consistency="stopped", waves=WaveRules(**waves))
    return [found.code for found in check(source, target(), said) if "DCP-92" in found.code]


def test_a_wave_whose_lines_name_nobody_blocks_where_it_has_an_order() -> None:
    lines = {"server:bd-*": "database", "server:a": "front"}
    assert codes_of(tenant(), servers=lines, order=("database", "front")) == [codes.WAVE_EMPTY]
    assert codes_of(tenant(), servers=lines) == []


def test_a_wave_waits_for_servers_of_an_earlier_one_that_are_off_already() -> None:
    base = tenant()
    off = replace(base, servers=tuple(replace(s, status="SHUTOFF") if s.name == "a" else s for s in base.servers))
    rules: dict[str, Any] = {"servers": {"server:a": "one", "server:b": "two"}, "order": ("one", "two")}
    plan = planned(off, **rules)
    (two,) = [wave for wave in waves(plan) if wave.name == "two"]
    assert (two.after, two.awaits) == ("", (uid("server a"),))
    found = waves_of(plan.steps, plan.waves)
    assert f"server:{uid('server a')}" in found.awaited(found.all[waves(plan).index(two)])
    # It waits for nobody itself, and nothing is said of it.
    assert codes_of(off, **rules) == []


def test_two_of_a_tie_in_waves_of_their_own_leave_the_rest_together() -> None:
    source = with_pairs(dict.fromkeys("abcd", "10.20.0.200"))
    assert sorted(members(planned(source, servers={"server:a": "one", "server:b": "two"}))) == ["a", "b", "cd"]


def test_no_server_takes_the_name_of_a_wave_of_the_policy_or_of_another() -> None:
    base = tenant()
    first, second, third, last = sorted(base.servers, key=lambda one: one.id)
    called = {first.id: f"web-{third.id[:8]}", second.id: "web", third.id: "web", last.id: "front"}
    servers = tuple(replace(one, name=called[one.id]) for one in base.servers)
    plan = planned(replace(base, servers=servers), servers={"server:gone": "front"})
    names = [wave.name for wave in waves(plan)]
    assert len(set(names)) == 4 and "front" not in names
