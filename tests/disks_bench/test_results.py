"""What the harness makes of its measurements, and of files; nothing is measured."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.disks_bench.course import ALIGNED, ALL, FIRST, ONE, RAW, RESTORE, UNALIGNED, Result
from tests.disks_bench.images import CHUNK, MIB, Disk, data_chunks, extents
from tests.disks_bench.results import bars, grouped, rows
from tests.disks_bench.tools import Cost, Decamp, Failed, Rsync, Tool, versions

ROOT = Path(__file__).parents[2]


def result(tool: str, what: str, wall_s: float, cpu_s: float = 1.0, stored_bytes: int = 0, mib: float = 90) -> Result:
    return Result(tool, what, Cost(wall_s, cpu_s, mib), stored_bytes, 1000 * MIB)


def test_a_row_tells_medians_and_rows_go_by_what_was_done() -> None:
    told = rows(
        grouped(
            [
                result("borg", FIRST, 9.0, stored_bytes=300 * MIB),
                *(result("decamp", FIRST, wall, wall / 2, 330 * MIB) for wall in (20.0, 4.0, 5.0)),
                result("decamp", RESTORE, 2.0),
                result("borg", RESTORE, 1.0)._replace(cost=Cost(1.0, 0.5, 20, 0.25)),
                result(RAW, FIRST, 3.0),
            ]
        )
    )
    assert [row[0] for row in told] == [
        f"{RAW}: {FIRST}", f"borg: {FIRST}", f"decamp: {FIRST}", f"decamp: {RESTORE}", f"borg: {RESTORE}",
    ]  # fmt: skip
    assert told[2][1:] == ["5.0 s", "200 MiB/s", "2.50 s (2.00–10.00)", "", "90 MiB", "330.0 MiB"]
    assert told[4][3:] == ["0.50 s", "0.25 s", "20 MiB", ""]


def test_what_is_asked_is_compared_round_by_round() -> None:
    """A busy machine makes both slow in one round: 3, 2 and 1 times borg's wall, though the medians are equal."""
    ours, theirs = (3.0, 4.0, 5.0), (1.0, 2.0, 5.0)
    measured = [result("decamp", FIRST, wall, 1.6, 11 * MIB) for wall in ours]
    measured += [result("borg", FIRST, wall, 1.0, 10 * MIB) for wall in theirs]
    told = {bar.asked: bar for bar in bars(grouped(measured), "disk")}
    assert {asked: (bar.is_, bar.kept) for asked, bar in told.items()} == {
        "stored, relative to borg": (1.1, True),
        "wall time of storing, relative to borg": (2.0, False),
        "CPU time of storing, relative to borg": (1.6, False),
    }
    assert told["CPU time of storing, relative to borg"].cells() == [
        "CPU time of storing, relative to borg ≤ 1.5",
        "1.60",
        "**no**",
    ]


def test_each_thing_that_is_asked_is_told_once_it_is_measured() -> None:
    changed = 655 * CHUNK
    whole = [
        result("decamp", RESTORE, 2.0), result("borg", RESTORE, 1.9), result(RAW, FIRST, 1.0),
        result("decamp", FIRST, 1.7), result("decamp", ALIGNED, 1.0, stored_bytes=changed),
        result("decamp", UNALIGNED, 1.0, stored_bytes=3 * changed),
    ]  # fmt: skip
    assert [bar.kept for bar in bars(grouped(whole), "disk")] == [False, True, False, False]
    servers = [result("decamp", ONE, 1.0, stored_bytes=10), result("decamp", ALL, 1.0, stored_bytes=18)]
    assert [bar.kept for bar in bars(grouped(servers), "servers")] == [True]
    sparse = [result("decamp", FIRST, 1.0, mib=382), result(RAW, FIRST, 0.6)]
    assert [bar.kept for bar in bars(grouped(sparse), "sparse")] == [False, True]
    assert bars({}, "disk") == bars({}, "servers") == bars({}, "sparse") == []


def test_holes_are_neither_data_nor_read(tmp_path: Path) -> None:
    file = tmp_path / "sparse.raw"
    with file.open("wb") as made:
        made.truncate(10 * MIB + 5)
        for at in (3 * CHUNK + 100, 80 * CHUNK - 1):
            made.seek(at)
            made.write(b"x" * 2)
        made.seek(10 * MIB)
        made.write(b"12345")
    assert list(data_chunks(file)) == [3 * CHUNK, 79 * CHUNK, 80 * CHUNK, 160 * CHUNK]
    with file.open("rb") as opened:
        held = list(extents(opened.fileno()))
    assert sum(end - start for start, end in held) < 64 * 1024
    assert Disk.of(file).data_bytes < 64 * 1024 and Disk.of(file).size_bytes == 10 * MIB + 5


def test_what_is_stored_is_counted_without_holes_and_caches(tmp_path: Path) -> None:
    store, single = Decamp(tmp_path / "a"), Rsync(tmp_path / "b")
    assert store.stored_bytes() == 0
    for file, size in ((store.place / "packs/one", 5000), (store.place / "two", 7), (store.home / "cache/x", 9000)):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x" * size)
    assert store.stored_bytes() == 5007
    single.home.mkdir()
    with single.place.open("wb") as made:
        made.truncate(MIB)
        made.write(b"x" * 4096)
    os.sync()  # a file system that allocates late counts no blocks before
    assert single.stored_bytes() == 4096


def test_a_tool_that_fails_or_is_missing_is_told_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(Failed, match=r"ended with 3\nwhy$"):
        Tool(tmp_path).run(sys.executable, "-c", "print('why', end=''); raise SystemExit(3)")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failed, match=r'^borg is missing: run "lab/lab install --peers" first\.$'):
        versions()


def test_the_raw_rate_is_measured_over_data_alone(tmp_path: Path) -> None:
    file = tmp_path / "sparse.raw"
    with file.open("wb") as made:
        made.truncate(2**40)
        made.seek(2**39)
        made.write(b"x" * MIB)
    script = ROOT / "tests/disks_bench/raw.py"
    subprocess.run([sys.executable, "-P", script, file, "2"], check=True, timeout=60)
