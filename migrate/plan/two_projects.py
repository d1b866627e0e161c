"""Checks that source and target are different places: moved onto itself, everything would be lost with the source
(decision 24).
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from msgspec import UNSET

from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.model import Identity, Inventory
from migrate.policy.policy_records import Policy

Endpoints = Mapping[str, tuple[str, ...]]
"""Maps the official type of a service to its catalogue addresses in the login's region."""

_WRITTEN = ("compute", "network", "block-storage", "image", "object-store")
_PORTS = {"http": 80, "https": 443}
_LOOPBACK = frozenset({"localhost", "::1"})


class End(NamedTuple):
    """One side: its login, and the addresses of its services (empty: unknown)."""

    identity: Identity
    endpoints: Endpoints


def end_of(inventory: Inventory) -> End:
    """The side described by an inventory; earlier versions have no endpoints."""
    endpoints = inventory.facts.endpoints
    return End(inventory.identity, {} if endpoints is UNSET else endpoints)


def refuse_same_names(policy: Policy) -> None:
    """Raises ConfigError DCP-202: the policy names one cloud twice, without different regions."""
    if policy.source_cloud == policy.target_cloud and _same_region(policy.source_region, policy.target_region):
        raise ConfigError(codes.SAME_CLOUD_TWICE, cloud=policy.source_cloud)


def refuse_one_place(source: End, target: End, policy: Policy) -> None:
    """Raises ConfigError: DCP-226 the same project, DCP-227 regions that share a service, DCP-228 the
    source's own S3.
    """
    refuse_same_project(source.identity, target.identity)
    if _plain(source.identity.project_id) == _plain(target.identity.project_id):
        _refuse_shared_services(source, target, policy)
    if policy.s3 is not None:
        _refuse_s3_of_the_source(policy.s3.endpoint, source.endpoints)


def refuse_same_project(source: Identity, target: Identity) -> None:
    """Raises ConfigError DCP-226 if both are the same project."""
    if is_same_project(source, target):
        where = {"project": source.project_name, "id": source.project_id, "region": source.region or "-"}
        raise ConfigError(codes.SAME_PROJECT, source=source.cloud, target=target.cloud, **where)


def is_same_project(source: Identity, target: Identity) -> bool:
    """Whether both have the same id in the same region, or the same name, domain and identity service (an id may have
    two spellings).
    """
    if not _same_region(source.region, target.region):
        return False
    if _plain(source.project_id) == _plain(target.project_id):
        return True
    domains = {source.project_domain_id, target.project_domain_id} - {UNSET, ""}
    by_name = (_login_host(source.auth_url), source.project_name) == (_login_host(target.auth_url), target.project_name)
    return by_name and len(domains) < 2


def _refuse_shared_services(source: End, target: End, policy: Policy) -> None:
    """Raises ConfigError DCP-227: regions share project ids, and a shared service has the same resources on
    both sides.
    """
    for service in _WRITTEN:
        if service == "object-store" and policy.s3 is not None:
            continue
        there = {_address(url) for url in target.endpoints.get(service, ()) if _host(url)}
        for url in source.endpoints.get(service, ()):
            if _address(url) in there:
                regions = {"source": source.identity.region, "target": target.identity.region}
                raise ConfigError(codes.SAME_SERVICE, service=service, address=url, **regions)


def _refuse_s3_of_the_source(endpoint: str, endpoints: Endpoints) -> None:
    """Raises ConfigError DCP-228 for an S3 endpoint at an address of the source, such as Swift's own."""
    host, port = _host_and_port(endpoint)
    for url in _all(endpoints):
        source_host, source_port = _host_and_port(url)
        # The bucket may come before the host.
        if host and port == source_port and f".{host}".endswith(f".{source_host}"):
            raise ConfigError(codes.ENDPOINT_IS_SOURCE, endpoint=endpoint, address=url)


def _all(endpoints: Endpoints) -> Iterable[str]:
    return (url for service in sorted(endpoints) for url in endpoints[service] if _host(url))


def _same_region(one: str, other: str) -> bool:
    """Whether the regions are equal; an empty one means the only region."""
    return not one or not other or one.casefold() == other.casefold()


def _plain(project_id: str) -> str:
    return project_id.replace("-", "").lower()


def _host(url: str) -> str:
    return _host_and_port(url)[0]


def _login_host(url: str) -> str:
    """The host of an identity service, regardless of its port; with the port for tunnels, which share a host."""
    host, port = _host_and_port(url)
    return f"{host}:{port}" if host in _LOOPBACK or host.startswith("127.") else host


def _host_and_port(url: str) -> tuple[str, int]:
    """Host and port of a URL; empty and 0 for an invalid one."""
    try:
        parts = urlsplit(url)
        return (parts.hostname or "").rstrip("."), parts.port or _PORTS.get(parts.scheme, 0)
    except ValueError:
        return "", 0


def _address(url: str) -> tuple[str, int, str]:
    host, port = _host_and_port(url)
    return (host, port, urlsplit(url).path.rstrip("/")) if host else ("", 0, "")
