"""Clouds that are slow and that fail, by the seed; and a ledger whose transactions others may come between."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from migrate.errors import LoginRefused, TransientError
from migrate.ledger.ledger import Ledger
from migrate.messages import codes
from tests.sim.scheduler import Process, Scheduler, current
from tests.sim.stand_ins import start

_ROOMS = frozenset({"compute", "network", "block", "images", "objects", "others"})
_CHANGES = ("create", "delete", "attach", "detach", "stop", "start", "put", "set", "replace", "add", "remove", "upload")
_FOR_LONG_S = (20, 45, 100)


@dataclass(frozen=True)
class Faults:
    """How often, of a call's moments, each of these happens. Zero switches it off."""

    refused: float = 0.0
    """It fails, and had no effect."""
    lost: float = 0.0
    """It fails, and had its effect: the answer was lost."""
    late: float = 0.0
    """It fails, and has its effect some time later, when its caller may have gone on."""
    login: float = 0.0
    """The cloud takes the login for expired, once."""
    asleep: float = 0.0
    """The caller's machine is suspended: before the call, or between it and what follows."""

    @classmethod
    def drawn(cls, scheduler: Scheduler) -> "Faults":
        """A random half of them, at a random rate."""
        names = cls.__dataclass_fields__
        rng = scheduler.rng
        return cls(**{name: rng.choice((0.003, 0.01, 0.03)) if rng.random() < 0.5 else 0.0 for name in names})


class Port:
    """A cloud, or a room of it, behind a network: each call takes its time, and may fail.

    `watch` looks before and after each call that changes something.
    """

    def __init__(
        self, inner: Any, name: str, scheduler: Scheduler, faults: Faults, watch: Callable[[str, bool], object]
    ) -> None:
        self._inner, self._name, self._scheduler, self._faults, self._watch = inner, name, scheduler, faults, watch

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._inner, name)
        if name in _ROOMS and "." not in self._name:
            return Port(found, f"{self._name}.{name}", self._scheduler, self._faults, self._watch)
        return self._call(f"{self._name}.{name}", found, name.startswith(_CHANGES)) if callable(found) else found

    def _call(self, name: str, do: Callable[..., Any], is_change: bool) -> Callable[..., Any]:
        scheduler, faults = self._scheduler, self._faults

        def call(*args: Any, **kwargs: Any) -> Any:
            me = scheduler.me
            assert me
            if me.quiet:
                return do(*args, **kwargs)
            rng = scheduler.rng
            if is_change:
                # Before anybody else goes on, who may put this machine to sleep: that no check can know.
                scheduler.look(self._watch, name, True)
            scheduler.point(name)
            scheduler.sleep(rng.lognormvariate(-1.5, 1.0))
            _perhaps_suspended(scheduler, me.process, faults.asleep)
            if rng.random() < faults.refused:
                raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{name}: refused")
            if rng.random() < faults.login:
                raise LoginRefused(codes.LOGIN_REFUSED, cloud=name, why="expired")
            if is_change and rng.random() < faults.late:
                self._later(name, do, args, kwargs)
                raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{name}: no answer yet")
            with scheduler.at_once():
                result = do(*args, **kwargs)
                if is_change:
                    scheduler.look(self._watch, name, False)
            scheduler.point(f"after {name}")
            _perhaps_suspended(scheduler, me.process, faults.asleep)
            if rng.random() < faults.lost:
                raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{name}: the answer was lost")
            return result

        return call

    def _later(self, name: str, do: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        scheduler = self._scheduler

        def deliver() -> None:
            scheduler.sleep(scheduler.rng.choice((0.5, 5.0, 40.0, 90.0)))
            with scheduler.at_once():
                try:
                    do(*args, **kwargs)
                except Exception as err:
                    scheduler.note(f"late {name}: {type(err).__name__}")
            scheduler.is_late = True
            scheduler.event(f"{name} has its effect late")
            process.has_ended = True

        # In the cloud, which goes on whoever dies.
        process = Process(f"cloud {len(scheduler.processes)}")
        start(scheduler, process, deliver)


def _perhaps_suspended(scheduler: Scheduler, process: Process, rate: float) -> None:
    if scheduler.rng.random() < rate:
        scheduler.suspend(process, scheduler.rng.choice(_FOR_LONG_S))
        scheduler.point("suspended")


class SharedLedger(Ledger):
    """Between its transactions others go on, or a process ends; `watch` looks at the ledger after each."""

    watch: Callable[[str], object] = staticmethod(lambda _name: None)


def _with_points(name: str, do: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: SharedLedger, *args: Any, **kwargs: Any) -> Any:
        scheduler = current()
        me = scheduler.me if scheduler else None
        if scheduler is None or me is None or me.quiet:
            return do(self, *args, **kwargs)
        scheduler.point(f"ledger.{name}")
        with scheduler.at_once():
            result = do(self, *args, **kwargs)
            scheduler.look(self.watch, name)
        scheduler.point(f"after ledger.{name}")
        return result

    return call


for _name, _do in list(vars(Ledger).items()):
    if callable(_do) and not _name.startswith("_") and not isinstance(_do, staticmethod | classmethod):
        setattr(SharedLedger, _name, _with_points(_name, _do))
