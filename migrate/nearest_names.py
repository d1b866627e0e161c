"""The names that somebody may have meant by one that does not exist."""

from collections.abc import Iterable
from difflib import get_close_matches

_MOST = 3
_LIKENESS = 0.7
_SHORTEST_START = 3


def nearest(said: str, known: Iterable[str]) -> list[str]:
    """At most three of the `known` names, nearest first: those that begin with `said`, then those spelt alike.

    Upper and lower case count as the same; an id may be cut short, as screens show it. Of `kind:name`, names of the
    same kind are compared by the name alone, if there are any.
    """
    kind, colon, _ = said.casefold().partition(":")
    whole = {name.casefold(): name for name in known}
    same = {name: own for name, own in whole.items() if colon and name.startswith(kind + colon)}
    start = len(kind + colon) if same else 0
    names = {name[start:]: own for name, own in (same or whole).items()}
    folded = said.casefold()[start:]
    begun = [name for name in names if len(folded) >= _SHORTEST_START and name.startswith(folded)]
    alike = get_close_matches(folded, names, _MOST, _LIKENESS)
    return [names[name] for name in dict.fromkeys([*sorted(begun), *alike])][:_MOST]
