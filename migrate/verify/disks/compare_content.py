"""Compares the content of an image, a volume or a device at the target with the capture."""

import hashlib
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from migrate.clouds.ports import Images
from migrate.disks.store.manifest import CHUNK_BYTES, DiskManifest, check_shape
from migrate.errors import FatalError, IntegrityError, ReadBackDamaged, Unsupported
from migrate.messages import codes
from migrate.model import Image, Record
from migrate.monitor import StopFlag
from migrate.verify.disks.chunk_digests import Piece, chunk_digests, differing_ranges
from migrate.verify.disks.expected_content import Captured
from migrate.verify.disks.read_back import (
    PLAIN_FORMATS,
    Qcow2File,
    image_bytes,
    path_bytes,
    path_places,
    path_size,
    spool,
)
from migrate.verify.evidence import Proof


def ignore(_: int) -> None:
    """For callers that do not count bytes."""


class DiskCheck(Record, frozen=True, kw_only=True):
    """The result: without differences the disk is the same. `read_bytes`: at the target, 0 if its own hash sufficed."""

    proof: Proof
    differences: tuple[str, ...] = ()
    read_bytes: int = 0


def verify_image_file(
    images: Images,
    image_id: str,
    captured: Captured,
    *,
    reread: bool = False,
    stop: StopFlag | None = None,
    advanced: Callable[[int], None] = ignore,
) -> DiskCheck:
    """Compares an image's file, byte for byte, with a manifest of content `file`.

    Equal hashes of both servers suffice without reading, unless `reread`. If one is missing or they differ, the file is
    read back and differing ranges are named. A read that gives the source server's hash is also proof of the first
    rank.
    """
    manifest = _checked(captured)
    image = images.image(image_id)
    facts = _unequal(("size_bytes", manifest.size_bytes, image.size_bytes))
    facts += _unequal(("disk_format", manifest.origin.image_format, image.disk_format))
    hashes, differing = _server_hashes(image, manifest)
    if hashes and not differing and not reread:
        return DiskCheck(proof=Proof.SOURCE_HASH, differences=facts)
    algo, expected = _source_hash(manifest)
    own = hashlib.new(algo, usedforsecurity=False) if algo else None
    chunks = image_bytes(images, image_id, image.size_bytes, stop=stop or StopFlag(), advanced=advanced)
    found = chunk_digests(_hashed(chunks, own), manifest.size_bytes)
    differences = facts + differing + differing_ranges(manifest, captured.digests(), found)
    proved = own is not None and own.hexdigest() == expected
    if own is not None and not proved:
        differences += _unequal((f"{algo} of the bytes", expected, own.hexdigest()))
    proof = Proof.SOURCE_HASH if proved else Proof.REREAD
    return DiskCheck(proof=proof, differences=differences, read_bytes=image.size_bytes)


def verify_disk(
    images: Images,
    image_id: str,
    captured: Captured,
    spool_dir: Path,
    *,
    may_be_larger: bool = False,
    stop: StopFlag | None = None,
    advanced: Callable[[int], None] = ignore,
) -> DiskCheck:
    """Reads the disk inside an image back and compares it, chunk by chunk, with a manifest of content `disk`.

    Args:    may_be_larger: for a volume, which has whole GiB; bytes after the disk's end must be zeros.
    Returns: differences such as `bytes 4194304-8388607`, neighbours joined.
    Raises:  Unsupported DCP-706: unsupported format.  TransientError, Cancelled, FatalError (spool full).
    """
    _checked(captured)
    image = images.image(image_id)
    stop = stop or StopFlag()
    chunks = image_bytes(images, image_id, image.size_bytes, stop=stop, advanced=advanced)
    if image.disk_format in PLAIN_FORMATS:
        differences = _compare(captured, image.size_bytes, chunks, may_be_larger=may_be_larger)
    elif image.disk_format == "qcow2":
        try:
            with tempfile.TemporaryFile(dir=spool_dir, prefix="verify-") as file:
                spool(chunks, file)
                try:
                    disk = Qcow2File(file)
                    differences = _compare(captured, disk.size_bytes, disk.pieces(), may_be_larger=may_be_larger)
                except ReadBackDamaged as err:  # other damage is in the store, not at the target
                    differences = (f"file: a whole qcow2 ≠ {err.facts.get('why')}",)
        except OSError as err:
            # Closing may fail too, if there is no space for buffered data.
            raise FatalError(codes.CANNOT_WRITE, path=str(spool_dir), why=err.strerror or str(err)) from err
    else:
        raise Unsupported(codes.READ_BACK_FORMAT, format=image.disk_format)
    return DiskCheck(proof=Proof.REREAD, differences=differences, read_bytes=image.size_bytes)


