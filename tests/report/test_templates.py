"""The templates of the reports: nothing in them goes past what escapes names, and each is part of what is installed."""

import re
import tomllib
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import msgspec
import pytest

from migrate.report.html import render_html
from migrate.report.jinja_environment import TEMPLATES
from migrate.report.markdown import render_markdown
from migrate.report.summary import Summary
from migrate.report.totals_and_steps import Story
from tests.report.cases import case
from tests.report.examples import MADE_AT

PAGES = sorted(TEMPLATES.glob("*.j2"))
NAMES = {"name", "cloud", "region", "project_name", "selector", "command", "differences", "header", "gate", "vip"}
EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>\x07\u202e[a](javascript:b)|`x`\n# y"


def inside(page: Path) -> list[str]:
    """What Jinja2 reads of a template: its expressions and statements."""
    return re.findall(r"{{.*?}}|{%.*?%}", re.sub(r"{#.*?#}", "", page.read_text(), flags=re.DOTALL), re.DOTALL)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_template_joins_strings_or_calls_them_safe(page: Path) -> None:
    """Jinja2 escapes what `~` joins, but not by `Words.marked`: an override would go through."""
    code = [re.sub(r"'[^']*'", "''", one) for one in inside(page)]
    assert code
    assert not [one for one in code if re.search(r"~|\b(safe|autoescape|format|replace|xmlattr|join)\b", one)]


@pytest.mark.parametrize("page", [one for one in PAGES if ".html" in one.name], ids=lambda page: page.name)
def test_attributes_stand_in_double_quotes(page: Path) -> None:
    assert not re.search(r"=\s*(?:'[^'>]*)?{{", re.sub(r"{%.*?%}", "", page.read_text(), flags=re.DOTALL))


def test_each_template_is_installed() -> None:
    root = Path(__file__).parents[2]
    project = tomllib.loads((root / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["migrate"]
    files = [path.relative_to(root / "migrate").as_posix() for path in TEMPLATES.iterdir()]
    assert files and not [name for name in files if not any(fnmatch(name, one) for one in patterns)]


@pytest.mark.hostile
@pytest.mark.parametrize("name", ["finished", "works-half", "cloudwatt-to-flexible-engine"])
def test_no_name_of_anything_acts_on_a_page(name: str) -> None:
    """Each name of the whole report is hostile at once."""
    summary, story = case(name)
    there = msgspec.convert(poisoned(msgspec.to_builtins(summary)), Summary)
    told = msgspec.convert(poisoned(msgspec.to_builtins(story)), Story)
    for lang in ("en", "fr"):
        page = render_html(there, told, lang, MADE_AT)
        assert "<script" not in page and "<img" not in page and page.count("&lt;script&gt;") > 20
        text = render_markdown(there, told, lang, MADE_AT)
        assert "<script" not in text and "<img" not in text and not re.search(r"^# y", text, re.MULTILINE)
        assert not re.search(r"(?<!\\)\](?<!\\)\(", text)
        assert not re.search("[\x00-\x09\x0b-\x1f\u202a-\u202e]", page + text)


def poisoned(value: Any, key: str = "") -> Any:
    if isinstance(value, dict):
        return {name: poisoned(inner, name) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [poisoned(one, key) for one in value]
    return EVIL if isinstance(value, str) and key in NAMES else value
