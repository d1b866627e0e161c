"""`make test` and `make test-all`: every part runs whatever became of the others, and the end says which test failed.

The virtual environments, lint, the tests on in-memory clouds and those on the lab are parts: each begins when what it
needs is there, so that the lab comes up while other tests run. All that a part prints goes to a file in `.test-run/`.
The screen shows when a part begins and ends, and each failed test at once; at the end the failures, a table, the names
of what failed, and one line of counts.

A lab test that failed is run once more when nothing else runs. If it passes then, the run is green, says `flaky: TEST`
and keeps the name in tests/flaky.jsonl; more than MOST_FLAKY of them make it red. A test in memory is never run again.

The exit code is the worst of all parts'. This file needs Python alone: it makes the environment that the tests need.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import TextIO

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".test-run"
FLAKY = ROOT / "tests" / "flaky.jsonl"

MOST_FLAKY = 2
"""More lab tests than these that failed, and none is run again: the run is red."""
ROOM_BYTES = 4 << 30
"""What /dev/shm must have free to take the files of the tests."""
MOST_SHOWN, MOST_LINES = 10, 40
"""Failures whose details the end shows, and the lines of each; all of them stand in `.test-run/`."""

NEARLY = 0.97
"""Of so much of a part's tests on, the next part may begin: the last ones leave a core without work now and then."""
LAB_FROM = 0.6
"""The lab comes up from this share of the memory part's tests on: it is ready in time, and idle no longer than needed
(a twentieth of a core)."""

LAB_FOLDERS = ("lab", "kill", "contract", "s3", "ledger", "cli")
"""The folders that hold lab tests: the others need not be collected for them."""
CHEAP_FIRST = (
    *("plan", "inventory", "messages", "policy", "wizard", "forecast", "docs", "report", "verify", "openstack"),
    "sim",
)
"""What the memory part begins with: it tells most for its time. All else follows by name."""


@dataclass(frozen=True)
class Part:
    """What runs at once: a command, and the parts that must have ended well before it."""

    name: str
    command: Sequence[str]
    needs: tuple[str, ...] = ()
    after: tuple[tuple[str, float], ...] = ()
    """Parts of which only this share of the tests must have ended: side by side they would slow each other."""
    limit_s: float = 1200.0
    """It is ended after so many seconds, and has failed then."""
    is_pytest: bool = False
    environment: dict[str, str] = field(default_factory=dict)


@dataclass
class Ended:
    """What became of a part. `code` is None where it could not begin."""

    part: Part
    code: int | None
    wall_s: float = 0.0
    cpu_s: float = 0.0
    note: str = ""
    tests: list[dict[str, object]] = field(default_factory=list)
    expected: int = 0
    begun: set[str] = field(default_factory=set)
    """Tests that have begun and not ended."""
    unread: str = ""
    """The beginning of a line that is still being written."""

    @property
    def ended_well(self) -> bool:
        return self.code == 0

    def of(self, outcome: str) -> list[dict[str, object]]:
        return [test for test in self.tests if test["outcome"] == outcome]


def parts(everything: bool, python: str) -> list[Part]:
    """The parts of `make test`, or of `make test-all`: with the rest of each matrix."""
    bin_ = os.environ.get("VENV", ".venv") + "/bin"
    rest = "" if everything else " and not full"
    temporary = _temporary()
    scale = 3 if everything else 1
    pytest = [f"{bin_}/python", "-m", "pytest", "-p", "tests.outcomes", "--skips", "fail", "--tb", "short"]
    make = ["make", "-s", f"PYTHON={python}"]
    return [
        Part("set-up", [*make, f"{bin_}/.installed"]),
        Part("lab set-up", ["lab/lab", "install"]),
        Part("lint", [*make, "lint"], needs=("set-up",)),
        Part("lab up", ["lab/lab", "up"], needs=("lab set-up",), after=(("memory", LAB_FROM),), limit_s=600),
        Part(
            "memory",
            # Three on two cores: one or the other always waits for a process that it has started.
            [
                *pytest, "-n", "3", "--max-worker-restart", "2", "--dist", "worksteal",
                "-m", f"not lab and not soak{rest}", *_folders(),
            ],
            needs=("set-up",),
            after=(("lab set-up", 1.0),),
            limit_s=2700 * scale,
            is_pytest=True,
            environment=temporary,
        ),
        Part(
            "lab",
            [
                *pytest, "-n", "4", "--max-worker-restart", "2", "--dist", "loadfile", "--no-loadscope-reorder",
                "-m", f"lab and not soak{rest}",
                *(f"tests/{name}" for name in LAB_FOLDERS),
            ],
            needs=("set-up", "lab up"),
            after=(("memory", NEARLY),),
            limit_s=3300 * scale,
            is_pytest=True,
            environment=temporary,
        ),
    ]  # fmt: skip


