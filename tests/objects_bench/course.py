"""One road for one load: each measurement begins with an empty target, and counts only when all has arrived."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tests.objects_bench.lab import AccessTail, cpu_s, ensure_s3_keys, swift_pids
from tests.objects_bench.loads import CONTAINER, Load
from tests.objects_bench.measure import Usage
from tests.objects_bench.raw import Account, clouds_file
from tests.objects_bench.servers import seaweed
from tests.objects_bench.tools import LEAN, PLAIN, RCLONE, S3, Decamp, Route, rclone, remotes

LEAN_RCLONE = "rclone-lean"
TOOLS = {"decamp": (), "rclone": PLAIN, LEAN_RCLONE: LEAN}
COPY, AGAIN, BARE = "copy", "again, nothing to do", "bare start"
_S3_PORT = 28080

Count = Callable[[], Counter[str]]


class Result(NamedTuple):
    """`source`, `target`: requests by method, or by action where an S3 server counts them itself."""

    tool: str
    what: str
    wall_s: float
    cpu_s: float
    peak_mib: float
    server_cpu_s: float
    source: Counter[str]
    target: Counter[str]

    def __str__(self) -> str:
        return (
            f"{self.tool}, {self.what}: {self.wall_s:.1f} s, client {self.cpu_s:.2f} s and {self.peak_mib:.0f} MiB, "
            f"servers {self.server_cpu_s:.1f} s, source {dict(self.source)}, target {dict(self.target)}"
        )


@dataclass(frozen=True)
class Target:
    """An empty place to move to. `requests` is called before what is measured, and its result behind that."""

    route: Route
    pids: list[int]
    requests: Callable[[], Count]
    bucket: str = ""


class Incomplete(Exception):
    """A tool failed, or ended and not all was there."""


@dataclass(frozen=True)
class Course:
    load: Load
    folder: Path
    target: Callable[[], AbstractContextManager[Target]]

    def measure(self, tool: str, *, again: bool) -> Iterator[Result]:
        """Moves everything once, and with `again` a second time; for Decamp also what it takes to start in vain."""
        with self.target() as target:
            if tool == "decamp":
                yield from self._decamp(target, again)
                return

            def copy() -> Usage:
                return rclone(target.route, CONTAINER, target.bucket, TOOLS[tool])

            for what in (COPY, AGAIN) if again else (COPY,):
                yield self._one(tool, what, target, copy)

    def _decamp(self, target: Target, again: bool) -> Iterator[Result]:
        home = self.folder / "migration"
        shutil.rmtree(home, ignore_errors=True)
        decamp = Decamp(home, target.route, {CONTAINER: target.bucket} if target.bucket else {})
        decamp.prepare()
        yield self._one("decamp", COPY, target, decamp.run)
        if again:
            decamp.forget_what_was_done()
            yield self._one("decamp", AGAIN, target, decamp.run)
        yield self._one("decamp", BARE, target, decamp.run)

    def _one(self, tool: str, what: str, target: Target, run: Callable[[], Usage]) -> Result:
        pids = sorted({*swift_pids("source"), *target.pids})
        path = f"/v1/AUTH_{Account.of(self.load.source()).project_id}"
        tail, count, before = AccessTail("source"), target.requests(), cpu_s(pids)
        usage = run()
        server_cpu_s = cpu_s(pids) - before
        if usage.status:
            raise Incomplete(f"{tool}, {what}: ended with {usage.status}\n{usage.output[-3000:]}")
        result = Result(
            tool, what, usage.wall_s, usage.cpu_s, usage.peak_mib, server_cpu_s, tail.count(path), count()
        )  # fmt: skip
        self._all_there(target)
        return result

    def _all_there(self, target: Target) -> None:
        """rclone counts what is there, for whoever moved it: the judge of contents is `make versus`."""
        command = [str(RCLONE), "size", "--json", "--config", "", f"dst:{target.bucket or CONTAINER}"]
        if target.route.ca:
            command += ["--ca-cert", str(target.route.ca)]
        env = {**target.route.environment(), **remotes(target.route)}
        told = json.loads(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)
        if (told["count"], told["bytes"]) != (self.load.count, self.load.count * self.load.size_bytes):
            raise Incomplete(f"{told} of {self.load.title} has arrived")


def direct_course(load: Load, folder: Path, clouds: Path | None = None, ca: Path | None = None) -> Course:
    """Swift to Swift."""
    route = Route(load.source(), load.target(), clouds or clouds_file(), ca=ca)

    @contextmanager
    def target() -> Iterator[Target]:
        account = Account.of(route.target)
        account.empty()
        path = f"/v1/AUTH_{account.project_id}"
        yield Target(route, swift_pids("target"), lambda: _from_log(path))
        account.empty()

    return Course(load, folder, target)


def s3_course(load: Load, folder: Path, *, own_server: bool) -> Course:
    """Swift to S3: to a SeaweedFS of its own, or through the S3 API of the target's Swift."""
    bucket = f"bench-{load.name}"

    def route(s3: S3) -> Route:
        return Route(load.source(), load.target(), clouds_file(), s3)

    @contextmanager
    def to_seaweed() -> Iterator[Target]:
        with seaweed(folder) as server:

            def requests() -> Count:
                before = server.requests()
                return lambda: server.requests() - before

            yield Target(route(server.s3), server.pids, requests, bucket)

    @contextmanager
    def to_swift() -> Iterator[Target]:
        account = Account.of(load.target())
        account.empty()
        access, secret = ensure_s3_keys("target", f"bench-{load.name}")
        s3 = S3(f"http://127.0.0.1:{_S3_PORT}", "us-east-1", access, secret)
        yield Target(route(s3), swift_pids("target"), lambda: _from_log(f"/{bucket}"), bucket)
        account.empty()

    return Course(load, folder, to_seaweed if own_server else to_swift)


def _from_log(path: str) -> Count:
    tail = AccessTail("target")
    return lambda: tail.count(path)
