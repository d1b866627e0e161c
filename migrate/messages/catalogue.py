"""Looks a text up by code and language and fills it with facts. Never fails: a message must not hide the error."""

from collections.abc import Mapping
from importlib import import_module
from string import Formatter

LANGUAGES = ("en", "fr")
DEFAULT = "en"


def language(wanted: str | None) -> str:
    """A language that we have: `wanted`, or English."""
    return wanted if wanted in LANGUAGES else DEFAULT


def texts(lang: str) -> Mapping[str, str]:
    """Every text of the codes in `lang`: code -> template."""
    loaded: Mapping[str, str] = import_module(f"migrate.messages.{language(lang)}").TEXTS
    return loaded


def phrases(lang: str) -> Mapping[str, str]:
    """Every phrase of screens and reports in `lang`: key -> template."""
    loaded: Mapping[str, str] = import_module(f"migrate.messages.phrases_{language(lang)}").PHRASES
    return loaded


def text(code: str, lang: str, facts: Mapping[str, object] | None = None) -> str:
    """The sentence of `code` (a `DCP-nnn`), filled with `facts`: one line, whatever the facts hold.

    A fact that the template names and the caller does not have: `what` becomes all the facts there are, any other
    becomes `?`. A cause (`why`, `reason`) that the template has no place for is added at its end. An unknown code
    gives the code with its facts.
    """
    facts = facts or {}
    template = texts(lang).get(code)
    if template is None:
        told = _all(facts)
        return f"{code} ({told})" if told else code
    cause = next((facts[key] for key in ("why", "reason") if facts.get(key)), None)
    has_room = bool({"why", "reason", "what"} & placeholders(template))
    sentence = _fill(template, facts)
    return sentence if cause is None or has_room else f"{sentence} ({' '.join(_shown(cause).split())})"


def phrase(key: str, lang: str, **facts: object) -> str:
    """A phrase of a screen or a report. An unknown key is a mistake of ours: KeyError.

    `{s}` in a phrase is the plural's s that `count` asks for; French takes none for zero, English does.
    """
    count = facts.get("count")
    if isinstance(count, int):
        facts["s"] = "" if count == 1 or (count == 0 and language(lang) == "fr") else "s"
    return _fill(phrases(lang)[key], facts)


def placeholders(template: str) -> frozenset[str]:
    """The names of the facts that a template needs."""
    return frozenset(name for _, name, _, _ in Formatter().parse(template) if name)


def _fill(template: str, facts: Mapping[str, object]) -> str:
    values = {name: facts.get(name, _missing(name, facts)) for name in placeholders(template)}
    values = {name: "—" if value == "" and name != "s" else value for name, value in values.items()}
    return " ".join(template.format_map({key: _shown(value) for key, value in values.items()}).split())


def _missing(name: str, facts: Mapping[str, object]) -> str:
    return (_all(facts) or "?") if name == "what" else "?"


def _all(facts: Mapping[str, object]) -> str:
    return ", ".join(f"{key}={_shown(value)}" for key, value in facts.items())


def _shown(value: object) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        return "; ".join(_shown(one) for one in value)
    return str(value)
