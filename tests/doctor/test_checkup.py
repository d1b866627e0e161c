"""What becomes of what was seen: where ok ends and a warning or a problem begins."""

from datetime import UTC, datetime

import pytest

from migrate.doctor.checkup import (
    Level,
    certificate_line,
    clock_line,
    file_line,
    fits,
    library_lines,
    programs_line,
    python_line,
    room_line,
)
from migrate.messages import codes

NOW = datetime(2027, 1, 16, 21, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("version", "bounds", "is_in"),
    [
        ("3.11.7", ">=3.11,<3.14", True),
        ("3.9.2", ">=3.11,<3.14", False),
        ("3.14.0", ">=3.11,<3.14", False),
        ("8.10", ">=8.4", True),
        ("8.4.0", ">=8.4", True),
        ("1.14.0.post1", ">=1.14", True),
        ("2", ">=2.0.1", False),
        ("odd", ">=1", False),
        ("1.0", "", True),
    ],
)
def test_a_version_within_bounds(version: str, bounds: str, is_in: bool) -> None:
    assert fits(version, bounds) is is_in


def test_a_python_that_is_too_old() -> None:
    assert python_line("3.11.7", ">=3.11,<3.14").level is Level.OK
    line = python_line("3.10.1", ">=3.11,<3.14")
    assert (line.level, line.said, line.facts["found"]) == (Level.PROBLEM, codes.PYTHON_UNSUPPORTED, "3.10.1")


def test_libraries_that_are_missing_or_too_old() -> None:
    wanted = ["click>=8.4", "PyYAML>=6.0", "tzdata", "psycopg[binary]>=3.2; extra == 'postgresql'"]
    installed = {"click": "8.5.1", "pyyaml": "6.0.3", "tzdata": "2026.1"}
    (line,) = library_lines(wanted, installed)
    assert (line.level, line.facts) == (Level.OK, {"count": 3})
    lines = library_lines(wanted, {"click": "8.1.7", "pyyaml": "6.0.3"})
    assert [(line.said, line.facts["name"], line.facts["found"]) for line in lines] == [
        (codes.LIBRARY_UNFIT, "click", "8.1.7"),
        (codes.LIBRARY_UNFIT, "tzdata", "-"),
    ]


@pytest.mark.parametrize(
    ("ahead_s", "level", "seconds"),
    [
        (0.4, Level.OK, 0),
        (60.4, Level.OK, 60),
        (-60, Level.OK, 60),
        (61, Level.PROBLEM, 61),
        (-600, Level.PROBLEM, 600),
    ],
)
def test_more_than_a_minute_is_a_problem(ahead_s: float, level: Level, seconds: int) -> None:
    line = clock_line("old", ahead_s, NOW)
    assert (line.level, line.facts["seconds"]) == (level, seconds)


def test_a_clock_that_is_off_is_told_with_both_times() -> None:
    line = clock_line("old", 600, NOW)
    assert (line.said, line.facts["here"], line.facts["there"]) == (
        codes.CLOCK_OFF,
        "2027-01-16T21:04:00Z",
        "2027-01-16T20:54:00Z",
    )
    assert clock_line("old", None, NOW).level is Level.OK


def test_a_certificate_that_ends_within_a_month_is_a_warning() -> None:
    def line(ends_at: str, *, is_checked: bool = True) -> tuple[Level, str]:
        found = certificate_line("old", "https://x", ends_at, NOW, is_checked=is_checked)
        return found.level, found.said

    assert line("2027-06-01T00:00:00Z") == (Level.OK, "tls")
    assert line("2027-02-01T00:00:00Z") == (Level.WARNING, codes.CERTIFICATE_ENDS_SOON)
    assert line("") == (Level.OK, "tls-none")
    assert line("2027-06-01T00:00:00Z", is_checked=False) == (Level.WARNING, codes.CERTIFICATES_UNCHECKED)


def test_room_files_and_programs() -> None:
    assert room_line(".", 10, 10).level is Level.OK
    assert (room_line(".", 9, 10).level, room_line(".", 9, 10).said) == (Level.WARNING, codes.ROOM_SHORT)
    assert file_line("x", 0o100600).level is Level.OK
    for mode in (0o100640, 0o100604, 0o100610):
        assert (file_line("x", mode).level, file_line("x", mode).said) == (Level.WARNING, codes.LOGIN_FILE_EXPOSED)
    assert programs_line([], []).said == "programs-none"
    assert programs_line(["a", "b"], []).facts == {"names": "a, b"}
    assert programs_line(["a", "b"], ["b"]).said == codes.PROGRAMS_MISSING
