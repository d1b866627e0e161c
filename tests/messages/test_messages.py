"""Every code has a name, is used, and has a text in both languages with the same facts; the pages are made of them."""

import ast
import re
import shlex
from functools import cache
from pathlib import Path
from typing import NamedTuple, get_args

import pytest

from migrate.cli.tables import fold, table_lines
from migrate.findings.finding import CODES
from migrate.messages import codes
from migrate.messages.catalogue import LANGUAGES, phrase, phrases, placeholders, text, texts
from migrate.messages.codes.registry import ENTRIES, error
from migrate.messages.reason import reason
from migrate.model import Kind
from migrate.model.steps import AnyAction
from migrate.plan.readiness.maturity import capabilities
from tests.docs.codes import CODES as CODE_PAGES
from tests.docs.codes import OUTPUT, PLAN, code_pages, output_page, plan_page
from tests.matrix import rest

ROOT = Path(__file__).parents[2]
CODE = re.compile(r"DCP-\d{3}")
NUMBERS = {name: value for name, value in vars(codes).items() if name.isupper()}
"""Every code: its name, and its number."""
OPTIONAL = {"what"}
"""Filled from whatever facts there are."""


class Call(NamedTuple):
    """A call `Error(codes.NAME, fact=…)` that names all its facts."""

    where: str
    code: str
    facts: set[str]


class Used(NamedTuple):
    """What the code says of codes and reasons."""

    codes: set[str]
    raw: list[str]
    """Where a number stands as such."""
    raised: list[Call]
    reasons: set[str]


@cache
def used() -> Used:
    """Read once for all tests, and without the modules that speak of neither: parsing takes long."""
    found = Used(set(), [], [], set())
    for path in sorted((ROOT / "migrate").rglob("*.py")):
        source = path.read_text()
        if path.parent.name != "codes" and re.search(r"\bcodes\b|DCP-|\breason\b", source):
            for node in ast.walk(ast.parse(source)):
                if isinstance(node, ast.Attribute | ast.Constant | ast.Call):
                    _look_at(node, path.relative_to(ROOT), found)
    return found


def _look_at(node: ast.AST, path: Path, found: Used) -> None:
    if code := code_of(node):
        found.codes.add(code)
    if isinstance(node, ast.Constant) and isinstance(node.value, str) and CODE.fullmatch(node.value):
        found.raw.append(f"{path}:{node.lineno}")
    if not (isinstance(node, ast.Call) and node.args):
        return
    first = node.args[0]
    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
    if getattr(node.func, "id", "") == "reason" and isinstance(first, ast.Constant):
        found.reasons.add(str(first.value))
    if (code := code_of(first)) and name[:1].isupper() and all(keyword.arg for keyword in node.keywords):
        found.raised.append(Call(f"{path}:{node.lineno}", code, {str(keyword.arg) for keyword in node.keywords}))


def code_of(node: ast.AST) -> str | None:
    """The number that `codes.NAME` stands for."""
    match node:
        case ast.Attribute(value=ast.Name(id="codes"), attr=name):
            return NUMBERS.get(name)
    return None


def test_every_code_is_used_by_its_name_and_has_one() -> None:
    assert used().codes == set(ENTRIES) == set(NUMBERS.values())
    assert len(NUMBERS) == len(ENTRIES) and all(map(CODE.fullmatch, ENTRIES))


def test_no_number_stands_in_the_code_but_in_the_registry() -> None:
    assert not used().raw


def test_a_number_is_given_once() -> None:
    with pytest.raises(ValueError, match="DCP-611 is taken"):
        error(codes.FLAVOR_CHANGES, en="x", fr="x")


def test_both_languages_name_the_same_facts() -> None:
    for english, french in ((texts("en"), texts("fr")), (phrases("en"), phrases("fr"))):
        assert english.keys() == french.keys()
        for key in english:
            assert placeholders(english[key]) - {"s"} == placeholders(french[key]) - {"s"}, key


