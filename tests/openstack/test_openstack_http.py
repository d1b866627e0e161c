"""The thin client against a real socket."""

import socket
import threading
import time
from collections.abc import Iterator, Mapping

import pytest

from migrate.clouds.guard import Request
from migrate.clouds.http.resend import MOST_REFUSALS
from migrate.errors import Denied, IntegrityError, Refused, TransientError
from migrate.messages import codes
from tests.openstack.fake_clock import Clock
from tests.openstack.fake_openstack import FakeServer, Reply, Seen
from tests.openstack.http_clients import client


class Tokens:
    """Tokens t1, t2, …"""

    def __init__(self) -> None:
        self.number = 1

    def headers(self) -> dict[str, str]:
        return {"X-Auth-Token": f"t{self.number}"}

    def renew(self, used: Mapping[str, str]) -> bool:
        self.number += 1
        return True


def test_connections_are_kept(fake: FakeServer) -> None:
    fake.on("GET /x", Reply(200, b"body"))
    http = client()
    for _ in range(5):
        assert http.request("GET", f"{fake.url}/x").read() == b"body"
    assert fake.connections == 1


def test_an_unread_body_does_not_spoil_the_next_request(fake: FakeServer) -> None:
    fake.on("GET /small", Reply(200, b"s" * 100))
    fake.on("GET /big", Reply(200, b"b" * (8 << 20)))
    http = client()
    for path in ("small", "big", "small"):
        with http.request("GET", f"{fake.url}/{path}") as answer:
            assert answer.status == 200
    assert http.request("GET", f"{fake.url}/small").read() == b"s" * 100


def test_two_bodies_at_once_take_two_connections(fake: FakeServer) -> None:
    fake.on("GET /x", Reply(200, b"x" * 100_000))
    http = client()
    with http.request("GET", f"{fake.url}/x") as one, http.request("GET", f"{fake.url}/x") as other:
        assert one.read() == other.read() == b"x" * 100_000
    assert fake.connections == 2


def test_chunked_bodies(fake: FakeServer) -> None:
    fake.on("GET /x", Reply(200, b"0123456789" * 10, chunked=True))
    http = client()
    for _ in range(2):
        assert http.request("GET", f"{fake.url}/x").read() == b"0123456789" * 10
    assert fake.connections == 1


def test_headers_are_utf8_whatever_the_standard_reader_thinks_of_0x85(fake: FakeServer) -> None:
    text = "à Å … 字"
    fake.on("PUT /x", lambda seen: Reply(201, b"", {"X-Object-Meta-größe": text, "Etag": "after"}))
    # The fake reads with the standard reader: what it is sent has no 0x85 in it.
    answer = client().request("PUT", f"{fake.url}/x", headers={"X-Object-Meta-A": "é 字"})
    assert answer.headers["x-object-meta-größe"] == text
    assert answer.headers["etag"] == "after"
    assert fake.seen[0].headers["x-object-meta-a"].encode("latin-1") == "é 字".encode()


@pytest.mark.parametrize("value", ["a\r\nX-Injected: 1", "a\nb", "a\rb"])
def test_a_line_break_in_a_header_is_refused(fake: FakeServer, value: str) -> None:
    with pytest.raises(Refused):
        client().request("PUT", f"{fake.url}/x", headers={"X-Object-Meta-A": value})
    assert fake.seen == []


@pytest.mark.parametrize("path", ["/a b", "/a\nb", "/é", "/x HTTP/1.1\r\nX-Injected: 1"])
def test_an_address_that_is_none_is_refused(fake: FakeServer, path: str) -> None:
    with pytest.raises(Refused):
        client().request("GET", fake.url + path)
    with pytest.raises(Refused):
        client().request("GET", "ftp://127.0.0.1/x")
    assert fake.seen == []


