"""A login: the session of a clouds.yaml entry, its identity, and the endpoint of each service."""

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urljoin, urlsplit

import requests
from keystoneauth1 import exceptions as ks
from keystoneauth1.access import AccessInfo
from keystoneauth1.discover import EndpointData
from keystoneauth1.identity.base import BaseIdentityPlugin
from keystoneauth1.session import Session
from msgspec import UNSET, UnsetType
from openstack.config.cloud_region import CloudRegion

from migrate.clouds.guard import Gatekeeper
from migrate.clouds.http import HttpClient, Network, OnRequest, Pacer, RetryPolicy
from migrate.clouds.openstack import faults
from migrate.clouds.openstack.cloud_clock import CloudClock
from migrate.clouds.openstack.guarded_session import (
    GuardedTransport,
    ServiceMap,
    official,
    session_factory,
    tls_context,
)
from migrate.clouds.openstack.records import answers
from migrate.errors import (
    AccessError,
    DecampError,
    LoginRefused,
    RegionAmbiguous,
    ServiceMissing,
    TransientError,
)
from migrate.messages import codes
from migrate.model import Identity
from migrate.own_secrets import hold
from migrate.secret_looking import without_login
from migrate.units import iso

TOKEN_TYPES = frozenset({"token", "v2token", "v3token"})
"""Logins with a bare token, which nothing can renew."""

# Versions to request, best first; None uses the catalogue's address unchanged.
_WANTED: dict[str, tuple[tuple[int, int] | None, ...]] = {
    "compute": ((2, 1), (2, 0), None),
    "block-storage": ((3, 0), (2, 0), None),
    "image": ((2, 0), None),
    "identity": ((3, 0), (2, 0), None),
    "network": (None,),
    "object-store": (None,),
}
# The session replaces a token this long before its expiry; so does this cache.
_SPARE_S = BaseIdentityPlugin.MIN_TOKEN_LIFE_SECONDS
_USERS = ("username", "user_id", "application_credential_name", "application_credential_id")


@dataclass(frozen=True)
class Endpoint:
    """The endpoint of a service: base URL without trailing slash, and its microversions ("" for none)."""

    url: str
    version: str = ""
    min_microversion: tuple[int, int] | None = None
    max_microversion: tuple[int, int] | None = None


class _Ready(NamedTuple):
    """The headers with the current token, and its expiry in seconds since 1970."""

    until: float
    headers: dict[str, str]


