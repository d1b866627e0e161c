"""What is asked and answered otherwise by the old releases, service by service.

`Shape.asked` turns the target of a request into the one behind, or answers itself; `Shape.told` turns the JSON of an
answer into what the old release would have said. Microversions are gone before either: what comes back is the base
version's.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from old_cloud.services import Addresses, Json

Local = tuple[int, Json]

# All that a listing's query may hold: old releases know few filters, and ignore what they do not know.
_KEPT = frozenset({"limit", "marker", "all_tenants", "project_id", "tenant_id", "page_reverse"})
NOT_FOUND: Local = (404, {"itemNotFound": {"code": 404, "message": "The resource could not be found."}})


class Shape:
    """A service as it is today."""

    versions: tuple[str, ...] = ()
    """Paths below which version documents are answered here."""
    listings: re.Pattern[str] | None = None
    """Paths of listings, below the version."""
    paged: re.Pattern[str] | None = None
    """Those of them that end after a page, with a link to the next."""
    missing: re.Pattern[str] | None = None
    """Paths that the old release does not have."""

    def __init__(self, addresses: Addresses, page: int) -> None:
        self.addresses, self.page = addresses, page

    def asked(self, method: str, target: str) -> str | Local:
        parts = urlsplit(target)
        path = parts.path
        if method in {"GET", "HEAD"} and path.rstrip("/") in self.versions:
            return self.version(path.rstrip("/"))
        if self.missing and self.missing.fullmatch(path):
            return NOT_FOUND
        query = parts.query
        if method == "GET" and self.listings and self.listings.fullmatch(path):
            query = self._listing_query(path, query)
        return self.behind(path) + (f"?{query}" if query else "")

    def _listing_query(self, path: str, query: str) -> str:
        kept = [(key, value) for key, value in parse_qsl(query, keep_blank_values=True) if key in _KEPT]
        if self.paged and self.paged.fullmatch(path):
            asked = next((value for key, value in kept if key == "limit"), "")
            limit = min(int(asked), self.page) if asked.isdigit() and int(asked) else self.page
            kept = [(key, value) for key, value in kept if key != "limit"] + [("limit", str(limit))]
        return urlencode(kept)

    def version(self, path: str) -> Local:
        """The version document at a path of `versions`; where there is no such path there is no document."""
        return NOT_FOUND

    def behind(self, path: str) -> str:
        return path

    def instead(self, method: str, path: str, status: int) -> Local | None:
        """What to answer in place of the answer from behind, None to tell that one. `path`: as the client asked."""
        return None

    def told(self, document: Json) -> Json:
        return document


class Nova(Shape):
    """Nova 2.1 before there were microversions."""

    versions = ("", "/v2.1")
    listings = re.compile(r"/v2\.1/[^/]+/(servers|flavors|images|os-keypairs|os-server-groups)(/detail)?")
    paged = re.compile(r"/v2\.1/[^/]+/(servers|flavors)(/detail)?")
    missing = re.compile(r"/v2\.1/[^/]+/servers/[^/]+/tags.*|/v2(/.*)?")

    def version(self, path: str) -> Local:
        document = {
            "id": "v2.1",
            "status": "CURRENT",
            "version": "",
            "min_version": "",
            "updated": "2013-07-23T11:33:21Z",
            "links": [{"rel": "self", "href": f"{self.addresses.front('nova')}/v2.1/"}],
        }
        return (200, {"version": document}) if path else (200, {"versions": [document]})


class Cinder(Shape):
    """Cinder 2.0. The base version 3.0 answers as it did, at another address."""

    versions = ("", "/v2")
    listings = re.compile(r"/v2/[^/]+/(volumes|snapshots|backups|types)(/detail)?")
    paged = re.compile(r"/v2/[^/]+/volumes(/detail)?")
    missing = re.compile(r"/v[13](/.*)?")

    def version(self, path: str) -> Local:
        document = {
            "id": "v2.0",
            "status": "CURRENT",
            "updated": "2012-11-21T11:33:21Z",
            "links": [{"rel": "self", "href": f"{self.addresses.front('cinder')}/v2/"}],
        }
        return (200 if path else 300), {"versions": [document]}

    def behind(self, path: str) -> str:
        return re.sub(r"^/v2(?=/|$)", "/v3", path)

    def told(self, document: Json) -> Json:
        return _without(document, frozenset({"group_id", "provider_id", "service_uuid", "shared_targets"}))


class Glance(Shape):
    """Glance 2.2: images have no tags here, cannot be hidden, have MD5 alone, and are private though shared."""

    versions = ("",)
    listings = re.compile(r"/v2/images")
    paged = listings
    missing = re.compile(
        r"/v1(/.*)?|/v2/(tasks|info|cache|stores).*|/v2/images/[^/]+/(tags|import|stage|locations)(/.*)?"
    )

    _NEW = frozenset({"tags", "os_hidden", "os_hash_algo", "os_hash_value", "stores"})
    _VISIBILITY = {"shared": "private", "community": "public"}

    def version(self, path: str) -> Local:
        link = [{"rel": "self", "href": f"{self.addresses.front('glance')}/v2/"}]
        statuses = {"v2.2": "CURRENT", "v2.1": "SUPPORTED", "v2.0": "SUPPORTED"}
        return 300, {"versions": [{"id": one, "status": status, "links": link} for one, status in statuses.items()]}

    def instead(self, method: str, path: str, status: int) -> Local | None:
        """A private image may have members and has none, where a new Glance refuses to speak of any."""
        is_refused = (method, status) == ("GET", 403) and re.fullmatch(r"/v2/images/[^/]+/members", path)
        return (200, {"members": [], "schema": "/v2/schemas/members"}) if is_refused else None

    def told(self, document: Json) -> Json:
        told = _without(document, self._NEW)
        for image in (told, *(told.get("images") or ())):
            if "visibility" in image:
                image["visibility"] = self._VISIBILITY.get(image["visibility"], image["visibility"])
        return told


class Neutron(Shape):
    """Neutron 2.0 of Kilo: no tags, no times, no descriptions but of security groups, tenants and not projects."""

    versions = ("",)
    listings = re.compile(r"/v2\.0/[a-z-]+(\.json)?")
    missing = re.compile(
        r"/v2\.0/[a-z-]+/[^/]+/tags.*|/v2\.0/(trunks|qos|auto-allocated-topology|address-groups).*"
        r"|/v2\.0/floatingips/[^/]+/port_forwardings.*|/v2\.0/quotas/[^/]+/details.*"
    )

    _NEW = frozenset({"tags", "revision_number", "created_at", "updated_at", "project_id", "qos_policy_id", "stateful"})
    _EXTENSIONS = re.compile(
        r"standard-attr-.*|tag.*|project-id|trunk.*|.*port-forwarding.*|address-group|qos.*|.*-tags?"
    )
    _DESCRIBED = frozenset({"security_group", "security_groups", "security_group_rules"})

    def __init__(self, addresses: Addresses, page: int, *, hide_routers: bool) -> None:
        super().__init__(addresses, page)
        self._hide_routers = hide_routers

    def version(self, path: str) -> Local:
        link = [{"rel": "self", "href": f"{self.addresses.front('neutron')}/v2.0/"}]
        return 200, {"versions": [{"id": "v2.0", "status": "CURRENT", "links": link}]}

    def asked(self, method: str, target: str) -> str | Local:
        path = urlsplit(target).path.removesuffix(".json")
        if self._hide_routers and path.startswith("/v2.0/routers"):
            return (200, {"routers": []}) if (method, path) == ("GET", "/v2.0/routers") else NOT_FOUND
        return super().asked(method, target)

    def told(self, document: Json) -> Json:
        if "extensions" in document:
            return {
                "extensions": [one for one in document["extensions"] if not self._EXTENSIONS.fullmatch(one["alias"])]
            }
        is_described = bool(self._DESCRIBED & document.keys())
        told = _without(document, self._NEW if is_described else self._NEW | {"description"})
        return self._without_routers(told) if self._hide_routers else told

    def _without_routers(self, document: Json) -> Json:
        """The ports of routers are nobody's business, and floating addresses lead through none."""
        if "ports" in document:
            owners = ("network:router", "network:ha_router")
            kept = [one for one in document["ports"] if not one.get("device_owner", "").startswith(owners)]
            document["ports"] = kept
        for address in (*document.get("floatingips", ()), *filter(None, [document.get("floatingip")])):
            address["router_id"] = None
        return document


class Swift(Shape):
    """Swift is what it was."""


def _without(document: Json, keys: frozenset[str]) -> Json:
    """The same without these keys, at whatever depth."""

    def less(value: Any) -> Any:
        if isinstance(value, list):
            return [less(inner) for inner in value]
        return _without(value, keys) if isinstance(value, dict) else value

    return {key: less(value) for key, value in document.items() if key not in keys}


def shapes(addresses: Addresses, page: int, *, hide_routers: bool) -> dict[str, Shape]:
    return {
        "nova": Nova(addresses, page),
        "cinder": Cinder(addresses, page),
        "glance": Glance(addresses, page),
        "neutron": Neutron(addresses, page, hide_routers=hide_routers),
        "swift": Swift(addresses, page),
    }
