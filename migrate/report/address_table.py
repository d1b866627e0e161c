"""Old and new addresses, ids and MAC addresses of everything that moves, by server."""

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from itertools import zip_longest
from typing import NamedTuple
from urllib.parse import quote

from msgspec import UNSET

from migrate.model import Inventory, Kind, Port, Record
from migrate.model.steps import CopyContainer, MakeFloatingIp, MakePort, MakeServer, Plan, RestoreVolume
from migrate.plan.address_fates import Fate, address_fates
from migrate.report.moved import Moved
from migrate.report.words import pointer


class What(StrEnum):
    """Which property of a resource a row is about."""

    ID = "id"
    ADDRESS = "address"
    MAC = "mac"
    URL = "url"


class Standing(StrEnum):
    """State of the new value. PLANNED: known beforehand, the resource does not exist yet. NOT_ASKED: the resource
    exists, but the target was not queried. MISSING: the target no longer has it. STAYS: the resource does not move."""

    CHANGED = "changed"
    KEPT = "kept"
    PLANNED = "planned"
    NOT_MADE = "not-made"
    NOT_ASKED = "not-asked"
    MISSING = "missing"
    STAYS = "stays"


class AddressRow(Record, frozen=True, kw_only=True):
    """One value. `server`, `server_id`: the source server that it belongs to, or empty. `new`: empty while unknown."""

    server: str
    server_id: str
    kind: Kind
    name: str
    what: What
    old: str
    new: str
    standing: Standing

    @property
    def is_to_be_told(self) -> bool:
        """Whether people must update this address elsewhere."""
        return self.what is What.ADDRESS and self.standing not in (Standing.KEPT, Standing.PLANNED)


class Seen(NamedTuple):
    """Addresses by target id of port or floating IP, and MAC addresses by target id of port.

    `is_live`: they were just read from the target, so whatever is not in them no longer exists there.
    """

    addresses: Mapping[str, str]
    macs: Mapping[str, str]
    is_live: bool


_WITH_ID = frozenset(
    {
        *(Kind.SERVER, Kind.PORT, Kind.FLOATING_IP, Kind.VOLUME, Kind.IMAGE),
        *(Kind.NETWORK, Kind.SUBNET, Kind.ROUTER, Kind.SECURITY_GROUP),
    }
)
"""Kinds identified by an id; key pairs and containers are identified by their name, which does not change."""


def address_rows(
    plan: Plan, moved: Iterable[Moved], seen: Seen, source: Inventory | None = None, target: Inventory | None = None
) -> tuple[AddressRow, ...]:
    """Rows by server, kind and name. Without the inventories, URLs and addresses left behind are missing."""
    table = _Table(plan, seen, _swift_url(source), _swift_url(target))
    rows = [row for one in moved for row in table.rows(one)]
    rows += _staying(plan, source) if source else ()
    kinds, whats = list(Kind), list(What)
    return tuple(
        sorted(
            rows,
            key=lambda row: (
                row.server_id == "",
                row.server,
                row.server_id,
                kinds.index(row.kind),
                row.name,
                whats.index(row.what),
            ),
        )
    )


