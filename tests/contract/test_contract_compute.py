"""ports.Compute, sentence by sentence."""

import pytest

from migrate.clouds.ports import NewServer
from migrate.errors import ConflictError, Denied, NotFound, Refused
from migrate.model import Keypair, ServerGroup
from tests.contract.sandbox import Sandbox

NOBODY = "00000000-0000-4000-8000-000000000000"


def test_a_keypair_is_imported_once(box: Sandbox) -> None:
    made = box.keypair()
    assert made.fingerprint and made.public_key.split()[0] == "ssh-ed25519"
    listed = box.cloud.compute.keypairs()
    assert [k.name for k in listed] == sorted(k.name for k in listed)
    found = next(k for k in listed if k.name == made.name)
    assert found.public_key.split()[:2] == made.public_key.split()[:2]
    with pytest.raises(ConflictError):
        box.cloud.compute.create_keypair(Keypair(name=made.name, public_key=made.public_key))


def test_a_key_that_is_none_is_refused(box: Sandbox) -> None:
    with pytest.raises(Refused):
        box.cloud.compute.create_keypair(Keypair(name=box.name("bad"), public_key="not a key"))


def test_a_server_comes_up_with_what_was_asked(box: Sandbox) -> None:
    key = box.keypair()
    mark = "decamp-m-0123abcd-6f1e2d3c-0000-4000-8000-000000000000"
    server = box.server(
        box.base_image(),
        key_name=key.name,
        metadata={"decamp-mark": mark, "a": "b"},
        tags=("blue",),
        description="text",
    )
    assert server.metadata == {"decamp-mark": mark, "a": "b"}
    assert (server.tags, server.key_name, server.description) == (("blue",), key.name, "text")
    assert server.task_state is None and server.locked is False and server.attachments == ()
    assert server.flavor.name in [f.name for f in box.cloud.facts().flavors]
    ports = {port.id: port for port in box.cloud.network.state().ports}
    assert [ports[p].fixed_ips[0].ip_address for p in server.port_ids] == ["10.77.0.50"]
    assert ports[server.port_ids[0]].device_id == server.id
    assert ports[server.port_ids[0]].device_owner.startswith("compute:")
    ids = [s.id for s in box.cloud.compute.servers()]
    assert server.id in ids and ids == sorted(ids)


def test_a_server_that_is_not_there(box: Sandbox) -> None:
    with pytest.raises(NotFound):
        box.cloud.compute.server(NOBODY)
    with pytest.raises(NotFound):
        box.cloud.compute.stop(NOBODY)
    with pytest.raises(NotFound):
        box.cloud.compute.start(NOBODY)
    with pytest.raises(NotFound):
        box.cloud.compute.is_off(NOBODY)
    with pytest.raises(NotFound):
        box.cloud.compute.create_image(NOBODY, "x", {})


def test_a_volume_is_attached_once(box: Sandbox) -> None:
    server, volume = box.base_server(), box.volume()
    held = box.attach(server.id, volume.id, delete_on_termination=True)
    assert [a.server_id for a in held.attachments] == [server.id]
    assert held.attachments[0].device.startswith("/dev/")
    now = box.cloud.compute.server(server.id)
    assert [(a.volume_id, a.delete_on_termination) for a in now.attachments] == [(volume.id, True)]
    with pytest.raises(Refused):
        box.cloud.compute.attach(server.id, volume.id)


def test_a_volume_that_several_may_hold_is_attached_like_any_other_and_to_others_too(box: Sandbox) -> None:
    volume, first, second = box.volume(volume_type=box.provider.shared_type()), box.base_server(), box.booted_server()
    assert volume.multiattach
    compute, look = box.cloud.compute, lambda: box.cloud.block.volume(volume.id)
    held = box.attach(first.id, volume.id)
    assert [a.server_id for a in held.attachments] == [first.id]
    with pytest.raises(Refused):
        compute.attach(first.id, volume.id)
    box.attach(second.id, volume.id)
    box.until(look, lambda v: {a.server_id for a in v.attachments} == {first.id, second.id})
    for server in (first, second):
        compute.detach(server.id, volume.id)
        box.until(look, lambda v, gone=server.id: gone not in {a.server_id for a in v.attachments})  # type: ignore[misc]
    box.available(volume.id)


