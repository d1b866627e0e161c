"""What stands on a screen."""

import re
import unicodedata

from tests.cli.conftest import Result

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
LOGGED = re.compile(r"[0-9-]{10} [0-9:,]{12} ")


def columns(line: str) -> int:
    seen = (sign for sign in line if unicodedata.category(sign) not in {"Mn", "Me"})
    return sum(2 if unicodedata.east_asian_width(sign) in "WF" else 1 for sign in seen)


def too_wide(result: Result) -> list[str]:
    """Lines of over 80 columns; a long word, such as a path, stays whole, and so does a record of the log."""
    lines = [line for line in (result.out + result.err).splitlines() if not LOGGED.match(line)]
    return [line for line in lines if columns(line) > 80 and " " in line.strip()]
