"""The object-store port: containers and objects. Optional features of some stores have ports of their own."""

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
    """One segment of a static large object, as listed in its manifest; `range` is `first-last` or None.

    `data`: base64 of bytes stored in the manifest itself; such a segment has no container, name or ETag.
    """

    container: str = ""
    name: str = ""
    size_bytes: int = 0
    etag: str = ""
    range: str | None = None
    data: str | None = None


class ObjectInfo(Record, frozen=True, kw_only=True):
    """The stored form of an object, not the target of a link or manifest. `etag` without quotes.

    A plain object has its size and the MD5 of its body. A dynamic large object (`x-object-manifest`) and a symbolic
    link (`x-symlink-target`) have their own, mostly empty, body. A static large object (`is_slo`) has `segments`; its
    size is their sum, its ETag the MD5 of their joined ETags.

    `headers`: x-object-meta-*, content-encoding, content-disposition, cache-control, content-language, expires,
    x-delete-at, x-robots-tag, x-object-manifest, x-symlink-target, x-symlink-target-account, x-symlink-target-etag;
    lower-case keys, values as text (decoded as UTF-8). `expires_on`: a day prepared with `Expiring.ensure`, used only
    by `put` and `Multipart.begin`; no store returns it here.
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
    """One version of an object in a versioned container. A delete marker has no content.

    `etag`: the same as in the ObjectInfo that `get` returns for `version_id`.
    """

    name: str
    version_id: str
    size_bytes: int = 0
    etag: str = ""
    last_modified: str = ""
    is_latest: bool = False
    is_delete_marker: bool = False


class Upload(Record, frozen=True, kw_only=True):
    """A multipart upload in progress. `started_at`: in the store's own format."""

    name: str
    upload_id: str
    started_at: str = ""


class Orphan(Record, frozen=True, kw_only=True):
    """A file in a store that belongs to no object. `name`: its path in the container."""

    name: str
    size_bytes: int


class Part(Record, frozen=True, kw_only=True):
    """An uploaded part. `etag`: the MD5 of its bytes, without quotes."""

    number: int
    size_bytes: int
    etag: str


LISTING_PAGE = 10_000
"""The number of names requested per page; a server may return fewer."""


class ObjectStore(Protocol):
    """Containers and objects. Names are any UTF-8; listings are sorted by the bytes of the name."""

    multipart: "Multipart | None"
    """Multipart uploads, for stores with large objects made of parts (S3); None if segments are objects (Swift)."""

    settings: "BucketSettings | None"
    """Bucket settings that replace some container headers (S3); None if containers have headers."""

    expiring: "Expiring | None"
    """Object expiry by bucket rules (S3); None if each object has its own expiry, or none is possible."""

    is_remote: bool
    """Whether bytes cross a network: then a put includes an MD5, so that the server rejects changed bytes."""

    orphans: "Orphans | None"
    """Leftovers of killed processes that listings do not show (a folder); None if there cannot be any."""

    def containers(self) -> list[Container]: ...

    def container(self, name: str) -> Container:
        """One container with its settable headers; signing keys appear with an empty value. Raises NotFound."""

    def free_bytes(self, container: str) -> int | None:
        """The remaining space of the container; None if the store does not report it."""

    def account_quota(self) -> Quota | None:
        """The quota for all containers together, in bytes; None if it does not exist or is hidden."""

    def signing_keys(self, name: str) -> dict[str, str]:
        """The container's temporary-URL and sync keys, only for `put_container`: never store, show or log them."""

    def put_container(self, name: str, headers: dict[str, str]) -> None:
        """Creates the container or updates these headers, without empty values. Idempotent.

        `x-remove-NAME` with any value removes the header `x-NAME`, as in Swift.
        """

    def entries(self, container: str, prefix: str = "", marker: str = "", until: str = "") -> Iterator[ObjectEntry]:
        """The listing after `marker` up to and including `until` (empty: to the end). Raises NotFound for the
        container.

        Pages of LISTING_PAGE names are requested as needed, and no more of them than necessary: a single one for up to
        LISTING_PAGE names.
        """

    def versions(self, container: str) -> Iterator[Version]:
        """All versions of all objects; those of one name from newest to oldest. Raises Unsupported."""

    def head(self, container: str, name: str) -> ObjectInfo:
        """The record of an object: one request, two for a static large object. Raises NotFound."""

    def get(
        self, container: str, name: str, version_id: str = ""
    ) -> AbstractContextManager[tuple[ObjectInfo, Iterator[bytes]]]:
        """The object's record and its own body, in one request. Raises TransientError if the body is short.

        A static large object comes with its segments and no body.
        """

    def read(self, container: str, name: str, start: int, end: int) -> AbstractContextManager[Iterator[bytes]]:
        """Bytes [start, end) of the content: joins a large object's segments, and follows links.

        Raises TransientError if fewer bytes arrive; NotFound, also for segments and link targets.
        """

    def put(self, container: str, info: ObjectInfo, chunks: Iterable[bytes]) -> str:
        """Stores `info.size_bytes` bytes with `info`'s type and headers, all or nothing; returns the ETag.

        With a non-empty `info.etag` (MD5 of the body) the server refuses other bytes: IntegrityError. A link that names
        its target's ETag is Refused if the target is missing or different; for a static large object that is the listed
        ETag (`ObjectEntry.etag`), which differs between clouds.
        """

    def put_manifest(self, container: str, info: ObjectInfo) -> str:
        """Writes a static large object over the existing `info.segments`; returns the ETag of the whole.

        The server checks size and ETag of each segment: Refused or IntegrityError. Unsupported by stores with
        `multipart`.
        """

    def delete(self, container: str, name: str) -> None:
        """Deletes the object (of a large one, only the manifest). Accepts a missing one."""


