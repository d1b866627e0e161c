"""Mistakes in a policy's deadline and schedule that only appear with a clock or an inventory. Pure.

The plan does not depend on them: `decamp forecast` checks them, and reports them together with the reader's.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from migrate.findings.inputs import Case, everything
from migrate.model.steps import Plan, Step
from migrate.policy.policy_records import Policy
from migrate.policy.schema import Problem
from migrate.policy.selectors import fits, is_pattern, item, item_id
from migrate.policy.spans import format_span
from migrate.policy.windows import both_open_at, parse_window, parse_windows


@dataclass(frozen=True)
class Items:
    """The items that selectors can name. `by_key`: maps (kind, id or name) to the item `kind:id`; `names`: item to
    name.
    """

    by_key: Mapping[tuple[str, str], str]
    names: Mapping[str, str]


LEAST_GUARD_S = 3 * 86400
GUARD_SHARE, MOST_GUARD_SHARE = 0.15, 0.5


def items_of(case: Case) -> Items:
    """The items that selectors can name. If several share a name, the name means the first id."""
    return _items((item(kind, own_id), name) for kind, own_id, name in everything(case))


def planned_items(plan: Plan) -> Items:
    """The items of a plan: those it moves and those it leaves out."""
    moved = {item_of(step): step.name for step in reversed(plan.steps)}
    return _items([*moved.items(), *((item(left.kind, left.id), left.name) for left in plan.left_out)])


def item_of(step: Step) -> str:
    """The item of a step, which its id begins with."""
    return ":".join(step.id.split(":", 2)[:2])


def named(selector: str, items: Items) -> tuple[str, ...]:
    """The item that the selector names by id, else the first of that name; for a pattern, all matching items."""
    kind, _, what = selector.partition(":")
    exact = items.by_key.get((kind, what))
    if exact is not None:
        return (exact,)
    return tuple(item for item, name in items.names.items() if fits(selector, item, name)) if is_pattern(what) else ()


def meant(selectors: Iterable[str], items: Items) -> dict[str, tuple[str, ...]]:
    """Maps selectors to their items; an item with a selector of its own is not counted for patterns."""
    found = {selector: named(selector, items) for selector in sorted(selectors)}
    single = {item for selector, several in found.items() if not _is_pattern(selector, items) for item in several}
    return {
        selector: tuple(item for item in several if item not in single) if _is_pattern(selector, items) else several
        for selector, several in found.items()
    }


def _is_pattern(selector: str, items: Items) -> bool:
    kind, _, what = selector.partition(":")
    return is_pattern(what) and (kind, what) not in items.by_key


def _items(known: Iterable[tuple[str, str]]) -> Items:
    by_key: dict[tuple[str, str], str] = {}
    names = dict(sorted(known))
    for known_item, name in names.items():
        kind = known_item.partition(":")[0]
        by_key.setdefault((kind, name), known_item)
        by_key[kind, item_id(known_item)] = known_item
    return Items(by_key, names)


def default_guard_s(left_s: float) -> int:
    """The default safety margin, from the time left at the first forecast."""
    wanted = max(LEAST_GUARD_S, GUARD_SHARE * left_s)
    return int(max(0.0, min(wanted, MOST_GUARD_SHARE * left_s)))


def guard_s(policy: Policy, first: datetime) -> int:
    """The safety margin before the deadline in seconds; `first`: when the first forecast was made."""
    if policy.schedule.guard_s is not None:
        return policy.schedule.guard_s
    return default_guard_s((moment(policy.deadline) - first).total_seconds()) if policy.deadline else 0


def moment(text: str) -> datetime:
    """A time in a policy or document of ours, in UTC."""
    return datetime.fromisoformat(text).astimezone(UTC)


def schedule_problems(policy: Policy, items: Items, first: datetime) -> list[Problem]:
    """All mistakes, by YAML path. `first`: the time of the first forecast.

    A deadline that passes later, or a safety margin that is used up, is not a mistake in the policy but a verdict.
    """
    return [*_dates(policy, first), *_own_dates(policy, first), *_windows(policy, first), *_selectors(policy, items)]


def _dates(policy: Policy, first: datetime) -> Iterator[Problem]:
    guard = policy.schedule.guard_s
    if policy.deadline is None:
        if guard is not None:
            yield Problem(("schedule", "guard"), "needs a deadline, and there is none")
        return
    left_s = (moment(policy.deadline) - first).total_seconds()
    if left_s <= 0:
        yield Problem(("deadline",), f"has passed, {policy.deadline}")
    elif guard is not None and guard >= left_s:
        yield Problem(
            ("schedule", "guard"),
            f"leaves no time, {format_span(guard)} before a deadline that is {_days(left_s)} away",
        )


def _own_dates(policy: Policy, first: datetime) -> Iterator[Problem]:
    for selector, text in sorted(policy.schedule.deadlines.items()):
        if moment(text) <= first:
            yield Problem(("schedule", "deadlines", selector), f"has passed, {text}")


def _windows(policy: Policy, first: datetime) -> Iterator[Problem]:
    """Windows of which not one opens in time: one of several that comes too late does no harm."""
    texts = (*policy.limits.windows, *policy.waves.windows.values())
    if policy.deadline is None or any(isinstance(parse_window(text), str) for text in texts):
        return
    end = moment(policy.deadline) - timedelta(seconds=guard_s(policy, first))
    work = parse_windows(policy.limits.windows)
    opens = work.opens_at(first)
    if opens is not None and first < end <= opens:
        shown = opens.isoformat(timespec="minutes")
        yield Problem(("limits", "windows"), f"never open before the deadline less its guard, but at {shown}")
        return
    for wave, text in policy.waves.windows.items():
        # Those that never meet at all are a mistake of the policy in itself.
        opens = both_open_at(work, parse_windows([text]), first, first + timedelta(days=365))
        if opens is not None and first < end <= opens:
            also = " while limits.windows are open" if policy.limits.windows else ""
            yield Problem(("waves", "windows", wave), f"never opens before the deadline less its guard{also}: {text}")


def _selectors(policy: Policy, items: Items) -> Iterator[Problem]:
    said = policy.schedule
    for key, values in (("tiers", said.tiers), ("deadlines", said.deadlines)):
        said_of: dict[str, str] = {}
        for selector, found in meant(values, items).items():
            same = next((said_of[item] for item in found if item in said_of), None)
            if not named(selector, items):
                yield Problem(("schedule", key, selector), "names nothing at the source")
            elif same is not None:
                yield Problem(("schedule", key, selector), f"names the same as {same}")
            elif found and all(_stays(policy, item, items) for item in found):
                yield Problem(("schedule", key, selector), "is skipped by this policy")
            else:
                said_of |= dict.fromkeys(found, selector)


def _stays(policy: Policy, item: str, items: Items) -> bool:
    return any(item in named(selector, items) for selector in policy.skip)


def _days(seconds: float) -> str:
    return format_span(int(seconds // 60 * 60))
