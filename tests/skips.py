"""Tests that were skipped: each is told with its reason at the end, and none that is not expected goes by in silence.

`--skips fail` ends a run with 1 when a test was skipped for a reason that is not in EXPECTED: `make test` asks for
it, and wherever CI is set it is the default. Elsewhere a machine may lack a tool, and the end of the output says so.
"""

import os
from collections import Counter

import pytest

EXPECTED = frozenset(
    {
        # Leases in a file are measured by this machine's clock; there is no other one to differ from it.
        "one machine, one clock",
        # A copy of the repository without its history, or with its last commits alone.
        "the history does not go back to the earlier version",
        # A second opinion of the DNS, where it is installed.
        "dig is not there",
        # Completion in a real shell, and how the man pages are shown, where there is what it takes.
        "bash is not there",
        "zsh is not there",
        "fish is not there",
        "groff is not there",
        # Where the tests do not run as root.
        "nobody may write below /dev here",
        # Of the S3 servers of the tests each lacks something that another one has (tests/s3/test_s3_expiry.py).
        "it has none",
        "it has life cycles",
        "no life cycles there: see the test of a store without",
        "moto can be made to",
        "moto deletes nothing, s3api has no rules",
    }
)


class Skips:
    """Counts on the side that reports: with pytest-xdist, in the process that hears of all workers."""

    def __init__(self, fail: bool) -> None:
        self.fail = fail
        self.seen: Counter[str] = Counter()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._count(report)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        self._count(report)

    def _count(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        if report.skipped and not hasattr(report, "wasxfail"):
            told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
            self.seen[told.removeprefix("Skipped: ")] += 1

    @property
    def unexpected(self) -> set[str]:
        return set(self.seen) - EXPECTED

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        if self.fail and self.unexpected and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        for reason, count in sorted(self.seen.items()):
            expected = "" if reason in EXPECTED else ", which is not expected"
            terminalreporter.write_line(f"skipped {count}: {reason}{expected}")


def pytest_addoption(parser: pytest.Parser) -> None:
    default = "fail" if os.environ.get("CI", "").lower() not in {"", "0", "false"} else "tell"
    parser.addoption("--skips", choices=("tell", "fail"), default=default, help="what an unexpected skip does")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        config.pluginmanager.register(Skips(config.getoption("--skips") == "fail"), "skips")
