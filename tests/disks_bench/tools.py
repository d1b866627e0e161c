"""The movers of disks as their users run them: each a process, measured from its start to its end."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.disks_bench.images import copy
from tests.objects_bench.measure import measured
from tests.objects_bench.tools import ROOT

THREADS = 4
"""Reads in flight: what a policy of Decamp's has that says nothing of it. The raw rate is measured with as many."""

_HERE = Path(__file__).parent
_SERVER_STARTS_S = 10


class Failed(Exception):
    """A tool is missing, ended badly, or gave back other bytes."""


class Cost(NamedTuple):
    """Of a tool and its children; `server_cpu_s` of the server that it talked to."""

    wall_s: float
    cpu_s: float
    peak_mib: float
    server_cpu_s: float = 0.0


@dataclass(frozen=True)
class Tool:
    """Works in `home`, an empty folder of its own. Disks have names there.

    `keeps`: a store, of many disks and states, that gives them back. `deltas`: what has not changed is not sent again.
    """

    home: Path
    keeps = False
    deltas = False

    @property
    def place(self) -> Path:
        return self.home / "store"

    def prepare(self) -> None:
        """Makes an empty store."""

    def store(self, image: Path, name: str) -> Cost:
        """Reads the image, and stores or sends what is not there yet."""
        raise NotImplementedError

    def read(self, image: Path) -> Cost | None:
        """Reads the image, which is there already, and finds nothing to send; None where another tool's is the same."""
        return self.store(image, "again")

    def restore(self, name: str, to: Path) -> Cost | None:
        """Makes a raw file of what is stored; None where that is one already."""
        return None

    def go_back(self, image: Path) -> None:
        """Makes the last state what that image is, where a tool has but one."""

    def stored_bytes(self) -> int:
        files = [self.place] if self.place.is_file() else [path for path in self.place.rglob("*") if path.is_file()]
        return sum(min(file.stat().st_size, file.stat().st_blocks * 512) for file in files)

    def run(self, *command: str | Path, cwd: Path | None = None, **more: str) -> Cost:
        usage = measured([str(word) for word in command], _environment(more), cwd or self.home)
        if usage.status:
            raise Failed(f"{' '.join(map(str, command))}: ended with {usage.status}\n{usage.output[-2000:]}")
        return Cost(usage.wall_s, usage.cpu_s, usage.peak_mib)


class Decamp(Tool):
    """Its capture into a folder, and its restore out of that into a raw file: the attached path's code."""

    keeps = deltas = True

    def store(self, image: Path, name: str) -> Cost:
        return self._run("capture", image, name)

    def restore(self, name: str, to: Path) -> Cost:
        return self._run("restore", to, name)

    def _run(self, what: str, file: Path, name: str) -> Cost:
        cache = self.home / "cache"
        # -P: that the folder of the script, full of other modules, is no place to import from.
        script = (sys.executable, "-P", _HERE / "decamp.py")
        return self.run(*script, what, file, self.place, cache, name, str(THREADS), PYTHONPATH=str(ROOT))


class Borg(Tool):
    keeps = deltas = True
    OPTIONS = ("--chunker-params", "fixed,4194304", "--compression", "zstd,1", "--files-cache", "disabled")

    def prepare(self) -> None:
        self._borg("init", "--encryption", "none", self.place)

    def store(self, image: Path, name: str) -> Cost:
        return self._borg("create", *self.OPTIONS, f"{self.place}::{name}", image.name, cwd=image.parent)

    def restore(self, name: str, to: Path) -> Cost:
        to.parent.mkdir()
        cost = self._borg("extract", "--sparse", f"{self.place}::{name}", cwd=to.parent)
        next(to.parent.iterdir()).rename(to)
        return cost

    def _borg(self, *words: str | Path, cwd: Path | None = None) -> Cost:
        base = {"BORG_BASE_DIR": str(self.home / "cache"), "BORG_UNKNOWN_UNENCRYPTED_REPO_ACCESS_IS_OK": "yes"}
        return self.run("borg", *words, cwd=cwd, **base)


class Restic(Tool):
    keeps = deltas = True

    def prepare(self) -> None:
        self._restic("init")

    def store(self, image: Path, name: str) -> Cost:
        # --force: by times and sizes alone it would not read a file again.
        return self._restic("backup", "--force", "--tag", name, image.name, cwd=image.parent)

    def restore(self, name: str, to: Path) -> Cost:
        cost = self._restic("restore", "latest", "--tag", name, "--sparse", "--target", to.parent)
        next(to.parent.iterdir()).rename(to)
        return cost

    def _restic(self, *words: str | Path, cwd: Path | None = None) -> Cost:
        options = ("--quiet", "--repo", self.place, "--cache-dir", self.home / "cache")
        return self.run("restic", *options, *words, cwd=cwd, RESTIC_PASSWORD="bench")


