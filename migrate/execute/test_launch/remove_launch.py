"""Finds what test launches have made at the target, by its mark, and removes it."""

from collections.abc import Callable, Collection
from typing import Any

from migrate.errors import ConflictError, NotFound, TransientError
from migrate.execute.actions.remove_temporaries import remove_marked
from migrate.execute.job import DISK_WAIT_S, Context
from migrate.messages import codes
from migrate.model import Kind, Mark, Record, Role, is_of_test_launch, mark_of
from migrate.model.steps import Plan
from migrate.polling import StillWaiting, poll

KINDS = (Kind.SERVER, Kind.IMAGE, Kind.VOLUME, Kind.PORT, Kind.SUBNET, Kind.NETWORK)
"""What a test launch makes, in the order of its removal."""


class Launched(Record, frozen=True, kw_only=True):
    """A resource of a test launch at the target."""

    kind: Kind
    id: str
    name: str
    mark: Mark


def is_launched(plan: Plan, kind: Kind, name: str, mark: Mark) -> bool:
    """Whether a resource with this mark was made by a test launch of this migration."""
    return kind in KINDS and mark.migration == plan.migration[:8] and is_of_test_launch(mark, name)


def list_launched(ctx: Context) -> list[Launched]:
    """All that test launches have made at the target, in the order of its removal."""
    state = ctx.target.network.state()
    things: dict[Kind, Any] = {
        Kind.SERVER: ctx.target.compute.servers(),
        Kind.IMAGE: ctx.target.images.images(),
        Kind.VOLUME: ctx.target.block.volumes(),
        Kind.PORT: state.ports,
        Kind.SUBNET: state.subnets,
        Kind.NETWORK: state.networks,
    }
    return [
        Launched(kind=kind, id=thing.id, name=thing.name, mark=mark)
        for kind in KINDS
        for thing in things[kind]
        if (mark := mark_of(thing)) and is_launched(ctx.plan, kind, thing.name, mark)
    ]


def remove_launched(ctx: Context, check_running: Callable[[], None]) -> int:
    """Removes all of it, and returns how much that was. Raises DecampError: the rest stays, for the next attempt."""
    found = list_launched(ctx)
    for one in found:
        remove_one(ctx, one, check_running)
    forget_gone(ctx, there=set())
    return len(found)


def forget_gone(ctx: Context, there: Collection[str]) -> None:
    """Records that what is not `there` (ids) is gone: a kill came before that, or somebody else has removed it."""
    for effect in ctx.ledger.effects(side="target"):
        if effect.role is Role.TEST and effect.resource_id not in there:
            ctx.ledger.effect_removed("target", effect.kind, effect.resource_id)


def remove_one(ctx: Context, one: Launched, check_running: Callable[[], None]) -> None:
    """Removes one resource and waits until it is gone. Raises DecampError."""
    match one.kind:
        case Kind.IMAGE | Kind.VOLUME:
            remove_marked(ctx, ctx.target, "target", one.kind, one.id, one.mark, check_running=check_running)
        case Kind.SERVER:
            _remove_server(ctx, one, check_running)
        case _:
            check_running()
            ctx.target.network.delete(one.kind, one.id)
    ctx.ledger.effect_removed("target", one.kind, one.id)


def _remove_server(ctx: Context, one: Launched, check_running: Callable[[], None]) -> None:
    compute = ctx.target.compute
    try:
        if mark_of(compute.server(one.id)) != one.mark:
            raise ConflictError(codes.MARK_MISSING, kind=one.kind.value, id=one.id)
        check_running()
        compute.delete_server(one.id)
        # Only NotFound ends it: a server in error may still be on its way out.
        poll(
            lambda: compute.server(one.id),
            lambda _server: False,
            limit_s=DISK_WAIT_S,
            stop=ctx.stop,
            first_s=ctx.poll_s,
        )
    except NotFound:
        return
    except StillWaiting as err:
        facts = {"item": f"{one.kind.value} {one.id}", "status": err.last.status, "seconds": round(err.waited_s)}
        raise TransientError(codes.STILL_IN_STATE, **facts) from err
