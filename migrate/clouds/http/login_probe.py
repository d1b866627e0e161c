"""One look at an address, for `decamp doctor`: its name, its certificate, and the clock behind it. Sends one GET."""

import socket
import ssl
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple, TypeVar, cast

from migrate import __version__
from migrate.clouds.http.connection import Limits
from migrate.clouds.http.dial import Origin, dial, split_url
from migrate.clouds.http.proxy import proxy_for
from migrate.errors import Unreachable
from migrate.messages import codes
from migrate.redaction import scrub
from migrate.units import iso

_LIMIT_S = 20.0
"""For a name, and again for connection and answer."""
_OUT_OF_DATE = frozenset({9, 10})
_OTHER_NAME = frozenset({62, 64})
"""OpenSSL's numbers of what is wrong with a certificate: not yet valid, expired; another host, another address."""


Found = TypeVar("Found")


class Probe(NamedTuple):
    """What was seen of an address.

    `proxy`: `host:port` that the request went through, or empty.   `certificate_ends_at`: empty for plain http, and if
    certificates are not checked.   `ahead_s`: how far this machine's clock is ahead of the server's, None if the server
    told no time.
    """

    url: str
    proxy: str
    certificate_ends_at: str
    ahead_s: float | None


def probe_address(url: str, tls: ssl.SSLContext) -> Probe:
    """Asks an address once, by the same route and with the same trust as all other requests.

    Raises: Unreachable: DCP-263 its name has no address, DCP-264 and 265 its certificate is out of date or for another
            name, DCP-407 it is not trusted, DCP-402 for everything else.   Unsupported: the proxy.
    """
    try:
        origin = Origin.of(split_url(url)[0])
    except ValueError as error:
        raise Unreachable(codes.UNREACHABLE, url=url, reason=scrub(str(error))) from error
    proxy = proxy_for(origin.address + "/")
    _require_name(proxy.host if proxy else origin.host)
    try:
        return _in_time(lambda: _asked(url, origin, tls))._replace(proxy=f"{proxy.host}:{proxy.port}" if proxy else "")
    except ssl.SSLCertVerificationError as error:
        code = codes.CERTIFICATE_OUT_OF_DATE if error.verify_code in _OUT_OF_DATE else codes.CERTIFICATE_UNTRUSTED
        code = codes.CERTIFICATE_OF_ANOTHER if error.verify_code in _OTHER_NAME else code
        raise Unreachable(code, url=origin.address, reason=error.verify_message) from error
    except (OSError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise Unreachable(codes.UNREACHABLE, url=origin.address, reason=reason) from error


def _require_name(host: str) -> None:
    """Looks a name up. Raises Unreachable DCP-263 if it has no address."""
    try:
        _in_time(lambda: socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise Unreachable(codes.NAME_UNRESOLVED, host=host, why=why) from error


def _in_time(look: Callable[[], Found]) -> Found:
    """What the call returns or raises. Raises TimeoutError if it takes longer than `_LIMIT_S`.

    Neither the system's look-up of a name nor an answer that comes byte by byte has a limit of its own.
    """
    ended: list[tuple[Found | None, Exception | None]] = []

    def run() -> None:
        try:
            ended.append((look(), None))
        except Exception as error:
            ended.append((None, error))

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(_LIMIT_S)
    if not ended:
        raise TimeoutError(f"no answer within {_LIMIT_S:.0f} s")
    found, error = ended[0]
    if error:
        raise error
    return cast("Found", found)


def _asked(url: str, origin: Origin, tls: ssl.SSLContext) -> Probe:
    connection = dial(origin, tls, [], Limits(timeout_s=_LIMIT_S))
    with connection.sock as sock:
        path = split_url(url)[1] or "/"
        headers = {"Host": origin.netloc, "User-Agent": f"decamp/{__version__}", "Connection": "close"}
        if connection.proxy_headers is not None:
            path, headers = origin.address + path, headers | connection.proxy_headers
        lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
        ends_at = _certificate_end(sock)
        sock.sendall("\r\n".join([*lines, "", ""]).encode("utf-8"))
        _, answered = connection.head()
        return Probe(origin.address, "", ends_at, _ahead_s(answered.get("date", "")))


def _certificate_end(sock: socket.socket) -> str:
    certificate = sock.getpeercert() if isinstance(sock, ssl.SSLSocket) else None
    if not certificate:
        return ""
    return iso(datetime.fromtimestamp(ssl.cert_time_to_seconds(str(certificate["notAfter"])), UTC))


def _ahead_s(date: str) -> float | None:
    try:
        return time.time() - parsedate_to_datetime(date).timestamp()
    except (ValueError, OverflowError):
        return None
