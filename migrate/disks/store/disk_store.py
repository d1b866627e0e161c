"""DiskStore: captured disks on an object store; resumes from what is stored (docs/formats/store.md)."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from migrate.clouds.ports import ObjectStore
from migrate.disks.store.chunk_reader import read_chunks
from migrate.disks.store.chunk_tables import DamagedSegment, DiskMap, open_table, read_table, split, table_range
from migrate.disks.store.container import StoreContainer
from migrate.disks.store.manifest import (
    CHUNK_BYTES,
    ZERO_DIGEST,
    DiskManifest,
    TableRef,
    check_shape,
    segment_range,
)
from migrate.disks.store.object_names import (
    DISKS,
    MANIFEST,
    PART,
    SET_ASIDE,
    WARM,
    disk_prefix,
    pack_name,
    parse_table_name,
    pass_prefix,
)
from migrate.disks.store.packs import Packs
from migrate.disks.store.pass_parts import open_part
from migrate.disks.store.pass_progress import PassProgress
from migrate.disks.store.pass_writer import PassWriter
from migrate.documents import parse_document, sealed_bytes
from migrate.errors import ConfigError, IntegrityError, NotFound, OtherVersion
from migrate.messages import codes
from migrate.monitor import log

if TYPE_CHECKING:
    from migrate.disks.store.encryption_key import StoreKey

__all__ = ["DamagedSegment", "DiskStore"]

_BEHIND_ALL = "~"  # sorts after all objects of a pass
_MAPS_KEPT = 8
_ZEROS = bytes(CHUNK_BYTES)


class DiskStore:
    """Chunks and sealed manifests of captured disks in one container. Thread-safe.

    A *pass* is one complete read of one disk, named after the image it was read from (`origin_id`). It is valid once
    its manifest is sealed. Manifests refer to chunks by digest, never to packs: storing a chunk again, from any disk,
    repairs all disks that contain it.

    Args:  cache_dir: for the local chunk index; it may be deleted at any time.
           key: for an encrypted store.
    """

    def __init__(self, objects: ObjectStore, container: str, cache_dir: Path, key: "StoreKey | None" = None) -> None:
        self.container = StoreContainer(objects, container)
        if key is not None:
            # Most stores do not need `cryptography`.
            from migrate.disks.store.encrypted_container import EncryptedContainer

            self.container = EncryptedContainer(objects, container, key)
        self.packs = Packs(self.container, cache_dir)
        self._lock = threading.Lock()
        self._maps: OrderedDict[tuple[str, str, str], DiskMap] = OrderedDict()

    def prepare(self, mark: str) -> None:
        """Creates the container with its mark. Idempotent. Raises ConfigError like `check_key` and `check_mark`."""
        self.container.check_key()
        self.check_mark(mark)
        self.container.objects.put_container(self.container.name, {"x-container-meta-decamp-mark": mark})
        self.container.claim()

    def check_key(self) -> None:
        """Raises ConfigError if the store's content is not encrypted with our key (DCP-133 to 135)."""
        self.container.check_key()

    def check_mark(self, mark: str) -> None:
        """Raises ConfigError DCP-138: the container has the mark of another migration."""
        with suppress(NotFound, IntegrityError):
            said = self.container.objects.container(self.container.name).mark
            if said and said != mark:
                raise ConfigError(codes.STORE_OF_ANOTHER, store=self.container.name, found=said)

    def is_there(self, mark: str) -> bool:
        """Whether the place is this store: `prepare` has marked it so, or, where a store keeps no marks, it has passes.

        An empty folder is none: it may be where a share is mounted at other times.
        """
        try:
            said = self.container.objects.container(self.container.name).mark
        except NotFound:
            return False
        except IntegrityError:
            said = None  # its record is damaged: what is in it tells
        return said == mark if said else any(True for _ in self.container.entries(DISKS))

    def free_bytes(self) -> int | None:
        """The remaining space, if known."""
        return self.container.objects.free_bytes(self.container.name)

    def close(self) -> None:
        """Closes the chunk index; it reopens on demand."""
        self.packs.close()

    # ------------------------------------------------------------ bytes

    def begin(self, disk: str, origin_id: str, size_bytes: int) -> PassWriter:
        """Begins a pass over content of this length, or resumes the pass of an earlier run."""
        progress = PassProgress(self.container, self.packs, disk, origin_id, size_bytes)
        progress.take_up()
        return PassWriter(self.container, self.packs, progress)

    def segment(self, manifest: DiskManifest, index: int) -> bytes:
        """The plain bytes of one segment. Raises the same as `pieces`."""
        return b"".join(self.pieces(manifest, index))

    def pieces(self, manifest: DiskManifest, index: int, only: Sequence[int] | None = None) -> list[bytes]:
        """The plain bytes of one segment, chunk by chunk, each checked against its digest.

        `only`: the numbers of the chunks to read, in this order.
        Raises: DamagedSegment DCP-422: missing or different; names disk and offset.  TransientError.
        """
        start, end = segment_range(manifest.size_bytes, index)
        digests = split(self._map(manifest).segment(index))
        asked = [
            (start + at * CHUNK_BYTES, min(CHUNK_BYTES, end - start - at * CHUNK_BYTES), digests[at])
            for at in (range(len(digests)) if only is None else only)
        ]
        chunks = read_chunks(self.packs, {digest: size for _, size, digest in asked if digest != ZERO_DIGEST})
        for at, size, digest in asked:
            if digest != ZERO_DIGEST and digest not in chunks:
                raise self._damaged(manifest, at, size, digest)
        return [chunks.get(digest) or _ZEROS[:size] for _, size, digest in asked]

    def chunks(self, manifest: DiskManifest) -> DiskMap:
        """The digests of a pass, by position."""
        return DiskMap(manifest, lambda ref: self.table(manifest, ref))

    # ------------------------------------------------------------ passes

    def origins(self, disk: str) -> list[str]:
        """Origin ids of all passes over the disk in the store, sealed or not."""
        prefix, marker = disk_prefix(disk), ""
        found: list[str] = []
        while entry := next(self.container.entries(prefix, marker), None):
            origin_id = entry.name[len(prefix) :].partition("/")[0]
            found.append(origin_id)
            marker = f"{prefix}{origin_id}/{_BEHIND_ALL}"  # uses the listed name, so that foreign folders do not loop
        return found

    def manifest(self, disk: str, origin_id: str | None = None) -> DiskManifest | None:
        """The sealed manifest of this pass, or of the newest one by `origin.taken_at`; None if none is sealed.

        Reads it by name: a listing may lag, and a single listed object is enough to find the pass.
        Raises: IntegrityError DCP-422: damaged, truncated, edited or incomplete.  ConfigError DCP-212: of another
                version, or of another disk.
        """
        if origin_id is not None:
            return self._read_manifest(disk, origin_id)
        sealed = [self._read_manifest(disk, each) for each in self.origins(disk)]
        return max((m for m in sealed if m), key=lambda m: m.origin.taken_at, default=None)

    def warm_pass(self, disk: str, origin_id: str | None = None) -> DiskManifest | None:
        """Like `manifest`, for passes that were taken while the disk's server ran, ahead of its stop.

        Only the next pass and its statistics use them: nothing is restored, verified or replaced by them (`adopt`). Of
        several, damaged ones are left out: the next pass takes their place.
        """
        if origin_id is not None:
            return self._read_manifest(disk, origin_id, WARM)
        sound = (self._sound_warm_pass(disk, each) for each in self.origins(disk))
        return max((m for m in sound if m), key=lambda m: m.origin.taken_at, default=None)

    def _sound_warm_pass(self, disk: str, origin_id: str) -> DiskManifest | None:
        try:
            return self._read_manifest(disk, origin_id, WARM)
        except OtherVersion:
            raise
        except IntegrityError as err:
            log.warning("damaged warm pass disk=%s origin=%s what=%s", disk, origin_id, err.facts.get("what"))
            return None

    def newest_pass(self, disk: str) -> DiskManifest | None:
        """The newest sealed pass, valid or warm. For whoever only needs the content of some moment. Raises as
        `manifest`."""
        found = (self.manifest(disk), self.warm_pass(disk))
        return max((m for m in found if m), key=lambda m: m.origin.taken_at, default=None)

    def adopt(self, warm: DiskManifest) -> None:
        """Makes a warm pass valid for a restore, because no stopped one is to come. Idempotent."""
        prefix = pass_prefix(warm.disk, warm.origin.image_id)
        self.container.put(prefix + MANIFEST, [sealed_bytes(warm)], "application/json")
        self.container.delete(prefix + WARM)

    def remove(self, disk: str, origin_id: str) -> None:
        """Removes a pass, its manifest first, so that an interrupted removal leaves no sealed pass.

        Its chunks stay, because other disks may share them; a prune removes the unneeded ones.
        """
        prefix = pass_prefix(disk, origin_id)
        for name in (MANIFEST, WARM):
            self.container.delete(prefix + name)
        for entry in self.container.entries(prefix):
            self.container.delete(entry.name)

    # ------------------------------------------------------------ damage

    def set_aside(
        self, disk: str, *, check_running: Callable[[], None], go_on: Callable[[], None] = lambda: None
    ) -> None:
        """Invalidates all passes over a disk after damage, so that a new pass gets sealed.

        An older pass is no substitute, as it has older content. Packs with damaged chunks of the disk are marked: their
        chunks are no longer reused, so the new pass stores them again, which repairs all disks that share them. Nothing
        is removed: a damaged pack may hold the only copy of other chunks.

        Args:    check_running: called before each change.   go_on: called before each pack is read; it may raise.
        Raises:  TransientError: a read failed for now.  IntegrityError: the listing itself is damaged.
        """
        self.packs.update()
        sound: set[str] = set()
        origins = self.origins(disk)
        for origin_id in origins:
            for digests in self.digests(disk, origin_id):
                for pack_id in sorted(self.packs.holding(digests) - sound):
                    go_on()
                    if not self.packs.is_whole(pack_id):
                        check_running()
                        self.packs.mark_damaged(pack_id)
                    sound.add(pack_id)
        # After the marks: otherwise a new pass could reuse damaged chunks after half of this.
        for origin_id in origins:
            self._set_aside_pass(pass_prefix(disk, origin_id), check_running)

    def sweep(self, disk: str, *, check_running: Callable[[], None]) -> None:
        """Removes a disk's invalidated passes, once a new pass is sealed."""
        for origin_id in self.origins(disk):
            mark = pass_prefix(disk, origin_id) + SET_ASIDE
            if self.container.size(mark) is None:
                continue
            check_running()
            if self._read_manifest(disk, origin_id) is None:
                self.remove(disk, origin_id)
            self.container.delete(mark)

    # ------------------------------------------------------------ internals

    def _set_aside_pass(self, prefix: str, check_running: Callable[[], None]) -> None:
        if self.container.size(prefix + MANIFEST) is not None:
            check_running()
            self.container.put(prefix + SET_ASIDE, [self.container.whole(prefix + MANIFEST) or b""], "application/json")
            self.container.delete(prefix + MANIFEST)

    def digests(self, disk: str, origin_id: str) -> Iterator[set[bytes]]:
        """The digests of all chunks of a pass, sealed or not, as far as its tables and parts are readable."""
        prefix = pass_prefix(disk, origin_id)
        for entry in list(self.container.entries(prefix)):
            last = entry.name[len(prefix) :]
            table = parse_table_name(last)
            if table:
                yield set(split(open_table(self.container, entry.name, table[1]) or b"")) - {ZERO_DIGEST}
            elif last.startswith(PART):
                rows = open_part(self.container, entry.name) or {}
                yield {digest for row in rows.values() for digest in split(row)} - {ZERO_DIGEST}

    def _map(self, manifest: DiskManifest) -> DiskMap:
        """The disk map. Caches one table for each disk being read."""
        key = (manifest.disk, manifest.origin.image_id, manifest.tree_digest)
        with self._lock:
            found = self._maps.get(key)
            if found is None:
                found = self._maps[key] = DiskMap(manifest, lambda ref: self.table(manifest, ref), keep=1)
                while len(self._maps) > _MAPS_KEPT:
                    self._maps.popitem(last=False)
            self._maps.move_to_end(key)
            return found

    def table(self, manifest: DiskManifest, ref: TableRef) -> bytes:
        """The plain bytes of a table of a sealed pass. Raises DamagedSegment DCP-422 if it is missing or damaged."""
        origin_id, size = manifest.origin.image_id, manifest.size_bytes
        table = read_table(self.container, manifest.disk, origin_id, size, ref.index, ref.digest)
        if table is None:
            start, end = table_range(size, ref.index)
            what = (
                f"bytes {start}-{end - 1} of {manifest.disk}: table {ref.index} is missing from the store, or damaged"
            )
            raise DamagedSegment(codes.BYTES_DIFFER, what=what)
        return table

    def _damaged(self, manifest: DiskManifest, start: int, size: int, digest: bytes) -> DamagedSegment:
        found = self.packs.find_any([digest]).get(digest, [])
        packs = [self.container.stored_name(pack_name(place.pack_id)).rpartition("/")[2] for place in found]
        where = f"damaged in pack {', '.join(packs)}" if packs else "in no pack of the store"
        what = f"bytes {start}-{start + size - 1} of {manifest.disk}: chunk {digest.hex()} is {where}"
        return DamagedSegment(codes.BYTES_DIFFER, what=what)

    def _read_manifest(self, disk: str, origin_id: str, last: str = MANIFEST) -> DiskManifest | None:
        name = pass_prefix(disk, origin_id) + last
        raw = self.container.get(name)
        if raw is None:
            return None
        try:
            found = parse_document(raw, DiskManifest, name=f"{self.container.name}/{name}")
        except OtherVersion:
            raise
        except ConfigError as err:
            # Not a document for operators: it is not to be edited by hand.
            why = err.facts.get("why", "its seal does not fit")
            raise IntegrityError(codes.BYTES_DIFFER, what=f"{self.container.name}/{name}: {why}") from err
        if (found.disk, found.origin.image_id) != (disk, origin_id):
            raise OtherVersion(
                codes.DOCUMENT_VERSION, path=f"{self.container.name}/{name}", expected=f"the manifest of {disk}"
            )
        check_shape(found)
        return found
