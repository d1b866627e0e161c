"""Packs a workspace into one file, marks it as moved away, and unpacks it elsewhere (docs/runbooks/resume.md)."""

import hashlib
import io
import json
import os
import shutil
import stat
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, cast

import msgspec

from migrate import __version__
from migrate.cli.archives.folder_marks import MARKER, MOVED, moved_to, refuse_moved
from migrate.cli.archives.tar_files import add_bytes, add_folder, damaged, extract, is_gzip, is_too_long, leads_outside
from migrate.cli.session import ledger_url, open_ledger
from migrate.cli.workspace import Workspace
from migrate.documents import PARTIAL, document_bytes, new_file, read_document, write_atomically
from migrate.errors import ConfigError, ConflictError, FatalError
from migrate.execute.test_launch.launch_turn import noted_launch
from migrate.ledger.ledger import MOVED_NOTE, Ledger
from migrate.ledger.ledger_copy import write_ledger_file
from migrate.messages import codes
from migrate.model import Record
from migrate.own_files import open_below
from migrate.policy.policy_records import Policy
from migrate.trust.consents import WORD
from migrate.units import iso, utc_now

HEAD, SUMS = "packed-workspace.json", "packed-workspace.sha256"
_OF_THIS_PLACE = (MOVED, f"private/{WORD}")
_NOT_NEEDED = frozenset({"cache", "private/spool", *_OF_THIS_PLACE})
"""What is made again, or belongs to the place that is left."""
_OF_SQLITE = ("", "-wal", "-shm", "-journal")
"""The endings of the files that SQLite keeps for one database. Of the ledger a copy of its rows is packed instead."""


class PackedWorkspace(Record, frozen=True, kw_only=True):
    """The first member of a pack."""

    migration: str
    decamp: str
    made_at: str
    format: str = "decamp-packed-workspace"
    version: int = 1


@dataclass
class Content:
    """What a pack holds. `files`: by name, with sizes; `folders`: the empty ones; `skipped`: links and special files;
    `unfit`: names that unpacking refuses; `not_needed`: names of what else is left out. `ledger`: the ledger's name in
    the workspace, empty if it is elsewhere.
    """

    files: dict[str, int] = field(default_factory=dict)
    folders: list[str] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)
    unfit: list[str] = field(default_factory=list)
    not_needed: list[str] = field(default_factory=list)
    ledger: str = ""

    @property
    def size_bytes(self) -> int:
        return sum(self.files.values())


@dataclass(frozen=True)
class Elsewhere:
    """What stays where it is, and must be within reach of the new machine. Empty: it is in the pack, or not set."""

    ledger: str = ""
    store: str = ""
    store_key: str = ""


def elsewhere(workspace: Workspace, policy: Policy) -> Elsewhere:
    """What the policy puts outside the workspace; no password is in it."""
    store = policy.store_container or ("" if _inside(workspace, policy.store) else policy.store)
    key = policy.store_key if policy.store_key and not _inside(workspace, policy.store_key) else ""
    return Elsewhere("" if _ledger_file(workspace, policy) else policy.ledger, store, key)


def _inside(workspace: Workspace, name: str) -> bool:
    root = workspace.root.resolve()
    return root in (root / name).resolve().parents and (root / name).exists()


def _ledger_file(workspace: Workspace, policy: Policy) -> str:
    """The name of the ledger's file in the workspace; empty if it is elsewhere."""
    scheme, _, path = ledger_url(workspace, policy).partition(":///")
    root = workspace.root.resolve()
    if not scheme.startswith("sqlite") or root not in Path(path).resolve().parents:
        return ""
    return str(Path(path).resolve().relative_to(root))


def content_of(workspace: Workspace, policy: Policy, archive: Path) -> Content:
    """All files of the workspace but those that are not needed, the ledger's and the archive itself."""
    found, root = Content(ledger=_ledger_file(workspace, policy)), workspace.root
    at_archive = archive.parent.resolve()
    own = {at_archive / archive.name, at_archive / f"{archive.name}{PARTIAL}"}
    needed = _needed(workspace, policy, found)
    not_needed = {name for name in _NOT_NEEDED if not any(one == name or one.startswith(f"{name}/") for one in needed)}
    of_ledger = {found.ledger + ending for ending in _OF_SQLITE} if found.ledger else set[str]()
    for at, folders, files in os.walk(root, onerror=_refuse):
        folders.sort()
        for name in [*folders, *sorted(files)]:
            path = Path(at, name)
            inner, mode = str(path.relative_to(root)), path.lstat()
            if inner in not_needed:
                if inner not in _OF_THIS_PLACE:
                    found.not_needed.append(inner)
            elif inner in (HEAD, SUMS) or leads_outside(inner) or is_too_long(inner):
                # Unpacking would refuse the whole pack, on another machine.
                found.unfit.append(inner)
            elif stat.S_ISREG(mode.st_mode):
                if inner not in of_ledger and path.parent.resolve() / path.name not in own:
                    found.files[inner] = mode.st_size
            elif not stat.S_ISDIR(mode.st_mode):
                found.skipped.append(inner)
        not_entered = {*not_needed, *found.unfit}
        if Path(at) != root and not folders and not files:
            found.folders.append(str(Path(at).relative_to(root)))
        folders[:] = [name for name in folders if str(Path(at, name).relative_to(root)) not in not_entered]
    return found


