"""Carries out a test launch from an empty place to an empty place, whatever happens in between."""

import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from msgspec.structs import replace as with_fields

from migrate.disks.store.manifest import DiskManifest
from migrate.errors import Cancelled, ConflictError, DecampError, LeaseLost
from migrate.execute.job import Context, error_facts
from migrate.execute.stop_turns import waves_down
from migrate.execute.test_launch.launch_required import note_result
from migrate.execute.test_launch.launch_room import require_room
from migrate.execute.test_launch.launch_scope import LaunchScope
from migrate.execute.test_launch.launch_turn import Turn, turn_of
from migrate.execute.test_launch.make_launch import RETRY_FIRST_S, Making
from migrate.execute.test_launch.remove_launch import remove_launched
from migrate.health.launch_evidence import LaunchRecord, write_launch
from migrate.messages import codes
from migrate.monitor import StopFlag, log
from migrate.units import iso, utc_now


@dataclass(frozen=True)
class Launch:
    """A test launch to carry out. `keep_s`: how long what it made stays; 0: it is removed at once.

    `owner`: this process.
    """

    scope: LaunchScope
    passes: dict[str, DiskManifest]
    keep_s: int = 0
    owner: str = ""
    retry_first_s: float = RETRY_FIRST_S


def carry_out_launch(ctx: Context, launch: Launch) -> tuple[LaunchRecord, DecampError | None]:
    """Makes, checks, keeps the evidence, and removes. Returns what came of it, and the error that broke it off.

    What an earlier launch has left is removed first: so a launch begins from nothing, also after a kill.
    Raises: ConflictError DCP-570, DCP-573: another one is there; DCP-949: a wave is down.
    ItemError DCP-569: no room. LeaseLost, Cancelled.
    """
    ctx, began, scope = replace(ctx, source=None), iso(utc_now()), launch.scope
    with turn_of(ctx.ledger, scope.name, owner=launch.owner) as turn:
        try:
            # After our note, as a runner reads that after its own: a stop and a launch never begin at once.
            if down := waves_down(ctx.plan, ctx.ledger):
                raise ConflictError(codes.LAUNCH_WHILE_DOWN, waves=", ".join(down))
            remove_launched(ctx, turn.claim.check)
            require_room(ctx.target, scope)
        except LeaseLost:
            raise
        except DecampError:
            turn.end()
            raise
        making, failure = Making(ctx, scope, launch.passes, turn.claim, launch.retry_first_s), None
        try:
            making.run()
        except LeaseLost:
            raise
        except Cancelled:
            _removed(ctx, turn)
            turn.end()
            raise
        except DecampError as err:
            log.error("test launch failed name=%s code=%s facts=%s", scope.name, err.code, error_facts(err))
            failure = err
        record = LaunchRecord(
            name=scope.name,
            began_at=began,
            ended_at=iso(utc_now()),
            servers=tuple(making.servers.values()),
            code=failure.code if failure else "",
            facts=error_facts(failure) if failure else {},
        )
        return _ended(ctx, turn, launch, record), failure


def _ended(ctx: Context, turn: Turn, launch: Launch, record: LaunchRecord) -> LaunchRecord:
    """Keeps or removes what was made, and keeps the evidence. The turn ends last."""
    until = time.time() + launch.keep_s
    if launch.keep_s:
        record = with_fields(record, kept_until=iso(datetime.fromtimestamp(until, UTC)))
    elif left := _removed(ctx, turn):
        record = with_fields(record, left_code=left.code, left_facts=error_facts(left))
    turn.claim.check()
    write_launch(ctx.evidence_dir, record)
    note_result(ctx.ledger, launch.scope, passed=record.passed)
    if launch.keep_s:
        turn.keep(until)
    else:
        turn.end()
    return record


def _removed(ctx: Context, turn: Turn) -> DecampError | None:
    """Removes what was made, also after Ctrl-C. Returns the error if something stays, for `decamp clean`."""
    try:
        remove_launched(replace(ctx, stop=StopFlag()), turn.claim.check)
    except LeaseLost:
        raise
    except DecampError as err:
        log.error("not removed code=%s facts=%s", err.code, error_facts(err))
        return err
    return None


def remove_kept(ctx: Context, name: str, owner: str = "") -> int:
    """Removes what is at the target of test launches, kept or left. Returns how much that was.

    Raises: ConflictError DCP-570: one is under way.  DecampError: something stays.
    """
    with turn_of(ctx.ledger, name, even_if_kept=True, owner=owner) as turn:
        try:
            return remove_launched(ctx, turn.claim.check)
        finally:
            turn.end()
