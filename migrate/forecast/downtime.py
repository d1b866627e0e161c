"""The downtime of each server that is stopped, from the same simulation as the rest of the forecast."""

from collections.abc import Mapping
from datetime import UTC
from types import MappingProxyType
from typing import NamedTuple

from migrate.forecast.forecast_inputs import Inputs, Picture, Stopped, draw_picture
from migrate.forecast.forecast_records import Downtime, Origin
from migrate.forecast.simulate import Spans, schedule
from migrate.forecast.work_classes import quantile
from migrate.plan.schedule_problems import moment
from migrate.plan.wave_stages import stage_of_action
from migrate.plan.waves import awaited
from migrate.units import iso

_LEAST_KNOWN = (Origin.DEFAULT, Origin.DECLARED, Origin.MEASURED)


def downtimes(inputs: Inputs) -> tuple[Downtime, ...]:
    """The downtimes of a forecast with these inputs, without the rest of it."""
    picture = draw_picture(inputs)
    return downtimes_of(picture, median_spans(picture))


def median_spans(picture: Picture) -> Spans:
    """A single schedule with P50 times."""
    return schedule(picture.shape, [one.estimate.p50_s for one in picture.work])


def downtimes_of(picture: Picture, spans: Spans) -> tuple[Downtime, ...]:
    """The downtimes in the order of the stops. Closed windows count as in the schedule with P50 times."""
    floors = _floors(picture)
    found = [
        _downtime(picture, one, runs, spans, floor)
        for one, runs, floor in zip(picture.stopped, picture.runs.downs, floors, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_down, one.begins or "9", one.name, one.server_id)))


def _downtime(picture: Picture, one: Stopped, runs: list[float], spans: Spans, floor: "_Chain") -> Downtime:
    begins, _ = one.stay.of(spans)
    p50_s, p90_s = (_on_the_wall(picture, begins, quantile(runs, share)) for share in (0.5, 0.9))
    since = picture.calendar.moment(begins)
    until_now = 0.0
    if one.stay.stop is None:
        row = picture.inputs.states.get(one.server.stop)
        told = picture.inputs.down_since.get(one.server.stop) or (row.updated_at if row else "")
        since = moment(told) if told else picture.as_of
        until_now = max(0.0, (picture.as_of - since).total_seconds())
    return Downtime(
        server_id=one.server.server_id,
        name=one.server.name,
        wave=one.wave,
        size_bytes=one.server.size_bytes,
        begins=iso(since.astimezone(UTC)) if since else None,
        p50_s=None if p50_s is None else round(until_now + p50_s, 1),
        p90_s=None if p90_s is None else round(until_now + p90_s, 1),
        origin=_origin(picture, one),
        is_made=bool(one.server.up),
        is_down=one.stay.stop is None,
        floor_s=round(until_now + floor.seconds, 1),
        floor_stage=max(floor.stages, key=lambda stage: floor.stages[stage], default=""),
    )


class _Chain(NamedTuple):
    """Steps that follow each other: their time at P50, and the part of each stage in it."""

    seconds: float = 0.0
    stages: Mapping[str, float] = MappingProxyType({})

    def then(self, stage: str, seconds: float) -> "_Chain":
        return _Chain(self.seconds + seconds, {**self.stages, stage: self.stages.get(stage, 0.0) + seconds})


def _seconds(chain: _Chain) -> float:
    return chain.seconds


def _floors(picture: Picture) -> list[_Chain]:
    """The longest chain of steps between each server's stop and its end, as if every step found a free slot at once."""
    work = picture.work
    index_of = {one.step.id: index for index, one in enumerate(work)}
    also = awaited([one.step for one in work])
    found: list[_Chain] = []
    chains: dict[int, _Chain] = {}
    for one in picture.stopped:
        way = frozenset(one.way)

        def chain(index: int, way: frozenset[int] = way) -> _Chain:
            if index not in chains:
                step = work[index].step
                before = (index_of.get(need) for need in (*step.needs, *also.get(step.id, ())))
                longest = max(
                    (chain(need) for need in before if need is not None and need in way), default=_Chain(), key=_seconds
                )
                chains[index] = longest.then(stage_of_action(step.action), work[index].estimate.p50_s)
            return chains[index]

        found.append(max((chain(index) for index in one.stay.ends), default=_Chain(), key=_seconds))
    return found


def _on_the_wall(picture: Picture, begins: float, work_s: float) -> float | None:
    start, end = picture.calendar.wall_s(begins), picture.calendar.wall_s(begins + work_s)
    return None if start is None or end is None else end - start


def _origin(picture: Picture, one: Stopped) -> Origin:
    known = {picture.work[index].estimate.origin for index in one.way}
    return next((origin for origin in _LEAST_KNOWN if origin in known), Origin.DEFAULT)
