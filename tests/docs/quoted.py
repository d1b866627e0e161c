"""What a page quotes as code."""

import re
from collections.abc import Iterator

INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")


def code_lines(text: str) -> Iterator[str]:
    """Lines of fenced and indented code, a line that ends in a backslash joined with the next."""
    fenced, pending = False, ""
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif fenced or line.startswith("    "):
            pending += line.strip()
            if pending.endswith("\\"):
                pending = pending[:-1]
                continue
            yield pending
            pending = ""


def spans(text: str) -> Iterator[str]:
    """What stands in backticks within prose."""
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        elif not fenced:
            yield from INLINE.findall(line)
