"""Text that leaves the program: no secret that we hold, and what cannot be seen or acts on a terminal as an escape.

A tenant's names are strangers' text. A control character in one moves the cursor, an override turns the words around
it, a zero-width one makes two names look alike, and a line break adds a line that nobody wrote. All of them are shown
as Python writes them (`\\x1b`, `\\u202e`); letters of any script stay. Doing it twice changes nothing.
"""

import re
import unicodedata

from migrate.own_secrets import hidden

_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Unicode's categories of controls, format signs, private use, lone surrogates, and separators of lines."""
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_BLANKS = re.compile(r"[^\S\u00a0\u202f]+")
"""Blanks that may break a line: a number keeps the space before its unit, and French the one before its signs."""
_PLAIN_JSON = re.compile(r"[^\n -~]")


def visible(text: str, keep: str = "") -> str:
    """The text without secrets of ours, and with every sign that cannot be seen as an escape, but those in `keep`."""
    text = hidden(text)
    if text.isprintable():
        return text
    return "".join(sign if sign in keep or not _is_hidden(sign) else _escaped(sign) for sign in text)


def one_line(text: str) -> str:
    """The same text on one line, with single spaces."""
    return _BLANKS.sub(" ", text).strip(" ")


def visible_json(document: str) -> str:
    """The same JSON document, with what `visible` would show as an escape as JSON's own: `\\u009b`."""
    return document if document.isascii() and "\x7f" not in document else _PLAIN_JSON.sub(_json_escaped, document)


def _is_hidden(sign: str) -> bool:
    return unicodedata.category(sign) in _HIDDEN


def _escaped(sign: str) -> str:
    code = ord(sign)
    return _SHORT.get(sign) or (
        f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
    )


def _json_escaped(found: re.Match[str]) -> str:
    sign = found[0]
    if not _is_hidden(sign):
        return sign
    units = sign.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
