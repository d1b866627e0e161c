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
    """What a code means: `leaves_out` takes the item out of the plan, unless it is accepted and `can_go_on`."""

    level: Level
    facts: tuple[str, ...] = ()
    leaves_out: bool = False
    can_go_on: bool = False


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
    # ------------------------------------------------ a place at the target
    "DCP-610": Spec(_BLOCKS, ("flavor", "vcpus", "ram_mib", "disk_gib"), leaves_out=True),
    "DCP-611": Spec(_CHANGES, ("source", "target", "what")),
    "DCP-612": Spec(_BLOCKS, ("mapping", "source", "wanted", "known"), leaves_out=True),
    "DCP-613": Spec(_BLOCKS, ("source", "target", "source_gib", "target_gib"), leaves_out=True),
    "DCP-614": Spec(_CHANGES, ("source", "target")),
    "DCP-615": Spec(_CHANGES, ("source", "target")),
    "DCP-616": Spec(_BLOCKS, ("source", "known"), leaves_out=True),
    "DCP-617": Spec(_CHANGES, ("address", "network")),
    "DCP-618": Spec(_CHANGES, ("mac", "address")),
    # ------------------------------------------------ servers
    "DCP-620": Spec(_BLOCKS, ("status",), leaves_out=True),
    "DCP-621": Spec(_BLOCKS, ("status", "task"), leaves_out=True),
    "DCP-622": Spec(_BLOCKS, (), leaves_out=True),
    "DCP-623": Spec(_LOSES, ("volume",), leaves_out=True),
    "DCP-624": Spec(_CHANGES, ("disks",)),
    "DCP-625": Spec(_CHANGES, ("status",)),
    "DCP-626": Spec(_CHANGES, ("key",)),
    "DCP-627": Spec(_LOSES, ("volume",)),
    "DCP-628": Spec(_ADVICE, ("network",)),
    "DCP-629": Spec(_CHANGES, ("image",)),
    # ------------------------------------------------ images, volumes, snapshots
    "DCP-630": Spec(_LOSES, ("status",), leaves_out=True),
    "DCP-631": Spec(_LOSES, (), leaves_out=True),
    "DCP-632": Spec(_BLOCKS, ("size", "limit"), leaves_out=True),
    "DCP-633": Spec(_ADVICE, ("size", "limit", "cloud")),
    "DCP-634": Spec(_CHANGES, ("visibility",)),
    "DCP-640": Spec(_BLOCKS, (), leaves_out=True),
    "DCP-641": Spec(_BLOCKS, (), leaves_out=True),
    "DCP-642": Spec(_BLOCKS, ("status",), leaves_out=True),
    "DCP-643": Spec(_LOSES, ("volume", "size_gib"), leaves_out=True),
    # ------------------------------------------------ in the way at the target
    "DCP-650": Spec(_BLOCKS, ("other",), leaves_out=True),
    "DCP-651": Spec(_BLOCKS, ("other",), leaves_out=True, can_go_on=True),
    "DCP-652": Spec(_BLOCKS, ("other",), leaves_out=True, can_go_on=True),
    "DCP-653": Spec(_BLOCKS, ("cidr", "other", "other_cidr"), leaves_out=True, can_go_on=True),
    "DCP-654": Spec(_BLOCKS, ("objects",), leaves_out=True, can_go_on=True),
    "DCP-655": Spec(_BLOCKS, (), leaves_out=True),
    "DCP-656": Spec(_CHANGES, ("header", "value")),
    # ------------------------------------------------ network
    "DCP-660": Spec(_BLOCKS, ("address", "subnet")),
    "DCP-661": Spec(_CHANGES, ("address",)),
    "DCP-662": Spec(_BLOCKS, ("network",), leaves_out=True),
    "DCP-663": Spec(_CHANGES, ()),
    "DCP-664": Spec(_LOSES, ("subnet",)),
    "DCP-665": Spec(_LOSES, ("owner",), leaves_out=True),
    "DCP-666": Spec(_LOSES, ("group",)),
    # ------------------------------------------------ left out for another reason
    "DCP-670": Spec(_LOSES, ("selector",), leaves_out=True),
    "DCP-671": Spec(_LOSES, ("because",), leaves_out=True),
}
"""Every code that a finding may have: its level, the facts it carries, and what it does to the plan."""

MEANINGS = {
    "DCP-601": "the deadline had passed when the source was scanned",
    "DCP-602": "a quota of the target is too small for what is to be made",
    "DCP-603": "a quota of the source leaves no room for the temporaries of even the largest disk",
    "DCP-604": "the source has room for fewer captures at once than the policy allows",
    "DCP-605": "with its temporaries the work comes close to a quota of the target: fewer restores at once",
    "DCP-606": "user data cannot be read by a member of the project: moved servers get none",
    "DCP-607": "a selector of the policy fits nothing",
    "DCP-610": "no flavor of the target is large enough",
    "DCP-611": "the server gets another flavor",
    "DCP-612": "the policy maps to something that the target does not have",
    "DCP-613": "the policy maps to a flavor whose disk is too small",
    "DCP-614": "the volume gets another volume type",
    "DCP-615": "it gets another availability zone",
    "DCP-616": "no external network of the target is chosen, and it cannot be guessed",
    "DCP-617": "the floating address cannot move: a new one is taken",
    "DCP-618": "the MAC address is not kept",
    "DCP-620": "a server in this state cannot be carried",
    "DCP-621": "the server is in the middle of something",
    "DCP-622": "the server is locked and would have to be stopped",
    "DCP-623": "the server boots from a volume: the volume moves, the server does not",
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
    "DCP-631": "the image is an empty one that stands for volume snapshots",
    "DCP-632": "the image is larger than the target takes",
    "DCP-633": "the disk may become an image larger than the cloud takes",
    "DCP-634": "the image becomes private",
    "DCP-640": "the volume is encrypted",
    "DCP-641": "the volume is attached to several servers, or may be",
    "DCP-642": "a volume in this state cannot be captured",
    "DCP-643": "volume snapshots are not carried",
    "DCP-650": "another key pair of this name is at the target",
    "DCP-651": "another security group of this name is at the target",
    "DCP-652": "another network of this name is at the target",
    "DCP-653": "another subnet at the target overlaps this one",
    "DCP-654": "another container of this name is at the target",
    "DCP-655": "the target has no object store",
    "DCP-656": "the container's access list names projects or users of the source",
    "DCP-660": "no router leads from the floating address to its port",
    "DCP-661": "a rule or an address pair names a floating address that will change",
    "DCP-662": "the port is on a network that the project does not own",
    "DCP-663": "the network is no longer shared with other projects",
    "DCP-664": "the router loses its interface in a subnet that does not move",
    "DCP-665": "the port belongs to a service that does not move",
    "DCP-666": "a security group that does not move is dropped from a rule, or from a port",
    "DCP-670": "the policy skips it",
    "DCP-671": "something that it needs is left out",
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


def undecided(findings: Iterable[Finding], policy: Policy) -> list[Finding]:
    """Losses that nobody has accepted yet."""
    return [f for f in findings if f.level == Level.LOSES and not _decided(f, policy)]


def _decided(found: Finding, policy: Policy) -> bool:
    return skipped_item(policy, found.item, found.name) is not None or accepted(
        policy, found.code, found.item, found.name
    )
