"""Findings: what a person should know before anything is done, each with a stable code (docs/formats/plan.md).

A finding's level and the facts that its text needs are fixed by its code, here and nowhere else.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from migrate.model import Record
from migrate.plan.selectors import accepted, skipped_item
from migrate.plan.settings import Policy


class Level(StrEnum):
    """How bad it is: cannot be done, will be different, will not be there, good to know."""

    BLOCKS = "blocks"
    LOSES = "loses"
    CHANGES = "changes"
    ADVICE = "advice"


class Spec(NamedTuple):
    """What a code means: `leaves_out` takes the item out of the plan, unless it is accepted and `can_go_on`.

    `alone`: what blocks is about that item and nothing else, which waits until somebody decides; a run does the rest.
    """

    level: Level
    facts: tuple[str, ...] = ()
    leaves_out: bool = False
    can_go_on: bool = False
    alone: bool = False


_BLOCKS, _LOSES, _CHANGES, _ADVICE = Level.BLOCKS, Level.LOSES, Level.CHANGES, Level.ADVICE

CODES: dict[str, Spec] = {
    # ------------------------------------------------ the whole migration
    "DCP-601": Spec(_BLOCKS, ("deadline", "taken_at")),
    "DCP-602": Spec(_BLOCKS, ("resource", "need", "limit", "used", "short")),
    "DCP-603": Spec(_BLOCKS, ("resource", "need", "limit", "used", "short")),
    "DCP-604": Spec(_ADVICE, ("resource", "need", "limit", "used", "disks")),
    "DCP-605": Spec(_ADVICE, ("resource", "need", "limit", "used", "disks")),
    "DCP-606": Spec(_ADVICE, ("servers",)),
    "DCP-607": Spec(_ADVICE, ("selector", "list")),
    "DCP-608": Spec(_BLOCKS, ("cloud", "ends_at")),
    "DCP-609": Spec(_ADVICE, ("what", "proof", "items")),
    # ------------------------------------------------ a place at the target
    "DCP-610": Spec(_BLOCKS, ("flavor", "vcpus", "ram_mib", "disk_gib"), leaves_out=True),
    "DCP-611": Spec(_CHANGES, ("source", "target", "what", "size")),
    "DCP-612": Spec(_BLOCKS, ("mapping", "source", "wanted", "known"), leaves_out=True),
    "DCP-613": Spec(_BLOCKS, ("source", "target", "source_gib", "target_gib"), leaves_out=True),
    "DCP-614": Spec(_CHANGES, ("source", "target")),
    "DCP-615": Spec(_CHANGES, ("source", "target")),
    "DCP-616": Spec(_BLOCKS, ("source", "known"), leaves_out=True),
    "DCP-617": Spec(_CHANGES, ("address", "network")),
    "DCP-618": Spec(_CHANGES, ("mac", "address")),
    "DCP-619": Spec(_LOSES, ("what", "needs", "has")),
    # ------------------------------------------------ servers
    "DCP-620": Spec(_BLOCKS, ("status",), leaves_out=True),
    "DCP-621": Spec(_BLOCKS, ("status", "task"), leaves_out=True),
    "DCP-622": Spec(_BLOCKS, (), leaves_out=True),
    "DCP-623": Spec(_BLOCKS, ("volume",), leaves_out=True),
    "DCP-624": Spec(_CHANGES, ("disks",)),
    "DCP-625": Spec(_CHANGES, ("status",)),
    "DCP-626": Spec(_CHANGES, ("key",)),
    "DCP-627": Spec(_LOSES, ("volume",)),
    "DCP-628": Spec(_ADVICE, ("network",)),
    "DCP-629": Spec(_CHANGES, ("image",)),
    # ------------------------------------------------ images, volumes, snapshots
    "DCP-630": Spec(_LOSES, ("status",), leaves_out=True),
    "DCP-631": Spec(_CHANGES, ("snapshots",), leaves_out=True),
    "DCP-632": Spec(_BLOCKS, ("size", "limit"), leaves_out=True),
    "DCP-633": Spec(_ADVICE, ("size", "limit", "cloud")),
    "DCP-634": Spec(_CHANGES, ("visibility",)),
    "DCP-635": Spec(_CHANGES, ("properties",)),
    "DCP-636": Spec(_CHANGES, ("projects",)),
    "DCP-637": Spec(_LOSES, ("status",), leaves_out=True, can_go_on=True),
    "DCP-638": Spec(_BLOCKS, ("status",), leaves_out=True),
    "DCP-639": Spec(_BLOCKS, (), leaves_out=True),
    "DCP-640": Spec(_BLOCKS, (), leaves_out=True),
    "DCP-641": Spec(_CHANGES, ("servers", "type")),
    "DCP-642": Spec(_BLOCKS, ("status",), leaves_out=True),
    "DCP-643": Spec(_LOSES, ("volume", "size_gib"), leaves_out=True),
    "DCP-644": Spec(_CHANGES, ("volume", "size_gib", "becomes")),
    "DCP-645": Spec(_LOSES, ("volume", "size_gib"), leaves_out=True),
    "DCP-646": Spec(_CHANGES, ("volume", "size_gib")),
    "DCP-647": Spec(_CHANGES, ("backups",), leaves_out=True),
    "DCP-648": Spec(_LOSES, ("ephemeral_gib", "swap_mib")),
    "DCP-649": Spec(_LOSES, ("group",)),
    # ------------------------------------------------ in the way at the target
    "DCP-650": Spec(_BLOCKS, ("other",), leaves_out=True),
    "DCP-651": Spec(_BLOCKS, ("other",), leaves_out=True, can_go_on=True),
    "DCP-652": Spec(_BLOCKS, ("other",), leaves_out=True, can_go_on=True),
    "DCP-653": Spec(_BLOCKS, ("cidr", "other", "other_cidr"), leaves_out=True, can_go_on=True),
    "DCP-654": Spec(_BLOCKS, ("objects",), leaves_out=True),
    "DCP-655": Spec(_BLOCKS, (), leaves_out=True),
    "DCP-656": Spec(_CHANGES, ("header", "value")),
    "DCP-657": Spec(_LOSES, ("status",), leaves_out=True),
    "DCP-658": Spec(_BLOCKS, ("removed", "added", "ports"), leaves_out=True, can_go_on=True),
    "DCP-659": Spec(_LOSES, ("backups", "objects"), leaves_out=True),
    # ------------------------------------------------ network
    "DCP-660": Spec(_BLOCKS, ("address", "subnet")),
    "DCP-661": Spec(_CHANGES, ("address", "rewrite")),
    "DCP-662": Spec(_BLOCKS, ("network", "known"), leaves_out=True),
    "DCP-663": Spec(_CHANGES, ()),
    "DCP-664": Spec(_LOSES, ("subnet",)),
    "DCP-665": Spec(_LOSES, ("owner",), leaves_out=True),
    "DCP-666": Spec(_LOSES, ("group",)),
    "DCP-667": Spec(_CHANGES, ("subnet", "network")),
    "DCP-668": Spec(_LOSES, ("policy",)),
    "DCP-669": Spec(_CHANGES, ()),
    # ------------------------------------------------ left out for another reason
    "DCP-670": Spec(_LOSES, ("selector",), leaves_out=True),
    "DCP-671": Spec(_LOSES, ("because",), leaves_out=True),
    "DCP-672": Spec(_ADVICE, ()),
    # ------------------------------------------------ network, continued
    "DCP-673": Spec(_LOSES, ("vnic_type",)),
    "DCP-674": Spec(_LOSES, ("group",)),
    "DCP-675": Spec(_LOSES, ("forwarding", "why")),
    "DCP-676": Spec(_LOSES, (), leaves_out=True),
    "DCP-677": Spec(_LOSES, ("destination", "nexthop")),
    "DCP-678": Spec(_LOSES, ("vlan", "port")),
    "DCP-679": Spec(_LOSES, ("what", "extension")),
    # ------------------------------------------------ advice for the guest
    "DCP-680": Spec(_ADVICE, ("source_device", "target_device")),
    "DCP-681": Spec(_ADVICE, ("nics",)),
    "DCP-682": Spec(_ADVICE, ("network", "source_mtu", "target_mtu")),
    "DCP-683": Spec(_ADVICE, ()),
    "DCP-684": Spec(_ADVICE, ("system",)),
    "DCP-685": Spec(_ADVICE, ("addresses",)),
    # ------------------------------------------------ a place at the target, and network, continued
    "DCP-686": Spec(_BLOCKS, ("flavor",), leaves_out=True),
    "DCP-687": Spec(_LOSES, ("group",)),
    "DCP-688": Spec(_BLOCKS, ("servers", "type", "known"), leaves_out=True),
    "DCP-689": Spec(_CHANGES, ("type",)),
    # ------------------------------------------------ unused
    "DCP-690": Spec(_ADVICE, ("size_gib",)),
    "DCP-691": Spec(_ADVICE, ("size",)),
    "DCP-692": Spec(_ADVICE, ()),
    "DCP-693": Spec(_ADVICE, ("address",)),
    "DCP-694": Spec(_ADVICE, ("address",)),
    # ------------------------------------------------ servers that would run at both ends
    "DCP-695": Spec(_BLOCKS, (), leaves_out=True, alone=True),
    "DCP-696": Spec(_CHANGES, ("copy",)),
    "DCP-697": Spec(_CHANGES, ("target",)),
    "DCP-698": Spec(_BLOCKS, ("target",), leaves_out=True, alone=True),
    # ------------------------------------------------ what no tool carries
    "DCP-801": Spec(_LOSES, ("details",)),
    "DCP-802": Spec(_LOSES, ("servers",)),
    "DCP-803": Spec(_LOSES, ("details",)),
    "DCP-804": Spec(_LOSES, ("details",)),
    "DCP-805": Spec(_LOSES, ("details",)),
    "DCP-806": Spec(_LOSES, ("details",)),
    "DCP-807": Spec(_LOSES, ("service", "details")),
    "DCP-808": Spec(_ADVICE, ("service", "why")),
    # ------------------------------------------------ what was not listed
    "DCP-816": Spec(_LOSES, ("listing", "service", "why")),
    "DCP-817": Spec(_LOSES, ("listing", "selector")),
    "DCP-818": Spec(_BLOCKS, ("listing", "service", "why"), leaves_out=True, alone=True),
    "DCP-819": Spec(_ADVICE, ("cloud", "listing", "service", "why")),
    "DCP-900": Spec(_LOSES, ("listing", "why"), leaves_out=True),
    "DCP-901": Spec(_LOSES, ("why",), leaves_out=True),
    "DCP-907": Spec(_LOSES, ("what", "listing", "service", "why")),
    "DCP-908": Spec(_ADVICE, ("cloud", "what", "listing", "service", "why")),
    "DCP-910": Spec(_ADVICE, ("mark",)),
    "DCP-909": Spec(_CHANGES, ("what", "listing", "service", "why")),
    # ------------------------------------------------ room in the target's object store
    "DCP-902": Spec(_BLOCKS, ("header", "need", "limit")),
    "DCP-903": Spec(_BLOCKS, ("need", "limit", "used", "short")),
    "DCP-904": Spec(_ADVICE, ("cloud", "limit", "used", "need", "key")),
    "DCP-905": Spec(_ADVICE, ("container", "disks", "room")),
    "DCP-906": Spec(_BLOCKS, ("size", "limit", "cloud"), leaves_out=True, can_go_on=True, alone=True),
    # ------------------------------------------------ rules of the target, found before it refuses
    "DCP-820": Spec(_BLOCKS, ("cidr", "limit", "profile")),
    "DCP-821": Spec(_BLOCKS, ("cidr", "limit", "profile")),
    "DCP-822": Spec(_BLOCKS, ("address", "subnet", "limit", "profile")),
    "DCP-823": Spec(_BLOCKS, ("cidr", "limit", "profile")),
    "DCP-824": Spec(_CHANGES, ("address", "profile")),
    "DCP-825": Spec(_BLOCKS, ("address", "profile")),
    "DCP-826": Spec(_BLOCKS, ("mac", "profile")),
    "DCP-827": Spec(_BLOCKS, ("size", "limit", "profile")),
    "DCP-828": Spec(_BLOCKS, ("size_gib", "limit", "profile")),
    "DCP-829": Spec(_BLOCKS, ("key", "length", "limit", "profile")),
    "DCP-830": Spec(_BLOCKS, ("length", "limit", "profile")),
    "DCP-831": Spec(_ADVICE, ("count", "limit", "profile")),
    "DCP-832": Spec(_ADVICE, ("profile", "provider", "source")),
    "DCP-833": Spec(_BLOCKS, ("address", "profile")),
    # ------------------------------------------------ networks of others, lines for single items
    "DCP-813": Spec(_ADVICE, ("address", "becomes")),
    "DCP-814": Spec(_BLOCKS, ("mapping", "lines"), leaves_out=True),
    "DCP-834": Spec(_CHANGES, ("network", "becomes")),
    "DCP-835": Spec(_CHANGES, ("address", "becomes")),
    "DCP-836": Spec(_LOSES, ("pairs", "becomes")),
    "DCP-837": Spec(_LOSES, ("becomes",)),
    "DCP-838": Spec(_CHANGES, ("address",)),
    "DCP-839": Spec(_CHANGES, ("becomes", "wanted")),
    "DCP-840": Spec(_BLOCKS, ("service", "items")),
    "DCP-841": Spec(_BLOCKS, ("format", "known"), leaves_out=True),
    "DCP-842": Spec(_BLOCKS, ("format", "known"), leaves_out=True),
    "DCP-843": Spec(_BLOCKS, ("server", "cloud", "key")),
    "DCP-844": Spec(_BLOCKS, ()),
    "DCP-845": Spec(_ADVICE, ("server", "zone", "others")),
    # ------------------------------------------------ volumes that a cloud encrypts
    "DCP-846": Spec(_ADVICE, ()),
    "DCP-847": Spec(_LOSES, ("becomes",), leaves_out=True, can_go_on=True),
    "DCP-848": Spec(_LOSES, ("type",), leaves_out=True, can_go_on=True),
    "DCP-849": Spec(_BLOCKS, ("type",), leaves_out=True),
    # ------------------------------------------------ containers
    "DCP-850": Spec(_CHANGES, ("bucket",)),
    "DCP-851": Spec(_ADVICE, ("buckets", "endpoint")),
    "DCP-852": Spec(_BLOCKS, ("bucket", "why"), leaves_out=True),
    "DCP-853": Spec(_BLOCKS, ("bucket",)),
    "DCP-854": Spec(_CHANGES, ("containers", "bucket", "limit", "profile")),
    "DCP-855": Spec(_BLOCKS, ("wanted",)),
    "DCP-856": Spec(_ADVICE, ("style", "wanted", "profile")),
    "DCP-857": Spec(_LOSES, ("header", "value")),
    "DCP-858": Spec(_LOSES, ("headers",)),
    "DCP-859": Spec(_LOSES, ("headers",)),
    "DCP-860": Spec(_LOSES, ()),
    "DCP-861": Spec(_LOSES, ("headers",)),
    "DCP-862": Spec(_LOSES, ("keys",)),
    "DCP-863": Spec(_LOSES, ("to",)),
    "DCP-864": Spec(_LOSES, ("archive",)),
    "DCP-865": Spec(_CHANGES, ()),
    "DCP-866": Spec(_LOSES, ("why",)),
    "DCP-867": Spec(_CHANGES, ("bucket",)),
    "DCP-868": Spec(_BLOCKS, ("buckets", "limit", "profile")),
    "DCP-869": Spec(_ADVICE, ()),
    "DCP-870": Spec(_ADVICE, ("policy",)),
    "DCP-871": Spec(_ADVICE, ()),
    "DCP-872": Spec(_LOSES, ("why", "objects", "example")),
    "DCP-812": Spec(_LOSES, ("objects", "example")),
    "DCP-873": Spec(_ADVICE, ("objects", "example")),
    "DCP-874": Spec(_ADVICE, ("containers", "objects")),
    "DCP-875": Spec(_LOSES, ("archive",)),
    "DCP-876": Spec(_LOSES, ("header", "objects", "examples")),
    "DCP-877": Spec(_CHANGES, ("objects", "examples")),
    "DCP-878": Spec(_LOSES, ("objects", "examples")),
    "DCP-879": Spec(_LOSES, ("objects", "examples")),
    "DCP-880": Spec(_LOSES, ("header", "value")),
    "DCP-881": Spec(_LOSES, ("header", "value")),
    "DCP-882": Spec(_CHANGES, ("header", "value")),
    "DCP-884": Spec(_ADVICE, ("containers", "objects")),
    "DCP-885": Spec(_ADVICE, ("looked", "objects")),
    "DCP-886": Spec(_CHANGES, ("headers",)),
    "DCP-887": Spec(_CHANGES, ("headers",)),
    "DCP-888": Spec(_LOSES, ("header", "value")),
    # ------------------------------------------------ root disks that become boot volumes
    "DCP-890": Spec(_CHANGES, ("size_gib", "type")),
    "DCP-891": Spec(_ADVICE, ("target", "nearer")),
    "DCP-892": Spec(_ADVICE, ("selector",)),
    # ------------------------------------------------ limits of a provider profile, continued
    "DCP-893": Spec(_CHANGES, ("profile",)),
    "DCP-894": Spec(_BLOCKS, ("limit", "profile")),
    "DCP-895": Spec(_BLOCKS, ("length", "limit", "profile")),
    "DCP-896": Spec(_BLOCKS, ("format", "known", "profile")),
    "DCP-897": Spec(_BLOCKS, ("what", "length", "limit", "profile")),
    "DCP-898": Spec(_BLOCKS, ("servers", "limit", "profile")),
    "DCP-899": Spec(_BLOCKS, ("profile",)),
    "DCP-809": Spec(_BLOCKS, ("bucket", "profile")),
}
"""Every code that a finding may have: its level, the facts it carries, and what it does to the plan."""

MEANINGS = {
    "DCP-601": "the deadline had passed when the source was scanned",
    "DCP-602": "a quota of the target is too small for what is to be made",
    "DCP-603": "a quota of the source leaves no room for the temporaries of even the largest disk",
    "DCP-604": "the source has room for fewer captures at once than the policy allows",
    "DCP-605": "with its temporaries the work comes close to a quota of the target: fewer temporary copies at once",
    "DCP-606": "the user data of some servers is not known: no cloud shows it to a member; its owner is asked for it",
    "DCP-607": "a selector, a name or a code of the policy fits nothing",
    "DCP-608": "the login is a token that cannot renew itself, and ends before the work does",
    "DCP-609": "the plan relies on something that is not proven on real services",
    "DCP-610": "no flavor of the target is large enough",
    "DCP-611": "the server gets another flavor, by its name or by its sizes",
    "DCP-612": "the policy maps to something that the target does not have",
    "DCP-613": "the policy maps to a flavor whose disk is too small",
    "DCP-614": "the volume gets another volume type",
    "DCP-615": "it gets another availability zone",
    "DCP-616": "no external network of the target is chosen, and it cannot be guessed",
    "DCP-617": "the floating address cannot move: a new one is taken",
    "DCP-618": "the MAC address is not kept",
    "DCP-619": "the target's service is too old to keep something",
    "DCP-620": "a server in this state cannot be carried",
    "DCP-621": "the server is in the middle of something",
    "DCP-622": "the server is locked and would have to be stopped",
    "DCP-623": "the server boots from a volume that cannot be told, or does not move",
    "DCP-624": "the server is stopped for its capture, once a person approves",
    "DCP-625": "the server is stopped at the source and will run at the target",
    "DCP-626": "the server's key pair is another user's or left out: the server is made without it",
    "DCP-627": "a volume of the server is left out and not attached",
    "DCP-628": "the server has two ports on one network: their order is not certain",
    "DCP-629": (
        "the server's image is gone or of another project: its properties (disk bus, firmware) come from the captured "
        "disk's image"
    ),
    "DCP-630": "the image is not active",
    "DCP-631": "the image is an empty one that stands for volume snapshots: those are what moves",
    "DCP-632": "the image is larger than the target takes",
    "DCP-633": "the disk may become an image larger than the source takes",
    "DCP-634": "the image becomes private",
    "DCP-635": "properties of the image that only mean something to its old cloud are dropped",
    "DCP-636": "the image is shared with projects that the policy does not map",
    "DCP-637": "the server is paused or suspended: accepted, its disk moves and its memory does not",
    "DCP-638": "the server is shelved",
    "DCP-639": "the server is in rescue mode",
    "DCP-640": "the volume is encrypted, and would pass through an image that nobody can read",
    "DCP-641": "several servers may hold the volume: one copy is made, and all that hold it get it",
    "DCP-642": "a volume in this state cannot be captured",
    "DCP-643": "the policy leaves volume snapshots behind",
    "DCP-644": "the volume snapshot becomes a volume or an image",
    "DCP-645": "the policy leaves the volume backup behind",
    "DCP-646": "the volume backup becomes a volume",
    "DCP-647": "the container of the backup service holds volume backups, of use to its old cloud alone",
    "DCP-648": "ephemeral and swap disks of the flavor are not captured",
    "DCP-649": "the volume belongs to a volume group",
    "DCP-650": "another key pair of this name is at the target",
    "DCP-651": "another security group of this name is at the target",
    "DCP-652": "another network of this name is at the target",
    "DCP-653": "another subnet at the target overlaps this one",
    "DCP-654": "another container of this name is at the target",
    "DCP-655": "the target has no object store",
    "DCP-656": "the container's access list names projects or users, and is set as it is, as accepted",
    "DCP-657": "a snapshot or backup in this state cannot be read",
    "DCP-658": "the target's own `default` group has rules, or ports, that the source's rules would change",
    "DCP-659": "a container of the tenant's own naming holds volume backups, and all else in it stays too",
    "DCP-660": "no router leads from the floating address to its port",
    "DCP-661": "a rule or an address pair names a floating address that will change",
    "DCP-662": "the port is on a network that the project does not own, and what it becomes cannot be guessed",
    "DCP-663": "the network is no longer shared with other projects",
    "DCP-664": "the router loses its interface in a subnet that does not move",
    "DCP-665": "the port belongs to a service that does not move",
    "DCP-666": "a rule that names a security group that does not move is dropped",
    "DCP-667": "a router is made for a floating address that needed none at the source",
    "DCP-668": "a quality-of-service policy is not carried",
    "DCP-669": "the router did not translate addresses (SNAT off): at the target a member cannot choose that",
    "DCP-670": "the policy skips it",
    "DCP-671": "something that it needs is left out",
    "DCP-672": "its disk is captured and kept in the store, though it does not move as things are",
    "DCP-673": "the port's kind of binding (SR-IOV and the like) is not carried",
    "DCP-674": "a rule that names an address group is dropped",
    "DCP-675": "a port forwarding cannot be carried",
    "DCP-676": "the target has no trunks",
    "DCP-677": "a static route whose next hop does not move is dropped",
    "DCP-678": "the trunk loses a port that does not move",
    "DCP-679": "the target's network service cannot take something",
    "DCP-680": "disks may get other device names in the guest: mount by UUID or LABEL",
    "DCP-681": "network interfaces may get other names in the guest",
    "DCP-682": "the network's largest packet is another at the target",
    "DCP-683": "cloud-init takes the moved server for a new one",
    "DCP-684": "a licence may be bound to the old machine",
    "DCP-685": "addresses that move between servers: look at them after the cut-over",
    "DCP-686": "the flavor is gone from the source, and nobody knows how large it was",
    "DCP-687": "the port loses a security group that is another project's",
    "DCP-688": "several servers hold the volume, which the target's volume type does not allow",
    "DCP-689": "several servers may hold the volume, and at the target only one may",
    "DCP-690": "the volume is attached to nothing",
    "DCP-691": "no server uses the image",
    "DCP-692": "no port uses the security group",
    "DCP-693": "the port belongs to no server",
    "DCP-694": "the floating address leads to nothing",
    "DCP-695": "the server stays running at the source, would run at both ends, and nobody has chosen that",
    "DCP-696": "the server runs at both ends from its start at the target on, as the policy says",
    "DCP-697": "the server is at the target and its original runs: it is replaced by a newer copy at the cut-over",
    "DCP-698": "the server runs at both ends already, and nobody has chosen that",
    "DCP-801": "a load balancer must be set up again by hand",
    "DCP-802": "a Heat stack: its resources move as themselves, the stack does not; freeze it",
    "DCP-803": "a DNS zone must be moved by hand",
    "DCP-804": "a secret must be stored again by hand",
    "DCP-805": "a shared file system must be copied by hand",
    "DCP-806": "a cluster must be set up again by hand",
    "DCP-807": "a resource of another service must be set up again by hand",
    "DCP-808": "a service is in the catalogue, and what it holds cannot be listed",
    "DCP-816": "the source refused a listing: what there is of it is unknown, and does not move",
    "DCP-817": "the policy leaves a listing out of the scan: what there is of it does not move",
    "DCP-818": "the target refused a listing without which this cannot be made",
    "DCP-819": "a cloud does not list something that it offers: what is judged by it was not looked at",
    "DCP-900": "something that it names was not listed: it would be moved half",
    "DCP-901": "the container's headers are refused, and so may be its objects",
    "DCP-910": "something that carries a mark of another migration's temporary copies: it does not move",
    "DCP-907": "something of the source cannot be read as it is listed: it does not move",
    "DCP-908": "something that is not moved, or is at the target, cannot be read as it is listed",
    "DCP-909": "something of the source was listed oddly, and moves all the same",
    "DCP-902": "the container at the target has a quota that is too small for what the source's holds",
    "DCP-903": "the quota of the target's Swift account is too small for the containers that move",
    "DCP-904": "what all images of a project may hold together may be too little for those that disks pass through",
    "DCP-905": "the captured disks may not all fit into the container at the target that they are stored in",
    "DCP-906": "the disk may become an image larger than the target takes, and nobody has decided",
    "DCP-820": "the target takes no subnet in this range",
    "DCP-821": "the target takes no subnet as small as this one",
    "DCP-822": "the target reserves this address of the subnet",
    "DCP-823": "the target takes no such IPv6 subnet",
    "DCP-824": "the target takes no port without a security group: it gets the default one",
    "DCP-825": "the target takes no address pair of this range",
    "DCP-826": "the target lets nobody choose a MAC address",
    "DCP-827": "the image is larger than the provider's limit",
    "DCP-828": "the disk is smaller or larger than the provider takes",
    "DCP-829": "a metadata value is longer than the provider's limit",
    "DCP-830": "the user data is longer than the provider's limit",
    "DCP-831": "more snapshots of one volume than the provider keeps",
    "DCP-832": "the limits of a provider profile were used: look whether they still hold",
    "DCP-833": "the target takes no port without a security group, and this one has none to get",
    "DCP-813": "a floating address leads to a port on a network of others: a router of theirs must lead there",
    "DCP-814": "two patterns of the policy fit one thing, with different targets",
    "DCP-834": "the port's network, which is others', becomes this one of the target",
    "DCP-835": "the fixed address is not kept: the target chooses a new one",
    "DCP-836": "the port's address pairs are not kept: on a network of others a member cannot set them",
    "DCP-837": "port security cannot be turned off on a network of others: it is on, with the default group",
    "DCP-838": "a rule names the fixed address of a port that does not keep it",
    "DCP-839": "the port was made on one network, and the policy now names another: it stays",
    "DCP-840": "the target has not got a service that the plan needs",
    "DCP-841": "the target does not take this image format",
    "DCP-842": "the target does not take the image format that the disk passes through",
    "DCP-843": "the server that Decamp is to run on is not there",
    "DCP-844": "the server that Decamp runs on would be moved as well",
    "DCP-845": "volumes lie in another zone than the server that they are to be attached to",
    "DCP-846": "the volume is encrypted at the source, and its content in the store is not",
    "DCP-847": "the volume is encrypted, and what it becomes at the target is not",
    "DCP-848": "the volume is encrypted, and nobody tells whether its volume type at the target encrypts",
    "DCP-849": "the target's volume type encrypts, and such a volume cannot be read back through an image",
    "DCP-850": "the container becomes a bucket of another name, or a prefix of one",
    "DCP-851": "bucket names are shared by all customers of a service: take them on the first day",
    "DCP-852": "the bucket is somebody else's, or is not shown to us",
    "DCP-853": "the bucket is there and holds objects",
    "DCP-854": "more containers than the provider gives buckets: they share one",
    "DCP-855": "the target was scanned with another object store than the policy names",
    "DCP-856": "the provider wants bucket addresses in another style",
    "DCP-857": "the container's access list is not carried: the bucket is private",
    "DCP-858": "CORS rules that no bucket gets",
    "DCP-859": "settings as a web site that no bucket gets",
    "DCP-860": "temporary URLs end: S3 signs its own",
    "DCP-861": "S3 has no quota of a bucket",
    "DCP-862": "the container's own metadata is not carried: a bucket has tags alone",
    "DCP-863": "container synchronisation is not carried",
    "DCP-864": "older versions lie in a container of their own, and S3 does not go on with them",
    "DCP-865": "older versions of objects are copied, with new ids and dates",
    "DCP-866": "older versions of objects stay behind",
    "DCP-867": "the container holds segments: on S3 they become parts of their large objects",
    "DCP-868": "more buckets than the provider gives",
    "DCP-869": "the container's keys for temporary URLs are copied",
    "DCP-870": "the container's storage policy is the target's choice",
    "DCP-871": "S3 has no links, and expiry by rules of a bucket alone",
    "DCP-872": "objects that S3 refuses, counted by a scan of the listings",
    "DCP-812": "objects whose rows in the listing cannot be read: they do not move",
    "DCP-873": "links, counted by a scan of the listings",
    "DCP-874": "nobody has looked yet which objects S3 refuses",
    "DCP-875": "the container for its older versions does not move",
    "DCP-876": "headers of objects that S3 cannot hold, counted by a look at each",
    "DCP-877": "objects that expire: at S3 by a rule of the bucket, on the midnight behind their time",
    "DCP-878": "objects that expire, and are to stay for ever at S3",
    "DCP-879": "objects that expire, and are not copied to S3",
    "DCP-880": "the container's access list names projects or users, and nobody has accepted to set these names",
    "DCP-881": "the container's access list lets in everybody who has a login, and nobody has accepted to set that",
    "DCP-882": "the container lets in everybody who has a login at the target, as accepted",
    "DCP-884": "nobody has looked yet which headers of objects S3 cannot hold",
    "DCP-885": "the headers of some objects of the container were looked at, not of all",
    "DCP-886": "the container's CORS rules become the bucket's",
    "DCP-887": "the container's web site becomes the bucket's",
    "DCP-888": "the service would not take a setting of the bucket, as verify has seen",
    "DCP-890": "the server's own root disk becomes a boot volume",
    "DCP-891": "a nearer flavor has no disk, and one with a disk was taken",
    "DCP-892": "the policy's servers.boot names a server that boots from a volume already",
    "DCP-893": "the target makes no config drive",
    "DCP-894": "the target takes no such name",
    "DCP-895": "the target takes no such description of a server",
    "DCP-896": "the provider takes no image of this format",
    "DCP-897": "a volume's name or description is longer than the provider's limit",
    "DCP-898": "more servers hold the volume than the provider allows",
    "DCP-899": "the target boots no server from a volume that several hold",
    "DCP-809": "the provider takes no such name of a bucket",
}
"""What each code says, for the format's page and for whoever writes the texts."""


