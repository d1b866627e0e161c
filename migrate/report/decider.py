"""The first screen, for whoever decides: will it be done, when, how sure is that, what must be decided today."""

import re

from migrate.forecast.forecast_records import Forecast, Reason, Verdict
from migrate.ledger.ledger_records import State
from migrate.messages.catalogue import phrases
from migrate.report.blocks import facts
from migrate.report.charts import both, timeline
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
from migrate.report.markup import Content, Markup, join, tag
from migrate.report.page import Page, pointer
from migrate.report.story import Story
from migrate.report.summary import Summary
from migrate.report.unknown import names_of

# Reasons that this screen tells in words of its own, or under what must be decided.
_SAID_ELSEWHERE = frozenset({"why.uncalibrated", "why.gates", "why.no-deadline", "why.failed", "why.evacuated"})
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)")


def first_screen(page: Page, summary: Summary, story: Story) -> Markup:
    head = headline(summary, story)
    card = tag(
        "section",
        tag("h2", _headline(page, summary, story), id="now-h"),
        *_unknown(page, summary),
        *_sentences(page, summary, story),
        class_=f"verdict {head.tone}",
        id="now",
        aria_labelledby="now-h",
    )
    forecast = story.forecast
    chart = both(lambda width: timeline(page, forecast, width)) if forecast and _has_line(forecast) else None
    return join(card, chart, _tiles(page, summary, story), _decisions(page, summary, story))


def _headline(page: Page, summary: Summary, story: Story) -> Markup:
    head = headline(summary, story)
    own = headline_item(story.forecast, head) if story.forecast else None
    if own is None:
        return page.say(head.key, source=summary.source.cloud)
    at = page.at(own.late.due, pointer("forecast", "late", own.place, "due"), short=True)
    return page.say(head.key, item=own.late.selector, at=at)


def _unknown(page: Page, summary: Summary) -> list[Markup]:
    if not summary.unknown:
        return []
    parts = names_of(summary.unknown, page.lang)
    return [tag("p", tag("b", page.say("html.unknown-parts", source=summary.source.cloud, parts=parts)))]


def _has_line(forecast: Forecast) -> bool:
    return bool(forecast.evacuated_p50 and forecast.steps_left)


# ---------------------------------------------------------------- when, and how sure


def _sentences(page: Page, summary: Summary, story: Story) -> list[Markup]:
    forecast = story.forecast
    if forecast is None:
        told = [page.say("html.no-forecast", command=tag("code", "decamp forecast"))]
        if summary.deadline:
            told.append(
                page.say("html.deadline-alone", source=summary.source.cloud, at=page.at(summary.deadline, "/deadline"))
            )
        return [tag("p", *_spaced(told))]
    made_on = page.say("html.made-on", at=page.at(forecast.as_of, "/forecast/as_of", short=True))
    sure = _how_sure(page, summary, forecast)
    parts: list[Markup] = []
    first = frozenset[str]()
    if not summary.is_done:
        if story.forecast_fits:
            sure = [made_on, *sure]
        else:
            old = page.say("html.forecast-old", command=tag("code", "decamp forecast"))
            parts.append(tag("p", *_spaced([old, made_on])))
        if forecast.verdict is not Verdict.UNKNOWN:
            parts.append(_against(page, forecast))
            first = frozenset(one.key for one in decisive(forecast))
    parts += [_dates(page, summary, forecast), *(tag("p", one) for one in _ends(page, summary, forecast))]
    parts += [tag("p", *_spaced(sure))] if sure else []
    if summary.is_done and summary.left_out:
        parts.append(tag("p", page.say("html.behind", count=page.count(len(summary.left_out), "#length:/left_out"))))
    return [*parts, reasons(page, forecast, _SAID_ELSEWHERE | first) or Markup("")]


def _against(page: Page, forecast: Forecast) -> Markup:
    """What speaks against the date, before any date is told."""
    told: list[Markup] = []
    for index, one in missed(forecast):
        of = pointer("forecast", "late", index)
        at = page.at(one.due, f"{of}/due", short=True)
        if one.finish_p50:
            p50 = page.at(one.finish_p50, f"{of}/finish_p50", short=True)
            told.append(page.say("html.own-late", item=one.selector, at=at, p50=p50))
        else:
            told.append(page.say("html.own-never", item=one.selector, at=at))
    against = decisive(forecast)
    for index, why in enumerate(forecast.why):
        if why in against and not is_told_as_missed(forecast, why):
            sentence = reason(page, why, index)
            told += [sentence] if sentence else []
    return tag("ul", *(tag("li", one) for one in told), class_="why") if told else Markup("")


