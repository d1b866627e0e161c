"""Containers and objects, and their places on an S3 store."""

import msgspec

from migrate.model.records import Record


class OddObjects(Record, frozen=True, kw_only=True):
    """A kind of name or listing row that is refused: the number of such objects in a container, and one example."""

    why: str
    objects: int
    example: str


class LostHeaders(Record, frozen=True, kw_only=True):
    """Objects in a container with a header that an S3 store cannot hold, and some of their names.

    `header`: its kind (`migrate.model.s3_objects.header_kind`).
    """

    header: str
    objects: int
    examples: tuple[str, ...]


class Container(Record, frozen=True, kw_only=True):
    """A summary of a container; its objects are listed on demand and not stored here.

    `headers`: the settable ones in lower case (metadata, ACL, quotas, web, versions); `mark`: ours, if any.
    `odd`: objects with refused names, if a scan checked the listings. `lost_headers`: headers that S3 cannot hold, if a
    scan checked the objects' headers. `sampled`: the number of objects checked, unless all were.
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
    """The endpoint of an S3 store and the login to it, without secrets.

    `endpoint`: its URL, empty for AWS's own in the region.   `region`: empty for the profile's, else us-east-1.
    `profile`: one in ~/.aws, empty for the usual chain (environment, files, instance).   `style`: `path` or `virtual`.
    """

    endpoint: str = ""
    region: str = ""
    profile: str = ""
    style: str = "path"


class S3Place(Record, frozen=True, kw_only=True):
    """The place of a container's objects on an S3 store: a bucket and a prefix of the keys."""

    bucket: str
    prefix: str = ""


class ObjectEntry(Record, frozen=True, kw_only=True):
    """A row of a container listing. `slo_etag`: of a static large object, if the service reports it.

    `content_type`: empty if unknown (S3). For a large object or a link, `etag` is that of the manifest or of an empty
    body.
    """

    name: str
    size_bytes: int
    etag: str
    content_type: str = "application/octet-stream"
    last_modified: str = ""
    slo_etag: str = ""
    is_link: bool = False


ON_S3 = "containers-on-s3"
"""Listed among the services of a target whose containers are on the S3 service named in the policy.

No catalogue contains this word; some contain `s3`, although their containers are in Swift.
"""
