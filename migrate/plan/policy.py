"""Reads `policy.yaml`, the one document that people edit, and says everything that is wrong with it at once.

Format: docs/formats/policy.md.
"""

import re
from datetime import datetime
from difflib import get_close_matches
from typing import Any

import msgspec
import yaml

from migrate.documents import digest
from migrate.errors import ConfigError
from migrate.model import Kind
from migrate.plan.selectors import CODE, SELECTOR
from migrate.plan.settings import Limits, Mappings, Policy

VERSION = 1
LANGUAGES = ("en", "fr")
CONSISTENCIES = ("auto", "stopped", "crash")
_MAPPINGS = ("flavors", "volume_types", "compute_zones", "volume_zones", "external_networks")
_LIMITS = ("source", "target", "disks", "reads")
_TOP = (
    "version",
    "migration",
    "source",
    "target",
    "store",
    "deadline",
    "language",
    "servers",
    "mappings",
    "limits",
    "skip",
    "accept",
)
_MIGRATION = re.compile(r"[0-9a-f]{32}")
_TIMESTAMP = "tag:yaml.org,2002:timestamp"

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_Base):  # type: ignore[misc]
    """Safe; dates stay text, so that a missing offset can be seen; a key given twice is an error."""

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.MarkedYAMLError(problem=f"{key.value} is given twice", problem_mark=key.start_mark)
            if isinstance(key.value, str):
                seen.add(key.value)
        return super().construct_mapping(node, deep=deep)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != _TIMESTAMP]
    for first, resolvers in _Base.yaml_implicit_resolvers.items()
}


def parse_policy(text: str, *, name: str = "policy.yaml") -> Policy:
    """The policy in `text`. `name` is what errors call the file.

    Raises: ConfigError DCP-221 (no YAML), DCP-220 (everything that is wrong with it, by YAML path).
    """
    document = _load(text, name)
    if not isinstance(document, dict):
        raise ConfigError("DCP-220", path=name, problems="the whole document: must be keys with values")
    reader = _Reader()
    reader.known(document, "", _TOP)
    servers = reader.section(document, "servers", ("consistency", "keep_mac"))
    mappings = reader.section(document, "mappings", _MAPPINGS)
    limits = reader.section(document, "limits", _LIMITS)
    version = document.get("version")
    if version != VERSION or isinstance(version, bool):
        reader.problem("version", f"must be {VERSION}, the version that this Decamp reads")
    policy = Policy(
        migration=reader.migration(document),
        source_cloud=reader.cloud(document, "source"),
        target_cloud=reader.cloud(document, "target"),
        store=reader.text(document, "store", "store"),
        deadline=reader.deadline(document),
        language=reader.one_of(document, "language", "language", LANGUAGES),
        consistency=reader.one_of(servers, "consistency", "servers.consistency", CONSISTENCIES),
        keep_mac=reader.yes_or_no(servers, "keep_mac", "servers.keep_mac"),
        mappings=Mappings(**{key: reader.names(mappings, key) for key in _MAPPINGS}),
        limits=Limits(**{key: reader.limit(limits, key, getattr(Limits(), key)) for key in _LIMITS}),
        skip=reader.selectors(document, "skip", with_code=False),
        accept=reader.selectors(document, "accept", with_code=True),
    )
    if reader.problems:
        raise ConfigError("DCP-220", path=name, problems="; ".join(reader.problems))
    return policy


def policy_seal(policy: Policy) -> str:
    """The identity of what the policy says; comments and the order of its keys do not count."""
    return digest(msgspec.to_builtins(policy))


def _load(text: str, name: str) -> Any:
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.MarkedYAMLError as err:
        line = err.problem_mark.line + 1 if err.problem_mark else 0
        raise ConfigError("DCP-221", path=name, line=line, why=f"line {line}: {err.problem}") from err
    except (yaml.YAMLError, ValueError, RecursionError) as err:
        why = str(err).splitlines()[0] if str(err) else type(err).__name__
        raise ConfigError("DCP-221", path=name, line=0, why=why) from err


