"""What the memory cloud has beyond the contract: quotas, passing statuses, the hooks that break it, the scenario."""

from collections.abc import Callable

import msgspec
import pytest

from migrate.clouds.ports import NewImage, NewServer, NewVolume
from migrate.demo.memory import MemoryCloud, Offer, World, open_memory
from migrate.demo.one_of_each import STATES, everything
from migrate.demo.small_tenant import AWKWARD_NAMES, two_clouds
from migrate.errors import (
    AccessError,
    ConflictError,
    Denied,
    NotFound,
    QuotaExceeded,
    Refused,
    TransientError,
)
from migrate.messages import codes
from migrate.model import (
    FloatingIp,
    Kind,
    Network,
    Port,
    PortForwarding,
    ServerGroup,
    ServiceResource,
    StackSource,
    Subnet,
    Trunk,
)
from tests.contract.sandbox import OPEN, MemoryProvider, Sandbox, info


@pytest.fixture
def memory() -> Sandbox:
    provider = MemoryProvider()
    return Sandbox(provider, provider.open(OPEN))


def _world(box: Sandbox) -> World:
    assert isinstance(box.cloud, MemoryCloud)
    return box.cloud.world


def test_an_unknown_world_is_an_access_error() -> None:
    with pytest.raises(AccessError):
        open_memory("no-such-world")


def test_projects_do_not_see_each_other(memory: Sandbox) -> None:
    volume = memory.volume()
    memory.keypair()
    memory.container()
    other = open_memory(f"{_world(memory).name}/other")
    assert other.block.volumes() == [] and other.compute.keypairs() == [] and other.objects.containers() == []
    with pytest.raises(Exception, match=codes.GONE):
        other.block.volume(volume.id)
    assert [group.name for group in other.network.state().security_groups] == ["default"]


def test_no_two_copies_of_one_disk_are_of_the_same_second(memory: Sandbox) -> None:
    """Clouds tell whole seconds: of two passes within one second nobody could say which is the newer."""
    block = memory.cloud.block
    volume_id = memory.volume().id
    made = [block.create_snapshot(volume_id, name, {}) for name in ("one", "two")]
    first, second = (block.snapshot(snapshot_id) for snapshot_id in made)
    assert first.created_at < second.created_at


def test_statuses_pass(memory: Sandbox) -> None:
    block = memory.cloud.block
    volume_id = block.create_volume(NewVolume(name="v", size_gib=1))
    assert [block.volume(volume_id).status for _ in range(2)] == ["creating", "available"]
    block.delete_volume(volume_id)
    assert block.volume(volume_id).status == "deleting"
    memory.gone(lambda: block.volume(volume_id))
    _world(memory).lag = 3
    slow = block.create_volume(NewVolume(name="v", size_gib=1))
    assert [block.volume(slow).status for _ in range(4)] == ["creating"] * 3 + ["available"]
    _world(memory).lag = 0
    assert block.volume(block.create_volume(NewVolume(name="v", size_gib=1))).status == "available"


QUOTAS: dict[str, Callable[[Sandbox], object]] = {
    "volumes": lambda box: box.volume(),
    "volumes_gib": lambda box: box.volume(),
    "snapshots": lambda box: box.cloud.block.create_snapshot(box.volume().id, "s", {}),
    "keypairs": lambda box: box.keypair(),
    "networks": lambda box: box.network(),
    "subnets": lambda box: box.network(),
    "ports": lambda box: box.port(*box.network(), "10.77.0.9"),
    "routers": lambda box: box.router(box.network()[1]),
    "servers": lambda box: box.server(box.image()),
    "cores": lambda box: box.server(box.image()),
    "ram_mib": lambda box: box.server(box.image()),
    "server_groups": lambda box: _group(box),
    "server_group_members": lambda box: box.server(box.image(), server_group_id=_group(box)),
    "backups": lambda box: box.provider.backup(box.volume().id, "b"),
    "backups_gib": lambda box: box.provider.backup(box.volume().id, "b"),
    "trunks": lambda box: box.cloud.network.create_trunk(
        Trunk(id="", name="t", port_id=box.port(*box.network(), "10.77.0.9"))
    ),
}


