"""Each action by itself: what it makes, that it makes it once, and what it makes of what is there already."""

from dataclasses import replace as context_replace
from pathlib import Path
from typing import Any, get_args

import pytest
from msgspec.structs import replace

from migrate.clouds.ports import NewImage, NewServer, NewVolume
from migrate.errors import ConflictError, NotFound, TransientError
from migrate.execute.actions.dispatch import _DOERS, perform
from migrate.messages import codes
from migrate.model import (
    FixedIp,
    Flavor,
    FloatingIp,
    HostRoute,
    Keypair,
    Kind,
    Network,
    Port,
    PortForwarding,
    Router,
    RouterInterface,
    SecurityGroup,
    SecurityGroupRule,
    Server,
    ServerGroup,
    Subnet,
    SubPort,
    Trunk,
)
from migrate.model.steps import (
    AddInterface,
    AnyAction,
    AttachVolume,
    EnableDhcp,
    ForwardPort,
    ImportKeypair,
    MakeFloatingIp,
    MakeNetwork,
    MakePort,
    MakeRouter,
    MakeSecurityGroup,
    MakeServer,
    MakeServerGroup,
    MakeSubnet,
    MakeTrunk,
    SetRoutes,
    SetRules,
    ShareImage,
    StopServer,
)
from tests.execute.bench import Bench, Impatient


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


NETWORK, SUBNET, ROUTER = "net", "sub", "rtr"


def port(port_id: str, address: str) -> Port:
    return Port(id=port_id, network_id=NETWORK, fixed_ips=(FixedIp(subnet_id=SUBNET, ip_address=address),))


def wired(bench: Bench, *ports: Port, dhcp_later: bool = False) -> None:
    """A network with a subnet, a router with a gateway on it, and ports."""
    subnet = Subnet(id=SUBNET, network_id=NETWORK, name="s", cidr="10.0.0.0/24", gateway_ip="10.0.0.1")
    bench.do(MakeNetwork(want=Network(id=NETWORK, name="n")))
    bench.do(MakeSubnet(want=subnet, dhcp_later=dhcp_later))
    external = bench.target_world.external_network_id
    bench.do(MakeRouter(want=Router(id=ROUTER, name="r"), external_network_id=external))
    bench.do(AddInterface(router_id=ROUTER, interface=RouterInterface(subnet_id=SUBNET, ip_address="10.0.0.1")))
    for each in ports:
        bench.do(MakePort(want=each))


def twice(bench: Bench, action: Any) -> None:
    """Done, and done again with a new ledger's eyes: nothing is sent that second time."""
    bench.do(action)
    before = bench.writes()
    bench.do(action)
    assert bench.writes() == before


def test_every_kind_of_action_has_a_doer() -> None:
    assert set(get_args(AnyAction)) == set(_DOERS)


def test_a_subnet_gets_dhcp_when_its_ports_have_their_addresses(bench: Bench) -> None:
    bench.target_world.offer.dhcp_ports = True
    wired(bench, port("p", "10.0.0.2"), dhcp_later=True)
    made = bench.target.network.state().subnets[0]
    assert not made.enable_dhcp
    twice(bench, EnableDhcp(subnet_id=SUBNET))
    assert bench.target.network.state().subnets[0].enable_dhcp
    mine = bench.target_id(Kind.PORT, "p")
    addresses = {p.id: p.fixed_ips[0].ip_address for p in bench.target.network.state().ports}
    assert addresses[mine] == "10.0.0.2"


def test_routes_are_made_equal_whatever_their_order(bench: Bench) -> None:
    wired(bench)
    routes = tuple(HostRoute(destination=f"10.{i}.0.0/16", nexthop="10.0.0.9") for i in (2, 1))
    twice(bench, SetRoutes(router_id=ROUTER, routes=routes))
    assert set(bench.target.network.state().routers[0].routes) == set(routes)
    twice(bench, SetRoutes(router_id=ROUTER, routes=routes[:1]))
    assert bench.target.network.state().routers[0].routes == routes[:1]


