"""Every rule of traps.toml is shown by tests that are there, or told of in docs/limits.md; none has gone."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.docs.capabilities import find_test

ROOT = Path(__file__).parents[2]
LIMITS = " ".join((ROOT / "docs" / "limits.md").read_text(encoding="utf-8").split())
RULES = 151
"""How many there are at least: a rule may be split or added, not dropped."""


def traps() -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads(Path(__file__).with_name("traps.toml").read_text("utf-8"))["trap"]
    return found


def problems(trap: dict[str, Any], root: Path = ROOT, limits: str = LIMITS) -> list[str]:
    """What is wrong with one rule; nothing when it is shown, or told of."""
    found = [f"no such key: {key}" for key in sorted(set(trap) - {"id", "rule", "tests", "limits"})]
    if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", trap["id"]):
        found.append("an id in kebab-case is wanted")
    if not re.fullmatch(r"[A-Z].+\.", trap["rule"]):
        found.append("the rule is no sentence")
    if not trap.get("tests") and "limits" not in trap:
        found.append("neither shown nor told of")
    for test in trap.get("tests", ()):
        path, _, name = test.partition("::")
        if find_test(root / path, name) is None:
            found.append(f"no such test: {test}")
    if "limits" in trap and limits.count(trap["limits"]) != 1:
        found.append(f"docs/limits.md has it {limits.count(trap['limits'])} times: {trap['limits']}")
    return found


@pytest.mark.parametrize("trap", traps(), ids=lambda trap: trap["id"])
def test_a_rule_is_shown_or_told_of(trap: dict[str, Any]) -> None:
    assert problems(trap) == []


def test_no_rule_has_gone_and_none_is_there_twice() -> None:
    ids = [trap["id"] for trap in traps()]
    assert len(set(ids)) == len(ids) >= RULES


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"tests": ["tests/test_a.py::test_one"]}, None),
        ({"tests": ["tests/test_a.py::test_two"]}, "no such test"),
        ({"tests": ["tests/test_none.py::test_one"]}, "no such test"),
        ({"tests": ["tests/test_a.py::helper"]}, "no such test"),
        ({"tests": []}, "neither"),
        ({}, "neither"),
        ({"limits": "by hand"}, None),
        ({"limits": "no longer there"}, "0 times"),
        ({"limits": "it is"}, "2 times"),
        ({"limits": "by hand", "id": "Two words"}, "kebab-case"),
        ({"limits": "by hand", "rule": ""}, "no sentence"),
        ({"limits": "by hand", "test": []}, "no such key"),
    ],
)
def test_what_shows_nothing_is_found(tmp_path: Path, change: dict[str, Any], said: str | None) -> None:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests/test_a.py").write_text("def test_one(): ...\ndef helper(): ...\n")
    found = problems({"id": "a-1", "rule": "It is so.", **change}, tmp_path, "it is done by hand, so it is")
    assert (said is None and found == []) or (len(found) == 1 and said is not None and said in found[0])
