"""The lowest point that every request passes: named for the gatekeeper, checked, sent, repeated when that is safe."""

import json
import logging
import os
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
import requests.adapters
import requests.certs
from keystoneauth1.session import Session
from os_service_types import ServiceTypes
from tenacity import RetryCallState, Retrying, retry_if_exception, retry_if_result, stop_after_attempt

from migrate.clouds.guard import Gatekeeper, Request
from migrate.clouds.http import SAFE_METHODS, TRANSIENT_STATUSES, OnRequest, RetryPolicy, retry_after_s

LOG = logging.getLogger(__name__)

# Before anything has ever answered, the address is more likely wrong than the network slow: say so soon.
_FIRST_ATTEMPTS = 2
CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 15.0, 120.0

_TYPES = ServiceTypes()
_VERSION = re.compile(r"/v\d+(?:\.\d+)?(?=/|$)")
_TOKEN_PATH = re.compile(r"(?:/v3)?/auth/tokens|/v2\.0/tokens|/tokens")


def official(service_type: str) -> str:
    """The one name of a service: `volumev3` and `volume` are `block-storage`."""
    return _TYPES.get_service_type(service_type) or service_type


class ServiceMap:
    """Which service a URL belongs to, and its path below the project's endpoint.

    Learnt from the catalogue, so that the gatekeeper judges the address a request really goes to and not what the
    caller says of it. An address of no known service has the service "unknown", to which nothing may be written.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._roots: dict[str, str] = {}
        self._endpoints: dict[str, str] = {}
        self._projects: set[str] = set()

    def learn(self, service_type: str, url: str) -> None:
        """Notes an endpoint, with or without version and project in it."""
        service, base = official(service_type), _base(url).rstrip("/")
        version = _VERSION.search(base)
        with self._lock:
            self._roots.setdefault(base[: version.start()] if version else base, service)
            if version:
                self._endpoints[base] = service

    def learn_project(self, project_id: str) -> None:
        with self._lock:
            self._projects.add(project_id)

    def locate(self, url: str) -> tuple[str, str]:
        """(service, path): version and project are taken off, but identity keeps its version."""
        whole = _base(url)
        with self._lock:
            endpoint = _longest(self._endpoints, whole)
            root = _longest(self._roots, whole)
            projects = self._projects
        if root is None:
            return "unknown", urlsplit(whole).path or "/"
        service = self._roots[root]
        if endpoint is not None and service != "identity" and self._endpoints[endpoint] == service:
            rest = whole[len(endpoint) :]
        else:
            rest = whole[len(root) :]
            version = _VERSION.match(rest) if service != "identity" else None
            rest = rest[version.end() :] if version else rest
        head, _, tail = rest.lstrip("/").partition("/")
        if head in projects or (service == "object-store" and head.startswith("AUTH_") and endpoint is None):
            rest = f"/{tail}"
        return service, rest or "/"


def _base(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"


def _longest(known: Mapping[str, str], url: str) -> str | None:
    fits = [root for root in known if url == root or url.startswith(f"{root}/")]
    return max(fits, key=len, default=None)


class GuardedTransport(requests.adapters.HTTPAdapter):
    """What `requests` sends with: nothing that goes through a session of ours can go around it.

    Safe requests (and token requests, which leave nothing behind) are repeated on connection errors and transient
    statuses; everything else is sent once.
    """

    def __init__(
        self, services: ServiceMap, gatekeeper: Gatekeeper, on_request: OnRequest | None, retries: RetryPolicy
    ) -> None:
        super().__init__(pool_maxsize=32)
        self._services, self._gatekeeper, self._retries = services, gatekeeper, retries
        self._on_request = on_request or (lambda request, status: None)
        self._was_answered = False

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        service, path = self._services.locate(request.url or "")
        record = Request(request.method or "GET", service, path, _json_body(request.body))
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
        if not _is_safe(record):
            return self._send_once(record, request, args, kwargs)
        result: requests.Response = Retrying(
            stop=stop_after_attempt(self._retries.attempts if self._was_answered else _FIRST_ATTEMPTS),
            wait=self._wait_s,
            retry=retry_if_exception(_is_connection_error) | retry_if_result(self._is_transient),
            sleep=self._retries.sleep,
            before_sleep=_log_retry,
            retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
        )(self._send_once, record, request, args, kwargs)
        return result

    def _send_once(
        self, record: Request, request: requests.PreparedRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> requests.Response:
        self._gatekeeper.check(record)
        try:
            response = super().send(request, *args, **kwargs)
        except requests.RequestException:
            self._on_request(record, None)
            raise
        self._was_answered = True
        self._on_request(record, response.status_code)
        return response

    def _is_transient(self, response: requests.Response) -> bool:
        asked_s = retry_after_s(response.headers) or 0
        return response.status_code in TRANSIENT_STATUSES and asked_s <= self._retries.ceiling_s

    def _wait_s(self, state: RetryCallState) -> float:
        outcome = state.outcome
        asked_s = None if outcome is None or outcome.failed else retry_after_s(outcome.result().headers)
        return self._retries.wait_s(state, asked_s)


def _is_safe(record: Request) -> bool:
    if record.method in SAFE_METHODS:
        # Adding an interface is a PUT and not idempotent: its second time is refused.
        return not record.path.endswith("_router_interface")
    return record.service == "identity" and bool(_TOKEN_PATH.fullmatch(record.path))


def _is_connection_error(error: BaseException) -> bool:
    return isinstance(error, requests.ConnectionError | requests.Timeout) and not isinstance(
        error, requests.exceptions.SSLError
    )


def _log_retry(state: RetryCallState) -> None:
    outcome = state.outcome
    error = outcome.exception() if outcome else None
    reason = type(error).__name__ if error else outcome and outcome.result().status_code
    LOG.warning("retry attempt=%d wait_s=%.1f reason=%s", state.attempt_number, state.upcoming_sleep, reason)


def _json_body(body: Any) -> dict[str, Any] | None:
    try:
        value = json.loads(body) if isinstance(body, str | bytes) and body else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def session_factory(
    services: ServiceMap, gatekeeper: Gatekeeper, on_request: OnRequest | None, retries: RetryPolicy
) -> Callable[..., Session]:
    """What the SDK's configuration calls to make its session: keystoneauth's, over the guarded transport."""

    def make(**kwargs: Any) -> Session:
        plain = requests.Session()
        transport = GuardedTransport(services, gatekeeper, on_request, retries)
        plain.mount("https://", transport)
        plain.mount("http://", transport)
        return Session(session=plain, **kwargs)

    return make


def tls_context(session: Session) -> ssl.SSLContext:
    """The session's own trust and client certificate, for the thin client."""
    if session.verify is False:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        authorities = session.verify if isinstance(session.verify, str) else _authorities()
        is_folder = Path(authorities).is_dir()
        context = ssl.create_default_context(
            cafile=None if is_folder else authorities, capath=authorities if is_folder else None
        )
    if session.cert:
        certificate = (session.cert,) if isinstance(session.cert, str) else session.cert
        context.load_cert_chain(*certificate)
    return context


def _authorities() -> str:
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return named or requests.certs.where()  # type: ignore[attr-defined]
