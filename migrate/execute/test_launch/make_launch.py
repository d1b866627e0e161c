"""Makes the servers of a test launch, with the code that makes those of a move, and checks them.

The networks are like the source's, addresses included, but have no router: nothing gets in or out. So a check that asks
an address would reach nobody, or the server at the source, which has the same one: it is never tried.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

from msgspec.structs import replace

from migrate.disks.store.manifest import DiskManifest
from migrate.errors import TransientError, Unsupported
from migrate.execute.actions.check_servers import ask_server
from migrate.execute.actions.make_networks import find_or_make
from migrate.execute.actions.make_servers import status_for, wait_until_made, wanted_server
from migrate.execute.actions.restore_images import restore_server_image
from migrate.execute.actions.restore_volumes import restore_volume
from migrate.execute.job import Context
from migrate.execute.test_launch.launch_job import LaunchJob
from migrate.execute.test_launch.launch_scope import LaunchScope, TestedServer, disk_of
from migrate.health.launch_evidence import LaunchedDisk, LaunchedServer
from migrate.health.results import HealthResult
from migrate.ledger.step_claim import Claim
from migrate.model import FixedIp, Kind, Port, Role, SecurityGroup, mark_of
from migrate.model.health_checks import ActiveCheck, AddressedCheck
from migrate.model.steps import (
    AttachVolume,
    CheckServer,
    MakePort,
    MakeServer,
    RestoreServerImage,
    RestoreVolume,
    Step,
)
from migrate.monitor import log
from migrate.policy.selectors import item

MAX_ATTEMPTS = 5
RETRY_FIRST_S, RETRY_MOST_S = 2.0, 60.0


@dataclass
class Making:
    """One test launch in the making. `servers`: what is known of each, by id, also after an error."""

    ctx: Context
    scope: LaunchScope
    passes: dict[str, DiskManifest]
    claim: Claim
    retry_first_s: float = RETRY_FIRST_S
    servers: dict[str, LaunchedServer] = field(default_factory=dict)

    def run(self) -> None:
        """Makes everything, then checks each server; results are in `servers`. Raises DecampError: it broke off."""
        for server in self.scope.servers:
            self.servers[server.server_id] = self._planned(server)
        self._networks()
        with ThreadPoolExecutor(self.ctx.policy.limits.target, thread_name_prefix="launch") as pool:
            for made in [pool.submit(self._tried, partial(self._disk, step)) for step in self.scope.disks]:
                made.result()
        for server in self.scope.servers:
            self._tried(partial(self._server, server))
        for server in self.scope.servers:
            self._check(server)

    def _planned(self, server: TestedServer) -> LaunchedServer:
        disks = [(disk_of(step.action), step.name) for step in server.disks]
        return LaunchedServer(
            item=item(Kind.SERVER, server.server_id),
            name=server.make.name,
            disks=tuple(launched_disk(self.passes[disk], name) for disk, name in disks),
        )

    def _job(self, step: Step) -> LaunchJob:
        return LaunchJob(self.ctx, step, self.claim, passes=self.passes)

    def _tried(self, act: Callable[[], None]) -> None:
        """Does it, again after errors that may pass. Raises what the last attempt raised."""
        for attempt in range(MAX_ATTEMPTS):
            try:
                act()
                return
            except TransientError as err:
                if attempt + 1 == MAX_ATTEMPTS:
                    raise
                log.warning("retry test launch attempt=%d code=%s", attempt + 1, err.code)
                self.ctx.stop.wait(err.retry_after_s or min(self.retry_first_s * 2**attempt, RETRY_MOST_S))
                self.ctx.stop.check()

    # ------------------------------------------------------------ networks

    def _networks(self) -> None:
        """Networks and subnets, and the ports before DHCP, which would take the first free address."""
        job = self._job(self.scope.servers[0].make)
        network = self.ctx.target.network
        for one in self.scope.networks:
            own = replace(one, name=job.named(one.name), is_shared=False, is_external=False, is_own=True)
            find_or_make(job, Kind.NETWORK, own, network.create_network)
        for subnet in self.scope.subnets:
            there = job.target_id(Kind.NETWORK, subnet.network_id)
            quiet = replace(subnet, name=job.named(subnet.name), network_id=there, enable_dhcp=False)
            find_or_make(job, Kind.SUBNET, quiet, network.create_subnet)
        groups = network.state().security_groups
        for server in self.scope.servers:
            for step in server.ports:
                assert isinstance(step.action, MakePort)
                self._port(server, self._job(step), step.action.want, groups)
        for subnet in self.scope.subnets:
            if subnet.enable_dhcp:
                job.check_running()
                network.enable_dhcp(job.target_id(Kind.SUBNET, subnet.id))

    def _port(self, server: TestedServer, job: LaunchJob, want: Port, there: tuple[SecurityGroup, ...]) -> None:
        known = {subnet.id for subnet in self.scope.subnets}
        groups, which = self._groups(want, there)
        fixed = [
            FixedIp(subnet_id=job.target_id(Kind.SUBNET, ip.subnet_id), ip_address=ip.ip_address)
            for ip in want.fixed_ips
            if ip.subnet_id in known
        ]
        own = replace(
            want,
            name=job.named(want.name),
            network_id=job.target_id(Kind.NETWORK, want.network_id),
            fixed_ips=tuple(fixed),
            security_group_ids=groups,
            mac_address="",
            device_id="",
            device_owner="",
            qos_policy_id=None,
        )
        find_or_make(job, Kind.PORT, own, self.ctx.target.network.create_port)
        if which:
            self._know(server, groups=which)

    def _groups(self, want: Port, there: tuple[SecurityGroup, ...]) -> tuple[tuple[str, ...], str]:
        """The port's security groups at the target, and which they are: moved, or `default` if one is missing."""
        if not want.security_group_ids:
            return (), ""
        existing = {group.id for group in there}
        moved = [self.ctx.ledger.target_id(Kind.SECURITY_GROUP, group) for group in want.security_group_ids]
        if all(group in existing for group in moved):
            return tuple(group for group in moved if group), "moved"
        return tuple(group.id for group in there if group.name == "default"), "default"

    # ------------------------------------------------------------ disks and servers

    def _disk(self, step: Step) -> None:
        job = self._job(step)
        self.ctx.monitor.item_started(step.id, step.name, step.size_bytes)
        try:
            match step.action:
                case RestoreVolume() as action:
                    restore_volume(job, action)
                case RestoreServerImage() as action:
                    restore_server_image(job, action)
        finally:
            self.ctx.monitor.item_finished(step.id, "done")

    def _server(self, server: TestedServer) -> None:
        action, job, compute = server.make.action, self._job(server.make), self.ctx.target.compute
        assert isinstance(action, MakeServer)
        has_key = action.server.key_name in {None, *(key.name for key in compute.keypairs())}
        source = replace(action.server, key_name=action.server.key_name if has_key else None)
        new = wanted_server(job, replace(action, server=source, server_group_id=None))
        mark = job.mark(Role.TEST, source.id)
        server_id = job.make(
            "target",
            Kind.SERVER,
            mark,
            source_id=source.id,
            name=new.name,
            find=lambda: [one.id for one in compute.servers() if mark_of(one) == mark],
            create=lambda: compute.create_server(new),
        )
        self._know(server, target_id=server_id, has_key=has_key)
        wait_until_made(job, server_id, source.flavor.disk_gib)
        for step in server.attachments:
            assert isinstance(step.action, AttachVolume)
            self._attach(self._job(step), step.action)

    def _attach(self, job: LaunchJob, action: AttachVolume) -> None:
        server_id, volume_id = (
            job.target_id(Kind.SERVER, action.server_id),
            job.target_id(Kind.VOLUME, action.volume_id),
        )
        block = self.ctx.target.block
        if server_id not in {one.server_id for one in block.volume(volume_id).attachments}:
            job.check_running()
            self.ctx.target.compute.attach(server_id, volume_id, delete_on_termination=action.delete_on_termination)
        job.wait_for(lambda: block.volume(volume_id), partial(status_for, server_id), "in-use")

    # ------------------------------------------------------------ health checks

    def _check(self, server: TestedServer) -> None:
        """The policy's checks of the server that are possible, `active` first, up to the first that fails."""
        wanted, job = server.check.action, self._job(server.check)
        assert isinstance(wanted, CheckServer)
        target_id = self.servers[server.server_id].target_id
        results: list[HealthResult] = []
        impossible: list[str] = []
        for check in (ActiveCheck(), *(one for one in wanted.checks if not isinstance(one, ActiveCheck))):
            if isinstance(check, AddressedCheck):
                impossible.append(check.kind)
                continue
            if results and not results[-1].passed:
                break
            try:
                results += ask_server(job, replace(wanted, checks=(check,)), target_id)
            except Unsupported:
                impossible.append(check.kind)
        self._know(server, results=tuple(results), not_possible=tuple(impossible))

    def _know(self, server: TestedServer, **facts: object) -> None:
        self.servers[server.server_id] = replace(self.servers[server.server_id], **facts)


def launched_disk(manifest: DiskManifest, name: str) -> LaunchedDisk:
    """What the evidence says of a disk's pass."""
    origin = manifest.origin
    return LaunchedDisk(
        disk=manifest.disk,
        name=name,
        pass_id=origin.image_id,
        tree_digest=manifest.tree_digest,
        taken_at=origin.taken_at,
        consistency=origin.consistency,
    )
