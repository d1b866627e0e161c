"""Throttles the content of a cloud, image files and objects in both directions. Everything else passes through."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from migrate.clouds.http import Throttle
from migrate.clouds.ports import (
    BucketSettings,
    Cloud,
    Expiring,
    Images,
    Multipart,
    NewImage,
    ObjectInfo,
    ObjectStore,
    Orphans,
    Part,
    Upload,
    Version,
)
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.model import CloudFacts, Container, Identity, Image, ObjectEntry, Quota


def throttled(cloud: Cloud, throttle: Throttle) -> Cloud:
    """The cloud behind the throttle, or the cloud itself if there is nothing to limit."""
    return ThrottledCloud(cloud, throttle) if throttle.holds else cloud


class ThrottledCloud:
    """ports.Cloud over another one, throttled."""

    def __init__(self, inner: Cloud, throttle: Throttle) -> None:
        self._inner = inner
        self.compute, self.network, self.block, self.others = inner.compute, inner.network, inner.block, inner.others
        self.images: Images = _Images(inner.images, throttle)
        self.objects: ObjectStore = _Objects(inner.objects, throttle)

    def identity(self) -> Identity:
        return self._inner.identity()

    def endpoints(self) -> dict[str, tuple[str, ...]]:
        return self._inner.endpoints()

    def facts(self, ask: Asking = EVERYTHING) -> CloudFacts:
        return self._inner.facts(ask)


class _Images:
    """ports.Images. Waits at the gate before each transfer, so that no request is open while it waits."""

    def __init__(self, inner: Images, throttle: Throttle) -> None:
        self._inner, self._throttle = inner, throttle

    def images(self, tag: str | None = None, ask: Asking = EVERYTHING) -> list[Image]:
        return self._inner.images(tag, ask)

    def image(self, image_id: str) -> Image:
        return self._inner.image(image_id)

    def create(self, new: NewImage) -> str:
        return self._inner.create(new)

    def upload(self, image_id: str, chunks: Iterable[bytes], size_bytes: int) -> None:
        self._throttle.gate()
        self._inner.upload(image_id, self._throttle.through(chunks), size_bytes)

    @contextmanager
    def read(self, image_id: str, start: int = 0, end: int | None = None) -> Iterator[Iterator[bytes]]:
        self._throttle.gate()
        with self._inner.read(image_id, start, end) as chunks:
            yield self._throttle.through(chunks)

    def delete(self, image_id: str) -> None:
        self._inner.delete(image_id)

    def protect(self, image_id: str) -> None:
        self._inner.protect(image_id)

    def share(self, image_id: str, project_id: str) -> None:
        self._inner.share(image_id, project_id)


class _Objects:
    """ports.ObjectStore, throttled."""

    def __init__(self, inner: ObjectStore, throttle: Throttle) -> None:
        self._inner, self._throttle = inner, throttle
        self.is_remote = inner.is_remote
        self.settings: BucketSettings | None = inner.settings
        self.expiring: Expiring | None = inner.expiring
        self.orphans: Orphans | None = inner.orphans
        self.multipart: Multipart | None = _Multipart(inner.multipart, throttle) if inner.multipart else None

    def containers(self) -> list[Container]:
        return self._inner.containers()

    def container(self, name: str) -> Container:
        return self._inner.container(name)

    def free_bytes(self, container: str) -> int | None:
        return self._inner.free_bytes(container)

    def account_quota(self) -> Quota | None:
        return self._inner.account_quota()

    def signing_keys(self, name: str) -> dict[str, str]:
        return self._inner.signing_keys(name)

    def put_container(self, name: str, headers: dict[str, str]) -> None:
        self._inner.put_container(name, headers)

    def entries(self, container: str, prefix: str = "", marker: str = "", until: str = "") -> Iterator[ObjectEntry]:
        return self._inner.entries(container, prefix, marker, until)

    def versions(self, container: str) -> Iterator[Version]:
        return self._inner.versions(container)

    def head(self, container: str, name: str) -> ObjectInfo:
        return self._inner.head(container, name)

    @contextmanager
    def get(self, container: str, name: str, version_id: str = "") -> Iterator[tuple[ObjectInfo, Iterator[bytes]]]:
        self._throttle.gate()
        with self._inner.get(container, name, version_id) as (info, chunks):
            yield info, self._throttle.through(chunks)

    @contextmanager
    def read(self, container: str, name: str, start: int, end: int) -> Iterator[Iterator[bytes]]:
        self._throttle.gate()
        with self._inner.read(container, name, start, end) as chunks:
            yield self._throttle.through(chunks)

    def put(self, container: str, info: ObjectInfo, chunks: Iterable[bytes]) -> str:
        # No gate here: the object is already being read, and its first byte passes the gate.
        return self._inner.put(container, info, self._throttle.through(chunks))

    def put_manifest(self, container: str, info: ObjectInfo) -> str:
        return self._inner.put_manifest(container, info)

    def delete(self, container: str, name: str) -> None:
        self._inner.delete(container, name)


class _Multipart:
    """ports.Multipart, throttled."""

    def __init__(self, inner: Multipart, throttle: Throttle) -> None:
        self._inner, self._throttle = inner, throttle
        self.least_part_bytes = inner.least_part_bytes

    def begin(self, container: str, info: ObjectInfo) -> str:
        return self._inner.begin(container, info)

    def unfinished(self, container: str, name: str = "") -> list[Upload]:
        return self._inner.unfinished(container, name)

    def parts(self, container: str, name: str, upload_id: str) -> list[Part]:
        return self._inner.parts(container, name, upload_id)

    def put_part(self, container: str, name: str, upload_id: str, part: Part, chunks: Iterable[bytes]) -> Part:
        return self._inner.put_part(container, name, upload_id, part, self._throttle.through(chunks))

    def finish(self, container: str, name: str, upload_id: str, parts: Sequence[Part]) -> str:
        return self._inner.finish(container, name, upload_id, parts)

    def abort(self, container: str, name: str, upload_id: str) -> None:
        self._inner.abort(container, name, upload_id)