def chosen(all_parts: Sequence[Part], names: Sequence[str]) -> list[Part]:
    """The parts of these names with all that they need, and all parts for no name. Raises: KeyError: no such part."""
    by_name = {part.name: part for part in all_parts}
    wanted = set[str]()
    waiting = list(names or by_name)
    while waiting:
        name = waiting.pop()
        wanted.add(name)
        waiting += by_name[name].needs
    return [part for part in all_parts if part.name in wanted]


def _folders() -> list[str]:
    """All folders and files of tests, those of CHEAP_FIRST before the others."""
    found = sorted(path for path in (ROOT / "tests").iterdir() if path.is_dir() or path.name.startswith("test_"))
    rank = {name: at for at, name in enumerate(CHEAP_FIRST)}
    found.sort(key=lambda path: rank.get(path.name, len(rank)))
    return [f"tests/{path.name}" for path in found if not path.name.startswith((".", "__"))]


def _temporary() -> dict[str, str]:
    """Tests write a lot of small files and sync them: in memory where there is room."""
    shm = Path("/dev/shm")
    if shm.is_dir() and os.access(shm, os.W_OK) and shutil.disk_usage(shm).free >= ROOM_BYTES:
        return {"TMPDIR": str(shm)}
    return {}


class Run:
    """Carries out parts at once, each in a thread that waits for what it needs."""

    def __init__(self) -> None:
        self.stopped_by = 0
        """The number of the signal that ended all parts; 0 without one."""
        self.ended: dict[str, Ended] = {}
        self._share: dict[str, float] = {}
        """Of each part's tests that have ended; 1.0 where the part has."""
        self._further = threading.Condition()
        self._processes: list[subprocess.Popen[bytes]] = []
        self._screen = threading.Lock()
        self._began = time.monotonic()

    def carry_out(self, wanted: Sequence[Part]) -> list[Ended]:
        self._share |= {part.name: 0.0 for part in wanted}
        threads = [threading.Thread(target=self._one, args=(part,)) for part in wanted]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return [self.ended[part.name] for part in wanted]

    def stop(self, number: int, frame: FrameType | None = None) -> None:
        """Ends all parts: for a signal. What had failed by then is told all the same."""
        self.stopped_by = number
        for process in self._processes:
            _kill(process)

    def _one(self, part: Part) -> None:
        try:
            for name, share in (*((name, 1.0) for name in part.needs), *part.after):
                self._wait_for(name, share)
            if self.stopped_by:
                self.ended[part.name] = Ended(part, None, note="not run: stopped by a signal")
                return
            if failed := [name for name in part.needs if not self.ended[name].ended_well]:
                self.ended[part.name] = Ended(part, None, note=f"not run: {' and '.join(failed)} failed")
                self._tell(f"{part.name}: not run, as {' and '.join(failed)} failed")
                return
            self.ended[part.name] = self._carried_out(part)
        finally:
            self._is_at(part, 1.0)

    def _wait_for(self, name: str, share: float) -> None:
        """Until so much of the part is over. A part that nobody wants is."""
        with self._further:
            self._further.wait_for(lambda: self._share.get(name, 1.0) >= share)

    def _is_at(self, part: Part, share: float) -> None:
        with self._further:
            self._share[part.name] = share
            self._further.notify_all()

    def _carried_out(self, part: Part) -> Ended:
        self._tell(f"{part.name}: begins")
        outcomes, log, command = KEPT / f"{_file(part)}.jsonl", KEPT / f"{_file(part)}.log", list(part.command)
        outcomes.touch()
        if part.is_pytest:
            command += ["--outcomes", str(outcomes)]
        # Where CI is set pytest prints every line of a long comparison, twice.
        environment = {name: value for name, value in os.environ.items() if name not in {"CI", "BUILD_NUMBER"}}
        # Byte code is kept: a start of decamp costs half as much then.
        environment |= {"PYTHONDONTWRITEBYTECODE": "", **part.environment}
        ended, began = Ended(part, 1), time.monotonic()
        with log.open("wb") as output, outcomes.open() as lines:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, cwd=ROOT, env=environment,
                start_new_session=True,
            )  # fmt: skip
            self._processes.append(process)
            try:
                self._watch(process, ended, lines, began)
            except Exception as error:
                ended.note = f"{type(error).__name__}: {error}"
            finally:
                if self.stopped_by or process.returncode is None:
                    _kill(process)
                self._processes.remove(process)
        for test in sorted(ended.begun):
            ended.tests.append(
                {"id": test, "outcome": "failed", "phase": "begun", "error": "did not end", "details": ""}
            )
        never = ended.expected - len({test["id"] for test in ended.tests})
        if part.is_pytest and process.returncode in {0, 1} and never > 0 and not ended.note:
            ended.note = f"{never} of {ended.expected} tests never ran"
        ended.code = 1 if ended.note else process.returncode
        self._tell(f"{part.name}: {'ended well' if ended.ended_well else 'FAILED'} after {_clock(ended.wall_s)}")
        return ended

    def _watch(self, process: subprocess.Popen[bytes], ended: Ended, lines: TextIO, began: float) -> None:
        """Until the process ends: by itself, or by the part's limit, or by a signal to us."""
        shown_s, pid = 0.0, 0
        while not pid:
            time.sleep(0.2)
            pid, status, usage = os.wait4(process.pid, os.WNOHANG)
            self._read(lines, ended)
            # It is over when its process has ended, not after its last test.
            if ended.expected:
                self._is_at(ended.part, min(len(ended.tests) / ended.expected, 0.99))
            ended.wall_s = time.monotonic() - began
            if self.stopped_by:
                ended.note = "stopped by a signal"
                _kill(process)
            elif ended.wall_s > ended.part.limit_s and not ended.note:
                ended.note = f"ended after its limit of {_clock(ended.part.limit_s)}"
                _kill(process)
            if ended.part.is_pytest and ended.wall_s - shown_s > 60:
                shown_s = ended.wall_s
                self._tell(f"{ended.part.name}: {len(ended.tests)} of {ended.expected or '?'} tests")
        process.returncode = os.waitstatus_to_exitcode(status)
        ended.cpu_s = usage.ru_utime + usage.ru_stime

    def _read(self, lines: TextIO, ended: Ended) -> None:
        """Takes in what became of tests since the last look, and tells of those that failed."""
        *whole, ended.unread = (ended.unread + lines.read()).split("\n")
        for line in whole:
            told = json.loads(line)
            if "tests" in told:
                ended.expected = told["tests"]
            elif "begins" in told:
                ended.begun.add(told["begins"])
            else:
                ended.begun.discard(told["id"])
                ended.tests.append(told)
                if told["outcome"] == "failed":
                    self._tell(f"FAILED {told['id']}: {told['error']}")

    def _tell(self, text: str) -> None:
        # Who has read enough (`| head`) ends no test.
        with self._screen, suppress(OSError):
            print(f"{_clock(time.monotonic() - self._began):>6}  {text}", flush=True)


