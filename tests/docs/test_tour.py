"""The tour is what `decamp demo` prints today."""

import pytest

from tests.docs.tour import PAGES, normal, record, recorded, sections


def words(text: str) -> list[str]:
    """Without spaces and rules, which are as wide as what differs from one recording to the next."""
    return [word for word in text.split() if set(word) != {"─"}]


@pytest.mark.parametrize("lang", PAGES)
def test_the_tour_is_what_the_demo_prints(lang: str) -> None:
    page = PAGES[lang].read_text("utf-8")
    assert words(recorded(page)) == words(sections(record(lang))), "run: python -m tests.docs.tour"


def test_only_what_differs_each_time_is_replaced() -> None:
    text = "At 28 Nov 2026, 14:45, in 13 min 26 s: 4.7 KiB/s, 2 vCPU, 16.1 GiB, server:84144eb2\ndone     port\n"
    assert normal(text) == "At DATE, in TIME: RATE, 2 vCPU, 16.1 GiB, server:84144eb2"
    assert normal("P50          Floor\n13 min 26 s  2.0 s  x") == "P50          Floor\nTIME         TIME   x"
    assert normal("web  6c806eb0  x\nedge  08b07007  x") == "edge  ID        x\nweb  ID        x"
    assert normal("Le 9 déc. 2026 à 0 h 00, 1,5 s ; cible : a\nsource : b") == "Le DATE, TIME ; cible : a\nsource : b"
