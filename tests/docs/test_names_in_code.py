"""A module that a docstring or a comment of the product names is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`([a-z0-9_/]+\.py)`")


def test_a_module_that_is_named_is_there() -> None:
    named = [
        (source, name)
        for source in sorted((ROOT / "migrate").rglob("*.py"))
        for name in NAMED.findall(source.read_text("utf-8"))
    ]
    assert named
    lacking = [
        f"{source.relative_to(ROOT)}: {name}"
        for source, name in named
        if not any((folder / name).is_file() for folder in (source.parent, ROOT / "migrate", ROOT))
    ]
    assert lacking == []
