"""Connections to an address of a moved server: a TCP port, HTTP and HTTPS, each within one time limit."""

import errno
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from migrate.health.results import Failure, failed
from migrate.messages import codes
from migrate.model.health_checks import HttpCheck, HttpsCheck, TcpCheck

_MOST_BYTES = 1 << 20
"""How much of a body is looked through for a text."""
_PIECE = 65536
_SEEN = {
    errno.ECONNREFUSED: "refused",
    errno.ECONNRESET: "closed",
    errno.EPIPE: "closed",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.ETIMEDOUT: "timeout",
}


def tcp_failure(check: TcpCheck, address: str) -> Failure | None:
    try:
        socket.create_connection((address, check.port), timeout=check.limit_s).close()
    except OSError as err:
        return failed(codes.HEALTH_PORT, address=address, port=check.port, seen=_seen(err))
    return None


def http_failure(check: HttpCheck, address: str) -> Failure | None:
    """One GET to the address itself, whatever the host's name resolves to; a redirect is an answer like any other."""
    until = time.monotonic() + check.limit_s
    facts = {"check": check.kind, "url": _url(check, address), "address": address}
    try:
        with socket.create_connection((address, check.port), timeout=check.limit_s) as plain, _ended_by(plain, until):
            stream = _secured(check, plain, address)
            with stream:
                response = _asked(check, stream, address)
                if time.monotonic() >= until:
                    # Shut down among its headers, and taken for whole.
                    raise TimeoutError
                return _judged(check, response, facts, until)
    except ssl.SSLCertVerificationError as err:
        return failed(codes.HEALTH_CERTIFICATE, **facts, why=err.verify_message)
    except (OSError, http.client.HTTPException) as err:
        seen = "timeout" if time.monotonic() >= until else _seen(err)
        return failed(codes.HEALTH_NO_ANSWER, **facts, seen=seen)


def _url(check: HttpCheck, address: str) -> str:
    return f"{check.kind}://{_host(check, address)}:{check.port}{check.path}"


def _host(check: HttpCheck, address: str) -> str:
    return check.host or (f"[{address}]" if ":" in address else address)


@contextmanager
def _ended_by(connection: socket.socket, until: float) -> Iterator[None]:
    """Shuts the connection down when the time is up: one that sends a byte now and then would never end by itself."""
    # TLS takes the socket over; its double is shut down with it.
    double = connection.dup()

    def shut() -> None:
        with suppress(OSError):
            double.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(max(until - time.monotonic(), 0.0), shut)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        double.close()


def _secured(check: HttpCheck, plain: socket.socket, address: str) -> socket.socket:
    if not isinstance(check, HttpsCheck):
        return plain
    context = ssl.create_default_context()
    if not check.verify:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=check.host or address)


def _asked(check: HttpCheck, stream: socket.socket, address: str) -> http.client.HTTPResponse:
    connection = http.client.HTTPConnection(address, check.port)
    connection.sock = stream
    host, usual = _host(check, address), 443 if isinstance(check, HttpsCheck) else 80
    headers = {
        "Host": host if check.port == usual else f"{host}:{check.port}",
        "User-Agent": "decamp",
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    connection.request("GET", check.path, headers=headers)
    return connection.getresponse()


def _judged(
    check: HttpCheck, response: http.client.HTTPResponse, facts: dict[str, str], until: float
) -> Failure | None:
    if response.status != check.status:
        return failed(codes.HEALTH_STATUS, **facts, status=response.status, wanted=check.status)
    if not check.text:
        return None
    wanted, body = check.text.encode(), bytearray()
    while len(body) < _MOST_BYTES:
        got = response.read1(_PIECE)
        # The text may have begun in what was read before.
        start = max(len(body) - len(wanted), 0)
        body += got
        if wanted in body[start:]:
            return None
        if not got:
            break
    seen = "timeout" if time.monotonic() >= until else "cut-off" if len(body) >= _MOST_BYTES else "whole"
    return failed(codes.HEALTH_TEXT, **facts, text=check.text, seen=seen)


def _seen(err: Exception) -> str:
    """A word for what went wrong (`fact.seen.WORD` of the phrases)."""
    if isinstance(err, TimeoutError):
        return "timeout"
    if isinstance(err, ssl.SSLError):
        return "no-tls"
    if isinstance(err, http.client.RemoteDisconnected | http.client.IncompleteRead):
        return "closed"
    if isinstance(err, http.client.HTTPException):
        return "no-http"
    number = err.errno if isinstance(err, OSError) else None
    return _SEEN.get(number or 0, "unreachable")
