"""What a run waits for without a failure: its time windows, and a cloud that refuses the login for a while."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from migrate.clouds.http.pace import Throttle
from migrate.clouds.throttled import ThrottledCloud
from migrate.errors import AccessError, Cancelled, Exit, LoginRefused, TransientError, Unreachable
from migrate.execute.job import Context
from migrate.execute.login_outages import Outages
from migrate.execute.open_windows import Hours
from migrate.execute.runner import MAX_ATTEMPTS, Runner, RunReport
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.model import Identity
from migrate.monitor import RecordingMonitor, StopFlag
from migrate.plan.waves import waves_of
from migrate.policy.windows import parse_windows
from tests.execute.end_state import assert_whole
from tests.execute.rig import Rig

NIGHTS = parse_windows(["daily 20:00-06:00 UTC"])
NOON, EVENING = datetime(2026, 3, 2, 12, tzinfo=UTC), datetime(2026, 3, 2, 20, tzinfo=UTC)
TOKENS = r"/auth/tokens"


class Wall(StopFlag):
    """The clock on the wall; it goes on where somebody waits. `looks`: called at each wait."""

    def __init__(self, start: datetime, looks: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._now, self._looks, self._moving = start, looks, threading.Lock()

    def now(self) -> datetime:
        return self._now

    def set_to(self, moment: datetime) -> None:
        with self._moving:
            self._now = moment

    def wait(self, seconds: float) -> None:
        self._looks()
        with self._moving:
            self._now += timedelta(seconds=max(seconds, 600))
        super().wait(0.001)


def go(rig: Rig, ledger: Ledger, wall: Wall, *, stays: bool = True, gated: bool = False, **runner: Any) -> RunReport:
    """A run by the wall's clock, its content through the gate of the windows."""
    hours = Hours(NIGHTS, wall, stays=stays, now=wall.now)
    ctx = replace(rig.context(ledger), stop=wall)
    if gated:
        ctx = behind(ctx, hours.gate)
    return Runner(ctx, lease_s=30, retry_first_s=0.01, hours=hours, **runner).run()


def behind(ctx: Context, gate: Callable[[], None]) -> Context:
    throttle = Throttle(gate=gate)
    assert ctx.source
    return replace(ctx, source=ThrottledCloud(ctx.source, throttle), target=ThrottledCloud(ctx.target, throttle))


def writes(rig: Rig) -> int:
    logs = [*rig.source_world.log, *rig.target_world.log]
    return sum(method not in {"GET", "HEAD"} and TOKENS not in f"/{path}" for method, _, path in logs)


# ---------------------------------------------------------------- windows


def test_outside_its_windows_a_run_begins_nothing_says_so_and_goes_on_when_they_open(tmp_path: Path) -> None:
    rig = Rig.one_server(tmp_path)
    rig.approve()
    ledger, told, seen = rig.ledger(), list[tuple[str, dict[str, str]]](), list[tuple[int, set[str | None]]]()
    before = writes(rig)

    def looks() -> None:
        if wall.now() < EVENING:
            ready = {s.code for s in ledger.states().values() if s.state is State.WAITING}
            seen.append((writes(rig) - before, ready))

    wall = Wall(NOON, looks)
    report = go(rig, ledger, wall, tell=lambda code, facts: told.append((code, facts)))
    assert report.exit_code == 0
    assert set(map(str, seen)) == {str((0, {codes.WAITS_FOR_WINDOW}))}
    assert told == [(codes.WAITS_FOR_WINDOW, {"opens_at": "2026-03-02T20:00+00:00"})]
    assert wall.now() >= EVENING
    assert_whole(rig)


def test_a_run_that_does_not_wait_ends_and_says_when_the_windows_open(tmp_path: Path) -> None:
    rig = Rig.one_server(tmp_path)
    rig.approve()
    ledger, before = rig.ledger(), writes(rig)
    report = go(rig, ledger, Wall(NOON), stays=False)
    assert report.exit_code == Exit.PARTIAL
    held = [step for step in report.steps if step.code == codes.WAITS_FOR_WINDOW]
    assert held and {step.state for step in held} == {State.WAITING}
    assert held[0].facts == {"opens_at": "2026-03-02T20:00+00:00"}
    assert writes(rig) == before
    assert go(rig, ledger, Wall(EVENING), stays=False).exit_code == 0
    assert {state.code for state in ledger.states().values()} == {None}
    assert_whole(rig)


