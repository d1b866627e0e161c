"""Owns `source.json` and `target.json` (docs/formats/inventory.md)."""

from pathlib import Path

from migrate.documents import read_document, write_document
from migrate.errors import ConflictError
from migrate.messages import codes
from migrate.model import Identity, Inventory


def read_inventory(path: Path) -> Inventory:
    """The inventory in a file. Raises ConfigError: DCP-210 missing, DCP-211 damaged, DCP-212 another format, DCP-213
    edited by hand.
    """
    return read_document(path, Inventory)


def write_inventory(path: Path, inventory: Inventory) -> None:
    """Writes the inventory atomically. Raises FatalError if it cannot."""
    write_document(path, inventory)


def require_same_project(inventory: Inventory, identity: Identity, *, path: str = "") -> None:
    """Checks that the inventory is of the login's project; `path`: for the error.

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
