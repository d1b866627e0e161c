"""How an input is damaged: bytes, numbers in them, documents of JSON, and words of a text."""

import random
import re
import struct
from collections.abc import Sequence
from typing import Any
from xml.sax.saxutils import escape

EDGES = (0, 1, 2, 7, 8, 127, 128, 255, 511, 512, 0x7FFF, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
EDGES_64 = (1 << 32, 1 << 40, 1 << 53, 1 << 62, (1 << 63) - 1, 1 << 63, (1 << 64) - 1)


def number(rng: random.Random, width: int, near: Sequence[int] = ()) -> int:
    """One that fits into so many bytes: at an edge, near one of those, or any."""
    most = (1 << 8 * width) - 1
    chosen = rng.random()
    if near and chosen < 0.5:
        return (rng.choice(near) + rng.choice((-512, -1, 0, 0, 1, 8, 512))) & most
    if chosen < 0.8:
        return rng.choice(EDGES + EDGES_64) & most
    return rng.getrandbits(8 * width)


def damage(rng: random.Random, data: bytes, places: Sequence[int] = (), *, order: str = ">", most: int = 8) -> bytes:
    """The same with some places changed; `places`: where what matters is."""
    found = bytearray(data)
    for _ in range(rng.randint(1, most)):
        at = rng.choice(places) if places and rng.random() < 0.8 else rng.randrange(len(found) + 1)
        _change(rng, found, at, order)
    return bytes(found)


def _change(rng: random.Random, data: bytearray, at: int, order: str) -> None:
    how = rng.random()
    if how < 0.25 and at < len(data):
        data[at] ^= 1 << rng.randrange(8)
    elif how < 0.8:
        width, form = rng.choice(((1, "B"), (2, "H"), (4, "I"), (8, "Q")))
        if at + width <= len(data):
            struct.pack_into(order + form, data, at, number(rng, width, (len(data), at)))
    elif how < 0.86:
        del data[at : at + rng.choice((1, 2, 8, 64, 4096))]
    elif how < 0.92:
        data[at:at] = rng.randbytes(rng.choice((1, 2, 8, 64)))
    elif how < 0.97:
        other, size = rng.randrange(len(data) + 1), rng.choice((8, 64, 512))
        data[at : at + size] = data[other : other + size]
    else:
        del data[at:]


# ---------------------------------------------------------------- documents

_DEEP: Any = []
for _ in range(60):
    _DEEP = [_DEEP]

ODD: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 7, 5.5, 10**18, 10**19, 10**30, -(10**30), 1e308, float("nan"), float("inf")),
    *("", " ", "text", "..", ".", "/../../../../x", "a/b", "a\x00b", "\ud800", "\x1b[2J", "²", "+5", "1_0", "0x10"),
    *("x" * 300, "é" * 70_000, "0" * 5000, "10.0.0.0/99", "::", "fe80::1%eth0", "9999-99-99T99:99:99", "yesterday"),
    *("2026-11-27T10:00:00Z", "http://[::1", "https://127.0.0.1:99999/", "decamp-t-x", "null", "true"),
    *([], {}, [[]], [{}], [None], [7], ["a", "a"], {"a": 1}, {"id": "x"}, {"": ""}, _DEEP, [1] * 300),
)


def document(rng: random.Random, value: Any) -> Any:
    """A document of JSON with one to three places changed."""
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        value = _changed(rng, value)
    return value


def _changed(rng: random.Random, value: Any) -> Any:
    """Goes down at random, and changes something where it stops."""
    if isinstance(value, dict) and value and rng.random() < 0.93:
        key = rng.choice(sorted(value))
        how = rng.random()
        if how < 0.7:
            return {**value, key: _changed(rng, value[key])}
        if how < 0.85:
            return {other: one for other, one in value.items() if other != key}
        return {**value, rng.choice((key + "_", key.upper(), "id", "name", "links", "next", "")): value[key]}
    if isinstance(value, list) and value and rng.random() < 0.93:
        at, how = rng.randrange(len(value)), rng.random()
        if how < 0.8:
            return [*value[:at], _changed(rng, value[at]), *value[at + 1 :]]
        if how < 0.9:
            return [*value, value[at]]
        return [*value[:at], rng.choice(ODD), *value[at:]]
    return rng.choice(ODD)


_ELEMENT = re.compile(r"<(\w+)>([^<]*)</\1>")


def elements(rng: random.Random, text: str) -> str:
    """A document of XML, still one: an element that has another text, is gone, or comes twice."""
    found = rng.choice(list(_ELEMENT.finditer(text)))
    other = escape(str(rng.choice(ODD)))
    new = rng.choice(("", found[0] * 2, f"<{found[1]}>{other}</{found[1]}>", f"<{found[1]}>{other}</{found[1]}>"))
    return text[: found.start()] + new + text[found.end() :]


def words(rng: random.Random, text: bytes) -> bytes:
    """A text with some of its words and signs changed: XML, headers."""
    found = text
    for _ in range(rng.choice((1, 1, 2, 3))):
        marks = [at for at, sign in enumerate(found) if sign in b"<>/=\"'&;:\r\n ,"]
        if not marks:
            return found
        start = rng.choice(marks)
        end = rng.choice([at for at in marks if at >= start][:4])
        how = rng.random()
        if how < 0.3:
            found = found[:start] + found[end:]
        elif how < 0.5:
            found = found[:end] + found[start:end] * rng.choice((1, 2, 50)) + found[end:]
        elif how < 0.85:
            odd = str(rng.choice(ODD)).encode("utf-8", "surrogatepass")
            found = found[: start + 1] + odd + found[end:]
        else:
            found = damage(rng, found, (start, end), most=2)
    return found
