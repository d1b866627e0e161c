"""The headline for decision makers: one sentence, its tone, and the reasons against the date."""

from typing import NamedTuple

from migrate.forecast.forecast_records import Forecast, Late, Reason, Verdict
from migrate.messages.numbers import moment
from migrate.report.summary import Summary
from migrate.report.totals_and_steps import Story
from migrate.report.words import Fact, Form, Sentence, pointer

# Reasons that do not endanger the date: the current state, and requests in the rest of the report.
_HARMLESS = frozenset({"why.fits", "why.no-deadline", "why.gates"})
# Sentences about "everything", and their replacements while parts are unknown.
_UNKNOWN = {"html.head.GREEN": "html.head.GREEN-unknown"}
_UNCALIBRATED = "why.uncalibrated"
# Reasons about items with their own date.
_OWN = "why.own-late"


class Headline(NamedTuple):
    """A tone (`good`, `fair`, `bad`, `none`) and a phrase key."""

    tone: str
    key: str


class Own(NamedTuple):
    """An item with its own date, and its index in the forecast's list."""

    place: int
    late: Late


def headline(summary: Summary, story: Story) -> Headline:
    """The most important sentence of the report. Never `good` while parts of the source are unknown."""
    head = _of_what_is_known(summary, story)
    if head.tone != "good" or not summary.unknown:
        return head
    return Headline("fair", _UNKNOWN.get(head.key, head.key))


def _of_what_is_known(summary: Summary, story: Story) -> Headline:
    if summary.is_done:
        return _when_done(summary, story)
    forecast = story.forecast
    if forecast is None:
        return Headline("none", "html.head.no-forecast")
    if not story.forecast_fits:
        return Headline("none", "html.head.stale")
    match forecast.verdict:
        case Verdict.GREEN:
            return Headline("good", "html.head.GREEN-read" if forecast.is_read else "html.head.GREEN")
        case Verdict.AMBER:
            return Headline("fair", _amber(forecast))
        case Verdict.RED:
            own = missed(forecast) and _source_is_likely(forecast)
            return Headline("bad", "html.head.RED-own" if own else "html.head.RED")
        case Verdict.UNKNOWN:
            return Headline("none", "html.head.UNKNOWN")


def _when_done(summary: Summary, story: Story) -> Headline:
    """The headline after the move; items left out or undecided prevent `good`."""
    if summary.differences is None or not summary.evidence_fits:
        return Headline("fair", "html.head.unverified")
    if summary.differences or summary.unread:
        return Headline("bad", "html.head.differs")
    is_short = story.open_losses or story.open_blocks or summary.left_out
    done = "html.head.done-unknown" if summary.unknown else "html.head.done"
    return Headline("fair" if is_short else "good", done)


def _amber(forecast: Forecast) -> str:
    against = decisive(forecast)
    if not _source_is_sure(forecast):
        return "html.head.AMBER"
    if not against and not at_risk(forecast):
        return "html.head.AMBER-paper" if not forecast.calibrated else "html.head.AMBER"
    if at_risk(forecast) and all(one.key == _OWN for one in against):
        return "html.head.AMBER-own"
    return "html.head.AMBER-doubt"


def headline_sentence(summary: Summary, story: Story) -> Sentence:
    """The headline with its facts."""
    head = headline(summary, story)
    own = headline_item(story.forecast, head) if story.forecast else None
    if own is None:
        return Sentence(head.key)
    at = Fact(Form.MOMENT, own.late.due, pointer("forecast", "late", own.place, "due"))
    return Sentence(head.key, {"item": Fact(Form.NAME, own.late.selector), "at": at})


def headline_item(forecast: Forecast, head: Headline) -> Own | None:
    """The item in the headline."""
    found = {"html.head.RED-own": missed, "html.head.AMBER-own": at_risk}.get(head.key)
    return found(forecast)[0] if found else None


def _source_is_sure(forecast: Forecast) -> bool:
    """Whether nine in ten runs leave the source in time, or there is no date."""
    return _holds(forecast, forecast.evacuated_p90)


def _source_is_likely(forecast: Forecast) -> bool:
    return _holds(forecast, forecast.evacuated_p50)


def _holds(forecast: Forecast, end: str | None) -> bool:
    if forecast.is_read or not forecast.must_end:
        return True
    return end is not None and moment(end) <= moment(forecast.must_end)


def decisive(forecast: Forecast) -> list[Reason]:
    """Reasons that endanger the date, except for missing measurements."""
    how = {_UNCALIBRATED, *_HARMLESS}
    return [one for one in forecast.why if one.key not in how and not is_read_reason(one)]


def is_read_reason(one: Reason) -> bool:
    """Whether the reason says that nothing is left to read at the source."""
    return one.key.startswith("why.evacuated") or one.key == "why.nothing-to-read"


def missed(forecast: Forecast) -> list[Own]:
    """Items that miss their own date in most runs."""
    return [Own(i, one) for i, one in enumerate(forecast.late) if _is_after(one.finish_p50, one.due)]


def at_risk(forecast: Forecast) -> list[Own]:
    """Items that miss their own date in at least one in ten runs."""
    return [Own(i, one) for i, one in enumerate(forecast.late) if _is_after(one.finish_p90, one.due)]


def is_told_as_missed(forecast: Forecast, one: Reason) -> bool:
    """Whether the reason warns of an item that certainly counts as missed."""
    told = {(own.late.selector, own.late.due) for own in missed(forecast)}
    return one.key == _OWN and (one.facts.get("selector", ""), one.facts.get("date", "")) in told


def _is_after(end: str | None, date: str) -> bool:
    return end is None or moment(end) > moment(date)


def sureness(forecast: Forecast) -> str:
    """The phrase for the basis of the times."""
    if forecast.calibrated_all:
        return "html.calibrated"
    return "html.calibrated-reading" if forecast.calibrated and not forecast.is_read else "html.uncalibrated"


def switch_off_warning(forecast: Forecast) -> str | None:
    """The phrase that warns if the target will only be complete after the switch-off; None if it is in time."""
    if not forecast.deadline or not forecast.steps_left:
        return None
    off = forecast.deadline
    if forecast.finish_p50 and _is_after(forecast.finish_p50, off):
        return "html.after-off"
    return "html.maybe-after-off" if _is_after(forecast.finish_p90, off) else None


def no_end(forecast: Forecast) -> str | None:
    """The phrase for a source without an end of reading in sight."""
    if not forecast.steps_left or forecast.is_read or forecast.evacuated_p90:
        return None
    return "html.no-end-tail" if forecast.evacuated_p50 else "html.no-end"
