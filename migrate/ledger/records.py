"""What the ledger keeps, as plain records."""

from enum import StrEnum

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

    `digest` is the step's when it was last planned; `done_digest` the one that it was done under.
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
    updated_at: str = ""


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
