"""`servers.health`: the checks of servers, as the policy says them, and how they are read and written.

Each line names servers and lists checks; `check` says which kind one is, and with it which keys it has.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from migrate.model import Record
from migrate.model.health_checks import (
    FIRST,
    FLOATING,
    ON_NETWORK,
    ActiveCheck,
    AnyCheck,
    CommandCheck,
    ConsoleCheck,
    HttpCheck,
    HttpsCheck,
    PingCheck,
    TcpCheck,
)
from migrate.policy import values as v
from migrate.policy.values import Report, Value, Wrong, scalar, shown

KIND = "check"
"""The key that says what kind of check it is."""


class HealthLine(Record, frozen=True, kw_only=True):
    """The checks, in their order, of the servers that a selector names."""

    servers: str
    checks: tuple[AnyCheck, ...]


def _expression(value: object) -> str:
    text = v.TEXT.parse(value)
    try:
        re.compile(text)
    except (re.error, RecursionError, OverflowError) as err:
        raise Wrong(f"must be a regular expression, not {shown(text)} ({err})") from err
    return str(text)


def _address(value: object) -> str:
    text = str(v.TEXT.parse(value))
    if text in (FLOATING, FIRST) or (text.startswith(ON_NETWORK) and text != ON_NETWORK):
        return text
    raise Wrong(f"must be {FLOATING}, {FIRST} or {ON_NETWORK}NAME, not {shown(text)}")


_PORT = v.whole_number(65535)
_ADDRESS = Value(f"`{FLOATING}`, `{FIRST}` or `{ON_NETWORK}NAME`", _address)
_EACH = {"retries": v.whole_number(1000, 0), "interval": v.SHORT_SPAN, "timeout": v.SHORT_SPAN}
_HTTP = {
    "address": _ADDRESS,
    "port": _PORT,
    "host": v.text_like(r"[A-Za-z0-9]([A-Za-z0-9.-]{0,251}[A-Za-z0-9])?", "the name of a host"),
    "path": v.text_like(r"/[!-~]{0,1000}", "a path from / on, without spaces"),
    "status": v.whole_number(599, 100),
    "text": v.TEXT,
}
_FIELDS = {"interval": "interval_s", "timeout": "limit_s"}
"""Key -> the record's field, where that has another name."""


class _Kind(Record, frozen=True):
    record: type[AnyCheck]
    keys: dict[str, Value]

    @property
    def required(self) -> set[str]:
        fields = {one.name: one for one in msgspec.structs.fields(self.record)}
        return {key for key in self.keys if fields[_FIELDS.get(key, key)].required}


KINDS: dict[str, _Kind] = {
    "active": _Kind(ActiveCheck, _EACH),
    "console": _Kind(ConsoleCheck, {"matches": Value("regular expression", _expression), **_EACH}),
    "ping": _Kind(PingCheck, {"address": _ADDRESS, **_EACH}),
    "tcp": _Kind(TcpCheck, {"port": _PORT, "address": _ADDRESS, **_EACH}),
    "http": _Kind(HttpCheck, {**_HTTP, **_EACH}),
    "https": _Kind(HttpsCheck, {**_HTTP, "verify": v.YES_OR_NO, **_EACH}),
    "command": _Kind(CommandCheck, {"run": v.COMMAND, **_EACH}),
}
"""Kind of check -> its record, and its keys in the order in which they are told."""


@dataclass(frozen=True)
class HealthLines(Value):
    """`server:id-or-name:` and a list of checks, line by line."""

    def read(self, given: object, wrong: Report) -> tuple[HealthLine, ...] | None:
        if not isinstance(given, dict):
            wrong(f"must be `server:id-or-name:` lines with a list of checks each, not {shown(given)}")
            return None
        return tuple(line for name, said in given.items() if (line := _line(str(name), said, wrong)))

    def write(self, value: Any, indent: int = 0) -> str:
        """A check to a line, in braces: what it says beside its kind is short."""
        pad, lines = " " * indent, []
        for one in value:
            lines.append(f"\n{pad}{scalar(one.servers)}:")
            lines += [f"\n{pad}  - {{{', '.join(_said(check))}}}" for check in one.checks]
        return "".join(lines) or "{}"


def _line(name: str, said: object, wrong: Report) -> HealthLine | None:
    """None after a mistake about the line itself; of its checks those without one are kept."""
    mistakes: list[str] = []
    servers = v.SERVER.read(name, mistakes.append)
    if not isinstance(said, list) or not said:
        mistakes.append(f"must be a list of checks, not {shown(said)}")
    for what in mistakes:
        wrong(what, name)
    if mistakes or not isinstance(said, list):
        return None
    checks = (_check(one, partial(_below, wrong, (name, index))) for index, one in enumerate(said))
    return HealthLine(servers=servers, checks=tuple(one for one in checks if one))


def _below(wrong: Report, above: Sequence[Any], what: str, *below: Any) -> None:
    wrong(what, *above, *below)


def _check(said: object, wrong: Report) -> AnyCheck | None:
    """One check of a line. Reports every mistake in it."""
    if not isinstance(said, dict):
        wrong(f"must be keys with values, such as {{{KIND}: active}}, not {shown(said)}")
        return None
    kind = KINDS.get(said[KIND]) if isinstance(said.get(KIND), str) else None
    if kind is None:
        what = "is missing" if said.get(KIND) is None else f"must be one of {', '.join(KINDS)}, not {shown(said[KIND])}"
        wrong(what, KIND)
        return None
    found: dict[str, Any] = {}
    is_right = True
    for key, value in said.items():
        if key == KIND:
            continue
        if key not in kind.keys:
            wrong(f"is not a key of this check, use one of {', '.join(kind.keys)}", key)
            is_right = False
        elif (read := kind.keys[key].read(value, partial(_below, wrong, (key,)))) is None:
            is_right = False
        else:
            found[_FIELDS.get(str(key), str(key))] = read
    for key in sorted(kind.required - said.keys()):
        wrong("is missing", key)
        is_right = False
    return kind.record(**found) if is_right else None


def _said(check: AnyCheck) -> Iterator[str]:
    """What the policy says of it, `key: value`, but for what is the default."""
    yield f"{KIND}: {check.kind}"
    defaults = {one.name: one.default for one in msgspec.structs.fields(type(check))}
    for key, value in KINDS[check.kind].keys.items():
        field = _FIELDS.get(key, key)
        if getattr(check, field) != defaults[field]:
            yield f"{key}: {value.write(getattr(check, field))}"


HEALTH = HealthLines("`server:id-or-name:` lines, each with a list of checks", tuple)
