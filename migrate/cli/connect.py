"""Opens a cloud by name. Imports SDKs only for a cloud that needs them."""

from collections.abc import Callable, Mapping

from migrate.clouds.guard import Gatekeeper, Request
from migrate.clouds.http import Pacer, Probe
from migrate.clouds.objects_at_s3 import CloudWithS3
from migrate.clouds.ports import Cloud
from migrate.model import S3Place, S3Settings

_MEMORY = "memory:"


def connect(
    name: str,
    gatekeeper: Gatekeeper,
    *,
    region: str = "",
    on_request: Callable[[Request, int | None], None] | None = None,
    pacer: Pacer | None = None,
) -> Cloud:
    """Opens a cloud; sends nothing before the first call.

    Args:    name: an entry of clouds.yaml, `env` for the OS_* environment variables, or `memory:NAME` for an in-memory
             cloud.
             gatekeeper: checks every request before it is sent.   region: one of the entry's regions; in-memory clouds
             have none.   on_request: called with each request and its status.   pacer: limits the rate of requests;
             in-memory clouds have no limit.
    Raises:  ConfigError: DCP-201 unknown cloud, DCP-216 several regions and none chosen.
             AccessError DCP-405: unknown region.
    """
    if name.startswith(_MEMORY):
        from migrate.demo.memory import open_memory

        return open_memory(name.removeprefix(_MEMORY), gatekeeper)
    from migrate.clouds.openstack.config import open_cloud

    return open_cloud(name, gatekeeper, region=region, on_request=on_request, pacer=pacer)


def login_files(name: str) -> tuple[str, ...]:
    """The files that hold a cloud's login; empty for `env` and in-memory clouds. Raises as `connect`."""
    if name.startswith(_MEMORY):
        return ()
    from migrate.clouds.openstack.config import login_files

    return login_files(name)


def probe_login(name: str, region: str = "") -> Probe | None:
    """One look at the address of a cloud's login; None for in-memory clouds. Raises as `connect`, and Unreachable."""
    if name.startswith(_MEMORY):
        return None
    from migrate.clouds.openstack.config import probe_login

    return probe_login(name, region)


def login_is_checked(name: str) -> bool:
    """Whether certificates are verified: the login does not set `verify: false`. Raises as `connect`."""
    if name.startswith(_MEMORY):
        return True
    from migrate.clouds.openstack.config import login_is_checked

    return login_is_checked(name)


def with_s3(
    cloud: Cloud,
    settings: S3Settings,
    places: Mapping[str, S3Place],
    gatekeeper: Gatekeeper,
    *,
    on_request: Callable[[Request, int | None], None] | None = None,
    pacer: Pacer | None = None,
) -> Cloud:
    """The cloud with its containers on S3, at `places`; sends nothing before the first call. Other arguments: see
    `connect`.

    Raises:  AccessError, ConfigError: no such profile, or no endpoint.
    """
    from migrate.clouds.s3 import open_s3

    return CloudWithS3(cloud, open_s3(settings, places, gatekeeper, on_request=on_request, pacer=pacer))
