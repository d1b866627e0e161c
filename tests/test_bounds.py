"""What is dear is seen to be: a bound that never fails would let every hostile input pass."""

import threading
import time

import pytest

from tests import bounds
from tests.bounds import bounded


def test_what_takes_too_much_memory_fails() -> None:
    with pytest.raises(AssertionError, match="MiB"), bounded(most_bytes=16 << 20):
        assert bytearray(64 << 20)


def test_it_fails_too_where_earlier_tests_have_freed_as_much() -> None:
    bytearray(31 << 20)  # freed at once: from now on glibc takes pieces up to this size from its heap
    freed = [bytearray(1 << 20) for _ in range(128)]
    above = bytearray(1 << 20)  # so that the heap does not end below them, and keeps them
    freed.clear()
    with pytest.raises(AssertionError, match="MiB"), bounded(most_bytes=16 << 20):
        assert bytearray(64 << 20)
    assert above


def spin(seconds: float) -> None:
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_what_takes_too_long_fails_in_whichever_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_S", 0.1)
    with pytest.raises(AssertionError, match="s of CPU"), bounded():
        spin(0.3)
    with pytest.raises(AssertionError, match="s of CPU"), bounded():
        thread = threading.Thread(target=spin, args=(0.3,))
        thread.start()
        thread.join()


def test_what_began_before_does_not_count(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bounds, "MOST_S", 0.2)
    begin = threading.Event()

    def work() -> None:
        begin.wait(60)
        spin(0.6)

    thread = threading.Thread(target=work)
    thread.start()
    with bounded():
        begin.set()
        thread.join(0.5)
    thread.join()
