"""The records of a forecast, as stored in `forecast.json` (docs/formats/forecast.md).

Times are RFC 3339 in UTC; durations are seconds. Every number comes with its origin.
"""

from enum import StrEnum

import msgspec

from migrate.model import Record


class Origin(StrEnum):
    """The origin of a number: this migration's journal, the policy, or our defaults."""

    MEASURED = "measured"
    DECLARED = "declared"
    DEFAULT = "default"


class Verdict(StrEnum):
    """GREEN: in 9 of 10 runs everything leaves the source in time. AMBER: in more than half. RED: in fewer. UNKNOWN: no
    deadline.

    An uncalibrated forecast is never GREEN.
    """

    GREEN = "GREEN"
    AMBER = "AMBER"
    RED = "RED"
    UNKNOWN = "UNKNOWN"


IS_READ = frozenset({"why.evacuated", "why.evacuated-part", "why.nothing-to-read"})
"""Reasons that mean that nothing is left to read from the source."""


class Reason(Record, frozen=True, kw_only=True):
    """One sentence that explains the verdict: the key of a phrase in `migrate.messages`, with its facts as text.

    Facts with names in `_s` are seconds, `_bytes` bytes, `_rate` bytes per second; times are RFC 3339 in UTC. The facts
    `resource` and `klass` are shown with the phrases `resource.NAME` and `class.NAME`, `command` unchanged.
    """

    key: str
    facts: dict[str, str] = {}


class Rate(Record, frozen=True, kw_only=True):
    """One number of a model, with its origin. `note`: the key of a phrase with details, or empty."""

    value: float
    origin: Origin
    note: str = ""


class ClassModel(Record, frozen=True, kw_only=True):
    """The model of one class of work, such as `disk.capture`.

    `fixed`: seconds per item. The other rates are None if the class has no such part: `read` bytes per second read,
    `send` bytes per second stored or sent, `objects` objects per second. `used`: bytes moved per planned byte. `q50`,
    `q90`: quantiles of actual over predicted time; `samples`: finished items of the class.
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
    """The duration of one unfinished step. `samples`: the number of finished items behind it.

    `due`: its deadline, or None if only reading the source has one; `tier`: 10, 3 or 1.
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
    """The expected time of a step, in wall-clock seconds from `as_of`, at P50; it may include closed windows.

    `lane`: the pool it takes a slot from (`source`, `target`); `critical`: it often ends last.
    """

    step_id: str
    start_s: float
    end_s: float
    lane: str
    critical: bool = False


class Downtime(Record, frozen=True, kw_only=True):
    """The downtime of a stopped server: from its stop until the new server has all its volumes.

    Wall-clock seconds, None if no end is in sight. `begins`: the time of the stop, at P50; if `is_down`, the actual
    one. `is_made`: the plan creates it at the target; otherwise it is down until its disks are captured, and its owner
    starts it. `origin`: the least certain among those of its steps. `wave`: the name of its wave.
    `floor_s`: the shortest possible downtime at P50 rates, with nothing else under way; `floor_stage`: the stage of the
    cut-over that takes most of it.
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
    wave: str = ""
    floor_s: float | None = None
    floor_stage: str = ""


class Capacity(Record, frozen=True, kw_only=True):
    """One shared resource: a link in bytes per second (`source`, `target`, `bandwidth`) or slots (`slots.disks`…).

    `usable`: the part of it that the forecast counts on.
    """

    resource: str
    value: float
    unit: str
    usable: float
    origin: Origin


class Demand(Record, frozen=True, kw_only=True):
    """The work for one resource by one date, at P90, and the resource's capacity until then; both in seconds.

    Impossible if `demand_s` is greater than `supply_s`.
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
    """An item with its own deadline, and when it will be complete at the target."""

    selector: str
    due: str
    finish_p50: str | None
    finish_p90: str | None
    p_on_time: float


class Earlier(Record, frozen=True, kw_only=True):
    """An earlier forecast, the first at each percent of progress, for comparison with reality."""

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
    """`forecast.json`: determined by plan, ledger, policy, the previous forecast and `as_of`.

    The deadline applies to *reading the source*: the verdict is about `evacuated_*`, when nothing is left to read
    there;
    `finish_*` is when the target is complete too. None if no end is in sight within ten years; the actual times once
    all is done. `must_end`: the deadline minus the safety margin; `guard_*` and `first_as_of` are those of the first
    forecast.
    `p_on_time`: the share of simulated runs with everything read by `must_end`.

    `calibrated`: 20 items were measured of each class behind the verdict, that is, of steps that read the source or
    have their own date; `calibrated_all`: of each remaining class, so that `finish_*` rests on measurements too.
    `done_bytes`, `total_bytes`: of done steps and of all steps that move content, as planned. `observed_rate`: bytes
    per second during transfers, None before any; `required_rate`: needed for the bytes left to read until `must_end`.
    `last_progress`: when the journal last grew; `stalled_since`: the same, if it is an alarm.
    `downtimes`: of servers that are or will be down, in the order of their stops.
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
        """Whether nothing is left to read from the source, or never was: then its end no longer matters."""
        return any(one.key in IS_READ for one in self.why)