def again(run: Run, lab: Ended) -> Ended | None:
    """The lab tests that failed, once more and alone; None where there are none, or too many, or more is wrong."""
    failed = lab.of("failed")
    if not failed or len(_causes(failed)) > MOST_FLAKY or lab.note or lab.code != 1 or run.stopped_by:
        return None
    if any(test["phase"] not in {"setup", "call", "teardown", "???"} for test in failed):
        return None
    command = [*lab.part.command[: lab.part.command.index("-n")], *(str(test["id"]) for test in failed)]
    part = Part("lab again", command, limit_s=900, is_pytest=True, environment=lab.part.environment)
    return run.carry_out([part])[0]


def _causes(failed: Sequence[dict[str, object]]) -> set[str]:
    """Tests whose common set-up failed have failed once."""
    return {str(test["error"] if test["phase"] == "setup" else test["id"]) for test in failed}


def report(ended: Sequence[Ended], rerun: Ended | None, wall_s: float, machine_cpu_s: float, taken_s: float) -> int:
    """The end of a run: details of failures, the table, and the names. Returns the exit code."""
    passed_again = {str(test["id"]) for test in rerun.of("passed")} if rerun and not rerun.note else set()
    failed = [(one, test) for one in ended for test in one.of("failed") if test["id"] not in passed_again]
    for _, test in failed[:MOST_SHOWN]:
        print(f"\n--- {test['id']} ({test['phase']})")
        print("\n".join(str(test["details"]).splitlines()[-MOST_LINES:]))
    for one in ended:
        if not one.ended_well and not one.of("failed") and one.code is not None:
            print(f"\n--- the end of {KEPT.name}/{_file(one.part)}.log")
            print("\n".join((KEPT / f"{_file(one.part)}.log").read_text(errors="replace").splitlines()[-MOST_LINES:]))
    everything = [*ended, *([rerun] if rerun else [])]
    print(f"\n{'part':<12}{'tests':>8}{'failed':>8}{'wall':>9}{'CPU':>9}")
    for one in everything:
        tests = str(len(one.tests)) if one.part.is_pytest else "-"
        bad = str(len(one.of("failed"))) if one.part.is_pytest else "-" if one.ended_well else "yes"
        note = f"  {one.note}" if one.note else ""
        print(f"{one.part.name:<12}{tests:>8}{bad:>8}{_clock(one.wall_s):>9}{_clock(one.cpu_s):>9}{note}")
    others_s = machine_cpu_s - sum(one.cpu_s for one in everything)
    others_clock = _clock(max(0.0, others_s))
    print(f"{'all else':<12}{'-':>8}{'-':>8}{'-':>9}{others_clock:>9}  the lab's services, and whatever else ran")
    print(f"{'not had':<12}{'-':>8}{'-':>8}{'-':>9}{_clock(taken_s):>9}  the host of this machine gave it to others")
    print(f"{'all':<12}{'':>8}{'':>8}{_clock(wall_s):>9}{_clock(machine_cpu_s):>9}\n")
    for name in sorted(passed_again):
        print(f"flaky: {name}")
    for one, test in failed:
        print(f"FAILED {one.part.name}: {test['id']}: {test['error']}")
    # A part is forgiven only if all that failed in it passed when it was run again: not what ended it otherwise.
    forgiven = {
        one.part.name
        for one in ended
        if one.code == 1 and one.of("failed") and all(test["id"] in passed_again for test in one.of("failed"))
    }
    codes = [0 if one.part.name in forgiven and not one.note else one.code for one in ended]
    for one, code in zip(ended, codes, strict=True):
        if code != 0 and (one.note or not one.of("failed")):
            print(f"FAILED {one.part.name}: {one.note or f'ended with {one.code}'}")
    counts = Counter(str(test["outcome"]) for one in ended for test in one.tests)
    lost = len(failed)
    print(f"{counts['passed'] + len(passed_again)} passed, {lost} failed, {counts['skipped']} skipped", flush=True)
    return max(1 if code is None else abs(code) for code in codes)


