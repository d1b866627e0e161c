"""The forecast in the words of the Markdown report: what the HTML report's first screen tells, as plain text."""

import re
from collections.abc import Callable, Iterator, Sequence

from migrate.forecast.forecast_records import Forecast, Reason
from migrate.messages import numbers
from migrate.messages.catalogue import phrase, phrases
from migrate.report.headline import (
    after_switch_off,
    decisive,
    headline,
    headline_item,
    is_told_as_missed,
    missed,
    no_end,
    sureness,
)
from migrate.report.story import Story
from migrate.report.summary import Summary

_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")
_NONE = "—"


def tell_forecast(summary: Summary, story: Story, lang: str, escape: Callable[[object], str]) -> list[str]:
    """Blocks of Markdown: will it be done, when, how sure is that, and why."""
    return list(_Teller(summary, story, lang, escape).blocks())


class _Teller:
    """Knows the language, the zone and how a customer's text is escaped."""

    def __init__(self, summary: Summary, story: Story, lang: str, escape: Callable[[object], str]) -> None:
        self.summary, self.story, self.lang, self.escape = summary, story, lang, escape
        zone = story.forecast.time_zone if story.forecast else ""
        self.zone = numbers.zone_of(zone, summary.deadline)
        self.clouds = {"source": escape(summary.source.cloud), "target": escape(summary.target.cloud)}

    def blocks(self) -> Iterator[str]:
        yield f"## {self.say('html.forecast')}"
        forecast = self.story.forecast
        if forecast is None:
            yield self.say("html.no-forecast", command="`decamp forecast`")
            return
        yield f"**{self._headline(forecast)}**"
        if not self.story.forecast_fits:
            yield self.say("html.forecast-old", command="`decamp forecast`")
        against = [] if self.summary.is_done else self._against(forecast)
        if against:
            yield _bullets(against)
        yield self._table(("col.what", "col.value"), self._numbers(forecast))
        warnings = [self.say(key, **self.clouds) for key in (no_end(forecast), after_switch_off(forecast)) if key]
        if forecast.stalled_since and not self.summary.is_done:
            warnings.append(self.say("html.decide.stalled", at=self.at(forecast.stalled_since)))
        yield from warnings
        if forecast.steps_left:
            yield self.say(sureness(forecast))
        others = [told for one in forecast.why if one not in decisive(forecast) and (told := self.reason(one))]
        if others:
            yield _bullets(others)
        if forecast.late:
            yield f"### {self.say('html.late')}"
            columns = ("col.item", "html.col.due", "html.col.p50", "html.col.p90", "html.col.in-time")
            yield self._table(columns, self._late(forecast))
        if forecast.downtimes:
            yield f"### {self.say('html.downtimes')}"
            columns = ("html.col.server", "html.col.bytes", "html.col.even", "html.col.sure", "html.col.origin")
            yield self._table(columns, self._downtimes(forecast))

    # ---------------------------------------------------------------- parts

    def _headline(self, forecast: Forecast) -> str:
        head = headline(self.summary, self.story)
        own = headline_item(forecast, head)
        facts = {"item": self.escape(own.late.selector), "at": self.at(own.late.due)} if own else {}
        return self.say(head.key, **self.clouds, **facts)

    def _against(self, forecast: Forecast) -> list[str]:
        told = []
        for _, one in missed(forecast):
            key = "html.own-late" if one.finish_p50 else "html.own-never"
            facts = {"item": self.escape(one.selector), "at": self.at(one.due), "p50": self.at(one.finish_p50)}
            told.append(self.say(key, **facts))
        reasons = [one for one in decisive(forecast) if not is_told_as_missed(forecast, one)]
        return told + [sentence for one in reasons if (sentence := self.reason(one))]

    def _numbers(self, forecast: Forecast) -> list[tuple[str, str]]:
        rows = [
            (self.say("html.verdict"), self.say(f"html.verdict.{forecast.verdict.value}")),
            (self.say("html.as-of"), self.at(forecast.as_of)),
        ]
        for key, p50, p90 in (
            ("html.evacuated", forecast.evacuated_p50, forecast.evacuated_p90),
            ("html.complete", forecast.finish_p50, forecast.finish_p90),
        ):
            rows.append((self.say(key), f"P50 {self.at(p50)}, P90 {self.at(p90)}"))
        if forecast.deadline and forecast.must_end:
            off = self.say("html.off-less", at=self.at(forecast.deadline), guard=self.span(forecast.guard_s))
            rows.append((self.say("html.must-end"), f"{self.at(forecast.must_end)} ({off})"))
        if forecast.p_on_time is not None and forecast.must_end and forecast.steps_left and not forecast.is_read:
            runs = numbers.number(forecast.runs, self.lang)
            share = self.chance(forecast.p_on_time)
            rows.append((self.say("html.chance"), self.say("html.in-time", runs=runs, share=share, **self.clouds)))
        return rows

    def _late(self, forecast: Forecast) -> list[tuple[str, ...]]:
        rows: list[tuple[str, ...]] = []
        for one in forecast.late:
            is_open = not one.finish_p50 or numbers.moment(one.finish_p50) > numbers.moment(forecast.as_of)
            share = self.chance(one.p_on_time) if is_open else numbers.percent(one.p_on_time, self.lang)
            ends = (self.at(one.finish_p50), self.at(one.finish_p90))
            rows.append((self.escape(one.selector), self.at(one.due), *ends, share))
        return rows

    def _downtimes(self, forecast: Forecast) -> list[tuple[str, ...]]:
        return [
            (
                self.escape(one.name),
                self.size(one.size_bytes),
                *(_NONE if span is None else self.span(span) for span in (one.p50_s, one.p90_s)),
                self.say(f"html.origin.{one.origin.value}"),
            )
            for one in forecast.downtimes
        ]

    def reason(self, one: Reason) -> str | None:
        """A sentence of the forecast's own; None where this catalogue lacks its phrase."""
        if one.key not in phrases(self.lang):
            return None
        return self.say(one.key, **{name: self._fact(name, value) for name, value in one.facts.items()})

    def _fact(self, name: str, value: str) -> str:
        if _MOMENT.fullmatch(value):
            return self.at(value)
        forms = {"_s": self.span, "_bytes": self.size, "_rate": self.rate}
        for end, form in forms.items():
            if name.endswith(end) and value:
                return form(float(value))
        if value.isdigit():
            return numbers.number(int(value), self.lang)
        prefix = {"resource": "resource", "klass": "class"}.get(name)
        return phrases(self.lang).get(f"{prefix}.{value}", value) if prefix else self.escape(value)

    # ---------------------------------------------------------------- words

    def say(self, key: str, /, **facts: object) -> str:
        return phrase(key, self.lang, **facts)

    def at(self, text: str | None) -> str:
        if not text:
            return _NONE
        return numbers.short_day_and_time(numbers.moment(text).astimezone(self.zone), self.lang)

    def span(self, value: float) -> str:
        return numbers.span(value, self.lang)

    def size(self, value: float) -> str:
        return numbers.size(value, self.lang)

    def rate(self, value: float) -> str:
        return f"{numbers.size(value, self.lang)}/s"

    def chance(self, share: float) -> str:
        side, bound = numbers.bounded(share)
        shown = numbers.percent(bound, self.lang)
        return self.say(f"html.{side}", share=shown) if side else shown

    def _table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
        lines = ["| " + " | ".join(self.say(key) for key in columns) + " |", "|" + " --- |" * len(columns)]
        return "\n".join([*lines, *("| " + " | ".join(row) + " |" for row in rows)])


def _bullets(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
