"""`make docs`: every page has a place, every link leads somewhere, and nothing is loaded from elsewhere."""

import os
import re
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.docs.site import DOCS, inside, nav, slug

ROOT = DOCS.parent
PART = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"?((?:https?:)?//[^\"> ]+)", re.DOTALL)


def build(settings: Path, site: Path) -> "subprocess.CompletedProcess[str]":
    """As `make docs` does. Not with `-q`: then no warning counts."""
    if find_spec("mkdocs") is None:
        pytest.skip("the extra docs is not installed")
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "-f", str(settings), "-d", str(site)],
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def test_the_site_is_built_without_a_warning(tmp_path: Path) -> None:
    done = build(ROOT / "mkdocs.yml", tmp_path / "site")
    assert done.returncode == 0 and "WARNING" not in done.stderr, done.stderr
    pages = {path.relative_to(tmp_path / "site").as_posix() for path in (tmp_path / "site").rglob("*.html")}
    assert {"index.html", "guides/index.html", "guides/fr/tour.html", "codes/6xx.html", "404.html"} <= pages
    assert len(pages) == len(list(DOCS.rglob("*.md"))) + 1
    loaded = {url for page in pages for url in PART.findall((tmp_path / "site" / page).read_text("utf-8"))}
    assert loaded == set()


def test_a_link_that_leads_nowhere_ends_it(tmp_path: Path) -> None:
    links = ["no-such-page.md", "limits.md#no-such-heading", "/limits.md", "runbooks/"]
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/index.md").write_text("# Start\n")
    (tmp_path / "docs/limits.md").write_text("# Limits\n")
    for number, link in enumerate(links):
        (tmp_path / f"docs/page-{number}.md").write_text(f"[see]({link}), [limits](limits.md#limits)\n")
    settings = (ROOT / "mkdocs.yml").read_text().replace("hooks: [tests/docs/site.py]\n", "")
    (tmp_path / "mkdocs.yml").write_text(settings)
    done = build(tmp_path / "mkdocs.yml", tmp_path / "site")
    assert done.returncode == 1
    warnings = [line for line in done.stderr.splitlines() if "WARNING" in line]
    for number, link in enumerate(links):
        told = [line for line in warnings if f"page-{number}.md" in line]
        assert len(told) == 1 and link.partition("#")[0] in told[0], done.stderr
    assert len(warnings) == len(links), done.stderr


def test_each_reader_has_pages_and_each_page_one_place() -> None:
    def names(part: object) -> list[str]:
        if isinstance(part, str):
            return [part]
        return [name for one in (part.values() if isinstance(part, dict) else part) for name in names(one)]  # type: ignore[attr-defined]

    placed = names(nav())
    assert sorted(placed) == sorted(path.relative_to(DOCS).as_posix() for path in DOCS.rglob("*.md"))
    assert all(names(tab) for tab in nav())


def test_links_out_of_docs_become_paths() -> None:
    page = "guides/fr/tour.md"
    assert inside("[a](../../../plans/shop.yaml)", page) == "a (`plans/shop.yaml`)"
    assert inside("[`plans/shop.yaml`](../../../plans/shop.yaml)", page) == "`plans/shop.yaml`"
    assert inside("[start](../../../README.md)", page) == "[start](../../index.md)"
    assert inside("[runbooks](../../runbooks/)", page) == "runbooks"
    for same in ("[a](../../limits.md#servers)", "[a](https://example.net)", "[a](#here)", "[a](tour.md)"):
        assert inside(same, page) == same


def test_headings_are_linked_as_in_the_repository() -> None:
    assert slug("D'abord, à P90 : où ?", "-") == "dabord-à-p90--où-"
