"""A common spelling for both sides, and the text of a difference: `field: source ≠ target`. Pure."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from ipaddress import ip_address, ip_network

from migrate.model import MARK_PROPERTY, Kind, own_description, parse_mark
from migrate.secret_looking import Hidden, hides, spells_secret

TargetOf = Callable[[Kind, str], str | None]
"""The id at the target for a source id. A server's restored root image is (IMAGE, server id)."""

Fact = tuple[str, object, object]

BOOKKEEPING = frozenset(
    {
        "base_image_ref", "bdm_v2", "block_device_mapping", "boot_roles", "image_location", "image_state",
        "image_type", "instance_uuid", "owner_id", "owner_project_name", "owner_user_name", "root_device_name",
        "user_id", "locations", "direct_url", "stores", MARK_PROPERTY,
    }
)  # fmt: skip
"""Image properties set by clouds on their own snapshots and stores, and our mark: not the customer's."""


def differing(*facts: Fact) -> tuple[str, ...]:
    """The facts (name, source, target) with different sides, one line each."""
    return tuple(f"{name}: {_shown(source)} ≠ {_shown(target)}" for name, source, target in facts if source != target)


def only_one_has(name: str, wanted: Iterable[str], found: Iterable[str]) -> list[Fact]:
    """Entries that only one of the two sides has."""
    wanted, found = set(wanted), set(found)
    missing: list[Fact] = [(f"{name} {text}", "present", "missing") for text in sorted(wanted - found)]
    return missing + [(f"{name} {text}", "missing", "present") for text in sorted(found - wanted)]


def mapped(target_of: TargetOf, kind: Kind, source_id: str) -> str:
    return target_of(kind, source_id) or f"{source_id} (not moved)"


def description(source: str, target: str) -> Fact:
    return "description", _spelt(own_description(source)), _spelt(own_description(target))


def by_key(name: str, source: Mapping[str, str], target: Mapping[str, str]) -> list[Fact]:
    """Differences below each key; hides values of keys that look like secrets."""
    keys = sorted({*source, *target})
    return [(f"{name} {key}", _safe_value(key, source.get(key)), _safe_value(key, target.get(key))) for key in keys]


def _safe_value(key: str, value: str | None) -> str | None:
    return Hidden(value) if value is not None and hides(key, value) else value


def _spelt(text: str) -> str:
    return Hidden(text) if spells_secret(text) else text


def without(values: Mapping[str, str], keys: Iterable[str]) -> dict[str, str]:
    left_out = frozenset(keys)
    return {key: value for key, value in values.items() if key not in left_out}


def own_properties(properties: Mapping[str, str]) -> dict[str, str]:
    own = without(properties, BOOKKEEPING)
    return {k: v for k, v in own.items() if not k.startswith("os_glance_") and parse_mark(v) is None}


def own_tags(tags: Iterable[str]) -> list[str]:
    return sorted(_spelt(tag) for tag in tags if parse_mark(tag) is None)


def ip(address: str | None) -> str:
    if not address:
        return ""
    with suppress(ValueError):
        return str(ip_address(address))
    return address


def net(cidr: str) -> str:
    with suppress(ValueError):
        return str(ip_network(cidr, strict=False))
    return cidr


def single(prefix: str | None) -> str | None:
    """The address in a prefix of exactly one address; None for any other."""
    with suppress(ValueError):
        found = ip_network(prefix or "", strict=False)
        return str(found.network_address) if found.num_addresses == 1 else None
    return None


def quoted(text: str) -> str:
    return f"“{text}”" if text else ""


def _shown(value: object) -> str:
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_shown(one) for one in value) + "]"
    if isinstance(value, Hidden):
        value = value.shown
    return "none" if value is None or value == "" else str(value)