def _group(box: Sandbox) -> str:
    return box.cloud.compute.create_server_group(ServerGroup(id="", name="g", policy="affinity"))


@pytest.mark.parametrize("resource", QUOTAS)
def test_over_quota_says_which(memory: Sandbox, resource: str) -> None:
    _world(memory).project("main", {resource: 0})
    with pytest.raises(QuotaExceeded) as caught:
        QUOTAS[resource](memory)
    assert caught.value.facts["resource"] == resource


def test_facts_tell_use(memory: Sandbox) -> None:
    memory.volume()
    quotas = memory.cloud.facts().quotas
    assert (quotas["volumes"].used, quotas["volumes_gib"].used, quotas["security_groups"].used) == (1, 1, 1)
    memory.provider.backup(memory.cloud.block.volumes()[0].id, "b")
    _group(memory)
    now = memory.cloud.facts().quotas
    assert (now["backups"].used, now["backups_gib"].used, now["server_groups"].used, now["trunks"].used) == (1, 1, 1, 0)


def test_a_failure_has_no_effect_and_a_lost_answer_has(memory: Sandbox) -> None:
    world, block = _world(memory), memory.cloud.block
    new = NewVolume(name="v", size_gib=1)
    world.fail_next("POST", r"/volumes$", TransientError(codes.CLOUD_UNAVAILABLE, what="down"))
    with pytest.raises(TransientError):
        block.create_volume(new)
    assert block.volumes() == []
    world.fail_next("POST", r"/volumes$", "lost-answer")
    with pytest.raises(TransientError):
        block.create_volume(new)
    assert len(block.volumes()) == 1
    block.create_volume(new)
    assert world.log.count(("POST", "block-storage", "/volumes")) == 3


def test_a_put_whose_answer_is_lost_is_there(memory: Sandbox) -> None:
    container = memory.container()
    _world(memory).fail_next("PUT", r"/o$", "lost-answer")
    with pytest.raises(TransientError):
        memory.cloud.objects.put(container, info("o", b"abc"), [b"abc"])
    assert memory.cloud.objects.head(container, "o").size_bytes == 3


def test_a_cut_body_is_transient(memory: Sandbox) -> None:
    container, image = memory.container(), memory.image()
    memory.cloud.objects.put(container, info("o", b"abcdef"), [b"abcdef"])
    _world(memory).cut_next(r"/o$", 4)
    got: list[bytes] = []
    with memory.cloud.objects.get(container, "o") as (_, chunks), pytest.raises(TransientError):
        got.extend(chunks)
    assert b"".join(got) == b"abcd"
    _world(memory).cut_next(r"/file$", 1000)
    with memory.cloud.images.read(image.id) as pieces, pytest.raises(TransientError):
        list(pieces)


def test_the_log_reads_like_an_access_log(memory: Sandbox) -> None:
    image = memory.image()
    server = memory.server(image)
    memory.cloud.compute.create_image(server.id, "shot", {})
    log = _world(memory).log
    for line in (
        ("POST", "image", "/images"),
        ("PUT", "image", f"/images/{image.id}/file"),
        ("POST", "compute", "/servers"),
        ("POST", "compute", f"/servers/{server.id}/action"),
    ):
        assert line in log


def test_bytes_can_be_changed_under_a_snapshot(memory: Sandbox) -> None:
    world, volume = _world(memory), memory.volume()
    world.write_volume(volume.id, 5, b"before")
    snapshot_id = memory.cloud.block.create_snapshot(volume.id, "s", {})
    world.settle()
    world.write_volume(volume.id, 5, b"behind")
    clone = memory.volume(snapshot_id=snapshot_id)
    assert world.read_volume(clone.id, 5, 6) == b"before"
    assert world.read_volume(volume.id, 5, 6) == b"behind"


def test_a_clone_may_not_be_of_another_type(memory: Sandbox) -> None:
    """A member's clone stays where its snapshot is; a cloud with one back end for both types lets it pass."""
    volume = memory.volume()
    snapshot_id = memory.cloud.block.create_snapshot(volume.id, "s", {})
    _world(memory).settle()
    with pytest.raises(Refused):
        memory.volume(snapshot_id=snapshot_id, volume_type="fast")
    assert memory.volume(snapshot_id=snapshot_id, volume_type=volume.volume_type).volume_type == volume.volume_type


