"""A tenant of containers alone, moved through the command line, to Swift in memory or to the S3 of moto."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from migrate.clouds.guard import NoGuard
from migrate.clouds.ports import ObjectInfo, ObjectStore, Segment
from migrate.clouds.s3 import open_s3
from migrate.demo.memory import MemoryCloud, open_memory, worlds
from migrate.demo.small_tenant import public_key
from migrate.model import Keypair, S3Place, S3Settings
from tests.cli.conftest import Decamp, Result


def md5(data: bytes) -> str:
    return hashlib.md5(data).hexdigest()


class Tenant:
    """`moto`: the URL of an S3 server that containers go to, empty for the target's own Swift.

    `is_made`: the workspace and the clouds hold the tenant already.
    """

    def __init__(self, decamp: Decamp, root: Path, moto: str = "", *, is_made: bool = False) -> None:
        self._decamp, self.root, self.moto = decamp, root, moto
        worlds["target"].project("boxes")
        self.source = MemoryCloud("source/boxes", world=worlds["source"], project="boxes")
        if is_made:
            return
        self.source.compute.create_keypair(Keypair(name="k", public_key=public_key("k")))
        assert decamp("init", root, "--source", "memory:source/boxes", "--target", "memory:target/boxes").code == 0
        if moto:
            prefix = f"t{os.urandom(6).hex()}-"
            self.policy("\n  objects:\n", f"\n  objects: {{s3: {{endpoint: '{moto}', bucket_prefix: {prefix}}}}}\n")

    def policy(self, old: str, new: str) -> None:
        text = (self.root / "policy.yaml").read_text()
        assert old in text
        (self.root / "policy.yaml").write_text(text.replace(old, new, 1))

    def __call__(self, *args: str) -> Result:
        return self._decamp("-C", self.root, *args)

    def go(self, *options: str) -> Result:
        """Scan, plan and run once more; all of it must end well."""
        for args in (("scan",), ("plan",), ("run", "--execute", *options)):
            result = self(*args)
            assert result.code == 0, result.err
        return result

    def verified(self, *options: str) -> tuple[int, dict[str, Any]]:
        result = self("verify", "--full", "-f", "json", *options)
        rows = json.loads(result.out)["rows"]
        return result.code, {row["name"]: row for row in rows if row["kind"] == "container"}

    # ------------------------------------------------------------ what is at the source, and at the target

    def put(self, name: str, data: bytes, container: str = "box", **headers: str) -> None:
        told = {key.replace("_", "-"): value for key, value in headers.items()}
        info = ObjectInfo(name=name, size_bytes=len(data), etag=md5(data), content_type="text/x", headers=told)
        self.source.objects.put(container, info, [data])

    def large(self, name: str, parts: list[bytes], segments: str = "box_segments", mark: str = "") -> None:
        """A static large object in `box`, of segments in another container."""
        made = []
        for number, data in enumerate(parts):
            self.put(f"{name}/{mark}{number}", data, segments)
            made.append(
                Segment(container=segments, name=f"{name}/{mark}{number}", size_bytes=len(data), etag=md5(data))
            )
        info = ObjectInfo(name=name, size_bytes=0, etag="", content_type="video/x", headers={})
        self.source.objects.put_manifest("box", replace(info, segments=tuple(made)))

    def target(self) -> ObjectStore:
        if not self.moto:
            return open_memory("target/boxes").objects
        plan = json.loads((self.root / "plan.json").read_text())
        places = {
            step["action"]["name"]: S3Place(**step["action"]["place"])
            for step in plan["steps"]
            if step["action"]["do"] == "container.copy"
        }
        return open_s3(S3Settings(endpoint=self.moto, region="us-east-1"), places, NoGuard())

    def bytes_of(self, name: str, container: str = "box") -> bytes:
        """What a reader of the target gets."""
        store = self.target()
        size = store.head(container, name).size_bytes
        if not self.moto and (manifest := store.head(container, name).headers.get("x-object-manifest")):
            of, _, prefix = manifest.partition("/")
            size = sum(entry.size_bytes for entry in store.entries(of, prefix))
        with store.read(container, name, 0, size) as chunks:
            return b"".join(chunks)

    def names(self, container: str = "box") -> list[str]:
        return [entry.name for entry in self.target().entries(container)]

    def write_over(self, name: str, data: bytes) -> None:
        """Somebody writes another object at the target."""
        store = self.target()
        info = replace(store.head("box", name), etag=md5(data), size_bytes=len(data))
        store.put("box", info, [data])
