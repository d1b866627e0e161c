"""FolderStore: a container is a folder, an object is a data file with a record (JSON) next to it.

    ROOT/CONTAINER/container.json        name and headers
    ROOT/CONTAINER/RR/NAME.ETAG.data     the bytes (RR: two hex digits, so that no folder grows too large)
    ROOT/CONTAINER/RR/NAME.json          name, size, ETag, type, headers, and a digest of the record itself

Both files are written under a temporary name, synced, then renamed, the data first: a name only exists once its bytes
do, and an interrupted overwrite leaves the old object intact.
"""

import hashlib
import os
import secrets
import shutil
import stat
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import msgspec
from msgspec.structs import replace

from migrate.clouds.folder import whole_files
from migrate.clouds.folder.json_records import ContainerRecord, ObjectRecord, read_container, read_object, seal
from migrate.clouds.folder.object_file_names import (
    data_path,
    file_name,
    file_name_start,
    name_by,
    record_of,
    record_path,
)
from migrate.clouds.folder.orphans import FolderOrphans
from migrate.clouds.guard import Gatekeeper, NoGuard, Request
from migrate.clouds.ports import BucketSettings, Expiring, Multipart, ObjectInfo, Orphans, Version
from migrate.errors import IntegrityError, NotFound, Refused, TransientError, Unsupported
from migrate.messages import codes
from migrate.model import MARK_KEY, Container, ObjectEntry, Quota
from migrate.secret_looking import SIGNING_HEADERS

MARK_HEADER = f"x-container-meta-{MARK_KEY}"
_CHUNK = 1 << 20
_CONTAINER_FILE = "container.json"

_PIECE_BYTES = 1 << 20
_MADE_UP = "-0"
"""The end of an ETag that is not an MD5, as on S3. It is unique, so that an overwrite never touches the old
data file.
"""


