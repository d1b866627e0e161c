"""Single actions on two empty clouds in memory: no plan is built, each step is done by hand."""

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from migrate.clouds.folder import FolderStore
from migrate.clouds.guard import NoGuard, SourceGuard
from migrate.demo.memory import MemoryCloud
from migrate.demo.memory.world import World
from migrate.disks.store.disk_store import DiskStore
from migrate.execute.actions.dispatch import perform
from migrate.execute.guard_rules import LedgerPermits
from migrate.execute.job import Context, Job
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Effect, State
from migrate.model import (
    Identity,
    Kind,
    Role,
)
from migrate.model.steps import Action, Plan, Step
from migrate.monitor import RecordingMonitor, StopFlag
from migrate.policy.policy_records import Policy

MIGRATION = "0123456789abcdef0123456789abcdef"
_NOBODY = Identity(cloud="c", auth_url="u", region="r", project_id="p", project_name="p", user_id="u")


@dataclass
class Bench:
    """Two worlds, a ledger, a store; `do` performs an action under a claim, as a runner would."""

    root: Path
    policy: Policy = field(default_factory=lambda: Policy(migration=MIGRATION, source_cloud="s", target_cloud="t"))
    steps: tuple[Step, ...] = ()
    lag: int = 0
    worlds: tuple[World, World] | None = None
    _numbers: Any = field(default_factory=count)

    def __post_init__(self) -> None:
        made = self.worlds or (World("source", lag=self.lag), World("target", lag=self.lag))
        self.source_world, self.target_world = made
        self.ledger = Ledger.open(f"sqlite:///{self.root / 'ledger.db'}", MIGRATION)
        self.permits = LedgerPermits(self.ledger, worker=self.policy.disks.source_worker)
        # As a tenant, to prepare things with; what the actions get is behind the guard.
        self.tenant = MemoryCloud("source", world=self.source_world)
        self.source = MemoryCloud("source", world=self.source_world, gatekeeper=SourceGuard(self.permits))
        self.target = MemoryCloud("target", world=self.target_world, gatekeeper=NoGuard())
        self.store = DiskStore(FolderStore(self.root / "store", keeps_md5=False), "disks", self.root / "cache")
        self.store.prepare("decamp-t-01234567-store")

    def context(self, *, source: bool = True) -> Context:
        return Context(
            may_run=lambda _arguments: True,
            plan=Plan(migration=MIGRATION, source=_NOBODY, target=_NOBODY, inputs={}, steps=self.steps),
            policy=self.policy,
            ledger=self.ledger,
            source=self.source if source else None,
            target=self.target,
            store=self.store,
            workspace=self.root,
            permits=self.permits,
            monitor=RecordingMonitor(),
            stop=StopFlag(),
            poll_s=0.001,
        )

    def job(self, action: Any, step_id: str = "", *, needs: tuple[str, ...] = (), source: bool = True) -> Job:
        """A job of its own claim; the same `step_id` is the same step."""
        step_id = step_id or f"step:{next(self._numbers)}"
        step = Step(id=step_id, name="n", action=action, sides=("target",), needs=needs)
        digests = {state.step_id: state.digest for state in self.ledger.states().values()}
        self.ledger.sync({**dict.fromkeys(needs, ""), **digests, step_id: step.digest})
        self.ledger.reopen(step_id)
        claim = self.ledger.claim(step_id, f"tests/{next(self._numbers)}", 3600)
        assert claim
        return Job(self.context(source=source), step, claim)

    def do(self, action: Action, step_id: str = "", **kwargs: Any) -> Job:
        job = self.job(action, step_id, **kwargs)
        assert job.claim
        outcome = State.FAILED
        try:
            perform(job)
            outcome = State.DONE
        finally:
            self.ledger.finish(job.claim, outcome)
        return job

    def moved(self, kind: Kind, source_id: str, resource_id: str) -> None:
        """Something that an earlier step has made."""
        self.ledger.adopt_effect(
            Effect(step_id="s", side="target", kind=kind, resource_id=resource_id, role=Role.MOVED, source_id=source_id)
        )

    def target_id(self, kind: Kind, source_id: str) -> str:
        found = self.ledger.target_id(kind, source_id)
        assert found
        return found

    def writes(self, side: str = "target") -> list[tuple[str, str, str]]:
        world = self.source_world if side == "source" else self.target_world
        return [entry for entry in world.log if entry[0] not in {"GET", "HEAD"}]


class Impatient(StopFlag):
    """Half an hour passes in no time."""

    def wait(self, seconds: float) -> None:
        return
