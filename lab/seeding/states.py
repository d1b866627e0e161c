"""Leaves servers as their owners did: stopped, paused, suspended, shelved, rescued, locked."""

import time
from typing import Any

from .errors import SeedError
from .tenant import Tenant
from .topology import Resource

PATIENCE_S = 180
# The status that a state ends in, and the call of the library that leads there.
STATES = {
    "stopped": ("SHUTOFF", "stop_server"),
    "paused": ("PAUSED", "pause_server"),
    "suspended": ("SUSPENDED", "suspend_server"),
    "shelved": ("SHELVED_OFFLOADED", "shelve_server"),
    "rescued": ("RESCUE", "rescue_server"),
}


def wanted_status(resource: Resource) -> str:
    """The status in which a server of the topology is left."""
    state = resource.properties.get("state")
    if state is None:
        return "ACTIVE"
    if state not in STATES:
        raise SeedError(f"the state of {resource.name} is {state!r}, which is not one of: {', '.join(STATES)}")
    return STATES[state][0]


def settle_server(tenant: Tenant, resource: Resource) -> None:
    """The last step: in most of these states a server takes no volume, address or image any more."""
    api, wanted = tenant.connection.compute, wanted_status(resource)
    server = api.get_server(tenant.ids[resource.name])
    if server.status != wanted:
        getattr(api, STATES[resource.properties["state"]][1])(server)
        _wait_for(api, server.id, wanted)
    if resource.properties.get("locked") and not server.is_locked:
        api.lock_server(server)


def _wait_for(api: Any, server_id: str, wanted: str) -> None:
    end = time.monotonic() + PATIENCE_S
    while (status := api.get_server(server_id).status) != wanted:
        if status == "ERROR" or time.monotonic() > end:
            raise SeedError(f"the server {server_id} is {status} and does not become {wanted}")
        time.sleep(0.5)
