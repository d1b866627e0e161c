"""Makes the forecast from plan, policy, ledger, the previous forecast and a given time."""

from collections.abc import Sequence
from datetime import UTC, datetime

from msgspec.structs import replace

from migrate.forecast.bottlenecks import bottleneck_of, demands_of
from migrate.forecast.downtime import downtimes_of, median_spans
from migrate.forecast.forecast_inputs import Inputs, Picture, draw_picture, first_as_of
from migrate.forecast.forecast_records import (
    ClassModel,
    Critical,
    Demand,
    Earlier,
    Forecast,
    Late,
    Origin,
    Slot,
)
from migrate.forecast.observed_progress import stalled_since
from migrate.forecast.simulate import Spans
from migrate.forecast.verdict import Case, End, judge
from migrate.forecast.work_calendar import Calendar
from migrate.forecast.work_classes import quantile
from migrate.ledger.ledger_records import State
from migrate.policy.policy_records import Policy
from migrate.units import iso

__all__ = ["Inputs", "first_as_of", "make_forecast"]

CRITICAL_SHOWN = 5


def make_forecast(inputs: Inputs) -> Forecast:
    """The forecast, determined by the inputs to the byte."""
    picture = draw_picture(inputs)
    demands = demands_of(picture.work, picture.capacities, picture.calendar.work_until)
    case = _case(picture, bottleneck_of(demands))
    verdict, why = judge(case)
    spans = median_spans(picture)
    forecast = Forecast(
        migration=inputs.plan.migration,
        plan_seal=inputs.plan_seal,
        as_of=iso(picture.as_of),
        time_zone=_time_zone(inputs.policy),
        verdict=verdict,
        calibrated=not case.doubtful,
        calibrated_all=all(
            picture.learned[work_class].model.calibrated for work_class in {one.work_class for one in picture.work}
        ),
        why=why,
        shared_sd=picture.shared_sd,
        runs=len(picture.runs.finished),
        classes=_classes(picture),
        capacities=picture.capacities,
        demands=demands,
        bottleneck=case.bottleneck,
        critical=_critical(picture),
        late=tuple(case.late),
        estimates=tuple(one.estimate for one in picture.work),
        downtimes=downtimes_of(picture, spans),
        slots=_slots(picture, spans),
    )
    forecast = _with_ends(_with_rates(_with_dates(forecast, picture), picture, case), picture, case)
    return replace(forecast, history=_history(forecast, inputs.earlier))


# ---------------------------------------------------------------- the basis of the verdict


def _case(picture: Picture, bottleneck: Demand | None) -> Case:
    inputs, dates = picture.inputs, picture.dates
    evacuated = _end(picture.calendar, picture.runs.evacuated)
    return Case(
        as_of=picture.as_of,
        deadline=dates.deadline,
        must_end=dates.must_end,
        reading=len(picture.reading),
        evacuated=evacuated if picture.reading else End(picture.progress.last_read, picture.progress.last_read),
        late=_late(picture),
        left_out=[selector for selector, steps in dates.own.items() if not steps],
        bottleneck=bottleneck,
        doubtful=_doubtful(picture),
        gates=_open_gates(picture),
        failed=sum(inputs.state(one.step) is State.FAILED for one in picture.work),
        stalled=_stalled_since(picture),
        blocks=inputs.open_blocks if picture.work else 0,
        is_part=bool(inputs.plan.left_out),
    )


def _end(calendar: Calendar, runs: Sequence[float]) -> End:
    return End(*(calendar.moment(quantile(runs, share)) for share in (0.5, 0.9)))


def _late(picture: Picture) -> list[Late]:
    found = []
    for selector, runs in sorted(picture.runs.groups.items()):
        due = datetime.fromisoformat(picture.inputs.policy.schedule.deadlines[selector])
        end = _end(picture.calendar, runs)
        found.append(
            Late(
                selector=selector,
                due=iso(due),
                finish_p50=_iso(end.p50),
                finish_p90=_iso(end.p90),
                p_on_time=_share(runs, picture.calendar.work_until(due)),
            )
        )
    return found


def _doubtful(picture: Picture) -> list[ClassModel]:
    """Classes behind the verdict without enough measurements, the one with most work left first."""
    work = [one for one in picture.work if one.due] or [picture.work[index] for index in picture.reading]
    seconds: dict[str, float] = {}
    for one in work:
        seconds[one.work_class] = seconds.get(one.work_class, 0.0) + one.predicted_s
    unknown = [work_class for work_class in seconds if not picture.learned[work_class].model.calibrated]
    return [
        picture.learned[work_class].model
        for work_class in sorted(unknown, key=lambda work_class: (-seconds[work_class], work_class))
    ]


def _open_gates(picture: Picture) -> int:
    granted = {(approval.step_id, approval.digest) for approval in picture.inputs.approvals}
    gated = [one.step for one in picture.work if one.step.gate]
    return len({step.gate for step in gated if (step.id, step.digest) not in granted})


