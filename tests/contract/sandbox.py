"""What a contract test works with: a cloud, unique names, waiting, and the removal of what is in others' way."""

import os
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import NamedTuple, Protocol, TypeVar, cast

import pytest

from migrate.clouds.guard import Gatekeeper, NoGuard
from migrate.clouds.openstack.cloud import OpenStackCloud
from migrate.clouds.ports import Cloud, NewImage, NewServer, NewVolume, ObjectInfo, ObjectStore
from migrate.demo.memory import MemoryCloud, World, open_memory, worlds
from migrate.demo.memory.backups import add_backup
from migrate.demo.memory.qcow2 import write as qcow2_file
from migrate.demo.memory.sparse_disk import Disk
from migrate.demo.small_tenant import public_key
from migrate.errors import NotFound
from migrate.model import Backup, FixedIp, Flavor, Image, Keypair, Network, Port, Router, Server, Subnet, Volume

SHARED_TYPE = "cluster"
DISKLESS = "diskless"
STAY = {"backup", "container", "image", "keypair", "server-group", "snapshot", "volume"}
"""What a test at the lab may leave beside the next one."""
R = TypeVar("R")


class Provider(Protocol):
    """Makes clouds to test, and removes from them what no port can."""

    name: str
    wait_s: float
    shared: "Sandbox | None"
    """Where what tests only use is made once for all of them; None where making it anew costs nothing."""

    def open(self, gatekeeper: Gatekeeper) -> Cloud: ...

    def remove(self, kind: str, resource_id: str) -> None: ...

    def log(self) -> list[tuple[str, str, str]] | None:
        """The access log, None where this provider has none."""

    def backup(self, volume_id: str, name: str) -> str:
        """Asks for a backup, which no port makes; returns its id at once."""

    def lock(self, server_id: str) -> None:
        """Locks a server, as its owner may."""

    def shared_type(self) -> str:
        """The name of a volume type whose volumes several servers may hold."""

    def diskless_flavor(self) -> str:
        """The id of a flavor without a disk."""

    def speak_old(self, cloud: Cloud) -> None:
        """From now on that cloud is asked in no newer compute microversion than 2.59."""


class MemoryProvider:
    name = "memory"
    wait_s = 0.0
    shared: "Sandbox | None" = None

    def __init__(self) -> None:
        self.world = World(f"contract-{uuid.uuid4().hex[:8]}", lag=1)
        worlds[self.world.name] = self.world

    def open(self, gatekeeper: Gatekeeper) -> MemoryCloud:
        return open_memory(self.world.name, gatekeeper)

    def remove(self, kind: str, resource_id: str) -> None:
        """The world goes with the test."""

    def log(self) -> list[tuple[str, str, str]]:
        return self.world.log

    def backup(self, volume_id: str, name: str) -> str:
        return add_backup(self.world, volume_id, name)

    def lock(self, server_id: str) -> None:
        self.world.servers.row(server_id, None).change(locked=True)

    def shared_type(self) -> str:
        types = {*self.world.offer.volume_types, SHARED_TYPE}
        self.world.offer = replace(self.world.offer, volume_types=tuple(types), shared_volume_types=(SHARED_TYPE,))
        return SHARED_TYPE

    def diskless_flavor(self) -> str:
        flavor = Flavor(id=DISKLESS, name=DISKLESS, vcpus=1, ram_mib=1024, disk_gib=0)
        self.world.offer = replace(self.world.offer, flavors=(*self.world.offer.flavors, flavor))
        return DISKLESS

    def speak_old(self, cloud: Cloud) -> None:
        self.world.offer = replace(self.world.offer, compute_version=(2, 59))


