"""What a copy of a container did."""

import threading
from dataclasses import dataclass


@dataclass(frozen=True)
class CopyStats:
    """`objects`, `bytes`: sent (segments brought along included). `skipped`: there already. `gone`: no more to read."""

    objects: int = 0
    bytes: int = 0
    skipped: int = 0
    gone: int = 0


class Counts:
    """CopyStats in the making, counted from many threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._stats = CopyStats()

    def copied_one(self, size_bytes: int) -> None:
        self._add(objects=1, size_bytes=size_bytes)

    def skipped_one(self) -> None:
        self._add(skipped=1)

    def gone_one(self) -> None:
        self._add(gone=1)

    def stats(self) -> CopyStats:
        return self._stats

    def _add(self, objects: int = 0, size_bytes: int = 0, skipped: int = 0, gone: int = 0) -> None:
        with self._lock:
            old = self._stats
            self._stats = CopyStats(
                old.objects + objects, old.bytes + size_bytes, old.skipped + skipped, old.gone + gone
            )
