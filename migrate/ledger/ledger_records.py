"""What the ledger keeps, as plain records."""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Protocol

from migrate.model import Kind, Record, Role


class State(StrEnum):
    """Where a step stands. `waiting` and `blocked` carry a reason."""

    PENDING = "pending"
    RUNNING = "running"
    WAITING = "waiting"
    BLOCKED = "blocked"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"


class StepState(Record, frozen=True, kw_only=True):
    """A step's row. `code` and `facts` explain waiting, blocked and failed (texts in migrate.messages).

    `digest` is the step's when it was last planned; `claimed_digest` when it was last claimed; `done_digest` the one
    that it was done under.
    """

    step_id: str
    digest: str
    state: State = State.PENDING
    code: str | None = None
    facts: dict[str, str] = {}
    owner: str | None = None
    fence: int = 0
    lease_until: float = 0.0
    attempts: int = 0
    done_digest: str | None = None
    claimed_digest: str | None = None
    updated_at: str = ""

    @property
    def was_done(self) -> bool:
        """It is done as it is planned, or was, and is being looked at again."""
        return self.state is State.DONE or self.done_digest == self.digest


class Planned(Protocol):
    """A step as the plan has it."""

    @property
    def id(self) -> str: ...

    @property
    def digest(self) -> str: ...


def state_of(step: Planned, row: StepState | None) -> State:
    """Where the step stands in this plan, also before the ledger has taken the plan up.

    A row that was written for another digest says nothing of this step, unless somebody is at work on it.
    """
    if row is None or row.state is State.SKIPPED:
        return State.PENDING
    return row.state if row.state is State.RUNNING or row.digest == step.digest else State.PENDING


def rows_of(steps: Iterable[Planned], rows: Mapping[str, StepState]) -> dict[str, StepState]:
    """The rows that tell of these very steps, by id: a step without one is pending."""
    found = ((step, rows.get(step.id)) for step in steps)
    return {step.id: row for step, row in found if row is not None and state_of(step, row) is row.state}


class Effect(Record, frozen=True, kw_only=True):
    """Something that Decamp made on a cloud. `side` is source or target; `removed` once it is gone again."""

    step_id: str
    side: str
    kind: Kind
    resource_id: str
    role: Role
    source_id: str
    name: str = ""
    removed: bool = False
    made_at: str = ""


class Approval(Record, frozen=True, kw_only=True):
    """A granted gate: valid for one step as long as its digest stays what it was."""

    gate: str
    step_id: str
    digest: str
    who: str
    at: str


class JournalLine(Record, frozen=True, kw_only=True):
    """One finished stage. Times in seconds since 1970, bytes as moved; `stage` is the action's name."""

    step_id: str
    stage: str
    size_bytes: int = 0
    objects: int = 0
    parallel: int = 1
    started_at: float = 0.0
    ended_at: float = 0.0
    retries: int = 0
    waited_s: float = 0.0
