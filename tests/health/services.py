"""Services on this machine's own addresses, as a moved server may have them: well-behaved ones and others."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = "127.0.0.1"
Answer = Callable[[BaseHTTPRequestHandler], None]


def says(status: int, body: bytes = b"", **headers: str) -> Answer:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


class Web:
    """A web server that answers every GET alike, and remembers what it was asked."""

    def __init__(self, answer: Answer, address: str, certificate: Path | None, port: int) -> None:
        asked = self.asked = list[tuple[str, str]]()

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append((self.path, self.headers["Host"]))
                with suppress(OSError):
                    answer(self)

            def log_message(self, format: str, *args: object) -> None:
                return

        self.server = ThreadingHTTPServer((address, port), Handler)
        self.server.handle_error = lambda *_args: None  # type: ignore[method-assign]
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        self.port: int = self.server.server_address[1]


@contextmanager
def web(answer: Answer, address: str = HERE, certificate: Path | None = None, port: int = 0) -> Iterator[Web]:
    service = Web(answer, address, certificate, port)
    thread = threading.Thread(target=service.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.server.shutdown()
        service.server.server_close()
        thread.join()


@contextmanager
def speaks(talk: Callable[[socket.socket], None], address: str = HERE) -> Iterator[int]:
    """The port of a service that does to each connection what `talk` does."""
    with socket.create_server((address, 0)) as listener:

        def serve() -> None:
            with suppress(OSError):
                while True:
                    connection, _ = listener.accept()
                    with connection, suppress(OSError):
                        talk(connection)

        threading.Thread(target=serve, daemon=True).start()
        yield listener.getsockname()[1]


def drips(first: bytes, piece: bytes, every_s: float = 0.05, most: int = 2000) -> Callable[[socket.socket], None]:
    """Says `first`, then a piece now and then, for longer than anybody should listen."""

    def talk(connection: socket.socket) -> None:
        connection.sendall(first)
        for _ in range(most):
            connection.sendall(piece)
            time.sleep(every_s)

    return talk


def nobody(address: str = HERE) -> int:
    """A port that nothing listens at."""
    with socket.create_server((address, 0)) as taken:
        return int(taken.getsockname()[1])
