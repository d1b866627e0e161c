"""The ledger's records. `stored_records.py` reads them, and accepts no value outside the bounds given here."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Annotated, Protocol

from msgspec import Meta

from migrate.model import Kind, Record, Role

LONGEST_LEASE_S = 3600.0
"""No runner asks for a longer lease: one that ends later was written while a machine's clock was wrong."""

Moment = Annotated[str, Meta(max_length=40)]
"""A time as we write it: RFC 3339, empty for none. `stored_records.py` looks for this type."""
Count = Annotated[int, Meta(ge=0, lt=1 << 31)]
Bytes = Annotated[int, Meta(ge=0, lt=1 << 62)]
Since1970 = Annotated[float, Meta(ge=0, lt=7.3e9)]
"""Seconds, until the year 2201."""
Seconds = Annotated[float, Meta(ge=0, lt=7.3e9)]


class State(StrEnum):
    """The state of a step. `waiting` and `blocked` carry a reason."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    BLOCKED = "blocked"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class StepState(Record, frozen=True, kw_only=True):
    """A step's row. `code` and `facts` explain waiting, blocked and failed (texts in migrate.messages).

    `digest`: of the step when last planned; `claimed_digest`: when last claimed; `done_digest`: when done.
    """

    step_id: str
    digest: str
    state: State = State.PENDING
    code: str | None = None
    facts: dict[str, str] = {}
    owner: str | None = None
    fence: Count = 0
    lease_until: Since1970 = 0.0
    attempts: Count = 0
    done_digest: str | None = None
    claimed_digest: str | None = None
    updated_at: Moment = ""

    @property
    def was_done(self) -> bool:
        """Whether the step was done in its current form, even if it is being repeated."""
        return self.state is State.DONE or self.done_digest == self.digest

    def is_leased(self, at: float) -> bool:
        """Whether a runner's lease on the step lives (seconds since 1970, by the ledger's clock)."""
        return self.state is State.RUNNING and is_live(self.lease_until, at)

    def is_leased_too_long(self, at: float) -> bool:
        """Whether its lease ends later than any that a runner asks for."""
        return self.state is State.RUNNING and self.lease_until > at + LONGEST_LEASE_S


def is_live(lease_until: float, at: float) -> bool:
    """Whether a lease has not run out, nor is longer than any (both in seconds since 1970)."""
    return at < lease_until <= at + LONGEST_LEASE_S


class Planned(Protocol):
    """A step in the plan."""

    @property
    def id(self) -> str: ...

    @property
    def digest(self) -> str: ...


def state_of(step: Planned, row: StepState | None) -> State:
    """The step's state in this plan, even before the ledger was updated to the plan.

    A row for another digest does not apply to this step, unless somebody is running it.
    """
    if row is None or row.state is State.SKIPPED:
        return State.PENDING
    return row.state if row.state is State.RUNNING or row.digest == step.digest else State.PENDING


def rows_of(steps: Iterable[Planned], rows: Mapping[str, StepState]) -> dict[str, StepState]:
    """The rows that apply to these steps, by id: a step without one is pending."""
    found = ((step, rows.get(step.id)) for step in steps)
    return {step.id: row for step, row in found if row is not None and state_of(step, row) is row.state}


class Effect(Record, frozen=True, kw_only=True):
    """A resource created by Decamp. `side` is source or target; `removed`: it was deleted."""

    step_id: str
    side: str
    kind: Kind
    resource_id: str
    role: Role
    source_id: str
    name: str = ""
    removed: bool = False
    made_at: Moment = ""


class Approval(Record, frozen=True, kw_only=True):
    """An approval of one step, valid as long as the step's digest stays the same."""

    gate: str
    step_id: str
    digest: str
    who: str
    at: Moment


class Predicted(Record, frozen=True, kw_only=True):
    """A downtime as it was predicted at `at` (ISO time): seconds at P50 and P90, None if no end was in sight. `origin`:
    default, declared or measured rates. `up`: the steps that end it, as planned then."""

    p50_s: Seconds | None
    p90_s: Seconds | None
    origin: str
    at: Moment
    up: tuple[str, ...] = ()


