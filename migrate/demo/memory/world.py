"""World: a whole OpenStack cloud in memory. `MemoryCloud` is one login to it.

It holds the resources of all projects, offers flavors, types and zones, keeps an access log, and has fault injection
for tests. Like a real cloud it is slow: a volume stays `creating` for `lag` reads.
"""

import base64
import random
import re
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from migrate.clouds.guard import Request
from migrate.demo.memory import error_answers
from migrate.demo.memory.account_state import Account
from migrate.demo.memory.resource_table import Row, Table
from migrate.demo.memory.sparse_disk import Disk
from migrate.demo.memory.worker_machine import Machine
from migrate.errors import Denied, NotFound, ServiceMissing
from migrate.messages import codes
from migrate.model import (
    Backup,
    Flavor,
    FloatingIp,
    Image,
    Keypair,
    Network,
    Port,
    Router,
    SecurityGroup,
    SecurityGroupRule,
    Server,
    ServerGroup,
    ServiceResource,
    Snapshot,
    StackSource,
    Subnet,
    Trunk,
    Volume,
)

GIB = 1 << 30
LUKS_HEADER = 2 << 20
"""The bytes of an encrypted volume that a server does not see."""

_OWN = frozenset({"block-storage", "compute", "image", "network", "object-store"})

DEFAULT_LIMITS = {
    "servers": 10,
    "cores": 20,
    "ram_mib": 51200,
    "keypairs": 100,
    "volumes": 20,
    "volumes_gib": 1000,
    "snapshots": 20,
    "networks": 10,
    "subnets": 20,
    "routers": 10,
    "ports": 100,
    "floating_ips": 20,
    "security_groups": 10,
    "security_group_rules": 100,
    "server_groups": 10,
    "server_group_members": 10,
    "backups": 10,
    "backups_gib": 1000,
    "trunks": 10,
}


@dataclass
class Project:
    """A project and its limits (keys as in CloudFacts.quotas, and `server_group_members`; -1 for none).

    `others`: its resources in services that are only listed; the catalogue contains the services that occur there.
    """

    id: str
    name: str
    user_id: str
    limits: dict[str, int]
    account: Account = field(default_factory=Account)
    others: list[ServiceResource] = field(default_factory=list)
    stacks: dict[str, StackSource] = field(default_factory=dict)


@dataclass
class Offer:
    """A cloud's offer and its policies.

    `dhcp_ports`: a DHCP port takes the first free address of a pool as soon as a subnet has DHCP.
    `floating_without_router`: a floating IP needs no router, as on some old clouds.
    `tells_actions`: it lists past actions on servers. `compute_version`: its newest compute microversion.
    `images_without_disk`: members may boot an image with a flavor without a disk, as on some old clouds.
    `services`: its catalogue, apart from services that are only listed.
    `login_ends_at`: logins are bare tokens with this expiry. `largest_mtu`: of tenant networks.
    `shared_services`: addresses of services shared with another region of the cloud.
    `ports_on_external`: members may create ports on the external network, as in some public clouds.
    """

    flavors: tuple[Flavor, ...] = (
        Flavor(id="1", name="m1.tiny", vcpus=1, ram_mib=512, disk_gib=1),
        Flavor(id="2", name="m1.small", vcpus=1, ram_mib=2048, disk_gib=20),
        Flavor(id="3", name="m1.medium", vcpus=2, ram_mib=4096, disk_gib=40),
    )
    volume_types: tuple[str, ...] = ("standard", "fast")
    shared_volume_types: tuple[str, ...] = ()
    encrypted_volume_types: tuple[str, ...] = ()
    default_volume_type: str = "standard"
    zones: tuple[str, ...] = ("nova",)
    external_network: str = "public"
    external_cidr: str = "203.0.113.0/24"
    region: str = "RegionOne"
    image_size_max_bytes: int | None = None
    mac_allowed: bool = True
    dhcp_ports: bool = False
    floating_without_router: bool = False
    snapshot_format: Literal["qcow2", "raw"] = "qcow2"
    network_extensions: tuple[str, ...] = (
        "dns-integration",
        "external-net",
        "extra_dhcp_opt",
        "extraroute",
        "floating-ip-port-forwarding",
        "net-mtu-writable",
        "port-security",
        "router",
        "security-group",
        "trunk",
    )
    services: tuple[str, ...] = ("block-storage", "compute", "identity", "image", "network", "object-store")
    login_ends_at: str | None = None
    tells_actions: bool = True
    compute_version: tuple[int, int] = (2, 96)
    largest_mtu: int = 9000
    images_without_disk: bool = False
    ports_on_external: bool = False
    shared_services: Mapping[str, str] = field(default_factory=dict)


