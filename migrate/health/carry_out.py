"""Carries checks out in their order, each until it passes or its tries are used up. Pure, but for what it is handed."""

from collections.abc import Callable, Iterable

from migrate.health.results import Failure, HealthResult
from migrate.model.health_checks import AnyCheck


def carry_out(
    checks: Iterable[AnyCheck],
    probe: Callable[[AnyCheck], Failure | None],
    pause: Callable[[float], None],
    now: Callable[[], str],
    address_of: Callable[[AnyCheck], str],
) -> tuple[HealthResult, ...]:
    """The results, up to the first check that failed: what comes after it is not tried.

    Args:  probe: one try; None where it passed.   pause: waits between tries; it, as `probe`, may raise what ends all.
    """
    found: list[HealthResult] = []
    for check in checks:
        tries, failure = 1, probe(check)
        while failure and not failure.is_final and tries <= check.retries:
            pause(check.interval_s)
            tries, failure = tries + 1, probe(check)
        found.append(
            HealthResult(
                check=check.kind,
                at=now(),
                tries=tries,
                address=address_of(check),
                code=failure.code if failure else "",
                facts=failure.facts if failure else {},
            )
        )
        if failure:
            break
    return tuple(found)
