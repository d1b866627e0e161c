"""`decamp watch`: a live view of a migration, from the ledger and the workspace's documents alone."""

import sys
import time
from collections.abc import Callable

import click

from migrate.cli.console import echo, make_room, print_json_line, redraw, screen_size
from migrate.cli.context import App, pass_app
from migrate.cli.lost_readers import is_lost
from migrate.cli.next_step import Next
from migrate.cli.options import PlainNumber, SharedCommand
from migrate.cli.overview import Overview, look
from migrate.cli.session import ledger_url
from migrate.cli.tables import TableLine
from migrate.cli.views.watch_screen import Paper, error_lines, screen_lines, unplanned_lines
from migrate.cli.views.watch_view import WatchView, draw, failed, unplanned
from migrate.cli.workspace import Workspace
from migrate.errors import ConfigError, DecampError, Exit
from migrate.ledger.ledger import Ledger
from migrate.messages import codes
from migrate.units import utc_now

_REST = 3
"""The pause is at least this many times as long as the drawing took: a large tenant costs a quarter of a core."""

Shown = Callable[[WatchView, list[TableLine]], None]


@click.command("watch", cls=SharedCommand)
@click.option("--once", is_flag=True, help="Print one screen and exit.")
@click.option("--json", "as_json", is_flag=True, help="Print one line of JSON at each refresh.")
@click.option(
    "--interval",
    "interval_s",
    type=PlainNumber(click.FloatRange(min=0.5, max=3600)),
    default=2,
    show_default=True,
    metavar="SECONDS",
    help="Time between two refreshes.",
)
@click.option("--plain", is_flag=True, help="Redraw nothing: print only new lines, without bars.")
@pass_app
def command(app: App, once: bool, as_json: bool, interval_s: float, plain: bool) -> int:
    """Show waves, items, rate, dates, waits and errors, live; and what a person must do next.

    Reads only the workspace and the ledger, so it can run next to a run, also one on another machine. Ctrl-C ends it.
    """
    app.is_quiet = True
    is_terminal = sys.stdout.isatty()
    bars = is_terminal and not plain
    is_drawn = bars and not once and not (as_json or app.is_json)
    show = _json if as_json or app.is_json else _drawn if is_drawn else _Lines()
    if is_drawn:
        make_room()
    ledger_seen = False
    is_first = True
    try:
        while True:
            began_s = time.monotonic()
            columns, lines = screen_size(sys.stdout)
            # With `--once`, the last line is the shell's.
            paper = Paper(columns, lines - once, bars=True) if bars else Paper(bars=False)
            try:
                found, ledger_seen = _read(app, ledger_seen)
                show(*_told(app, found, paper))
            except DecampError as err:
                # One that passes, such as a database that restarts, ends no watch that has begun.
                if is_first or once:
                    raise
                show(failed(err.code, app.text(err.code, dict(err.facts)), utc_now()), error_lines(app, err, paper))
            if once or is_lost(sys.stdout):
                return Exit.OK
            is_first = False
            time.sleep(max(interval_s, _REST * (time.monotonic() - began_s)))
    except KeyboardInterrupt:
        if is_drawn:
            echo()
        return Exit.INTERRUPTED


def _read(app: App, ledger_seen: bool) -> tuple[Overview | Next, bool]:
    """Where the workspace stands, and whether its ledger has been seen. Raises ConfigError DCP-280: it is gone."""
    workspace = Workspace(app.directory)
    url = ledger_url(workspace, workspace.policy())
    is_there = Ledger.is_there(url)
    if ledger_seen and not is_there:
        raise ConfigError(codes.LEDGER_GONE, path=url.partition(":///")[2])
    return look(app, workspace), is_there


def _told(app: App, found: Overview | Next, paper: Paper) -> tuple[WatchView, list[TableLine]]:
    if isinstance(found, Next):
        view = unplanned(found, utc_now())
        return view, unplanned_lines(app, view, paper)
    view = draw(found, utc_now())
    return view, screen_lines(app, view, found, paper)


# ---------------------------------------------------------------- the ways to show it


def _json(view: WatchView, _lines: list[TableLine]) -> None:
    print_json_line(view)


def _drawn(_view: WatchView, lines: list[TableLine]) -> None:
    redraw(lines)


class _Lines:
    """Prints the first view whole, then only lines that are new, after the time."""

    def __init__(self) -> None:
        self._before: list[TableLine] = []

    def __call__(self, view: WatchView, lines: list[TableLine]) -> None:
        new = [line for line in lines if line not in self._before] if self._before else lines
        if self._before and new:
            echo(view.as_of)
        for line in new:
            echo(line)
        self._before = lines
