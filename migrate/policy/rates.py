"""Bandwidths in text form: `50 MiB/s`, `10 MB/s`, `100 Mbit/s`."""

import re
from decimal import Decimal

_UNITS = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "KiB": 1 << 10,
    "MiB": 1 << 20,
    "GiB": 1 << 30,
}
_BITS = {"kbit": 10**3, "Mbit": 10**6, "Gbit": 10**9}
_RATE = re.compile(r"(?P<number>\d{1,18}(?:\.\d{1,6})?)\s*(?P<unit>[A-Za-z]+)/s", re.ASCII)

RATE_EXAMPLES = "50 MiB/s, 10 MB/s or 100 Mbit/s"


def parse_rate(text: str) -> int | None:
    """Bytes per second, rounded down; None for an invalid rate or zero.

    Units must be exact: `Mb` could be bits or bytes, and a limit must not be wrong by a factor of eight.
    """
    found = _RATE.fullmatch(text.strip())
    if not found:
        return None
    unit = found["unit"]
    factor = Decimal(_UNITS[unit]) if unit in _UNITS else Decimal(_BITS.get(unit, 0)) / 8
    return int(Decimal(found["number"]) * factor) or None


def format_rate(bytes_per_s: int) -> str:
    """The shortest text that `parse_rate` turns into exactly this rate."""
    whole = [(bytes_per_s // size, unit) for unit, size in _UNITS.items() if bytes_per_s % size == 0]
    number, unit = min(whole)
    return f"{number} {unit}/s"
