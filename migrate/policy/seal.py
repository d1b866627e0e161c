"""The policy's seal, which binds a plan to it."""

from typing import Any

import msgspec

from migrate.documents import digest
from migrate.model import Record
from migrate.policy.policy_records import Policy
from migrate.policy.schema import Sealed, fields_of


def policy_seal(policy: Policy) -> str:
    """The seal over all keys, each as its `sealed` says; comments and order do not matter."""
    return digest(_sealed(policy))


def _sealed(record: Record) -> dict[str, Any]:
    said = {}
    for field in fields_of(type(record)):
        value, sealed = getattr(record, field.name), field.said_by.sealed
        if sealed is Sealed.ALWAYS or (sealed is Sealed.IF_SAID and value != field.default):
            said[field.name] = _sealed(value) if isinstance(value, Record) else msgspec.to_builtins(value)
    return said
