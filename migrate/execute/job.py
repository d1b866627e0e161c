"""What an action works with.

Effect first, record second: `Job.make` looks for what carries our mark, makes it when there is none, and only then
writes it down. Killed in between, the next attempt finds the mark. In a rehearsal the same code runs until it would
change something, and says what.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from migrate.clouds.ports import Cloud
from migrate.disks.store.disk_store import DiskStore
from migrate.errors import ConflictError, DecampError, EndedInState, ItemError, NotFound, TransientError
from migrate.execute.guard_rules import LedgerPermits
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Effect
from migrate.ledger.step_claim import Claim
from migrate.messages import codes
from migrate.model import Kind, Mark, Role
from migrate.model.steps import Plan, Step
from migrate.monitor import Monitor, StopFlag, log
from migrate.own_secrets import hidden
from migrate.plan.schedule_problems import item_of
from migrate.policy.policy_records import Policy
from migrate.polling import StillWaiting, poll
from migrate.step_attempt import Attempt
from migrate.units import iso, utc_now

T = TypeVar("T")

DISK_WAIT_S = 1800.0
"""How long a cloud may take over one small resource; disks get WAIT_PER_GIB_S on top for every GiB."""
WAIT_PER_GIB_S = 120.0
SETTINGS, THEIRS = "settings", codes.CHANGED_AT_TARGET
"""What a done step's facts call settings that somebody has changed at the target since, and how that is told."""


class Rehearsed(Exception):
    """Ends a rehearsed step at its first change."""


@dataclass(frozen=True)
class Context:
    """One run over one plan. `source` is None when the source cloud is no longer there."""

    plan: Plan
    policy: Policy
    ledger: Ledger
    source: Cloud | None
    target: Cloud
    store: DiskStore
    workspace: Path
    permits: LedgerPermits
    monitor: Monitor
    stop: StopFlag
    poll_s: float = 0.5
    set_again: frozenset[str] = frozenset()
    """Steps that set what somebody has changed at the target since, too."""
    tell: Callable[[str, dict[str, str]], None] = lambda _code, _facts: None
    """Hears what a person should know of a step that is done all the same: a code and its facts."""

    @property
    def store_mark(self) -> Mark:
        """The store's own container carries a mark: temporary, and of no source resource in particular."""
        return Mark(role=Role.TEMPORARY, migration=self.plan.migration[:8], source_id="store")

    @property
    def evidence_dir(self) -> Path:
        return self.workspace / "evidence"

    @property
    def private_dir(self) -> Path:
        return self.workspace / "private"

    @property
    def spool_dir(self) -> Path:
        """Where verify spools images while it reads them; on the workspace's own disk, which is the roomy one."""
        return self.private_dir / "spool"


