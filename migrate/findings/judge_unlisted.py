"""Findings about refused or excluded listings: unknown parts, and their dependents."""

from collections.abc import Iterator

from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case, boots_from_volume, everything
from migrate.findings.judge_unreadable import judge_half
from migrate.messages import codes
from migrate.model import LEFT_OUT, Kind, Port, Server, ServiceResource
from migrate.policy.policy_records import ATTACHED
from migrate.policy.scan_left_out import is_container, is_listing, is_offer, left_out_by
from migrate.policy.selectors import item

_DISKS = (Kind.IMAGE, Kind.SERVER, Kind.VOLUME, Kind.SNAPSHOT, Kind.BACKUP)
_AT_THE_TARGET: dict[str, tuple[Kind, ...]] = {
    "flavor": (Kind.SERVER,),
    # Disks pass through an image, which is found by its mark.
    "image": _DISKS,
    "volume": (Kind.VOLUME, Kind.SNAPSHOT, Kind.BACKUP, Kind.SERVER),
}
"""Kinds that cannot be created without this listing of the target; for a missing kind, only itself."""

_SUPPOSED = frozenset(
    {
        codes.NO_FLAVOR,
        codes.BOOT_VOLUME_UNKNOWN,
        codes.SERVER_IMAGE_GONE,
        codes.PORT_NETWORK_UNCLEAR,
        codes.ROUTER_INTERFACE_LOST,
        codes.DEPENDENCY_LEFT_OUT,
        codes.GROUP_OF_OTHERS_LOST,
    }
)
"""Findings about items missing from an inventory, which do not apply if the listing is missing."""


# ---------------------------------------------------------------- the whole


def judge_unlisted(case: Case) -> Iterator[Finding]:
    """`DCP-816`, `DCP-817`, `DCP-819`."""
    skips = left_out_by(case.policy.scan_skip)
    for side in (case.source, case.target):
        for row in side.others:
            if not is_listing(row):
                continue
            skip = skips.get(row.name)
            if is_offer(row, side.side):
                told = {"listing": row.name, "service": row.service, "why": row.details.get("why", "-")}
                yield finding(codes.OFFER_NOT_LISTED, cloud=side.identity.cloud, **told)
            elif side is case.target:
                continue
            elif skip is not None:
                yield finding(codes.LISTING_SKIPPED, listing=row.name, selector=skip)
            else:
                why = row.details.get("why", "-")
                yield finding(codes.SOURCE_LISTING_REFUSED, listing=row.name, service=row.service, why=why)


# ---------------------------------------------------------------- items


def judge_dependents(case: Case) -> Iterator[Finding]:
    """`DCP-818`, `DCP-900`, `DCP-901`: items that would be incomplete without a missing listing."""
    yield from _at_the_target(case)
    if case.unlisted:
        yield from _at_the_source(case)
    yield from judge_half(case)
    for row in case.source.others:
        if is_container(row):
            item_id = item(Kind.CONTAINER, row.name)
            yield finding(codes.CONTAINER_HEADERS_REFUSED, item_id, row.name, why=row.details.get("why", "-"))


def without_suppositions(findings: list[Finding]) -> list[Finding]:
    """The findings, without those that only follow from a missing listing of the item's references."""
    unknown = {
        found.item for found in findings if found.code in {codes.TARGET_LISTING_REFUSED, codes.REFERENCE_UNLISTED}
    }
    return [found for found in findings if found.item not in unknown or found.code not in _SUPPOSED]


def _at_the_target(case: Case) -> Iterator[Finding]:
    for row in case.target.others:
        if not is_listing(row) or is_offer(row, case.target.side) or _is_of_no_use(case, row):
            continue
        kinds = _AT_THE_TARGET.get(row.name) or tuple(kind for kind in Kind if kind.value == row.name)
        told = {"listing": row.name, "service": row.service, "why": row.details.get("why", "-")}
        for kind, own_id, name in everything(case):
            if kind in kinds and _is_made(case, kind, own_id, row.name):
                yield finding(codes.TARGET_LISTING_REFUSED, item(kind, own_id), name, **told)


def _is_of_no_use(case: Case, row: ServiceResource) -> bool:
    """Whether the listing does not matter: with S3, the target's Swift containers are not used."""
    return row.name == "container" and case.policy.s3 is not None


def _is_made(case: Case, kind: Kind, own_id: str, listing: str) -> bool:
    """Whether this item needs resources of the missing listing: a snapshot by policy, a volume by its path."""
    policy = case.policy
    if kind is Kind.SERVER:
        return listing != "volume" or _has_volumes(case.servers[own_id])
    becomes = {Kind.SNAPSHOT: policy.snapshots, Kind.BACKUP: policy.backups}.get(kind, kind.value)
    if listing == "image" and becomes == "volume":
        return policy.disks.restore != ATTACHED
    return listing != "volume" or becomes == "volume"


def _has_volumes(server: Server) -> bool:
    return bool(server.attachments) or boots_from_volume(server)


def _at_the_source(case: Case) -> Iterator[Finding]:
    for kind, own_id, name in everything(case):
        lacks = next((listing for listing in _names(case, kind, own_id) if listing in case.unlisted), None)
        if lacks is not None:
            why = case.unlisted[lacks].details.get("why", "-")
            yield finding(codes.REFERENCE_UNLISTED, item(kind, own_id), name, listing=lacks, why=why)


def _names(case: Case, kind: Kind, own_id: str) -> tuple[str, ...]:
    """The listings with the references of this item."""
    match kind:
        case Kind.SUBNET:
            return ("network",)
        case Kind.ROUTER:
            return ("port", "subnet", "network")
        case Kind.PORT:
            return _of_port(case.ports[own_id])
        case Kind.TRUNK:
            return ("port",)
        case Kind.FLOATING_IP:
            return ("port", "router") if case.floating_ips[own_id].port_id else ("port-forwarding",)
        case Kind.SNAPSHOT | Kind.BACKUP:
            return ("volume",)
        case Kind.SERVER:
            return _of_server(case, case.servers[own_id])
        case _:
            return ()


def _of_port(port: Port) -> tuple[str, ...]:
    return ("network", "subnet", *(("security-group",) if port.security_group_ids else ()))


def _of_server(case: Case, server: Server) -> tuple[str, ...]:
    # An image excluded by the policy still exists: the captured disk has its properties.
    images = case.unlisted.get("image")
    by_image = server.image_id and images is not None and images.details.get("why") != LEFT_OUT
    return (*(("volume",) if _has_volumes(server) else ()), "port", *(("image",) if by_image else ()))
