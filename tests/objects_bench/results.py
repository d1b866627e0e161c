"""Results as the rows of a table: medians, and how many times less Decamp's CPU is than rclone's better one."""

import subprocess
from collections import Counter
from collections.abc import Iterable, Sequence
from statistics import median

from tests.objects_bench.course import AGAIN, BARE, COPY, LEAN_RCLONE, Result
from tests.objects_bench.tools import LEAN, PLAIN, RCLONE, ROOT

HEAD = [
    "what", "wall", "client CPU", "best rclone", "peak memory", "server CPU", "requests to the source",
    "requests to the target",
]  # fmt: skip
_PEERS = {"rclone", LEAN_RCLONE}


def rows(results: Iterable[Result]) -> list[list[str]]:
    """One for each tool and thing it did: copies first, then what a second time costs, then the bare start."""
    same: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        same.setdefault((result.what, result.tool), []).append(result)
    best: dict[str, float] = {}
    for (what, tool), of in same.items():
        if tool in _PEERS:
            best[what] = min(_median(of, "cpu_s"), best.get(what, float("inf")))
    bare = next((_median(of, "cpu_s") for (what, _), of in same.items() if what == BARE), None)
    return [_row(tool, what, of, best.get(what), bare) for (what, tool), of in sorted(same.items(), key=_order)]


def _order(entry: tuple[tuple[str, str], list[Result]]) -> tuple[int, str]:
    (what, tool), _ = entry
    return (COPY, AGAIN, BARE).index(what), tool


def _row(tool: str, what: str, of: Sequence[Result], best: float | None, bare: float | None) -> list[str]:
    cpu = _median(of, "cpu_s")
    ratio = ""
    if tool == "decamp" and best:
        ratio = f"{best / cpu:.1f} times as much"
        if bare and cpu > bare:
            ratio += f"; {best / (cpu - bare):.1f} without the bare start"
    spread = f"{min(one.cpu_s for one in of):.2f}–{max(one.cpu_s for one in of):.2f}"
    return [
        f"{tool}: {what}",
        f"{_median(of, 'wall_s'):.1f} s",
        f"{cpu:.2f} s" + (f" ({spread})" if len(of) > 1 else ""),
        ratio,
        f"{_median(of, 'peak_mib'):.0f} MiB",
        f"{_median(of, 'server_cpu_s'):.1f} s",
        _counted(of[-1].source),
        _counted(of[-1].target),
    ]


def _median(of: Sequence[Result], field: str) -> float:
    return float(median(getattr(one, field) for one in of))


def _counted(requests: Counter[str]) -> str:
    return ", ".join(f"{method} {count:,}" for method, count in sorted(requests.items())) or "nothing"


def versions() -> str:
    told = subprocess.run([RCLONE, "version"], capture_output=True, text=True, check=True).stdout.split()[1]
    commit = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    ours = subprocess.run(commit, capture_output=True, text=True).stdout.strip()
    return f"rclone {told}, Decamp at {ours or 'an unknown commit'}"


def commands() -> str:
    lean = " ".join(option for option in LEAN if option not in PLAIN)
    return (
        f"`rclone copy src:load dst:load {' '.join(PLAIN)}`; {LEAN_RCLONE} also with `{lean}`; Decamp with `decamp run "
        f"--execute` and the same number of workers."
    )
