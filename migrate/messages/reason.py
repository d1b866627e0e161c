"""Reasons in facts: a code with its values, which the catalogue puts into words in either language.

A reason is one line of text, as documents and the ledger store facts as text: `missing {"field":"size"}`. Values may
come from strangers. Pure.
"""

import json
import re
from collections.abc import Mapping

_REASON = re.compile(r"([a-z][a-z0-9-]*) (\{.+\})", re.DOTALL)


def reason(key: str, **values: object) -> str:
    """A reason in the form for a fact; the phrase `fact.why.KEY` has its text."""
    told = {name: str(value) for name, value in values.items()}
    return f"{key} {json.dumps(told, ensure_ascii=False, separators=(',', ':'))}" if told else key


def reason_parts(text: str) -> tuple[str, Mapping[str, str]]:
    """The key and values of a reason; any other text is its own key, without values."""
    found = _REASON.fullmatch(text)
    try:
        values = json.loads(found[2]) if found else {}
    except (ValueError, RecursionError):
        return text, {}
    return (found[1], {str(name): str(value) for name, value in values.items()}) if found else (text, {})
