"""The report as JSON: summary and story, and the text of each code in the requested language."""

from typing import Any

import msgspec

from migrate.messages.catalogue import text
from migrate.report.outcome import note_text
from migrate.report.summary import Summary
from migrate.report.totals_and_steps import Story


def render_json(summary: Summary, lang: str, made_at: str, story: Story | None = None) -> dict[str, Any]:
    """Plain values: the same facts in every language, plus a `text` next to every code (docs/formats/report.md)."""
    body: dict[str, Any] = msgspec.to_builtins(summary)
    for key in ("blocks", "changes", "losses", "advice", "held", "health", "launches"):
        for row in body.get(key, ()):
            row["text"] = text(row["code"], lang, row.get("facts") or {}) if row.get("code") else ""
    for row, record in zip(body["not_same"], summary.not_same, strict=True):
        row["text"] = note_text(record, lang)
    return {
        "format": "decamp-report",
        "version": 2,
        "language": lang,
        "made_at": made_at,
        "is_done": summary.is_done,
        **body,
        **(msgspec.to_builtins(story) if story else {}),
    }