def test_house_rules_of_a_target() -> None:
    world = World("strict", Offer(mac_allowed=False, image_size_max_bytes=100_000, dhcp_ports=True))
    box = Sandbox(MemoryProvider(), MemoryCloud("strict", world=world))
    network_id, _ = box.network()
    dhcp = box.cloud.network.state().ports
    assert [(p.device_owner, p.fixed_ips[0].ip_address) for p in dhcp] == [("network:dhcp", "10.77.0.2")]
    with pytest.raises(Denied):
        box.cloud.network.create_port(Port(id="", network_id=network_id, mac_address="fa:16:3e:00:00:01"))
    with pytest.raises(Refused):
        box.image()


def test_dhcp_takes_the_first_free_address_as_soon_as_it_serves_a_subnet() -> None:
    """Why a subnet gets its DHCP after the ports of its servers."""
    box = Sandbox(MemoryProvider(), MemoryCloud("dhcp", world=World("dhcp", Offer(dhcp_ports=True))))
    network = box.cloud.network
    network_id = network.create_network(Network(id="", name="n"))
    want = Subnet(id="", network_id=network_id, name="s", cidr="10.9.0.0/24", gateway_ip="10.9.0.1", enable_dhcp=False)
    subnet_id = network.create_subnet(want)
    box.port(network_id, subnet_id, "10.9.0.2")
    for _ in range(2):
        network.enable_dhcp(subnet_id)
    served = [port for port in network.state().ports if port.device_owner == "network:dhcp"]
    assert [port.fixed_ips[0].ip_address for port in served] == ["10.9.0.3"]
    taken = network.create_subnet(msgspec.structs.replace(want, cidr="10.8.0.0/24", gateway_ip=None, enable_dhcp=True))
    with pytest.raises(ConflictError):
        box.port(network_id, taken, "10.8.0.1")


def test_an_mtu_is_given_as_far_as_the_wires_carry_it() -> None:
    network = MemoryCloud("narrow", world=World("narrow", Offer(largest_mtu=1400))).network
    asked = {network.create_network(Network(id="", name="n", mtu=mtu)): mtu for mtu in (1300, 1400, 1401, None)}
    got = {asked[one.id]: one.mtu for one in network.state().networks if one.id in asked}
    assert got == {1300: 1300, 1400: 1400, 1401: 1400, None: 1400}


def test_an_old_cloud_needs_no_router_and_has_neither_trunks_nor_forwardings() -> None:
    offer = Offer(floating_without_router=True, network_extensions=("router",), login_ends_at="2026-01-01T00:00:00Z")
    box = Sandbox(MemoryProvider(), MemoryCloud("old", world=World("old", offer)))
    network, facts = box.cloud.network, box.cloud.facts()
    assert (facts.network_extensions, facts.login_ends_at) == (("router",), "2026-01-01T00:00:00Z")
    port_id = box.port(*box.network(), "10.77.0.9")
    want = FloatingIp(id="", address="", external_network_id=facts.external_networks[0].id, port_id=port_id)
    made = network.create_floating_ip(want)
    assert made.port_id == port_id
    forwarding = PortForwarding(
        protocol="tcp", external_port=1, internal_port=1, internal_ip_address="10.77.0.9", internal_port_id=port_id
    )
    with pytest.raises(NotFound):
        network.forward_port(made.id, forwarding)
    with pytest.raises(NotFound):
        network.create_trunk(Trunk(id="", name="t", port_id=box.port(*box.network(), "10.77.0.9")))
    assert network.state().trunks == ()