def test_every_raise_gives_the_facts_that_its_text_names() -> None:
    lacking = [
        (where, code, missing)
        for where, code, facts in used().raised
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
    assert " becomes a volume, as no cloud" in text(codes.SNAPSHOT_CONVERTED, "en", facts)
    assert " devient un volume à part entière" in text(codes.SNAPSHOT_CONVERTED, "fr", facts)
    # The same word under another fact, and a name that is no word of ours, stay as they are.
    assert "image" in text(codes.SNAPSHOTS_LEFT, "fr", {"volume": "image", "size_gib": "1"})
    assert "vault" in text(codes.SNAPSHOT_CONVERTED, "fr", {**facts, "becomes": "vault"})


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_a_size_is_a_number_until_it_is_told() -> None:
    facts = {"size": str(13 << 19), "limit": 512}
    assert plain(text(codes.IMAGE_TOO_LARGE, "en", facts)).startswith(
        "the image (6.5 MiB) exceeds the target's size limit (512 B)"
    )
    assert "(6,5 Mio)" in plain(text(codes.IMAGE_TOO_LARGE, "fr", facts)) and "(512 o)" in plain(
        text(codes.IMAGE_TOO_LARGE, "fr", facts)
    )
    before, after = "vcpus=1 ram_mib=4096 disk_gib=20", "vcpus=2 ram_mib=7168 disk_gib=50 ephemeral_gib=5"
    flavor = {"source": "a", "target": "b", "what": f"{before} -> {after}", "size": "enough"}
    assert "(1 vCPU 4096 MiB 20 GiB -> 2 vCPU 7168 MiB 50 GiB + 5 GiB)" in plain(
        text(codes.FLAVOR_CHANGES, "en", flavor)
    )
    assert "1 vCPU 4096 Mio 20 Gio -> 2 vCPU 7168 Mio 50 Gio + 5 Gio), qui" in plain(
        text(codes.FLAVOR_CHANGES, "fr", flavor)
    )
    # Swift counts a quota in bytes or in objects.
    assert "2.0\u00a0KiB (" in text(
        codes.CONTAINER_QUOTA_SHORT, "en", {"header": "x-container-meta-quota-bytes", "limit": 2048, "need": 1}
    )
    assert "2048 (" in text(
        codes.CONTAINER_QUOTA_SHORT, "en", {"header": "x-container-meta-quota-count", "limit": 2048, "need": 1}
    )
    # A name that looks like a number stays as it is.
    assert " 4096 " in text(codes.SNAPSHOTS_LEFT, "fr", {"volume": "4096", "size_gib": "1"})


def test_a_size_that_an_earlier_version_wrote_as_text_is_shown_as_it_is() -> None:
    for lang in LANGUAGES:
        assert "6.5 MiB" in text(codes.IMAGE_TOO_LARGE, lang, {"size": "6.5 MiB", "limit": "512 B"})
        flavor = {"source": "a", "target": "b", "what": "1 vCPU 4096 MiB -> 2 vCPU 7168 MiB", "size": "enough"}
        assert "(1 vCPU 4096 MiB -> 2 vCPU 7168 MiB)" in text(codes.FLAVOR_CHANGES, lang, flavor)


@pytest.mark.hostile
@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_tenant_s_name_in_a_command_is_quoted_as_a_shell_needs_it(lang: str) -> None:
    """Whoever pastes the command must not run what is in the name; an ordinary one stays as it is."""
    for name in ("x$(touch y)", "a;b", "a b", "`id`", "it's"):
        told = text(codes.WAITS_FOR_TEST_LAUNCH, lang, {"wave": name})
        assert f"decamp test-launch {shlex.quote(name)} --execute" in told
        assert shlex.split(told[told.index("decamp test-launch") :].split(" --execute")[0])[2:] == [name]
    assert "decamp test-launch web-1 --execute" in text(codes.WAITS_FOR_TEST_LAUNCH, lang, {"wave": "web-1"})
    assert "`decamp plan`" in phrase("verify.untold", lang, command="decamp plan", count=1)


def test_a_name_that_is_one_of_our_words_stays_a_name() -> None:
    """A volume may be called `networks`, or as a reason is written."""
    for name in ("networks", 'missing {"field":"size"}'):
        told = {"what": name, "listing": "volume", "service": "cinder", "why": "twice"}
        assert text(codes.UNREADABLE_LEFT_OUT, "fr", told).startswith(f"{name} (")


def test_every_reason_has_a_phrase() -> None:
    keys = used().reasons
    assert len(keys) > 10
    for lang in LANGUAGES:
        said = {key.split(".", 2)[2] for key in phrases(lang) if key.startswith(("fact.why.", "fact.what."))}
        assert keys <= said


def test_what_is_not_supported_is_told_in_the_language_of_the_text() -> None:
    told = reason("qcow2-clusters", size=1 << 22)
    assert "(a qcow2 file with clusters of 4.0 MiB)" in plain(text(codes.UNSUPPORTED, "en", {"what": told}))
    assert "(un fichier qcow2 avec des clusters de 4,0 Mio)" in plain(text(codes.UNSUPPORTED, "fr", {"what": told}))
    assert "(un fichier qcow2 chiffré)" in plain(text(codes.UNSUPPORTED, "fr", {"what": "qcow2-encrypted"}))
    assert "(an old sentence)" in plain(text(codes.UNSUPPORTED, "fr", {"what": "an old sentence"}))


def test_every_word_belongs_to_a_fact_of_a_text() -> None:
    told = [*texts("en").values(), *phrases("en").values()]
    facts = {name for template in told for name in placeholders(template)}
    words = [key.split(".", 2) for key in phrases("en") if key.startswith("fact.")]
    assert {name for _, name, _ in words} <= facts
    assert {word for _, name, word in words if name == "what"} >= set(capabilities())
    assert {word for _, name, word in words if name == "proof"} == {"facade", "http", "memory", "none"}


def test_the_pages_list_every_code_as_the_registry_has_it() -> None:
    """`python -m tests.docs.codes` makes them."""
    assert OUTPUT.read_text() == output_page()
    assert PLAN.read_text() == plan_page()
    pages = {path: path.read_text() for path in CODE_PAGES.rglob("*.md")}
    assert pages == code_pages()


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_text_is_one_sentence_without_a_full_stop(lang: str) -> None:
    for code, template in texts(lang).items():
        assert template and "\n" not in template and not template.endswith("."), code


def test_a_fact_with_line_breaks_stays_one_line() -> None:
    assert "\n" not in text(codes.DOCUMENT_DAMAGED, "en", {"path": "a\nb", "why": "x\n\ny"})


def test_facts_that_a_text_does_not_know_are_told_all_the_same() -> None:
    assert "method=GET, url=http://x" in text(codes.CLOUD_UNAVAILABLE, "en", {"method": "GET", "url": "http://x"})
    assert text(codes.UNREACHABLE, "en", {"url": "u", "reason": "refused"}).endswith("(refused)")


def test_an_unknown_code_or_a_missing_fact_never_hides_the_error() -> None:
    assert text("DCP-999", "en", {"a": 1}) == "DCP-999 (a=1)"
    assert text("DCP-999", "fr") == "DCP-999"
    assert "?" in text(codes.DOCUMENT_MISSING, "en")


def test_a_fact_with_braces_is_shown_as_it_is() -> None:
    assert "{x}" in text(codes.DOCUMENT_MISSING, "en", {"path": "{x}"})


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


TYPED = re.compile(r"`[^`]*`|\d\d:\d\d(:\d\d)?\+?|consistency: crash")
FRENCH = {**texts("fr"), **phrases("fr")}


def test_french_puts_a_space_that_does_not_break_before_its_signs_and_units() -> None:
    for key, template in FRENCH.items():
        prose = TYPED.sub("", re.sub(r"\{[^}]*\}", "1", template))
        assert not re.search(r"[\w)] ?[;:!?](\s|$)| »|« |\d ([KMG]io|octets|s)(?![\w'])", prose), key


def test_what_people_type_and_strangers_names_keep_their_spaces() -> None:
    assert not [
        key
        for key, template in FRENCH.items()
        if any(re.search("[\u00a0\u202f]", typed[0]) for typed in TYPED.finditer(template))
    ]
    assert text(codes.DEADLINE_INVALID, "fr", {"value": "« a » ; 5 s ?"}).startswith("« a » ; 5 s ? n'est pas")
    assert "'a : b'" in phrase("store.key-made", "fr", path="x", id="y", reference="'a : b'")


WIDTHS = range(20, 80, 19)


@pytest.mark.parametrize("width", [*WIDTHS, *rest(*(width for width in range(20, 80, 7) if width not in WIDTHS))])
def test_no_line_of_a_screen_begins_with_a_french_sign(width: int) -> None:
    lines = [line for template in FRENCH.values() for line in fold(re.sub(r"\{[^}]*\}", "1", template), width)]
    assert not [line for line in lines if line.lstrip(" ")[:1] in {":", ";", "!", "?", "»"} and line.strip()]


def test_a_screen_shows_plain_spaces() -> None:
    assert fold(phrase("scan.done", "fr", side="cible", path="x"), None) == ["cible : x écrit"]
    [*_, line] = table_lines(["a"], [[phrase("scan.done", "fr", side="cible", path="x")]])
    assert line == "cible : x écrit"
