"""The forecast as records: what `forecast.json` holds (docs/formats/forecast.md).

Moments are RFC 3339 in UTC; spans are seconds. Every number is told with where it comes from.
"""

from enum import StrEnum

import msgspec

from migrate.model import Record


class Origin(StrEnum):
    """Where a number comes from: the journal of this migration, the policy, or a table of ours."""

    MEASURED = "measured"
    DECLARED = "declared"
    DEFAULT = "default"


class Verdict(StrEnum):
    """GREEN: 9 in 10 runs are out of the source in time. AMBER: more than half are. RED: fewer. UNKNOWN: no deadline.

    An uncalibrated forecast is never GREEN.
    """

    GREEN = "GREEN"
    AMBER = "AMBER"
    RED = "RED"
    UNKNOWN = "UNKNOWN"


IS_READ = frozenset({"why.evacuated", "why.evacuated-part", "why.nothing-to-read"})
"""Reasons that stand for a source from which nothing is left to be read."""


class Reason(Record, frozen=True, kw_only=True):
    """One sentence of the verdict's why: the key of a phrase in `migrate.messages`, with its facts as text.

    Facts whose name ends in `_s` are seconds, `_bytes` bytes, `_rate` bytes per second; a moment is RFC 3339 in UTC.
    The facts `resource`, `klass` and `command` are told by the phrases `resource.NAME`, `class.NAME` and as they are.
    """

    key: str
    facts: dict[str, str] = {}


class Rate(Record, frozen=True, kw_only=True):
    """One number of a model, with where it comes from. `note` is the key of the phrase that says more, or empty."""

    value: float
    origin: Origin
    note: str = ""


class ClassModel(Record, frozen=True, kw_only=True):
    """What is known of one class of work, such as `disk.capture`.

    `fixed` is seconds per item. The other rates are None where the class has no such part: `read` bytes per second
    read, `send` bytes per second stored or sent, `objects` objects per second. `used` is bytes moved for each byte
    planned. `q50`, `q90` are quantiles of actual time over predicted time; `samples` are finished items of the class.
    """

    work_class: str = msgspec.field(name="klass")
    samples: int
    calibrated: bool
    origin: Origin
    fixed: Rate
    read: Rate | None = None
    send: Rate | None = None
    objects: Rate | None = None
    used: Rate
    q50: float
    q90: float
    items_left: int = 0
    bytes_left: int = 0


class Estimate(Record, frozen=True, kw_only=True):
    """How long one step that is not done takes once it begins. `samples`: finished items that it rests on.

    `due`: when it must be done, or None where only reading the source has a date; `tier`: 10, 3 or 1.
    """

    step_id: str
    work_class: str = msgspec.field(name="klass")
    size_bytes: int
    objects: int
    p50_s: float
    p90_s: float
    origin: Origin
    samples: int
    tier: int = 3
    due: str | None = None


class Slot(Record, frozen=True, kw_only=True):
    """When a step is expected to run, in seconds of the wall clock from `as_of`, at P50; closed windows lie inside.

    `lane` is the pool that it takes a place of (`source`, `target`); `critical` when it often ends last.
    """

    step_id: str
    start_s: float
    end_s: float
    lane: str
    critical: bool = False


class Downtime(Record, frozen=True, kw_only=True):
    """How long a server that is stopped is down: from its stop until its moved self has all its volumes.

    Seconds on the wall, None where no end is in sight. `begins`: when it is stopped, at P50; where `is_down`, when it
    was.
    `is_made`: the plan makes it at the target; else it is down until its disks are captured, and its owner starts it.
    `origin`: of what is known least of what must be done for it.
    """

    server_id: str
    name: str
    size_bytes: int
    begins: str | None
    p50_s: float | None
    p90_s: float | None
    origin: Origin
    is_made: bool = True
    is_down: bool = False


class Capacity(Record, frozen=True, kw_only=True):
    """One shared resource: a link in bytes per second (`source`, `target`, `bandwidth`) or places (`slots.disks`…).

    `usable` is the part of it that is counted on.
    """

    resource: str
    value: float
    unit: str
    usable: float
    origin: Origin


