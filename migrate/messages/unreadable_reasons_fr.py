"""French translations of the reasons why a cloud's answer is unreadable.

Inventories store the reason in English with names and values from the answer, so it is recognised by its pattern.
Unknown reasons stay in English.
"""

import re

from migrate.messages.french_spaces import spaced

_KINDS = {
    "an object": "un objet",
    "a list": "une liste",
    "text": "un texte",
    "true or false": "vrai ou faux",
    "nothing": "rien",
    "a number": "un nombre",
    "a whole number": "un nombre entier",
    "int": "un nombre entier",
    "float": "un nombre",
    "str": "un texte",
    "bool": "vrai ou faux",
    "array": "une liste",
    "object": "un objet",
    "null": "rien",
}

# Markdown reports escape special characters with backslashes.
_TICK = r"\\?`"
_PATTERNS: tuple[tuple[re.Pattern[str], str], ...] = tuple(
    (re.compile(pattern, re.DOTALL), spaced(told))
    for pattern, told in (
        (r"'(.*)' is missing", "« {0} » manque"),
        (r"no object where one is wanted", "pas d'objet là où il en faut un"),
        (r"nested too deeply", "imbriqué trop profondément"),
        (r"what comes behind it cannot be asked for", "la suite ne peut pas être demandée"),
        (r"no id: (.*)", "pas un identifiant : {0}"),
        (r"ip_version: (.*), of (.*)", "ip_version : {0}, pour {1}"),
        (r"(\S+): (\S.*) wanted, not (.*)", "{0} : il fallait {1}, et non {2}"),
        (r"(.+) wanted, not (.*)", "il fallait {0}, et non {1}"),
        (r"(\S+): (.*) is no number of that kind", "{0} : {1} n'est pas une telle quantité"),
        (r"(\S+): (.*) is none", "{0} : {1} n'en est pas un"),
        (
            rf"Expected {_TICK}([^`]*){_TICK}, got {_TICK}([^`]*){_TICK}(?: - at {_TICK}\\?\$(.*){_TICK})?",
            "il fallait {0}, et non {1}, dans {2}",
        ),
        (r"(.*) does not appear to be an IPv4 or IPv6 network", "{0} n'est pas un réseau IPv4 ou IPv6"),
        (r"(.*) does not appear to be an IPv4 or IPv6 address", "{0} n'est pas une adresse IPv4 ou IPv6"),
    )
)


def in_french(reason: str) -> str:
    for pattern, told in _PATTERNS:
        if found := pattern.fullmatch(reason):
            values = [_words(value) for value in found.groups("")]
            return told.removesuffix(", dans {2}").format(*values) if values[2:] == [""] else told.format(*values)
    return reason


def _words(value: str) -> str:
    words = [_KINDS.get(word, word) for word in re.split(r" \| | or ", value)] if value not in _KINDS else [value]
    return " ou ".join(_KINDS.get(word, word) for word in words).removeprefix(".")
