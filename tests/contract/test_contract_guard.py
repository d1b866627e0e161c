"""SourceGuard in front of a cloud: what is not allowed never reaches it."""

from collections.abc import Callable

import msgspec
import pytest

from migrate.clouds.guard import Gatekeeper, ReadOnly, SourceGuard
from migrate.clouds.ports import Cloud, NewImage, NewServer, NewVolume
from migrate.errors import Denied
from migrate.model import Keypair, Network, Port, PortForwarding, SecurityGroup, ServerGroup, Trunk
from tests.contract.sandbox import BackedUp, Provider, Sandbox, info

NOBODY = "00000000-0000-4000-8000-000000000000"


class Permits:
    """What a test allows."""

    def __init__(self) -> None:
        self.ours: set[str] = set()
        self.stoppable: set[str] = set()
        self.startable: set[str] = set()
        self.migrations: set[str] = set()
        self.worker = ""

    def is_ours(self, service: str, resource_id: str) -> bool:
        return resource_id in self.ours

    def may_delete(self, service: str, resource_id: str) -> bool:
        return resource_id in self.ours

    def may_stop(self, server_id: str) -> bool:
        return server_id in self.stoppable

    def may_start(self, server_id: str) -> bool:
        return server_id in self.startable

    def may_make(self, migration: str) -> bool:
        return migration in self.migrations

    def is_worker(self, server_id: str) -> bool:
        return server_id == self.worker


FORWARDING = PortForwarding(
    protocol="tcp", external_port=80, internal_port=80, internal_ip_address="10.0.0.1", internal_port_id=NOBODY
)

FORBIDDEN: dict[str, Callable[[Cloud], object]] = {
    "keypair": lambda cloud: cloud.compute.create_keypair(Keypair(name="x", public_key="ssh-rsa AAAA")),
    "start": lambda cloud: cloud.compute.start(NOBODY),
    "attach": lambda cloud: cloud.compute.attach(NOBODY, NOBODY),
    "detach": lambda cloud: cloud.compute.detach(NOBODY, NOBODY),
    "drop metadata": lambda cloud: cloud.block.drop_metadata(NOBODY, "key"),
    "server": lambda cloud: cloud.compute.create_server(
        NewServer(name="x", flavor_id="1", image_id=NOBODY, port_ids=())
    ),
    "server group": lambda cloud: cloud.compute.create_server_group(ServerGroup(id="", name="x", policy="affinity")),
    "network": lambda cloud: cloud.network.create_network(Network(id="", name="x")),
    "port": lambda cloud: cloud.network.create_port(Port(id="", network_id=NOBODY)),
    "group": lambda cloud: cloud.network.create_security_group(SecurityGroup(id="", name="x")),
    "associate": lambda cloud: cloud.network.associate(NOBODY, NOBODY, None),
    "routes": lambda cloud: cloud.network.set_routes(NOBODY, ()),
    "DHCP": lambda cloud: cloud.network.enable_dhcp(NOBODY),
    "forwarding": lambda cloud: cloud.network.forward_port(NOBODY, FORWARDING),
    "trunk": lambda cloud: cloud.network.create_trunk(Trunk(id="", name="x", port_id=NOBODY)),
    "volume": lambda cloud: cloud.block.create_volume(NewVolume(name="x", size_gib=1)),
    "clone of another's snapshot": lambda cloud: cloud.block.create_volume(
        NewVolume(name="x", size_gib=1, snapshot_id=NOBODY)
    ),
    "restore over a volume": lambda cloud: cloud.block.restore_backup(NOBODY, NOBODY),
    "upload of a volume": lambda cloud: cloud.block.upload_to_image(NOBODY, "x", "raw"),
    "delete volume": lambda cloud: cloud.block.delete_volume(NOBODY),
    "delete snapshot": lambda cloud: cloud.block.delete_snapshot(NOBODY),
    "create image": lambda cloud: cloud.images.create(NewImage(name="x", disk_format="raw")),
    "upload image": lambda cloud: cloud.images.upload(NOBODY, [b"x"], 1),
    "delete image": lambda cloud: cloud.images.delete(NOBODY),
    "share image": lambda cloud: cloud.images.share(NOBODY, NOBODY),
    "container": lambda cloud: cloud.objects.put_container("x", {}),
    "object": lambda cloud: cloud.objects.put("x", info("x", b"x"), [b"x"]),
    "manifest": lambda cloud: cloud.objects.put_manifest("x", info("x", b"")),
    "delete object": lambda cloud: cloud.objects.delete("x", "x"),
}


