"""Devices of the worker machine are files in memory, and nearly all that is written to one are zeros."""

import ctypes
import os
from collections.abc import Iterator
from typing import Any

import pytest

from migrate.disks.copy.attached_device import _ZEROS

_KEEP_SIZE, _PUNCH_HOLE = 1, 2
_LIBC = ctypes.CDLL(None)


@pytest.fixture(scope="package", autouse=True)
def thin_devices() -> Iterator[None]:
    """Zeros become a hole of the file, as of a thin volume: what was there is gone, and a GiB of them costs nothing."""
    real = os.pwrite

    def pwrite(fd: int, data: Any, offset: int, /) -> int:
        if isinstance(data, memoryview) and data.obj is _ZEROS.obj and offset + len(data) <= os.fstat(fd).st_size:
            place = ctypes.c_int64(offset), ctypes.c_int64(len(data))
            if _LIBC.fallocate(fd, _KEEP_SIZE | _PUNCH_HOLE, *place) == 0:
                return len(data)
        return real(fd, data, offset)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "pwrite", pwrite)
        yield
