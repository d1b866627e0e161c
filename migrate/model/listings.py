"""What is asked of a cloud at once, and things of services that no tool carries."""

from migrate.model.records import Kind, Record


class ServiceResource(Record, frozen=True, kw_only=True):
    """Something of a service whose things cannot be carried: named, so that its owner makes it anew by hand.

    `service` is the catalogue's type. `details` are what tells it apart and never a secret's value. An empty `id`
    stands for the whole service, which is in the catalogue and may not be listed; `details["why"]` says why.
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
    """What a Heat stack was made from: evidence for its owner, and where user data may be read.

    `template` is the document as text; `resources` maps logical names to (type, physical id).
    """

    id: str
    name: str
    template: str
    parameters: dict[str, str] = {}
    resources: dict[str, tuple[str, str]] = {}
