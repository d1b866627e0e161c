"""Reads `policy.yaml`, the only document that people edit, and reports all mistakes at once.

Format: docs/formats/policy.md. `policy_records.py` defines the keys.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, lru_cache, partial
from types import MappingProxyType
from typing import Any, TypeVar

import yaml

from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.model import Record
from migrate.plain_yaml import PlainLoader
from migrate.policy.cross_checks import broken_rules
from migrate.policy.policy_records import Policy
from migrate.policy.schema import REQUIRED, Field, Path, Problem, Section, fields_of, keys_of
from migrate.policy.values import Lines, shown

R = TypeVar("R", bound=Record)

_SHORT = ("store", "folder")
"""`store: NAME` is a short form."""
_S3 = ("target", "objects", "s3")
# Words in keys for secrets, which must not be in a file that is shown, shared and sealed.
_SECRET = ("access_key", "accesskey", "secret", "token", "password", "passwd", "credential")
_DEEPEST = 20
"""The maximum depth of a document: deeper than any key."""


@dataclass(frozen=True)
class Reading:
    """The policy as read. Wrong values have their default in `policy`; `lines`: the line of each path in the file."""

    name: str
    policy: Policy
    problems: tuple[Problem, ...]
    lines: Mapping[Path, int]

    def checked(self, more: Iterable[Problem] = ()) -> Policy:
        """The policy. `more`: further mistakes. Raises: ConfigError DCP-220 with all mistakes, by line."""
        problems = {problem: self._line(problem.path) for problem in (*self.problems, *more)}
        if problems:
            in_order = sorted(problems, key=lambda problem: problems[problem] or len(self.lines) + 1)
            told = [f"line {line}, {one}" if (line := problems[one]) else str(one) for one in in_order]
            raise ConfigError(codes.POLICY_INVALID, path=self.name, problems=told)
        return self.policy

    def _line(self, path: Path) -> int | None:
        """The line of the value at this path, else of its section."""
        return next((self.lines[path[:end]] for end in range(len(path), 0, -1) if path[:end] in self.lines), None)


def parse_policy(text: str, *, name: str = "policy.yaml") -> Policy:
    """The policy in `text`. `name`: the file's name for errors.

    Raises: ConfigError DCP-221 (not YAML), DCP-220 (all mistakes, by line and YAML path).
    """
    return read_policy(text, name=name).checked()


@lru_cache(maxsize=8)
def read_policy(text: str, *, name: str = "policy.yaml") -> Reading:
    """The policy and all its mistakes. Kept, as a command asks for it several times: nobody may change what is in it.

    For callers that check more (`plan/schedule_problems.py`) and report everything together.
    Raises: ConfigError DCP-221; DCP-220 for a document without keys.
    """
    document, lines = _load(text, name)
    if not isinstance(document, dict):
        raise ConfigError(codes.POLICY_INVALID, path=name, problems=["the whole document: must be keys with values"])
    reader = _Reader(document)
    return Reading(name, reader.policy(), tuple(dict.fromkeys(reader.problems)), MappingProxyType(lines))


def policy_values(text: str, *, name: str = "policy.yaml") -> dict[str, Any]:
    """The policy's values as they are written, without any check. Raises ConfigError DCP-221, DCP-220: no keys."""
    document, _ = _load(text, name)
    if not isinstance(document, dict):
        raise ConfigError(codes.POLICY_INVALID, path=name, problems=["the whole document: must be keys with values"])
    return document


@cache
def _sections() -> dict[Path, list[str]]:
    """Maps each section to its possible keys; the document itself is ()."""
    found: dict[Path, list[str]] = {}
    for key in keys_of(Policy):
        for depth, name in enumerate(key.path):
            names = found.setdefault(key.path[:depth], [])
            if name not in names:
                names.append(name)
    return found


class _Reader:
    """Reads the document by the schema, and collects mistakes."""

    def __init__(self, document: dict[Any, Any]) -> None:
        self.problems: list[Problem] = []
        section, key = _SHORT
        self._is_short = not isinstance(document.get(section), dict | None)
        self._document = {**document, section: {key: document[section]}} if self._is_short else document

    def policy(self) -> Policy:
        self._known((), self._document)
        policy = self._record(Policy)
        self.problems += broken_rules(policy, self._said)
        return policy

    def _wrong(self, path: Path, what: str, *below: Any) -> None:
        at = path[:-1] if self._is_short and path == _SHORT else path
        self.problems.append(Problem((*at, *below), what))

    def _said(self, path: Path) -> Any:
        found: Any = self._document
        for part in path:
            found = found.get(part) if isinstance(found, dict) else None
        return found

    def _known(self, path: Path, section: dict[Any, Any]) -> None:
        names = _sections()[path]
        for key, value in section.items():
            below = (*path, str(key))
            if key not in names:
                self._wrong(below, _unknown(path, str(key)))
            elif below in _sections() and isinstance(value, dict):
                self._known(below, value)
            elif below in _sections() and value is not None:
                self._wrong(below, f"must be keys with values, not {shown(value)}")

    def _record(self, record: type[R]) -> R:
        return record(**{field.name: self._field(field) for field in fields_of(record)})

    def _field(self, field: Field) -> Any:
        key, said = field.said_by, self._said(field.path)
        if isinstance(key, Section):
            return None if key.optional and said is None else self._record(key.record)
        if _is_of_another(field, said) or (said is None and not key.required and field.default is not REQUIRED):
            return field.default
        value = key.value.read(said, partial(self._wrong, field.path))
        if value is None:
            return "" if field.default is REQUIRED else field.default
        return value


