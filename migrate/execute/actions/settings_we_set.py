"""What we set last at the target, of things that a later run would set again: a person's change since then stays.

Kept as notes of the ledger, by the item. What is about to be set is noted before, and what is set after: killed in
between, neither the old state nor the new one is taken for somebody's change, whatever the source does until then.
"""

from typing import TypeVar

import msgspec

from migrate.execute.job import Job
from migrate.model import Kind, Record, SecurityGroupRule, canonical_rule, name_id

T = TypeVar("T")

_NOTE = "set:"


def read_last_set(job: Job, item: str, kind: type[T]) -> T | None:
    """None where we have set nothing yet, or an earlier version did."""
    found = job.ctx.ledger.note(_NOTE + name_id(item))
    return None if found is None else msgspec.json.decode(found, type=kind)


def note_set(job: Job, item: str, value: object) -> None:
    if job.claim is not None:
        job.check_claim()  # who slept past its lease writes nothing over a newer note
        job.ctx.ledger.set_note(_NOTE + name_id(item), msgspec.json.encode(value, order="deterministic").decode())


class _Rules(Record, frozen=True, kw_only=True):
    """`surely`: set by us, and not about to be taken away by an attempt that was broken off. `maybe`: set by any.

    `group_id`: at the target, of which this is said; one that was made in its place has none of it.
    """

    surely: tuple[SecurityGroupRule, ...]
    maybe: tuple[SecurityGroupRule, ...]
    group_id: str = ""


def rules_to_set(
    job: Job, item: str, wanted: tuple[SecurityGroupRule, ...], there: tuple[SecurityGroupRule, ...]
) -> tuple[SecurityGroupRule, ...]:
    """The wanted rules without those that somebody has removed at the target since, and with those added there.

    What is left so is told. Before they are set `intend_rules`, after it `note_rules`.
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


def intend_rules(
    job: Job, item: str, wanted: tuple[SecurityGroupRule, ...], there: tuple[SecurityGroupRule, ...]
) -> None:
    """They are about to be set, one by one: killed in between, or refused, some of them are there and nobody's else.

    Nothing is noted for a group that we have not finished once: whatever is in it is made what the plan wants.
    """
    known = _known_rules(job, item, {_key(rule) for rule in wanted})
    if known is not None:
        after = _noted(job, item, wanted, there)
        _note_rules(job, item, set(known.surely) & after, set(known.maybe) | after)


def note_rules(
    job: Job, item: str, wanted: tuple[SecurityGroupRule, ...], there: tuple[SecurityGroupRule, ...]
) -> None:
    """They are set. Args: there: the rules before that."""
    after = _noted(job, item, wanted, there)
    _note_rules(job, item, after, after)


def _noted(
    job: Job, item: str, wanted: tuple[SecurityGroupRule, ...], there: tuple[SecurityGroupRule, ...]
) -> set[SecurityGroupRule]:
    """What somebody had removed stays known as set by us, so that it is not set the next time either."""
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
    # An earlier version has set them and wrote down nothing: what differs may be anybody's.
    return _Rules(surely=tuple(want), maybe=tuple(want)) if job.was_done_once else None


def _key(rule: SecurityGroupRule) -> SecurityGroupRule:
    """What it lets through: a cloud may drop its description."""
    return msgspec.structs.replace(canonical_rule(rule), description="")


def _spelt(rule: SecurityGroupRule) -> str:
    ports = "" if rule.port_min is None else f":{rule.port_min}-{rule.port_max}"
    who = rule.remote_ip_prefix or rule.remote_group_id or "*"
    return f"{rule.direction} {rule.ethertype} {rule.protocol or 'any'}{ports} {who}"
