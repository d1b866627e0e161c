"""Gathers a support bundle, and opens one (docs/formats/support-bundle.md)."""

import os
import platform
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

import msgspec

from migrate import __version__
from migrate.cli.archives.folder_marks import MARKER
from migrate.cli.archives.tar_files import damaged, extract
from migrate.cli.archives.without_secrets import Sharing
from migrate.cli.session import ledger_url, open_ledger
from migrate.cli.wizard.kept_logins import KeptLogins
from migrate.cli.workspace import Workspace
from migrate.documents import MOST_BYTES as MOST_DOCUMENT_BYTES
from migrate.documents import document_bytes, read_document
from migrate.errors import ConfigError, DecampError
from migrate.health.program_outputs import FILE
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_copy import write_ledger_file
from migrate.model import Record
from migrate.own_files import read_below
from migrate.own_secrets import hide_in_answers
from migrate.redaction import scrub_lines
from migrate.secret_looking import is_secret
from migrate.units import iso, utc_now
from migrate.wizard.login_entry import SIDES

MOST_BYTES, MOST_MEMBERS = 4 << 30, 20_000
"""The largest bundle that is opened, unpacked. That of a tenant with 25,000 steps has some 100 MB."""
_MOST_LOG_BYTES = 50 << 20
_TOLD = ("OS_", "AWS_", "PG", "DECAMP_", "LC_", "LANG", "TZ", "COLUMNS", "TERM", "NO_COLOR")
_LEFT_OUT = ("store", "cache", "reports", "evidence/objects")


class Content(Record, frozen=True, kw_only=True):
    """A file of the bundle. `what`: the key of the phrase that says what it is."""

    name: str
    size_bytes: int
    what: str


class Omission(Record, frozen=True, kw_only=True):
    """A part of the workspace that is not in the bundle. `why`: the key of a phrase."""

    name: str
    why: str


class BundleList(Record, frozen=True, kw_only=True):
    """`support-bundle.json`: what is in a bundle, and what is not."""

    made_at: str
    decamp: str
    migration: str
    files: tuple[Content, ...]
    left_out: tuple[Omission, ...]
    format: str = "decamp-support-bundle"
    version: int = 1


@dataclass
class Bundle:
    """What is to be written: contents by name, with what they are."""

    migration: str = ""
    files: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    left_out: list[Omission] = field(default_factory=list)

    def add(self, name: str, content: bytes | None, what: str) -> None:
        """Adds a file; None: it is damaged."""
        if content is None:
            self.omit(name, "damaged")
        else:
            self.files[name] = content, what

    def omit(self, name: str, why: str) -> None:
        self.left_out.append(Omission(name=name, why=why))

    @property
    def list(self) -> BundleList:
        found = tuple(
            Content(name=name, size_bytes=len(content), what=what) for name, (content, what) in self.files.items()
        )
        return BundleList(
            made_at=iso(utc_now()),
            decamp=__version__,
            migration=self.migration,
            files=found,
            left_out=tuple(self.left_out),
        )


def gather_bundle(workspace: Workspace, *, program_output: bool) -> Bundle:
    """Everything for support, without secrets. What is damaged is left out and named: then support is needed most.

    `program_output`: with what failed programs of the policy have said.
    """
    bundle, sharing = Bundle(), Sharing(program_output=program_output)
    for name, value in os.environ.items():
        if is_secret(name):
            hide_in_answers(value)
    _know_logins(workspace)
    _know_user_data(sharing, workspace.private)
    # In this order: a plan names the digests of the other three, and all else that of the plan.
    for name in ("source.json", "target.json"):
        _add_document(bundle, sharing, workspace.root, name)
    _add_policy(bundle, sharing, workspace)
    _add_document(bundle, sharing, workspace.root, "plan.json")
    _add_document(bundle, sharing, workspace.root, "forecast.json")
    evidence = workspace.evidence_path.parent
    for pattern in ("verify.json", "disks/*.json", "health/*.json", "test-launches/*.json"):
        for path in sorted(evidence.glob(pattern)):
            _add_document(bundle, sharing, workspace.root, str(path.relative_to(workspace.root)))
    _add_ledger(bundle, sharing, workspace)
    for path in sorted(workspace.private.glob("decamp.log")) + sorted(workspace.private.glob("crash-*.txt")):
        _add_log(bundle, sharing, workspace.private, path.name)
    if (workspace.private / FILE).exists():
        if program_output:
            _add_log(bundle, sharing, workspace.private, FILE)
        else:
            bundle.omit(f"private/{FILE}", "program-output")
    bundle.add("versions.json", document_bytes(_versions()), "versions")
    bundle.omit("private", "private")
    for name in _LEFT_OUT:
        if (workspace.root / name).exists():
            bundle.omit(name, "not-needed")
    return bundle