def _spaced(parts: list[Markup]) -> list[Content]:
    spaced: list[Content] = []
    for part in parts:
        spaced += [part, " "]
    return spaced[:-1]


def _dates(page: Page, summary: Summary, forecast: Forecast) -> Markup:
    """When the source is empty, when the target is complete, and by when the first must be."""

    def at(name: str) -> Markup:
        return page.at(str(getattr(forecast, name)), pointer("forecast", name))

    def line(key: str, name: str) -> Markup:
        return tag("span", page.say(key), " ", tag("b", at(name))) if getattr(forecast, name) else Markup("")

    pairs: list[tuple[Content, Content]] = []
    if forecast.steps_left and not forecast.is_read:
        term = page.say("html.out-of", source=summary.source.cloud)
        pairs.append((term, join(line("html.p50", "evacuated_p50"), line("html.p90", "evacuated_p90"))))
    if forecast.steps_left:
        term = page.say("html.complete-in", target=summary.target.cloud)
        pairs.append((term, join(line("html.p50", "finish_p50"), line("html.p90", "finish_p90"))))
    if forecast.deadline and forecast.must_end:
        guard = page.span(forecast.guard_s, "/forecast/guard_s")
        off = page.at(forecast.deadline, "/forecast/deadline", short=True)
        less = tag("span", page.say("html.off-less", at=off, guard=guard))
        pairs.append((page.say("html.must-end"), join(tag("span", tag("b", at("must_end"))), less)))
    return tag("div", facts(pairs), class_="dates")


def _ends(page: Page, summary: Summary, forecast: Forecast) -> list[Markup]:
    """What the dates alone do not say."""
    told: list[Markup] = []
    if not forecast.steps_left:
        if forecast.finish_p50:
            told.append(page.say("html.was-done", at=page.at(forecast.finish_p50, "/forecast/finish_p50")))
    elif any(one.key == "why.evacuated" for one in forecast.why) and forecast.evacuated_p50:
        at = page.at(forecast.evacuated_p50, "/forecast/evacuated_p50")
        told.append(page.say("html.is-out", source=summary.source.cloud, at=at))
    for key in (no_end(forecast), after_switch_off(forecast)):
        if key:
            told.append(page.say(key, source=summary.source.cloud, target=summary.target.cloud))
    if not forecast.deadline:
        told.append(page.say("html.no-deadline", setting=tag("code", "deadline")))
    return told


def _how_sure(page: Page, summary: Summary, forecast: Forecast) -> list[Markup]:
    if not forecast.steps_left:
        return []
    told: list[Markup] = []
    if forecast.p_on_time is not None and forecast.must_end and not forecast.is_read:
        share = page.chance(forecast.p_on_time, "/forecast/p_on_time")
        runs = page.count(forecast.runs, "/forecast/runs")
        told.append(page.say("html.in-time", share=share, runs=runs, source=summary.source.cloud))
    told.append(page.say(sureness(forecast)))
    return told


def reasons(page: Page, forecast: Forecast, without: frozenset[str]) -> Markup | None:
    """Why the verdict is what it is, in the forecast's own sentences."""
    told = [reason(page, one, i) for i, one in enumerate(forecast.why) if one.key not in without]
    sentences = [tag("li", one) for one in told if one]
    return tag("ul", *sentences, class_="why") if sentences else None


def reason(page: Page, one: Reason, index: int) -> Markup | None:
    """A sentence of the forecast's own; None where this catalogue lacks its phrase."""
    if one.key not in phrases(page.lang):
        return None
    return page.say(one.key, **{name: _fact(page, name, value, index) for name, value in one.facts.items()})


def _fact(page: Page, name: str, value: str, index: int) -> Content:
    of = pointer("forecast", "why", index, "facts", name)
    if _MOMENT.fullmatch(value):
        return page.at(value, of)
    forms = {"_s": page.span, "_bytes": page.size, "_rate": page.rate}
    for end, form in forms.items():
        if name.endswith(end) and value:
            return form(float(value), of)
    if value.isdigit():
        return page.count(int(value), of)
    prefix = {"resource": "resource", "klass": "class"}.get(name)
    return page.word(prefix, value) if prefix else value


# ---------------------------------------------------------------- how much


