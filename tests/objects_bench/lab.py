"""What the harness needs of the lab: tenants, the servers' access logs and the CPU that they have used."""

import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

from tests.objects_bench.raw import HOME, LAB

sys.path.insert(0, str(LAB))
from access_log import read_access_log
from openstack_lab.processes import pid_files_in, running_pid
from openstack_lab.tenants import ensure_s3_keys, ensure_tenant

__all__ = ["AccessTail", "cpu_s", "ensure_s3_keys", "ensure_tenant", "swift_pids"]

_TICKS = os.sysconf("SC_CLK_TCK")


class AccessTail:
    """The requests that one cloud's Swift has answered since this was made: the log is read from there on alone."""

    def __init__(self, cloud: str) -> None:
        self._log = HOME / cloud / "access/swift.log"
        self._from = self._log.stat().st_size

    def count(self, *paths: str) -> Counter[str]:
        """How many of each method, of those whose path begins with one of `paths`."""
        with self._log.open("rb") as log, tempfile.NamedTemporaryFile(suffix=".log") as tail:
            log.seek(self._from)
            tail.write(log.read())
            tail.flush()
            return Counter(request.method for request in read_access_log(tail.name) if request.path.startswith(paths))


def swift_pids(cloud: str) -> list[int]:
    """The processes of one cloud's Swift, memcached left out."""
    files = [file for file in pid_files_in(HOME / cloud) if file.name.startswith("swift-")]
    return [pid for file in files if (pid := running_pid(file))]


def cpu_s(pids: list[int]) -> float:
    """User and system time that these processes have used so far, their own children's included."""
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        total += sum(int(field) for field in fields[11:15])
    return total / _TICKS