class LabProvider:
    """The lab's source cloud, as a member of its own for each process of tests, empty at the beginning."""

    name = "lab"
    wait_s = 0.5
    shared: "Sandbox | None" = None

    def __init__(self) -> None:
        for variable in [name for name in os.environ if name.lower().endswith("_proxy")]:
            os.environ.pop(variable)
        from tests.lab.harness import HOME, LAB_PYTHON, run, sweep

        os.environ["OS_CLIENT_CONFIG_FILE"] = str(HOME / "clouds.yaml")
        project = "-".join(("contract", *os.environ.get("PYTEST_XDIST_WORKER", "").split()))
        self._entry = f"source-{project}"
        import openstack

        sweep("source", project)
        make = f"from openstack_lab.tenants import ensure_tenant; ensure_tenant('source', '{project}')"
        run(LAB_PYTHON, "-c", make)

        self._sdk = openstack.connect(cloud=self._entry)

    def open(self, gatekeeper: Gatekeeper) -> Cloud:
        from migrate.cli.connect import connect

        return connect(self._entry, gatekeeper)

    def log(self) -> None:
        return None

    def backup(self, volume_id: str, name: str) -> str:
        return str(self._sdk.block_storage.create_backup(volume_id=volume_id, name=name, force=True).id)

    def lock(self, server_id: str) -> None:
        self._sdk.compute.lock_server(server_id)

    def shared_type(self) -> str:
        return SHARED_TYPE  # The lab's operator offers both: lab/openstack_lab/offers.py.

    def diskless_flavor(self) -> str:
        return next(flavor.id for flavor in self.open(OPEN).facts().flavors if flavor.name == DISKLESS)

    def speak_old(self, cloud: Cloud) -> None:
        login = cast(OpenStackCloud, cloud)._login
        login._endpoints["compute"] = replace(login.endpoint("compute"), max_microversion=(2, 59))

    def remove(self, kind: str, resource_id: str) -> None:
        """Of volumes, images, objects and the like nobody has too many, or in his way: they go with the next sweep."""
        sdk = self._sdk
        if kind in STAY:
            return
        if kind == "server":
            self._remove_server(resource_id)
        elif kind == "attachment":
            server_id, volume_id = resource_id.split()
            self.open(OPEN).compute.detach(server_id, volume_id)
            self._wait_until_free(volume_id)
        elif kind == "interface":
            router_id, subnet_id = resource_id.split()
            sdk.network.remove_interface_from_router(router_id, subnet=subnet_id)
        elif kind == "routes":
            sdk.network.update_router(resource_id, routes=[])
        elif kind == "forwardings":
            for forwarding in list(sdk.network.port_forwardings(resource_id)):
                sdk.network.delete_port_forwarding(forwarding.id, resource_id)
        else:
            verb = {"floating-ip": "ip"}.get(kind, kind.replace("-", "_"))
            getattr(sdk.network, f"delete_{verb}")(resource_id)

    def _remove_server(self, server_id: str) -> None:
        """Its volumes are free, or gone with it, when this returns."""
        sdk = self._sdk
        held = [attachment.volume_id for attachment in sdk.compute.volume_attachments(server_id)]
        sdk.compute.unlock_server(server_id)
        sdk.compute.delete_server(server_id)
        sdk.compute.wait_for_delete(sdk.compute.get_server(server_id), interval=self.wait_s)
        for volume_id in held:
            self._wait_until_free(volume_id)

    def _wait_until_free(self, volume_id: str) -> None:
        end, block = time.monotonic() + 120, self._sdk.block_storage
        while (found := block.find_volume(volume_id)) and found.status not in ("available", "error"):
            if time.monotonic() > end:
                raise TimeoutError(f"volume {volume_id} is still {found.status}")
            time.sleep(self.wait_s)