def test_what_the_gatekeeper_judges_is_what_goes_out(fake: FakeServer) -> None:
    judged: list[Request] = []

    class Looking:
        def check(self, request: Request) -> None:
            judged.append(request)

    fake.on("(GET|POST|PUT) .*", Reply(200))
    http = client(gatekeeper=Looking())
    http.request("GET", f"{fake.url}/x?a=1&b=%3F?#fragment").close()
    http.request("POST", fake.url, body=b'{"os-stop": null}').close()
    http.request("PUT", f"{fake.url}/x", body=b'{"a": 1}').close()
    assert [(seen.path, seen.query) for seen in fake.seen] == [("/x", {"a": ["1"], "b": ["??"]}), ("/", {}), ("/x", {})]
    assert [request.query for request in judged] == ["a=1&b=%3F?", "", ""]
    assert [request.body for request in judged] == [None, {"os-stop": None}, None], "what is put is content"


def test_a_short_body_is_transient(fake: FakeServer) -> None:
    fake.on("GET /x", Reply(200, b"half", claimed_length=8))
    with client().request("GET", f"{fake.url}/x") as answer, pytest.raises(TransientError):
        answer.read()


@pytest.mark.parametrize("status", [429, 498, 500, 502, 503, 504])
def test_safe_requests_are_repeated(fake: FakeServer, status: int) -> None:
    fake.on("GET /x", Reply(status), Reply(status), Reply(200, b"ok"))
    clock = Clock()
    assert client(clock).request("GET", f"{fake.url}/x").read() == b"ok"
    assert len(fake.seen) == 3
    assert len(clock.waits) == 2


@pytest.mark.parametrize("status", [429, 498, 503, 413, 500])
def test_retry_after_is_what_is_waited(fake: FakeServer, status: int) -> None:
    fake.on("GET /x", Reply(status, b"", {"Retry-After": "7"}), Reply(200))
    clock = Clock()
    client(clock).request("GET", f"{fake.url}/x")
    assert clock.waits == [7.0]


@pytest.mark.parametrize("status", [503, 429, 413, 500])
def test_a_very_long_retry_after_is_the_callers_to_wait(fake: FakeServer, status: int) -> None:
    fake.on("GET /x", Reply(status, b"", {"Retry-After": "3600"}))
    with pytest.raises(TransientError) as caught:
        client().request("GET", f"{fake.url}/x")
    assert caught.value.retry_after_s == 3600
    assert len(fake.seen) == 1


def test_retries_end(fake: FakeServer) -> None:
    fake.on("GET /x", Reply(503))
    with pytest.raises(TransientError):
        client().request("GET", f"{fake.url}/x")
    assert len(fake.seen) == 3


@pytest.mark.hostile
@pytest.mark.parametrize("odd", ["²", "5\x1d", "9" * 400, "-5", "+5", "1_0", "soon"])
def test_an_odd_wait_that_is_asked_for_counts_as_none(fake: FakeServer, odd: str) -> None:
    fake.on("GET /x", Reply(429, b"", {"Retry-After": odd}), Reply(200, b"there"))
    assert client().request("GET", f"{fake.url}/x").read() == b"there"


@pytest.mark.hostile
@pytest.mark.parametrize("odd", ["-5", "+5", "1_0", "²", "9" * 400, "many", ""])
def test_a_length_that_is_none_is_refused(fake: FakeServer, odd: str) -> None:
    fake.on("[A-Z]+ /x", Reply(200, b"x", {"Content-Length": odd}))
    for method in ("GET", "HEAD"):
        with pytest.raises(Refused):
            client().request(method, f"{fake.url}/x")


@pytest.mark.hostile
def test_a_header_of_blanks_is_read_at_once(fake: FakeServer) -> None:
    fake.on("GET /x", Reply(200, b"x", {"X-Blank": "a" + " " * 200_000 + "b"}))
    began = time.thread_time()
    answer = client().request("GET", f"{fake.url}/x")
    assert len(answer.headers["x-blank"]) == 200_002 and time.thread_time() - began < 30


@pytest.mark.parametrize("reply", [Reply(429), Reply(498), Reply(413, b"", {"Retry-After": "2"})])
def test_what_was_refused_for_its_rate_is_sent_again_whatever_it_is(fake: FakeServer, reply: Reply) -> None:
    fake.on("POST /x", *[reply] * 4, Reply(202))
    assert client().request("POST", f"{fake.url}/x", body=b"{}").status == 202
    assert len(fake.seen) == 5


