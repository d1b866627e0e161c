"""JSON documents: written, sealed and read the same way for all.

A document is a JSON object with `format`, `version` and `seal`, the SHA-256 over the canonical bytes of the rest. A
truncated file, a hand edit and a file of a newer Decamp each have their own error. The seal protects against mistakes,
not forgery: anyone who can write the file can compute it.
"""

import errno
import hashlib
import os
import stat
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, TypeVar

import msgspec

from migrate.encrypted_values import concealed, revealed
from migrate.errors import ConfigError, DocumentMissing, DocumentUnreadable, FatalError, OtherVersion
from migrate.messages import codes
from migrate.own_files import create_own, read_bounded
from migrate.printable_text import visible, visible_json

T = TypeVar("T", bound=msgspec.Struct)

PARTIAL = ".decamp-partial"
"""Ends the name of a file that is being written; nobody calls a file of theirs so."""
MOST_BYTES = 256 << 20
"""The limit for a document: a project of 10,000 servers needs a tenth of it."""


def canonical(value: Any) -> bytes:
    """Compact JSON with sorted keys: equal values give equal bytes."""
    return msgspec.json.encode(value, order="deterministic")


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical bytes."""
    return hashlib.sha256(canonical(value)).hexdigest()


def sealed_bytes(document: msgspec.Struct) -> bytes:
    """The document as indented, sorted JSON with its seal; ends with a newline.

    Control characters for terminals become JSON escapes; the seal covers the values, so it is the same either way.
    """
    return document_bytes(msgspec.to_builtins(document))


def document_bytes(body: dict[str, Any]) -> bytes:
    """A document of plain values, sealed, as `sealed_bytes` writes it."""
    return _sealed(body, digest(body))


def _sealed(body: dict[str, Any], seal: str) -> bytes:
    body = {**body, "seal": seal}
    return visible_json(msgspec.json.format(canonical(body), indent=1).decode()).encode() + b"\n"


def seal_of(document: msgspec.Struct) -> str:
    """The document's seal: the identity of its content."""
    return digest(msgspec.to_builtins(document))


def write_document(path: Path, document: msgspec.Struct) -> None:
    """Writes atomically: a reader sees either the old file or the new one. Raises FatalError if the disk is full.

    Values that look like secrets are concealed; the seal covers the original values.
    """
    body = msgspec.to_builtins(document)
    write_atomically(path, _sealed(concealed(body), digest(body)))


def write_atomically(path: Path, content: bytes, mode: int = 0o600) -> None:
    """Writes the whole file or leaves it unchanged; only the owner can read it. Raises FatalError DCP-111."""
    with new_file(path, mode) as file:
        file.write(content)


@contextmanager
def new_file(path: Path, mode: int = 0o600, *, is_ours_alone: bool = False) -> Iterator[IO[bytes]]:
    """A new file that replaces `path` if the block succeeds, synced to disk.

    Args:    is_ours_alone: no other process writes the file. The temporary file is then `NAME.decamp-partial`, which
             the next attempt replaces after a kill: for large files.
    Raises:  FatalError DCP-111: it cannot be written, by the block or here.
    """
    try:
        if is_ours_alone:
            partial = path.with_name(f"{path.name}{PARTIAL}")
            descriptor = create_own(partial)
        else:
            descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
            partial = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
                file.flush()
                os.fchmod(file.fileno(), mode)
                os.fsync(file.fileno())
            partial.replace(path)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(path), why=err.strerror or str(err)) from err


def require_new(path: Path) -> None:
    """Before an archive is written where the operator says. Raises ConfigError DCP-281, DCP-296: something is there."""
    if os.path.lexists(path):
        if not (path.is_file() or path.is_symlink()):
            # Nobody shall be told to remove a device.
            raise ConfigError(codes.OUTPUT_REFUSED, path=str(path), why="folder" if path.is_dir() else "no-file")
        raise ConfigError(codes.ARCHIVE_EXISTS, path=str(path))


