"""Whatever a cloud calls its things, a file name of ours is one name below its folder."""

from pathlib import Path

import pytest

from migrate import user_data_files
from migrate.file_names import file_name

pytestmark = pytest.mark.hostile

HOSTILE = [
    "",
    ".",
    "..",
    "...",
    "../up",
    "/../../../../settings",
    "/etc/passwd",
    "a\x00b",
    "a\nb",
    "a\\b",
    "~",
    "%2e%2e",
    "é" * 200,
    "\ud800",
    "x" * 300,
    "/" * 300,
    "con:aux",
    "\u202egnp.exe",
    ".hidden",
]


@pytest.mark.parametrize("text", HOSTILE, ids=ascii)
def test_a_hostile_name_stays_in_its_folder(tmp_path: Path, text: str) -> None:
    name = file_name(text)
    assert name.isascii() and name.isprintable() and 0 < len(name) <= 180
    assert not name.startswith(".") and "/" not in name and "\\" not in name
    (tmp_path / name).write_text("here")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_names_never_meet() -> None:
    texts = [*HOSTILE, "a/b", "a_b", "a%2fb", "x" * 299, "%2e."]
    assert len({file_name(text) for text in texts}) == len(texts)


@pytest.mark.parametrize(
    "text",
    ["volume-0b3c9a52-5e1f-4f4c-9c0a-0d1e2f3a4b5c", "0123456789abcdef0123456789abcdef", "Server_1.old"],
)
def test_an_ordinary_id_is_its_own_file_name(text: str) -> None:
    assert file_name(text) == text


@pytest.mark.parametrize("server_id", HOSTILE, ids=ascii)
def test_what_is_noted_of_a_server_stays_below_private(tmp_path: Path, server_id: str) -> None:
    digest = user_data_files.keep(tmp_path / "private", b"#!/bin/sh")
    user_data_files.note(tmp_path / "private", server_id, digest)
    assert user_data_files.found_on_disk(tmp_path / "private", server_id) == digest
    assert [path.name for path in tmp_path.iterdir()] == ["private"]
    assert len(list((tmp_path / "private" / "user-data" / "by-server").iterdir())) == 1
