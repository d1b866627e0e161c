"""A thin blocking HTTP/1.1 client for bodies: image ranges, Swift, S3.

Threads, one keep-alive connection per thread and origin, chunks passed through untouched: the measurements behind
this choice are in docs/design.md. Connections are `http.client`'s; response heads are read here, because the
standard reader splits header lines at UTF-8 bytes (0x85) and loses every header behind them.
"""

import http.client
import json
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from migrate import __version__
from migrate.clouds.guard import Gatekeeper, Request
from migrate.clouds.pace import Pacer
from migrate.clouds.proxy import proxy_for
from migrate.clouds.repeat import (
    SAFE_METHODS,
    TRANSIENT_STATUSES,
    RetryPolicy,
    Tries,
    is_passing,
    retry_after_s,
)
from migrate.clouds.wire import CHUNK_BYTES, Body, Connection, NothingReceived, Response, encoded, roundtrip
from migrate.errors import AccessError, Refused, TransientError
from migrate.monitor import log

__all__ = [
    "CHUNK_BYTES",
    "SAFE_METHODS",
    "TRANSIENT_STATUSES",
    "HttpClient",
    "OnRequest",
    "Response",
    "RetryPolicy",
    "TokenProvider",
    "encoded",
    "retry_after_s",
]

_CONNECT_TIMEOUT_S = 15.0

_AGENT = f"decamp/{__version__}"
OnRequest = Callable[[Request, int | None], None]


class TokenProvider(Protocol):
    """The headers that say who we are."""

    def headers(self) -> dict[str, str]:
        """Authentication headers for the next request."""

    def renew(self, used: Mapping[str, str]) -> bool:
        """Called after a 401 on a request that carried `used`. True when other headers are to be had now."""


