"""A proxy before one HTTP endpoint that spoils chosen requests: bodies, answers, listings, or the wait for them.

with FaultProxy("http://127.0.0.1:18080/v1/AUTH_x", [Cut(Way.ANSWER, at=1000, method="GET", path="/big$")]) as proxy:
    ...                      # the product is told that its object store is at proxy.url
    proxy.log                # what was asked, and which fault struck
"""

import contextlib
import json
import re
import socket
import socketserver
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from functools import partial
from io import BufferedIOBase
from typing import Any, NamedTuple
from urllib.parse import unquote, urlsplit

_PIECE = 1 << 16
_LONGEST_LINE = 1 << 16
_TIMEOUT_S = 120


class Way(Enum):
    """Which body: the request's, on its way to the server, or the answer's."""

    REQUEST = "request"
    ANSWER = "answer"


@dataclass(frozen=True, kw_only=True)
class Fault:
    """Which requests it strikes: those of this method and whose path, quotes undone, holds the pattern.

    The first `skip` of them go well, then `times` are struck. `path` is a regular expression and sees the query.
    """

    method: str = ""
    path: str = ""
    skip: int = 0
    times: int = 1

    def matches(self, request: "Head") -> bool:
        return self.method in {"", request.method} and bool(re.search(self.path, unquote(request.path)))


@dataclass(frozen=True)
class Cut(Fault):
    """Both connections end when `at` bytes of the body have passed."""

    way: Way
    at: int = 0


@dataclass(frozen=True)
class Flip(Fault):
    """The lowest bit of the body's byte `at` is another one on the other side. A shorter body passes as it is."""

    way: Way
    at: int = 0


@dataclass(frozen=True)
class Stall(Fault):
    """No byte moves for `seconds`, behind the first `at` of the body; both connections stay open."""

    way: Way
    seconds: float
    at: int = 0


@dataclass(frozen=True)
class Refuse(Fault):
    """The proxy answers by itself and the server hears nothing: 503 with Retry-After, 401, and so on."""

    status: int = 503
    retry_after_s: int | None = None


@dataclass(frozen=True)
class LoseAnswer(Fault):
    """The server does what it is asked; the client's connection ends instead of an answer."""


@dataclass(frozen=True)
class Lag(Fault):
    """A JSON listing comes without the rows whose name holds the pattern, as from a replica that is behind."""

    names: str


class Seen(NamedTuple):
    """A request, the answer's status (0: the client got none, or not all), and the class of the fault that struck."""

    method: str
    path: str
    status: int
    fault: str


class FaultProxy:
    """Listens on a free port of 127.0.0.1 until it is closed. The script may be added to at any time, by any thread."""

    def __init__(self, upstream: str, script: Iterable[Fault] = ()) -> None:
        where = urlsplit(upstream)
        self.upstream = (str(where.hostname), where.port or 80)
        self._log: list[_Entry] = []
        self.closed = threading.Event()
        self._lock = threading.Lock()
        self._script = [_Armed(fault) for fault in script]
        self._server = _Server(("127.0.0.1", 0), partial(_Client, self))
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}{where.path}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def __enter__(self) -> "FaultProxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Stops listening, and lets nothing stall any longer."""
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()

    def add(self, *faults: Fault) -> None:
        with self._lock:
            self._script += [_Armed(fault) for fault in faults]

    def calm(self) -> None:
        """All goes well from now on, and the log begins anew."""
        with self._lock:
            self._script, self._log = [], []

    def struck(self) -> list[Seen]:
        """The requests that did not go well, oldest first."""
        return [seen for seen in self.log if seen.fault]

    @property
    def log(self) -> list[Seen]:
        """All requests in the order in which they came; one that is still under way is there, too."""
        with self._lock:
            return [Seen(entry.request.method, entry.request.path, entry.status, entry.fault) for entry in self._log]

    def _enter(self, request: "Head") -> "tuple[_Entry, Fault | None]":
        """Notes the request, and finds the first of the script whose turn it is: each counts what it matches."""
        with self._lock:
            due = [armed for armed in self._script if armed.fault.matches(request) and armed.counts()]
            if due:
                due[0].struck += 1
            fault = due[0].fault if due else None
            self._log.append(_Entry(request, type(fault).__name__ if fault else ""))
            return self._log[-1], fault


