"""Durations in the policy's text form: `3 days`, `36 hours`; short ones also in seconds."""

import re
from decimal import Decimal

_UNITS = {"minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}
_SPAN = re.compile(r"(?P<number>\d{1,6}(?:\.\d{1,3})?)\s*(?P<unit>[a-z]+)", re.ASCII)

_SHORT_UNITS = {"second": 1, "minute": 60, "hour": 3600}
LONGEST_SHORT_S = 3600

SPAN_EXAMPLES = "3 days, 36 hours or 90 minutes"
LONGEST_S = 366 * 86400


def parse_span(text: str) -> int | None:
    """The duration in seconds, in whole minutes, from 0 up; None if it is invalid or longer than a year."""
    found = _SPAN.fullmatch(text.strip())
    size = _UNITS.get(found["unit"].removesuffix("s")) if found else None
    if found is None or size is None:
        return None
    seconds = int(Decimal(found["number"]) * size) // 60 * 60
    return seconds if seconds <= LONGEST_S else None


def format_span(seconds: int) -> str:
    """The shortest text that `parse_span` turns into exactly this duration, for whole minutes."""
    if not seconds:
        return "0 days"
    size, unit = max((size, unit) for unit, size in _UNITS.items() if seconds % size == 0 or unit == "minute")
    number = Decimal(seconds) / size
    text = f"{number.normalize():f}"
    return f"{text} {unit}{'' if text == '1' else 's'}"


def parse_short_span(text: str) -> int | None:
    """Whole seconds, from one second to an hour; None for anything else."""
    found = _SPAN.fullmatch(text.strip())
    size = _SHORT_UNITS.get(found["unit"].removesuffix("s")) if found else None
    if found is None or size is None:
        return None
    seconds = Decimal(found["number"]) * size
    return int(seconds) if seconds == int(seconds) and 1 <= seconds <= LONGEST_SHORT_S else None


def format_short_span(seconds: int) -> str:
    """A spelling that `parse_short_span` reads back as exactly this."""
    size, unit = max((size, unit) for unit, size in _SHORT_UNITS.items() if seconds % size == 0)
    return f"{seconds // size} {unit}{'' if seconds == size else 's'}"
