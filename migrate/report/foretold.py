"""The forecast in numbers, each with its origin; and what earlier ones said beside what happened."""

from migrate.forecast.forecast_records import ClassModel, Forecast, Late, Rate
from migrate.messages.catalogue import phrases
from migrate.messages.numbers import moment
from migrate.report.blocks import NOTHING, Row, facts, section, table
from migrate.report.decider import reasons
from migrate.report.markup import Content, Markup, join, tag
from migrate.report.page import Page, pointer
from migrate.report.story import Story


def forecast_section(page: Page, story: Story) -> Markup:
    forecast = story.forecast
    if forecast is None:
        return section(
            page,
            "forecast",
            "html.forecast",
            tag("p", page.say("html.no-forecast", command=tag("code", "decamp forecast"))),
        )
    return section(
        page,
        "forecast",
        "html.forecast",
        _numbers(page, forecast),
        reasons(page, forecast, frozenset()),
        _downtimes(page, forecast),
        _demands(page, forecast),
        _classes(page, forecast),
        _capacities(page, forecast),
        _critical(page, forecast),
        _late(page, forecast),
        _history(page, forecast),
        lead=page.say("html.origins"),
    )


def _numbers(page: Page, forecast: Forecast) -> Markup:
    pairs: list[tuple[Content, Content]] = [
        (page.say("html.as-of"), page.at(forecast.as_of, "/forecast/as_of", short=True)),
        (page.say("html.verdict"), tag("b", page.say(f"html.verdict.{forecast.verdict.value}"))),
        (page.say("html.steps-left"), page.count(forecast.steps_left, "/forecast/steps_left")),
    ]
    if forecast.must_end:
        guard = page.span(forecast.guard_s, "/forecast/guard_s")
        pairs.append((page.say("html.guard"), join(guard, " ", origin(page, forecast.guard_origin.value))))
    for name in ("required_rate", "observed_rate"):
        value = getattr(forecast, name)
        if value is not None:
            pairs.append((page.say(f"html.{name.replace('_', '-')}"), page.rate(value, pointer("forecast", name))))
    if forecast.last_progress:
        pairs.append(
            (page.say("html.last-progress"), page.at(forecast.last_progress, "/forecast/last_progress", short=True))
        )
    spread = page.decimal(forecast.shared_sd.value, "/forecast/shared_sd/value")
    pairs.append((page.say("html.shared"), join(spread, " ", origin(page, forecast.shared_sd.origin.value))))
    return facts(pairs)


def origin(page: Page, name: str) -> Markup:
    return tag("span", page.say(f"html.origin.{name}"), class_=f"origin {name}")


def _downtimes(page: Page, forecast: Forecast) -> Markup | None:
    rows: list[Row] = []
    for index, one in enumerate(forecast.downtimes):
        spans = [(one.p50_s, "p50_s"), (one.p90_s, "p90_s")]
        rows.append(
            (
                pointer("forecast", "downtimes", index),
                (
                    one.name,
                    page.size(one.size_bytes, "size_bytes"),
                    *(page.span(span, name) if span is not None else NOTHING for span, name in spans),
                    origin(page, one.origin.value),
                ),
            )
        )
    columns = ("html.col.server", "html.col.bytes", "html.col.even", "html.col.sure", "html.col.origin")
    whole = _len(page, rows, "downtimes")
    return table(page, "html.downtimes", columns, rows, numeric=(1, 2, 3), whole=whole) if rows else None


def _demands(page: Page, forecast: Forecast) -> Markup | None:
    rows: list[Row] = []
    for index, one in enumerate(forecast.demands):
        fits = page.say("html.fits" if one.fits else "html.fits-not")
        rows.append(
            (
                pointer("forecast", "demands", index),
                (
                    page.at(one.date, "date", short=True),
                    page.word("resource", one.resource),
                    page.span(one.demand_s, "demand_s"),
                    page.span(one.supply_s, "supply_s"),
                    tag("span", fits, class_="state done" if one.fits else "state failed"),
                    origin(page, one.origin.value),
                ),
            )
        )
    columns = (
        "html.col.date",
        "html.col.resource",
        "html.col.needs",
        "html.col.has",
        "html.col.fits",
        "html.col.origin",
    )
    return (
        table(page, "html.demands", columns, rows, numeric=(2, 3), whole=_len(page, rows, "demands")) if rows else None
    )


def _len(page: Page, rows: list[Row], name: str) -> Content:
    return page.count(len(rows), f"#length:{pointer('forecast', name)}")


def _classes(page: Page, forecast: Forecast) -> Markup | None:
    rows: list[Row] = []
    for index, one in enumerate(forecast.classes):
        at = pointer("forecast", "classes", index)
        rows.append(
            (
                at,
                (
                    page.word("class", one.klass),
                    page.count(one.items_left, "items_left"),
                    page.size(one.bytes_left, "bytes_left") if one.bytes_left else NOTHING,
                    *_rates(page, one),
                    join("×", page.decimal(one.q90, "q90")),
                    page.count(one.samples, "samples"),
                ),
            )
        )
    columns = ["html.col.class", "html.col.left", "html.col.bytes", "html.col.fixed", "html.col.read", "html.col.send"]
    columns += ["html.col.q90", "html.col.samples"]
    return (
        table(page, "html.classes", columns, rows, numeric=(1, 2, 6, 7), whole=_len(page, rows, "classes"))
        if rows
        else None
    )


