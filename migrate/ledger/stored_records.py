"""Reads rows and notes of a ledger into records. Damage, or somebody's hand, may leave anything in a column: what no
Decamp has written is named by its row, and not believed.
"""

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, TypeVar, get_type_hints

import msgspec
from sqlalchemy import Table

from migrate.errors import ConfigError
from migrate.ledger.ledger_records import Moment
from migrate.messages import codes
from migrate.model import Record
from migrate.units import utc_moment

T = TypeVar("T")

_FIELD = re.compile(r"at `[^`]*?\$\.(\w+)|required field `(\w+)`|unknown field `([^`]+)`")
_LONGEST_NAME = 200
_FIRST_YEAR, _LAST_YEAR = 1970, 2200


def record_of_row(of: type[T], values: dict[str, Any], where: str, table: str, key: str) -> T:
    """The record of a table's row; the column `facts` holds JSON.

    Args:   where: the ledger's name.   key: of the row, for people.
    Raises: ConfigError DCP-293.
    """
    try:
        if "facts" in values:
            values["facts"] = _facts(values["facts"])
        return _checked(msgspec.convert(values, type=of))
    except (ValueError, RecursionError) as err:
        raise _unreadable(err, where, table, key) from err


def record_of_note(of: type[T], text: object, where: str, key: str) -> T:
    """The record that a note holds as JSON. Raises ConfigError DCP-293."""
    try:
        return _checked(msgspec.json.decode(str(text), type=of))
    except (ValueError, RecursionError) as err:
        raise _unreadable(err, where, "meta", key) from err


def require_types(table: Table, row: Mapping[str, Any], where: str) -> None:
    """Raises ConfigError DCP-293 if a column holds a value of another type."""
    for column in table.columns:
        value, wanted = row[column.name], column.type.python_type
        fits = isinstance(value, wanted) or (wanted is float and isinstance(value, int))
        if not (fits or (value is None and column.nullable)):
            key = " ".join(str(row[one.name])[:_LONGEST_NAME] for one in table.primary_key)
            raise ConfigError(codes.LEDGER_ROW_UNREADABLE, path=where, table=table.name, row=key, field=column.name)


def _facts(text: object) -> object:
    try:
        return json.loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return None


def _unreadable(err: Exception, where: str, table: str, key: str) -> ConfigError:
    found = _FIELD.search(str(err))
    field = next((name for name in found.groups() if name), "?") if found else "?"
    return ConfigError(codes.LEDGER_ROW_UNREADABLE, path=where, table=table, row=key[:_LONGEST_NAME], field=field)


def moment_of_note(text: str, where: str, key: str) -> str:
    """The time that a note is. Raises ConfigError DCP-293."""
    try:
        _check_moment(text, "value")
    except ValueError as err:
        raise _unreadable(err, where, "meta", key) from err
    return text


def _checked(value: T) -> T:
    """The same value; a mapping is one of times. Raises ValueError for a time that is none."""
    if isinstance(value, dict):
        for name, text in value.items():
            _check_moment(text, name)
    for record in _records_in(value):
        for name, default in _moments(type(record)).items():
            if (text := getattr(record, name)) != default:
                _check_moment(text, name)
    return value


def _check_moment(text: str, name: str) -> None:
    moment = utc_moment(text)
    if moment is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        raise ValueError(f"no time - at `$.{name}`")


def _records_in(value: object) -> Iterator[Record]:
    if isinstance(value, Record):
        yield value
        for name in value.__struct_fields__:
            yield from _records_in(getattr(value, name))
    elif isinstance(value, tuple):
        for one in value:
            yield from _records_in(one)


@cache
def _moments(of: type[Record]) -> dict[str, object]:
    """The fields that hold a time, with their defaults: an empty one if it may not have come yet."""
    hints = get_type_hints(of, include_extras=True)
    return {field.name: field.default for field in msgspec.structs.fields(of) if hints[field.name] == Moment}