class FolderStore:
    """ports.ObjectStore on a folder, for plain objects.

    Unsupported: static large objects, links, and versions, also as a container setting.

    Args:  root: the folder, created by the first write.
           keeps_md5: False for content with its own digests, because another hash would cost a capture a sixth of its
           time. Then ETags are invented, and a read only checks the size. Callers find damage by themselves: a listing
           continues past a damaged record, and shows the object without size and ETag. Reading such an object raises
           IntegrityError; writing it again repairs it.
    """

    multipart: Multipart | None = None
    expiring: Expiring | None = None
    settings: BucketSettings | None = None
    is_remote = False

    def __init__(self, root: Path, *, keeps_md5: bool = True, gatekeeper: Gatekeeper | None = None) -> None:
        """`gatekeeper`: checks every change, like that of a cloud."""
        self.root = root
        self._gatekeeper = gatekeeper or NoGuard()
        self.orphans: Orphans | None = FolderOrphans(root, self._gatekeeper)
        self._keeps_md5 = keeps_md5
        self._publishing = threading.Lock()

    def containers(self) -> list[Container]:
        if not self.root.is_dir():
            return []
        found = [self._summary(path.parent) for path in self.root.glob(f"*/{_CONTAINER_FILE}")]
        # As in other stores, a listing has no headers; `container` has.
        found = [msgspec.structs.replace(container, headers={}, mark=None) for container in found]
        return sorted(found, key=lambda container: container.name.encode())

    def container(self, name: str) -> Container:
        return self._summary(self._folder(name))

    def free_bytes(self, container: str) -> int | None:
        """The free space of the file system that holds, or will hold, the folder."""
        there = next(path for path in (self.root.absolute(), *self.root.absolute().parents) if path.is_dir())
        return shutil.disk_usage(there).free

    def account_quota(self) -> Quota | None:
        return None

    def signing_keys(self, name: str) -> dict[str, str]:
        kept = read_container(self._folder(name) / _CONTAINER_FILE)
        return {key: value for key, value in kept.headers.items() if key in SIGNING_HEADERS}

    def put_container(self, name: str, headers: dict[str, str]) -> None:
        self._ask("PUT", name)
        if not name or "/" in name:
            raise Refused(codes.BAD_REQUEST, what=f"container name {name!r}")
        if any(value and key.lower() == "x-versions-enabled" for key, value in headers.items()):
            raise Unsupported(codes.UNSUPPORTED, what="versions in a folder")
        folder = self.root / file_name(name)
        there = folder / _CONTAINER_FILE
        old = self._headers(there)
        new = {**(old or {}), **{key.lower(): value for key, value in headers.items() if value}}
        record = ContainerRecord(name=name, headers=dict(sorted(new.items())))
        if record.headers != old:
            whole_files.make_folder(folder)
            whole_files.write(there, [seal(record)])

    def entries(self, container: str, prefix: str = "", marker: str = "", until: str = "") -> Iterator[ObjectEntry]:
        found = list(self._records(self._folder(container), file_name_start(prefix)))
        # The order of code points equals that of UTF-8 bytes.
        for record in sorted(found, key=lambda record: record.name):
            if until and record.name > until:
                return
            if record.name > marker and record.name.startswith(prefix):
                yield ObjectEntry(
                    name=record.name,
                    size_bytes=record.size_bytes,
                    etag=record.etag,
                    content_type=record.content_type,
                    last_modified=record.last_modified,
                )

    def versions(self, container: str) -> Iterator[Version]:
        raise Unsupported(codes.UNSUPPORTED, what="versions in a folder")

    def head(self, container: str, name: str) -> ObjectInfo:
        record, data = self._object(container, name)
        try:
            return _info(self._as_it_lies(record, data))
        except FileNotFoundError as err:  # removed meanwhile by another process
            raise NotFound(codes.GONE, kind="object", id=f"{container}/{name}") from err

    @contextmanager
    def get(self, container: str, name: str, version_id: str = "") -> Iterator[tuple[ObjectInfo, Iterator[bytes]]]:
        """Opens an object; checks its size at once and its MD5 at the end. The iterator too can raise
        IntegrityError.
        """
        if version_id:
            raise Unsupported(codes.UNSUPPORTED, what="versions in a folder")
        with self._opened(container, name) as (record, stream):
            yield _info(record), _checked(stream, record)

    @contextmanager
    def read(self, container: str, name: str, start: int, end: int) -> Iterator[Iterator[bytes]]:
        with self._opened(container, name) as (record, stream):
            if end > record.size_bytes:
                raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{name}: {record.size_bytes} of {end} bytes")
            stream.seek(start)
            yield _some(stream, end - start)

    def put(self, container: str, info: ObjectInfo, chunks: Iterable[bytes]) -> str:
        self._ask("PUT", container, info.name)
        folder = self._folder(container)
        if not info.name:
            raise Refused(codes.BAD_REQUEST, what="object name ''")
        if info.is_slo:
            raise Unsupported(codes.UNSUPPORTED, what="static large object in a folder")
        if any(key.lower() == "x-symlink-target" for key in info.headers):
            raise Unsupported(codes.UNSUPPORTED, what="link in a folder")
        beside = record_path(folder, info.name)
        whole_files.make_folder(beside.parent)
        digest = hashlib.md5(usedforsecurity=False) if self._keeps_md5 or info.etag else None
        with whole_files.aside(beside.parent, _counted(chunks, info, digest)) as written:
            record = self._record(info, digest.hexdigest() if digest else f"{secrets.token_hex(16)}{_MADE_UP}")
            with self._publishing:
                old = _named_by(beside)
                whole_files.publish(written, data_path(beside, record.etag))
                whole_files.write(beside, [seal(record)])
                if old and old != data_path(beside, record.etag):
                    old.unlink(missing_ok=True)
        return record.etag

    def _record(self, info: ObjectInfo, etag: str) -> ObjectRecord:
        return ObjectRecord(
            name=info.name,
            size_bytes=info.size_bytes,
            etag=etag,
            content_type=info.content_type or "application/octet-stream",
            headers={key.lower(): value for key, value in sorted(info.headers.items())},
            last_modified=whole_files.now(),
        )

    def put_manifest(self, container: str, info: ObjectInfo) -> str:
        self._ask("PUT", container, info.name)
        raise Unsupported(codes.UNSUPPORTED, what="static large object in a folder")

    def delete(self, container: str, name: str) -> None:
        """Deletes an object, the record first: the name is then gone."""
        self._ask("DELETE", container, name)
        beside = record_path(self.root / file_name(container), name)
        for folder in beside.parents[:2]:
            whole_files.refuse_foreign(folder)
        with self._publishing:
            beside.unlink(missing_ok=True)
            for data in beside.parent.glob(f"{beside.stem}.*.data"):
                data.unlink(missing_ok=True)

    # ------------------------------------------------------------ internals

    def _ask(self, method: str, *names: str) -> None:
        self._gatekeeper.check(Request(method, "object-store", "/" + "/".join(names)))

    def _folder(self, container: str) -> Path:
        folder = self.root / file_name(container)
        whole_files.refuse_foreign(folder)
        if not (folder / _CONTAINER_FILE).exists():
            raise NotFound(codes.GONE, kind="container", id=container)
        return folder

    def _object(self, container: str, name: str) -> tuple[ObjectRecord, Path]:
        beside = record_path(self._folder(container), name)
        try:
            record = read_object(beside)
        except FileNotFoundError as err:
            raise NotFound(codes.GONE, kind="object", id=f"{container}/{name}") from err
        return record, data_path(beside, record.etag)

    @contextmanager
    def _opened(self, container: str, name: str) -> Iterator[tuple[ObjectRecord, IO[bytes]]]:
        """The record and data stream of an object. Raises NotFound.  IntegrityError: no data file, or of the wrong
        size.
        """
        record, stream = self._open(container, name)
        with stream:
            size = os.fstat(stream.fileno()).st_size
            if size != record.size_bytes:
                raise IntegrityError(codes.BYTES_DIFFER, what=f"{stream.name}: {size} bytes, not {record.size_bytes}")
            yield record, stream

    def _open(self, container: str, name: str) -> tuple[ObjectRecord, IO[bytes]]:
        missing: Path | None = None
        while True:
            record, data = self._object(container, name)
            try:
                return record, whole_files.opened(data)
            except FileNotFoundError as err:
                if data == missing:
                    raise IntegrityError(codes.BYTES_DIFFER, what=f"{data}: the data file is missing") from err
                missing = data  # it may have been replaced or removed since the record was read

    def _records(self, folder: Path, start: str = "") -> Iterator[ObjectRecord]:
        for path in folder.glob("??/*.json"):
            if not path.name.startswith(start):
                continue
            with suppress(FileNotFoundError):  # removed meanwhile by another process
                yield self._listed(path)

    def _listed(self, path: Path) -> ObjectRecord:
        try:
            record = read_object(path)
            return self._as_it_lies(record, data_path(path, record.etag))
        except IntegrityError:
            name = None if self._keeps_md5 else name_by(path)
            if name is None:
                raise
            return ObjectRecord(
                name=name, size_bytes=0, etag="", content_type="", last_modified=whole_files.time_of(path)
            )

    def _as_it_lies(self, record: ObjectRecord, data: Path) -> ObjectRecord:
        """The record with the size of its data file, 0 where that is lost: an interrupted copy of a store lacks some.

        Of customers' objects the size is the promised one; whoever reads them checks it, and their MD5.
        """
        if self._keeps_md5:
            return record
        try:
            found = data.lstat()
        except FileNotFoundError:
            now = read_object(record_of(data))  # it may have been replaced since the record was read
            return (
                replace(now, size_bytes=0)
                if now == record
                else self._as_it_lies(now, data_path(record_of(data), now.etag))
            )
        return replace(record, size_bytes=found.st_size if stat.S_ISREG(found.st_mode) else 0)

    def _headers(self, container_file: Path) -> dict[str, str] | None:
        """The headers of a container; None if its record is missing or must be written again."""
        try:
            return read_container(container_file).headers
        except FileNotFoundError:
            return None
        except IntegrityError:
            if self._keeps_md5:
                raise
            return None

    def _summary(self, folder: Path) -> Container:
        kept = read_container(folder / _CONTAINER_FILE)
        sizes = [record.size_bytes for record in self._records(folder)]
        return Container(
            name=kept.name,
            objects=len(sizes),
            size_bytes=sum(sizes),
            headers={k: "" if k in SIGNING_HEADERS else v for k, v in kept.headers.items() if k != MARK_HEADER},
            mark=kept.headers.get(MARK_HEADER),
        )


