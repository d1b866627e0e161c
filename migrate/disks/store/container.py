"""One container of an object store: small whole objects by name, without exceptions for missing ones."""

import hashlib
from collections.abc import Iterator, Sequence

from migrate.clouds.ports import ObjectInfo, ObjectStore
from migrate.disks.store.object_names import SEALED
from migrate.errors import ConfigError, IntegrityError, NotFound
from migrate.messages import codes
from migrate.model import ObjectEntry

KEY_MARK = "encryption"
"""An empty object, the first in an encrypted store: its head identifies the store's key."""
_START_BYTES = 256
"""More than the head of an encrypted object."""
MOST_WHOLE_BYTES = 128 << 20
"""The limit for a pack, an index, a table, a part or a manifest."""


class StoreContainer:
    """A container. Remote puts carry an MD5, so that the server refuses changed bytes. Thread-safe."""

    def __init__(self, objects: ObjectStore, container: str) -> None:
        self.objects = objects
        self.name = container

    def claim(self) -> None:
        """Called after the container was created and its key checked, before the first write."""

    def check_key(self) -> None:
        """Raises ConfigError: the store is encrypted (DCP-133), or lacks the right encryption (EncryptedContainer)."""
        is_marked = self.size(KEY_MARK) is not None
        # Without the mark, any object shows it: a run without the key would otherwise set all passes aside as damaged.
        told_by = KEY_MARK if is_marked else next((e.name for e in self.entries("") if e.size_bytes), None)
        start = b"" if told_by is None else self._start(told_by)
        if is_marked or start.startswith(SEALED):
            from migrate.disks.store.encrypted_format import (  # a plain store does not need `cryptography`
                HEAD_BYTES,
                parse_head,
            )

            head = parse_head(start[:HEAD_BYTES])
            raise ConfigError(codes.STORE_KEY_MISSING, store=self.name, found=head.key_id if head else "?")

    def _start(self, name: str) -> bytes:
        """The first bytes of an object, as far as they are readable."""
        try:
            return self.read(name, 0, min(_START_BYTES, self.size(name) or 0))
        except (IntegrityError, NotFound):
            return b""

    def stored_name(self, name: str) -> str:
        """The object's name in the store."""
        return name

    def stored_bytes(self, size_bytes: int) -> int:
        """The size of an object with this many bytes, as stored."""
        return size_bytes

    def put(
        self,
        name: str,
        pieces: Sequence[bytes],
        content_type: str = "application/octet-stream",
        *,
        digest: bytes | None = None,
    ) -> None:
        """Stores an object atomically; idempotent. `digest`: the SHA-256 of the pieces, if known.

        Raises: IntegrityError: the server received other bytes.
        """
        etag = _md5(pieces) if self.objects.is_remote else ""
        info = ObjectInfo(name=name, size_bytes=sum(map(len, pieces)), etag=etag, content_type=content_type)
        self.objects.put(self.name, info, [piece for piece in pieces if piece])

    def get(self, name: str) -> bytes | None:
        """The whole object, None if it is missing. Raises IntegrityError if the store reports damage."""
        data = self._stored(name)
        if data is not None and data.startswith(SEALED):
            raise IntegrityError(codes.BYTES_DIFFER, what=f"{self.name}/{name}: it is encrypted, and the store is not")
        return data

    def whole(self, name: str) -> bytes | None:
        """Like `get`, but also None if the store reports damage."""
        try:
            return self.get(name)
        except IntegrityError:
            return None

    def read(self, name: str, start: int, end: int) -> bytes:
        """Bytes [start, end), possibly damaged: callers check them against their own digests.

        Raises: NotFound, TransientError (short), IntegrityError.
        """
        with self.objects.read(self.name, name, start, end) as chunks:
            return b"".join(chunks)

    def size(self, name: str) -> int | None:
        """The object's size, requested by name, as a listing may lag. None if it is missing; 0 if the store reports
        damage.
        """
        try:
            return self.objects.head(self.name, name).size_bytes
        except NotFound:
            return None
        except IntegrityError:
            return 0

    def delete(self, name: str) -> None:
        self.objects.delete(self.name, name)

    def entries(self, prefix: str, marker: str = "") -> Iterator[ObjectEntry]:
        """The listing; empty if the container does not exist yet. Objects that the store reports as damaged have size
        0.
        """
        try:
            yield from self.objects.entries(self.name, prefix, marker)
        except NotFound:
            return

    def _stored(self, name: str) -> bytes | None:
        """The stored bytes. Raises IntegrityError: the store reports damage, or the object is too large to be ours."""
        pieces, size_bytes = list[bytes](), 0
        try:
            with self.objects.get(self.name, name) as (_, chunks):
                for piece in chunks:
                    pieces.append(piece)
                    size_bytes += len(piece)
                    if size_bytes > MOST_WHOLE_BYTES:
                        raise IntegrityError(
                            codes.BYTES_DIFFER, what=f"{self.name}/{name}: larger than anything of ours"
                        )
        except NotFound:
            return None
        return b"".join(pieces)


def _md5(pieces: Sequence[bytes]) -> str:
    md5 = hashlib.md5(usedforsecurity=False)
    for piece in pieces:
        md5.update(piece)
    return md5.hexdigest()
