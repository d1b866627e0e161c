"""Copies a large object to a store with multipart uploads (S3): finished parts survive a kill.

A part is a segment, or several if they are smaller than the store's minimum. The MD5 of a part with one plain segment
is known from the source, and the server rejects other bytes; for several segments it is computed on the way and
compared with the store's. Existing parts are not sent again.
"""

import base64
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass

from migrate.clouds.ports import Multipart, ObjectInfo, ObjectStore, Part, Segment
from migrate.clouds.segment_etag import length
from migrate.errors import IntegrityError, NotFound, TransientError
from migrate.messages import codes
from migrate.model.s3_objects import multipart_etag, split_representable
from migrate.objects.listing.object_rows import encoded
from migrate.pool import Tally

MOST_PARTS = 10_000


@dataclass(frozen=True)
class Piece:
    """A part to be sent: bytes [`start`, `end`) of the whole object. `etag`: its MD5, empty if unknown."""

    number: int
    start: int
    end: int
    etag: str = ""


def pieces(segments: Iterable[Segment], least_bytes: int, total_bytes: int) -> list[Piece]:
    """The object divided at segment ends, with parts of at least the minimum size, and no more than a store accepts."""
    least = max(least_bytes, -(-total_bytes // MOST_PARTS))
    found: list[Piece] = []
    start = at = 0
    alone: str | None = None
    for segment in segments:
        alone = _md5_of(segment) if at == start else ""
        at += length(segment)
        if at - start >= least:
            found.append(Piece(len(found) + 1, start, at, alone))
            start = at
    if at > start or not found:
        found.append(Piece(len(found) + 1, start, at, alone or ""))
    return found


def _md5_of(segment: Segment) -> str:
    """The MD5 of a plain whole segment; unknown for nested ones and ranges."""
    if segment.data is not None:
        return hashlib.md5(base64.b64decode(segment.data), usedforsecurity=False).hexdigest()
    return "" if segment.range else segment.etag


def expected_etag(info: ObjectInfo, target: ObjectStore) -> str:
    """The future ETag of the object at the target, empty if unpredictable."""
    assert target.multipart is not None
    found = pieces(info.segments, target.multipart.least_part_bytes, info.size_bytes)
    return multipart_etag([piece.etag for piece in found]) if all(len(piece.etag) == 32 for piece in found) else ""


def segments_digest(info: ObjectInfo) -> str:
    """A digest that identifies the bytes of a large object by its segments, without reading them."""
    return hashlib.md5(b"".join(map(encoded, info.segments)), usedforsecurity=False).hexdigest()


@dataclass(frozen=True)
class Assembly:
    """One multipart object at the target. `will_be`: called with its ETag before it exists."""

    source: ObjectStore
    target: ObjectStore
    container: str
    info: ObjectInfo
    tally: Tally
    check_running: Callable[[], None]
    will_be: Callable[[str], None]

    def send(self, *, resumes: bool) -> str:
        """Sends the missing parts and completes the object; returns its ETag.

        With `resumes` it continues an earlier upload of that name, and discards any other.
        Raises: NotFound: the object is gone at the source.   IntegrityError: a part differs from what was sent.
        """
        wanted = pieces(self.info.segments, self._parts.least_part_bytes, self.info.size_bytes)
        upload_id, found = self._resumed(resumes=resumes)
        there = found or {}
        done: list[Part] = []
        for piece in wanted:
            part = there.get(piece.number)
            if part is None or not _fits(part, piece):
                part = self._send_part(upload_id, piece)
            else:
                self.tally.add(piece.end - piece.start)
            done.append(part)
        expected = multipart_etag([part.etag for part in done])
        self.will_be(expected)
        self.check_running()
        etag = self._finished(upload_id, done, expected)
        if etag != expected:
            what = f"object {self.container}/{self.info.name}"
            raise IntegrityError(codes.BYTES_DIFFER, what=what, expected=expected, got=etag)
        if found is not None and not has_same_headers(self.info, self.target.head(self.container, self.info.name)):
            # The upload was begun with other headers, which no store reveals in advance.
            return self.send(resumes=False)
        return etag

    @property
    def _parts(self) -> Multipart:
        assert self.target.multipart is not None
        return self.target.multipart

    def _finished(self, upload_id: str, done: list[Part], expected: str) -> str:
        """Completes the upload and returns the ETag. If an answer was lost, the object exists and the
        upload does not.
        """
        name = self.info.name
        try:
            return self._parts.finish(self.container, name, upload_id, done)
        except (TransientError, NotFound):
            with suppress(NotFound):
                there = self.target.head(self.container, name)
                if (there.etag, there.size_bytes) == (expected, self.info.size_bytes):
                    return expected
            raise

    def _resumed(self, *, resumes: bool) -> tuple[str, dict[int, Part] | None]:
        """The upload to continue and its parts; None for a new one.

        If we have begun none, existing uploads of that name belong to somebody else.
        """
        name, parts = self.info.name, self._parts
        open_uploads = parts.unfinished(self.container, name) if resumes else []
        for stale in open_uploads[:-1]:
            self.check_running()
            parts.abort(self.container, name, stale.upload_id)
        if open_uploads:
            upload_id = open_uploads[-1].upload_id
            try:
                return upload_id, {part.number: part for part in parts.parts(self.container, name, upload_id)}
            except NotFound:
                pass  # aborted by somebody meanwhile
        self.check_running()
        return parts.begin(self.container, self.info), None

    def _send_part(self, upload_id: str, piece: Piece) -> Part:
        size, name = piece.end - piece.start, self.info.name
        reading = self.source.read(self.container, name, piece.start, piece.end) if size else nullcontext(iter(()))
        with reading as chunks:
            self.check_running()
            digest = None if piece.etag else hashlib.md5(usedforsecurity=False)
            counted = self.tally.counting(chunks if digest is None else _hashed(chunks, digest))
            wanted = Part(number=piece.number, size_bytes=size, etag=piece.etag)
            part = self._parts.put_part(self.container, name, upload_id, wanted, counted)
        expected = piece.etag or (digest.hexdigest() if digest else "")
        if part.etag != expected:
            what = f"part {piece.number} of {self.container}/{name}"
            raise IntegrityError(codes.BYTES_DIFFER, what=what, expected=expected, got=part.etag)
        return part


def has_same_headers(info: ObjectInfo, there: ObjectInfo) -> bool:
    """Whether type and headers match, as far as an S3 store can hold them."""
    wanted, found = (split_representable({**one.headers, "content-type": one.content_type})[0] for one in (info, there))
    return wanted == {key: value for key, value in found.items() if key != "content-type" or key in wanted}


def _fits(part: Part, piece: Piece) -> bool:
    """Whether an uploaded part can be reused. One with an unknown MD5 is sent again, as its content may differ."""
    return bool(piece.etag) and (part.size_bytes, part.etag) == (piece.end - piece.start, piece.etag)


def _hashed(chunks: Iterable[bytes], digest: "hashlib._Hash") -> Iterator[bytes]:
    for chunk in chunks:
        digest.update(chunk)
        yield chunk
