"""Clients of a server that a test plays."""

from migrate.clouds.guard import NoGuard
from migrate.clouds.http.client import HttpClient, RetryPolicy
from migrate.clouds.http.pace import Pacer
from tests.openstack.fake_clock import Clock


def client(clock: Clock | None = None, **options: object) -> HttpClient:
    clock = clock or Clock()
    return HttpClient(
        locate=lambda url: ("object-store", url),
        retries=RetryPolicy(attempts=3, sleep=clock.wait),
        **{"gatekeeper": NoGuard(), "pacer": Pacer(clock=clock, wait=clock.wait), **options},  # type: ignore[arg-type]
    )