def _read(root: Path, name: str) -> bytes | None:
    """None for what cannot be read, or is larger than any document of ours."""
    try:
        return read_below(root, name) if (root / name).lstat().st_size <= MOST_DOCUMENT_BYTES else None
    except OSError:
        return None


def _add_document(bundle: Bundle, sharing: Sharing, root: Path, name: str) -> None:
    if (root / name).exists():
        raw = _read(root, name)
        bundle.add(name, sharing.document(raw) if raw is not None else None, "document")


def _add_policy(bundle: Bundle, sharing: Sharing, workspace: Workspace) -> None:
    raw = _read(workspace.root, "policy.yaml")
    bundle.add("policy.yaml", sharing.policy(raw.decode("utf-8", "replace")) if raw is not None else None, "policy")
    try:
        bundle.migration = workspace.read_policy().policy.migration
    except DecampError:
        bundle.migration = ""


def _add_ledger(bundle: Bundle, sharing: Sharing, workspace: Workspace) -> None:
    try:
        policy = workspace.read_policy().policy
        if not Ledger.is_there(ledger_url(workspace, policy)):
            return
        with open_ledger(workspace, policy) as ledger:
            rows = ledger.all_rows()
    except DecampError:
        bundle.omit("ledger.db", "damaged")
        return
    told = {
        table: [sharing.row(table, row) for row in found if not _is_digest_of_steps(table, row)]
        for table, found in rows.items()
    }
    with tempfile.TemporaryDirectory(prefix="decamp-") as folder:
        path = Path(folder) / "ledger.db"
        write_ledger_file(path, told)
        bundle.add("ledger.db", path.read_bytes(), "ledger")


def _is_digest_of_steps(table: str, row: dict[str, object]) -> bool:
    """Whether the row holds a digest over steps with a tenant's values, which says nothing once they are replaced."""
    return table == "meta" and str(row["key"]).startswith("tested:")


def _add_log(bundle: Bundle, sharing: Sharing, private: Path, name: str) -> None:
    raw = _read(private, name)
    if raw is None:
        bundle.omit(f"private/{name}", "damaged")
        return
    if len(raw) > _MOST_LOG_BYTES:
        raw = raw[-_MOST_LOG_BYTES:].partition(b"\n")[2]
        bundle.omit(f"private/{name}", "older-lines")
    told = sharing.log(raw.decode("utf-8", "replace"))
    bundle.add(f"private/{name}", (scrub_lines(told) if name == FILE else told).encode(), "log")


def _know_user_data(sharing: Sharing, private: Path) -> None:
    """Should a log or an answer have quoted it."""
    for folder in ("user-data", "stacks", "login"):
        for path in sorted((private / folder).rglob("*")):
            if path.is_file() and (raw := _read(private, str(path.relative_to(private)))):
                sharing.know_user_data(raw.decode("utf-8", "replace"))


def _know_logins(workspace: Workspace) -> None:
    """The secrets of the wizard's logins as they are: YAML spells some of them in another way."""
    logins = KeptLogins(workspace.root)
    for side in SIDES:
        with suppress(ConfigError):
            login = logins.of(side)
            for secret in login.secrets.values() if login else ():
                hide_in_answers(str(secret))


def _versions() -> dict[str, object]:
    wanted = [one.partition(";")[0] for one in metadata.requires("decamp") or () if "extra ==" not in one]
    names = sorted({_name(one) for one in wanted} | {"psycopg"})
    return {
        "format": "decamp-versions",
        "version": 1,
        "decamp": __version__,
        "python": platform.python_version(),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "sqlite": sqlite3.sqlite_version,
        "encoding": sys.getfilesystemencoding(),
        "libraries": {name: version for name in names if (version := _installed(name))},
        # Names alone: their values may be secrets.
        "environment": sorted(name for name in os.environ if name.startswith(_TOLD) or name.lower().endswith("_proxy")),
    }


def _name(requirement: str) -> str:
    return requirement.replace("[", "<").replace(">", "<").replace("=", "<").replace("~", "<").partition("<")[0].strip()


def _installed(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


# ---------------------------------------------------------------- opening one


def open_bundle(path: Path, folder: Path) -> None:
    """Unpacks a bundle into the empty folder. Raises ConfigError ARCHIVE_REFUSED, ARCHIVE_DAMAGED."""
    extract(path, folder, most_bytes=MOST_BYTES, most_members=MOST_MEMBERS)
    try:
        read_document(folder / MARKER, BundleList)
    except ConfigError as err:
        raise damaged(path, err.code) from err


def members(bundle: Bundle) -> Iterator[tuple[str, bytes]]:
    """The files to write, the list of them first."""
    yield MARKER, document_bytes(msgspec.to_builtins(bundle.list))
    for name, (content, _) in bundle.files.items():
        yield name, content
