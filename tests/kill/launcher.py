"""Runs `decamp` in this process and ends it by kill -9 at one point of one request.

    python -m tests.kill.launcher WHEN SIDE METHOD SERVICE PATH -- decamp arguments

WHEN: `before` the request is sent; `after` its effect and before the record of it; `recorded`, once the ledger has it.
SIDE: source or target.  PATH: a regular expression that the whole path below the endpoint must match.
The product has no hook for this: the launcher stands between the CLI and `connect`, and behind the ledger.
"""

import os
import re
import signal
import sys
from collections.abc import Callable
from typing import Any

import migrate.clouds.connect as connecting
from migrate.clouds.guard import Gatekeeper, Request, SourceGuard
from migrate.clouds.ports import Cloud
from migrate.ledger.store import Ledger

OnRequest = Callable[[Request, int | None], None]


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Killer:
    """Watches the requests of one side for the one that we die at."""

    def __init__(self, when: str, side: str, method: str, service: str, path: str) -> None:
        self.when, self.side, self.method, self.service = when, side, method, service
        self.path = re.compile(path)
        self.seen = False

    def fits(self, request: Request) -> bool:
        return (request.method, request.service) == (self.method, self.service) and bool(
            self.path.fullmatch(request.path)
        )

    def sent(self, request: Request, status: int | None) -> None:
        if self.fits(request) and status is not None and status < 400:
            if self.when == "after":
                die()
            self.seen = True


class KillingGate:
    """A gatekeeper before the real one."""

    def __init__(self, inner: Gatekeeper, killer: Killer) -> None:
        self._inner, self._killer = inner, killer

    def check(self, request: Request) -> None:
        self._inner.check(request)
        if self._killer.when == "before" and self._killer.fits(request):
            die()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)


def install(killer: Killer) -> None:
    real_connect = connecting.connect

    def connect(name: str, gatekeeper: Gatekeeper, *, on_request: OnRequest | None = None) -> Cloud:
        side = "source" if isinstance(gatekeeper, SourceGuard) else "target"
        if side != killer.side:
            return real_connect(name, gatekeeper, on_request=on_request)

        def told(request: Request, status: int | None) -> None:
            if on_request:
                on_request(request, status)
            killer.sent(request, status)

        return real_connect(name, KillingGate(gatekeeper, killer), on_request=told)

    connecting.connect = connect
    for name in ("record_effect", "effect_removed", "finish"):
        real = getattr(Ledger, name)

        def recorded(self: Ledger, *args: Any, _real: Callable[..., Any] = real, **kwargs: Any) -> Any:
            result = _real(self, *args, **kwargs)
            if killer.when == "recorded" and killer.seen:
                die()
            return result

        setattr(Ledger, name, recorded)


if __name__ == "__main__":
    split = sys.argv.index("--")
    install(Killer(*sys.argv[1:split]))
    from migrate.cli.main import main

    sys.argv = ["decamp", *sys.argv[split + 1 :]]
    main()
