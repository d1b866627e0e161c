"""Every code that is raised has a text in both languages, with the same facts, and stands in docs/output.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from migrate.messages.catalogue import LANGUAGES, phrase, phrases, placeholders, text, texts
from migrate.plan.findings import CODES
from migrate.plan.steps import AnyAction

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"DCP-\d{3}")
OPTIONAL = {"what"}
"""Filled from whatever facts there are."""


def modules() -> Iterator[tuple[Path, ast.Module]]:
    for path in sorted((ROOT / "migrate").rglob("*.py")):
        if path.parent.name != "messages":
            yield path, ast.parse(path.read_text())


def used_codes() -> set[str]:
    return {
        node.value
        for _, tree in modules()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value)
    }


def raised() -> Iterator[tuple[str, str, set[str]]]:
    """(where, code, names of its facts) of each call `Error("DCP-nnn", fact=…)` that names all its facts."""
    for path, tree in modules():
        for node in ast.walk(tree):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            code = node.args[0].value
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            is_error = isinstance(code, str) and CODE.fullmatch(code) and name[:1].isupper()
            if is_error and all(keyword.arg for keyword in node.keywords):
                yield f"{path.relative_to(ROOT)}:{node.lineno}", code, {str(keyword.arg) for keyword in node.keywords}


def test_every_code_that_is_used_has_a_text_in_both_languages() -> None:
    for lang in LANGUAGES:
        assert not used_codes() - texts(lang).keys()


def test_every_text_has_a_code_that_is_used() -> None:
    for lang in LANGUAGES:
        assert not texts(lang).keys() - used_codes()


def test_both_languages_name_the_same_facts() -> None:
    for english, french in ((texts("en"), texts("fr")), (phrases("en"), phrases("fr"))):
        assert english.keys() == french.keys()
        for key in english:
            assert placeholders(english[key]) - {"s"} == placeholders(french[key]) - {"s"}, key


def test_every_raise_gives_the_facts_that_its_text_names() -> None:
    lacking = [
        (where, code, missing)
        for where, code, facts in raised()
        if (missing := placeholders(texts("en")[code]) - facts - OPTIONAL)
    ]
    assert not lacking


def test_every_finding_gives_the_facts_that_its_text_names() -> None:
    for code, spec in CODES.items():
        assert placeholders(texts("en")[code]) <= set(spec.facts), code


def test_a_rehearsal_has_a_word_for_every_action_and_for_nothing_else() -> None:
    actions = {f"would.{action.__struct_config__.tag}" for action in get_args(AnyAction)}
    for lang in LANGUAGES:
        told = {key: template for key, template in phrases(lang).items() if key.startswith("would.")}
        assert told.keys() == actions
        for key, template in told.items():
            counts = {"count", "s"} if key == "would.container.copy" else set()
            assert placeholders(template) <= {"size", "gate"} | counts, key


def test_the_documentation_lists_every_code_with_its_text() -> None:
    rows = re.findall(r"^\| (DCP-\d{3}) \| [^|]* \| (.*) \|$", (ROOT / "docs" / "output.md").read_text(), re.MULTILINE)
    assert dict(rows) == texts("en")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_is_one_sentence_without_a_full_stop(lang: str) -> None:
    for code, template in texts(lang).items():
        assert template and "\n" not in template and not template.endswith("."), code


def test_a_fact_with_line_breaks_stays_one_line() -> None:
    assert "\n" not in text("DCP-211", "en", {"path": "a\nb", "why": "x\n\ny"})


def test_facts_that_a_text_does_not_know_are_told_all_the_same() -> None:
    assert "method=GET, url=http://x" in text("DCP-503", "en", {"method": "GET", "url": "http://x"})
    assert text("DCP-402", "en", {"url": "u", "reason": "refused"}).endswith("(refused)")


def test_an_unknown_code_or_a_missing_fact_never_hides_the_error() -> None:
    assert text("DCP-999", "en", {"a": 1}) == "DCP-999 (a=1)"
    assert text("DCP-999", "fr") == "DCP-999"
    assert "?" in text("DCP-210", "en")


def test_a_fact_with_braces_is_shown_as_it_is() -> None:
    assert "{x}" in text("DCP-210", "en", {"path": "{x}"})


@pytest.mark.parametrize(
    ("lang", "count", "expected"),
    [
        ("en", 0, "0 objects"),
        ("en", 1, "1 object"),
        ("en", 2, "2 objects"),
        ("fr", 0, "0 objet"),
        ("fr", 2, "2 objets"),
    ],
)
def test_plurals(lang: str, count: int, expected: str) -> None:
    assert phrase("objects", lang, count=count) == expected


def test_french_puts_a_space_before_two_part_signs() -> None:
    for key, template in {**texts("fr"), **phrases("fr")}.items():
        prose = re.sub(r"\{[^}]*\}|`[^`]*`|\d\d:\d\d(:\d\d)?\+?|consistency: crash", "", template)
        assert not re.search(r"\w[;:!?](\s|$)", prose), key