def write_where_told(path: Path, text: str) -> None:
    """Writes a text where the operator says. A plain file is replaced as by `write_atomically`, a pipe or a device such
    as /dev/tty is written into.

    Raises: ConfigError DCP-296: a link to a file, which would be replaced by one; a folder, a disk, a pipe that nobody
            reads. FatalError DCP-111.
    """
    try:
        mode = path.stat().st_mode
    except OSError:
        mode = 0
    try:
        if stat.S_ISFIFO(mode) or stat.S_ISCHR(mode):
            _write_into(path, text)
            return
    except OSError as err:
        if err.errno in (errno.ENXIO, errno.EPIPE):
            raise ConfigError(codes.OUTPUT_REFUSED, path=str(path), why="not-read") from err
        raise FatalError(codes.CANNOT_WRITE, path=str(path), why=err.strerror or str(err)) from err
    if path.is_symlink() or (mode and not stat.S_ISREG(mode)):
        why = "link" if path.is_symlink() else "folder" if stat.S_ISDIR(mode) else "no-file"
        raise ConfigError(codes.OUTPUT_REFUSED, path=str(path), why=why)
    write_atomically(path, text.encode())


def _write_into(path: Path, text: str) -> None:
    # Without O_NONBLOCK, a pipe that nobody reads would block forever.
    descriptor = os.open(path, os.O_WRONLY | os.O_NOCTTY | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(descriptor, "wb", buffering=0) as file:
        os.set_blocking(file.fileno(), True)
        left = memoryview((visible(text.replace("\r\n", "\n"), keep="\n") if file.isatty() else text).encode())
        while left:
            left = left[file.write(left) :]


_Body = dict[str, Any]


def _with_defaults(body: _Body) -> _Body:
    """The body as the next version. Its new fields have defaults that mean "unknown" or "as before"."""
    return {**body, "version": body["version"] + 1}


UPGRADES: dict[str, dict[int, Callable[[_Body], _Body]]] = {
    "decamp-inventory": {1: _with_defaults},
    # Plans of version 1 had no separate steps for static routes. They can be read, but their inventories' seals no
    # longer fit, so the plan is made again before anything is done.
    "decamp-plan": {1: _with_defaults},
}
"""Functions by format and version that turn a body into the next version. Golden files of old versions never change."""


def parse_document(raw: bytes, kind: type[T], *, name: str) -> T:
    """Decodes and checks a sealed document, and upgrades one of an earlier version. `name`: for errors.

    Raises: ConfigError DCP-211 (not JSON: truncated or damaged), DCP-212 (another kind of document, or an unknown
            version), DCP-213 (edited by hand: the seal does not fit), DCP-229 (concealed values cannot be read).
    """
    try:
        return _parsed(raw, kind, name)
    except (RecursionError, MemoryError) as err:
        # Nested a thousand times, or a few bytes that stand for many.
        why = "nested too deeply" if isinstance(err, RecursionError) else os.strerror(errno.ENOMEM)
        raise DocumentUnreadable(codes.DOCUMENT_DAMAGED, path=name, why=why) from err


def _parsed(raw: bytes, kind: type[T], name: str) -> T:
    try:
        body = msgspec.json.decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError) as err:
        raise DocumentUnreadable(codes.DOCUMENT_DAMAGED, path=name, why=str(err)) from err
    expected = {field.name: field.default for field in msgspec.structs.fields(kind)}
    known = {expected["version"], *UPGRADES.get(expected["format"], {})}
    is_ours = isinstance(body, dict) and body.get("format") == expected["format"]
    if not is_ours or type(body.get("version")) is not int or body["version"] not in known:
        raise OtherVersion(codes.DOCUMENT_VERSION, path=name, expected=f"{expected['format']} {expected['version']}")
    seal = body.pop("seal", None)
    if seal != digest(body):
        # Earlier documents, and those without secrets, have plain values.
        body = revealed(body)
        if seal != digest(body):
            raise DocumentUnreadable(codes.DOCUMENT_EDITED, path=name)
    while body["version"] != expected["version"]:
        body = UPGRADES[expected["format"]][body["version"]](body)
    try:
        return msgspec.convert(body, kind)
    except msgspec.ValidationError as err:
        raise DocumentUnreadable(codes.DOCUMENT_DAMAGED, path=name, why=str(err)) from err


def read_document(path: Path, kind: type[T]) -> T:
    """Reads a sealed document. Raises ConfigError: DCP-210 if it is missing, otherwise like `parse_document`."""
    try:
        raw = read_bounded(path, MOST_BYTES)
    except FileNotFoundError as err:
        raise DocumentMissing(codes.DOCUMENT_MISSING, path=str(path)) from err
    except OSError as err:
        raise DocumentUnreadable(codes.DOCUMENT_DAMAGED, path=str(path), why=err.strerror or str(err)) from err
    return parse_document(raw, kind, name=str(path))
