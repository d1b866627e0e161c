"""The spaces of French texts that must not break a line: before `:`, `;`, `!`, `?` and units, inside « ».

The space before `;`, `!` and `?` is a narrow one (U+202F), every other is U+00A0.
"""

import re

from migrate.messages.numbers import WIDE

_NARROW = "\u202f"
_TYPED = re.compile(r"(`[^`]*`)")
"""What people type: its spaces stay as they are."""
_UNITS = r"(?:[KMGTP]io|[KMG]bit|o|octets?|vCPU|s|min|h|j|%)(?![\w'’])"
_BEFORE_NARROW = re.compile(r" (?=[;!?](?!\w))")
_BEFORE_WIDE = re.compile(rf" (?=[:»](?!\w))|(?<=«) |(?<=[\d}}]) (?={_UNITS})|(?<=\d) (?=\d{{3}})")


def spaced(template: str) -> str:
    """A French template with its spaces of this kind; what it is filled with comes later and stays as it is."""
    return "".join(part if part.startswith("`") else _spaced(part) for part in _TYPED.split(template))


def _spaced(prose: str) -> str:
    return _BEFORE_WIDE.sub(WIDE, _BEFORE_NARROW.sub(_NARROW, prose))
