"""Takes values out of a policy's decoded YAML and collects what is wrong with them, by YAML path."""

import re
import sys
from collections.abc import Callable
from datetime import datetime
from difflib import get_close_matches
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import SplitResult, parse_qs, urlsplit

from migrate.model import Kind
from migrate.policy.rates import RATE_EXAMPLES, parse_rate
from migrate.policy.selectors import CODE, SELECTOR

Section = dict[Any, Any]

_MIGRATION = re.compile(r"[0-9a-f]{32}")
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LEDGER_SCHEME = re.compile(r"(?:postgresql|sqlite)(?:\+[a-z0-9_]+)?")
# RFC 3339, with or without its seconds: Python reads much more than people mean, week dates among it.
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d{1,6})?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)
_PASSWORDS = frozenset({"password", "passwd"})


class PolicyReader:
    """Every method returns a value that can go on, and notes a problem where there is one."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def problem(self, path: str, what: str) -> None:
        self.problems.append(f"{path}: {what}")

    def known(self, section: Section, path: str, keys: tuple[str, ...]) -> None:
        for key in section:
            if key not in keys:
                near = get_close_matches(str(key), keys, n=1)
                hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(keys)}"
                self.problem(f"{path}{key}", f"is not a key of the policy, {hint}")

    def section(self, parent: Section, path: str, keys: tuple[str, ...]) -> Section:
        value = parent.get(_key(path))
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.problem(path, f"must be keys with values, not {shown(value)}")
            return {}
        self.known(value, f"{path}.", keys)
        return value

    def migration(self, document: Section) -> str:
        value = document.get("migration")
        if not isinstance(value, str) or not _MIGRATION.fullmatch(value):
            self.problem("migration", f"must be the 32 hex digits that `decamp init` wrote, not {shown(value)}")
            return ""
        return value

    def text(self, section: Section, path: str, default: str | None) -> str:
        """Text, empty only where that is the default; without a default it may not be absent either."""
        value = section.get(_key(path))
        if (value is None and default is not None) or (value == "" and default == ""):
            return default or ""
        if value is None or value == "":
            self.problem(path, "is missing")
        elif not isinstance(value, str):
            self.problem(path, f"must be text: put {shown(value)} in quotes")
        else:
            return value
        return ""

    def moment(self, section: Section, path: str) -> str | None:
        value = section.get(_key(path))
        return None if value is None else self.moment_of(value, path)

    def moment_of(self, value: object, path: str) -> str | None:
        """A date and time with its offset, as it is written."""
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) and _MOMENT.fullmatch(value) else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None or not 1970 <= moment.year < 3000:
            example = "2020-02-01T00:00:00+01:00"
            self.problem(path, f"must be a date and time with its offset, such as {example}, not {shown(value)}")
            return None
        return str(value)

    def one_of(self, section: Section, path: str, allowed: tuple[str, ...]) -> str:
        """One of `allowed`, whose first is the default."""
        value = section.get(_key(path))
        if value is None:
            return allowed[0]
        if value not in allowed:
            self.problem(path, f"must be one of {', '.join(allowed)}, not {shown(value)}")
            return allowed[0]
        return str(value)

    def yes_or_no(self, section: Section, path: str) -> bool:
        value = section.get(_key(path))
        if value is not None and not isinstance(value, bool):
            self.problem(path, f"must be true or false, not {shown(value)}")
        return value is True

    def names(self, section: Section, path: str, shape: str = "source name: target name") -> dict[str, str]:
        value = section.get(_key(path))
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.problem(path, f"must be `{shape}` lines, not {shown(value)}")
            return {}
        for source, target in value.items():
            for part in (source, target):
                if not isinstance(part, str) or not part:
                    self.problem(f"{path}.{source}", f"must map a name to a name: put {shown(part)} in quotes")
        return {str(source): str(target) for source, target in value.items()}

    def files(self, section: Section, path: str) -> dict[str, str]:
        """Name -> file of the workspace: one outside of it would not go with it to another machine."""
        named = self.names(section, path, "server: file")
        for name, file in named.items():
            parts = PurePosixPath(file).parts
            if file.startswith("/") or ".." in parts:
                self.problem(f"{path}.{name}", f"must be a file below the workspace, not {shown(file)}")
        return named

    def whole(self, section: Section, path: str, default: int, *, most: int | None = None) -> int:
        value = section.get(_key(path))
        if value is None:
            return default
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if not is_whole or value < 1 or (most is not None and value > most):
            reach = "1 up" if most is None else f"1 to {most}"
            self.problem(path, f"must be a whole number from {reach}, not {shown(value)}")
            return default
        return int(value)

    def server_id(self, section: Section, path: str) -> str:
        """The id of a server as Nova has it, empty where none is named."""
        value = section.get(_key(path))
        if value is None:
            return ""
        if not isinstance(value, str) or not _UUID.fullmatch(value):
            example = "6ea98324-0f14-49f6-97c0-885d1b8dc517"
            self.problem(path, f"must be the id of a server, such as {example}, not {shown(value)}")
            return ""
        return value

    def per_second(self, section: Section, path: str) -> float | None:
        value = section.get(_key(path))
        if value is None:
            return None
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 < value <= sys.float_info.max:
            self.problem(path, f"must be a number above 0, not {shown(value)}")
            return None
        return float(value)

    def bandwidth(self, section: Section, path: str) -> int | None:
        """Bytes per second."""
        value = section.get(_key(path))
        if value is None:
            return None
        rate = parse_rate(value) if isinstance(value, str) else None
        if rate is None:
            self.problem(path, f"must be a rate such as {RATE_EXAMPLES}, not {shown(value)}")
        return rate

    def texts(
        self, section: Section, path: str, wrong: Callable[[object], str | None] | None = None
    ) -> tuple[str, ...]:
        """A list of texts; `wrong` says what is wrong with one of them, or None."""
        value = section.get(_key(path))
        if value is None:
            return ()
        if not isinstance(value, list):
            self.problem(path, f"must be a list, not {shown(value)}")
            return ()
        for index, text in enumerate(value):
            if what := (wrong or wrong_text)(text):
                self.problem(f"{path}[{index}]", what)
        return tuple(str(text) for text in value)

    def ledger(self, document: Section) -> str:
        """A database's URL, empty for the file beside the plan. A problem never repeats it: it may hold a password."""
        url = document.get("ledger")
        if url is None:
            return ""
        parts = _url(url) if isinstance(url, str) else None
        if parts is None or not _LEDGER_SCHEME.fullmatch(parts.scheme):
            self.problem("ledger", "must be the URL of a database, such as postgresql://decamp@db.example/decamp")
        elif parts.password is not None or _PASSWORDS & {name.lower() for name in parse_qs(parts.query)}:
            self.problem("ledger", "must not hold the password: put it in a file that PGPASSFILE names (~/.pgpass)")
        else:
            return str(url)
        return ""


