"""A login to a world: project, user, and the gatekeeper that checks every request first."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from migrate.clouds.guard import Gatekeeper, Request
from migrate.demo.memory import error_answers
from migrate.demo.memory.world import Project, World


@dataclass(frozen=True)
class Login:
    """The state shared by the six ports of a MemoryCloud."""

    world: World
    project: Project
    gatekeeper: Gatekeeper


class Service:
    """Base class of the memory cloud's ports: request handling and quota checks."""

    service = ""

    def __init__(self, login: Login) -> None:
        self._login = login
        self._world = login.world

    @property
    def _project_id(self) -> str:
        return self._login.project.id

    @contextmanager
    def _enter(self, method: str, path: str, body: dict[str, Any] | None = None) -> Iterator[None]:
        """Serves a request with exclusive access to the world; requests refused by the gatekeeper are not logged."""
        request = Request(method, self.service, path, body)
        self._login.gatekeeper.check(request)
        with self._world.serve(request):
            yield

    @contextmanager
    def _enter_streaming(self, method: str, path: str) -> Iterator[None]:
        """Serves a request whose body streams while others are served."""
        request = Request(method, self.service, path)
        self._login.gatekeeper.check(request)
        with self._world.serve(request, holding=False):
            yield

    def _need(self, resource: str, used: int, more: int = 1) -> None:
        """Raises QuotaExceeded if `more` do not fit."""
        limit = self._login.project.limits.get(resource, -1)
        if 0 <= limit < used + more:
            raise error_answers.over_quota(resource)

    def _body(self, path: str, pieces: Iterator[bytes], size_bytes: int) -> Iterator[bytes]:
        """A body in transit: ends early if a test cut it. Raises TransientError if it is short."""
        cut, sent = self._world.take_cut(path), 0
        for piece in pieces:
            if cut is not None and sent + len(piece) > cut:
                if cut > sent:
                    yield piece[: cut - sent]
                sent = cut
                break
            sent += len(piece)
            yield piece
        if sent < size_bytes:
            raise error_answers.passing(f"body ended after {sent} of {size_bytes} bytes", path)
