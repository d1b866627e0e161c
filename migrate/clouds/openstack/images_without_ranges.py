"""Ranges of files from a service that ignores Range: each file is streamed once, and ranges are cut from that stream.

An old cloud answers every range request with 200 and the whole file. With one request per segment, a file of n segments
would be transferred n/2 times. Ranges are requested in ascending order, a few at a time, so the stream only moves
forward, and a window behind it serves requests that were overtaken.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator

from migrate.clouds.http import Response
from migrate.errors import TransientError
from migrate.messages import codes

WINDOW_BYTES = 64 << 20
"""How far behind the stream a range may begin without another request for the file."""
IDLE_S = 600.0
"""A stream unused for this long is closed, with its window, when another file is needed."""


class WholeFiles:
    """Ranges of several files at once; thread-safe. `ask`: requests the whole file with this id."""

    def __init__(
        self,
        ask: Callable[[str], Response],
        *,
        window_bytes: int = WINDOW_BYTES,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ask, self._window_bytes, self._clock = ask, window_bytes, clock
        self._lock = threading.Lock()
        self._files: dict[str, _File] = {}

    def take_over(self, file_id: str, answer: Response) -> None:
        """Uses an unread answer with the whole file as its stream; closes it if a stream is already open."""
        self._file(file_id).take_over(answer)

    def read(self, file_id: str, start: int, end: int) -> Iterator[bytes]:
        """Bytes [start, end) in pieces.

        Raises: TransientError: the file ended early, or its stream broke; the next read starts again.
        """
        yield from self._file(file_id).read(start, end)

    def _file(self, file_id: str) -> "_File":
        with self._lock:
            now = self._clock()
            for other in [key for key, one in self._files.items() if one.used_at < now - IDLE_S and key != file_id]:
                self._files.pop(other).give_up()
            if file_id not in self._files:
                self._files[file_id] = _File(lambda: self._ask(file_id), self._window_bytes)
            file = self._files[file_id]
            file.used_at = now
            return file


class _File:
    """One file's stream, and a window of recent bytes: from `begin` up to `at`."""

    def __init__(self, ask: Callable[[], Response], window_bytes: int) -> None:
        self._ask, self._window_bytes = ask, window_bytes
        self._lock = threading.Lock()
        self._answer: Response | None = None
        self._chunks: Iterator[bytes] = iter(())
        self._kept: deque[bytes] = deque()
        self._begin = self._at = 0
        self.used_at = 0.0

    def take_over(self, answer: Response) -> None:
        with self._lock:
            if self._answer is None:
                self._begin_with(answer)
            else:
                answer.close()

    def read(self, start: int, end: int) -> list[bytes]:
        with self._lock:
            try:
                if self._answer is None or start < self._begin:
                    self._begin_with(self._ask())
                while self._at < end:
                    self._go_on(needed_from=start)
                return self._cut(start, end)
            except BaseException:
                self._close()
                raise

    def give_up(self) -> None:
        with self._lock:
            self._close()

    def _begin_with(self, answer: Response) -> None:
        self._close()
        self._answer, self._chunks = answer, answer.chunks()

    def _go_on(self, needed_from: int) -> None:
        chunk = next(self._chunks, None)
        if chunk is None:
            url = self._answer.url if self._answer else ""
            raise TransientError(codes.CLOUD_UNAVAILABLE, what="image: fewer bytes than asked for", url=url)
        self._kept.append(chunk)
        self._at += len(chunk)
        while self._begin + len(self._kept[0]) <= min(needed_from, self._at - self._window_bytes):
            self._begin += len(self._kept.popleft())

    def _cut(self, start: int, end: int) -> list[bytes]:
        pieces, at = [], self._begin
        for chunk in self._kept:
            if at < end and at + len(chunk) > start:
                pieces.append(chunk[max(0, start - at) : end - at])
            at += len(chunk)
        return pieces

    def _close(self) -> None:
        if self._answer is not None:
            self._answer.close()
        self._answer, self._chunks = None, iter(())
        self._kept.clear()
        self._begin = self._at = 0
