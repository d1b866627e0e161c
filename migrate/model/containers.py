"""Containers and objects, and where they lie at an S3 store."""

import msgspec

from migrate.model.records import Record


class OddObjects(Record, frozen=True, kw_only=True):
    """How many objects of a container are odd in one way, and the name of one of them. `why`: which way."""

    why: str
    objects: int
    example: str


class LostHeaders(Record, frozen=True, kw_only=True):
    """Objects of a container that have a header which an S3 store cannot hold, and the names of some of them.

    `header`: its kind (`migrate.model.s3_objects.header_kind`).
    """

    header: str
    objects: int
    examples: tuple[str, ...]


class Container(Record, frozen=True, kw_only=True):
    """A container as a summary; objects are listed when they are needed, never kept here.

    `headers` are the settable ones in lower case (metadata, ACL, quotas, web, versions); `mark` is ours, if any.
    `odd`: what a scan that looked through the listings has found; absent where none did. `lost_headers`: what one that
    asked for the headers of objects has found that S3 cannot hold; absent likewise. `sampled`: of how many, where it
    was not of all.
    """

    name: str
    objects: int = 0
    size_bytes: int = 0
    headers: dict[str, str] = {}
    storage_policy: str | None = None
    mark: str | None = None
    odd: tuple[OddObjects, ...] | msgspec.UnsetType = msgspec.UNSET
    lost_headers: tuple[LostHeaders, ...] | msgspec.UnsetType = msgspec.UNSET
    sampled: int | msgspec.UnsetType = msgspec.UNSET


class S3Settings(Record, frozen=True, kw_only=True):
    """Where an S3 store is and as whom it is asked; no secret in it.

    `endpoint`: its URL, empty for AWS's own of the region.   `region`: empty for the profile's, else us-east-1.
    `profile`: of ~/.aws, empty for the usual chain (environment, files, instance).   `style`: `path` or `virtual`.
    """

    endpoint: str = ""
    region: str = ""
    profile: str = ""
    style: str = "path"


class S3Place(Record, frozen=True, kw_only=True):
    """Where a container's objects are at an S3 store: a bucket, and what their keys begin with there."""

    bucket: str
    prefix: str = ""


class ObjectEntry(Record, frozen=True, kw_only=True):
    """A line of a container listing. `slo_etag`: of a static large object, where the service tells it.

    `content_type` may be empty: not told (S3). Of a large object or a link, `etag` is that of the manifest or of
    nothing.
    """

    name: str
    size_bytes: int
    etag: str
    content_type: str = "application/octet-stream"
    last_modified: str = ""
    slo_etag: str = ""
    is_link: bool = False


ON_S3 = "containers-on-s3"
"""Among the services of a target whose containers are looked for at the S3 service that the policy names.

No catalogue has that word; `s3` is in some, of clouds whose containers are Swift's all the same.
"""
