"""Compares the content for the target's Swift with the quotas of its account and containers."""

from collections.abc import Iterator

from migrate.findings.at_target.header_meanings import QUOTA
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case
from migrate.messages import codes
from migrate.model import OBJECT_BYTES, Container, Kind
from migrate.model.steps import CopyContainer, Plan
from migrate.policy.selectors import item

_NO_CONTAINER = Container(name="")


def judge_object_room(case: Case, plan: Plan) -> Iterator[Finding]:
    """`DCP-902`, `DCP-903` and `DCP-905`. S3 reports no quotas."""
    if case.policy.s3 is not None:
        return
    there = {container.name: container for container in case.target.containers}
    copied = {step.action.name for step in plan.steps if isinstance(step.action, CopyContainer)}
    moving = [container for container in case.source.containers if container.name in copied]
    for container in moving:
        yield from _container(container, there.get(container.name, _NO_CONTAINER))
    # For an existing container, its current content is already stored.
    need = sum(max(0, one.size_bytes - there.get(one.name, _NO_CONTAINER).size_bytes) for one in moving)
    account = case.target.facts.quotas.get(OBJECT_BYTES)
    if account is not None and (short := account.used + need - account.limit) > 0 and need:
        yield finding(codes.ACCOUNT_QUOTA_SHORT, need=need, used=account.used, limit=account.limit, short=short)
    elif case.policy.store_container:
        yield from _store(case, plan, there.get(case.policy.store_container, _NO_CONTAINER), need)


def _container(source: Container, there: Container) -> Iterator[Finding]:
    """Findings about the quota of a container, which will hold at least the source's content."""
    item_id, said = item(Kind.CONTAINER, source.name), there.headers
    limit = _number(said, f"{QUOTA}bytes")
    if limit is not None and source.size_bytes > limit:
        sizes = {"need": source.size_bytes, "limit": limit}
        yield finding(codes.CONTAINER_QUOTA_SHORT, item_id, source.name, header=f"{QUOTA}bytes", **sizes)
    most = _number(said, f"{QUOTA}count")
    if most is not None and source.objects > most:
        yield finding(
            codes.CONTAINER_QUOTA_SHORT, item_id, source.name, header=f"{QUOTA}count", need=source.objects, limit=most
        )


def _store(case: Case, plan: Plan, there: Container, need: int) -> Iterator[Finding]:
    """Findings about the store's container: the captures' size is unknown before they are read, but at most the disks'
    sizes.
    """
    # Resources made from a captured disk already exist under that disk's id.
    there_by_now = {source_id for _, source_id in case.ours}
    captures = [step for step in plan.steps if step.action.fills_store]
    disks = sum(step.size_bytes for step in captures if step.id.split(":")[1] not in there_by_now)
    account = case.target.facts.quotas.get(OBJECT_BYTES)
    own = _number(there.headers, f"{QUOTA}bytes")
    rooms = [account.limit - account.used - need] if account else []
    rooms += [own - there.size_bytes] if own is not None else []
    if rooms and disks > min(rooms):
        container, room = case.policy.store_container, max(0, min(rooms))
        yield finding(codes.STORE_CONTAINER_SHORT, container=container, disks=disks, room=room)


def _number(headers: dict[str, str], name: str) -> int | None:
    """A quota in a header; None if it is not a number, which other stores may allow."""
    said = headers.get(name, "")
    return int(said) if said.isdecimal() else None