class Finding(Record, frozen=True, kw_only=True):
    """One thing found. `item` is `kind:id`, or empty when it concerns the migration as a whole."""

    level: Level
    code: str
    item: str = ""
    name: str = ""
    facts: dict[str, str] = {}


def finding(code: str, item: str = "", name: str = "", **facts: object) -> Finding:
    """A finding of `code`. Facts other than the table's are a mistake of ours: ValueError."""
    spec = CODES[code]
    if set(facts) != set(spec.facts):
        raise ValueError(f"{code} takes the facts {spec.facts}, not {tuple(facts)}")
    return Finding(level=spec.level, code=code, item=item, name=name, facts={k: str(v) for k, v in facts.items()})


def in_order(findings: Iterable[Finding]) -> list[Finding]:
    """Worst first, then by code and item; the same finding once."""
    levels = list(Level)
    unique = {(levels.index(f.level), f.code, f.item, tuple(sorted(f.facts.items()))): f for f in findings}
    return [unique[key] for key in sorted(unique)]


def takes_out(found: Finding, policy: Policy) -> bool:
    """This finding keeps its item out of the plan."""
    spec = CODES[found.code]
    return spec.leaves_out and not (spec.can_go_on and accepted(policy, found.code, found.item, found.name))


def blocking(findings: Iterable[Finding], policy: Policy) -> list[Finding]:
    """What must be mended or decided before a run: level `blocks`, neither skipped nor accepted by the policy."""
    return [f for f in findings if f.level == Level.BLOCKS and not _decided(f, policy)]


