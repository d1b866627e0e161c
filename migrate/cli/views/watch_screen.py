"""The lines of one screen of `decamp watch`: as much as fits, errors and waits included; nothing wraps."""

from collections.abc import Sequence
from dataclasses import dataclass

from migrate.cli.context import App
from migrate.cli.overview import Overview
from migrate.cli.tables import TableLine, aligned, fold, screen_line
from migrate.cli.views.draw_forecast import headline, verdict_text, words_of
from migrate.cli.views.watch_view import NextCommand, Phase, Reason, RunningStep, Share, WatchedWave, WatchView
from migrate.errors import DecampError
from migrate.messages.numbers import moment, percent, rate, size, span, zone_of
from migrate.plan.wave_state import Stage
from migrate.printable_text import visible
from migrate.report.forecast_view import view_of

_BAR, _TOTAL_BAR = 10, 30
_REASON_LINES = 3
_NAMES = 3
_SILENT_S = 90.0
"""After this time without a sign of its runner, a step's silence is worth a word: a lease is renewed every 15 s."""
_MINUTE_S = 60


@dataclass(frozen=True)
class Paper:
    """Where lines go. `width`, `height`: of the screen, None for no limit. `bars`: False for lines to be read out."""

    width: int | None = None
    height: int | None = None
    bars: bool = True


@dataclass(frozen=True)
class _Section:
    """A title with its entries, each of one or several lines. Entries that do not fit are counted."""

    title: str
    entries: list[list[str]]

    @property
    def height(self) -> int:
        return 1 + sum(map(len, self.entries))

    def lines(self, room: int | None) -> list[str]:
        """At most `room` lines; none if not even one entry fits."""
        if room is None or self.height <= room:
            return [self.title, *(line for entry in self.entries for line in entry)]
        shown: list[str] = []
        left = len(self.entries)
        for entry in self.entries:
            if 2 + len(shown) + len(entry) > room:
                break
            shown += entry
            left -= 1
        return [self.title, *shown, f"  … +{left}"] if room >= 2 else []


def screen_lines(app: App, view: WatchView, found: Overview, paper: Paper) -> list[TableLine]:
    """The whole screen of a workspace whose plan fits."""
    top, bottom = _top(app, view, found, paper), _next_lines(app, view.next, paper)
    sections = _sections(app, view, paper)
    room = None if paper.height is None else paper.height - len(top) - len(bottom) - 1
    lines = [*top, *_fitted(sections, room), "", *bottom]
    if paper.height is not None and len(lines) > paper.height:
        # What a person must do next stays in sight.
        lines = [*lines[: max(paper.height - len(bottom), 0)], *bottom][: paper.height]
    return [screen_line(line, paper.width) for line in lines]


def unplanned_lines(app: App, view: WatchView, paper: Paper) -> list[TableLine]:
    """The screen of a workspace without a plan that fits."""
    lines = [app.say("watch.unplanned"), *_next_lines(app, view.next, paper)]
    return [screen_line(line, paper.width) for line in lines]


def error_lines(app: App, err: DecampError, paper: Paper) -> list[TableLine]:
    """The screen while the workspace cannot be read."""
    told = visible(f"decamp: {err.code}: {app.text(err.code, dict(err.facts))}")
    return [screen_line(line, paper.width) for line in [*fold(told, paper.width), app.say("watch.again")]]


def _next_lines(app: App, following: NextCommand | None, paper: Paper) -> list[str]:
    """The command for a person to type, whole if the screen takes it, and why."""
    if following is None:
        return [app.say("watch.nobody")]
    command, reason = f"{app.prefix} {following.command}", app.say(following.why)
    return fold(visible(app.say("status.next", command=command, why=reason)), paper.width)


# ---------------------------------------------------------------- the top


def _top(app: App, view: WatchView, found: Overview, paper: Paper) -> list[str]:
    zone = found.forecast.time_zone if found.forecast else "UTC"
    at = f"{moment(view.as_of).astimezone(zone_of(zone)):%H:%M:%S}"
    # Read out, the time stands before what is new.
    key = "watch.title-at" if paper.bars else "watch.title"
    title = app.say(key, migration=view.migration[:8], source=view.source, target=view.target, at=at, zone=zone)
    return [title, *_forecast_lines(app, found), _progress(app, view, paper), _phase_line(app, view, zone)]


def _forecast_lines(app: App, found: Overview) -> list[str]:
    forecast = found.forecast
    if forecast is None:
        return [app.say("forecast.stale", command=f"{app.prefix} forecast")]
    words = words_of(app, forecast)
    # The first two of the headline: both ends. Its deadline is too long for one line.
    lines = [verdict_text(app, forecast), *headline(app, view_of(forecast))[:2]]
    if forecast.must_end and not forecast.is_read and forecast.deadline:
        lines.append(app.say("watch.dates", end=words.at(forecast.must_end), at=words.at(forecast.deadline)))
    if forecast.stalled_since:
        lines.append(app.say("status.alarm", at=words.at(forecast.stalled_since)))
    return lines


def _progress(app: App, view: WatchView, paper: Paper) -> str:
    share = view.share or Share(steps=0, steps_done=0, size_bytes=0, done_bytes=0)
    dates = view.forecast
    observed, required = (dates.observed_rate, dates.required_rate) if dates else (None, None)
    facts = {"done": size(share.done_bytes, app.lang), "planned": size(share.size_bytes, app.lang)}
    rates = {name: rate(one, app.lang) if one else "–" for name, one in (("rate", observed), ("needed", required))}
    said = app.say("watch.progress", **facts, **rates)
    room = _TOTAL_BAR if paper.width is None else paper.width - len(said) - len("[] 100 %  ")
    return f"{_bar(app, share, max(_BAR, min(room, _TOTAL_BAR)), paper)}  {said}"