class Multipart(Protocol):
    """Large objects made of parts, in stores that support it. Part numbers start at 1."""

    least_part_bytes: int
    """The minimum size of all parts except the last."""

    def begin(self, container: str, info: ObjectInfo) -> str:
        """Begins an upload of the object with `info`'s type and headers; returns the upload id."""

    def unfinished(self, container: str, name: str = "") -> list[Upload]:
        """Unfinished uploads of this name (empty: of the whole container), oldest first."""

    def parts(self, container: str, name: str, upload_id: str) -> list[Part]:
        """The uploaded parts, by number. Raises NotFound: no such upload."""

    def put_part(self, container: str, name: str, upload_id: str, part: Part, chunks: Iterable[bytes]) -> Part:
        """Uploads one part, replacing an earlier one; returns it as stored.

        If `part` has an ETag (MD5), other bytes are refused: IntegrityError.
        """

    def finish(self, container: str, name: str, upload_id: str, parts: Sequence[Part]) -> str:
        """Completes the object from its parts; returns its ETag. Raises NotFound: unknown or finished upload."""

    def abort(self, container: str, name: str, upload_id: str) -> None:
        """Aborts the upload and deletes its parts. Accepts a missing upload."""


class BucketSettings(Protocol):
    """CORS rules and website settings of a bucket, expressed as container headers (`migrate.model.bucket_headers`)."""

    def there(self, container: str) -> dict[str, str]:
        """The bucket's current settings; empty if the store does not support them."""

    def put(self, container: str, headers: Mapping[str, str]) -> None:
        """Applies the settings, except over those of somebody else or in a store that refuses them. Idempotent."""


class Expiring(Protocol):
    """Objects that the store deletes on a given day: `YYYY-MM-DD`, at 00:00 UTC."""

    def ensure(self, container: str, day: str) -> bool:
        """Ensures that a rule deletes exactly the objects stored with `expires_on=day`. Idempotent.

        False: the store has no such rules, no room for more, or misread this one (it was removed again).
        """

    def stop_expiring(self, container: str) -> None:
        """Makes `ensure` return False from now on, for a store that accepts an object's day but does not keep it."""

    def days(self, container: str) -> frozenset[str]:
        """The days that have a rule."""

    def day_of(self, container: str, name: str) -> str:
        """The day that an object was stored with; empty for none."""


class Orphans(Protocol):
    """Leftovers of killed processes in an ObjectStore. Excludes files that another process may be writing."""

    def find(self, container: str) -> list[Orphan]:
        """The container's orphans, sorted by name; empty for a missing container."""

    def remove(self, container: str, orphan: Orphan) -> None:
        """Removes the file if it is still an orphan. Accepts a missing one."""
