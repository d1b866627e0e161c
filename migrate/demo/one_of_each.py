"""A tenant with one of each uncommon resource on an old cloud, and a different new cloud, for whole migrations.

Boot volumes, snapshots, backups, an address that DHCP would take, routes, floating IPs without a router, port
forwardings, a trunk, server groups, shared images, servers in every state, and resources of other services.
`everything` registers the worlds `source` and `target` with the tenant as project `main`; both also have `partner`.
"""

from dataclasses import replace
from functools import cache

from migrate.clouds.ports import NewImage, NewServer, NewVolume
from migrate.demo.memory.backups import add_backup
from migrate.demo.memory.cloud import MemoryCloud
from migrate.demo.memory.world import World
from migrate.demo.one_of_each_network import Nets, make_networks
from migrate.demo.small_tenant import (
    MIB,
    SOURCE_OFFER,
    TARGET_OFFER,
    base_image,
    noise,
    public_key,
    put_object,
    register,
    settled,
)
from migrate.messages import codes
from migrate.model import Keypair, Kind, ServerGroup, ServiceResource, StackSource

BACKUP_CONTAINER = "volumebackups"

STATES = {
    "paused-1": "PAUSED",
    "suspended-1": "SUSPENDED",
    "shelved-1": "SHELVED_OFFLOADED",
    "rescue-1": "RESCUE",
    "error-1": "ERROR",
}
"""Servers in states other than on or off."""

_TINY = "16"
_LIMITS = {
    "servers": 30,
    "cores": 60,
    "ram_mib": 256 * 1024,
    "volumes": 60,
    "snapshots": 60,
    "networks": 20,
    "security_groups": 20,
}
_PROPERTIES = {
    "hw_disk_bus": "virtio",
    "os_distro": "debian",
    "cw_os": "Debian",
    "trait:CUSTOM_FAST": "required",
    "shop_note": "nightly",
    "kernel_id": "0a0a0a0a-0000-4000-8000-000000000000",
}
_TEMPLATE = """heat_template_version: 2015-04-30
resources:
  app:
    type: OS::Nova::Server
    properties:
      name: app-1
      user_data_format: RAW
      user_data: |
        #cloud-config
        hostname: app-1
"""


def everything(scale: float = 1.0) -> tuple[World, World]:
    """Registers new worlds `source` and `target` with empty logs, and returns them. `scale` multiplies the content."""
    return register(*_filled(scale))


@cache
def _filled(scale: float) -> tuple[World, World]:
    source = World("source", replace(SOURCE_OFFER, dhcp_ports=True, floating_without_router=True))
    target = World("target", replace(TARGET_OFFER, dhcp_ports=True))
    for world in (source, target):
        world.project("main", _LIMITS)
        world.project("partner")
    _Tenant(MemoryCloud("source", world=source), scale).make()
    return settled(source, target)


