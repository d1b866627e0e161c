"""Charts as inline SVG: text stays text, the style has the colours, and each chart has a title with its message.

Each is drawn in a wide and a narrow form, so that text is equally large on a phone; the style shows one of them.
"""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import NamedTuple

from markupsafe import Markup

from migrate.forecast.forecast_records import Forecast
from migrate.messages.numbers import moment
from migrate.report.axis import Axis
from migrate.report.summary import Summary
from migrate.report.svg import Content, element, join
from migrate.report.totals_and_steps import Left, StepRow, Story
from migrate.report.words import Words, pointer

WIDE, NARROW = 960, 350
# The height of a bar, and the width of a date.
_BAR, _DATE = 12, 150
# The longest items, as far as they are visible.
_GANTT_ROWS, _TINY, _BURN_POINTS = 24, 200, 160
# Beyond this multiple of the work's length the deadline is given as text: bars would be too thin to see.
_FAR = 4


class Chart(NamedTuple):
    """A chart for wide screens and one for narrow ones."""

    wide: Markup
    narrow: Markup


def both(draw: Callable[[int], Markup | None]) -> Chart | None:
    """Both forms of a chart; None if there is nothing to draw."""
    wide, narrow = draw(WIDE), draw(NARROW)
    return Chart(wide, narrow) if wide and narrow else None


def _svg(words: Words, title: str, width: float, height: float, *parts: Content) -> Markup:
    return element(
        "svg",
        *parts,
        viewBox=f"0 0 {width:g} {height:g}",
        role="img",
        aria_label=words.say(title),
        width=f"{width:g}",
        height=f"{height:g}",
    )


def _rect(x: float, y: float, width: float, height: float, class_: str, *parts: Content) -> Markup:
    return element("rect", *parts, x=_n(x), y=_n(y), width=_n(max(width, 0)), height=_n(height), class_=class_)


def _text(x: float, y: float, *parts: Content, class_: str = "", end: bool = False, **more: object) -> Markup:
    anchor = "end" if end else None
    return element("text", *parts, x=_n(x), y=_n(y), class_=class_ or None, text_anchor=anchor, **more)


def _line(x: float, top: float, bottom: float, class_: str) -> Markup:
    return element("line", x1=_n(x), y1=_n(top), x2=_n(x), y2=_n(bottom), class_=class_)


def _n(value: float) -> str:
    return f"{value:.1f}".rstrip("0").rstrip(".")


def _ticks(words: Words, axis: Axis, top: float, bottom: float, width: int) -> Markup:
    """Grid and labels; labels at the edge are shifted inward."""
    parts: list[Markup] = []
    for at, label in axis.ticks(words.zone, 7 if width == WIDE else 4, words.lang):
        x = axis.x(at)
        parts.append(_line(x, top, bottom, "grid"))
        anchor = "start" if x < axis.left + 20 else "end" if x > axis.right - 20 else "middle"
        where = {"x": _n(x), "y": _n(bottom + 16), "text_anchor": anchor}
        parts.append(element("text", label, **where, class_="tick", data_at=at.isoformat()))
    return join(*parts)


def _date_lines(words: Words, forecast: Forecast, axis: Axis, top: float, bottom: float) -> Markup:
    """The safety margin as an area and the deadline as a line, as far as they are on the axis."""
    parts: list[Markup] = []
    deadline = moment(forecast.deadline) if forecast.deadline else None
    ends = moment(forecast.must_end) if forecast.must_end else None
    if deadline and ends and ends < axis.end:
        left, right = axis.x(ends), axis.x(deadline)
        parts.append(_rect(left, top, right - left, bottom - top, "guard"))
        if right - left > 100:
            parts.append(_text(left + 6, top + 14, words.say("html.guard"), class_="guard-word"))
    if deadline and axis.shows(deadline):
        parts.append(_line(axis.x(deadline), top, bottom, "deadline"))
    return join(*parts)


# ---------------------------------------------------------------- deadlines


