"""Checks between keys of the policy; `plan/schedule_problems.py` adds those that need a clock or an inventory."""

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo

from migrate.policy.choose_buckets import overlaps, place_of
from migrate.policy.policy_records import ATTACHED, Policy, S3Target, WaveRules
from migrate.policy.schema import Path, Problem
from migrate.policy.values import shown
from migrate.policy.windows import both_open_at, parsed_windows

MOST_NAMES = 200
"""DNS names that can be looked up within the time limit of `check`."""


def broken_rules(policy: Policy, said: Callable[[Path], object]) -> Iterator[Problem]:
    """All mistakes. `said`: the document's value at a path, right or wrong; None if missing."""
    yield from _store(said)
    yield from _workers(policy, said)
    yield from _buckets(policy.s3 or S3Target())
    yield from _moments(policy)
    yield from _waves(policy.waves)
    yield from _meeting_windows(policy)
    if len(policy.dns.names) > MOST_NAMES:
        yield Problem(("dns", "names"), f"has {len(policy.dns.names)} names, of {MOST_NAMES} at most")


def _store(said: Callable[[Path], object]) -> Iterator[Problem]:
    folder, container, key = (said(("store", key)) for key in ("folder", "container", "key"))
    if folder is not None and container is not None:
        yield Problem(("store",), "is a folder or a container, not both")
    elif said(("store",)) is not None and folder is None and container is None and not key:
        yield Problem(("store", "container"), "is missing")


def _workers(policy: Policy, said: Callable[[Path], object]) -> Iterator[Problem]:
    for side, way, path in (("source", "capture", policy.disks.capture), ("target", "restore", policy.disks.restore)):
        key = ("disks", f"{side}_worker")
        if path == ATTACHED and said(key) is None:
            yield Problem(key, f"is missing: name the server that decamp runs on, or set {way} to glance")


def _buckets(s3: S3Target) -> Iterator[Problem]:
    """Reports places within another's."""
    places = {container: place_of(text) for container, text in s3.buckets.items()}
    for number, (container, place) in enumerate(places.items()):
        if other := next((name for name in list(places)[:number] if overlaps(places[name], place)), None):
            what = f"must not lie where {shown(other)} lies, in {shown(s3.buckets[other])}"
            yield Problem(("target", "objects", "s3", "buckets", container), what)


def _waves(rules: WaveRules) -> Iterator[Problem]:
    """Order and windows are of waves that a line names, each once in the order."""
    known = sorted(set(rules.servers.values()))
    for index, name in enumerate(rules.order):
        path = ("waves", "order", index)
        if name in rules.order[:index]:
            yield Problem(path, f"{shown(name)} is there twice")
        elif name not in known:
            yield Problem(path, _unknown_wave(name, known))
    for name in rules.windows:
        if name not in known:
            yield Problem(("waves", "windows", name), _unknown_wave(name, known))


def _meeting_windows(policy: Policy) -> Iterator[Problem]:
    """Windows of waves that are never open together with the policy's own. A year of weeks shows it."""
    begin, end = datetime(2024, 1, 1, tzinfo=UTC), datetime(2025, 1, 1, tzinfo=UTC)
    work = parsed_windows(policy.limits.windows)
    for wave, text in policy.waves.windows.items():
        own = parsed_windows([text])
        if work and own and both_open_at(work, own, begin, end) is None:
            yield Problem(("waves", "windows", wave), f"is never open while limits.windows are: {text}")


def _unknown_wave(name: str, known: Sequence[str]) -> str:
    near = get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else 'add one, such as "server:web-*": ' + name
    return f"no line of waves.servers names the wave {shown(name)}, {hint}"


def _moments(policy: Policy) -> Iterator[Problem]:
    """Checks the deadline and items' own dates: none after the deadline, each with the zone's offset at that time."""
    zone = ZoneInfo(policy.schedule.time_zone) if policy.schedule.time_zone else None
    if policy.deadline and zone and (what := wrong_offset(policy.deadline, zone)):
        yield Problem(("deadline",), what)
    for selector, text in policy.schedule.deadlines.items():
        path = ("schedule", "deadlines", selector)
        if zone and (what := wrong_offset(text, zone)):
            yield Problem(path, what)
        if policy.deadline and datetime.fromisoformat(text) > datetime.fromisoformat(policy.deadline):
            yield Problem(path, f"must not be after the deadline, {policy.deadline}, but is {text}")


def wrong_offset(text: str, zone: ZoneInfo) -> str | None:
    """The UTC offset that the zone has at this time, if the text has another of the zone's offsets.

    `2020-07-01T00:00:00+01:00` is one hour off for a person in Paris, and `2020-03-29T02:30:00+01:00` never appears on
    a clock there. Offsets of other places, or UTC, are taken as written.
    """
    moment = datetime.fromisoformat(text)
    said, there = moment.utcoffset(), moment.astimezone(zone)
    in_a_year = {(there + timedelta(days=days)).utcoffset() for days in (-182, -91, 91, 182)}
    if not said or said == there.utcoffset() or said not in in_a_year:
        return None
    wall = moment.replace(tzinfo=None)
    local = wall.replace(tzinfo=zone)
    if local.astimezone(ZoneInfo("UTC")).astimezone(zone).replace(tzinfo=None) != wall:
        return f"is a time that the clocks of {zone.key} skip, {wall.isoformat()}"
    return f"has not the offset of {zone.key} at that time, write {local.isoformat()} or use Z"