def _is_of_another(field: Field, said: object) -> bool:
    """Whether the value is for the other field of the same path: one choice for all servers, or lines for some."""
    return field.path in _twice() and isinstance(field.key.value, Lines) != isinstance(said, dict)


@cache
def _twice() -> frozenset[Path]:
    """Paths shared by two fields."""
    return frozenset(path for path, count in Counter(one.path for one in keys_of(Policy)).items() if count > 1)


def _unknown(path: Path, key: str) -> str:
    """The mistake for an unknown key; never shows its value."""
    if path == _S3 and any(word in key.lower().replace("-", "_") for word in _SECRET):
        return "must not stand here: put the keys into ~/.aws/credentials, and their section's name under profile"
    names = _sections()[path]
    elsewhere = [".".join(one.path) for one in keys_of(Policy) if one.path[-1] == key]
    near = [*get_close_matches(key.lower(), names, n=1), *dict.fromkeys(elsewhere)]
    hint = f"did you mean {' or '.join(near)}?" if near else f"use one of {', '.join(names)}"
    return f"is not a key of the policy, {hint}"


# ---------------------------------------------------------------- YAML

_WHOLE = re.compile(r"-?(?:0|[1-9][0-9]{0,308})")
_DECIMAL = re.compile(r"-?[0-9]{1,309}(?:\.[0-9]{1,400})?(?:[eE][-+]?[0-9]{1,3})?")


class _Loader(PlainLoader):
    """Keeps dates as text, as plain YAML does, so that a missing offset is noticed; rejects duplicate keys."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            if not isinstance(key.value, str):
                raise yaml.MarkedYAMLError(problem="a key must be one word", problem_mark=key.start_mark)
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
            seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


def _plain_number(loader: Any, node: Any) -> int | float | str:
    """A number in plain notation; other YAML numbers (+5, 1_0, 0x10, 010, 1:30) stay text."""
    text = str(node.value)
    if not text:
        raise ValueError("no number")
    if _WHOLE.fullmatch(text):
        return int(text)
    is_decimal = _DECIMAL.fullmatch(text) and not (text.isdigit() and text != "0")
    return float(text) if is_decimal else text


for _tag in ("int", "float"):
    _Loader.add_constructor(f"tag:yaml.org,2002:{_tag}", _plain_number)


def _load(text: str, name: str) -> tuple[Any, dict[Path, int]]:
    """The document, and the line of each path. Raises: ConfigError DCP-221."""
    try:
        _refuse_bombs(text)
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            document = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
        lines: dict[Path, int] = {}
        _note_lines(node, (), lines)
        return document, lines
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else 0
        raise ConfigError(codes.YAML_INVALID, path=name, line=line, why=f"line {line}: {err.problem}") from err
    # For a tag such as !!bool on invalid text, the library raises any of these.
    except (yaml.YAMLError, ValueError, TypeError, LookupError, AttributeError, RecursionError) as err:
        why = str(err).splitlines()[0] if str(err) else type(err).__name__
        raise ConfigError(codes.YAML_INVALID, path=name, line=0, why=why) from err


def _refuse_bombs(text: str) -> None:
    """Refuses documents that expand beyond memory through aliases, or that are nested too deeply."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        at: Any = event.start_mark
        if isinstance(event, yaml.AliasEvent):
            problem = "an alias (*) cannot be used here, write out what it stands for"
            raise yaml.MarkedYAMLError(problem=problem, problem_mark=at)
        if depth > _DEEPEST:
            raise yaml.MarkedYAMLError(problem="nested deeper than any key of the policy", problem_mark=at)


def _note_lines(node: Any, path: Path, lines: dict[Path, int]) -> None:
    if isinstance(node, yaml.MappingNode):
        below = [(key.value, key, value) for key, value in node.value]
    elif isinstance(node, yaml.SequenceNode):
        below = [(index, one, one) for index, one in enumerate(node.value)]
    else:
        return
    for part, marked, value in below:
        lines[(*path, part)] = marked.start_mark.line + 1
        _note_lines(value, (*path, part), lines)
