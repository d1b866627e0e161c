"""Looks up a text by code and language, and fills in its facts. Never fails: a message must not hide the error.

A placeholder may name the form of its fact: `{size:bytes}` (FORMS). A fact in another form is shown unchanged:
documents of earlier versions contain sizes as text.
"""

import shlex
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from string import Formatter

from migrate.messages import numbers
from migrate.messages.codes.registry import ENTRIES
from migrate.messages.french_spaces import spaced
from migrate.messages.reason import reason_parts
from migrate.printable_text import one_line, visible

LANGUAGES = ("en", "fr")
DEFAULT = "en"


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


def text(
    code: str, lang: str, facts: Mapping[str, object] | None = None, escape: Callable[[str], object] = visible
) -> str:
    """The sentence of `code` (a `DCP-nnn`), filled with `facts`: always a single line.

    Missing facts are replaced: `what` by all the given facts, any other by `?`. A cause (`why`, `reason`) without a
    place in the template is added at the end. An unknown code gives the code with its facts. `escape` is applied to
    each translated fact.
    """
    facts = facts or {}
    template = texts(lang).get(code)
    if template is None:
        told = _all(facts, escape)
        return f"{code} ({told})" if told else code
    cause = next((key for key in ("why", "reason") if facts.get(key)), None)
    has_room = bool({"why", "reason", "what"} & placeholders(template))
    if cause is not None and not has_room:
        template += f" ({{{cause}}})"
    return _fill(template, facts, lang, escape)


def phrase(key: str, lang: str, **facts: object) -> str:
    """A phrase of a screen or a report. Raises KeyError for an unknown key, which is a bug of ours.

    `{s}` in a phrase is the plural s that `count` requires.
    """
    count = facts.get("count")
    if isinstance(count, int):
        facts["s"] = plural(count, lang)
    return _fill(phrases(lang)[key], facts, lang, visible)


def reason_text(why: str, lang: str = DEFAULT) -> str:
    """The text of a reason (`migrate.messages.reason`); any other text unchanged."""
    return _fill("{why}", {"why": why}, lang, visible)


def plural(count: int, lang: str) -> str:
    """The plural s for a count: French has none for zero, English does."""
    return "" if count == 1 or (count == 0 and language(lang) == "fr") else "s"


def pieces(key: str, lang: str) -> list[tuple[str, str]]:
    """A phrase split at its facts: the text before each, and the fact's name, empty at the end."""
    return [(text, name or "") for text, name, _, _ in Formatter().parse(phrases(lang)[key])]


@cache
def placeholders(template: str) -> frozenset[str]:
    """The names of the facts in a template, without optional ones."""
    return frozenset(name for _, name, form, _ in Formatter().parse(template) if name and form not in OPTIONAL_FORMS)


def fill(template: str, facts: Mapping[str, object], lang: str) -> str:
    """A template of `texts`, or a part of one, filled with facts."""
    return _fill(template, facts, lang, visible)


def _fill(template: str, facts: Mapping[str, object], lang: str, escape: Callable[[str], object]) -> str:
    said: list[str] = []
    in_command = False
    for own, name, form, _ in Formatter().parse(template):
        said.append(own)
        in_command ^= own.count("`") % 2 == 1
        if name and in_command and name not in _COMMANDS and isinstance(facts.get(name), str):
            said.append(str(escape(_quoted(str(facts[name])))))
        elif name:
            said.append(_fact(name, form or "", facts, lang, escape))
    return one_line("".join(said))


def _quoted(value: str) -> str:
    """The value as a shell takes it for one word: a tenant's name may be `x$(reboot)`. The home stays a `~`."""
    home = "~/" if value.startswith("~/") else ""
    return home + shlex.quote(value.removeprefix(home)) if value != home else value


def _fact(name: str, form: str, facts: Mapping[str, object], lang: str, escape: Callable[[str], object]) -> str:
    if name not in facts:
        return "" if form in OPTIONAL_FORMS else (_all(facts, escape) or "?") if name == "what" else "?"
    value = facts[name]
    if form == "near":
        return _near(value, lang, escape)
    if value == "":
        return "" if name == "s" or form == "after" else "—"
    told = _shown(_written(name, form, facts, lang), escape)
    return told if form != "after" else f"{numbers.WIDE}: {told}" if language(lang) == "fr" else f": {told}"


def _written(name: str, form: str, facts: Mapping[str, object], lang: str) -> object:
    """The value of a fact in words, for numbers and known values."""
    value = facts[name]
    if form in FORMS:
        return FORMS[form](value, facts, language(lang))
    if not isinstance(value, str) or (name == "what" and form != "word"):
        return value
    key, values = reason_parts(value) if name == "why" or form == "word" else (value, {})
    sentence = phrases(lang).get(f"fact.{name}.{key}")
    return value if sentence is None else _fill(sentence, values, lang, str)


def _near(names: object, lang: str, escape: Callable[[str], object]) -> str:
    """The question that follows a name that does not exist; empty without a similar one."""
    known = names if isinstance(names, list | tuple) else [names] if names else []
    told = phrases(lang)["nearest.or"].join(str(escape(str(name))) for name in known)
    return phrases(lang)["nearest"].replace("{names}", told) if told else ""


def _bytes(value: object, facts: Mapping[str, object], lang: str) -> object:
    return numbers.size(int(str(value)), lang) if str(value).isdecimal() else value


def _quota(value: object, facts: Mapping[str, object], lang: str) -> object:
    """A Swift quota in bytes or objects, depending on the name of its header."""
    return _bytes(value, facts, lang) if str(facts.get("header", "")).endswith("bytes") else value


def _flavors(value: object, facts: Mapping[str, object], lang: str) -> object:
    return " -> ".join(numbers.flavor(one, lang) for one in str(value).split(" -> "))


def _kind(value: object, facts: Mapping[str, object], lang: str) -> object:
    words = phrases(lang)
    return words["kind-of-value.or"].join(words.get(f"kind-of-value.{one}", one) for one in str(value).split("|"))


_COMMANDS = frozenset({"command", "line"})
"""Facts that are whole commands, quoted where they were made."""

OPTIONAL_FORMS = frozenset({"after", "near"})
"""The forms of facts that a sentence can do without."""

FORMS: Mapping[str, Callable[[object, Mapping[str, object], str], object]] = {
    "bytes": _bytes,
    "quota": _quota,
    "flavors": _flavors,
    "kind": _kind,
}
"""The forms of facts in placeholders.

Three more forms: `after` is an optional fact, preceded by a colon; `near` is an optional list of names that may have
been meant; `word` is a `what` with a phrase (`fact.what.VALUE`):
without it, `what` is shown as it is, because it is often a name from the tenant.
"""


def _all(facts: Mapping[str, object], escape: Callable[[str], object]) -> str:
    return ", ".join(f"{key}={_shown(value, escape)}" for key, value in facts.items())


def _shown(value: object, escape: Callable[[str], object]) -> str:
    """A fact within a sentence: text from strangers, without line breaks or invisible characters."""
    if isinstance(value, list | tuple | set | frozenset):
        return "; ".join(_shown(one, escape) for one in value)
    return str(escape(str(value)))