class Demand(Record, frozen=True, kw_only=True):
    """What must be through one resource by one date, at P90, against what that gives until then; both in seconds.

    It cannot be done where `demand_s` is greater than `supply_s`.
    """

    date: str
    resource: str
    demand_s: float
    supply_s: float
    origin: Origin

    @property
    def fits(self) -> bool:
        return self.demand_s <= self.supply_s


class Critical(Record, frozen=True, kw_only=True):
    """A step that ended last in a `share` (0 to 1) of the simulated runs."""

    step_id: str
    name: str
    share: float


class Late(Record, frozen=True, kw_only=True):
    """An item with a deadline of its own, and when its moved self is complete."""

    selector: str
    due: str
    finish_p50: str | None
    finish_p90: str | None
    p_on_time: float


class Earlier(Record, frozen=True, kw_only=True):
    """What an earlier forecast said, the first at each percent of progress: kept to be compared with what happened."""

    as_of: str
    verdict: Verdict
    calibrated: bool
    done_bytes: int
    total_bytes: int
    evacuated_p50: str | None
    evacuated_p90: str | None
    finish_p50: str | None
    finish_p90: str | None


class Forecast(Record, frozen=True, kw_only=True):
    """`forecast.json`: a function of plan, ledger, policy, the forecast before it, and `as_of`.

    The deadline binds *reading the source*: the verdict is about `evacuated_*`, when nothing is left to be read there;
    `finish_*` is when the target is complete too. They are None where no end is in sight within ten years. Once all is
    done, they are when it was. `must_end` is the deadline less the guard; guard and `first_as_of` are kept from the
    first forecast on. `p_on_time`: share of simulated runs that are out of the source by `must_end`.

    `calibrated`: 20 items were measured of every class that the verdict rests on, of what reads the source and what has
    a date of its own; `calibrated_all`: of every class that is left, so that `finish_*` rests on measurements too.
    `done_bytes`, `total_bytes` are the plan's, of done steps and of all that
    move content. `observed_rate`: bytes per second moved while
    anything was, None before; `required_rate`: what the bytes left to be read need from now to `must_end`.
    `last_progress`: when the journal last grew; `stalled_since`: the same, once that is an alarm.
    `downtimes`: of servers that are down, or will be, in the order of their stops.
    `demands`: sorted by date, then resource; `bottleneck`: the first that fails, or else the tightest one.
    """

    migration: str
    plan_seal: str
    as_of: str
    time_zone: str
    verdict: Verdict
    calibrated: bool
    calibrated_all: bool = False
    why: tuple[Reason, ...]
    deadline: str | None = None
    guard_s: int = 0
    guard_origin: Origin = Origin.DEFAULT
    must_end: str | None = None
    first_as_of: str = ""
    evacuated_p50: str | None = None
    evacuated_p90: str | None = None
    finish_p50: str | None = None
    finish_p90: str | None = None
    p_on_time: float | None = None
    steps_left: int = 0
    done_bytes: int = 0
    total_bytes: int = 0
    required_rate: float | None = None
    observed_rate: float | None = None
    last_progress: str | None = None
    stalled_since: str | None = None
    shared_sd: Rate
    runs: int = 0
    classes: tuple[ClassModel, ...] = ()
    capacities: tuple[Capacity, ...] = ()
    demands: tuple[Demand, ...] = ()
    bottleneck: Demand | None = None
    critical: tuple[Critical, ...] = ()
    late: tuple[Late, ...] = ()
    downtimes: tuple[Downtime, ...] = ()
    estimates: tuple[Estimate, ...] = ()
    slots: tuple[Slot, ...] = ()
    history: tuple[Earlier, ...] = ()
    format: str = "decamp-forecast"
    version: int = 1

    @property
    def is_read(self) -> bool:
        """Nothing is left that must be read from the source, or nothing ever was: its end no longer matters."""
        return any(one.key in IS_READ for one in self.why)
