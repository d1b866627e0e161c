"""The verdict and its reasons, from the expected end and the uncertainty."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from migrate.forecast.default_estimates import CALIBRATED_FROM
from migrate.forecast.forecast_records import ClassModel, Demand, Late, Reason, Verdict
from migrate.plan.schedule_problems import moment
from migrate.units import iso


class End(NamedTuple):
    """An end at P50 and P90; None if no end is in sight."""

    p50: datetime | None
    p90: datetime | None


class Case(NamedTuple):
    """The basis of a verdict. `reading`: steps left that read the source; `doubtful`: classes not yet measured.

    `left_out`: items with their own date that the plan does not move; `blocks`: findings that prevent any run;
    `is_part`: the plan leaves something at the source, so that the source does not become empty.
    """

    as_of: datetime
    deadline: datetime | None
    must_end: datetime | None
    reading: int
    evacuated: End
    late: Sequence[Late]
    left_out: Sequence[str]
    bottleneck: Demand | None
    doubtful: Sequence[ClassModel]
    gates: int
    failed: int
    stalled: datetime | None
    blocks: int
    is_part: bool


_WORST = (Verdict.RED, Verdict.AMBER, Verdict.GREEN)


def judge(case: Case) -> tuple[Verdict, tuple[Reason, ...]]:
    """The verdict. GREEN only if nothing contradicts it: no date, no failed step, no class without measurements."""
    main = None
    if case.must_end is not None:
        main = _in_time(case.evacuated, case.must_end) if case.reading else Verdict.GREEN
    own = sorted((_own(one) for one in case.late), key=lambda pair: _WORST.index(pair[0]))
    told = [
        Reason(key="why.own-late", facts={"selector": one.selector, "date": one.due})
        for verdict, one in own
        if verdict is not Verdict.GREEN
    ]
    verdicts = [*([main] if main else []), *(verdict for verdict, _ in own)]
    # The decisive part comes first: items' own dates if one is missed and the deadline is not.
    is_own = main is not Verdict.RED and Verdict.RED in verdicts
    reasons = [*told, _main(case)] if is_own else [_main(case), *told]
    doubts = list(_doubts(case))
    if not verdicts:
        return Verdict.UNKNOWN, (*reasons, *doubts)
    if any(doubt.key in _NEVER_GREEN for doubt in doubts):
        verdicts.append(Verdict.AMBER)
    return min(verdicts, key=_WORST.index), (*reasons, *doubts)


def _own(one: Late) -> tuple[Verdict, Late]:
    """The verdict for an item's own date."""
    end = End(*(moment(text) if text else None for text in (one.finish_p50, one.finish_p90)))
    return _in_time(end, moment(one.due)), one


def _in_time(end: End, date: datetime) -> Verdict:
    if end.p50 is None or end.p50 > date:
        return Verdict.RED
    return Verdict.AMBER if end.p90 is None or end.p90 > date else Verdict.GREEN


def _main(case: Case) -> Reason:
    """The main sentence about the deadline."""
    p50, p90 = case.evacuated
    if not case.reading:
        key = "why.evacuated-part" if case.is_part else "why.evacuated"
        return Reason(key=key, facts={"at": iso(p50)}) if p50 else Reason(key="why.nothing-to-read")
    if case.deadline is None or case.must_end is None:
        return Reason(key="why.no-deadline")
    if case.as_of >= case.deadline:
        return Reason(key="why.missed", facts={"at": iso(case.deadline), "count": str(case.reading)})
    if p50 is None:
        return Reason(key="why.no-end")
    if p50 > case.must_end:
        return Reason(key="why.late-half", facts={"late_s": _seconds(case.must_end, p50)})
    if p90 is None or p90 > case.must_end:
        late = {"late_s": _seconds(case.must_end, p90)} if p90 else {}
        return Reason(key="why.late-tail" if late else "why.late-tail-open", facts=late)
    return Reason(key="why.fits", facts={"spare_s": _seconds(p90, case.must_end)})


_NEVER_GREEN = frozenset(
    {"why.own-left-out", "why.bottleneck", "why.uncalibrated", "why.failed", "why.stalled", "why.blocks"}
)


def _doubts(case: Case) -> list[Reason]:
    doubts = [Reason(key="why.own-left-out", facts={"selector": selector}) for selector in case.left_out]
    tight = case.bottleneck
    if tight is not None and not tight.fits:
        facts = {
            "resource": tight.resource,
            "date": tight.date,
            "demand_s": str(round(tight.demand_s)),
            "supply_s": str(round(tight.supply_s)),
        }
        doubts.append(Reason(key="why.bottleneck", facts=facts))
    if case.doubtful:
        first = case.doubtful[0]
        facts = {"klass": first.work_class, "samples": str(first.samples), "needed": str(CALIBRATED_FROM)}
        doubts.append(Reason(key="why.uncalibrated", facts=facts))
    if case.blocks:
        facts = {"count": str(case.blocks), "command": "decamp check"}
        doubts.append(Reason(key="why.blocks", facts=facts))
    if case.failed:
        doubts.append(Reason(key="why.failed", facts={"count": str(case.failed)}))
    if case.stalled:
        doubts.append(Reason(key="why.stalled", facts={"at": iso(case.stalled)}))
    if case.gates:
        doubts.append(Reason(key="why.gates", facts={"count": str(case.gates)}))
    return doubts


def _seconds(since: datetime, until: datetime) -> str:
    return str(round((until - since).total_seconds()))