def is_own_name(workspace: Workspace, policy: Policy, archive: Path) -> bool:
    """Whether a pack of that name would be taken for one of the workspace's own files."""
    own = {MOVED, MARKER, HEAD, SUMS, *(_ledger_file(workspace, policy) + ending for ending in _OF_SQLITE)}
    place, root = archive.parent.resolve() / archive.name, workspace.root.resolve()
    return (place.suffix in (".json", ".yaml") and root in place.parents) or place in {root / name for name in own}


def _needed(workspace: Workspace, policy: Policy, content: Content) -> list[str]:
    """Names in the workspace of the ledger and the store. Raises ConfigError DCP-294: `unpack` would not find them."""
    found = list[tuple[str, str, str, str]]()
    if policy.ledger and content.ledger:
        found.append(("ledger", policy.ledger, policy.ledger.partition(":///")[2], content.ledger))
    if not policy.store_container and _inside(workspace, policy.store):
        root = workspace.root.resolve()
        name = str((root / policy.store).resolve().relative_to(root))
        found.append(("store", policy.store, policy.store, name))
    for key, said, path, name in found:
        if os.path.normpath(path) != name or name in (HEAD, SUMS) or leads_outside(name):
            raise ConfigError(codes.PACK_PLACE, key=key, place=said, name=name)
    return [name for *_, name in found]


def _refuse(err: OSError) -> None:
    """What cannot be read would be missing elsewhere."""
    raise ConfigError(codes.PACK_UNREADABLE, path=err.filename, why=err.strerror or str(err)) from err


# ---------------------------------------------------------------- packing


@contextmanager
def moved_away(workspace: Workspace, policy: Policy, archive: Path) -> Iterator[None]:
    """Marks the workspace as moved into the archive, unless the block fails. From the mark on, no runner can claim.

    Raises: ConflictError DCP-286: a run holds it. ConfigError DCP-285: it was moved before.
    """
    refuse_moved(workspace.root)
    note = json.dumps({"to": archive.name, "at": iso(utc_now())})
    if Ledger.is_there(ledger_url(workspace, policy)):
        with open_ledger(workspace, policy) as ledger:
            # A ledger elsewhere moves with the workspace: its other runners may go on.
            is_here = bool(_ledger_file(workspace, policy))
            if held := ledger.move_away(note) if is_here else next(iter(sorted(ledger.held())), None):
                raise ConflictError(codes.WORKSPACE_IN_USE, path=str(workspace.root), step=held)
            if (launch := noted_launch(ledger)) and launch.is_under_way():
                ledger.forget(MOVED_NOTE)
                raise ConflictError(codes.WORKSPACE_IN_USE, path=str(workspace.root), step=launch.name)
    try:
        write_atomically(workspace.root / MOVED, note.encode())
        yield
    except BaseException:
        undo(workspace, policy)
        raise


def undo(workspace: Workspace, policy: Policy) -> bool:
    """Takes the mark away; whether there was one."""
    was_moved = bool(moved_to(workspace.root))
    if _ledger_file(workspace, policy) and Ledger.is_there(ledger_url(workspace, policy)):
        with open_ledger(workspace, policy) as ledger:
            ledger.forget(MOVED_NOTE)
    (workspace.root / MOVED).unlink(missing_ok=True)
    return was_moved


class _Read(io.RawIOBase):
    """A file that is packed: its SHA-256, and each piece that was read."""

    def __init__(self, inner: IO[bytes], advanced: Callable[[int], None]) -> None:
        self._inner, self._advanced = inner, advanced
        self.sha256 = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        piece = self._inner.read(size)
        self.sha256.update(piece)
        self._advanced(len(piece))
        return piece


