"""The view of a forecast shared by all reports: doubts about the date, expected ends, certainty.

Only values and phrase keys: both reports and the command line put them into words.
"""

import re
from dataclasses import dataclass

from migrate.forecast.forecast_records import Earlier, Forecast, Late, Reason
from migrate.messages.numbers import moment
from migrate.report.headline import decisive, is_told_as_missed, missed, no_end, sureness, switch_off_warning
from migrate.report.words import Fact, Form, Sentence, pointer

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")
_ENDINGS = {"_s": Form.SPAN, "_bytes": Form.SIZE, "_rate": Form.RATE}
_WORDS = {"resource": Form.RESOURCE, "klass": Form.CLASS}
# Reasons that the first screen presents differently, or as decisions.
_SAID_ELSEWHERE = frozenset({"why.uncalibrated", "why.gates", "why.no-deadline", "why.failed", "why.evacuated"})
# For each of these shares of progress, the first forecast at or after it.
_MILESTONES = (0.0, 0.1, 0.25, 0.5, 0.75, 0.9)


@dataclass(frozen=True)
class End:
    """The end of reading the source (`evacuated`) or of the whole move (`finish`). `is_over`: it is already over."""

    name: str
    p50: str | None
    p90: str | None
    is_over: bool


@dataclass(frozen=True)
class ForecastView:
    """All statements about one forecast.

    `against`: reasons that endanger the date; `others`: other reasons; `reasons`: all, in the forecast's order.
    `notes`: additions to the dates; `over`: since when nothing is left to do. `less`: how the date is calculated.
    `late`: items with their own date, and whether each is still open. `history`: earlier forecasts.
    """

    forecast: Forecast
    against: tuple[Sentence, ...]
    others: tuple[Sentence, ...]
    reasons: tuple[Sentence, ...]
    ends: tuple[End, End]
    notes: tuple[Sentence, ...]
    over: Sentence | None
    less: Sentence | None
    chance: Sentence | None
    sureness: Sentence | None
    late: tuple[tuple[Late, bool], ...]
    history: tuple[tuple[str, Earlier | Forecast], ...]
    made_on: Sentence

    def asides(self, *, is_against_told: bool) -> tuple[Sentence, ...]:
        """The reasons not shown elsewhere on the first screen."""
        against = {one.key for one in decisive(self.forecast)} if is_against_told else set()
        return tuple(one for one in self.reasons if one.key not in _SAID_ELSEWHERE | against)


def view_of(forecast: Forecast) -> ForecastView:
    """The view, determined only by the forecast."""
    first, said = decisive(forecast), [sentence_of(one, i) for i, one in enumerate(forecast.why)]
    why = list(zip(forecast.why, said, strict=True))
    return ForecastView(
        forecast=forecast,
        against=(
            *_missed(forecast),
            *(told for one, told in why if one in first and not is_told_as_missed(forecast, one)),
        ),
        others=tuple(told for one, told in why if one not in first),
        reasons=tuple(said),
        ends=_ends(forecast),
        notes=tuple(Sentence(key) for key in (no_end(forecast), switch_off_warning(forecast)) if key),
        over=_over(forecast),
        less=_less(forecast),
        chance=_chance(forecast),
        sureness=Sentence(sureness(forecast)) if forecast.steps_left else None,
        late=tuple((one, _is_open(forecast, one)) for one in forecast.late),
        history=_history(forecast),
        made_on=Sentence("html.made-on", {"at": Fact(Form.MOMENT, forecast.as_of, "/forecast/as_of")}),
    )


def sentence_of(one: Reason, place: int) -> Sentence:
    """A reason with its facts as values; `place`: its index in the forecast's list."""
    at = pointer("forecast", "why", place, "facts")
    return Sentence(one.key, {name: _fact(name, value, f"{at}/{name}") for name, value in one.facts.items()})


def _fact(name: str, value: str, of: str) -> Fact:
    """A fact that forecast.json holds as text, typed by its name and form."""
    if _MOMENT.fullmatch(value):
        return Fact(Form.DAY, value, of)
    for ending, form in _ENDINGS.items():
        if name.endswith(ending) and value:
            return Fact(form, float(value), of)
    if value.isdigit():
        return Fact(Form.COUNT, int(value), of)
    return Fact(_WORDS.get(name, Form.NAME), value, of)


def _missed(forecast: Forecast) -> list[Sentence]:
    """Sentences on items that will miss their own date."""
    told = []
    for place, one in missed(forecast):
        of = pointer("forecast", "late", place)
        facts = {"item": Fact(Form.NAME, one.selector), "at": Fact(Form.MOMENT, one.due, f"{of}/due")}
        if one.finish_p50:
            facts["p50"] = Fact(Form.MOMENT, one.finish_p50, f"{of}/finish_p50")
        told.append(Sentence("html.own-late" if one.finish_p50 else "html.own-never", facts))
    return told


def _ends(forecast: Forecast) -> tuple[End, End]:
    is_done = not forecast.steps_left
    return (
        End("evacuated", forecast.evacuated_p50, forecast.evacuated_p90, is_done or forecast.is_read),
        End("finish", forecast.finish_p50, forecast.finish_p90, is_done),
    )


def _over(forecast: Forecast) -> Sentence | None:
    if not forecast.steps_left:
        at = Fact(Form.DAY, forecast.finish_p50, "/forecast/finish_p50")
        return Sentence("html.was-done", {"at": at}) if forecast.finish_p50 else None
    if forecast.evacuated_p50 and any(one.key == "why.evacuated" for one in forecast.why):
        return Sentence("html.is-out", {"at": Fact(Form.DAY, forecast.evacuated_p50, "/forecast/evacuated_p50")})
    return None


def _less(forecast: Forecast) -> Sentence | None:
    if not forecast.deadline or not forecast.must_end:
        return None
    facts = {
        "at": Fact(Form.MOMENT, forecast.deadline, "/forecast/deadline"),
        "guard": Fact(Form.SPAN, forecast.guard_s, "/forecast/guard_s"),
    }
    return Sentence("html.off-less", facts)


def _chance(forecast: Forecast) -> Sentence | None:
    if forecast.p_on_time is None or not forecast.must_end or not forecast.steps_left or forecast.is_read:
        return None
    facts = {
        "share": Fact(Form.CHANCE, forecast.p_on_time, "/forecast/p_on_time"),
        "runs": Fact(Form.COUNT, forecast.runs, "/forecast/runs"),
    }
    return Sentence("html.in-time", facts)


def _is_open(forecast: Forecast, one: Late) -> bool:
    """Whether the item is not complete yet."""
    return not one.finish_p50 or moment(one.finish_p50) > moment(forecast.as_of)


def share_of(done_bytes: int, total_bytes: int) -> float:
    return done_bytes / total_bytes if total_bytes else 0.0


def _history(forecast: Forecast) -> tuple[tuple[str, Earlier | Forecast], ...]:
    """Some earlier forecasts, each with its place in the JSON report; this one last."""
    found: list[int] = []
    for part in _MILESTONES:
        reached = (i for i, one in enumerate(forecast.history) if one.done_bytes >= part * one.total_bytes)
        found += [i for i in (next(reached, None),) if i is not None and i not in found]
    earlier = [(pointer("forecast", "history", place), forecast.history[place]) for place in found]
    return (*earlier, ("/forecast", forecast)) if earlier else ()
