"""Non-breaking spaces in French texts: before `:`, `;`, `!`, `?` and units, and inside « ».

The space before `;`, `!` and `?` is narrow (U+202F), all others are U+00A0.
"""

import re

from migrate.messages.numbers import WIDE

_NARROW = "\u202f"
_TYPED = re.compile(r"(`[^`]*`)")
"""Text to type, whose spaces stay unchanged."""
_UNITS = r"(?:[KMGTP]io|[KMG]bit|o|octets?|vCPU|s|min|h|j|%)(?![\w'’])"
_BEFORE_NARROW = re.compile(r" (?=[;!?](?!\w))")
_BEFORE_WIDE = re.compile(rf" (?=[:»](?!\w))|(?<=«) |(?<=[\d}}]) (?={_UNITS})|(?<=\d) (?=\d{{3}})")


def spaced(template: str) -> str:
    """A French template with non-breaking spaces; facts are filled in later and stay unchanged."""
    return "".join(part if part.startswith("`") else _spaced(part) for part in _TYPED.split(template))


def _spaced(prose: str) -> str:
    return _BEFORE_WIDE.sub(WIDE, _BEFORE_NARROW.sub(_NARROW, prose))
