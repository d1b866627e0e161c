"""A migration between two clouds in memory, with a hand on the switch: any port call may be the last of a process."""

import copy
import shutil
import threading
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from migrate.clouds.folder import FolderStore
from migrate.clouds.guard import Gatekeeper, NoGuard, SourceGuard
from migrate.clouds.ports import NewServer, NewVolume
from migrate.demo.memory import MemoryCloud, open_memory
from migrate.demo.memory.world import World
from migrate.demo.one_of_each import everything
from migrate.demo.small_tenant import SOURCE_OFFER, TARGET_OFFER, base_image, noise, register, settled, two_clouds
from migrate.disks.store.disk_store import DiskStore
from migrate.execute.guard_rules import LedgerPermits
from migrate.execute.job import Context
from migrate.execute.runner import Runner, RunReport
from migrate.inventory.collect_user_data import collect_user_data
from migrate.inventory.scan_project import scan
from migrate.ledger.ledger import Ledger
from migrate.model import Inventory
from migrate.model.steps import Plan, StopServer
from migrate.monitor import RecordingMonitor, StopFlag
from migrate.plan.build_plan import build_plan
from migrate.policy.policy_records import Mappings, Policy
from migrate.units import KIB, MIB, iso, utc_now
from migrate.verify.disks.disk_rows import RunRecords
from migrate.verify.disks.expected_content import captured
from migrate.verify.disks.read_volume import ReadBack
from migrate.verify.evidence import Evidence
from migrate.verify.verify_plan import verify_plan

MIGRATION = "0123456789abcdef0123456789abcdef"
_MADE: dict[str, tuple["Rig", TemporaryDirectory[str]]] = {}


class Killed(BaseException):
    """The process is gone: nothing of ours catches this."""


