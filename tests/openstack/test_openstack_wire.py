"""What only a raw socket can show: connections that break, stall and crawl, and bodies that pass through."""

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from migrate.clouds.http.client import CHUNK_BYTES, HttpClient, Limits
from migrate.clouds.http.dial import Network
from migrate.clouds.http.headers import parsed_head
from migrate.clouds.http.pace import Throttle
from migrate.errors import IntegrityError, TransientError
from migrate.messages import codes
from tests.openstack.fake_clock import Clock
from tests.openstack.fake_openstack import FakeServer, Reply
from tests.openstack.http_clients import client

MADE = b"HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
ASIDE = 64 << 10
Serve = Callable[[socket.socket], None]
Start = Callable[..., str]


@pytest.fixture
def start() -> Iterator[Start]:
    """Starts a server: each connection in turn goes to the next function, the last one takes all others."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk(serve: Serve, connection: socket.socket) -> None:
        # Whoever gives up a connection hangs up on its server.
        with connection, suppress(OSError):
            serve(connection)

    def run(*serve: Serve) -> None:
        left = list(serve)
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            one = left.pop(0) if len(left) > 1 else left[0]
            threading.Thread(target=talk, args=(one, connection), daemon=True).start()

    def begin(*serve: Serve) -> str:
        threading.Thread(target=run, args=serve, daemon=True).start()
        return f"http://127.0.0.1:{listener.getsockname()[1]}/x"

    yield begin
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


def read_head(connection: socket.socket) -> tuple[bytes, bytes]:
    """A request's head, and what came behind it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return b"", b""
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head, rest


def read_body(connection: socket.socket, rest: bytes, size: int) -> bytes:
    got = bytearray(rest)
    while len(got) < size:
        more = connection.recv(1 << 20)
        if not more:
            break
        got += more
    return bytes(got)


def impatient(timeout_s: float = 60.0, pause_s: float = 60.0) -> HttpClient:
    """What waits for the network too long, and moves little meanwhile, it gives up. A slow machine only crawls more."""
    limits = Limits(timeout_s=timeout_s, crawl_bytes=64 << 10, crawl_s=0.3, pause_s=pause_s)
    return client(network=Network(limits=limits))


# ---------------------------------------------------------------- heads


def test_header_lines_hold_what_looks_like_blanks_and_breaks_beyond_ascii() -> None:
    head = "HTTP/1.1 200 OK\r\nX-Object-Meta-ÄÖ\x85A: \x85 x\u2028y\x85\r\nETag:abc\r\nA: 1\r\na: 2".encode()
    assert parsed_head(head) == (200, {"x-object-meta-ÄÖ\x85a": "\x85 x\u2028y\x85", "etag": "abc", "a": "1, 2"})


