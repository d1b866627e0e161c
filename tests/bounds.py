"""What a hostile input may cost at most: 512 MiB more than the tests have already, and 30 s of CPU."""

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

MOST_BYTES, MOST_S = 512 << 20, 30.0
_OWN = Path("/proc/self")


@contextmanager
def bounded(most_bytes: int = MOST_BYTES) -> Iterator[None]:
    (_OWN / "clear_refs").write_text("5")  # the peak begins anew
    before, began = _kib("VmRSS"), time.process_time()
    yield
    took_s, more_bytes = time.process_time() - began, (_kib("VmHWM") - before) << 10
    assert took_s < MOST_S and more_bytes < most_bytes, f"{took_s:.1f} s of CPU, {more_bytes >> 20} MiB"


def _kib(field: str) -> int:
    found = re.search(rf"^{field}:\s+(\d+) kB$", (_OWN / "status").read_text(), re.MULTILINE)
    assert found
    return int(found[1])
