"""An empty or unmarked place is never the store: a run does not begin where the captured disks are out of sight.

As where a share is not mounted. A run would take it for a store without any disk, capture all of them again, or find
that it cannot once the source is gone; and what it stored there is out of sight when the share is back.
"""

from collections.abc import Iterable

from migrate.errors import ConfigError
from migrate.execute.job import Context
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model.steps import Step

_NOTE = "store"


def require_store(ctx: Context, steps: Iterable[Step], *, execute: bool) -> None:
    """Raises ConfigError, where these steps use the store: DCP-138: it is another migration's. DCP-139: the place
    where it was is missing, empty or unmarked.

    Another place than before is a new store: whoever names one in the policy wants it. An earlier version recorded no
    place: the one of now is it, which `execute` records, so that the next one is new.
    """
    if not any(map(_uses_store, steps)):
        return
    ctx.store.check_mark(str(ctx.store_mark))
    before = ctx.ledger.note(_NOTE)
    if before is None and _has_captured(ctx):
        before = ctx.ledger.remember(_NOTE, _place(ctx)) if execute else _place(ctx)
    if before == _place(ctx) and not _is_there(ctx):
        raise ConfigError(codes.STORE_GONE, store=_shown(ctx))


def prepare_store(ctx: Context, steps: Iterable[Step]) -> None:
    """Makes the place the store if these steps use it, and records that it is. Idempotent.

    Raises ConfigError: as `require_store` and `DiskStore.prepare`.
    """
    steps = list(steps)
    require_store(ctx, steps, execute=True)
    if any(map(_uses_store, steps)):
        ctx.store.prepare(str(ctx.store_mark))
        # A service that keeps no marks shows its store only once a disk is in it.
        if ctx.ledger.note(_NOTE) != _place(ctx) and _is_there(ctx):
            ctx.ledger.set_note(_NOTE, _place(ctx))


def _uses_store(step: Step) -> bool:
    return step.action.fills_store or step.action.reads_store


def _is_there(ctx: Context) -> bool:
    return ctx.store.is_there(str(ctx.store_mark))


def _has_captured(ctx: Context) -> bool:
    states = ctx.ledger.states()
    captures = (states.get(step.id) for step in ctx.plan.steps if step.action.fills_store)
    return any(row is not None and row.state is State.DONE for row in captures)


def _place(ctx: Context) -> str:
    """As the policy has it: a workspace may be moved together with its store."""
    return ctx.policy.store_container or ctx.policy.store


def _shown(ctx: Context) -> str:
    return ctx.policy.store_container or str(ctx.workspace / ctx.policy.store)
