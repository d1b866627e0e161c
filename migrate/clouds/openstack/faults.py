"""Translates OpenStack's error answers into our exceptions, by status and by the JSON error's key or type.

The message text matters in a single case: Nova reports "over quota" and "forbidden" with the same 403 and key.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from keystoneauth1 import exceptions as ks
from swiftclient.exceptions import ClientException

from migrate.clouds.http import TRANSIENT_STATUSES, retry_after_s
from migrate.errors import (
    AccessError,
    ConflictError,
    DecampError,
    Denied,
    IntegrityError,
    LoginRefused,
    NotFound,
    QuotaExceeded,
    Refused,
    ServiceMissing,
    TransientError,
    Unreachable,
    Unsupported,
)
from migrate.messages import codes
from migrate.own_secrets import without_secrets

_DETAIL_CHARS = 300
_BEHIND_THE_END = 416
"""The object is shorter than requested: treated like a short body."""
_TAG = re.compile(r"<[^>]*>")
_NOT_SUPPORTED = frozenset({300, 406, 501, 505})
# Neutron's 409 types for a conflict with another resource, as opposed to an invalid request.
_TAKEN = frozenset(
    {
        "IpAddressAlreadyAllocated",
        "IpAddressInUse",
        "MacAddressInUse",
        "FloatingIPPortAlreadyAssociated",
        "FloatingIpAddressInUse",
        "SecurityGroupDefaultAlreadyExists",
    }
)


@dataclass(frozen=True)
class Answer:
    """The parts of an answer that determine the error."""

    service: str
    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True)
class ErrorText:
    """The error document of an answer: Nova's and Cinder's key, Neutron's type, and the message."""

    key: str = ""
    type: str = ""
    message: str = ""


def error_text(body: bytes) -> ErrorText:
    """Reads `{key: {message}}` (Nova, Cinder, Keystone), `{NeutronError: {type, message}}`, `{message, title}`."""
    try:
        document: Any = json.loads(body)
    except ValueError:
        plain = _TAG.sub(" ", body.decode("utf-8", "replace"))
        return ErrorText(message=_words(" ".join(plain.split())))
    if not isinstance(document, dict):
        return ErrorText(message=_words(str(document)))
    for key, inner in document.items():
        if isinstance(inner, dict) and ("message" in inner or "type" in inner):
            return ErrorText(key, str(inner.get("type", "")), _words(str(inner.get("message", ""))))
    return ErrorText(message=_words(str(document.get("message", ""))))


def _words(text: str) -> str:
    """A message of the cloud, cleaned and shortened; it may quote our request."""
    return without_secrets(text)[:_DETAIL_CHARS]


def fault(answer: Answer, *, kind: str = "", resource_id: str = "") -> DecampError:
    """The error for an answer with a status of 300 or more."""
    error, status = error_text(answer.body), answer.status
    facts: dict[str, object] = {
        "status": status,
        "url": answer.url,
        "request_id": request_id(answer.headers),
        "detail": error.message,
    }
    subject = f"{kind} {resource_id}".strip() or answer.service
    what = f"{subject}: {error.message}" if error.message else f"{subject}: {answer.method} answered {status}"
    asked_s = retry_after_s(answer.headers)
    if status in TRANSIENT_STATUSES or (status == 413 and asked_s):
        return TransientError(codes.CLOUD_UNAVAILABLE, retry_after_s=asked_s, what=what, **facts)
    if status == _BEHIND_THE_END and answer.service == "object-store":
        return TransientError(codes.CLOUD_UNAVAILABLE, retry_after_s=asked_s, what=what, **facts)
    if status == 401:
        return LoginRefused(codes.LOGIN_REFUSED, cloud=answer.service, user="", **facts)
    if _is_quota(answer, error):
        return QuotaExceeded(codes.QUOTA_EXCEEDED, resource=kind or answer.service, **facts)
    if status == 403:
        return Denied(codes.NOT_ALLOWED, what=what, **facts)
    if status in {404, 410}:
        return NotFound(codes.GONE, kind=kind or answer.service, id=resource_id or error.message, **facts)
    if status == 409 and error.type in _TAKEN:
        return ConflictError(codes.IN_THE_WAY, what=what, **facts)
    if status in _NOT_SUPPORTED or 300 <= status < 400:
        return Unsupported(codes.UNSUPPORTED, what=what, **facts)
    if status == 422 and answer.service == "object-store":
        return IntegrityError(codes.BYTES_DIFFER, what=what, **facts)
    return Refused(codes.BAD_REQUEST, what=what, **facts)


