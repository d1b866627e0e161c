"""What a test launch makes: the steps of some servers, the networks below their ports, and the passes of their disks.
Pure, but for reading manifests.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from migrate.disks.store.manifest import DiskManifest
from migrate.documents import digest
from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.model import TEST_SUFFIX, Inventory, Kind, Network, Subnet
from migrate.model.health_checks import ActiveCheck
from migrate.model.steps import (
    AnyAction,
    AttachVolume,
    CheckServer,
    MakePort,
    MakeServer,
    Plan,
    RestoreServerImage,
    RestoreVolume,
    Step,
)
from migrate.plan.waves import Down, Wave, waves_of
from migrate.policy.selectors import item

_LONGEST_NAME = 255


class TestedServer(NamedTuple):
    """One server: the steps that make it, in their order, and its disks as named in manifests."""

    make: Step
    ports: tuple[Step, ...]
    disks: tuple[Step, ...]
    attachments: tuple[Step, ...]
    check: Step

    @property
    def server_id(self) -> str:
        assert isinstance(self.make.action, MakeServer)
        return self.make.action.server.id

    @property
    def steps(self) -> tuple[Step, ...]:
        return (*self.ports, *self.disks, self.make, *self.attachments, self.check)

    @property
    def digest(self) -> str:
        """The digest of the steps as they are: a test launch counts for a server as long as this is the same."""
        return digest(sorted(step.digest for step in self.steps))


class LaunchScope(NamedTuple):
    """All that one test launch makes. `name`: of the wave, or of the server outside all waves."""

    name: str
    servers: tuple[TestedServer, ...]
    networks: tuple[Network, ...]
    subnets: tuple[Subnet, ...]

    @property
    def disks(self) -> tuple[Step, ...]:
        """The steps that restore disks, each once: servers may share a volume."""
        return tuple({step.id: step for server in self.servers for step in server.disks}.values())


def all_waves(plan: Plan) -> tuple[Wave, ...]:
    """The plan's waves, and each server outside all of them that is made at the target, as a wave of its own."""
    waves = waves_of(plan.steps, plan.waves).all
    made = {step.action.server.id: step.name for step in plan.steps if isinstance(step.action, MakeServer)}
    stopped = {server.server_id for wave in waves for server in wave.servers}
    alone = [Down(server_id, name, "", 0, ()) for server_id, name in made.items() if server_id not in stopped]
    return (*waves, *(Wave((one,), (), (), (), (), 0, one.name) for one in alone))


def may_be_launched(plan: Plan) -> tuple[Wave, ...]:
    """Those of `all_waves` of which a server is made at the target."""
    made = {step.action.server.id for step in plan.steps if isinstance(step.action, MakeServer)}
    return tuple(one for one in all_waves(plan) if any(server.server_id in made for server in one.servers))


def scope_of(plan: Plan, source: Inventory, wave: Wave) -> LaunchScope:
    """What a test launch of the wave makes; `source` says what the networks of other projects are like."""
    servers = tuple(one for down in wave.servers if (one := tested_server(plan, down.server_id)))
    ports = [step.action.want for server in servers for step in server.ports if isinstance(step.action, MakePort)]
    used = {port.network_id for port in ports}
    return LaunchScope(
        name=wave.name,
        servers=servers,
        networks=tuple(one for one in source.networks if one.id in used),
        subnets=tuple(one for one in source.subnets if one.network_id in used),
    )


def tested_server(plan: Plan, server_id: str) -> TestedServer | None:
    """The server's steps in the plan; None if the plan does not make it at the target."""
    by_id = {step.id: step for step in plan.steps}
    make = by_id.get(item(Kind.SERVER, server_id))
    if make is None or not isinstance(make.action, MakeServer):
        return None
    attachments = tuple(s for s in plan.steps if isinstance(s.action, AttachVolume) and s.action.server_id == server_id)
    check = next(
        (s for s in plan.steps if isinstance(s.action, CheckServer) and s.action.server_id == server_id),
        Step.for_action(
            item(Kind.SERVER, server_id, "health"), make.name, CheckServer(server_id=server_id, checks=(ActiveCheck(),))
        ),
    )
    wanted = {make.action.boot_volume_id, *(_volume(step.action) for step in attachments)}
    return TestedServer(
        make=make,
        ports=tuple(by_id[i] for port in make.action.server.port_ids if (i := item(Kind.PORT, port)) in by_id),
        disks=tuple(step for step in plan.steps if _is_disk(step.action, server_id, wanted)),
        attachments=tuple(sorted(attachments, key=lambda step: step.rank)),
        check=check,
    )


def _volume(action: AnyAction) -> str:
    assert isinstance(action, AttachVolume)
    return action.volume_id


def _is_disk(action: AnyAction, server_id: str, volumes: Iterable[str | None]) -> bool:
    match action:
        case RestoreVolume():
            return action.volume.id in volumes
        case RestoreServerImage():
            return action.server.id == server_id
    return False


def disk_of(action: AnyAction) -> str:
    """The disk that a step restores, as named in manifests."""
    match action:
        case RestoreVolume():
            return item(action.of, action.volume.id)
        case RestoreServerImage():
            return item(Kind.SERVER, action.server.id)
    raise TypeError(action)


def newest_passes(
    scope: LaunchScope, manifest: Callable[[str], DiskManifest | None], command: str
) -> dict[str, DiskManifest]:
    """The newest sealed pass of each disk, by disk.

    Args:   manifest: reads a disk's newest one.   command: what captures the disks, for the error.
    Raises: ConfigError DCP-568: some have none; names their servers.
    """
    found = {disk: manifest(disk) for disk in (disk_of(step.action) for step in scope.disks)}
    missing = [server.make.name for server in scope.servers if any(found[disk] is None for disk in _disks(server))]
    if missing:
        raise ConfigError(codes.LAUNCH_NO_PASS, servers=", ".join(missing), command=command)
    return {disk: pass_ for disk, pass_ in found.items() if pass_}


def _disks(server: TestedServer) -> Iterator[str]:
    return (disk_of(step.action) for step in server.disks)


def disks_of(server: TestedServer) -> tuple[str, ...]:
    return tuple(_disks(server))


def test_name(name: str) -> str:
    """The name at the target: the source's, cut if need be, and the suffix."""
    return f"{name[: _LONGEST_NAME - len(TEST_SUFFIX)]}{TEST_SUFFIX}"
