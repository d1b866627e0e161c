"""Findings about unreadable items in listings, and about items that would be incomplete without them."""

from collections.abc import Iterator
from dataclasses import dataclass

from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case, everything
from migrate.messages import codes
from migrate.model import LEFT_OUT, ODD, Kind, Port, Server, ServiceResource, is_plain_id
from migrate.policy.scan_left_out import is_odd, is_unreadable
from migrate.policy.selectors import item

_BY_NAME = (Kind.CONTAINER, Kind.KEYPAIR)


def judge_odd(case: Case) -> Iterator[Finding]:
    """`DCP-907`: at the source, left out. `DCP-908`: at the target, or not movable anyway. `DCP-909`: it moves."""
    for side in (case.source, case.target):
        for row in side.others:
            if not is_odd(row):
                continue
            listing = row.details.get("listing", "")
            told = {"what": row.name, "listing": listing, "service": row.service, "why": row.details.get("why", "-")}
            if side is case.source and is_unreadable(row, side.side):
                yield finding(codes.UNREADABLE_LEFT_OUT, _item(row), row.name, **told)
            elif row.details[ODD] == LEFT_OUT:
                yield finding(codes.UNREADABLE_UNCHECKED, "", row.name, cloud=side.identity.cloud, **told)
            elif side is case.source:
                yield finding(codes.LISTED_ODDLY, _item(row), row.name, **told)


def odd_items(rows: tuple[ServiceResource, ...], side: str) -> frozenset[str]:
    """The unreadable items, as far as they are identifiable."""
    return frozenset(_item(row) for row in rows if is_unreadable(row, side)) - {""}


def _item(row: ServiceResource) -> str:
    own_id = row.name if row.kind in _BY_NAME else row.details.get("id", "")
    is_known = row.kind in _BY_NAME or (row.kind is not Kind.OTHER and is_plain_id(own_id))
    return item(row.kind, own_id) if is_known else ""


# ---------------------------------------------------------------- references to them


@dataclass(frozen=True)
class _Missing:
    """The unreadable items of one listing. `nameless`: some of them have no readable id."""

    ids: frozenset[str]
    owners: frozenset[str]
    nameless: bool


def judge_half(case: Case) -> Iterator[Finding]:
    """`DCP-900`: items that refer to an unreadable one."""
    rows = [row for row in case.source.others if is_unreadable(row, case.source.side)]
    missing = {listing: _unreadable_ids(rows, listing) for listing in {row.details["listing"] for row in rows}}
    for kind, own_id, name in everything(case) if missing else ():
        for listing, ref in _names(case, kind, own_id):
            lacks = missing.get(listing)
            is_there = ref in _known(case, listing)
            if lacks and (ref in lacks.ids or own_id in lacks.owners or (lacks.nameless and ref and not is_there)):
                yield finding(codes.REFERENCE_UNLISTED, item(kind, own_id), name, listing=listing, why=ODD)
                break


def _unreadable_ids(rows: list[ServiceResource], listing: str) -> _Missing:
    own = [row.details for row in rows if row.details["listing"] == listing]
    ids = frozenset(found for details in own if is_plain_id(found := details.get("id", "")))
    owners = frozenset(details["owner"] for details in own if "owner" in details)
    return _Missing(ids, owners, any(not is_plain_id(details.get("id", "")) for details in own))


def _known(case: Case, listing: str) -> frozenset[str]:
    source = case.source
    match listing:
        case "volume":
            return frozenset(one.id for one in source.volumes)
        case "port":
            return frozenset(one.id for one in source.ports)
        case "network":
            return frozenset(one.id for one in (*source.networks, *source.facts.external_networks))
        case "subnet":
            return frozenset(one.id for one in source.subnets)
        case "security-group":
            return frozenset(one.id for one in source.security_groups)
    return frozenset()


def _names(case: Case, kind: Kind, own_id: str) -> Iterator[tuple[str, str]]:
    """(listing, id) of this item's references; a port refers to its device."""
    match kind:
        case Kind.SERVER:
            yield from _of_server(case.servers[own_id])
        case Kind.PORT:
            yield from _of_port(case.ports[own_id])
        case Kind.SNAPSHOT:
            yield from (("volume", one.volume_id) for one in case.source.snapshots if one.id == own_id)
        case Kind.ROUTER:
            yield "port", ""
            for router in case.source.routers:
                yield from (("subnet", one.subnet_id) for one in router.interfaces if router.id == own_id)
        case Kind.TRUNK:
            for trunk in case.source.trunks:
                ports = (trunk.port_id, *(sub.port_id for sub in trunk.sub_ports))
                yield from (("port", port_id) for port_id in ports if trunk.id == own_id)
        case Kind.FLOATING_IP:
            yield "port", case.floating_ips[own_id].port_id or ""


def _of_server(server: Server) -> Iterator[tuple[str, str]]:
    yield "port", ""
    yield from (("volume", one.volume_id) for one in server.attachments)


def _of_port(port: Port) -> Iterator[tuple[str, str]]:
    yield "network", port.network_id
    yield from (("subnet", fixed.subnet_id) for fixed in port.fixed_ips)
    yield from (("security-group", group_id) for group_id in port.security_group_ids)
