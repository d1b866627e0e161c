"""The settings last applied at the target, so that a person's later changes survive another run.

Stored as ledger notes, by item: the intended settings before they are applied, the applied ones afterwards. After a
kill in between, neither counts as a person's change.
"""

from typing import TypeVar

import msgspec

from migrate.execute.job import Job
from migrate.model import Kind, Record, SecurityGroupRule, canonical_rule, name_id

T = TypeVar("T")

_NOTE = "set:"


def read_last_set(job: Job, item: str, kind: type[T]) -> T | None:
    """The last applied settings; None if there are none, or an earlier version applied them."""
    return job.ctx.ledger.record(_NOTE + name_id(item), kind)


def note_set(job: Job, item: str, value: object) -> None:
    if job.claim is not None:
        job.check_claim()  # a process that overslept its lease must not overwrite a newer note
        job.ctx.ledger.set_note(_NOTE + name_id(item), msgspec.json.encode(value, order="deterministic").decode())


class _Rules(Record, frozen=True, kw_only=True):
    """The rules set by us. `surely`: not affected by an interrupted attempt. `maybe`: set by any attempt.

    `group_id`: the group at the target that this applies to; a replacement of it has none of these rules.
    """

    surely: tuple[SecurityGroupRule, ...]
    maybe: tuple[SecurityGroupRule, ...]
    group_id: str = ""


def rules_to_set(
    job: Job, item: str, wanted: tuple[SecurityGroupRule, ...], there: tuple[SecurityGroupRule, ...]
) -> tuple[SecurityGroupRule, ...]:
    """The wanted rules, without those removed and with those added by somebody at the target.

    Reports these changes. Call `intend_rules` before applying the rules, `note_rules` afterwards.
    """
    want, have = {_key(rule): rule for rule in wanted}, {_key(rule): rule for rule in there}
    known = _known_rules(job, item, set(want))
    if known is None or job.sets_again:
        return wanted
    surely, maybe = set(known.surely), set(known.maybe)
    removed = surely - have.keys()
    added = have.keys() - maybe - want.keys()
    theirs = [*(f"- {_spelt(key)}" for key in removed & want.keys()), *(f"+ {_spelt(key)}" for key in added)]
    if theirs:
        job.keep_theirs(", ".join(sorted(theirs)))
    return (*(rule for key, rule in want.items() if key not in removed), *(have[key] for key in sorted(added, key=str)))


def note_rules_of_another_ledger(job: Job, item: str, wanted: tuple[SecurityGroupRule, ...]) -> None:
    """For a group that already got its rules: if this ledger does not know them, differences may come from anybody."""
    if read_last_set(job, item, _Rules) is None:
        want = {_key(rule) for rule in wanted}
        _note_rules(job, item, want, want)


def intend_rules(
    job: Job, item: str, wanted: tuple[SecurityGroupRule, ...], there: tuple[SecurityGroupRule, ...]
) -> None:
    """Records that the rules are about to be applied: after a kill or refusal some exist, and are still ours.

    Nothing is recorded for a group that was never completed: its rules are set to the plan's.
    """
    known = _known_rules(job, item, {_key(rule) for rule in wanted})
    if known is not None:
        after = _noted(job, item, wanted, there)
        _note_rules(job, item, set(known.surely) & after, set(known.maybe) | after)


def note_rules(
    job: Job, item: str, wanted: tuple[SecurityGroupRule, ...], there: tuple[SecurityGroupRule, ...]
) -> None:
    """Records that the rules were applied. Args: there: the rules before that."""
    after = _noted(job, item, wanted, there)
    _note_rules(job, item, after, after)


def _noted(
    job: Job, item: str, wanted: tuple[SecurityGroupRule, ...], there: tuple[SecurityGroupRule, ...]
) -> set[SecurityGroupRule]:
    """The rules to record as ours. Includes rules removed by somebody, so that they are not added again."""
    want = {_key(rule) for rule in wanted}
    known = None if job.sets_again else _known_rules(job, item, want)
    return want | (set(known.surely) - {_key(rule) for rule in there} if known else set())


def _note_rules(job: Job, item: str, surely: set[SecurityGroupRule], maybe: set[SecurityGroupRule]) -> None:
    said = (tuple(sorted(rules, key=str)) for rules in (surely, maybe))
    note_set(job, item, _Rules(surely=next(said), maybe=next(said), group_id=_group_id(job, item)))


def _group_id(job: Job, item: str) -> str:
    return job.target_id(Kind.SECURITY_GROUP, item.partition(":")[2])


def _known_rules(job: Job, item: str, want: set[SecurityGroupRule]) -> _Rules | None:
    found = read_last_set(job, item, _Rules)
    if found is not None:
        return found if found.group_id == _group_id(job, item) else None
    # Set by an earlier version without a record: differences may come from anybody.
    return _Rules(surely=tuple(want), maybe=tuple(want)) if job.was_done_once else None


def _key(rule: SecurityGroupRule) -> SecurityGroupRule:
    """The traffic that a rule allows, without its description, which clouds may drop."""
    return msgspec.structs.replace(canonical_rule(rule), description="")


def _spelt(rule: SecurityGroupRule) -> str:
    ports = "" if rule.port_min is None else f":{rule.port_min}-{rule.port_max}"
    who = rule.remote_ip_prefix or rule.remote_group_id or "*"
    return f"{rule.direction} {rule.ethertype} {rule.protocol or 'any'}{ports} {who}"
