"""One HTTP/1.1 connection: sends requests and reads answers. `client.py` adds retries and pacing."""

import json
import re
import select
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from migrate.clouds.http.headers import HEAD_END, parsed_head
from migrate.errors import Refused, TransientError
from migrate.messages import codes

CHUNK_BYTES = 1 << 20
"""The maximum size of a piece of a body."""

_FIRST_READ_BYTES = 1 << 16
# The size of a read into the connection's own buffer, from which it is sent on: it stays in the CPU cache.
ROOM_BYTES = 1 << 18
# A TLS socket applies one timeout to a whole piece.
_TLS_PIECE_BYTES = 1 << 16
_CR = 13
_LENGTH = re.compile("[0-9]{1,18}")
_CHUNK_HEAD = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;|\r?$)")
_WITHOUT_BODY = frozenset({204, 304})
_MOST_HEAD_BYTES = 1 << 18
_MOST_LINE_BYTES = 1 << 16
_MOST_TRAILERS = 100
MOST_ANSWER_BYTES = 64 << 20
"""The limit for a document in memory: 10,000 of the longest names, with each byte escaped."""
_DRAIN_BYTES = 1 << 16
_SETTLE_S = 10.0
# Load balancers drop idle connections after about a minute.
_IDLE_S = 50.0
# Errors of Python's own timeout, and of the system's.
_SILENT = (TimeoutError, BlockingIOError)
_CLOSED = (ConnectionError, ssl.SSLEOFError, ssl.SSLZeroReturnError)


MOST_PARTS = 3_000_000
"""The limit on values in a document: objects, lists, elements. In memory each needs a hundred times its bytes."""


class NothingReceived(ConnectionError):
    """The connection ended before the first byte of an answer."""


class SendBroken(ConnectionError):
    """The other side closed the connection, or stopped reading, during a body."""


class Crawling(Exception):
    """A head or body has stalled, or moves too slowly ever to end."""


@dataclass(frozen=True)
class Limits:
    """Timeouts of a connection.

    Args:    timeout_s: for the next byte.   crawl_bytes, crawl_s: the minimum progress of a body, and of a head that
             has begun, in bytes per so many seconds; only time spent waiting for the network counts, not for the other
             end of the copy.   pause_s: the same for the waits before the chunks of a body.
    """

    timeout_s: float = 120.0
    crawl_bytes: int = 64 << 10
    crawl_s: float = 60.0
    pause_s: float = 600.0


class _Progress:
    """What has moved in the time spent waiting."""

    def __init__(self, least_bytes: int, within_s: float) -> None:
        self._least_bytes, self._within_s = least_bytes, within_s
        self.restart()

    def restart(self) -> None:
        self._waited_s, self._moved_bytes = 0.0, 0

    def note(self, size: int, waited_s: float) -> None:
        """Raises Crawling if too little has moved."""
        self._moved_bytes += size
        self._waited_s += waited_s
        if self._waited_s >= self._within_s:
            if self._moved_bytes < self._least_bytes:
                raise Crawling
            self.restart()


def _number(text: str) -> int:
    """A Content-Length as a number. Raises ValueError if it is not one."""
    if not _LENGTH.fullmatch(text):
        raise ValueError(f"a length of {text[:50]!r}")
    return int(text)


def _chunk_bytes(line: bytes) -> int:
    """The size in a chunk header. Raises ValueError if it is not one."""
    found = _CHUNK_HEAD.match(line)
    if not found:
        raise ValueError(f"a chunk of {line[:50]!r}")
    return int(found[1], 16)


