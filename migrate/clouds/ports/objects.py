"""Containers and objects, as the job needs them of an object store; what only some stores have is a port of its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

from migrate.model import (
    Container,
    ObjectEntry,
    Quota,
    Record,
)


class Segment(Record, frozen=True, kw_only=True):
    """One segment of a static large object, as its manifest lists it; `range` is `first-last` or None.

    `data`: base64 of bytes that live in the manifest itself; such a segment has no container, name or ETag.
    """

    container: str = ""
    name: str = ""
    size_bytes: int = 0
    etag: str = ""
    range: str | None = None
    data: str | None = None


class ObjectInfo(Record, frozen=True, kw_only=True):
    """What is stored under a name itself, never what it leads to. `etag` without quotes.

    A plain object: its size and the MD5 of its body. A dynamic large object (`x-object-manifest`) and a symbolic link
    (`x-symlink-target`) are their own, mostly empty, body. A static large object (`is_slo`) has its `segments`; its
    size is theirs together, its ETag the MD5 of theirs joined.

    `headers`: x-object-meta-*, content-encoding, content-disposition, cache-control, content-language, expires,
    x-delete-at, x-robots-tag, x-object-manifest, x-symlink-target, x-symlink-target-account, x-symlink-target-etag;
    lower-case keys, values as text (UTF-8 read back as such). `expires_on`: a day that
    `Expiring.ensure` has seen to; for `put` and `Multipart.begin` alone, no store tells it here.
    """

    name: str
    size_bytes: int
    etag: str
    content_type: str
    headers: dict[str, str] = {}
    is_slo: bool = False
    segments: tuple[Segment, ...] = ()
    expires_on: str = ""


class Version(Record, frozen=True, kw_only=True):
    """One version of an object in a container that keeps them. A delete marker has no content.

    `etag` is that of the ObjectInfo which `get` tells for `version_id`.
    """

    name: str
    version_id: str
    size_bytes: int = 0
    etag: str = ""
    last_modified: str = ""
    is_latest: bool = False
    is_delete_marker: bool = False


class Upload(Record, frozen=True, kw_only=True):
    """A multipart upload that was begun and neither finished nor aborted. `started_at` as the store tells it."""

    name: str
    upload_id: str
    started_at: str = ""


class Orphan(Record, frozen=True, kw_only=True):
    """A file in a store that is no object's. `name`: its place in the container, as the store calls it."""

    name: str
    size_bytes: int


class Part(Record, frozen=True, kw_only=True):
    """A part of an upload that the store holds. `etag`: the MD5 of its bytes, without quotes."""

    number: int
    size_bytes: int
    etag: str


LISTING_PAGE = 10_000
"""Names that are asked for in one request of a listing; a server may give fewer."""