def _rates(page: Page, one: ClassModel) -> list[Content]:
    def told(name: str, rate: Rate | None, form: str) -> Content:
        if rate is None:
            return NOTHING
        of = f"{name}/value"
        number = (
            {"span": page.span, "rate": page.rate}[form](rate.value, of)
            if form != "per"
            else page.say("html.per-s", count=page.decimal(rate.value, of, 0))
        )
        note = phrases(page.lang).get(rate.note) if rate.note else None
        return join(
            number,
            " ",
            tag("span", page.say(f"html.origin.{rate.origin.value}"), class_=f"origin {rate.origin.value}", title=note),
        )

    second = told("send", one.send, "rate") if one.objects is None else told("objects", one.objects, "per")
    return [told("fixed", one.fixed, "span"), told("read", one.read, "rate"), second]


def _capacities(page: Page, forecast: Forecast) -> Markup | None:
    rows: list[Row] = []
    for index, one in enumerate(forecast.capacities):
        is_rate = "/s" in one.unit
        told = [(page.rate if is_rate else page.places)(getattr(one, name), name) for name in ("value", "usable")]
        cells = (page.word("resource", one.resource), *told, origin(page, one.origin.value))
        rows.append((pointer("forecast", "capacities", index), cells))
    columns = ("html.col.resource", "html.col.capacity", "html.col.usable", "html.col.origin")
    whole = _len(page, rows, "capacities")
    return table(page, "html.capacities", columns, rows, numeric=(1, 2), whole=whole) if rows else None


def _critical(page: Page, forecast: Forecast) -> Markup | None:
    rows: list[Row] = [
        (pointer("forecast", "critical", i), (one.name, tag("code", one.step_id), page.percent(one.share, "share")))
        for i, one in enumerate(forecast.critical)
    ]
    columns = ("col.name", "col.step", "html.col.share")
    return (
        table(page, "html.critical", columns, rows, numeric=(2,), whole=_len(page, rows, "critical")) if rows else None
    )


def _late(page: Page, forecast: Forecast) -> Markup | None:
    rows: list[Row] = [
        (
            pointer("forecast", "late", i),
            (
                one.selector,
                page.at(one.due, "due", short=True),
                page.at(one.finish_p50, "finish_p50", short=True) if one.finish_p50 else NOTHING,
                page.at(one.finish_p90, "finish_p90", short=True) if one.finish_p90 else NOTHING,
                page.chance(one.p_on_time, "p_on_time", is_open=_is_open(forecast, one)),
            ),
        )
        for i, one in enumerate(forecast.late)
    ]
    columns = ("col.item", "html.col.due", "html.col.p50", "html.col.p90", "html.col.in-time")
    return table(page, "html.late", columns, rows, numeric=(4,), whole=_len(page, rows, "late")) if rows else None


def _is_open(forecast: Forecast, one: Late) -> bool:
    """The item is not complete yet."""
    return not one.finish_p50 or moment(one.finish_p50) > moment(forecast.as_of)


def _history(page: Page, forecast: Forecast) -> Markup | None:
    """What earlier forecasts said, each beside how far the work was then; last what is said, or was so, now."""
    rows: list[Row] = []
    for index in _milestones(forecast):
        one = forecast.history[index]
        share = one.done_bytes / one.total_bytes if one.total_bytes else 0.0
        progress = page.percent(share, f"#share:{pointer('forecast', 'history', index)}")
        rows.append(
            (
                pointer("forecast", "history", index),
                (
                    *_said(page, one.as_of, progress, one.finish_p50, one.finish_p90),
                    page.say(f"html.verdict.{one.verdict.value}"),
                ),
            )
        )
    if not rows:
        return None
    share = forecast.done_bytes / forecast.total_bytes if forecast.total_bytes else 0.0
    now = _said(page, forecast.as_of, page.percent(share, "#share:/forecast"), forecast.finish_p50, forecast.finish_p90)
    what = page.say("html.now" if forecast.steps_left else "html.happened")
    rows.append(("/forecast", (*now, tag("b", what))))
    columns = ("html.as-of", "html.col.progress", "html.col.end50", "html.col.end90", "html.verdict")
    return table(page, "html.history", columns, rows, numeric=(1,), fold=False)


def _milestones(forecast: Forecast) -> list[int]:
    """The first forecast made at or after each of these parts of the way; the JSON report has all of them."""
    found: list[int] = []
    for part in (0.0, 0.1, 0.25, 0.5, 0.75, 0.9):
        reached = (i for i, one in enumerate(forecast.history) if one.done_bytes >= part * one.total_bytes)
        found += [i for i in (next(reached, None),) if i is not None and i not in found]
    return found


def _said(page: Page, as_of: str, progress: Content, p50: str | None, p90: str | None) -> list[Content]:
    ends = [page.at(at, name, short=True) if at else NOTHING for at, name in ((p50, "finish_p50"), (p90, "finish_p90"))]
    return [page.at(as_of, "as_of", short=True), progress, *ends]
