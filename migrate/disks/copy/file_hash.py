"""The hash of a whole file that arrives in segments, nearly in order, from many threads."""

import hashlib
import threading

from migrate.disks.store.manifest import Origin


class FileHash:
    """Takes segments as they come and hashes them in order, as far as they come in order.

    Nobody waits: one of the callers hashes, the others leave theirs. A segment that stays away for longer than
    `window` later ones ends it: `hashed` says how far it got. Holds `window` segments at most.
    """

    def __init__(self, algorithm: str, window: int) -> None:
        self._hash = hashlib.new(algorithm, usedforsecurity=False)
        self._window = window
        self._waiting: dict[int, bytes] = {}
        self._lock = threading.Lock()
        self._busy = False
        self.hashed = 0
        """Segments hashed, from the first on; to be asked once nobody offers any more."""

    def offer(self, index: int, data: bytes) -> None:
        """Segment `index` of the file, once. Safe from any thread."""
        with self._lock:
            if index < self.hashed + self._window:
                self._waiting[index] = data
            if self._busy:
                return
            self._busy = True
        while (following := self._following()) is not None:
            self._hash.update(following)  # outside the lock: others leave theirs meanwhile
            with self._lock:
                self.hashed += 1

    def add(self, data: bytes) -> None:
        """The next segment, from one thread."""
        self._hash.update(data)
        self.hashed += 1

    def hexdigest(self) -> str:
        return self._hash.hexdigest()

    def _following(self) -> bytes | None:
        with self._lock:
            data = self._waiting.pop(self.hashed, None)
            self._busy = data is not None
            return data


def source_hash(origin: Origin) -> tuple[str, str]:
    """Algorithm and value of the source server's own hash of the file; two empty strings where it has none we know."""
    algorithm, value = origin.hash_algo or "", origin.hash_value
    if (
        value
        and algorithm in hashlib.algorithms_available
        and hashlib.new(algorithm, usedforsecurity=False).digest_size
    ):
        return algorithm, value.lower()
    return ("md5", origin.checksum.lower()) if origin.checksum else ("", "")
