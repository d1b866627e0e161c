"""The hash of a whole file from segments that arrive nearly in order, from many threads."""

import hashlib
import threading

from migrate.disks.store.manifest import Origin


class FileHash:
    """Hashes segments in order, as far as they arrive in order.

    Nobody waits: one caller hashes, the others leave their segments. Gives up when a segment is missing for more than
    `window` later ones: `hashed` is then the number of hashed segments. Holds at most `window` segments.
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
        """Adds segment `index` of the file, once. Thread-safe."""
        with self._lock:
            if index < self.hashed + self._window:
                self._waiting[index] = data
            if self._busy:
                return
            self._busy = True
        while (following := self._following()) is not None:
            self._hash.update(following)  # outside the lock, so that others can leave their segments
            with self._lock:
                self.hashed += 1

    def add(self, data: bytes) -> None:
        """Hashes the next segment, from a single thread."""
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
    """Algorithm and value of the source server's hash of the file; two empty strings if there is no known one."""
    algorithm, value = origin.hash_algo or "", origin.hash_value
    if (
        value
        and algorithm in hashlib.algorithms_available
        and hashlib.new(algorithm, usedforsecurity=False).digest_size
    ):
        return algorithm, value.lower()
    return ("md5", origin.checksum.lower()) if origin.checksum else ("", "")