def write_pack(
    archive: Path, workspace: Workspace, policy: Policy, content: Content, advanced: Callable[[int], None]
) -> None:
    """Writes the pack whole or not at all, for its owner alone. Raises FatalError DCP-111."""
    now, sums = time.time(), list[tuple[str, str]]()
    head = PackedWorkspace(migration=policy.migration, decamp=__version__, made_at=iso(utc_now()))
    with (
        new_file(archive, is_ours_alone=True) as file,
        tarfile.open(fileobj=file, mode="w|", format=tarfile.PAX_FORMAT) as tar,
    ):
        add_bytes(tar, HEAD, document_bytes(msgspec.to_builtins(head)), now)
        for name in content.folders:
            add_folder(tar, name, now)
        for name in content.files:
            sums.append((_add_file(tar, workspace.root, name, advanced), name))
        if content.ledger and (workspace.root / content.ledger).exists():
            sums.append((add_bytes(tar, content.ledger, _ledger_bytes(workspace, policy), now), content.ledger))
        lines = "".join(f"{sha256} {json.dumps(name)}\n" for sha256, name in sums)
        add_bytes(tar, SUMS, lines.encode(), now)


def _add_file(tar: tarfile.TarFile, root: Path, name: str, advanced: Callable[[int], None]) -> str:
    try:
        descriptor = open_below(root, name)
    except OSError as err:
        raise ConfigError(codes.PACK_UNREADABLE, path=str(root / name), why=err.strerror or str(err)) from err
    with os.fdopen(descriptor, "rb") as file:
        found = os.fstat(file.fileno())
        member = tarfile.TarInfo(name)
        member.size, member.mtime = found.st_size, int(found.st_mtime)
        member.mode = 0o700 if found.st_mode & stat.S_IXUSR else 0o600
        read = _Read(file, advanced)
        tar.addfile(member, cast(IO[bytes], read))
    return read.sha256.hexdigest()


def _ledger_bytes(workspace: Workspace, policy: Policy) -> bytes:
    with open_ledger(workspace, policy) as ledger:
        rows = ledger.all_rows()
    rows["meta"] = [row for row in rows["meta"] if row["key"] != MOVED_NOTE]
    with tempfile.TemporaryDirectory(prefix="decamp-") as folder:
        path = Path(folder) / "ledger.db"
        write_ledger_file(path, rows)
        return path.read_bytes()


# ---------------------------------------------------------------- unpacking


def unpack(archive: Path, folder: Path) -> PackedWorkspace:
    """Makes the new folder out of the pack, whole or not at all.

    Raises: ConfigError DCP-203: the folder is there. DCP-282, DCP-283: not an intact pack. FatalError DCP-111.
    """
    if os.path.lexists(folder):
        raise ConfigError(codes.WORKSPACE_EXISTS, path=str(folder))
    if not archive.is_file():
        raise ConfigError(codes.DOCUMENT_MISSING, path=str(archive))
    try:
        if is_gzip(archive):
            raise damaged(archive, "compressed")
        folder.parent.mkdir(parents=True, exist_ok=True)
        partial = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(folder), why=err.strerror or str(err)) from err
    try:
        # Nothing in a pack is compressed.
        found = extract(archive, partial, most_bytes=archive.stat().st_size)
        head = _checked(archive, partial, found)
        partial.rename(folder)
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(folder), why=err.strerror or str(err)) from err
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return head


def _checked(archive: Path, partial: Path, found: dict[str, str]) -> PackedWorkspace:
    """Compares every file with the sums that were taken when it was packed, then removes both lists."""
    if HEAD not in found or SUMS not in found:
        raise damaged(archive, "EOF")
    try:
        head = read_document(partial / HEAD, PackedWorkspace)
        sums = _sums((partial / SUMS).read_text("utf-8"))
    except (ConfigError, ValueError, RecursionError) as err:
        raise damaged(archive, getattr(err, "code", type(err).__name__)) from err
    there = {name: sha256 for name, sha256 in found.items() if name not in (HEAD, SUMS)}
    if sums != there:
        raise damaged(archive, sorted(set(sums.items()) ^ set(there.items()))[0][0])
    for name in (HEAD, SUMS):
        (partial / name).unlink()
    return head


def _sums(text: str) -> dict[str, str]:
    """Maps names to SHA-256. Raises ValueError, RecursionError for another list."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name = json.loads(line[65:])
        if not isinstance(name, str):
            raise ValueError("a name is no text")
        found[name] = line[:64]
    return found
