"""Translates S3's error answers into our exceptions, by the error's code, else by status. HEAD has no code."""

from collections.abc import Mapping
from dataclasses import dataclass

from migrate import own_secrets
from migrate.clouds.http import TRANSIENT_STATUSES, retry_after_s
from migrate.clouds.s3.xml_answers import Problem
from migrate.errors import (
    AccessError,
    ConflictError,
    DecampError,
    Denied,
    IntegrityError,
    NotFound,
    QuotaExceeded,
    Refused,
    TransientError,
    Unsupported,
)
from migrate.messages import codes

_DETAIL_CHARS = 300
_BEHIND_THE_END = 416
"""The object is shorter than requested: treated like a short body."""
_LOGIN = frozenset(
    {
        "AuthorizationHeaderMalformed",
        "ExpiredToken",
        "InvalidAccessKeyId",
        "InvalidToken",
        "NotSignedUp",
        "RequestTimeTooSkewed",
        "SignatureDoesNotMatch",
        "TokenRefreshRequired",
    }
)
_OTHER_BYTES = frozenset({"BadDigest", "XAmzContentChecksumMismatch", "XAmzContentSHA256Mismatch"})
_QUOTA = frozenset({"QuotaExceeded", "ServiceQuotaExceeded", "TooManyBuckets", "XMinioStorageFull"})
_PASSING = frozenset(
    {
        "IncompleteBody",
        "InternalError",
        "OperationAborted",
        "RequestTimeout",
        "ServiceUnavailable",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
    }
)
_TAKEN = frozenset({"BucketAlreadyExists", "BucketAlreadyOwnedByYou"})


@dataclass(frozen=True)
class Answer:
    """The parts of an answer that determine the error. `subject`: the resource, such as `object box/name`."""

    method: str
    url: str
    status: int
    headers: Mapping[str, str]
    problem: Problem
    kind: str
    subject: str


def fault(answer: Answer) -> DecampError:
    """The error for an answer with a status of 300 or more, or with an error document."""
    said, status = answer.problem, answer.status
    told = own_secrets.without_secrets(f"{said.code}: {said.message}")[:_DETAIL_CHARS]
    words = told if said.code else f"{answer.method} answered {status}"
    what = f"{answer.kind} {answer.subject}: {words}"
    facts: dict[str, object] = {
        "status": status,
        "url": answer.url,
        "request_id": answer.headers.get("x-amz-request-id", ""),
    }
    if said.code in _LOGIN or status == 401:
        return AccessError(codes.S3_LOGIN_REFUSED, why=words, **facts)
    if said.code in _OTHER_BYTES:
        return IntegrityError(codes.BYTES_DIFFER, what=what, **facts)
    if said.code in _QUOTA:
        return QuotaExceeded(codes.QUOTA_EXCEEDED, resource=what, **facts)
    if said.code in _PASSING or status in TRANSIENT_STATUSES:
        return TransientError(codes.CLOUD_UNAVAILABLE, retry_after_s=retry_after_s(answer.headers), what=what, **facts)
    if said.code in _TAKEN:
        return ConflictError(codes.IN_THE_WAY, what=what, **facts)
    return _by_status(answer, what, facts)


def _by_status(answer: Answer, what: str, facts: Mapping[str, object]) -> DecampError:
    status = answer.status
    if 300 <= status < 400:
        region = answer.headers.get("x-amz-bucket-region") or "another one"
        return Refused(codes.BAD_REQUEST, what=f"{what}; its region is {region}", **facts)
    if status == 403:
        return Denied(codes.NOT_ALLOWED, what=what, **facts)
    if status in {404, 410}:
        return NotFound(codes.GONE, kind=answer.kind, id=answer.subject, **facts)
    if status == _BEHIND_THE_END:
        return TransientError(codes.CLOUD_UNAVAILABLE, retry_after_s=None, what=what, **facts)
    if status in {405, 501}:
        return Unsupported(codes.UNSUPPORTED, what=what, **facts)
    return Refused(codes.BAD_REQUEST, what=what, **facts)
