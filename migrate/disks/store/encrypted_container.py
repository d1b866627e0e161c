"""The container of an encrypted store. Its users see the names and bytes of a plain one."""

import re
import threading
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import suppress

import msgspec

from migrate.clouds.ports import ObjectStore
from migrate.disks.store.container import KEY_MARK, StoreContainer
from migrate.disks.store.encrypted_format import (
    HEAD_BYTES,
    SEGMENT_BYTES,
    Head,
    parse_head,
    place,
    plain_bytes,
    seal,
    stored_bytes,
    unseal,
)
from migrate.disks.store.encryption_key import StoreKey, digest_of
from migrate.disks.store.object_names import COPIES, PACKS
from migrate.errors import ConfigError, IntegrityError, NotFound, TransientError
from migrate.messages import codes
from migrate.model import ObjectEntry

_DIGEST = re.compile(r"[0-9a-f]{64}")
_HIDDEN = re.compile(r"(?<![a-z2-7])[a-z2-7]{77}(?![a-z2-7])")
_OF_PACKS = re.compile(f"({PACKS}|{COPIES})[^/]{{2}}")
_FOREIGN = " (not encrypted)"
"""Appended to a name with a plain digest, which none of our objects has: upper layers treat it as foreign."""
_HEADS_KEPT = 4096