def timeline(words: Words, forecast: Forecast, width: int) -> Markup:
    """From the time of the forecast to the switch-off: when the source is empty and when the target is complete."""
    inside = words.svg
    spans = [
        ("html.evacuated", "evacuated", forecast.evacuated_p50, forecast.evacuated_p90),
        ("html.complete", "finish", forecast.finish_p50, forecast.finish_p90),
    ]
    start = moment(forecast.as_of)
    shown = [span for span in spans if span[2] and moment(span[2]) > start]
    ends = [moment(at) for at in (forecast.deadline, *(at for span in shown for at in span[2:])) if at]
    end = max([start + timedelta(hours=1), *ends])
    axis = Axis(start, end + (end - start) / 50, 1, width - 2)
    top = 26.0 if forecast.deadline else 4.0
    bottom = top + 46 * len(shown) + 8
    parts: list[Markup] = [_ticks(words, axis, top, bottom, width), _date_lines(words, forecast, axis, top, bottom)]
    if forecast.deadline:
        label = inside.say("html.switched-off", at=inside.at(forecast.deadline, "/forecast/deadline", short=True))
        parts.append(_text(axis.x(moment(forecast.deadline)), 16, label, class_="deadline-word", end=True))
    for row, (key, name, p50, p90) in enumerate(shown):
        y = top + 46 * row + 8
        parts.append(_text(axis.left + 2, y + 10, words.say(key), class_="row"))
        parts += _range(axis, y + 17, moment(str(p50)), moment(p90) if p90 else axis.end)
        room = axis.x(moment(p90)) + 14 if p90 else width
        if p90 and room + _DATE < axis.right:
            parts.append(_text(room, y + 27, inside.at(p90, f"/forecast/{name}_p90", short=True), class_="tick"))
    return _svg(words, "html.timeline-title", width, bottom + 22, *parts)


def _range(axis: Axis, y: float, p50: datetime, p90: datetime) -> list[Markup]:
    """A bar to P50, paler to P90; with a minimum width."""
    middle = max(axis.x(p50), axis.left + 3)
    return [
        _rect(middle, y, max(axis.x(p90) - middle, 3), _BAR, "p90"),
        _rect(axis.left, y, middle - axis.left, _BAR, "p50"),
    ]


# ---------------------------------------------------------------- schedule


def gantt(words: Words, story: Story, width: int) -> Markup | None:
    """The longest items with their expected times, one row each, with safety margin and deadline."""
    forecast = story.forecast
    rows = gantt_rows(story)
    if forecast is None or not rows:
        return None
    start = moment(forecast.as_of)
    work_s = max(step.end_s or 0 for _, steps in rows for step in steps)
    end = start + timedelta(seconds=max(work_s, 60) * 1.03)
    deadline = moment(forecast.deadline) if forecast.deadline else None
    if deadline and deadline > end and (deadline - start) <= _FAR * (end - start):
        end = deadline + (deadline - start) / 50
    gutter = 210 if width == WIDE else 0
    axis = Axis(start, end, gutter + 1, width - 2)
    pitch = 22 if gutter else 34
    top, bottom = 6.0, 6.0 + pitch * len(rows) + 4
    parts = [_ticks(words, axis, top, bottom, width), _date_lines(words, forecast, axis, top, bottom)]
    for index, (name, steps) in enumerate(rows):
        y = top + pitch * index + 4
        parts.append(_text(0 if gutter else 2, y + 11, _cut(name, 30 if gutter else 44), class_="row"))
        for step in steps:
            from_x = axis.x(start + timedelta(seconds=step.start_s or 0))
            to_x = axis.x(start + timedelta(seconds=step.end_s or 0))
            bar = _rect(from_x, y + (2 if gutter else 15), max(to_x - from_x, 1.5), _BAR, _stage(step.do))
            parts.append(bar)
    return _svg(words, "html.gantt-title", width, bottom + 22, *parts)


def gantt_rows(story: Story) -> list[tuple[str, list[StepRow]]]:
    """The longest items, in order of their start."""
    items: dict[str, list[StepRow]] = {}
    for step in story.steps:
        if step.start_s is not None and step.end_s is not None:
            items.setdefault(":".join(step.id.split(":")[:2]), []).append(step)

    def starts(steps: list[StepRow]) -> tuple[float, str]:
        return min(step.start_s or 0 for step in steps), steps[0].id

    def busy_s(steps: list[StepRow]) -> float:
        return sum((step.end_s or 0) - (step.start_s or 0) for step in steps)

    longest = sorted(items.values(), key=busy_s, reverse=True)[:_GANTT_ROWS]
    longest = [steps for steps in longest if busy_s(steps) * _TINY >= busy_s(longest[0])]
    return [(steps[0].name, steps) for steps in sorted(longest, key=starts)]


