"""Copies one object unchanged: directly from the source's answer into the target's request.

The source's MD5 is sent as ETag, so that the target server rejects a changed body: nothing is hashed here. A static
large object stays one: its manifest is written over existing segments, and missing ones are copied first. A dynamic
large object and a symbolic link consist of their own, mostly empty, body and the header with their target.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from dataclasses import replace as replace_field
from urllib.parse import unquote

from msgspec.structs import replace

from migrate.clouds.ports import ObjectInfo, ObjectStore, Segment, Version
from migrate.clouds.segment_etag import whole_size
from migrate.errors import ConflictError, IntegrityError, NotFound, Refused, TransientError
from migrate.messages import codes
from migrate.model import ObjectEntry
from migrate.model.s3_objects import EXPIRES_AT, RULE, not_carried
from migrate.objects.copy.counters import Counts
from migrate.objects.copy.expiry_times import Expiry
from migrate.objects.copy.multipart_upload import Assembly, expected_etag, has_same_headers, segments_digest
from migrate.objects.copy.target_container import Containers
from migrate.objects.listing import skip_reasons
from migrate.objects.listing.object_rows import Facts, Row, Sending, row_of, row_sent
from migrate.objects.listing.row_files import PassFolder
from migrate.pool import Tally

DLO, LINK, LINK_ACCOUNT, LINK_ETAG = (
    "x-object-manifest",
    "x-symlink-target",
    "x-symlink-target-account",
    "x-symlink-target-etag",
)
Note = Callable[[Sending], None]
_DEEPEST = 10
"""The maximum nesting of large objects and links: servers allow no more. Anything deeper is a loop."""


@dataclass(frozen=True)
class Known:
    """Known facts of a name: the target's listing, contents possibly left by earlier passes, and the last row.

    `begun`: an interrupted pass began to write it, and may have left an upload. `made`: contents that such a pass may
    have assembled from parts, with the segments they came from (`multipart_upload.segments_digest`).
    """

    there: ObjectEntry | None = None
    ours: frozenset[Facts] = frozenset()
    then: Row | None = None
    begun: bool = False
    made: Mapping[Facts, str] = field(default_factory=dict)

    def is_found(self, there: ObjectInfo | ObjectEntry) -> bool:
        """Whether the object at the target comes from somebody else, as far as known."""
        if self.then is not None and self.then.found:
            return True
        etag = getattr(there, "slo_etag", "") or there.etag
        return not self.begun and (there.size_bytes, etag) not in self.ours


def known_too(known: Known, brought: ObjectInfo) -> Known:
    """The known facts, plus a segment copied meanwhile."""
    return replace_field(known, ours=known.ours | {(brought.size_bytes, brought.etag)})


class Left(Exception):
    """The object cannot be copied; `row` has the reason."""

    def __init__(self, row: Row) -> None:
        super().__init__(row.skip_reason)
        self.row = row


class SegmentLost(Exception):
    """A segment, or the target of a fixed link, is gone at the source: the object is unreadable there too."""


@dataclass
class Sender:
    """Sends objects of any container. Thread-safe.

    Args: project: the source's, whose account links may name.   check_running: called before each write.
          expiring: the handling of expiring objects if the target has no expiry times.
    """

    source: ObjectStore
    target: ObjectStore
    containers: Containers
    counts: Counts
    check_running: Callable[[], None]
    folder: PassFolder
    container: str
    project: str = ""
    expiring: str = RULE
    brought: dict[tuple[str, str], ObjectInfo] = field(default_factory=dict)
    """Segments of this container copied early for a large object."""
    begun: set[tuple[str, str]] = field(default_factory=set)
    """Multipart objects begun by this pass."""
    expiry: Expiry = field(init=False)

    def __post_init__(self) -> None:
        self.expiry = Expiry(self.target, self.check_running, self.expiring)

    def send(self, container: str, entry: ObjectEntry, known: Known, tally: Tally, note: Note) -> Row:
        """Copies the current object to the target.

        Args:    note: called with what is about to be written.
        Returns: its row; with a skip reason if it cannot be copied.
        Raises:  NotFound: gone or expired at the source.   ConflictError DCP-506: a different object exists there.
        """
        try:
            with self.source.get(container, entry.name) as (found, chunks):
                info = self._portable(container, found, entry)
                if not (info.is_slo or self._is_assembled(info)):
                    return self._plain(container, entry, info, chunks, known, tally, note)
            return self._large(container, entry, info, known, tally, note)
        except Left as left:
            return left.row

    def with_dropped_headers(self, row: Row) -> Row:
        """The row, with the names of headers that the target's store cannot hold."""
        lossless = self.target.multipart is None or row.skip_reason or row.headers is None
        lost = () if lossless else not_carried(row.headers or {}, row.content_type)
        dropped = tuple(name for name in lost if not (name == EXPIRES_AT and row.expires_on))
        return row if row.dropped == dropped else replace(row, dropped=dropped)

    def send_version(self, container: str, version: Version) -> None:
        """Writes a version of an object as the target's newest; a delete marker becomes a delete."""
        if version.is_delete_marker:
            self.check_running()
            self.target.delete(container, version.name)
            return
        try:
            with self.source.get(container, version.name, version.version_id) as (info, chunks):
                if has_expired(info) or self._is_foreign(info):
                    return
                if not info.is_slo:
                    self._put(container, _without_account(info), chunks, Tally.uncounted())
        except NotFound:
            return  # expired
        except SegmentLost:
            self.counts.one("lost")
            return
        if info.is_slo:
            try:
                self._manifest(container, info, Tally.uncounted())
            except SegmentLost:
                self.counts.one("lost")
                return
        self.counts.sent(info.size_bytes)

    def skips_still(self, then: Row) -> bool:
        """Whether an unchanged object is still skipped because it expires; known without reading it."""
        return then.skip_reason == skip_reasons.EXPIRING and self.expiry.skips(then.headers or {})

    def is_settled(self, container: str, then: Row) -> bool:
        """Whether an object unchanged in the listings needs no further work.

        A dynamic large object that is joined at the target may have grown without a change in its own row. An expiring
        object may have lost its rule, or the policy may have changed.
        """
        has_bytes_elsewhere = self.target.multipart is not None and DLO in (then.headers or {})
        return not has_bytes_elsewhere and self.expiry.stands(container, then)

    def look(self, container: str, entry: ObjectEntry, known: Known) -> Row | None:
        """The row of an object that is already at the target; None if it must be sent."""
        source = self.source.head(container, entry.name)
        try:
            source = self._portable(container, source, entry)
        except Left as left:
            return left.row
        if self._is_assembled(source):
            return None
        target = self._target_head(container, entry.name)
        if target is None:
            return None
        if self.target.multipart is not None:
            etags = {
                source.etag,
                known.then.there if known.then and known.then.facts == (source.size_bytes, source.etag) else "",
            }
            is_same = (
                source.size_bytes == target.size_bytes and target.etag in etags and has_same_headers(source, target)
            )
            is_same = is_same and self.expiry.is_there(container, source)
            return row_sent(entry, source, target.etag, found=known.is_found(target)) if is_same else None
        if _facts(source) != _facts(target):
            return None
        if self._lacks_segments(source):
            return row_of(entry, skip_reason=skip_reasons.LOST)
        return row_sent(entry, source, found=known.is_found(target))

    def remove(self, container: str, row: Row) -> Row:
        """Removes our copy of an object that has vanished from the source; the row has the result.

        Checks both sides: listings lag, and a copy changed at the target is no longer ours. The row is unchanged if the
        source still has the object.
        """
        try:
            self.source.head(container, row.name)
        except NotFound:
            there = self._target_head(container, row.name)
            if there is None or not is_as_copied(self.target, row, there):
                return replace(row, skip_reason=skip_reasons.GONE)
            self.check_running()
            self.target.delete(container, row.name)
            return replace(row, skip_reason=skip_reasons.REMOVED)
        return row

    # ------------------------------------------------------------ plain objects, links, dynamic large objects

    def _plain(
        self,
        container: str,
        entry: ObjectEntry,
        info: ObjectInfo,
        chunks: Iterable[bytes],
        known: Known,
        tally: Tally,
        note: Note,
    ) -> Row:
        self._may_write(container, info, known)
        note(Sending(sending=info.name, size_bytes=info.size_bytes, etag=info.etag))
        try:
            info, etag = self._put(container, info, chunks, tally)
        except SegmentLost:
            return row_of(entry, skip_reason=skip_reasons.LOST)
        self.counts.sent(info.size_bytes)
        if self._lacks_segments(info):
            return row_of(entry, skip_reason=skip_reasons.LOST)
        return row_sent(entry, self.expiry.confirmed(container, info), etag)

    def _put(
        self, container: str, info: ObjectInfo, chunks: Iterable[bytes], tally: Tally, depth: int = 0
    ) -> tuple[ObjectInfo, str]:
        """Sends an object; returns the sent form and its ETag. Raises SegmentLost: a fixed link has lost its target."""
        self.check_running()
        try:
            return info, self.target.put(container, info, tally.counting(chunks))
        except (Refused, ConflictError, NotFound):
            if LINK_ETAG not in info.headers:
                raise
        info = self._over_its_target(info, tally, depth)
        self.check_running()
        return info, self.target.put(container, info, [])

    def _portable(self, container: str, info: ObjectInfo, entry: ObjectEntry) -> ObjectInfo:
        """The writable form of an object. Raises NotFound: expired; Left: a link, or skipped by choice."""
        if has_expired(info):
            raise NotFound(codes.GONE, kind="object", id=info.name)
        if self.expiry.skips(info.headers):
            raise Left(replace(row_of(entry, skip_reason=skip_reasons.EXPIRING), headers=info.headers))
        if LINK not in info.headers:
            return self.expiry.prepared(container, info)
        if self.target.multipart is not None:
            raise Left(row_of(entry, skip_reason=skip_reasons.REFUSED))
        if self._is_foreign(info):
            raise Left(row_of(entry, skip_reason=skip_reasons.FOREIGN))
        return _without_account(info) if LINK_ACCOUNT in info.headers else info

    def _is_foreign(self, info: ObjectInfo) -> bool:
        account = info.headers.get(LINK_ACCOUNT)
        return account is not None and (not self.project or not account.endswith(self.project))

    def _over_its_target(self, info: ObjectInfo, tally: Tally, depth: int) -> ObjectInfo:
        """Copies a fixed link's target first, and puts the target cloud's ETag into the link.

        Each cloud writes its own manifests, so a large object's ETag differs. Raises SegmentLost: the link's target is
        gone or different at the source.
        """
        container, _, name = unquote(info.headers[LINK]).partition("/")
        try:
            here = self.source.head(container, name)
        except NotFound as err:
            raise SegmentLost from err
        if not here.is_slo and LINK_ETAG not in here.headers and here.etag != info.headers[LINK_ETAG].strip('"'):
            raise SegmentLost
        self._bring(Segment(container=container, name=name, etag=here.etag), tally, depth + 1)
        listed = next(iter(self.target.entries(container, name, until=name)), None)
        etag = listed.etag if listed and listed.slo_etag else info.headers[LINK_ETAG]
        return replace(info, headers={**info.headers, LINK_ETAG: etag})

    def _lacks_segments(self, info: ObjectInfo) -> bool:
        """Whether a dynamic large object without content of its own has no segments."""
        if DLO not in info.headers or info.size_bytes:
            return False
        container, _, prefix = unquote(info.headers[DLO]).partition("/")
        try:
            return next(iter(self.source.entries(container, prefix)), None) is None
        except NotFound:
            return True

    def _may_write(self, container: str, info: ObjectInfo, known: Known) -> None:
        """Raises ConflictError if the existing object is neither this content nor one of our copies."""
        there = known.there
        if there is None:
            return
        facts = (there.size_bytes, there.slo_etag or there.etag)
        if facts in known.ours or facts == (info.size_bytes, info.etag):
            return
        if self.target.multipart is not None and (there.size_bytes, "") in known.ours:
            return  # an upload whose ETag was unknown at its start
        if not there.slo_etag and self.target.multipart is None:
            # A static large object whose listing row only describes its manifest.
            found = self._target_head(container, info.name)
            if found is None or (found.is_slo and (found.size_bytes, found.etag) in known.ours):
                return
        raise ConflictError(codes.NAME_TAKEN, kind="object", name=f"{container}/{info.name}")

    # ------------------------------------------------------------ large objects

    def _is_assembled(self, info: ObjectInfo) -> bool:
        """Whether the object's bytes are joined at the target, which has no manifests."""
        return self.target.multipart is not None and (info.is_slo or DLO in info.headers)

    def _large(
        self, container: str, entry: ObjectEntry, info: ObjectInfo, known: Known, tally: Tally, note: Note
    ) -> Row:
        if self.target.multipart is not None:
            return self._in_parts(container, entry, info, known, tally, note)
        there = self._target_head(container, info.name) if known.there is not None else None
        if there is not None and there.segments == info.segments and _facts(there) == _facts(info):
            return row_sent(entry, info, found=known.is_found(there))
        if there is None or (there.size_bytes, there.etag) not in known.ours:
            self._may_write(container, info, known)
        note(Sending(sending=info.name, size_bytes=info.size_bytes, etag=info.etag))
        try:
            self._manifest(container, info, tally)
        except SegmentLost:
            return row_of(entry, skip_reason=skip_reasons.LOST)
        self.counts.sent(0)
        return row_sent(entry, info)

    def _manifest(self, container: str, info: ObjectInfo, tally: Tally, depth: int = 0) -> None:
        """Writes the manifest over its segments, after copying missing ones. Raises SegmentLost."""
        self.check_running()
        try:
            self.target.put_manifest(container, info)
        except (Refused, NotFound, IntegrityError):
            # The server reports a missing or different segment. Once all exist, its answer is final.
            for segment in info.segments:
                self._bring(segment, tally, depth + 1)
            self.check_running()
            self.target.put_manifest(container, info)

    def _in_parts(
        self, container: str, entry: ObjectEntry, info: ObjectInfo, known: Known, tally: Tally, note: Note
    ) -> Row:
        """Sends all bytes of the object as one multipart upload."""
        segments = info.segments if info.is_slo else self._dynamic(info)
        whole = replace(info, size_bytes=whole_size(segments), segments=tuple(segments))
        if not segments:
            return row_of(entry, skip_reason=skip_reasons.LOST)
        expected = expected_etag(whole, self.target)
        if known.there is not None and self._is_there(container, whole, known, expected):
            self.counts.one("skipped")
            found = known.is_found(known.there)
            return row_sent(entry, whole, known.there.etag, found=found)
        self._may_write(container, replace(whole, etag=expected), known)

        note(Sending(sending=info.name, size_bytes=whole.size_bytes, etag=expected))

        def will_be(etag: str) -> None:
            note(Sending(sending=info.name, size_bytes=whole.size_bytes, etag=etag, of=segments_digest(whole)))

        resumes = known.begun or (container, info.name) in self.begun
        self.begun.add((container, info.name))
        assembly = Assembly(self.source, self.target, container, whole, tally, self.check_running, will_be)
        try:
            etag = assembly.send(resumes=resumes)
        except (NotFound, ConflictError, TransientError, IntegrityError) as err:
            plain = self._without_nested(info, segments)
            if plain is None:
                return row_of(entry, skip_reason=skip_reasons.LOST)
            if plain == whole.segments or not isinstance(err, IntegrityError):
                raise
            etag = replace_field(assembly, info=replace(whole, segments=plain)).send(resumes=True)
        if resumes and not self.expiry.is_there(container, whole):
            # The upload was begun with another expiry.
            etag = assembly.send(resumes=False)
        self.begun.discard((container, info.name))
        self.counts.sent(whole.size_bytes)
        return row_sent(entry, self.expiry.confirmed(container, whole), etag)

    def _is_there(self, container: str, whole: ObjectInfo, known: Known, expected: str) -> bool:
        """Whether the multipart object exists with its headers, judging by its ETag or by our record."""
        assert known.there is not None
        etags = {expected} - {""}
        if known.then is not None and known.then.segments == whole.segments:
            etags.add(known.then.there)
        etags |= {etag for (_, etag), digest in known.made.items() if digest == segments_digest(whole)}
        if known.there.etag not in etags or known.there.size_bytes != whole.size_bytes:
            return False
        there = self._target_head(container, whole.name)
        return there is not None and has_same_headers(whole, there) and self.expiry.is_there(container, whole)

    def _without_nested(self, info: ObjectInfo, segments: Iterable[Segment]) -> tuple[Segment, ...] | None:
        """The segments, without the ETags of nested large objects, which are not MD5s of their bytes.

        None: the source has lost or overwritten a segment, so that the object is unreadable there too.
        """
        found = []
        try:
            for segment in segments:
                here = None if segment.data is not None else self.source.head(segment.container, segment.name)
                is_plain = here is None or not (here.is_slo or here.headers.keys() & {DLO, LINK})
                if here and info.is_slo and (is_plain or here.is_slo) and segment.etag not in {here.etag, ""}:
                    return None
                found.append(segment if is_plain else replace(segment, etag=""))
        except NotFound:
            return None
        return tuple(found)

    def _dynamic(self, info: ObjectInfo) -> list[Segment]:
        container, _, prefix = unquote(info.headers[DLO]).partition("/")
        try:
            return [
                Segment(
                    container=container,
                    name=entry.name,
                    size_bytes=entry.size_bytes,
                    etag=entry.etag if not (entry.slo_etag or entry.is_link) else "",
                )
                for entry in self.source.entries(container, prefix)
            ]
        except NotFound:
            return []

    def _bring(self, segment: Segment, tally: Tally, depth: int) -> None:
        """Copies a whole segment to the target; it may be a large object itself.

        Raises: SegmentLost: gone or different at the source, too.   ConflictError DCP-506: a missing or different
                segment in a container that is not ours; a foreign object in its place.
        """
        if segment.data is not None:
            return
        if depth > _DEEPEST:
            raise SegmentLost
        container, name = segment.container, segment.name
        try:
            may_write = self.containers.for_segments(container)
            there = self._target_head(container, name)
            if there is not None and segment.etag in {there.etag, ""}:
                return
            with self.source.get(container, name) as (found, chunks):
                self._check_segment(segment, found)
                info = _without_account(found)
                if not may_write or (there is not None and not self._is_ours(container, there, info)):
                    raise ConflictError(codes.NAME_TAKEN, kind="object", name=f"{container}/{name}")
                note = Sending(sending=name, size_bytes=info.size_bytes, etag=info.etag)
                self.folder.note_brought(container, note)
                if not info.is_slo:
                    info, _ = self._put(container, info, chunks, tally, depth)
                    self.counts.sent(info.size_bytes)
            if info.is_slo:
                self._manifest(container, info, tally, depth)
                self.counts.sent(0)
        except NotFound as err:
            raise SegmentLost from err
        if container == self.container:
            self.brought[(container, name)] = info

    def _check_segment(self, segment: Segment, found: ObjectInfo) -> None:
        """Raises SegmentLost if the object does not match the manifest (targets of links are not checked)."""
        if has_expired(found) or self._is_foreign(found):
            raise SegmentLost
        if found.etag != segment.etag and segment.etag and not found.headers.keys() & {DLO, LINK}:
            raise SegmentLost

    def _is_ours(self, container: str, there: ObjectInfo, info: ObjectInfo) -> bool:
        facts = (there.size_bytes, there.etag)
        return facts == (info.size_bytes, info.etag) or facts in self.folder.known(container, info.name)

    def _target_head(self, container: str, name: str) -> ObjectInfo | None:
        try:
            return self.target.head(container, name)
        except NotFound:
            return None


def is_as_copied(target: ObjectStore, row: Row, there: ObjectInfo) -> bool:
    """Whether the object at the target is still the copy described by the row."""
    size, etag = row.facts
    copied = ObjectInfo(
        name=row.name,
        size_bytes=size,
        etag=row.there or etag,
        content_type=row.content_type,
        headers=row.headers or {},
        is_slo=bool(row.segments),
        segments=row.segments,
    )
    if target.multipart is not None:
        return (size, copied.etag) == (there.size_bytes, there.etag) and has_same_headers(copied, there)
    return _facts(copied) == _facts(there)


def has_expired(info: ObjectInfo) -> bool:
    """Whether the object has expired: servers still list it then, but refuse to store it again."""
    at = info.headers.get("x-delete-at", "")
    return at.isdecimal() and int(at) <= time.time()


def _facts(info: ObjectInfo) -> tuple[int, str, str, dict[str, str], bool, tuple[Segment, ...]]:
    return info.size_bytes, info.etag, info.content_type, info.headers, info.is_slo, info.segments


def _without_account(info: ObjectInfo) -> ObjectInfo:
    """The link without its account, which has another name at the target."""
    return replace(info, headers={key: value for key, value in info.headers.items() if key != LINK_ACCOUNT})