def keep_flaky(rerun: Ended, lab: Ended) -> None:
    """A line for each lab test that passed only when it was run again, with what it failed of first."""
    errors = {test["id"]: test["error"] for test in lab.of("failed")}
    with FLAKY.open("a") as file:
        for test in rerun.of("passed"):
            at = datetime.now(UTC).isoformat(timespec="seconds")
            file.write(json.dumps({"at": at, "test": test["id"], "error": errors[test["id"]]}) + "\n")


def _file(part: Part) -> str:
    return part.name.replace(" ", "-")


def _kill(process: subprocess.Popen[bytes]) -> None:
    """The whole group: a part starts processes of its own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


def _machine_cpu_s() -> tuple[float, float]:
    """Seconds that the processors of this machine have worked since it started, and that its host took from them."""
    fields = [int(text) for text in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    user, nice, system, _idle, _iowait, irq, softirq, steal = (one / os.sysconf("SC_CLK_TCK") for one in fields[:8])
    return user + nice + system + irq + softirq, steal


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests/run.py", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--all", action="store_true", help="with the rest of each matrix: make test-all")
    parser.add_argument("--only", metavar="PART", action="append", default=[], help="a part, and what it needs")
    options = parser.parse_args()
    wanted = parts(options.all, sys.executable)
    if unknown := sorted({*options.only} - {part.name for part in wanted}):
        parser.error(f"there is no part {', '.join(unknown)}: there are {', '.join(part.name for part in wanted)}")
    wanted = chosen(wanted, options.only)
    shutil.rmtree(KEPT, ignore_errors=True)
    KEPT.mkdir()
    began, before = time.monotonic(), _machine_cpu_s()
    run = Run()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, run.stop)
    ended = run.carry_out(wanted)
    lab = next((one for one in ended if one.part.name == "lab"), None)
    rerun = again(run, lab) if lab else None
    worked_s, taken_s = (now - then for now, then in zip(_machine_cpu_s(), before, strict=True))
    code = report(ended, rerun, time.monotonic() - began, worked_s, taken_s)
    if lab and rerun:
        keep_flaky(rerun, lab)
    return 128 + run.stopped_by if run.stopped_by else code


if __name__ == "__main__":
    sys.exit(main())
