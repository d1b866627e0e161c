"""A small Swift client over raw paths: ready-made ones tidy up the very names (`//`, `/a`, `..`) that we want."""

import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO
from urllib.parse import quote, urlsplit

from .errors import SeedError

TIMEOUT_S = 120
Header = str | bytes


class Swift:
    """One account.  Safe to share between threads: each has its own kept-alive connection."""

    def __init__(self, storage_url: str, token: str) -> None:
        parts = urlsplit(storage_url)
        self._host, self._port, self._base = str(parts.hostname), parts.port or 80, parts.path.rstrip("/")
        self._token = token
        self._mine = threading.local()

    @classmethod
    def of(cls, connection: Any) -> "Swift":
        """The account of a logged-in project."""
        return cls(str(connection.object_store.get_endpoint()), connection.auth_token)

    def put_container(self, container: str, headers: Mapping[str, Header]) -> bool:
        """Create a container or update its headers; safe to repeat.  Returns whether it is new."""
        return self._call("PUT", container, None, b"", headers)[0] == 201

    def put_object(
        self, container: str, name: str, body: bytes | BinaryIO, headers: Mapping[str, Header], query: str = ""
    ) -> None:
        self._call("PUT", container, name, body, headers, query)

    def delete(self, container: str, name: str | None = None, query: str = "") -> None:
        """Delete an object, or an empty container when no object is named.  What is gone already is fine."""
        self._call("DELETE", container, name, b"", {}, query, missing_is_empty=True)

    def containers(self) -> list[str]:
        """The names of all containers of the account."""
        return [entry["name"] for entry in self._pages("")]

    def listing(self, container: str) -> dict[str, dict[str, Any]]:
        """All objects of a container by name; empty when there is no such container."""
        return {entry["name"]: entry for entry in self._pages(container)}

    def delete_all(self, container: str) -> int:
        """Delete all objects of a container, each version of each, and it. Returns how many things went."""
        gone = 1
        for name in self.listing(container):
            self.delete(container, name)
            gone += 1
        # What keeps versions has them still, the deletions just now as well.
        while versions := list(self._pages(container, "&versions=true")):
            for entry in versions:
                self.delete(container, entry["name"], f"?version-id={entry['version_id']}")
            gone += len(versions)
        self.delete(container)
        return gone

    def _pages(self, container: str, more: str = "") -> Iterator[dict[str, Any]]:
        marker = ""
        while True:
            query = f"?format=json&marker={quote(marker, safe='')}{more}"
            page = json.loads(self._call("GET", container, None, b"", {}, query, missing_is_empty=True)[1] or b"[]")
            yield from page
            if not page:
                return
            marker = page[-1]["name"]

    def _call(
        self,
        method: str,
        container: str,
        name: str | None,
        body: bytes | BinaryIO,
        headers: Mapping[str, Header],
        query: str = "",
        missing_is_empty: bool = False,
    ) -> tuple[int, bytes]:
        path = self._base + (f"/{quote(container, safe='')}" if container else "")
        path += ("" if name is None else f"/{quote(name)}") + query
        status, answer = self._exchange(method, path, body, {**headers, "X-Auth-Token": self._token})
        if status == 404 and missing_is_empty:
            return status, b""
        if status >= 300:
            reason = answer[:120].decode(errors="replace")
            raise SeedError(f"Swift answered {status} to {method} {path[:200]}: {reason}")
        return status, answer

    def _exchange(
        self, method: str, path: str, body: bytes | BinaryIO, headers: Mapping[str, Header]
    ) -> tuple[int, bytes]:
        """One request and its answer, once more on a fresh connection when a kept one had gone stale."""
        for fresh in (False, True):
            connection = None if fresh else getattr(self._mine, "connection", None)
            if connection is None:
                connection = http.client.HTTPConnection(self._host, self._port, timeout=TIMEOUT_S)
            if not isinstance(body, bytes):
                body.seek(0)
            try:
                connection.request(method, path, body, dict(headers))
                response = connection.getresponse()
                answer = response.read()
            except (http.client.HTTPException, OSError):
                connection.close()
                continue
            self._mine.connection = connection
            return response.status, answer
        raise SeedError(f"Swift at {self._host}:{self._port} does not answer")
