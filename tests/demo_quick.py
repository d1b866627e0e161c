"""`python -m tests.demo_quick [FOLDER]`: the story of `make demo` (lab/demo), told on two clouds in memory.

Everything happens in this process, where the clouds live; `decamp` is called as a shell would call it. Ends with 1 when
a command fails or anything differs. A FOLDER must not hold workspaces yet; the default one is made anew each time.
"""

import contextlib
import io
import json
import os
import shlex
import shutil
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click

from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.cli.tables import table_lines
from migrate.demo.memory import worlds
from migrate.demo.small_tenant import two_clouds
from migrate.messages import numbers
from migrate.messages.catalogue import phrase

LABEL = "In-memory clouds: shows the story, proves nothing about OpenStack; `make demo` does"
FOLDER = Path(".demo") / "quick"
AMBER = 10
PARTS = {"main": "the tenant, moved from cloud to cloud", "small": "the small tenant, rebuilt after its cloud was gone"}


class Failed(Exception):
    """A command exited with the wrong status."""


class Story:
    def __init__(self) -> None:
        self.began = time.monotonic()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.began

    def say(self, text: str) -> None:
        click.secho(f"\n[{self.elapsed_s:3.0f} s] {text}", bold=True)
        sys.stdout.flush()

    def show(self, *args: str | Path, expected: int = 0) -> None:
        """Prints one `decamp` command and runs it. Raises Failed: its status is not the expected one."""
        words = [str(arg) for arg in args]
        click.echo(f"$ {shlex.join(['decamp', *words])}")
        sys.stdout.flush()
        code = run_guarded(make_group(), words)
        sys.stdout.flush()
        if code != expected:
            raise Failed(f"decamp {words[0]} ended with {code}")

    def edit(self, policy: Path, old: str, new: str) -> None:
        """Prints the edit as lab/demo makes it, and makes it."""
        click.echo(f"$ {shlex.join(['sed', '-i', f's/{old}/{new}/', str(policy)])}")
        policy.write_text(policy.read_text().replace(old, new))


def tell(story: Story, folder: Path) -> None:
    """The story, in the order of lab/demo."""
    story.say("A tenant on the source: main; and a smaller one: small")
    two_clouds(lag=1)
    main, small = folder / "main", folder / "small"

    story.say("Read-only: what moves, what changes, what is lost")
    ends = ("--deadline", in_two_weeks())
    story.show("init", main, "--source", "memory:source/main", "--target", "memory:target/main", *ends)
    click.echo(f"$ cd {shlex.quote(str(main))}")
    with contextlib.chdir(main):
        for step in ("scan", "check", "plan"):
            story.show(step)
        # Nothing is measured yet, so the best that it says is AMBER.
        story.show("forecast", expected=AMBER)
        story.show("run")

        story.say("A person grants the gate; the tenant moves")
        story.show("approve", "cut-over", "--who", "make demo-quick")
        story.show("run", "--execute")
        for step in ("verify", "forecast", "report", "clean"):
            story.show(step)
    click.echo(f"$ cd {os.path.relpath(Path.cwd(), main)}")

    story.say("The small tenant: captured, then its cloud is switched off, then rebuilt")
    story.show("init", small, "--source", "memory:source/small", "--target", "memory:target/small", *ends)
    story.show("-C", small, "scan")
    story.say("Nothing runs at both ends unasked: a server that is not to be stopped is not started a second time")
    story.edit(small / "policy.yaml", "consistency: auto", "consistency: crash")
    story.show("-C", small, "check", expected=3)
    story.say("Somebody chooses: it is stopped first (servers.start: twin would let both run)")
    story.edit(small / "policy.yaml", "consistency: crash", "consistency: auto")
    for step in ("check", "plan"):
        story.show("-C", small, step)
    story.show("-C", small, "approve", "cut-over", "--who", "make demo-quick")
    story.show("-C", small, "run", "--execute", "--only", "evacuate")
    story.say("The source cloud is switched off")
    del worlds["source"]
    story.show("-C", small, "run", "--execute")
    for step in ("verify", "report"):
        story.show("-C", small, step)


def in_two_weeks() -> str:
    """The date on which the source is switched off, as `init --deadline` takes it."""
    return (datetime.now(UTC) + timedelta(days=14)).strftime("%Y-%m-%dT00:00:00+00:00")


def final_report(workspace: Path) -> dict[str, Any]:
    """The workspace's report as a program reads it."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        code = run_guarded(make_group(), ["-C", str(workspace), "report", "-f", "json", "-o", "-"])
    if code:
        raise Failed(f"decamp report ended with {code}")
    values: dict[str, Any] = json.loads(out.getvalue())
    return values


def conclude(part: str, report: dict[str, Any]) -> bool:
    """Prints what moved and how it compared; whether all of it is there and the same."""
    click.echo(f"\n{part}: {PARTS[part]}")
    headers = ("Kind", "Name", "Old → new", "Size or count", "State")
    for line in table_lines(headers, [moved_row(row) for row in report["moved"]]):
        click.echo(line)
    click.echo(f"{part}: {compared(report)}")
    return bool(report["is_done"] and report["evidence_fits"] and report["differences"] == 0)


def compared(report: dict[str, Any]) -> str:
    """Such as `0 differences, items compared: 18, not read: 1, verified at … (17 same, 1 not re-read)`."""
    if report["differences"] is None:
        return phrase("report.not-verified", "en")
    verdicts: dict[str, int] = report["verdicts"]
    told = phrase(
        "report.differences-found",
        "en",
        count=report["differences"],
        items=sum(verdicts.values()),
        unread=report["unread"],
        at=report["verified_at"],
    )
    return f"{told} ({', '.join(f'{count} {verdict}' for verdict, count in sorted(verdicts.items(), reverse=True))})"


def moved_row(row: dict[str, Any]) -> tuple[str, ...]:
    kind = phrase(f"kind.{row['kind']}", "en")
    changed = "; ".join(f"{old} → {row['new'].get(key) or '?'}" for key, old in row["old"].items() if old)
    size = phrase("objects", "en", count=row["objects"]) if row["kind"] == "container" else ""
    if row["kind"] in {"volume", "image"}:
        size = numbers.size(row["size_bytes"], "en")
    return kind, row["name"], changed, size, row["state"]


def main(args: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a name that this terminal cannot show is no reason to end
    folder = Path(args[0]) if args else FOLDER
    story = Story()
    click.secho(LABEL, bold=True)
    if not args:
        shutil.rmtree(folder, ignore_errors=True)
    try:
        tell(story, folder)
        story.say("What moved")
        same = [conclude(part, final_report(folder / part)) for part in PARTS]
    except Failed as err:
        click.echo(f"demo-quick: {err}", err=True)
        return 1
    story.say(f"{'Done' if all(same) else 'Something differs'}, after {story.elapsed_s:.0f} s in all.")
    for part in PARTS:
        click.echo(f"report: {folder / part / 'reports' / 'report-en.html'}   proof: {folder / part / 'evidence'}")
    click.secho(LABEL, bold=True)
    return 0 if all(same) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
