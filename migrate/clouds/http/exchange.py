"""One HTTP exchange: sends a request with its body and reads the head of the answer."""

from collections.abc import Iterable, Iterator, Mapping

from migrate.clouds.http.connection import Connection, Crawling, Response, SendBroken
from migrate.clouds.http.dial import Origin
from migrate.clouds.http.headers import request_head
from migrate.errors import IntegrityError
from migrate.messages import codes

# From this size on the server is asked before the body is sent, so that a refusal costs no transfer. Smaller bodies are
# collected and sent with the head; they can be sent again.
ASKED_FROM_BYTES = 1 << 20
_EXPECT_WAIT_S = 2.0
MOST_INTERIM = 20


class Body:
    """A request body: bytes, or an iterable that can be consumed once.

    If the iterable has a method `passing` (another answer's `Chunks`), its pieces are only valid until the next one.
    """

    def __init__(self, source: bytes | Iterable[bytes] | None, length: int | None) -> None:
        self.whole = source if isinstance(source, bytes) else None
        self.stream: Iterable[bytes | memoryview] | None = None
        if source is not None and not isinstance(source, bytes):
            if length is None:
                raise ValueError("a streamed body needs its length")
            passing = getattr(source, "passing", None)
            self.stream = passing() if passing else source
        self.length = len(self.whole) if self.whole is not None else length
        self.started = False
        self.source_error: BaseException | None = None

    @property
    def is_there(self) -> bool:
        """Whether the body can be sent (again): no part of a stream was consumed."""
        return not self.started and self.source_error is None

    @property
    def is_asked_for(self) -> bool:
        """Whether the body waits for the server's go-ahead (Expect: 100-continue)."""
        return self.stream is not None and (self.length or 0) >= ASKED_FROM_BYTES

    def gather(self) -> None:
        """Reads a small stream into memory before anything is sent. Raises IntegrityError if its length is wrong."""
        if self.stream is None or self.is_asked_for:
            return
        assert self.length is not None
        pieces, total = [], 0
        for chunk in self._pull(self.stream):
            total += len(chunk)
            if total > self.length:
                break
            pieces.append(chunk if isinstance(chunk, bytes) else bytes(chunk))
        if total != self.length:
            raise self._other_length(total)
        self.whole, self.stream = pieces[0] if len(pieces) == 1 else b"".join(pieces), None

    def send(self, connection: Connection) -> None:
        """Sends the stream: exactly `length` bytes, else raises IntegrityError and the connection must be dropped."""
        assert self.stream is not None and self.length is not None
        self.started = True
        total, held = 0, b""
        for chunk in self._pull(self.stream):
            total += len(chunk)
            if total > self.length:
                break
            if total < self.length:
                connection.send(chunk)
            elif chunk:
                # Held back until the stream ends, so that a stream that is too long never looks complete.
                held = bytes(chunk)
        if total != self.length:
            raise self._other_length(total)
        connection.send(held)

    def _other_length(self, got: int) -> IntegrityError:
        return IntegrityError(codes.BYTES_DIFFER, what="body to send", expected=self.length, got=got)

    def _pull(self, stream: Iterable[bytes | memoryview]) -> Iterator[bytes | memoryview]:
        """The stream's chunks; records an error of the stream, so that it is not taken for a connection error."""
        try:
            yield from stream
        except GeneratorExit:
            raise
        except BaseException as error:
            self.source_error = error
            raise


def roundtrip(
    connection: Connection,
    method: str,
    url: str,
    origin: Origin,
    target: str,
    headers: Mapping[str, str],
    payload: Body,
) -> Response:
    """Sends one request and reads the head of its answer.

    Args:    origin, target: the two parts of `url`: scheme and host, and the rest.
    Raises:  NothingReceived: closed before the first byte.   ValueError: invalid request.   OSError, Crawling.
    """
    expect = payload.stream is not None and payload.is_asked_for
    if connection.proxy_headers is not None:
        # A proxy needs the full URL and its own login.
        headers, target = {**headers, **connection.proxy_headers}, origin.address + target
    head = request_head(method, target, origin.netloc, headers, payload.length, expect=expect)
    connection.send_head(head + payload.whole if payload.whole else head)
    if payload.stream is not None:
        refusal = _send_stream(connection, payload, expect=expect)
        if refusal:
            return Response(connection, method, url, *refusal)
    return Response(connection, method, url, *_final_head(connection))


def _final_head(connection: Connection) -> tuple[int, dict[str, str]]:
    """The final answer, after interim (1xx) ones. Raises ValueError if there are too many of those, Crawling."""
    for _ in range(MOST_INTERIM):
        status, answer = connection.head()
        if status >= 200:
            return status, answer
    raise ValueError(f"{MOST_INTERIM} answers that none is ready yet")


def _send_stream(connection: Connection, payload: Body, *, expect: bool) -> tuple[int, dict[str, str]] | None:
    """Sends the stream. Returns an early answer, after which the connection cannot be used again."""
    if expect and connection.answers_within(_EXPECT_WAIT_S):
        status, answer = connection.head()
        if status != 100:
            return status, {**answer, "connection": "close"}
    try:
        payload.send(connection)
    except (SendBroken, Crawling) as error:
        # A server that refuses early closes its side or stops reading, but its answer may still be readable.
        refusal = _refusal(connection, error)
        if refusal is None:
            raise
        return refusal
    except Exception:
        connection.hang_up()
        raise
    return None


def _refusal(connection: Connection, error: Exception) -> tuple[int, dict[str, str]] | None:
    if isinstance(error, Crawling) and not connection.answers_within(0):
        return None
    try:
        status, answer = _final_head(connection)
    except (OSError, ValueError, Crawling):
        return None
    return status, {**answer, "connection": "close"}