def test_a_router_is_made_without_the_routes_that_have_a_step(bench: Bench) -> None:
    wanted = Router(id=ROUTER, name="r", routes=(HostRoute(destination="10.1.0.0/16", nexthop="10.0.0.9"),))
    bench.do(MakeRouter(want=wanted))
    assert bench.target.network.state().routers[0].routes == ()


def floating(bench: Bench, floating_ip_id: str = "fip", port_id: str | None = None) -> str:
    want = FloatingIp(id=floating_ip_id, address="203.0.113.9", external_network_id="old", port_id=port_id)
    bench.do(MakeFloatingIp(want=want, external_network_id=bench.target_world.external_network_id))
    return bench.target_id(Kind.FLOATING_IP, floating_ip_id)


def test_a_port_forwarding_leads_to_the_moved_port(bench: Bench) -> None:
    wired(bench, port("p", "10.0.0.5"))
    made = floating(bench)
    want = PortForwarding(
        protocol="tcp", external_port=2222, internal_port=22, internal_ip_address="10.0.0.5", internal_port_id="p"
    )
    twice(bench, ForwardPort(floating_ip_id="fip", want=want))
    (there,) = bench.target.network.state().floating_ips
    assert there.id == made
    assert [(f.external_port, f.internal_port_id) for f in there.port_forwardings] == [
        (2222, bench.target_id(Kind.PORT, "p"))
    ]


def test_an_outer_port_that_leads_elsewhere_is_a_conflict(bench: Bench) -> None:
    wired(bench, port("p", "10.0.0.5"), port("q", "10.0.0.6"))
    floating(bench)
    mine = PortForwarding(
        protocol="tcp", external_port=80, internal_port=80, internal_ip_address="10.0.0.6", internal_port_id="q"
    )
    theirs = PortForwarding(
        protocol="tcp",
        external_port=80,
        internal_port=80,
        internal_ip_address="10.0.0.5",
        internal_port_id=bench.target_id(Kind.PORT, "p"),
    )
    bench.target.network.forward_port(bench.target_id(Kind.FLOATING_IP, "fip"), theirs)
    with pytest.raises(ConflictError) as caught:
        bench.do(ForwardPort(floating_ip_id="fip", want=mine))
    assert caught.value.code == codes.NAME_TAKEN


def test_a_trunk_is_found_by_its_mark(bench: Bench) -> None:
    wired(bench, port("parent", "10.0.0.5"), port("child", "10.0.0.6"))
    want = Trunk(
        id="trunk-1",
        name="t",
        port_id="parent",
        description="mine",
        sub_ports=(SubPort(port_id="child", segmentation_type="vlan", segmentation_id=7),),
    )
    twice(bench, MakeTrunk(want=want))
    (made,) = bench.target.network.state().trunks
    assert made.port_id == bench.target_id(Kind.PORT, "parent")
    assert [s.port_id for s in made.sub_ports] == [bench.target_id(Kind.PORT, "child")]
    assert made.description == "decamp-m-01234567-trunk-1 mine"


def test_rules_that_name_an_old_address_get_its_new_one(bench: Bench) -> None:
    floating(bench)
    new = bench.target.network.state().floating_ips[0].address
    rules = tuple(
        SecurityGroupRule(direction="ingress", protocol="tcp", port_min=22, port_max=22, remote_ip_prefix=prefix)
        for prefix in ("203.0.113.9", "203.0.113.0/24", "192.0.2.1/32", f"{new}/32")
    )
    group = SecurityGroup(id="sg", name="web", rules=rules)
    bench.do(MakeSecurityGroup(want=group))
    twice(bench, SetRules(want=group, addresses={"203.0.113.9": "fip"}))
    made = next(g for g in bench.target.network.state().security_groups if g.name == "web")
    # The old address's rule and that of the new one are the same rule now.
    assert sorted(r.remote_ip_prefix or "" for r in made.rules) == sorted(
        [f"{new}/32", "203.0.113.0/24", "192.0.2.1/32"]
    )
    bench.do(SetRules(want=group))
    made = next(g for g in bench.target.network.state().security_groups if g.name == "web")
    assert "203.0.113.9/32" in {r.remote_ip_prefix for r in made.rules}


