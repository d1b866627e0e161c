"""Numbers, sizes, durations and times in English and French. Pure: callers provide the time zone.

Babel provides separators and names of days and months from CLDR. This module adds binary sizes, durations in two units,
and French clock times. Spaces within a number or before its unit do not break a line. Sizes use 1024 in both languages;
the French unit is the octet.

Babel is only imported for the first number, so that commands without numbers start faster.
"""

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from re import fullmatch
from zoneinfo import ZoneInfo

WIDE = "\u00a0"
_UNITS = {"en": ("B", "KiB", "MiB", "GiB", "TiB", "PiB"), "fr": ("o", "Kio", "Mio", "Gio", "Tio", "Pio")}
_SPANS = {"en": ("d", "h", "min", "s"), "fr": ("j", "h", "min", "s")}
# CLDR patterns.
_CLOCK = {"en": "HH:mm", "fr": f"H{WIDE}'h'{WIDE}mm"}
_SHORT_DAY = f"d{WIDE}MMM"
_LONG_DAY = "EEEE d MMMM"
_YEAR_AND_TIME = {"en": f"{WIDE}y, {_CLOCK['en']}", "fr": f"{WIDE}y 'à' {_CLOCK['fr']}"}


def number(value: float, lang: str, digits: int = 0) -> str:
    """`12345.6` becomes `12,346` or `12 346`; `digits` after the decimal separator."""
    from babel.numbers import format_decimal

    return format_decimal(value, format="#,##0." + "0" * digits if digits else "#,##0", locale=lang)


def size(value: float, lang: str) -> str:
    """`1536` becomes `1.5 KiB` or `1,5 Kio`; whole bytes below 1024."""
    units = _UNITS[lang]
    power = 0
    while abs(value) >= 1024 and power < len(units) - 1:
        value /= 1024
        power += 1
    return f"{number(value, lang, 1 if power else 0)}{WIDE}{units[power]}"


def flavor(told: str, lang: str) -> str:
    """`vcpus=2 ram_mib=4096 disk_gib=20 ephemeral_gib=5` -> `2 vCPU 4096 MiB 20 GiB + 5 GiB`; the last two optional.

    Any other text is returned unchanged.
    """
    found = fullmatch(r"vcpus=(\d+) ram_mib=(\d+)(?: disk_gib=(\d+))?(?: ephemeral_gib=(\d+))?", told)
    if found is None:
        return told
    mib, gib = _UNITS[lang][2:4]
    vcpus, ram_mib, disk_gib, ephemeral_gib = found.groups()
    disk = f" {disk_gib}{WIDE}{gib}" if disk_gib else ""
    ephemeral = f" + {ephemeral_gib}{WIDE}{gib}" if ephemeral_gib else ""
    return f"{vcpus}{WIDE}vCPU {ram_mib}{WIDE}{mib}{disk}{ephemeral}"


def rate(bytes_per_s: float, lang: str) -> str:
    """`1536` becomes `1.5 KiB/s` or `1,5 Kio/s`."""
    return f"{size(bytes_per_s, lang)}/s"


def percent(share: float, lang: str) -> str:
    """A share from 0 to 1: `0.954` becomes `95%` or `95 %`. Only certainty is shown as 0 or 100."""
    from babel.numbers import format_percent

    whole = round(share * 100)
    if 0 < share < 1:
        whole = min(max(whole, 1), 99)
    return format_percent(whole / 100, locale=lang)


def bounded(share: float) -> tuple[str, float]:
    """A probability, limited because it is never certain: `over` 0.99, `under` 0.01, or the share itself."""
    if share > 0.99:
        return "over", 0.99
    return ("under", 0.01) if share < 0.01 else ("", share)


def span(seconds: float, lang: str) -> str:
    """A duration in its two largest units: `3 d 4 h`, `2 h 05 min`; tenths of a second below ten seconds."""
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
    """The time zone called `name` (`Europe/Paris`, `+01:00`); else the UTC offset of the time `fallback`; else UTC."""
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
    """An RFC 3339 time with its UTC offset; UTC if it has none."""
    at = datetime.fromisoformat(text)
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def day_and_time(at: datetime, lang: str) -> str:
    """`Saturday 1 February 2020, 00:00` or `samedi 1er février 2020 à 0 h 00`, in the time's own zone."""
    return _dated(at, _LONG_DAY + _YEAR_AND_TIME[lang], lang)


def short_day_and_time(at: datetime, lang: str) -> str:
    """`1 Feb 2020, 00:00` or `1er févr. 2020 à 0 h 00`."""
    return _dated(at, _SHORT_DAY + _YEAR_AND_TIME[lang], lang)


def short_day(at: datetime, lang: str) -> str:
    """`1 Feb` or `1er févr.`"""
    return _dated(at, _SHORT_DAY, lang)


def clock(at: datetime, lang: str) -> str:
    """`09:05` or `9 h 05`."""
    return _dated(at, _CLOCK[lang], lang)


def _dated(at: datetime, pattern: str, lang: str) -> str:
    """The formatted time. CLDR has no ordinals of days, so the French `1er` is added here."""
    from babel.dates import format_datetime

    if lang == "fr" and at.day == 1:
        pattern = pattern.replace("d", "d'er'", 1)
    return format_datetime(at, pattern, locale=lang)