def test_a_run_with_nothing_to_do_does_not_wait_for_a_window(tmp_path: Path) -> None:
    rig = Rig.one_server(tmp_path)
    rig.approve()
    ledger = rig.ledger()
    assert go(rig, ledger, Wall(EVENING)).exit_code == 0
    wall = Wall(NOON)
    assert go(rig, ledger, wall).exit_code == 0
    assert wall.now() == NOON


def test_a_stop_ends_the_wait_for_a_window(tmp_path: Path) -> None:
    rig = Rig.one_server(tmp_path)
    wall = Wall(NOON, lambda: wall.set())
    assert go(rig, rig.ledger(), wall).exit_code == Exit.INTERRUPTED
    assert wall.now() < EVENING


class Turnstile:
    """The gate of the windows; remembers by thread what the clock showed when it last let something through."""

    def __init__(self, wall: Wall, *, stays: bool) -> None:
        self._wall, self._seen = wall, threading.local()
        self.hours = Hours(NIGHTS, wall, stays=stays, now=self._look)

    def _look(self) -> datetime:
        seen = self._seen.clock = self._wall.now()
        return seen

    def gate(self) -> None:
        self.hours.gate()
        self._seen.passed = self._seen.clock

    def last_passed(self) -> datetime:
        """Now, where this thread has never asked."""
        return getattr(self._seen, "passed", None) or self._wall.now()


class Closing(RecordingMonitor):
    """Closes the windows when the first image has begun to move; counts what moves and begins while they are closed.

    What moved belongs to the moment when the gate let it through: the clock may be hours further when it is counted.
    """

    def __init__(self, wall: Wall, turnstile: Turnstile, at: datetime) -> None:
        super().__init__()
        self.wall, self.turnstile, self.at, self.closed = wall, turnstile, at, False
        self.moved: list[datetime] = []
        self.begun = 0

    def item_started(self, step_id: str, name: str, total_bytes: int) -> None:
        if NIGHTS.opens_at(self.wall.now()):
            self.begun += 1

    def item_advanced(self, step_id: str, delta_bytes: int) -> None:
        if NIGHTS.opens_at(self.turnstile.last_passed()):
            self.moved.append(self.turnstile.last_passed())
        if ":capture" in step_id and not self.closed:
            self.closed = True
            self.wall.set_to(self.at)


@pytest.mark.parametrize("stays", [True, False])
def test_when_the_windows_close_content_stands_still_and_nothing_is_begun(tmp_path: Path, stays: bool) -> None:
    rig = Rig.one_server(tmp_path)
    rig.approve()
    ledger, wall = rig.ledger(), Wall(EVENING)
    turnstile = Turnstile(wall, stays=stays)
    monitor = Closing(wall, turnstile, datetime(2026, 3, 3, 6, tzinfo=UTC))
    ctx = behind(replace(rig.context(ledger), stop=wall, monitor=monitor), turnstile.gate)
    report = Runner(ctx, lease_s=30, retry_first_s=0.01, hours=turnstile.hours).run()
    assert monitor.closed
    assert monitor.moved == []
    # What was claimed before they closed may still begin, however late; that is never more than may run at once.
    limits = ctx.policy.limits
    assert monitor.begun <= limits.source + limits.target
    if stays:
        assert report.exit_code == 0
    else:
        assert report.exit_code == Exit.PARTIAL
        assert wall.now() < datetime(2026, 3, 3, 20, tzinfo=UTC)
        assert codes.WAITS_FOR_WINDOW in {step.code for step in report.steps}
        assert State.RUNNING not in {step.state for step in report.steps}
        assert go(rig, ledger, Wall(EVENING)).exit_code == 0
    assert_whole(rig)


