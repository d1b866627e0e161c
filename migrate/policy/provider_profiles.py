"""Provider profiles: documented limits of providers, as data (`providers/*.yaml`), so that a plan can report refusals
in advance. Rules missing in a profile are not checked.
"""

from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from typing import Any
from urllib.parse import urlsplit

import msgspec

from migrate.model import Identity, Record
from migrate.plain_yaml import read_yaml

_FOLDER = files("migrate.policy") / "providers"
_ABOUT = ("name", "hosts", "documents", "as_of")


class Profile(Record, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One provider's rules; None, empty or False if undocumented.

    `key`: its name in the policy; `hosts`: patterns of its login address; `documents`: the source of the rules, `as_of`
    its date.
    `boot_volume_gib`, `data_volume_gib`: smallest and largest. `reserved_*`: addresses reserved at each end of a range.
    `no_config_drive`: not supported. `server_names`, `router_names`: maximum length, with only letters, digits, `_`,
    `-` and `.`; `server_description`: maximum length, without `<` and `>`; `volume_text_bytes`: maximum for a volume's
    name, and for its description. `shared_servers`: maximum servers per volume; `no_shared_boot`: shared volumes cannot
    be boot volumes. For its S3 service: maximum `buckets` per customer, `key_bytes` and `object_gib`; `refused_keys`
    (by shape: `s3_object_limits.py`), and the required `s3_style` of addresses; `no_double_hyphens`: in bucket names.
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
    """The names of profiles for the policy, besides `auto` and `none`."""
    return tuple(sorted(one.name.removesuffix(".yaml") for one in _FOLDER.iterdir() if one.name.endswith(".yaml")))


@cache
def read_profile(key: str) -> Profile:
    """The profile of this name. Raises KeyError if there is none."""
    if key not in profile_names():
        raise KeyError(key)
    return parse_profile(key, (_FOLDER / f"{key}.yaml").read_text("utf-8"))


def parse_profile(key: str, text: str) -> Profile:
    """Parses `rule: {value, source}`. Raises ValueError: a rule without source, or an unknown one."""
    document: dict[str, Any] = read_yaml(text)
    rules = {name: rule for name, rule in document.items() if name not in _ABOUT}
    for name, rule in rules.items():
        if not isinstance(rule, dict) or set(rule) != {"value", "source"} or not rule["source"]:
            raise ValueError(f"{key}: {name} must have a value and the document that says so")
    about = {name: document[name] for name in _ABOUT}
    values = {name: rule["value"] for name, rule in rules.items()}
    return msgspec.convert({"key": key, **about, **values}, Profile)


def profile_of(wanted: str, target: Identity) -> Profile | None:
    """The profile that the policy's `profile` means for this target: by name, none, or by the login address."""
    return profile_at(wanted, target.auth_url)


def profile_at(wanted: str, url: str) -> Profile | None:
    """Like `profile_of`, for the service at this address: the S3 service need not belong to the target cloud."""
    if wanted == "none":
        return None
    if wanted != "auto":
        return read_profile(wanted)
    host = (urlsplit(url).hostname or "").lower()
    found = (read_profile(key) for key in profile_names())
    return next((one for one in found if any(fnmatchcase(host, pattern) for pattern in one.hosts)), None)
