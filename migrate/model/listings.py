"""The listings of a scan, and resources of services that Decamp cannot move."""

from migrate.model.records import Kind, Record


class ServiceResource(Record, frozen=True, kw_only=True):
    """A resource that Decamp cannot move: listed, so that its owner can create it again by hand.

    `service`: the catalogue's type. `details`: identifying fields, never secrets. An empty `id` stands for a whole
    service that is in the catalogue but could not be listed; `details["why"]` has the reason.
    """

    kind: Kind
    id: str
    name: str
    service: str
    details: dict[str, str] = {}


LISTINGS = {
    "keypair": "compute",
    "server": "compute",
    "server-group": "compute",
    "flavor": "compute",
    "compute-zone": "compute",
    "compute-quota": "compute",
    "volume": "block-storage",
    "snapshot": "block-storage",
    "backup": "block-storage",
    "volume-type": "block-storage",
    "volume-zone": "block-storage",
    "volume-quota": "block-storage",
    "network": "network",
    "subnet": "network",
    "router": "network",
    "port": "network",
    "floating-ip": "network",
    "port-forwarding": "network",
    "security-group": "network",
    "trunk": "network",
    "external-network": "network",
    "network-quota": "network",
    "extension": "network",
    "image": "image",
    "image-member": "image",
    "container": "object-store",
}
"""What a scan lists -> the service that is asked. Where a listing is refused, or left out on purpose, an inventory has
a row in `others` with this as its name, no id, `details["why"]`, and `details["skip"]` where the policy leaves it out.
"""


ODD = "odd"
"""A row's detail that says of one item of a listing (`details["listing"]`) that it could not be read and is left out
(`left-out`), or that something harmless in it had to be set right (`kept`); `details["why"]` says what. Its name is
that of the item, or its id, or its place in the listing; `details["id"]` its id, `details["owner"]` a port's device.
"""


OTHER_SERVICE = "service:"
"""How the listings of a service are called, all together, whose things are not moved."""


LEFT_OUT = "left-out"
"""`why` of a listing that the policy leaves out: it was not asked for."""


class StackSource(Record, frozen=True, kw_only=True):
    """The source of a Heat stack: saved for its owner, and used to find user data.

    `template`: the document as text; `resources`: maps logical names to (type, physical id).
    """

    id: str
    name: str
    template: str
    parameters: dict[str, str] = {}
    resources: dict[str, tuple[str, str]] = {}
