"""`decamp explain`: the page of a code, with and without a workspace, in both languages."""

import json
from pathlib import Path

import pytest

from migrate.messages import codes
from tests.cli.conftest import Decamp


def test_a_code_is_explained(decamp: Decamp) -> None:
    result = decamp("explain", "611")
    assert (result.code, result.err) == (0, "")
    lines = result.out.splitlines()
    assert lines[0] == "DCP-611 (finding: changes)"
    assert [line for line in lines if line and not line.startswith("- ")][1:] == [
        "Cause",
        "Example",
        "Consequence",
        "What now",
        "In policy.yaml",
        "Keys of policy.yaml",
    ]
    assert "- set mappings.flavors to choose another one" in lines
    assert '- `mappings.flavors` (example: `{"n1.cw.standard-1": "b2-7"}`)' in lines


def test_a_code_is_explained_in_french(decamp: Decamp) -> None:
    result = decamp("explain", codes.SERVER_LOCKED, "--lang", "fr")
    assert result.code == 0
    assert "- le serveur doit être arrêté, mais il est verrouillé" in result.out.splitlines()
    assert "Et maintenant" in result.out and "What" not in result.out


def test_several_codes_at_once_each_with_its_page(decamp: Decamp) -> None:
    out = decamp("explain", "602", "dcp-200").out
    assert out.index("DCP-602 (finding: blocks)") < out.index("\n\nDCP-200 (error or remark)\n")


def test_as_json(decamp: Decamp) -> None:
    (page,) = json.loads(decamp("-f", "json", "explain", "816").out)
    assert (
        page["code"] == codes.SOURCE_LISTING_REFUSED
        and page["level"] == "loses"
        and page["settings"] == {"scan.skip": '["object-store"]'}
    )
    assert page["example"].endswith(page["remedy"]) and page["cause"] and page["exits"] == []


@pytest.mark.parametrize(
    ("said", "lang", "sentence"),
    [
        ("999", "en", "there is no code 999 (did you mean DCP-962 or DCP-963 or DCP-964?): write it as DCP-611 or 611"),
        (
            "999",
            "fr",
            "il n'y a pas de code 999 (vouliez-vous dire DCP-962 ou DCP-963 ou DCP-964 ?) : écrivez-le DCP-611 ou 611",
        ),
        ("flavor", "en", "there is no code flavor: write it as DCP-611 or 611"),
        ("\x1b[2J", "en", "there is no code \\x1b[2J: write it as DCP-611 or 611"),
    ],
)
def test_an_unknown_code_gives_the_nearest(decamp: Decamp, said: str, lang: str, sentence: str) -> None:
    result = decamp("explain", "611", said, "--lang", lang)
    assert (result.code, result.out, result.sentence) == (2, "", f"decamp: DCP-260: {sentence}")


def test_nothing_else_is_needed(decamp: Decamp, workspace: Path) -> None:
    """A code is looked up when something is broken: in a folder that is none, beside a broken policy."""
    (workspace / "policy.yaml").write_text("language: fr\nskip: [\n")
    before = sorted(workspace.iterdir())
    assert decamp("-C", workspace, "explain", "221").out.startswith("DCP-221 (erreur ou remarque)")
    assert decamp("-C", workspace / "nowhere", "explain", "221").out.startswith("DCP-221 (error or remark)")
    assert sorted(workspace.iterdir()) == before