class Login:
    """The guarded session and the facts found through it; shared by all ports and threads."""

    def __init__(
        self,
        cloud: str,
        region: CloudRegion,
        gatekeeper: Gatekeeper,
        on_request: OnRequest | None = None,
        retries: RetryPolicy | None = None,
        pacer: Pacer | None = None,
    ) -> None:
        self.cloud, self._region = cloud, region
        self._services, self.clock = ServiceMap(), CloudClock()
        pace = pacer or Pacer(cloud)
        policy = retries or RetryPolicy(sleep=pace.wait)
        auth = region.config.get("auth") or {}
        self.auth_url = str(auth.get("auth_url", ""))
        self._is_token = region.config.get("auth_type") in TOKEN_TYPES
        self._user = next((str(auth[key]) for key in _USERS if auth.get(key)), "token" if self._is_token else "")
        self._services.learn("identity", self.auth_url)
        transport = partial(GuardedTransport, self._services, gatekeeper, on_request, policy, pace, self.clock)
        # The factory replaces the class that it creates.
        region.set_session_constructor(session_factory(self._services, transport))  # type: ignore[arg-type]
        self.session = region.get_session()
        self._auth: Any = region.get_auth()
        self.http = HttpClient(
            locate=self._services.locate,
            gatekeeper=gatekeeper,
            tokens=self,
            network=Network(tls_context(self.session)),
            on_request=on_request,
            retries=policy,
            pacer=pace,
        )
        self._endpoints: dict[str, Endpoint] = {}
        self._lock, self._renewal = threading.RLock(), threading.Lock()
        self._learnt = ""
        self.odd_entries: tuple[str, ...] = ()
        """Services of the catalogue that it names in a way that nobody can read: they are as if they were not there."""
        self._ready = _Ready(-math.inf, {})

    def access(self) -> AccessInfo:
        """A valid login. Raises AccessError.   TransientError: the answer is unreadable."""
        access = self._ask(self._auth.get_access)
        try:
            if not access.project_id:
                raise LoginRefused(
                    codes.LOGIN_REFUSED, cloud=self.cloud, user=self._user, reason="the login names no project"
                )
            self._learn(access)
        except answers.ODD as error:
            raise self._unreadable(error) from error
        return access

    def _ask(self, how: Callable[[Session], AccessInfo]) -> AccessInfo:
        try:
            return how(self.session)
        except (ks.ClientException, requests.RequestException) as error:
            raise self._login_fault(error) from error
        except answers.ODD as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> TransientError:
        what = f"{self.cloud}: the answer to the login cannot be read: {answers.why(error)}"
        return TransientError(codes.CLOUD_UNAVAILABLE, what=what, url=self.auth_url)

    def _login_fault(self, error: Exception) -> DecampError:
        return faults.login_fault(error, cloud=self.cloud, user=self._user, url=self.auth_url, is_token=self._is_token)

    def _learn(self, access: AccessInfo) -> None:
        if access.auth_token == self._learnt:
            return
        hold(access.auth_token)
        self._services.learn_project(answers.new_id(access.project_id))
        self.odd_entries = self.odd_entries or _without_odd(access)
        for entry in _catalogue(access):
            if entry.url and "%(" not in entry.url:
                self._services.learn(str(entry.service_type), entry.url)
        self._learnt = access.auth_token or ""

    def headers(self) -> dict[str, str]:
        """The token headers for the thin client, renewed shortly before expiry. Raises AccessError."""
        ready = self._ready
        if time.time() < ready.until:
            return ready.headers
        return self._fetch_headers()

    def _fetch_headers(self) -> dict[str, str]:
        """The headers with the session's token; the session lets one thread renew it for all."""
        access = self.access()
        until = access.expires.timestamp() - _SPARE_S if access.expires else -math.inf
        headers = {"X-Auth-Token": access.auth_token or ""}
        self._ready = _Ready(until, headers)
        return headers

    def renew(self, used: Mapping[str, str]) -> bool:
        """Renews the token once for all threads that found it expired."""
        with self._renewal:
            if self._fetch_headers() == used:
                self.session.invalidate()
                return self._fetch_headers() != used
            return True

    @answers.read
    def identity(self) -> Identity:
        """The login's user, project and cloud, requested again.

        Raises: AccessError.   ConfigError DCP-216: the cloud has several regions and none is chosen.
        """
        known = getattr(self._auth, "auth_ref", None)
        access = self.access()
        if access is known:
            # Requests a new token: a cached one would not show that the cloud has gone. Other tokens stay valid.
            self._ask(self._auth.get_auth_ref)
        region = self._region.get_region_name() or ""
        known = sorted({entry.region_name for entry in _catalogue(access) if entry.region_name})
        if region and known and region not in known:
            raise AccessError(codes.REGION_UNKNOWN, cloud=self.cloud, region=region, known=", ".join(known))
        if not region and len(known) > 1:
            raise RegionAmbiguous(codes.REGION_AMBIGUOUS, cloud=self.cloud, known=", ".join(known))
        return Identity(
            cloud=self.cloud,
            auth_url=self.auth_url,
            region=region,
            project_id=access.project_id or "",
            project_name=answers.whole(str(access.project_name or "")),
            user_id=answers.whole(str(access.user_id or "")),
            project_domain_id=_domain_of(access),
        )

    @property
    def ends_at(self) -> str | None:
        """The final expiry of this login: of a bare token, or of an application credential. None: it renews itself."""
        access = self.access()
        if self._is_token:
            return iso(access.expires) if access.expires else None
        return self._credential_ends_at(access)

    def _credential_ends_at(self, access: AccessInfo) -> str | None:
        credential_id = getattr(access, "application_credential_id", None)
        if not credential_id:
            return None
        url = f"{self.endpoint('identity').url}/users/{access.user_id}/application_credentials/{credential_id}"
        try:
            answer = self.session.get(url, raise_exc=False)
        except (ks.ClientException, requests.RequestException) as error:
            raise self.fault(error, service="identity", method="GET", url=url) from error
        # Access rules of a credential may forbid this call, which hides its expiry.
        ends = answer.json()["application_credential"]["expires_at"] if answer.ok else None
        return iso(datetime.fromisoformat(ends).replace(tzinfo=UTC)) if ends else None

    def fault(self, error: Exception, *, service: str, method: str, url: str) -> DecampError:
        """The error for an exception from the session: AccessError if the login failed.

        Raises: AccessError: the same, if only a new login reveals it.
        """
        if isinstance(error, ks.HttpError):
            # Errors of services raise no exceptions here, so this is the identity service's answer.
            return self._login_fault(error)
        self.access()
        return faults.session_fault(error, service=service, method=method, url=url)

    @property
    def project_id(self) -> str:
        return self.access().project_id or ""

    def services(self) -> tuple[str, ...]:
        """Official types of all catalogue services with an address in our region, sorted."""
        return tuple(sorted({official(str(entry.service_type)) for entry in self._here()}))

    def addresses(self) -> dict[str, tuple[str, ...]]:
        """All addresses in our region by the official type of their service, sorted; invalid ones are left out."""
        found: dict[str, set[str]] = {}
        for entry in self._here():
            if url := _plain_address(str(entry.url or "")):
                found.setdefault(official(str(entry.service_type)), set()).add(url)
        return {service: tuple(sorted(found[service])) for service in sorted(found)}

    def _here(self) -> list[EndpointData]:
        return [
            entry
            for entry in _catalogue(self.access())
            if entry.region_name in (self._region.get_region_name(str(entry.service_type)) or entry.region_name, None)
        ]

    @answers.read
    def endpoint(self, service: str) -> Endpoint:
        """The endpoint of a service, looked up once.

        Raises: Unsupported DCP-416: not in the catalogue.   AccessError: DCP-406 only on another interface; DCP-402 no
                answer, DCP-407 untrusted certificate.   Unreadable: the version document is invalid.
        """
        known = self._endpoints.get(service)
        if known is not None:
            return known
        with self._lock:
            if service not in self._endpoints:
                self.access()
                self._endpoints[service] = self._find(service)
                self._services.learn(service, self._endpoints[service].url)
            return self._endpoints[service]

    def _find(self, service: str) -> Endpoint:
        where: dict[str, Any] = {
            "service_type": self._region.get_service_type(service),
            "interface": self._region.get_interface(service) or "public",
            "region_name": self._region.get_region_name(service) or None,
            "service_name": self._region.get_service_name(service),
            "endpoint_override": self._region.get_endpoint(service),
        }
        if where["endpoint_override"]:
            self._services.learn(service, where["endpoint_override"])
        is_answered = False
        for wanted in _WANTED.get(service, (None,)):
            found = self._data(service, where, wanted)
            if found is not None and wanted is not None and found.status:
                return _endpoint(service, found)
            if not is_answered:
                self._greet(service, where)
                is_answered = True
            if found is not None:
                return _endpoint(service, found)
        raise ServiceMissing(codes.SERVICE_MISSING, service=service)

    def _data(self, service: str, where: dict[str, Any], wanted: tuple[int, int] | None) -> EndpointData | None:
        """The endpoint in this version, with `status` from its version document; without a version, as in the
        catalogue.
        """
        version = {"min_version": wanted, "max_version": (wanted[0], "latest")} if wanted else {"skip_discovery": True}
        try:
            found: EndpointData | None = self._auth.get_endpoint_data(self.session, **version, **where)
            return found
        except (ks.EndpointNotFound, ks.EmptyCatalog) as error:
            raise self._missing(service, where) from error
        except (ks.ClientException, requests.RequestException) as error:
            url = where["endpoint_override"] or self.auth_url
            raise self.fault(error, service=service, method="GET", url=url) from error

    def _greet(self, service: str, where: dict[str, Any]) -> None:
        """Checks that the service answers, if no version document proved it; later silence counts as transient."""
        found = self._data(service, where, None)
        url = str(found.url) if found else self.auth_url
        try:
            # Any answer from the host's root will do, and has no effect on the service.
            self.session.get(urljoin(url, "/"), authenticated=False, redirect=False, raise_exc=False)
        except (ks.ClientException, requests.RequestException) as error:
            self.access()
            raise faults.unreachable(error, url=url, reason=f"{service}: {type(error).__name__}") from error

    def _missing(self, service: str, where: dict[str, Any]) -> DecampError:
        """The error for a service without a catalogue address."""
        known = sorted({str(one.interface) for one in self._here() if official(str(one.service_type)) == service})
        if not known:
            return ServiceMissing(codes.SERVICE_MISSING, service=service)
        wanted = where["interface"]
        interface = wanted if isinstance(wanted, str) else ", ".join(wanted)
        return AccessError(
            codes.ENDPOINT_UNKNOWN, cloud=self.cloud, service=service, interface=interface, known=", ".join(known)
        )


