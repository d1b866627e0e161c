"""Chooses real files of this machine's Debian packages, the same ones for the same seed."""

import os
import random
import stat
from collections.abc import Iterator
from functools import cache
from pathlib import Path

MIB = 1 << 20
DPKG_INFO = Path("/var/lib/dpkg/info")
LARGEST = 16 * MIB


@cache
def _packages() -> tuple[Path, ...]:
    return tuple(sorted(DPKG_INFO.glob("*.list")))


def _files_of(package: Path) -> Iterator[tuple[Path, int]]:
    """Regular files under /usr with their size.  Package lists may name files that were removed since."""
    for line in package.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
        if not line.startswith("/usr/"):
            continue
        try:
            info = os.lstat(line)
        except OSError:
            continue
        if stat.S_ISREG(info.st_mode):
            yield Path(line), info.st_size


def pick(seed: str, total_bytes: int, *, smallest: int = 0, largest: int = LARGEST, limit: int = 1 << 30) -> list[Path]:
    """Whole packages in a seeded order until their files hold `total_bytes` or number `limit`.

    Whole packages give trees that look like a real system's.  A machine with too few files gives fewer.
    """
    packages = list(_packages())
    random.Random(seed).shuffle(packages)
    chosen: dict[Path, None] = {}
    size = 0
    for package in packages:
        for path, length in _files_of(package):
            if size >= total_bytes or len(chosen) >= limit:
                return list(chosen)
            if smallest <= length <= largest and path not in chosen:
                chosen[path] = None
                size += length
    return list(chosen)


def place(source: Path, destination: Path) -> None:
    """Put a file into a tree: by hard link, which costs nothing, or by copy where links cannot go."""
    destination.parent.mkdir(parents=True, exist_ok=True)
    try:
        os.link(source, destination)
    except OSError:
        destination.write_bytes(source.read_bytes())
