"""The page of a code: what its sentence says, by cause and remedy, with an example and what follows from it.

`decamp explain` shows it and docs/codes/ holds it; everything comes from the registry of codes.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from migrate.messages.catalogue import fill, phrase, texts
from migrate.messages.codes.registry import ENTRIES, Entry, Level, Spec
from migrate.messages.example_facts import example_facts
from migrate.messages.french_spaces import spaced
from migrate.messages.meanings_fr import MEANINGS

_SIGN = re.compile(r"[(`{]|[)`}]|[\u00a0\u202f]?([:;.]) ")
_SPELT = re.compile(r"(?:DCP[-_ ]?)?([0-9]{3})", re.IGNORECASE)


class CodePage(NamedTuple):
    """The page of one code in one language.

    `level`: of a finding, else empty.   `cause`: in general; of an error with the names of its facts, in capitals.
    `example`: the sentence with facts.   `remedy`: the part of it that says what to do, or how it goes on; there may be
    none.   `consequences`: one sentence each.   `decisions`: lines for policy.yaml that decide on a finding, with what
    they mean.
    """

    code: str
    level: str
    exits: tuple[int, ...]
    cause: str
    example: str
    remedy: str
    consequences: tuple[str, ...]
    decisions: tuple[tuple[str, str], ...]


def code_page(code: str, lang: str) -> CodePage:
    """The page of `code` (a `DCP-nnn`). Raises KeyError for an unknown code."""
    entry, facts = ENTRIES[code], example_facts(code)
    template = texts(lang)[code]
    statement, remedy = _halves(template)
    return CodePage(
        code,
        entry.spec.level.value if entry.spec else "",
        entry.exits,
        _meaning(code, entry.spec, lang)
        if entry.spec
        else fill(statement, {name: name.upper() for name in facts}, lang),
        fill(template, facts, lang),
        fill(remedy, facts, lang),
        tuple(_consequences(entry, lang)),
        tuple(_decisions(code, entry.spec, lang)) if entry.spec else (),
    )


def spelt_code(said: str) -> str | None:
    """The code that somebody means by `DCP-611`, `dcp611` or `611`; it may not exist. None for other text."""
    found = _SPELT.fullmatch(said.strip())
    return f"DCP-{found[1]}" if found else None


def nearest_codes(code: str, count: int = 3) -> list[str]:
    """The existing codes with the nearest numbers, in order."""
    number = _number(code)
    return sorted(sorted(ENTRIES, key=lambda one: abs(_number(one) - number))[:count])


def _number(code: str) -> int:
    return int(code.removeprefix("DCP-"))


def _meaning(code: str, spec: Spec, lang: str) -> str:
    return spaced(MEANINGS[code]) if lang == "fr" else spec.meaning


def _halves(template: str) -> tuple[str, str]:
    """The sentence before and after the sign that ends its statement: a colon, else a semicolon.

    A colon in brackets is none; nor is one before a fact, where the statement goes on to the next sign.
    """
    signs = list(_outer_signs(template))
    colons = [at for at, sign in enumerate(signs) if sign[1] == ":"] or [
        at for at, sign in enumerate(signs) if sign[1] == ";"
    ]
    for found in signs[colons[0] :] if colons else ():
        if not template.startswith("{", found.end()):
            return template[: found.start()], template[found.end() :]
    return template, ""


def _outer_signs(template: str) -> Iterator[re.Match[str]]:
    """The colons, semicolons and full stops outside brackets, code and facts."""
    depth, in_code = 0, False
    for found in _SIGN.finditer(template):
        match found[0]:
            case "`":
                in_code = not in_code
            case "(" | "{":
                depth += 1
            case ")" | "}":
                depth -= 1
            case _ if depth == 0 and not in_code:
                yield found


def _consequences(entry: Entry, lang: str) -> Iterator[str]:
    if not (spec := entry.spec):
        yield from (phrase(f"explain.exit.{status}", lang) for status in entry.exits)
        if not entry.exits:
            yield phrase("explain.exit.none", lang)
        return
    yield phrase("explain.level.alone" if spec.alone else f"explain.level.{spec.level.value}", lang)
    if spec.leaves_out:
        yield phrase("explain.left-out-unless" if spec.can_go_on else "explain.left-out", lang)
    if spec.of_target and spec.level is Level.BLOCKS:
        yield phrase("explain.of-target", lang)


def _decisions(code: str, spec: Spec, lang: str) -> Iterator[tuple[str, str]]:
    if spec.level is Level.ADVICE:
        return
    yield f"accept: [{code}:KIND:NAME]", phrase("explain.accept-one", lang)
    yield f"accept: [{code}]", phrase("explain.accept-all", lang)
    if spec.level is not Level.CHANGES:
        yield "skip: [KIND:NAME]", phrase("explain.skip", lang)
