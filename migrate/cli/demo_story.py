"""The story of `decamp demo`: two tenants, moved between two clouds in memory by the ordinary commands.

Everything happens in this process, where the clouds live; `decamp` is called as a shell would call it.
"""

import contextlib
import io
import json
import os
import shlex
import sys
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from migrate.cli.console import echo
from migrate.cli.context import App
from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.cli.tables import table_lines
from migrate.demo.memory import worlds
from migrate.demo.small_tenant import two_clouds
from migrate.errors import Exit, ItemError
from migrate.messages import codes, numbers
from migrate.messages.catalogue import phrase

TENANTS = ("main", "small")
_AMBER = int(Exit.AMBER)


@dataclass
class DemoStory:
    """The commands and what is said between them, in the language of `app`."""

    app: App
    folder: Path
    began: float = field(default_factory=time.monotonic)

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.began

    def tell(self) -> None:
        """The whole story. Raises ItemError DCP-275: a command has ended otherwise than it should."""
        self.say("tenants")
        two_clouds(lag=1)
        main, small = (self.folder / name for name in TENANTS)
        self.say("read-only")
        self._init(main)
        echo(f"$ cd {shlex.quote(str(main))}")
        with contextlib.chdir(main):
            for step in ("scan", "check", "plan"):
                self.show(step)
            # Nothing is measured yet, so the best that it says is AMBER.
            self.show("forecast", expected=_AMBER)
            self.show("run")
            self.say("moves")
            self.show("approve", "cut-over", "--who", "decamp demo")
            self.show("run", "--execute")
            for step in ("verify", "forecast", "report", "clean"):
                self.show(step)
        echo(f"$ cd {os.path.relpath(Path.cwd(), main)}")
        self.say("small")
        self._init(small)
        self.show("-C", small, "scan")
        self.say("twin")
        self.edit(small / "policy.yaml", "consistency: auto", "consistency: crash")
        self.show("-C", small, "check", expected=int(Exit.PARTIAL))
        self.say("chosen")
        self.edit(small / "policy.yaml", "consistency: crash", "consistency: auto")
        for step in ("check", "plan"):
            self.show("-C", small, step)
        self.show("-C", small, "approve", "cut-over", "--who", "decamp demo")
        self.show("-C", small, "run", "--execute", "--only", "evacuate")
        self.say("gone")
        del worlds["source"]
        self.show("-C", small, "run", "--execute")
        for step in ("verify", "report"):
            self.show("-C", small, step)

    def conclude(self) -> bool:
        """Says what moved; whether all of it is there and the same."""
        self.say("moved")
        same = [self._concluded(name, self._report(self.folder / name)) for name in TENANTS]
        is_same = all(same)
        self.say("done" if is_same else "differs", seconds=round(self.elapsed_s))
        for name in TENANTS:
            report = self.folder / name / "reports" / f"report-{self.app.lang}.html"
            echo(self.app.say("demo.report", report=report, proof=self.folder / name / "evidence"), whole=True)
        return is_same

    # ------------------------------------------------------------ internals

    def say(self, key: str, **facts: object) -> None:
        echo()
        echo(f"[{self.elapsed_s:3.0f} s] {self.app.say(f'demo.{key}', **facts)}")
        sys.stdout.flush()

    def show(self, *args: str | Path, expected: int = 0) -> None:
        """Prints one `decamp` command and runs it."""
        words = [str(arg) for arg in args]
        echo(f"$ {shlex.join(['decamp', *words])}", whole=True)
        sys.stdout.flush()
        self._run(words, expected)

    def edit(self, policy: Path, old: str, new: str) -> None:
        """Prints the edit as a shell would make it, and makes it."""
        echo(f"$ {shlex.join(['sed', '-i', f's/{old}/{new}/', str(policy)])}", whole=True)
        policy.write_text(policy.read_text().replace(old, new))

    def _init(self, workspace: Path) -> None:
        name = workspace.name
        clouds = ("--source", f"memory:source/{name}", "--target", f"memory:target/{name}")
        language = ("--lang", self.app.lang) if self.app.lang != "en" else ()
        self.show("init", workspace, *clouds, "--deadline", in_two_weeks(), *language)

    def _run(self, words: list[str], expected: int = 0) -> None:
        code = run_guarded(make_group(), words)
        sys.stdout.flush()
        if code != expected:
            raise ItemError(codes.DEMO_ENDED, command=shlex.join(["decamp", *words]), status=code)

    def _report(self, workspace: Path) -> dict[str, Any]:
        """The workspace's report as a program reads it."""
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            self._run(["-C", str(workspace), "report", "-f", "json", "-o", "-"])
        values: dict[str, Any] = json.loads(out.getvalue())
        return values

    def _concluded(self, name: str, report: dict[str, Any]) -> bool:
        lang = self.app.lang
        echo()
        echo(f"{name}: {self.app.say(f'demo.tenant-{name}')}")
        headers = tuple(self.app.say(f"demo.col-{one}") for one in ("kind", "name", "change", "size", "state"))
        for line in table_lines(headers, [moved_row(row, lang) for row in report["moved"]]):
            echo(line)
        echo(f"{name}: {compared(report, lang)}")
        return is_whole(report)


def in_two_weeks() -> str:
    """The date on which the source is switched off, as `init --deadline` takes it."""
    return (datetime.now(UTC) + timedelta(days=14)).strftime("%Y-%m-%dT00:00:00+00:00")


def is_whole(report: dict[str, Any]) -> bool:
    """Whether a report tells of a finished move without differences."""
    return bool(report["is_done"] and report["evidence_fits"] and report["differences"] == 0)


def compared(report: dict[str, Any], lang: str) -> str:
    """Such as `0 differences, items compared: 18, not read: 1, verified at …`."""
    if report["differences"] is None:
        return phrase("report.not-verified", lang)
    return phrase(
        "report.differences-found",
        lang,
        count=report["differences"],
        items=sum(report["verdicts"].values()),
        unread=report["unread"],
        at=report["verified_at"],
    )


def moved_row(row: dict[str, Any], lang: str) -> tuple[str, ...]:
    """One resource: kind, name, old and new address, size or count, state."""
    kind = phrase(f"kind.{row['kind']}", lang)
    changed = "; ".join(f"{old} → {row['new'].get(key) or '?'}" for key, old in row["old"].items() if old)
    size = phrase("objects", lang, count=row["objects"]) if row["kind"] == "container" else ""
    if row["kind"] in {"volume", "image"}:
        size = numbers.size(row["size_bytes"], lang)
    return kind, row["name"], changed, size, phrase(f"state.{row['state']}", lang)
