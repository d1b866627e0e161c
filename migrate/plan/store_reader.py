"""Takes the place of the chunk store out of the policy's decoded YAML: `store`."""

import re

from migrate.plan.policy_reader import PolicyReader, Section, shown

DEFAULT_FOLDER = "store"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
"""Legal for a container of Swift and for a bucket of any S3 service."""


def read_store(reader: PolicyReader, document: Section) -> tuple[str, str]:
    """Folder, and the container or bucket at the target that takes its place (empty: none does)."""
    if not isinstance(document.get("store"), dict):
        return reader.text(document, "store", DEFAULT_FOLDER), ""
    section = reader.section(document, "store", ("container",))
    name = reader.text(section, "store.container", None)
    if name and not _NAME.fullmatch(name):
        reader.problem("store.container", f"must be 3 to 63 small letters, digits and hyphens, not {shown(name)}")
    return DEFAULT_FOLDER, name
