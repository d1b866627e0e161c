"""Rate limits of a command: the policy's limits as pacers and throttles, and the option that overrides them."""

import re
from collections.abc import Callable

import click

from migrate.cli.context import App
from migrate.clouds.http import Pacer, Pause, Throttle, stoppable_sleep
from migrate.execute.open_windows import Hours
from migrate.monitor import StopFlag
from migrate.policy.policy_records import Policy
from migrate.policy.rates import parse_rate
from migrate.policy.windows import parse_windows

TOLD_FROM_S = 5.0
"""Shorter pauses only appear in the log."""

_SHORT = re.compile(r"(\d+(?:\.\d+)?)\s*([KMG])", re.IGNORECASE)
_OFF = "off"


def pacer_of(
    policy: Policy,
    side: str,
    stop: StopFlag | None = None,
    on_pause: Callable[[str, Pause], None] = lambda _cloud, _pause: None,
) -> Pacer:
    """The pacer for one cloud. `on_pause` is called with the cloud's name and each pause that the cloud requests."""
    is_source = side == "source"
    cloud = policy.source_cloud if is_source else policy.target_cloud
    per_s = policy.limits.source_requests_per_s if is_source else policy.limits.target_requests_per_s
    return Pacer(cloud, per_s, on_pause=lambda pause: on_pause(cloud, pause), wait=stoppable_sleep(stop or StopFlag()))


def policy_throttle(policy: Policy, stop: StopFlag) -> Throttle:
    """The throttle with the policy's bandwidth, regardless of the time of day."""
    return Throttle(policy.limits.bandwidth_bytes_per_s, wait=stoppable_sleep(stop))


def run_hours(policy: Policy, stop: StopFlag, *, stays: bool) -> Hours:
    """The policy's time windows for a run."""
    return Hours(parse_windows(policy.limits.windows), stop, stays=stays)


def run_throttle(policy: Policy, hours: Hours, bandwidth_bytes_per_s: int | None) -> Throttle:
    """The throttle for all content of a run. The option's bandwidth overrides the policy's; 0 means no limit."""
    limit = policy.limits.bandwidth_bytes_per_s if bandwidth_bytes_per_s is None else bandwidth_bytes_per_s or None
    if hours.windows.windows:
        return Throttle(limit, hours.gate, wait=stoppable_sleep(hours.stop))
    return Throttle(limit, wait=stoppable_sleep(hours.stop))


def bandwidth(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    """Parses the bandwidth option: `50M` (MiB/s), any form of `limits.bandwidth`, or `off`.

    Returns bytes per second, 0 for no limit, None if not given.
    """
    if value is None or value.strip().lower() == _OFF:
        return None if value is None else 0
    short = _SHORT.fullmatch(value.strip())
    spelt = f"{short[1]} {short[2].upper()}iB/s" if short else f"{value.strip().removesuffix('/s')}/s"
    found = parse_rate(spelt)
    if found is None:
        app = ctx.find_object(App) or App()
        raise click.BadParameter(app.say("run.bandwidth", value=value), ctx, param)
    return found
