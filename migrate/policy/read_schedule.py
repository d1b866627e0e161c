"""Takes the policy's `schedule` out of its decoded YAML; `plan/schedule.py` adds what a clock must tell."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from migrate.policy.settings import Schedule
from migrate.policy.spans import SPAN_EXAMPLES, parse_span
from migrate.policy.values import PolicyReader, Section, shown, wrong_selector, wrong_text
from migrate.policy.windows import parse_zone

TIERS = (10, 3, 1)
_KEYS = ("time_zone", "guard", "tiers", "deadlines", "capacities")
_ENDS = ("source", "target")


def read_schedule(reader: PolicyReader, document: Section, deadline: str | None) -> Schedule:
    """The section, with what is wrong with it noted. `deadline`: the policy's, if it says a moment."""
    section = reader.section(document, "schedule", _KEYS)
    zone = _zone(reader, section)
    if deadline and zone:
        _real_offset(reader, "deadline", deadline, zone)
    capacities = _capacities(reader, section)
    return Schedule(
        time_zone=zone.key if zone else None,
        guard_s=_guard(reader, section),
        tiers=_tiers(reader, section),
        deadlines=_deadlines(reader, section, deadline, zone),
        source_bytes_per_s=capacities["source"],
        target_bytes_per_s=capacities["target"],
    )


def _zone(reader: PolicyReader, section: Section) -> ZoneInfo | None:
    value = section.get("time_zone")
    if value is None:
        return None
    if value == "":
        reader.problem("schedule.time_zone", "names no time zone: use one such as Europe/Paris or UTC, or leave it out")
        return None
    found = parse_zone(value) if isinstance(value, str) else wrong_text(value)
    if isinstance(found, ZoneInfo):
        return found
    reader.problem("schedule.time_zone", str(found))
    return None


def _guard(reader: PolicyReader, section: Section) -> int | None:
    value = section.get("guard")
    if value is None:
        return None
    seconds = parse_span(value) if isinstance(value, str) else None
    if seconds is None:
        reader.problem(
            "schedule.guard", f"must be a span of a year at most, such as {SPAN_EXAMPLES}, not {shown(value)}"
        )
    return seconds


def _tiers(reader: PolicyReader, section: Section) -> dict[str, int]:
    found = {}
    for selector, path, value in _by_selector(reader, section, "tiers", "kind:id-or-name: 10"):
        if value in TIERS and not isinstance(value, bool | float):
            found[selector] = int(str(value))
        else:
            is_quoted = isinstance(value, str) and value in {str(tier) for tier in TIERS}
            told = f'without quotes, not "{value}"' if is_quoted else f"not {shown(value)}"
            reader.problem(path, f"must be 10, 3 or 1, {told}")
    return found


def _deadlines(reader: PolicyReader, section: Section, deadline: str | None, zone: ZoneInfo | None) -> dict[str, str]:
    found = {}
    for selector, path, value in _by_selector(reader, section, "deadlines", "kind:id-or-name: date and time"):
        moment = reader.moment_of(value, path)
        if moment is None:
            continue
        if zone:
            _real_offset(reader, path, moment, zone)
        if deadline and datetime.fromisoformat(moment) > datetime.fromisoformat(deadline):
            reader.problem(path, f"must not be after the deadline, {deadline}, but is {moment}")
        else:
            found[selector] = moment
    return found


def _by_selector(reader: PolicyReader, section: Section, key: str, shape: str) -> list[tuple[str, str, object]]:
    """(selector, its path, its value) of each line whose selector is one."""
    path, lines = f"schedule.{key}", section.get(key)
    if lines is None:
        return []
    if not isinstance(lines, dict):
        reader.problem(path, f"must be `{shape}` lines, not {shown(lines)}")
        return []
    found = []
    for selector, value in lines.items():
        if what := wrong_selector(selector, with_code=False):
            reader.problem(f"{path}.{shown(selector)}", what)
        else:
            found.append((selector, f"{path}.{selector}", value))
    return found


def _capacities(reader: PolicyReader, section: Section) -> dict[str, int | None]:
    value, path = section.get("capacities"), "schedule.capacities"
    if value is not None and not isinstance(value, dict):
        reader.problem(path, f"must be keys with values, not {shown(value)}")
    lines = value if isinstance(value, dict) else {}
    reader.known(lines, f"{path}.", _ENDS)
    return {end: reader.bandwidth(lines, f"{path}.{end}") for end in _ENDS}


def _real_offset(reader: PolicyReader, path: str, text: str, zone: ZoneInfo) -> None:
    """Of a moment in the zone's own offsets: it must be the one that its clocks show then.

    `2020-07-01T00:00:00+01:00` is one hour off what a person in Paris means by it, and `2020-03-29T02:30:00+01:00` no
    clock there ever shows. A moment in another place's offset, or in UTC, says what it says.
    """
    moment = datetime.fromisoformat(text)
    said, actual = moment.utcoffset(), moment.astimezone(zone).utcoffset()
    if not said or said == actual or said not in _offsets(moment, zone):
        return
    wall = moment.replace(tzinfo=None)
    local = wall.replace(tzinfo=zone)
    if _is_skipped(wall, zone):
        reader.problem(path, f"is a time that the clocks of {zone.key} skip, {wall.isoformat()}")
    else:
        reader.problem(path, f"has not the offset of {zone.key} at that time, write {local.isoformat()} or use Z")


def _offsets(moment: datetime, zone: ZoneInfo) -> set[timedelta | None]:
    """The zone's offsets in the year around that moment."""
    there = moment.astimezone(zone)
    return {(there + timedelta(days=days)).utcoffset() for days in (-182, -91, 91, 182)}


def _is_skipped(wall: datetime, zone: ZoneInfo) -> bool:
    there = wall.replace(tzinfo=zone)
    return there.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != wall
