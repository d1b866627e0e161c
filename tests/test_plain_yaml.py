"""YAML of a stranger: plain values, or one error that says that there are none."""

from typing import Any

import pytest
import yaml

from migrate.plain_yaml import TooMuchYamlError, read_yaml
from tests.bounds import bounded

pytestmark = pytest.mark.hostile


@pytest.mark.parametrize(
    ("text", "value"),
    {
        "": None,
        "a: [1, 2.5, yes, null, b]": {"a": [1, 2.5, True, None, "b"]},
        "1:30": 90,
        "0x1f": 31,
        "2026-12-02": "2026-12-02",
        "!!str 1": "1",
        "{<<: {a: 1}, b: 2}": {"a": 1, "b": 2},
        "9" * 1000: int("9" * 1000),
    }.items(),
)
def test_plain_values(text: str, value: Any) -> None:
    assert read_yaml(text) == value


WRONG = {
    "a number of base 60": ":".join("1" * 100_000),
    "a fraction of base 60": ":".join("1" * 300) + ".5",
    "a long number": "9" * 5000,
    "no truth value": "!!bool perhaps",
    "no number": "!!float ''",
    "bytes": "!!binary aaaa",
    "a day": "!!timestamp 2026-12-02",
    "a set": "!!set {a}",
    "an object": "!!python/object/apply:os.system [id]",
    "a key that is a list": "{[a]: b}",
    "half a character": chr(0xD800),
    "half a character, escaped": '"\\ud800"',
    "nested without end": "[" * 100_000,
}


@pytest.mark.parametrize("wrong", WRONG)
def test_no_plain_values(wrong: str) -> None:
    with bounded(), pytest.raises(yaml.YAMLError):
        read_yaml(WRONG[wrong])


def test_aliases_that_stand_for_too_much() -> None:
    texts = f"a: &a {'x' * 60_000}\nb: [{', '.join(['*a'] * 1000)}]"
    for text in (texts, "a: &a [*a]", "a: &a {<<: *a}"):
        with bounded(), pytest.raises(TooMuchYamlError):
            read_yaml(text)
