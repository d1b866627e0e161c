"""The demand bound: the work for each resource by each date, against the resource's capacity until then.

A necessary condition for several resources, exact for one. More capacity never makes it worse, another item never makes
it better.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from itertools import groupby

from migrate.forecast.forecast_records import Capacity, Demand, Origin
from migrate.forecast.work_classes import links_of
from migrate.forecast.work_left import Work
from migrate.units import iso


def demands_of(
    work: Sequence[Work], capacities: Sequence[Capacity], supply_s: Callable[[datetime], float]
) -> tuple[Demand, ...]:
    """Demands for each date and each resource needed by then, by date and name. `supply_s`: work seconds
    until a date.
    """
    due = sorted((one.due, index) for index, one in enumerate(work) if one.due)
    ordered = sorted(capacities, key=lambda capacity: capacity.resource)
    # Cumulative work by date.
    needed = {capacity.resource: 0.0 for capacity in ordered}
    origins = {capacity.resource: {capacity.origin} for capacity in ordered}
    result = []
    for date, group in groupby(due, key=lambda pair: pair[0]):
        ones = [work[index] for _, index in group]
        for capacity in ordered:
            name = capacity.resource
            needs = [(need, one) for one in ones if (need := _NEEDS[name](one))]
            needed[name] += sum(need for need, _ in needs)
            origins[name].update(one.estimate.origin for _, one in needs)
            if needed[name]:
                result.append(
                    Demand(
                        date=iso(date),
                        resource=name,
                        demand_s=round(needed[name] / capacity.usable, 3),
                        supply_s=round(supply_s(date), 3),
                        origin=_least_known_origin(origins[name]),
                    )
                )
    return tuple(result)


def demand_s(work: Sequence[Work], capacity: Capacity) -> float:
    """The work seconds that this resource needs for all the work, at P90."""
    need = _NEEDS[capacity.resource]
    return sum(need(one) for one in work) / capacity.usable


def bottleneck_of(demands: Sequence[Demand]) -> Demand | None:
    """The first failing demand (the worst of its date), else the tightest of all."""
    failing = [demand for demand in demands if not demand.fits]
    if failing:
        return max((d for d in failing if d.date == failing[0].date), key=_tightness)
    return max(demands, key=_tightness, default=None)


def _tightness(demand: Demand) -> float:
    return demand.demand_s / max(demand.supply_s, 1e-9)


def _least_known_origin(origins: Collection[Origin]) -> Origin:
    """The least certain origin: a sum is no more certain than any of its parts."""
    return next(origin for origin in (Origin.DEFAULT, Origin.DECLARED, Origin.MEASURED) if origin in origins)


def _crosses(link: str) -> Callable[[Work], float]:
    return lambda one: one.moves if link in links_of(one.work_class) else 0.0


def _side(side: str) -> Callable[[Work], float]:
    return lambda one: one.estimate.p90_s if side in one.step.sides else 0.0


_NEEDS: Mapping[str, Callable[[Work], float]] = {
    "source": _crosses("source"),
    "target": _crosses("target"),
    # The policy's bandwidth counts each byte on both sides.
    "bandwidth": lambda one: one.moves * len(links_of(one.work_class)),
    "slots.source": _side("source"),
    "slots.target": _side("target"),
    "slots.disks": lambda one: one.estimate.p90_s if one.is_disk else 0.0,
}
"""The use of each resource by a step: bytes of a link, seconds of a slot."""
