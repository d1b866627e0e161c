"""PostgreSQL as the ledger: a server that goes away, is not there or refuses us; whose clock counts; no password."""

import os
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url

from migrate.errors import AccessError, ConfigError, DecampError, LeaseLost, TransientError
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Effect, JournalLine, State
from migrate.messages import codes
from migrate.messages.catalogue import LANGUAGES
from migrate.messages.catalogue import text as sentence
from migrate.model import Kind, Role

MIGRATION = "0123456789abcdef0123456789abcdef"
EFFECT = Effect(
    step_id="network:a",
    side="target",
    kind=Kind.NETWORK,
    resource_id="r",
    role=Role.MOVED,
    source_id="a",
    made_at="2026-01-01T00:00:00Z",
)


class Door:
    """Stands between us and the server, and can be shut: what is under way breaks, and nothing comes through."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.open()

    def open(self) -> None:
        if self._listener.fileno() < 0:
            self._listener = socket.create_server(
                ("127.0.0.1", self.port),
            )
        threading.Thread(target=self._accept, args=(self._listener,), daemon=True).start()

    def shut(self) -> None:
        # Closing alone would leave the thread in accept().
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for one in self._open:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near = listener.accept()[0]
                far = socket.create_connection(self._server)
                self._open += [near, far]
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_pump, args=(one, other), daemon=True).start()


def _pump(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(1 << 16):
            other.sendall(piece)
    with suppress(OSError):
        other.shutdown(socket.SHUT_WR)


@pytest.fixture
def door(postgresql: str, monkeypatch: pytest.MonkeyPatch, pgpass: str) -> Iterator[Door]:
    monkeypatch.setenv("PGPASSWORD", pgpass)
    server = make_url(postgresql)
    made = Door(str(server.host), server.port or 5432)
    yield made
    made.shut()


@pytest.fixture
def pgpass(postgresql: str) -> str:
    """The password, from where libpq would read it."""
    return Path(os.environ["PGPASSFILE"]).read_text().strip().split(":")[4]


def through(door: Door, url: str) -> str:
    return make_url(url).set(port=door.port).render_as_string(hide_password=False)


def opened(url: str, patience_s: float = 60.0) -> Ledger:
    ledger = Ledger.open(url, MIGRATION)
    ledger._db.patience_s = patience_s
    ledger.sync({"network:a": "d1"})
    return ledger


pytestmark = pytest.mark.lab


# ---------------------------------------------------------------- a server that goes away


def test_connections_that_the_server_cut_are_made_again(postgresql: str) -> None:
    ledger = opened(postgresql)
    claim = ledger.claim("network:a", "elsewhere/1", 60)
    assert claim
    cut(postgresql)
    ledger.record_effect(claim, EFFECT)
    cut(postgresql)
    assert ledger.renew(claim)
    ledger.finish(claim, State.DONE)
    assert ledger.states()["network:a"].state is State.DONE


def test_a_transaction_that_is_cut_in_the_middle_is_done_again_whole(postgresql: str) -> None:
    ledger = opened(postgresql)
    tries: list[int] = []

    def work(c: Connection) -> None:
        c.execute(text("UPDATE steps SET attempts = attempts + 1"))
        tries.append(1)
        if len(tries) == 1:
            cut(postgresql)
        c.execute(text("UPDATE steps SET attempts = attempts + 1"))

    ledger._db.write(work)
    assert len(tries) == 2
    assert ledger.states()["network:a"].attempts == 2


def cut(url: str) -> None:
    """Ends every connection of this test, as a restart of the server does."""
    name = str(make_url(url).query["application_name"])
    with psycopg.connect(make_url(url).set(query={}).render_as_string(hide_password=False)) as c:
        c.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = %s", (name,))


def test_a_server_that_comes_back_in_time_is_waited_for(
    postgresql: str, door: Door, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger, pauses = opened(through(door, postgresql)), list[float]()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            door.open()

    door.shut()
    monkeypatch.setattr("migrate.ledger.database.sleep", pause)
    claim = ledger.claim("network:a", "elsewhere/1", 60)
    assert claim and ledger.renew(claim)
    assert len(pauses) >= 3


def test_a_server_that_stays_away_may_come_back_later(postgresql: str, door: Door) -> None:
    ledger = opened(through(door, postgresql), patience_s=0.5)
    claim = ledger.claim("network:a", "elsewhere/1", 60)
    assert claim
    door.shut()
    for call in (ledger.states, lambda: ledger.finish(claim, State.DONE), lambda: ledger.renew(claim)):
        with pytest.raises(TransientError) as away:
            call()
        assert away.value.code == codes.LEDGER_UNREACHABLE
    door.open()
    ledger._db.patience_s = 60.0
    ledger.finish(claim, State.DONE)
    assert ledger.states()["network:a"].state is State.DONE


@pytest.fixture
def lost_answers(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Ledger, list[int]]]:
    """A ledger, and how many of its next commits succeed with their answer lost."""
    ledger, to_lose = opened(postgresql), [0]
    dialect = ledger._db._engine.dialect
    commit = dialect.do_commit

    def lossy(connection: Any) -> None:
        commit(connection)
        if to_lose[0]:
            to_lose[0] -= 1
            connection.dbapi_connection.close()
            raise psycopg.OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(dialect, "do_commit", lossy)
    yield ledger, to_lose


def test_a_claim_whose_answer_is_lost_is_still_ours(lost_answers: tuple[Ledger, list[int]]) -> None:
    ledger, to_lose = lost_answers
    to_lose[0] = 1
    claim = ledger.claim("network:a", "elsewhere/1", 60)
    assert claim and claim.fence == 1
    assert ledger.claim("network:a", "elsewhere/2", 60) is None
    assert ledger.renew(claim)


def test_an_end_whose_answer_is_lost_is_no_lost_lease(lost_answers: tuple[Ledger, list[int]]) -> None:
    ledger, to_lose = lost_answers
    claim = ledger.claim("network:a", "elsewhere/1", 60)
    assert claim
    to_lose[0] = 1
    ledger.finish(claim, State.DONE, journal=JournalLine(step_id="network:a", stage="network.make"))
    assert ledger.states()["network:a"].state is State.DONE
    assert len(ledger.journal()) == 1
    with pytest.raises(LeaseLost):
        ledger.finish(claim, State.DONE)


def test_an_effect_whose_answer_is_lost_is_recorded_once(lost_answers: tuple[Ledger, list[int]]) -> None:
    ledger, to_lose = lost_answers
    claim = ledger.claim("network:a", "elsewhere/1", 60)
    assert claim
    to_lose[0] = 2
    ledger.record_effect(claim, EFFECT)
    ledger.approve("cut-over", "operator", {"network:a": "d1"}, "2026-01-01T00:00:00Z")
    assert (len(ledger.effects()), len(ledger.approvals())) == (1, 1)


# ---------------------------------------------------------------- several machines


def test_leases_are_measured_by_the_servers_clock(postgresql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose clock is an hour ahead would take every step away from the others."""
    held = opened(postgresql)
    assert held.claim("network:a", "elsewhere/1", 60)
    ahead = Ledger.open(postgresql, MIGRATION)
    real = time.time
    monkeypatch.setattr("time.time", lambda: real() + 3600)
    assert ahead.claim("network:a", "elsewhere/2", 60) is None


