"""What we set last at the target, of things that a later run would set again: a person's change since then stays.

Kept as notes of the ledger, by the item. Effect first, record second: killed in between, what is there is what the
plan wants, which nobody is taken to have changed.
"""

from typing import TypeVar

import msgspec

from migrate.execute.context import Job
from migrate.model import SecurityGroupRule, canonical_rule, name_id

T = TypeVar("T")

_NOTE = "set:"


def last_set(job: Job, item: str, kind: type[T]) -> T | None:
    """None where we have set nothing yet, or an earlier version did."""
    found = job.ctx.ledger.note(_NOTE + name_id(item))
    return None if found is None else msgspec.json.decode(found, type=kind)


def note_set(job: Job, item: str, value: object) -> None:
    if job.claim is not None:
        job.ctx.ledger.set_note(_NOTE + name_id(item), msgspec.json.encode(value, order="deterministic").decode())


def rules_to_set(
    job: Job, item: str, wanted: tuple[SecurityGroupRule, ...], there: tuple[SecurityGroupRule, ...]
) -> tuple[SecurityGroupRule, ...]:
    """The wanted rules without those that somebody has removed at the target since, and with those added there.

    What is left so is told. After them `note_rules`.
    """
    want, have = {_key(rule): rule for rule in wanted}, {_key(rule): rule for rule in there}
    known = _known_rules(job, item, set(want))
    if known is None or job.sets_again:
        return wanted
    removed = known - have.keys()
    added = have.keys() - known - want.keys()
    theirs = [*(f"- {_spelt(key)}" for key in removed & want.keys()), *(f"+ {_spelt(key)}" for key in added)]
    if theirs:
        job.leave_theirs(", ".join(sorted(theirs)))
    return (*(rule for key, rule in want.items() if key not in removed), *(have[key] for key in sorted(added, key=str)))


def note_rules(
    job: Job, item: str, wanted: tuple[SecurityGroupRule, ...], there: tuple[SecurityGroupRule, ...]
) -> None:
    """What somebody had removed stays known as set by us, so that it is not set the next time either.

    Args: there: the rules before these were set.
    """
    want = {_key(rule) for rule in wanted}
    known = None if job.sets_again else _known_rules(job, item, want)
    removed = set() if known is None else known - {_key(rule) for rule in there}
    note_set(job, item, sorted(want | removed, key=str))


def _known_rules(job: Job, item: str, want: set[SecurityGroupRule]) -> set[SecurityGroupRule] | None:
    found = last_set(job, item, list[SecurityGroupRule])
    if found is not None:
        return set(found)
    # An earlier version has set them and wrote down nothing: what differs may be anybody's.
    return want if job.was_done_once else None


def _key(rule: SecurityGroupRule) -> SecurityGroupRule:
    """What it lets through: a cloud may drop its description."""
    return msgspec.structs.replace(canonical_rule(rule), description="")


def _spelt(rule: SecurityGroupRule) -> str:
    ports = "" if rule.port_min is None else f":{rule.port_min}-{rule.port_max}"
    who = rule.remote_ip_prefix or rule.remote_group_id or "*"
    return f"{rule.direction} {rule.ethertype} {rule.protocol or 'any'}{ports} {who}"
