"""`decamp demo` as an operator starts it, once per language in a run of the tests: all workers share what it tells."""

import fcntl
import json
import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.docs.tour import play


@dataclass(frozen=True)
class Demo:
    """How it ended, both streams in one, and the folder that it filled."""

    code: int
    told: str
    folder: Path


DemoIn = Callable[[str], Demo]


@pytest.fixture(scope="session")
def demo_in(tmp_path_factory: pytest.TempPathFactory) -> DemoIn:
    """The demo in a language; the first that asks starts it, and the others wait."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own

    def demo(lang: str) -> Demo:
        folder = shared / f"demo-{lang}"
        folder.mkdir(exist_ok=True)
        kept = folder / "told.json"
        with (folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                # Of one that was broken off the next knows nothing.
                shutil.rmtree(folder / "demo", ignore_errors=True)
                done = play(lang, folder)
                kept.write_text(json.dumps([done.returncode, done.stdout]))
        code, told = json.loads(kept.read_text())
        return Demo(code, told, folder / "demo")

    return demo
