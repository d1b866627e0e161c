"""What the memory cloud has beyond the contract: quotas, passing statuses, the hooks that break it, the scenario."""

from collections.abc import Callable

import pytest
from sandbox import OPEN, MemoryProvider, Sandbox, info

from migrate.clouds.memory import MemoryCloud, Offer, World, open_memory
from migrate.clouds.memory.scenario import AWKWARD_NAMES, two_clouds
from migrate.clouds.memory.volume_boot import boot_from_volume
from migrate.clouds.ports import NewImage, NewServer, NewVolume
from migrate.errors import AccessError, Denied, IntegrityError, QuotaExceeded, Refused, TransientError
from migrate.model import Network, Port, Subnet


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
    with pytest.raises(Exception, match="DCP-404"):
        other.block.volume(volume.id)
    assert [group.name for group in other.network.state().security_groups] == ["default"]


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
}


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


def test_a_failure_has_no_effect_and_a_lost_answer_has(memory: Sandbox) -> None:
    world, block = _world(memory), memory.cloud.block
    new = NewVolume(name="v", size_gib=1)
    world.fail_next("POST", r"/volumes$", TransientError("DCP-503", what="down"))
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
    got = []
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


def test_a_volume_booted_server_images_to_nothing_but_snapshots(memory: Sandbox) -> None:
    cloud = memory.cloud
    assert isinstance(cloud, MemoryCloud)
    volume = memory.volume(image_id=memory.image().id)
    port_id = memory.port(*memory.network(), "10.77.0.9")
    server_id = boot_from_volume(cloud, "vb", "1", volume.id, (port_id,))
    server = cloud.compute.server(server_id)
    assert server.image_id is None and server.root_device == "/dev/vda" and cloud.block.volume(volume.id).bootable
    assert cloud.network.state().ports[0].device_id == server_id
    image = cloud.images.image(cloud.compute.create_image(server_id, "shot", {}))
    assert (image.volume_backed, image.size_bytes, image.status) == (True, 0, "active")
    assert [snapshot.volume_id for snapshot in cloud.block.snapshots()] == [volume.id]


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


def test_a_server_must_fit(memory: Sandbox) -> None:
    image = memory.image(min_disk_gib=30)
    with pytest.raises(Refused):
        memory.server(image)
    with pytest.raises(Refused):
        memory.cloud.compute.create_server(NewServer(name="s", flavor_id="none", image_id=image.id, port_ids=()))


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


def test_a_dynamic_large_object_reads_as_its_parts(memory: Sandbox) -> None:
    container = memory.container()
    for i in range(3):
        memory.cloud.objects.put(container, info(f"part/{i}", b"x"), [str(i).encode()])
    told = info("whole", b"", x_object_manifest=f"{container}/part/")
    memory.cloud.objects.put(container, told, [])
    with memory.cloud.objects.get(container, "whole") as (seen, chunks):
        assert (seen.size_bytes, b"".join(chunks)) == (3, b"012")
    with pytest.raises(IntegrityError):
        memory.cloud.objects.put(container, info("o", b"x", etag="0" * 32), [b"x"])


def test_the_scenario_is_a_whole_tenant_and_the_same_each_time() -> None:
    source, target = two_clouds()
    cloud = open_memory("source")
    state, facts = cloud.network.state(), cloud.facts()
    (server,), (volume,) = cloud.compute.servers(), cloud.block.volumes()
    assert server.status == "ACTIVE" and volume.status == "in-use" and server.attachments[0].device == "/dev/vdb"
    assert state.floating_ips[0].port_id == server.port_ids[0]
    assert any(rule.remote_group_id for group in state.security_groups for rule in group.rules)
    assert [e.name for e in cloud.objects.entries("photos & été")] == sorted(AWKWARD_NAMES, key=str.encode)
    with cloud.objects.get("backups", "dump.sql") as (seen, chunks):
        assert seen.is_slo and sum(map(len, chunks)) == seen.size_bytes
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
