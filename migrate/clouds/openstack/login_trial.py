"""Tries a login once, and finds out what is wrong with it: for people who do not know what a login consists of."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, NamedTuple

from keystoneauth1 import exceptions as ks
from openstack import exceptions as sdk

from migrate.clouds.guard import ReadOnly
from migrate.clouds.http import RetryPolicy
from migrate.clouds.openstack.config import ENVIRONMENT, hold_login_of, open_login, sdk_config
from migrate.clouds.openstack.login import Login
from migrate.errors import DecampError, LoginRefused, Unreachable
from migrate.messages import codes
from migrate.model import Identity

CLOCK_LIMIT_S = 300
"""Clocks that differ by more make tokens appear expired, or not valid yet."""

_ONCE = RetryPolicy(attempts=1)


class Tried(NamedTuple):
    """A login that worked. `clock_off_s`: how far this machine's clock is ahead of the cloud's; negative if behind."""

    identity: Identity
    clock_off_s: int


def try_login(name: str, region: str = "") -> Tried:
    """Logs in to an entry of clouds.yaml. Raises as `open_cloud` and `Login.identity`."""
    login = open_login(name, ReadOnly(), region, retries=_ONCE)
    identity = login.identity()
    told = login.clock.now()
    ahead = datetime.now(UTC) - datetime.fromisoformat(told) if told else None
    return Tried(identity, round(ahead.total_seconds()) if ahead else 0)


def is_password_right(entry: Mapping[str, Any]) -> bool:
    """Whether user and password are right: a refused login may also name a wrong project.

    `entry`: of clouds.yaml, with the password and without a project.
    """
    try:
        region = sdk_config(ENVIRONMENT, load_envvars=False).get_one(cloud=None, **entry)
        hold_login_of(region)
        Login("trial", region, ReadOnly(), retries=_ONCE).access()
    except LoginRefused as err:
        # Without a reason, the identity service itself refused.
        return bool(err.facts.get("reason"))
    except (DecampError, sdk.SDKException, ks.ClientException, TypeError, AttributeError, KeyError, ValueError):
        return False
    return True


def trouble_of(error: DecampError) -> str:
    """What is wrong, as the key of a phrase: `untrusted`, `proxy`, `no-name`, `no-route`, `no-login-address`; empty if
    the error's own sentence says it best.
    """
    if not isinstance(error, Unreachable):
        return ""
    if error.code == codes.CERTIFICATE_UNTRUSTED:
        return "untrusted"
    told = " ".join(_told_by(error))
    if "ProxyError" in told or "Cannot connect to proxy" in told or "Tunnel connection failed" in told:
        return "proxy"
    if any(sign in told for sign in ("NameResolutionError", "gaierror", "Name or service not known")):
        return "no-name"
    if "DiscoveryFailure" in told or "NotFound" in told or "catalogue" in told:
        return "no-login-address"
    return "no-route"


def _told_by(error: BaseException | None) -> list[str]:
    """Class and text of the error and of all its causes."""
    found: list[str] = []
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        found.append(f"{type(error).__name__} {error} {getattr(error, 'facts', '')}")
        error = error.__cause__ or error.__context__
    return found
