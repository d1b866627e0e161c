"""ports.Compute, sentence by sentence."""

import pytest
from sandbox import Sandbox

from migrate.errors import ConflictError, NotFound, Refused
from migrate.model import Keypair

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
        box.image(), key_name=key.name, metadata={"decamp-mark": mark, "a": "b"}, tags=("blue",), description="text"
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
        box.cloud.compute.create_image(NOBODY, "x", {})


def test_a_volume_is_attached_once(box: Sandbox) -> None:
    server, volume = box.server(box.image()), box.volume()
    box.cloud.compute.attach(server.id, volume.id, delete_on_termination=True)
    held = box.until(lambda: box.cloud.block.volume(volume.id), lambda v: v.status == "in-use")
    assert [a.server_id for a in held.attachments] == [server.id]
    assert held.attachments[0].device.startswith("/dev/")
    now = box.cloud.compute.server(server.id)
    assert [(a.volume_id, a.delete_on_termination) for a in now.attachments] == [(volume.id, True)]
    with pytest.raises(Refused):
        box.cloud.compute.attach(server.id, volume.id)


def test_stopping_twice_stops_once(box: Sandbox) -> None:
    server = box.server(box.image())
    box.cloud.compute.stop(server.id)
    box.until(lambda: box.cloud.compute.server(server.id), lambda s: s.status == "SHUTOFF" and not s.task_state)
    box.cloud.compute.stop(server.id)
    assert box.cloud.compute.server(server.id).status == "SHUTOFF"


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
