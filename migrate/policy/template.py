"""Writes a policy as commented YAML, for `decamp init`."""

import re
import textwrap
from collections.abc import Iterator
from itertools import groupby
from typing import Any, NamedTuple

from msgspec.structs import replace

from migrate.errors import ConfigError
from migrate.model import Record
from migrate.policy.policy_records import SECTIONS, Passes, Policy
from migrate.policy.reader import parse_policy
from migrate.policy.schema import REQUIRED, Field, Path, Section, fields_of

_HEAD = """\
# The policy of this migration: the only file here to edit. All others are generated.
# After an edit: `decamp check`, then `decamp plan`. A missing key has the default given above it."""
_WIDTH = 118
_NO_BREAK = "\u00a0"
_EMPTY: tuple[Any, ...] = (None, "", (), {})


def policy_template(
    migration: str, source_cloud: str, target_cloud: str, *, deadline: str | None = None, language: str = "en"
) -> str:
    """The policy of a new migration: default values, and warm passes."""
    policy = Policy(
        migration=migration,
        source_cloud=source_cloud,
        target_cloud=target_cloud,
        # A policy without the key takes no passes, as policies and plans from before the key.
        passes=Passes(warm=True),
    )
    return render_policy(replace(policy, deadline=deadline, language=language))


def render_policy(policy: Policy) -> str:
    """Commented YAML that is read back as exactly this policy."""
    # A folder and a container are never both written.
    said = replace(policy, store="") if policy.store_container else policy
    lines = [_HEAD, *_section((), list(_rows(said)))]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def default_of(field: Field) -> str:
    """The effect of leaving a key out, in words; empty for a required key."""
    key = field.key
    if key.required or field.default is REQUIRED:
        return ""
    return key.absent or ("none" if field.default in _EMPTY else key.value.write(field.default).strip('"'))


class _Row(NamedTuple):
    """A key and its value; `is_example`: the policy has no value, so an example is shown."""

    field: Field
    value: Any
    is_example: bool = False

    def text(self) -> str:
        """The value in YAML, as written after the key's colon."""
        key, indent = self.field.key, 2 * len(self.field.path)
        if self.is_example:
            return f" {key.example or key.value.write(self.field.default)}"
        text = "" if self.value in (None, "") else key.value.write(self.value, indent)
        return text if not text or text.startswith("\n") else f" {text}"


def _rows(record: Record | None, of: type[Record] = Policy) -> Iterator[_Row]:
    """All keys in order; a missing section gets example values."""
    for field in fields_of(of):
        value = None if record is None else getattr(record, field.name)
        if isinstance(field.said_by, Section):
            yield from _rows(value, field.said_by.record)
        else:
            yield _Row(field, value, is_example=record is None)


def _section(path: Path, rows: list[_Row]) -> Iterator[str]:
    pad = "  " * len(path)
    for name, group in groupby(rows, key=lambda row: row.field.path[len(path)]):
        inner, below = list(group), (*path, name)
        if not path:
            yield ""
        if inner[0].field.path == below:
            yield from _about(inner, pad)
            # If two fields share a path, the one that differs from its default.
            yield f"{pad}{name}:{next((row for row in inner[::-1] if row.value != row.field.default), inner[0]).text()}"
            continue
        yield from _comment(SECTIONS[".".join(below)], pad)
        if all(row.is_example for row in inner) and not rows[0].is_example:
            yield from _example(below, inner, pad)
            yield f"{pad}{name}:"
        elif below == ("store",) and all(row.value == "" for row in inner[1:]):
            yield from _about(inner[:1], pad)
            yield from _example(below, [row._replace(is_example=True) for row in inner[1:]], pad)
            yield f"{pad}{name}:{inner[0].text()}"
        else:
            yield f"{pad}{name}:"
            yield from _section(below, inner)


def _example(path: Path, rows: list[_Row], pad: str) -> Iterator[str]:
    """A section in comments, to be uncommented by removing the `#` signs."""
    yield f"{pad}# {path[-1]}:"
    for line in _section(path, rows):
        yield f"{pad}# {line.removeprefix(pad)}"


def _about(rows: list[_Row], pad: str) -> Iterator[str]:
    """The comment above a key."""
    field, key = rows[0].field, rows[0].field.key
    meanings = {word: about for word, about in key.value.words.items() if about}
    tail = [f"For single servers: {_whole(row.field.key.example)}; the others have the default." for row in rows[1:]]
    tail += [f"For example: {_whole(key.example)}." for _ in [key] if key.example and not rows[0].is_example]
    tail += [f"Default: {default}" for default in [default_of(field)] if default]
    if meanings:
        yield from _comment(key.about.removesuffix(".") + ":", pad)
        width = max(map(len, meanings)) + 2
        for word, about in meanings.items():
            yield from _comment(about, pad, first=f"  {word:{width}}")
    yield from _comment(" ".join(tail if meanings else [key.about, *tail]), pad)


def _whole(example: str) -> str:
    """The example with non-breaking spaces, so that it stays on one line."""
    return example.replace(" ", _NO_BREAK)


def _comment(text: str, pad: str, first: str = "") -> Iterator[str]:
    start, more = f"{pad}# {first}", f"{pad}# {' ' * len(first)}"
    wrapper = textwrap.TextWrapper(_WIDTH, start, more, break_long_words=False, break_on_hyphens=False)
    yield from (line.replace(_NO_BREAK, " ") for line in wrapper.wrap(text))


_KEY = re.compile(r"^([A-Za-z_]\w*):.*\n(?:[ \t-].*\n|\n(?=[ \t]+[^\s#]))*", re.MULTILINE)
"""A key at the top with all that belongs to it: what follows is indented, or a list."""


def edited_policy(text: str, before: Policy, after: Policy) -> str:
    """The text of a policy, changed in the keys that differ: a person's comments and order stay.

    `before`: what the text says. A key that changes is written anew, with what stands in it. A text that cannot be
    changed like that is written anew as a whole.
    """
    old, new = _by_key(render_policy(before)), _by_key(render_policy(after))
    changed = {name: written for name, written in new.items() if written != old.get(name)}
    whole = text if text.endswith("\n") else f"{text}\n"
    found = _by_key(whole)
    edited = _KEY.sub(lambda key: changed.get(key[1], key[0]), whole)
    edited += "".join(f"\n{written}" for name, written in changed.items() if name not in found)
    try:
        is_right = parse_policy(edited) == after
    except ConfigError:
        is_right = False
    return edited if is_right else render_policy(after)


def _by_key(text: str) -> dict[str, str]:
    return {found[1]: found[0] for found in _KEY.finditer(text)}