class Cut(Record, frozen=True, kw_only=True):
    """A stop that we requested at the source: a server of a wave, and who else was stopped with it.

    `asked_at`: ISO time of the request.  `actions`: what had been done to the server before it, as its cloud tells.
    """

    server_id: str
    name: str
    wave: str
    asked_at: Moment
    actions: tuple[str, ...] = ()


class Parked(Record, frozen=True, kw_only=True):
    """Our server at the target that a rollback stopped and keeps, with its disks, ports and addresses.

    `made_at`: when it was created there, empty if it never ran.  `actions`: all that was done to it until it was
    parked, as its cloud tells.  `volumes`: target ids of the volumes on it. What was written since `made_at` is lost.
    """

    server_id: str
    name: str
    at: Moment
    made_at: str = ""
    actions: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()


class Rollback(Record, frozen=True, kw_only=True):
    """The rollback of one server, a part of that of its wave. Times are ISO times, empty for not yet.

    `began`: since then no step of the server is begun.  `target_seal`: of the target's scan that the plan was made of.
    `stopped_at`: of our stop at the source, empty if we did not stop it.  `parked`: None if it is not at the target.
    `back_at`: when it was seen as it was before the stop; `started`: we started it.  `again_at`: when a later cut-over
    stopped it, or found it off.
    """

    server_id: str
    name: str
    wave: str
    who: str
    began: Moment
    target_seal: str = ""
    stopped_at: Moment = ""
    parked: Parked | None = None
    back_at: Moment = ""
    started: bool = False
    ended: Moment = ""
    again_at: Moment = ""

    @property
    def counts(self) -> bool:
        """Whether no later cut-over has stopped the server again."""
        return not self.again_at


class Accepted(Record, frozen=True, kw_only=True):
    """A person's word that a moved server is the customer's from now on. `target_id`: of the server at the target."""

    server_id: str
    name: str
    wave: str
    target_id: str
    who: str
    at: Moment


class TakenPass(Record, frozen=True, kw_only=True):
    """One pass over a disk. `taken_at`: by the source's clock; `is_last`: its server was stopped for it.

    `used_bytes`: data on the disk.   `read_bytes`, `stored_bytes`, `read_s`: received, added to the store, and how long
    that took, in the attempt that sealed it; None if that was killed before it could tell.   `changed_bytes`: in chunks
    that differ from the pass before; None for the first.
    """

    disk: str
    origin_id: str
    tree_digest: str
    taken_at: str
    used_bytes: Bytes
    read_bytes: Bytes | None = None
    stored_bytes: Bytes | None = None
    read_s: Seconds | None = None
    changed_bytes: Bytes | None = None
    is_last: bool = False


class HeldPass(Record, frozen=True, kw_only=True):
    """A pass by its origin and content."""

    origin_id: str
    tree_digest: str


class Preloaded(Record, frozen=True, kw_only=True):
    """What a target volume holds that no server uses yet: each chunk is that of one of the `passes`, oldest first.

    Several while it is being written, or after a kill; none: unknown. `by_changes`: since it was written whole, only
    changes were written into it.
    `proved`: the pass that all of it was read back as, in one go or with its changes since; `proved_at`: when;
    `touched_at`: the cloud's last change of the volume then. Another one since: somebody may have attached it.
    """

    disk: str
    volume_id: str
    passes: tuple[HeldPass, ...] = ()
    by_changes: bool = False
    proved: HeldPass | None = None
    proved_at: Moment = ""
    touched_at: str = ""


class JournalLine(Record, frozen=True, kw_only=True):
    """One finished stage. Times in seconds since 1970, bytes as moved; `stage`: the action's name."""

    step_id: str
    stage: str
    size_bytes: Bytes = 0
    objects: Count = 0
    parallel: Count = 1
    started_at: Since1970 = 0.0
    ended_at: Since1970 = 0.0
    retries: Count = 0
    waited_s: Seconds = 0.0
