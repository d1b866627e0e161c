"""The toolbox of an action.

Effect first, record second: `Job.make` searches for our mark, creates the resource if it is missing, and then records
it. After a kill in between, the next attempt finds the mark. A dry run executes the same code until the first change,
which it reports instead.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import msgspec

from migrate.clouds.ports import Cloud
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import DiskManifest
from migrate.errors import ConflictError, DecampError, EndedInState, ItemError, NotFound, TransientError
from migrate.execute.guard_rules import LedgerPermits
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Effect
from migrate.ledger.step_claim import Claim
from migrate.messages import codes
from migrate.model import Kind, Mark, Role, store_mark
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
"""The time limit for one small resource; disks get WAIT_PER_GIB_S more for every GiB."""
WAIT_PER_GIB_S = 120.0
SETTINGS, THEIRS = "settings", codes.CHANGED_AT_TARGET
"""The fact with settings that somebody has changed at the target, and its code."""


class Rehearsed(Exception):
    """Ends a step of a dry run at its first change."""


@dataclass(frozen=True)
class Context:
    """One run over one plan. `source` is None if the source cloud is gone."""

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
    may_run: Callable[[Sequence[str]], bool]
    """Whether the operator has agreed to a program's words, and to its files as they are now."""
    poll_s: float = 0.5
    set_again: frozenset[str] = frozenset()
    """Steps that also reset settings changed at the target."""
    tell: Callable[[str, dict[str, str]], None] = lambda _code, _facts: None
    """Called with a remark on a successful step: a code and its facts."""
    require_open: Callable[[Step], None] = lambda _step: None
    """Called just before a server is stopped. Raises WindowClosed."""

    @property
    def store_mark(self) -> Mark:
        return store_mark(self.plan.migration)

    @property
    def evidence_dir(self) -> Path:
        return self.workspace / "evidence"

    @property
    def private_dir(self) -> Path:
        return self.workspace / "private"

    @property
    def spool_dir(self) -> Path:
        """The folder for images that verify reads; in the workspace, which has the most space."""
        return self.private_dir / "spool"


