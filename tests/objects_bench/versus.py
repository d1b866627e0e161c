"""`make versus`: an awkward tenant, moved by rclone and by Decamp, and a judge who is neither.

python -m tests.objects_bench.versus [--no-write]
"""

import argparse
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from tests.objects_bench.awkward import Item, build
from tests.objects_bench.document import machine, table, write_section
from tests.objects_bench.judge import CHANGED, KEPT, LOST, Verdict, by_item, judge
from tests.objects_bench.lab import ensure_tenant
from tests.objects_bench.measure import Usage
from tests.objects_bench.raw import LAB, Account
from tests.objects_bench.tools import PLAIN, RCLONE, Decamp, direct, rclone

DOCUMENT = LAB.parent / "docs/benchmarks.md"
SOURCE = "versus"
BEST = (*PLAIN, "--no-unicode-normalization")
_HEADINGS = {KEPT: "kept", CHANGED: "changed", LOST: "**lost**"}


class Moved(NamedTuple):
    tool: str
    usage: Usage
    rows: list[tuple[str, str, list[Verdict]]]


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.objects_bench.versus", description=__doc__)
    parser.add_argument("--no-write", action="store_true", help="print the table alone")
    options = parser.parse_args(arguments)
    items = build(ensure_tenant("source", SOURCE))
    moved = [one(items) for one in (_by_rclone, _by_rclone_with_metadata, _by_decamp)]
    text = _section(items, moved)
    print(text)
    for one in moved:
        print(f"\n{one.tool}: ended with {one.usage.status}\n{one.usage.output[-1500:]}", file=sys.stderr)
        for _, _, verdicts in one.rows:
            print(*verdicts, sep="\n", file=sys.stderr, end="\n" if verdicts else "")
    if not options.no_write:
        write_section(DOCUMENT, "versus", text)
    return 0


def _move(tool: str, items: list[Item], how: Callable[[str, str], Usage]) -> Moved:
    source, target = f"source-{SOURCE}", ensure_tenant("target", f"{SOURCE}-{tool.lower().replace(' ', '')}")
    Account.of(target).empty()
    usage = how(source, target)
    moved = Moved(tool, usage, by_item(items, judge(source, target)))
    Account.of(target).empty()
    return moved


def _by_rclone(items: list[Item]) -> Moved:
    return _move("rclone", items, lambda source, target: rclone(direct(source, target), "", options=BEST))


def _by_rclone_with_metadata(items: list[Item]) -> Moved:
    return _move("rclone -M", items, lambda source, target: rclone(direct(source, target), "", options=(*BEST, "-M")))


def _by_decamp(items: list[Item]) -> Moved:
    def move(source: str, target: str) -> Usage:
        with tempfile.TemporaryDirectory() as folder:
            decamp = Decamp(Path(folder) / "migration", direct(source, target))
            decamp.prepare()
            return decamp.run()

    return _move("Decamp", items, move)


def _section(items: list[Item], moved: list[Moved]) -> str:
    """The table: a row for each item, a column for each tool."""
    verdicts = [{row: verdict for row, verdict, _ in one.rows} for one in moved]
    rows = [[row, *(_HEADINGS[of[row]] for of in verdicts)] for row in dict.fromkeys(item.row for item in items)]
    counts = [Counter(of.values()) for of in verdicts]
    rows.append(["kept in total", *(f"{count[KEPT]} of {count.total()}" for count in counts)])
    version = subprocess.run([RCLONE, "version"], capture_output=True, text=True, check=True).stdout.split()[1]
    return (
        f"## What a move keeps: an awkward tenant\n\n"
        f"`make versus`, on {machine()}. rclone is {version}, `rclone copy src: dst: {' '.join(BEST)}`. Each tool "
        f"moves the same tenant between the lab's two real Swifts to a fresh one; a separate judge "
        f"compares object by object with raw requests (`tests/objects_bench/judge.py`).\n\n"
        + table(["what", *(one.tool for one in moved)], rows)
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
