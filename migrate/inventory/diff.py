"""Names what changed between two inventories, field by field."""

from collections.abc import Iterator
from typing import Any

import msgspec

from migrate.model import Inventory

IGNORED = ("taken_at", "quotas use")
"""What changes by itself: the time of the scan, and how much of each quota is used."""

_KEYED_BY_NAME = ("keypairs", "containers", "flavors")


def diff_inventories(a: Inventory, b: Inventory, *, ignore: tuple[str, ...] = IGNORED) -> list[str]:
    """Lines such as `servers ID status: ACTIVE -> SHUTOFF`, `volumes ID: only in the first`; empty when all is equal.

    `ignore` holds names of fields of the inventory, and `quotas use`.
    """
    first, second = msgspec.to_builtins(a), msgspec.to_builtins(b)
    if "quotas use" in ignore:
        for document in (first, second):
            for quota in document["facts"]["quotas"].values():
                quota.pop("used", None)
    fields = [name for name in first if name not in ignore]
    return [line for name in fields for line in _diff(name, first[name], second[name], name)]


def _diff(path: str, first: Any, second: Any, field: str) -> Iterator[str]:
    if first == second:
        return
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        key = _key(field, first, second)
        if key:
            first, second = ({row[key]: row for row in rows} for rows in (first, second))
    if not (isinstance(first, dict) and isinstance(second, dict)):
        yield f"{path}: {_shown(first)} -> {_shown(second)}"
        return
    for name in sorted(first.keys() | second.keys()):
        below = f"{path} {name}"
        if name not in second:
            yield f"{below}: only in the first"
        elif name not in first:
            yield f"{below}: only in the second"
        else:
            yield from _diff(below, first[name], second[name], name)


def _key(field: str, *lists: Any) -> str | None:
    """By what the rows of a list are told apart, where they can be."""
    key = "name" if field in _KEYED_BY_NAME else "id"
    for rows in lists:
        keys = [row.get(key) if isinstance(row, dict) else None for row in rows]
        if None in keys or len(set(keys)) != len(keys):
            return None
    return key


def _shown(value: Any) -> str:
    text = value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()
    return text or '""'
