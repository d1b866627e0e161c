"""The fault proxy itself, before a tiny server: what it lets pass, and each thing that it spoils."""

import http.client
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from tests.faults.fixtures import MakeProxy
from tests.faults.proxy import Cut, FaultProxy, Flip, Lag, LoseAnswer, Refuse, Seen, Stall, Way

BODY = bytes(range(256)) * 1024
NAMES = ["a", "b", "new"]


class Handler(BaseHTTPRequestHandler):
    """Stores what is put, gives it back; `/list` is a listing, `/chunked` comes in chunks."""

    protocol_version = "HTTP/1.1"
    stored: dict[str, bytes]

    def log_message(self, *_: object) -> None:
        return

    def do_GET(self) -> None:
        if self.path == "/chunked":
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for at in range(0, len(BODY), 10_000):
                piece = BODY[at : at + 10_000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            self.wfile.write(b"0\r\n\r\n")
            return
        self._tell(json.dumps([{"name": n} for n in NAMES]).encode() if self.path == "/list" else BODY)

    def do_HEAD(self) -> None:
        self._tell(BODY)

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.stored[self.path] = body
        self._tell(b"")

    def _tell(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


class Listener(ThreadingHTTPServer):
    def handle_error(self, *_: object) -> None:
        """A client that goes away is what these tests are about."""


@pytest.fixture
def stored() -> dict[str, bytes]:
    return {}


@pytest.fixture
def server(stored: dict[str, bytes]) -> Iterator[str]:
    handler = type("Mine", (Handler,), {"stored": stored})
    listener = Listener(("127.0.0.1", 0), handler)
    threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True).start()
    yield f"http://127.0.0.1:{listener.server_address[1]}"
    listener.shutdown()
    listener.server_close()


def line_to(proxy: FaultProxy) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", urlsplit(proxy.url).port, timeout=10)


def get(line: http.client.HTTPConnection, path: str = "/body", method: str = "GET") -> tuple[int, bytes]:
    line.request(method, path)
    answer = line.getresponse()
    return answer.status, answer.read()


def put(line: http.client.HTTPConnection, path: str, body: bytes) -> int:
    line.request("PUT", path, body)
    answer = line.getresponse()
    answer.read()
    return answer.status


def test_what_no_fault_strikes_passes_unchanged_over_one_connection(
    server: str, stored: dict[str, bytes], fault_proxy: MakeProxy
) -> None:
    proxy = fault_proxy(f"{server}/v1/AUTH_x")
    assert urlsplit(proxy.url).path == "/v1/AUTH_x"
    line = line_to(proxy)
    assert put(line, "/c/o?x=1", BODY) == 200 and stored["/c/o?x=1"] == BODY
    assert get(line) == (200, BODY)
    assert get(line, "/chunked") == (200, BODY)
    assert get(line, method="HEAD") == (200, b"")
    assert [seen.fault for seen in proxy.log] == [""] * 4
    assert proxy.log[0] == Seen("PUT", "/c/o?x=1", 200, "")


@pytest.mark.parametrize("path", ["/body", "/chunked"])
@pytest.mark.parametrize("at", [0, 1, 100_000])
def test_an_answer_ends_behind_so_many_bytes(server: str, fault_proxy: MakeProxy, path: str, at: int) -> None:
    proxy = fault_proxy(server, Cut(Way.ANSWER, at=at))
    with pytest.raises(http.client.IncompleteRead) as broken:
        get(line_to(proxy), path)
    assert len(broken.value.partial) <= at and BODY.startswith(broken.value.partial)
    assert get(line_to(proxy), path) == (200, BODY)
    assert [seen.fault for seen in proxy.log] == ["Cut", ""]
    assert [seen.status for seen in proxy.log] == [0, 200]


def test_a_request_that_is_cut_never_reaches_the_server_whole(
    server: str, stored: dict[str, bytes], fault_proxy: MakeProxy
) -> None:
    proxy = fault_proxy(server, Cut(Way.REQUEST, at=70_000, method="PUT"))
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        put(line_to(proxy), "/o", BODY)
    assert stored.get("/o", b"") != BODY
    assert put(line_to(proxy), "/o", BODY) == 200 and stored["/o"] == BODY


@pytest.mark.parametrize("at", [0, 65_535, 65_536, len(BODY) - 1])
def test_one_bit_of_the_body_is_another_in_either_direction(
    server: str, stored: dict[str, bytes], fault_proxy: MakeProxy, at: int
) -> None:
    proxy = fault_proxy(server, Flip(Way.REQUEST, at=at, method="PUT"), Flip(Way.ANSWER, at=at, method="GET"))
    line = line_to(proxy)
    spoilt = BODY[:at] + bytes([BODY[at] ^ 1]) + BODY[at + 1 :]
    assert put(line, "/o", BODY) == 200 and stored["/o"] == spoilt
    assert get(line) == (200, spoilt)
    assert get(line) == (200, BODY)


def test_a_storm_refuses_so_many_requests_and_tells_when_to_come_again(
    server: str, stored: dict[str, bytes], fault_proxy: MakeProxy
) -> None:
    proxy = fault_proxy(server, Refuse(status=503, retry_after_s=7, path="^/c/", skip=1, times=2))
    line = line_to(proxy)
    assert [put(line, f"/c/{n}", b"x") for n in range(4)] == [200, 503, 503, 200]
    assert set(stored) == {"/c/0", "/c/3"}
    proxy.add(Refuse(status=401))
    line.request("GET", "/body")
    answer = line.getresponse()
    assert (answer.status, answer.getheader("Retry-After")) == (401, None)
    assert len(proxy.struck()) == 3


def test_nothing_moves_while_it_stalls_and_then_all_comes(server: str, fault_proxy: MakeProxy) -> None:
    proxy = fault_proxy(server, Stall(Way.ANSWER, seconds=0.3, at=1000))
    began = time.monotonic()
    assert get(line_to(proxy)) == (200, BODY)
    assert time.monotonic() - began >= 0.3


def test_closing_the_proxy_ends_a_stall(server: str) -> None:
    with FaultProxy(server, [Stall(Way.ANSWER, seconds=3600)]) as proxy:
        line = line_to(proxy)
        line.request("GET", "/body")
        answer = line.getresponse()
    assert answer.read() == BODY


def test_a_lost_answer_leaves_the_work_done(server: str, stored: dict[str, bytes], fault_proxy: MakeProxy) -> None:
    proxy = fault_proxy(server, LoseAnswer(method="PUT"))
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        put(line_to(proxy), "/o", BODY)
    assert stored["/o"] == BODY
    assert proxy.struck() == [Seen("PUT", "/o", 0, "LoseAnswer")]


def test_a_listing_lacks_names_for_a_while(server: str, fault_proxy: MakeProxy) -> None:
    proxy = fault_proxy(server, Lag(names="^new$", path="/list", times=2))
    line = line_to(proxy)
    told = [[row["name"] for row in json.loads(get(line, "/list")[1])] for _ in range(3)]
    assert told == [["a", "b"], ["a", "b"], ["a", "b", "new"]]
    assert get(line) == (200, BODY)


def test_the_script_may_grow_while_the_proxy_runs(server: str, fault_proxy: MakeProxy) -> None:
    proxy = fault_proxy(server)
    line = line_to(proxy)
    assert get(line) == (200, BODY)
    proxy.add(Refuse(status=500, method="GET"))
    assert get(line)[0] == 500
    assert get(line) == (200, BODY)