@dataclass
class Switch:
    """Kills at the `nth` call of `port.method`, `before` it is made, `after` its effect, or once it is `recorded`.

    `of` narrows the call down by its arguments.
    """

    call: str = ""
    when: str = "before"
    nth: int = 1
    of: Callable[..., bool] = lambda *_args, **_kwargs: True
    fired: bool = False
    seen: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def at(self, call: str, when: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        with self._lock:
            if self.fired or call != self.call or not self.of(*args, **kwargs):
                return
            if when == "after":
                self.seen = True
            if when == self.when:
                self.nth -= 1
                self.fired = self.nth == 0
                if self.fired:
                    raise Killed(call)

    def recorded(self) -> None:
        with self._lock:
            if self.when == "recorded" and self.seen and not self.fired:
                self.fired = True
                raise Killed(self.call)


@dataclass
class OneOfEach(Switch):
    """Kills a process after the first call of a kind that is left, of any thread; from then on nothing of it acts."""

    left: set[str] = field(default_factory=set)

    def at(self, call: str, when: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        with self._lock:
            if when == "after" and call in self.left:
                self.left.discard(call)
                self.fired = True
            if self.fired:
                raise Killed(call)


@dataclass
class Meanwhile(Switch):
    """Does something at the first moment of a call."""

    do: Callable[[], object] = lambda: None

    def at(self, call: str, when: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        if not self.fired and (call, when) == (self.call, self.when):
            self.fired = True
            self.do()


class _Switched:
    """A port, or a cloud, behind the switch."""

    def __init__(self, inner: Any, switch: Switch, name: str) -> None:
        self._inner, self._switch, self._name = inner, switch, name

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if "." not in self._name and name in {"compute", "network", "block", "images", "objects", "others"}:
            return _Switched(found, self._switch, f"{self._name}.{name}")
        if not callable(found):
            return found

        def call(*args: Any, **kwargs: Any) -> Any:
            self._switch.at(f"{self._name}.{name}", "before", args, kwargs)
            result = found(*args, **kwargs)
            self._switch.at(f"{self._name}.{name}", "after", args, kwargs)
            return result

        return call


class _SwitchedLedger(Ledger):
    switch: Switch

    def record_effect(self, *args: Any, **kwargs: Any) -> None:
        super().record_effect(*args, **kwargs)
        self.switch.recorded()

    def adopt_effect(self, *args: Any, **kwargs: Any) -> None:
        super().adopt_effect(*args, **kwargs)
        self.switch.recorded()

    def effect_removed(self, *args: Any, **kwargs: Any) -> None:
        super().effect_removed(*args, **kwargs)
        self.switch.recorded()

    def finish(self, *args: Any, **kwargs: Any) -> None:
        super().finish(*args, **kwargs)
        self.switch.recorded()


def one_server_clouds() -> tuple[World, World]:
    """Registers new worlds `source` and `target`, as `Rig.one_server` has them."""
    return register(*_one_server())


@cache
def _one_server() -> tuple[World, World]:
    source, target = World("source", SOURCE_OFFER, lag=0), World("target", TARGET_OFFER, lag=0)
    cloud = MemoryCloud("source", world=source)
    image_id = base_image(cloud, "debian-9-base", MIB, {})
    server_id = cloud.compute.create_server(
        NewServer(name="web-1", flavor_id="16", image_id=image_id, port_ids=(), tags=("prod",))
    )
    volume_id = cloud.block.create_volume(NewVolume(name="shop-data", size_gib=1, metadata={"backup": "daily"}))
    source.settle()
    source.write_root_disk(server_id, 300 * MIB, noise("root", 40 * KIB))
    source.write_volume(volume_id, 197 * MIB, noise("data", 40 * KIB))
    cloud.compute.attach(server_id, volume_id)
    target.project("main")
    return settled(source, target)


def _scanned(source: MemoryCloud, target: MemoryCloud, root: Path) -> tuple[Inventory, Inventory]:
    return collect_user_data(source, scan(source, "source"), root / "private"), scan(target, "target")


@dataclass
class Rig:
    """Source and target worlds, and one workspace."""

    root: Path
    source_world: World
    target_world: World
    policy: Policy
    plan: Plan
    source: Inventory
    target: Inventory

    @classmethod
    def make(cls, root: Path, project: str = "main", *, scale: float = 0.02, lag: int = 0, **policy: Any) -> "Rig":
        return cls.over(two_clouds(scale), root, policy, project=project, lag=lag)

    @classmethod
    def one_server(cls, root: Path, **policy: Any) -> "Rig":
        """A server with a root disk and a volume, its image, and nothing else: half the steps of `make`'s tenant."""
        return cls.over(one_server_clouds(), root, policy)

    @classmethod
    def everything(cls, root: Path, *, scale: float = 0.02, lag: int = 0, **policy: Any) -> "Rig":
        """The tenant with the uncommon things: all of them wanted, user data given, a partner's project mapped."""
        worlds = everything(scale)
        partner = {world.name: world.project("partner").id for world in worlds}
        wanted = {
            "backups": "volume",
            "user_data": "give",
            "rewrite_addresses": True,
            "mappings": Mappings(projects={partner["source"]: partner["target"]}),
            "accept": ("DCP-637:server:paused-1", "DCP-637:server:suspended-1"),
        }
        return cls.over(worlds, root, {**wanted, **policy}, lag=lag)

    @classmethod
    def over(
        cls, worlds: tuple[World, World], root: Path, policy: dict[str, Any], *, project: str = "main", lag: int = 0
    ) -> "Rig":
        """A project that these worlds have, scanned and planned.

        `lag`: how many looks a passing state lasts. It is the contract suite's business; each would cost a pause.
        """
        source_world, target_world = worlds
        source_world.lag = target_world.lag = lag
        settings = Policy(
            migration=MIGRATION,
            source_cloud=f"memory:source/{project}",
            target_cloud=f"memory:target/{project}",
            **policy,
        )
        logins = open_memory(f"source/{project}", SourceGuard()), open_memory(f"target/{project}", NoGuard())
        source, target = _scanned(*logins, root)
        plan = build_plan(source, target, settings)
        return cls(root, source_world, target_world, settings, plan, source, target)

    def plan_again(self) -> None:
        """Both sides are scanned as they are now, and the plan is another one."""
        self.source, self.target = _scanned(self.cloud("source", SourceGuard()), self.cloud("target"), self.root)
        self.plan = build_plan(self.source, self.target, self.policy)

    def copied_to(self, root: Path) -> "Rig":
        """The same as it is now, with clouds and a workspace of its own."""
        shutil.copytree(self.root, root, dirs_exist_ok=True)
        source, target = copy.deepcopy((self.source_world, self.target_world))
        return replace(self, root=root, source_world=source, target_world=target)

    @staticmethod
    def copy_of(key: str, make: Callable[[Path], "Rig"], root: Path) -> "Rig":
        """What `make` makes and does in a workspace: done once in a process, and copied for each test."""
        if key not in _MADE:
            folder = TemporaryDirectory(prefix="rig-")
            _MADE[key] = make(Path(folder.name)), folder
        return _MADE[key][0].copied_to(root)

    @classmethod
    def moved(cls, root: Path) -> "Rig":
        """As `make` has it, approved and moved whole."""

        def move(folder: Path) -> Rig:
            rig = cls.make(folder)
            rig.approve()
            assert rig.run().exit_code == 0
            return rig

        return cls.copy_of("moved", move, root)

    def cloud(self, side: str, gatekeeper: Gatekeeper | None = None) -> MemoryCloud:
        """A login on this rig's own world, whatever has been registered under its name since."""
        name = self.policy.source_cloud if side == "source" else self.policy.target_cloud
        world = self.source_world if side == "source" else self.target_world
        name = name.removeprefix("memory:")
        return MemoryCloud(name, gatekeeper=gatekeeper or NoGuard(), world=world, project=name.partition("/")[2])

    def ledger(self, switch: Switch | None = None) -> Ledger:
        ledger = _SwitchedLedger.open(f"sqlite:///{self.root / 'ledger.db'}", MIGRATION)
        assert isinstance(ledger, _SwitchedLedger)
        ledger.switch = switch or Switch()
        ledger.sync({step.id: step.digest for step in self.plan.steps})
        return ledger

    def approve(self, stops: Collection[str] | None = None) -> None:
        """Everything; or, of the stops, only those of these servers."""
        ledger = self.ledger()
        for gate in self.plan.gates:
            digests = {
                step.id: step.digest
                for step in self.plan.steps
                if step.gate == gate.name
                and (stops is None or not isinstance(step.action, StopServer) or step.action.server_id in stops)
            }
            ledger.approve(gate.name, "tests", digests, iso(utc_now()))
        ledger.close()

    def context(self, ledger: Ledger, switch: Switch | None = None, *, source: bool = True, **kwargs: Any) -> Context:
        permits = LedgerPermits(ledger, worker=self.policy.disks.source_worker)
        permits.grant_stops(self.plan)
        clouds: dict[str, Any] = {
            "source": self.cloud("source", SourceGuard(permits)) if source else None,
            "target": self.cloud("target"),
        }
        if switch:
            clouds = {name: _Switched(cloud, switch, name) for name, cloud in clouds.items()}
        return Context(
            may_run=lambda _arguments: True,
            plan=self.plan,
            policy=self.policy,
            ledger=ledger,
            source=clouds["source"],
            target=clouds["target"],
            store=DiskStore(FolderStore(self.root / "store", keeps_md5=False), "disks", self.root / "cache"),
            workspace=self.root,
            permits=permits,
            monitor=RecordingMonitor(),
            stop=StopFlag(),
            poll_s=0.01,
            **kwargs,
        )

    def run(self, switch: Switch | None = None, *, source: bool = True, **kwargs: Any) -> RunReport:
        ledger = self.ledger(switch)
        try:
            ctx = self.context(ledger, switch, source=source)
            runner = Runner(ctx, lease_s=30, retry_first_s=0.01, **kwargs)
            if switch:
                # What this run leaves claimed belongs to a process that is gone: ours, but born at another time.
                host, pid, _, name = runner.owner.split("/")
                runner.owner = f"{host}/{pid}/0/{name}"
            return runner.run()
        finally:
            ledger.close()

    def verify(self, reread: Any = "all") -> Evidence:
        ledger = self.ledger()
        ctx = self.context(ledger)
        records = RunRecords(ledger.target_id, partial(captured, ctx.store), ctx.evidence_dir)
        how = ReadBack(self.plan.migration, ctx.spool_dir)
        return verify_plan(self.plan, ctx.target, records, how, reread=reread)

    def count(self, side: str, method: str, path: Callable[[str], bool]) -> int:
        world = self.source_world if side == "source" else self.target_world
        return sum(m == method and path(p) for m, _, p in world.log)
