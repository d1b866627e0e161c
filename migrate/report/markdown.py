"""The report as Markdown: for whoever decides, and to keep beside the evidence."""

import re
from collections.abc import Iterable, Sequence

from migrate.findings.finding import Finding
from migrate.ledger.ledger_records import State
from migrate.messages.catalogue import phrase, text
from migrate.messages.numbers import size, span
from migrate.printable_text import visible
from migrate.report.in_words import tell_forecast
from migrate.report.moved import Moved
from migrate.report.story import Story
from migrate.report.summary import Summary
from migrate.report.unknown import names_of
from migrate.verify.evidence import Dropped, EvidenceRow

# An ampersand that would be read as the beginning of a sign's name.
_ENTITY = re.compile(r"&(?=#?\w+;)")
# What some reader of Markdown makes a link of: an address of the web or of mail, a mention. Cut at what a table's row
# is cut at, and at what would be an escape in code.
_LINK = re.compile(r"[^\s|\\]*(?://|www\.|@|mailto:|xmpp:)[^\s|\\]*", re.IGNORECASE)


def render_markdown(summary: Summary, lang: str, made_at: str, story: Story | None = None) -> str:
    """The whole report in one language; `made_at` is printed as the time of the report."""
    page = _Page(lang)
    _head(page, summary, made_at)
    _unknown(page, summary)
    if story:
        page.add(tell_forecast(summary, story, lang, escape))
    _moved(page, summary)
    _findings(page, "report.changes", summary.changes)
    _findings(page, "report.losses", summary.losses)
    _by_hand(page, summary)
    _held(page, summary)
    _proof(page, summary)
    _times(page, summary)
    return page.text()


