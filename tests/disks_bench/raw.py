"""The raw rate of a machine: reads a file's data, leaves zeros, hashes and compresses the rest, and stores nothing.

python -P raw.py FILE THREADS
"""

import hashlib
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import zstandard

SEGMENT, CHUNK = 4 * 2**20, 2**16
ZEROS = bytes(CHUNK)


def segments(fd: int) -> Iterator[int]:
    """The offsets of the 4 MiB segments in which the file system holds anything."""
    size, at = os.fstat(fd).st_size, 0
    while at < size:
        try:
            at = os.lseek(fd, at, os.SEEK_DATA)
        except OSError:  # ENXIO: a hole is all that is left
            return
        at -= at % SEGMENT
        yield at
        at += SEGMENT


def work(fd: int, at: int) -> None:
    data = os.pread(fd, SEGMENT, at)
    compressor = zstandard.ZstdCompressor(level=1)
    for start in range(0, len(data), CHUNK):
        chunk = data[start : start + CHUNK]
        if chunk != ZEROS:
            hashlib.sha256(chunk).digest()
            compressor.compress(chunk)


def main(file: str, threads: str) -> None:
    with Path(file).open("rb") as opened, ThreadPoolExecutor(int(threads)) as pool:
        fd = opened.fileno()
        for _ in pool.map(work, *zip(*((fd, at) for at in segments(fd)), strict=True)):
            pass


if __name__ == "__main__":
    main(*sys.argv[1:])
