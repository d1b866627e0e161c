"""From a cloud's name to its ports. SDKs are imported only when a cloud that needs them is opened."""

from collections.abc import Callable, Mapping

from migrate.clouds.guard import Gatekeeper, Request
from migrate.clouds.http import Pacer
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
    """Opens a cloud; nothing is sent before the first call.

    Args:    name: an entry of clouds.yaml, `env` for the OS_* environment variables, `memory:NAME` for one in memory.
             gatekeeper: checks every request before it is sent.   region: which one of the entry's; clouds in memory
             have none.   on_request: told of each one and its status.   pacer: how fast the cloud may be asked;
             one in memory takes any number.
    Raises:  ConfigError: DCP-201 no such cloud, DCP-216 it has several regions and none is named.
             AccessError DCP-405: it has no such region.
    """
    if name.startswith(_MEMORY):
        from migrate.demo.memory import open_memory

        return open_memory(name.removeprefix(_MEMORY), gatekeeper)
    from migrate.clouds.openstack.config import open_cloud

    return open_cloud(name, gatekeeper, region=region, on_request=on_request, pacer=pacer)


def login_files(name: str) -> tuple[str, ...]:
    """Which files a cloud's login is read from: none of the environment's, or of a cloud in memory. As `connect`."""
    if name.startswith(_MEMORY):
        return ()
    from migrate.clouds.openstack.config import login_files

    return login_files(name)


def login_is_checked(name: str) -> bool:
    """Certificates of the cloud are looked at: `verify: false` is not what its login says. As `connect`."""
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
    """The cloud with its containers on S3, at `places`; nothing is sent before the first call. Others as `connect`.

    Raises:  AccessError, ConfigError: no such profile, or no address.
    """
    from migrate.clouds.s3 import open_s3

    return CloudWithS3(cloud, open_s3(settings, places, gatekeeper, on_request=on_request, pacer=pacer))
