"""What is typed wrongly is answered with the nearest names, in the operator's language."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Decamp
from tests.cli.workspaces import edit

ENDS = {"en": "; see `decamp --help`", "fr": " ; voir `decamp --help`"}


@pytest.mark.parametrize(
    ("args", "lang", "told"),
    [
        (["verfy"], "en", "there is no command verfy (did you mean verify?)"),
        (["cutover", "web-1"], "en", "there is no command cutover (did you mean cut-over?)"),
        (["fly"], "en", "there is no command fly"),
        (["verfy"], "fr", "il n'y a pas de commande verfy (vouliez-vous dire verify ?)"),
        (["store", "chekc"], "en", "there is no command chekc (did you mean check?)"),
        (["run", "--exceute"], "en", "there is no option --exceute here (did you mean --execute?)"),
        (["run", "--zzz"], "fr", "il n'y a pas d'option --zzz ici"),
    ],
)
def test_a_command_or_an_option(decamp: Decamp, args: list[str], lang: str, told: str) -> None:
    result = decamp("--lang", lang, *args)
    assert (result.code, result.out, result.sentence) == (2, "", f"decamp: DCP-200: {told}{ENDS[lang]}")


@pytest.mark.parametrize("name", ["cut-over", "test-launch", "rollback", "accept"])
def test_a_wave_or_a_server(decamp: Decamp, planned: Path, name: str) -> None:
    result = decamp("-C", planned, name, "tol-1")
    assert result.code == 2
    assert (
        "DCP-940: the plan has no wave and stops no server named tol-1 (did you mean tool-1?) (its" in result.sentence
    )


@pytest.mark.parametrize(
    ("args", "told"),
    [
        (["run", "--only", "server:tol-1"], "no step server:tol-1 (did you mean server:tool-1?)"),
        (["run", "--again", "container:note"], "no step container:note (did you mean container:notes?)"),
        (["run", "--set-again", "container:notse"], "no step container:notse (did you mean container:notes?)"),
        (["run", "--only", "flavor:x"], "no step flavor:x: run"),
        (["approve", "cut-over", "--server", "tol-1"], "stops no server tol-1 (did you mean tool-1?)"),
        (["approve", "cut-over", "--wave", "tol-1"], "no wave tol-1 (did you mean tool-1?)"),
    ],
)
def test_a_step_or_an_item(decamp: Decamp, planned: Path, args: list[str], told: str) -> None:
    result = decamp("-C", planned, *args)
    assert result.code == 2 and told in result.sentence


def test_a_step_id_as_the_screen_shows_it(decamp: Decamp, planned: Path) -> None:
    steps = json.loads((planned / "plan.json").read_text())["steps"]
    whole = next(step["id"] for step in steps if step["id"].startswith("server:"))
    short = whole[: len("server:") + 8]
    assert f"did you mean {whole[: whole.index('-')]}-" in decamp("-C", planned, "run", "--only", short).sentence


@pytest.mark.parametrize(
    ("selector", "told"),
    [
        (
            "server:tol-1",
            "server:tol-1 under skip in policy.yaml matches nothing (did you mean server:tool-1?): correct",
        ),
        ("server:of-nobody", "server:of-nobody under skip in policy.yaml matches nothing: correct"),
    ],
)
def test_a_selector_of_the_policy(decamp: Decamp, workspace: Path, selector: str, told: str) -> None:
    assert decamp("-C", workspace, "scan").code == 0
    edit(workspace, skip=f'["{selector}"]')
    assert told in decamp("-C", workspace, "check").out


def test_a_selector_behind_a_code(decamp: Decamp, workspace: Path) -> None:
    assert decamp("-C", workspace, "scan").code == 0
    edit(workspace, accept='["DCP-611:server:tol-1"]')
    assert "(did you mean server:tool-1?)" in decamp("-C", workspace, "check", "-f", "json").out
