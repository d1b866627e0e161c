"""Results as tables: medians of what each tool took, and how Decamp stands to what is asked of it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from tests.disks_bench.course import ALIGNED, ALL, FIRST, ONE, RAW, RESTORE, UNALIGNED, Result
from tests.disks_bench.images import CHANGED_BLOCKS, CHUNK, MIB

HEAD = ["what", "wall", "rate", "client CPU", "server CPU", "peak memory", "stored"]
BARS_HEAD = ["required", "measured", "met"]

Same = Mapping[tuple[str, str], Sequence[Result]]
"""Results of the same tool at the same thing, a round each."""


def grouped(results: Iterable[Result]) -> dict[tuple[str, str], list[Result]]:
    same: dict[tuple[str, str], list[Result]] = {}
    for result in results:
        same.setdefault((result.tool, result.what), []).append(result)
    return same


def rows(same: Same) -> list[list[str]]:
    """One for each tool and thing it did: things in the order of the first tool that did them all."""
    things = list(dict.fromkeys(what for _, what in same))
    return [_row(same[key]) for key in sorted(same, key=lambda key: (things.index(key[1]), key[0] != RAW))]


def _row(of: Sequence[Result]) -> list[str]:
    wall, cpu = _wall(of), _cpu(of)
    spread = f" ({min(one.cost.cpu_s for one in of):.2f}–{max(one.cost.cpu_s for one in of):.2f})"
    server, stored = median(one.cost.server_cpu_s for one in of), median(one.stored_bytes for one in of)
    return [
        f"{of[0].tool}: {of[0].what}",
        f"{wall:.1f} s",
        f"{of[0].data_bytes / MIB / wall:,.0f} MiB/s",
        f"{cpu:.2f} s" + (spread if len(of) > 1 else ""),
        f"{server:.2f} s" if server else "",
        f"{median(one.cost.peak_mib for one in of):,.0f} MiB",
        f"{stored / MIB:,.1f} MiB" if stored else "",
    ]


# ------------------------------------------------------------ what is asked


class Bar(NamedTuple):
    """`is_` stands in a relation to `limit`: `<=` or `>=`."""

    asked: str
    is_: float
    relation: str
    limit: float
    unit: str = ""

    @property
    def kept(self) -> bool:
        return self.is_ <= self.limit if self.relation == "<=" else self.is_ >= self.limit

    def cells(self) -> list[str]:
        sign = {"<=": "≤", ">=": "≥"}[self.relation]
        asked = f"{self.asked} {sign} {self.limit:g}{self.unit}"
        return [asked, f"{self.is_:.2f}{self.unit}", "yes" if self.kept else "**no**"]


def bars(same: Same, load: str) -> list[Bar]:
    """Those for which all has been measured."""
    asked: dict[str, Callable[[Same], list[Bar]]] = {
        "disk": _disk_bars,
        "servers": _server_bars,
        "sparse": _sparse_bars,
    }
    return asked[load](same)


def _disk_bars(same: Same) -> list[Bar]:
    told = []
    ours, borg = same.get(("decamp", FIRST)), same.get(("borg", FIRST))
    if ours and borg:
        told += [
            Bar("stored, relative to borg", _stored(ours) / _stored(borg), "<=", 1.1),
            Bar("wall time of storing, relative to borg", _paired(ours, borg, lambda one: one.cost.wall_s), "<=", 1.2),
            Bar("CPU time of storing, relative to borg", _paired(ours, borg, lambda one: one.cost.cpu_s), "<=", 1.5),
        ]
    back, theirs = same.get(("decamp", RESTORE)), same.get(("borg", RESTORE))
    if back and theirs:
        rate = 1 / _paired(back, theirs, lambda one: one.cost.wall_s)
        told.append(Bar("rate of restoring, relative to borg", rate, ">=", 1))
    for what, limit in ((ALIGNED, 1.2), (UNALIGNED, 2.3)):
        if delta := same.get(("decamp", what)):
            ratio = _stored(delta) / (CHANGED_BLOCKS * CHUNK)
            told.append(Bar(f"stored after {what}, relative to the changes", ratio, "<=", limit))
    return told + _rate_bar(same)


def _server_bars(same: Same) -> list[Bar]:
    one, all_ = same.get(("decamp", ONE)), same.get(("decamp", ALL))
    return [Bar(f"stored of {ALL}, relative to one", _stored(all_) / _stored(one), "<=", 1.8)] if one and all_ else []


def _sparse_bars(same: Same) -> list[Bar]:
    ours = same.get(("decamp", FIRST))
    memory = [Bar("peak memory", max(one.cost.peak_mib for one in ours) * MIB / 1e6, "<=", 400, " MB")] if ours else []
    return memory + _rate_bar(same)


def _rate_bar(same: Same) -> list[Bar]:
    ours, raw = same.get(("decamp", FIRST)), same.get((RAW, FIRST))
    if not ours or not raw:
        return []
    ratio = 1 / _paired(ours, raw, lambda one: one.cost.wall_s)
    return [Bar("rate of storing, relative to the raw rate", ratio, ">=", 0.6)]


def _paired(ours: Sequence[Result], theirs: Sequence[Result], of: Callable[[Result], float]) -> float:
    """How many times theirs ours is: the median over the rounds, as a busy moment hits both of one round."""
    return median(of(a) / of(b) for a, b in zip(ours, theirs, strict=True))


def _stored(of: Sequence[Result]) -> float:
    return median(one.stored_bytes for one in of)


def _wall(of: Sequence[Result]) -> float:
    return median(one.cost.wall_s for one in of)


def _cpu(of: Sequence[Result]) -> float:
    return median(one.cost.cpu_s for one in of)