class Response:
    """An answer: status, lower-case headers, and a body that can be read once. Close it, or use `with`."""

    def __init__(self, connection: "Connection", method: str, url: str, status: int, headers: dict[str, str]) -> None:
        self.method, self.url, self.status, self.headers = method, url, status, headers
        self._connection: Connection | None = connection
        self._keep = headers.get("connection", "").lower() != "close"
        self._chunked = self._ended = False
        self._left: int | None = None
        # A valid number, also for HEAD, because callers parse it.
        length = _number(headers["content-length"]) if "content-length" in headers else None
        if method == "HEAD" or status in _WITHOUT_BODY:
            self._left = 0
        elif headers.get("transfer-encoding", "").lower() == "chunked":
            self._chunked = True
        elif length is not None:
            self._left = length
        else:
            self._keep = False
        if self._left == 0:
            self._finish()

    def __enter__(self) -> "Response":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def chunks(self, size: int = CHUNK_BYTES) -> "Chunks":
        """The body as it arrives, in pieces of at most `size`.

        Raises: TransientError DCP-503: it ended early; DCP-518: it stalled or is too slow.
        """
        return Chunks(self, size)

    def pieces(self, size: int, *, lasting: bool) -> Iterator[bytes | memoryview]:
        """The body in pieces, like `chunks`; unless `lasting`, the next piece may overwrite the last one's memory."""
        while self._connection is not None and not self._ended:
            try:
                piece = self._next_piece(self._connection, size)
            except Crawling as error:
                self.close()
                raise crawling(self.method, self.url) from error
            except (OSError, ValueError) as error:
                self.close()
                raise TransientError(
                    codes.CLOUD_UNAVAILABLE, what=f"{self.method}: body ended early", url=self.url
                ) from error
            if lasting:
                piece = piece if isinstance(piece, bytes) else bytes(piece)
                if self._ended:
                    # The reader may never ask for more.
                    self._finish()
            if piece:
                yield piece
        if self._ended:
            self._finish()

    def _next_piece(self, connection: "Connection", size: int) -> bytes | memoryview:
        """The next piece; empty at the end of the body. Records whether it was the last."""
        if self._chunked and not self._left:
            self._left = _chunk_bytes(connection.line())
            if self._left == 0:
                for _ in range(_MOST_TRAILERS):
                    if not connection.line().strip():
                        self._ended = True
                        return b""
                raise ValueError("more trailers than anybody reads")
        piece = connection.receive(size if self._left is None else min(size, self._left))
        if not piece and self._left is not None:
            raise ConnectionError("the body ended early")
        if self._left is None:
            self._ended = not piece
        else:
            self._left -= len(piece)
            self._ended = self._left == 0 and not self._chunked
            if self._left == 0 and self._chunked:
                connection.line()
        return piece

    def read(self) -> bytes:
        """The whole body of a document. Raises Refused if it is larger than any document should be."""
        pieces, size_bytes = list[bytes](), 0
        for piece in self.chunks():
            pieces.append(piece)
            size_bytes += len(piece)
            if size_bytes > MOST_ANSWER_BYTES:
                self.close()
                raise Refused(
                    codes.BAD_REQUEST, what=f"{self.method}: an answer of more than {MOST_ANSWER_BYTES >> 20} MiB"
                )
        return within_parts(b"".join(pieces), self.method)

    def json(self) -> Any:
        return json.loads(self.read() or b"null")

    def close(self) -> None:
        """Returns the connection to the pool if little is left to read, else closes it."""
        if self._connection is None:
            return
        if self._left is not None and self._left <= _DRAIN_BYTES and self._keep and not self._chunked:
            with suppress(OSError, ValueError, Crawling):
                while not self._ended:
                    self._next_piece(self._connection, _DRAIN_BYTES)
        self._keep = self._keep and self._ended
        self._finish()

    def _finish(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.give_back(keep=self._keep)


class Chunks:
    """A body's pieces as an iterator; `passing` hands them to another request without a copy."""

    def __init__(self, response: Response, size: int) -> None:
        self._response, self._size = response, size
        self._pieces: Iterator[bytes] = response.pieces(size, lasting=True)  # type: ignore[assignment]  # lasting: bytes

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    def __next__(self) -> bytes:
        return next(self._pieces)

    def passing(self) -> Iterator[bytes | memoryview]:
        """The unread rest, in pieces that are only valid until the next one."""
        return self._response.pieces(self._size, lasting=False)


def parts_of(body: bytes) -> int:
    """The maximum number of values in a JSON or XML document, estimated without parsing it."""
    return sum(map(body.count, (b"{", b"[", b",", b"<")))


def within_parts(body: bytes, method: str) -> bytes:
    """The body of an answer. Raises Refused if parsing it would take too much memory."""
    if len(body) > MOST_PARTS and parts_of(body) > MOST_PARTS:
        raise Refused(codes.BAD_REQUEST, what=f"{method}: an answer of more than {MOST_PARTS} parts")
    return body


def crawling(what: str, url: str) -> TransientError:
    return TransientError(codes.TRANSFER_STALLED, what=what, url=url)


class Connection:
    """One connection, its unread input, and its pool.

    `proxy_headers`: headers for a proxy that forwards requests; None on a direct connection.
    """

    def __init__(
        self, sock: socket.socket, pool: list["Connection"], limits: Limits, proxy_headers: dict[str, str] | None
    ) -> None:
        self.sock, self._pool, self.proxy_headers = sock, pool, proxy_headers
        self._piece_bytes = _TLS_PIECE_BYTES
        self.used_at = 0.0
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN)
        self._unread = b""
        self._room: memoryview | None = None
        self._moving = _Progress(limits.crawl_bytes, limits.crawl_s)
        # A service may compute for minutes between two chunks: S3 sends blanks while it joins the parts of an object.
        self._pauses = _Progress(limits.crawl_bytes, limits.pause_s)
        if isinstance(sock, ssl.SSLSocket):
            sock.settimeout(limits.timeout_s)
        else:
            # Uses the system's timeouts: with Python's, every call would poll first.
            sock.settimeout(None)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, _timeval(limits.timeout_s))
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _timeval(min(limits.timeout_s, limits.crawl_s)))
            self._piece_bytes = CHUNK_BYTES

    @property
    def reused(self) -> bool:
        return self.used_at > 0

    def is_stale(self) -> bool:
        """Whether the other side has closed the idle connection: it is then readable."""
        return bool(time.monotonic() - self.used_at > _IDLE_S or self._unread or self._poll.poll(0))

    def answers_within(self, wait_s: float) -> bool:
        if self._unread or (isinstance(self.sock, ssl.SSLSocket) and self.sock.pending()):
            return True
        return bool(self._poll.poll(wait_s * 1000))

    # ------------------------------------------------------------ sending

    def send_head(self, data: bytes) -> None:
        """Sends the head of a request, with a small body. Raises NothingReceived if the other side has closed."""
        self._moving.restart()
        try:
            # A single send nearly always suffices.
            sent = self.sock.send(data) if len(data) <= self._piece_bytes else 0
            if sent < len(data):
                self._push(memoryview(data)[sent:])
        except _CLOSED as error:
            raise NothingReceived from error
        except _SILENT as error:
            raise Crawling from error

    def send(self, data: bytes | memoryview) -> None:
        """Sends a piece of a body. Raises SendBroken, Crawling."""
        try:
            self._push(data)
        except OSError as error:
            raise SendBroken from error

    def _push(self, data: bytes | memoryview) -> None:
        view, at = memoryview(data), 0
        while at < len(view):
            start = time.monotonic()
            try:
                sent = self.sock.send(view[at : at + self._piece_bytes])
            except _SILENT as error:
                raise Crawling from error
            self._note(sent, time.monotonic() - start)
            at += sent

    def hang_up(self) -> None:
        """Closes our side in the middle of a body and waits for the server to finish, so that a retry meets no
        leftovers.
        """
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
            self.answers_within(_SETTLE_S)

    # ------------------------------------------------------------ receiving

    def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the next answer. Raises NothingReceived if the connection closed first, Crawling."""
        self._moving.restart()
        self._pauses.restart()
        data = self._unread
        if not data:
            try:
                data = self.sock.recv(_FIRST_READ_BYTES)
            except ConnectionError as error:
                raise NothingReceived from error
            except BlockingIOError as error:
                raise TimeoutError from error
            if not data:
                raise NothingReceived
        while (end := HEAD_END.search(data)) is None:
            data = self._more(data, _MOST_HEAD_BYTES)
        start, stop = end.span()
        self._unread = data[stop:]
        return parsed_head(data[: start - 1] if data[start - 1] == _CR else data[:start])

    def line(self) -> bytes:
        """The next line between the chunks of a body. Raises Crawling."""
        data = self._unread or self._more(b"", _MOST_LINE_BYTES, is_pause=True)
        while (end := data.find(b"\n")) < 0:
            data = self._more(data, _MOST_LINE_BYTES)
        self._unread = data[end + 1 :]
        return data[:end]

    def receive(self, most: int) -> bytes | memoryview:
        """Some bytes of a body, none at its end. A view is valid until the next call."""
        if self._unread:
            found, self._unread = self._unread[:most], self._unread[most:]
            return found
        if self._room is None:
            self._room = memoryview(bytearray(ROOM_BYTES))
        room, got, most = self._room, 0, min(most, ROOM_BYTES)
        try:
            while got < most:
                start = time.monotonic()
                size = self.sock.recv_into(room[got:most])
                self._note(size, time.monotonic() - start)
                if not size:
                    break
                got += size
        except _SILENT as error:
            raise Crawling from error
        return room[:got]

    def _more(self, data: bytes, most: int, *, is_pause: bool = False) -> bytes:
        start = time.monotonic()
        try:
            more = self.sock.recv(_FIRST_READ_BYTES)
        except BlockingIOError as error:
            raise TimeoutError from error
        if not more or len(data) > most:
            raise ConnectionError("closed within a head")
        self._note(len(more), time.monotonic() - start, is_pause=is_pause)
        return data + more

    def _note(self, size: int, waited_s: float, *, is_pause: bool = False) -> None:
        """Records progress. Raises Crawling if too little has moved in the time spent waiting."""
        self._moving.note(size, 0.0 if is_pause else waited_s)
        self._pauses.note(size, waited_s)

    # ------------------------------------------------------------ closing

    def give_back(self, *, keep: bool) -> None:
        if keep:
            self.used_at = time.monotonic()
            self._pool.append(self)
        else:
            self.drop()

    def drop(self) -> None:
        self.sock.close()


def _timeval(seconds: float) -> bytes:
    return struct.pack("ll", int(seconds), int(seconds % 1 * 1_000_000))
