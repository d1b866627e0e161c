"""Selectors: names for single items in findings, step ids and the policy: `kind:id`, or `kind:name` for people.

Ids contain no colon, space or slash: special characters in names of containers or key pairs are percent-encoded. People
may write a shell pattern for several items: `server:web-*`.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from fnmatch import translate
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote

from migrate.messages.codes.registry import NUMBER
from migrate.model import Kind
from migrate.model.hooks import Hook
from migrate.policy.policy_records import CUT_OVER, Policy
from migrate.policy.values import SELECTOR

_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")
_MAGIC = re.compile(r"[*?\[]")
# Ids are random hex digits: `server:db*` means names, and must not match one of five hundred others by chance.
_ID_PATTERN = re.compile(r"[0-9a-f]{8}")


def item(kind: Kind, source_id: str, part: str = "") -> str:
    """`kind:id` or `kind:id:part`; also the form of step ids."""
    # Most ids are uuids, and a large tenant needs them 100,000 times.
    base = f"{kind}:{source_id if _PLAIN.fullmatch(source_id) else quote(source_id, safe='')}"
    return f"{base}:{part}" if part else base


def item_id(item: str) -> str:
    """The id within an item, percent-encoded."""
    return item.split(":")[1]


def fits(selector: str, item: str, name: str) -> bool:
    """Whether the selector `kind:id-or-name`, or its pattern, matches this item."""
    kind, _, what = selector.partition(":")
    own_kind, _, own_id = item.partition(":")
    return bool(item) and kind == own_kind and means(what, own_id, name)


def means(what: str, own_id: str, name: str) -> bool:
    """Whether `what` is this id or name, or a case-sensitive shell pattern (`*`, `?`, `[a-c]`, `[!a]`) for the name.

    A pattern only matches ids if it starts with the first eight characters of an id.
    """
    if what in {own_id, name}:
        return True
    pattern = _pattern(what)
    if pattern is None:
        return False
    return bool(pattern.match(name) or (_ID_PATTERN.match(what) and pattern.match(own_id)))


def is_pattern(what: str) -> bool:
    """Whether the text is a pattern, though it may also be an exact name."""
    return _MAGIC.search(what) is not None


@lru_cache(maxsize=4096)
def _pattern(what: str) -> re.Pattern[str] | None:
    """The compiled pattern, cached because a large tenant needs it 100,000 times. An unclosed `[` stays literal."""
    return re.compile(translate(what)) if is_pattern(what) else None


def wanted_boot(policy: Policy, server_id: str, name: str) -> str:
    """The policy's choice for this server's root disk: `auto`, `image` or `volume`. An exact line beats a pattern."""
    item_id = item(Kind.SERVER, server_id)
    named = [selector for selector in policy.boot_by_server if fits(selector, item_id, name)]
    nearest = min(named, key=lambda selector: is_pattern(selector.partition(":")[2]), default="")
    return policy.boot_by_server.get(nearest, policy.boot)


def start_of(policy: Policy, item: str, name: str) -> str:
    """`cut-over` or `twin` for this server. If several selectors match, `cut-over` wins."""
    said = {start for selector, start in policy.start_by_server.items() if fits(selector, item, name)}
    return CUT_OVER if CUT_OVER in said else said.pop() if said else policy.start


def budget_of(policy: Policy, item: str, name: str) -> int | None:
    """The longest acceptable downtime of this server in seconds, None for no limit. An exact line beats a pattern; of
    several patterns the shortest span wins.
    """
    rules = policy.cut_over
    named = [selector for selector in rules.budget_by_server if fits(selector, item, name)]
    nearest = sorted(named, key=lambda one: (is_pattern(one.partition(":")[2]), rules.budget_by_server[one]))
    return rules.budget_by_server[nearest[0]] if nearest else rules.budget_s


def is_warm(policy: Policy, item: str, name: str) -> bool:
    """Whether passes are taken while this server runs. If several selectors match, no wins."""
    said = {warm for selector, warm in policy.passes.warm_by_server.items() if fits(selector, item, name)}
    return False not in said if said else policy.passes.warm


def hooks_of(lines: Mapping[str, tuple[str, ...]], limit_s: int, server_id: str, name: str) -> tuple[Hook, ...]:
    """The programs of every line that names the server, in alphabetical order of the lines."""
    item_id = item(Kind.SERVER, server_id)
    return tuple(Hook(run=lines[line], limit_s=limit_s) for line in sorted(lines) if fits(line, item_id, name))


class Said(NamedTuple):
    """The lines `key: target` that match one item. `lines`: equally good patterns with different targets."""

    target: str | None = None
    lines: tuple[str, ...] = ()


class Lines:
    """Lines of the policy that match an item by its name or directly: `m1.large`, `server:web-*`."""

    def __init__(self, said: Mapping[str, str]) -> None:
        self._said = said
        self._patterns = sorted(key for key in said if SELECTOR.fullmatch(key) and is_pattern(key.partition(":")[2]))
        self._has_items = any(SELECTOR.fullmatch(key) for key in said)

    def of(self, things: Sequence[tuple[str, str]], names: Iterable[str]) -> Said:
        """The best match: an item's own line, then a pattern, then a name. `things`: (item, name), nearest first."""
        if self._has_items:
            own = (
                key for item, name in things for key in (item, f"{item.partition(':')[0]}:{name}") if key in self._said
            )
            if (key := next(own, None)) is not None:
                return Said(self._said[key])
            for item, name in things:
                fitting = [key for key in self._patterns if fits(key, item, name)]
                if len({self._said[key] for key in fitting}) > 1:
                    return Said(lines=tuple(fitting))
                if fitting:
                    return Said(self._said[fitting[0]])
        return Said(next((self._said[name] for name in names if name in self._said), None))


def skipped_item(policy: Policy, item: str, name: str) -> str | None:
    """The selector of the policy's skip list that matches this item, if any."""
    return next((selector for selector in policy.skip if fits(selector, item, name)), None)


def accepted(policy: Policy, code: str, item: str, name: str) -> bool:
    """Whether the policy accepts this finding: by its code, its item, or both as `DCP-nnn:kind:id`."""
    return any(_accepts(selector, code, item, name) for selector in policy.accept)


def accepted_by_code(policy: Policy, code: str, item: str, name: str) -> bool:
    """Whether the policy accepts this finding in words of its own: `DCP-nnn` or `DCP-nnn:kind:id`, not the item as a
    whole.
    """
    return any(s.startswith(code) and _accepts(s, code, item, name) for s in policy.accept)


def accepted_by_item(policy: Policy, code: str, item: str, name: str) -> bool:
    """Whether the policy accepts this code for this very item, as `DCP-nnn:kind:id`, which granting access requires."""
    return any(s.startswith(f"{code}:") and _accepts(s, code, item, name) for s in policy.accept)


def _accepts(selector: str, code: str, item: str, name: str) -> bool:
    if NUMBER.fullmatch(selector):
        return selector == code
    if NUMBER.match(selector):
        wanted, _, rest = selector.partition(":")
        return wanted == code and fits(rest, item, name)
    return fits(selector, item, name)