@pytest.mark.parametrize("held", [True, False])
def test_what_a_closed_window_broke_off_is_no_attempt(tmp_path: Path, held: bool) -> None:
    """Each night's close may break the same upload: in the third week it must not be given up."""
    rig = Rig.one_server(tmp_path)
    rig.approve()
    rig.target_world.fail_next("PUT", r"/images/.*/file", TransientError(codes.CLOUD_UNAVAILABLE, what="cut"), times=40)
    ledger, wall = rig.ledger(), Wall(EVENING)
    hours = Hours(NIGHTS, wall, now=wall.now)

    def close_and_wait() -> None:
        if held:
            wall.set_to(wall.now().replace(hour=12) + timedelta(days=1))
        hours.gate()

    restore = next(s for s in rig.plan.steps if s.do == "image.restore")
    capture = restore.needs[0]
    ctx = replace(rig.context(ledger), stop=wall)
    assert Runner(ctx, hours=hours, only=lambda step: step.id == capture).run().exit_code == Exit.OK
    report = Runner(
        behind(ctx, close_and_wait),
        retry_first_s=0.001,
        hours=hours,
        only=lambda step: step.id in {restore.id, capture},
    ).run()
    assert report.exit_code == (Exit.OK if held else Exit.PARTIAL)
    tries = rig.count("target", "PUT", lambda path: path.endswith("/file"))
    assert tries == (41 if held else MAX_ATTEMPTS)


def test_a_gate_that_is_open_stops_nobody() -> None:
    stopped = StopFlag()
    stopped.set()
    hours = Hours(NIGHTS, stopped, now=lambda: EVENING)
    hours.gate()
    assert not hours.held_since(NOON)
    closed = Hours(NIGHTS, stopped, now=lambda: NOON)
    with pytest.raises(Cancelled):
        closed.gate()
    assert closed.held_since(NOON)


# ---------------------------------------------------------------- logins


def refused(cloud: str = "target") -> AccessError:
    return LoginRefused(codes.LOGIN_REFUSED, cloud=cloud, user="x")


def run(rig: Rig, ledger: Ledger, **runner: Any) -> RunReport:
    ctx = rig.context(ledger)
    return Runner(ctx, **{"lease_s": 30, "retry_first_s": 0.01, "login_first_s": 0.01, **runner}).run()


