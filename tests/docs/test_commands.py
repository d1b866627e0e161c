"""Every command that the documentation shows can be typed: `decamp` with its options, in code and prose, and `make`."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from migrate.cli.context import App
from migrate.cli.main import make_group
from migrate.cli.options import SharedCommand
from tests.docs.quoted import code_lines, spans

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "lab/README.md", *sorted((ROOT / "docs").rglob("*.md"))]
OPTION = re.compile(r"--[a-z][a-z-]+")
TARGET = re.compile(r"(?:\$ )?make ([a-z][a-z-]*)")
OTHERS = {
    "--swift-no-large-objects": "rclone",
    "--checksum": "rclone",
    "--fast-list": "rclone",
    "--innodb-snapshot-isolation": "mariadbd",
    "--follow": "git",
    "--pip-args": "pipx",
}
"""Options of programs that are not ours."""
ENDS = {"|", "||", "&&", ";", "&", ">", ">>", "2>", "<"}


def commands(text: str) -> Iterator[list[str]]:
    """The arguments of each `decamp …` up to a pipe or a redirection, without a prompt or variables before it."""
    for line in code_lines(text):
        # Outputs speak of `decamp` too, and their apostrophes are no quotes.
        found = re.fullmatch(r"(?:\$ )?(?:[A-Z_]+=\S+ )*(decamp(?: .*)?)", line)
        if found:
            words = shlex.split(found[1], comments=True)
            end = next((i for i, word in enumerate(words) if word in ENDS), len(words))
            yield words[1:end]


def told() -> list[tuple[str, str]]:
    """Commands in prose, each once, with the first page that has it."""
    first: dict[str, str] = {}
    for path in PAGES:
        for span in spans(path.read_text()):
            if span.startswith("decamp "):
                first.setdefault(span, str(path.relative_to(ROOT)))
    return [(page, span) for span, page in first.items()]


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


@pytest.mark.parametrize(("page", "span"), told(), ids=[f"{page}: {span}" for page, span in told()])
def test_a_command_in_prose_can_be_typed(  # type: ignore[no-untyped-def]
    parse, page: str, span: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "FILE").touch()
    (words,) = commands(f"```\n{span.replace('[', '').replace(']', '')}\n```")
    try:
        parse(words)
    except click.BadOptionUsage:
        parse([*words, "VALUE"])  # the sentence says in words what goes there


def other_options() -> set[str]:
    """Options of the lab's and the tests' programs."""
    # What the lab has installed in hidden folders is thousands of files.
    own = [path for path in (ROOT / "lab").iterdir() if not path.name.startswith(".")]
    files = [*own, *(file for path in (*own, ROOT / "tests") for file in path.rglob("*.py"))]
    found: set[str] = set()
    for path in (*files, ROOT / "Makefile"):
        if path.is_file() and path.suffix in {"", ".py", ".sh"}:
            found.update(re.findall(r"[\"' ](--[a-z][a-z-]*[a-z])\b", path.read_text(errors="replace")))
    return found


def test_each_option_in_prose_is_one_of_a_command() -> None:
    group = make_group()
    context = click.Context(group)
    known = options_of(group, context) | other_options() | OTHERS.keys()
    missing = {
        f"{path.relative_to(ROOT)}: {option}"
        for path in PAGES
        for span in spans(path.read_text())
        for option in OPTION.findall(span)
        if option not in known
    }
    assert not missing


def options_of(command: click.Command, context: click.Context) -> set[str]:
    """Its options and those of the commands below it."""
    found = {name for param in command.get_params(context) for name in (*param.opts, *param.secondary_opts)}
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            below = command.get_command(context, name)
            assert below is not None
            found |= options_of(below, context)
    return found


def test_each_make_target_is_there() -> None:
    targets = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for path in PAGES:
        text = path.read_text()
        for code in (*spans(text), *code_lines(text)):
            found = TARGET.match(code)
            assert not found or found[1] in targets, f"{path.relative_to(ROOT)}: {code}"
    assert {"demo", "test", "lint"} <= targets


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
