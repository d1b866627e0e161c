"""The page of each code: an example without a gap, its two halves, and what follows from it, in both languages."""

import re

import pytest

from migrate.messages import codes
from migrate.messages.catalogue import LANGUAGES, placeholders, texts
from migrate.messages.code_page import code_page, nearest_codes, spelt_code
from migrate.messages.codes.registry import ENTRIES
from migrate.messages.example_facts import COMMON, example_facts
from migrate.messages.meanings_fr import MEANINGS

PAGES = [code_page(code, lang) for code in sorted(ENTRIES) for lang in LANGUAGES]
NO_REMEDY = {
    codes.POLICY_INVALID,
    codes.PASS_INSTEAD,
    codes.NOTHING_TO_ROLL_BACK,
    codes.LAUNCH_NONE,
    codes.LAUNCH_OF_NOTHING,
    codes.RULE_NAMES_CHANGED_ADDRESS,
    codes.USED_SINCE_PROVED,
    codes.HEALTH_CHECKS_UNUSED,
}
"""Their sentences name no remedy, or it is one of their facts."""


def test_every_fact_of_every_sentence_has_an_example() -> None:
    assert {
        (code, name) for code, one in ENTRIES.items() for name in placeholders(one.en) - set(example_facts(code))
    } == set()
    assert not [page.code for page in PAGES if re.search(r"(?<!\w)\?|—", page.example)]


def test_every_example_fact_is_one_of_a_sentence() -> None:
    used = {name for one in ENTRIES.values() for name in placeholders(one.en)}
    assert set(COMMON) <= used


def test_every_finding_has_its_meaning_in_french() -> None:
    assert set(MEANINGS) == {code for code, entry in ENTRIES.items() if entry.spec}
    assert code_page(codes.FLAVOR_CHANGES, "fr").cause == MEANINGS[codes.FLAVOR_CHANGES]


def test_the_remedy_is_the_rest_of_the_sentence_behind_its_statement() -> None:
    for page in PAGES:
        assert page.example.endswith(page.remedy)
        statement = page.example.removesuffix(page.remedy) if page.remedy else page.example
        assert not page.remedy or re.search("[:;.] $", statement), page
        assert statement.count("(") == statement.count(")"), page


def test_the_cause_of_an_error_names_its_facts() -> None:
    assert code_page(codes.CANNOT_WRITE, "en").cause == "cannot write PATH (WHY)"
    assert code_page(codes.STORE_NEARLY_FULL, "fr").cause.startswith("il reste SIZE dans le dépôt")
    assert all(page.cause and "{" not in page.cause for page in PAGES)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_now_is_missing_only_where_a_sentence_has_none(lang: str) -> None:
    found = {page.code for code in ENTRIES if not (page := code_page(code, lang)).remedy}
    assert found <= NO_REMEDY and texts(lang)


def test_what_follows_is_told_for_each() -> None:
    assert all(page.consequences for page in PAGES)
    blocks = code_page(codes.TARGET_QUOTA_SHORT, "en")
    assert any("only evacuate" in one for one in blocks.consequences)
    assert next(line for line, _ in blocks.decisions) == "accept: [DCP-602:KIND:NAME]"
    assert not code_page(codes.WORKSPACE_EXISTS, "en").decisions


@pytest.mark.parametrize("said", [codes.FLAVOR_CHANGES, "dcp-611", "611", "DCP611", " dcp_611 "])
def test_a_code_may_be_spelt_as_people_do(said: str) -> None:
    assert spelt_code(said) == codes.FLAVOR_CHANGES


@pytest.mark.parametrize("said", ["", "DCP-", "61", "6111", "flavor", "DCP-6x1", "٦١١"])
def test_other_text_is_no_code(said: str) -> None:
    assert spelt_code(said) is None


def test_the_nearest_codes_are_those_with_the_nearest_numbers() -> None:
    assert nearest_codes(codes.PORT_ORDER_UNCERTAIN) == [
        codes.VOLUME_NOT_ATTACHED,
        codes.PORT_ORDER_UNCERTAIN,
        codes.SERVER_IMAGE_GONE,
    ]
    assert codes.UNEXPECTED in nearest_codes("DCP-001")
