"""Reads and writes tar archives. From elsewhere they are hostile: only plain files below the folder come out."""

import gzip
import hashlib
import io
import os
import stat
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any, Self, cast

from migrate.errors import ConfigError, FatalError
from migrate.messages import codes
from migrate.own_files import open_own

_GZIP = b"\x1f\x8b"
_PIECE = 1 << 20
_MOST_AT_ONCE = 1 << 20
_MOST_MEMBERS = 20_000_000
_MOST_FOLDERS = 10_000
"""So many more folders than files: a name of 4 KiB can make two hundred."""
_LONGEST, _LONGEST_PART, _DEEPEST = 4096, 255, 200
"""Signs of a name, bytes of each part of it, and parts: no file system and no removal of a folder takes any."""
_MOST_OF_HEADER = 20 << 10
"""An extended header says a long name and a large size, each once."""


class _Bounded:
    """A stream that refuses to give more than `most` bytes, or too much at once."""

    def __init__(self, inner: IO[bytes], most: int, path: Path) -> None:
        self._inner, self._left, self._path = inner, most, path

    def read(self, size: int = -1) -> bytes:
        if size < 0 or size > _MOST_AT_ONCE:
            raise refused(self._path, "", "too-large")
        content = self._inner.read(size)
        self._left -= len(content)
        if self._left < 0:
            raise refused(self._path, "", "too-large")
        return content

    def seek(self, at: int) -> int:
        return self._inner.seek(at)

    def tell(self) -> int:
        return self._inner.tell()


