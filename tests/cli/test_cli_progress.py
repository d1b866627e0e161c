"""Progress: bars on a terminal, lines elsewhere; from many threads; a retry takes back what it had counted."""

import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from migrate.cli.progress_bars import BarMonitor, LineMonitor, make_monitor


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_stream_chooses() -> None:
    assert isinstance(make_monitor(1, "run", Terminal()), BarMonitor)
    assert isinstance(make_monitor(1, "run", io.StringIO()), LineMonitor)


def test_lines_tell_start_end_and_notes() -> None:
    out = io.StringIO()
    monitor = LineMonitor(2048, "run", out)
    monitor.item_started("server:1:capture", "web-1", 2048)
    monitor.item_advanced("server:1:capture", 2048)
    monitor.note("a word")
    monitor.item_finished("server:1:capture", "done")
    assert out.getvalue().splitlines() == [
        "started  server:capture web-1 (2.0 KiB)",
        "a word",
        "done     server:capture web-1 (2.0 KiB)",
    ]
    assert "\r" not in out.getvalue()


class Written(io.StringIO):
    """Notes each write by itself: between two of them another thread may write a record of the log."""

    def __init__(self) -> None:
        super().__init__()
        self.writes: list[str] = []

    def write(self, text: str, /) -> int:
        self.writes.append(text)
        return super().write(text)


@pytest.mark.parametrize("kind", [LineMonitor, BarMonitor])
def test_a_line_and_its_end_are_one_write(kind: type[LineMonitor | BarMonitor]) -> None:
    out = Written()
    monitor = kind(0, "run", out)
    monitor.item_started("router:1", "edge", 0)
    monitor.note("a word")
    monitor.item_finished("router:1", "done")
    monitor.close()
    assert {"a word\n", "done     router edge\n"} <= set(out.writes)


def test_lines_tell_rate_and_remaining_time_at_intervals() -> None:
    out = io.StringIO()
    monitor = LineMonitor(4096, "run", out, interval_s=0.0)
    monitor.item_advanced("a", 1024)
    assert out.getvalue().startswith("run: 1.0 KiB/4.0 KiB, ") and "/s, " in out.getvalue()


def test_a_retry_takes_back() -> None:
    out = io.StringIO()
    monitor = LineMonitor(100, "run", out, interval_s=0.0)
    monitor.item_started("volume:1", "data", 100)
    for delta in (60, -60, 100):
        monitor.item_advanced("volume:1", delta)
    monitor.item_finished("volume:1", "done")
    assert "done     volume data (100 B)" in out.getvalue()


def test_an_item_that_was_smaller_than_said_makes_the_whole_shrink() -> None:
    out = io.StringIO()
    monitor = LineMonitor(300, "run", out, interval_s=0.0)
    monitor.item_started("volume:1", "data", 200)
    monitor.item_advanced("volume:1", 50)
    monitor.item_finished("volume:1", "done")
    monitor.item_advanced("volume:2", 10)
    assert "60 B/150 B" in out.getvalue().splitlines()[-1]


def test_bars_from_many_threads() -> None:
    out = Terminal()
    monitor = BarMonitor(8 * 1000, "run", out)

    def work(number: int) -> None:
        step = f"volume:{number}"
        monitor.item_started(step, f"disk-{number}", 1000)
        for _ in range(10):
            monitor.item_advanced(step, 100)
        monitor.item_finished(step, "done")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    assert monitor._total.n == 8 * 1000
    monitor.close()
    monitor.close()
    assert "disk-3" in out.getvalue() and "100%" in out.getvalue()
