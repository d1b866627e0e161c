"""Findings about services that Decamp cannot move or the target lacks, and logins that expire too soon."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from migrate.findings.decide_what_moves import Decision
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case, everything
from migrate.findings.judge_unlisted import judge_unlisted
from migrate.findings.judge_unreadable import judge_odd
from migrate.messages import codes
from migrate.model import Inventory, Kind, ServiceResource
from migrate.model.steps import Plan
from migrate.policy.scan_left_out import is_container, is_listing, is_odd
from migrate.policy.selectors import item, skipped_item
from migrate.units import utc_moment

_CODES = {
    Kind.LOAD_BALANCER: codes.LOAD_BALANCER,
    Kind.STACK: codes.HEAT_STACK,
    Kind.DNS_ZONE: codes.DNS_ZONE,
    Kind.SECRET: codes.SECRET,
    Kind.SHARE: codes.SHARED_FILE_SYSTEM,
    Kind.CLUSTER: codes.CLUSTER,
}
_NEEDS: dict[Kind, tuple[str, ...]] = {
    Kind.KEYPAIR: ("compute",),
    Kind.SERVER_GROUP: ("compute",),
    Kind.SERVER: ("compute", "network", "image"),
    Kind.IMAGE: ("image",),
    # Disks pass through an image. The finding for a snapshot that becomes a volume is that of its volume.
    Kind.VOLUME: ("block-storage", "image"),
    Kind.SNAPSHOT: ("image",),
    Kind.BACKUP: ("block-storage", "image"),
}
_NETWORK = (
    Kind.SECURITY_GROUP,
    Kind.NETWORK,
    Kind.SUBNET,
    Kind.ROUTER,
    Kind.PORT,
    Kind.FLOATING_IP,
    Kind.TRUNK,
)
_POLICY_SAYS_NO = frozenset({codes.SNAPSHOTS_LEFT, codes.BACKUP_LEFT, codes.SKIPPED_BY_POLICY})

SUPPOSED_BYTES_PER_S = 50 << 20
"""The assumed speed without a bandwidth in the policy; work is never faster than this."""


def judge_others(decision: Decision, plan: Plan) -> Iterator[Finding]:
    """`DCP-608`, `DCP-801` to `DCP-808`, `DCP-840`; for missing or unreadable listings `DCP-816`, `DCP-817`, `DCP-819`,
    `DCP-907` to `DCP-909`.
    """
    case = decision.case
    yield from _logins(case, plan)
    for resource in case.source.others:
        if not is_listing(resource) and not is_container(resource) and not is_odd(resource):
            yield from _resource(case, resource)
    yield from judge_unlisted(case)
    yield from judge_odd(case)
    yield from _services(decision)


def _resource(case: Case, resource: ServiceResource) -> Iterator[Finding]:
    if not resource.id:
        if left_out := resource.details.get("skip"):
            yield finding(codes.LISTING_SKIPPED, listing=resource.service, selector=left_out)
            return
        why = resource.details.get("why", "-")
        yield finding(
            codes.SERVICE_NOT_LISTED, "", resource.name or resource.service, service=resource.service, why=why
        )
        return
    item_id = item(resource.kind, resource.id)
    if skipped_item(case.policy, item_id, resource.name) is not None:
        return
    code, details = _CODES.get(resource.kind, codes.OTHER_SERVICE), _details_text(resource.details)
    if code == codes.HEAT_STACK:
        yield finding(code, item_id, resource.name, servers=", ".join(_owned_servers(case, resource)) or "-")
    elif code == codes.OTHER_SERVICE:
        yield finding(code, item_id, resource.name, service=resource.service, details=details)
    else:
        yield finding(code, item_id, resource.name, details=details)


def _details_text(details: dict[str, str]) -> str:
    return ", ".join(f"{key} {value}" for key, value in sorted(details.items()) if value) or "-"


def _owned_servers(case: Case, stack: ServiceResource) -> list[str]:
    """Names of the servers created by the stack, or by one nested in it."""
    return sorted(server.name or server.id for server in case.source.servers if server.stack_id == stack.id)


# ---------------------------------------------------------------- services and logins


def _services(decision: Decision) -> Iterator[Finding]:
    """Findings about services missing at the target; counts items that would move if the service existed."""
    offered = decision.case.target.facts.services
    missing: Counter[str] = Counter()
    for kind, own_id, _ in everything(decision.case):
        left_out = decision.left_out.get(item(kind, own_id))
        if left_out is None or left_out.code not in _POLICY_SAYS_NO:
            needs = ("network",) if kind in _NETWORK else _NEEDS.get(kind, ())
            missing.update(service for service in needs if service not in offered)
    for service, count in sorted(missing.items()):
        yield finding(codes.TARGET_SERVICE_MISSING, service=service, items=count)


def _logins(case: Case, plan: Plan) -> Iterator[Finding]:
    for side in (case.source, case.target):
        ends_at = side.facts.login_ends_at or ""
        ends = utc_moment(ends_at)
        if ends and ends < _last_needed(case, side, plan):
            yield finding(codes.TOKEN_ENDS_EARLY, cloud=side.identity.cloud, ends_at=ends_at)


def _last_needed(case: Case, side: Inventory, plan: Plan) -> datetime:
    """The deadline, or the end of the work if it began with the scan; uses no clock but the inventory's."""
    content = sum(step.content_bytes for step in plan.steps)
    speed = case.policy.limits.bandwidth_bytes_per_s or SUPPOSED_BYTES_PER_S
    work_ends = side.scanned_at + timedelta(seconds=content / speed)
    deadline = utc_moment(case.policy.deadline or "")
    return max(work_ends, deadline) if deadline else work_ends