class _Tenant:
    """Creates the tenant, part by part."""

    def __init__(self, cloud: MemoryCloud, scale: float) -> None:
        self.cloud, self.world, self.scale = cloud, cloud.world, scale
        self.size_bytes = max(MIB // 4, int(4 * MIB * scale))

    def make(self) -> None:
        self.cloud.compute.create_keypair(Keypair(name="alice", public_key=public_key("alice")))
        self.base_id = base_image(self.cloud, "base", self.size_bytes, _PROPERTIES)
        nets = make_networks(self.cloud)
        self.images()
        self.servers(nets)
        self.states()
        self.snapshots()
        self.backups()
        self.other_services()

    # ------------------------------------------------------------ images

    def images(self) -> None:
        """Images shared with a project that moves and one that does not, private, public, hidden, and never
        uploaded.
        """
        images, partner = self.cloud.images, self.world.project("partner").id
        shared = base_image(self.cloud, "shared", self.size_bytes, _PROPERTIES, visibility="shared")
        for project_id in (partner, "5ca1ab1e" * 4):
            images.share(shared, project_id)
        base_image(self.cloud, "shared with nobody", self.size_bytes, {}, visibility="shared")
        base_image(self.cloud, "for all", self.size_bytes, {}, visibility="community")
        data = noise("hidden", self.size_bytes)
        new = NewImage(name="hidden", disk_format="raw", hidden=True, protected=True, tags=("kept",))
        images.upload(images.create(new), [data], len(data))
        images.create(NewImage(name="never uploaded", disk_format="raw"))

    # ------------------------------------------------------------ servers and their volumes

    def servers(self, nets: Nets) -> None:
        compute, ports = self.cloud.compute, nets.ports
        group = compute.create_server_group(ServerGroup(id="", name="apart", policy="anti-affinity"))
        compute.create_server_group(ServerGroup(id="", name="empty", policy="soft-affinity"))
        app = self.server(
            "app-1",
            (ports["app-1 front"], ports["app-1 back"]),
            key_name="alice",
            server_group_id=group,
            user_data=b"#cloud-config\nhostname: app-1\n",
            metadata={"role": "app"},
            tags=("prod",),
        )
        self.world.servers.row(app, None).change(stack_id="57ac0000-0000-4000-8000-000000000001")
        stopped = self.server("app-2", (ports["app-2"],), server_group_id=group)
        compute.stop(stopped)
        self.server("fw-1", (ports["fw-1 parent"],))
        self.server("kiosk-1", (ports["kiosk-1"],))
        self.database(ports["db-1"])
        root = self.volume("web-root", image_id=self.base_id)
        self.server("web-9", (ports["web-9"],), boot_volume_id=root, boot_volume_delete=True)
        self.world.settle()

    def database(self, port_id: str) -> None:
        """A server that boots from one volume and has another, which the cloud lists first."""
        root = self.volume("db-root", image_id=self.base_id, description="boots", metadata={"tier": "gold"})
        self.data_id = self.volume("db-data", volume_type="performant")
        server_id = self.server("db-1", (port_id,), boot_volume_id=root, description="orders")
        self.world.settle()
        self.cloud.compute.attach(server_id, self.data_id, delete_on_termination=True)
        self.world.settle()
        row = self.world.servers.row(server_id, None)
        row.change(attachments=row.record.attachments[::-1])
        self.database_id = server_id

    def states(self) -> None:
        """Servers that need a decision; the locked one has two disks, so that its capture would stop it."""
        for name, status in STATES.items():
            server_id = self.server(name, ())
            self.world.settle()
            self.world.servers.row(server_id, None).change(status=status)
        busy, locked = (self.world.servers.row(self.server(name, ()), None) for name in ("busy-1", "locked-1"))
        self.world.settle()
        self.cloud.compute.attach(locked.record.id, self.volume("locked-data"))
        self.world.settle()
        busy.change(task_state="resize_prep")
        locked.change(locked=True)

    def server(self, name: str, port_ids: tuple[str, ...], **fields: object) -> str:
        """Creates a tiny server, from the base image unless `fields` name a boot volume."""
        image_id = None if "boot_volume_id" in fields else self.base_id
        new = NewServer(name=name, flavor_id=_TINY, image_id=image_id, port_ids=port_ids, **fields)  # type: ignore[arg-type]
        server_id = self.cloud.compute.create_server(new)
        self.world.settle()
        if image_id is not None:
            self.world.write_root_disk(server_id, 300 * MIB + 4096, noise(name, self.size_bytes))
        return server_id

    def volume(self, name: str, **fields: object) -> str:
        """Creates a volume of 1 GiB with unique data."""
        volume_id = self.cloud.block.create_volume(NewVolume(name=name, size_gib=1, **fields))  # type: ignore[arg-type]
        self.world.settle()
        for place in (1, 777):
            self.world.write_volume(volume_id, place * MIB + 512, noise(f"{name}{place}", self.size_bytes // 2))
        return volume_id

    # ------------------------------------------------------------ snapshots and backups

    def snapshots(self) -> None:
        """Manual snapshots, with and without a name, of volumes at rest and in use; and those of a server's image."""
        block = self.cloud.block
        self.archive_id = self.volume("archive", description="2015", metadata={"owner": "alice"})
        block.create_snapshot(self.archive_id, "before the upgrade", {"why": "upgrade"})
        block.create_snapshot(self.data_id, "", {})
        self.world.settle()
        self.world.write_volume(self.archive_id, 5 * MIB, noise("since", self.size_bytes))
        broken = block.create_snapshot(self.archive_id, "broken", {})
        self.world.settle()
        self.world.snapshots.row(broken, None).change(status="error")
        self.cloud.compute.create_image(self.database_id, "db-1 as it was", {})
        self.world.settle()

    def backups(self) -> None:
        """Backups in the tenant's own object store, including one of a deleted volume and a failed one."""
        gone = self.volume("gone")
        of_gone = add_backup(self.world, gone, "of what is gone", container=BACKUP_CONTAINER)
        kept = add_backup(
            self.world, self.archive_id, "archive, full", description="monthly", container=BACKUP_CONTAINER
        )
        added = add_backup(self.world, self.archive_id, "archive, more", container=BACKUP_CONTAINER, incremental=True)
        failed = add_backup(self.world, self.archive_id, "failed", container=BACKUP_CONTAINER)
        self.world.settle()
        self.world.backups.row(failed, None).change(status="error")
        self.cloud.block.delete_volume(gone)
        objects = self.cloud.objects
        objects.put_container(BACKUP_CONTAINER, {})
        for backup_id in (of_gone, kept, added):
            for part in ("00001", "_metadata", "_sha256file"):
                name = f"volume_{backup_id}/20260101000000/az_nova_backup_{backup_id}{part}"
                put_object(self.cloud, BACKUP_CONTAINER, name, noise(name, 4096), {})
        objects.put_container("assets", {"x-container-meta-owner": "alice"})
        put_object(self.cloud, "assets", "logo.svg", b"<svg/>", {}, "image/svg+xml")

    # ------------------------------------------------------------ listed-only services

    def other_services(self) -> None:
        project = self.world.project("main")
        app = next(server for server in self.cloud.compute.servers() if server.name == "app-1")
        stack_id = app.stack_id or ""
        project.stacks[stack_id] = StackSource(
            id=stack_id, name="shop", template=_TEMPLATE, resources={"app": ("OS::Nova::Server", app.id)}
        )
        project.others += [
            ServiceResource(kind=Kind.STACK, id=stack_id, name="shop", service="orchestration"),
            ServiceResource(
                kind=Kind.LOAD_BALANCER,
                id="1b000000-0000-4000-8000-000000000001",
                name="front",
                service="load-balancer",
                details={"vip_address": "10.40.0.5"},
            ),
            ServiceResource(
                kind=Kind.DNS_ZONE, id="d0000000-0000-4000-8000-000000000001", name="shop.example.", service="dns"
            ),
            ServiceResource(
                kind=Kind.SECRET, id="", name="", service="key-manager", details={"why": codes.NOT_ALLOWED}
            ),
        ]