class _Odd(Exception):
    """A header as Decamp writes none; `why`: as in `refused`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class _OurMember(tarfile.TarInfo):
    """Headers as this module writes them: at most one extended header of a member, with a name and a size.

    tarfile itself reads any number of them, one inside the other, and takes quadratic time for a long one. One
    that is damaged or missing it takes for the end: what comes after it would be lost without a word.
    """

    @classmethod
    def frombuf(cls, buf: Any, encoding: str, errors: str) -> Self:
        try:
            made = super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as err:
            if buf == bytes(tarfile.BLOCKSIZE):
                raise
            raise tarfile.ReadError("header") from err
        is_long = made.type == tarfile.XHDTYPE and made.size > _MOST_OF_HEADER
        if made.size < 0 or is_long or made.type in _OTHER_HEADERS:
            raise _Odd("too-large" if is_long else "no-file")
        return made

    def _proc_pax(self, archive: Any) -> Self:
        inner = cast(Any, self)
        said = _extended(archive.fileobj.read(inner._block(self.size))[: self.size])
        member = self.frombuf(archive.fileobj.read(tarfile.BLOCKSIZE), archive.encoding, archive.errors)
        if member.type == tarfile.XHDTYPE:
            raise _Odd("too-large")
        member.name, member.size = said.get("path", member.name).rstrip("/"), int(said.get("size", member.size))
        member.offset = archive.fileobj.tell() - tarfile.BLOCKSIZE
        cast(Any, member)._proc_builtin(archive)
        return member


_OTHER_HEADERS = frozenset(
    [
        *(tarfile.GNUTYPE_LONGNAME, tarfile.GNUTYPE_LONGLINK, tarfile.GNUTYPE_SPARSE),
        *(tarfile.XGLTYPE, tarfile.SOLARIS_XHDTYPE),
    ]
)


def _extended(content: bytes) -> dict[str, str]:
    """What an extended header says of name and size. Raises _Odd."""
    found, at = dict[str, str](), 0
    while at < len(content):
        length, _, rest = content[at : at + 8].partition(b" ")
        size = int(length) if rest and length.isdigit() else 0
        record = content[at : at + size]
        key, equals, value = record[len(length) + 1 : -1].partition(b"=")
        if len(record) != size or record[-1:] != b"\n" or not equals or key.startswith(b"GNU."):
            raise _Odd("no-file")
        if key == b"size" and not (value.isdigit() and len(value) < 20):
            raise _Odd("too-large")
        if key in (b"path", b"size"):
            # A name that is not UTF-8 is packed as the bytes that it has.
            found[key.decode()] = value.decode("utf-8", "surrogateescape")
        at += size
    return found


def refused(path: Path, member: str, why: str) -> ConfigError:
    """The error for an archive that nothing is taken from."""
    return ConfigError(codes.ARCHIVE_REFUSED, path=str(path), member=member or "—", why=why)


def damaged(path: Path, why: str) -> ConfigError:
    return ConfigError(codes.ARCHIVE_DAMAGED, path=str(path), why=why)


def extract(path: Path, folder: Path, *, most_bytes: int, most_members: int = _MOST_MEMBERS) -> dict[str, str]:
    """Writes the members of the archive, plain or gzip, into the new folder. Maps their names to their SHA-256.

    Files are readable and writable by their owner alone, and executable if they were for theirs.
    Raises: ConfigError ARCHIVE_REFUSED: a link, a device, a name outside the folder or given twice, more than
            `most_bytes` or `most_members` unpacked, many more folders than files. ARCHIVE_DAMAGED: no archive, or cut
            short. FatalError DCP-111.
    """
    found: dict[str, str] = {}
    folders = set[str]()
    try:
        with _opened(path, most_bytes) as archive:
            for members, member in enumerate(archive, 1):
                name = _safe_name(path, member, found)
                folders.update(map(str, PurePosixPath(name).parents))
                if members > most_members or len(folders) > len(found) + _MOST_FOLDERS:
                    raise refused(path, member.name, "too-large")
                # Without this, tarfile would remember every member of a store.
                cast(Any, archive).members = []
                if member.isdir():
                    folders.add(name)
                    _make(folder / name, member, path)
                else:
                    found[name] = _write(archive, member, folder / name, path)
    except _Odd as err:
        raise refused(path, "", err.why) from err
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile, ValueError, OverflowError) as err:
        raise damaged(path, type(err).__name__) from err
    return found


def is_gzip(path: Path) -> bool:
    """Whether gzip has compressed the file. Raises OSError."""
    with path.open("rb") as file:
        return file.read(2) == _GZIP


@contextmanager
def _opened(path: Path, most_bytes: int) -> Iterator[tarfile.TarFile]:
    try:
        raw = os.fdopen(open_own(path, os.O_RDONLY), "rb")
    except OSError as err:
        raise damaged(path, err.strerror or str(err)) from err
    with raw:
        is_packed = raw.read(2) == _GZIP
        raw.seek(0)
        stream = cast(IO[bytes], gzip.GzipFile(fileobj=raw) if is_packed else raw)
        bounded = cast(Any, _Bounded(stream, most_bytes, path))
        with tarfile.open(fileobj=bounded, mode="r:", errorlevel=2, tarinfo=_OurMember) as archive:
            yield archive
            while bounded.read(_PIECE):  # to its end, where gzip's checksum is
                pass


def _safe_name(path: Path, member: tarfile.TarInfo, found: dict[str, str]) -> str:
    if leads_outside(member.name):
        raise refused(path, member.name, "outside")
    if not (member.isreg() or member.isdir()) or member.issparse():
        raise refused(path, member.name, "no-file")
    name = "/".join(part for part in PurePosixPath(member.name).parts if part != ".")
    if name in found or len(found) >= _MOST_MEMBERS or is_too_long(name):
        raise refused(path, member.name, "duplicate" if name in found else "too-large")
    return name


def leads_outside(name: str) -> bool:
    """Whether a member of this name is refused, as it could lie elsewhere on some system."""
    parts = PurePosixPath(name).parts
    return not parts or name.startswith("/") or ".." in parts or "\\" in name or "\x00" in name


def is_too_long(name: str) -> bool:
    """Whether a member of this name is refused, as it is longer or deeper than any of ours."""
    parts = PurePosixPath(name).parts
    return len(name) > _LONGEST or len(parts) > _DEEPEST or any(len(os.fsencode(p)) > _LONGEST_PART for p in parts)


def _make(folder: Path, member: tarfile.TarInfo, path: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError) as err:
        raise refused(path, member.name, "duplicate") from err
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(folder), why=err.strerror or str(err)) from err


def _write(archive: tarfile.TarFile, member: tarfile.TarInfo, to: Path, path: Path) -> str:
    content, sha256, left = archive.extractfile(member), hashlib.sha256(), member.size
    assert content is not None
    mode = 0o700 if member.mode & stat.S_IXUSR else 0o600
    try:
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with os.fdopen(os.open(to, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode), "wb") as file:
            while piece := content.read(min(_PIECE, left) or 1):
                file.write(piece)
                sha256.update(piece)
                left -= len(piece)
    except FileExistsError as err:
        raise refused(path, member.name, "duplicate") from err
    except (NotADirectoryError, IsADirectoryError) as err:
        raise refused(path, member.name, "duplicate") from err
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(to), why=err.strerror or str(err)) from err
    if left:
        raise damaged(path, "EOF")
    return sha256.hexdigest()


def add_bytes(archive: tarfile.TarFile, name: str, content: bytes, at: float) -> str:
    """Adds a file for its owner alone. Returns its SHA-256."""
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = len(content), 0o600, int(at)
    archive.addfile(member, io.BytesIO(content))
    return hashlib.sha256(content).hexdigest()


def add_folder(archive: tarfile.TarFile, name: str, at: float) -> None:
    """Adds a folder for its owner alone."""
    member = tarfile.TarInfo(name)
    member.type, member.mode, member.mtime = tarfile.DIRTYPE, 0o700, int(at)
    archive.addfile(member)
