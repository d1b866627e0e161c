"""Reads and writes what was agreed to: a file for each workspace and for each address, below the user's configuration.

`$XDG_CONFIG_HOME/decamp/trust/`, or the folder that DECAMP_TRUST_DIR names: `workspaces/SHA256-of-the-path`,
`addresses/SHA256-of-the-address`. A workspace is the same one while its path, its folder (inode) and owner, and the
random word in its `private/consent` are: a copy of it, what is unpacked in its place, and what another user puts there
is another.
"""

import hashlib
import os
import secrets
import stat
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

import msgspec

from migrate.documents import write_atomically
from migrate.errors import ConfigError, FatalError
from migrate.messages import codes
from migrate.model.records import Record
from migrate.own_files import open_own, read_below
from migrate.trust.asks import host_of
from migrate.units import iso, utc_now

NAMED = "DECAMP_TRUST_DIR"
WORD = "consent"
_MOST_BYTES = 1 << 20
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


class Consent(Record, frozen=True, kw_only=True):
    """What holds for one workspace. `agreed`: digests of asks."""

    path: str
    inode: int
    owner: int
    word: str
    word_inode: int
    agreed: tuple[str, ...] = ()
    at: str


class Address(Record, frozen=True, kw_only=True):
    """An address that passwords may go to."""

    address: str
    at: str


T = TypeVar("T", Consent, Address)


def agreed_here(root: Path) -> frozenset[str] | None:
    """Digests of what was agreed to for this workspace; None if the workspace is not known on this machine.

    Raises ConfigError DCP-291: the record cannot be read.
    """
    place = _place("workspaces", str(root.resolve()))
    found = _read(place, Consent) if place else None
    if found is None:
        return None
    there = root.stat()
    try:
        inode, word = (root / "private" / WORD).lstat().st_ino, _word_in(root)
    except OSError:
        return None
    known = (found.path, found.inode, found.owner, found.word, found.word_inode)
    now = (_spelt(str(root.resolve())), there.st_ino, there.st_uid, word, inode)
    return frozenset(found.agreed) if known == now else None


def agree(root: Path, digests: Iterable[str]) -> None:
    """Makes the workspace known here, with these asks and no others agreed to.

    Raises: FatalError DCP-111. ConfigError DCP-311: what is written to `private` would be elsewhere.
    """
    path, there, private = str(root.resolve()), root.stat(), root / "private"
    if private.is_symlink():
        raise ConfigError(codes.NOT_A_WORKSPACE_FILE, path=str(private), why="link")
    if agreed_here(root) is None:
        _make(private)
        write_atomically(private / WORD, f"{secrets.token_hex(16)}\n".encode())
    # Else the word stays: a run that is under way must not lose its agreement for a moment.
    word = _word_in(root)
    kept = Consent(
        path=_spelt(path),
        inode=there.st_ino,
        owner=there.st_uid,
        word=word,
        word_inode=(private / WORD).lstat().st_ino,
        agreed=tuple(sorted(digests)),
        at=iso(utc_now()),
    )
    _write("workspaces", path, kept)


def withdraw(root: Path) -> bool:
    """Makes the workspace unknown here; whether it was known by its path. Raises FatalError DCP-111."""
    place = _place("workspaces", str(root.resolve()))
    if place is None or not place.exists():
        return False
    try:
        place.unlink()
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(place), why=err.strerror or str(err)) from err
    return True


def knows_address(url: str) -> bool:
    """Whether a password may go to the host of this address. Raises ConfigError DCP-291."""
    host = host_of(url)
    place = _place("addresses", host)
    found = _read(place, Address) if host and place else None
    return found is not None and found.address == host


def agree_to_address(url: str) -> None:
    """Lets passwords go to the host of this address. Raises FatalError DCP-111."""
    if host := host_of(url):
        _write("addresses", host, Address(address=host, at=iso(utc_now())))


# ---------------------------------------------------------------- files


def _word_in(root: Path) -> str:
    """Raises OSError."""
    return read_below(root, f"private/{WORD}", _MOST_BYTES).decode("ascii", "replace").strip()


def trust_folder() -> Path | None:
    """Where the records are; None for a user without a home."""
    if named := os.environ.get(NAMED):
        if not named.startswith("/"):
            # It would be another one in each folder, a stranger's workspace among them.
            raise ConfigError(codes.CONSENT_UNREADABLE, path=named, why="relative")
        return Path(named)
    config = os.environ.get("XDG_CONFIG_HOME", "")
    if config.startswith("/"):
        return Path(config, "decamp", "trust")
    try:
        return Path.home() / ".config" / "decamp" / "trust"
    except RuntimeError:
        return None


def _place(kind: str, name: str) -> Path | None:
    folder = trust_folder()
    return folder / kind / hashlib.sha256(_spelt(name).encode()).hexdigest()[:32] if folder else None


def _spelt(name: str) -> str:
    """A path may hold bytes that are no letters."""
    return name.encode("utf-8", "backslashreplace").decode()


def _read(place: Path, kind: type[T]) -> T | None:
    """The record; None if there is none. One that others can write is nobody's word."""
    try:
        with os.fdopen(open_own(place, os.O_RDONLY), "rb") as file:
            if os.fstat(file.fileno()).st_mode & _OTHERS_WRITE:
                raise ConfigError(codes.CONSENT_UNREADABLE, path=str(place), why="others-write")
            return msgspec.json.decode(file.read(_MOST_BYTES), type=kind)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as err:
        raise ConfigError(codes.CONSENT_UNREADABLE, path=str(place), why=err.strerror or str(err)) from err
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise ConfigError(codes.CONSENT_UNREADABLE, path=str(place), why="damaged") from err


def _write(kind: str, name: str, record: Record) -> None:
    place = _place(kind, name)
    if place is None:
        raise FatalError(codes.CANNOT_WRITE, path=NAMED, why=os.strerror(2))
    _make(place.parent)
    write_atomically(place, msgspec.json.format(msgspec.json.encode(record)) + b"\n")


def _make(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(folder), why=err.strerror or str(err)) from err
