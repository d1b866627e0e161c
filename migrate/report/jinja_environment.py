"""Jinja2 for our templates: names of tenants and clouds are escaped, and missing values are errors.

All output of a template passes `Words.marked`: plain text is escaped for the format, and invisible or control
characters are escaped too. To keep that safe, templates never join strings (`~`) or mark anything as safe.
"""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from re import compile as pattern
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.ext import Extension
from jinja2.runtime import Context

from migrate.report.words import Words, pointer

TEMPLATES = Path(__file__).parent / "templates"
_FUNCTIONS = (
    *("say", "tell", "tell_all", "word", "text_of", "code"),
    *("count", "size", "rate", "span", "percent", "chance", "decimal", "places", "at"),
)
"""The methods of `Words` for templates."""
_BREAK = pattern(r"(?<=[>}])[ \t]*\n\s*(?=[<{])")


class NoBreaks(Extension):
    """Removes line breaks between tags, which are only for readers of the template."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        return _BREAK.sub("", source.strip())


def render(template: str, words: Words, values: Mapping[str, Any], *, keeps_breaks: bool = False) -> str:
    """A filled-in template. `keeps_breaks`: line breaks are significant in this format."""
    functions = {name: getattr(words, name) for name in _FUNCTIONS}
    made = _environment(keeps_breaks).get_template(template)
    return made.render(**functions, **_PLACES, marked=words.marked, **values)


@cache
def _environment(keeps_breaks: bool) -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_marked,
        trim_blocks=keeps_breaks,
        lstrip_blocks=keeps_breaks,
        extensions=[] if keeps_breaks else [NoBreaks],
    )


@pass_context
def _marked(context: Context, value: object) -> object:
    return context["marked"](value)


def placed(rows: Sequence[Any], of: str) -> list[tuple[str, Any]]:
    """Each row with its place in the JSON report."""
    return [(f"{of}/{place}", row) for place, row in enumerate(rows)]


def with_places(rows: Sequence[tuple[str, Any]]) -> list[tuple[str, Any]]:
    """Rows for cells that must name their own place."""
    return [(of, (of, row)) for of, row in rows]


_PLACES = {"pointer": pointer, "placed": placed, "with_places": with_places}