def wrong_selector(selector: object, *, with_code: bool) -> str | None:
    """What is wrong with a selector, or None."""
    shape = "kind:id-or-name" + (", DCP-nnn or DCP-nnn:kind:id-or-name" if with_code else "")
    if not isinstance(selector, str):
        return f"must be {shape}, in quotes, not {shown(selector)}"
    if with_code and CODE.fullmatch(selector):
        return None
    found = SELECTOR.fullmatch(selector)
    if not found or (found["code"] and not with_code):
        return f"must be {shape}, not {shown(selector)}"
    kinds = [kind.value for kind in Kind]
    if found["kind"] not in kinds:
        near = get_close_matches(found["kind"], kinds, n=1)
        return f"{found['kind']} is no kind, " + (f"did you mean {near[0]}?" if near else f"use {', '.join(kinds)}")
    return None


def shown(value: object) -> str:
    """A value as a problem shows it."""
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def wrong_text(value: object) -> str | None:
    """What is wrong with one text of a list, or None."""
    if isinstance(value, str) and value:
        return None
    return f"must be text: put {shown(value)} in quotes"


def _url(text: str) -> SplitResult | None:
    try:
        return urlsplit(text) if "://" in text else None
    except ValueError:
        return None


def _key(path: str) -> str:
    return path.rpartition(".")[2]