@dataclass
class _Armed:
    fault: Fault
    seen: int = 0
    struck: int = 0

    def counts(self) -> bool:
        """Counts a request that matches, and says whether it is to be struck."""
        self.seen += 1
        return self.seen > self.fault.skip and self.struck < self.fault.times


@dataclass
class _Entry:
    request: "Head"
    fault: str
    status: int = 0


# ------------------------------------------------------------ HTTP as bytes


class _Ended(Exception):
    """One of the two sides has ended, or a fault says that it is to."""


@dataclass(frozen=True)
class Head:
    """The first line and the header lines of a request or an answer, as they came."""

    first: bytes
    lines: list[bytes]
    fields: dict[bytes, bytes] = field(init=False, compare=False)

    def __post_init__(self) -> None:
        pairs = (line.partition(b":") for line in self.lines)
        object.__setattr__(self, "fields", {name.strip().lower(): value.strip() for name, _, value in pairs})

    @property
    def method(self) -> str:
        return self.first.split()[0].decode()

    @property
    def path(self) -> str:
        return self.first.split()[1].decode()

    @property
    def status(self) -> int:
        return int(self.first.split()[1])

    @property
    def chunked(self) -> bool:
        return b"chunked" in self.fields.get(b"transfer-encoding", b"").lower()

    @property
    def length(self) -> int | None:
        """The body's, where it is told."""
        told = self.fields.get(b"content-length")
        return None if told is None else int(told)

    def raw(self) -> bytes:
        return b"\r\n".join([self.first, *self.lines, b"", b""])

    def without(self, *names: bytes) -> "Head":
        return Head(self.first, [line for line in self.lines if line.partition(b":")[0].strip().lower() not in names])


def _read_head(stream: BufferedIOBase) -> Head | None:
    """The next head; None where the other side ended before it."""
    lines: list[bytes] = []
    while line := stream.readline(_LONGEST_LINE):
        line = line.rstrip(b"\r\n")
        if not line and lines:
            return Head(lines[0], lines[1:])
        if line:
            lines.append(line)
    return None


def _body(stream: BufferedIOBase, head: Head, *, answer_to: str = "") -> Iterator[bytes]:
    """The body in pieces, chunks undone. Raises _Ended when it ends early."""
    if answer_to == "HEAD" or (answer_to and head.status in {204, 304}):
        return
    if head.chunked:
        while size := int(stream.readline(_LONGEST_LINE).split(b";")[0] or b"0", 16):
            yield from _exactly(stream, size)
            stream.readline(_LONGEST_LINE)
        while stream.readline(_LONGEST_LINE).strip():
            pass
    elif head.length is not None:
        yield from _exactly(stream, head.length)
    elif answer_to:
        while piece := stream.read(_PIECE):
            yield piece


def _exactly(stream: BufferedIOBase, size: int) -> Iterator[bytes]:
    while size:
        piece = stream.read(min(size, _PIECE))
        if not piece:
            raise _Ended
        size -= len(piece)
        yield piece


def _framed(pieces: Iterator[bytes], *, chunked: bool) -> Iterator[bytes]:
    for piece in pieces:
        yield b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece
    if chunked:
        yield b"0\r\n\r\n"


# ------------------------------------------------------------ what goes wrong


def _spoilt(pieces: Iterator[bytes], fault: Fault | None, way: Way, closed: threading.Event) -> Iterator[bytes]:
    """The pieces, with the fault at its place if it is one of this way."""
    if not isinstance(fault, Cut | Flip | Stall) or fault.way != way:
        yield from pieces
        return
    passed = 0
    if fault.at == 0:
        _strike(fault, closed)
    for piece in pieces:
        at = fault.at - passed
        passed += len(piece)
        if isinstance(fault, Flip):
            yield piece[:at] + bytes([piece[at] ^ 1]) + piece[at + 1 :] if 0 <= at < len(piece) else piece
        elif 0 < at <= len(piece):
            yield piece[:at]
            _strike(fault, closed)
            yield piece[at:]
        else:
            yield piece


