"""Whose turn it is: at most one test launch is at the target, under way or kept.

A note in the ledger says which: it holds while its process renews it, and longer if the launch is kept on purpose.
What a dead launch has left is removed by whoever comes next.
"""

import shlex
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from msgspec.structs import replace

from migrate.documents import canonical
from migrate.errors import ConflictError
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Since1970, is_live
from migrate.ledger.step_claim import Claim, new_owner, owner_is_dead, steady_s
from migrate.messages import codes
from migrate.model import TEST_SUFFIX, Kind, Record, Role
from migrate.monitor import log
from migrate.units import iso

NOTE = "test-launch"
LEASE_S = 60.0


class LaunchNote(Record, frozen=True, kw_only=True):
    """The launch at the target. `owner`: its process, empty once it has ended; `lease_until`: in seconds since 1970.

    `kept_until`: when one that is kept may be removed by others; 0 for one that is not kept.
    """

    name: str
    owner: str = ""
    lease_until: Since1970 = 0.0
    kept_until: Since1970 = 0.0

    def is_under_way(self) -> bool:
        return bool(self.owner) and is_live(self.lease_until, time.time()) and not owner_is_dead(self.owner)

    def is_kept(self) -> bool:
        return not self.owner and time.time() < self.kept_until

    @property
    def kept_facts(self) -> dict[str, str]:
        """The facts of DCP-573."""
        until = iso(datetime.fromtimestamp(self.kept_until, UTC))
        return {"name": self.name, "until": until, "command": f"decamp {_removal(self.name)}"}


def noted_launch(ledger: Ledger) -> LaunchNote | None:
    """The launch at the target as the ledger knows it; None if there is none."""
    return ledger.record(NOTE, LaunchNote)


class LaunchLeft(Record, frozen=True, kw_only=True):
    """What test launches have at the target. `until`: when one that is kept may be removed by others, empty for none.

    `is_over`: it is neither under way nor kept any more, so `decamp clean` removes it too.
    """

    name: str
    until: str = ""
    is_over: bool = False

    @property
    def command(self) -> str:
        """What removes it, without `decamp`."""
        return _removal(self.name)

    @property
    def facts(self) -> dict[str, str]:
        """The facts of DCP-567."""
        return {"name": self.name, "command": f"decamp {self.command}"}


def launch_left(ledger: Ledger) -> LaunchLeft | None:
    """What takes up room at the target because of a test launch, under way or not; None for nothing."""
    note = noted_launch(ledger)
    is_under_way = note is not None and note.is_under_way()
    made = ledger.effects(side="target", role=Role.TEST)
    if not (made or is_under_way):
        return None
    if note is None:
        # A test launch that could not remove all of its own: its server says best what it was.
        named = next((one for one in made if one.kind is Kind.SERVER), made[0])
        return LaunchLeft(name=named.name.removesuffix(TEST_SUFFIX), is_over=True)
    until = note.kept_facts["until"] if note.kept_until else ""
    return LaunchLeft(name=note.name, until=until, is_over=not (is_under_way or note.is_kept()))


@dataclass
class Turn:
    """The right to make and remove what a test launch needs, renewed while its block lasts."""

    ledger: Ledger
    note: LaunchNote
    lease_s: float = LEASE_S
    claim: Claim = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self.claim = Claim(self._renew, NOTE, self.note.owner, 0, self.lease_s, steady_s(), "")

    def keep(self, until: float) -> None:
        """Leaves what was made until then (seconds since 1970)."""
        self._put(owner="", lease_until=0.0, kept_until=until)

    def end(self) -> None:
        """Gives the turn back. What is left at the target is anybody's to remove."""
        with self._lock:
            self.ledger.forget(NOTE, _text(self.note))

    def _renew(self, _claim: Claim) -> bool:
        return self._put(lease_until=time.time() + self.lease_s)

    def _put(self, **changes: Any) -> bool:
        with self._lock:
            # Of the note as it is now: one that was kept while we waited here stays kept.
            new = replace(self.note, **changes)
            is_ours = self.ledger.swap_note(NOTE, _text(self.note), _text(new))
            if is_ours:
                self.note = new
            return is_ours

    def beat(self) -> None:
        """Renews the turn until it ends."""
        while not self._ended.wait(self.lease_s / 4):
            try:
                self.claim.beat()
            except Exception as err:
                log.warning("heartbeat step=%s error=%s", NOTE, type(err).__name__)

    def stop_beating(self) -> None:
        self._ended.set()


@contextmanager
def turn_of(ledger: Ledger, name: str, *, even_if_kept: bool = False, owner: str = "") -> Iterator[Turn]:
    """Takes the turn for a launch of this name, and renews it during the block.

    Args:   even_if_kept: takes it from a launch that is kept, to remove that.   owner: this process.
    Raises: ConflictError: DCP-570, another launch is under way; DCP-573, one is kept.
    """
    noted = ledger.note(NOTE)
    there = ledger.read_as(LaunchNote, NOTE, noted) if noted else None
    if there and there.is_under_way():
        raise ConflictError(codes.LAUNCH_UNDER_WAY, name=there.name)
    if there and there.is_kept() and not even_if_kept:
        raise ConflictError(codes.LAUNCH_KEPT, **there.kept_facts)
    mine = LaunchNote(name=name, owner=owner or new_owner(), lease_until=time.time() + LEASE_S)
    if not ledger.swap_note(NOTE, noted, _text(mine)):
        raise ConflictError(codes.LAUNCH_UNDER_WAY, name=name)
    turn = Turn(ledger, mine)
    heart = threading.Thread(target=turn.beat, daemon=True, name="heartbeat")
    heart.start()
    try:
        yield turn
    finally:
        turn.stop_beating()
        heart.join()


def _removal(name: str) -> str:
    return shlex.join(["test-launch", name, "--remove", "--execute"])


def _text(note: LaunchNote) -> str:
    return canonical(note).decode()
