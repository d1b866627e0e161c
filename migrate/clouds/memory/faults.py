"""The errors of the memory cloud, one function per way of saying no."""

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


def not_found(kind: str, resource_id: str) -> NotFound:
    return NotFound("DCP-404", kind=kind, id=resource_id)


def over_quota(resource: str) -> QuotaExceeded:
    return QuotaExceeded("DCP-413", resource=resource)


def taken(kind: str, name: str) -> ConflictError:
    return ConflictError("DCP-409", what=f"{kind} {name}", kind=kind, name=name)


def refused(what: str) -> Refused:
    return Refused("DCP-400", what=what)


def denied(what: str) -> Denied:
    return Denied("DCP-403", what=what)


def unsupported(what: str) -> Unsupported:
    return Unsupported("DCP-415", what=what)


def differs(what: str) -> IntegrityError:
    return IntegrityError("DCP-422", what=what)


def passing(what: str, path: str) -> TransientError:
    return TransientError("DCP-503", what=what, path=path)