def _strike(fault: Fault, closed: threading.Event) -> None:
    if isinstance(fault, Cut):
        raise _Ended
    if isinstance(fault, Stall):
        closed.wait(fault.seconds)


def _lagging(body: bytes, names: str) -> bytes:
    """The listing without these rows; what is no listing passes as it is."""
    try:
        rows: list[dict[str, Any]] = json.loads(body)
        return json.dumps([row for row in rows if not re.search(names, row.get("name", ""))]).encode()
    except (ValueError, TypeError, AttributeError):
        return body


# ------------------------------------------------------------ connections


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class _Client(socketserver.StreamRequestHandler):
    """One client's connection: request after request, each on a connection of its own to the server."""

    timeout = _TIMEOUT_S
    disable_nagle_algorithm = True

    def __init__(self, proxy: FaultProxy, *args: Any) -> None:
        self.proxy, self.last = proxy, False
        super().__init__(*args)

    def handle(self) -> None:
        with contextlib.suppress(_Ended, OSError):
            while not self.last and not self.proxy.closed.is_set() and (request := _read_head(self.rfile)):
                self._serve(request)

    def _serve(self, request: Head) -> None:
        entry, fault = self.proxy._enter(request)
        try:
            if isinstance(fault, Refuse):
                entry.status = fault.status
                self._refuse(request, fault)
                return
            with socket.create_connection(self.proxy.upstream, _TIMEOUT_S) as server:
                server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with server.makefile("rb") as answers:
                    self._send(request, server, fault)
                    self._answer(entry, answers, fault)
        except BaseException:
            entry.status = 0
            raise

    def _refuse(self, request: Head, fault: Refuse) -> None:
        """Answers once the body is here: a client that still sends would not hear it."""
        if b"expect" not in request.fields:
            for _ in _body(self.rfile, request):
                pass
        lines = [b"HTTP/1.1 %d Refused" % fault.status, b"Content-Length: 0"]
        if fault.retry_after_s is not None:
            lines.append(b"Retry-After: %d" % fault.retry_after_s)
        if b"expect" in request.fields:
            lines.append(b"Connection: close")
        self.wfile.write(b"\r\n".join([*lines, b"", b""]))
        self.last = b"expect" in request.fields

    def _send(self, request: Head, server: socket.socket, fault: Fault | None) -> None:
        # Waiting for 100 is between the client and us: here the body follows at once.
        server.sendall(request.without(b"expect").raw())
        if b"expect" in request.fields:
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        pieces = _spoilt(_body(self.rfile, request), fault, Way.REQUEST, self.proxy.closed)
        # A server that refuses early closes while we send; its answer can still be read.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            for piece in _framed(pieces, chunked=request.chunked):
                server.sendall(piece)

    def _answer(self, entry: "_Entry", answers: BufferedIOBase, fault: Fault | None) -> None:
        request = entry.request
        answer = _read_head(answers)
        while answer is not None and answer.status == 100:
            answer = _read_head(answers)
        if answer is None:
            raise _Ended
        pieces = _body(answers, answer, answer_to=request.method)
        if isinstance(fault, LoseAnswer):
            for _ in pieces:
                pass
            raise _Ended
        if isinstance(fault, Lag):
            body = _lagging(b"".join(pieces), fault.names)
            answer = answer.without(b"content-length", b"transfer-encoding")
            answer.lines.append(b"Content-Length: %d" % len(body))
            entry.status = answer.status
            self.wfile.write(answer.raw() + (body if request.method != "HEAD" else b""))
            return
        # Before a byte of it goes: a client that has its answer must find it in the log.
        entry.status = answer.status
        self.wfile.write(answer.raw())
        spoilt = _spoilt(pieces, fault, Way.ANSWER, self.proxy.closed)
        for piece in _framed(spoilt, chunked=answer.chunked and request.method != "HEAD"):
            self.wfile.write(piece)
        bare = request.method == "HEAD" or answer.status in {204, 304}
        until_end = not bare and not answer.chunked and answer.length is None
        self.last = until_end or answer.fields.get(b"connection", b"").lower() == b"close"