def _endpoint(service: str, found: EndpointData) -> Endpoint:
    url = without_login(str(found.url)).rstrip("/")
    if service == "network" and not urlsplit(url).path.rstrip("/").endswith("/v2.0"):
        # Old Neutrons require a login for the version document; the path has always been the same.
        url = f"{url}/v2.0"
    if service == "image" and not urlsplit(url).path.rstrip("/").endswith("/v2"):
        url = f"{url}/v2"
    version = ".".join(str(part) for part in found.api_version or ()) or ("2.0" if service == "network" else "")
    return Endpoint(url, version, _pair(found.min_microversion), _pair(found.max_microversion))


def _catalogue(access: AccessInfo) -> list[EndpointData]:
    """All addresses of all services, in one form for both identity versions."""
    found = access.service_catalog.get_endpoints_data()
    return [entry for entries in found.values() for entry in entries]


def _domain_of(access: AccessInfo) -> str | UnsetType:
    """The project's domain; only identity 3 has one."""
    return answers.whole(str(access.project_domain_id)) if access.project_domain_id else UNSET


def _without_odd(access: AccessInfo) -> tuple[str, ...]:
    """Removes malformed entries from the catalogue and names them; the SDK would fail on them at every lookup."""
    catalogue = access.service_catalog.catalog
    if not isinstance(catalogue, list):
        raise TypeError("no catalogue")
    odd: list[str] = []
    good: list[Any] = []
    for entry in catalogue:
        kind = entry.get("type") if isinstance(entry, dict) else None
        endpoints = entry.get("endpoints", []) if isinstance(entry, dict) else None
        if not isinstance(kind, str) or answers.SURROGATES.search(kind) or not isinstance(endpoints, list):
            odd.append(str(kind or entry))
            continue
        sound = [endpoint for endpoint in endpoints if _is_sound_endpoint(endpoint)]
        odd += [kind] * (len(sound) < len(endpoints))
        good.append({**entry, "endpoints": sound})
    catalogue[:] = good
    return tuple(odd)


def _is_sound_endpoint(endpoint: Any) -> bool:
    """Whether an endpoint is valid: with one `url` (identity 3), or one for each interface (2.0); an empty URL is
    ignored.
    """
    if not isinstance(endpoint, dict):
        return False
    urls = [value for key, value in endpoint.items() if key == "url" or str(key).endswith("URL")]
    return bool(urls) and all(isinstance(url, str) and (not url or _is_address(url)) for url in urls)


def _is_address(url: str) -> bool:
    try:
        parts = urlsplit(url.encode().decode())
        return parts.hostname is not None and parts.port != 0
    except ValueError:
        return False


def _plain_address(url: str) -> str:
    """Scheme, host, port and path of a URL; user and query may hold a secret. Empty for an invalid address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if not host or not url.isascii():
        return ""
    where = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{where}{'' if port is None else f':{port}'}{parts.path}"


def _pair(version: Any) -> tuple[int, int] | None:
    return (int(version[0]), int(version[1])) if version else None
