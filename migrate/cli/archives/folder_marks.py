"""What a folder is: an unpacked support bundle, or a workspace that has moved away."""

import json
from pathlib import Path

from migrate.errors import ConfigError
from migrate.messages import codes
from migrate.own_files import read_below

MARKER, MOVED = "support-bundle.json", "moved-away.json"
_MOST_BYTES = 64 << 10


def is_bundle(root: Path) -> bool:
    """Whether the folder is an unpacked support bundle. Its ledger is always the file that came with it."""
    return (root / MARKER).exists()


def refuse_moved(root: Path) -> None:
    """Raises ConfigError DCP-285 if the workspace has moved away."""
    if moved := moved_to(root):
        raise ConfigError(codes.WORKSPACE_MOVED, path=str(root), file=moved.get("to", "?"), at=moved.get("at", "?"))


def moved_to(root: Path) -> dict[str, str]:
    """Where the workspace has moved (`to`, `at`); empty if it has not."""
    try:
        told = json.loads(read_below(root, MOVED, _MOST_BYTES))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, RecursionError):
        told = None
    return {key: str(value) for key, value in told.items()} if isinstance(told, dict) and told else {"to": "?"}