def _phase_line(app: App, view: WatchView, zone: str) -> str:
    if view.phase is Phase.DONE:
        verified = view.differences is not None
        return app.say("watch.done-verified" if verified else "watch.done", differences=view.differences)
    share = view.share
    counts = {"steps": share.steps, "steps_done": share.steps_done} if share else {}
    seen = f"{moment(view.last_sign).astimezone(zone_of(zone)):%Y-%m-%d %H:%M}" if view.last_sign else "–"
    return app.say(f"watch.{view.phase.value}", at=seen, **counts)


def _bar(app: App, share: Share, width: int, paper: Paper) -> str:
    part = percent(int(share.part * 100) / 100, app.lang)
    if not paper.bars:
        return part
    filled = int(share.part * width)
    return f"[{'#' * filled}{'.' * (width - filled)}] {part:>4}"


# ---------------------------------------------------------------- the sections


def _sections(app: App, view: WatchView, paper: Paper) -> list[_Section]:
    waves: list[Sequence[str]] = [_wave(app, one, paper) for one in sorted(view.waves, key=_by_urgency)]
    if view.rest and view.rest.steps:
        waves.append((app.say("watch.rest"), "", "", _bar(app, view.rest, _BAR, paper)))
    running = [_step(app, one, paper) for one in view.running]
    found = [
        (app.say("watch.waves"), _rows(waves, paper)),
        (app.say("watch.items"), _rows(running, paper)),
        (app.say("watch.errors"), [_reason(app, one, paper) for one in view.errors]),
        (app.say("watch.waits"), [_reason(app, one, paper) for one in view.waits]),
    ]
    return [_Section(title, entries) for title, entries in found if entries]


def _by_urgency(one: WatchedWave) -> int:
    """Waves that are down first, then those to come; what is over last."""
    return [Stage.DOWN, Stage.ROLLING_BACK, Stage.PLANNED, Stage.ROLLED_BACK, Stage.UP, Stage.ACCEPTED].index(one.state)


def _rows(rows: Sequence[Sequence[str]], paper: Paper) -> list[list[str]]:
    if not paper.bars:
        return [["  " + ", ".join(visible(cell) for cell in row if cell)] for row in rows]
    inner = None if paper.width is None else paper.width - 2
    return [[f"  {line}"] for line in aligned(rows, inner)]


def _wave(app: App, one: WatchedWave, paper: Paper) -> tuple[str, ...]:
    state = app.say(f"stage.{one.stage}") if one.stage else app.say(f"wave-stage.{one.state.value}")
    if one.held:
        state = app.say("watch.held", stage=state)
    return app.short(one.name) or "-", state, _clock(app, one, paper), _bar(app, one.share, _BAR, paper)


def _clock(app: App, one: WatchedWave, paper: Paper) -> str:
    if one.down_s is not None:
        # Read out, a clock of seconds would be a new line at each refresh.
        seconds = one.down_s if paper.bars else one.down_s // _MINUTE_S * _MINUTE_S
        down = app.say("watch.down", span=span(seconds, app.lang))
        return down if one.budget_s is None else app.say("watch.of", down=down, budget=span(one.budget_s, app.lang))
    if one.state is not Stage.PLANNED or one.p50_s is None:
        return ""
    p90 = "—" if one.p90_s is None else span(one.p90_s, app.lang)
    return app.say("watch.foretold", p50=span(one.p50_s, app.lang), p90=p90)


def _step(app: App, one: RunningStep, paper: Paper) -> tuple[str, ...]:
    notes = [size(one.size_bytes, app.lang)] if one.size_bytes else []
    if one.attempt > 1:
        notes.append(app.say("watch.attempt", attempt=one.attempt))
    if not one.is_held:
        notes.append(app.say("watch.abandoned"))
    elif one.silent_s >= _SILENT_S:
        notes.append(app.say("watch.silent", span=span(one.silent_s // _MINUTE_S * _MINUTE_S, app.lang)))
    work = app.say(f"class.{one.work}")
    return app.short(one.name) or "-", work, ", ".join(notes), _bar(app, one.share, _BAR, paper)


def _reason(app: App, one: Reason, paper: Paper) -> list[str]:
    names = ", ".join(app.short(name) or "-" for name in one.names[:_NAMES])
    more = f" +{len(one.names) - _NAMES}" if len(one.names) > _NAMES else ""
    why = app.explain(one.code, dict(one.facts)) or app.say(f"state.{one.state.value}")
    inner = None if paper.width is None else paper.width - 4
    first, *others = fold(visible(f"{names}{more}: {why}"), inner)
    lines = [f"  {first}", *(f"    {line}" for line in others)]
    if len(lines) > _REASON_LINES and paper.height is not None:
        lines = [*lines[: _REASON_LINES - 1], f"{lines[_REASON_LINES - 1]} …"]
    return lines


def _fitted(sections: Sequence[_Section], room: int | None) -> list[str]:
    """The sections in their order, each after an empty line; short ones leave their room to the others."""
    if room is None:
        return [line for one in sections for line in ("", *one.lines(None))]
    left, shown = room, dict[int, list[str]]()
    by_need = sorted(range(len(sections)), key=lambda at: sections[at].height)
    for place, at in enumerate(by_need):
        shown[at] = sections[at].lines(left // (len(sections) - place) - 1)
        left -= len(shown[at]) + bool(shown[at])
    for at, section in enumerate(sections):
        # What entries of several lines could not use.
        more = section.lines(len(shown[at]) + left - (not shown[at]))
        left -= len(more) + bool(more) - len(shown[at]) - bool(shown[at])
        shown[at] = more
    return [line for at in range(len(sections)) if shown[at] for line in ("", *shown[at])]
