"""JSON requests to one service; the session guards them, this module translates the answers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from keystoneauth1 import exceptions as ks

from migrate.clouds.http import Pages
from migrate.clouds.openstack import faults
from migrate.clouds.openstack.login import Endpoint, Login
from migrate.errors import TransientError, Unreadable
from migrate.messages import codes

Json = dict[str, Any]
Params = list[tuple[str, str]]

# Service names in the microversion header, if different from the official type.
_HEADER_NAMES = {"block-storage": "volume"}
_PATH = re.compile(r"(/[^/?#\\\s\x00-\x1f]*)*")
_DOTS = {".", "..", "%2e", "%2e%2e", "%2E", "%2E%2E"}
_JSON_PATCH = "application/openstack-images-v2.1-json-patch"


class Api:
    """Requests to one service. Paths are relative to its endpoint, which the first request looks up.

    Args:    kinds: maps the first word of a path to the kind named in errors.   microversion: the newest version that
             the code supports, for calls without their own ("" for no header). Sent if the cloud supports it, else the
             nearest supported one.
    """

    def __init__(
        self, login: Login, service: str, *, kinds: Mapping[str, str] | None = None, microversion: str = ""
    ) -> None:
        self.login, self.service = login, service
        self._kinds = kinds or {}
        self._wanted = _version(microversion) if microversion else None

    @property
    def endpoint(self) -> Endpoint:
        return self.login.endpoint(self.service)

    def speaks(self, microversion: str) -> bool:
        """Whether the cloud's service supports this microversion."""
        newest = self.endpoint.max_microversion
        return newest is not None and newest >= _version(microversion)

    def get(self, path: str, params: Params | None = None, *, microversion: str = "") -> Json:
        """The JSON document of the answer; a bare list is under the key ""."""
        return self._json(self._send("GET", path, params=params, microversion=microversion))

    def post(self, path: str, body: Json, *, microversion: str = "") -> Json:
        return self._json(self.post_raw(path, body, microversion=microversion))

    def post_raw(self, path: str, body: Json, *, microversion: str = "") -> requests.Response:
        return self._send("POST", path, body=body, microversion=microversion)

    def put(self, path: str, body: Json) -> Json:
        return self._json(self._send("PUT", path, body=body))

    def patch(self, path: str, operations: list[Json]) -> Json:
        """Sends a JSON patch in Glance's format."""
        return self._json(self._send("PATCH", path, body=operations, headers={"Content-Type": _JSON_PATCH}))

    def delete(self, path: str) -> None:
        self._send("DELETE", path)

    def pages(self, path: str, key: str, params: Params | None = None, *, microversion: str = "") -> Iterator[Any]:
        """All items of a listing, following links to further pages. Only a link's query is used, as its host may be
        internal.
        Raises Unreadable if the answer is not a listing, or seems endless.
        """
        query, pages = params or [], Pages(f"{self.service} {path}")
        asked: set[tuple[tuple[str, str], ...]] = set()
        while tuple(query) not in asked:
            asked.add(tuple(query))
            response = self._send("GET", path, params=query, microversion=microversion)
            document = self._json(response)
            items = self._listed(document, key, path)
            pages.turn(len(items), response.content)
            yield from items
            link = _next_link(document, key)
            if not link:
                return
            query = parse_qsl(urlsplit(link).query, keep_blank_values=True)

    def rows(self, path: str, key: str, params: Params | None = None, *, microversion: str = "") -> list[Any]:
        """A listing without pages. Raises TransientError if it is missing in the answer.  Unreadable: not a list."""
        return self._listed(self.get(path, params, microversion=microversion), key, path)

    def _listed(self, document: Json, key: str, path: str) -> list[Any]:
        """The list in the document. A missing key does not mean an empty list, but a wrong answer."""
        if key not in document:
            what = f"{self.service}: no {key} in the answer"
            raise TransientError(codes.CLOUD_UNAVAILABLE, what=what, url=self.endpoint.url + path)
        items = document[key]
        if items is not None and not isinstance(items, list):
            raise Unreadable(codes.ANSWER_UNREADABLE, what=f"{self.service} {path}: no list of {key or 'items'}")
        return items or []

    def _json(self, response: requests.Response) -> Json:
        if not response.content:
            return {}
        try:
            document = response.json()
        except (ValueError, RecursionError) as error:
            raise TransientError(
                codes.CLOUD_UNAVAILABLE, what=f"{self.service}: no JSON in the answer", url=response.url
            ) from error
        return document if isinstance(document, dict) else {"": document}

    def _send(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        body: Json | list[Json] | None = None,
        microversion: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:
        if not _PATH.fullmatch(path) or _DOTS & set(path.split("/")):
            # The id would change the URL.
            raise Unreadable(codes.ANSWER_UNREADABLE, what=f"{self.service}: no address can be made of {path!r}")
        url = self.endpoint.url + path
        sent = {**self._headers(microversion), **(headers or {})}
        try:
            response = self.login.session.request(
                url, method, json=body, params=params or None, headers=sent, raise_exc=False
            )
        except (ks.ClientException, requests.RequestException) as error:
            raise self.login.fault(error, service=self.service, method=method, url=url) from error
        if response.status_code < 300:
            return response
        kind, resource_id = self._subject(path)
        answer = faults.Answer(self.service, method, url, response.status_code, response.headers, response.content)
        raise faults.fault(answer, kind=kind, resource_id=resource_id)

    def _headers(self, microversion: str) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        wanted = _version(microversion) if microversion else self._wanted
        oldest, newest = self.endpoint.min_microversion, self.endpoint.max_microversion
        if wanted and newest:
            text = "{}.{}".format(*max(min(wanted, newest), oldest or (0, 0)))
            headers["OpenStack-API-Version"] = f"{_HEADER_NAMES.get(self.service, self.service)} {text}"
            if self.service == "compute":
                headers["X-OpenStack-Nova-API-Version"] = text
        return headers

    def _subject(self, path: str) -> tuple[str, str]:
        words = path.strip("/").split("/")
        return self._kinds.get(words[0], words[0]), words[1] if len(words) > 1 else ""


def _version(text: str) -> tuple[int, int]:
    major, minor = text.split(".")
    return int(major), int(minor)


def _next_link(document: Json, key: str) -> str:
    """The link to the next page: `next` in Glance, mostly `<key>_links` with `rel: next`; `links` in Trove and
    Designate.
    """
    if document.get("next"):
        return str(document["next"])
    links = document.get(f"{key}_links") or document.get("links") or ()
    if isinstance(links, dict):
        return str(links.get("next") or "")
    told = (link for link in links if isinstance(link, dict)) if isinstance(links, list) else ()
    return next((str(link.get("href") or "") for link in told if link.get("rel") == "next"), "")