class _Page:
    """Collects blocks; knows the language and how to escape a cell."""

    def __init__(self, lang: str) -> None:
        self.lang = lang
        self._blocks: list[str] = []

    def say(self, key: str, **facts: object) -> str:
        return phrase(key, self.lang, **facts)

    def heading(self, key: str, level: int = 2, **facts: object) -> None:
        self._blocks.append(f"{'#' * level} {self.say(key, **facts)}")

    def paragraph(self, key: str, **facts: object) -> None:
        self._blocks.append(self.say(key, **facts))

    def bullets(self, lines: Iterable[str]) -> None:
        self._blocks.append("\n".join(f"- {line}" for line in lines))

    def table(self, keys: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
        lines = ["| " + " | ".join(self.say(key) for key in keys) + " |", "|" + " --- |" * len(keys)]
        lines += ["| " + " | ".join(escape(value) for value in row) + " |" for row in rows]
        self._blocks.append("\n".join(lines))

    def add(self, blocks: Iterable[str]) -> None:
        self._blocks += blocks

    def size(self, value: float) -> str:
        return size(value, self.lang)

    def span(self, value: float) -> str:
        return span(value, self.lang)

    def text(self) -> str:
        return "\n\n".join(self._blocks) + "\n"


def escape(value: object) -> str:
    """A customer's own text: one line, nothing of it taken for markup, be it Markdown's or HTML's, nor for a link."""
    line = " ".join(visible(str(value)).split())
    told, end = "", 0
    for link in _LINK.finditer(line):
        told += _plain(line[end : link.start()]) + _code(link[0])
        end = link.end()
    return told + _plain(line[end:])


def _plain(text: str) -> str:
    for sign in "\\|`*_[]>~$":
        text = text.replace(sign, "\\" + sign)
    return _ENTITY.sub("&amp;", text).replace("<", "&lt;")


def _code(text: str) -> str:
    """Code, in which nothing is a link: no backslash keeps an address from becoming one."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    room = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{room}{text}{room}{fence}"


def _head(page: _Page, summary: Summary, made_at: str) -> None:
    page.heading("report.title", 1, source=escape(summary.source.cloud), target=escape(summary.target.cloud))
    page.table(
        ("col.what", "col.value"),
        [
            (page.say("report.made"), made_at),
            (page.say("report.migration"), summary.migration),
            (page.say("report.source"), f"{summary.source.cloud} / {summary.source.project_name}"),
            (page.say("report.target"), f"{summary.target.cloud} / {summary.target.project_name}"),
            (page.say("report.deadline"), summary.deadline or page.say("no-deadline")),
            (page.say("report.steps"), counts_text(summary, page.lang)),
            (
                page.say("report.bytes"),
                page.say(
                    "report.bytes-of",
                    done=page.size(summary.done_bytes),
                    planned=page.size(summary.planned_bytes),
                ),
            ),
            (page.say("report.differences"), differences_text(summary, page.lang)),
        ],
    )


def _unknown(page: _Page, summary: Summary) -> None:
    """Before all else that could be taken for the whole."""
    if summary.unknown:
        parts = escape(names_of(summary.unknown, page.lang))
        page.add([f"**{page.say('html.unknown-parts', source=escape(summary.source.cloud), parts=parts)}**"])


def counts_text(summary: Summary, lang: str) -> str:
    """`12 done, 3 waiting`, in the order of the states."""
    return ", ".join(
        f"{summary.counts[state.value]} {phrase(f'states.{state.value}', lang)}"
        for state in State
        if state.value in summary.counts
    ) or phrase("none", lang)


def differences_text(summary: Summary, lang: str) -> str:
    """How many differences the last verification found, or that there was none yet."""
    if summary.differences is None:
        return phrase("report.not-verified", lang)
    key = "report.differences-found" if summary.evidence_fits else "report.differences-old"
    items = sum(summary.verdicts.values())
    return phrase(key, lang, count=summary.differences, items=items, unread=summary.unread, at=summary.verified_at)


def _moved(page: _Page, summary: Summary) -> None:
    page.heading("report.moved")
    if not summary.moved:
        page.paragraph("report.moved-none")
        return
    page.table(
        ("col.kind", "col.name", "col.old-id", "col.new-id", "col.old-new", "col.size", "col.state"),
        [
            (
                page.say(f"kind.{row.kind.value}"),
                row.name,
                row.old_id,
                row.new_id or "—",
                old_new(row, page.lang),
                size_text(row, page.lang),
                page.say(f"html.moved.{row.state.value}"),
            )
            for row in summary.moved
        ],
    )


def old_new(row: Moved, lang: str) -> str:
    """`address 84.39.1.2 → 51.91.3.4`; one value where nothing changes; unknown new values are said."""
    parts = []
    for key in row.old:
        old, new = row.old[key], row.new.get(key, "")
        if not old and not new:
            continue
        if key == "address" and not new:
            new = phrase("unknown-yet", lang)
        parts.append(f"{old} → {new}" if old != new else old)
    return "; ".join(parts)


def size_text(row: Moved, lang: str) -> str:
    if row.objects:
        return f"{phrase('objects', lang, count=row.objects)}, {size(row.size_bytes, lang)}"
    return size(row.size_bytes, lang) if row.size_bytes else ""


def _findings(page: _Page, key: str, findings: Sequence[Finding]) -> None:
    page.heading(key)
    if not findings:
        page.paragraph(f"{key}-none")
        return
    page.bullets(finding_line(finding, page.lang) for finding in findings)


def finding_line(finding: Finding, lang: str) -> str:
    who = finding.name or finding.item or phrase("everything", lang)
    facts = {name: escape(value) for name, value in finding.facts.items()}
    return f"**{escape(who)}** ({finding.code}): {text(finding.code, lang, facts)}"


def _by_hand(page: _Page, summary: Summary) -> None:
    page.heading("report.by-hand")
    lines = [
        page.say(
            "report.left-out",
            kind=page.say(f"kind.{it.kind.value}"),
            name=escape(it.name or it.id),
            id=escape(it.id),
            code=it.code,
        )
        for it in summary.left_out
    ]
    lines += [
        page.say(
            "report.new-address",
            old=escape(row.old["address"]),
            new=escape(row.new.get("address") or page.say("unknown-yet")),
        )
        for row in summary.moved
        if row.is_readdressed
    ]
    lines += [finding_line(finding, page.lang) for finding in (*summary.blocks, *summary.advice)]
    if summary.temporaries:
        lines.append(page.say("report.temporaries", count=len(summary.temporaries)))
    if lines:
        page.bullets(lines)
    else:
        page.paragraph("report.by-hand-none")


def _held(page: _Page, summary: Summary) -> None:
    if not summary.held:
        return
    page.heading("report.held")
    page.table(
        ("col.step", "col.name", "col.state", "col.why"),
        [
            (
                row.step_id,
                row.name,
                page.say(f"state.{row.state.value}"),
                f"{row.code}: {text(row.code, page.lang, row.facts)}" if row.code else "",
            )
            for row in summary.held
        ],
    )


def _proof(page: _Page, summary: Summary) -> None:
    page.heading("report.proof")
    if summary.differences is None:
        page.paragraph("report.differences-line", text=differences_text(summary, page.lang).capitalize())
        return
    page.paragraph("report.differences-line", text=differences_text(summary, page.lang))
    page.table(
        ("col.proof", "col.items"),
        [(page.say(f"proof.{proof}"), count) for proof, count in summary.proofs.items()],
    )
    if summary.listed_from:
        page.paragraph("report.listed", first=summary.listed_from, last=summary.listed_to)
    if summary.not_same:
        page.table(
            ("col.item", "col.name", "col.verdict", "col.differences"),
            [
                (
                    row.item,
                    row.name,
                    page.say(f"verdict.{row.verdict.value}"),
                    "; ".join(one for one in (*row.differences, note_text(row, page.lang)) if one),
                )
                for row in summary.not_same
            ],
        )


def note_text(row: EvidenceRow, lang: str) -> str:
    """Why a row was not read back, and what of it could not be carried; empty when it needs no word."""
    left = [*_changed_since(row, lang), *_left(row, lang)]
    left += [_dropped_text(one, lang) for one in row.dropped]
    left += [phrase(f"expiring.{how}", lang, count=count) for how, count in sorted(row.expiring.items())]
    if row.note_code is None:
        return "; ".join(left)
    facts = {
        **dict.fromkeys(("what", "item", "disk", "path"), row.item),
        "kind": row.kind.value,
        "id": row.target_id or "",
        "taken_at": row.taken_at or "?",
    }
    return "; ".join([text(row.note_code, lang, facts), *left])


def _dropped_text(one: Dropped, lang: str) -> str:
    key, shown = "dropped" if one.objects else "refused", ", ".join(one.examples)
    return phrase(key, lang, header=one.header, count=one.objects, examples=shown)


def _left(row: EvidenceRow, lang: str) -> list[str]:
    """What of a container is not at the target, or no longer at the source, with some of the latter's names."""
    told = [phrase(f"left.{fate}", lang, count=count) for fate, count in sorted(row.left.items())]
    return [*told, *_examples(row.vanished), *_examples(row.unreadable or ())]


def _changed_since(row: EvidenceRow, lang: str) -> list[str]:
    told = [phrase(f"since.{what}", lang, count=count) for what, count in sorted(row.since.items())]
    return [*told, *_examples(row.since_names)]


def _examples(names: tuple[str, ...]) -> list[str]:
    return [", ".join(names[:3]) + (", …" if len(names) > 3 else "")] if names else []


def _times(page: _Page, summary: Summary) -> None:
    page.heading("report.times")
    if not summary.timings:
        page.paragraph("report.times-none")
        return
    page.table(
        ("col.stage", "col.steps", "col.size", "col.busy", "col.elapsed", "col.rate", "col.retries"),
        [
            (
                row.stage,
                row.steps,
                page.size(row.size_bytes) if row.size_bytes else "",
                page.span(row.busy_s),
                page.span(row.elapsed_s),
                f"{page.size(row.rate)}/s" if row.size_bytes else "",
                row.retries,
            )
            for row in summary.timings
        ],
    )