def test_a_restore_passes(memory: Sandbox) -> None:
    world, block = _world(memory), memory.cloud.block
    volume, into = memory.volume(), memory.volume()
    world.write_volume(volume.id, 5, b"kept")
    backup_id = memory.provider.backup(volume.id, "b")
    assert [block.backups()[0].status for _ in range(2)] == ["creating", "available"]
    world.write_volume(volume.id, 5, b"lost")
    block.restore_backup(backup_id, into.id)
    with pytest.raises(Refused):
        block.restore_backup(backup_id, into.id)
    assert block.backups()[0].status == "restoring"
    assert [block.volume(into.id).status for _ in range(2)] == ["restoring-backup", "available"]
    assert world.read_volume(into.id, 5, 4) == b"kept"
    larger = memory.cloud.block.create_volume(NewVolume(name="v", size_gib=2))
    world.settle()
    large = memory.provider.backup(larger, "large")
    world.settle()
    with pytest.raises(Refused):
        block.restore_backup(large, into.id)


def test_a_shared_image_is_seen_by_its_members(memory: Sandbox) -> None:
    world = _world(memory)
    image = memory.image(visibility="shared")
    friend = open_memory(f"{world.name}/friend")
    with pytest.raises(NotFound):
        friend.images.image(image.id)
    memory.cloud.images.share(image.id, world.project("friend").id)
    assert friend.images.image(image.id).id == image.id and friend.images.images() == []


def test_other_services_are_what_the_project_has(memory: Sandbox) -> None:
    world = _world(memory)
    project = world.project()
    project.others += [
        ServiceResource(kind=Kind.STACK, id="s", name="shop", service="orchestration"),
        ServiceResource(kind=Kind.LOAD_BALANCER, id="l", name="front", service="load-balancer"),
    ]
    project.stacks["s"] = StackSource(id="s", name="shop", template="heat_template_version: 2015-04-30")
    assert [other.name for other in memory.cloud.others.resources()] == ["front", "shop"]
    assert memory.cloud.others.stack("s").name == "shop"
    assert {"orchestration", "load-balancer"} <= set(memory.cloud.facts().services)
    assert ("GET", "orchestration", "/stacks/s") in world.log
    assert open_memory(f"{world.name}/other").others.resources() == []


def test_a_server_must_fit(memory: Sandbox) -> None:
    image = memory.image(min_disk_gib=30)
    with pytest.raises(Refused):
        memory.server(image)
    with pytest.raises(Refused):
        memory.cloud.compute.create_server(NewServer(name="s", flavor_id="none", image_id=image.id, port_ids=()))
    boot = memory.volume(image_id=memory.image(min_ram_mib=4096).id)
    with pytest.raises(Refused):
        memory.server(None, memory.port(*memory.network(), "10.77.0.9"), boot_volume_id=boot.id)


def test_an_image_without_bytes_boots_nothing(memory: Sandbox) -> None:
    boot = memory.volume(image_id=memory.image().id)
    server = memory.server(None, boot_volume_id=boot.id)
    empty = memory.cloud.images.image(memory.cloud.compute.create_image(server.id, "shot", {}))
    with pytest.raises(Refused):
        memory.server(empty, memory.port(*memory.network(), "10.77.0.9"))
    with pytest.raises(Refused):
        memory.cloud.compute.attach(server.id, boot.id)


def test_a_locked_server_takes_no_volume(memory: Sandbox) -> None:
    server, volume = memory.server(memory.image()), memory.volume()
    memory.provider.lock(server.id)
    with pytest.raises(Refused):
        memory.cloud.compute.attach(server.id, volume.id)


def test_glance_looks_into_what_it_is_given(memory: Sandbox) -> None:
    image_id = memory.cloud.images.create(NewImage(name="i", disk_format="qcow2"))
    with pytest.raises(Refused):
        memory.cloud.images.upload(image_id, [b"no qcow2"], 8)
    assert memory.cloud.images.image(image_id).status == "queued"


def test_ipv6_subnets_hand_out_addresses(memory: Sandbox) -> None:
    network_id = memory.cloud.network.create_network(Network(id="", name="six"))
    want = Subnet(id="", network_id=network_id, name="six", cidr="fd00:77::/64", ip_version=6, gateway_ip="fd00:77::1")
    memory.cloud.network.create_subnet(want)
    memory.cloud.network.create_port(Port(id="", network_id=network_id))
    assert memory.cloud.network.state().ports[0].fixed_ips[0].ip_address == "fd00:77::2"


