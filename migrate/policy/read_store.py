"""Takes the place of the chunk store, and where its key is kept, out of the policy's decoded YAML: `store`."""

import re
from typing import NamedTuple

from migrate.policy.values import PolicyReader, Section, shown

DEFAULT_FOLDER = "store"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,61}[a-z0-9]")
"""Legal for a container of Swift and for a bucket of any S3 service."""
_KEY = re.compile(r"file:/[^\x00]*|env:[A-Za-z_][A-Za-z0-9_]*")


class StorePlace(NamedTuple):
    """A folder, or a container or bucket at the target in its place (empty: none is). `key`: where that is kept."""

    folder: str
    container: str = ""
    key: str = ""


def read_store(reader: PolicyReader, document: Section) -> StorePlace:
    if not isinstance(document.get("store"), dict):
        return StorePlace(reader.text(document, "store", DEFAULT_FOLDER))
    section = reader.section(document, "store", ("folder", "container", "key"))
    key = reader.text(section, "store.key", "")
    if key and not _KEY.fullmatch(key):
        # Not shown: somebody may have put the key itself there.
        reader.problem("store.key", "must say where the key is, file:/PATH or env:NAME, and is never the key itself")
        key = ""
    if section.get("container") is None and (section.get("key") or section.get("folder") is not None):
        return StorePlace(reader.text(section, "store.folder", DEFAULT_FOLDER), key=key)
    if section.get("folder") is not None:
        reader.problem("store", "is a folder or a container, not both")
    name = reader.text(section, "store.container", None)
    if name and not _NAME.fullmatch(name):
        reader.problem("store.container", f"must be 3 to 63 small letters, digits and hyphens, not {shown(name)}")
    return StorePlace(DEFAULT_FOLDER, name, key)