def refusing(findings: Iterable[Finding], policy: Policy) -> list[Finding]:
    """Of what blocks, what keeps a run from beginning at all; the rest is about an item that waits by itself."""
    return [f for f in blocking(findings, policy) if not CODES[f.code].alone]


def of_the_source(blocks: Iterable[Finding]) -> list[Finding]:
    """Those that say something of the source, or of the login or the date: all but what concerns the target alone."""
    worker = "disks.target_worker"
    return [found for found in blocks if found.code not in OF_THE_TARGET and found.facts.get("key") != worker]


OF_THE_TARGET = frozenset(
    {
        # No room, no place, no such thing there.
        *("DCP-602", "DCP-610", "DCP-612", "DCP-613", "DCP-616", "DCP-632", "DCP-686", "DCP-688", "DCP-818"),
        *("DCP-840", "DCP-841", "DCP-842", "DCP-849", "DCP-852", "DCP-853", "DCP-868"),
        *("DCP-902", "DCP-903", "DCP-906"),
        # Something is in the way there.
        *("DCP-650", "DCP-651", "DCP-652", "DCP-653", "DCP-654", "DCP-655", "DCP-658"),
        # Ways between networks, which nobody reads at the source.
        *("DCP-660", "DCP-662"),
        # Rules of the provider.
        *("DCP-820", "DCP-821", "DCP-822", "DCP-823", "DCP-825", "DCP-826", "DCP-827", "DCP-828", "DCP-829"),
        *("DCP-830", "DCP-833", "DCP-809", "DCP-894", "DCP-895", "DCP-896", "DCP-897", "DCP-898", "DCP-899"),
    }
)
"""Codes that block for the target's sake alone: what must be read from the source can be read all the same."""


def undecided(findings: Iterable[Finding], policy: Policy) -> list[Finding]:
    """Losses that nobody has accepted yet."""
    return [f for f in findings if f.level == Level.LOSES and not _decided(f, policy)]


def unknown_parts(findings: Iterable[Finding], policy: Policy) -> list[Finding]:
    """Parts of the source that nobody knows, and nobody has decided on: without them nothing is complete."""
    return [f for f in undecided(findings, policy) if f.code in NOT_LISTED]


NOT_LISTED = frozenset({"DCP-816", "DCP-901", "DCP-907"})
"""Codes of what the source refused to list, or lists unreadably."""

_BY_CHOICE = "DCP-817"


def _decided(found: Finding, policy: Policy) -> bool:
    if found.code == _BY_CHOICE:
        return True
    return skipped_item(policy, found.item, found.name) is not None or accepted(
        policy, found.code, found.item, found.name
    )
