"""The first two parts: how to log in to both clouds, and the date of the switch-off. Pure."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from migrate.policy.cross_checks import wrong_offset
from migrate.policy.values import written_moment
from migrate.policy.windows import parse_zone
from migrate.wizard.login_entry import SIDES
from migrate.wizard.question_records import LATER, Act, Choice, Kind, Next, Part, Question, Said
from migrate.wizard.story_state import State

RC, PASTE, KEYS = "rc", "paste", "keys"
AGAIN, OTHER, LEAVE_NOW = "again", "other", "leave"
ENTRY, FILE = "entry:", "rc:"
_DATE = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d))?)?(?: ?([Zz]|[+-]\d\d:\d\d))?(?: +(\S+))?")


def account_steps(state: State) -> Iterator[Next]:
    """What is missing until both logins work. A policy names both clouds; then only a changed password is asked for."""
    for side in SIDES:
        login = state.logins.get(side)
        if side == state.login_trouble:
            yield _again(side)
        if login is None and state.policy is not None:
            continue
        if login is None:
            yield from _how(state, side)
        elif login.lacks:
            yield _ask(side, login.lacks, kind=Kind.SECRET, name=login.shown)
        elif login.regions and not state.answers.of(f"{side}.region"):
            regions = tuple(Choice(region, Said("wizard.plain", {"text": region})) for region in login.regions)
            yield _ask(side, "region", choices=regions)
        elif f"login {side}" not in state.answers.done:
            yield Act(Part.ACCOUNTS, ("login", side))


def _how(state: State, side: str) -> Iterator[Question]:
    how = state.answers.of(f"{side}.login")
    if how == RC:
        yield _ask(side, "file", kind=Kind.TEXT)
    elif how == PASTE:
        yield _ask(side, "paste", kind=Kind.PASTE)
    elif how == KEYS:
        for what in ("address", "credential-id"):
            if not state.answers.of(f"{side}.{what}"):
                yield _ask(side, what, kind=Kind.TEXT)
    else:
        taken = {one.answer for key, one in state.answers.answers.items() if key.endswith(".login")}
        entries = [(f"{ENTRY}{name}", Said("wizard.login.entry", {"name": name})) for name in state.found_entries]
        files = [(f"{FILE}{path}", Said("wizard.login.found", {"path": path})) for path in state.found_files]
        ways = [(way, Said(f"wizard.login.{way}")) for way in (RC, PASTE, KEYS)]
        choices = tuple(Choice(*one) for one in (*entries, *files, *ways) if one[0] not in taken or one in ways)
        # Who has one file per cloud cannot be told which is which: nothing is recommended then.
        default = RC if not entries and not files else ""
        yield _ask(side, "login", choices=choices, default=default)


def _again(side: str) -> Question:
    ways = (AGAIN, OTHER, LEAVE_NOW)
    choices = tuple(Choice(way, Said(f"wizard.again.{way}")) for way in ways)
    return _ask(side, "again", choices=choices, default=AGAIN)


def _ask(side: str, what: str, **more: object) -> Question:
    name = str(more.pop("name", ""))
    asked = Question(
        id=f"{side}.{what}",
        part=Part.ACCOUNTS,
        text=Said(f"wizard.ask.{side}.{what}" if what == "login" else f"wizard.ask.{what}", {"name": name}),
        why=Said(f"wizard.why.{what}"),
    )
    return asked._replace(**more)  # type: ignore[arg-type]


# ---------------------------------------------------------------- the date


def date_steps(state: State) -> Iterator[Next]:
    """The deadline, and its time zone if the answer has none."""
    if state.policy is not None and state.policy.deadline:
        return
    said = state.answers.of("deadline")
    if not said:
        yield Question(
            id="deadline",
            part=Part.DATE,
            text=Said("wizard.ask.deadline", {"example": _example(state.now)}),
            why=Said("wizard.why.deadline"),
            kind=Kind.TEXT,
            same_as="deadline",
            may_wait=True,
        )
    elif said != LATER and not state.answers.of("zone") and deadline_of(said, "") is None:
        yield Question(
            id="zone",
            part=Part.DATE,
            text=Said("wizard.ask.zone"),
            why=Said("wizard.why.zone"),
            kind=Kind.TEXT,
            default="Europe/Paris",
            same_as="schedule.time_zone",
        )


def _example(now: datetime) -> str:
    return (now + timedelta(days=60)).strftime("%Y-%m-01")


def wrong_date(said: str, now: datetime) -> Said | None:
    """What is wrong with an answer to `deadline`."""
    found = _DATE.fullmatch(said)
    if found is None:
        return Said("wizard.wrong.date", {"value": said, "example": _example(now)})
    zone = found[8] or ("" if found[7] else "UTC")
    try:
        moment = _moment(found, zone or "UTC")
    except (ValueError, KeyError):
        return Said("wizard.wrong.date", {"value": said, "example": _example(now)})
    if moment <= now:
        return Said("wizard.wrong.past", {"value": said, "example": _example(now)})
    if written_moment(moment.isoformat()) is None:
        return Said("wizard.wrong.date", {"value": said, "example": _example(now)})
    return _wrong_with_offset(said, moment, found[8]) if found[7] and found[8] else _wrong_hour(said, moment)


def wrong_zone(said: str, deadline: str) -> Said | None:
    """What is wrong with an answer to `zone`, for this answer to `deadline`."""
    found = _DATE.fullmatch(deadline)
    if isinstance(parse_zone(said), str) or found is None:
        return Said("wizard.wrong.zone", {"value": said})
    return _wrong_hour(f"{deadline} {said}", _moment(found, said))


def _wrong_with_offset(said: str, moment: datetime, zone: str) -> Said | None:
    """What the policy would not take of an answer with both an offset and a time zone."""
    known = parse_zone(zone)
    if isinstance(known, str):
        return Said("wizard.wrong.zone", {"value": zone})
    if wrong_offset(moment.isoformat(), known) is None:
        return None
    return _wrong_hour(said, moment.replace(tzinfo=known)) or Said("wizard.wrong.offset", {"value": said})


def _wrong_hour(said: str, moment: datetime) -> Said | None:
    """An hour that the clocks skip in spring, or one that they show twice in autumn; None for any other."""
    first, second = (moment.replace(fold=fold) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return None
    is_there = first.astimezone(UTC).astimezone(first.tzinfo).replace(tzinfo=None) == first.replace(tzinfo=None)
    facts = {"value": said, "first": first.isoformat(), "second": second.isoformat()}
    return Said("wizard.wrong.twice", facts) if is_there else Said("wizard.wrong.skipped", {"value": said})


def deadline_of(said: str, zone: str) -> str | None:
    """The deadline as policy.yaml takes it, with its offset; None while its time zone is unknown."""
    found = _DATE.fullmatch(said)
    if found is None or not (found[7] or found[8] or zone):
        return None
    return _moment(found, found[8] or zone).isoformat()


def zone_in(said: str) -> str:
    """The time zone that an answer to `deadline` names; empty for none."""
    found = _DATE.fullmatch(said)
    return found[8] or "" if found else ""


def _moment(found: "re.Match[str]", zone: str) -> datetime:
    """Raises ValueError: no such day, hour or zone."""
    year, month, day, hour, minute, second = (int(found[at] or 0) for at in range(1, 7))
    if found[7]:
        offset = "+00:00" if found[7] in "Zz" else found[7]
        return datetime.fromisoformat(f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{offset}")
    known = parse_zone(zone)
    if isinstance(known, str):
        raise ValueError(known)
    tz: ZoneInfo | None = known if zone.upper() != "UTC" else None
    return datetime(year, month, day, hour, minute, second, tzinfo=tz or UTC)
