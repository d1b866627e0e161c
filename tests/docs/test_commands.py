"""Every `decamp` command line in a code block of the documentation parses: the command is there, and each option."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from migrate.cli.context import App
from migrate.cli.main import make_group
from migrate.cli.options import SharedCommand

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
ENDS = {"|", "||", "&&", ";", "&", ">", ">>", "2>", "<"}


def code_lines(text: str) -> Iterator[str]:
    """Lines of fenced and indented code, a line that ends in a backslash joined with the next."""
    fenced, pending = False, ""
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            pending += line.strip()
            if pending.endswith("\\"):
                pending = pending[:-1]
                continue
            yield pending
            pending = ""


def commands(text: str) -> Iterator[list[str]]:
    """The arguments of each `decamp …` up to a pipe or a redirection, without a prompt or variables before it."""
    for line in code_lines(text):
        words = shlex.split(re.sub(r"^\$ ", "", line), comments=True) if "decamp" in line else []
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words = words[1:]
        if words[:1] == ["decamp"]:
            end = next((i for i, word in enumerate(words) if word in ENDS), len(words))
            yield words[1:end]


def shown() -> list[tuple[str, list[str]]]:
    return [(str(path.relative_to(ROOT)), args) for path in PAGES for args in commands(path.read_text())]


@pytest.fixture
def parse(monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Parses a command line as the CLI does, and stops where the command would begin."""
    monkeypatch.setattr(SharedCommand, "invoke", lambda self, context: None)
    group = make_group()

    def it(args: list[str]) -> None:
        try:
            with group.make_context("decamp", list(args), obj=App()) as context:
                group.invoke(context)
        except click.exceptions.Exit:
            return  # --help, --version

    return it


@pytest.mark.parametrize(("page", "args"), shown(), ids=[f"{page}: {' '.join(args)}" for page, args in shown()])
def test_a_command_that_is_shown_can_be_typed(parse, page: str, args: list[str]) -> None:  # type: ignore[no-untyped-def]
    parse(args)


def test_the_runbooks_show_commands() -> None:
    runbooks = {f"docs/runbooks/{path.name}" for path in (ROOT / "docs/runbooks").glob("*.md")}
    assert {page for page, _ in shown()} >= runbooks


@pytest.mark.parametrize("args", [["fly"], ["run", "--fly"], ["scan", "--side", "moon"], ["-C"], ["approve", "a", "b"]])
def test_what_cannot_be_typed_is_found(parse, args: list[str]) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(click.UsageError):
        parse(args)


def test_command_lines_are_found_in_code() -> None:
    text = """
text with `decamp inline`
```
$ decamp -C X run \\
    --execute | less
OS_CLOUD=a decamp status > file  # a comment
echo decamp
```
    decamp plan && decamp run
"""
    assert list(commands(text)) == [["-C", "X", "run", "--execute"], ["status"], ["plan"]]
