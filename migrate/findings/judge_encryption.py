"""Encrypted volumes: which can be read, and what they become at the target.

The cloud hands a server the decrypted device. An image of such a volume has the encrypted content, which only that
cloud can read, and the volume service cannot create one in our format. Only administrators see whether a volume type
encrypts; members see whether a volume is encrypted, and a type does not change while it has volumes.
"""

from collections.abc import Iterator

from migrate.findings.at_target.missing_places import target_type
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case
from migrate.messages import codes
from migrate.model import Volume
from migrate.policy.policy_records import ATTACHED


def judge_encryption(case: Case, volume: Volume, item: str, name: str, *, as_image: bool = False) -> Iterator[Finding]:
    """`DCP-640`, `DCP-846` to `DCP-849`, for a volume, or its snapshot or backup (which may become an image)."""
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
    """Findings about the target's volume type; a missing type is reported elsewhere."""
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
