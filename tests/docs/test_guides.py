"""The guides: their commands run as they stand, their policy can be read, and both languages show the same."""

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrate.cli.demo_story import in_two_weeks
from migrate.demo.memory.cloud import worlds
from migrate.demo.small_tenant import two_clouds
from migrate.errors import Exit
from migrate.messages.codes.registry import ENTRIES
from migrate.policy.reader import parse_policy
from tests.cli.conftest import Decamp, decamp, passes
from tests.docs.quoted import code_lines
from tests.matrix import one_each

__all__ = ["decamp", "passes"]
GUIDES = Path(__file__).parents[2] / "docs/guides"
PAGES = sorted(path.name for path in GUIDES.glob("*.md"))
HEAD: dict[str, Any] = {
    "version": 1,
    "migration": "0" * 32,
    "source": {"cloud": "OLDCLOUD"},
    "target": {"cloud": "NEWCLOUD"},
}
ENDS = {
    "forecast": {Exit.OK, Exit.AMBER},
    # It asks, and here nobody answers.
    "support-bundle": {Exit.USAGE},
}
"""How a command ends, as it is typed, if not with 0."""


def commands(page: str) -> Iterator[list[str]]:
    for line in code_lines((GUIDES / page).read_text("utf-8")):
        words = shlex.split(line) if line.startswith(("decamp ", "cd ")) else []
        if words:
            yield words


def blocks(page: str) -> list[str]:
    """What stands in the page's YAML blocks."""
    return re.findall(r"^```yaml\n(.*?)^```", (GUIDES / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


def type_all(decamp: Decamp, page: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs the commands of the page one after the other, in the current folder; returns their names."""
    there = {"OLDCLOUD": "memory:source/small", "NEWCLOUD": "memory:target/small"}
    done = []
    for words in commands(page):
        words = [there.get(word, word) for word in words]
        if "--deadline" in words:
            words[words.index("--deadline") + 1] = in_two_weeks()
        if words[0] == "cd":
            monkeypatch.chdir(words[1])
            continue
        if words[1] == "explain":
            words += ["--lang", "en"]
        result = decamp(*words[1:])
        assert result.code in ENDS.get(" ".join(words[1:]), {Exit.OK}), (
            f"{shlex.join(words)}\n{result.out}\n{result.err}"
        )
        done.append(words[3] if words[1] == "-C" else words[1])
    return " ".join(done)


def begin(decamp: Decamp, monkeypatch: pytest.MonkeyPatch, *commands: str) -> None:
    """A workspace `move` in the current folder, and in it these commands."""
    there = ("--source", "memory:source/small", "--target", "memory:target/small", "--deadline", in_two_weeks())
    assert decamp("init", "move", *there).code == 0
    monkeypatch.chdir("move")
    for command in commands:
        assert decamp(*command.split()).code in ENDS.get(command, {Exit.OK}), command


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    two_clouds(0.02)
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("page", "folder_name"), one_each(["cloudwatt-to-flexible-engine.md", "openstack-to-ovhcloud.md"], ["", "fr/"])
)
def test_a_move_between_clouds(decamp: Decamp, monkeypatch: pytest.MonkeyPatch, page: str, folder_name: str) -> None:
    done = type_all(decamp, folder_name + page, monkeypatch)
    assert done == "init scan check plan forecast report run approve run verify report"
    assert [row.record.status for row in worlds["target"].servers.rows.values()] == ["ACTIVE"]


def test_containers_alone(decamp: Decamp, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a target with Swift: what S3 holds of them is shown in tests/s3."""
    begin(decamp, monkeypatch)
    monkeypatch.chdir("..")
    done = type_all(decamp, "swift-to-s3.md", monkeypatch)
    assert done == "scan check plan run run scan plan run verify verify report"
    assert not worlds["target"].servers.rows


def test_when_time_runs_out(decamp: Decamp, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(decamp, monkeypatch, "scan", "plan", "forecast")
    done = type_all(decamp, "running-out-of-time.md", monkeypatch)
    assert done.startswith("forecast status watch ") and done.count("run") == 4
    assert "source" in worlds


def test_what_makes_it_faster_leaves_the_approval_valid(decamp: Decamp, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(decamp, monkeypatch, "scan", "plan", "approve cut-over")
    policy = Path("policy.yaml")
    said = yaml.safe_load(policy.read_text())
    faster = yaml.safe_load(blocks("running-out-of-time.md")[0])
    policy.write_text(yaml.safe_dump({**said, "limits": {**said.get("limits", {}), **faster["limits"]}}))
    assert [decamp(command).code for command in ("plan", "forecast")] == [Exit.OK, Exit.AMBER]
    assert decamp("run", "--execute").code == 0


def test_the_source_is_gone(decamp: Decamp, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(decamp, monkeypatch, "scan", "plan", "approve cut-over", "run --execute --only evacuate")
    del worlds["source"]
    assert type_all(decamp, "source-is-gone.md", monkeypatch) == "status run verify report"
    assert [row.record.status for row in worlds["target"].servers.rows.values()] == ["ACTIVE"]


def test_what_support_needs(decamp: Decamp, monkeypatch: pytest.MonkeyPatch) -> None:
    begin(decamp, monkeypatch, "scan", "plan")
    done = type_all(decamp, "what-support-needs.md", monkeypatch)
    assert done == "doctor status explain support-bundle support-bundle status watch report pack unpack status trust"


@pytest.mark.parametrize("page", PAGES)
def test_both_languages_show_the_same(page: str) -> None:
    french = f"fr/{page}"

    def shape(name: str) -> tuple[object, ...]:
        text = (GUIDES / name).read_text("utf-8")
        return (
            [
                [word for word in words if word not in {"--lang", "fr"}]
                for words in commands(name)
                if "/tour" not in name
            ],
            blocks(name),
            re.findall(r"DCP-\d{3}", text),
            list(re.findall(r"^(#+) ", text, re.MULTILINE)),
            sorted(set(re.findall(r"[\w-]+\.(?:md|yaml)\b", text))),
        )

    if page != "tour.md":
        assert shape(page) == shape(french)
    assert (GUIDES / french).is_file()


@pytest.mark.parametrize("page", PAGES)
def test_the_policy_on_a_page_can_be_read_and_its_codes_are_there(page: str) -> None:
    text = (GUIDES / page).read_text("utf-8")
    for block in blocks(page):
        parse_policy(yaml.safe_dump({**HEAD, **yaml.safe_load(block)}))
    assert set(re.findall(r"DCP-\d{3}", text)) <= ENTRIES.keys()
