"""Turns answers into records, so that a malformed answer affects one item and crashes nothing.

Each item of a listing becomes a record, or is reported (`strict_or_lenient_listings.report_item`) with its defect and
left out. A single requested resource raises Unreadable. Every record returned here has the right types throughout, can
be written to a file, has an id that fits in a URL, and valid addresses.
"""

import inspect
import re
from collections.abc import Callable, Iterable
from functools import wraps
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, TypeVar

import msgspec

from migrate.clouds.strict_or_lenient_listings import MalformedItem, report_item
from migrate.errors import Unreadable
from migrate.messages import codes
from migrate.messages.reason import reason
from migrate.model import (
    Backup,
    Container,
    Flavor,
    FloatingIp,
    Image,
    Keypair,
    Port,
    Record,
    Router,
    Server,
    Snapshot,
    Subnet,
    Volume,
    is_plain_id,
)
from migrate.units import utc_moment

R = TypeVar("R", bound=Record)
T = TypeVar("T")
C = TypeVar("C", bound=type)

ODD = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""Exceptions from parsing an answer that violates the API."""

# Operators choose these ids, which may contain spaces. Other names are free text; only a slash is illegal in a
# container's.
_FLAVOR_ID = re.compile(r"[^/\\?#\x00-\x1f\x7f]{0,255}")
_CONTAINER_NAME = re.compile(r"[^/\x00]{1,256}", re.DOTALL)
_LARGEST = {"_bytes": 1 << 53, "_gib": 1 << 23, "_mib": 1 << 33, "vcpus": 1 << 20, "objects": 1 << 53}
"""Larger numbers are invalid; sums of thousands stay below 64 bits."""

_SHOWN = 100
_OTHER_TYPE = re.compile(r"Expected `([^`]*)`, got `([^`]*)`(?: - at `\$\.?(.*)`)?", re.DOTALL)
_TYPES = {
    "int": "integer",
    "float": "number",
    "str": "text",
    "bool": "boolean",
    "array": "list",
    "object": "object",
    "null": "nothing",
}
SURROGATES = re.compile("[\ud800-\udfff]")

# ---------------------------------------------------------------- values


def text(value: Any) -> str:
    """A text, or a number in place of one; empty for null. Raises TypeError: an object or a list."""
    if isinstance(value, dict | list):
        raise TypeError(_wanted("text", value))
    return "" if value is None else str(value)


def number(value: Any) -> int:
    """A whole number, also from a text. Raises TypeError, ValueError: anything else, including booleans and
    fractions.
    """
    if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,20}", value):
        return int(value)
    if type(value) is int or (isinstance(value, float) and value.is_integer()):
        return int(value)
    raise ValueError(_wanted("integer", value))


def boolean(value: Any, default: bool) -> bool:
    """A boolean, also from a text. Raises ValueError for anything else."""
    if value is None or isinstance(value, bool):
        return default if value is None else value
    words = {"true": True, "1": True, "false": False, "0": False, "": False}
    if isinstance(value, dict | list) or str(value).lower() not in words:
        raise ValueError(_wanted("boolean", value))
    return words[str(value).lower()]


def as_list(value: Any) -> list[Any]:
    """A list; empty for null. Raises TypeError: a text or an object, which Python could turn into a list."""
    if value is None or isinstance(value, list | tuple):
        return list(value or ())
    raise TypeError(_wanted("list", value))


def one_of(value: Any, *words: str) -> str:
    """The value, if it is one of the words in any case. Raises ValueError."""
    if text(value).lower() not in words:
        raise ValueError(reason("wanted", wanted="|".join(words), got=text(value)[:_SHOWN]))
    return text(value)


def no_text(field: str, value: Any) -> str:
    """The reason for a field that is not a text."""
    return reason("field-wanted", field=field, wanted="text", got=_kind(value))


def _wanted(kind: str, value: Any) -> str:
    return reason("wanted", wanted=kind, got=_kind(value))


def _kind(value: Any) -> str:
    names = {dict: "object", list: "list", str: "text", bool: "boolean", type(None): "nothing"}
    return names.get(type(value), "number")


# ---------------------------------------------------------------- listings


def records(
    listing: str, items: Iterable[Any], make: Callable[[Any], R], *, ours: Callable[[Any], bool] | None = None
) -> list[R]:
    """The records of a listing's items, one for each id; `ours` selects items.

    Unreadable items are reported and left out. Items with a corrected defect are reported and included, and so is the
    first of two different items with the same id.
    """
    found: dict[str, R] = {}
    for place, item in enumerate(items, 1):
        try:
            if ours is not None and not ours(item):
                continue
            record, mended = _mended(make, item)
        except ODD as error:
            _tell(listing, place, item, why(error))
            continue
        if mended:
            _tell(listing, place, item, mended, is_left_out=False)
        own_id = str(getattr(record, _key(record)))
        if own_id in found and found[own_id] != record:
            _tell(listing, place, item, "twice", is_left_out=False)
        found.setdefault(own_id, record)
    return list(found.values())


def rows(
    listing: str, items: Iterable[Any], make: Callable[[Any], R], *, ours: Callable[[Any], bool] | None = None
) -> list[R]:
    """Like `records`, for items that are only listed or have no id: any substitute will do."""
    found: list[R] = []
    for place, item in enumerate(items, 1):
        try:
            if ours is None or ours(item):
                found.append(_typed(make(whole(item))))
        except ODD as error:
            _tell(listing, place, item, why(error))
    return found


def ids(listing: str, items: Iterable[Any], key: str = "id") -> list[str]:
    """One text from each item, in the listing's order; items without it are reported and left out."""
    found: list[str] = []
    for place, item in enumerate(items, 1):
        try:
            if not isinstance(item[key], str):
                raise TypeError(no_text(key, item[key]))
            item[key].encode()
            found.append(item[key])
        except ODD as error:
            _tell(listing, place, item, why(error))
    return found


