"""Secrets inside base64, as user data and logins carry them. Pure, in a time linear in the text."""

import base64
import re
from binascii import Error
from collections.abc import Callable, Iterator

_RUN = re.compile(r"(?<![\w+/-])[\w+/-]{12,}+={0,2}(?:\r?\n[ \t]{0,20}+[\w+/-]{12,}+={0,2})*+", re.ASCII)
"""One or several lines of it. Many a name and path looks so, but is no text when it is decoded."""
_LINE = re.compile(r"\S+")
_STANDARD = str.maketrans("-_", "+/", " \t\r\n=")
_LOGIN = re.compile(r"[\w.@+-]{1,64}:[^\s:/]{4,128}\s*")
"""A user and a password, as in HTTP Basic."""


def encoded_secrets(text: str, is_secret: Callable[[str], bool]) -> Iterator[tuple[int, int]]:
    """The positions of base64 that holds a login, or a text in which `is_secret` finds a secret."""
    for run in _RUN.finditer(text):
        if _holds(run[0], is_secret):
            yield run.span()
        elif "\n" in run[0]:
            for line in _LINE.finditer(text, *run.span()):
                if _holds(line[0], is_secret):
                    yield line.span()


def _holds(run: str, is_secret: Callable[[str], bool]) -> bool:
    said = run.translate(_STANDARD)
    said = said[: len(said) - (len(said) % 4 == 1)]
    try:
        raw = base64.b64decode(said + "=" * (-len(said) % 4))
        # PowerShell takes UTF-16.
        text = raw.decode("utf-16-le" if b"\0" in raw[:2] else "utf-8")
    except (Error, UnicodeDecodeError):
        return False
    is_text = all(one.isprintable() or one in "\t\r\n" for one in text)
    return is_text and (_LOGIN.fullmatch(text) is not None or is_secret(text))
