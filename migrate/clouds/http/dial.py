"""New connections: to a server, through a tunnel to it, or (plain http) to a proxy that asks it for us."""

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
    """(origin, what stands behind it up to a fragment). Raises ValueError: no address of HTTP."""
    found = _URL.match(url)
    if found is None:
        raise ValueError("not an address of http or https")
    return found[1], found[2]


@dataclass(frozen=True, eq=False)
class Origin:
    """One server. `address` is scheme and host as they go to a proxy; `netloc` the host as a server is told it."""

    scheme: str
    host: str
    port: int
    netloc: str
    address: str

    @classmethod
    def of(cls, origin: str) -> "Origin":
        """Raises ValueError: a port or a name that cannot be."""
        parts = urlsplit(origin)
        netloc = parts.netloc.rpartition("@")[2].encode("idna").decode("ascii")
        if not parts.hostname:
            raise ValueError("an address without a host")
        port = parts.port or _PORTS[parts.scheme]
        return cls(parts.scheme, parts.hostname, port, netloc, f"{parts.scheme}://{netloc}")


class Network(NamedTuple):
    """How the network is used.

    tls: context for https, None for the default one.   limits: how long the network is waited for.
    """

    tls: ssl.SSLContext | None = None
    limits: Limits = Limits()


def dial(origin: Origin, tls: ssl.SSLContext, pool: list[Connection], limits: Limits) -> Connection:
    """A new connection, by way of the proxy that the environment names.

    Raises: OSError: nobody answers, or a proxy that refuses.   ssl.SSLCertVerificationError.   Unsupported: the proxy.
    """
    proxy = proxy_for(origin.address + "/")
    host, port = (proxy.host, proxy.port) if proxy else (origin.host, origin.port)
    sock = socket.create_connection((host, port), CONNECT_TIMEOUT_S)
    try:
        # Head and end of a body would wait for each other's acknowledgement.
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
    # No more than the head: what follows belongs to TLS, and that is ours to begin.
    answer = Connection(sock, [], Limits(timeout_s=CONNECT_TIMEOUT_S), None)
    status, _ = answer.head()
    if not 200 <= status < 300:
        raise OSError(f"the proxy refused a tunnel: {status}")
