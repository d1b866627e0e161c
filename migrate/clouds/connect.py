"""From a cloud's name to its ports. SDKs are imported only when a cloud that needs them is opened."""

from collections.abc import Callable

from migrate.clouds.guard import Gatekeeper, Request
from migrate.clouds.pace import Pacer
from migrate.clouds.ports import Cloud

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
        from migrate.clouds.memory import open_memory

        return open_memory(name.removeprefix(_MEMORY), gatekeeper)
    from migrate.clouds.openstack.config import open_cloud

    return open_cloud(name, gatekeeper, region=region, on_request=on_request, pacer=pacer)
