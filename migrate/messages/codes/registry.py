"""How a code is written down: its number, what it means, and its sentence in both languages, in one place."""

import re
from enum import Flag, StrEnum, auto
from typing import NamedTuple

NUMBER = re.compile(r"DCP-\d{3}")
"""How a code is shown, and how people name one."""


class Level(StrEnum):
    """How bad a finding is: cannot be done, will be different, will not be there, good to know."""

    BLOCKS = "blocks"
    LOSES = "loses"
    CHANGES = "changes"
    ADVICE = "advice"


class Rule(Flag):
    """What a finding does beside its level; as in `Spec`."""

    NONE = 0
    LEAVES_OUT = auto()
    CAN_GO_ON = auto()
    ALONE = auto()
    OF_TARGET = auto()


class Spec(NamedTuple):
    """What a finding does: `leaves_out` takes the item out of the plan, unless it is accepted and `can_go_on`.

    `facts`: what its text is filled with. `alone`: what blocks is about that item and nothing else, which waits until
    somebody decides; a run does the rest. `of_target`: it blocks for the target's sake alone, so that what must be read
    from the source can be read all the same. `meaning`: what it says of every such item, for the documentation.
    """

    level: Level
    facts: tuple[str, ...]
    meaning: str
    leaves_out: bool = False
    can_go_on: bool = False
    alone: bool = False
    of_target: bool = False


class Entry(NamedTuple):
    """All that is known of a code. `en`, `fr`: one sentence, with `{facts}` in it. `spec`: of a finding alone.

    `exits`: the status of a command that ends with it; empty for what ends none.
    """

    en: str
    fr: str
    exits: tuple[int, ...] = ()
    spec: Spec | None = None


ENTRIES: dict[str, Entry] = {}
"""Every code by its number, `DCP-nnn`."""


def error(number: str, *, exits: tuple[int, ...] = (), en: str, fr: str) -> str:
    """Writes the code of an error, a reason to wait or a remark down. Returns its number."""
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
    """Writes the code of a finding down. Returns its number."""
    leaves_out, can_go_on = Rule.LEAVES_OUT in rules, Rule.CAN_GO_ON in rules
    spec = Spec(level, facts, meaning, leaves_out, can_go_on, Rule.ALONE in rules, Rule.OF_TARGET in rules)
    return _enter(number, Entry(en, fr, spec=spec))


def _enter(number: str, entry: Entry) -> str:
    if number in ENTRIES:
        raise ValueError(f"{number} is taken")
    ENTRIES[number] = entry
    return number