@pytest.mark.parametrize("pieces", [1, 7, 1000])
@pytest.mark.parametrize("end", [b"\r\n", b"\n"])
def test_a_head_may_come_in_any_pieces(start: Start, pieces: int, end: bytes) -> None:
    answer = end.join([b"HTTP/1.1 200 OK", b"Content-Length: 6", b"X-A: \xc3\x85 ", b"", b"body\r\n"])

    def serve(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        while read_head(connection)[0]:
            for at in range(0, len(answer), pieces):
                connection.sendall(answer[at : at + pieces])
                time.sleep(0.0005)

    http, url = client(), start(serve)
    for _ in range(2):
        with http.request("GET", url) as got:
            assert (got.headers["x-a"], got.read()) == ("Å", b"body\r\n")


def test_a_body_without_a_length_ends_with_its_connection(start: Start) -> None:
    def serve(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + b"x" * 300_000)
        connection.close()

    assert client().request("GET", start(serve)).read() == b"x" * 300_000


# ---------------------------------------------------------------- bodies that pass through


@pytest.mark.parametrize(
    ("size", "chunked"),
    [
        *[(size, False) for size in (0, 1, 70_000, CHUNK_BYTES - 1, CHUNK_BYTES, 5 * CHUNK_BYTES + 12_345)],
        *[(size, True) for size in (0, 70_000)],
    ],
)
def test_what_is_read_is_what_is_sent(fake: FakeServer, start: Start, size: int, chunked: bool) -> None:
    content = random.Random(size).randbytes(size)
    got: list[bytes] = []

    def serve(connection: socket.socket) -> None:
        while True:
            head, rest = read_head(connection)
            if not head:
                return
            if b"Expect:" in head:
                connection.sendall(CONTINUE)
            got.append(read_body(connection, rest, size))
            connection.sendall(MADE)

    fake.on("GET /o", Reply(200, content, chunked=chunked))
    http, url = client(), start(serve)
    for _ in range(2):
        with http.request("GET", f"{fake.url}/o") as source:
            assert http.request("PUT", url, body=source.chunks(), length=size).status == 201
    with http.request("GET", f"{fake.url}/o") as source:
        throttled = Throttle(1 << 40).through(source.chunks())
        assert http.request("PUT", url, body=throttled, length=size).status == 201
    assert [one == content for one in got] == [True] * 3
    assert fake.connections == 1


def test_chunks_that_are_kept_stay_as_they_are(fake: FakeServer) -> None:
    content = random.Random(1).randbytes(3 * CHUNK_BYTES)
    fake.on("GET /o", Reply(200, content))
    kept = list(client().request("GET", f"{fake.url}/o").chunks())
    assert b"".join(kept) == content
    assert {type(chunk) for chunk in kept} == {bytes}


@pytest.mark.parametrize("more", [-1, 1, CHUNK_BYTES])
def test_a_source_of_another_length_never_looks_complete(fake: FakeServer, start: Start, more: int) -> None:
    size = 2 * CHUNK_BYTES
    got: list[int] = []
    done = threading.Event()

    def serve(connection: socket.socket) -> None:
        _, rest = read_head(connection)
        connection.sendall(CONTINUE)
        got.append(len(read_body(connection, rest, size)))
        connection.close()
        done.set()

    fake.on("GET /o", Reply(200, bytes(size + more)))
    http = client()
    with http.request("GET", f"{fake.url}/o") as source, pytest.raises(IntegrityError):
        http.request("PUT", start(serve), body=source.chunks(), length=size)
    assert done.wait(60)
    assert got[0] < size


# ---------------------------------------------------------------- connections that break


@pytest.mark.parametrize("size", [3, CHUNK_BYTES])
def test_a_put_whose_kept_connection_was_closed_goes_out_over_a_fresh_one(start: Start, size: int) -> None:
    bodies: list[int] = []

    def once(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        read_head(connection)  # the put's: closed without a word
        connection.close()

    def serve(connection: socket.socket) -> None:
        head, rest = read_head(connection)
        if b"Expect:" in head:
            connection.sendall(CONTINUE)
        bodies.append(len(read_body(connection, rest, size)))
        connection.sendall(MADE)

    clock = Clock()
    http, url = client(clock), start(once, serve)
    http.request("GET", url).close()
    assert http.request("PUT", url, body=iter([bytes(size)]), length=size).status == 201
    assert (bodies, clock.waits) == ([size], [])


def test_a_refusal_within_a_body_is_heard_though_nobody_reads_on(start: Start) -> None:
    refused, heard = threading.Event(), threading.Event()

    def serve(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(CONTINUE)
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 422 No\r\nContent-Length: 0\r\n\r\n")
        refused.set()
        heard.wait(60)

    def body() -> Iterator[bytes]:
        """Its first piece is small enough for nobody to read it; what follows is sent behind the refusal."""
        yield bytes(ASIDE)
        assert refused.wait(60)
        yield bytes(CHUNK_BYTES - ASIDE)
        yield from [bytes(CHUNK_BYTES)] * 63

    answer = impatient().request("PUT", start(serve), body=body(), length=64 * CHUNK_BYTES)
    heard.set()
    assert answer.status == 422


# ---------------------------------------------------------------- stalled and crawling


def test_a_body_that_crawls_in_is_given_up_and_its_connection_too(start: Start) -> None:
    def serve(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while True:
            connection.sendall(b"x" * 100)
            time.sleep(0.01)

    def quick(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    http, url = impatient(), start(serve, quick)
    with http.request("GET", url) as answer, pytest.raises(TransientError) as caught:
        answer.read()
    assert caught.value.code == codes.TRANSFER_STALLED
    assert http.request("GET", url).read() == b"ok"


CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


DRIPS = {
    "a head": (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    "a head after an interim one": (b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
    "the size of a chunk": (CHUNKED, b"0"),
    "what follows the size of a chunk": (CHUNKED + b"5;", b"x"),
    "the end of a chunk": (CHUNKED + b"2\r\nok", b"x"),
    "a trailer": (CHUNKED + b"2\r\nok\r\n0\r\n", b"x"),
}


@pytest.mark.hostile
@pytest.mark.parametrize("part", DRIPS)
def test_lines_that_crawl_in_are_given_up(start: Start, part: str) -> None:
    begun, drop = DRIPS[part]

    def serve(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        read_head(connection)
        connection.sendall(begun)
        while True:
            connection.sendall(drop)
            time.sleep(0.02)

    with pytest.raises(TransientError) as caught:
        impatient().request("GET", start(serve)).read()
    assert caught.value.code == codes.TRANSFER_STALLED


def one_byte_a_chunk(times: int) -> Serve:
    def serve(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        read_head(connection)
        connection.sendall(CHUNKED)
        for _ in range(times):
            connection.sendall(b"1\r\n \r\n")
            time.sleep(0.02)
        connection.sendall(b"0\r\n\r\n")

    return serve


def test_a_service_may_take_its_time_between_two_chunks(start: Start) -> None:
    """As S3 does while it joins the parts of an object: twice as long as a body may crawl."""
    assert impatient().request("GET", start(one_byte_a_chunk(30))).read() == b" " * 30


@pytest.mark.hostile
def test_but_not_for_ever(start: Start) -> None:
    with pytest.raises(TransientError) as caught:
        impatient(pause_s=0.3).request("GET", start(one_byte_a_chunk(100_000))).read()
    assert caught.value.code == codes.TRANSFER_STALLED


def test_a_body_that_crawls_out_is_given_up(start: Start) -> None:
    def serve(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        read_head(connection)
        connection.sendall(CONTINUE)
        while connection.recv(512):
            time.sleep(0.02)

    body = iter([bytes(CHUNK_BYTES)] * 64)
    with pytest.raises(TransientError) as caught:
        impatient().request("PUT", start(serve), body=body, length=64 * CHUNK_BYTES)
    assert caught.value.code == codes.TRANSFER_STALLED


def test_waiting_for_our_own_throttle_is_no_crawl(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    """By a clock that stands still while the network is waited for."""
    got, clock = list[int](), Clock()
    monkeypatch.setattr(time, "monotonic", clock)

    def serve(connection: socket.socket) -> None:
        head, rest = read_head(connection)
        if head.startswith(b"GET"):
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % CHUNK_BYTES + bytes(CHUNK_BYTES))
            return
        connection.sendall(CONTINUE)
        got.append(len(read_body(connection, rest, CHUNK_BYTES)))
        connection.sendall(MADE)

    def slowly(chunks: Iterator[bytes]) -> Iterator[bytes]:
        for chunk in chunks:
            for at in range(0, len(chunk), 50_000):
                clock.wait(100)
                yield chunk[at : at + 50_000]

    http, url = client(), start(serve)
    with http.request("GET", url) as source:
        body = slowly(iter(source.chunks()))
        assert http.request("PUT", url, body=body, length=CHUNK_BYTES).status == 201
    assert got == [CHUNK_BYTES]
    assert len(clock.waits) > 20


@pytest.mark.parametrize(
    ("said", "code"),
    [(b"", codes.CLOUD_UNAVAILABLE), (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", codes.TRANSFER_STALLED)],
)
def test_a_server_that_falls_silent_is_given_up(start: Start, said: bytes, code: str) -> None:
    def serve(connection: socket.socket) -> None:
        read_head(connection)
        connection.sendall(said)
        connection.recv(1)

    url = start(serve)
    # A busy machine may take longer than the first limits to say anything.
    for timeout_s in (0.1, 1, 10):
        with pytest.raises(TransientError) as caught:
            impatient(timeout_s).request("GET", url).read()
        if caught.value.code == code:
            break
    assert caught.value.code == code
