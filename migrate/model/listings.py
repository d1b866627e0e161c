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
"""Maps each listing of a scan to its service. For a refused or excluded listing, an inventory has a row in
`others` with this name, no id, `details["why"]`, and `details["skip"]` if the policy excludes it.
"""


ODD = "odd"
"""A detail of rows for malformed items of a listing (`details["listing"]`): `left-out` if unreadable,
`kept` if a harmless defect was corrected; `details["why"]` has the defect. The row's name is the item's
name, id or position; `details["id"]` its id, `details["owner"]` a port's device.
"""


OTHER_SERVICE = "service:"
"""The prefix for all listings of a service whose resources do not move."""


LEFT_OUT = "left-out"
"""The `why` of a listing that the policy excludes."""


class StackSource(Record, frozen=True, kw_only=True):
    """The source of a Heat stack: saved for its owner, and used to find user data.

    `template`: the document as text; `resources`: maps logical names to (type, physical id).
    """

    id: str
    name: str
    template: str
    parameters: dict[str, str] = {}
    resources: dict[str, tuple[str, str]] = {}