def _stalled_since(picture: Picture) -> datetime | None:
    if not picture.work:
        return None
    rows, at = picture.inputs.states, picture.as_of.timestamp()
    # Whoever holds a step renews its lease: an expired one means that nobody works on it.
    held = {i for i, row in rows.items() if row.is_leased(at)}
    running = [one.estimate.p90_s for one in picture.work if one.step.id in held]
    last = picture.progress.last or picture.progress.began
    return stalled_since(last, picture.as_of, picture.windows, max(running, default=0.0))


# ---------------------------------------------------------------- results


def _with_dates(forecast: Forecast, picture: Picture) -> Forecast:
    dates, said = picture.dates, picture.inputs.policy.schedule
    return replace(
        forecast,
        deadline=_iso(dates.deadline),
        guard_s=dates.guard_s,
        guard_origin=Origin.DEFAULT if said.guard_s is None else Origin.DECLARED,
        must_end=_iso(dates.must_end),
        first_as_of=iso(dates.first),
    )


def _with_rates(forecast: Forecast, picture: Picture, case: Case) -> Forecast:
    total = sum(step.content_bytes for step in picture.inputs.plan.steps)
    return replace(
        forecast,
        steps_left=len(picture.work),
        done_bytes=total - sum(one.estimate.size_bytes for one in picture.work),
        total_bytes=total,
        required_rate=_required_rate(picture),
        observed_rate=picture.progress.read_rate,
        last_progress=_iso(picture.progress.last),
        stalled_since=_iso(case.stalled),
    )


def _with_ends(forecast: Forecast, picture: Picture, case: Case) -> Forecast:
    last = picture.progress.last
    finished = _end(picture.calendar, picture.runs.finished) if picture.work else End(last, last)
    must_end = picture.dates.must_end
    p_on_time = None
    if must_end is not None:
        within = picture.calendar.work_until(must_end)
        p_on_time = _share(picture.runs.evacuated, within) if picture.reading else 1.0
    return replace(
        forecast,
        evacuated_p50=_iso(case.evacuated.p50),
        evacuated_p90=_iso(case.evacuated.p90),
        finish_p50=_iso(finished.p50),
        finish_p90=_iso(finished.p90),
        p_on_time=p_on_time,
    )


def _required_rate(picture: Picture) -> float | None:
    """Bytes per second of usable time that are required from now to the end; None if nothing is left."""
    if picture.dates.must_end is None or not picture.reading:
        return None
    open_s = Calendar(picture.as_of, picture.windows).work_until(picture.dates.must_end)
    left = sum(picture.work[index].moves for index in picture.reading)
    return round(left / open_s, 3) if open_s else None


def _classes(picture: Picture) -> tuple[ClassModel, ...]:
    left: dict[str, list[int]] = {}
    for one in picture.work:
        left.setdefault(one.work_class, []).append(one.estimate.size_bytes)
    return tuple(
        replace(known.model, items_left=len(left.get(work_class, ())), bytes_left=sum(left.get(work_class, ())))
        for work_class, known in picture.learned.items()
    )


def _critical(picture: Picture) -> tuple[Critical, ...]:
    often = sorted(picture.runs.last.items(), key=lambda pair: (-pair[1], pair[0]))[:CRITICAL_SHOWN]
    return tuple(
        Critical(
            step_id=picture.work[index].step.id,
            name=picture.work[index].step.name,
            share=round(count / picture.runs.schedules, 4),
        )
        for index, count in often
    )


def _slots(picture: Picture, spans: Spans) -> tuple[Slot, ...]:
    """A single schedule with P50 times on the wall clock; a step without an end in sight has no slot."""
    critical = {index for index, _ in picture.runs.last.most_common(CRITICAL_SHOWN)}
    slots = []
    for index, one in enumerate(picture.work):
        start, end = (picture.calendar.wall_s(work) for work in (spans.starts[index], spans.ends[index]))
        if start is not None and end is not None:
            slots.append(
                Slot(
                    step_id=one.step.id,
                    start_s=round(start, 1),
                    end_s=round(end, 1),
                    lane=one.step.sides[0],
                    critical=index in critical,
                )
            )
    return tuple(slots)


def _history(forecast: Forecast, earlier: Forecast | None) -> tuple[Earlier, ...]:
    """The first forecast at each percent of progress, so that earlier forecasts can be judged."""
    kept = earlier.history if earlier and earlier.migration == forecast.migration else ()
    names = Earlier.__struct_fields__
    now = Earlier(**{name: getattr(forecast, name) for name in names})
    return kept if any(_percent(one) == _percent(now) for one in kept) else (*kept, now)


def _percent(one: Earlier) -> int:
    return 100 * one.done_bytes // one.total_bytes if one.total_bytes else 100


def _time_zone(policy: Policy) -> str:
    """The policy's time zone, else the UTC offset of its deadline, else UTC."""
    if policy.schedule.time_zone:
        return policy.schedule.time_zone
    offset = datetime.fromisoformat(policy.deadline).strftime("%z") if policy.deadline else ""
    return "UTC" if offset in {"", "+0000"} else f"{offset[:3]}:{offset[3:5]}"


def _share(runs: Sequence[float], within: float) -> float:
    return sum(run <= within for run in runs) / len(runs) if runs else 1.0


def _iso(moment: datetime | None) -> str | None:
    return None if moment is None else iso(moment.astimezone(UTC))