@dataclass
class Sandbox:
    """A cloud under test. `made` is removed at the end, last first, but for what holds others: it goes before all."""

    provider: Provider
    cloud: Cloud
    prefix: str = field(default_factory=lambda: f"contract-{uuid.uuid4().hex[:8]}")
    made: list[tuple[str, str]] = field(default_factory=list)
    made_once: dict[str, object] = field(default_factory=dict)
    """What others may use and not change, by what it is."""

    def name(self, text: str) -> str:
        return f"{self.prefix}-{text}"

    def kept(self, kind: str, resource_id: str) -> str:
        """Notes something for removal at the end."""
        self.made.append((kind, resource_id))
        return resource_id

    def clean(self) -> None:
        failures: list[str] = []
        holders = {"forwardings": 0, "floating-ip": 1, "attachment": 2, "server": 3, "trunk": 4}
        last_first = self.made[::-1]
        for kind, resource_id in sorted(last_first, key=lambda made: holders.get(made[0], 5)):
            try:
                self.provider.remove(kind, resource_id)
            except Exception as err:
                if "404" not in str(err) and "NotFound" not in type(err).__name__:
                    failures.append(f"{kind} {resource_id}: {err}")
        if failures:
            pytest.fail("left behind: " + "; ".join(failures))

    def until(self, read: Callable[[], R], good: Callable[[R], bool], timeout_s: float = 180) -> R:
        """Reads until the answer is good."""
        end = time.monotonic() + timeout_s
        while True:
            seen = read()
            if good(seen):
                return seen
            if time.monotonic() > end:
                pytest.fail(f"still {seen}")
            time.sleep(self.provider.wait_s)

    def gone(self, read: Callable[[], object]) -> None:
        """Reads until NotFound."""

        def absent() -> bool:
            try:
                read()
            except NotFound:
                return True
            return False

        self.until(absent, bool)

    # ------------------------------------------------------------ things to work on

    def image(self, disk: Disk | None = None, **fields: object) -> Image:
        """An active qcow2 image of a small disk."""
        file = qcow2_file(disk or small_disk())
        new = NewImage(name=self.name("image"), disk_format="qcow2", **fields)  # type: ignore[arg-type]
        image_id = self.kept("image", self.cloud.images.create(new))
        self.cloud.images.upload(image_id, file.pieces(), file.size_bytes)
        return self.until(lambda: self.cloud.images.image(image_id), lambda image: image.status == "active")

    def base_image(self) -> Image:
        """As `image` makes it, for who does not change it."""
        return self._made_once("image", Sandbox.image)

    def volume(self, **fields: object) -> Volume:
        new = NewVolume(name=self.name("volume"), size_gib=1, **fields)  # type: ignore[arg-type]
        volume_id = self.kept("volume", self.cloud.block.create_volume(new))
        return self.available(volume_id)

    def available(self, volume_id: str) -> Volume:
        return self.until(lambda: self.cloud.block.volume(volume_id), lambda volume: volume.status == "available")

    def backup(self, volume_id: str) -> Backup:
        """A finished backup."""
        backup_id = self.kept("backup", self.provider.backup(volume_id, self.name("backup")))
        listed = self.until(
            lambda: {backup.id: backup for backup in self.cloud.block.backups()},
            lambda backups: backups[backup_id].status == "available",
        )
        assert list(listed) == sorted(listed)
        return listed[backup_id]

    def backed_up(self) -> "BackedUp":
        volume = self.volume(metadata={"own": "1"})
        return BackedUp(volume, self.name("backup"), self.backup(volume.id))

    def network(self) -> tuple[str, str]:
        """A network with one subnet, 10.77.0.0/24."""
        network_id = self.kept("network", self.cloud.network.create_network(Network(id="", name=self.name("net"))))
        subnet = Subnet(
            id="", network_id=network_id, name=self.name("sub"), cidr="10.77.0.0/24", gateway_ip="10.77.0.1"
        )
        return network_id, self.kept("subnet", self.cloud.network.create_subnet(subnet))

    def base_network(self) -> tuple[str, str]:
        """As `network` makes it, for who only has ports there."""
        return self._made_once("network", Sandbox.network)

    def base_server(self) -> Server:
        """As `server` makes it of an image, for who only attaches to it, by `attach`."""
        return self._made_once("server", lambda box: box.server(box.base_image()))

    def booted_server(self) -> Server:
        """A server that boots from a volume, which outlives it, for who only attaches to it."""

        def make(box: Sandbox) -> Server:
            boot = box.volume(image_id=box.base_image().id)
            port_id = box.port(*box.base_network(), "10.77.0.41")
            server = box.server(None, port_id, boot_volume_id=boot.id)
            box.until(lambda: box.cloud.block.volume(boot.id), lambda volume: volume.status == "in-use")
            return box.cloud.compute.server(server.id)

        return self._made_once("booted server", make)

    def _made_once(self, what: str, make: Callable[["Sandbox"], R]) -> R:
        shared = self.provider.shared
        if shared is None:
            return make(self)
        if what not in shared.made_once:
            shared.made_once[what] = make(shared)
        return cast(R, shared.made_once[what])

    def attach(self, server_id: str, volume_id: str, **how: bool) -> Volume:
        """The volume, once it is in use."""
        self.kept("attachment", f"{server_id} {volume_id}")
        self.cloud.compute.attach(server_id, volume_id, **how)
        return self.until(lambda: self.cloud.block.volume(volume_id), lambda volume: volume.status == "in-use")

    def router(self, subnet_id: str) -> str:
        """A router with a gateway and an interface on the subnet."""
        external = self.cloud.facts().external_networks[0].id
        new = Router(id="", name=self.name("router"), external_network_id=external)
        router_id = self.kept("router", self.cloud.network.create_router(new))
        self.cloud.network.add_interface(router_id, subnet_id, None)
        self.kept("interface", f"{router_id} {subnet_id}")
        return router_id

    def port(self, network_id: str, subnet_id: str, address: str) -> str:
        new = Port(
            id="",
            network_id=network_id,
            name=self.name("port"),
            fixed_ips=(FixedIp(subnet_id=subnet_id, ip_address=address),),
        )
        return self.kept("port", self.cloud.network.create_port(new))

    def keypair(self) -> Keypair:
        new = Keypair(name=self.name("key"), public_key=public_key(self.prefix))
        made = self.cloud.compute.create_keypair(new)
        self.kept("keypair", made.name)
        return made

    def server(self, image: Image | None, port_id: str = "", **fields: object) -> Server:
        """An ACTIVE server with one port, from the image or from the volume that `fields` name."""
        port_id = port_id or self.port(
            *self.base_network(), "10.77.0.40" if self is self.provider.shared else "10.77.0.50"
        )
        flavor = min(self.cloud.facts().flavors, key=lambda flavor: (flavor.disk_gib or 1000, flavor.ram_mib))
        new = NewServer(
            name=self.name("server"),
            flavor_id=str(fields.pop("flavor_id", flavor.id)),
            image_id=image.id if image else None,
            port_ids=(port_id,),
            **fields,  # type: ignore[arg-type]
        )
        server_id = self.kept("server", self.cloud.compute.create_server(new))
        return self.until(lambda: self.cloud.compute.server(server_id), lambda server: server.status == "ACTIVE")

    def container(self, text: str = "box", headers: dict[str, str] | None = None) -> str:
        name = self.name(text)
        self.cloud.objects.put_container(name, headers or {})
        return self.kept("container", name)


class BackedUp(NamedTuple):
    """An empty volume with metadata, the name that its backup was to have, and the finished backup."""

    volume: Volume
    name: str
    backup: Backup


def small_disk() -> Disk:
    """4 MiB with data at the start, in the middle and behind a hole."""
    disk = Disk(4 << 20)
    for at, text in ((0, b"boot"), (1 << 20, b"middle"), ((3 << 20) + 777, b"end")):
        disk.write(at, text * 1000)
    return disk


def info(name: str, data: bytes, etag: str = "", content_type: str = "text/plain", **headers: str) -> ObjectInfo:
    """What `put` wants to know; header names with `_` for `-`."""
    told = {key.replace("_", "-"): value for key, value in headers.items()}
    return ObjectInfo(name=name, size_bytes=len(data), etag=etag, content_type=content_type, headers=told)


def body(store: ObjectStore, container: str, name: str) -> bytes:
    with store.get(container, name) as (_, chunks):
        return b"".join(chunks)


OPEN = NoGuard()