def _tiles(page: Page, summary: Summary, story: Story) -> Markup:
    moved = page.count(story.moved_count, "/moved_count")
    steps = page.count(story.steps_done, "/steps_done"), page.count(story.steps_total, "/steps_total")
    read = page.size(story.read_bytes, "/read_bytes")
    tiles = [
        ("html.tile.moves", moved, page.say("html.tile.moves-more", size=read), "moves"),
        (
            "html.tile.changes",
            page.count(story.found["changes"], "/found/changes"),
            page.say("html.tile.changes-more"),
            "changes",
        ),
        ("html.tile.lost", page.count(story.found["losses"], "/found/losses"), _undecided(page, story), "lost"),
        ("html.tile.done", steps[0], page.say("html.tile.done-more", total=steps[1]), "steps"),
    ]
    return tag(
        "ul",
        *(
            tag(
                "li",
                tag(
                    "a",
                    tag("span", page.say(key), class_="what"),
                    tag("b", value),
                    tag("span", more),
                    href=f"#{anchor}",
                ),
            )
            for key, value, more, anchor in tiles
        ),
        class_="tiles",
    )


def _undecided(page: Page, story: Story) -> Markup:
    """What is left to decide of the losses; the policy may have accepted some of them, or all."""
    if story.open_losses >= story.found["losses"]:
        return page.say("html.tile.lost-more")
    if story.open_losses:
        return page.say("html.tile.lost-open", count=page.count(story.open_losses, "/open_losses"))
    return page.say("html.tile.lost-decided")


# ---------------------------------------------------------------- what must be decided today


def _decisions(page: Page, summary: Summary, story: Story) -> Markup:
    told = list(_asked(page, summary, story))
    body = tag("ol", *(tag("li", one) for one in told)) if told else tag("p", page.say("html.decide.none"))
    return tag(
        "section",
        tag("h2", page.say("html.decide"), id="decide-h"),
        body,
        id="decide",
        aria_labelledby="decide-h",
        class_="decide",
    )


def _asked(page: Page, summary: Summary, story: Story) -> list[Markup]:
    forecast = story.forecast
    told: list[Markup] = []

    def ask(key: str, anchor: str = "", /, **more: Content) -> None:
        sentence = page.say(key, **more)
        told.append(join(sentence, " ", tag("a", page.say("html.see"), href=f"#{anchor}")) if anchor else sentence)

    if story.open_blocks:
        ask("html.decide.blocks", "todo", count=page.count(story.open_blocks, "/open_blocks"))
    if not summary.deadline:
        ask("html.decide.deadline", setting=tag("code", "deadline"))
    if forecast and forecast.verdict is Verdict.RED and story.forecast_fits and not summary.is_done:
        ask("html.decide.red", "forecast")
    if forecast and forecast.stalled_since and not summary.is_done:
        ask("html.decide.stalled", "held", at=page.at(forecast.stalled_since, "/forecast/stalled_since", short=True))
    for index, gate in enumerate(summary.gates):
        if not gate.granted_by and not gate.is_over:
            steps = page.count(len(gate.steps), f"#length:{pointer('gates', index, 'steps')}")
            ask("html.decide.gate", "todo", count=steps, command=tag("code", f"decamp approve {gate.name}"))
    if story.open_losses:
        losses = page.count(story.open_losses, "/open_losses")
        ask("html.decide.losses", "lost", count=losses, setting=tag("code", "accept"))
    failed = summary.counts.get(State.FAILED.value, 0)
    if failed:
        ask("html.decide.failed", "held", count=page.count(failed, "/counts/failed"))
    if summary.differences:
        ask("html.decide.differences", "proof", count=page.count(summary.differences, "/differences"))
    return told + _housekeeping(page, summary, story)


def _housekeeping(page: Page, summary: Summary, story: Story) -> list[Markup]:
    told = []
    if not summary.is_done and not (story.forecast and story.forecast_fits):
        told.append(page.say("html.decide.forecast", command=tag("code", "decamp forecast")))
    if summary.is_done and (summary.differences is None or not summary.evidence_fits):
        told.append(page.say("html.decide.verify", command=tag("code", "decamp verify")))
    return told


def masthead(page: Page, summary: Summary, made_at: str) -> Markup:
    """Whose migration this is, from where to where, and when this was written."""
    title = join(summary.source.cloud, " ", tag("span", "→", class_="arrow"), " ", summary.target.cloud)
    whose = f"{summary.source.project_name} → {summary.target.project_name}"
    if summary.source.project_name == summary.target.project_name:
        whose = summary.source.project_name
    made = facts(
        [
            (page.say("html.project"), whose),
            (page.say("report.made"), page.at(made_at, "/made_at", short=True)),
            (page.say("report.migration"), tag("code", summary.migration[:8])),
        ]
    )
    return tag("header", tag("p", page.say("html.kicker"), class_="kicker"), tag("h1", title), made)