@pytest.mark.full_on_lab
def test_a_server_boots_from_a_volume_that_several_may_hold(box: Sandbox) -> None:
    boot = box.volume(image_id=box.base_image().id, volume_type=box.provider.shared_type())
    server = box.server(None, boot_volume_id=boot.id)
    assert [a.volume_id for a in server.attachments] == [boot.id]


def test_a_compute_before_2_60_refuses_what_several_may_hold_also_to_the_only_one(box: Sandbox) -> None:
    volume, boot = (
        box.volume(image_id=image_id, volume_type=box.provider.shared_type())
        for image_id in (None, box.base_image().id)
    )
    server, port_id = box.base_server(), box.port(*box.base_network(), "10.77.0.51")
    box.provider.speak_old(box.cloud)
    with pytest.raises(Refused):
        box.cloud.compute.attach(server.id, volume.id)
    with pytest.raises(Refused):
        box.server(None, port_id, boot_volume_id=boot.id)
    assert box.cloud.block.volume(volume.id).status == box.cloud.block.volume(boot.id).status == "available"


def test_a_volume_is_taken_off_and_may_be_attached_again(box: Sandbox) -> None:
    server, volume = box.base_server(), box.volume()
    compute, look = box.cloud.compute, lambda: box.cloud.block.volume(volume.id)
    assert compute.attachments(server.id) == []
    for _ in range(2):
        box.attach(server.id, volume.id)
        assert [(a.server_id, a.volume_id) for a in compute.attachments(server.id)] == [(server.id, volume.id)]
        compute.detach(server.id, volume.id)
        assert box.until(look, lambda v: v.status == "available").attachments == ()
        box.until(lambda: compute.attachments(server.id), lambda found: found == [])


def test_taking_off_what_is_off_or_on_its_way_is_no_error(box: Sandbox) -> None:
    server, volume, other = box.base_server(), box.volume(), box.volume()
    compute = box.cloud.compute
    compute.detach(server.id, other.id)
    compute.detach(NOBODY, other.id)
    compute.detach(server.id, NOBODY)
    box.attach(server.id, volume.id)
    for _ in range(3):
        compute.detach(server.id, volume.id)
    box.available(volume.id)
    compute.detach(server.id, volume.id)
    assert box.cloud.block.volume(other.id).status == "available"


def test_a_boot_volume_is_listed_and_stays_on(box: Sandbox) -> None:
    server, compute = box.booted_server(), box.cloud.compute
    (boot,) = compute.attachments(server.id)
    assert boot.volume_id == server.attachments[0].volume_id
    with pytest.raises(Refused):
        compute.detach(server.id, boot.volume_id)
    assert box.cloud.block.volume(boot.volume_id).status == "in-use"
    with pytest.raises(NotFound):
        compute.attachments(NOBODY)


@pytest.mark.full_on_lab
def test_stopping_twice_stops_once(box: Sandbox) -> None:
    server = box.server(box.base_image())
    box.cloud.compute.stop(server.id)
    box.until(lambda: box.cloud.compute.server(server.id), lambda s: s.status == "SHUTOFF" and not s.task_state)
    box.cloud.compute.stop(server.id)
    assert box.cloud.compute.server(server.id).status == "SHUTOFF"


def test_a_stopped_server_is_started_once_and_its_actions_show_both(box: Sandbox) -> None:
    server, compute = box.server(box.base_image()), box.cloud.compute
    assert not compute.is_off(server.id)
    compute.start(server.id)
    assert set(compute.actions(server.id)) in ({"create"}, set()), "it ran: nothing was asked of it"
    compute.stop(server.id)
    box.until(lambda: compute.is_off(server.id), bool)
    stopped = compute.last_action(server.id)
    box.until(lambda: compute.server(server.id), lambda s: not s.task_state)
    compute.start(server.id)
    box.until(lambda: compute.server(server.id), lambda s: s.status == "ACTIVE" and not s.task_state)
    compute.start(server.id)
    assert not compute.is_off(server.id)
    assert sorted(compute.actions(server.id)) in (["create", "start", "stop"], [])
    assert compute.last_action(server.id) != stopped or stopped == ""


def test_the_end_of_what_a_server_wrote_to_its_console(box: Sandbox) -> None:
    server, console = box.base_server(), box.cloud.compute.console_output
    written = box.until(lambda: console(server.id, 500), bool)
    assert len(console(server.id, 1).splitlines()) <= 1 and written.endswith(console(server.id, 1))
    with pytest.raises(NotFound):
        console(NOBODY, 500)


