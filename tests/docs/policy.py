"""Writes the table of keys in docs/formats/policy.md from the schema: `python -m tests.docs.policy`."""

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from migrate.policy.policy_records import SECTIONS, Policy
from migrate.policy.schema import Key, keys_of
from migrate.policy.template import default_of
from migrate.policy.values import Lines

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "policy.md"
_BEGIN = "<!-- keys: python -m tests.docs.policy -->\n"
_END = "<!-- end of keys -->\n"
_HEAD = "| key | takes | default | meaning |\n|---|---|---|---|\n"


def policy_page() -> str:
    """docs/formats/policy.md with every key and section of the schema."""
    above, _, rest = PAGE.read_text().partition(_BEGIN)
    return above + _BEGIN + _HEAD + "".join(_rows()) + _END + rest.partition(_END)[2]


def _rows() -> Iterator[str]:
    begun: set[str] = set()
    for path, fields in groupby(keys_of(Policy), key=lambda field: field.path):
        for section in (".".join(path[:depth]) for depth in range(1, len(path))):
            if section not in begun:
                begun.add(section)
                yield f"| `{section}` | section | | {SECTIONS[section].removesuffix(':').removesuffix('.')} |\n"
        found = list(fields)
        takes = ", or ".join(_takes(field.key) for field in found)
        default = default_of(found[0]) or "required"
        yield f"| `{'.'.join(path)}` | {takes} | {default} | {_meaning([field.key for field in found])} |\n"


def _takes(key: Key) -> str:
    return f"`{key.value.takes}` lines" if isinstance(key.value, Lines) else key.value.takes


def _meaning(keys: list[Key]) -> str:
    meanings = "; ".join(f"`{word}`: {about}" for word, about in keys[0].value.words.items() if about)
    examples = [f"`{key.example}`" for key in keys if key.example]
    about = keys[0].about.removesuffix(".")
    parts = [f"{about}: {meanings}" if meanings else about, *(f"Example: {example}" for example in examples)]
    return ". ".join(parts).replace("|", "\\|")


if __name__ == "__main__":
    PAGE.write_text(policy_page())
