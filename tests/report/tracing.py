"""Reads an HTML report back: each number with where it says that it comes from, and all the other text."""

import re
from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from typing import Any

_VOID = {"meta", "link", "br", "hr", "line", "rect", "polyline", "polygon"}
_UNITS = {unit: 1024**power for power, unit in enumerate(["B", "KiB", "MiB", "GiB", "TiB", "PiB"])}
_UNITS |= {unit: 1024**power for power, unit in enumerate(["o", "Kio", "Mio", "Gio", "Tio", "Pio"])}
_SPANS = {"s": 1, "min": 60, "h": 3600, "d": 86400, "j": 86400}


@dataclass
class Told:
    """A number or a moment: its value, its pointer (whole), and how it is shown."""

    value: str
    of: str
    is_moment: bool
    shown: str = ""


@dataclass
class _Open:
    name: str
    of: str | None
    told: Told | None


@dataclass
class Reader(HTMLParser):
    """`told`: every number; `words`: all text beside them, ticks of time axes apart (`ticks`)."""

    told: list[Told] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    ticks: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self._open: list[_Open] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        said = dict(attrs)
        of, told = said.get("data-of"), None
        moment = said.get("datetime") or (said.get("data-at") if tag == "tspan" else None)
        value = said.get("value") or said.get("data-value") or moment
        if of is not None and value is not None:
            told = Told(value=value, of=self._whole(of), is_moment=moment is not None)
            self.told.append(told)
        name = "tick" if said.get("class") == "tick" else tag
        self._open.append(_Open(name, of if told is None else None, told))

    def handle_endtag(self, tag: str) -> None:
        if tag not in _VOID:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        for one in reversed(self._open):
            if one.told:
                one.told.shown += data
                return
            if one.name in ("style", "tick"):
                if one.name == "tick":
                    self.ticks.append(data)
                return
        if data.strip():
            self.words.append(data)

    def _whole(self, of: str) -> str:
        if of.startswith(("/", "#")):
            return of
        around = next(one.of for one in reversed(self._open) if one.of)
        return f"{around}/{of}"


@cache
def read(page: str) -> Reader:
    """What a page tells; each page is read once."""
    reader = Reader()
    reader.feed(page)
    return reader


def resolve(body: Any, of: str) -> Any:
    """What a pointer of the page means in the JSON report (docs/formats/report.md)."""
    if of.startswith("#"):
        form, _, at = of[1:].partition(":")
        if form == "length":
            return len(resolve(body, at))
        held = resolve(body, at)
        if form == "share":
            return held["done_bytes"] / held["total_bytes"]
        assert form == "rate", of
        return held["size_bytes"] / held["elapsed_s"]
    for part in of.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        body = body[int(name)] if isinstance(body, list) else body[name]
    return body


def shown_value(shown: str) -> tuple[float, float]:
    """What a shown number says, and by how much rounding may be off: written anew, and not with the page's own code."""
    text = shown.replace("\u202f", "").replace("\u00a0", " ")
    is_french = bool(re.search(r"\d,\d{1,2}(?!\d)", text)) or " j" in text
    text = text.replace(",", ".") if is_french else text.replace(",", "")
    if found := re.fullmatch(r"([\d.]+) (\w+)(/s)?", text):
        unit = _UNITS.get(found[2])
        if unit:
            return float(found[1]) * unit, 0.051 * unit
    if text.endswith("%"):
        return float(text[:-1]) / 100, 0.0101
    if parts := re.findall(r"([\d.]+) (s|min|h|d|j)\b", text):
        smallest = _SPANS[parts[-1][1]]
        total = sum(float(number) * _SPANS[unit] for number, unit in parts)
        return total, max(0.51 * smallest, 0.051) if total < 8e6 else 86400
    number = float(text)
    digits = len(text.partition(".")[2])
    return number, 0.51 * 10**-digits if digits else 0.51