class _Table:
    def __init__(self, plan: Plan, seen: Seen, old_url: str, new_url: str) -> None:
        self._seen, self._old_url, self._new_url = seen, old_url, new_url
        self._steps = {step.id: step for step in plan.steps}
        actions = [step.action for step in plan.steps]
        servers = [action.server for action in actions if isinstance(action, MakeServer)]
        ports = {action.want.id: action.want for action in actions if isinstance(action, MakePort)}
        self._names = {server.id: server.name for server in servers}
        self._servers = {own_id: port.device_id for own_id, port in ports.items()}
        self._servers |= {one.volume_id: server.id for server in servers for one in server.attachments}
        self._servers |= {server.id: server.id for server in servers}

    def rows(self, moved: Moved) -> Iterator[AddressRow]:
        action = self._steps[moved.step_id].action
        holder = self._holder(action, moved)
        if moved.kind in _WITH_ID:
            yield _row(moved, holder, What.ID, moved.old_id, moved.new_id or "", _of_id(moved))
        if isinstance(action, MakeFloatingIp):
            yield self._value(moved, holder, What.ADDRESS, action.want.address)
        elif isinstance(action, MakePort):
            yield from self._port(moved, holder, action)
        elif isinstance(action, CopyContainer) and self._old_url:
            yield self._container(moved, action)

    def _holder(self, action: object, moved: Moved) -> tuple[str, str]:
        """Name and id of the server that the resource belongs to; empty for none."""
        server_id = ""
        if isinstance(action, MakeFloatingIp):
            server_id = self._servers.get(action.want.port_id or "", "")
        elif isinstance(action, MakePort | MakeServer | RestoreVolume):
            server_id = self._servers.get(moved.old_id, "")
        return (self._names[server_id], server_id) if server_id in self._names else ("", "")

    def _port(self, moved: Moved, holder: tuple[str, str], action: MakePort) -> Iterator[AddressRow]:
        """Kept addresses first, then changed ones, each next to a new address of the same IP version."""
        changed = action.changed_addresses
        kept = [one.ip_address for one in action.want.fixed_ips if one.ip_address not in changed]
        there = [one for one in self._seen.addresses.get(moved.new_id or "", "").split(", ") if one]
        for address in kept:
            yield self._value(
                moved, holder, What.ADDRESS, address, planned=address, new=address if address in there else ""
            )
        for version in (".", ":"):
            olds = [one for one in changed if version in one]
            news = [one for one in there if version in one and one not in kept]
            for old, new in zip_longest(olds, news[: len(olds)], fillvalue=""):
                yield self._value(moved, holder, What.ADDRESS, old, new=new)
        if action.want.mac_address:
            mac = action.want.mac_address
            new = self._seen.macs.get(moved.new_id or "", "")
            yield self._value(moved, holder, What.MAC, mac, planned=mac if action.keep_mac else "", new=new)

    def _container(self, moved: Moved, action: CopyContainer) -> AddressRow:
        old = f"{self._old_url}/{quote(action.name)}"
        if action.place is UNSET:
            new = f"{self._new_url}/{quote(action.name)}" if self._new_url else ""
        else:
            new = _s3_url(action)
        return self._value(moved, ("", ""), What.URL, old, planned=new)

    def _value(
        self, moved: Moved, holder: tuple[str, str], what: What, old: str, *, planned: str = "", new: str | None = None
    ) -> AddressRow:
        """`planned`: the value known beforehand. `new`: the value seen at the target; None: look it up."""
        if new is None:
            new = self._seen.addresses.get(moved.new_id or "", "") if what is What.ADDRESS else ""
        is_made = bool(moved.new_id)
        value = new or planned
        if not is_made:
            standing = Standing.PLANNED if planned else Standing.NOT_MADE
        elif not new and self._seen.is_live and what is not What.URL:
            standing, value = Standing.MISSING, ""
        elif not value:
            standing = Standing.NOT_ASKED
        else:
            standing = Standing.KEPT if value == old else Standing.CHANGED
        return _row(moved, holder, what, old, value if is_made or planned else "", standing)


def _row(moved: Moved, holder: tuple[str, str], what: What, old: str, new: str, standing: Standing) -> AddressRow:
    return AddressRow(
        server=holder[0],
        server_id=holder[1],
        kind=moved.kind,
        name=moved.name,
        what=what,
        old=old,
        new=new,
        standing=standing,
    )


def _of_id(moved: Moved) -> Standing:
    return Standing.CHANGED if moved.new_id else Standing.NOT_MADE


def _staying(plan: Plan, source: Inventory) -> Iterator[AddressRow]:
    """Rows of addresses whose resource does not move."""
    names = {server.id: server.name for server in source.servers}
    ports = {port.id: port for port in source.ports}
    fates = address_fates(plan, source)

    def row(port: Port | None, kind: Kind, name: str, address: str) -> AddressRow:
        server_id = port.device_id if port and port.device_id in names else ""
        return AddressRow(
            server=names.get(server_id, ""),
            server_id=server_id,
            kind=kind,
            name=name,
            what=What.ADDRESS,
            old=address,
            new="",
            standing=Standing.STAYS,
        )

    for one in source.floating_ips:
        if fates[one.address] is Fate.STAYS:
            yield row(ports.get(one.port_id or ""), Kind.FLOATING_IP, one.address, one.address)
    for port in source.ports:
        for fixed in port.fixed_ips:
            if fates.get(fixed.ip_address) is Fate.STAYS:
                yield row(port, Kind.PORT, port.name, fixed.ip_address)


def _swift_url(inventory: Inventory | None) -> str:
    """URL of the account in Swift according to the catalogue, or empty."""
    if inventory is None or inventory.facts.endpoints is UNSET:
        return ""
    return next(iter(inventory.facts.endpoints.get("object-store", ())), "").rstrip("/")


def _s3_url(action: CopyContainer) -> str:
    assert action.place is not UNSET
    return f"s3://{action.place.bucket}/{quote(action.place.prefix)}"


def told_rows(rows: Iterable[AddressRow]) -> list[tuple[str, AddressRow]]:
    """Rows of addresses that people must update, each with its pointer into the JSON report."""
    return [(pointer("addresses", place), row) for place, row in enumerate(rows) if row.is_to_be_told]
