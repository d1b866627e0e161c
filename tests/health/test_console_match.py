"""A pattern and the end of a console log, which is strangers' text."""

import time

import pytest

from migrate.health.console_match import LINES, match_console

BOOTED = "\x1b[32m  OK  \x1b[0m Started\x1b]0;x\x07 sshd.\r\nweb-1 login: "


def test_words_are_found_between_colours() -> None:
    assert match_console(r"OK   Started sshd\.$", BOOTED, 60) == "matches"
    assert match_console(r"^web-1 login:", BOOTED, 60) == "matches"
    assert match_console("Kernel panic", BOOTED, 60) == "no-match"


def test_nothing_is_written_yet() -> None:
    assert match_console(".*", "", 60) == match_console(".*", "\r\n\x1b[2J\n", 60) == "empty"


@pytest.mark.hostile
def test_a_pattern_that_takes_for_ever_is_given_up() -> None:
    began = time.monotonic()
    assert match_console(r"(a+)+$", "a" * 60 + "!", 1) == "too-slow"
    assert time.monotonic() - began < 30


@pytest.mark.hostile
def test_only_the_end_is_looked_at() -> None:
    assert match_console("^early$", "early\n" + "later\n" * LINES, 60) == "no-match"
    assert match_console("early", "early" + "x" * 1_000_000, 60) == "no-match"
    assert match_console(r"\d", "\udc80 1", 60) == "matches"
