"""Connections for `requests` with limits: on interim (1xx) answers, which it would read forever, and on bodies that
arrive too slowly.
"""

import http.client
import io
import socket
import time
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.poolmanager import PoolManager, pool_classes_by_scheme

from migrate.clouds.http import MOST_INTERIM, Crawling
from migrate.errors import Refused
from migrate.messages import codes

_CRAWL_BYTES, _CRAWL_S = 64 << 10, 300.0
"""The minimum progress of an answer, in bytes per seconds of waiting: a service may compute for long."""


class _Watched(socket.SocketIO):
    """The incoming bytes of one answer. Raises Crawling."""

    def __init__(self, sock: socket.socket) -> None:
        super().__init__(sock, "r")
        self._waited_s, self._moved_bytes = 0.0, 0

    def readinto(self, b: Any) -> int | None:
        start = time.monotonic()
        size = super().readinto(b)
        self._waited_s += time.monotonic() - start
        self._moved_bytes += size or 0
        if self._waited_s > _CRAWL_S and size:
            if self._moved_bytes < _CRAWL_BYTES:
                raise Crawling
            self._waited_s, self._moved_bytes = 0.0, 0
        return size


class _Answer(http.client.HTTPResponse):
    def __init__(self, sock: socket.socket, *args: Any, **kwargs: Any) -> None:
        super().__init__(sock, *args, **kwargs)
        self._interim = 0
        if isinstance(sock, socket.socket):  # TLS within TLS is not supported
            with self.fp:
                # As in `makefile`, which counts readers: the last one closes the socket.
                raw = _Watched(sock)
                sock._io_refs += 1  # type: ignore[attr-defined]
            self.fp = io.BufferedReader(raw)

    def _read_status(self) -> tuple[str, int, str]:
        """Called by `begin` for each message head. Raises Refused if there are too many."""
        self._interim += 1
        if self._interim > MOST_INTERIM:
            raise Refused(codes.BAD_REQUEST, what=f"{MOST_INTERIM} answers that none is ready yet")
        version, status, reason = super()._read_status()  # type: ignore[misc]
        return version, http.client.CONTINUE if 100 <= status < 200 else status, reason


class _Connection(HTTPConnection):
    response_class = _Answer


class _TlsConnection(HTTPSConnection):
    response_class = _Answer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


def watched(pools: PoolManager) -> PoolManager:
    """The pools, with limited connections; pools of other proxy types keep their own."""
    if pools.pool_classes_by_scheme is pool_classes_by_scheme:
        pools.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
    return pools
