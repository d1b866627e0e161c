"""Runs `decamp` in this process and ends it by kill -9 at the first of some requests that it comes to.

    python -m tests.kill.launcher WHEN [SIDE METHOD SERVICE PATH]... -- decamp arguments

WHEN: `before` the request is sent; `after` its effect and before the record of it; `recorded`, once the ledger, or the
row of an object that its own thread was at, has it.
SIDE: source or target.  PATH: a regular expression that the whole path below the endpoint must match, alone, with its
query, or with a blank and its action: S3 tells many requests apart by the query alone, Nova and Cinder by the body.
The last line on stdout is the number of the request, from 0. The product has no hook for this: the launcher stands
between the CLI and `connect`, and behind the ledger.
"""

import os
import re
import signal
import sys
import threading
from collections.abc import Callable
from typing import Any

import migrate.cli.connect as connecting
from migrate.clouds.guard import Gatekeeper, Request, SourceGuard
from migrate.clouds.ports import Cloud
from migrate.ledger.ledger import Ledger
from migrate.objects.listing.object_rows import Row, RowLog, Sending

OnRequest = Callable[[Request, int | None], None]


class Killer:
    """Watches the requests for those that we die at."""

    def __init__(self, when: str, points: list[tuple[str, str, str, str]]) -> None:
        self.when = when
        self.points = [(side, method, service, re.compile(path)) for side, method, service, path in points]
        self.seen: dict[int, int] = {}
        """Thread -> the point that it came to."""

    def fits(self, side: str, request: Request) -> int | None:
        asked = (side, request.method, request.service)
        spelt = (request.path, f"{request.path}?{request.query}", f"{request.path} {' '.join(request.body or ())}")
        fitting = (
            i for i, (*rest, path) in enumerate(self.points) if (*rest,) == asked and any(map(path.fullmatch, spelt))
        )
        return next(fitting, None)

    def asked(self, side: str, request: Request) -> None:
        number = self.fits(side, request)
        if self.when == "before" and number is not None:
            die(number)

    def answered(self, side: str, request: Request, status: int | None) -> None:
        number = self.fits(side, request)
        if number is None or status is None or status >= 400:
            return
        if self.when == "after":
            die(number)
        self.seen.setdefault(threading.get_ident(), number)

    def recorded(self) -> None:
        if self.when == "recorded" and self.seen:
            die(next(iter(self.seen.values())))

    def recorded_here(self) -> None:
        if self.when == "recorded" and (number := self.seen.get(threading.get_ident())) is not None:
            die(number)


def die(number: int) -> None:
    os.write(1, f"\n{number}\n".encode())
    os.kill(os.getpid(), signal.SIGKILL)


class KillingGate:
    """A gatekeeper before the real one."""

    def __init__(self, inner: Gatekeeper, side: str, killer: Killer) -> None:
        self._inner, self._side, self._killer = inner, side, killer

    def check(self, request: Request) -> None:
        self._inner.check(request)
        self._killer.asked(self._side, request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def install(killer: Killer) -> None:
    real_connect = connecting.connect

    def connect(name: str, gatekeeper: Gatekeeper, *, on_request: OnRequest | None = None, **options: Any) -> Cloud:
        side = "source" if isinstance(gatekeeper, SourceGuard) else "target"

        def told(request: Request, status: int | None) -> None:
            if on_request:
                on_request(request, status)
            killer.answered(side, request, status)

        return real_connect(name, KillingGate(gatekeeper, side, killer), on_request=told, **options)

    real_s3 = connecting.with_s3

    def with_s3(cloud: Cloud, settings: Any, places: Any, gatekeeper: Gatekeeper, **options: Any) -> Cloud:
        on_request = options.pop("on_request", None)

        def told(request: Request, status: int | None) -> None:
            if on_request:
                on_request(request, status)
            killer.answered("target", request, status)

        gate = KillingGate(gatekeeper, "target", killer)
        return real_s3(cloud, settings, places, gate, on_request=told, **options)

    # Some commands may have been imported already, and have taken them along.
    for module in [module for name, module in sys.modules.items() if name.startswith("migrate.")]:
        for function, theirs, ours in (("connect", real_connect, connect), ("with_s3", real_s3, with_s3)):
            if getattr(module, function, None) is theirs:
                setattr(module, function, ours)
    for name in ("record_effect", "effect_removed", "finish", "adopt_effect", "swap_note"):
        real = getattr(Ledger, name)
        # A note may also be a heartbeat, which is a thread of its own.
        told_of = killer.recorded_here if name == "swap_note" else killer.recorded

        def recorded(
            self: Ledger,
            *args: Any,
            _real: Callable[..., Any] = real,
            _told: Callable[[], None] = told_of,
            **kwargs: Any,
        ) -> Any:
            result = _real(self, *args, **kwargs)
            _told()
            return result

        setattr(Ledger, name, recorded)
    real_add = RowLog.add

    def add(self: RowLog, line: Row | Sending) -> None:
        real_add(self, line)
        if isinstance(line, Row):
            killer.recorded_here()

    RowLog.add = add  # type: ignore[method-assign]


def main() -> None:
    split = sys.argv.index("--")
    when, *asked = sys.argv[1:split]
    install(Killer(when, [(asked[i], asked[i + 1], asked[i + 2], asked[i + 3]) for i in range(0, len(asked), 4)]))
    from migrate.cli.main import main as decamp

    sys.argv = ["decamp", *sys.argv[split + 1 :]]
    decamp()


if __name__ == "__main__":
    main()
