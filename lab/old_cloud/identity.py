"""Identity 2.0, by a login of version 3 behind."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlsplit

from old_cloud.services import CATALOGUE, Addresses, Json

Answer = tuple[int, Json]

_DEFAULT = {"id": "default"}


def _error(code: int, title: str, message: str) -> Answer:
    return code, {"error": {"message": message, "code": code, "title": title}}


REFUSED = _error(401, "Unauthorized", "The request you have made requires authentication.")
DARK = _error(503, "Service Unavailable", "The service is currently unavailable.")
_NOT_FOUND = _error(404, "Not Found", "The resource could not be found.")
_WRONG = _error(400, "Bad Request", "Expecting to find passwordCredentials or token, with what they need, in auth.")


class Identity:
    """What a Keystone of version 2.0 alone answers."""

    def __init__(self, addresses: Addresses, region: str) -> None:
        self._addresses, self._region = addresses, region

    def answer(self, method: str, target: str, body: bytes, token: str) -> Answer:
        path = urlsplit(target).path.rstrip("/")
        if method == "GET" and path == "":
            return 300, {"versions": {"values": [self._version()]}}
        if method == "GET" and path == "/v2.0":
            return 200, {"version": self._version()}
        if method == "POST" and path == "/v2.0/tokens":
            return self._login(body)
        if method == "GET" and path == "/v2.0/tenants":
            return self._tenants(token)
        return _NOT_FOUND

    def _version(self) -> Json:
        return {
            "id": "v2.0",
            "status": "stable",
            "updated": "2014-04-17T00:00:00Z",
            "links": [{"rel": "self", "href": f"{self._addresses.front('keystone')}/v2.0/"}],
            "media-types": [{"base": "application/json", "type": "application/vnd.openstack.identity-v2.0+json"}],
        }

    def _login(self, body: bytes) -> Answer:
        asked = _login_of_version_3(body)
        if asked is None:
            return _WRONG
        status, document, headers = self._addresses.ask("keystone", "POST", "/v3/auth/tokens", asked)
        if status != 201:
            return REFUSED if status in {401, 404} else (status, document)
        return 200, {"access": self._access(document["token"], headers["X-Subject-Token"])}

    def _access(self, token: Json, token_id: str) -> Json:
        issued: Json = {"id": token_id, "issued_at": token["issued_at"], "expires": _whole_seconds(token["expires_at"])}
        if "project" in token:
            project = token["project"]
            tenant = {"id": project["id"], "name": project["name"], "enabled": True, "description": ""}
            issued["tenant"] = tenant
        roles = token.get("roles", [])
        return {
            "token": issued,
            "user": {
                "id": token["user"]["id"],
                "name": token["user"]["name"],
                "username": token["user"]["name"],
                "roles": [{"name": role["name"]} for role in roles],
                "roles_links": [],
            },
            "serviceCatalog": self._catalogue(token["project"]["id"]) if "project" in token else [],
            "metadata": {"is_admin": 0, "roles": [role["id"] for role in roles]},
        }

    def _catalogue(self, project: str) -> list[Json]:
        return [
            {
                "type": service_type,
                "name": "cinderv2" if service == "cinder" else service,
                "endpoints_links": [],
                "endpoints": [self._endpoint(service, path.format(project=project))],
            }
            for service, (service_type, path) in CATALOGUE.items()
        ]

    def _endpoint(self, service: str, path: str) -> Json:
        url = self._addresses.front(service) + path
        return {"region": self._region, "id": service, **dict.fromkeys(("publicURL", "internalURL", "adminURL"), url)}

    def _tenants(self, token: str) -> Answer:
        status, document, _ = self._addresses.ask("keystone", "GET", "/v3/auth/projects", token=token)
        if status != 200:
            return REFUSED
        found = [{key: one[key] for key in ("id", "name", "enabled", "description")} for one in document["projects"]]
        return 200, {"tenants": found, "tenants_links": []}


def _login_of_version_3(body: bytes) -> Json | None:
    """The same login as version 3 wants it; None for none."""
    try:
        auth: Json = json.loads(body)["auth"]
        user: Any = auth.get("passwordCredentials")
        if user:
            who = {"id": user["userId"]} if "userId" in user else {"name": user["username"], "domain": _DEFAULT}
            identity: Json = {"methods": ["password"], "password": {"user": {**who, "password": user["password"]}}}
        else:
            identity = {"methods": ["token"], "token": {"id": auth["token"]["id"]}}
    except (ValueError, KeyError, TypeError):
        return None
    asked: Json = {"auth": {"identity": identity}}
    if auth.get("tenantId"):
        asked["auth"]["scope"] = {"project": {"id": auth["tenantId"]}}
    elif auth.get("tenantName"):
        asked["auth"]["scope"] = {"project": {"name": auth["tenantName"], "domain": _DEFAULT}}
    return asked


def _whole_seconds(moment: str) -> str:
    """Version 2.0 tells no fractions of when a token ends."""
    return moment.partition(".")[0].rstrip("Z") + "Z"
