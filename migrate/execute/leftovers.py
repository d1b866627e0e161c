"""Lists everything that Decamp has created on both sides, and removes its temporary resources.

A mark alone is not enough for a removal. Role, kind and origin must fit: a temporary is an image, volume or snapshot,
its name is its mark, and its origin is in the plan. What a test launch has made has a role and a suffix of its own, and
stays while that is under way or kept. Resources that a customer has made from ours (a snapshot, a clone,
an image of a server) may have inherited a mark, but never the name.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from msgspec.structs import replace

from migrate.clouds.ports import Cloud
from migrate.errors import DecampError
from migrate.execute.actions.remove_temporaries import remove_marked
from migrate.execute.job import Context, error_facts
from migrate.execute.orphan_uploads import left_open
from migrate.execute.test_launch.launch_turn import LaunchNote, noted_launch
from migrate.execute.test_launch.remove_launch import Launched, forget_gone, is_launched, remove_one
from migrate.ledger.ledger_records import Effect
from migrate.messages import codes
from migrate.model import UNWRITTEN_KEY, Container, FloatingIp, Kind, Mark, Record, Role, Volume, mark_of, parse_mark
from migrate.model.steps import RestoreVolume
from migrate.policy.selectors import item, item_id
from migrate.units import iso, utc_now

_Listed = tuple[Kind, Iterable[Any]]
_TEMPORARY_KINDS = (Kind.IMAGE, Kind.VOLUME, Kind.SNAPSHOT)


class Made(Record, frozen=True, kw_only=True):
    """A resource with our mark. `code`: why it stays (DCP-52n); None: `clean --execute` removes it.

    With an `upload_id` it is an unfinished upload to S3: `id` is its container, `name` its object.
    """

    side: str
    kind: Kind
    id: str
    name: str
    role: Role
    source_id: str
    code: str | None = None
    removed: bool = False
    facts: dict[str, str] = {}
    upload_id: str = ""


def list_made(ctx: Context) -> list[Made]:
    """All resources with a mark of this migration, those at the source first."""
    made = _listed(ctx, _all_kinds)
    # Read last: what a launch makes that begins now is not in the list.
    launch = noted_launch(ctx.ledger)
    made = [_launched(ctx, one, launch) if one.role is Role.TEST else one for one in made]
    busy = _busy(ctx)
    return [*made, *(_upload(*one, busy) for one in left_open(ctx))]


def left_over(ctx: Context) -> tuple[list[Made], list[DecampError]]:
    """Of a plan that is done: duplicates, and temporary resources that nobody uses any more.

    They come from requests that took effect after their runner had stopped waiting, or had lost the step to another.
    Containers are not listed: a name exists only once. The errors are of listings that a cloud refused.
    """
    unseen: list[DecampError] = []

    def kinds(cloud: Cloud) -> Iterator[_Listed]:
        for listing in _LISTINGS:
            try:
                yield from listing(cloud)
            except DecampError as err:
                unseen.append(err)

    return [one for one in _listed(ctx, kinds) if _is_left_over(one)], unseen


def _is_left_over(made: Made) -> bool:
    return made.code == codes.NOT_REMOVED_DUPLICATE or (made.code is None and made.role is Role.TEMPORARY)


def _listed(ctx: Context, kinds: Callable[[Cloud], Iterator[_Listed]]) -> list[Made]:
    sides: list[tuple[str, Cloud]] = [("target", ctx.target)]
    if ctx.source:
        sides.insert(0, ("source", ctx.source))
    origins, busy = _origins(ctx), _busy(ctx)
    restored = {s.action.volume.id for s in ctx.plan.steps if isinstance(s.action, RestoreVolume)}
    made = []
    for side, cloud in sides:
        recorded = {e.resource_id for e in ctx.ledger.effects(side=side)}
        moved: dict[tuple[Kind, str], list[str]] = {}
        for kind, thing, mark in _marked(kinds(cloud), ctx.plan.migration[:8]):
            if mark.role is Role.MOVED:
                moved.setdefault((kind, mark.source_id), []).append(_identity(thing))
            one = _made(side, kind, thing, mark, origins, busy)
            if side == "target" and _is_abandoned(thing, mark, recorded, restored):
                one = replace(one, code=codes.NOT_REMOVED_IN_USE if mark.source_id in busy else None)
            made.append(one)
        made = [_surplus(m, moved, recorded) for m in made]
    return made


def _launched(ctx: Context, made: Made, launch: LaunchNote | None) -> Made:
    """What a test launch has made stays while that is under way, or kept on purpose."""
    mark = Mark(role=made.role, migration=ctx.plan.migration[:8], source_id=made.source_id)
    if made.side == "source" or not is_launched(ctx.plan, made.kind, made.name, mark):
        return made
    if launch and launch.is_under_way():
        return replace(made, code=codes.NOT_REMOVED_IN_USE)
    if launch and launch.is_kept():
        return replace(made, code=codes.LAUNCH_KEPT, facts=launch.kept_facts)
    return replace(made, code=None)


def _upload(container: str, name: str, upload_id: str, busy: set[str]) -> Made:
    return Made(
        side="target",
        kind=Kind.CONTAINER,
        id=container,
        name=name,
        role=Role.TEMPORARY,
        source_id=container,
        code=codes.NOT_REMOVED_IN_USE if item_id(item(Kind.CONTAINER, container)) in busy else None,
        upload_id=upload_id,
    )


def clean(ctx: Context) -> list[Made]:
    """Removes all removable resources from `list_made`; reports failures and continues."""
    result = []
    for made in list_made(ctx):
        if made.code is not None:
            result.append(made)
            continue
        if made.upload_id:
            result.append(_aborted(ctx, made))
            continue
        cloud = ctx.target if made.side == "target" or ctx.source is None else ctx.source
        mark = Mark(role=made.role, migration=ctx.plan.migration[:8], source_id=made.source_id)
        # A killed run may have left resources without a record; SourceGuard relies on the ledger.
        ctx.ledger.adopt_effect(
            Effect(
                step_id="clean",
                side=made.side,
                kind=made.kind,
                resource_id=made.id,
                role=made.role,
                source_id=made.source_id,
                name=made.name,
                made_at=iso(utc_now()),
            )
        )
        try:
            if made.role is Role.TEST:
                remove_one(ctx, Launched(kind=made.kind, id=made.id, name=made.name, mark=mark), lambda: None)
            else:
                remove_marked(ctx, cloud, made.side, made.kind, made.id, mark)
            result.append(replace(made, removed=True))
        except DecampError as err:
            result.append(replace(made, code=err.code, facts=error_facts(err)))
    launch = noted_launch(ctx.ledger)
    if not (launch and launch.is_under_way()):
        forget_gone(ctx, {one.id for one in result if not one.removed})
    return result


def _aborted(ctx: Context, made: Made) -> Made:
    assert ctx.target.objects.multipart
    try:
        ctx.target.objects.multipart.abort(made.id, made.name, made.upload_id)
    except DecampError as err:
        return replace(made, code=err.code, facts=error_facts(err))
    return replace(made, removed=True)


def _made(side: str, kind: Kind, thing: Any, mark: Mark, origins: set[str], busy: set[str]) -> Made:
    code: str | None = None
    if mark.role is Role.MOVED:
        code = codes.NOT_REMOVED_MOVED
    elif kind not in _TEMPORARY_KINDS or thing.name != str(mark) or mark.source_id not in origins:
        code = codes.NOT_REMOVED_NOT_TEMPORARY
    elif mark.source_id in busy:
        code = codes.NOT_REMOVED_IN_USE
    return Made(
        side=side,
        kind=kind,
        id=_identity(thing),
        name=thing.address if isinstance(thing, FloatingIp) else thing.name,
        role=mark.role,
        source_id=mark.source_id,
        code=code,
    )


def _is_abandoned(thing: Any, mark: Mark, recorded: set[str], restored: set[str]) -> bool:
    """Whether it is a volume of ours that was written ahead, and that no step of the plan completes any more.

    A clone of it that a customer has made may carry all of it but the record.
    """
    if not isinstance(thing, Volume) or UNWRITTEN_KEY not in thing.metadata:
        return False
    return mark.role is Role.MOVED and thing.id in recorded and mark.source_id not in restored


def _identity(thing: Any) -> str:
    return str(thing.name if isinstance(thing, Container) else thing.id)


def _surplus(made: Made, moved: dict[tuple[Kind, str], list[str]], recorded: set[str]) -> Made:
    """Detects a second moved resource of one origin, from a request in flight when its runner lost the step."""
    twins = moved.get((made.kind, made.source_id), [])
    if made.code == codes.NOT_REMOVED_MOVED and len(twins) > 1 and made.id not in recorded:
        return replace(made, code=codes.NOT_REMOVED_DUPLICATE)
    return made


def _origins(ctx: Context) -> set[str]:
    """Source ids of everything that the plan moves or leaves out."""
    return {step.id.split(":")[1] for step in ctx.plan.steps} | {left.id for left in ctx.plan.left_out}


def _busy(ctx: Context) -> set[str]:
    """Source ids of steps that a live runner currently holds."""
    return {part for step_id in ctx.ledger.held() for part in step_id.split(":")[1:2]}


def _marked(things: Iterable[_Listed], migration: str) -> Iterator[tuple[Kind, Any, Mark]]:
    for kind, listed in things:
        for thing in listed:
            mark = _mark_of(kind, thing)
            if mark and mark.migration == migration:
                yield kind, thing, mark


def _all_kinds(cloud: Cloud) -> Iterator[_Listed]:
    for listing in _LISTINGS:
        yield from listing(cloud)
    yield Kind.CONTAINER, cloud.objects.containers()


def _of_networks(cloud: Cloud) -> list[_Listed]:
    state = cloud.network.state()
    return [
        (Kind.TRUNK, state.trunks),
        (Kind.PORT, state.ports),
        (Kind.FLOATING_IP, state.floating_ips),
        (Kind.ROUTER, state.routers),
        (Kind.SUBNET, state.subnets),
        (Kind.NETWORK, state.networks),
        (Kind.SECURITY_GROUP, state.security_groups),
    ]


_LISTINGS: tuple[Callable[[Cloud], list[_Listed]], ...] = (
    lambda cloud: [(Kind.SERVER, cloud.compute.servers())],
    lambda cloud: [(Kind.IMAGE, cloud.images.images())],
    lambda cloud: [(Kind.VOLUME, cloud.block.volumes())],
    lambda cloud: [(Kind.SNAPSHOT, cloud.block.snapshots())],
    _of_networks,
)
"""All that can carry our mark, but containers."""


def _mark_of(kind: Kind, thing: Any) -> Mark | None:
    """The resource's mark, from its usual place or, for kinds without one, from its name (docs/formats/marks.md)."""
    if kind is Kind.VOLUME:
        named = parse_mark(thing.name)
        return named if named and str(named) == thing.name else mark_of(thing)
    return mark_of(thing) or (parse_mark(thing.name) if kind is Kind.IMAGE else None)