def test_refusals_end_too(fake: FakeServer) -> None:
    fake.on("POST /x", Reply(429))
    with pytest.raises(TransientError):
        client().request("POST", f"{fake.url}/x", body=b"{}")
    assert len(fake.seen) == MOST_REFUSALS


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}])
def test_a_413_without_a_time_is_no_matter_of_rate(fake: FakeServer, headers: dict[str, str]) -> None:
    fake.on("PUT /x", Reply(413, b"Upload exceeds quota.", headers))
    clock = Clock()
    assert client(clock).request("PUT", f"{fake.url}/x", body=b"x").status == 413
    assert (len(fake.seen), clock.waits) == (1, [])


def test_a_large_stream_that_was_refused_before_its_first_byte_is_sent_again() -> None:
    """A raw server: the head is answered by 429, then by 100."""
    listener = socket.create_server(("127.0.0.1", 0))
    got = bytearray()

    def serve() -> None:
        for answer in (b"HTTP/1.1 429 Slow\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"):
            connection, _ = listener.accept()
            with connection:
                connection.recv(65536)
                connection.sendall(answer)
                while answer.startswith(b"HTTP/1.1 100") and len(got) < 1 << 20:
                    got.extend(connection.recv(65536))
                connection.sendall(b"HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n")

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    with client().request("PUT", url, body=iter([bytes(1 << 19)] * 2), length=1 << 20) as answer:
        assert answer.status == 201
    thread.join(60)
    listener.close()
    assert len(got) == 1 << 20


@pytest.mark.parametrize("reply", [Reply(503), Reply(hang_up=True)])
def test_a_post_is_sent_once(fake: FakeServer, reply: Reply) -> None:
    fake.on("POST /x", reply)
    with pytest.raises(TransientError):
        client().request("POST", f"{fake.url}/x", body=b"{}")
    assert len(fake.seen) == 1


def test_a_post_is_sent_once_on_a_connection_that_was_kept_too(fake: FakeServer) -> None:
    """Nothing came back: it may have been closed before the request, and what was asked may be done all the same."""
    fake.on("GET /x", Reply(200, b"ok"))
    fake.on("POST /x", Reply(hang_up=True), Reply(201))
    http = client()
    assert http.request("GET", f"{fake.url}/x").read() == b"ok"
    with pytest.raises(TransientError):
        http.request("POST", f"{fake.url}/x", body=b"{}")
    assert [seen.method for seen in fake.seen] == ["GET", "POST"] and fake.connections == 1


def test_a_stream_is_sent_once(fake: FakeServer) -> None:
    fake.on("PUT /x", Reply(503), Reply(201))
    with pytest.raises(TransientError):
        client().request("PUT", f"{fake.url}/x", body=iter([bytes(1 << 20)]), length=1 << 20)
    assert len(fake.seen) == 1


@pytest.mark.parametrize("reply", [Reply(503), Reply(hang_up=True), Reply(429)])
def test_a_small_stream_is_gathered_and_can_be_sent_again(fake: FakeServer, reply: Reply) -> None:
    fake.on("PUT /x", reply, Reply(201))
    assert client().request("PUT", f"{fake.url}/x", body=iter([b"ab", b"", b"c"]), length=3).status == 201
    assert [seen.body for seen in fake.seen] == [b"abc"] * 2


def test_a_kept_connection_that_was_closed_is_replaced_without_a_retry(fake: FakeServer) -> None:
    fake.on("GET /x", Reply(200, b"ok"))
    fake.on("GET /last", Reply(200, b"bye", {"Connection": "keep-alive"}, claimed_length=3))
    clock = Clock()
    http = client(clock)
    assert http.request("GET", f"{fake.url}/last").read() == b"bye"
    assert http.request("GET", f"{fake.url}/x").read() == b"ok"
    assert clock.waits == []
    assert fake.connections == 2


@pytest.mark.parametrize("stream", [[b"abc"], [b"abc", b"defghi"], [b"abcdefgh", b"x"], []])
def test_a_stream_of_another_length_never_arrives(fake: FakeServer, stream: list[bytes]) -> None:
    with pytest.raises(IntegrityError):
        client().request("PUT", f"{fake.url}/x", body=iter(stream), length=8)
    assert fake.seen == []


