"""The transport below all sessions: identifies each request for the gatekeeper, checks, sends, and retries
it if safe.
"""

import json
import os
import re
import ssl
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import requests.adapters
import requests.certs
from keystoneauth1.session import Session
from os_service_types import ServiceTypes

from migrate.clouds.guard import Gatekeeper, Request
from migrate.clouds.http import (
    MOST_ANSWER_BYTES,
    SAFE_METHODS,
    Crawling,
    OnRequest,
    Pacer,
    RetryPolicy,
    Tries,
    crawling,
    retry_after_s,
    within_parts,
)
from migrate.clouds.openstack.cloud_clock import CloudClock
from migrate.clouds.openstack.watched_connections import watched
from migrate.errors import AccessError, Refused
from migrate.messages import codes
from migrate.monitor import log
from migrate.secret_looking import without_login

# If an address has never answered, it is more likely wrong than slow: fail early.
_FIRST_ATTEMPTS = 2
# A run waits for a refused login and reports it, so it should hear of the refusal early.
_LOGIN_ATTEMPTS = 3
CONNECT_TIMEOUT_S, READ_TIMEOUT_S = 15.0, 120.0

_REDIRECTS = frozenset({301, 302, 303, 305, 307, 308})
_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int]
"""Scheme, host and port."""

_TYPES = ServiceTypes()
_VERSION = re.compile(r"/v\d+(?:\.\d+)?(?=/|$)")
_TOKEN_PATH = re.compile(r"(?:/v3)?/auth/tokens|/v2\.0/tokens|/tokens")


def official(service_type: str) -> str:
    """The official name of a service: `volumev3` and `volume` become `block-storage`."""
    return _TYPES.get_service_type(service_type) or service_type


class ServiceMap:
    """Maps a URL to its service and its path below the project's endpoint.

    Built from the catalogue, so that the gatekeeper judges a request by its real address, not by the caller's claim. An
    unlisted address has the service "unknown", which nothing may be written to.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._projects: set[str] = set()
        # Longest first. Replaced, never modified, so that requests need no lock.
        self._roots: tuple[tuple[str, str], ...] = ()
        self._endpoints: tuple[tuple[str, str], ...] = ()
        self._origins: frozenset[Origin] = frozenset()
        # The prefix and service of the last object store request: millions of the same follow.
        self._last = ("", "")

    def learn(self, service_type: str, url: str) -> None:
        """Adds an endpoint, with or without version and project in its path."""
        service, base = official(service_type), _base(url).rstrip("/")
        version = _VERSION.search(base)
        root = base[: version.start()] if version else base
        with self._lock:
            self._last = ("", "")
            known = {at: of for at, of in self._roots if (at, of) != (root, _S3)}
            self._roots = _sorted({root: service, **known})
            self._origins = self._origins | {origin(base)}
            if version:
                self._endpoints = _sorted({**dict(self._endpoints), base: service})

    def learn_project(self, project_id: str) -> None:
        with self._lock:
            self._last = ("", "")
            self._projects = {*self._projects, project_id}

    def names(self, url: str) -> bool:
        """Whether clouds.yaml or the catalogue lists this scheme, host and port."""
        return origin(url) in self._origins

    def locate(self, url: str) -> tuple[str, str]:
        """(service, path) of a URL, without version and project; identity keeps its version."""
        whole = url if "?" not in url and "#" not in url else _base(url)
        prefix, service = self._last
        if prefix and whole.startswith(prefix):
            return service, whole[len(prefix) - 1 :]
        return self._found(whole)

    def _found(self, whole: str) -> tuple[str, str]:
        endpoint, root = _longest(self._endpoints, whole), _longest(self._roots, whole)
        if root is None:
            return "unknown", urlsplit(whole).path or "/"
        service = root[1]
        if endpoint is not None and service != "identity" and endpoint[1] == service:
            rest = whole[len(endpoint[0]) :]
        else:
            rest = whole[len(root[0]) :]
            version = _VERSION.match(rest) if service != "identity" else None
            rest = rest[version.end() :] if version else rest
        head, _, tail = rest.lstrip("/").partition("/")
        if head in self._projects or (service == "object-store" and head.startswith("AUTH_") and endpoint is None):
            rest = f"/{tail}"
        if service == "object-store" and len(rest) > 1 and whole.endswith(rest):
            # The next request probably uses the same account.
            self._last = (whole[: len(whole) - len(rest) + 1], service)
        return service, rest or "/"


def origin(url: str) -> Origin:
    """Scheme, host and port of a URL; an invalid URL gives a value that matches no other."""
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", url, 0


_ENDS = frozenset({"", "/"})
_S3 = "s3"
"""Swift's own S3 API has Swift's address, so these requests count as Swift's."""


