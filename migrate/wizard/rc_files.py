"""RC files (openrc.sh) and pasted RC lines, read as text. Nothing in them is ever executed.

Only assignments of `OS_*` variables count. A value that a shell would have to compute (`$(…)`, backticks, an unknown
variable) is unknown, so the wizard asks for it.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

MOST_BYTES = 64 * 1024
"""An RC file has about 2 KiB."""

_LINE = re.compile(r"\s*(?:(?:export|set|setx)\s+)?(OS_[A-Z0-9_]{1,60})=(.*)", re.DOTALL)
_VARIABLE = re.compile(r"\$(?:\{([A-Za-z_][A-Za-z0-9_]*)\}|([A-Za-z_][A-Za-z0-9_]*))")
_UNKNOWN = ("$", "`")
_ENDS = frozenset(" \t;&|#")


class RcVariables(NamedTuple):
    """`values`: the variables with a known value.   `unknown`: names of those that a shell would compute."""

    values: Mapping[str, str]
    unknown: tuple[str, ...]


def read_rc(text: str) -> RcVariables:
    """The `OS_*` variables of an RC file. A later assignment replaces an earlier one."""
    values: dict[str, str] = {}
    unknown: list[str] = []
    for line in text.splitlines():
        found = _LINE.match(line)
        if found is None:
            continue
        name, value = found[1], _value(found[2].strip(), values)
        unknown = [one for one in unknown if one != name]
        values.pop(name, None)
        if value is None:
            unknown.append(name)
        elif value:
            values[name] = value
    return RcVariables(values, tuple(unknown))


def _value(text: str, known: Mapping[str, str]) -> str | None:
    """The value of an assignment's right-hand side as a shell would read it; None if it would have to run something."""
    parts: list[str] = []
    while text and text[0] not in _ENDS:
        if text[0] == "'":
            inner, end, text = text[1:].partition("'")
            if not end:
                return None
            parts.append(inner)
            continue
        piece, text = _double_quoted(text[1:]) if text[0] == '"' else _bare(text)
        expanded = None if piece is None else _expanded(piece, known)
        if expanded is None:
            return None
        parts.append(expanded)
    value = "".join(parts)
    # What is not UTF-8 was replaced: a password would be another one.
    return value if value.isprintable() and "\ufffd" not in value else None


def _double_quoted(text: str) -> tuple[str | None, str]:
    """The text up to the closing quote, with `\\x00` before each escaped sign; and what follows. None without one."""
    inner: list[str] = []
    signs = iter(range(len(text)))
    for at in signs:
        if text[at] == '"':
            return "".join(inner), text[at + 1 :]
        if text[at] == "\\" and text[at + 1 : at + 2] in {'"', "\\", "$", "`"}:
            inner.append(f"\0{text[at + 1]}")
            next(signs, None)
        else:
            inner.append(text[at])
    return None, ""


def _bare(text: str) -> tuple[str | None, str]:
    """The text up to a space, a quote or a sign that ends a command."""
    inner: list[str] = []
    at = 0
    while at < len(text) and text[at] not in _ENDS and text[at] not in "'\"":
        if text[at] == "\\" and at + 1 < len(text):
            inner.append(f"\0{text[at + 1]}")
            at += 2
        else:
            inner.append(text[at])
            at += 1
    return "".join(inner), text[at:]


def _expanded(piece: str, known: Mapping[str, str]) -> str | None:
    """The piece with earlier `OS_*` variables filled in; None if anything is left that a shell would compute."""
    plain: list[str] = []
    at = 0
    while at < len(piece):
        if piece[at] == "\0":
            plain.append(piece[at + 1 : at + 2])
            at += 2
            continue
        found = _VARIABLE.match(piece, at)
        if found and (name := found[1] or found[2]) in known:
            plain.append(known[name])
            at = found.end()
        elif piece[at] in _UNKNOWN:
            return None
        else:
            plain.append(piece[at])
            at += 1
    return "".join(plain)