def _is_quota(answer: Answer, error: ErrorText) -> bool:
    if answer.status == 413:
        # Swift and Glance also use 413 for a single body that is too large: then the text decides.
        return answer.service not in {"object-store", "image"} or "quota" in error.message.lower()
    if answer.status == 409:
        return error.type == "OverQuota"
    return answer.status == 403 and answer.service == "compute" and "quota exceeded" in error.message.lower()


def request_id(headers: Mapping[str, str]) -> str:
    """The cloud's own request id, for the provider's support."""
    for name in ("x-openstack-request-id", "x-compute-request-id", "x-trans-id"):
        if headers.get(name):
            return headers[name]
    return ""


def login_fault(error: Exception, *, cloud: str, user: str, url: str, is_token: bool = False) -> DecampError:
    """The error for a failed login, distinguished by the library's exception classes."""
    # A revoked token gives NotFound.
    if isinstance(error, ks.Unauthorized | ks.Forbidden) or (is_token and isinstance(error, ks.NotFound)):
        return LoginRefused(codes.LOGIN_REFUSED, cloud=cloud, user=user, url=url, request_id=error.request_id or "")
    if isinstance(error, ks.EndpointNotFound | ks.EmptyCatalog):
        return Unreachable(codes.UNREACHABLE, url=url, reason="the catalogue names no endpoint")
    if isinstance(error, ks.DiscoveryFailure) and not _is_untrusted(error):
        # An ambiguous class: no version document, or domains for an identity service without any.
        return Unreachable(codes.UNREACHABLE, url=url, reason=without_secrets(str(error))[:_DETAIL_CHARS])
    return unreachable(error, url=url, reason=type(error).__name__)


def unreachable(error: Exception, *, url: str, reason: str) -> AccessError:
    """The error for an address without an answer, or with an untrusted certificate."""
    return Unreachable(
        codes.CERTIFICATE_UNTRUSTED if _is_untrusted(error) else codes.UNREACHABLE, url=url, reason=reason
    )


def _is_untrusted(error: BaseException | None) -> bool:
    """Whether a certificate error is among the causes: the generic login goes on and ends with another error."""
    seen: set[int] = set()
    # Re-raised errors may form a cycle.
    while error is not None and not isinstance(error, ks.SSLError) and id(error) not in seen:
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return isinstance(error, ks.SSLError)


def session_fault(error: Exception, *, service: str, method: str, url: str) -> DecampError:
    """The error for an exception from the session: no answer, no login, no such service."""
    if isinstance(error, ks.Unauthorized | ks.Forbidden):
        return LoginRefused(codes.LOGIN_REFUSED, cloud=service, user="", url=url)
    if isinstance(error, ks.EndpointNotFound | ks.EmptyCatalog):
        return ServiceMissing(codes.SERVICE_MISSING, service=service)
    return TransientError(codes.CLOUD_UNAVAILABLE, what=f"{method} {service}", url=url, reason=type(error).__name__)


def swift_fault(error: Exception, *, method: str, url: str, container: str) -> DecampError:
    """The error for an exception from swiftclient: an error answer, no answer, or an invalid request."""
    if isinstance(error, ClientException) and error.http_status:
        status, headers = int(error.http_status), error.http_response_headers or {}
        answer = Answer("object-store", method, url, status, headers, error.http_response_content or b"")
        return fault(answer, kind="container" if container else "account", resource_id=container)
    if isinstance(error, ValueError) and not isinstance(error, json.JSONDecodeError | UnicodeDecodeError):
        return Refused(codes.BAD_REQUEST, what=f"{method} {url}", detail=str(error))
    return session_fault(error, service="object-store", method=method, url=url)
