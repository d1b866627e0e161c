"""The tour is what `decamp demo` prints today."""

from datetime import UTC, datetime, timedelta

import pytest

from migrate.messages.numbers import short_day_and_time
from tests.demo_run import DemoIn
from tests.docs.tour import PAGES, normal, recorded, sections


def words(text: str) -> list[str]:
    """Without spaces and rules, which are as wide as what differs from one recording to the next."""
    return [word for word in text.split() if set(word) != {"─"}]


@pytest.mark.parametrize("lang", PAGES)
def test_the_tour_is_what_the_demo_prints(demo_in: DemoIn, lang: str) -> None:
    page, demo = PAGES[lang].read_text("utf-8"), demo_in(lang)
    assert demo.code == 0, demo.told
    assert words(recorded(page)) == words(sections(demo.told)), "run: python -m tests.docs.tour"


@pytest.mark.parametrize("lang", PAGES)
def test_every_day_of_a_year_is_a_date(lang: str) -> None:
    """The first of a French month is `1er`."""
    for minutes in range(0, 366 * 24 * 60, 431):
        at = datetime(2028, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
        shown = short_day_and_time(at, lang).replace("\xa0", " ")
        assert normal(f"P50 {shown}, P90") == "P50 DATE, P90", at


def test_only_what_differs_each_time_is_replaced() -> None:
    text = "At 28 Nov 2026, 14:45, in 13 min 26 s: 4.7 KiB/s, 2 vCPU, 16.1 GiB, server:84144eb2\ndone     port\n"
    assert normal(text) == "At DATE, in TIME: RATE, 2 vCPU, 16.1 GiB, server:84144eb2"
    assert normal("P50          Floor\n13 min 26 s  2.0 s  x") == "P50          Floor\nTIME         TIME   x"
    assert normal("web  6c806eb0  x\nedge  08b07007  x") == "edge  ID        x\nweb  ID        x"
    assert normal("Le 9 déc. 2026 à 0 h 00, 1,5 s ; cible : a\nsource : b") == "Le DATE, TIME ; cible : a\nsource : b"
