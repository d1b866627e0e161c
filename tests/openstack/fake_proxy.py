"""A small forward proxy: tunnels (CONNECT) and whole addresses, with a login or without."""

import base64
import http.client
import select
import socket
import threading
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_HOP = {"proxy-authorization", "proxy-connection", "connection", "keep-alive"}


class FakeProxy:
    """`seen`: method and address of each request that was let through; `refused`: of each that was not."""

    def __init__(self, login: str = "") -> None:
        self.seen: list[tuple[str, str]] = []
        self.refused: list[tuple[str, str]] = []
        self.login = login
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.netloc = f"127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _handler(proxy: FakeProxy) -> type[BaseHTTPRequestHandler]:
    expected = f"Basic {base64.b64encode(proxy.login.encode()).decode()}"

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            return

        def _may_pass(self) -> bool:
            if proxy.login and self.headers.get("Proxy-Authorization") != expected:
                proxy.refused.append((self.command, self.path))
                self.send_response(407)
                self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return False
            proxy.seen.append((self.command, self.path))
            return True

        def do_CONNECT(self) -> None:
            self.close_connection = True
            if not self._may_pass():
                return
            host, _, port = self.path.rpartition(":")
            with socket.create_connection((host, int(port))) as there:
                self.send_response(200)
                self.end_headers()
                with suppress(ConnectionError):
                    _pump(self.connection, there)

        def _forward(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if not self._may_pass():
                return
            parts = urlsplit(self.path)
            upstream = http.client.HTTPConnection(parts.netloc)
            target = f"{parts.path}?{parts.query}" if parts.query else parts.path
            headers = {key: value for key, value in self.headers.items() if key.lower() not in _HOP | {"expect"}}
            upstream.request(self.command, target, body, headers)
            answer = upstream.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for key, value in answer.getheaders():
                if key.lower() not in _HOP:
                    self.send_header(key, value)
            self.end_headers()
            self.wfile.write(content)
            upstream.close()

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _forward

    return Handler


def _pump(here: socket.socket, there: socket.socket) -> None:
    """Bytes both ways until one side ends."""
    other = {here: there, there: here}
    while True:
        for ready in select.select([here, there], [], [])[0]:
            data = ready.recv(65536)
            if not data:
                return
            other[ready].sendall(data)