class ObjectStore(Protocol):
    """Containers and objects. Names are any UTF-8; listings are sorted by the bytes of the name."""

    multipart: "Multipart | None"
    """How large objects are made where they are made of parts (S3); None where segments stay objects (Swift)."""

    settings: "BucketSettings | None"
    """What a bucket has in place of some headers of a container (S3); None where a container has its headers."""

    expiring: "Expiring | None"
    """How objects end by rules of their bucket (S3); None where each has its own time, or there is no such thing."""

    is_remote: bool
    """Whether bytes cross a line on their way: then a put is worth the MD5 by which the server refuses other ones."""

    orphans: "Orphans | None"
    """What kills leave where no listing shows it (a folder); None where there can be no such thing."""

    def containers(self) -> list[Container]: ...

    def container(self, name: str) -> Container:
        """One container with its settable headers; keys that sign are told by an empty value. Raises NotFound."""

    def free_bytes(self, container: str) -> int | None:
        """How much more the container can hold as things stand, as far as the store tells us; None: it does not."""

    def account_quota(self) -> Quota | None:
        """What all containers may hold together, in bytes; None: there is no such quota, or it is not shown to us."""

    def signing_keys(self, name: str) -> dict[str, str]:
        """The container's temporary-URL and sync keys, for `put_container` alone: never to be kept, shown or logged."""

    def put_container(self, name: str, headers: dict[str, str]) -> None:
        """Creates the container or updates these headers; an empty value is left out. Repeating it changes nothing.

        `x-remove-NAME` with any value takes the header `x-NAME` away, as at Swift.
        """

    def entries(self, container: str, prefix: str = "", marker: str = "", until: str = "") -> Iterator[ObjectEntry]:
        """The listing behind `marker` up to `until` (included; empty: to the end). Raises NotFound for the container.

        Asks page by page as it is consumed, LISTING_PAGE names at a time, and no page more than it must: one for up to
        LISTING_PAGE names.
        """

    def versions(self, container: str) -> Iterator[Version]:
        """All versions of all objects, those of one name from the newest to the oldest. Raises Unsupported."""

    def head(self, container: str, name: str) -> ObjectInfo:
        """What is stored under the name: one request, a second one for a static large object. Raises NotFound."""

    def get(
        self, container: str, name: str, version_id: str = ""
    ) -> AbstractContextManager[tuple[ObjectInfo, Iterator[bytes]]]:
        """What is stored under the name, and its own body, in one request. Short of its length: TransientError.

        A static large object comes with its segments and no body.
        """

    def read(self, container: str, name: str, start: int, end: int) -> AbstractContextManager[Iterator[bytes]]:
        """Bytes [start, end) of what the name leads to: the joined segments of a large object, the target of a link.

        Short of what was asked: TransientError. Raises NotFound, for what it leads to as well.
        """

    def put(self, container: str, info: ObjectInfo, chunks: Iterable[bytes]) -> str:
        """Stores `info.size_bytes` bytes with `info`'s type and headers, all or nothing; returns the ETag.

        A non-empty `info.etag` (MD5 of the body) makes the server refuse other bytes: IntegrityError. A link that
        names its target's ETag is Refused where that target is not there, or is another; of a static large object it
        is the ETag that a listing shows (`ObjectEntry.etag`), which differs from cloud to cloud.
        """

    def put_manifest(self, container: str, info: ObjectInfo) -> str:
        """Writes a static large object over `info.segments`, which are there; returns the ETag of the whole.

        The server checks size and ETag of each segment: Refused or IntegrityError. Unsupported where `multipart` is.
        """

    def delete(self, container: str, name: str) -> None:
        """Removes the object (of a large one the manifest alone). One that is gone already is no error."""


class Multipart(Protocol):
    """Large objects out of parts, of an ObjectStore that has them. Numbers begin with 1."""

    least_part_bytes: int
    """Every part but the last is at least so large."""

    def begin(self, container: str, info: ObjectInfo) -> str:
        """Begins an upload of the object with `info`'s type and headers, returns its id."""

    def unfinished(self, container: str, name: str = "") -> list[Upload]:
        """Uploads of that name (empty: of the whole container) that nobody has ended, oldest first."""

    def parts(self, container: str, name: str, upload_id: str) -> list[Part]:
        """The parts that are there, by number. Raises NotFound: no such upload."""

    def put_part(
        self,
        container: str,
        name: str,
        upload_id: str,
        number: int,
        size_bytes: int,
        etag: str,
        chunks: Iterable[bytes],
    ) -> Part:
        """Stores one part; with `etag` (its MD5) other bytes are refused: IntegrityError. Repeating it replaces."""

    def finish(self, container: str, name: str, upload_id: str, parts: Sequence[Part]) -> str:
        """Makes the object out of the parts, returns its ETag. Raises NotFound: no such upload (or finished before)."""

    def abort(self, container: str, name: str, upload_id: str) -> None:
        """Throws the upload and its parts away. One that is gone already is no error."""


class BucketSettings(Protocol):
    """A bucket's CORS rules and web site, told as the headers of a container (`migrate.model.s3_buckets`)."""

    def there(self, container: str) -> dict[str, str]:
        """What the bucket has; a store that knows no such settings has none."""

    def put(self, container: str, headers: Mapping[str, str]) -> None:
        """Sets them where nobody else has; a store that refuses goes without. Repeating it changes nothing."""


class Expiring(Protocol):
    """Objects that the store deletes by itself, by whole days: `YYYY-MM-DD`, at 00:00 UTC."""

    def ensure(self, container: str, day: str) -> bool:
        """Sees to a rule that deletes what is put with `expires_on=day`, and nothing else. May be repeated.

        False: the store has no such rules, takes no more of them, or has not understood this one (it is gone again).
        """

    def stop_expiring(self, container: str) -> None:
        """From now on `ensure` says False: the store takes a day with an object and does not keep it."""

    def days(self, container: str) -> frozenset[str]:
        """The days that have a rule now."""

    def day_of(self, container: str, name: str) -> str:
        """The day that an object was put with; empty for none."""


class Orphans(Protocol):
    """What a process that was killed left in an ObjectStore. Never what another one may be writing."""

    def find(self, container: str) -> list[Orphan]:
        """Sorted by name; none where there is no such container."""

    def remove(self, container: str, orphan: Orphan) -> None:
        """Removes it, if it is one still. One that is gone already is no error."""
