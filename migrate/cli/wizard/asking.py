"""Ways to get an answer: a terminal, plain lines, or a file of answers. Only here is questionary imported."""

import os
import select
import sys
import termios
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

import click

from migrate.cli.console import echo, prompt
from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.wizard.kept_answers import Answer, is_deed
from migrate.wizard.question_records import LATER, Kind, Question

_HIDDEN = frozenset({Kind.SECRET, Kind.PASTE})
_PAUSE_S = 0.2
"""A paste comes faster than this, people type slower."""


class Asker(Protocol):
    """`is_unattended`: nobody is there to correct a wrong answer."""

    is_unattended: bool

    def ask(self, question: Question) -> str:
        """The answer as it was given; lines of a paste, joined. Raises ConfigError DCP-240: there is none."""


class ScreenAsker:
    """A person at a terminal: lines that can be edited, paths that are completed, secrets that are not shown."""

    is_unattended = False

    def ask(self, question: Question) -> str:
        import questionary

        try:
            if question.kind is Kind.PASTE:
                return _lines(lambda: str(questionary.password("", qmark="›").unsafe_ask()))
            if question.kind is Kind.SECRET:
                return str(questionary.password("", qmark="›").unsafe_ask())
            if question.id.endswith(".file"):
                return str(questionary.path("", qmark="›").unsafe_ask())
            return str(questionary.text("", qmark="›").unsafe_ask())
        except EOFError as err:
            raise KeyboardInterrupt from err


class PlainAsker:
    """Plain lines from stdin, nothing redrawn: for screen readers, and for programs that answer."""

    is_unattended = False

    def ask(self, question: Question) -> str:
        if question.kind is not Kind.PASTE:
            return self._line(question)
        if sys.stdin.isatty():
            with _unseen():
                prompt("› ")
                pasted = _lines(_pasted_line)
            echo("", err=True)
            return pasted
        return _lines(lambda: self._line(question))

    def _line(self, question: Question) -> str:
        if sys.stdin.isatty():
            try:
                hides = question.kind in _HIDDEN
                return str(click.prompt("›", "", prompt_suffix=" ", hide_input=hides, show_default=False, err=True))
            except click.Abort as err:
                raise KeyboardInterrupt from err
        line = sys.stdin.readline()
        if not line:
            raise ConfigError(codes.ANSWER_MISSING, question=question.id)
        if question.kind not in _HIDDEN:
            echo(f"› {line.rstrip()}", err=True)
        return line.rstrip("\r\n")


class GivenAsker:
    """Answers from a file, each given once; secrets from `DECAMP_SOURCE_PASSWORD` and `DECAMP_TARGET_PASSWORD`.

    A kept answer holds for what it was about: it decides nothing about servers or losses that nobody has seen.
    `of_workspace`: the file's name if it lies in a workspace: somebody else may have made it, whatever it is called,
    and so it neither agrees nor accepts nor moves, stops or removes anything.
    """

    is_unattended = True

    def __init__(self, answers: Mapping[str, Answer], of_workspace: str = "") -> None:
        self._answers, self._of_workspace = dict(answers), of_workspace

    def ask(self, question: Question) -> str:
        if question.kind is Kind.SECRET:
            name = f"DECAMP_{question.id.partition('.')[0].upper()}_PASSWORD"
            if not os.environ.get(name):
                raise ConfigError(codes.ANSWER_MISSING, question=question.id)
            return os.environ[name]
        given = self._answers.pop(question.id, None)
        if given is None or not _holds(given, question):
            raise ConfigError(codes.ANSWER_MISSING, question=question.id)
        answer = given.answer
        if self._of_workspace and is_deed(question.id) and not _is_safe(answer, question):
            raise ConfigError(codes.ANSWER_OF_A_WORKSPACE, question=question.id, path=self._of_workspace)
        if question.kind not in _HIDDEN:
            echo(f"› {question.id}: {answer}", err=True)
        return answer


@contextmanager
def _unseen() -> Iterator[None]:
    """Shows nothing of what is typed, and drops nothing: a hidden prompt would drop the lines of a paste that wait."""
    terminal = sys.stdin.fileno()
    before = termios.tcgetattr(terminal)
    hidden = [*before[:3], before[3] & ~termios.ECHO, *before[4:]]
    termios.tcsetattr(terminal, termios.TCSADRAIN, hidden)
    try:
        yield
    finally:
        termios.tcsetattr(terminal, termios.TCSADRAIN, before)


def _pasted_line() -> str:
    """The next line of a paste; an empty one only if nothing comes after it, as RC files have empty lines too."""
    while line := sys.stdin.readline():
        if line.strip() or not select.select([sys.stdin], [], [], _PAUSE_S)[0]:
            return line.rstrip("\r\n") if line.strip() else ""
    raise KeyboardInterrupt


def _holds(given: Answer, question: Question) -> bool:
    return _is_safe(given.answer, question) or not given.about or set(question.about) <= set(given.about)


def _is_safe(answer: str, question: Question) -> bool:
    """The recommended answer loses and stops nothing."""
    return answer in {LATER, question.default} - {""}


def _lines(read: Callable[[], str]) -> str:
    """Lines up to an empty one."""
    lines: list[str] = []
    while line := read():
        lines += line.splitlines()
        if len(lines) == 1 and len(lines[0]) < 2:
            break  # a command of one letter
    return "\n".join(lines)
