"""From a cloud's name to its ports. SDKs are imported only when a cloud that needs them is opened."""

from collections.abc import Callable

from migrate.clouds.guard import Gatekeeper, Request
from migrate.clouds.ports import Cloud

_MEMORY = "memory:"


def connect(
    name: str, gatekeeper: Gatekeeper, *, on_request: Callable[[Request, int | None], None] | None = None
) -> Cloud:
    """Opens a cloud; nothing is sent before the first call.

    Args:    name: an entry of clouds.yaml, `env` for the OS_* environment variables, `memory:NAME` for one in memory.
             gatekeeper: checks every request before it is sent.   on_request: told of each one and its status.
    Raises:  ConfigError DCP-201: no such cloud.
    """
    if name.startswith(_MEMORY):
        from migrate.clouds.memory import open_memory

        return open_memory(name.removeprefix(_MEMORY), gatekeeper)
    from migrate.clouds.openstack.config import open_cloud

    return open_cloud(name, gatekeeper, on_request=on_request)
