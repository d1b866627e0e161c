"""How a key of policy.yaml is declared: beside the field that it fills, in the annotations of `policy_records.py`.

Reader, template, seal and docs/formats/policy.md go over these declarations; none of them knows a key by itself.
"""

from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import Any, NamedTuple

import msgspec

from migrate.model import Record
from migrate.policy.values import Value, shown

Path = tuple[Any, ...]
"""Where something is in policy.yaml: keys and, in lists, indexes."""

REQUIRED = msgspec.NODEFAULT


class Sealed(Enum):
    """Whether a plan is bound to what a key says. `IF_SAID`: only where it is not the default, so that plans of
    before there was such a key still fit."""

    ALWAYS = "always"
    IF_SAID = "if said"
    NEVER = "never"


@dataclass(frozen=True)
class Key:
    """A key of policy.yaml: its path, its type, a sentence about it.

    `example`: YAML that it may have.   `absent`: what its default means, where that does not say it.   `required`: it
    must be there although its field has a default.
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
    """Keys that are a record of their own. `optional`: without the section there is no record either."""

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
        """The declaration of one that is no section."""
        assert isinstance(self.said_by, Key)
        return self.said_by


class Problem(NamedTuple):
    """What is wrong at a path of policy.yaml."""

    path: Path
    what: str

    def __str__(self) -> str:
        spelt = (f"[{part}]" if isinstance(part, int) else f".{shown(part)}" for part in self.path)
        return f"{''.join(spelt).removeprefix('.')}: {self.what}"


@cache
def fields_of(record: type[Record]) -> tuple[Field, ...]:
    """The record's fields, in the order in which they are declared."""
    found = []
    for field in msgspec.structs.fields(record):
        default = field.default if field.default_factory is REQUIRED else field.default_factory()
        found.append(Field(field.name, field.type.__metadata__[0], default))
    return tuple(found)


@cache
def keys_of(record: type[Record]) -> tuple[Field, ...]:
    """The same with the fields of its sections in their place: every key of the document."""
    found: list[Field] = []
    for field in fields_of(record):
        found.extend(keys_of(field.said_by.record) if isinstance(field.said_by, Section) else [field])
    return tuple(found)
