"""JSON over one service: guarded by the session below, answers translated here."""

from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from keystoneauth1 import exceptions as ks

from migrate.clouds.openstack import faults
from migrate.clouds.openstack.login import Endpoint, Login
from migrate.errors import TransientError

Json = dict[str, Any]
Params = list[tuple[str, str]]


class Api:
    """Requests to one service. Paths are below its endpoint; the endpoint is looked up at the first one.

    Args:    kinds: first word of a path to the kind that an error names.   microversion: the newest one that the
             code above is written for; sent when the cloud speaks it, else the newest it does speak.
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
        """The cloud's service knows this microversion."""
        newest = self.endpoint.max_microversion
        return newest is not None and newest >= _version(microversion)

    def get(self, path: str, params: Params | None = None) -> Json:
        return self._json(self._send("GET", path, params=params))

    def post(self, path: str, body: Json, *, microversion: str = "") -> Json:
        return self._json(self.post_raw(path, body, microversion=microversion))

    def post_raw(self, path: str, body: Json, *, microversion: str = "") -> requests.Response:
        return self._send("POST", path, body=body, microversion=microversion)

    def put(self, path: str, body: Json) -> Json:
        return self._json(self._send("PUT", path, body=body))

    def delete(self, path: str) -> None:
        self._send("DELETE", path)

    def pages(self, path: str, key: str, params: Params | None = None) -> Iterator[Json]:
        """All items of a listing, following the links; of a link the query alone is used, its host may be inner."""
        query = params or []
        asked: set[tuple[tuple[str, str], ...]] = set()
        while tuple(query) not in asked:
            asked.add(tuple(query))
            document = self.get(path, query)
            yield from document.get(key, ())
            link = _next_link(document, key)
            if not link:
                return
            query = parse_qsl(urlsplit(link).query, keep_blank_values=True)

    def _json(self, response: requests.Response) -> Json:
        if not response.content:
            return {}
        try:
            document = response.json()
        except ValueError as error:
            raise TransientError("DCP-503", what=f"{self.service}: no JSON in the answer", url=response.url) from error
        return document if isinstance(document, dict) else {"": document}

    def _send(
        self, method: str, path: str, *, params: Params | None = None, body: Json | None = None, microversion: str = ""
    ) -> requests.Response:
        url = self.endpoint.url + path
        try:
            response = self.login.session.request(
                url, method, json=body, params=params or None, headers=self._headers(microversion), raise_exc=False
            )
        except (ks.ClientException, requests.RequestException) as error:
            raise faults.session_fault(error, service=self.service, method=method, url=url) from error
        if response.status_code < 300:
            return response
        kind, resource_id = self._subject(path)
        answer = faults.Answer(self.service, method, url, response.status_code, response.headers, response.content)
        raise faults.fault(answer, kind=kind, resource_id=resource_id)

    def _headers(self, microversion: str) -> dict[str, str]:
        headers = {"Accept": "application/json"}
        wanted = _version(microversion) if microversion else self._wanted
        newest = self.endpoint.max_microversion
        if wanted and newest:
            text = "{}.{}".format(*min(wanted, newest))
            headers["OpenStack-API-Version"] = f"{self.service} {text}"
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
    """Glance says `next`, the others `<key>_links` with `rel: next`."""
    if document.get("next"):
        return str(document["next"])
    links = document.get(f"{key}_links") or ()
    return next((str(link["href"]) for link in links if link.get("rel") == "next"), "")
