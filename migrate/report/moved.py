"""The table of old and new resources: one row for each moved one."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from migrate.ledger.ledger_records import Effect, State, StepState
from migrate.model import Kind, Record, Role
from migrate.model.steps import (
    AnyAction,
    CopyContainer,
    ImportKeypair,
    MakeFloatingIp,
    MakeNetwork,
    MakePort,
    MakeRouter,
    MakeSecurityGroup,
    MakeServer,
    MakeSubnet,
    Plan,
    RestoreImage,
    RestoreVolume,
    Step,
)


class Moved(Record, frozen=True, kw_only=True):
    """One resource, old and new. `old`, `new`: address, flavor, type or cidr, if any.

    `new_id`: None until it is created; an empty `new["address"]` means that the new address is not known here.
    """

    step_id: str
    kind: Kind
    name: str
    old_id: str
    state: State
    new_id: str | None = None
    old: dict[str, str] = {}
    new: dict[str, str] = {}
    size_bytes: int = 0
    objects: int = 0

    @property
    def is_readdressed(self) -> bool:
        """Whether its address changes, so that others must be told."""
        is_addressed = self.kind in (Kind.FLOATING_IP, Kind.PORT) and bool(self.old["address"])
        return is_addressed and self.old["address"] != self.new.get("address")


class _Thing(NamedTuple):
    kind: Kind
    source_id: str
    name: str
    old: dict[str, str]
    new: dict[str, str]
    objects: int = 0


def moved_rows(
    plan: Plan, states: Mapping[str, StepState], effects: Iterable[Effect], addresses: Mapping[str, str]
) -> tuple[Moved, ...]:
    """A row for each step that creates a lasting resource, by kind and name.

    Args:  addresses: maps target ids of floating IPs and ports to addresses, as far as known.
    """
    made = {
        (effect.step_id, effect.kind): effect.resource_id
        for effect in effects
        if effect.side == "target" and effect.role is Role.MOVED and not effect.removed
    }
    rows = [_row(step, thing, states, made, addresses) for step in plan.steps if (thing := _thing(step.action))]
    order = {kind: index for index, kind in enumerate(Kind)}
    return tuple(sorted(rows, key=lambda row: (order[row.kind], row.name, row.old_id)))


def _row(
    step: Step,
    thing: _Thing,
    states: Mapping[str, StepState],
    made: Mapping[tuple[str, Kind], str],
    addresses: Mapping[str, str],
) -> Moved:
    new_id = made.get((step.id, thing.kind))
    new = dict(thing.new)
    if thing.kind is Kind.FLOATING_IP or (thing.kind is Kind.PORT and "address" not in new):
        new["address"] = addresses.get(new_id or "", "")
    state = states.get(step.id)
    return Moved(
        step_id=step.id,
        kind=thing.kind,
        name=thing.name,
        old_id=thing.source_id,
        state=state.state if state else State.PENDING,
        new_id=new_id,
        old=thing.old,
        new=new,
        size_bytes=step.size_bytes,
        objects=thing.objects,
    )


def _thing(action: AnyAction) -> _Thing | None:
    """The lasting resource created by the action; None for a step on the way to it."""
    match action:
        case ImportKeypair(keypair=it):
            return _Thing(Kind.KEYPAIR, it.name, it.name, {}, {})
        case MakeSecurityGroup(want=it):
            return _Thing(Kind.SECURITY_GROUP, it.id, it.name, {}, {})
        case MakeNetwork(want=it):
            return _Thing(Kind.NETWORK, it.id, it.name, {}, {})
        case MakeSubnet(want=it):
            return _Thing(Kind.SUBNET, it.id, it.name, {"cidr": it.cidr}, {"cidr": it.cidr})
        case MakeRouter(want=it):
            return _Thing(Kind.ROUTER, it.id, it.name, {}, {})
        case MakePort(want=it):
            ips = ", ".join(ip.ip_address for ip in it.fixed_ips)
            kept = {"address": ips} if not action.changed_addresses else {}
            return _Thing(Kind.PORT, it.id, it.name, {"address": ips}, kept)
        case MakeFloatingIp(want=it):
            return _Thing(Kind.FLOATING_IP, it.id, it.address, {"address": it.address}, {})
        case RestoreImage(image=it):
            return _Thing(Kind.IMAGE, it.id, it.name, {}, {})
        case RestoreVolume(volume=it):
            old, new = it.volume_type or "", action.volume_type or ""
            return _Thing(Kind.VOLUME, it.id, it.name, {"type": old}, {"type": new})
        case MakeServer(server=it):
            return _Thing(Kind.SERVER, it.id, it.name, {"flavor": it.flavor.name}, {"flavor": action.flavor_name})
        case CopyContainer(name=name, objects=objects):
            return _Thing(Kind.CONTAINER, name, name, {}, {}, objects)
        case _:
            return None
