"""Numbers, sizes, spans and moments as people write them in English and in French. Pure: a moment is given its zone.

Spaces inside a number or before its unit do not break a line. French groups by thin spaces, has a decimal comma, and
octets (`Gio`) for bytes; both count by 1024.
"""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from re import fullmatch
from zoneinfo import ZoneInfo

THIN, WIDE = "\u202f", "\u00a0"
_UNITS = {"en": ("B", "KiB", "MiB", "GiB", "TiB", "PiB"), "fr": ("o", "Kio", "Mio", "Gio", "Tio", "Pio")}
_SPANS = {"en": ("d", "h", "min", "s"), "fr": ("j", "h", "min", "s")}
_DAYS = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    "fr": ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"),
}
_MONTHS = {
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
    "fr": [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ],
}
_SHORT_MONTHS = {
    "en": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
    "fr": ["janv.", "févr.", "mars", "avr.", "mai", "juin", "juil.", "août", "sept.", "oct.", "nov.", "déc."],
}


def number(value: float, lang: str, digits: int = 0) -> str:
    """`12345.6` -> `12,346` or `12 346`; `digits` behind the decimal sign."""
    text = f"{value:,.{digits}f}"
    return text.replace(",", THIN).replace(".", ",") if lang == "fr" else text


def size(value: float, lang: str) -> str:
    """`1536` -> `1.5 KiB` or `1,5 Kio`; whole bytes below 1024."""
    units = _UNITS[lang]
    power = 0
    while abs(value) >= 1024 and power < len(units) - 1:
        value /= 1024
        power += 1
    return f"{number(value, lang, 1 if power else 0)}{WIDE}{units[power]}"


def percent(share: float, lang: str) -> str:
    """A share of 0 to 1: `0.954` -> `95%` or `95 %`. Only what is certain is told as 0 or 100."""
    whole = round(share * 100)
    if 0 < share < 1:
        whole = min(max(whole, 1), 99)
    return f"{whole}{THIN}%" if lang == "fr" else f"{whole}%"


def bounded(share: float) -> tuple[str, float]:
    """The chance of something that may yet go otherwise: `over` 0.99, `under` 0.01, or the share as it is."""
    if share > 0.99:
        return "over", 0.99
    return ("under", 0.01) if share < 0.01 else ("", share)


def span(seconds: float, lang: str) -> str:
    """The two largest units of a span: `3 d 4 h`, `2 h 05 min`; tenths of a second below ten seconds."""
    day, hour, minute, second = _SPANS[lang]
    if seconds < 10:
        return f"{number(seconds, lang, 1)}{WIDE}{second}"
    whole = round(seconds)
    if whole < 60:
        return f"{whole}{WIDE}{second}"
    if whole < 3600:
        return f"{whole // 60}{WIDE}{minute}" + (f"{WIDE}{whole % 60:02d}{WIDE}{second}" if whole % 60 else "")
    minutes = round(seconds / 60)
    if minutes < 24 * 60:
        return f"{minutes // 60}{WIDE}{hour}" + (f"{WIDE}{minutes % 60:02d}{WIDE}{minute}" if minutes % 60 else "")
    hours = round(seconds / 3600)
    days = f"{number(hours // 24, lang)}{WIDE}{day}"
    return f"{days}{WIDE}{hours % 24}{WIDE}{hour}" if hours % 24 and hours < 100 * 24 else days


def zone_of(name: str, fallback: str | None = None) -> tzinfo:
    """The zone that `name` (`Europe/Paris`, `+01:00`) means; else the offset of the moment `fallback`; else UTC."""
    if found := fullmatch(r"(?:UTC)?([+-])(\d\d):?(\d\d)", name):
        minutes = int(found[2]) * 60 + int(found[3])
        return timezone(timedelta(minutes=minutes if found[1] == "+" else -minutes))
    try:
        if name:
            return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        pass
    return moment(fallback).tzinfo or UTC if fallback else UTC


def moment(text: str) -> datetime:
    """RFC 3339 -> a moment that knows its offset; one without is UTC."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def day_and_time(at: datetime, lang: str) -> str:
    """`Saturday 1 February 2020, 00:00` or `samedi 1er février 2020 à 0 h 00`, in the zone that `at` is in."""
    return f"{_DAYS[lang][at.weekday()]} {_day(at, lang)} {_MONTHS[lang][at.month - 1]}{WIDE}{at.year}{_at(at, lang)}"


def short_day_and_time(at: datetime, lang: str) -> str:
    """`1 Feb 2020, 00:00` or `1er févr. 2020 à 0 h 00`."""
    return f"{short_day(at, lang)}{WIDE}{at.year}{_at(at, lang)}"


def short_day(at: datetime, lang: str) -> str:
    """`1 Feb` or `1er févr.`"""
    return f"{_day(at, lang)}{WIDE}{_SHORT_MONTHS[lang][at.month - 1]}"


def clock(at: datetime, lang: str) -> str:
    """`09:05` or `9 h 05`."""
    return f"{at.hour}{WIDE}h{WIDE}{at.minute:02d}" if lang == "fr" else f"{at:%H:%M}"


def _day(at: datetime, lang: str) -> str:
    return "1er" if lang == "fr" and at.day == 1 else str(at.day)


def _at(at: datetime, lang: str) -> str:
    return f" à {clock(at, lang)}" if lang == "fr" else f", {clock(at, lang)}"
