"""The tour in docs/guides: what `decamp demo` prints, recorded anew by `python -m tests.docs.tour`.

Moments, spans and ids that differ from one recording to the next stand as `DATE`, `TIME` and `ID`. Lines of progress
are left out, and the middle of a long output, where `[…]` stands. `tests/docs/test_tour.py` compares all else.
"""

import os
import re
import subprocess
import sys
import tempfile
from functools import partial
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs/guides"
PAGES = {"en": GUIDES / "tour.md", "fr": GUIDES / "fr/tour.md"}
BEGIN, END = "<!-- python -m tests.docs.tour -->\n", "<!-- end of the recording -->\n"

WIDTH, HEAD, TAIL = 132, 14, 5
"""Columns of the recording; lines that are shown of a long output, at its beginning and its end."""

_NORMAL = (
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:Z|\+00:00)"), "DATE"),
    (re.compile(r"\d{1,2}(?:er)? [^\W\d]+\.? \d{4}(?:, \d\d:\d\d| à \d{1,2} h \d\d)"), "DATE"),
    (re.compile(r"(?<![\w.,])\d+(?:[.,]\d+)? (?:d|j|h|min|s)(?: \d\d? (?:h|min|s))?(?![\w/])"), "TIME"),
    (re.compile(r"\d+(?:[.,]\d+)? [KMG]?i?[Bo]/s"), "RATE"),
    (re.compile(r"(?<=  )[0-9a-f]{8}(?=  )"), "ID"),
)
_PROGRESS = re.compile(r"(?:started|done) {2,}|run ?: |[^ ]+ ?: .*(?:down for|interrompue depuis) ")
_ANY_ORDER = re.compile(r"(?:source|target|cible) ?: |.*  ID +")
"""Lines that come in any order: both clouds are read at once, and steps create what `clean` lists."""


def play(lang: str, folder: Path) -> "subprocess.CompletedProcess[str]":
    """`decamp demo demo` in that folder, both streams in one."""
    settings = {"COLUMNS": str(WIDTH), "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(ROOT), "TZ": "UTC"}
    return subprocess.run(
        [sys.executable, "-m", "migrate.cli.main", "demo", "demo", "--lang", lang],
        env={**os.environ, **settings},
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
    )


def record(lang: str) -> str:
    """All that the demo prints."""
    with tempfile.TemporaryDirectory() as folder:
        done = play(lang, Path(folder))
    if done.returncode:
        raise RuntimeError(done.stdout)
    return done.stdout


def normal(text: str) -> str:
    """The recording without what differs each time; columns of tables stay below each other."""
    for pattern, word in _NORMAL:
        text = re.sub(f"({pattern.pattern})(  )?", partial(_replaced, word=word), text)
    lines: list[str] = []
    for is_any_order, group in groupby(text.splitlines(), key=lambda line: bool(_ANY_ORDER.match(line))):
        told = [line for line in group if not _PROGRESS.match(line)]
        lines += sorted(told) if is_any_order else told
    return "\n".join(lines)


def sections(recording: str) -> str:
    """The recording as a page has it: a heading for each part that the demo announces, its commands as code."""
    written: list[str] = []
    for title, body in re.findall(r"^\[ *TIME\] (.+)\n((?:(?!\[ *TIME\] ).*\n?)*)", normal(recording), re.MULTILINE):
        written.append(f"## {title}\n")
        outputs = re.split(r"^(?=\$ )", body.strip(), flags=re.MULTILINE)
        if body.strip():
            shown = "\n".join(_shortened(output.strip()) for output in outputs if output)
            written.append(f"```text\n{shown}\n```\n")
    return "\n".join(written)


def recorded(page: str) -> str:
    """What stands between the marks of a page."""
    return page.split(BEGIN)[1].split(END)[0]


# ------------------------------------------------------------ internals


def _replaced(found: re.Match[str], word: str) -> str:
    return word.ljust(len(found[1])) + found[2] if found[2] else word


def _shortened(output: str) -> str:
    lines = output.splitlines()
    if len(lines) <= HEAD + TAIL + 2:
        return output
    return "\n".join([*lines[:HEAD], "[…]", *lines[-TAIL:]])


if __name__ == "__main__":
    for lang, path in PAGES.items():
        page = path.read_text("utf-8")
        before, after = page.split(BEGIN)[0], page.split(END)[1]
        path.write_text(f"{before}{BEGIN}\n{sections(record(lang))}\n{END}{after}", "utf-8")
