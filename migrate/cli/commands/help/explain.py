"""`decamp explain`: the page of a code, from this machine alone."""

from collections.abc import Iterator

import click

from migrate.cli.console import echo, print_json
from migrate.cli.context import App, pass_app
from migrate.cli.options import SharedCommand
from migrate.cli.views.code_page_view import parts, settings_of, title
from migrate.errors import ConfigError, Exit
from migrate.messages import codes
from migrate.messages.code_page import CodePage, code_page, nearest_codes, spelt_code
from migrate.messages.codes.registry import ENTRIES


@click.command("explain", cls=SharedCommand)
@click.argument("wanted", metavar="CODE...", nargs=-1, required=True)
@pass_app
def command(app: App, wanted: tuple[str, ...]) -> int:
    """Explain codes such as DCP-611 (or just 611): cause, consequence, what now, and an example."""
    pages = [code_page(known_code(said), app.lang) for said in wanted]
    if app.is_json:
        print_json([{**page._asdict(), "settings": settings_of(page.code)} for page in pages])
        return Exit.OK
    for at, page in enumerate(pages):
        for line in ([""] if at else []) + list(page_lines(app, page)):
            echo(line)
    return Exit.OK


def known_code(said: str) -> str:
    """The code that somebody means. Raises ConfigError DCP-260 if there is none: with the nearest ones."""
    code = spelt_code(said)
    if code in ENTRIES:
        return code
    raise ConfigError(codes.CODE_UNKNOWN, code=said, nearest=nearest_codes(code) if code else "")


def page_lines(app: App, page: CodePage) -> Iterator[str]:
    """The page in lines for a screen."""
    yield title(page, app.lang)
    for heading, sentences in parts(page, app.lang):
        yield ""
        yield heading
        yield from (f"- {sentence}" for sentence in sentences)
