"""Opens connections: directly, through a tunnel, or (plain http) to a forwarding proxy."""

import re
import socket
import ssl
from dataclasses import dataclass
from typing import NamedTuple
from urllib.parse import urlsplit

from migrate.clouds.http.connection import Connection, Limits
from migrate.clouds.http.proxy import proxy_for

CONNECT_TIMEOUT_S = 15.0

_URL = re.compile(r"(https?://[^/?#\s]+)([^#]*)", re.IGNORECASE)
_PORTS = {"http": 80, "https": 443}


def split_url(url: str) -> tuple[str, str]:
    """Splits a URL into its origin and the rest, without the fragment. Raises ValueError if it is not an HTTP URL."""
    found = _URL.match(url)
    if found is None:
        raise ValueError("not an address of http or https")
    return found[1], found[2]


@dataclass(frozen=True, eq=False)
class Origin:
    """One server. `address`: scheme and host for a proxy; `netloc`: the value of the Host header."""

    scheme: str
    host: str
    port: int
    netloc: str
    address: str

    @classmethod
    def of(cls, origin: str) -> "Origin":
        """Parses an origin. Raises ValueError for an invalid host or port."""
        parts = urlsplit(origin)
        netloc = parts.netloc.rpartition("@")[2].encode("idna").decode("ascii")
        if not parts.hostname:
            raise ValueError("an address without a host")
        port = parts.port or _PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname, port, netloc, f"{parts.scheme}://{netloc}")


class Network(NamedTuple):
    """Network settings.

    tls: the context for https, None for the default one.   limits: timeouts.
    """

    tls: ssl.SSLContext | None = None
    limits: Limits = Limits()


def dial(origin: Origin, tls: ssl.SSLContext, pool: list[Connection], limits: Limits) -> Connection:
    """Opens a connection, through the environment's proxy if one is set.

    Raises: OSError: no answer, or a proxy that refuses.   ssl.SSLCertVerificationError.   Unsupported: the proxy.
    """
    proxy = proxy_for(origin.address + "/")
    host, port = (proxy.host, proxy.port) if proxy else (origin.host, origin.port)
    sock = socket.create_connection((host, port), CONNECT_TIMEOUT_S)
    try:
        # Otherwise head and end of a body would wait for each other's acknowledgement.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if origin.scheme == "https":
            if proxy:
                _tunnel(sock, origin, proxy.headers)
            sock = tls.wrap_socket(sock, server_hostname=origin.host)
        return Connection(sock, pool, limits, proxy.headers if proxy and origin.scheme == "http" else None)
    except BaseException:
        sock.close()
        raise


def _tunnel(sock: socket.socket, origin: Origin, headers: dict[str, str]) -> None:
    there = f"[{origin.host}]:{origin.port}" if ":" in origin.host else f"{origin.host}:{origin.port}"
    lines = [f"CONNECT {there} HTTP/1.1", f"Host: {there}", *(f"{name}: {value}" for name, value in headers.items())]
    sock.sendall("\r\n".join([*lines, "", ""]).encode("utf-8"))
    # Only the head: the following bytes belong to TLS, which is set up here.
    answer = Connection(sock, [], Limits(timeout_s=CONNECT_TIMEOUT_S), None)
    status, _ = answer.head()
    if not 200 <= status < 300:
        raise OSError(f"the proxy refused a tunnel: {status}")