class EncryptedContainer(StoreContainer):
    """Like StoreContainer, but encrypts every object whole (`seal`) and hides digests in names with the key.

    An object that does not decrypt under its name with this key counts as damaged, even a plain one.
    """

    def __init__(self, objects: ObjectStore, container: str, key: StoreKey) -> None:
        super().__init__(objects, container)
        self._key = key
        self._lock = threading.Lock()
        self._heads: OrderedDict[str, Head] = OrderedDict()

    def claim(self) -> None:
        if self.whole(KEY_MARK) is None:
            self.put(KEY_MARK, [])

    def check_key(self) -> None:
        """Raises ConfigError if the store has another key (DCP-134), or unencrypted objects (DCP-135)."""
        found = self._first_head()
        if found is None:
            return
        if not found.key_id:
            raise ConfigError(codes.STORE_NOT_ENCRYPTED, store=self.name, key=self._key.id)
        if found.key_id != self._key.id:
            raise ConfigError(codes.STORE_KEY_DIFFERS, store=self.name, found=found.key_id, key=self._key.id)

    def stored_name(self, name: str) -> str:
        """The name in the store: with the digest in its last part hidden; other names stay the same."""
        if name.endswith(_FOREIGN):
            return name.removesuffix(_FOREIGN)
        folder, beside, last = _split(name)
        found = _DIGEST.search(last)
        if found is None:
            return name
        hidden = self._key.hide(bytes.fromhex(found[0]), beside)
        if not beside:
            folder = f"{folder[:-3]}{hidden[:2]}/"
        return folder + last.replace(found[0], hidden)

    def stored_bytes(self, size_bytes: int) -> int:
        return stored_bytes(size_bytes)

    def put(
        self,
        name: str,
        pieces: Sequence[bytes],
        content_type: str = "application/octet-stream",
        *,
        digest: bytes | None = None,
    ) -> None:
        hidden = self.stored_name(name)
        super().put(hidden, seal(self._key, hidden, pieces, digest or digest_of(pieces)))

    def get(self, name: str) -> bytes | None:
        hidden = self.stored_name(name)
        self._forget(hidden)  # a full read checks every byte, including the head
        data = self._stored(hidden)
        if data is None:
            return None
        head = self._checked(hidden, data)
        if len(data) != stored_bytes(head.size_bytes):
            raise self._damaged(hidden, f"{len(data)} bytes, not {stored_bytes(head.size_bytes)}")
        found = list(unseal(self._key, hidden, head, memoryview(data)[HEAD_BYTES:]))
        if None in found:
            raise self._damaged(hidden, "it is not what was stored under this name")
        return b"".join(segment for segment in found if segment)

    def read(self, name: str, start: int, end: int) -> bytes:
        """Like StoreContainer; NULs replace damaged segments."""
        hidden = self.stored_name(name)
        if end <= start:
            return b""
        with self._lock:
            known = self._heads.get(hidden)
        for head in (known, None) if known else (None,):
            # A cached head may belong to an object that was replaced since.
            data, is_whole = self._read(hidden, head, start, end)
            if is_whole:
                break
        return data

    def size(self, name: str) -> int | None:
        stored = super().size(self.stored_name(name))
        return stored and (plain_bytes(stored) or 0)

    def delete(self, name: str) -> None:
        super().delete(self.stored_name(name))

    def entries(self, prefix: str, marker: str = "") -> Iterator[ObjectEntry]:
        """The listing, sorted by the names in the store. An object whose length does not fit the encryption
        has size 0.
        """
        for entry in super().entries(prefix, marker):
            if entry.name != KEY_MARK:
                size_bytes = plain_bytes(entry.size_bytes) or 0
                yield msgspec.structs.replace(entry, name=self._shown(entry.name), size_bytes=size_bytes)

    # ------------------------------------------------------------ internals

    def _first_head(self) -> Head | None:
        """The head that names the store's key: of its mark, or of the first object if the mark is missing or damaged.

        None: the store is empty. A head without a key: the store is not encrypted.
        """
        try:
            marked = parse_head(self._stored(KEY_MARK) or b"")
        except IntegrityError:
            marked = None
        if marked is not None:
            return marked
        for entry in super().entries(""):
            if entry.name != KEY_MARK and entry.size_bytes:
                with suppress(IntegrityError, NotFound):
                    head = parse_head(super().read(entry.name, 0, min(HEAD_BYTES, entry.size_bytes)))
                    return head or Head("", b"", 0, b"")
        return None

    def _read(self, hidden: str, head: Head | None, start: int, end: int) -> tuple[bytes, bool]:
        """The plain bytes, and whether they are all undamaged; the head is cached then."""
        found = head or self._checked(hidden, super().read(hidden, 0, HEAD_BYTES))
        first, at, behind = place(found.size_bytes, start, end)
        try:
            if end > found.size_bytes:
                raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"{hidden}: {found.size_bytes} of {end} bytes")
            body = super().read(hidden, at, behind)
        except TransientError as err:
            stored, wanted = super().size(hidden), stored_bytes(found.size_bytes)
            if stored == wanted:
                raise
            raise self._damaged(hidden, f"{stored} bytes, not {wanted}") from err
        segments = list(unseal(self._key, hidden, found, body, first))
        is_whole = None not in segments
        self._forget(hidden)
        if is_whole:
            with self._lock:
                self._heads[hidden] = found
                while len(self._heads) > _HEADS_KEPT:
                    self._heads.popitem(last=False)
        data = b"".join(bytes(SEGMENT_BYTES) if segment is None else segment for segment in segments)
        skipped = start - first * SEGMENT_BYTES
        return data[skipped : skipped + end - start], is_whole

    def _forget(self, hidden: str) -> None:
        with self._lock:
            self._heads.pop(hidden, None)

    def _checked(self, hidden: str, data: bytes) -> Head:
        head = parse_head(data)
        if head is None:
            raise self._damaged(hidden, "it is not encrypted, and the store is")
        if head.key_id != self._key.id:
            keys = f"the key {head.key_id}, and the store with {self._key.id}"
            raise self._damaged(hidden, f"it is encrypted with {keys}")
        return head

    def _damaged(self, hidden: str, why: str) -> IntegrityError:
        return IntegrityError(codes.BYTES_DIFFER, what=f"{self.name}/{hidden}: {why}")

    def _shown(self, stored: str) -> str:
        folder, beside, last = _split(stored)
        hidden = _HIDDEN.search(last)
        if hidden is None:
            return stored + _FOREIGN if _DIGEST.search(last) else stored
        digest = self._key.show(hidden[0], beside)
        if digest is None:
            return stored
        if not beside:
            folder = f"{folder[:-3]}{digest.hex()[:2]}/"
        name = folder + last.replace(hidden[0], digest.hex())
        return name if self.stored_name(name) == stored else stored


def _split(name: str) -> tuple[str, str, str]:
    """The name's folder, the context that hides its digest, and its last part.

    The context is empty for files of packs, whose folder is the start of the digest itself.
    """
    folder, slash, last = name.rpartition("/")
    return folder + slash, "" if _OF_PACKS.fullmatch(folder) else folder, last