def _read_everything(cloud: Cloud) -> None:
    cloud.identity()
    cloud.facts()
    cloud.compute.keypairs()
    cloud.compute.servers()
    cloud.compute.server_groups()
    cloud.network.state()
    cloud.block.volumes()
    cloud.block.snapshots()
    cloud.block.backups()
    cloud.images.images()
    cloud.objects.containers()
    cloud.others.resources()


OF_A_CAPTURE: dict[str, Callable[[Cloud], object]] = {
    "snapshot": lambda cloud: cloud.block.create_snapshot(NOBODY, "x", {}),
    "image of a server": lambda cloud: cloud.compute.create_image(NOBODY, "x", {}),
    "stop": lambda cloud: cloud.compute.stop(NOBODY),
}
"""What the source's guard lets through for a run, and no command that only looks may send."""


@pytest.mark.parametrize(
    ("guard", "what"),
    [*((SourceGuard(), one) for one in FORBIDDEN), *((ReadOnly(), one) for one in (*FORBIDDEN, *OF_A_CAPTURE))],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_forbidden_call_is_not_sent(provider: Provider, guard: Gatekeeper, what: str) -> None:
    cloud = provider.open(guard)
    before = list(provider.log() or ())
    with pytest.raises(Denied):
        {**FORBIDDEN, **OF_A_CAPTURE}[what](cloud)
    after = list(provider.log() or ())
    assert [line for line in after[len(before) :] if line[0] not in ("GET", "HEAD")] == []


def test_a_scan_reads_everything_and_changes_nothing(provider: Provider) -> None:
    _read_everything(provider.open(SourceGuard()))
    writes = [line for line in provider.log() or () if line[0] not in ("GET", "HEAD")]
    assert all(service == "identity" for _, service, _ in writes)


def test_our_own_temporaries_may_be_made_and_removed(box: Sandbox) -> None:
    permits = Permits()
    volume = box.volume(image_id=box.base_image().id)
    guarded = box.provider.open(SourceGuard(permits))
    block = guarded.block
    snapshot_id = box.kept("snapshot", block.create_snapshot(volume.id, box.name("s"), {"decamp-mark": "m"}))
    box.until(lambda: block.snapshot(snapshot_id), lambda s: s.status == "available")
    clone = NewVolume(name=box.name("clone"), size_gib=1, snapshot_id=snapshot_id)
    with pytest.raises(Denied):
        block.create_volume(clone)
    permits.ours.add(snapshot_id)
    clone_id = box.kept("volume", block.create_volume(clone))
    ready = box.available(clone_id)
    with pytest.raises(Denied):
        block.upload_to_image(clone_id, box.name("i"), "qcow2")
    permits.ours.add(clone_id)
    # A mark is added beside what is there: nothing is taken off, so nothing but the allowed action is sent.
    block.set_boot(
        clone_id, bootable=ready.bootable, image_metadata={**ready.image_metadata, "decamp_mark": "decamp-t-0123abcd-1"}
    )
    image_id = box.kept("image", block.upload_to_image(clone_id, box.name("i"), "qcow2"))
    image = box.until(lambda: guarded.images.image(image_id), lambda i: i.status == "active")
    assert image.properties["decamp_mark"] == "decamp-t-0123abcd-1"
    box.available(clone_id)
    for remove, ours in ((guarded.images.delete, image_id), (block.delete_volume, volume.id)):
        with pytest.raises(Denied):
            remove(ours)
    permits.ours.add(image_id)
    guarded.images.delete(image_id)
    block.delete_volume(clone_id)
    box.gone(lambda: block.volume(clone_id))
    block.delete_snapshot(snapshot_id)
    box.gone(lambda: block.snapshot(snapshot_id))
    assert block.volume(volume.id).status == "available"


def test_a_server_is_stopped_with_a_permit_alone_and_imaged_without(box: Sandbox) -> None:
    permits = Permits()
    server = box.server(box.base_image())
    guarded = box.provider.open(SourceGuard(permits))
    image_id = box.kept("image", guarded.compute.create_image(server.id, box.name("i"), {"decamp_mark": "m"}))
    box.until(lambda: guarded.images.image(image_id), lambda i: i.status == "active")
    stops = box.provider.log() or []
    actions = stops.count(("POST", "compute", f"/servers/{server.id}/action"))
    with pytest.raises(Denied):
        guarded.compute.stop(server.id)
    assert stops.count(("POST", "compute", f"/servers/{server.id}/action")) == actions, "not sent"
    assert guarded.compute.server(server.id).status == "ACTIVE"
    permits.stoppable.add(server.id)
    box.until(lambda: guarded.compute.server(server.id), lambda s: not s.task_state)
    guarded.compute.stop(server.id)
    box.until(lambda: guarded.compute.server(server.id), lambda s: s.status == "SHUTOFF" and not s.task_state)
    with pytest.raises(Denied):
        guarded.compute.start(server.id)
    permits.startable.add(server.id)
    guarded.compute.start(server.id)
    box.until(lambda: guarded.compute.server(server.id), lambda s: s.status == "ACTIVE")


def test_the_console_of_a_source_server_is_not_asked_for(box: Sandbox) -> None:
    """By a POST, which the source hears for no other reason than those on the list."""
    server = box.base_server()
    guarded = box.provider.open(SourceGuard(Permits()))
    log = box.provider.log() or []
    actions = log.count(("POST", "compute", f"/servers/{server.id}/action"))
    with pytest.raises(Denied):
        guarded.compute.console_output(server.id, 10)
    assert log.count(("POST", "compute", f"/servers/{server.id}/action")) == actions, "not sent"


def test_a_volume_of_ours_is_attached_to_the_worker_alone_and_taken_off_it(box: Sandbox) -> None:
    permits = Permits()
    worker, ours, theirs = box.base_server(), box.volume(), box.volume()
    guarded = box.provider.open(SourceGuard(permits))
    attach, detach = guarded.compute.attach, guarded.compute.detach
    permits.ours.add(ours.id)
    with pytest.raises(Denied):
        attach(worker.id, ours.id)
    permits.worker = worker.id
    with pytest.raises(Denied):
        attach(worker.id, theirs.id)
    with pytest.raises(Denied):
        attach(worker.id, ours.id, delete_on_termination=True)
    attach(worker.id, ours.id)
    box.until(lambda: guarded.block.volume(ours.id), lambda v: v.status == "in-use")
    box.attach(worker.id, theirs.id)
    with pytest.raises(Denied):
        detach(worker.id, theirs.id)
    permits.worker = "another"
    with pytest.raises(Denied):
        detach(worker.id, ours.id)
    permits.worker = worker.id
    detach(worker.id, ours.id)
    box.available(ours.id)
    assert guarded.block.volume(theirs.id).status == "in-use"


def _marked(role: str, migration: str = "0123abcd") -> dict[str, str]:
    return {"decamp-mark": f"decamp-{role}-{migration}-{NOBODY}"}


def test_a_customers_snapshot_is_cloned_into_a_marked_temporary_alone(box: Sandbox) -> None:
    permits = Permits()
    snapshot_id = box.kept("snapshot", box.cloud.block.create_snapshot(box.volume().id, box.name("theirs"), {}))
    box.until(lambda: box.cloud.block.snapshot(snapshot_id), lambda s: s.status == "available")
    block = box.provider.open(SourceGuard(permits)).block
    clone = NewVolume(name=box.name("clone"), size_gib=1, snapshot_id=snapshot_id, metadata=_marked("t"))
    with pytest.raises(Denied):
        block.create_volume(clone)
    permits.migrations.add("0123abcd")
    for metadata in ({}, _marked("m"), _marked("t", "fedcba98"), {"other": _marked("t")["decamp-mark"]}):
        with pytest.raises(Denied):
            block.create_volume(msgspec.structs.replace(clone, metadata=metadata))
    made = box.available(box.kept("volume", block.create_volume(clone)))
    assert (made.snapshot_id, made.metadata) == (snapshot_id, _marked("t"))
    with pytest.raises(Denied):
        block.delete_snapshot(snapshot_id)


@pytest.mark.full_on_lab
def test_a_backup_is_restored_over_a_volume_of_ours_alone(box: Sandbox, backed_up: BackedUp) -> None:
    permits = Permits()
    permits.migrations.add("0123abcd")
    theirs, _, backup = backed_up
    block = box.provider.open(SourceGuard(permits)).block
    empty = NewVolume(name=box.name("empty"), size_gib=1, metadata=_marked("t"))
    with pytest.raises(Denied):
        block.create_volume(msgspec.structs.replace(empty, metadata={}))
    ours = box.available(box.kept("volume", block.create_volume(empty)))
    for volume_id in (theirs.id, ours.id):
        with pytest.raises(Denied):
            block.restore_backup(backup.id, volume_id)
    permits.ours.add(ours.id)
    block.restore_backup(backup.id, ours.id)
    box.available(ours.id)
    box.until(lambda: {b.id: b.status for b in block.backups()}, lambda found: found[backup.id] == "available")
