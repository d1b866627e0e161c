"""Results as plain text: steps by state, differences, old and new values, notes on evidence."""

from migrate.ledger.ledger_records import State
from migrate.messages.catalogue import phrase, text
from migrate.report.moved import Moved
from migrate.report.summary import Summary
from migrate.report.words import Fact, Form, Sentence
from migrate.verify.evidence import Dropped, EvidenceRow


def counts_text(summary: Summary, lang: str) -> str:
    """`12 done, 3 waiting`, in the order of the states."""
    return ", ".join(
        f"{summary.counts[state.value]} {phrase(f'states.{state.value}', lang)}"
        for state in State
        if state.value in summary.counts
    ) or phrase("none", lang)


def differences(summary: Summary) -> Sentence:
    """The number of differences in the last verification, or that there was none yet."""
    if summary.differences is None:
        return Sentence("report.not-verified")
    facts = {
        "count": Fact(Form.COUNT, summary.differences),
        "items": Fact(Form.COUNT, sum(summary.verdicts.values())),
        "unread": Fact(Form.COUNT, summary.unread),
        "at": Fact(Form.NAME, summary.verified_at),
    }
    return Sentence("report.differences-found" if summary.evidence_fits else "report.differences-old", facts)


def differences_text(summary: Summary, lang: str) -> str:
    """`differences` as text for a terminal."""
    told = differences(summary)
    return phrase(told.key, lang, **{name: fact.value for name, fact in told.facts.items()})


def old_new(row: Moved, lang: str) -> str:
    """`address 84.39.1.2 → 51.91.3.4`; a single value if it does not change; unknown new values are marked."""
    parts = []
    for key in row.old:
        old, new = row.old[key], row.new.get(key, "")
        if not old and not new:
            continue
        if key == "address" and not new:
            new = phrase("unknown-yet", lang)
        parts.append(f"{old} → {new}" if old != new else old)
    return "; ".join(parts)


def notes_text(row: EvidenceRow, lang: str) -> str:
    """All notes on a row that is not simply the same."""
    return "; ".join(one for one in (*row.differences, note_text(row, lang)) if one)


def note_text(row: EvidenceRow, lang: str) -> str:
    """The reason why a row was not read back, and losses; empty if there is nothing to note."""
    left = [*_changed_since(row, lang), *_left(row, lang)]
    left += [_dropped_text(one, lang) for one in row.dropped]
    left += [phrase(f"expiring.{how}", lang, count=count) for how, count in sorted(row.expiring.items())]
    left += _health(row, lang)
    if row.note_code is None:
        return "; ".join(left)
    facts = {
        **dict.fromkeys(("what", "item", "disk", "path"), row.item),
        "kind": row.kind.value,
        "id": row.target_id or "",
        "taken_at": row.taken_at or "?",
    }
    return "; ".join([text(row.note_code, lang, facts), *left])


def _health(row: EvidenceRow, lang: str) -> list[str]:
    if failed := row.failed_check:
        return [text(failed.code, lang, {**failed.facts, "name": row.name, "tries": failed.tries})]
    return [phrase("health.passed", lang, count=len(row.health), at=row.health[-1].at)] if row.health else []


def _dropped_text(one: Dropped, lang: str) -> str:
    key, shown = "dropped" if one.objects else "refused", ", ".join(one.examples)
    return phrase(key, lang, header=one.header, count=one.objects, examples=shown)


def _left(row: EvidenceRow, lang: str) -> list[str]:
    """Objects of a container that are missing at the target or gone from the source, with examples."""
    told = [phrase(f"left.{fate}", lang, count=count) for fate, count in sorted(row.left.items())]
    return [*told, *_examples(row.vanished), *_examples(row.unreadable or ())]


def _changed_since(row: EvidenceRow, lang: str) -> list[str]:
    told = [phrase(f"since.{what}", lang, count=count) for what, count in sorted(row.since.items())]
    return [*told, *_examples(row.since_names)]


def _examples(names: tuple[str, ...]) -> list[str]:
    return [", ".join(names[:3]) + (", …" if len(names) > 3 else "")] if names else []
