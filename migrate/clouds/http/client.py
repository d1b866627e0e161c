"""A thin blocking HTTP/1.1 client for bodies: image ranges, Swift, S3.

Threads, one keep-alive connection per thread and origin, bodies passed through unchanged;
docs/decisions/0010-threads.md has the measurements behind this choice.
"""

import json
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

from migrate import __version__
from migrate.clouds.guard import Gatekeeper, Request
from migrate.clouds.http.connection import (
    CHUNK_BYTES,
    Connection,
    Crawling,
    Limits,
    NothingReceived,
    Response,
    crawling,
)
from migrate.clouds.http.dial import Network, Origin, dial, split_url
from migrate.clouds.http.exchange import Body, roundtrip
from migrate.clouds.http.headers import encoded
from migrate.clouds.http.pace import Pacer
from migrate.clouds.http.resend import (
    SAFE_METHODS,
    TRANSIENT_STATUSES,
    RetryPolicy,
    Tries,
    is_passing,
    retry_after_s,
)
from migrate.errors import Refused, TransientError, Unreachable
from migrate.messages import codes
from migrate.monitor import log
from migrate.redaction import scrub
from migrate.secret_looking import without_login

__all__ = [
    "CHUNK_BYTES",
    "SAFE_METHODS",
    "TRANSIENT_STATUSES",
    "HttpClient",
    "Limits",
    "OnRequest",
    "Response",
    "RetryPolicy",
    "TokenProvider",
    "encoded",
    "retry_after_s",
]

_AGENT = f"decamp/{__version__}"
_OF_A_CONTAINER = frozenset({"GET", "HEAD", "POST"})
OnRequest = Callable[[Request, int | None], None]


class TokenProvider(Protocol):
    """Provides the headers that authenticate requests."""

    def headers(self) -> dict[str, str]:
        """Authentication headers for the next request."""

    def renew(self, used: Mapping[str, str]) -> bool:
        """Renews the token after a 401 on a request with the headers `used`. True if new headers are available."""


