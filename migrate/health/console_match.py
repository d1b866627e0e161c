"""Whether the end of a console log matches a regular expression: in a process of its own, which can be ended.

A pattern that suits the text badly may take for ever, and while it does nothing else of this process runs.
"""

import json
import re
import subprocess
import sys
from typing import Literal

LINES, _MOST = 500, 100_000
_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]{0,200}(?:\x07|\x1b\\)|[@-Z\\^_])")
"""Colours, cursor movements and titles: a pattern is about the words between them."""
_MATCH = "import json,re,sys;p,t=json.load(sys.stdin);sys.exit(0 if re.search(p,t,re.M) else 1)"

Seen = Literal["matches", "no-match", "too-slow", "empty"]


def match_console(pattern: str, text: str, limit_s: float) -> Seen:
    """Looks at the last 500 lines and 100,000 characters, without escape sequences; `^` and `$` mean a line's ends."""
    plain = _ESCAPES.sub("", text[-_MOST:].replace("\r", ""))
    plain = "\n".join(plain.split("\n")[-LINES:])
    if not plain.strip():
        return "empty"
    given = json.dumps([pattern, plain])
    try:
        ended = subprocess.run(
            [sys.executable, "-I", "-S", "-c", _MATCH],
            input=given.encode(),
            timeout=limit_s,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except subprocess.TimeoutExpired:
        return "too-slow"
    return "matches" if ended.returncode == 0 else "no-match"
