"""A module that a docstring or a comment of the product names is there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`([a-z0-9_/]+\.py)`")
SOURCES = sorted((ROOT / "migrate").rglob("*.py"))


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_that_is_named_is_there(source: Path) -> None:
    for name in NAMED.findall(source.read_text("utf-8")):
        assert any((folder / name).is_file() for folder in (source.parent, ROOT / "migrate", ROOT)), name
