"""What a copy of a container did."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class CopyStats:
    """Objects of one pass.

    `objects`, `bytes`: sent, segments that were brought along included. `skipped`: there already. `gone`: vanished or
    expired before they were read. `lost`: damaged at the source. `left`: not to be carried (links into other accounts).
    `extra`: only at the target. `removed`: of `gone`, removed at the target too. `theirs`: somebody has changed them at
    the target, and the source's are as they were copied: left alone.
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
    """CopyStats in the making, counted from many threads."""

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
