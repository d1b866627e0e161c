"""One look at an address, for `decamp doctor`: its name, its certificate, and the clock behind it. Sends one GET."""

import socket
import ssl
import threading
import time
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import NamedTuple

from migrate import __version__
from migrate.clouds.http.connection import Limits
from migrate.clouds.http.dial import Origin, dial, split_url
from migrate.clouds.http.proxy import proxy_for
from migrate.errors import Unreachable
from migrate.messages import codes
from migrate.units import iso

_LIMIT_S = 15.0
_OUT_OF_DATE = frozenset({9, 10})
_OTHER_NAME = frozenset({62, 64})
"""OpenSSL's numbers of what is wrong with a certificate: not yet valid, expired; another host, another address."""


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
        raise Unreachable(codes.UNREACHABLE, url=url, reason=str(error)) from error
    proxy = proxy_for(origin.address + "/")
    _require_name(proxy.host if proxy else origin.host)
    try:
        return _asked(url, origin, tls)._replace(proxy=f"{proxy.host}:{proxy.port}" if proxy else "")
    except ssl.SSLCertVerificationError as error:
        code = codes.CERTIFICATE_OUT_OF_DATE if error.verify_code in _OUT_OF_DATE else codes.CERTIFICATE_UNTRUSTED
        code = codes.CERTIFICATE_OF_ANOTHER if error.verify_code in _OTHER_NAME else code
        raise Unreachable(code, url=origin.address, reason=error.verify_message) from error
    except (OSError, ValueError) as error:
        reason = str(error) or type(error).__name__
        raise Unreachable(codes.UNREACHABLE, url=origin.address, reason=reason) from error


def _require_name(host: str) -> None:
    """Looks a name up, for a limited time: the system's own limit may be minutes."""
    found: list[OSError | None] = []

    def look_up() -> None:
        try:
            socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            found.append(error if isinstance(error, OSError) else OSError(str(error)))
        else:
            found.append(None)

    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(_LIMIT_S)
    why = (found[0].strerror or str(found[0])) if found and found[0] else "" if found else f"{_LIMIT_S:.0f} s"
    if why:
        raise Unreachable(codes.NAME_UNRESOLVED, host=host, why=why)


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
