"""HTTP as it comes over a socket: heads, bodies of chunks, trailers, answers that only promise one; by both clients."""

import contextlib
import gzip
import random
import socket
import threading
from functools import cache
from typing import Any, NamedTuple

import requests
from keystoneauth1 import exceptions as ks

from migrate.clouds.guard import NoGuard
from migrate.clouds.http.client import HttpClient, Limits, RetryPolicy
from migrate.clouds.http.dial import Network
from migrate.clouds.http.pace import Pacer
from migrate.clouds.openstack.guarded_session import GuardedTransport, ServiceMap, session_factory
from migrate.errors import DecampError
from migrate.messages import codes
from tests.fuzz.engine import Kind
from tests.fuzz.mutate import damage, words
from tests.openstack.fake_clock import Clock

_JSON = b'{"volumes": []}'
_PACKED = gzip.compress(_JSON, mtime=0)
_BASES = (
    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\nX-Trans-Id: tx1\r\n\r\n" + _JSON,
    b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"vol\r\na;x=y\r\numes": []}\r\n0\r\n\r\n',
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nf\r\n" + _JSON + b"\r\n0\r\nX: y\r\nZ: w\r\n\r\n",
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}",
    b"HTTP/1.0 200 OK\r\n\r\n" + _JSON,
    b"HTTP/1.1 204 No Content\r\nX-Container-Object-Count: 5\r\nX-Meta: \xc3\xa9\x85\r\n\r\n",
    b"HTTP/1.1 429 Slow\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_PACKED) + _PACKED,
    b'HTTP/1.1 206 Partial\r\nContent-Range: bytes 0-4/15\r\nContent-Length: 5\r\n\r\n{"vol',
)
_LONG = (
    *(b" " * 60_000, b"\t \x0b" * 30_000, b"x" * 70_000, b"a:" * 20_000),
    *(b"X-A: b\r\n" * 300, b"\r\n" * 2_000, b"9" * 6_000),
)


class Case(NamedTuple):
    """`is_held`: the connection stays open behind the answer. `by`: which client asks, and how."""

    answer: bytes
    is_held: bool
    by: str


def _make(rng: random.Random) -> Case:
    answer = rng.choice(_BASES)
    for _ in range(rng.choice((1, 1, 2))):
        answer = words(rng, answer) if rng.random() < 0.55 else damage(rng, answer, most=3)
    if rng.random() < 0.1:
        at = rng.randrange(len(answer) + 1)
        answer = answer[:at] + rng.choice(_LONG) + answer[at:]
    return Case(answer, rng.random() < 0.05, rng.choice(("thin GET", "thin HEAD", "thin PUT", "session")))


class _Server:
    """Says to whoever connects what it was given last."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.case = Case(b"", False, "")
        self._held: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            case = self.case
            connection.settimeout(5)
            try:
                connection.recv(1 << 16)
                connection.sendall(case.answer)
            except OSError:
                connection.close()
                continue
            if case.is_held:
                self._held = [*self._held[-20:], connection]
                continue
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            # What was sent is lost where a connection is closed with something unread in it.
            threading.Thread(target=_drained, args=(connection,), daemon=True).start()


def _drained(connection: socket.socket) -> None:
    with connection:
        try:
            while connection.recv(1 << 16):
                pass
        except OSError:
            return


@cache
def _server() -> _Server:
    return _Server()


@cache
def _thin() -> HttpClient:
    clock = Clock()
    return HttpClient(
        locate=lambda url: ("object-store", "/c/o"),
        gatekeeper=NoGuard(),
        retries=RetryPolicy(attempts=1, sleep=clock.wait),
        pacer=Pacer(clock=clock, wait=clock.wait),
        network=Network(limits=Limits(timeout_s=0.1, crawl_s=0.3)),
    )


@cache
def _session() -> Any:
    services, clock = ServiceMap(), Clock()
    services.learn("block-storage", f"{_server().url}/volume/v3")
    retries = RetryPolicy(attempts=1, sleep=clock.wait)
    pacer = Pacer(clock=clock, wait=clock.wait)
    return session_factory(services, lambda: GuardedTransport(services, NoGuard(), None, retries, pacer))()


def _attempt(case: Case) -> None:
    server = _server()
    server.case = case
    url = f"{server.url}/volume/v3/volumes/detail"
    client, _, method = case.by.partition(" ")
    if client == "thin":
        with _thin().request(method, url, body=b"{}" if method == "PUT" else None) as answer:
            assert answer.status >= 200 and all(key == key.lower() or not key.isascii() for key in answer.headers)
            body = answer.read()
            assert method != "HEAD" or not body
        return
    try:
        found = _session().request(url, "GET", authenticated=False, raise_exc=False, timeout=0.2)
    except (ks.ClientException, requests.RequestException) as error:
        # What every caller of a session translates.
        raise DecampError(codes.CLOUD_UNAVAILABLE, what=str(error)) from error
    assert len(found.content) < 64 << 20


KINDS = {"wire": Kind(_make, _attempt, cases=12_000, few=60)}
