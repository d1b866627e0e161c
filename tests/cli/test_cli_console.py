"""Tables, sentences and JSON, as a screen or a pipe gets them."""

import json

import pytest

from migrate.cli.console import print_json
from migrate.cli.context import App
from migrate.cli.tables import fold, short_ids, table_lines
from migrate.messages import codes
from migrate.model import Kind
from migrate.report.summary import GateState


def test_columns_are_aligned_and_numbers_go_to_the_right() -> None:
    assert table_lines(["Name", "Count"], [("a", 1), ("longer", 100)]) == [
        "Name    Count",
        "──────  ─────",
        "a           1",
        "longer    100",
    ]


def test_wide_and_combining_letters_count_as_they_are_seen() -> None:
    lines = table_lines(["N", "X"], [("日本", "x"), ("e\u0301", "x")])
    assert lines[2] == "日本  x" and lines[3] == "e\u0301     x"


def test_a_cell_is_one_line() -> None:
    assert table_lines(["A"], [("x\n\ty",)])[2] == r"x\n\ty"


def test_no_rows_no_table(capsys: pytest.CaptureFixture[str]) -> None:
    App().print_table(["name"], [])
    assert capsys.readouterr().out == ""


def test_json_holds_plain_values(capsys: pytest.CaptureFixture[str]) -> None:
    print_json({"b": Kind.SERVER, "a": GateState(name="é", why="", steps=("x",))})
    out = capsys.readouterr().out
    assert json.loads(out) == {
        "a": {
            "name": "é",
            "why": "",
            "steps": ["x"],
            "servers": [],
            "granted_by": "",
            "granted_at": "",
            "is_over": False,
        },
        "b": "server",
    }
    assert "é" in out and out.index('"a"') < out.index('"b"')


ROWS = [
    (
        "blocks",
        codes.TARGET_QUOTA_SHORT,
        "the quota leaves no room for what is to be made: ask for more, or skip something",
    ),
    ("a", "b", "c"),
]
HEADERS = ("Level", "Code", "Text")


def test_a_screen_gets_the_last_column_wrapped_and_a_pipe_does_not() -> None:
    lines = table_lines(HEADERS, ROWS, 60)
    assert max(map(len, lines)) <= 60 and len(lines) > 4
    told = " ".join(line[17:].strip() for line in lines[2:-1])
    assert told == ROWS[0][2]
    assert table_lines(HEADERS, ROWS, 200) == table_lines(HEADERS, ROWS)


def test_a_sentence_that_has_no_room_beside_its_row_goes_below_it() -> None:
    lines = table_lines(HEADERS, [("blocks", "x" * 30, ROWS[0][2])], 60)
    assert lines[:2] == ["Level   Code", "  Text"]
    assert lines[3:] == [
        "blocks  " + "x" * 30,
        "  the quota leaves no room for what is to be made: ask for",
        "  more, or skip something",
    ]


def test_wide_columns_are_narrowed_and_nothing_of_them_is_lost() -> None:
    for name in ("x" * 255, "日" * 100, "e\u0301" * 120, "a word " * 40, "\u202e" * 40):
        lines = table_lines(("Name", "Size", "Gate"), [(name, "1.0 GiB", "cut-over")], 80)
        assert max(map(columns, lines)) <= 80
        cells = "".join(line[: line.rfind("  1.0")] if "1.0 GiB" in line else line for line in lines[2:])
        shown = name.replace("\u202e", r"\u202e")
        assert cells.replace(" ", "") == shown.replace(" ", ""), name


def columns(line: str) -> int:
    return sum(2 if "一" <= sign <= "鿿" else sign != "\u0301" for sign in line)


def test_a_path_in_a_sentence_stays_whole() -> None:
    path = "/" + "long/" * 30
    assert fold(f"cannot write {path} here", 80) == ["cannot write", path, "here"]
    assert fold(f"cannot write {path} here", None) == [f"cannot write {path} here"]


def test_ids_are_cut_and_names_are_not() -> None:
    uuid = "9c0eb793-dd1e-4ff5-9382-ca019e8f47c4"
    assert short_ids(f"server:{uuid}:disk") == "server:9c0eb793:disk"
    assert short_ids(f"router:{uuid}:interface-{uuid}") == "router:9c0eb793:interface-9c0eb793"
    assert short_ids(uuid.replace("-", "")) == "9c0eb793"
    for whole in ("container:notes", "keypair:deadbeef", f"x{uuid}", f"{uuid}0", "ab" * 32, "203.0.113.146"):
        assert short_ids(whole) == whole
