"""dearest.toml says what each of the dearest tests alone proves, of tests that are there."""

import tomllib
from pathlib import Path

import pytest

from tests.docs.capabilities import find_test, is_seldom

ROOT = Path(__file__).parents[2]
DEAREST: dict[str, dict[str, str]] = tomllib.loads((ROOT / "tests" / "dearest.toml").read_text("utf-8"))


@pytest.mark.parametrize(("where", "count"), [("memory", 50), ("lab", 15)])
def test_each_of_the_dearest_is_there_and_proves_something(where: str, count: int) -> None:
    assert len(DEAREST[where]) == count
    for test, proof in DEAREST[where].items():
        path, _, name = test.partition("::")
        assert find_test(ROOT / path, name), f"no such test: {test}"
        assert proof[0].isupper() and proof.endswith("."), f"no sentence: {test}"


def test_all_of_them_are_in_make_test() -> None:
    assert [test for part in DEAREST.values() for test in part if is_seldom(test)] == []
