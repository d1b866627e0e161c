"""What became of each test, as lines of JSON while the tests run: `pytest -p tests.outcomes --outcomes FILE`.

One line says how many tests there are: `{"tests": N}`. A test has `{"begins": ID}` as it begins, and as it ends a line
with `id`, `outcome` ("passed", "failed", "skipped"), `wall_s`, `cpu_s` (of the worker and of the processes that it has
waited for), and of a failure `phase`, `error` (one line) and `details`. So a run that is killed has told of what had
ended by then, and of what had not.
"""

import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any, TextIO

import pytest

MOST_DETAILS = 12_000
"""Characters of one failure's details: its end, as the error stands there."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--outcomes", type=Path, help="a file for what became of each test, a line of JSON each")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(_Cpu(), "outcomes-cpu")
    path = config.getoption("--outcomes")
    if path and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Outcomes(path.open("w")), "outcomes-lines")


class _Cpu:
    """Where tests run: what each of their phases took of the CPU, on its report."""

    def __init__(self) -> None:
        self._before_s = _cpu_s()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logstart(self) -> None:
        self._before_s = _cpu_s()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self) -> Generator[None, Any, Any]:
        report: Any = yield
        now_s = _cpu_s()
        report.cpu_s, self._before_s = now_s - self._before_s, now_s
        return report


class Outcomes:
    """Where reports arrive: with pytest-xdist, in the process that hears of all workers."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._under_way: dict[str, dict[str, Any]] = {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: list[str]) -> None:
        self._say({"tests": len(ids)})

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        if session.items:
            self._say({"tests": len(session.items)})

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        self._say({"begins": nodeid})

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed:
            self._say(
                {"id": report.nodeid, "outcome": "failed", "wall_s": 0.0, "cpu_s": 0.0, **_failure(report, "collect")}
            )

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = self._under_way.setdefault(
            report.nodeid, {"id": report.nodeid, "outcome": "passed", "wall_s": 0.0, "cpu_s": 0.0}
        )
        told["wall_s"] += report.duration
        told["cpu_s"] += getattr(report, "cpu_s", 0.0)
        if report.failed and told["outcome"] != "failed":
            told |= {"outcome": "failed", **_failure(report, report.when or "call")}
        elif report.skipped and told["outcome"] == "passed":
            told["outcome"] = "skipped"
        # A worker that died tells of its test once, and of no phase.
        if report.when in {"teardown", "???"}:
            self._say(self._under_way.pop(report.nodeid))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        skips = session.config.pluginmanager.get_plugin("skips")
        if skips is not None and skips.fail:
            for reason in sorted(skips.unexpected):
                error = f"skipped, which is not expected: {reason}"
                line = {"id": "tests/skips.py", "outcome": "failed", "wall_s": 0.0, "cpu_s": 0.0}
                self._say({**line, "phase": "skip", "error": error, "details": error})
        # A test that is still under way has not passed: that it ended nobody has told.
        self._file.close()

    def _say(self, line: dict[str, Any]) -> None:
        self._file.write(json.dumps(line) + "\n")
        self._file.flush()


def _failure(report: pytest.TestReport | pytest.CollectReport, phase: str) -> dict[str, str]:
    details = report.longreprtext
    crash = getattr(report.longrepr, "reprcrash", None)
    error = crash.message if crash else (details.strip().splitlines() or ["no details"])[-1]
    return {"phase": phase, "error": (error.strip().splitlines() or [""])[0][:300], "details": details[-MOST_DETAILS:]}


def _cpu_s() -> float:
    return sum(os.times()[:4])
