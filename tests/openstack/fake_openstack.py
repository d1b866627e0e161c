"""A tiny HTTP server that answers like the services where a test says so; our code is real from the wire up."""

import json
import re
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from migrate.clouds.openstack.cloud import OpenStackCloud

Open = Callable[..., OpenStackCloud]

PROJECT = "0123456789abcdef0123456789abcdef"
PASSWORD = "open sesame"
NO_NETWORKS: dict[str, list[Any]] = {
    key: []
    for key in ("networks", "subnets", "routers", "ports", "floatingips", "security_groups", "trunks", "extensions")
}
"""What each listing of a network service without anything says, all at once."""


@dataclass(frozen=True)
class Seen:
    """A request as it arrived."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Reply:
    """An answer; `claimed_length` other than the body's makes it a short one, after which the connection ends.

    `before`: what is said before it, for as long as anybody reads.
    """

    status: int = 200
    body: Any = b""
    headers: dict[str, str] = field(default_factory=dict)
    claimed_length: int | None = None
    chunked: bool = False
    hang_up: bool = False
    before: Iterable[bytes] = ()


Answer = Reply | Callable[[Seen], Reply]


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Clients hang up where a test has them; nothing is printed."""


class FakeServer:
    """Routes are regular expressions over "METHOD /path"; the newest that fits answers. Several replies are a queue."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self.connections = 0
        self._routes: list[tuple[re.Pattern[str], list[Answer]]] = []
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def on(self, route: str, *answers: Answer) -> None:
        self._routes.insert(0, (re.compile(route), list(answers)))

    def off(self) -> None:
        """Takes the newest route back."""
        del self._routes[0]

    def answer(self, seen: Seen) -> Reply:
        for pattern, answers in self._routes:
            if pattern.fullmatch(f"{seen.method} {seen.path}"):
                answer = answers.pop(0) if len(answers) > 1 else answers[0]
                return answer if isinstance(answer, Reply) else answer(seen)
        return Reply(404, {"error": {"message": "no route", "code": 404}})

    def calls(self, route: str) -> list[Seen]:
        return [seen for seen in self.seen if re.fullmatch(route, f"{seen.method} {seen.path}")]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(fake: FakeServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body are two writes: the second would wait for the client's delayed acknowledgement, 40 ms each time.
        disable_nagle_algorithm = True

        def setup(self) -> None:
            fake.connections += 1
            super().setup()

        def log_message(self, *_: object) -> None:
            return

        def _do(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            if len(body) < length:
                self.close_connection = True
                return
            parts = urlsplit(self.path)
            headers = {key.lower(): value for key, value in self.headers.items()}
            seen = Seen(self.command, parts.path, parse_qs(parts.query, keep_blank_values=True), headers, body)
            fake.seen.append(seen)
            self._send(fake.answer(seen))

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_PATCH = _do

        def _send(self, reply: Reply) -> None:
            if reply.hang_up:
                self.close_connection = True
                return
            try:
                for piece in reply.before:
                    self.wfile.write(piece)
            except OSError:
                self.close_connection = True
                return
            body = reply.body if isinstance(reply.body, bytes) else json.dumps(reply.body).encode()
            lines = [f"HTTP/1.1 {reply.status} X".encode()]
            lines += [f"{key}: {value}".encode("utf-8", "surrogateescape") for key, value in reply.headers.items()]
            if reply.chunked:
                lines.append(b"Transfer-Encoding: chunked")
            elif reply.status != 204 and "Content-Length" not in reply.headers:
                length = len(body) if reply.claimed_length is None else reply.claimed_length
                lines.append(b"Content-Length: %d" % length)
            self.wfile.write(b"\r\n".join(lines) + b"\r\n\r\n")
            if self.command == "HEAD":
                return
            if reply.chunked:
                for at in range(0, len(body), 7):
                    piece = body[at : at + 7]
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
                self.wfile.write(b"0\r\n\r\n")
                return
            self.wfile.write(body)
            if reply.claimed_length is not None:
                self.close_connection = True

    return Handler


def keystone(
    fake: FakeServer,
    *,
    leave_out: tuple[str, ...] = (),
    more: tuple[tuple[str, str], ...] = (),
    nova: str = "2.79",
    lives_s: tuple[float, ...] = (),
    project: str = PROJECT,
) -> None:
    """A catalogue of all services on this server; tokens are token-1, token-2, …

    `more`: further services with their paths; `nova`: the newest microversion, "" for a 2.1 that has none; `lives_s`:
    how long the first tokens live, all others for decades.
    """
    issued = [0]

    def token(seen: Seen) -> Reply:
        user = seen.json["auth"]["identity"].get("password", {}).get("user", {})
        if user and user["password"] != PASSWORD:
            return Reply(401, {"error": {"message": "wrong", "code": 401}})
        issued[0] += 1
        document = {
            "token": {
                "methods": ["password"],
                "user": {"id": "u1", "name": "me", "domain": {"id": "default", "name": "Default"}},
                "project": {"id": project, "name": "shop", "domain": {"id": "default", "name": "Default"}},
                "issued_at": "2026-01-01T00:00:00.000000Z",
                "expires_at": _ends_at(lives_s[issued[0] - 1 : issued[0]]),
                "roles": [{"id": "r", "name": "member"}],
                "catalog": [
                    _service(fake.url, kind, path) for kind, path in (*_CATALOGUE, *more) if kind not in leave_out
                ],
            }
        }
        return Reply(201, document, {"X-Subject-Token": f"token-{issued[0]}"})

    fake.on("GET /v3/?", Reply(200, {"version": _version(f"{fake.url}/v3/", "v3.14")}))
    fake.on("POST /v3/auth/tokens", token)
    fake.on("GET /compute/v2.1/?", Reply(200, {"version": _version(f"{fake.url}/compute/v2.1/", "v2.1", nova)}))
    fake.on("GET /volume/v3/?", Reply(200, {"versions": [_version(f"{fake.url}/volume/v3/", "v3.0", "3.59")]}))
    fake.on("GET /image/?", Reply(300, {"versions": [_version(f"{fake.url}/image/v2/", "v2.9")]}))


def _ends_at(lives_s: tuple[float, ...]) -> str:
    ends = [f"{datetime.now(UTC) + timedelta(seconds=life):%Y-%m-%dT%H:%M:%S.%fZ}" for life in lives_s]
    return ends[0] if ends else "2099-01-01T00:00:00.000000Z"


_CATALOGUE = (
    ("identity", "/v3"),
    ("compute", "/compute/v2.1"),
    ("volumev3", f"/volume/v3/{PROJECT}"),
    ("image", "/image"),
    ("network", "/network"),
    ("object-store", f"/swift/v1/AUTH_{PROJECT}"),
)


def _service(url: str, kind: str, path: str) -> dict[str, Any]:
    endpoint = {"id": kind, "interface": "public", "region": "fr1", "region_id": "fr1", "url": url + path}
    return {"id": kind, "name": kind, "type": kind, "endpoints": [endpoint]}


def _version(url: str, name: str, newest: str = "") -> dict[str, Any]:
    links = [{"rel": "self", "href": url}]
    return {
        "id": name,
        "status": "CURRENT",
        "links": links,
        "version": newest,
        "min_version": newest and f"{name[1]}.1",
    }