@dataclass
class Job:
    """A step in the hands of one worker."""

    ctx: Context
    step: Step
    claim: Claim | None
    objects: int = 0
    moved_bytes: int = 0
    waited_s: float = field(default=0.0)
    facts: dict[str, str] = field(default_factory=dict)
    """Facts for the ledger about a done step."""

    # ------------------------------------------------------------ identity

    def check_running(self) -> None:
        """Called before every change in a cloud or the store. Raises LeaseLost, Cancelled, Rehearsed."""
        if self.claim is None:
            raise Rehearsed
        self.ctx.stop.check()
        self.claim.check()

    def check_claim(self) -> None:
        """Called by a copy before each write: a stop still lets ranges in flight finish, a lost lease does not."""
        if self.claim is None:
            raise Rehearsed
        self.claim.check()

    def attempt(self, reads: int | None = None) -> Attempt:
        """The context for copying. `reads`: ranges in flight; by default the policy's limit."""
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

    @property
    def makes(self) -> Role:
        """The role of what the job creates for good; of a move, unless a subclass says otherwise."""
        return Role.MOVED

    def named(self, name: str) -> str:
        """The name at the target of something that has this one at the source."""
        return name

    def mark(self, role: Role, source_id: str) -> Mark:
        return Mark(role=role, migration=self.ctx.plan.migration[:8], source_id=source_id)

    def target_id(self, kind: Kind, source_id: str) -> str:
        """The id at the target for a source resource."""
        found = self.known_target_id(kind, source_id)
        if found is None:
            if self.claim is None:
                raise Rehearsed
            raise NotFound(codes.GONE, kind=kind.value, id=source_id)
        return found

    def known_target_id(self, kind: Kind, source_id: str) -> str | None:
        """The same, None if there is nothing for it."""
        return self.ctx.ledger.target_id(kind, source_id)

    def sealed_pass(self, disk: str) -> DiskManifest | None:
        """The disk's valid pass. Raises as `DiskStore.manifest`."""
        return self.ctx.store.manifest(disk)

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
        """The id of the one resource with `mark`: found or created; recorded either way.

        `find` lists ids with the mark. Of several, the one in the ledger is ours, else the first: a second one can only
        come from a request in flight when its runner lost the step; `clean` lists it.
        """
        # In this order: what another runner makes and records meanwhile is in neither, and so not taken for gone.
        known = self.known(side, kind, mark.role, source_id)
        found = find()
        if self.claim is not None:
            for gone in known - set(found):
                self.check_running()
                self.ctx.ledger.effect_removed(side, kind, gone)
        chosen = next((i for i in found if i in known), found[0] if found else None)
        if chosen is None:
            self.check_running()
            chosen = create()
        if self.claim is not None and chosen not in known:
            self.record(side, kind, mark.role, source_id=source_id, resource_id=chosen, name=name)
        return chosen

    def known(self, side: str, kind: Kind, role: Role, source_id: str) -> set[str]:
        """Ids of resources made for this source resource, according to the ledger."""
        return {
            e.resource_id
            for e in self.ctx.ledger.effects(side=side)
            if (e.kind, e.role, e.source_id) == (kind, role, source_id)
        }

    def temporaries(self, side: str, source_id: str) -> list[tuple[Kind, str]]:
        """Kinds and ids of the temporary resources made for this source resource, according to the ledger."""
        return self.ctx.ledger.temporaries(side, source_id)

    def record(self, side: str, kind: Kind, role: Role, *, source_id: str, resource_id: str, name: str = "") -> None:
        """Records an effect under this claim's fence."""
        if self.claim is None:
            return
        self._keep(
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

    def _keep(self, claim: Claim, effect: Effect) -> None:
        self.ctx.ledger.record_effect(claim, effect)

    @property
    def was_done(self) -> bool:
        """Whether the step was done in its current form, and is only repeated to look for changes."""
        state = self.ctx.ledger.states().get(self.step.id)
        return state is not None and state.was_done

    @property
    def was_done_once(self) -> bool:
        """Whether the step was done before, in this or another form."""
        state = self.ctx.ledger.states().get(self.step.id)
        return state is not None and state.done_digest is not None

    @property
    def sets_again(self) -> bool:
        return self.step.id in self.ctx.set_again

    def keep_theirs(self, what: str) -> None:
        """Keeps a change that somebody made at the target: reports it, and records it with the step."""
        self.facts[SETTINGS] = what
        log.warning("changed at the target since, left so step=%s what=%s", self.step.id, what)
        self.ctx.tell(THEIRS, {"item": item_of(self.step), "what": what})

    def reopen_needs(self) -> None:
        """Reopens the steps that this one depends on, because their results are gone."""
        for need in self.step.needs:
            self.ctx.ledger.reopen(need)

    # ------------------------------------------------------------ waiting

    def wait_for(self, read: Callable[[], T], status: Callable[[T], str], wanted: str, *, size_gib: int = 1) -> T:
        """Polls until the status is `wanted`; a status `error…` or `killed` raises ItemError (DCP-510).

        Raises TransientError DCP-511 if it takes longer than the size allows: the next attempt reads the resource again
        and continues to wait.
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
        """Polls until `is_over`, and returns the last result; the journal shows the time separately.

        Args:    item: the subject of the error; the step if empty.
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
        """Raises ConflictError DCP-505 if the source has changed since the plan was made."""
        for name in fields:
            before, after = getattr(planned, name), getattr(now, name)
            if before != after:
                raise ConflictError(codes.SOURCE_CHANGED, item=self.step.id, what=f"{name}: {before} -> {after}")


def error_facts(err: DecampError) -> dict[str, str]:
    """An error's facts in the form for the ledger."""
    return {key: hidden(str(value)) for key, value in err.facts.items()}
