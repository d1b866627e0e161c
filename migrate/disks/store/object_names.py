"""The object names in a store, and the first bytes of encrypted objects (docs/formats/store.md)."""

import re

from migrate.file_names import file_name

SEALED = b"DECAMPE1"
"""The first bytes of every object in an encrypted store, and of no other object."""
PACKS = "packs/"
COPIES = "index/"
DISKS = "disks/"
DAMAGED = ".damaged"
"""The suffix of an empty object that marks a pack as damaged."""

MANIFEST = "manifest.json"
SET_ASIDE = "manifest.set-aside"
WARM = "manifest.warm"
"""The manifest of a warm pass: a disk is restored from it only once it has the other name (`DiskStore.adopt`)."""
PART = "part-"
TABLE = "table-"


def pack_name(pack_id: str) -> str:
    return f"{PACKS}{pack_id[:2]}/{pack_id}"


def mark_name(pack_id: str) -> str:
    return pack_name(pack_id) + DAMAGED


def copy_name(pack_id: str) -> str:
    return f"{COPIES}{pack_id[:2]}/{pack_id}"


_PLAIN = re.compile(r"(?!\.{1,2}$)[0-9A-Za-z_.:-]+")
"""Valid cloud ids (`model.is_plain_id`): they are used in folder names, also by earlier versions, and
parsed from listings.
"""


def _folder(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else file_name(text)


def disk_prefix(disk: str) -> str:
    """The name prefix of a disk's objects. Special characters of a cloud's id are encoded, as it may not be a safe
    path.
    """
    return f"{DISKS}{_folder(disk.replace(':', '-', 1))}/"


def pass_prefix(disk: str, origin_id: str) -> str:
    return f"{disk_prefix(disk)}{_folder(origin_id)}/"


def part_name(disk: str, origin_id: str, digest: str) -> str:
    return f"{pass_prefix(disk, origin_id)}{PART}{digest}"


def table_name(disk: str, origin_id: str, index: int, digest: str) -> str:
    return f"{pass_prefix(disk, origin_id)}{TABLE}{index:08d}-{digest}"


def parse_table_name(last: str) -> tuple[int, str] | None:
    """Index and digest from the last part of a table's name; None for any other name."""
    number, _, digest = last.removeprefix(TABLE).partition("-")
    return (int(number), digest) if last.startswith(TABLE) and number.isdecimal() and digest else None
