"""Declarations for keys of policy.yaml, used next to their fields in `policy_records.py`.

Reader, template, seal and docs/formats/policy.md use these declarations, and have no keys of their own.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

import msgspec

from migrate.model import Record
from migrate.policy.values import Value, shown

Path = tuple[Any, ...]
"""A path in policy.yaml: keys and, in lists, indices."""

REQUIRED = msgspec.NODEFAULT


class Sealed(Enum):
    """Whether the plan's seal covers a key. `IF_SAID`: only if it is not the default, so that plans from before the key
    still fit.
    """

    ALWAYS = "always"
    IF_SAID = "if said"
    NEVER = "never"


@dataclass(frozen=True)
class Key:
    """A key of policy.yaml: path, type and description.

    `example`: a YAML value.   `absent`: the meaning of the default, if unclear.   `required`: must be given even though
    the field has a default.
    """

    path: str
    value: Value
    about: str
    example: str = ""
    absent: str = ""
    sealed: Sealed = Sealed.ALWAYS
    required: bool = False


@dataclass(frozen=True)
class Section:
    """A section with a record of its own. `optional`: without the section there is no record."""

    path: str
    record: type[Record]
    sealed: Sealed = Sealed.ALWAYS
    optional: bool = False


class Field(NamedTuple):
    """A field of a record with its declaration."""

    name: str
    said_by: Key | Section
    default: Any

    @property
    def path(self) -> Path:
        return tuple(self.said_by.path.split("."))

    @property
    def key(self) -> Key:
        """The declaration of a field that is not a section."""
        assert isinstance(self.said_by, Key)
        return self.said_by


class Problem(NamedTuple):
    """A mistake at a path of policy.yaml."""

    path: Path
    what: str

    def __str__(self) -> str:
        spelt = (f"[{part}]" if isinstance(part, int) else f".{shown(part)}" for part in self.path)
        return f"{''.join(spelt).removeprefix('.')}: {self.what}"


@cache
def fields_of(record: type[Record]) -> tuple[Field, ...]:
    """The record's fields, in order of declaration."""
    found = []
    for field in msgspec.structs.fields(record):
        default = field.default if field.default_factory is REQUIRED else field.default_factory()
        found.append(Field(field.name, field.type.__metadata__[0], default))
    return tuple(found)


@cache
def keys_of(record: type[Record]) -> tuple[Field, ...]:
    """All keys of the document: the record's fields, with sections expanded in place."""
    found: list[Field] = []
    for field in fields_of(record):
        found.extend(keys_of(field.said_by.record) if isinstance(field.said_by, Section) else [field])
    return tuple(found)
