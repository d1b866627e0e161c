"""Each way of saying no, as the services really say it."""

import json

import pytest

from migrate.clouds.openstack.faults import Answer, fault, unreachable
from migrate.errors import (
    ConflictError,
    DecampError,
    Denied,
    IntegrityError,
    LoginRefused,
    NotFound,
    QuotaExceeded,
    Refused,
    TransientError,
    Unsupported,
)
from migrate.messages import codes

NEUTRON = "NeutronError"
OVER_LIMIT = {"overLimit": {"code": 413, "message": "VolumeLimitExceeded: Maximum number …", "retryAfter": "0"}}
NOVA_QUOTA = {"forbidden": {"code": 403, "message": "Quota exceeded for instances: Requested 1, but already used 10"}}
NOVA_POLICY = {"forbidden": {"code": 403, "message": "Policy doesn't allow os_compute_api:x to be performed."}}


@pytest.mark.parametrize(
    ("service", "status", "document", "headers", "kind"),
    [
        ("block-storage", 413, OVER_LIMIT, {"Retry-After": "0"}, QuotaExceeded),
        ("compute", 413, {"overLimit": {"code": 413, "message": "slow down"}}, {"Retry-After": "12"}, TransientError),
        ("compute", 403, NOVA_QUOTA, {}, QuotaExceeded),
        ("compute", 403, NOVA_POLICY, {}, Denied),
        ("network", 409, {NEUTRON: {"type": "OverQuota", "message": "q", "detail": ""}}, {}, QuotaExceeded),
        ("network", 409, {NEUTRON: {"type": "SecurityGroupRuleExists", "message": "q"}}, {}, Refused),
        ("network", 409, {NEUTRON: {"type": "IpAddressAlreadyAllocated", "message": "q"}}, {}, ConflictError),
        ("network", 403, {NEUTRON: {"type": "PolicyNotAuthorized", "message": "quota exceeded"}}, {}, Denied),
        ("network", 404, {NEUTRON: {"type": "NetworkNotFound", "message": "q"}}, {}, NotFound),
        ("image", 409, {}, {}, Refused),
        ("image", 413, {}, {}, Refused),
        ("image", 410, {}, {}, NotFound),
        ("object-store", 422, {}, {}, IntegrityError),
        ("object-store", 413, {}, {}, Refused),
        ("object-store", 498, {}, {}, TransientError),
        ("object-store", 507, {}, {}, TransientError),
        ("compute", 400, {"badRequest": {"code": 400, "message": "no"}}, {}, Refused),
        ("compute", 401, {}, {}, LoginRefused),
        ("compute", 406, {}, {}, Unsupported),
        ("compute", 429, {}, {"Retry-After": "5"}, TransientError),
        ("network", 500, {}, {}, TransientError),
        ("image", 302, {}, {}, Unsupported),
    ],
)
def test_faults(service: str, status: int, document: object, headers: dict[str, str], kind: type[DecampError]) -> None:
    answer = Answer(service, "POST", "http://x/y", status, headers, json.dumps(document).encode())
    error = fault(answer, kind="thing", resource_id="t1")
    assert type(error) is kind
    assert error.facts["status"] == status
    assert error.facts["url"] == "http://x/y"


def test_a_quota_is_never_waited_for() -> None:
    answer = Answer("block-storage", "POST", "u", 413, {"Retry-After": "0"}, json.dumps(OVER_LIMIT).encode())
    error = fault(answer, kind="volume")
    assert isinstance(error, QuotaExceeded)
    assert (error.code, error.facts["resource"]) == (codes.QUOTA_EXCEEDED, "volume")


def test_a_full_container_is_a_quota() -> None:
    answer = Answer("object-store", "PUT", "u", 413, {}, b"<html><h1>Too Large</h1><p>Upload exceeds quota.</p></html>")
    assert isinstance(fault(answer), QuotaExceeded)


def test_what_the_cloud_asked_to_wait_is_kept() -> None:
    error = fault(Answer("compute", "GET", "u", 503, {"Retry-After": "40"}))
    assert isinstance(error, TransientError)
    assert error.retry_after_s == 40


def test_request_id_and_plain_words() -> None:
    headers = {"x-openstack-request-id": "req-1"}
    error = fault(Answer("image", "PUT", "u", 400, headers, b"<html><body>Bad   <b>thing</b></body></html>"))
    assert (error.facts["request_id"], error.facts["detail"]) == ("req-1", "Bad thing")


def test_a_failure_that_leads_back_to_itself_ends() -> None:
    """A proxy that cannot be reached: what the library raised again was its own cause."""
    one, other = OSError("no way"), ValueError("tried again")
    one.__cause__, other.__context__ = other, one
    assert unreachable(one, url="http://cloud", reason="OSError").code == codes.UNREACHABLE
