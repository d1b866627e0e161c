"""Owns `source.json` and `target.json` (docs/formats/inventory.md)."""

from pathlib import Path

from migrate.documents import read_document, write_document
from migrate.errors import ConflictError
from migrate.messages import codes
from migrate.model import Identity, Inventory


def read_inventory(path: Path) -> Inventory:
    """Raises ConfigError: DCP-210 none there, DCP-211 damaged, DCP-212 another format, DCP-213 edited by hand."""
    return read_document(path, Inventory)


def write_inventory(path: Path, inventory: Inventory) -> None:
    """Writes atomically. Raises FatalError when it cannot."""
    write_document(path, inventory)


def same_tenant(inventory: Inventory, identity: Identity, *, path: str = "") -> None:
    """Returns when the inventory is of the project that we are logged in to; `path` is what the error calls it.

    Raises: ConflictError DCP-501.
    """
    if inventory.identity.project_id != identity.project_id:
        raise ConflictError(
            codes.PROJECT_DIFFERS,
            path=path or f"{inventory.side}.json",
            found=_project(inventory.identity),
            expected=_project(identity),
        )


def _project(identity: Identity) -> str:
    return f"{identity.project_name} ({identity.project_id})"
