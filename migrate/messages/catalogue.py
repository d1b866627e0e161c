"""Looks up a text by code and language, and fills in its facts. Never fails: a message must not hide the error."""

import re
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from string import Formatter

from migrate.messages.codes.registry import ENTRIES
from migrate.messages.french_spaces import spaced
from migrate.messages.unreadable_reasons_fr import in_french
from migrate.printable_text import one_line, visible

LANGUAGES = ("en", "fr")
DEFAULT = "en"
# Facts with sizes, which the plan writes in English.
_SIZES = frozenset({"size", "limit"})
_SIZE = re.compile(r"\b([\d.]+) ([KMGT]i|)B\b")
# The sizes of a flavor, in a fact of any name.
_FLAVOR = re.compile(r"\d+ vCPU \d+ MiB\b")


def language(wanted: str | None) -> str:
    """The language, if it is available, else English."""
    return wanted if wanted in LANGUAGES else DEFAULT


@cache
def texts(lang: str) -> Mapping[str, str]:
    """The texts of all codes in `lang`, as templates."""
    if language(lang) == "fr":
        return {code: spaced(entry.fr) for code, entry in ENTRIES.items()}
    return {code: entry.en for code, entry in ENTRIES.items()}


@cache
def phrases(lang: str) -> Mapping[str, str]:
    """All phrases of screens and reports in `lang`, as templates."""
    loaded: Mapping[str, str] = import_module(f"migrate.messages.phrases_{language(lang)}").PHRASES
    return {key: spaced(template) for key, template in loaded.items()} if language(lang) == "fr" else loaded


def text(code: str, lang: str, facts: Mapping[str, object] | None = None) -> str:
    """The sentence of `code` (a `DCP-nnn`), filled with `facts`: always a single line.

    Missing facts are replaced: `what` by all the given facts, any other by `?`. A cause (`why`, `reason`) without a
    place in
    the template is added at the end. An unknown code gives the code with its facts. Facts with a known value are
    translated (`fact.NAME.VALUE` of the phrases).
    """
    facts = facts or {}
    template = texts(lang).get(code)
    if template is None:
        told = _all(facts)
        return f"{code} ({told})" if told else code
    facts = {name: _word(name, value, lang) for name, value in facts.items()}
    cause = next((facts[key] for key in ("why", "reason") if facts.get(key)), None)
    has_room = bool({"why", "reason", "what"} & placeholders(template))
    sentence = _fill(template, facts)
    return sentence if cause is None or has_room else f"{sentence} ({one_line(_shown(cause))})"


def phrase(key: str, lang: str, **facts: object) -> str:
    """A phrase of a screen or a report. Raises KeyError for an unknown key, which is a bug of ours.

    `{s}` in a phrase is the plural s that `count` requires.
    """
    count = facts.get("count")
    if isinstance(count, int):
        facts["s"] = plural(count, lang)
    return _fill(phrases(lang)[key], facts)


def plural(count: int, lang: str) -> str:
    """The plural s for a count: French has none for zero, English does."""
    return "" if count == 1 or (count == 0 and language(lang) == "fr") else "s"


def pieces(key: str, lang: str) -> list[tuple[str, str]]:
    """A phrase split at its facts: the text before each, and the fact's name, empty at the end."""
    return [(text, name or "") for text, name, _, _ in Formatter().parse(phrases(lang)[key])]


def placeholders(template: str) -> frozenset[str]:
    """The names of the facts in a template."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def _fill(template: str, facts: Mapping[str, object]) -> str:
    values = {name: facts.get(name, _missing(name, facts)) for name in placeholders(template)}
    values = {name: "—" if value == "" and name != "s" else value for name, value in values.items()}
    return one_line(template.format_map({key: _shown(value) for key, value in values.items()}))


def _word(name: str, value: object, lang: str) -> object:
    """The value of a fact in words, for known values and sizes."""
    if isinstance(value, str) and (word := phrases(lang).get(f"fact.{name}.{value}")):
        return word
    if language(lang) == "fr" and name == "why":
        return in_french(str(value))
    if language(lang) == "fr" and (name in _SIZES or _FLAVOR.match(str(value))):
        return _SIZE.sub(lambda size: f"{size[1].replace('.', ',')} {size[2]}o", str(value))
    return value


def _missing(name: str, facts: Mapping[str, object]) -> str:
    return (_all(facts) or "?") if name == "what" else "?"


def _all(facts: Mapping[str, object]) -> str:
    return ", ".join(f"{key}={_shown(value)}" for key, value in facts.items())


def _shown(value: object) -> str:
    """A fact within a sentence: text from strangers, without line breaks or invisible characters."""
    if isinstance(value, list | tuple | set | frozenset):
        return "; ".join(_shown(one) for one in value)
    return visible(str(value))
