"""A tenant whose servers move in waves, and when each request for it came."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from migrate.clouds.ports import NewServer, NewVolume
from migrate.demo.memory import MemoryCloud
from migrate.demo.memory.world import World
from migrate.demo.small_tenant import noise, register, two_clouds
from tests.cli.conftest import Decamp

MIB = 1 << 20
SHARED = "cluster"


Event = tuple[str, str]


class Timeline(list[tuple[str, str, str]]):
    """A world's access log that also goes into one that all worlds share."""

    def __init__(self, name: str, shared: list[tuple[str, str, str]]) -> None:
        super().__init__()
        self.name, self.shared = name, shared

    def append(self, entry: tuple[str, str, str]) -> None:
        super().append(entry)
        self.shared.append((self.name, entry[0], entry[2]))


class Tenant:
    """The tenant `small` with servers of several disks: `tool-1` has one more disk, the others are `tool-2`…"""

    _made: ClassVar[dict[tuple[int, tuple[int, ...]], tuple[World, World, dict[str, str]]]] = {}

    def __init__(self, servers: int, sizes_gib: tuple[int, ...] = ()) -> None:
        self.source: World
        self.target: World
        self.ids: dict[str, str]
        if (servers, sizes_gib) not in self._made:
            self._make(servers, sizes_gib)
            self._made[servers, sizes_gib] = self.source, self.target, self.ids
        source, target, ids = self._made[servers, sizes_gib]
        # The same each time, ids and dates included: what was planned of it once serves another test too.
        (self.source, self.target), self.ids = register(source, target), dict(ids)
        self.log: list[tuple[str, str, str]] = []
        for world in (self.source, self.target):
            world.log = Timeline(world.name, self.log)

    def _make(self, servers: int, sizes_gib: tuple[int, ...]) -> None:
        self.source, self.target = two_clouds(0.02)
        self.source.project("small").limits.clear()
        self.target.project("small").limits.clear()
        cloud = self.cloud("source")
        first = cloud.compute.servers()[0]
        self.ids = {first.name: first.id}
        for number in range(2, servers + 1):
            new = NewServer(name=f"tool-{number}", flavor_id="16", image_id=first.image_id, port_ids=())
            self.ids[new.name] = cloud.compute.create_server(new)
        self.source.settle()
        for number, (name, server_id) in enumerate(self.ids.items()):
            self.hold(self.volume(f"data-{name}", sizes_gib[number] if sizes_gib else 1), server_id)

    def cloud(self, side: str) -> MemoryCloud:
        world = self.source if side == "source" else self.target
        return MemoryCloud(f"{side}/small", world=world, project="small")

    def volume(self, name: str, size_gib: int, volume_type: str | None = None) -> str:
        new = NewVolume(name=name, size_gib=size_gib, volume_type=volume_type)
        volume_id = self.cloud("source").block.create_volume(new)
        self.source.settle()
        self.source.write_volume(volume_id, 5 * MIB, noise(name, MIB // 8))
        return volume_id

    def hold(self, volume_id: str, *servers: str) -> None:
        for server_id in servers:
            self.cloud("source").compute.attach(server_id, volume_id)
            self.source.settle()

    def events(self) -> list[Event]:
        """What was asked for, in order: `stop NAME` of the source, `create` of the target."""
        names, found = {f"/servers/{own}/action": name for name, own in self.ids.items()}, []
        for world, method, path in self.log:
            what = ("stop", names[path]) if world == "source" and method == "POST" and path in names else None
            if world == "target" and (method, path) == ("POST", "/servers"):
                what = ("create", "")
            # What comes after its stop are images of the server.
            if what and (what[0] == "create" or what not in found):
                found.append(what)
        return found

    def running(self, side: str) -> set[str]:
        return {server.name for server in self.cloud(side).compute.servers() if server.status == "ACTIVE"}


def sharing(servers: int, *pair: str) -> Tenant:
    """Two servers hold a volume together: `tool-2` and the last one unless said."""
    tenant = Tenant(servers)
    offer, there = tenant.source.offer, tenant.target.offer
    types = (*offer.volume_types, SHARED)
    tenant.source.offer = replace(offer, volume_types=types, shared_volume_types=(SHARED,))
    tenant.target.offer = replace(there, shared_volume_types=("high-speed",))
    holders = pair or ("tool-2", f"tool-{servers}")
    tenant.hold(tenant.volume("quorum", 1, SHARED), *(tenant.ids[name] for name in holders))
    tenant.log.clear()
    return tenant


def planned_of(decamp: Decamp, root: Path, *, policy: tuple[tuple[str, str], ...] = ()) -> Path:
    """Made, scanned and planned."""
    return planned_again(decamp, made(decamp, root, policy=policy))


def made(decamp: Decamp, root: Path, *, policy: tuple[tuple[str, str], ...] = ()) -> Path:
    result = decamp("init", root, "--source", "memory:source/small", "--target", "memory:target/small")
    assert result.code == 0, result.err
    for old, new in policy:
        change(root, old, new)
    return root


def planned_again(decamp: Decamp, root: Path) -> Path:
    """Scans and plans, which takes less time than to tell whether another test has had the same clouds and policy."""
    for command in ("scan", "plan"):
        result = decamp("-C", root, command)
        assert result.code == 0, result.err
    return root


def change(root: Path, old: str, new: str) -> None:
    path = root / "policy.yaml"
    text, count = re.subn(old, new, path.read_text(), flags=re.MULTILINE)
    assert count == 1, old
    path.write_text(text)


def told(decamp: Decamp, root: Path, *args: str) -> Any:
    shown = decamp("-C", root, *args, "-f", "json")
    assert shown.out, (shown.code, shown.err)
    return json.loads(shown.out)


def steps_of(root: Path) -> dict[str, Any]:
    return {step["id"]: step for step in json.loads((root / "plan.json").read_text())["steps"]}


def waves(text: str) -> tuple[tuple[str, str], ...]:
    """The policy's `waves` section replaced by this one, in braces."""
    return ((r"waves:\n(?:  .*\n)+", f"waves: {text}\n"),)


class Watched(Timeline):
    """An access log that calls `then` at the first request to `path`, before it is served."""

    def __init__(self, of: Timeline, path: str, then: Callable[[], None]) -> None:
        super().__init__(of.name, of.shared)
        self.path, self.then = path, then

    def append(self, entry: tuple[str, str, str]) -> None:
        super().append(entry)
        if entry[0] == "POST" and entry[2].startswith(self.path):
            self.path, then = "never", self.then
            then()


SHARES = ((r"volume_types: \{\}", f"volume_types: {{{SHARED}: high-speed}}"),)
