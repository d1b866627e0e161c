"""A tenant in memory whose containers go to an S3 server by the command, and boto3, which is not ours, as referee."""

import hashlib
import json
import uuid
from dataclasses import dataclass, field
from dataclasses import replace as with_fields
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from migrate.cli.failures import run_guarded
from migrate.cli.main import make_group
from migrate.clouds.ports import ObjectInfo
from migrate.demo.memory.cloud import MemoryCloud, worlds
from migrate.demo.small_tenant import two_clouds
from migrate.objects.listing.object_rows import Row
from migrate.objects.listing.row_files import PassSeal, read_seal, rows_folder, sealed_rows
from tests.s3.servers import Server


@dataclass
class Tenant:
    """The container `photos` at the source, and a workspace that takes it to the server."""

    server: Server
    root: Path
    capsys: pytest.CaptureFixture[str]
    base: str = field(default_factory=lambda: f"t-{uuid.uuid4().hex[:10]}-")

    def __post_init__(self) -> None:
        two_clouds(0.02)
        self.source = MemoryCloud("source/small", world=worlds["source"], project="small")
        self.containers = self.source.login.project.account.containers
        self.containers.clear()
        self.source.objects.put_container("photos", {})
        self.decamp("init", str(self.root), "--source", "memory:source/small", "--target", "memory:target/small")
        self.policy(self._to_the_server)

    def _to_the_server(self, said: Any) -> None:
        said["target"]["objects"] = {"s3": self.s3}
        said["skip"] = ["server:tool-1"]
        if not self.server.has_tags:
            # Without a mark of ours a bucket that holds objects is to be accepted by a person, at the second pass too.
            said["accept"] = ["DCP-853:container:photos"]

    @property
    def s3(self) -> dict[str, str]:
        return {"endpoint": self.server.url, "region": "us-east-1", "bucket_prefix": self.base}

    def policy(self, change: Any) -> None:
        file = self.root / "policy.yaml"
        said = yaml.load(file.read_text(), Loader=yaml.CSafeLoader)
        change(said)
        file.write_text(yaml.dump(said, Dumper=yaml.CSafeDumper, sort_keys=False))

    # ------------------------------------------------------------ the source

    def put(self, name: str, data: bytes = b"1", container: str = "photos", **headers: str) -> None:
        told = {key.replace("_", "-"): value for key, value in headers.items()}
        self.put_with(name, told, data, container)

    def put_with(self, name: str, headers: dict[str, str], data: bytes = b"1", container: str = "photos") -> None:
        etag = hashlib.md5(data).hexdigest()
        info = ObjectInfo(name=name, size_bytes=len(data), etag=etag, content_type="image/jpeg", headers=headers)
        self.source.objects.put(container, info, [data])

    def post(self, name: str, headers: dict[str, str]) -> None:
        """Metadata alone: the time in the listing moves with it."""
        objects = self.containers["photos"].objects
        later = f"{int(objects[name].stamp[:4]) + 1}-01-01T00:00:00.000000"
        objects[name] = with_fields(objects[name], headers=headers, stamp=later)

    # ------------------------------------------------------------ the command

    def decamp(self, *args: str, expect: int | None = 0) -> str:
        """What it prints; the errors' text stands in `err`."""
        self.capsys.readouterr()
        at = [] if args[0] == "init" else ["-C", str(self.root)]
        code = run_guarded(make_group(), [*at, *args])
        out, self.err = self.capsys.readouterr()
        assert expect is None or code == expect, (code, out, self.err)
        return out

    def plan(self, *scan: str) -> None:
        self.decamp("scan", *scan)
        self.decamp("plan", expect=None)

    def move(self, *scan: str) -> None:
        self.plan(*scan)
        self.decamp("run", "--execute")

    def verify(self, expect: int) -> dict[str, Any]:
        """The row of the container."""
        rows = json.loads(self.decamp("verify", "--full", "-f", "json", expect=expect))["rows"]
        found: dict[str, Any] = next(row for row in rows if row["item"] == "container:photos")
        return found

    def findings(self) -> dict[str, list[dict[str, Any]]]:
        """By code, as `check` tells them."""
        by_code: dict[str, list[dict[str, Any]]] = {}
        for one in json.loads(self.decamp("check", "-f", "json", expect=None)):
            by_code.setdefault(one["code"], []).append(one)
        return by_code

    def report(self, form: str) -> str:
        return self.decamp("report", "--format", form, "-o", "-")

    def seal(self) -> PassSeal:
        return read_seal(self._rows)

    def rows(self) -> dict[str, Row]:
        return {row.name: row for row in sealed_rows(self._rows, self.seal())}

    @property
    def _rows(self) -> Path:
        return rows_folder(self.root / "evidence", "photos")

    # ------------------------------------------------------------ the referee

    @property
    def bucket(self) -> str:
        return f"{self.base}photos"

    def client(self) -> Any:
        return _client(self.server.url, self.server.access, self.server.secret)

    def clean(self) -> None:
        if self.server.forgets(self.base):
            return
        client = self.client()
        for bucket in client.list_buckets()["Buckets"]:
            if bucket["Name"].startswith(self.base):
                for one in client.list_objects_v2(Bucket=bucket["Name"]).get("Contents", []):
                    client.delete_object(Bucket=bucket["Name"], Key=one["Key"])
                client.delete_bucket(Bucket=bucket["Name"])


@cache
def _client(url: str, access: str, secret: str) -> Any:
    """One for each server: it takes longer to make than most requests."""
    import boto3

    return boto3.client(
        "s3", endpoint_url=url, region_name="us-east-1", aws_access_key_id=access, aws_secret_access_key=secret
    )
