"""A login: the session of one clouds.yaml entry, who we are, and where each service lives."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from keystoneauth1 import exceptions as ks
from keystoneauth1.access import AccessInfo
from keystoneauth1.discover import EndpointData
from openstack.config.cloud_region import CloudRegion

from migrate.clouds.guard import Gatekeeper
from migrate.clouds.http import HttpClient, OnRequest, RetryPolicy
from migrate.clouds.openstack import faults
from migrate.clouds.openstack.session import ServiceMap, official, session_factory, tls_context
from migrate.errors import AccessError, Unsupported
from migrate.model import Identity

# Versions to ask for, best first; None takes the catalogue's address as it is.
_WANTED: dict[str, tuple[tuple[int, int] | None, ...]] = {
    "compute": ((2, 1), (2, 0), None),
    "block-storage": ((3, 0), (2, 0), None),
    "image": ((2, 0), None),
    "identity": ((3, 0), (2, 0), None),
    "network": (None,),
    "object-store": (None,),
}


@dataclass(frozen=True)
class Endpoint:
    """Where a service answers: base address without trailing slash, and the microversions it speaks ("" for none)."""

    url: str
    version: str = ""
    min_microversion: tuple[int, int] | None = None
    max_microversion: tuple[int, int] | None = None


class Login:
    """The session, guarded, and what was found out through it; shared by all ports and threads."""

    def __init__(
        self,
        cloud: str,
        region: CloudRegion,
        gatekeeper: Gatekeeper,
        on_request: OnRequest | None = None,
        retries: RetryPolicy | None = None,
    ) -> None:
        self.cloud, self._region = cloud, region
        self._services = ServiceMap()
        policy = retries or RetryPolicy()
        auth = region.config.get("auth") or {}
        self.auth_url = str(auth.get("auth_url", ""))
        self._user = str(auth.get("username") or auth.get("user_id") or auth.get("application_credential_id") or "")
        self._services.learn("identity", self.auth_url)
        region.set_session_constructor(  # the factory stands in for the class that it makes
            session_factory(self._services, gatekeeper, on_request, policy)  # type: ignore[arg-type]
        )
        self.session = region.get_session()
        self._auth: Any = region.get_auth()
        self.http = HttpClient(
            locate=self._services.locate,
            gatekeeper=gatekeeper,
            tokens=self,
            tls=tls_context(self.session),
            on_request=on_request,
            retries=policy,
        )
        self._endpoints: dict[str, Endpoint] = {}
        self._lock, self._renewal = threading.RLock(), threading.Lock()
        self._learnt = ""

    def access(self) -> AccessInfo:
        """A login that works now. Raises AccessError."""
        try:
            access: AccessInfo = self._auth.get_access(self.session)
        except (ks.ClientException, requests.RequestException) as error:
            raise faults.login_fault(error, cloud=self.cloud, user=self._user, url=self.auth_url) from error
        if not access.project_id:
            raise AccessError("DCP-401", cloud=self.cloud, user=self._user, reason="the login names no project")
        self._learn(access)
        return access

    def _learn(self, access: AccessInfo) -> None:
        if access.auth_token == self._learnt:
            return
        self._services.learn_project(access.project_id or "")
        for service_type, entries in _catalogue(access).items():
            for entry in entries:
                if entry.get("url") and "%(" not in entry["url"]:
                    self._services.learn(service_type, entry["url"])
        self._learnt = access.auth_token or ""

    def headers(self) -> dict[str, str]:
        """The token, for the thin client."""
        return {"X-Auth-Token": self.access().auth_token or ""}

    def renew(self, used: Mapping[str, str]) -> bool:
        """One renewal serves all threads that found the old token ended."""
        with self._renewal:
            if self.headers() == dict(used):
                self.session.invalidate()
            return self.headers() != dict(used)

    def identity(self) -> Identity:
        access = self.access()
        region = self._region.get_region_name() or ""
        known = {e.get("region_id") or e.get("region") for found in _catalogue(access).values() for e in found} - {None}
        if region and known and region not in known:
            raise AccessError("DCP-405", cloud=self.cloud, region=region, known=", ".join(sorted(map(str, known))))
        return Identity(
            cloud=self.cloud,
            auth_url=self.auth_url,
            region=region,
            project_id=access.project_id or "",
            project_name=access.project_name or "",
            user_id=access.user_id or "",
        )

    @property
    def project_id(self) -> str:
        return self.access().project_id or ""

    def services(self) -> tuple[str, ...]:
        """Official types of all services in the catalogue, sorted."""
        return tuple(sorted({official(service_type) for service_type in _catalogue(self.access())}))

    def endpoint(self, service: str) -> Endpoint:
        """Where the service answers, found out once. Raises Unsupported when the catalogue has none."""
        with self._lock:
            if service not in self._endpoints:
                self.access()
                self._endpoints[service] = self._find(service)
                self._services.learn(service, self._endpoints[service].url)
            return self._endpoints[service]

    def _find(self, service: str) -> Endpoint:
        override = self._region.get_endpoint(service)
        where: dict[str, Any] = {
            "service_type": self._region.get_service_type(service),
            "interface": self._region.get_interface(service) or "public",
            "region_name": self._region.get_region_name(service) or None,
            "service_name": self._region.get_service_name(service),
            "endpoint_override": override,
        }
        try:
            for wanted in _WANTED.get(service, (None,)):
                if wanted is None:
                    found = self._auth.get_endpoint_data(self.session, skip_discovery=True, **where)
                else:
                    found = self._auth.get_endpoint_data(
                        self.session, min_version=wanted, max_version=(wanted[0], "latest"), **where
                    )
                if found is not None:
                    return _endpoint(service, found)
        except (ks.ClientException, requests.RequestException) as error:
            raise faults.session_fault(error, service=service, method="GET", url=override or self.auth_url) from error
        raise Unsupported("DCP-416", service=service)


def _endpoint(service: str, found: EndpointData) -> Endpoint:
    url = str(found.url).rstrip("/")
    if service == "network" and not urlsplit(url).path.rstrip("/").endswith("/v2.0"):
        # Old Neutrons keep their version document behind the login; the path has been the same for ever.
        url = f"{url}/v2.0"
    if service == "image" and not urlsplit(url).path.rstrip("/").endswith("/v2"):
        url = f"{url}/v2"
    version = ".".join(str(part) for part in found.api_version or ()) or ("2.0" if service == "network" else "")
    return Endpoint(url, version, _pair(found.min_microversion), _pair(found.max_microversion))


def _catalogue(access: AccessInfo) -> dict[str, list[dict[str, Any]]]:
    found = access.service_catalog.get_endpoints()
    return {service_type: [entry for entry in entries if entry] for service_type, entries in found.items()}


def _pair(version: Any) -> tuple[int, int] | None:
    return (int(version[0]), int(version[1])) if version else None
