"""The memory cloud's error answers, one function for each."""

from migrate.errors import (
    ConflictError,
    Denied,
    IntegrityError,
    NotFound,
    QuotaExceeded,
    Refused,
    TransientError,
    Unsupported,
)
from migrate.messages import codes


def not_found(kind: str, resource_id: str) -> NotFound:
    return NotFound(codes.GONE, kind=kind, id=resource_id)


def over_quota(resource: str) -> QuotaExceeded:
    return QuotaExceeded(codes.QUOTA_EXCEEDED, resource=resource)


def taken(kind: str, name: str) -> ConflictError:
    return ConflictError(codes.IN_THE_WAY, what=f"{kind} {name}", kind=kind, name=name)


def refused(what: str) -> Refused:
    return Refused(codes.BAD_REQUEST, what=what)


def denied(what: str) -> Denied:
    return Denied(codes.NOT_ALLOWED, what=what)


def unsupported(what: str) -> Unsupported:
    return Unsupported(codes.UNSUPPORTED, what=what)


def differs(what: str) -> IntegrityError:
    return IntegrityError(codes.BYTES_DIFFER, what=what)


def passing(what: str, path: str) -> TransientError:
    return TransientError(codes.CLOUD_UNAVAILABLE, what=what, path=path)
