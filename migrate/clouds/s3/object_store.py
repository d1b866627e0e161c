"""Containers and objects at an S3 store: the object-store port over a table of buckets and key prefixes.

A bucket cannot hold a container's headers. Our mark is a bucket tag if the store supports tags; otherwise write access
is the only sign that a bucket is ours.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from migrate.clouds.http import MOST_NAMES, Pages, Response, exactly
from migrate.clouds.ports import BucketSettings, Expiring, Multipart, ObjectInfo, Orphans, Version
from migrate.clouds.s3.bucket_settings import S3BucketSettings
from migrate.clouds.s3.bucket_table import Places
from migrate.clouds.s3.expiry import S3Expiring
from migrate.clouds.s3.multipart import S3Multipart
from migrate.clouds.s3.signed_client import S3Client
from migrate.clouds.s3.xml_answers import Page, location_body, page, problem, tags, tags_body, unquoted, xml_headers
from migrate.errors import Denied, IntegrityError, NotFound, TransientError, Unsupported
from migrate.messages import codes
from migrate.model import MARK_KEY, Container, ObjectEntry, Quota, S3Place
from migrate.model.s3_objects import EXPIRY_TAG, content_md5, from_s3, split_representable, to_s3
from migrate.monitor import log

_MARK_HEADER = f"x-container-meta-{MARK_KEY}"
_DEFAULT_TYPE = "application/octet-stream"
_PAGE_KEYS = 1000
_NO_TAGS = 404
# A body up to this size is sent with its head in one go, and can be sent again.
_WHOLE_BYTES = 1 << 16
_ELSEWHERE = frozenset({"IllegalLocationConstraintException", "InvalidLocationConstraint"})
_NO_V2 = frozenset({"NotImplemented", "InvalidArgument", "InvalidRequest"})


class S3Store:
    """ports.ObjectStore. Containers are the names in `places`; those without a bucket do not exist."""

    def __init__(self, client: S3Client, places: Mapping[str, S3Place]) -> None:
        self._client, self._places = client, Places(places)
        self.is_remote = True
        self.orphans: Orphans | None = None
        self.settings: BucketSettings | None = S3BucketSettings(client, self._places)
        self.expiring: Expiring | None = S3Expiring(client, self._places)
        self.multipart: Multipart | None = S3Multipart(client, self._places, object_headers)
        self._page_of: Callable[[S3Place, str, str, str], Page] = self._page

    # ------------------------------------------------------------ containers

    def containers(self) -> list[Container]:
        """Containers with an existing, readable bucket; without counts, which S3 does not report."""
        there = {bucket for bucket in sorted({place.bucket for place in self._places}) if self._is_ours(bucket)}
        return [Container(name=name) for name, place in self._places.items() if place.bucket in there]

    def _is_ours(self, bucket: str) -> bool:
        try:
            return self._is_there(bucket)
        except Denied:
            return False

    def container(self, name: str) -> Container:
        place = self._places.of(name)
        if not self._is_there(place.bucket):
            raise NotFound(codes.GONE, kind="bucket", id=place.bucket)
        return Container(name=name, mark=self._tags(place.bucket).get(_mark_tag(place)))

    def free_bytes(self, container: str) -> int | None:
        """None: S3 does not report the capacity of buckets and accounts."""
        return None

    def account_quota(self) -> Quota | None:
        return None

    def signing_keys(self, name: str) -> dict[str, str]:
        """Empty: S3 signs with the account's own keys."""
        return {}

    def put_container(self, name: str, headers: dict[str, str]) -> None:
        """Creates the bucket if missing. Keeps only the mark from the headers, as a tag if the store supports tags."""
        place = self._places.of(name)
        if not self._is_there(place.bucket):
            self._make(place.bucket)
        if headers.get(_MARK_HEADER):
            self._tag(place.bucket, _mark_tag(place), headers[_MARK_HEADER])

    def _is_there(self, bucket: str) -> bool:
        answer = self._client.ask("HEAD", bucket)
        if answer.status in {400, 403}:
            # HEAD gives no reason; a listing does, or is allowed where HEAD is not.
            answer = self._client.ask("GET", bucket, query={"list-type": "2", "max-keys": "1"})
        if answer.status < 300:
            answer.close()
            return True
        if answer.status == 404:
            answer.close()
            return False
        raise self._client.fault(answer, ("bucket", bucket))

    def _make(self, bucket: str) -> None:
        """Creates the bucket, with and without a region: AWS requires it, other stores may reject it."""
        location = location_body(self._client.region)
        first, second = (
            (location, b"") if self._client.is_aws and self._client.region != "us-east-1" else (b"", location)
        )
        answer = self._client.ask("PUT", bucket, body=first)
        if answer.status == 400:
            with answer:
                said = problem(answer.read())
            if said.code in _ELSEWHERE:
                answer = self._client.ask("PUT", bucket, body=second)
        if answer.status == 409 and self._is_there(bucket):
            # Created meanwhile, or by a request whose answer was lost.
            answer.close()
            return
        if answer.status >= 300:
            raise self._client.fault(answer, ("bucket", bucket))
        answer.close()

    def _tags(self, bucket: str) -> dict[str, str]:
        with self._client.ask("GET", bucket, query={"tagging": ""}) as answer:
            return tags(answer.read(), f"tags of {bucket}") if answer.status < 300 else {}

    def _tag(self, bucket: str, key: str, value: str) -> None:
        """Adds a tag to the existing ones. Ignores a store without tags, or one that refuses them."""
        with self._client.ask("GET", bucket, query={"tagging": ""}) as answer:
            # Tags are replaced as a whole: unreadable ones would be lost.
            if answer.status >= 300 and answer.status != _NO_TAGS:
                log.info("no tag bucket=%s status=%d", bucket, answer.status)
                return
            there = tags(answer.read(), f"tags of {bucket}") if answer.status < 300 else {}
        if there.get(key) == value:
            return
        body = tags_body({**there, key: value})
        with self._client.ask("PUT", bucket, query={"tagging": ""}, headers=xml_headers(body), body=body) as answer:
            if answer.status >= 300:
                log.info("no tag bucket=%s status=%d", bucket, answer.status)

    # ------------------------------------------------------------ listings

    def entries(self, container: str, prefix: str = "", marker: str = "", until: str = "") -> Iterator[ObjectEntry]:
        """As in the port, with S3's pages of 1,000. `content_type` is empty, as S3 does not list it."""
        place, end = self._places.of(container), until.encode()
        behind = place.prefix + marker if marker else ""
        pages = Pages(f"container {container}", MOST_NAMES)
        while True:
            found = self._page_of(place, container, prefix, behind)
            pages.turn(len(found.entries))
            for entry in found.entries:
                if until and entry.name.encode() > end:
                    return
                yield entry
            if found.last is None:
                return
            if found.last.encode() <= behind.encode():
                raise TransientError(codes.CLOUD_UNAVAILABLE, what=f"container {container}: the listing does not go on")
            behind = found.last

    def _page(self, place: S3Place, container: str, prefix: str, behind: str) -> Page:
        answer = self._listing(place, prefix, {"list-type": "2", "start-after": behind})
        if answer.status in {400, 501}:
            with answer:
                said = problem(answer.read())
            if said.code not in _NO_V2:
                raise self._client.fault(answer, ("container", container))
        else:
            found = self._read(answer, place, container)
            if found.is_v2:
                return found
        # A store with version 1 refuses version 2, or ignores it along with the marker.
        self._page_of = self._page_v1
        return self._page_v1(place, container, prefix, behind)

    def _page_v1(self, place: S3Place, container: str, prefix: str, behind: str) -> Page:
        return self._read(self._listing(place, prefix, {"marker": behind}), place, container)

    def _listing(self, place: S3Place, prefix: str, query: dict[str, str]) -> Response:
        whole = {"prefix": place.prefix + prefix, "encoding-type": "url", "max-keys": str(_PAGE_KEYS), **query}
        return self._client.ask("GET", place.bucket, query={key: value for key, value in whole.items() if value})

    def _read(self, answer: Response, place: S3Place, container: str) -> Page:
        if answer.status >= 300:
            raise self._client.fault(answer, ("container", container))
        with answer:
            return page(answer.read(), f"container {container}", place.prefix)

    def versions(self, container: str) -> Iterator[Version]:
        raise Unsupported(codes.UNSUPPORTED, what=f"versions of {container} at an S3 store")

    # ------------------------------------------------------------ objects

    def head(self, container: str, name: str) -> ObjectInfo:
        with self._object("HEAD", container, name) as answer:
            return _info(name, answer.headers)

    @contextmanager
    def get(self, container: str, name: str, version_id: str = "") -> Iterator[tuple[ObjectInfo, Iterator[bytes]]]:
        if version_id:
            raise Unsupported(codes.UNSUPPORTED, what=f"versions of {container} at an S3 store")
        with self._object("GET", container, name) as answer:
            yield _info(name, answer.headers), answer.chunks()

    @contextmanager
    def read(self, container: str, name: str, start: int, end: int) -> Iterator[Iterator[bytes]]:
        headers = {"range": f"bytes={start}-{end - 1}"}
        with self._object("GET", container, name, headers=headers) as answer:
            yield exactly(answer.chunks(), 0 if answer.status == 206 else start, end - start, answer.url)

    def put(self, container: str, info: ObjectInfo, chunks: Iterable[bytes]) -> str:
        """As in the port. Drops headers that S3 cannot hold; `s3_objects.split_representable` names them."""
        headers, md5 = object_headers(info), content_md5(info.etag)
        if md5:
            headers["content-md5"] = md5
        body: bytes | Iterable[bytes] = chunks
        if info.size_bytes <= _WHOLE_BYTES:
            body = b"".join(chunks)
            if len(body) != info.size_bytes:
                raise IntegrityError(codes.BYTES_DIFFER, what=f"object {container}/{info.name}", got=len(body))
        with self._object("PUT", container, info.name, headers=headers, body=body, length=info.size_bytes) as answer:
            return unquoted(answer.headers.get("etag", ""))

    def put_manifest(self, container: str, info: ObjectInfo) -> str:
        raise Unsupported(codes.UNSUPPORTED, what=f"a manifest at an S3 store: {container}/{info.name}")

    def delete(self, container: str, name: str) -> None:
        try:
            self._object("DELETE", container, name).close()
        except NotFound:
            return

    def _object(
        self,
        method: str,
        container: str,
        name: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | Iterable[bytes] | None = None,
        length: int | None = None,
    ) -> Response:
        place = self._places.of(container)
        key = place.prefix + name
        answer = self._client.ask(method, place.bucket, key, headers=headers, body=body, length=length)
        if answer.status < 300:
            return answer
        # A 404 to a PUT is about the bucket: a missing object would not be refused.
        is_bucket = method == "PUT" and answer.status == 404
        subject = ("bucket", place.bucket) if is_bucket else ("object", f"{container}/{name}")
        raise self._client.fault(answer, subject)


def object_headers(info: ObjectInfo) -> dict[str, str]:
    """The headers to store an object with: type, headers that S3 can hold, and the tag with its expiry day."""
    kept, _ = split_representable({**info.headers, "content-type": info.content_type})
    tagged = {"x-amz-tagging": f"{EXPIRY_TAG}={info.expires_on}"} if info.expires_on else {}
    return {**to_s3({"content-type": _DEFAULT_TYPE, **kept}), **tagged}


def _info(name: str, headers: Mapping[str, str]) -> ObjectInfo:
    return ObjectInfo(
        name=name,
        size_bytes=int(headers.get("content-length", 0)),
        etag=unquoted(headers.get("etag", "")),
        content_type=headers.get("content-type", _DEFAULT_TYPE),
        headers=from_s3(headers),
    )


def _mark_tag(place: S3Place) -> str:
    """The tag key for a container's mark. Containers that share a bucket need different ones; a prefix is too long for
    a key.
    """
    if not place.prefix:
        return MARK_KEY
    return f"{MARK_KEY}-{hashlib.sha256(place.prefix.encode()).hexdigest()[:12]}"
