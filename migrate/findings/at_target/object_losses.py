"""Object headers that S3 cannot hold, as far as scanned: for findings, and for verify."""

from collections.abc import Iterator

from msgspec import UNSET

from migrate.findings.at_target.header_meanings import META
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case, is_segments
from migrate.messages import codes
from migrate.model import Container, Inventory, Kind
from migrate.model.s3_objects import EXPIRES_AT, KEEP, RULE, SKIP
from migrate.policy.policy_records import Policy
from migrate.policy.selectors import accepted, item

_EXPIRING = {RULE: codes.EXPIRY_BECOMES_RULE, KEEP: codes.EXPIRY_DROPPED, SKIP: codes.EXPIRING_LEFT}


def headers_unseen(case: Case) -> Iterator[Finding]:
    """Reports objects that move to S3 without a check of their headers."""
    going = [one for one in case.source.containers if one.name in case.places and not is_segments(one.name)]
    unseen = [one.objects for one in going if one.lost_headers is UNSET and one.objects]
    if unseen:
        yield finding(codes.OBJECT_HEADERS_UNCHECKED, containers=len(unseen), objects=sum(unseen))


def lost_headers(policy: Policy, container: Container, item: str) -> Iterator[Finding]:
    """Reports lost headers of objects in a container that moves to S3."""
    name = container.name
    for lost in () if container.lost_headers is UNSET else container.lost_headers:
        shown = ", ".join(lost.examples)
        if lost.header == EXPIRES_AT:
            yield finding(_EXPIRING[policy.expiring], item, name, objects=lost.objects, examples=shown)
        else:
            yield finding(
                codes.OBJECT_HEADERS_LOST, item, name, header=lost.header, objects=lost.objects, examples=shown
            )
    if container.sampled is not UNSET:
        yield finding(
            codes.OBJECT_HEADERS_PARTLY_CHECKED, item, name, looked=container.sampled, objects=container.objects
        )


def is_told(policy: Policy, source: Inventory, container: str, header: str) -> bool:
    """Whether the loss of this header was known when the plan was made.

    That expiring objects stay forever is only known if the policy says so.
    """
    if header == EXPIRES_AT:
        return policy.expiring == KEEP
    if header.startswith(META):
        return accepted(policy, codes.BUCKET_SETTING_REFUSED, item(Kind.CONTAINER, container), container)
    found = next((one for one in source.containers if one.name == container), None)
    scanned = () if found is None or found.lost_headers is UNSET else found.lost_headers
    is_scanned = any(lost.header == header for lost in scanned)
    return is_scanned or accepted(policy, codes.OBJECT_HEADERS_LOST, item(Kind.CONTAINER, container), container)
