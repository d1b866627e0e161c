"""`--help` costs nothing: it imports click and none of the rooms."""

import subprocess
import sys

import pytest

from migrate.cli.main import TABLE, make_group
from tests.cli.loaded_modules import HELP, assert_light, loaded_by


def test_help_imports_nothing_heavy() -> None:
    """How long it takes by that: `python -m tests.cli.measure`."""
    modules, _ = loaded_by(sys.executable, "-m", "migrate.cli.main", "--help")
    assert_light(modules, others={"click"}, ours=HELP)


def test_what_writes_no_page_does_not_load_what_writes_pages() -> None:
    """Babel comes with the first number that is told; Jinja2 with a report. One process loads one after the other."""
    names = ("run", "status", "watch", "forecast", "plan", "verify")
    program = "import sys\n" + "\n".join(
        f"import migrate.cli.commands.{name}; print({name!r}, {{'babel', 'jinja2'}} & set(sys.modules))"
        for name in names
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == [f"{name} set()" for name in names]


def test_the_table_names_every_command_rightly() -> None:
    group = make_group()
    context = group.make_context("decamp", ["status"], obj=None)
    for name in TABLE:
        command = group.get_command(context, name)
        assert command is not None and command.name == name
        assert command.help


def test_no_command_gives_two_parameters_the_same_name() -> None:
    """click warns about it on stderr, in front of the user."""
    group = make_group()
    context = group.make_context("decamp", ["status"], obj=None)
    for name in TABLE:
        command = group.get_command(context, name)
        assert command is not None
        names = [param.name for param in command.get_params(context)]
        assert len(names) == len(set(names)), (name, names)


@pytest.mark.parametrize("name", TABLE)
def test_every_command_has_a_help(decamp, name: str) -> None:  # type: ignore[no-untyped-def]
    result = decamp(name, "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"Usage: decamp {name}") and "--lang" in result.out


def test_the_version(decamp) -> None:  # type: ignore[no-untyped-def]
    assert decamp("--version").out.startswith("decamp ")


def test_without_a_command_the_help_goes_to_stderr(decamp) -> None:  # type: ignore[no-untyped-def]
    result = decamp()
    assert (result.code, result.out) == (2, "") and "Usage:" in result.err
