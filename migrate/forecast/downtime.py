"""The downtime of each server that is stopped, from the same simulation as the rest of the forecast."""

from datetime import UTC

from migrate.forecast.forecast_inputs import Inputs, Picture, Stopped, draw_picture
from migrate.forecast.forecast_records import Downtime, Origin
from migrate.forecast.simulate import Spans, schedule
from migrate.forecast.work_classes import quantile
from migrate.plan.schedule_problems import moment
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
    found = [
        _downtime(picture, one, runs, spans) for one, runs in zip(picture.stopped, picture.runs.downs, strict=True)
    ]
    return tuple(sorted(found, key=lambda one: (not one.is_down, one.begins or "9", one.name, one.server_id)))


def _downtime(picture: Picture, one: Stopped, runs: list[float], spans: Spans) -> Downtime:
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
    )


def _on_the_wall(picture: Picture, begins: float, work_s: float) -> float | None:
    start, end = picture.calendar.wall_s(begins), picture.calendar.wall_s(begins + work_s)
    return None if start is None or end is None else end - start


def _origin(picture: Picture, one: Stopped) -> Origin:
    known = {picture.work[index].estimate.origin for index in one.way}
    return next((origin for origin in _LEAST_KNOWN if origin in known), Origin.DEFAULT)
