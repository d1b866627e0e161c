"""Tables and JSON."""

import json

import pytest

from migrate.cli.console import print_json, print_table, table_lines
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
    print_table(["A"], [])
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


def test_on_a_terminal_the_last_column_is_broken_to_fit() -> None:
    rows = [
        ("blocks", "DCP-602", "the quota leaves no room for what is to be made: ask for more, or skip something"),
        ("a", "b", "c"),
    ]
    lines = table_lines(("Level", "Code", "Text"), rows, 60)
    assert max(map(len, lines)) <= 60 and len(lines) > 4
    told = " ".join(line[17:].strip() for line in lines[2:-1])
    assert told == rows[0][2]
    assert table_lines(("Level", "Code", "Text"), rows, 200) == table_lines(("Level", "Code", "Text"), rows)