def _stage(do: str) -> str:
    """The colour class of an action, one of four."""
    if do.endswith(".capture") or do == "container.copy":
        return "s-read"
    if do.endswith((".restore", ".image")) and do != "image.capture":
        return "s-write"
    return "s-verify" if do == "disk.verify" else "s-other"


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


# ---------------------------------------------------------------- sizes


def bytes_by_kind(words: Words, story: Story, width: int) -> Markup | None:
    """One bar for each kind with content."""
    shown = [(i, total) for i, total in enumerate(story.kinds) if total.size_bytes]
    if not shown:
        return None
    most = max(total.size_bytes for _, total in shown)
    pitch, gutter = (34, 190) if width == WIDE else (46, 0)
    room = width - gutter - 150 if gutter else width - 4
    parts: list[Markup] = []
    for row, (index, total) in enumerate(shown):
        y = row * pitch + 4.0
        parts.append(_text(0, y + 15, words.word("html.content", total.kind.value), class_="row"))
        length = max(room * total.size_bytes / most, 2)
        number = words.svg.size(total.size_bytes, pointer("kinds", index, "size_bytes"))
        if gutter:
            parts += [_rect(gutter, y + 4, length, 14, "s-read"), _text(gutter + length + 8, y + 16, number)]
        else:
            parts += [_rect(0, y + 22, length, 14, "s-read"), _text(width - 2, y + 15, number, end=True)]
    return _svg(words, "html.bytes-title", width, len(shown) * pitch + 6, *parts)


# ---------------------------------------------------------------- progress


def burn_down(words: Words, summary: Summary, story: Story, width: int) -> Markup | None:
    """The plan's remaining bytes over time, and the forecast's end."""
    points = _thin(story.burn)
    if len(points) < 2:
        return None
    forecast = story.forecast
    start, last = (datetime.fromtimestamp(point.at, UTC) for point in (points[0], points[-1]))
    goal = moment(forecast.finish_p50) if forecast and forecast.finish_p50 and points[-1].left_bytes else None
    end = max(goal or last, last, start + timedelta(seconds=60))
    axis = Axis(start, end + (end - start) / 50, 1, width - 2)
    top, bottom = 24.0, 224.0
    most = max(summary.planned_bytes, 1)

    def y(left: int) -> float:
        return bottom - (bottom - top) * left / most

    line = [f"{_n(axis.x(start))},{_n(y(points[0].left_bytes))}"]
    for before, point in pairwise(points):
        x = axis.x(datetime.fromtimestamp(point.at, UTC))
        line += [f"{_n(x)},{_n(y(before.left_bytes))}", f"{_n(x)},{_n(y(point.left_bytes))}"]
    parts = [_ticks(words, axis, top, bottom, width)]
    if forecast:
        parts.append(_date_lines(words, forecast, axis, top, bottom))
    area = " ".join([f"{_n(axis.left)},{_n(bottom)}", *line, f"{_n(axis.x(last))},{_n(bottom)}"])
    parts.append(element("polygon", points=area, class_="burn-area"))
    parts.append(element("polyline", points=" ".join(line), class_="burn"))
    if goal:
        x, height = axis.x(last), y(points[-1].left_bytes)
        parts.append(element("line", x1=_n(x), y1=_n(height), x2=_n(axis.x(goal)), y2=_n(bottom), class_="burn-goal"))
    number = words.svg.size(summary.planned_bytes, "/planned_bytes")
    parts.append(_text(2, 16, words.svg.say("html.burn-top", size=number), class_="row"))
    return _svg(words, "html.burn-title", width, bottom + 22, *parts)


def _thin(points: Sequence[Left]) -> list[Left]:
    """A limited number of points for a line; keeps the first and the last."""
    if len(points) <= _BURN_POINTS:
        return list(points)
    step = (len(points) - 1) / (_BURN_POINTS - 1)
    return [points[round(index * step)] for index in range(_BURN_POINTS)]
