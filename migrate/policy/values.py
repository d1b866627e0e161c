"""Types of values in policy.yaml: parsing, error messages and writing.

A parser accepts a decoded YAML value, or None if it is missing, and raises `Wrong` with the text that follows the key's
path in an error message.
"""

import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from functools import partial
from math import inf
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit
from zoneinfo import ZoneInfo

from migrate.messages.codes.registry import NUMBER
from migrate.model import Kind
from migrate.policy.choose_buckets import BUCKET_PREFIX, SHARED, is_bucket_name, place_of
from migrate.policy.host_names import in_ascii, is_full_name, resolver_address
from migrate.policy.rates import RATE_EXAMPLES, format_rate, parse_rate
from migrate.policy.scan_left_out import KNOWN_WORDS
from migrate.policy.spans import (
    LONGEST_SHORT_S,
    SPAN_EXAMPLES,
    format_short_span,
    format_span,
    parse_short_span,
    parse_span,
)
from migrate.policy.windows import parse_window, parse_zone

SELECTOR = re.compile(rf"(?:(?P<code>{NUMBER.pattern}):)?(?P<kind>[a-z-]+):(?P<what>\S.*)", re.DOTALL)
TIERS = (10, 3, 1)
_MIGRATION = re.compile(r"[0-9a-f]{32}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_WORD = re.compile(r"[a-z][a-z0-9-]*")
_CONTAINER = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
"""Valid names for Swift containers and for buckets of any S3 service."""
_KEY_PLACE = re.compile(r"file:/[^\x00]*|env:[A-Za-z_][A-Za-z0-9_]*")
_LEDGER_SCHEME = re.compile(r"(?:postgresql|sqlite)(?:\+[a-z0-9_]+)?")
# RFC 3339, with or without seconds: Python accepts much more, such as week dates.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_WAVE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", re.ASCII)
_PASSWORDS = frozenset({"password", "passwd"})

Parse = Callable[[Any], Any]
Report = Callable[..., None]
"""Records a mistake: the text, then its position in the value (a line's name, an index)."""


class Wrong(ValueError):
    """The mistake in a value."""


def shown(value: object) -> str:
    """A value as shown in an error message."""
    if value is None or value == "":
        return "nothing" if value is None else "''"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


# ---------------------------------------------------------------- single values, lists, lines


@dataclass(frozen=True)
class Value:
    """A type of values. `takes`: the valid values, for the documentation. `plain`: converts to a YAML scalar. `words`:
    predefined values with their meanings.
    """

    takes: str
    parse: Parse
    plain: Callable[[Any], Any] = lambda value: value
    words: Mapping[str, str] = field(default_factory=dict)

    def read(self, given: object, wrong: Report) -> Any:
        """The value, or None after a mistake."""
        try:
            return self.parse(given)
        except Wrong as err:
            wrong(str(err))
            return None

    def write(self, value: Any, indent: int = 0) -> str:
        """YAML that is read back as the value; multi-line values are indented by `indent`."""
        return str(value) if value in self.words else scalar(self.plain(value))


@dataclass(frozen=True)
class List(Value):
    """A list of texts; contains all of them even after a mistake."""

    def read(self, given: object, wrong: Report) -> tuple[str, ...] | None:
        if not isinstance(given, list):
            wrong(f"must be a list, not {shown(given)}")
            return None
        for index, one in enumerate(given):
            super().read(one, lambda what, at=index: wrong(what, at))
        return tuple(str(one) for one in given)

    def write(self, value: Any, indent: int = 0) -> str:
        return "".join(f"\n{' ' * indent}- {scalar(one)}" for one in value) or "[]"


@dataclass(frozen=True)
class Lines(Value):
    """`name: value` lines; keeps the valid ones. `takes`: the form of a line."""

    name: Value = Value("text", str)

    def read(self, given: object, wrong: Report) -> dict[str, Any] | None:
        if not isinstance(given, dict):
            wrong(f"must be `{self.takes}` lines, not {shown(given)}")
            return None
        found = {}
        for name, said in given.items():
            mistakes: list[str] = []
            key, value = self.name.read(name, mistakes.append), super().read(said, mistakes.append)
            for what in mistakes:
                wrong(what, str(name))
            if not mistakes:
                found[key] = value
        return found

    def write(self, value: Any, indent: int = 0) -> str:
        lines = (f"{scalar(name)}: {super(Lines, self).write(value[name])}" for name in sorted(value))
        return "".join(f"\n{' ' * indent}{line}" for line in lines) or "{}"


def scalar(value: object) -> str:
    """A YAML scalar; text is quoted, with invisible characters escaped."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return _decimal(value)
    return f'"{"".join(map(_escaped, value))}"' if isinstance(value, str) else str(value)


def _decimal(value: float) -> str:
    """A decimal number: YAML would read `1e+20` as text, but `1.0e+20` as a number."""
    if value.is_integer():
        return str(int(value))
    mantissa, e, exponent = repr(value).partition("e")
    return f"{mantissa if '.' in mantissa else mantissa + '.0'}{e}{exponent}"


def _escaped(char: str) -> str:
    if char in {'"', "\\"}:
        return "\\" + char
    return char if char.isprintable() else f"\\U{ord(char):08x}"


# ---------------------------------------------------------------- parsers


def _must(be: str, made: Parse, *, shows_it: bool = True) -> Parse:
    """A parser from `made`, whose None means invalid: the value must then `be` something else."""

    def parse(value: object) -> Any:
        if (found := made(value)) is None:
            raise Wrong(f"must {be}, not {shown(value)}" if shows_it else f"must {be}")
        return found

    return parse


def _of_text(made: Callable[[str], Any]) -> Parse:
    return lambda value: made(value) if isinstance(value, str) else None


def _like(pattern: re.Pattern[str]) -> Parse:
    return _of_text(lambda text: text if pattern.fullmatch(text) else None)


def _text(value: object) -> str:
    if value is None or value == "":
        raise Wrong("is missing")
    if not isinstance(value, str):
        raise Wrong(f"must be text: put {shown(value)} in quotes")
    return value


def _or_empty(parse: Parse) -> Parse:
    return lambda value: "" if value == "" else parse(value)


def _whole(value: object, most: float, least: int = 1) -> int | None:
    return value if type(value) is int and least <= value <= most else None


def _per_second(value: object) -> float | None:
    is_number = type(value) is int or type(value) is float
    return float(value) if is_number and 0 < value <= sys.float_info.max else None  # type: ignore[operator,arg-type]


def written_moment(text: str) -> str | None:
    """A date and time with UTC offset, as written; None if it is none that a policy takes."""
    try:
        moment = datetime.fromisoformat(text) if _MOMENT.fullmatch(text) else None
    except ValueError:
        return None
    return text if moment and moment.tzinfo and 1970 <= moment.year < 3000 else None


def _zone(value: object) -> str:
    if value == "":
        raise Wrong("names no time zone: use one such as Europe/Paris or UTC, or leave it out")
    found = parse_zone(_text(value))
    if isinstance(found, ZoneInfo):
        return found.key
    raise Wrong(found)


def _window(value: object) -> str:
    if isinstance(found := parse_window(_text(value)), str):
        raise Wrong(found)
    return str(value)


def _scan_word(word: str) -> str | None:
    """A word of `scan.skip`. An unknown one may be a service that only one cloud has."""
    if not _WORD.fullmatch(word):
        return None
    near = [] if word in KNOWN_WORDS else get_close_matches(word, KNOWN_WORDS, n=1, cutoff=0.8)
    if near:
        raise Wrong(f"{word} is neither a service nor a kind, did you mean {near[0]}?")
    return word


def _selector(value: object, *, with_code: bool = False) -> str:
    shape = "kind:id-or-name" + (", DCP-nnn or DCP-nnn:kind:id-or-name" if with_code else "")
    if not isinstance(value, str):
        raise Wrong(f"must be {shape}, in quotes, not {shown(value)}")
    if with_code and NUMBER.fullmatch(value):
        return value
    found = SELECTOR.fullmatch(value)
    if not found or (found["code"] and not with_code):
        raise Wrong(f"must be {shape}, not {shown(value)}")
    kinds = [kind.value for kind in Kind]
    if found["kind"] not in kinds:
        near = get_close_matches(found["kind"], kinds, n=1)
        hint = f"did you mean {near[0]}?" if near else f"use {', '.join(kinds)}"
        raise Wrong(f"{found['kind']} is no kind, {hint}")
    return value


def _server(value: object) -> str:
    if _selector(value).startswith(f"{Kind.SERVER}:"):
        return str(value)
    raise Wrong("must name a server, such as server:web-1")


def _name(value: object) -> str:
    if not isinstance(value, str) or not value:
        raise Wrong(f"must map a name to a name: put {shown(value)} in quotes")
    return value


def _file(value: object) -> str:
    """A file in the workspace, so that it moves with the workspace to another machine."""
    file = _name(value)
    if file.startswith("/") or ".." in PurePosixPath(file).parts:
        raise Wrong(f"must be a file below the workspace, not {shown(file)}")
    return file


def _tier(value: object) -> int:
    if type(value) is int and value in TIERS:
        return value
    is_quoted = isinstance(value, str) and value in {str(tier) for tier in TIERS}
    raise Wrong("must be 10, 3 or 1, " + (f'without quotes, not "{value}"' if is_quoted else f"not {shown(value)}"))


def _ledger(value: object) -> str:
    """A database URL. Error messages never repeat it, as it may hold a password."""
    parts = _url(value)
    if parts is None or not _LEDGER_SCHEME.fullmatch(parts.scheme):
        raise Wrong("must be the URL of a database, such as postgresql://decamp@db.example/decamp")
    if any(ord(sign) < 32 or sign == "\x7f" for sign in str(value)):
        raise Wrong("must not hold control characters")
    if parts.scheme.startswith("sqlite"):
        file = str(value).partition(":///")[2]
        # Without a file, SQLite keeps all in memory, and what a run has done is forgotten with it.
        if set("?#%") & set(file) or not file.strip("/.") or file.endswith("/") or file == ":memory:":
            raise Wrong("must be a file after sqlite:///, without options: none of ? # %")
    if parts.password is not None or _PASSWORDS & {name.lower() for name in parse_qs(parts.query)}:
        raise Wrong("must not hold the password: put it in a file that PGPASSFILE names (~/.pgpass)")
    return str(value)


def _endpoint(value: object) -> str:
    parts = _url(_text(value))
    if parts is not None and (parts.username is not None or parts.password is not None):
        raise Wrong("must not hold a login: put the keys into ~/.aws/credentials")
    is_whole = parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname)
    if (
        parts is None
        or not is_whole
        or parts.path not in {"", "/"}
        or parts.query
        or parts.fragment
        or not _port(parts)
    ):
        raise Wrong("must be a URL of scheme, host and port alone, such as https://s3.example.com")
    return str(value).rstrip("/")


def _url(text: object) -> SplitResult | None:
    try:
        return urlsplit(text) if isinstance(text, str) and "://" in text else None
    except ValueError:
        return None


def _port(url: SplitResult) -> bool:
    """Whether the URL's port is valid or missing; `urlsplit` only checks it on access."""
    try:
        return url.port != 0
    except ValueError:
        return False


def _bucket_prefix(value: object) -> str:
    text = _text(value)
    if not (BUCKET_PREFIX.fullmatch(text) and is_bucket_name(f"{text}{SHARED}")):
        what = "must be at most 32 small letters, digits and single hyphens, a letter or digit first"
        raise Wrong(f"{what}, not {shown(text)}")
    return text


def _bucket(value: object) -> str:
    text = _name(value)
    place = place_of(text)
    if not is_bucket_name(place.bucket):
        what = "must be 3 to 63 small letters, digits, hyphens and dots, and no address"
        raise Wrong(f"{what}, with a prefix behind a slash or without, not {shown(text)}")
    if {"", ".", ".."} & set(place.prefix.split("/")[:-1]):
        raise Wrong(f"must have a prefix without the parts . and .. and empty ones, not {shown(text)}")
    return text


def _host_name(value: object) -> str:
    text = _text(value)
    if is_full_name(text):
        return text
    if not text.isascii() and (spelt := in_ascii(text)):
        raise Wrong(f"must be in ASCII, as its zone has it ({spelt}), not {shown(text)}")
    raise Wrong(f"must be a full name such as www.example.com, not {shown(text)}")


def _resolver(value: object) -> str:
    text = _text(value)
    try:
        resolver_address(text)
    except ValueError:
        raise Wrong(f"must be an IP address such as 192.0.2.53 or [2001:db8::53]:5353, not {shown(text)}") from None
    return text


# ---------------------------------------------------------------- types of keys


def one_of(*allowed: str, **meanings: str) -> Value:
    """One of these words. `meanings`: maps a word (`_` for `-`) to its meaning, if the key's description lacks it."""
    words = {**dict.fromkeys(allowed, ""), **{word.replace("_", "-"): about for word, about in meanings.items()}}
    spelt = ", ".join(words)
    takes = ", ".join(f"`{word}`" for word in words)
    return Value(
        takes, _must(f"be one of {spelt}", _of_text(lambda word: word if word in words else None)), words=words
    )


def by_server(value: Value, takes: str = "word") -> Lines:
    """Lines that set the value for single servers. `takes`: what stands after the selector."""
    return Lines(f"server:id-or-name: {takes}", value.parse, value.plain, words=value.words, name=SERVER)


@dataclass(frozen=True)
class Command(Value):
    """A program and its arguments, without a shell."""

    def write(self, value: Any, indent: int = 0) -> str:
        return f"[{', '.join(map(scalar, value))}]"


@dataclass(frozen=True)
class CommandLines(Lines):
    """`name: [program, argument]` lines."""

    def write(self, value: Any, indent: int = 0) -> str:
        lines = (f"{scalar(name)}: {COMMAND.write(value[name])}" for name in sorted(value))
        return "".join(f"\n{' ' * indent}{line}" for line in lines) or "{}"


def _command(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not value:
        raise Wrong(f"must be a list of a program and its arguments, without a shell, not {shown(value)}")
    for one in value:
        if not isinstance(one, str) or "\0" in one:
            raise Wrong(f"must be a list of texts: put {shown(one)} in quotes")
    if not value[0]:
        raise Wrong("must begin with a program")
    return tuple(value)


COMMAND = Command("list of a program and its arguments", _command)


def whole_number(most: float = inf, least: int = 1) -> Value:
    takes = f"whole number from {least} " + ("up" if most == inf else f"to {most}")
    return Value(takes, _must(f"be a {takes}", partial(_whole, most=most, least=least)))


def text_like(pattern: str, what: str) -> Value:
    """Text that the whole pattern fits. `what`: what it must be, as mistakes and docs say it."""
    return Value(what, _must(f"be {what}", _like(re.compile(pattern))))


_A_MOMENT = _must("be a date and time with its offset, such as 2020-02-01T00:00:00+01:00", _of_text(written_moment))
_IN_LETTERS = "be 3 to 63 small letters, digits and hyphens"
_NO_KEY = "say where the key is, file:/PATH or env:NAME, and is never the key itself"

SERVER = Value("server", _server)
VERSION = Value("1", _must("be 1, the version that this Decamp reads", partial(_whole, most=1), shows_it=False))
MIGRATION = Value("32 hex digits", _must("be the 32 hex digits that `decamp init` wrote", _like(_MIGRATION)))
TEXT = Value("text", _text)
OPTIONAL_TEXT = Value("text", _or_empty(_text))
YES_OR_NO = Value("true or false", _must("be true or false", lambda value: value if type(value) is bool else None))
COUNT = whole_number()
PER_SECOND = Value("number above 0", _must("be a number above 0", _per_second))
RATE = Value("rate", _must(f"be a rate such as {RATE_EXAMPLES}", _of_text(parse_rate)), format_rate)
SPAN = Value(
    "span of time", _must(f"be a span of a year at most, such as {SPAN_EXAMPLES}", _of_text(parse_span)), format_span
)
SHORT_SPAN = Value(
    "span of seconds, minutes or an hour",
    _must("be a span from 1 second to 1 hour, such as 15 seconds or 2 minutes", _of_text(parse_short_span)),
    format_short_span,
)
BUDGET = Value(
    "span of time",
    _must(
        "be a span of a year at most, such as 45 seconds, 30 minutes or 2 hours",
        _of_text(lambda text: parse_short_span(text) or parse_span(text) or None),
    ),
    lambda seconds: format_short_span(seconds) if seconds <= LONGEST_SHORT_S else format_span(seconds),
)
MOMENT = Value("date and time with its offset", _A_MOMENT)
ZONE = Value("time zone", _zone)
SERVER_ID = Value(
    "id of a server", _must("be the id of a server, such as 6ea98324-0f14-49f6-97c0-885d1b8dc517", _like(_UUID))
)
DEVICES = Value(
    "path of a folder",
    _must("be a folder's path from / on", _of_text(lambda text: text if text.startswith("/") else None)),
)
CONTAINER = Value("name of a container or bucket", _must(_IN_LETTERS, _like(_CONTAINER)))
# Not shown: somebody may have entered the key itself.
KEY_PLACE = Value("`file:/PATH` or `env:NAME`", _or_empty(_must(_NO_KEY, _like(_KEY_PLACE), shows_it=False)))
LEDGER = Value("URL of a database", _ledger)
ENDPOINT = Value("URL", _or_empty(_endpoint))
BUCKET_PREFIX_TEXT = Value("text", _or_empty(_bucket_prefix))
TEXTS = List("list of texts", _text)
HOST_NAMES = List("list of DNS names", _host_name)
RESOLVER = Value("IP address, with or without a port", _or_empty(_resolver))
WINDOWS = List("list of windows", _window)
SCAN_WORDS = List(
    "list of services and kinds", _must("be a service or a kind, such as object-store or backup", _of_text(_scan_word))
)
SELECTORS = List("list of selectors", _selector)
ACCEPTED = List("list of selectors and codes", partial(_selector, with_code=True))
_NAME, _SELECTOR = Value("name", _name), Value("selector", _selector)
NAMES = Lines("source name: target name", _name, name=_NAME)
FILES = Lines("server: file", _file, name=_NAME)
BUCKETS = Lines("container: bucket or bucket/prefix", _bucket, name=_NAME)
TIER_LINES = Lines("kind:id-or-name: 10", _tier, name=_SELECTOR)
_WAVE_NAME = Value("name of a wave", _must("be the name of a wave: letters, digits, ._- , 63 at most", _like(_WAVE)))
COMMAND_LINES = CommandLines("server:id-or-name: [program, argument]", _command, name=SERVER)
WAVE_LINES = Lines("server:id-or-name: wave", _WAVE_NAME.parse, name=SERVER)
WAVE_CONTAINERS = Lines("container-name-or-pattern: wave", _WAVE_NAME.parse, name=_NAME)
WAVE_NAMES = List("list of waves", _WAVE_NAME.parse)
WAVE_WINDOWS = Lines("wave: window", _window, name=_WAVE_NAME)
MOMENT_LINES = Lines("kind:id-or-name: date and time", _A_MOMENT, name=_SELECTOR)
