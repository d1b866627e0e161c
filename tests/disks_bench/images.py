"""The disks that are measured: files, most with a real file system, made once and the same each time on one machine."""

import hashlib
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import NamedTuple

MIB, GIB = 2**20, 2**30
CHUNK = 2**16
CHANGED_BLOCKS = 655
"""One in a hundred of the 64 KiB blocks of 4 GiB."""
SERVERS = 10

_POOL = ("/usr/bin", "/usr/include", "/usr/lib", "/usr/sbin", "/usr/share")
_LARGEST = 32 * MIB  # one file alone must not be a tenth of a server
_DISK_BYTES, _DISK_FILES = 4 * GIB, 1000 * MIB
_SERVER_BYTES, _SERVER_FILES, _OWN_FILES = GIB, 240 * MIB, 12 * MIB
_SPARSE_BYTES, _SPARSE_DATA, _PIECE = 1024 * GIB, 20 * GIB, 64 * MIB
_SEED = 655
_EIGHT_LETTERS = bytes(b"etaoinsr"[byte % 8] for byte in range(256))


class TooFew(Exception):
    """This machine has too few files."""


class Disk(NamedTuple):
    """`data_bytes`: all but the holes of the file, into which every 4 KiB of zeros were made."""

    path: Path
    size_bytes: int
    data_bytes: int

    @classmethod
    def of(cls, path: Path) -> "Disk":
        told = path.stat()
        return cls(path, told.st_size, told.st_blocks * 512)

    def __str__(self) -> str:
        return f"{self.path.stem}: {self.size_bytes / GIB:,.0f} GiB, {self.data_bytes / MIB:,.0f} MiB of data"


def data_chunks(path: Path) -> Iterator[int]:
    """The offsets of the 64 KiB chunks that are not all zeros."""
    zeros, behind = bytes(CHUNK), 0
    with path.open("rb") as file:
        for start, end in extents(file.fileno()):
            for at in range(max(behind, start - start % CHUNK), end, CHUNK):
                data = os.pread(file.fileno(), CHUNK, at)
                if data != zeros[: len(data)]:
                    yield at
                behind = at + CHUNK


def extents(fd: int) -> Iterator[tuple[int, int]]:
    """What the file system holds of a sparse file."""
    size, at = os.fstat(fd).st_size, 0
    while at < size:
        try:
            start = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:  # ENXIO: a hole is all that is left
            return
        at = os.lseek(fd, start, os.SEEK_HOLE)
        yield start, at


def one(folder: Path) -> list[Path]:
    """The disk of 4 GiB, and what it is after each of two changes."""
    return [whole(folder), changed(folder, aligned=True), changed(folder, aligned=False)]


def whole(folder: Path) -> Path:
    """4 GiB with about 1 GiB of this machine's own files."""

    def make(image: Path) -> None:
        _ext4(image, _DISK_BYTES, next(_shares(_DISK_FILES)), folder / "staging")

    return _kept(folder / "disk.raw", make)


def changed(folder: Path, *, aligned: bool) -> Path:
    """`whole` after 655 blocks of 64 KiB, scattered over what it has of data, were written with random bytes."""
    before = whole(folder)

    def make(image: Path) -> None:
        copy(before, image)
        chance = random.Random(_SEED)
        # Every other chunk at most, so that no two of the unaligned blocks fall into one.
        places = chance.sample(list(data_chunks(before))[::2], CHANGED_BLOCKS)
        with image.open("r+b") as file:
            for place in places:
                file.seek(place if aligned else place + chance.randrange(1, CHUNK))
                file.write(chance.randbytes(CHUNK))

    return _kept(folder / ("aligned.raw" if aligned else "unaligned.raw"), make)


def servers(folder: Path) -> list[Path]:
    """Ten of 1 GiB, from one base of about 250 MiB: each with 5 % of files of its own, written into its file system."""
    shares = _shares(_SERVER_FILES, *[_OWN_FILES] * SERVERS)
    base_files = next(shares)

    def make_base(image: Path) -> None:
        _ext4(image, _SERVER_BYTES, base_files, folder / "staging")

    base = _kept(folder / "server-base.raw", make_base)

    def make(image: Path, own: Sequence[Path]) -> None:
        copy(base, image)
        lines = ["mkdir /own", "cd /own", *(f'write "{file}" {number}' for number, file in enumerate(own))]
        _quietly("debugfs", "-w", "-f", "/dev/stdin", str(image), said="\n".join(lines))

    return [_kept(folder / f"server-{number}.raw", partial(make, own=own)) for number, own in enumerate(shares)]


def sparse(folder: Path) -> list[Path]:
    """1 TiB with 20 GiB of data all over it, in pieces: a fourth of them cannot be compressed, the rest to a third."""

    def make(image: Path) -> None:
        chance, count = random.Random(_SEED), _SPARSE_DATA // _PIECE
        with image.open("wb") as file:
            file.truncate(_SPARSE_BYTES)
            for number in range(count):
                file.seek(number * (_SPARSE_BYTES // count))
                piece = chance.randbytes(_PIECE)
                file.write(piece if number % 4 == 0 else piece.translate(_EIGHT_LETTERS))

    return [_kept(folder / "sparse.raw", make)]


def copy(source: Path, target: Path) -> None:
    _quietly("cp", "--sparse=always", "--reflink=never", str(source), str(target))


# ------------------------------------------------------------ inside


def _kept(image: Path, make: Callable[[Path], None]) -> Path:
    """The image, made where it is not there yet: under another name until it is whole."""
    if not image.exists():
        image.parent.mkdir(parents=True, exist_ok=True)
        part = image.with_suffix(".part")
        part.unlink(missing_ok=True)
        make(part)
        part.rename(image)
    return image


def _shares(*sizes: int) -> Iterator[list[Path]]:
    """Files of this machine, as many bytes of them for each as asked for, no file twice, by the hash of their names."""
    found = (Path(folder) / name for top in _POOL for folder, _, names in os.walk(top) for name in names)
    plain = [path for path in found if path.is_file() and not path.is_symlink() and '"' not in str(path)]
    plain.sort(key=lambda path: hashlib.sha256(os.fsencode(path)).digest())
    left = iter(plain)
    for size in sizes:
        share, room = [], size
        while room > 0:
            path = next(left, None)
            if path is None:
                raise TooFew(f"{', '.join(_POOL)} have not enough files to make images of")
            takes = -(-path.stat().st_size // 4096) * 4096  # as a file system counts
            if takes <= min(_LARGEST, room + MIB):
                share.append(path)
                room -= takes
        yield share


def _ext4(image: Path, size_bytes: int, files: Sequence[Path], staging: Path) -> None:
    """A file system with these files. What it makes up itself (its id, its hash's seed, its times) is fixed."""
    shutil.rmtree(staging, ignore_errors=True)
    for file in files:
        there = staging / file.relative_to("/")
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(file, there)
    with image.open("wb") as made:
        made.truncate(size_bytes)
    same = "6b1c27f0-93a5-4f6e-8f0e-0d2c5a7e4b11"
    options = ["-q", "-F", "-U", same, "-E", f"hash_seed={same},lazy_itable_init=0", "-d", str(staging)]
    _quietly("mkfs.ext4", *options, str(image))
    _quietly("fallocate", "--dig-holes", str(image))
    shutil.rmtree(staging)


def _quietly(*command: str, said: str = "") -> None:
    env = {**os.environ, "E2FSPROGS_FAKE_TIME": "1750000000", "PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    subprocess.run(command, input=said, env=env, check=True, text=True, capture_output=True)
