"""Reads user data that cloud-init stored on a captured disk. Uses segments in the store, contacts no cloud."""

import re
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import PurePosixPath

from migrate.disks.formats.ext import ExtFiles, NotReadable, Steps
from migrate.disks.formats.partitions import partition_starts
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import SEGMENT_BYTES, DiskManifest

MOST_USER_DATA_BYTES = 65_535 // 4 * 3
"""The maximum size of user data: Nova accepts 65,535 characters of base64."""

_MOST_READ_BYTES = 1 << 20  # a larger file is something else

_MOST_SEGMENTS = 512
_MOST_READS = 200_000
_WINDOW = 8
_HOMES = ("/var/lib/cloud", "/lib/cloud")  # the second one if /var is a separate file system
_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class StoredDisk:
    """Random access to a captured disk; caches a few segments. Not thread-safe.

    The content comes from a guest, so the work is limited whatever its tables claim: NotReadable after 2 GiB.
    """

    def __init__(self, store: DiskStore, manifest: DiskManifest) -> None:
        self._store, self._manifest = store, manifest
        self._segments: OrderedDict[int, bytes] = OrderedDict()
        self._loads = self._reads = 0

    def read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes: fewer at the disk's end. Raises NotReadable, and errors of the store."""
        self._reads += 1
        if at < 0 or self._reads > _MOST_READS:
            raise NotReadable("too much to read")
        end = min(at + size, self._manifest.size_bytes)
        return b"".join(self._pieces(at, end))

    def _pieces(self, at: int, end: int) -> Iterator[bytes]:
        while at < end:
            index, within = divmod(at, SEGMENT_BYTES)
            piece = self._segment(index)[within : within + end - at]
            yield piece
            at += len(piece)

    def _segment(self, index: int) -> bytes:
        if index not in self._segments:
            self._loads += 1
            if self._loads > _MOST_SEGMENTS:
                raise NotReadable("too much to read")
            self._segments[index] = self._store.segment(self._manifest, index)
            if len(self._segments) > _WINDOW:
                self._segments.popitem(last=False)
        self._segments.move_to_end(index)
        return self._segments[index]


def find_user_data(disk: StoredDisk, server_id: str) -> bytes | None:
    """The user data that cloud-init received on this server; None if no ext file system of the disk has it.

    A disk copied from another server may hold that server's user data, which is ignored.
    Raises: IntegrityError, TransientError: the store cannot be read.
    """
    try:
        starts = list(partition_starts(disk.read))
    except NotReadable:
        return None
    steps = Steps()
    for start in starts:
        try:
            files = ExtFiles(disk.read, start, steps)
        except NotReadable:
            continue
        for home in _HOMES:
            found = _in_home(files, home, server_id)
            if found is not None:
                return found
    return None


def _in_home(files: ExtFiles, home: str, server_id: str) -> bytes | None:
    for name in (server_id, _current(files, home)):
        if name and (name == server_id or not _UUID.fullmatch(name)):
            try:
                return files.file(f"{home}/instances/{name}/user-data.txt", _MOST_READ_BYTES)
            except NotReadable:
                continue
    return None


def _current(files: ExtFiles, home: str) -> str:
    """The instance that cloud-init last ran for; some data sources call it i-0000002a instead of the uuid."""
    try:
        return PurePosixPath(files.link(f"{home}/instance")).name
    except NotReadable:
        return ""
