r"""Output text: without our secrets, and with invisible and control characters escaped.

A tenant controls its names. A control character in one could move the cursor, an override could reorder the text, a
zero-width one could make two names look alike, and a line break could fake a line. They are all shown in Python's
notation (`\x1b`, `\u202e`); letters of any script stay. Idempotent.
"""

import re
import unicodedata

from migrate.own_secrets import hidden

_HIDDEN = frozenset({"Cc", "Cf", "Co", "Cs", "Zl", "Zp"})
"""Unicode's categories of control, format and private use characters, lone surrogates, and line separators."""
_SHORT = {"\n": r"\n", "\r": r"\r", "\t": r"\t"}
_BLANKS = re.compile(r"[^\S\u00a0\u202f]+")
"""Spaces that may break a line: numbers and French punctuation have non-breaking ones."""
_PLAIN_JSON = re.compile(r"[^\n -~]")


def visible(text: str, keep: str = "") -> str:
    """The text without our secrets, with invisible characters escaped, except those in `keep`."""
    text = hidden(text)
    if text.isprintable():
        return text
    return "".join(sign if sign in keep or not _is_hidden(sign) else _escaped(sign) for sign in text)


def is_text(value: str) -> bool:
    """Whether a document can hold it: bytes of a command line that are not UTF-8 are lone surrogates in it."""
    return value.isascii() or not any("\ud800" <= sign <= "\udfff" for sign in value)


def one_line(text: str) -> str:
    """The same text on one line, with single spaces."""
    return _BLANKS.sub(" ", text).strip(" ")


def visible_json(document: str) -> str:
    r"""The same JSON document, with JSON escapes for everything that `visible` escapes: `\u009b`."""
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
