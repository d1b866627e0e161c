"""The small classes that many threads share, each with what a few threads do to it and what must then be so."""

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from shutil import rmtree
from typing import Any

from migrate import pool
from migrate.clouds.http import pace
from migrate.disks.store import chunk_index, pass_writer
from migrate.disks.store.chunk_index import DAMAGED, ChunkIndex
from migrate.disks.store.chunk_tables import split
from migrate.disks.store.manifest import CHUNK_BYTES, SEGMENT_BYTES, ZERO_DIGEST, Origin
from migrate.disks.store.object_names import PART
from migrate.disks.store.pack_format import Entry
from migrate.disks.store.pass_parts import read_part
from migrate.errors import ConflictError
from migrate.execute.test_launch import launch_turn
from migrate.execute.test_launch.launch_turn import Turn, noted_launch, turn_of
from migrate.ledger import ledger, step_claim
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State
from migrate.ledger.step_claim import Claim
from migrate.messages import codes
from migrate.pool import Pool
from tests.disks.store.faulty_stores import DISK, Faulty, disk_store, memory
from tests.orders.every_order import Case, between
from tests.sim.scheduler import current

_MIGRATION = "0123456789abcdef0123456789abcdef"
_STEP = "volume:one:capture"


class Failed(Exception):
    pass


class PoolCase(Case):
    """Three calls on two threads of a pool, of which the first two fail."""

    watched = (pool,)

    def __init__(self) -> None:
        self.ran: list[int] = []
        self.said: list[str] = []
        self.handed = self.most = 0

    def threads(self) -> Sequence[Callable[[], object]]:
        return [self._feed]

    def _feed(self) -> None:
        try:
            with Pool(2) as hands:
                for number in range(3):
                    hands.do(lambda number=number: self._call(number))  # type: ignore[misc]
                    self.handed += 1
                    self.most = max(self.most, self.handed - len(self.ran))
                hands.finish()
        except Failed as err:
            self.said.append(str(err))
        self.ran.append(-1)

    def _call(self, number: int) -> None:
        between()
        self.ran.append(number)
        if number < 2:
            raise Failed(f"{number} failed")

    def check(self) -> None:
        assert self.ran.pop() == -1, "a call ran after the end"
        assert sorted(self.ran) == list(range(len(self.ran))), f"these ran: {self.ran}"
        assert self.said in ([f"{number} failed"] for number in self.ran), f"told {self.said}, ran {self.ran}"
        assert self.most <= 2, f"{self.most} calls waited or ran at once"


class PaceCase(Case):
    """A service has complained. One request is refused, while others take their turns and are answered."""

    watched = (pace,)

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.pacer = pace.Pacer("c", 10.0, clock=lambda: 0.0, wait=self._wait)
        self.pacer.answered("s", 0, 429, 2.0)

    def _wait(self, seconds: float) -> None:
        self.waits.append(round(seconds, 6))
        between()

    def threads(self) -> Sequence[Callable[[], object]]:
        return [self._is_refused, self._is_answered]

    def _is_refused(self) -> None:
        between()
        self.pacer.answered("s", 0, 429, 3.0)
        between()
        self.pacer.before("s")

    def _is_answered(self) -> None:
        between()
        number = self.pacer.before("s")
        between()
        self.pacer.answered("s", number, 200, None)

    def outcome(self) -> object:
        lane = self.pacer._lanes["s", ""]
        return sorted(self.waits), lane, self.pacer._bucket._spent_until if self.pacer._bucket else 0


class ThrottleCase(Case):
    """Two streams take their share of the bandwidth."""

    watched = (pace,)
    most_switches = 3

    def __init__(self) -> None:
        self.waits: list[float] = []
        self.throttle = pace.Throttle(
            1000, clock=lambda: 0.0, wait=lambda seconds: self.waits.append(round(seconds, 6))
        )

    def threads(self) -> Sequence[Callable[[], object]]:
        return [lambda: self.throttle.take(500), lambda: self.throttle.take(300)]

    def outcome(self) -> object:
        return sorted(self.waits), self.throttle._bucket._spent_until if self.throttle._bucket else 0


class _InFolder(Case):
    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())

    def end(self) -> None:
        rmtree(self.folder)


def _entries(*names: bytes) -> list[Entry]:
    return [Entry(name * 32, at, 5, 5) for at, name in enumerate(names)]


class IndexCase(_InFolder):
    """One thread sorts in staged packs, while another adds packs, finds chunks and reports damage."""

    watched = (chunk_index,)

    def __init__(self) -> None:
        super().__init__()
        self.index = ChunkIndex(self.folder / "index.sqlite")
        self.index.stage("old", 10, _entries(b"a"), 0)
        self.found: list[object] = []

    def threads(self) -> Sequence[Callable[[], object]]:
        return [self._sort_in, self._use]

    def _sort_in(self) -> None:
        self.index.stage("new", 20, _entries(b"a", b"b"), 0)
        between()
        self.index.merge()

    def _use(self) -> None:
        self.index.set_state("old", DAMAGED)
        between()
        self.index.add("new", 20, _entries(b"a", b"b"))
        between()
        self.found.append(self.index.find([b"a" * 32, b"b" * 32]))

    def check(self) -> None:
        self.index.merge()
        rows = self.index.packs()
        assert {name: row.state for name, row in rows.items()} == {"old": DAMAGED, "new": 0}, rows
        assert set(self.index.find([b"a" * 32, b"b" * 32])) == {b"a" * 32, b"b" * 32}

    def end(self) -> None:
        self.index.close()
        super().end()


