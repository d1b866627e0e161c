"""The lines of a checkup, and the rules that decide between ok, warning and problem."""

import re
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from migrate.errors import DecampError
from migrate.messages import codes
from migrate.model import Record
from migrate.units import iso, utc_moment

MOST_AHEAD_S = 60
"""Tokens and signatures allow a clock to be some minutes off; a minute already shows that nobody sets it."""
_SOON = timedelta(days=30)
_REQUIREMENT = re.compile(r"([\w.-]+)(?:\[[^\]]*\])?\s*([^;]*)(;.*)?")
_BOUND = re.compile(r"(>=|<)\s*([0-9]+(?:\.[0-9]+)*)")
_NUMBERS = re.compile(r"[0-9]+(?:\.[0-9]+)*")


class Level(StrEnum):
    """How a check ended. Only a problem stands in the way of a migration."""

    OK = "ok"
    WARNING = "warning"
    PROBLEM = "problem"


class Line(Record, frozen=True, kw_only=True):
    """One check. `check`: what was looked at (a phrase `doctor.check.NAME`).

    `said`: a code, or for what is ok the key of a phrase (`doctor.ok.NAME`), filled with `facts`.
    """

    check: str
    level: Level
    said: str
    facts: dict[str, str | int] = {}


def ok(check: str, said: str, **facts: str | int) -> Line:
    return Line(check=check, level=Level.OK, said=said, facts=facts)


def warning(check: str, code: str, **facts: str | int) -> Line:
    return Line(check=check, level=Level.WARNING, said=code, facts=facts)


def problem(check: str, code: str, **facts: str | int) -> Line:
    return Line(check=check, level=Level.PROBLEM, said=code, facts=facts)


def problem_of(check: str, error: DecampError) -> Line:
    """A problem in the words of an error."""
    return problem(check, error.code, **{key: str(value) for key, value in error.facts.items()})


def python_line(version: str, wanted: str) -> Line:
    """The Python in use. `wanted`: bounds as in the package's metadata: `>=3.11,<3.14`."""
    if fits(version, wanted):
        return ok("python", "python", version=version)
    return problem("python", codes.PYTHON_UNSUPPORTED, found=version, wanted=wanted)


def library_lines(wanted: Iterable[str], installed: Mapping[str, str]) -> list[Line]:
    """The libraries. `wanted`: requirements such as `click>=8.4`, those of extras left out.

    `installed`: versions by lower-case name; a missing library is not in it.
    """
    lines, count = list[Line](), 0
    for requirement in wanted:
        found = _REQUIREMENT.match(requirement)
        if found is None or "extra" in (found[3] or ""):
            continue
        count += 1
        version = installed.get(found[1].lower(), "")
        if not version or not fits(version, found[2]):
            facts = {"name": found[1], "found": version or "-", "wanted": found[2].strip() or "*"}
            lines.append(problem("libraries", codes.LIBRARY_UNFIT, **facts))
    return lines or [ok("libraries", "libraries", count=count)]


def fits(version: str, bounds: str) -> bool:
    """Whether a version is within bounds such as `>=3.11,<3.14`; other kinds of bounds count as kept."""
    have = _parts(version)
    for sign, bound in _BOUND.findall(bounds):
        limit = _parts(bound)
        length = max(len(have), len(limit))
        one, other = (parts + (0,) * (length - len(parts)) for parts in (have, limit))
        if (one < other) if sign == ">=" else (one >= other):
            return False
    return True


def _parts(version: str) -> tuple[int, ...]:
    found = _NUMBERS.match(version)
    return tuple(map(int, found[0].split("."))) if found else ()


def clock_line(cloud: str, ahead_s: float | None, now: datetime) -> Line:
    """This machine's clock against a cloud's. `ahead_s`: how far ours is ahead; None if the cloud told no time."""
    if ahead_s is None:
        return ok("clock", "clock-unknown", cloud=cloud)
    seconds = abs(round(ahead_s))
    if seconds <= MOST_AHEAD_S:
        return ok("clock", "clock", cloud=cloud, seconds=seconds)
    there = now - timedelta(seconds=ahead_s)
    return problem("clock", codes.CLOCK_OFF, cloud=cloud, seconds=seconds, here=iso(now), there=iso(there))


def certificate_line(cloud: str, url: str, ends_at: str, now: datetime, *, is_checked: bool) -> Line:
    """The certificate of a cloud's login. `ends_at`: empty if there is none to look at."""
    if not is_checked:
        return warning("tls", codes.CERTIFICATES_UNCHECKED, cloud=cloud)
    ends = utc_moment(ends_at) if ends_at else None
    if ends is None:
        return ok("tls", "tls-none", url=url)
    if ends - now < _SOON:
        return warning("tls", codes.CERTIFICATE_ENDS_SOON, url=url, at=ends_at)
    return ok("tls", "tls", url=url, at=ends_at)


def room_line(path: str, free_bytes: int, need_bytes: int) -> Line:
    """The space left in a folder, against what may still be written there."""
    if free_bytes < need_bytes:
        return warning("room", codes.ROOM_SHORT, path=path, size=free_bytes, need=need_bytes)
    return ok("room", "room", path=path, size=free_bytes)


def file_line(path: str, mode: int) -> Line:
    """A file that may hold a login: nobody else should read it."""
    if mode & 0o077:
        return warning("files", codes.LOGIN_FILE_EXPOSED, path=path)
    return ok("files", "file", path=path)


def programs_line(named: Iterable[str], missing: Iterable[str]) -> Line:
    """The programs that the policy names."""
    if absent := sorted(set(missing)):
        return problem("programs", codes.PROGRAMS_MISSING, names=", ".join(absent))
    told = sorted(set(named))
    return ok("programs", "programs", names=", ".join(told)) if told else ok("programs", "programs-none")
