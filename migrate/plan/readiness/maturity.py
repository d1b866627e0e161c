"""Features that a plan relies on, and how far tests have proved them, for an informed decision.

`capabilities.json` is made from the tests, together with docs/capabilities.md.
"""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from msgspec import UNSET

from migrate.findings.finding import Finding, finding
from migrate.messages import codes
from migrate.model import Kind
from migrate.model import steps as s
from migrate.policy.selectors import item_id

PROVEN = "real"
"""The value for features proved on real services; others are reported."""

OBJECTS_ON_S3 = "objects-on-s3"
ENCRYPTED = "encrypted-volumes"
NETWORKS_OF_OTHERS = "networks-of-others"

_BY_KIND = {Kind.SNAPSHOT: "snapshots", Kind.BACKUP: "backups", Kind.IMAGE: "images"}


def judge_reliance(plan: s.Plan, proofs: dict[str, str] | None = None) -> Iterator[Finding]:
    """`DCP-609`, once for each feature not proven on real services; `items`: the number of items that need it."""
    known = proofs if proofs is not None else capabilities()
    items: dict[str, set[str]] = {}
    for step in plan.steps:
        for key in relies_on(step):
            items.setdefault(key, set()).add(item_id(step.id))
    for key in sorted(items):
        if known[key] != PROVEN:
            yield finding(codes.UNPROVEN_FEATURE, what=key, proof=known[key], items=len(items[key]))


def relies_on(step: s.Step) -> tuple[str, ...]:
    """Keys of the features that this step relies on."""
    action = step.action
    is_encrypted = isinstance(action, s.CaptureVolume | s.RestoreVolume) and action.volume.encrypted
    return (*_relies_on(step), ENCRYPTED) if is_encrypted else _relies_on(step)


def _relies_on(step: s.Step) -> tuple[str, ...]:
    match step.action:
        case s.MakeServer() as make:
            boots = "volume-booted-servers" if make.boot_volume_id else "image-booted-servers"
            return (boots, "user-data") if make.user_data else (boots,)
        case s.MakePort() as port if port.network_id is not UNSET:
            return (NETWORKS_OF_OTHERS,)
        case s.MakeSubnet() as subnet if subnet.want.ip_version == 6:
            return ("ipv6",)
        case s.CopyContainer() as copy if copy.bucket:
            return (OBJECTS_ON_S3,)
        case s.RestoreVolume() | s.VerifyDisk() as disk:
            return (_BY_KIND.get(disk.of, "disks"),)
    return (step.action.feature,)


def relied_keys() -> set[str]:
    """All keys that steps can rely on."""
    by_case = {OBJECTS_ON_S3, ENCRYPTED, NETWORKS_OF_OTHERS, "ipv6", "user-data", "volume-booted-servers"}
    by_action = {action.feature for action in s.Action.__subclasses__()}
    return {*by_action, *_BY_KIND.values(), *by_case}


@cache
def capabilities() -> dict[str, str]:
    """Maps each key to `real`, `facade`, `http`, `memory` or `none`: where the weakest of its tests runs."""
    read: dict[str, str] = json.loads((files("migrate.plan") / "capabilities.json").read_text("utf-8"))
    return read