def test_what_somebody_has_removed_is_said(bench: Bench) -> None:
    bench.moved(Kind.ROUTER, ROUTER, "gone")
    with pytest.raises(NotFound) as caught:
        bench.do(SetRoutes(router_id=ROUTER, routes=()))
    assert caught.value.code == codes.GONE


# ---------------------------------------------------------------- key pairs


def key(material: str) -> ImportKeypair:
    return ImportKeypair(keypair=Keypair(name="alice", public_key=f"ssh-ed25519 {material} alice@home"))


def test_a_key_pair_is_adopted_by_its_name_if_it_is_the_same_key(bench: Bench) -> None:
    """Its name cannot hold a mark."""
    twice(bench, key("AAAA"))
    bench.ledger.effect_removed("target", Kind.KEYPAIR, "alice")
    before = bench.writes()
    bench.do(key("AAAA"))
    assert bench.writes() == before
    with pytest.raises(ConflictError) as caught:
        bench.do(key("BBBB"))
    assert caught.value.code == codes.NAME_TAKEN
    assert bench.writes() == before


# ---------------------------------------------------------------- server groups


def group(group_id: str, name: str = "pair", policy: str = "anti-affinity") -> MakeServerGroup:
    return MakeServerGroup(want=ServerGroup(id=group_id, name=name, policy=policy))


def test_a_server_group_is_adopted_by_name_and_policy(bench: Bench) -> None:
    there = bench.target.compute.create_server_group(ServerGroup(id="", name="pair", policy="affinity"))
    bench.do(group("a"))
    assert bench.target_id(Kind.SERVER_GROUP, "a") != there
    bench.do(group("b", policy="affinity"))
    assert bench.target_id(Kind.SERVER_GROUP, "b") == there
    before = bench.writes()
    bench.do(group("a"))
    assert bench.writes() == before


def test_two_groups_of_one_name_stay_two(bench: Bench) -> None:
    bench.do(group("a"))
    bench.do(group("b"))
    assert bench.target_id(Kind.SERVER_GROUP, "a") != bench.target_id(Kind.SERVER_GROUP, "b")
    assert len(bench.target.compute.server_groups()) == 2


