"""The remaining work, and how long each step takes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from math import inf
from types import MappingProxyType
from typing import NamedTuple, get_args

from migrate.forecast.default_estimates import LINK_BYTES_PER_S, PRIORS, USABLE, Prior
from migrate.forecast.forecast_records import Capacity, ClassModel, Estimate, Origin
from migrate.forecast.work_classes import Learned, class_of, links_of, objects_of, seconds
from migrate.model.steps import AnyAction, Step
from migrate.plan.schedule_problems import item_of
from migrate.plan.waves import Waves
from migrate.policy.policy_records import Limits, Policy

DEFAULT_TIER = 3
DISK_CAPTURES = frozenset(action.work for action in get_args(AnyAction) if action.captures_disk)
"""Classes of captures with temporary disks at the source, which `limits.disks` in the policy counts."""


class Work(NamedTuple):
    """One remaining step. `moves`: the bytes it is expected to move; `due`: its deadline."""

    step: Step
    work_class: str
    predicted_s: float
    moves: float
    estimate: Estimate
    due: datetime | None

    @property
    def is_disk(self) -> bool:
        return self.step.action.captures_disk


def capacities_of(policy: Policy, seen: Mapping[str, float]) -> tuple[Capacity, ...]:
    """All shared resources. `seen`: measured bytes per second by link.

    A measurement is a lower bound for a link, never a limit: the link may not have been fully used.
    """
    limits, said = policy.limits, policy.schedule
    declared = {"source": said.source_bytes_per_s, "target": said.target_bytes_per_s}
    links = []
    for resource, value in declared.items():
        origin = Origin.DEFAULT if value is None else Origin.DECLARED
        whole = float(value or LINK_BYTES_PER_S)
        usable = USABLE * whole
        if seen.get(resource, 0.0) > usable:
            usable, origin = seen[resource], Origin.MEASURED
        links.append(Capacity(resource=resource, value=whole, unit="bytes/s", usable=usable, origin=origin))
    if limits.bandwidth_bytes_per_s:
        whole = float(limits.bandwidth_bytes_per_s)
        links.append(Capacity(resource="bandwidth", value=whole, unit="bytes/s", usable=whole, origin=Origin.DECLARED))
    places = {"slots.source": limits.source, "slots.target": limits.target, "slots.disks": limits.disks}
    return (
        *links,
        *(
            Capacity(resource=name, value=float(count), unit="places", usable=float(count), origin=Origin.DECLARED)
            for name, count in places.items()
        ),
    )


class Due(NamedTuple):
    """Deadlines of steps: `tiers` of items, `dues` of steps with their own date, and the end of all reading from the
    source.
    """

    tiers: Mapping[str, int]
    dues: Mapping[str, datetime]
    must_end: datetime | None


def work_left(
    steps: Sequence[Step],
    learned: Mapping[str, Learned],
    capacities: Sequence[Capacity],
    limits: Limits,
    due: Due,
    crowds: Mapping[str, float] = MappingProxyType({}),
    ahead: Mapping[str, int] = MappingProxyType({}),
) -> list[Work]:
    """The steps with their estimates, in order.

    `crowds`: the number of steps that share the links with a step, if known. `ahead`: bytes that are left to write of a
    disk that was written ahead; P90 allows for twice as many.
    """
    tiers, dues, must_end = due
    usable = {capacity.resource: capacity.usable for capacity in capacities}
    priors: dict[tuple[str, float], Prior] = {}
    result = []
    for step in steps:
        work_class, objects, content = class_of(step), objects_of(step), step.content_bytes
        model = learned[work_class].model
        crowd = crowds.get(step.id, inf)
        if (work_class, crowd) not in priors:
            priors[work_class, crowd] = _as_prior(model, usable, limits, crowd)
        moves = min(content, ahead.get(step.id, content))
        predicted, most = (
            seconds(priors[work_class, crowd], size, objects) for size in (moves, min(content, 2 * moves))
        )
        own = dues.get(step.id)
        binding = min((date for date in (own, must_end if step.reads_source else None) if date), default=None)
        estimate = Estimate(
            step_id=step.id,
            work_class=work_class,
            size_bytes=content,
            objects=objects,
            p50_s=round(predicted * model.q50, 3),
            p90_s=round(most * model.q90, 3),
            origin=model.origin,
            samples=model.samples,
            tier=tiers.get(item_of(step), DEFAULT_TIER),
            due=own.isoformat().replace("+00:00", "Z") if own else None,
        )
        result.append(Work(step, work_class, predicted, moves * model.used.value, estimate, binding))
    return result


def crowds_of(waves: Waves, steps: Mapping[str, Step], limits: Limits) -> dict[str, float]:
    """By step of a wave, how many steps share the links: the size of the wave's disks divided by that of the largest.

    Other steps end earlier or start later.
    """
    found: dict[str, float] = {}
    for wave in waves.all:
        largest = max((steps[step_id].size_bytes for step_id in wave.captures), default=0)
        alike = wave.size_bytes / largest if largest else 1.0
        found.update(dict.fromkeys(wave.way, max(alike, 1.0) * limits.servers_down))
    return found


def _as_prior(model: ClassModel, usable: Mapping[str, float], limits: Limits, crowd: float) -> Prior:
    """The model's rates; unmeasured ones are limited to the item's share of each link.

    A measured rate already includes that share.
    """
    rates = {"read": model.read, "send": model.send}
    values = {name: rate.value if rate else None for name, rate in rates.items()}
    caps = [
        usable[link]
        / min(_at_once(model.work_class, link, limits), crowd)
        / (2 if link == "bandwidth" and model.objects else 1)
        for link in (*links_of(model.work_class), "bandwidth")
        if link in usable and links_of(model.work_class) and model.origin is Origin.DEFAULT
    ]
    slowest = min(caps, default=None)
    if slowest is not None:
        values = {name: min(value, slowest) if value else None for name, value in values.items()}
    objects = model.objects.value if model.objects else None
    return Prior(model.fixed.value, values["read"], values["send"], objects, PRIORS[model.work_class].note)


def _at_once(work_class: str, link: str, limits: Limits) -> int:
    """The number of steps of a class that can use a link at the same time."""
    places = limits.source if link == "source" or work_class.endswith(".capture") else limits.target
    if work_class.startswith("objects."):
        return min(limits.source, limits.target)
    return min(limits.disks, places) if work_class in DISK_CAPTURES else places
