"""Options that every command accepts, before or after its name, and the base class that adds them."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from migrate.cli.context import App
from migrate.messages.catalogue import LANGUAGES
from migrate.printable_text import is_text


def _set(name: str) -> Callable[[click.Context, click.Parameter, Any], None]:
    def callback(ctx: click.Context, _param: click.Parameter, value: Any) -> None:
        if value is not None and value is not False:
            setattr(ctx.ensure_object(App), name, Path(value) if name == "directory" else value)

    return callback


def _option(names: list[str], target: str, **more: Any) -> click.Option:
    return click.Option(names, expose_value=False, is_eager=True, callback=_set(target), **more)


class PlainNumber(click.ParamType[Any]):
    """A number written in plain digits. Rejects other forms that Python accepts (`+5`, `1_0`, `nan`), as
    likely typos.
    """

    name = "number"

    def __init__(self, inner: click.IntRange | click.FloatRange) -> None:
        self._inner = inner

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if isinstance(value, str) and not _NUMBER.fullmatch(value):
            self.fail(f"{value} is not a number", param, ctx)
        return self._inner.convert(value, param, ctx)


_NUMBER = re.compile(r"-?[0-9]{1,18}(?:\.[0-9]{1,18})?")

SHARED: list[click.Parameter] = [
    _option(["-C", "--directory"], "directory", metavar="DIR", help="Workspace folder. Default: the current folder."),
    _option(
        ["--lang"],
        "lang_option",
        type=click.Choice(LANGUAGES),
        help="Language of messages. Default: set in the policy.",
    ),
    _option(["-f", "--format"], "format", type=click.Choice(["table", "json"]), help="Output format."),
    _option(["--wide"], "wide", is_flag=True, help="Show full ids, and each row on one line."),
    _option(["-v", "--verbose"], "verbose", is_flag=True, help="Write the log to stderr."),
]


class SharedCommand(click.Command):
    """A command that accepts the shared options after its name too."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        own = {name for param in self.params for name in param.opts}
        self.params.extend(param for param in SHARED if not own & set(param.opts))

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Bytes that are no text in the terminal's encoding are refused, unless they name a file: no document and no
        ledger can hold them.
        """
        rest = super().parse_args(ctx, args)
        for param in self.params:
            value = ctx.params.get(param.name or "")
            words = value if isinstance(value, tuple) else (value,)
            if param.metavar != "FILE" and not all(is_text(word) for word in words if isinstance(word, str)):
                raise click.BadParameter(ctx.ensure_object(App).say("option.not-text"), ctx, param)
        return rest

    def invoke(self, ctx: click.Context) -> Any:
        from migrate import encrypted_values
        from migrate.cli.archives.open_workspace import open_workspace
        from migrate.cli.log_file import set_up_logging
        from migrate.cli.safety.workspace_privacy import look_after

        app = ctx.ensure_object(App)
        set_up_logging(verbose=app.verbose)
        with open_workspace(app, ctx.command_path.partition(" ")[2]):
            look_after(app)
            encrypted_values.use(app.directory / "private")
            return super().invoke(ctx)
