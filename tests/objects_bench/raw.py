"""Swift by raw requests: no client tidies up a name (`a//b`, `/a`, `..`), and none of our code is judge of itself."""

import http.client
import json
import os
import ssl
import threading
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import yaml

LAB = Path(__file__).resolve().parents[2] / "lab"
HOME = Path(os.environ.get("LAB_HOME", LAB / ".run"))
_TIMEOUT_S = 300
_PAGE = 10_000


class Answer(NamedTuple):
    """Header names in lower case, values as the UTF-8 that they are."""

    status: int
    headers: dict[str, str]
    body: bytes


class Unexpected(Exception):
    """A server answered something else than the caller needs."""


def clouds_file() -> Path:
    return Path(os.environ.get("OS_CLIENT_CONFIG_FILE", HOME / "clouds.yaml"))


def cloud_entry(name: str, clouds: Path | None = None) -> dict[str, Any]:
    """The entry of clouds.yaml as it stands there."""
    entry: dict[str, Any] = yaml.safe_load((clouds or clouds_file()).read_text())["clouds"][name]
    return entry


@dataclass
class Account:
    """One tenant's account in one Swift. Safe to share between threads: each has a kept-alive connection of its own."""

    url: str
    token: str
    project_id: str
    _mine: threading.local = field(default_factory=threading.local)

    @classmethod
    def of(cls, entry: str, clouds: Path | None = None) -> "Account":
        """Logs in with the entry's password. An `object_store_endpoint_override` in it is obeyed."""
        said = cloud_entry(entry, clouds)
        auth = said["auth"]
        user = {
            "name": auth["username"],
            "password": auth["password"],
            "domain": {"name": auth.get("user_domain_name", "Default")},
        }
        project = {"name": auth["project_name"], "domain": {"name": auth.get("project_domain_name", "Default")}}
        body = {"identity": {"methods": ["password"], "password": {"user": user}}, "scope": {"project": project}}
        where = urlsplit(auth["auth_url"])
        line = http.client.HTTPConnection(str(where.hostname), where.port, timeout=_TIMEOUT_S)
        line.request(
            "POST", f"{where.path}/auth/tokens", json.dumps({"auth": body}), {"Content-Type": "application/json"}
        )
        answer = line.getresponse()
        if answer.status != 201:
            raise Unexpected(f"{entry}: the login answered {answer.status}")
        told = json.loads(answer.read())["token"]
        url = said.get("object_store_endpoint_override") or _object_store(told["catalog"], said["region_name"])
        return cls(url.rstrip("/"), str(answer.headers["X-Subject-Token"]), told["project"]["id"])

    def ask(
        self,
        method: str,
        container: str = "",
        name: str | None = None,
        *,
        query: str = "",
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] = b"",
    ) -> Answer:
        """One request, once more on a fresh connection when the kept one had gone stale.

        A body that comes in pieces goes once, and its length has to be among the headers.
        """
        path = urlsplit(self.url).path + (f"/{quote(container, safe='')}" if container else "")
        path += ("" if name is None else f"/{quote(name)}") + (f"?{query}" if query else "")
        sent = {key: value.encode() for key, value in (headers or {}).items()}
        sent["X-Auth-Token"] = self.token.encode()
        try:
            return self._exchange(method, path, sent, body)
        except (http.client.HTTPException, ConnectionError):
            self._mine.line = None
            if not isinstance(body, bytes):
                raise
            return self._exchange(method, path, sent, body)

    def need(self, method: str, container: str = "", name: str | None = None, **how: Any) -> Answer:
        """As `ask`. Raises Unexpected for any answer but 2xx."""
        answer = self.ask(method, container, name, **how)
        if answer.status >= 300:
            raise Unexpected(f"{method} {container}/{name}: {answer.status} {answer.body[:200]!r}")
        return answer

    def _exchange(self, method: str, path: str, headers: dict[str, bytes], body: bytes | Iterable[bytes]) -> Answer:
        line = getattr(self._mine, "line", None)
        if line is None:
            where = urlsplit(self.url)
            if where.scheme == "https":
                # It is the lab's own terminator, and what is judged is not its certificate.
                line = http.client.HTTPSConnection(
                    str(where.hostname), where.port, timeout=_TIMEOUT_S, context=ssl._create_unverified_context()
                )
            else:
                line = http.client.HTTPConnection(str(where.hostname), where.port, timeout=_TIMEOUT_S)
            self._mine.line = line
        line.request(method, path, body, headers)
        response = line.getresponse()
        told = {key.lower(): value.encode("latin-1").decode(errors="replace") for key, value in response.getheaders()}
        return Answer(response.status, told, response.read())

    def containers(self) -> list[str]:
        return [entry["name"] for entry in self._pages("", "")]

    def listing(self, container: str, query: str = "") -> Iterator[dict[str, Any]]:
        """Every row of the listing, as the server tells it."""
        return self._pages(container, query)

    def _pages(self, container: str, query: str) -> Iterator[dict[str, Any]]:
        marker = ""
        while True:
            asked = f"format=json&limit={_PAGE}{query}{marker}"
            page = json.loads(self.need("GET", container, query=asked).body or b"[]")
            yield from page
            if len(page) < _PAGE:
                return
            marker = f"&marker={quote(page[-1]['name'], safe='')}"
            if version := page[-1].get("version_id"):
                marker += f"&version_marker={version}"

    def empty(self, *, threads: int = 8) -> None:
        """Removes every container and object of the account, versions too."""
        for container in self.containers():
            self.empty_container(container, threads=threads)
            self.ask("DELETE", container)

    def empty_container(self, container: str, *, threads: int = 8) -> None:
        versioned = "x-versions-enabled" in self.ask("HEAD", container).headers
        rows = list(self.listing(container, "&versions=true" if versioned else ""))

        def remove(row: dict[str, Any]) -> None:
            version = f"version-id={row['version_id']}" if versioned else ""
            self.ask("DELETE", container, row["name"], query=version)

        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(remove, rows))


def _object_store(catalog: list[dict[str, Any]], region: str) -> str:
    for service in catalog:
        for endpoint in service["endpoints"]:
            where = (service["type"], endpoint["interface"], endpoint["region_id"])
            if where == ("object-store", "public", region):
                return str(endpoint["url"])
    raise Unexpected("the catalogue names no object store")