class HttpClient:
    """Requests with bodies, guarded, paced and retried.

    Args:    locate: URL to (service, path below the endpoint), for the gatekeeper.   tokens: None for no login.
             tls: context for https, None for the default one.   on_request: told of each answer (None: no answer).
             pacer: the cloud's, shared with whoever else asks it; None for one of its own.
    """

    def __init__(
        self,
        *,
        locate: Callable[[str], tuple[str, str]],
        gatekeeper: Gatekeeper,
        tokens: TokenProvider | None = None,
        tls: ssl.SSLContext | None = None,
        on_request: OnRequest | None = None,
        retries: RetryPolicy | None = None,
        pacer: Pacer | None = None,
        timeout_s: float = 120.0,
    ) -> None:
        self._locate, self._gatekeeper, self._tokens = locate, gatekeeper, tokens
        self._tls = tls or ssl.create_default_context()
        self._on_request = on_request or (lambda request, status: None)
        self._retries, self._pacer = retries or RetryPolicy(), pacer or Pacer()
        self._timeout_s = timeout_s
        self._local = threading.local()

    def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        length: int | None = None,
    ) -> Response:
        """Sends a request and returns its answer, whatever its status but a transient one.

        Safe requests are repeated, and any that was refused for its rate, if its body can be sent again: a stream that
        has begun cannot.
        Raises:  TransientError: no answer, or one that may be another next time.   Denied: by the gatekeeper.
                 AccessError: the server's certificate is not trusted.   Cancelled: while it had to wait.
        """
        payload = Body(body, length)
        sent = {"user-agent": _AGENT, **(headers or {})}
        tries = Tries(self._retries, method in SAFE_METHODS, self._retries.attempts)
        while True:
            try:
                response = self._attempt(method, url, sent, payload)
            except TransientError as error:
                wait_s = None if payload.started else tries.after_silence()
                if wait_s is None:
                    raise
                reason = str(error)
            else:
                asked_s = retry_after_s(response.headers)
                if not is_passing(response.status, asked_s):
                    return response
                response.close()
                wait_s = None if payload.started else tries.after(response.status, asked_s)
                if wait_s is None:
                    raise _passing(response, asked_s)
                reason = str(response.status)
            log.info("retry attempt=%d wait_s=%.1f reason=%s", tries.count, wait_s, reason)
            if wait_s:
                self._retries.sleep(wait_s)

    def _attempt(self, method: str, url: str, headers: dict[str, str], payload: Body) -> Response:
        """Once, and once more where the token had ended."""
        used = self._tokens.headers() if self._tokens else {}
        response = self._exchange(method, url, {**headers, **used}, payload)
        if response.status == 401 and self._tokens and self._tokens.renew(used):
            response.close()
            if payload.started:
                raise TransientError("DCP-503", what=f"{method}: token ended", url=url)
            response = self._exchange(method, url, {**headers, **self._tokens.headers()}, payload)
        return response

    def _exchange(self, method: str, url: str, headers: dict[str, str], payload: Body) -> Response:
        record = Request(method, *self._locate(url), body=_decoded(payload.whole), query=urlsplit(url).query)
        self._gatekeeper.check(record)
        turn = self._pacer.before(record.service)
        try:
            response = self._on_some_connection(method, url, headers, payload)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._on_request(record, None)
            if error is payload.source_error:
                raise
            if isinstance(error, ssl.SSLCertVerificationError):
                raise AccessError("DCP-407", url=url, reason=error.verify_message) from error
            if isinstance(error, ValueError) and not isinstance(error, OSError):
                raise Refused("DCP-400", what=f"{method} {url}", detail=str(error)) from error
            raise TransientError("DCP-503", what=method, url=url, reason=_reason(error)) from error
        self._on_request(record, response.status)
        self._pacer.answered(record.service, turn, response.status, retry_after_s(response.headers))
        return response

    def _on_some_connection(self, method: str, url: str, headers: dict[str, str], payload: Body) -> Response:
        """A kept connection first; when it turns out to be closed and nothing was consumed, a fresh one."""
        connection = self._checkout(url)
        try:
            return roundtrip(connection, method, url, headers, payload)
        except NothingReceived:
            connection.drop()
            if not connection.reused or payload.started or method not in SAFE_METHODS:
                raise
        except BaseException:
            connection.drop()
            raise
        connection = self._checkout(url, fresh=True)
        try:
            return roundtrip(connection, method, url, headers, payload)
        except BaseException:
            connection.drop()
            raise

    def _checkout(self, url: str, *, fresh: bool = False) -> Connection:
        parts = urlsplit(url)
        origin = (parts.scheme, parts.netloc)
        pools: dict[tuple[str, str], list[Connection]] = self._local.__dict__.setdefault("pools", {})
        pool = pools.setdefault(origin, [])
        while pool:
            connection = pool.pop()
            if not fresh and not connection.is_stale():
                return connection
            connection.drop()
        return self._dial(parts.scheme, parts.netloc, url, pool)

    def _dial(self, scheme: str, netloc: str, url: str, pool: list[Connection]) -> Connection:
        """A new connection: to the server, through a tunnel to it, or (plain http) to a proxy that asks it for us."""
        proxy = proxy_for(url)
        host, port = (proxy.host, proxy.port) if proxy else (netloc, None)
        if scheme == "http":
            plain = http.client.HTTPConnection(host, port, timeout=_CONNECT_TIMEOUT_S)
            return Connection(plain, pool, self._timeout_s, proxy.headers if proxy else None)
        secure = http.client.HTTPSConnection(host, port, timeout=_CONNECT_TIMEOUT_S, context=self._tls)
        if proxy:
            secure.set_tunnel(netloc, headers=proxy.headers)
        return Connection(secure, pool, self._timeout_s)


def _passing(response: Response, asked_s: float | None) -> TransientError:
    return TransientError(
        "DCP-503",
        retry_after_s=asked_s,
        what=response.method,
        url=response.url,
        status=response.status,
        request_id=response.headers.get("x-trans-id") or response.headers.get("x-openstack-request-id", ""),
    )


def _reason(error: Exception) -> str:
    """The error's class; the words of a bare OSError, which is what a proxy that refuses a tunnel becomes."""
    return str(error) if type(error) is OSError else type(error).__name__


def _decoded(body: bytes | None) -> dict[str, Any] | None:
    try:
        value = json.loads(body) if body else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