class PassCase(_InFolder):
    """Two threads put segments that share a chunk, into packs that one segment fills; then the pass is sealed."""

    watched = (pass_writer,)
    most_switches = 1

    def __init__(self) -> None:
        super().__init__()
        setattr(pass_writer, "MOST_CONTENT_BYTES", 1)  # noqa: B010
        self.store = disk_store(objects := Faulty(memory()), self.folder)
        setattr(objects, "after_put", self._look)  # noqa: B010
        self.contents = [_segment(b"a", b"b"), _segment(b"a", b"c"), _segment(b"b", b"d")]
        self.size_bytes = SEGMENT_BYTES * len(self.contents)
        self.writer = self.store.begin(DISK, "o1", self.size_bytes)

    def threads(self) -> Sequence[Callable[[], object]]:
        return [lambda: self._put(0, 2), lambda: self._put(1)]

    def _put(self, *segments: int) -> None:
        for index in segments:
            between()
            self.writer.put(index, self.contents[index])

    def _look(self, _number: int, name: str) -> None:
        """After a kill at any moment, what a part lists is in packs."""
        if f"/{PART}" in name:
            rows = read_part(self.store.container, name, DISK, "o1", self.size_bytes)
            assert rows, f"{name} cannot be read"
            wanted = {digest for row in rows.values() for digest in split(row)} - {ZERO_DIGEST}
            assert wanted == set(self.store.packs.find(wanted)), f"{name} was stored before a pack of its chunks"

    def check(self) -> None:
        manifest = self.writer.seal("disk", Origin(image_id="o1", taken_at="2020-01-01T00:00:00Z"))
        for index, content in enumerate(self.contents):
            assert self.store.segment(manifest, index) == content, f"segment {index} is another"

    def end(self) -> None:
        self.store.close()
        super().end()


def _segment(*chunks: bytes) -> bytes:
    return b"".join(chunk * CHUNK_BYTES for chunk in chunks).ljust(SEGMENT_BYTES, b"\0")


class _OneLedger(_InFolder):
    """Its transactions are done at once: to wait for SQLite's lock would stop all threads."""

    def __init__(self) -> None:
        super().__init__()
        self.ledger = Ledger.open(f"sqlite:///{self.folder / 'ledger.db'}", _MIGRATION)
        database = self.ledger._db
        once = database._once

        def at_once(*args: Any, **kwargs: Any) -> Any:
            scheduler = current()
            if scheduler is None:
                return once(*args, **kwargs)
            with scheduler.at_once():
                return once(*args, **kwargs)

        setattr(database, "_once", at_once)  # noqa: B010

    def end(self) -> None:
        self.ledger.close()
        super().end()


class ClaimCase(_OneLedger):
    """Two runners claim a step whose runner has died; one of them may finish it, and the dead one may wake up."""

    watched = (ledger, step_claim)

    def __init__(self) -> None:
        super().__init__()
        self.ledger.sync({_STEP: "d"})
        old = self.ledger.claim(_STEP, "elsewhere/old", -1.0)
        assert old
        self.old = old
        self.claims: list[Claim] = []
        self.ended: list[int] = []

    def threads(self) -> Sequence[Callable[[], object]]:
        return [lambda: self._take("elsewhere/one"), lambda: self._take("elsewhere/two")]

    def _take(self, owner: str) -> None:
        if claim := self.ledger.claim(_STEP, owner, 60.0):
            self.claims.append(claim)
            between()
            with suppress(Exception):
                self.ledger.finish(self.old, State.DONE)
                self.ended.append(self.old.fence)
            between()
            self.ledger.finish(claim, State.DONE)
            self.ended.append(claim.fence)

    def check(self) -> None:
        assert [claim.fence for claim in self.claims] == [self.old.fence + 1], f"{len(self.claims)} have the step"
        assert self.ended == [self.old.fence + 1], f"ended by {self.ended}"


class LaunchCase(_OneLedger):
    """Two test launches begin; each that may is kept."""

    watched = (launch_turn,)
    most_switches = 1

    def __init__(self) -> None:
        super().__init__()
        self.inside = self.most = 0
        self.refused: list[str] = []
        self.until = time.time() + 1e6

    def threads(self) -> Sequence[Callable[[], object]]:
        return [lambda: self._launch("elsewhere/one"), lambda: self._launch("elsewhere/two")]

    def _launch(self, owner: str) -> None:
        try:
            with turn_of(self.ledger, "web", owner=owner) as turn:
                self.inside += 1
                self.most = max(self.most, self.inside)
                between()
                self.inside -= 1
                turn.keep(self.until)
        except ConflictError as err:
            self.refused.append(err.code)

    def check(self) -> None:
        assert self.most == 1, f"{self.most} launches at once"
        note = noted_launch(self.ledger)
        assert note and note.is_kept(), f"not kept: {note}"
        assert self.refused in ([codes.LAUNCH_UNDER_WAY], [codes.LAUNCH_KEPT]), f"refused: {self.refused}"


class KeptLaunchCase(LaunchCase):
    """A launch is kept while its turn is being renewed."""

    most_switches = 3

    def threads(self) -> Sequence[Callable[[], object]]:
        mine = launch_turn.LaunchNote(name="web", owner="elsewhere/one", lease_until=time.time() + 60)
        assert self.ledger.swap_note(launch_turn.NOTE, None, launch_turn._text(mine))
        turn = Turn(self.ledger, mine)
        return [lambda: turn.keep(self.until), turn.claim.beat]

    def check(self) -> None:
        note = noted_launch(self.ledger)
        assert note and note.is_kept(), f"not kept: {note}"


CASES: dict[str, type[Case]] = {
    "pool": PoolCase,
    "pace": PaceCase,
    "throttle": ThrottleCase,
    "chunk-index": IndexCase,
    "pass-writer": PassCase,
    "claim": ClaimCase,
    "launch-turn": LaunchCase,
    "kept-launch": KeptLaunchCase,
}
