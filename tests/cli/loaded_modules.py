"""What a command loads: most of the time that a short one takes."""

import subprocess
import sys
from collections.abc import Collection
from pathlib import Path

_OF_THE_MACHINE = {"org", "sitecustomize", "usercustomize"}
"""What the machine's owner has set up, and what `copy` looks for on Jython."""
_SLOW = {
    *("asyncio", "concurrent", "email", "http", "multiprocessing", "socket", "sqlite3", "ssl", "subprocess", "xml"),
}
"""Of Python's own modules."""
REDACTION = {
    *("migrate.own_secrets", "migrate.redaction", "migrate.secret_encodings"),
    *("migrate.secret_looking", "migrate.secret_options", "migrate.secret_words"),
}
HELP = {
    *("migrate.cli.console", "migrate.cli.context", "migrate.cli.failures", "migrate.cli.lost_readers"),
    *("migrate.cli.options", "migrate.cli.tables", "migrate.errors", "migrate.messages"),
    *("migrate.monitor", "migrate.own_files", "migrate.printable_text", *REDACTION),
}
"""What a list of the commands needs of ours: none of the commands, and none of the rooms."""


def loaded_by(
    *command: str | Path, cwd: Path | None = None, env: dict[str, str] | None = None
) -> tuple[set[str], list[str]]:
    """The modules that `PYTHON ARGUMENT…` loads, and the lines that it prints."""
    python, *arguments = map(str, command)
    timed = [python, "-X", "importtime", *arguments]
    done = subprocess.run(timed, capture_output=True, text=True, cwd=cwd, env=env, check=True, timeout=60)
    _head, *lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip() for line in lines}, done.stdout.splitlines()


def assert_light(modules: Collection[str], *, others: set[str], ours: set[str]) -> None:
    """Nothing of Python's that is slow to load, no library but `others`; `ours` and what is below, and no more."""
    tops = {name.partition(".")[0] for name in modules if not name.startswith("_")}
    assert {"migrate", "click"} <= tops
    libraries = tops - sys.stdlib_module_names - _OF_THE_MACHINE - {"migrate"}
    mine = {name for name in modules if name.startswith("migrate.")} - {"migrate.cli", "migrate.cli.main"}
    further = {name for name in mine if not any(f"{name}.".startswith(f"{one}.") for one in ours)}
    assert (libraries - others, tops & _SLOW, further) == (set(), set(), set())
