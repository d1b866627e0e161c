"""Defects that are put into the product for one seed, to show that the simulator finds each of them."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import select

from migrate.errors import TransientError
from migrate.execute import stop_turns, wave_rollback
from migrate.execute.actions import capture_disks, dispatch, make_servers, source_temporaries, take_passes
from migrate.execute.guard_rules import LedgerPermits
from migrate.execute.job import Job
from migrate.execute.open_windows import Hours
from migrate.ledger import ledger
from migrate.ledger import ledger_tables as t
from migrate.ledger.ledger_records import Approval
from migrate.ledger.step_claim import Claim
from migrate.messages import codes
from migrate.model.steps import Step, StopServer
from tests.sim.world import SharedLedger

_make = Job.make


def _put(thing: Any, name: str, value: object) -> None:
    setattr(thing, name, value)


def _claims_ignore_leases() -> None:
    _put(ledger, "_is_abandoned", lambda _row, _expired: True)


def _no_check_of_the_lease() -> None:
    _put(Claim, "check", lambda _self: None)


def _no_fence() -> None:
    progress = ledger._progress

    def of_anybody(c: Any, claim: Claim, statement: Any, **values: Any) -> bool:
        row = c.execute(select(t.steps.c.fence).where(t.steps.c.step_id == claim.step_id)).first()
        claim.fence = row.fence
        return progress(c, claim, statement, **values)

    _put(ledger, "_progress", of_anybody)


def _effects_are_not_recorded() -> None:
    _put(Job, "record", lambda *_args, **_kwargs: None)


def _what_is_found_is_not_adopted() -> None:
    def make(self: Job, *args: Any, **kwargs: Any) -> str:
        if found := kwargs["find"]():
            return str(found[0])
        return _make(self, *args, **kwargs)

    _put(Job, "make", make)


def _no_search_by_mark() -> None:
    def make(self: Job, *args: Any, **kwargs: Any) -> str:
        return _make(self, *args, **{**kwargs, "find": list})

    _put(Job, "make", make)


def _a_lost_answer_is_asked_for_again() -> None:
    def make(self: Job, *args: Any, create: Callable[[], str], **kwargs: Any) -> str:
        def twice() -> str:
            try:
                return create()
            except TransientError:
                return create()

        return _make(self, *args, **kwargs, create=twice)

    _put(Job, "make", make)


def _stops_need_no_approval() -> None:
    def all_of_them(self: SharedLedger) -> list[Approval]:
        return [
            Approval(gate="", step_id=step_id, digest=state.digest, who="", at="2026-01-01T00:00:00Z")
            for step_id, state in self.states().items()
        ]

    _put(SharedLedger, "approvals", all_of_them)
    _put(LedgerPermits, "may_stop", lambda _self, _server_id: True)


def _no_time_windows() -> None:
    _put(Hours, "opens_at", lambda _self: None)


def _servers_are_not_stopped() -> None:
    dispatch._DOERS[StopServer] = lambda _job, _action: None


def _a_pass_from_before_the_stop_is_the_last() -> None:
    current_capture = capture_disks.current_capture  # type: ignore[attr-defined]

    def any_pass(job: Job, disk: str) -> Any:
        if (found := current_capture(job, disk)) is None and (found := job.ctx.store.warm_pass(disk)):
            job.ctx.store.adopt(found)
        return found

    _put(capture_disks, "current_capture", any_pass)
    _put(capture_disks, "is_valid_for_stop", lambda *_args: True)
    _put(make_servers, "require_current", lambda *_args: None)


def _temporaries_stay() -> None:
    for module in (capture_disks, take_passes, source_temporaries):
        module.remove_temporaries = lambda *_args: None  # type: ignore[attr-defined]


def _servers_take_no_turns() -> None:
    _put(stop_turns, "may_be_stopped", lambda *_args: True)


def _a_wave_that_goes_back_has_no_place() -> None:
    _put(wave_rollback, "note_down", lambda *_args: None)


def _runs_go_on_with_what_goes_back() -> None:
    taken_back = stop_turns.Turns._taken_back

    def all_but_that(self: stop_turns.Turns, step: Step) -> Any:
        found = taken_back(self, step)
        return None if found and found[0] == codes.WAVE_ROLLING_BACK else found

    _put(stop_turns.Turns, "_taken_back", all_but_that)


def _a_rollback_starts_before_it_stops() -> None:
    park = wave_rollback._Rollback.park

    def start_first(self: Any, seen: Any) -> None:
        self.start(seen)
        park(self, seen)

    _put(wave_rollback._Rollback, "park", start_first)


PLANTED: dict[str, Callable[[], None]] = {
    do.__name__.strip("_").replace("_", "-"): do
    for do in (
        *(_claims_ignore_leases, _no_check_of_the_lease, _no_fence, _effects_are_not_recorded),
        *(_what_is_found_is_not_adopted, _no_search_by_mark, _a_lost_answer_is_asked_for_again),
        *(_stops_need_no_approval, _no_time_windows, _servers_are_not_stopped),
        *(_a_pass_from_before_the_stop_is_the_last, _temporaries_stay),
        *(_servers_take_no_turns, _a_wave_that_goes_back_has_no_place, _runs_go_on_with_what_goes_back),
        _a_rollback_starts_before_it_stops,
    )
}