@pytest.mark.parametrize("error", [OSError("disk"), ValueError("bad"), KeyError("x")])
def test_an_error_of_the_stream_comes_through(fake: FakeServer, error: Exception) -> None:
    def stream() -> Iterator[bytes]:
        yield b"abc"
        raise error

    with pytest.raises(type(error)) as caught:
        client().request("PUT", f"{fake.url}/x", body=stream(), length=8)
    assert caught.value is error
    assert fake.seen == []


def test_a_large_body_is_announced_and_a_refusal_costs_no_transfer() -> None:
    """A raw server: answers 413 to the head and reads nothing more."""
    listener = socket.create_server(("127.0.0.1", 0))
    got: list[bytes] = []

    def serve() -> None:
        connection, _ = listener.accept()
        with connection:
            got.append(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n")
            got.append(connection.recv(65536))

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    pulled: list[int] = []

    def stream() -> Iterator[bytes]:
        for number in range(4):
            pulled.append(number)
            yield bytes(1 << 20)

    url = f"http://127.0.0.1:{listener.getsockname()[1]}/x"
    with client().request("PUT", url, body=stream(), length=4 << 20) as answer:
        assert answer.status == 413
    thread.join(60)
    listener.close()
    assert b"Expect: 100-continue" in got[0]
    assert got[1] == b""
    assert pulled == []


def test_a_token_that_ended_is_renewed_once(fake: FakeServer) -> None:
    fake.on("GET /x", lambda seen: Reply(200 if seen.headers["x-auth-token"] == "t2" else 401))
    assert client(tokens=Tokens()).request("GET", f"{fake.url}/x").status == 200
    assert [seen.headers["x-auth-token"] for seen in fake.seen] == ["t1", "t2"]


def test_a_401_that_stays_is_told(fake: FakeServer) -> None:
    fake.on("GET /x", Reply(401))
    assert client(tokens=Tokens()).request("GET", f"{fake.url}/x").status == 401
    assert len(fake.seen) == 2


def test_a_401_after_a_stream_is_transient(fake: FakeServer) -> None:
    fake.on("PUT /x", Reply(401), Reply(201))
    with pytest.raises(TransientError):
        client(tokens=Tokens()).request("PUT", f"{fake.url}/x", body=iter([bytes(1 << 20)]), length=1 << 20)


def test_a_small_stream_outlives_the_token_it_was_sent_with(fake: FakeServer) -> None:
    fake.on("PUT /x", lambda seen: Reply(201 if seen.headers["x-auth-token"] == "t2" else 401))
    http = client(tokens=Tokens())
    assert http.request("PUT", f"{fake.url}/x", body=iter([b"abc"]), length=3).status == 201
    assert [(seen.headers["x-auth-token"], seen.body) for seen in fake.seen] == [("t1", b"abc"), ("t2", b"abc")]


def test_nothing_is_sent_that_the_gatekeeper_refuses(fake: FakeServer) -> None:
    class Closed:
        def check(self, request: Request) -> None:
            raise Denied(codes.SOURCE_GUARD_STOPPED, method=request.method, service=request.service, path=request.path)

    with pytest.raises(Denied):
        client(gatekeeper=Closed()).request("GET", f"{fake.url}/x")
    assert fake.seen == []


def test_each_answer_is_told(fake: FakeServer) -> None:
    fake.on("GET /x", Reply(hang_up=True), Reply(503), Reply(200))
    told: list[int | None] = []
    client(on_request=lambda request, status: told.append(status)).request("GET", f"{fake.url}/x")
    assert told == [None, 503, 200]


def test_nobody_there_is_transient() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(TransientError):
        client().request("GET", f"http://127.0.0.1:{port}/x")


def test_the_path_goes_out_as_it_is(fake: FakeServer) -> None:
    paths: list[str] = []

    def note(seen: Seen) -> Reply:
        paths.append(seen.path)
        return Reply(200)

    fake.on("GET .*", note)
    for path in ("/c//a", "/c/../x", "/c/a%2Fb%20", "/c/b/"):
        client().request("GET", fake.url + path)
    assert paths == ["/c//a", "/c/../x", "/c/a%2Fb%20", "/c/b/"]