def test_each_stop_leaves_another_last_action_and_an_image_does_not(box: Sandbox) -> None:
    """So that disks which were captured in different stops are told apart. A cloud may tell none: always the same."""
    server = box.server(box.base_image())
    seen = [box.cloud.compute.last_action(server.id)]
    box.cloud.compute.stop(server.id)
    box.until(lambda: box.cloud.compute.server(server.id), lambda s: s.status == "SHUTOFF" and not s.task_state)
    seen.append(box.cloud.compute.last_action(server.id))
    image_id = box.kept("image", box.cloud.compute.create_image(server.id, box.name("shot"), {}))
    box.until(lambda: box.cloud.images.image(image_id), lambda i: i.status == "active")
    seen.append(box.cloud.compute.last_action(server.id))
    box.cloud.compute.stop(server.id)
    seen.append(box.cloud.compute.last_action(server.id))
    assert seen[0] != seen[1] or set(seen) == {""}
    assert len(set(seen[1:])) == 1


def test_a_server_that_is_deleted_leaves_its_ports_and_volumes(box: Sandbox) -> None:
    """What was done to it is listed before, where the cloud tells that; a second deletion is no error."""
    server, volume, compute = box.server(box.base_image()), box.volume(), box.cloud.compute
    compute.attach(server.id, volume.id)
    box.until(lambda: box.cloud.block.volume(volume.id), lambda v: v.status == "in-use")
    assert set(compute.actions(server.id)) in ({"create", "attach_volume"}, set())
    compute.delete_server(server.id)
    box.until(lambda: box.cloud.block.volume(volume.id), lambda v: v.status == "available" and not v.attachments)
    box.until(lambda: [s.id for s in compute.servers()], lambda ids: server.id not in ids)
    there = {port.id: port for port in box.cloud.network.state().ports}
    assert all(port_id in there and not there[port_id].device_id for port_id in server.port_ids)
    compute.delete_server(server.id)


def test_an_image_of_a_server_inherits_properties_and_no_tags(box: Sandbox) -> None:
    base = box.image(properties={"hw_disk_bus": "virtio", "os_distro": "debian"}, tags=("golden",))
    server = box.server(base)
    mark = "decamp-t-0123abcd-6f1e2d3c-0000-4000-8000-000000000000"
    image_id = box.kept("image", box.cloud.compute.create_image(server.id, box.name("shot"), {"decamp_mark": mark}))
    image = box.until(lambda: box.cloud.images.image(image_id), lambda i: i.status == "active")
    assert image.properties["decamp_mark"] == mark
    assert image.properties["hw_disk_bus"] == "virtio"
    assert image.tags == () and image.size_bytes > 0 and not image.volume_backed
    assert not set(image.properties) & {"base_image_ref", "image_type", "instance_uuid"}, "no bookkeeping"
    assert image.server_id == server.id and not base.server_id


# ---------------------------------------------------------------- from a volume


def test_a_server_boots_from_a_volume(box: Sandbox) -> None:
    """One that goes with its server: see the flavor without a disk, below."""
    server = box.booted_server()
    assert server.image_id is None
    (boot,) = server.attachments
    assert not boot.delete_on_termination
    held = box.cloud.block.volume(boot.volume_id)
    assert held.bootable and [a.server_id for a in held.attachments] == [server.id]
    assert held.attachments[0].device == server.root_device
    found = next(one for one in box.cloud.compute.servers() if one.id == server.id)
    assert (found.image_id, found.root_device, found.attachments) == (None, server.root_device, server.attachments)


@pytest.mark.full_on_lab
def test_its_other_volumes_are_attached_behind_the_boot_volume(box: Sandbox) -> None:
    boot, data = box.volume(image_id=box.base_image().id), box.volume()
    server = box.server(None, boot_volume_id=boot.id)
    box.cloud.compute.attach(server.id, data.id)
    box.until(lambda: box.cloud.block.volume(data.id), lambda volume: volume.status == "in-use")
    now = box.cloud.compute.server(server.id)
    assert [a.volume_id for a in now.attachments] == [boot.id, data.id], "in the order of attachment"
    devices = {a.volume_id: a.device for a in now.attachments}
    assert devices[boot.id] == now.root_device
    assert now.root_device is not None and now.root_device < devices[data.id]


