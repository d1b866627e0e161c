"""Marks on everything that Decamp creates, by which it is found again (docs/formats/marks.md)."""

import re
from enum import StrEnum

from migrate.model.containers import Container
from migrate.model.images_and_volumes import Image, Snapshot, Volume
from migrate.model.network_records import FloatingIp, Network, Port, Router, Subnet, Trunk
from migrate.model.records import Record
from migrate.model.security_group_rules import SecurityGroup
from migrate.model.server_records import Server


class Role(StrEnum):
    """The purpose of a resource of ours."""

    TEMPORARY = "t"
    MOVED = "m"
    TEST = "x"


_MARK = re.compile(r"decamp-([tmx])-([0-9a-f]{8})-([0-9A-Za-z-]{1,40})\b")


TEST_SUFFIX = "-decamp-test"
"""Ends the name of everything that a test launch makes, so that nobody takes it for what was moved."""


MARK_KEY = "decamp-mark"
"""The metadata key of marks on servers, volumes, snapshots and (as x-container-meta-decamp-mark) containers."""


UNWRITTEN_KEY = "decamp-unwritten"
"""Metadata of a target volume until all bytes are written: no guest has used it, so we may write."""


MARK_PROPERTY = "decamp_mark"
"""The image property of marks, only for temporaries at the source: properties are inherited, tags are not."""


class Mark(Record, frozen=True, kw_only=True):
    """Identifies a resource created by Decamp, its migration and its source resource (docs/formats/marks.md).

    `source_id`: a uuid, or 32 hex digits derived from a name if the source has no uuid (`name_id`).
    """

    role: Role
    migration: str
    source_id: str

    def __str__(self) -> str:
        return f"decamp-{self.role.value}-{self.migration[:8]}-{self.source_id}"


def store_mark(migration: str) -> Mark:
    """The mark of the store's own container: temporary, and without a source resource."""
    return Mark(role=Role.TEMPORARY, migration=migration[:8], source_id="store")


def parse_mark(text: str) -> Mark | None:
    """The first mark found in `text` (a tag, a metadata value, a description), or None."""
    found = _MARK.search(text or "")
    if not found:
        return None
    return Mark(role=Role(found[1]), migration=found[2], source_id=found[3])


def marked_description(mark: Mark, text: str) -> str:
    """A description with the mark first, followed by the customer's own text."""
    return f"{mark} {text}" if text else str(mark)


def own_description(text: str) -> str:
    """The customer's own text in a description, without the mark of a moved resource."""
    found = _MARK.match(text or "")
    if not found or found[1] != Role.MOVED.value:
        return text or ""
    return text[found.end() :].removeprefix(" ")


def is_of_test_launch(mark: Mark, name: str) -> bool:
    """Whether a resource with this mark and name was made by a test launch: copies may have the mark, not the name."""
    return mark.role is Role.TEST and (name.endswith(TEST_SUFFIX) or name == str(mark))


def mark_of(record: Record) -> Mark | None:
    """The mark in the usual place of the record's kind (docs/formats/marks.md), or None."""
    match record:
        case Server() | Volume() | Snapshot():
            return parse_mark(record.metadata.get(MARK_KEY, ""))
        case Image():
            marks = (parse_mark(text) for text in (*record.tags, record.properties.get(MARK_PROPERTY, "")))
            return next((mark for mark in marks if mark), None)
        case Container():
            return parse_mark(record.mark or "")
        case Network() | Subnet() | Router() | Port() | SecurityGroup() | FloatingIp() | Trunk():
            return parse_mark(record.description.partition(" ")[0])
        case _:
            return None