def named(item: Any) -> str:
    """A key for an item: its id, or else its whole content."""
    own_id = item.get("id") if isinstance(item, dict) else None
    return own_id if isinstance(own_id, str) else repr(item)


def is_open(zone: Any) -> bool:
    """Whether an availability zone is not marked as closed."""
    state = zone.get("zoneState") if isinstance(zone, dict) else None
    return not isinstance(state, dict) or bool(state.get("available", True))


def why(error: Exception) -> str:
    """The defect in an answer: a reason of the catalogue, or a short message of a library."""
    if isinstance(error, KeyError):
        return _plain(reason("missing", field=str(error.args[0])[:_SHOWN]))
    if isinstance(error, AttributeError):
        return "no-object"
    if isinstance(error, RecursionError):
        return "too-deep"
    if isinstance(error, msgspec.ValidationError) and (found := _OTHER_TYPE.fullmatch(str(error))):
        wanted, got, field = found.groups("")
        return _plain(reason("field-wanted", field=field[:_SHOWN], wanted=_kinds(wanted), got=_kinds(got)))
    return _plain(str(error))[: 4 * _SHOWN] or type(error).__name__


def _kinds(types: str) -> str:
    """The catalogue's names for msgspec's types: `int | null` becomes `integer|nothing`."""
    return "|".join(_TYPES.get(one, one) for one in types.split(" | "))


def _plain(text: str) -> str:
    return SURROGATES.sub("\ufffd", text)


def _tell(listing: str, place: int, item: Any, what: str, *, is_left_out: bool = True) -> None:
    own_id, name, owner = "", "", ""
    if isinstance(item, dict):
        # Nova wraps each key pair.
        named = item["keypair"] if isinstance(item.get("keypair"), dict) else item
        own_id, name = _shown(named.get("id")), _shown(named.get("name") or named.get("display_name"))
        owner = _shown(item.get("device_id"))
    report_item(MalformedItem(listing, place, own_id, name, what, is_left_out, owner), item)


def tell_end(listing: str) -> None:
    """Reports that rows after the last readable one could not be requested."""
    report_item(MalformedItem(listing, 0, "", "", "end-unknown"), None)


def _shown(value: Any) -> str:
    return _plain(str(value))[:_SHOWN] if isinstance(value, str | int | float) else ""


# ---------------------------------------------------------------- records


def checked_record(record: R) -> R:
    """The record, checked in every field. Raises ValueError; UnicodeEncodeError: a text with a surrogate."""
    checked = _typed(record)
    _check_key(checked)
    _check_numbers(checked)
    _check_addresses(checked)
    return checked


def _typed(record: R) -> R:
    checked = msgspec.convert(msgspec.to_builtins(record), type(record))
    msgspec.json.encode(checked)
    return checked


def new_id(value: Any) -> str:
    """The id of a new resource. Raises ValueError."""
    if not isinstance(value, str) or not is_plain_id(value):
        raise ValueError(reason("bad-id", field="id", value=_shown(value)))
    return value


def _key(record: Record) -> str:
    return "name" if isinstance(record, Keypair | Container) else "id"