def test_two_runners_that_find_the_same_free_group_end_with_one_each(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other one records it between our look and our record."""
    free = bench.target.compute.create_server_group(ServerGroup(id="", name="pair", policy="anti-affinity"))
    job = bench.job(group("a"))
    record = type(job).record

    def late(self: Any, *args: Any, **kwargs: Any) -> None:
        if bench.ledger.target_id(Kind.SERVER_GROUP, "b") is None:
            bench.moved(Kind.SERVER_GROUP, "b", free)
        record(self, *args, **kwargs)

    monkeypatch.setattr(type(job), "record", late)
    _DOERS[MakeServerGroup](job, job.step.action)
    assert bench.target_id(Kind.SERVER_GROUP, "b") == free
    assert bench.target_id(Kind.SERVER_GROUP, "a") != free


# ---------------------------------------------------------------- images, servers


def test_an_image_is_shared_once(bench: Bench) -> None:
    image_id = bench.target.images.create(NewImage(name="i", disk_format="raw", visibility="shared"))
    bench.target.images.upload(image_id, [b"x"], 1)
    bench.moved(Kind.IMAGE, "img", image_id)
    twice(bench, ShareImage(image_id="img", project_id="friends"))
    assert bench.target.images.image(image_id).members == ("friends",)


def boot_volume(bench: Bench) -> str:
    made = bench.target.block.create_volume(NewVolume(name="root", size_gib=1))
    bench.target.block.set_boot(made, bootable=True, image_metadata={})
    bench.moved(Kind.VOLUME, "vol", made)
    return made


TINY = Flavor(id="1", name="m1.tiny", vcpus=1, ram_mib=512, disk_gib=1)


def new_server(**kwargs: Any) -> MakeServer:
    server = Server(id="srv", name="db", status="ACTIVE", flavor=TINY, port_ids=("p",))
    return MakeServer(server=server, flavor_id="1", flavor_name="m1.tiny", **kwargs)


def test_a_server_boots_from_its_moved_volume_in_its_group(bench: Bench) -> None:
    wired(bench, port("p", "10.0.0.5"))
    volume_id = boot_volume(bench)
    bench.do(group("grp"))
    twice(bench, new_server(boot_volume_id="vol", boot_volume_delete=True, server_group_id="grp"))
    (made,) = bench.target.compute.servers()
    assert made.image_id is None
    assert [(a.volume_id, a.delete_on_termination) for a in made.attachments] == [(volume_id, True)]
    assert bench.target.compute.server_groups()[0].member_ids == (made.id,)


def test_a_server_that_was_made_and_never_recorded_is_found(bench: Bench) -> None:
    """Its boot volume is in use by then: the request would be refused."""
    wired(bench, port("p", "10.0.0.5"))
    boot_volume(bench)
    bench.do(new_server(boot_volume_id="vol"))
    (made,) = bench.target.compute.servers()
    bench.ledger.effect_removed("target", Kind.SERVER, made.id)
    before = bench.writes()
    bench.do(new_server(boot_volume_id="vol"))
    assert bench.writes() == before
    assert bench.target_id(Kind.SERVER, "srv") == made.id


def test_a_servers_mark_is_in_its_metadata_and_its_tags_are_its_owners(bench: Bench) -> None:
    wired(bench, port("p", "10.0.0.5"))
    boot_volume(bench)
    make = new_server(boot_volume_id="vol")
    bench.do(replace(make, server=replace(make.server, metadata={"role": "db"}, tags=("prod",))))
    (made,) = bench.target.compute.servers()
    assert made.metadata == {"role": "db", "decamp-mark": "decamp-m-01234567-srv"}
    assert made.tags == ("prod",)


def test_a_volume_that_hangs_in_a_state_is_told_of_and_left_alone(bench: Bench) -> None:
    """As after a detachment that timed out: the next attempt asks what has become of it, and sends nothing before."""
    wired(bench, port("p", "10.0.0.5"))
    volume_id = boot_volume(bench)
    made = bench.target.block.create_volume(NewVolume(name="data", size_gib=1))
    bench.moved(Kind.VOLUME, "data", made)
    bench.do(new_server(boot_volume_id="vol"))
    row = bench.target_world.volumes.rows[made]
    row.change(status="detaching")
    job, before = bench.job(AttachVolume(server_id="srv", volume_id="data"), "server:srv:attach"), bench.writes()
    job.ctx = context_replace(job.ctx, stop=Impatient())
    with pytest.raises(TransientError) as caught:
        perform(job)
    assert (caught.value.code, caught.value.facts["status"]) == (codes.STILL_IN_STATE, "detaching")
    assert bench.writes() == before
    row.change(status="available")
    bench.do(AttachVolume(server_id="srv", volume_id="data"))
    assert [a.volume_id for a in bench.target.compute.servers()[0].attachments] == [volume_id, made]


@pytest.mark.parametrize("status", ["PAUSED", "SUSPENDED", "RESCUE"])
def test_a_server_that_cannot_shut_down_cleanly_is_not_stopped(bench: Bench, status: str) -> None:
    server_id = source_server(bench)
    bench.source_world.servers.rows[server_id].change(status=status)
    with pytest.raises(ConflictError) as caught:
        bench.do(StopServer(server_id=server_id, name="db"))
    assert caught.value.code == codes.SOURCE_CHANGED
    assert [w for w in bench.writes("source") if w[2].endswith("/action")] == []


def source_server(bench: Bench) -> str:
    tenant = bench.tenant
    image_id = tenant.images.create(NewImage(name="base", disk_format="raw"))
    tenant.images.upload(image_id, [bytes(1 << 20)], 1 << 20)
    server_id = tenant.compute.create_server(NewServer(name="db", flavor_id="1", image_id=image_id, port_ids=()))
    bench.source_world.settle()
    return server_id
