"""Every code that is raised has a text in both languages, with the same facts, and stands in docs/output.md."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from migrate.messages.catalogue import LANGUAGES, phrase, phrases, placeholders, text, texts
from migrate.model import Kind
from migrate.plan.findings import CODES
from migrate.plan.reliance import capabilities
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


def test_every_kind_has_a_word() -> None:
    for lang in LANGUAGES:
        assert {key for key in phrases(lang) if key.startswith("kind.")} == {f"kind.{kind.value}" for kind in Kind}


def test_a_fact_that_is_a_word_is_told_in_the_language_of_the_text() -> None:
    facts = {"volume": "data", "size_gib": "1", "becomes": "volume"}
    assert " becomes a volume of its own" in text("DCP-644", "en", facts)
    assert " devient un volume à part entière" in text("DCP-644", "fr", facts)
    # The same word under another fact, and a name that is no word of ours, stay as they are.
    assert "image" in text("DCP-643", "fr", {"volume": "image", "size_gib": "1"})
    assert "vault" in text("DCP-644", "fr", {**facts, "becomes": "vault"})


def test_a_size_is_told_in_octets_in_french() -> None:
    facts = {"size": "6.5 MiB", "limit": "512 B"}
    assert "6.5 MiB" in text("DCP-632", "en", facts)
    assert "6,5 Mio" in text("DCP-632", "fr", facts) and "512 o" in text("DCP-632", "fr", facts)
    flavor = {"source": "a", "target": "b", "what": "1 vCPU 4096 MiB -> 2 vCPU 7168 MiB", "size": "enough"}
    assert "1 vCPU 4096 Mio -> 2 vCPU 7168 Mio), qui est assez grand" in text("DCP-611", "fr", flavor)
    # A name that looks like one stays as it is.
    assert "6 MiB" in text("DCP-643", "fr", {"volume": "6 MiB", "size_gib": "1"})


def test_every_word_belongs_to_a_fact_of_a_text() -> None:
    facts = {name for template in texts("en").values() for name in placeholders(template)}
    words = [key.split(".", 2) for key in phrases("en") if key.startswith("fact.")]
    assert {name for _, name, _ in words} <= facts
    assert {word for _, name, word in words if name == "what"} >= set(capabilities())
    assert {word for _, name, word in words if name == "proof"} == {"facade", "http", "memory", "none"}


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