# ---------------------------------------------------------------- a server that is not there, or refuses us


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"port": 1}, codes.LEDGER_UNREACHABLE),
        ({"host": "no-such-host.invalid"}, codes.LEDGER_UNREACHABLE),
        ({"database": "nobody-made-this"}, codes.LEDGER_REFUSED),
        ({"username": "nobody"}, codes.LEDGER_REFUSED),
        ({"password": "swordfish"}, codes.LEDGER_REFUSED),
        ({"username": "nobody", "password": "swordfish"}, codes.LEDGER_REFUSED),
        ({"port": 1, "password": "swordfish"}, codes.LEDGER_UNREACHABLE),
        ({"port": 1, "query": {"password": "swordfish"}}, codes.LEDGER_UNREACHABLE),
    ],
    ids=str,
)
def test_what_is_wrong_at_the_start_is_said_at_once(
    postgresql: str, changes: dict[str, Any], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = make_url(postgresql).set(**changes).render_as_string(hide_password=False)
    pauses = list[float]()
    monkeypatch.setattr("migrate.ledger.database.sleep", pauses.append)
    with pytest.raises(AccessError) as refused:
        Ledger.open(url, MIGRATION)
    assert refused.value.code == code
    assert pauses == [], "it is not tried again"
    shown = [sentence(code, lang, refused.value.facts) for lang in LANGUAGES]
    assert "swordfish" not in f"{refused.value} {refused.value!r} {shown}"
    assert all("\n" not in one and "?" not in one for one in shown)


def test_rights_that_lack_are_named(postgresql: str) -> None:
    """A user who may connect and make no table."""
    opened(postgresql).close()
    url = make_url(postgresql).update_query_dict({"options": "-csearch_path=pg_catalog"})
    with pytest.raises(DecampError) as refused:
        Ledger.open(url.render_as_string(hide_password=False), MIGRATION)
    assert refused.value.code == codes.LEDGER_REFUSED


def test_tables_that_are_not_ours_are_left_alone(postgresql: str) -> None:
    with psycopg.connect(make_url(postgresql).render_as_string(hide_password=False)) as c:
        c.execute("CREATE TABLE meta (id integer)")
    with pytest.raises(ConfigError) as refused:
        Ledger.open(postgresql, MIGRATION)
    assert refused.value.code == codes.LEDGER_DAMAGED