@dataclass
class _Failure:
    method: str
    path: re.Pattern[str]
    error: Exception | Literal["lost-answer"]


class World:
    """The cloud itself: many projects, thread-safe, with its access log.

    Args:  lag: the number of reads for which a resource stays in a transitional status (`creating`).
    """

    def __init__(self, name: str, offer: Offer | None = None, *, lag: int = 0) -> None:
        self.name = name
        self.offer = offer or Offer()
        self.lag = lag
        self.lock = threading.RLock()
        self.log: list[tuple[str, str, str]] = []
        self.projects: dict[str, Project] = {}
        self.keypairs: dict[tuple[str, str], Keypair] = {}
        self.servers: Table[Server] = Table("server")
        self.server_groups: Table[ServerGroup] = Table("server-group")
        self.volumes: Table[Volume] = Table("volume")
        self.snapshots: Table[Snapshot] = Table("snapshot")
        self.backups: Table[Backup] = Table("backup")
        self.images: Table[Image] = Table("image")
        self.networks: Table[Network] = Table("network")
        self.subnets: Table[Subnet] = Table("subnet")
        self.routers: Table[Router] = Table("router")
        self.ports: Table[Port] = Table("port")
        self.floating_ips: Table[FloatingIp] = Table("floating-ip")
        self.trunks: Table[Trunk] = Table("trunk")
        self.security_groups: Table[SecurityGroup] = Table("security-group")
        self.machine: Machine | None = None
        """The server that the test runs on, if it runs on one."""
        self.clock_ahead: timedelta | None = None
        """How far its clock is ahead of ours, where it tells the time at all."""
        self._copied: dict[str, str] = {}
        """The date of the last copy of a disk, by the volume or server."""
        self._random = random.Random(name)
        self._actions = 0
        self._failures: list[_Failure] = []
        self._refusals: list[tuple[str, re.Pattern[str], int]] = []
        self._cuts: list[tuple[re.Pattern[str], int]] = []
        self.external_network_id = self.new_id()
        self.networks.add(
            self.external_network_id,
            Row(
                "operator",
                Network(
                    id=self.external_network_id,
                    name=self.offer.external_network,
                    is_external=True,
                    is_own=False,
                    mtu=1500,
                    port_security_enabled=True,
                ),
            ),
        )

    def __getstate__(self) -> dict[str, Any]:
        """The state for a copy, without the lock: a copy gets its own."""
        return {name: value for name, value in self.__dict__.items() if name != "lock"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self.lock = threading.RLock()

    # ------------------------------------------------------------ state

    def project(self, name: str = "main", limits: dict[str, int] | None = None) -> Project:
        """The project of this name, created on first use with its `default` security group; `limits` changes its
        limits.
        """
        with self.lock:
            if name not in self.projects:
                made = Project(self.new_id().replace("-", ""), name, self.new_id(), dict(DEFAULT_LIMITS))
                self.projects[name] = made
                self._add_default_group(made.id)
            found = self.projects[name]
            found.limits.update(limits or {})
            return found

    def new_id(self) -> str:
        """The next id, from a sequence that depends only on the world's name."""
        with self.lock:
            return str(uuid.UUID(int=self._random.getrandbits(128), version=4))

    def new_mac(self) -> str:
        with self.lock:
            return "fa:16:3e:" + ":".join(f"{self._random.randrange(256):02x}" for _ in range(3))

    def power(self, server_id: str, status: str) -> None:
        """Changes a server's power state as its owner would: ACTIVE starts it, SHUTOFF stops it."""
        with self.lock:
            self.note_action(server_id, "start" if status == "ACTIVE" else "stop")
            self.servers.row(server_id, None).change(status=status)

    def note_action(self, server_id: str, name: str) -> None:
        """Records an action on a server, with a new request id."""
        self._actions += 1
        extra = self.servers.row(server_id, None).extra
        extra["action"] = f"req-{self._actions}"
        extra["actions"] = f"{extra.get('actions', 'create')} {name}"

    def now(self) -> str:
        return _as_told(datetime.now(UTC) + (self.clock_ahead or timedelta()))

    def now_of_block_storage(self) -> str:
        """The current time in Cinder's format: UTC without a time zone."""
        return _as_block_storage(self.now())

    def now_for_copy(self, origin_id: str) -> str:
        """The creation time of a snapshot, backup or image of this origin: later than that of the one before.

        Clouds use whole seconds, and only in memory do two copies of a disk happen within one: the second copy gets the
        next second.
        """
        with self.lock:
            now, last = self.now(), self._copied.get(origin_id)
            # Respects a clock that a test has set back.
            ahead = datetime.fromisoformat(last) - datetime.fromisoformat(now) if last else timedelta(-1)
            if last and timedelta(0) <= ahead < timedelta(minutes=1):
                now = _as_told(datetime.fromisoformat(last) + timedelta(seconds=1))
            self._copied[origin_id] = now
            return now

    def now_for_block_copy(self, volume_id: str) -> str:
        """`now_for_copy` in Cinder's format."""
        return _as_block_storage(self.now_for_copy(volume_id))

    def _add_default_group(self, project_id: str) -> None:
        group_id = self.new_id()
        rules = [SecurityGroupRule(direction="egress", ethertype=family) for family in ("IPv4", "IPv6")] + [
            SecurityGroupRule(direction="ingress", ethertype=family, remote_group_id=group_id)
            for family in ("IPv4", "IPv6")
        ]
        group = SecurityGroup(id=group_id, name="default", description="Default security group", rules=tuple(rules))
        self.security_groups.add(group_id, Row(project_id, group))

    # ------------------------------------------------------------ content, for tests and scenarios

    def write_volume(self, volume_id: str, offset: int, data: bytes) -> None:
        """Writes to a volume as a guest would, in use or not."""
        with self.lock:
            self.volume_disk(volume_id).write(offset, data)

    def read_volume(self, volume_id: str, offset: int = 0, length: int | None = None) -> bytes:
        with self.lock:
            disk = self.volume_disk(volume_id)
            return disk.read(offset, disk.size_bytes if length is None else length)

    def write_root_disk(self, server_id: str, offset: int, data: bytes) -> None:
        with self.lock:
            self.root_disk(server_id).write(offset, data)

    def read_root_disk(self, server_id: str, offset: int = 0, length: int | None = None) -> bytes:
        with self.lock:
            disk = self.root_disk(server_id)
            return disk.read(offset, disk.size_bytes if length is None else length)

    def user_data(self, server_id: str) -> bytes | None:
        """The server's user data from its creation; no port shows it."""
        kept = self.servers.row(server_id, None).extra.get("user_data")
        return None if kept is None else base64.b64decode(kept)

    def volume_disk(self, volume_id: str) -> Disk:
        disk = self._disk(self.volumes.row(volume_id, None).disk, volume_id)
        if self.machine:
            self.machine.read_back(volume_id, disk)
        return disk

    def plug(self, server_id: str, volume_id: str) -> None:
        """Adds the volume as a device, if the server is the test's own machine."""
        if self.machine and self.machine.server_id == server_id:
            hidden = LUKS_HEADER if self.volumes.row(volume_id, None).record.encrypted else 0
            self.machine.plug(volume_id, self.volume_disk(volume_id), hidden)

    def unplug(self, server_id: str, volume_id: str) -> None:
        if self.machine and self.machine.server_id == server_id:
            self.machine.unplug(volume_id, self._disk(self.volumes.row(volume_id, None).disk, volume_id))

    def root_disk(self, server_id: str) -> Disk:
        """The root disk of an image-booted server. Raises NotFound."""
        return self._disk(self.servers.row(server_id, None).disk, server_id)

    def image_file(self, image_id: str) -> Disk:
        return self._disk(self.images.row(image_id, None).disk, image_id)

    def _disk(self, disk: Disk | None, owner_id: str) -> Disk:
        if disk is None:
            raise error_answers.not_found("disk", owner_id)
        return disk

    def settle(self) -> None:
        """Applies all pending changes: nothing stays `creating` or `deleting`."""
        with self.lock:
            for table in (self.servers, self.volumes, self.snapshots, self.backups, self.images):
                for row_id in list(table.rows):
                    while row_id in table.rows and table.rows[row_id].later:
                        table.look(row_id, None)

    # ------------------------------------------------------------ fault injection

    def fail_next(
        self, method: str, path_regex: str, error: Exception | Literal["lost-answer"], *, times: int = 1
    ) -> None:
        """Makes the next `times` matching requests fail with `error`, without effect.

        `lost-answer`: the request takes effect, then TransientError is raised. The regex is searched in the path.
        """
        with self.lock:
            self._failures += [_Failure(method, re.compile(path_regex), error)] * times

    def refuse(self, service: str, path_regex: str = "", *, status: int = 403) -> None:
        """Refuses reads from the service until `grant` (403: policy or missing role; 404: no such listing)."""
        with self.lock:
            self._refusals.append((service, re.compile(path_regex), status))

    def grant(self) -> None:
        """Ends all refusals."""
        with self.lock:
            self._refusals.clear()

    def cut_next(self, path_regex: str, after_bytes: int) -> None:
        """Cuts the next body read from a matching path after this many bytes, like a broken connection."""
        with self.lock:
            self._cuts.append((re.compile(path_regex), after_bytes))

    def take_cut(self, path: str) -> int | None:
        """The number of bytes after which this body is cut, None for never."""
        with self.lock:
            for cut in self._cuts:
                if cut[0].search(path):
                    self._cuts.remove(cut)
                    return cut[1]
        return None

    @contextmanager
    def serve(self, request: Request, *, holding: bool = True) -> Iterator[None]:
        """Serves one request: logs it, injects faults, and has exclusive access while `holding`."""
        with self.lock:
            self.log.append((request.method, request.service, request.path))
            failure = self._take_failure(request)
            self._check_refused(request)
        if failure and failure.error != "lost-answer":
            raise failure.error
        if holding:
            with self.lock:
                yield
        else:
            yield
        if failure:
            raise error_answers.passing(f"{request.method}: answer lost", request.path)

    def _check_refused(self, request: Request) -> None:
        """Raises Denied or NotFound for a refused service, Unsupported for one that is not in the catalogue."""
        if request.service in _OWN and request.service not in self.offer.services:
            raise ServiceMissing(codes.SERVICE_MISSING, service=request.service)
        for service, path, status in self._refusals:
            if request.method in {"GET", "HEAD"} and request.service == service and path.search(request.path):
                if status == 404:
                    raise NotFound(codes.GONE, kind=service, id=request.path, status=404)
                raise Denied(codes.NOT_ALLOWED, what=request.path, status=status)

    def _take_failure(self, request: Request) -> _Failure | None:
        for failure in self._failures:
            if failure.method == request.method and failure.path.search(request.path):
                self._failures.remove(failure)
                return failure
        return None


def _as_told(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def _as_block_storage(at: str) -> str:
    return at.replace("Z", ".000000")