@dataclass
class Job:
    """One step in one worker's hands."""

    ctx: Context
    step: Step
    claim: Claim | None
    objects: int = 0
    moved_bytes: int = 0
    waited_s: float = field(default=0.0)
    facts: dict[str, str] = field(default_factory=dict)
    """What the ledger keeps of a step that is done, beside its state."""

    # ------------------------------------------------------------ who we are

    def check_running(self) -> None:
        """Asked before whatever changes a cloud or the store. Raises LeaseLost, Cancelled, Rehearsed."""
        if self.claim is None:
            raise Rehearsed
        self.ctx.stop.check()
        self.claim.check()

    def check_claim(self) -> None:
        """Asked by a copy before each write: a stop lets the ranges in flight be stored, a lost lease does not."""
        if self.claim is None:
            raise Rehearsed
        self.claim.check()

    def attempt(self, reads: int | None = None) -> Attempt:
        """For what copies. `reads`: in flight; by default as many ranges as the policy allows."""
        return Attempt(
            check_running=self.check_claim,
            monitor=self.ctx.monitor,
            step_id=self.step.id,
            stop=self.ctx.stop,
            reads=self.ctx.policy.limits.reads if reads is None else reads,
        )

    @property
    def source(self) -> Cloud:
        if self.ctx.source is None:
            raise ItemError(codes.SOURCE_NEEDED, item=self.step.id)
        return self.ctx.source

    @property
    def target(self) -> Cloud:
        return self.ctx.target

    def cloud(self, side: str) -> Cloud:
        return self.source if side == "source" else self.target

    def mark(self, role: Role, source_id: str) -> Mark:
        return Mark(role=role, migration=self.ctx.plan.migration[:8], source_id=source_id)

    def target_id(self, kind: Kind, source_id: str) -> str:
        """What a source resource became at the target."""
        found = self.ctx.ledger.target_id(kind, source_id)
        if found is None:
            if self.claim is None:
                raise Rehearsed
            raise NotFound(codes.GONE, kind=kind.value, id=source_id)
        return found

    # ------------------------------------------------------------ effects

    def make(
        self,
        side: str,
        kind: Kind,
        mark: Mark,
        *,
        source_id: str,
        find: Callable[[], list[str]],
        create: Callable[[], str],
        name: str = "",
    ) -> str:
        """The id of the one resource that carries `mark`: found, or made now; recorded either way.

        `find` lists ids that carry it. Of several, the one that the ledger knows is ours, else the first: a second
        one can only come from a request that was already on its way when its runner lost the step; `clean` lists it.
        """
        found = find()
        known = self.known(side, kind, mark.role, source_id)
        if self.claim is not None:
            for gone in known - set(found):
                self.ctx.ledger.effect_removed(side, kind, gone)
        chosen = next((i for i in found if i in known), found[0] if found else None)
        if chosen is None:
            self.check_running()
            chosen = create()
        if self.claim is not None and chosen not in known:
            self.record(side, kind, mark.role, source_id=source_id, resource_id=chosen, name=name)
        return chosen

    def known(self, side: str, kind: Kind, role: Role, source_id: str) -> set[str]:
        """Ids of what the ledger says was made for this source resource, and is still there."""
        return {
            e.resource_id
            for e in self.ctx.ledger.effects(side=side)
            if (e.kind, e.role, e.source_id) == (kind, role, source_id)
        }

    def record(self, side: str, kind: Kind, role: Role, *, source_id: str, resource_id: str, name: str = "") -> None:
        """Writes down an effect under this claim's fence."""
        if self.claim is None:
            return
        self.ctx.ledger.record_effect(
            self.claim,
            Effect(
                step_id=self.step.id,
                side=side,
                kind=kind,
                resource_id=resource_id,
                role=role,
                source_id=source_id,
                name=name,
                made_at=iso(utc_now()),
            ),
        )

    @property
    def was_done(self) -> bool:
        """It was done as it is planned, and is done again to see whether the source has changed."""
        state = self.ctx.ledger.states().get(self.step.id)
        return state is not None and state.was_done

    @property
    def was_done_once(self) -> bool:
        """It was done, as it is planned now or otherwise."""
        state = self.ctx.ledger.states().get(self.step.id)
        return state is not None and state.done_digest is not None

    @property
    def sets_again(self) -> bool:
        return self.step.id in self.ctx.set_again

    def keep_theirs(self, what: str) -> None:
        """Somebody has changed this at the target since we set it, and it stays so: told, and kept with the step."""
        self.facts[SETTINGS] = what
        log.warning("changed at the target since, left so step=%s what=%s", self.step.id, what)
        self.ctx.tell(THEIRS, {"item": item_of(self.step), "what": what})

    def reopen_needs(self) -> None:
        """What the steps before this one made is gone: they are to be done again, then this one."""
        for need in self.step.needs:
            self.ctx.ledger.reopen(need)

    # ------------------------------------------------------------ waiting

    def wait_for(self, read: Callable[[], T], status: Callable[[T], str], wanted: str, *, size_gib: int = 1) -> T:
        """Polls until the status is `wanted`; any `error…` or `killed` status is an ItemError (DCP-510).

        Raises TransientError DCP-511 when the cloud takes longer than the size allows: the next attempt reads back
        and goes on waiting.
        """

        def is_over(thing: T) -> bool:
            now = status(thing)
            if now != wanted and (now.startswith("error") or now in {"killed", "deleted", "deactivated"}):
                raise EndedInState(codes.ENDED_IN_STATE, item=self.step.id, status=now)
            return now == wanted

        return self.poll(read, is_over, status, limit_s=DISK_WAIT_S + size_gib * WAIT_PER_GIB_S)

    def poll(
        self,
        read: Callable[[], T],
        is_over: Callable[[T], bool],
        status: Callable[[T], str],
        *,
        limit_s: float,
        item: str = "",
    ) -> T:
        """What is read once it is over; the journal tells the time apart.

        Args:    item: what is waited for, for the error; the step where it is empty.
        Raises:  TransientError DCP-511: it took longer.
        """
        try:
            return poll(
                read,
                is_over,
                limit_s=limit_s,
                stop=self.ctx.stop,
                first_s=self.ctx.poll_s,
                on_pause=self._has_waited,
            )
        except StillWaiting as err:
            item, seconds = item or self.step.id, round(err.waited_s)
            raise TransientError(codes.STILL_IN_STATE, item=item, status=status(err.last), seconds=seconds) from err

    def _has_waited(self, seconds: float) -> None:
        self.waited_s += seconds

    def unchanged(self, planned: msgspec.Struct, now: msgspec.Struct, fields: tuple[str, ...]) -> None:
        """Raises ConflictError DCP-505 when the source is no longer what was planned."""
        for name in fields:
            before, after = getattr(planned, name), getattr(now, name)
            if before != after:
                raise ConflictError(codes.SOURCE_CHANGED, item=self.step.id, what=f"{name}: {before} -> {after}")


def error_facts(err: DecampError) -> dict[str, str]:
    """An error's facts as the ledger keeps them."""
    return {key: hidden(str(value)) for key, value in err.facts.items()}
