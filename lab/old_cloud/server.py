"""The listeners: one for each service, a thread for each connection."""

from __future__ import annotations

import json
import socket
import socketserver
import sys
import threading
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import urlsplit

from openstack_lab.config import Cloud

from old_cloud import wire
from old_cloud.faults import Faults
from old_cloud.identity import DARK, REFUSED, Identity
from old_cloud.services import SERVICES, Addresses, Json
from old_cloud.shapes import Shape, shapes
from old_cloud.wire import Broken, Head

_CONTROL = "/_facade/faults"
_TIMEOUT_S = 120
# Not passed on to the services behind: they are what makes a request a new one.
_NOT_ASKED = ("host", "range", "if-range", "openstack-api-version", "x-openstack-nova-api-version")
_NOT_TOLD = ("openstack-api-version", "x-openstack-nova-api-version", "vary", "accept-ranges", "location")
_LOST = b"<html><body><h1>504 Gateway Time-out</h1>\nThe server didn't respond in time.\n</body></html>\n"
_REASONS = {200: "OK", 300: "Multiple Choices", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found",
            503: "Service Unavailable", 504: "Gateway Time-out"}  # fmt: skip


@dataclass
class OldCloud:
    """All that the listeners share. `page`: how many items a listing gives at once."""

    home: Path
    cloud: Cloud
    page: int
    hide_routers: bool
    seed: int
    addresses: Addresses = field(init=False)
    faults: Faults = field(init=False)
    identity: Identity = field(init=False)
    shapes: dict[str, Shape] = field(init=False)

    def __post_init__(self) -> None:
        self.addresses = Addresses(self.cloud)
        self.faults = Faults(self.seed)
        self.identity = Identity(self.addresses, self.cloud.offer.region)
        self.shapes = shapes(self.addresses, self.page, hide_routers=self.hide_routers)

    def serve(self) -> None:
        """Listens until the process ends. The ports are those of the last time where they are free."""
        before = self._ports_before()
        listeners = [_Listener(self, service, before.get(service, 0)) for service in SERVICES]
        self.addresses.ports = {listener.service: listener.server_address[1] for listener in listeners}
        threads = [threading.Thread(target=listener.serve_forever, daemon=True) for listener in listeners]
        for thread in threads:
            thread.start()
        part = self.ports_file.with_suffix(".part")
        part.write_text(json.dumps(self.addresses.ports))
        part.rename(self.ports_file)
        for thread in threads:
            thread.join()

    @property
    def ports_file(self) -> Path:
        return self.home / "ports.json"

    def _ports_before(self) -> dict[str, int]:
        file = self.home / "ports.before.json"
        ports: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
        return ports


