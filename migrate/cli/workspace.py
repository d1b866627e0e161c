"""The folder of one migration: where each document is, and how it is read. The folder can be copied elsewhere."""

import os
from dataclasses import dataclass
from pathlib import Path

from migrate.errors import ConfigError, DocumentMissing, DocumentUnreadable, FatalError
from migrate.health.programs import is_there
from migrate.inventory.inventory_file import read_inventory
from migrate.messages import codes
from migrate.model import Inventory
from migrate.model.steps import Plan
from migrate.own_files import MOST_TEXT_BYTES, read_bounded
from migrate.plan.plan_file import read_plan
from migrate.policy.policy_records import Policy
from migrate.policy.reader import Reading, read_policy

FOLDERS = ("evidence", "reports", "private")


@dataclass(frozen=True)
class Workspace:
    """Paths and their documents. No document contains the folder's own path."""

    root: Path

    @property
    def policy_path(self) -> Path:
        return self.root / "policy.yaml"

    @property
    def plan_path(self) -> Path:
        return self.root / "plan.json"

    @property
    def ledger_path(self) -> Path:
        return self.root / "ledger.db"

    @property
    def forecast_path(self) -> Path:
        return self.root / "forecast.json"

    @property
    def evidence_path(self) -> Path:
        return self.root / "evidence" / "verify.json"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def private(self) -> Path:
        return self.root / "private"

    @property
    def cache(self) -> Path:
        """The cache folder; its content can be recreated at any time."""
        return self.root / "cache"

    def inventory_path(self, side: str) -> Path:
        return self.root / f"{side}.json"

    def store_path(self, policy: Policy) -> Path:
        """The folder of the chunk store; a relative path starts at the workspace."""
        return self.root / policy.store

    def policy(self) -> Policy:
        """The policy. Raises ConfigError: DCP-206 (no folder), DCP-210 (no policy), DCP-220, DCP-221 (mistakes)."""
        return self.read_policy().checked()

    def read_policy(self) -> Reading:
        """The policy and its mistakes, for callers that look for more of them. Raises ConfigError for other
        problems.
        """
        if not self.root.is_dir():
            raise ConfigError(codes.NO_WORKSPACE, path=str(self.root))
        return read_policy(read_text(self.policy_path), name=str(self.policy_path))

    def inventory(self, side: str) -> Inventory:
        return read_inventory(self.inventory_path(side))

    def known_inventory(self, side: str) -> Inventory | None:
        """The inventory of the last scan, for callers that can do without; None if it is damaged or missing."""
        try:
            return self.inventory(side)
        except ConfigError:
            return None

    def plan(self) -> Plan:
        return read_plan(self.plan_path)

    def can_run(self, program: str) -> bool:
        """Whether a program that a health check names is on this machine; one with a slash may lie in the workspace."""
        return is_there(program, self.root)

    def make_folders(self) -> None:
        """Creates the folders that `init` creates, if they are missing."""
        try:
            for name in FOLDERS:
                folder = self.root / name
                if not folder.is_dir():
                    folder.mkdir(mode=0o700, parents=True)
        except OSError as err:
            raise FatalError(codes.CANNOT_WRITE, path=str(self.root), why=err.strerror or str(err)) from err


def read_text(path: Path) -> str:
    """Reads a text file that people edit. Raises ConfigError: DCP-210 (missing), DCP-211 (unreadable, not UTF-8)."""
    try:
        return read_bounded(path, MOST_TEXT_BYTES).decode()
    except FileNotFoundError as err:
        raise DocumentMissing(codes.DOCUMENT_MISSING, path=str(path)) from err
    except (OSError, UnicodeDecodeError) as err:
        raise DocumentUnreadable(
            codes.DOCUMENT_DAMAGED, path=str(path), why=getattr(err, "strerror", None) or "not UTF-8"
        ) from err


def shown(path: Path) -> str:
    """A path as an operator would type it: relative if that is shorter."""
    relative = os.path.relpath(path)
    return relative if len(relative) < len(str(path)) else str(path)
