"""The registry of codes: number, meaning, and sentence in both languages, in one place."""

import re
from enum import Flag, StrEnum, auto
from typing import NamedTuple

NUMBER = re.compile(r"DCP-\d{3}")
"""The form of a code."""


class Level(StrEnum):
    """The severity of a finding: impossible, different, lost, good to know."""

    BLOCKS = "blocks"
    LOSES = "loses"
    CHANGES = "changes"
    ADVICE = "advice"


class Rule(Flag):
    """Further effects of a finding; see `Spec`."""

    NONE = 0
    LEAVES_OUT = auto()
    CAN_GO_ON = auto()
    ALONE = auto()
    OF_TARGET = auto()


class Spec(NamedTuple):
    """The effects of a finding. `leaves_out`: takes the item out of the plan, unless it is accepted and `can_go_on`.

    `facts`: for its text. `alone`: it blocks only its own item, which waits for a decision while a run does the rest.
    `of_target`: it blocks only because of the target, so reads from the source may continue. `meaning`: the general
    statement for the documentation.
    """

    level: Level
    facts: tuple[str, ...]
    meaning: str
    leaves_out: bool = False
    can_go_on: bool = False
    alone: bool = False
    of_target: bool = False


class Entry(NamedTuple):
    """One code. `en`, `fr`: one sentence, with `{facts}` in it. `spec`: only for a finding.

    `exits`: exit statuses of commands that end with it; empty if it ends none.
    """

    en: str
    fr: str
    exits: tuple[int, ...] = ()
    spec: Spec | None = None


ENTRIES: dict[str, Entry] = {}
"""All codes by number, `DCP-nnn`."""


def error(number: str, *, exits: tuple[int, ...] = (), en: str, fr: str) -> str:
    """Registers the code of an error, a reason to wait or a remark. Returns its number."""
    return _enter(number, Entry(en, fr, exits))


def finding(
    number: str,
    level: Level,
    *,
    facts: tuple[str, ...] = (),
    meaning: str,
    rules: Rule = Rule.NONE,
    en: str,
    fr: str,
) -> str:
    """Registers the code of a finding. Returns its number."""
    leaves_out, can_go_on = Rule.LEAVES_OUT in rules, Rule.CAN_GO_ON in rules
    spec = Spec(level, facts, meaning, leaves_out, can_go_on, Rule.ALONE in rules, Rule.OF_TARGET in rules)
    return _enter(number, Entry(en, fr, spec=spec))


def _enter(number: str, entry: Entry) -> str:
    if number in ENTRIES:
        raise ValueError(f"{number} is taken")
    ENTRIES[number] = entry
    return number
