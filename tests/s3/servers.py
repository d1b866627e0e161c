"""S3 servers of other people's making, and a bucket of our own on one of them."""

import hashlib
import logging
import sys
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from migrate.clouds.guard import Gatekeeper, NoGuard, Request
from migrate.clouds.ports import Multipart, ObjectInfo, ObjectStore
from migrate.clouds.s3 import open_s3
from migrate.model import S3Place, S3Settings

WORKERS = 8
LAB = Path(__file__).parents[2] / "lab"


@dataclass(frozen=True)
class Server:
    """An S3 API, and what it cannot do.

    `cannot_hold`: names that it refuses, or stores as something else.   `is_strict`: it refuses wrong signatures, other
    bytes than Content-MD5 says, and keys of more than 1,024.   `has_rules`: a bucket may have a life cycle.
    `most_value`: bytes of one metadata value.   `kept`: what it has stored, if it runs in this process.
    """

    name: str
    url: str
    access: str
    secret: str
    cannot_hold: frozenset[str] = frozenset()
    is_strict: bool = True
    has_tags: bool = True
    has_rules: bool = True
    most_value: int = 2048
    kept: Callable[[], Any] | None = None

    def settings(self, **changed: str) -> S3Settings:
        return S3Settings(**{"endpoint": self.url, "region": "us-east-1", **changed})

    def forgets(self, base: str) -> bool:
        """Removes the buckets whose names begin so, with all that is in them, if it runs in this process."""
        if self.kept is None:
            return False
        kept = self.kept()
        for name in [name for name in kept.buckets if name.startswith(base)]:
            kept.buckets[name].keys.clear()
            kept.delete_bucket(name)
        return True


@dataclass
class StoreContainer:
    """A store with the containers `box` (a bucket of its own), `front` and `back` (one bucket), and `nowhere`."""

    server: Server
    base: str = field(default_factory=lambda: f"t-{uuid.uuid4().hex[:12]}")
    seen: list[tuple[Request, int | None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = self.open()

    @property
    def places(self) -> dict[str, S3Place]:
        return {
            "box": S3Place(bucket=self.base),
            "back": S3Place(bucket=f"{self.base}-both", prefix="dé/b+ "),
            "front": S3Place(bucket=f"{self.base}-both", prefix="dé/a"),
            "nowhere": S3Place(bucket=f"{self.base}-no"),
        }

    def open(self, gatekeeper: Gatekeeper | None = None, **changed: str) -> ObjectStore:
        return open_s3(
            self.server.settings(**changed),
            self.places,
            gatekeeper or NoGuard(),
            on_request=lambda request, status: self.seen.append((request, status)),
        )

    @property
    def multipart(self) -> Multipart:
        assert self.store.multipart
        return self.store.multipart

    def put(self, name: str, data: bytes, container: str = "box", etag: str | None = None, **headers: str) -> str:
        told = {key.replace("_", "-"): value for key, value in headers.items()}
        info = ObjectInfo(
            name=name,
            size_bytes=len(data),
            etag=md5(data) if etag is None else etag,
            content_type="text/plain",
            headers=told,
        )
        return self.store.put(container, info, [data])

    def body(self, name: str, container: str = "box") -> bytes:
        with self.store.get(container, name) as (_, chunks):
            return b"".join(chunks)

    def names(self, container: str = "box", prefix: str = "", marker: str = "", until: str = "") -> list[str]:
        return [entry.name for entry in self.store.entries(container, prefix, marker, until)]

    @contextmanager
    def filled(self, names: list[str]) -> Iterator[None]:
        """With these empty objects in `box`: a server of this process is given them without a request for each."""
        if self.server.kept is None:
            with ThreadPoolExecutor(WORKERS) as crew:
                list(crew.map(lambda name: self.put(name, b""), names))
            yield
            return
        kept = self.server.kept()
        for name in names:
            kept.put_object(self.base, name, b"")
        yield
        kept.buckets[self.base].keys.clear()

    def clean(self) -> None:
        if self.server.forgets(self.base):
            return
        with ThreadPoolExecutor(WORKERS) as crew:
            for container in self.store.containers():
                for upload in self.multipart.unfinished(container.name):
                    self.multipart.abort(container.name, upload.name, upload.upload_id)
                list(crew.map(lambda name, at=container.name: self.store.delete(at, name), self.names(container.name)))
        _remove_buckets(self)


def _remove_buckets(box: StoreContainer) -> None:
    """No port does: what was moved there stays."""
    from migrate.clouds.s3.signed_client import S3Client

    client = S3Client(box.server.settings(), NoGuard())
    for bucket in {place.bucket for place in box.places.values()}:
        client.ask("DELETE", bucket).close()


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


def moto() -> Iterator[Server]:
    """moto checks neither bodies nor logins: it is no witness for either."""
    from moto.core.models import DEFAULT_ACCOUNT_ID
    from moto.s3.models import s3_backends
    from moto.server import ThreadedMotoServer

    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    running = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    yield Server(
        "moto",
        f"http://{host}:{port}",
        "key",
        "secret",
        cannot_hold=frozenset({"tab\tnew\nline"}),
        is_strict=False,
        kept=lambda: s3_backends[DEFAULT_ACCOUNT_ID]["aws"],
    )
    running.stop()


def s3api() -> Server:
    """Swift's own S3 API at the lab's target: it keeps every name; it has no tags, and Swift's limits of metadata."""
    sys.path.insert(0, str(LAB))
    from openstack_lab.config import cloud_named
    from openstack_lab.tenants import ensure_s3_keys, ensure_tenant

    ensure_tenant("target", "s3store")
    access, secret = ensure_s3_keys("target", "s3store")
    return Server(
        "s3api", cloud_named("target").url("swift"), access, secret, has_tags=False, has_rules=False, most_value=256
    )


SEAWEED_CANNOT_HOLD = frozenset(
    {
        *(".", "..", "../x", "dot/../dot", "dot/./dot"),
        *("x//y", "/leading", "trailing/", "pseudo/"),
        *("é" * 300, "k" * 1024),
    }
)
"""It keeps keys as paths of files: folded, none of them a folder, no step longer than 255 bytes."""
