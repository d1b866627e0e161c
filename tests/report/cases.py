"""Reports in both languages, before and after a move."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import pytest
from msgspec.structs import replace

from migrate.cli.commands.report import render
from migrate.forecast import simulate
from migrate.forecast.forecast_records import Late, Reason
from migrate.ledger.ledger_records import JournalLine, Predicted
from migrate.report.summary import Summary, summarise
from migrate.report.totals_and_steps import Story, tell
from tests.report.examples import MADE_AT, example, foretold, half_way, tenant, without_forecast
from tests.report.full_migration import FULL

Case = tuple[Summary, Story]


STOP, MADE = "server:s1:stop", "server:s1"
CUT_OVER_TWICE = replace(
    FULL,
    predicted={STOP: Predicted(p50_s=600.0, p90_s=5400.0, origin="measured", at="2020-01-20T08:00:00Z")},
    journal=(
        *FULL.journal,
        JournalLine(step_id=STOP, stage="server.stop", started_at=100.0, ended_at=130.0),
        JournalLine(step_id=MADE, stage="server.make", started_at=700.0, ended_at=900.0),
        JournalLine(step_id=STOP, stage="server.stop", started_at=5000.0, ended_at=5030.0),
        JournalLine(step_id=MADE, stage="server.make", started_at=8000.0, ended_at=8600.0),
        # It was looked at again, and was there.
        JournalLine(step_id=MADE, stage="server.make", started_at=9000.0, ended_at=9001.0),
    ),
)


def finished() -> Case:
    summary = summarise(CUT_OVER_TWICE)
    return summary, tell(CUT_OVER_TWICE, summary)


@contextmanager
def few_runs() -> Iterator[None]:
    """How sure a forecast is matters in the golden reports alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(simulate, "RUNS", 50)
        patch.setattr(simulate, "LEAST_SCHEDULES", 2)
        yield


@cache
def case(name: str) -> Case:
    if name == "finished":
        return finished()
    plain, _, when = name.rpartition("-")
    with few_runs():
        if name == "large":
            return half_way(tenant(50))
        told = {"half": half_way, "bare": without_forecast}.get(when)
        return told(example(plain)) if told else foretold(example(name))


@cache
def page_of(name: str, lang: str) -> str:
    return render(*case(name), "html", lang, MADE_AT)


AFTER = "2020-03-01T00:00:00Z"
DOUBT = (Reason(key="why.fits", facts={"spare_s": "1000"}), Reason(key="why.uncalibrated", facts={"klass": "api"}))
FAILED = Reason(key="why.failed", facts={"count": "3"})


def own(p50: str | None = "2020-01-08T00:00:00Z", p90: str | None = "2020-01-09T00:00:00Z") -> Late:
    return Late(selector="server:web", due="2020-01-10T00:00:00Z", finish_p50=p50, finish_p90=p90, p_on_time=0.2)