def test_a_refused_login_makes_its_steps_wait_and_the_run_goes_on(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    rig.approve()
    rig.target_world.fail_next("POST", r"/networks", refused())
    rig.target_world.fail_next("POST", TOKENS, refused(), times=4)
    ledger, told = rig.ledger(), list[tuple[str, dict[str, str]]]()
    during: list[set[tuple[State, str | None]]] = []

    def tell(code: str, facts: dict[str, str]) -> None:
        told.append((code, facts))
        during.append({(row.state, row.code) for row in ledger.states().values()})

    assert run(rig, ledger, tell=tell).exit_code == 0
    assert told[0] == (codes.WAITS_FOR_LOGIN, {"cloud": rig.plan.target.cloud, "why": codes.LOGIN_REFUSED})
    assert {row.code for row in ledger.states().values()} == {None}
    assert_whole(rig)


def test_while_one_side_is_out_the_other_goes_on(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    rig.approve()
    ledger = rig.ledger()
    rig.target_world.fail_next("POST", r".*", refused(), times=100_000)
    stopping = StopFlag()
    ctx = replace(rig.context(ledger), stop=stopping)
    # No server is stopped that could not be made.
    stopped = waves_of(rig.plan.steps).by_step
    at_source = [step.id for step in rig.plan.steps if step.sides == ("source",) and step.id not in stopped]

    def watch() -> set[str | None]:
        until = time.monotonic() + 60
        try:
            while True:
                states = ledger.states()
                if all(states[step_id].state is State.DONE for step_id in at_source) or time.monotonic() > until:
                    return {row.code for row in states.values() if row.state is State.WAITING}
                time.sleep(0.01)
        finally:
            stopping.set()

    with ThreadPoolExecutor(1) as pool:
        watcher = pool.submit(watch)
        report = Runner(ctx, retry_first_s=0.01, login_first_s=0.01).run()
        seen = watcher.result(60)
    assert report.exit_code == Exit.INTERRUPTED
    states = {step.step_id: step for step in report.steps}
    assert {states[step_id].state for step_id in at_source} == {State.DONE}
    assert stopped and rig.count("source", "POST", lambda path: path.endswith("/action")) == 0
    assert seen == {codes.WAITS_FOR_LOGIN}
    assert State.FAILED not in {step.state for step in report.steps}


def test_a_login_that_stays_refused_ends_the_run_after_a_while(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    rig.approve()
    ledger = rig.ledger()
    rig.target_world.fail_next("POST", r".*", refused(), times=100_000)
    with pytest.raises(AccessError) as caught:
        run(rig, ledger, login_patience_s=0.2)
    assert caught.value.code == codes.LOGIN_REFUSED
    held = [row for row in ledger.states().values() if row.state is State.WAITING]
    assert {row.code for row in held} == {codes.WAITS_FOR_LOGIN}
    rig.target_world._failures.clear()
    assert run(rig, ledger).exit_code == 0
    assert_whole(rig)


def test_a_stop_does_not_wait_for_a_login_that_hangs(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    ledger, goes_on, hung = rig.ledger(), threading.Event(), list[bool]()
    ctx = rig.context(ledger)
    stop = ctx.stop

    class Hanging:
        def __getattr__(self, name: str) -> Any:
            return getattr(ctx.target, name)

        def identity(self) -> Identity:
            if threading.current_thread().name.startswith("login-"):
                stop.set()
                hung.append(not goes_on.wait(60))
            return ctx.target.identity()

    rig.target_world.fail_next("POST", r"/networks", refused())
    hanging: Any = Hanging()
    report = Runner(replace(ctx, target=hanging), login_first_s=0.01).run()
    assert stop.is_set() and hung == [], "the login hangs still"
    goes_on.set()
    assert report.exit_code == Exit.INTERRUPTED


def test_what_only_we_can_mend_ends_the_run_at_once(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    rig.target_world.fail_next(
        "POST", r"/networks", AccessError(codes.REGION_UNKNOWN, cloud="t", region="a", known="b")
    )
    with pytest.raises(AccessError):
        run(rig, rig.ledger())


def test_a_service_that_does_not_answer_while_the_login_works_fails_its_steps_alone(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    rig.approve()
    gone = Unreachable(codes.UNREACHABLE, url="http://network")
    rig.target_world.fail_next("POST", r"/networks", gone, times=100_000)
    report = run(rig, rig.ledger())
    failed = [step for step in report.steps if step.state is State.FAILED]
    assert [(step.do, step.code) for step in failed] == [("network.make", codes.UNREACHABLE)]
    assert report.exit_code == Exit.ACCESS
    assert {s.state for s in report.steps if s.do == "keypair.import"} == {State.DONE}


def test_errors_that_might_pass_are_the_logins_when_that_is_dead(tmp_path: Path) -> None:
    """An identity service that is down makes the others say 503, not 401."""
    rig = Rig.make(tmp_path, "small")
    rig.approve()
    rig.target_world.fail_next(
        "POST", r"/networks", TransientError(codes.CLOUD_UNAVAILABLE, what="auth"), times=MAX_ATTEMPTS + 2
    )
    rig.target_world.fail_next("POST", TOKENS, Unreachable(codes.UNREACHABLE, url="http://identity"), times=3)
    told: list[str] = []
    assert run(rig, rig.ledger(), tell=lambda code, facts: told.append(facts["why"])).exit_code == 0
    assert told[0] == codes.UNREACHABLE


def test_of_two_clouds_the_one_that_refuses_is_blamed(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    rig.approve()
    rig.source_world.fail_next("GET", r"/notes", refused("source"))
    rig.source_world.fail_next("POST", TOKENS, refused("source"), times=3)
    told: list[str] = []
    assert run(rig, rig.ledger(), tell=lambda code, facts: told.append(facts["cloud"])).exit_code == 0
    assert set(told) == {rig.plan.source.cloud}


class Moody:
    """A cloud whose login works or not, as its test says."""

    def __init__(self) -> None:
        self.works, self.asked = False, 0

    def identity(self) -> Identity:
        self.asked += 1
        if not self.works:
            raise refused()
        return Identity(cloud="t", auth_url="", region="", project_id="", project_name="", user_id="")


def outages(cloud: Any, now: list[float], **more: Any) -> Outages:
    return Outages({"target": cloud}, first_s=5, most_s=300, clock=lambda: now[0], **more)


def settle(cloud: Moody, asked: int) -> None:
    for thread in threading.enumerate():
        if thread.name.startswith("login-"):
            thread.join(60)
    assert cloud.asked >= asked, "the login was not tried"


def test_pauses_between_logins_grow_to_five_minutes() -> None:
    cloud, now = Moody(), [0.0]
    out = outages(cloud, now)
    assert out.blame(("target",), refused())
    asked_at: list[float] = []
    while now[0] < 1800:
        before = cloud.asked
        assert out.tend() is None
        if any(t.name.startswith("login-") for t in threading.enumerate()) or cloud.asked > before:
            settle(cloud, before + 1)
            asked_at.append(now[0])
        now[0] += 1
    gaps = [later - earlier for earlier, later in zip([0.0, *asked_at], asked_at, strict=False)]
    assert gaps == [5, 10, 20, 40, 80, 160, 300, 300, 300, 300]


def test_an_outage_that_comes_back_at_once_is_the_same_one() -> None:
    cloud, now = Moody(), [0.0]
    out = outages(cloud, now, patience_s=100)
    cloud.works = True
    for round_ in range(1, 4):
        out.blame(("target",), refused())
        assert out.error(("target",))
        now[0] += 5 * 2 ** (round_ - 1)
        asked = cloud.asked
        assert out.tend() is None
        settle(cloud, asked + 1)
        assert out.error(("target",)) is None
    now[0] = 101
    out.blame(("target",), refused())
    assert out.tend() is not None, "its hours are counted from its first refusal"


def test_once_a_step_is_done_the_next_outage_is_a_new_one() -> None:
    cloud, now = Moody(), [0.0]
    out = outages(cloud, now, patience_s=100)
    out.blame(("target",), refused())
    cloud.works, now[0] = True, 5
    out.tend()
    settle(cloud, 2)
    out.works(("target",))
    now[0] = 101
    out.blame(("target",), refused())
    assert out.tend() is None


def test_a_cloud_that_is_not_there_is_not_asked() -> None:
    assert not outages(Moody(), [0.0]).blame(("source",), TransientError(codes.CLOUD_UNAVAILABLE, what=""))


def test_a_service_that_calls_the_login_wrong_while_it_works_fails_its_steps_after_a_while(tmp_path: Path) -> None:
    """Other steps of that side are done meanwhile, so that its hours never run out."""
    rig = Rig.make(tmp_path, "small")
    rig.approve()
    rig.target_world.fail_next("POST", r"/networks", refused(), times=100_000)
    report = run(rig, rig.ledger())
    failed = [step for step in report.steps if step.state is State.FAILED]
    assert [(step.do, step.code) for step in failed] == [("network.make", codes.LOGIN_REFUSED)]
    assert {s.state for s in report.steps if s.do == "keypair.import"} == {State.DONE}


# ---------------------------------------------------------------- what an earlier run has left


def test_a_step_that_failed_before_and_cannot_begin_yet_is_not_written_again_and_again(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    ledger = rig.ledger()
    stop = next(step for step in rig.plan.steps if step.gate)
    claim = ledger.claim(stop.id, "me", 60)
    assert claim
    ledger.finish(claim, State.FAILED, code=codes.ENDED_IN_STATE, facts={"item": "s", "status": "error"})
    written: list[str] = []

    def listen(_c: Any, _cursor: Any, statement: str, parameters: Any, *_more: Any) -> None:
        if statement.startswith("UPDATE steps") and stop.id in parameters:
            written.append(statement)

    event.listen(ledger._db._engine, "before_cursor_execute", listen)
    run(rig, ledger)
    assert written == []
    assert ledger.states()[stop.id].code == codes.ENDED_IN_STATE


# ---------------------------------------------------------------- planned anew meanwhile


def test_a_step_that_is_planned_otherwise_while_it_runs_is_left_to_the_new_plan(tmp_path: Path) -> None:
    rig = Rig.make(tmp_path, "small")
    rig.approve()
    ledger = rig.ledger()
    network = next(step for step in rig.plan.steps if step.do == "network.make")
    other = {step.id: step.digest for step in rig.plan.steps} | {network.id: "f" * 64}

    class Replans(RecordingMonitor):
        def item_started(self, step_id: str, name: str, total_bytes: int) -> None:
            if step_id == network.id:
                ledger.sync(other)

    ctx = replace(rig.context(ledger), monitor=Replans())
    report = Runner(ctx, lease_s=30, retry_first_s=0.01).run()
    assert report.exit_code == Exit.PARTIAL
    row = ledger.states()[network.id]
    assert (row.state, row.digest) == (State.PENDING, "f" * 64)
    assert {s.state for s in report.steps if s.do == "keypair.import"} == {State.DONE}
    made = rig.count("target", "POST", lambda path: path == "/networks")
    assert run(rig, rig.ledger()).exit_code == 0
    assert rig.count("target", "POST", lambda path: path == "/networks") == made, "it is found, not made again"
    assert_whole(rig)