class _Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, old: OldCloud, service: str, port: int) -> None:
        self.old, self.service = old, service
        self.log = AccessLog(old.home / "access" / f"{service}.log")
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError:
            # Somebody has it by now. The first socket is closed by then.
            super().__init__(("127.0.0.1", 0), _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that has gone away is its own affair; the rest is in the log."""
        if not isinstance(sys.exception(), ConnectionError | TimeoutError | Broken):
            traceback.print_exc()


class AccessLog:
    """Lines as the clouds behind write them: what was asked here, and what was answered."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("a", buffering=1)
        self._lock = threading.Lock()

    def note(self, began_s: float, exchange: _Exchange) -> None:
        head = exchange.head
        method, target = head.first.decode("latin-1").split(" ")[:2]
        line = (
            f"{int(began_s * 1000)} {method} {exchange.status} {target} {head.text('range') or '-'} "
            f'{exchange.received} {exchange.sent} - "{head.text("user-agent") or "-"}"\n'
        )
        with self._lock:
            self._file.write(line)


class _Handler(socketserver.StreamRequestHandler):
    timeout = _TIMEOUT_S
    disable_nagle_algorithm = True

    def handle(self) -> None:
        listener = cast(_Listener, self.server)
        connection = cast(socket.socket, self.connection)
        file = cast(BinaryIO, self.rfile)
        while head := wire.read_head(file):
            began_s = time.time()
            exchange = _Exchange(listener.old, listener.service, connection, file, head)
            try:
                exchange.run()
            finally:
                listener.log.note(began_s, exchange)
            if exchange.is_last:
                return


class _Exchange:
    """One request and its answer."""

    def __init__(self, old: OldCloud, service: str, connection: socket.socket, file: BinaryIO, head: Head) -> None:
        self._old, self._service, self._client, self._file, self.head = old, service, connection, file, head
        parts = head.first.decode("latin-1").split(" ")
        if len(parts) != 3:
            raise Broken("no request line")
        self._method, self._target = parts[0], parts[1]
        self.status: int | str = "-"
        self.received = self.sent = 0
        self.is_last = b"close" in head.get("connection").lower() or parts[2] == "HTTP/1.0"

    def run(self) -> None:
        if self.head.get("expect"):
            self._client.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self._service == "keystone":
            self._say(*self._of_identity(b"".join(self._body())))
            return
        token = self.head.text("x-auth-token")
        target = self._old.shapes[self._service].asked(self._method, self._target)
        if token and self._old.faults.rejects(token):
            self._drain()
            self._say(*REFUSED)
        elif isinstance(target, str):
            self._pass_on(target)
        else:
            self._drain()
            self._say(*target)

    # ------------------------------------------------------------ answered here

    def _of_identity(self, body: bytes) -> tuple[int, Json]:
        faults = self._old.faults
        if urlsplit(self._target).path == _CONTROL:
            return self._control(body)
        refusal = faults.refuses_login() if self._method != "GET" else None
        if refusal:
            return DARK if refusal == DARK[0] else REFUSED
        token = self.head.text("x-auth-token")
        if token and faults.rejects(token):
            return REFUSED
        status, answer = self._old.identity.answer(self._method, self._target, body, token)
        if status == 200 and "access" in answer:
            faults.issued(answer["access"]["token"]["id"])
        return status, answer

    def _control(self, body: bytes) -> tuple[int, Json]:
        try:
            if self._method == "POST":
                self._old.faults.set(json.loads(body))
        except (ValueError, AttributeError) as error:
            return 400, {"error": {"message": str(error), "code": 400}}
        return 200, self._old.faults.told()

    def _say(self, status: int, document: Json) -> None:
        self._send(status, json.dumps(document).encode(), [(b"content-type", b"application/json")])

    def _send(self, status: int, body: bytes, fields: list[tuple[bytes, bytes]]) -> None:
        self.status = status
        first = f"HTTP/1.1 {status} {_REASONS.get(status, 'Error')}".encode()
        self._client.sendall(wire.head_bytes(first, [*fields, (b"content-length", b"%d" % len(body))]))
        if self._method != "HEAD":
            for at in range(0, len(body), wire.PIECE):
                self._piece(body[at : at + wire.PIECE])

    def _piece(self, piece: bytes) -> None:
        self._old.faults.pass_bytes(len(piece))
        self._client.sendall(piece)
        self.sent += len(piece)

    def _body(self) -> Iterator[bytes]:
        for piece in wire.body(self._file, self.head):
            self._old.faults.pass_bytes(len(piece))
            self.received += len(piece)
            yield piece

    def _drain(self) -> None:
        for _ in self._body():
            pass

    # ------------------------------------------------------------ answered behind

    def _pass_on(self, target: str) -> None:
        host, port = self._old.addresses.behind(self._service)
        with socket.create_connection((host, port), timeout=_TIMEOUT_S) as upstream:
            chunked = wire.is_chunked(self.head)
            fields = [(b"host", f"{host}:{port}".encode()), (b"connection", b"close")]
            fields += [(b"transfer-encoding", b"chunked")] if chunked else []
            first = f"{self._method} {target} HTTP/1.1".encode("latin-1")
            upstream.sendall(wire.head_bytes(first, [*fields, *self.head.passed_on(*_NOT_ASKED)]))
            # A service that has heard enough may answer and close before the body is over.
            try:
                if chunked:
                    wire.send_chunked(upstream, self._body())
                else:
                    for piece in self._body():
                        upstream.sendall(piece)
            except (BrokenPipeError, ConnectionResetError):
                self.is_last = True
            with upstream.makefile("rb") as answers:
                self._answer(cast(BinaryIO, answers))

    def _answer(self, answers: BinaryIO) -> None:
        head = wire.read_head(answers)
        while head and head.first.split(b" ")[1] == b"100":
            head = wire.read_head(answers)
        if head is None:
            raise Broken("the service behind has ended")
        status = int(head.first.split(b" ")[1])
        has_body = self._method != "HEAD" and status not in {204, 304}
        pieces = wire.body(answers, head, to_the_end=True) if has_body else iter(())
        if self._old.faults.loses(self._method, status):
            for _ in pieces:
                pass
            self._send(504, _LOST, [(b"content-type", b"text/html")])
            return
        shape, path = self._old.shapes[self._service], urlsplit(self._target).path
        instead = shape.instead(self._method, path, status)
        if instead:
            for _ in pieces:
                pass
            self._say(*instead)
            return
        fields = head.passed_on(*_NOT_TOLD)
        if head.get("location"):
            fields.append((b"location", self._old.addresses.in_front(head.get("location"))))
        if has_body and self._service != "swift" and head.get("content-type").startswith(b"application/json"):
            document = self._told(shape, b"".join(pieces))
            self._send(status, document, [one for one in fields if one[0] != b"content-length"])
        else:
            self._stream(head, status, fields, pieces, has_body=has_body)

    def _told(self, shape: Shape, text: bytes) -> bytes:
        document = json.loads(self._old.addresses.in_front(text)) if text else None
        if isinstance(document, dict):
            document = shape.told(document)
        return json.dumps(document).encode() if text else b""

    def _stream(
        self,
        head: Head,
        status: int,
        fields: list[tuple[bytes, bytes]],
        pieces: Iterator[bytes],
        *,
        has_body: bool,
    ) -> None:
        self.status = status
        has_length = bool(head.get("content-length")) or not has_body
        if not has_length:
            # Without a length the end of the connection is the end of the body.
            self.is_last = True
            fields = [*fields, (b"connection", b"close")]
        self._client.sendall(wire.head_bytes(head.first, fields))
        for piece in pieces:
            self._piece(piece)