class QemuImg(Tool):
    """raw → raw."""

    def store(self, image: Path, name: str) -> Cost:
        return self.run("qemu-img", "convert", "-f", "raw", "-O", "raw", image, self.place)

    def read(self, image: Path) -> Cost:
        nowhere = f"driver=null-co,size={image.stat().st_size}"
        return self.run("qemu-img", "convert", "-n", "-f", "raw", "--target-image-opts", image, nowhere)


class Qcow2(Tool):
    """raw → qcow2 → raw."""

    OPTIONS: tuple[str, ...] = ()

    def store(self, image: Path, name: str) -> Cost:
        return self.run("qemu-img", "convert", *self.OPTIONS, "-f", "raw", "-O", "qcow2", image, self.place)

    def read(self, image: Path) -> None:
        return None

    def restore(self, name: str, to: Path) -> Cost:
        to.parent.mkdir()
        return self.run("qemu-img", "convert", "-f", "qcow2", "-O", "raw", self.place, to)


class CompressedQcow2(Qcow2):
    OPTIONS = ("-c", "-o", "compression_type=zstd")


class NbdCopy(Tool):
    """raw → the file plugin of an nbdkit server, by a Unix socket."""

    def store(self, image: Path, name: str) -> Cost:
        with self.place.open("wb") as file:
            file.truncate(image.stat().st_size)
        with self._served(self.place) as (uri, used):
            cost = self.run("nbdcopy", "--destination-is-zero", "--flush", image, uri)
        return cost._replace(server_cpu_s=used[0])

    def read(self, image: Path) -> Cost:
        return self.run("nbdcopy", image, "null:")

    @contextmanager
    def _served(self, file: Path) -> Iterator[tuple[str, list[float]]]:
        """The server's address, and its CPU seconds once it has ended."""
        socket, used = self.home / "nbd", list[float]()
        server = subprocess.Popen(["nbdkit", "--foreground", "--unix", socket, "file", file], env=_environment({}))
        try:
            end = time.monotonic() + _SERVER_STARTS_S
            while not socket.exists():
                if server.poll() is not None or time.monotonic() > end:
                    raise Failed("nbdkit did not start")
                time.sleep(0.01)
            yield f"nbd+unix:///?socket={socket}", used
        finally:
            server.send_signal(signal.SIGTERM)
            _, status, usage = os.wait4(server.pid, 0)
            server.returncode = os.waitstatus_to_exitcode(status)
            used.append(usage.ru_utime + usage.ru_stime)


class Rsync(Tool):
    deltas = True

    def store(self, image: Path, name: str) -> Cost:
        return self.run("rsync", "--inplace", "--no-whole-file", "--ignore-times", image, self.place)

    def go_back(self, image: Path) -> None:
        copy(image, self.place)


def raw(image: Path, home: Path) -> Cost:
    """Reads, hashes and compresses what the image has of data, and stores nothing."""
    return Tool(home).run(sys.executable, "-P", _HERE / "raw.py", image, str(THREADS))


TOOLS: Mapping[str, type[Tool]] = {
    "decamp": Decamp, "borg": Borg, "restic": Restic, "qemu-img": QemuImg, "qemu-img qcow2": Qcow2,
    "qemu-img qcow2 -c": CompressedQcow2, "nbdcopy": NbdCopy, "rsync": Rsync,
}  # fmt: skip

_COMMANDS = {
    "borg": ("borg", "--version"), "restic": ("restic", "version"), "qemu-img": ("qemu-img", "--version"),
    "nbdcopy": ("nbdcopy", "--version"), "nbdkit": ("nbdkit", "--version"), "rsync": ("rsync", "--version"),
}  # fmt: skip


def versions() -> str:
    """Of all peers, and Decamp's commit.

    Raises: Failed: one is missing.
    """
    told = []
    for name, command in _COMMANDS.items():
        try:
            line = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()[0]
        except FileNotFoundError:
            raise Failed(f'{name} is missing: run "lab/lab install --peers" first.') from None
        told.append(f"{name} {next(word for word in line.split() if word[0].isdigit())}")
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True)
    return f"{', '.join(told)}, Decamp at {commit.stdout.strip() or 'an unknown commit'}"


def _environment(more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("BORG_", "RESTIC_", "RSYNC_"))}
    return {**kept, **more}
