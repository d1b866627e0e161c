"""Reads the access logs of the lab's clouds: what the clients really asked for, in the servers' own words.

    requests = read_access_log(lab / '.run/source')                 # all services of a cloud, by time
    requests = read_access_log(lab / '.run/source/access/cinder.log')

Each line of a log is "time_ms method status path range request_bytes response_bytes project "user agent"".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

NOTHING_READ: Mapping[Path, int] = MappingProxyType({})


class Request(NamedTuple):
    """One request as the server saw it. The time is that of its arrival, in seconds since 1970."""

    time: float
    service: str  # keystone, glance, placement, nova, neutron, cinder or swift
    method: str
    path: str  # with its query string
    status: int
    range: str  # the Range header, "" without one
    request_bytes: int
    response_bytes: int
    project: str  # its id, by the token that the service accepted; "" where there was none to see
    user_agent: str


def read_access_log(path: str | Path, behind: Mapping[Path, int] = NOTHING_READ) -> list[Request]:
    """Read one log, or all logs of a cloud (its folder or its access folder), in order of time.

    Lines that are not whole yet (a server is writing) are left out. `behind`: how many bytes of each file to leave out,
    as `log_sizes` told them.
    """
    return sorted(request for file in _files(path) for request in _read(file, behind.get(file, 0)))


def log_sizes(path: str | Path) -> dict[Path, int]:
    """How many bytes each of these logs has now: all that is logged later stands behind them."""
    return {file: file.stat().st_size for file in _files(path)}


def _files(path: str | Path) -> list[Path]:
    root = Path(path)
    if root.is_file():
        return [root]
    return sorted((root / "access" if (root / "access").is_dir() else root).glob("*.log"))


def _read(file: Path, behind: int) -> Iterator[Request]:
    with file.open("rb") as log:
        # A service that was restarted may have begun its log anew.
        log.seek(behind if behind <= file.stat().st_size else 0)
        text = log.read().decode(errors="replace")
    # Not splitlines(), which would also break at what a user agent may hold.
    for line in text.split("\n")[:-1]:
        fields = line.split(" ", 8)
        if len(fields) == 9 and fields[0].isdigit() and fields[2].isdigit():
            time_ms, method, status, path, range_, request_bytes, response_bytes, project, agent = fields
            yield Request(
                int(time_ms) / 1000,
                file.stem,
                method,
                path,
                int(status),
                "" if range_ == "-" else range_,
                int(request_bytes),
                int(response_bytes),
                "" if project == "-" else project,
                agent.strip().strip('"'),
            )
