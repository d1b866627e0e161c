"""Counters of a container copy."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class CopyStats:
    """The counters of one pass.

    `objects`, `bytes`: sent, including segments copied for manifests. `skipped`: already there. `gone`: vanished or
    expired before they were read. `lost`: damaged at the source. `left`: cannot be copied (links into other accounts).
    `extra`: only at the target. `removed`: those of `gone` that were removed at the target too. `theirs`: changed at
    the target but not at the source: left alone.
    """

    objects: int = 0
    bytes: int = 0
    skipped: int = 0
    gone: int = 0
    lost: int = 0
    left: int = 0
    extra: int = 0
    removed: int = 0
    theirs: int = 0


class Counts:
    """A thread-safe builder of CopyStats."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = dict.fromkeys(CopyStats.__dataclass_fields__, 0)

    def sent(self, size_bytes: int) -> None:
        with self._lock:
            self._counts["objects"] += 1
            self._counts["bytes"] += size_bytes

    def one(self, what: str) -> None:
        with self._lock:
            self._counts[what] += 1

    def stats(self) -> CopyStats:
        with self._lock:
            return CopyStats(**self._counts)