def test_the_scenario_is_a_whole_tenant_and_the_same_each_time() -> None:
    source, target = two_clouds()
    cloud = open_memory("source")
    state, facts = cloud.network.state(), cloud.facts()
    (server,), (volume,) = cloud.compute.servers(), cloud.block.volumes()
    assert server.status == "ACTIVE" and volume.status == "in-use" and server.attachments[0].device == "/dev/vdb"
    assert state.floating_ips[0].port_id == server.port_ids[0]
    assert any(rule.remote_group_id for group in state.security_groups for rule in group.rules)
    assert [e.name for e in cloud.objects.entries("photos & été")] == sorted(AWKWARD_NAMES, key=str.encode)
    dump = cloud.objects.head("backups", "dump.sql")
    assert dump.is_slo and sum(segment.size_bytes for segment in dump.segments) == dump.size_bytes
    other = open_memory("target").facts()
    for mine, theirs in (
        ({f.name for f in facts.flavors}, {f.name for f in other.flavors}),
        (set(facts.volume_types), set(other.volume_types)),
        (set(facts.compute_zones), set(other.compute_zones)),
        ({n.name for n in facts.external_networks}, {n.name for n in other.external_networks}),
    ):
        assert not mine & theirs
    assert target.servers.rows == {} and len(open_memory("source/small").compute.servers()) == 1
    used = source.root_disk(server.id).used_bytes() + source.volume_disk(volume.id).used_bytes()
    assert used < 64 << 20
    again, _ = two_clouds()
    assert again is not source
    assert list(again.servers.rows) == list(source.servers.rows)
    assert again.root_disk(server.id).blocks == source.root_disk(server.id).blocks


def test_everything_has_one_of_each_uncommon_thing_and_is_the_same_each_time() -> None:
    source, _ = everything(0.02)
    cloud = open_memory("source")
    state = cloud.network.state()
    servers, volumes = {s.name: s for s in cloud.compute.servers()}, {v.id: v for v in cloud.block.volumes()}
    database = servers["db-1"]
    assert database.image_id is None and len(database.attachments) == 2
    assert [volumes[a.volume_id].bootable for a in database.attachments] == [False, True], "not in boot order"
    assert [a.delete_on_termination for a in servers["web-9"].attachments] == [True]
    assert {servers[name].status for name in STATES} == set(STATES.values())
    assert servers["locked-1"].locked and servers["busy-1"].task_state and servers["app-1"].stack_id
    snapshots, backups = cloud.block.snapshots(), cloud.block.backups()
    assert {s.status for s in snapshots} == {"available", "error"} == {b.status for b in backups}
    assert {b.volume_id in volumes for b in backups} == {True, False} == {b.incremental for b in backups}
    images = {image.name: image for image in cloud.images.images()}
    assert set(images["db-1 as it was"].snapshot_ids) <= {s.id for s in snapshots}
    assert len(images["shared"].members) == 2 and images["hidden"].hidden
    assert sorted(len(group.member_ids) for group in cloud.compute.server_groups()) == [0, 2]
    assert [len(trunk.sub_ports) for trunk in state.trunks] == [2]
    assert sorted(len(address.port_forwardings) for address in state.floating_ips) == [0, 0, 0, 2]
    assert sorted(len(router.routes) for router in state.routers) == [0, 0, 2]
    assert sorted(router.enable_snat for router in state.routers) == [False, True, True]
    firsts = {s.allocation_pools[0].start for s in state.subnets if s.enable_dhcp}
    assert firsts & {
        fixed.ip_address for p in state.ports if p.device_owner.startswith("compute:") for fixed in p.fixed_ips
    }
    assert {other.kind for other in cloud.others.resources()} >= {Kind.STACK, Kind.LOAD_BALANCER}
    assert source.user_data(servers["app-1"].id) == b"#cloud-config\nhostname: app-1\n"
    again, _ = everything(0.02)
    assert again is not source and list(again.servers.rows) == list(source.servers.rows)
    boot = next(a.volume_id for a in database.attachments if volumes[a.volume_id].bootable)
    assert again.volume_disk(boot).blocks == source.volume_disk(boot).blocks
