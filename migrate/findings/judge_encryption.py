"""Volumes that a cloud encrypts: which can be read, and what becomes of them at the target.

The cloud hands a server the plain device. An image of such a volume holds what is on the disk instead, which nobody
but that cloud can read, and the volume service makes none in our format. Whether a volume type encrypts is told to
administrators alone; what a member sees is whether a volume is encrypted, and no type changes while it has volumes.
"""

from collections.abc import Iterator

from migrate.findings.at_target.missing_places import target_type
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case
from migrate.messages import codes
from migrate.model import Volume
from migrate.policy.policy_records import ATTACHED


def judge_encryption(case: Case, volume: Volume, item: str, name: str, *, as_image: bool = False) -> Iterator[Finding]:
    """`DCP-640`, `DCP-846` to `DCP-849`: of a volume, or of its snapshot or backup, which may become an image."""
    if volume.encrypted and case.policy.disks.capture != ATTACHED:
        yield finding(codes.VOLUME_ENCRYPTED, item, name)
        return
    if volume.encrypted:
        yield finding(codes.ENCRYPTED_STORED_PLAIN, item, name)
    if not as_image:
        yield from _type(case, volume, item, name)
    elif volume.encrypted:
        yield finding(codes.ENCRYPTED_BECOMES_PLAIN, item, name, becomes="snapshots: image")


def _type(case: Case, volume: Volume, item: str, name: str) -> Iterator[Finding]:
    """A type that is not there is told already."""
    choice = case.choices.type_of(volume)
    if choice and choice.is_open:
        return
    type_name = target_type(case, volume)
    encrypts = case.types_that_encrypt.get(type_name)
    if encrypts and case.policy.disks.restore != ATTACHED:
        yield finding(codes.ENCRYPTED_UNREADABLE, item, name, type=type_name)
    elif volume.encrypted and encrypts is None:
        yield finding(codes.ENCRYPTION_UNKNOWN, item, name, type=type_name)
    elif volume.encrypted and not encrypts:
        yield finding(codes.ENCRYPTED_BECOMES_PLAIN, item, name, becomes=f"volume_type: {type_name}")