def _check_key(record: Record) -> None:
    key = _key(record)
    own_id = str(getattr(record, key, ""))
    match record:
        case Flavor():
            fits = bool(_FLAVOR_ID.fullmatch(own_id)) and own_id not in {".", ".."}
        case Container():
            fits = bool(_CONTAINER_NAME.fullmatch(own_id))
        case Keypair():
            fits = 0 < len(own_id) <= 255
        case _:
            fits = is_plain_id(own_id)
    if not fits:
        raise ValueError(reason("bad-id", field=key, value=own_id[:_SHOWN]))


def _check_numbers(record: Record) -> None:
    for field in record.__struct_fields__:
        value = getattr(record, field)
        if isinstance(value, Record):
            _check_numbers(value)
        elif type(value) is int:
            most = next((most for end, most in _LARGEST.items() if field.endswith(end)), None)
            if most is not None and not 0 <= value <= most:
                raise ValueError(reason("out-of-range", field=field, value=value))


def _check_addresses(record: Record) -> None:
    """Checks addresses, because plan and run compute with them."""
    match record:
        case Subnet():
            version = _network(record.cidr).version
            if version != record.ip_version:
                raise ValueError(reason("ip-version", version=record.ip_version, cidr=record.cidr))
            pools = [address for pool in record.allocation_pools for address in (pool.start, pool.end)]
            _addresses([record.gateway_ip, *pools])
            _routes(record)
        case Port():
            _addresses(fixed.ip_address for fixed in record.fixed_ips)
            for pair in record.allowed_address_pairs:
                _network(pair.ip_address)
        case FloatingIp():
            _addresses([record.address, record.fixed_ip_address])
        case Router():
            _addresses(one.ip_address for one in record.interfaces)
            _routes(record)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(_without_zone(text), strict=False)
    except ValueError:
        raise ValueError(reason("no-network", value=text[:_SHOWN])) from None


def _without_zone(text: str) -> str:
    """The text itself. A zone (`fe80::1%eth0`) is of one machine alone, and Python takes any text for one.

    Raises ValueError: it has one.
    """
    if "%" in text:
        raise ValueError(text)
    return text


def _routes(record: Subnet | Router) -> None:
    for route in record.host_routes if isinstance(record, Subnet) else record.routes:
        _network(route.destination)
        _addresses([route.nexthop])


def _addresses(addresses: Iterable[str | None]) -> None:
    for address in addresses:
        try:
            if address:
                ip_address(_without_zone(address))
        except ValueError:
            raise ValueError(reason("no-address", value=str(address)[:_SHOWN])) from None


def _mended(make: Callable[[Any], R], item: Any) -> tuple[R, str]:
    """The record, and a description of any harmless defect that was corrected."""
    try:
        record, mended = checked_record(make(item)), ""
    except UnicodeEncodeError:
        raw = make(item)
        if SURROGATES.search(str(getattr(raw, _key(raw)))):
            # It cannot be requested.
            raise
        record, mended = checked_record(make(whole(item))), "half-characters"
    told = record.created_at if isinstance(record, Image | Volume | Snapshot | Backup | Server) else ""
    if told and utc_moment(told) is None:
        return msgspec.structs.replace(record, created_at=""), "no-date"
    return record, mended


def whole(item: Any) -> Any:
    """The value without surrogates, which no file can hold."""
    if isinstance(item, str):
        return SURROGATES.sub("\ufffd", item)
    if isinstance(item, dict):
        return {whole(key): whole(value) for key, value in item.items()}
    return [whole(one) for one in item] if isinstance(item, list | tuple) else item


# ---------------------------------------------------------------- single resources


def read(method: Callable[..., T]) -> Callable[..., T]:
    """Wraps an adapter's method so that it raises Unreadable for a malformed answer."""

    @wraps(method)
    def reading(self: Any, *args: Any, **kwargs: Any) -> T:
        try:
            return method(self, *args, **kwargs)
        except ODD as error:
            what = f"{type(self).__name__}.{method.__name__}"
            raise Unreadable(codes.ANSWER_UNREADABLE, what=what, why=why(error)) from error

    return reading


def all_read(*but: str) -> Callable[[C], C]:
    """Applies `read` to all public methods of an adapter, except those named and those that stream."""

    def change(adapter: C) -> C:
        for name, method in list(vars(adapter).items()):
            is_method = inspect.isfunction(method) and not name.startswith("_") and name not in but
            if is_method and not inspect.isgeneratorfunction(inspect.unwrap(method)):
                setattr(adapter, name, read(method))
        return adapter

    return change