def verify_path(
    path: Path,
    captured: Captured,
    *,
    may_be_larger: bool = False,
    stop: StopFlag | None = None,
    advanced: Callable[[int], None] = ignore,
) -> DiskCheck:
    """Reads a device or raw file of this machine and compares it like `verify_disk`.

    Raises: ItemError DCP-418: it cannot be read.  Cancelled.
    """
    _checked(captured)
    size_bytes = path_size(path)
    chunks = path_bytes(path, stop=stop or StopFlag(), advanced=advanced)
    differences = _compare(captured, size_bytes, chunks, may_be_larger=may_be_larger)
    return DiskCheck(proof=Proof.REREAD, differences=differences, read_bytes=size_bytes)


def verify_changes(path: Path, captured: Captured, before: Captured, *, stop: StopFlag | None = None) -> DiskCheck:
    """Like `verify_path`, for a device that was compared with the earlier pass `before`, of the same length, and into
    which nothing was written since but what differs from it: reads that only.

    Raises: ItemError DCP-418: it cannot be read.  Cancelled.
    """
    manifest, stop = _checked(captured), stop or StopFlag()
    size_bytes, read_bytes = path_size(path), 0

    def found() -> Iterator[tuple[bytes, int]]:
        nonlocal read_bytes
        with path_places(path) as read:
            for number, (old, new) in enumerate(zip(before.digests(), captured.digests(), strict=True)):
                at = number * CHUNK_BYTES
                size = min(CHUNK_BYTES, manifest.size_bytes - at)
                if old == new:
                    yield new, size
                    continue
                stop.check()
                read_bytes += size
                yield next(chunk_digests([read(at, size)], size), (b"", size))

    differences = differing_ranges(manifest, captured.digests(), found())
    if size_bytes < manifest.size_bytes or before.manifest.size_bytes != manifest.size_bytes:
        differences += _unequal(("size_bytes", manifest.size_bytes, size_bytes))
    return DiskCheck(proof=Proof.REREAD, differences=differences, read_bytes=read_bytes)


# ---------------------------------------------------------------- comparing


def _compare(captured: Captured, size_bytes: int, pieces: Iterable[Piece], *, may_be_larger: bool) -> tuple[str, ...]:
    manifest = captured.manifest
    right = size_bytes >= manifest.size_bytes if may_be_larger else size_bytes == manifest.size_bytes
    size = () if right else _unequal(("size_bytes", manifest.size_bytes, size_bytes))
    return size + differing_ranges(manifest, captured.digests(), chunk_digests(pieces, manifest.size_bytes))


def _checked(captured: Captured) -> DiskManifest:
    """The manifest, checked for contradictions. Raises IntegrityError DCP-708."""
    try:
        check_shape(captured.manifest)
    except IntegrityError as err:
        raise IntegrityError(codes.MANIFEST_CONTRADICTS, disk=captured.manifest.disk) from err
    return captured.manifest


# ---------------------------------------------------------------- the servers' own hashes


def _server_hashes(image: Image, manifest: DiskManifest) -> tuple[bool, tuple[str, ...]]:
    """Whether both servers have a hash of the same kind, and the difference."""
    origin = manifest.origin
    if origin.hash_value and image.hash_value and origin.hash_algo == image.hash_algo:
        return True, _unequal((f"{origin.hash_algo}", origin.hash_value, image.hash_value))
    if origin.checksum and image.checksum:
        return True, _unequal(("checksum", origin.checksum, image.checksum))
    return False, ()


def _source_hash(manifest: DiskManifest) -> tuple[str, str]:
    """Algorithm and value of the source server's best hash; two empty strings if there is no known one."""
    origin = manifest.origin
    if origin.hash_value and origin.hash_algo in hashlib.algorithms_available:
        return origin.hash_algo or "", origin.hash_value
    return ("md5", origin.checksum) if origin.checksum else ("", "")


def _hashed(chunks: Iterable[bytes], own: "hashlib._Hash | None") -> Iterator[Piece]:
    for chunk in chunks:
        if own is not None:
            own.update(chunk)
        yield chunk


def _unequal(*facts: tuple[str, object, object]) -> tuple[str, ...]:
    return tuple(f"{name}: {source} ≠ {target}" for name, source, target in facts if source != target)
