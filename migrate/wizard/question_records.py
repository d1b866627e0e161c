"""Questions, and what else the story consists of: commands to run, and its ends."""

from collections.abc import Mapping
from enum import IntEnum, StrEnum
from typing import NamedTuple


class Part(IntEnum):
    """The parts of the story, in order."""

    ACCOUNTS = 1
    DATE = 2
    TENANT = 3
    DECISIONS = 4
    PLAN = 5
    MOVE = 6
    PROOF = 7


class Said(NamedTuple):
    """A sentence in no particular language: the key of a phrase or a `DCP-nnn`, and its facts."""

    key: str
    facts: Mapping[str, object] = {}


class Kind(StrEnum):
    """How a question is answered."""

    CHOICE = "choice"
    TEXT = "text"
    SECRET = "secret"
    """Never shown, never kept among the answers."""
    PASTE = "paste"
    """Several lines that may hold secrets: never shown, never kept among the answers."""
    TYPED = "typed"
    """A word that must be typed as it is shown: for what stops servers."""


class Choice(NamedTuple):
    """One of several answers: `value` is kept, `said` is shown."""

    value: str
    said: Said


LATER = "later"
"""The answer that puts a decision off."""


class Question(NamedTuple):
    """One question. `id`: its name in answer files.   `default`: the recommended answer; it loses and stops nothing.

    `lines`: what it is about, below its text.   `why`: the reason for the recommendation, and what each answer means.
    `about`: the items that an answer decides on.   `turn`: number and count of a decision.   `same_as`: the key of
    policy.yaml that an answer sets.   `may_wait`: whether it can be put off.   `word`: what must be typed.
    """

    id: str
    part: Part
    text: Said
    why: Said
    kind: Kind = Kind.CHOICE
    choices: tuple[Choice, ...] = ()
    default: str = ""
    lines: tuple[Said, ...] = ()
    about: tuple[str, ...] = ()
    turn: tuple[int, int] | None = None
    same_as: str = ""
    may_wait: bool = False
    word: str = ""


class Act(NamedTuple):
    """Something to be done: an ordinary command with its arguments, or a login to try (`login`, a side).

    `note`: recorded once it is done, where no document shows it.
    """

    part: Part
    command: tuple[str, ...]
    note: str = ""


class End(NamedTuple):
    """The end of the story, or of what can be done for now."""

    part: Part
    text: Said


Next = Question | Act | End
