"""The tests without a lab on other days, in other zones and languages, in another order, and on a busy machine.

`python -m tests.days`. What they say must be the same each time. All output is kept in `.test-run/days/`. Options of
pytest may follow, such as paths: `python -m tests.days --only leap -- tests/plan -n 0`. Needs Debian's faketime and
locales.
"""

import argparse
import calendar
import contextlib
import os
import random
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
KEPT = ROOT / ".test-run/days"
MEMORY = "not lab and not soak and not full"
BEFORE = timedelta(minutes=3)
"""So long before midnight, or before the clocks change, a run begins: then that happens in the midst of it."""
BUSY = "while True: pass"


@dataclass(frozen=True)
class Day:
    """What differs from an ordinary run. `at`: when it begins; `seed`: of the order of the tests."""

    name: str
    at: datetime | None = None
    env: dict[str, str] = field(default_factory=dict)
    seed: int | None = None
    is_busy: bool = False


def days(now: datetime, seed: int) -> list[Day]:
    year = now.year + 1
    leap = next(one for one in range(year, year + 8) if calendar.isleap(one))
    paris, noon = {"TZ": "Europe/Paris"}, now.replace(hour=12, minute=0)
    return [
        Day("first of a month", datetime(year, 3, 1, 0, 5, tzinfo=UTC)),
        Day("31st of a month", datetime(year, 1, 31, 12, tzinfo=UTC)),
        Day("leap day", datetime(leap, 2, 29, 12, tzinfo=UTC)),
        Day("new year", datetime(year + 1, 1, 1, tzinfo=UTC) - BEFORE),
        # In Europe clocks change at 01:00 UTC on the last Sunday of March and October.
        Day("summer time", _last_sunday(year, 3) + timedelta(hours=1) - BEFORE, paris),
        Day("winter time", _last_sunday(year, 10) + timedelta(hours=1) - BEFORE, paris),
        Day("in a year", noon + timedelta(days=365)),
        Day("in five years", noon + timedelta(days=5 * 365)),
        Day("Kathmandu", env={"TZ": "Asia/Kathmandu"}),  # five hours and three quarters
        Day("Auckland", env={"TZ": "Pacific/Auckland"}),  # another day than in Europe, for half of each
        Day("C", env={"LC_ALL": "C", "LANG": "C"}),
        Day("Turkish", env={"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8"}),  # where the small I is another letter
        Day("another order", seed=seed),
        Day("busy", is_busy=True),
    ]


@dataclass(frozen=True)
class Ended:
    """How one run ended: pytest's last line, and what failed."""

    day: Day
    code: int
    seconds: float
    told: str
    failed: tuple[str, ...]

    @property
    def line(self) -> str:
        return f"{self.day.name:18} {'same' if self.code == 0 else 'DIFFERS':8} {self.seconds:6.0f} s  {self.told}"


def run(day: Day, options: Sequence[str]) -> Ended:
    """The tests on that day. Times of files are not faked: there they are those of today."""
    log = KEPT / f"{day.name.replace(' ', '-')}.log"
    command = [sys.executable, "-m", "pytest", "-p", "tests.days", "-rfE", "--tb=short", "-m", MEMORY, *options]
    env = {
        **os.environ,
        **day.env,
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        # Else every wait for Python's own lock ends at once, and threads take turns without end: a day takes four times
        # as long.
        "FAKETIME_FORCE_MONOTONIC_FIX": "0",
        "TESTS_SHUFFLED": "" if day.seed is None else str(day.seed),
    }
    if day.at:
        ahead_s = round((day.at - datetime.now(UTC)).total_seconds())
        command = ["faketime", "-m", "-f", f"{ahead_s:+d}", *command]
    began = time.monotonic()
    with log.open("w") as out, _beside(2 if day.is_busy else 0):
        code = subprocess.run(command, cwd=ROOT, env=env, stdout=out, stderr=subprocess.STDOUT).returncode
    told = log.read_text(errors="replace")
    failed = re.findall(r"^(?:FAILED|ERROR) ([^ \n]+)", told, re.MULTILINE)
    last = re.findall(r"^(?=.*\b(?:passed|failed|errors?)\b.* in [\d.]+s).+$", told, re.MULTILINE)
    return Ended(day, code, time.monotonic() - began, last[-1].strip("= ") if last else f"see {log}", tuple(failed))


@contextlib.contextmanager
def _beside(count: int) -> Iterator[None]:
    loops = [subprocess.Popen([sys.executable, "-c", BUSY]) for _ in range(count)]
    try:
        yield
    finally:
        for loop in loops:
            loop.kill()
            loop.wait()


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, calendar.monthrange(year, month)[1], tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def lacking(chosen: Sequence[Day]) -> str:
    """What this machine lacks for these days, and how to have it."""
    if any(day.at for day in chosen) and not shutil.which("faketime"):
        return "faketime is missing: run apt-get install faketime"
    spoken = subprocess.run(["locale", "-a"], capture_output=True, text=True).stdout.lower().replace("-", "").split()
    for locale in {day.env["LC_ALL"] for day in chosen if "LC_ALL" in day.env}:
        if locale.lower().replace("-", "") not in spoken:
            return f"{locale} is missing: run localedef -i {locale.partition('.')[0]} -f UTF-8 {locale}"
    return ""


# ------------------------------------------------------------ within pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Another order of the files, and of the tests in each; what those of a file share is still made once."""
    if seed := os.environ.get("TESTS_SHUFFLED"):
        rng = random.Random(seed)
        files: dict[Path, list[pytest.Item]] = {}
        for item in items:
            files.setdefault(item.path, []).append(item)
        order = list(files.values())
        rng.shuffle(order)
        for tests in order:
            rng.shuffle(tests)
        items[:] = [item for tests in order for item in tests]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.days", description=__doc__)
    parser.add_argument("--only", action="append", default=[], metavar="WORD", help="days with this word in their name")
    parser.add_argument("--seed", type=int, default=random.randrange(10_000), help="of another order; told at the end")
    parser.add_argument("options", nargs="*", help="for pytest, after --")
    args = parser.parse_args()
    chosen = [
        day
        for day in days(datetime.now(UTC), args.seed)
        if not args.only or any(word in day.name for word in args.only)
    ]
    if not chosen or (why := lacking(chosen)):
        print(why if chosen else "no day has that word in its name", file=sys.stderr)
        return 2
    KEPT.mkdir(parents=True, exist_ok=True)
    ended: list[Ended] = []
    for day in chosen:
        ended.append(run(day, args.options or ["-n", "2", "--dist", "worksteal"]))
        print(ended[-1].line, *(f"    {test}" for test in ended[-1].failed), sep="\n", flush=True)
    print(f"\nOf {len(ended)} runs, all output in {KEPT.relative_to(ROOT)}; --seed {args.seed}:")
    print(*(one.line for one in ended), sep="\n")
    return int(any(one.code for one in ended))


if __name__ == "__main__":
    sys.exit(main())
