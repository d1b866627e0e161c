"""A thin blocking HTTP/1.1 client for bodies: image ranges, Swift, S3.

Threads, one keep-alive connection per thread and origin, chunks passed through untouched: the measurements behind
this choice are in docs/design.md. Connections are `http.client`'s; response heads are read here, because the
standard reader splits header lines at UTF-8 bytes (0x85) and loses every header behind them.
"""

import http.client
import json
import logging
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from tenacity import RetryCallState, Retrying, retry_if_exception, stop_after_attempt, wait_random_exponential

from migrate import __version__
from migrate.clouds.guard import Gatekeeper, Request
from migrate.clouds.wire import CHUNK_BYTES, Body, Connection, NothingReceived, Response, encoded, roundtrip
from migrate.errors import Refused, TransientError, Unsupported

__all__ = [
    "CHUNK_BYTES",
    "HttpClient",
    "OnRequest",
    "Response",
    "RetryPolicy",
    "TokenProvider",
    "encoded",
    "retry_after_s",
]

LOG = logging.getLogger(__name__)

_CONNECT_TIMEOUT_S = 15.0

_AGENT = f"decamp/{__version__}"
TRANSIENT_STATUSES = frozenset({408, 429, 498, 500, 502, 503, 504, 507})
SAFE_METHODS = frozenset({"GET", "HEAD", "DELETE", "PUT"})
OnRequest = Callable[[Request, int | None], None]


@dataclass(frozen=True)
class RetryPolicy:
    """How often and how long a safe request is repeated; tests replace `sleep`."""

    attempts: int = 5
    base_s: float = 0.5
    ceiling_s: float = 30.0
    sleep: Callable[[float], None] = time.sleep

    def wait_s(self, state: RetryCallState, retry_after_s: float | None) -> float:
        """What the server asked for, else exponential with full jitter; never above the ceiling."""
        if retry_after_s is not None:
            return min(retry_after_s, self.ceiling_s)
        return float(wait_random_exponential(multiplier=self.base_s, max=self.ceiling_s)(state))


class TokenProvider(Protocol):
    """The headers that say who we are."""

    def headers(self) -> dict[str, str]:
        """Authentication headers for the next request."""

    def renew(self, used: Mapping[str, str]) -> bool:
        """Called after a 401 on a request that carried `used`. True when other headers are to be had now."""


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header; dates and nonsense count as absent."""
    text = headers.get("retry-after") or headers.get("Retry-After") or ""
    return float(text) if text.strip().isdigit() else None


class HttpClient:
    """Requests with bodies, guarded and retried.

    Args:    locate: URL to (service, path below the endpoint), for the gatekeeper.   tokens: None for no login.
             tls: context for https, None for the default one.   on_request: told of each answer (None: no answer).
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
        timeout_s: float = 120.0,
    ) -> None:
        self._locate, self._gatekeeper, self._tokens = locate, gatekeeper, tokens
        self._tls = tls or ssl.create_default_context()
        self._on_request = on_request or (lambda request, status: None)
        self._retries = retries or RetryPolicy()
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

        Safe requests whose body can be sent again are repeated; a stream is sent once.
        Raises:  TransientError: no answer, or one that may be another next time.   Denied: by the gatekeeper.
        """
        payload = Body(body, length)

        def again(error: BaseException) -> bool:
            if not isinstance(error, TransientError) or payload.started or method not in SAFE_METHODS:
                return False
            return (error.retry_after_s or 0) <= self._retries.ceiling_s

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            return self._retries.wait_s(state, error.retry_after_s if isinstance(error, TransientError) else None)

        def log(state: RetryCallState) -> None:
            error = state.outcome.exception() if state.outcome else None
            LOG.warning("retry attempt=%d wait_s=%.1f reason=%s", state.attempt_number, state.upcoming_sleep, error)

        return Retrying(
            stop=stop_after_attempt(self._retries.attempts),
            wait=wait,
            retry=retry_if_exception(again),
            sleep=self._retries.sleep,
            before_sleep=log,
            reraise=True,
        )(self._attempt, method, url, {"user-agent": _AGENT, **(headers or {})}, payload)

    def _attempt(self, method: str, url: str, headers: dict[str, str], payload: Body) -> Response:
        used = self._tokens.headers() if self._tokens else {}
        response = self._exchange(method, url, {**headers, **used}, payload)
        if response.status == 401 and self._tokens and self._tokens.renew(used):
            response.close()
            if payload.started:
                raise TransientError("DCP-503", what=f"{method}: token ended", url=url)
            response = self._exchange(method, url, {**headers, **self._tokens.headers()}, payload)
        if response.status in TRANSIENT_STATUSES:
            response.close()
            raise TransientError(
                "DCP-503",
                retry_after_s=retry_after_s(response.headers),
                what=method,
                url=url,
                status=response.status,
                request_id=response.headers.get("x-trans-id") or response.headers.get("x-openstack-request-id", ""),
            )
        return response

    def _exchange(self, method: str, url: str, headers: dict[str, str], payload: Body) -> Response:
        record = Request(method, *self._locate(url), body=_decoded(payload.whole))
        self._gatekeeper.check(record)
        try:
            response = self._on_some_connection(method, url, headers, payload)
        except (OSError, http.client.HTTPException, ValueError) as error:
            self._on_request(record, None)
            if error is payload.source_error:
                raise
            if isinstance(error, ValueError) and not isinstance(error, OSError):
                raise Refused("DCP-400", what=f"{method} {url}", detail=str(error)) from error
            raise TransientError("DCP-503", what=method, url=url, reason=type(error).__name__) from error
        self._on_request(record, response.status)
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
        return Connection(self._dial(parts.scheme, parts.netloc), pool, self._timeout_s)

    def _dial(self, scheme: str, netloc: str) -> http.client.HTTPConnection:
        proxy = None if proxy_bypass(netloc) else getproxies().get(scheme)
        if scheme == "http":
            if proxy:
                raise Unsupported("DCP-415", what="an HTTP proxy for plain http; set no_proxy for this host")
            return http.client.HTTPConnection(netloc, timeout=_CONNECT_TIMEOUT_S)
        if not proxy:
            return http.client.HTTPSConnection(netloc, timeout=_CONNECT_TIMEOUT_S, context=self._tls)
        through = urlsplit(proxy)
        if through.scheme != "http" or through.username:
            raise Unsupported("DCP-415", what="a proxy that is not plain HTTP without login")
        tunnel = http.client.HTTPSConnection(through.netloc, timeout=_CONNECT_TIMEOUT_S, context=self._tls)
        tunnel.set_tunnel(netloc)
        return tunnel


def _decoded(body: bytes | None) -> dict[str, Any] | None:
    try:
        value = json.loads(body) if body else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None
