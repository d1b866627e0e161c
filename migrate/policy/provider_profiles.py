"""Provider profiles: what a provider documents of its limits, as data (`providers/*.yaml`), so that a plan can say
before the provider does what it will refuse. A rule that a profile does not have is not judged.
"""

from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import msgspec
import yaml

from migrate.model import Identity, Record

_FOLDER = files("migrate.policy") / "providers"
_ABOUT = ("name", "hosts", "documents", "as_of")


class Profile(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider's rules; None, empty or False where it documents none.

    `key` names it in the policy; `hosts` are patterns of its login address; `documents` says whose documents tell its
    rules, `as_of` how old those are.
    `boot_volume_gib`, `data_volume_gib`: smallest and largest. `reserved_*`: how many addresses at an end of a range.
    `no_config_drive`: it makes none. `server_names`, `router_names`: letters, digits, `_`, `-` and `.` alone, so many
    at most; `server_description`: characters, and no `<` or `>`; `volume_text_bytes`: of a volume's name, and of its
    description. `shared_servers`: that hold one volume; `no_shared_boot`: none of them boots from it.
    Of its S3 service: `buckets` of one customer, `key_bytes` and `object_gib` at most, `refused_keys` (by their shape:
    `s3_object_limits.py`), and the `s3_style` that it wants addresses in; `no_double_hyphens`: in a bucket's name.
    """

    key: str
    name: str
    hosts: tuple[str, ...]
    documents: str
    as_of: str
    subnet_ranges: tuple[str, ...] = ()
    subnet_longest_prefix: int | None = None
    reserved_first: int = 0
    reserved_last: int = 0
    ipv6_mode: str | None = None
    dhcp_always: bool = False
    groups_required: bool = False
    refused_pairs: tuple[str, ...] = ()
    mac_chosen_by_cloud: bool = False
    no_config_drive: bool = False
    server_names: int | None = None
    router_names: int | None = None
    server_description: int | None = None
    image_formats: tuple[str, ...] = ()
    volume_text_bytes: int | None = None
    shared_servers: int | None = None
    no_shared_boot: bool = False
    image_below_gib: int | None = None
    boot_volume_gib: tuple[int, int] | None = None
    data_volume_gib: tuple[int, int] | None = None
    metadata_value_bytes: int | None = None
    user_data_bytes: int | None = None
    snapshots_per_volume: int | None = None
    buckets: int | None = None
    key_bytes: int | None = None
    object_gib: int | None = None
    refused_keys: tuple[str, ...] = ()
    s3_style: str | None = None
    no_double_hyphens: bool = False


@cache
def profile_names() -> tuple[str, ...]:
    """The profiles that the policy may name, besides `auto` and `none`."""
    return tuple(sorted(one.name.removesuffix(".yaml") for one in _FOLDER.iterdir() if one.name.endswith(".yaml")))


@cache
def read_profile(key: str) -> Profile:
    """The profile of that name. Raises KeyError when there is none."""
    if key not in profile_names():
        raise KeyError(key)
    return parse_profile(key, (_FOLDER / f"{key}.yaml").read_text("utf-8"))


def parse_profile(key: str, text: str) -> Profile:
    """Reads `rule: {value, source}`. Raises ValueError: a rule without its source, or one that nobody knows."""
    document: dict[str, Any] = yaml.safe_load(text)
    rules = {name: rule for name, rule in document.items() if name not in _ABOUT}
    for name, rule in rules.items():
        if not isinstance(rule, dict) or set(rule) != {"value", "source"} or not rule["source"]:
            raise ValueError(f"{key}: {name} must have a value and the document that says so")
    about = {name: document[name] for name in _ABOUT}
    values = {name: rule["value"] for name, rule in rules.items()}
    return msgspec.convert({"key": key, **about, **values}, Profile)


def profile_of(wanted: str, target: Identity) -> Profile | None:
    """The profile that the policy's `profile` means for this target: named, none, or found by the login address."""
    return profile_at(wanted, target.auth_url)


def profile_at(wanted: str, url: str) -> Profile | None:
    """As `profile_of`, of the service at this address: the S3 service need not be the target cloud's own."""
    if wanted == "none":
        return None
    if wanted != "auto":
        return read_profile(wanted)
    host = (urlsplit(url).hostname or "").lower()
    found = (read_profile(key) for key in profile_names())
    return next((one for one in found if any(fnmatchcase(host, pattern) for pattern in one.hosts)), None)
