"""Turns every error that ends a command into one sentence on stderr and a documented exit code, without a traceback."""

import errno
import os
import shlex
import signal
import sys
import traceback
from contextlib import suppress
from pathlib import Path
from types import FrameType

import click

from migrate.cli.console import echo
from migrate.cli.context import App
from migrate.errors import DecampError, Exit, FatalError
from migrate.messages import codes

UMASK = 0o077
"""The umask of every command: none of our files is accessible to group or others."""
NO_ROOM = (errno.ENOSPC, errno.EDQUOT)


def run_guarded(group: click.Command, args: list[str] | None = None) -> int:
    """Runs the command line and returns the exit code of the process."""
    app = App()
    os.umask(UMASK)
    catch_signals(app)
    try:
        # Not `group.main`, which handles Ctrl-C and broken pipes differently.
        with group.make_context("decamp", sys.argv[1:] if args is None else list(args), obj=app) as context:
            result = group.invoke(context)
        sys.stdout.flush()
    except BaseException as err:
        return int(explain(err, app))
    return int(result) if isinstance(result, int) else int(Exit.OK)


def explain(err: BaseException, app: App) -> Exit:
    """Prints the error as one sentence on stderr and returns its exit code."""
    if isinstance(err, DecampError):
        say(app, err.code, dict(err.facts))
        if err.exit is Exit.INTERRUPTED:
            echo(app.say("go-on", command=_same_command()), err=True)
        return err.exit
    if isinstance(err, click.ClickException):
        say(app, codes.USAGE, {"what": wrong_usage(err, app)})
        return Exit.USAGE
    if isinstance(err, KeyboardInterrupt | click.Abort):
        say(app, codes.STOPPED_ON_REQUEST, {})
        echo(app.say("go-on", command=_same_command()), err=True)
        return Exit.INTERRUPTED
    if isinstance(err, click.exceptions.Exit):
        return Exit(err.exit_code)
    if isinstance(err, SystemExit):
        return Exit(err.code) if isinstance(err.code, int) else Exit.FATAL
    if isinstance(err, OSError) and (err.filename is not None or err.errno in NO_ROOM):
        # Errors from closing or flushing a file do not name it.
        path = err.filename if err.filename is not None else app.directory
        say(app, codes.CANNOT_WRITE, {"path": path, "why": err.strerror or str(err)})
        return FatalError.exit
    if isinstance(err, MemoryError):
        say(app, codes.OUT_OF_MEMORY, {"what": f"`{_same_command()}`"})
        return FatalError.exit
    if not isinstance(err, Exception):
        raise err
    say(app, codes.UNEXPECTED, {"error": f"{type(err).__name__}, {crash_file(err, app.directory)}"})
    return Exit.FATAL


def wrong_usage(err: click.ClickException, app: App) -> str:
    """What is wrong with the command line: in click's words, unless a name is wrong, for which there may be others."""
    match err:
        case click.NoSuchCommand():
            return app.say("usage.command", name=err.command_name, nearest=err.possibilities or "")
        case click.NoSuchOption():
            return app.say("usage.option", name=err.option_name, nearest=err.possibilities or "")
    return _lowered(err.format_message())


def say(app: App, code: str, facts: dict[str, object]) -> None:
    """Also to the log: of a terminal that has gone nobody reads it."""
    import logging

    logging.getLogger("decamp").info("ended code=%s facts=%s", code, facts)
    echo(f"decamp: {code}: {app.text(code, facts)}", err=True)


def crash_file(err: BaseException, directory: Path) -> Path:
    """Writes the traceback to a file that only the operator can read; falls back to the temporary folder."""
    import tempfile

    from migrate.cli.log_file import cleaned
    from migrate.units import utc_now

    text = cleaned("".join(traceback.format_exception(err)), keep="\n")
    private = directory / "private"
    name = f"crash-{utc_now():%Y%m%dT%H%M%SZ}-{os.getpid()}.txt"
    path = (private if private.is_dir() else Path(tempfile.gettempdir())) / name
    try:
        fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w", encoding="utf-8") as f:
            f.write(text)
    except OSError:
        return Path(os.devnull)
    return path


def catch_signals(app: App) -> None:
    """Handles signals: the first Ctrl-C, SIGTERM or end of the terminal stops softly if the command can; the second
    ends the process.
    """

    def handle(number: int, _frame: FrameType | None) -> None:
        if app.stop.is_set():
            if number == signal.SIGHUP:  # a terminal that goes away may say so twice
                return
            os._exit(int(Exit.INTERRUPTED))
        app.stop.set()
        if not app.stops_softly:
            raise KeyboardInterrupt
        # Unbuffered: the handler may have interrupted a buffered write. Of a terminal that has gone nobody reads it.
        with suppress(OSError):
            os.write(2, (app.say("stopping") + "\n").encode())

    with suppress(ValueError):  # not the main thread: only in a test runner
        signal.signal(signal.SIGINT, handle)
        signal.signal(signal.SIGTERM, handle)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as `nohup` asks
            signal.signal(signal.SIGHUP, handle)


def _same_command() -> str:
    return shlex.join(["decamp", *sys.argv[1:]])


def _lowered(message: str) -> str:
    message = message.rstrip(".").replace("\n", " ")
    return message[:1].lower() + message[1:]
