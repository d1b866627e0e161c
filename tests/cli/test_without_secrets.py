"""What user data holds as a secret goes out of logs word by word: a program may quote a part of it."""

import base64
import json

import pytest

from migrate.cli.archives.without_secrets import Sharing
from migrate.redaction import MASK


@pytest.mark.parametrize(("word", "shown"), [("abcdefgh", MASK), ("abcdefg", "abcdefg")])
def test_a_part_of_a_secret_is_hidden_in_logs_if_it_has_eight_letters(word: str, shown: str) -> None:
    """Shorter ones are ordinary words too often."""
    sharing = Sharing(program_output=False)
    sharing.know_user_data(f"password: {word},0123456789\n")
    assert sharing.log(f"the agent quoted {word} alone") == f"the agent quoted {shown} alone"


@pytest.mark.parametrize("depth", [900, 100_000])
def test_a_cell_of_the_ledger_that_is_nested_too_deep_is_hidden_whole(depth: int) -> None:
    """Nobody can tell what is in it, and a bundle is wanted most when a ledger is damaged."""
    row = {"key": "cut:s", "value": '{"password": "hunter2-hunter2", "a": ' + "[" * depth + "]" * depth + "}"}
    assert Sharing(program_output=False).row("meta", row) == {"key": "cut:s", "value": MASK}


@pytest.mark.parametrize("key", ["admin_password", "token", "mdp", "secret_key"])
def test_a_fact_that_is_a_secret_by_its_key_is_hidden(key: str) -> None:
    row = Sharing(program_output=False).row("steps", {"facts": f'{{"what": "a disk", "{key}": "hunter2-hunter2"}}'})
    assert json.loads(row["facts"]) == {"what": "a disk", key: MASK}


def test_base64_of_powershell_is_looked_into() -> None:
    said = base64.b64encode("password=hunter2".encode("utf-16-le")).decode()
    assert Sharing(program_output=False).text(f"powershell -enc {said}") == f"powershell -enc {MASK}"
