"""Rolls a wave back: what was made of it at the target is stopped and kept, then its servers are started at the source.

Whole, in this order: the ledger says that the wave goes back, so that no runner begins a step of it; every server of
ours at the target is off; every server that we stopped at the source runs again; the wave's steps are to be done again.
Effects first, records second, each by compare-and-set: a plain re-run ends what a killed process began, and two at once
do no harm.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from msgspec.structs import replace

from migrate.clouds.ports import Cloud
from migrate.errors import (
    ConfigError,
    ConflictError,
    Denied,
    EndedInState,
    IntegrityError,
    ItemError,
    NotFound,
    TransientError,
)
from migrate.execute.actions.replace_older import note_used_since
from migrate.execute.actions.run_hooks import run_after_back
from migrate.execute.consistency import STOPPED, captures_of, disk_of
from migrate.execute.job import DISK_WAIT_S, Context
from migrate.execute.rollback_gate import approve_rollback, approver_of, is_approved, use_up
from migrate.execute.stop_turns import asked_at, down_since, not_stopped, note_down, note_running
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Accepted, Cut, Effect, Parked, Rollback
from migrate.ledger.wave_notes import (
    acceptances,
    cuts,
    forget_rollback,
    note_accepted,
    rollback_of,
    rollbacks,
    swap_rollback,
)
from migrate.messages import codes
from migrate.model import Kind, Mark, Record, Role, Server, mark_of
from migrate.model.steps import Plan
from migrate.monitor import log
from migrate.plan.wave_state import Facts, Stage, WaveState, wave_states
from migrate.plan.waves import Down, Wave, holders_of
from migrate.policy.selectors import item
from migrate.polling import StillWaiting, poll
from migrate.units import exact_now, iso, utc_now

_MADE = frozenset({"create", "attach_volume", "stop"})
"""Actions on a server at the target that are ours."""
_IDLE = frozenset(
    {"createImage", "createBackup", "lock", "unlock"}
    | {f"{verb}_{what}" for verb in ("attach", "detach") for what in ("volume", "interface")}
)
"""Actions on a stopped server at the source that neither start nor stop it."""


class ServerBack(Record, frozen=True, kw_only=True):
    """What a rollback does, or did, to one server.

    `target_id`: the server at the target, empty if there is none.  `lost_from`, `lost_to`: what was written there in
    between is lost; empty if it never ran.  `used`: what others did to it, as its cloud tells.  `starts`: we start it
    at the source; otherwise it runs there, or `stays_off`, as it was off before our stop.
    """

    server_id: str
    name: str
    target_id: str = ""
    lost_from: str = ""
    lost_to: str = ""
    used: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    starts: bool = False
    stays_off: bool = False


class RollbackReport(Record, frozen=True, kw_only=True):
    """The rollback of a wave. `ended`: empty in a rehearsal.  `was_back`: it had been rolled back before."""

    wave: str
    servers: tuple[ServerBack, ...]
    rehearsed: bool = False
    was_back: bool = False
    who: str = ""
    ended: str = ""


def facts_of(ledger: Ledger) -> Facts:
    """What the ledger has on waves now."""
    return Facts(
        states=ledger.states(),
        down_since=down_since(ledger),
        cuts=cuts(ledger),
        rollbacks=rollbacks(ledger),
        accepted=acceptances(ledger),
    )


def _state_in(plan: Plan, facts: Facts, wave: Wave) -> WaveState:
    return next(state for state in wave_states(plan, facts) if {one.stop for one in state.servers} == set(wave.stops))


def roll_back(ctx: Context, wave: Wave, *, who: str = "", rehearse: bool = False) -> RollbackReport:
    """Rolls the wave back; with `rehearse` it only looks. A wave that has been rolled back is left as it is.

    The policy's programs (`servers.after_back`) run before its end is recorded: HookFailed, and it must be continued.

    Args:    wave: of `known_waves`.   who: approves the rollback of this one stop; empty: an approval is recorded.
    Raises:  ConfigError DCP-563: it was never stopped.  ConflictError DCP-564: one is accepted; DCP-565: one at the
             source is not off by our stop; DCP-946: one at the target cannot be stopped.  Denied DCP-562: not approved.
             TransientError DCP-566: a runner holds one of its steps, or another rollback is under way; DCP-511: a
             server is still stopping or starting.  EndedInState DCP-510: a source server does not start.
    """
    facts = facts_of(ctx.ledger)
    now = _state_in(ctx.plan, facts, wave)
    if now.stage is Stage.PLANNED:
        raise ConfigError(codes.NOTHING_TO_ROLL_BACK, wave=wave.name)
    if word := next((facts.accepted[stop] for stop in wave.stops if stop in facts.accepted), None):
        # A wave goes back whole: one server of it that is the customer's keeps the others at the target.
        raise ConflictError(codes.WAVE_ACCEPTED, wave=word.wave, who=word.who, at=word.at)
    if now.stage is Stage.ROLLED_BACK:
        recorded = [found for stop in wave.stops if (found := facts.rollback_of(stop))]
        servers = tuple(_told(one.server_id, one.name, one.parked, starts=one.started) for one in recorded)
        return RollbackReport(wave=wave.name, servers=servers, was_back=True, who=now.who, ended=now.at)
    going = _Rollback(ctx, wave)
    seen = tuple(going.look())
    if rehearse:
        return RollbackReport(wave=wave.name, servers=tuple(one.told() for one in seen), rehearsed=True)
    going.approve(who, seen)
    going.begin()
    # Until then a runner may have made a server that the first look could not see.
    seen = tuple(going.look())
    for one in seen:
        going.park(one)
    for one in seen:
        going.start(one)
    run_after_back(ctx, wave)
    ended = going.end()
    servers = tuple(
        _told(one.server_id, one.name, one.parked, starts=one.started, stays_off=seen_now.stays_off)
        for one, seen_now in zip(ended, seen, strict=True)
    )
    last = max(ended, key=lambda one: one.ended)
    return RollbackReport(wave=wave.name, servers=servers, who=last.who, ended=last.ended)


@dataclass
class _Seen:
    """A server of the wave as both clouds show it."""

    down: Down
    source: Server
    target: Server | None
    starts: bool
    stays_off: bool
    actions: tuple[str, ...] = ()
    is_off: bool = False
    never_ran: bool = False

    def told(self) -> ServerBack:
        parked = self.parked() if self.target else None
        return _told(self.down.server_id, self.down.name, parked, starts=self.starts, stays_off=self.stays_off)

    def parked(self) -> Parked:
        """The server at the target as a parked one. Callers have seen that there is one."""
        assert self.target is not None
        return Parked(
            server_id=self.target.id,
            name=self.target.name,
            at=iso(utc_now()),
            made_at="" if self.never_ran else self.target.created_at,
            actions=self.actions,
            volumes=tuple(one.volume_id for one in self.target.attachments),
        )


def _told(server_id: str, name: str, parked: Parked | None, *, starts: bool, stays_off: bool = False) -> ServerBack:
    back = ServerBack(server_id=server_id, name=name, starts=starts, stays_off=stays_off)
    if parked is None:
        return back
    return replace(
        back,
        target_id=parked.server_id,
        lost_from=parked.made_at,
        lost_to=parked.at if parked.made_at else "",
        used=used_of(parked),
        volumes=parked.volumes,
    )


def _comes_up(server: Server) -> bool:
    """Whether it runs and is not about to stop, or is being started."""
    is_up = server.status == "ACTIVE" and server.task_state != "powering-off"
    return is_up or server.task_state == "powering-on"


def used_of(parked: Parked) -> tuple[str, ...]:
    """What others did to the server before it was parked."""
    return tuple(sorted(set(parked.actions) - _MADE))


@dataclass
class _Rollback:
    """One rollback in the hands of this process. `_records`: what the ledger has of it, by stop."""

    ctx: Context
    wave: Wave
    _records: dict[str, Rollback] = field(default_factory=dict)
    _marked: list[Server] | None = None

    # ------------------------------------------------------------ looking

    def look(self) -> Iterator[_Seen]:
        """Each server, before anything is changed: whatever stands in the way is said now."""
        for down in self.wave.servers:
            source = self._at_source(down)
            starts, stays_off = self._wants_start(down, source)
            yield self._with_target(_Seen(down, source, self._at_target(down), starts, stays_off))

    @property
    def _source(self) -> Cloud:
        if self.ctx.source is None:
            raise ItemError(codes.SOURCE_NEEDED, item=self.wave.name)
        return self.ctx.source

    def _at_source(self, down: Down) -> Server:
        try:
            return self._source.compute.server(down.server_id)
        except NotFound as err:
            raise ConflictError(codes.NOT_OUR_STOP, server=down.name, what="it no longer exists") from err

    def _wants_start(self, down: Down, source: Server) -> tuple[bool, bool]:
        """Whether we must start the server, and whether it stays off, as our stop found it off."""
        record = rollback_of(self.ctx.ledger, down.stop)
        if record and record.counts and record.back_at:
            return False, False
        if _comes_up(source):
            return False, False
        if source.status not in {"ACTIVE", "SHUTOFF"}:
            raise ConflictError(codes.NOT_OUR_STOP, server=down.name, what=f"its status is {source.status}")
        cut = cuts(self.ctx.ledger).get(down.stop)
        if cut is None and down.stop not in asked_at(self.ctx.ledger):
            return False, True
        if done := self._done_since(down, cut):
            if _comes_up(self._at_source(down)):
                # Another process of this rollback has started it between the two looks.
                return False, False
            raise ConflictError(codes.NOT_OUR_STOP, server=down.name, what=done)
        return True, False

    def _done_since(self, down: Down, cut: Cut | None) -> str:
        """What others did to the server since our stop, empty for nothing. A cloud may tell nothing."""
        actions = self._source.compute.actions(down.server_id)
        if not actions:
            return ""
        if cut is None or not cut.actions:
            # Stopped by an earlier version: the captures show which action was our stop.
            stops = set(self._captured_stops(down.server_id))
            return "" if self._source.compute.last_action(down.server_id) in stops else "it was stopped again since"
        since = Counter(actions) - Counter(cut.actions)
        others = since - Counter({"stop": 1}) - Counter(dict.fromkeys(_IDLE, since.total()))
        return ", ".join(sorted(others))

    def _captured_stops(self, server_id: str) -> Iterator[str]:
        for step in captures_of(self.ctx.plan, server_id):
            try:
                manifest = self.ctx.store.manifest(disk_of(step.action))
            except (ConfigError, IntegrityError):
                continue
            if manifest and manifest.origin.consistency == STOPPED and manifest.origin.stop:
                yield manifest.origin.stop

    def _at_target(self, down: Down) -> Server | None:
        """Our server at the target: the one in the ledger, else the one with its mark, as when it is made."""
        mark = Mark(role=Role.MOVED, migration=self.ctx.plan.migration[:8], source_id=down.server_id)
        known = self.ctx.ledger.target_id(Kind.SERVER, down.server_id)
        if known:
            try:
                found = self.ctx.target.compute.server(known)
            except NotFound:
                pass
            else:
                if mark_of(found) != mark:
                    raise ConflictError(codes.MARK_MISSING, kind=Kind.SERVER.value, id=known)
                return found
        return self._with_mark(mark)

    def _with_mark(self, mark: Mark) -> Server | None:
        if self._marked is None:
            self._marked = [one for one in self.ctx.target.compute.servers() if mark_of(one)]
        return next((one for one in self._marked if mark_of(one) == mark), None)

    def _with_target(self, seen: _Seen) -> _Seen:
        if seen.target is None:
            return seen
        compute, status = self.ctx.target.compute, seen.target.status
        seen.actions, seen.is_off = compute.actions(seen.target.id), compute.is_off(seen.target.id)
        seen.never_ran = seen.is_off and status == "ERROR"
        if not seen.is_off and status not in {"ACTIVE", "BUILD", "ERROR"}:
            raise ConflictError(codes.NOT_TO_BE_STOPPED, server=seen.down.name, id=seen.target.id, status=status)
        return seen

    # ------------------------------------------------------------ gate and claims

    def approve(self, who: str, seen: tuple[_Seen, ...]) -> None:
        """Records the approval, or requires one. What is left to be recorded needs none."""
        found = {stop: rollback_of(self.ctx.ledger, stop) for stop in self.wave.stops}
        if all(one and one.counts and one.back_at for one in found.values()):
            return
        missing = [one for one in seen if not is_approved(self.ctx.ledger, one.down.stop)]
        if missing and not who:
            raise Denied(codes.ROLLBACK_NOT_APPROVED, wave=self.wave.name)
        if missing:
            approve_rollback(self.ctx.ledger, self.wave.stops, who)

    def begin(self) -> None:
        """Records that the wave goes back: a runner that claims a step of it afterwards gives it up.

        Refuses while a runner holds one; looks again once the record is there, as one may have come before it.
        """
        self._refuse_if_held()
        began = exact_now()
        new: dict[str, Rollback] = {}
        for down in self.wave.servers:
            old = rollback_of(self.ctx.ledger, down.stop)
            if old and old.counts:
                self._records[down.stop] = old
                continue
            record = self._record_of(down, began)
            if not swap_rollback(self.ctx.ledger, down.stop, old, record):
                raise TransientError(codes.STEP_UNDER_WAY, wave=self.wave.name, step="rollback")
            self._records[down.stop] = new[down.stop] = record
        try:
            self._refuse_if_held()
        except TransientError:
            if all(one.ended for stop, one in self._records.items() if stop not in new):
                for stop, record in new.items():
                    forget_rollback(self.ctx.ledger, stop, record)
            raise
        # Now, not at the end: from here on nothing counts the wave as moved.
        self.ctx.ledger.start_over((*self.wave.stops, *self.wave.way))
        # Down at both sides until they run at the source again: meanwhile no other wave may be stopped instead.
        note_down(self.ctx.ledger, self.wave.stops)

    def _record_of(self, down: Down, began: str) -> Rollback:
        cut = cuts(self.ctx.ledger).get(down.stop)
        return Rollback(
            server_id=down.server_id,
            name=down.name,
            wave=self.wave.name,
            who=approver_of(self.ctx.ledger, self.wave.stops),
            began=began,
            target_seal=self.ctx.plan.inputs.get("target", ""),
            stopped_at=cut.asked_at if cut else asked_at(self.ctx.ledger).get(down.stop, ""),
        )

    def _refuse_if_held(self) -> None:
        held = sorted(self.ctx.ledger.held() & {*self.wave.stops, *self.wave.way})
        if held:
            raise TransientError(codes.STEP_UNDER_WAY, wave=self.wave.name, step=held[0])

    def _note(self, stop: str, **changes: object) -> None:
        old = self._records[stop]
        new = replace(old, **changes)
        if new == old:
            return
        if not swap_rollback(self.ctx.ledger, stop, old, new):
            raise TransientError(codes.STEP_UNDER_WAY, wave=self.wave.name, step="rollback")
        self._records[stop] = new

    # ------------------------------------------------------------ effects

    def park(self, seen: _Seen) -> None:
        """Stops our server at the target, which keeps its disks, ports and addresses."""
        if seen.target is None:
            return
        compute, target_id = self.ctx.target.compute, seen.target.id
        self._adopt(seen)
        if not seen.is_off:
            self._until(lambda: compute.server(target_id).status, lambda status: status != "BUILD", seen.down.name)
            if not compute.is_off(target_id):
                self.ctx.stop.check()
                log.warning("parking id=%s name=%s", target_id, seen.down.name)
                compute.stop(target_id)
                self._until(lambda: "off" if compute.is_off(target_id) else "", bool, seen.down.name)
        seen.target, seen.actions = compute.server(target_id), compute.actions(target_id)
        seen.never_ran = seen.target.status == "ERROR"
        recorded = self._records[seen.down.stop].parked
        now = seen.parked()
        if recorded is None or (recorded.server_id, recorded.actions) != (now.server_id, now.actions):
            self._note(seen.down.stop, parked=now)

    def _adopt(self, seen: _Seen) -> None:
        """Records a server that a killed run made without having recorded it."""
        assert seen.target is not None
        if self.ctx.ledger.target_id(Kind.SERVER, seen.down.server_id) == seen.target.id:
            return
        self.ctx.ledger.adopt_effect(
            Effect(
                step_id=item(Kind.SERVER, seen.down.server_id),
                side="target",
                kind=Kind.SERVER,
                resource_id=seen.target.id,
                role=Role.MOVED,
                source_id=seen.down.server_id,
                name=seen.target.name,
                made_at=iso(utc_now()),
            )
        )

    def start(self, seen: _Seen) -> None:
        """Starts the server at the source again if our stop is still the last thing that was done to it."""
        down, compute = seen.down, self._source.compute
        if self._records[down.stop].back_at:
            return
        now = self._at_source(down)
        if now.task_state == "powering-off":
            self._until(lambda: compute.server(down.server_id).task_state or "", lambda task: not task, down.name)
            now = self._at_source(down)
        starts, stays_off = self._wants_start(down, now)
        if starts:
            self.ctx.stop.check()
            log.warning("starting again id=%s name=%s", down.server_id, down.name)
            try:
                with self.ctx.permits.starting(down.server_id):
                    compute.start(down.server_id)
            except Denied as err:
                if is_approved(self.ctx.ledger, down.stop):
                    raise
                # Another process has just ended this rollback, which used the approval up.
                raise TransientError(codes.STEP_UNDER_WAY, wave=self.wave.name, step="rollback") from err
        if not stays_off:
            self._until(lambda: _running(compute.server(down.server_id), down), "ACTIVE".__eq__, down.name)
        self._note(down.stop, back_at=iso(utc_now()), started=starts)

    def _until(self, read: Callable[[], str], is_over: Callable[[str], bool], name: str) -> None:
        try:
            poll(read, is_over, limit_s=DISK_WAIT_S, stop=self.ctx.stop, first_s=self.ctx.poll_s)
        except StillWaiting as err:
            of, seconds = f"server {name}", round(err.waited_s)
            raise TransientError(codes.STILL_IN_STATE, item=of, status=str(err.last), seconds=seconds) from err

    # ------------------------------------------------------------ records

    def end(self) -> tuple[Rollback, ...]:
        """Uses up the approvals, and ends the downtime. The last record ends the rollback."""
        ledger = self.ctx.ledger
        parked = {one.server_id for one in self._records.values() if one.parked}
        for step in self.ctx.plan.steps:
            if parked & {*holders_of(step.action)}:
                note_used_since(ledger, disk_of(step.action))
        use_up(ledger, self.wave.stops)
        for stop in self.wave.stops:
            note_running(ledger, stop)
            not_stopped(ledger, stop)
        ended = iso(utc_now())
        for stop in self.wave.stops:
            self._note(stop, ended=self._records[stop].ended or ended)
        return tuple(self._records[stop] for stop in self.wave.stops)


def _running(server: Server, down: Down) -> str:
    """The status. Raises EndedInState: it did not start."""
    if server.status == "ERROR":
        raise EndedInState(codes.ENDED_IN_STATE, item=f"server {down.name}", status=server.status)
    return server.status if not server.task_state else ""


# ---------------------------------------------------------------- acceptance


def accept(ledger: Ledger, plan: Plan, wave: Wave, who: str) -> tuple[Accepted, ...]:
    """Records that the wave is the customer's at the target. The first word stays.

    Raises ConfigError DCP-945: not all its servers are up there.
    """
    now = _state_in(plan, facts_of(ledger), wave)
    if now.stage not in {Stage.UP, Stage.ACCEPTED}:
        raise ConfigError(codes.WAVE_NOT_UP, wave=wave.name)
    at = iso(utc_now())
    return tuple(
        note_accepted(
            ledger,
            one.stop,
            Accepted(
                server_id=one.server_id,
                name=one.name,
                wave=wave.name,
                target_id=ledger.target_id(Kind.SERVER, one.server_id) or "",
                who=who,
                at=at,
            ),
        )
        for one in wave.servers
    )
