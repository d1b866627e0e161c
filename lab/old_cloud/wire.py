"""HTTP/1.1 as bytes: heads are kept as they came, bodies pass through in pieces.

Not http.server's and http.client's readers: those split header lines at bytes that object names and metadata hold.
"""

from __future__ import annotations

import socket
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

PIECE = 1 << 16
_LONGEST_LINE = 1 << 16
# What concerns one connection alone and is never passed on.
_OF_THE_HOP = frozenset(
    (b"connection", b"keep-alive", b"proxy-connection", b"te", b"trailer", b"upgrade", b"expect", b"transfer-encoding")
)


class Broken(Exception):
    """The other side ended in the middle, or speaks no HTTP."""


@dataclass(frozen=True)
class Head:
    """The first line and the fields of a request or an answer, names in lower case."""

    first: bytes
    fields: tuple[tuple[bytes, bytes], ...]

    def get(self, name: str) -> bytes:
        """The first field of that name, b"" for none."""
        return next((value for key, value in self.fields if key == name.encode()), b"")

    def text(self, name: str) -> str:
        return self.get(name).decode("latin-1")

    def passed_on(self, *without: str) -> list[tuple[bytes, bytes]]:
        """The fields for the other side, without some."""
        dropped = {name.encode() for name in without} | _OF_THE_HOP
        return [(key, value) for key, value in self.fields if key not in dropped]


def read_head(file: BinaryIO) -> Head | None:
    """The next head; None when the other side has ended before it. Raises Broken."""
    first = _line(file)
    if not first:
        return None
    fields = []
    while line := _line(file):
        name, colon, value = line.partition(b":")
        if not colon:
            raise Broken("a header line without a colon")
        fields.append((name.strip().lower(), value.strip(b" \t")))
    return Head(first, tuple(fields))


def _line(file: BinaryIO) -> bytes:
    line = file.readline(_LONGEST_LINE)
    if line and not line.endswith(b"\n"):
        raise Broken("a line that does not end")
    return line.rstrip(b"\r\n")


def is_chunked(head: Head) -> bool:
    return b"chunked" in head.get("transfer-encoding").lower()


def body(file: BinaryIO, head: Head, *, to_the_end: bool = False) -> Iterator[bytes]:
    """The body in pieces. `to_the_end`: without a length it lasts until the connection ends. Raises Broken."""
    if is_chunked(head):
        while size := int(_line(file).split(b";")[0], 16):
            yield from _exactly(file, size)
            _line(file)
        while _line(file):
            pass
    elif head.get("content-length"):
        yield from _exactly(file, int(head.get("content-length")))
    elif to_the_end:
        while piece := file.read1(PIECE):  # type: ignore[attr-defined]
            yield piece


def _exactly(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size:
        piece = file.read1(min(size, PIECE))  # type: ignore[attr-defined]
        if not piece:
            raise Broken("the body is cut short")
        size -= len(piece)
        yield piece


def head_bytes(first: bytes, fields: Iterable[tuple[bytes, bytes]]) -> bytes:
    return b"\r\n".join([first, *(b"%s: %s" % field for field in fields), b"", b""])


def send_chunked(connection: socket.socket, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        connection.sendall(b"%x\r\n%s\r\n" % (len(piece), piece))
    connection.sendall(b"0\r\n\r\n")
