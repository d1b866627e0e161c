"""The HTML report in Debian's Chromium, as wide as a desk and as a phone, in light and dark: bar 2 of its promises.

`lab/lab install` brings Chromium (Debian) and axe-core (npm); without them these tests fail and say so.
"""

import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from tests.matrix import rest
from tests.report.browser import Browser, is_installed
from tests.report.cases import page_of

pytestmark = pytest.mark.browser

LAB_VENV = Path(os.environ.get("LAB_VENV", Path(__file__).parents[2] / "lab" / ".venv"))
CASES = ["shop", "shop-bare", "cloudwatt-to-flexible-engine", "works-half", "finished", "large"]
WIDTHS = [1280, 390]

# What sticks out of the page, with everything unfolded.
OVERFLOW = """
(() => {
  document.querySelectorAll('details').forEach(one => { one.open = true });
  const wide = document.documentElement.clientWidth;
  const out = [...document.body.querySelectorAll('*')]
    .filter(one => one.getBoundingClientRect().right > wide + 0.5 && one.getClientRects().length)
    .filter(one => !one.closest('thead') || getComputedStyle(one.closest('thead')).position !== 'absolute')
    .map(one => one.tagName + '.' + one.getAttribute('class') + ' ' + one.textContent.slice(0, 40));
  return { scroll: document.documentElement.scrollWidth, wide, out: out.slice(0, 5) };
})()
"""
RULES = """
axe.run(document, { resultTypes: ['violations'] }).then(result => result.violations
  .filter(one => ['serious', 'critical'].includes(one.impact))
  .map(one => one.id + ': ' + one.nodes.slice(0, 3).map(node => node.html).join(' ')))
"""


def axe_core() -> str:
    script = next(LAB_VENV.glob("axe-core-*/axe.min.js"), None)
    assert script, "axe-core is missing: run lab/lab install first"
    return script.read_text()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    assert is_installed(), "chromium is missing: run lab/lab install first"
    with Browser() as started:
        yield started


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], Path]:
    folder = tmp_path_factory.mktemp("reports")
    made = {}
    for name in CASES:
        for lang in ("en", "fr"):
            made[name, lang] = folder / f"{name}-{lang}.html"
            made[name, lang].write_text(page_of(name, lang))
    return made


SHOWN = list(product(CASES, ["en", "fr"], WIDTHS))
EACH_WAY = [shown for at, shown in enumerate(SHOWN) if at.bit_count() % 2 == 0]
"""Any two of report, language and width meet."""


@pytest.mark.parametrize(
    ("name", "lang", "width"), [*EACH_WAY, *rest(*(shown for shown in SHOWN if shown not in EACH_WAY))]
)
def test_nothing_sticks_out_nothing_is_asked_for_nothing_is_complained_of(
    browser: Browser, pages: dict[tuple[str, str], Path], name: str, lang: str, width: int
) -> None:
    seen = browser.show(pages[name, lang], width)
    assert (seen.messages, seen.requests) == ([], [])
    found: dict[str, Any] = browser.evaluate(OVERFLOW)
    assert found["out"] == [] and found["scroll"] == found["wide"] == width


LOOKS = list(product(["works-half", "finished"], ["en", "fr"], WIDTHS, [False, True]))
OF_THE_LARGER = [("works-half", "en", 1280, False), ("works-half", "fr", 390, True)]
PAIRS = [*OF_THE_LARGER, *(look for at, look in enumerate(LOOKS[8:], 8) if at.bit_count() % 2 == 0)]
"""Any two of report, language, width and darkness meet in every way."""


@pytest.mark.parametrize(
    ("name", "lang", "width", "is_dark"), [*PAIRS, *rest(*(look for look in LOOKS if look not in PAIRS))]
)
def test_axe_finds_nothing_serious(
    browser: Browser, pages: dict[tuple[str, str], Path], name: str, lang: str, width: int, is_dark: bool
) -> None:
    browser.show(pages[name, lang], width, dark=is_dark)
    browser.evaluate(OVERFLOW)
    browser.evaluate(axe_core())
    assert browser.evaluate(RULES) == []


def test_what_is_folded_is_on_paper(browser: Browser, pages: dict[tuple[str, str], Path], tmp_path: Path) -> None:
    """A closed part is printed all the same: with everything open by hand, the paper is no longer."""
    sizes = []
    for unfold in ("", OVERFLOW):
        browser.show(pages["works-half", "en"], 1280)
        if unfold:
            browser.evaluate(unfold)
        browser.paper(tmp_path / "report.pdf")
        sizes.append((tmp_path / "report.pdf").read_bytes().count(b"/Type /Page\n"))
    assert sizes[0] == sizes[1] > 1


def test_a_page_that_does_harm_would_be_seen(browser: Browser, tmp_path: Path) -> None:
    """The four looks see what they look for."""
    page = tmp_path / "bad.html"
    page.write_text(
        "<!doctype html><title>x</title><body><div style='width:3000px'>wide</div><img src='http://127.0.0.1:9/x.png'>"
        "<script>console.log('hello')</script>"
    )
    seen = browser.show(page, 390)
    assert any("hello" in message for message in seen.messages)
    assert seen.requests == ["http://127.0.0.1:9/x.png"]
    found = browser.evaluate(OVERFLOW)
    assert found["out"] or found["scroll"] > 390
    browser.evaluate(axe_core())
    assert any(rule.startswith("image-alt: ") for rule in browser.evaluate(RULES))
