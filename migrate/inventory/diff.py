"""Lists the changes between two inventories, field by field."""

from collections.abc import Iterator
from typing import Any

import msgspec

from migrate.model import Inventory, Record
from migrate.secret_looking import FREE, Hidden, hides, spells_secret

IGNORED = ("taken_at", "quotas use", "login end")
"""Facts that change by themselves: scan time, quota use, token expiry."""

_KEYED_BY = {
    "keypairs": ("name",),
    "containers": ("name",),
    "flavors": ("name",),
    "sub_ports": ("port_id",),
    "port_forwardings": ("protocol", "external_port"),
    "interfaces": ("subnet_id", "ip_address"),
    "attachments": ("server_id", "volume_id"),
    "rules": (),
    "others": ("service", "kind", "id", "name"),
}
"""The keys of rows in lists without ids; no key: the whole row."""

_SETS = frozenset(
    {
        "compute_zones",
        "image_formats",
        "members",
        "member_ids",
        "network_extensions",
        "security_group_ids",
        "services",
        "tags",
        "volume_types",
        "shared_volume_types",
        "volume_zones",
    }
)
"""Lists of words in no particular order, which are compared word by word."""


class Change(Record, frozen=True, kw_only=True):
    """A difference between two inventories: `path` is `servers ID status`; `before` or `after` is None if missing."""

    path: str
    before: str | None = None
    after: str | None = None


def changes(a: Inventory, b: Inventory, *, ignore: tuple[str, ...] = IGNORED) -> list[Change]:
    """All differences, in the order of the inventory's fields; empty if there are none.

    `ignore`: names of inventory fields, `quotas use` and `login end`.
    """
    first, second = msgspec.to_builtins(a), msgspec.to_builtins(b)
    for document in (first, second):
        if "quotas use" in ignore:
            for quota in document["facts"]["quotas"].values():
                quota.pop("used", None)
        if "login end" in ignore:
            document["facts"].pop("login_ends_at", None)
        if "taken_at" in ignore:
            document["facts"].pop("clock", None)
    if not all("odd" in container for document in (first, second) for container in document["containers"]):
        # If one scan did not check the listings, the other's results are not changes.
        for container in (*first["containers"], *second["containers"]):
            container.pop("odd", None)
    for part, field in (("facts", "endpoints"), ("identity", "project_domain_id")):
        if not all(field in document[part] for document in (first, second)):
            # Earlier versions did not record it.
            for document in (first, second):
                document[part].pop(field, None)
    fields = [name for name in first if name not in ignore]
    return [change for name in fields for change in _diff(name, first[name], second[name], name)]


def diff_inventories(a: Inventory, b: Inventory, *, ignore: tuple[str, ...] = IGNORED) -> list[str]:
    """Lines such as `servers ID status: ACTIVE -> SHUTOFF`, `volumes ID: only in the first`; empty without
    differences.
    """
    return [_line(change) for change in changes(a, b, ignore=ignore)]


def _line(change: Change) -> str:
    if change.after is None:
        return f"{change.path}: only in the first"
    if change.before is None:
        return f"{change.path}: only in the second"
    return f"{change.path}: {change.before} -> {change.after}"


def _diff(path: str, first: Any, second: Any, field: str) -> Iterator[Change]:
    if first == second:
        return
    if isinstance(first, list | tuple) and isinstance(second, list | tuple):
        first, second = _keyed(field, first, second)
    if not (isinstance(first, dict) and isinstance(second, dict)):
        yield Change(path=path, before=_shown(first), after=_shown(second))
        return
    for name in sorted(first.keys() | second.keys()):
        below = f"{path} {name}"
        if name not in second:
            yield Change(path=below, before=_called(_safe_value(field, name, first[name])))
        elif name not in first:
            yield Change(path=below, after=_called(_safe_value(field, name, second[name])))
        else:
            yield from _diff(below, _safe_value(field, name, first[name]), _safe_value(field, name, second[name]), name)


def _safe_value(field: str, key: str, value: Any) -> Any:
    """The value, hidden if it looks like a secret: customers choose some keys freely."""
    if not isinstance(value, str):
        return value
    return Hidden(value) if (hides(key, value) if field in FREE else spells_secret(value)) else value


def _keyed(field: str, first: Any, second: Any) -> tuple[Any, Any]:
    """Both lists as maps by the key that identifies their rows; unchanged if there is no key."""
    if field in _SETS:
        return {word: {} for word in first}, {word: {} for word in second}
    keys = _KEYED_BY.get(field, ("id",))
    found = []
    for rows in (first, second):
        if not all(isinstance(row, dict) and all(key in row for key in keys) for row in rows):
            return first, second
        by_key = {_row_key(row, keys): row for row in rows}
        if len(by_key) != len(rows):
            return first, second
        found.append(by_key)
    return found[0], found[1]


def _row_key(row: dict[str, Any], keys: tuple[str, ...]) -> str:
    return " ".join(str(row[key]) for key in keys if row[key] != "") or _shown(row)


def _called(value: Any) -> str:
    """The name of a row that exists on one side only."""
    return str(value.get("name") or value.get("address") or "") if isinstance(value, dict) else _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, Hidden):
        value = value.shown
    text = value if isinstance(value, str) else msgspec.json.encode(value, order="sorted").decode()
    return text or '""'
