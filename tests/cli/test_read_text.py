"""A file that people edit and that cannot be read: the reason is the system's, or that it is no text."""

from pathlib import Path

import pytest

from migrate.cli.workspace import read_text
from migrate.errors import DocumentMissing, DocumentUnreadable


def test_what_is_no_text_says_so(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_bytes(b"name: caf\xe9\n")
    with pytest.raises(DocumentUnreadable) as caught:
        read_text(path)
    assert caught.value.facts == {"path": str(path), "why": "not UTF-8"}


def test_what_the_system_does_not_open_has_its_reason(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadable) as caught:
        read_text(tmp_path)
    assert caught.value.facts == {"path": str(tmp_path), "why": "Is a directory"}


def test_what_is_not_there_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DocumentMissing):
        read_text(tmp_path / "policy.yaml")