class _Reader:
    """Takes values out of the decoded YAML and collects what is wrong with them, by YAML path."""

    def __init__(self) -> None:
        self.problems: list[str] = []

    def problem(self, path: str, what: str) -> None:
        self.problems.append(f"{path}: {what}")

    def known(self, section: dict[Any, Any], path: str, keys: tuple[str, ...]) -> None:
        for key in section:
            if key not in keys:
                near = get_close_matches(str(key), keys, n=1)
                hint = f"did you mean {near[0]}?" if near else f"use one of {', '.join(keys)}"
                self.problem(f"{path}{key}", f"is not a key of the policy, {hint}")

    def section(self, parent: dict[Any, Any], key: str, keys: tuple[str, ...]) -> dict[Any, Any]:
        value = parent.get(key)
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.problem(key, f"must be keys with values, not {_shown(value)}")
            return {}
        self.known(value, f"{key}.", keys)
        return value

    def migration(self, document: dict[Any, Any]) -> str:
        value = document.get("migration")
        if not isinstance(value, str) or not _MIGRATION.fullmatch(value):
            self.problem("migration", f"must be the 32 hex digits that `decamp init` wrote, not {_shown(value)}")
            return ""
        return value

    def cloud(self, document: dict[Any, Any], side: str) -> str:
        return self.text(self.section(document, side, ("cloud",)), f"{side}.cloud", None)

    def text(self, section: dict[Any, Any], path: str, default: str | None) -> str:
        value = section.get(path.rpartition(".")[2])
        if value is None and default is not None:
            return default
        if value is None or value == "":
            self.problem(path, "is missing")
        elif not isinstance(value, str):
            self.problem(path, f"must be text: put {_shown(value)} in quotes")
        else:
            return value
        return ""

    def deadline(self, document: dict[Any, Any]) -> str | None:
        value = document.get("deadline")
        if value is None:
            return None
        try:
            moment = datetime.fromisoformat(value) if isinstance(value, str) else None
        except ValueError:
            moment = None
        if moment is None or moment.tzinfo is None:
            example = "2020-02-01T00:00:00+01:00"
            self.problem("deadline", f"must be a date and time with its offset, such as {example}, not {_shown(value)}")
            return None
        return str(value)

    def one_of(self, section: dict[Any, Any], key: str, path: str, allowed: tuple[str, ...]) -> str:
        value = section.get(key)
        if value is None:
            return allowed[0]
        if value not in allowed:
            self.problem(path, f"must be one of {', '.join(allowed)}, not {_shown(value)}")
            return allowed[0]
        return str(value)

    def yes_or_no(self, section: dict[Any, Any], key: str, path: str) -> bool:
        value = section.get(key)
        if value is not None and not isinstance(value, bool):
            self.problem(path, f"must be true or false, not {_shown(value)}")
        return value is True

    def names(self, section: dict[Any, Any], key: str) -> dict[str, str]:
        value, path = section.get(key), f"mappings.{key}"
        if value is None:
            return {}
        if not isinstance(value, dict):
            self.problem(path, f"must be `source name: target name` lines, not {_shown(value)}")
            return {}
        for source, target in value.items():
            for part in (source, target):
                if not isinstance(part, str) or not part:
                    self.problem(f"{path}.{source}", f"must map a name to a name: put {_shown(part)} in quotes")
        return {str(source): str(target) for source, target in value.items()}

    def limit(self, section: dict[Any, Any], key: str, default: int) -> int:
        value = section.get(key)
        if value is None:
            return default
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            self.problem(f"limits.{key}", f"must be a whole number from 1 up, not {_shown(value)}")
            return default
        return value

    def selectors(self, document: dict[Any, Any], key: str, *, with_code: bool) -> tuple[str, ...]:
        value = document.get(key)
        if value is None:
            return ()
        if not isinstance(value, list):
            self.problem(key, f"must be a list, not {_shown(value)}")
            return ()
        for index, selector in enumerate(value):
            if what := _wrong_selector(selector, with_code=with_code):
                self.problem(f"{key}[{index}]", what)
        return tuple(str(selector) for selector in value)


def _wrong_selector(selector: object, *, with_code: bool) -> str | None:
    shape = "kind:id-or-name" + (", DCP-nnn or DCP-nnn:kind:id-or-name" if with_code else "")
    if not isinstance(selector, str):
        return f"must be {shape}, in quotes, not {_shown(selector)}"
    if with_code and CODE.fullmatch(selector):
        return None
    found = SELECTOR.fullmatch(selector)
    if not found or (found["code"] and not with_code):
        return f"must be {shape}, not {_shown(selector)}"
    kinds = [kind.value for kind in Kind]
    if found["kind"] not in kinds:
        near = get_close_matches(found["kind"], kinds, n=1)
        return f"{found['kind']} is no kind, " + (f"did you mean {near[0]}?" if near else f"use {', '.join(kinds)}")
    return None


def _shown(value: object) -> str:
    if value is None:
        return "nothing"
    text = str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