def test_what_cannot_boot_is_refused(box: Sandbox) -> None:
    port_id = box.port(*box.base_network(), "10.77.0.51")
    empty = box.volume()
    for boot_volume_id in (empty.id, NOBODY, None):
        with pytest.raises((Refused, NotFound)):
            box.server(None, port_id, boot_volume_id=boot_volume_id)
    assert box.cloud.block.volume(empty.id).status == "available", "and not held"


def test_an_image_of_a_volume_booted_server_is_empty_and_names_its_snapshots(box: Sandbox) -> None:
    server = box.booted_server()
    (boot,) = server.attachments
    image_id = box.kept("image", box.cloud.compute.create_image(server.id, box.name("shot"), {}))
    image = box.until(lambda: box.cloud.images.image(image_id), lambda one: one.status == "active")
    for snapshot_id in image.snapshot_ids:
        box.kept("snapshot", snapshot_id)
    assert image.volume_backed and image.size_bytes == 0
    block = box.cloud.block
    taken = [
        box.until(lambda i=i: block.snapshot(i), lambda one: one.status == "available")  # type: ignore[misc]
        for i in image.snapshot_ids
    ]
    assert [snapshot.volume_id for snapshot in taken] == [boot.volume_id]
    assert not {"block_device_mapping", "bdm_v2", "root_device_name"} & set(image.properties), "no bookkeeping"


# ---------------------------------------------------------------- groups, locks, limits


def test_a_server_joins_its_group_as_it_is_made(box: Sandbox) -> None:
    compute = box.cloud.compute
    want = ServerGroup(id="ignored", name=box.name("apart"), policy="anti-affinity", member_ids=("ignored",))
    group_id, second = (box.kept("server-group", compute.create_server_group(want)) for _ in range(2))
    listed = compute.server_groups()
    assert [group.id for group in listed] == sorted(group.id for group in listed)
    made = {group.id: group for group in listed if group.name == want.name}
    assert set(made) == {group_id, second}, "names are not unique"
    assert (made[group_id].policy, made[group_id].member_ids) == ("anti-affinity", ())
    server = box.server(box.base_image(), server_group_id=group_id)
    now = {group.id: group.member_ids for group in compute.server_groups()}
    assert (now[group_id], now[second]) == ((server.id,), ())


def test_a_group_that_is_none_is_refused(box: Sandbox) -> None:
    with pytest.raises(Refused):
        box.cloud.compute.create_server_group(ServerGroup(id="", name=box.name("g"), policy="as-you-like"))
    image, port_id = box.base_image(), box.port(*box.base_network(), "10.77.0.51")
    with pytest.raises((Refused, NotFound)):
        box.server(image, port_id, server_group_id=NOBODY)


def test_a_locked_server_is_not_stopped(box: Sandbox) -> None:
    server = box.server(box.base_image())
    box.provider.lock(server.id)
    assert box.cloud.compute.server(server.id).locked
    with pytest.raises(Refused):
        box.cloud.compute.stop(server.id)
    assert box.cloud.compute.server(server.id).status == "ACTIVE"


def test_a_flavor_without_a_disk_takes_no_image_and_a_boot_volume_which_goes_with_the_server(box: Sandbox) -> None:
    flavor, image, port_id = (
        box.provider.diskless_flavor(),
        box.base_image(),
        box.port(*box.base_network(), "10.77.0.50"),
    )
    compute = box.cloud.compute
    with pytest.raises(Denied):
        compute.create_server(NewServer(name=box.name("s"), flavor_id=flavor, image_id=image.id, port_ids=(port_id,)))
    boot = box.volume(image_id=image.id)
    server = box.server(None, port_id, flavor_id=flavor, boot_volume_id=boot.id, boot_volume_delete=True)
    assert (server.image_id, server.flavor.disk_gib) == (None, 0)
    assert [(a.volume_id, a.delete_on_termination) for a in server.attachments] == [(boot.id, True)]
    assert box.cloud.block.volume(boot.id).status == "in-use"


@pytest.mark.full_on_lab
def test_an_image_that_wants_a_larger_disk_than_the_flavors_is_refused(box: Sandbox) -> None:
    flavor = min(box.cloud.facts().flavors, key=lambda flavor: (flavor.disk_gib or 1000, flavor.ram_mib))
    image, port_id = box.image(min_disk_gib=flavor.disk_gib + 1), box.port(*box.base_network(), "10.77.0.51")
    with pytest.raises(Refused):
        box.server(image, port_id)