def _named_by(beside: Path) -> Path | None:
    """The data file named by the current record; None if the record is missing or damaged."""
    with suppress(FileNotFoundError, IntegrityError):
        return data_path(beside, read_object(beside).etag)
    return None


def _info(record: ObjectRecord) -> ObjectInfo:
    return ObjectInfo(
        name=record.name,
        size_bytes=record.size_bytes,
        etag=record.etag,
        content_type=record.content_type,
        headers=dict(record.headers),
    )


def _counted(chunks: Iterable[bytes], info: ObjectInfo, digest: "hashlib._Hash | None") -> Iterator[bytes]:
    """The chunks, counted and hashed. Raises IntegrityError at the end if size or MD5 differ from `info`."""
    got = 0
    for chunk in chunks:
        got += len(chunk)
        if digest:
            digest.update(chunk)
        if got > info.size_bytes:
            break
        yield chunk
    if got != info.size_bytes:
        raise IntegrityError(codes.BYTES_DIFFER, what=f"{info.name}: {got} of {info.size_bytes} bytes")
    if digest and info.etag and info.etag.lower() != digest.hexdigest():
        raise IntegrityError(codes.BYTES_DIFFER, what=f"{info.name}: ETag {info.etag} is not {digest.hexdigest()}")


def _checked(stream: IO[bytes], record: ObjectRecord) -> Iterator[bytes]:
    if record.etag.endswith(_MADE_UP):
        yield from whole_files.chunks(stream, _CHUNK)
        return
    digest = hashlib.md5(usedforsecurity=False)
    for chunk in whole_files.chunks(stream, _CHUNK):
        digest.update(chunk)
        yield chunk
    if digest.hexdigest() != record.etag:
        raise IntegrityError(codes.BYTES_DIFFER, what=f"{stream.name}: MD5 {digest.hexdigest()} is not {record.etag}")


def _some(stream: IO[bytes], left: int) -> Iterator[bytes]:
    while left:
        chunk = stream.read(min(left, _PIECE_BYTES))
        if not chunk:
            raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{stream.name}: cut short")
        left -= len(chunk)
        yield chunk
