"""The report as JSON: the summary record as it is, and each code's text in the language asked for."""

from typing import Any

import msgspec

from migrate.messages.catalogue import text
from migrate.report.markdown import note_text
from migrate.report.summary import Summary


def render_json(summary: Summary, lang: str, made_at: str) -> dict[str, Any]:
    """Plain values: the same facts whatever the language, plus a `text` beside every code."""
    body: dict[str, Any] = msgspec.to_builtins(summary)
    for key in ("blocks", "changes", "losses", "advice", "held"):
        for row in body[key]:
            row["text"] = text(row["code"], lang, row.get("facts") or {}) if row.get("code") else ""
    for row in body["not_same"]:
        row["text"] = next(note_text(one, lang) for one in summary.not_same if one.item == row["item"])
    return {
        "format": "decamp-report",
        "version": 1,
        "language": lang,
        "made_at": made_at,
        "is_done": summary.is_done,
        **body,
    }