class HttpClient:
    """Sends requests with bodies: guarded, paced and retried.

    Args:    locate: maps a URL to (service, path below the endpoint), for the gatekeeper.   tokens: None for no login.
             on_request: called with each answer (None: no answer).   network: TLS context and timeouts.
             pacer: the cloud's pacer, shared with its other clients; None for a new one.
    """

    def __init__(
        self,
        *,
        locate: Callable[[str], tuple[str, str]],
        gatekeeper: Gatekeeper,
        tokens: TokenProvider | None = None,
        on_request: OnRequest | None = None,
        retries: RetryPolicy | None = None,
        pacer: Pacer | None = None,
        network: Network | None = None,
    ) -> None:
        self._locate, self._gatekeeper, self._tokens = locate, gatekeeper, tokens
        self._on_request = on_request or (lambda request, status: None)
        self._retries, self._pacer = retries or RetryPolicy(), pacer or Pacer()
        self._network = network or Network()
        self._tls = self._network.tls or ssl.create_default_context()
        self._origins: dict[str, Origin] = {}
        self._local = _Pools()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        length: int | None = None,
    ) -> Response:
        """Sends a request and returns its answer, with any status that is not transient.

        Repeats safe requests, and any request refused for its rate, if the body can be sent again: a stream that has
        begun cannot.
        Raises:  TransientError: no answer, or a transient one.   Denied: by the gatekeeper.
                 AccessError: the server's certificate is not trusted.   Cancelled: during a wait.
        """
        payload = Body(body, length)
        call = _Call(method, url, {"user-agent": _AGENT, **(headers or {})}, payload)
        tries = Tries(self._retries, method in SAFE_METHODS, self._retries.attempts)
        while True:
            try:
                response = self._attempt(call)
            except TransientError as error:
                wait_s = tries.after_silence() if payload.is_there else None
                if wait_s is None:
                    raise
                reason = str(error)
            else:
                if response.status < 400:
                    return response
                asked_s = retry_after_s(response.headers)
                if not is_passing(response.status, asked_s):
                    return response
                response.close()
                wait_s = tries.after(response.status, asked_s) if payload.is_there else None
                if wait_s is None:
                    raise _passing(response, asked_s)
                reason = str(response.status)
            log.info("retry attempt=%d wait_s=%.1f reason=%s", tries.count, wait_s, reason)
            if wait_s:
                self._retries.sleep(wait_s)

    def _attempt(self, call: "_Call") -> Response:
        """Sends the request once, and once more if the token had expired."""
        used = self._tokens.headers() if self._tokens else {}
        response = self._exchange(call, used)
        if response.status == 401 and self._tokens and self._tokens.renew(used):
            response.close()
            if not call.payload.is_there:
                raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{call.method}: token ended", url=call.url)
            response = self._exchange(call, self._tokens.headers())
        return response

    def _exchange(self, call: "_Call", login: Mapping[str, str]) -> Response:
        service, path = self._locate(call.url)
        query = call.url.partition("#")[0].partition("?")[2] if "?" in call.url else ""
        body = _decoded(call.payload.whole) if call.payload.whole and call.method != "PUT" else None
        record = Request(call.method, service, path, body, query)
        self._gatekeeper.check(record)
        if call.payload.stream is not None:
            # Before the wait, so that no source answer stays half read meanwhile.
            call.payload.gather()
        part = _part(record)
        turn = self._pacer.before(service, part)
        try:
            response = self._on_some_connection(call, login)
        except (OSError, ValueError, Crawling) as error:
            self._on_request(record, None)
            if error is call.payload.source_error:
                raise
            raise _translated(error, call) from error
        self._on_request(record, response.status)
        asked_s = retry_after_s(response.headers) if response.status >= 400 else None
        self._pacer.answered(service, turn, response.status, asked_s, part)
        return response

    def _on_some_connection(self, call: "_Call", login: Mapping[str, str]) -> Response:
        """Tries an idle connection first, then a new one if the idle one was closed and nothing of the body is lost."""
        address, target = split_url(call.url)
        if not target.startswith("/"):
            target = f"/{target}"
        origin = self._origins.get(address) or self._origins.setdefault(address, Origin.of(address))
        headers = {**call.headers, **login}
        fresh = False
        while True:
            connection = self._checkout(origin, fresh=fresh)
            try:
                return roundtrip(connection, call.method, call.url, origin, target, headers, call.payload)
            except NothingReceived:
                connection.drop()
                if not connection.reused or not call.payload.is_there or call.method not in SAFE_METHODS:
                    raise
                fresh = True
            except BaseException:
                connection.drop()
                raise

    def _checkout(self, origin: Origin, *, fresh: bool) -> Connection:
        pool = self._local.idle.get(origin)
        if pool is None:
            pool = self._local.idle[origin] = []
        while pool:
            connection = pool.pop()
            if not fresh and not connection.is_stale():
                return connection
            connection.drop()
        return dial(origin, self._tls, pool, self._network.limits)


class _Pools(threading.local):
    """Idle connections of each thread, the most recently used last."""

    def __init__(self) -> None:
        self.idle: dict[Origin, list[Connection]] = {}


class _Call(NamedTuple):
    """A request without its login."""

    method: str
    url: str
    headers: Mapping[str, str]
    payload: Body


def _part(record: Request) -> str:
    """The container that a rate limit on this request applies to; "" for the whole service.

    Swift limits object changes and listings by container, and the creation and removal of containers by account.
    """
    if record.service != "object-store":
        return ""
    container, slash, _ = record.path[1:].partition("/")
    return container if slash or record.method in _OF_A_CONTAINER else ""


def _translated(error: Exception, call: _Call) -> Exception:
    if isinstance(error, ssl.SSLCertVerificationError):
        return Unreachable(codes.CERTIFICATE_UNTRUSTED, url=call.url, reason=error.verify_message)
    if isinstance(error, ValueError) and not isinstance(error, OSError):
        return Refused(codes.BAD_REQUEST, what=f"{call.method} {without_login(call.url)}", detail=scrub(str(error)))
    if isinstance(error, Crawling):
        return crawling(call.method, call.url)
    return TransientError(codes.CLOUD_UNAVAILABLE, what=call.method, url=call.url, reason=_reason(error))


def _passing(response: Response, asked_s: float | None) -> TransientError:
    return TransientError(
        codes.CLOUD_UNAVAILABLE,
        retry_after_s=asked_s,
        what=response.method,
        url=response.url,
        status=response.status,
        request_id=response.headers.get("x-trans-id") or response.headers.get("x-openstack-request-id", ""),
    )


def _reason(error: Exception) -> str:
    """The error's class; for a bare OSError (such as a proxy that refuses a tunnel) its text."""
    return str(error) if type(error) is OSError else type(error).__name__


def _decoded(body: bytes) -> dict[str, Any] | None:
    """The JSON document of a control request; None for content."""
    try:
        value = json.loads(body)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
