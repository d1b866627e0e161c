"""HTTP/1.1 message heads. Has its own parser because the standard one splits header lines at UTF-8 bytes (0x85) and
loses all headers after them.
"""

import re
from collections.abc import Mapping

HEAD_END = re.compile(rb"\n\r?\n")
_BLANKS = " \t\r\n\v\f"


def encoded(text: str) -> bytes:
    """A header's text as bytes for the network."""
    return text.encode("utf-8", "surrogateescape")


def request_head(
    method: str, target: str, host: str, headers: Mapping[str, str], length: int | None, *, expect: bool
) -> bytes:
    """The head of a request as bytes. Raises ValueError for an illegal line break or space."""
    lines = [f"{method} {target} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: identity"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if length is not None:
        lines.append(f"Content-Length: {length}")
    if expect:
        lines.append("Expect: 100-continue")
    lines.append("\r\n")
    text = "\r\n".join(lines)
    # The first piece has three lines, the last an empty one, all others one.
    if not text.count("\n") == text.count("\r") == len(lines) + 2 or " " in target or not target.isascii():
        raise ValueError("a line break or a blank where none may be")
    return text.encode("utf-8", "surrogateescape")


def parsed_head(head: bytes) -> tuple[int, dict[str, str]]:
    """Status and lower-case headers; joins repeated headers. Raises ValueError if the head is not HTTP."""
    first, _, rest = head.partition(b"\n")
    version, status = first.split(None, 2)[:2]
    headers: dict[str, str] = {} if version != b"HTTP/1.0" else {"connection": "close"}
    if not rest:
        return int(status), headers
    # Nearly always true; then a single expression parses everything, the costliest part of a small answer.
    if rest.isascii() and b" :" not in rest and b"\n " not in rest:
        found = _PLAIN.findall(rest.decode("ascii"))
        plain = {_LOWER[name]: value.strip(_BLANKS) for name, value in found}
        if len(plain) == len(found) and not headers:
            return int(status), plain
    for line in rest.decode("utf-8", "surrogateescape").replace("\r\n", "\n").split("\n"):
        name, _, value = line.partition(":")
        key = _key(name)
        # Only ASCII blanks: other blank characters are part of a value.
        text = value.strip(_BLANKS)
        if key in headers and key != "connection":
            text = f"{headers[key]}, {text}"
        headers[key] = text
    return int(status), headers


class _Lower(dict[str, str]):
    """A cache of lower-case header names. Each server spells a header the same way every time."""

    def __missing__(self, name: str) -> str:
        lower = name.lower()
        if len(self) < _MOST_NAMES:
            self[name] = lower
        return lower


_MOST_NAMES = 4096
_LOWER = _Lower()
_PLAIN = re.compile(r"^([^:\n]*):?([^\n]*)$", re.MULTILINE)


def _key(name: str) -> str:
    """A header name in lower case; changes only ASCII letters."""
    return encoded(name.strip(_BLANKS)).lower().decode("utf-8", "surrogateescape")
