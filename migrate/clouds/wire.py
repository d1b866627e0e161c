"""What goes over one HTTP/1.1 connection: a request out, its answer in. The policy around it is in `http.py`.

Connections are `http.client`'s; response heads are read here, because the standard reader splits header lines at
UTF-8 bytes (0x85) and loses every header behind them.
"""

import http.client
import io
import json
import select
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from migrate.errors import IntegrityError, TransientError

CHUNK_BYTES = 1 << 20

# From this size on the server is asked before the body is sent, so that a refusal costs no transfer.
_EXPECT_FROM_BYTES = 1 << 20
_EXPECT_WAIT_S = 2.0
_DRAIN_BYTES = 1 << 16
_SETTLE_S = 10.0
_MAX_LINE = 1 << 16
# Balancers drop idle connections after about a minute.
_IDLE_S = 50.0


def encoded(text: str) -> bytes:
    """A header's text as it goes on the wire."""
    return text.encode("utf-8", "surrogateescape")


class Response:
    """Status, lower-case headers, and a body that can be read once. Close it, or use it in a `with`."""

    def __init__(self, connection: "Connection", method: str, url: str, status: int, headers: dict[str, str]) -> None:
        self.method, self.url, self.status, self.headers = method, url, status, headers
        self._connection: Connection | None = connection
        self._chunked = headers.get("transfer-encoding", "").lower() == "chunked"
        self._keep = headers.get("connection", "").lower() != "close"
        self._left: int | None = None
        if method == "HEAD" or status in {204, 304}:
            self._left, self._chunked = 0, False
        elif not self._chunked:
            self._left = int(headers["content-length"]) if "content-length" in headers else None
            self._keep = self._keep and self._left is not None
        if self._left == 0:
            self._finish()

    def __enter__(self) -> "Response":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def chunks(self, size: int = CHUNK_BYTES) -> Iterator[bytes]:
        """The body as it arrives, in pieces of at most `size`. Raises TransientError when it ends early."""
        while self._connection is not None:
            try:
                chunk = self._next_chunk(self._connection, size)
            except (OSError, ValueError) as error:
                self.close()
                raise self._short() from error
            if chunk:
                yield chunk

    def _next_chunk(self, connection: "Connection", size: int) -> bytes:
        if self._chunked and not self._left:
            self._left = int(connection.line().split(b";")[0], 16)
            if self._left == 0:
                while connection.line().strip():
                    pass
                self._finish()
                return b""
        chunk = connection.reader.read1(size if self._left is None else min(size, self._left))
        if not chunk:
            if self._left is not None:
                raise ConnectionError("the body ended early")
            self._finish()
        elif self._left is not None:
            self._left -= len(chunk)
            if self._left == 0 and self._chunked:
                connection.line()
            elif self._left == 0:
                self._finish()
        return chunk

    def read(self) -> bytes:
        return b"".join(self.chunks())

    def json(self) -> Any:
        return json.loads(self.read() or b"null")

    def close(self) -> None:
        """Gives the connection back when little is left unread, else drops it."""
        if self._connection is None:
            return
        if self._left is not None and self._left <= _DRAIN_BYTES and self._keep and not self._chunked:
            try:
                while self._connection is not None:
                    self._next_chunk(self._connection, _DRAIN_BYTES)
                return
            except (OSError, ValueError):
                pass
        if self._connection is not None:
            self._connection.drop()
            self._connection = None

    def _finish(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.give_back(keep=self._keep)

    def _short(self) -> TransientError:
        return TransientError("DCP-503", what=f"{self.method}: body ended early", url=self.url)


class Connection:
    """One http.client connection, our own reader of its answers, and the way back to its pool."""

    def __init__(
        self,
        raw: http.client.HTTPConnection,
        pool: list["Connection"],
        timeout_s: float,
        proxy_headers: dict[str, str] | None = None,
    ) -> None:
        self.raw, self._pool = raw, pool
        # None: the other side is the server itself, or a tunnel to it.
        self.proxy_headers = proxy_headers
        self.used_at = 0.0
        raw.connect()
        self.sock = raw.sock
        self.sock.settimeout(timeout_s)
        self.reader = io.BufferedReader(self.sock.makefile("rb", buffering=0), 1 << 16)

    @property
    def reused(self) -> bool:
        return self.used_at > 0

    def is_stale(self) -> bool:
        """Readable while idle means closed by the other side."""
        if time.monotonic() - self.used_at > _IDLE_S:
            return True
        return self.answers_within(0)

    def answers_within(self, wait_s: float) -> bool:
        if isinstance(self.sock, ssl.SSLSocket) and self.sock.pending():
            return True
        poll = select.poll()
        poll.register(self.sock, select.POLLIN)
        return bool(poll.poll(wait_s * 1000))

    def line(self) -> bytes:
        line = self.reader.readline(_MAX_LINE + 1)
        if not line.endswith(b"\n"):
            raise ConnectionError("closed within a head")
        return line

    def head(self) -> tuple[int, dict[str, str]]:
        """Status and headers of the next answer. Raises NothingReceived when the connection was closed before."""
        try:
            first = self.reader.readline(_MAX_LINE + 1)
        except ConnectionError as error:
            raise NothingReceived from error
        if not first:
            raise NothingReceived
        version, status = first.split(None, 2)[:2]
        headers: dict[str, str] = {} if version != b"HTTP/1.0" else {"connection": "close"}
        while line := self.line().rstrip(b"\r\n"):
            name, _, value = line.partition(b":")
            key = name.strip().lower().decode("utf-8", "surrogateescape")
            text = value.strip().decode("utf-8", "surrogateescape")
            headers[key] = f"{headers[key]}, {text}" if key in headers and key != "connection" else text
        return int(status), headers

    def give_back(self, *, keep: bool) -> None:
        if keep:
            self.used_at = time.monotonic()
            self._pool.append(self)
        else:
            self.drop()

    def hang_up(self) -> None:
        """Ends our side within a body and lets the server settle what it had begun, so that a repeat finds no trace."""
        with suppress(OSError):
            self.sock.shutdown(socket.SHUT_WR)
            self.answers_within(_SETTLE_S)

    def drop(self) -> None:
        self.reader.close()
        self.raw.close()


class NothingReceived(ConnectionError):
    """The connection ended before the first byte of an answer."""


class SendBroken(ConnectionError):
    """The other side closed, or stopped reading, while a body was being sent."""


class Body:
    """A body to send: bytes, or an iterable that can be consumed once."""

    def __init__(self, source: bytes | Iterable[bytes] | None, length: int | None) -> None:
        self.whole = source if isinstance(source, bytes) else None
        self.stream = None if source is None or isinstance(source, bytes) else source
        if self.stream is not None and length is None:
            raise ValueError("a streamed body needs its length")
        self.length = len(self.whole) if self.whole is not None else length
        self.started = False
        self.source_error: BaseException | None = None

    def send(self, connection: Connection) -> None:
        """Sends the stream: exactly `length` bytes, or IntegrityError with the connection left for dropping."""
        assert self.stream is not None and self.length is not None
        self.started = True
        total, held = 0, b""
        # One chunk is held back until the next is there: a stream that is too long must not look complete before.
        for chunk in self._pull(self.stream):
            total += len(chunk)
            if total > self.length:
                break
            _send(connection, held)
            held = chunk
        if total != self.length:
            raise IntegrityError("DCP-422", what="body to send", expected=self.length, got=total)
        _send(connection, held)

    def _pull(self, stream: Iterable[bytes]) -> Iterator[bytes]:
        """The stream's chunks; its own error is noted, lest it be taken for the connection's."""
        try:
            yield from stream
        except GeneratorExit:
            raise
        except BaseException as error:
            self.source_error = error
            raise


def _send(connection: Connection, chunk: bytes) -> None:
    try:
        connection.sock.sendall(chunk)
    except OSError as error:
        raise SendBroken from error


def roundtrip(connection: Connection, method: str, url: str, headers: dict[str, str], payload: Body) -> Response:
    """Sends one request and reads the head of its answer.

    Raises:  NothingReceived: closed before a byte of an answer.   ValueError: no legal request.
    """
    expect = payload.stream is not None and (payload.length or 0) >= _EXPECT_FROM_BYTES
    is_proxied = connection.proxy_headers is not None
    sent = {**headers, **(connection.proxy_headers or {})}
    head = _request_head(method, url, sent, payload.length, expect=expect, is_proxied=is_proxied)
    try:
        connection.sock.sendall(head + (payload.whole or b""))
    except ConnectionError as error:
        raise NothingReceived from error
    if payload.stream is not None:
        refusal = _send_stream(connection, payload, expect=expect)
        if refusal:
            return Response(connection, method, url, *refusal)
    status, answer = _final_head(connection)
    return Response(connection, method, url, status, answer)


def _request_head(
    method: str, url: str, headers: dict[str, str], length: int | None, *, expect: bool, is_proxied: bool
) -> bytes:
    parts = urlsplit(url)
    target = f"{parts.path or '/'}?{parts.query}" if parts.query else parts.path or "/"
    host = parts.netloc.rpartition("@")[2].encode("idna")
    # A proxy is told the whole address.
    prefix = parts.scheme.encode("ascii") + b"://" + host if is_proxied else b""
    lines = [method.encode("ascii") + b" " + prefix + target.encode("ascii") + b" HTTP/1.1", b"Host: " + host]
    lines.append(b"Accept-Encoding: identity")
    lines += [encoded(name) + b": " + encoded(value) for name, value in headers.items()]
    if length is not None:
        lines.append(b"Content-Length: %d" % length)
    if expect:
        lines.append(b"Expect: 100-continue")
    if any(b"\r" in line or b"\n" in line for line in lines) or lines[0].count(b" ") != 2:
        raise ValueError("a line break or a blank where none may be")
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _send_stream(connection: Connection, payload: Body, *, expect: bool) -> tuple[int, dict[str, str]] | None:
    """Sends the stream; returns an answer that came before its end, which also ends the connection."""
    if expect and connection.answers_within(_EXPECT_WAIT_S):
        status, answer = connection.head()
        if status != 100:
            return status, {**answer, "connection": "close"}
    try:
        payload.send(connection)
    except SendBroken as error:
        # A server that refuses early closes its side: its reason may still be readable.
        try:
            status, answer = _final_head(connection)
        except (OSError, ValueError):
            raise error from None
        return status, {**answer, "connection": "close"}
    except Exception:
        connection.hang_up()
        raise
    return None


def _final_head(connection: Connection) -> tuple[int, dict[str, str]]:
    while True:
        status, answer = connection.head()
        if status >= 200:
            return status, answer