def _base(url: str) -> str:
    """The URL without query and fragment."""
    return url.partition("#")[0].partition("?")[0]


def _sorted(known: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted(known.items(), key=lambda one: len(one[0]), reverse=True))


def _longest(known: tuple[tuple[str, str], ...], url: str) -> tuple[str, str] | None:
    """The first entry that equals the URL or contains it."""
    for one in known:
        root = one[0]
        if url.startswith(root) and url[len(root) : len(root) + 1] in _ENDS:
            return one
    return None


class GuardedTransport(requests.adapters.HTTPAdapter):
    """The adapter that `requests` sends through, so that no request of our sessions bypasses the guard.

    Safe requests (and token requests, which have no lasting effect) are retried on connection errors and transient
    statuses; all others are sent once, and again only if they were refused for their rate.
    """

    def __init__(
        self,
        services: ServiceMap,
        gatekeeper: Gatekeeper,
        on_request: OnRequest | None,
        retries: RetryPolicy,
        pacer: Pacer,
        clock: CloudClock | None = None,
    ) -> None:
        super().__init__(pool_maxsize=32)
        self._clock = clock or CloudClock()
        self._services, self._gatekeeper, self._retries, self._pacer = services, gatekeeper, retries, pacer
        self._on_request = on_request or (lambda request, status: None)
        self._answered: set[str] = set()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        watched(self.poolmanager)

    def proxy_manager_for(self, proxy: Any, **kwargs: Any) -> Any:
        return watched(super().proxy_manager_for(proxy, **kwargs))

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        service, path = self._services.locate(request.url or "")
        query = urlsplit(request.url or "").query
        record = Request(request.method or "GET", service, path, _json_body(request.body), query)
        if kwargs.get("timeout") is None:
            kwargs["timeout"] = (CONNECT_TIMEOUT_S, READ_TIMEOUT_S)
        address = urlsplit(request.url or "").netloc
        most = min(self._retries.attempts, _LOGIN_ATTEMPTS) if _is_login(record) else self._retries.attempts
        tries = Tries(self._retries, _is_safe(record), most)
        while True:
            try:
                response = self._send_once(record, request, args, kwargs)
            except (requests.ConnectionError, requests.Timeout) as error:
                tries.most = most if address in self._answered else _FIRST_ATTEMPTS
                wait_s = None if isinstance(error, requests.exceptions.SSLError) else tries.after_silence()
                if wait_s is None:
                    raise
                reason = type(error).__name__
            else:
                self._answered.add(address)
                wait_s = tries.after(response.status_code, retry_after_s(response.headers))
                if wait_s is None:
                    return response
                response.close()
                reason = str(response.status_code)
            log.info("retry attempt=%d wait_s=%.1f reason=%s", tries.count, wait_s, reason)
            if wait_s:
                self._retries.sleep(wait_s)

    def _send_once(
        self, record: Request, request: requests.PreparedRequest, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> requests.Response:
        self._gatekeeper.check(record)
        if not self._services.names(request.url or ""):
            # A library may build any URL from a cloud's answer: our requests only go to known addresses.
            raise elsewhere(request.url or "", request.url or "")
        turn = self._pacer.before(record.service)
        try:
            response = super().send(request, *args, **kwargs)
        except (requests.RequestException, Crawling, Refused) as error:
            self._on_request(record, None)
            raise _translated(error, request) from error
        self._on_request(record, response.status_code)
        self._clock.heard(response.headers.get("date"))
        self._pacer.answered(record.service, turn, response.status_code, retry_after_s(response.headers))
        _check_redirect(response)
        if not kwargs.get("stream"):
            try:
                _read_within(response)
            except Crawling as error:
                raise _translated(error, request) from error
        return response


def _check_redirect(response: requests.Response) -> None:
    """Raises AccessError DCP-309 for a redirect to an invalid address, which would crash the library."""
    if not _is_redirect(response):
        return
    to = response.headers["location"]
    try:
        parts = urlsplit(urljoin(str(response.url), to.encode("latin-1").decode()))
        _ = parts.port, parts.hostname
    except ValueError as error:
        raise elsewhere(str(response.url), to) from error


def _translated(error: Exception, request: requests.PreparedRequest) -> Exception:
    """The error in a form that `requests` passes on to its caller."""
    if isinstance(error, Crawling):
        return crawling(request.method or "", request.url or "")
    return error


def _read_within(response: requests.Response) -> None:
    """Reads the unpacked body before the library does, which has no size limit against decompression bombs.

    Raises: Refused: it is larger than any document of a cloud.
    """
    pieces, size_bytes = list[bytes](), 0
    for piece in response.iter_content(1 << 18):
        pieces.append(piece)
        size_bytes += len(piece)
        if size_bytes > MOST_ANSWER_BYTES:
            response.close()
            what = f"{response.request.method}: an answer of more than {MOST_ANSWER_BYTES >> 20} MiB"
            raise Refused(codes.BAD_REQUEST, what=what)
    response._content = within_parts(b"".join(pieces), str(response.request.method))


def _is_safe(record: Request) -> bool:
    if record.method in SAFE_METHODS:
        # Adding an interface is a PUT but not idempotent: a repetition is refused.
        return not record.path.endswith("_router_interface")
    return _is_login(record)


def _is_login(record: Request) -> bool:
    return record.service == "identity" and bool(_TOKEN_PATH.fullmatch(record.path))


def _json_body(body: Any) -> dict[str, Any] | None:
    try:
        value = json.loads(body) if isinstance(body, str | bytes) and body else None
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


class RedirectSession(Session):
    """keystoneauth's session with strict redirects: the original follows 30 of them to any host, with token and
    password.
    """

    def __init__(self, services: ServiceMap, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._services = services

    def request(  # type: ignore[override]  # its other parameters are passed on by name, as everybody gives them
        self, url: str, method: str, *, redirect: int | bool | None = None, **kwargs: Any
    ) -> requests.Response:
        """Follows one redirect at most, to the same scheme, host and port, or from http to https on the same host.

        Raises: AccessError DCP-309: the redirect leads elsewhere, or to another one.
        """
        response = super().request(url, method, redirect=False, **kwargs)
        if redirect is False or not _is_redirect(response):
            return response
        to = urljoin(str(response.url), response.headers["location"])
        if not self._may_follow(str(response.url), to):
            raise elsewhere(str(response.url), to)
        # The new address already contains the parameters.
        response = super().request(to, method, redirect=False, **{**kwargs, "params": None})
        if _is_redirect(response):
            raise elsewhere(to, urljoin(to, response.headers["location"]))
        return response

    def _may_follow(self, url: str, to: str) -> bool:
        here, there = origin(url), origin(to)
        if here == there:
            return True
        if here[:2] != ("http", there[1]) or there[0] != "https":
            return False
        # The same service, now over TLS: it keeps its name for the gatekeeper.
        service, path = self._services.locate(url)
        root = _base(to).removesuffix(path)
        self._services.learn(service, root)
        return service != "unknown"


def _is_redirect(response: requests.Response) -> bool:
    return response.status_code in _REDIRECTS and "location" in response.headers


def elsewhere(url: str, to: str) -> AccessError:
    return AccessError(codes.REDIRECT_REFUSED, url=without_login(url), to=without_login(to))


def _no_login(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Replaces the login that `requests` would read from ~/.netrc."""
    return request


def session_factory(services: ServiceMap, make_transport: Callable[[], GuardedTransport]) -> Callable[..., Session]:
    """The session factory for the SDK's configuration: keystoneauth sessions, each over a guarded transport."""

    def make(**kwargs: Any) -> Session:
        plain = requests.Session()
        transport = make_transport()
        plain.mount("https://", transport)
        plain.mount("http://", transport)
        plain.auth = _no_login
        return RedirectSession(services, session=plain, **kwargs)

    return make


def tls_context(session: Session) -> ssl.SSLContext:
    """The session's trusted authorities and client certificate, for the thin client."""
    return trusting(session.verify, session.cert)


def trusting(verify: bool | str | None, certificate: str | tuple[str, ...] | None) -> ssl.SSLContext:
    """A context that trusts these authorities (False: any; True, None: the usual ones), with a client certificate."""
    if verify is False:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    else:
        authorities = verify if isinstance(verify, str) else _authorities()
        is_folder = Path(authorities).is_dir()
        context = ssl.create_default_context(
            cafile=None if is_folder else authorities, capath=authorities if is_folder else None
        )
    if certificate:
        context.load_cert_chain(*((certificate,) if isinstance(certificate, str) else certificate))
    return context


def _authorities() -> str:
    named = os.environ.get("REQUESTS_CA_BUNDLE") or os.environ.get("CURL_CA_BUNDLE")
    return named or requests.certs.where()  # type: ignore[attr-defined]
