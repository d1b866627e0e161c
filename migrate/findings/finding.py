"""Findings: what a person should know before the move, each with a stable code (docs/formats/plan.md).

A finding's code alone determines its level and the facts of its text.
"""

from collections.abc import Iterable

from migrate.messages import codes
from migrate.messages.codes.registry import ENTRIES, Level, Spec
from migrate.model import Record
from migrate.policy.policy_records import Policy
from migrate.policy.selectors import accepted, skipped_item

CODES: dict[str, Spec] = {code: entry.spec for code, entry in ENTRIES.items() if entry.spec}
"""All codes of findings."""


class Finding(Record, frozen=True, kw_only=True):
    """One finding. `item` is `kind:id`, or empty if it concerns the migration as a whole."""

    level: Level
    code: str
    item: str = ""
    name: str = ""
    facts: dict[str, str] = {}


def finding(code: str, item: str = "", name: str = "", **facts: object) -> Finding:
    """Creates a finding of `code`. Wrong facts are a bug of ours: ValueError."""
    spec = CODES[code]
    if set(facts) != set(spec.facts):
        raise ValueError(f"{code} takes the facts {spec.facts}, not {tuple(facts)}")
    return Finding(level=spec.level, code=code, item=item, name=name, facts={k: str(v) for k, v in facts.items()})


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """The findings, worst first, then by code and item; without duplicates."""
    levels = list(Level)
    unique = {(levels.index(f.level), f.code, f.item, tuple(sorted(f.facts.items())), f.name): f for f in findings}
    return [unique[key] for key in sorted(unique)]


def takes_out(found: Finding, policy: Policy) -> bool:
    """Whether this finding keeps its item out of the plan."""
    spec = CODES[found.code]
    return spec.leaves_out and not (spec.can_go_on and accepted(policy, found.code, found.item, found.name))


def blocking(findings: Iterable[Finding], policy: Policy) -> list[Finding]:
    """Findings that block a run: level `blocks`, neither skipped nor accepted by the policy."""
    return [f for f in findings if f.level == Level.BLOCKS and not _decided(f, policy)]


def refusing(findings: Iterable[Finding], policy: Policy) -> list[Finding]:
    """Blocking findings that prevent any start of a run; others only hold back their own item."""
    return [f for f in blocking(findings, policy) if not CODES[f.code].alone]


def of_the_source(blocks: Iterable[Finding]) -> list[Finding]:
    """Blocking findings about the source, the login or the date: all except those about the target."""
    worker = "disks.target_worker"
    return [found for found in blocks if not CODES[found.code].of_target and found.facts.get("key") != worker]


def undecided(findings: Iterable[Finding], policy: Policy) -> list[Finding]:
    """Losses that nobody has accepted."""
    return [f for f in findings if f.level == Level.LOSES and not _decided(f, policy)]


def unknown_parts(findings: Iterable[Finding], policy: Policy) -> list[Finding]:
    """Unknown parts of the source without a decision: without them nothing is complete."""
    return [f for f in undecided(findings, policy) if f.code in NOT_LISTED]


NOT_LISTED = frozenset({codes.SOURCE_LISTING_REFUSED, codes.CONTAINER_HEADERS_REFUSED, codes.UNREADABLE_LEFT_OUT})
"""Codes for refused and unreadable listings of the source."""

_BY_CHOICE = codes.LISTING_SKIPPED


def _decided(found: Finding, policy: Policy) -> bool:
    if found.code == _BY_CHOICE:
        return True
    return skipped_item(policy, found.item, found.name) is not None or accepted(
        policy, found.code, found.item, found.name
    )
