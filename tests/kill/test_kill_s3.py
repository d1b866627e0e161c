"""kill -9 while objects go from Swift to S3, at every kind of request. boto3, raw Swift and the servers' logs judge."""

import contextlib
import hashlib
import json
import os
import re
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

import pytest

from tests.kill.points import MOMENTS, Point
from tests.lab.harness import Witness, Workspace
from tests.lab.s3_objects import client, planned
from tests.objects_bench.lab import ensure_s3_keys, ensure_tenant
from tests.objects_bench.raw import Account
from tests.objects_bench.servers import seaweed

PROJECT = "test-kill-s3"
SOURCE, TARGET = f"source-{PROJECT}", f"target-{PROJECT}"
WORKERS = 8
MIB = 2**20
BIG_MIB = int(os.environ.get("SOAK_S3_BIG_MIB", "40"))
SMALL = int(os.environ.get("SOAK_S3_SMALL", "40"))
STEADY = ("film", "dynamic", "inner")
"""Large objects of whose parts the source tells the MD5. Parts of the others that a kill left are sent again."""


LARGE = (*STEADY, "nested", "runs", "grains")
FILM = {"Bucket": "tst-box", "Key": "film"}


def s3(method: str, path: str, times: int = 1) -> list[Point]:
    """Where one comes often it has several kills: each is at the first of what a run has left to do."""
    return [Point("target", method, "s3", path)] * times


def swift(method: str, path: str, times: int = 1) -> list[Point]:
    return [Point("source", method, "object-store", path)] * times


_BUCKET, _KEY, _UPLOAD = "/tst-box(-segments)?", "/tst-box(-segments)?/[^/?]+", r"\?uploadId=.+"
BEGIN_FILM = Point("target", "POST", "s3", r"/tst-box/film\?uploads=")
POINTS = [
    *s3("HEAD", _BUCKET, 2),
    *s3("PUT", rf"{_BUCKET}\?", 2),
    *s3("GET", rf"{_BUCKET}\?tagging=", 2),
    *s3("PUT", rf"{_BUCKET}\?tagging=", 2),
    *s3("GET", rf"{_BUCKET}\?.*list-type=2.*", 3),
    *s3("GET", rf"{_BUCKET}\?.*uploads=.*", 2),
    *s3("PUT", r"/tst-box/(small-\d+|told|empty)\?", 4),
    *s3("PUT", r"/tst-box-segments/lonely\?"),
    *s3("GET", rf"{_BUCKET}\?lifecycle="),
    *s3("HEAD", rf"{_KEY}\?", 2),
    BEGIN_FILM,
    *s3("POST", rf"{_KEY}\?uploads=", 3),
    *s3("PUT", r"/tst-box/film\?partNumber=\d+&uploadId=.+", 3),
    *(point for name in LARGE for point in s3("PUT", rf"/tst-box/{name}\?partNumber=\d+&uploadId=.+")),
    *s3("GET", rf"{_KEY}{_UPLOAD}", 2),
    *(point for name in LARGE for point in s3("POST", rf"/tst-box/{name}{_UPLOAD}")),
    *s3("DELETE", rf"{_KEY}{_UPLOAD}"),
    *swift("HEAD", "/box(_segments)?", 2),
    *swift("GET", r"/box(_segments)?\?.*", 3),
    *swift("HEAD", "/box(_segments)?/.+", 2),
    *swift("GET", r"/box/(small-\d+|told|empty)", 2),
    *swift("GET", "/box/film", 3),
    *swift("GET", "/box/(dynamic|inner|nested|runs|grains)", 3),
    *swift("GET", "/box_segments/lonely"),
]
"""Every kind of request that a run makes of S3 and of the source's object store."""


def fill(account: Account) -> None:
    account.empty()
    account.need("PUT", "box")
    account.need("PUT", "box_segments")
    for n in range(SMALL):
        headers = {"X-Object-Meta-N": str(n), "Content-Type": "text/plain"}
        account.need("PUT", "box", f"small-{n:03}", body=f"small {n} ".encode() * 400, headers=headers)
    told = {"X-Object-Meta-City": "Zürich", "X-Object-Meta-Two": "a  b", "Content-Type": "image/jpeg"}
    account.need("PUT", "box", "told", body=b"told" * 999, headers=told)
    account.need("PUT", "box", "empty")
    account.need("PUT", "box_segments", "lonely", body=b"nobody names it")
    large(account, "film", BIG_MIB // 8, 8)
    large(account, "inner", 2, 5)
    large(account, "nested", 1, 5, inside=("/box/inner",))
    large(account, "runs", 12, 1)
    for name, count, mib in (("dynamic", 3, 6), ("grains", 6, 1)):
        segments(account, name, count, mib)
        headers = {"X-Object-Manifest": f"box_segments/{name}/", "X-Object-Meta-Film": name}
        account.need("PUT", "box", name, headers=headers)


def segments(account: Account, name: str, count: int, mib: int) -> list[str]:
    for n in range(count):
        body = hashlib.md5(f"{name}{n}".encode()).digest() * (mib * MIB // 16)
        account.need("PUT", "box_segments", f"{name}/{n:04}", body=body)
    return [f"/box_segments/{name}/{n:04}" for n in range(count)]


def large(account: Account, name: str, count: int, mib: int, inside: tuple[str, ...] = ()) -> None:
    rows = json.dumps([{"path": path} for path in (*inside, *segments(account, name, count, mib))]).encode()
    headers = {"X-Object-Meta-Film": name, "Content-Type": "video/mp4"}
    account.need("PUT", "box", name, query="multipart-manifest=put", body=rows, headers=headers)


@dataclass(frozen=True)
class Facts:
    """What a reader gets."""

    size_bytes: int
    md5: str
    content_type: str
    metadata: dict[str, str]


def at_source(account: Account) -> dict[str, dict[str, Facts]]:
    """Container -> name -> facts, of all that has to be at the target: segments are inside what names them."""
    found: dict[str, dict[str, Facts]] = {"box": {}, "box_segments": {}}
    for container, names in found.items():
        for row in account.listing(container):
            if container == "box_segments" and row["name"] != "lonely":
                continue
            answer = account.need("GET", container, row["name"])
            meta = {k.removeprefix("x-object-meta-"): v for k, v in answer.headers.items() if "-object-meta-" in k}
            md5 = hashlib.md5(answer.body).hexdigest()
            names[row["name"]] = Facts(len(answer.body), md5, answer.headers["content-type"], meta)
    return found


@dataclass
class Place:
    """An S3 server by raw requests. `account`: the Swift behind it, whose log is read too; None where there is none."""

    s3: dict[str, str]
    account: Account | None = None
    there: Any = field(init=False)

    def __post_init__(self) -> None:
        self.there = client(self.s3)

    def holds(self, bucket: str) -> dict[str, Facts]:
        found = {}
        for page in self.there.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for one in page.get("Contents", []):
                answer, digest, size = self.there.get_object(Bucket=bucket, Key=one["Key"]), hashlib.md5(), 0
                for chunk in answer["Body"].iter_chunks(MIB):
                    digest.update(chunk)
                    size += len(chunk)
                assert one["Size"] == size
                meta = {k.lower(): str(make_header(decode_header(v))) for k, v in answer["Metadata"].items()}
                meta.pop("decamp-md5", None)
                found[one["Key"]] = Facts(size, digest.hexdigest(), answer["ContentType"], meta)
        return found

    def uploads(self, bucket: str) -> list[str]:
        return [one["Key"] for one in self.there.list_multipart_uploads(Bucket=bucket).get("Uploads", [])]

    def orphans(self, bucket: str) -> set[str]:
        """What lies beside the bucket, and is no part of an object in it. Swift's own S3 API has such a place."""
        if self.account is None or f"{bucket}+segments" not in self.account.containers():
            return set()
        named = set()
        for row in self.account.listing(bucket):
            query = "multipart-manifest=get&format=raw"
            answer = self.account.need("GET", bucket, row["name"], query=query)
            if answer.headers.get("x-static-large-object", "").lower() == "true":
                named |= {one["path"].removeprefix(f"/{bucket}+segments/") for one in json.loads(answer.body)}
        return {row["name"] for row in self.account.listing(f"{bucket}+segments")} ^ named

    def empty(self) -> None:
        if self.account is not None:
            self.account.empty()
            return
        for bucket in [one["Name"] for one in self.there.list_buckets()["Buckets"]]:
            for page in self.there.get_paginator("list_objects_v2").paginate(Bucket=bucket):
                for one in page.get("Contents", []):
                    self.there.delete_object(Bucket=bucket, Key=one["Key"])
            for one in self.there.list_multipart_uploads(Bucket=bucket).get("Uploads", []):
                self.there.abort_multipart_upload(Bucket=bucket, Key=one["Key"], UploadId=one["UploadId"])
            self.there.delete_bucket(Bucket=bucket)


@contextlib.contextmanager
def s3api() -> Iterator[Place]:
    account = Account.of(ensure_tenant("target", PROJECT))
    account.empty()
    access, secret = ensure_s3_keys("target", PROJECT)
    url = account.url.partition("/v1/")[0]
    yield Place({"endpoint": url, "region": "us-east-1", "access": access, "secret": secret}, account)
    account.empty()


@contextlib.contextmanager
def seaweedfs(folder: Path) -> Iterator[Place]:
    with seaweed(folder) as weed:
        s3 = weed.s3
        yield Place({"endpoint": s3.endpoint, "region": s3.region, "access": s3.access, "secret": s3.secret})


@pytest.fixture
def source(lab: None) -> dict[str, dict[str, Facts]]:
    ensure_tenant("source", PROJECT)
    fill(Account.of(SOURCE))
    return at_source(Account.of(SOURCE))


@pytest.fixture(params=["s3api", "seaweedfs"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Place]:
    ensure_tenant("target", PROJECT)
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    with s3api() if request.param == "s3api" else seaweedfs(tmp_path) as place:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", place.s3["access"])
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", place.s3["secret"])
        yield place


@dataclass
class Move:
    """One plan, carried out again and again."""

    workspace: Workspace
    place: Place
    source: dict[str, dict[str, Facts]]
    buckets: dict[str, str]

    def killed(self, when: str, points: list[Point]) -> list[Point]:
        """Runs until one comes to its end. Returns what they died at; the begin of an upload comes first."""
        left, died = list(points), list[Point]()
        now = [BEGIN_FILM] if BEGIN_FILM in left else left
        while (at := self.workspace.killed(when, *now)) is not None:
            died.append(now[at])
            left.remove(now[at])
            print(f"{time.strftime('%X')} died {when} {died[-1]}", flush=True)
            if died[-1] == BEGIN_FILM and when != "recorded":
                # Two more of ours whose answer came to nobody: one of all is gone on with, the others are aborted.
                for _ in range(2):
                    self.place.there.create_multipart_upload(**FILM, ContentType="video/mp4", Metadata={"film": "film"})
            now = left
        return died

    def begin_anew(self) -> None:
        self.place.empty()
        for file in self.workspace.root.glob("ledger.db*"):
            file.unlink()
        shutil.rmtree(self.workspace.root / "evidence", ignore_errors=True)

    def assert_whole(self, since: tuple[Witness, Witness], kills: int) -> None:
        """Nothing lost, changed, added or left open; sent twice is at most what was in the workers' hands at kills."""
        self.workspace.decamp("run", "--execute")
        target, source = (witness.ended() for witness in since)
        project = Account.of(SOURCE).project_id
        assert [r for r in source.writes() if r.path.startswith(f"/v1/AUTH_{project}/")] == []
        for container, bucket in self.buckets.items():
            assert self.place.holds(bucket) == self.source[container]
            assert (self.place.uploads(bucket), self.place.orphans(bucket)) == ([], set())
        if self.place.account is not None:
            self.assert_frugal(target, kills)
        before = Witness.of_all("target")
        self.workspace.decamp("verify", "--full")
        self.workspace.decamp("run", "--execute")
        assert [r for r in before.ended().writes() if r.path.startswith("/tst-box")] == []
        assert not list((self.workspace.root / "evidence/objects").rglob("*.log"))

    def assert_frugal(self, target: Witness, kills: int) -> None:
        """By the log of the server. It must also know no kind of request that no point names."""
        ours = [r for r in target.requests() if re.match("/tst-box(-segments)?([/?]|$)", r.path)]
        spelt = {(r.method, r.path if "?" in r.path else f"{r.path}?") for r in ours}
        kinds = [(p.method, re.compile(p.path)) for p in POINTS if p.service == "s3"]
        assert [one for one in spelt if not _fits(one, kinds)] == []
        put = Counter(r.path.partition("&")[0] for r in ours if (r.method, r.status) == ("PUT", 200))
        again = {path: times - 1 for path, times in put.items() if times > 1}
        print(f"kills={kills} again={again}")
        parts = sum(n for path, n in again.items() if re.match(rf"/tst-box/({'|'.join(STEADY)})\?partNumber", path))
        assert parts <= kills * len(STEADY), again
        objects = sum(n for path, n in again.items() if path.count("/") == 2 and "?" not in path)
        assert objects <= kills * WORKERS, again


def _fits(one: tuple[str, str], kinds: list[tuple[str, re.Pattern[str]]]) -> bool:
    method, path = one
    return any(method == m and any(map(p.fullmatch, (path, path.partition("?")[0]))) for m, p in kinds)


@pytest.fixture
def move(source: dict[str, dict[str, Facts]], place: Place, tmp_path: Path) -> Move:
    workspace, buckets = planned(tmp_path / "ws", place.s3, PROJECT)
    assert buckets == {"box": "tst-box", "box_segments": "tst-box-segments"}
    return Move(workspace, place, source, buckets)


def now() -> tuple[Witness, Witness]:
    return Witness.of_all("target"), Witness.now("source", PROJECT)


@pytest.mark.lab
@pytest.mark.full
@pytest.mark.parametrize("place", ["s3api"], indirect=True)
def test_killed_at_some_requests_on_the_way_to_s3(move: Move) -> None:
    since = now()
    wanted = [BEGIN_FILM, *(p for p in POINTS if p.path in {f"/tst-box/{n}{_UPLOAD}" for n in ("nested", "grains")})]
    died = move.killed("after", wanted)
    assert died[0] == BEGIN_FILM and len(died) >= 2, died
    move.assert_whole(since, len(died))


@pytest.mark.soak
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("when", MOMENTS)
def test_killed_at_every_request_on_the_way_to_s3(when: str, move: Move) -> None:
    left = list(POINTS)
    while True:
        since, died = now(), move.killed(when, left)
        move.assert_whole(since, len(died))
        for point in died:
            left.remove(point)
        if not died or when == "recorded":
            break
        # What comes once only, and what others were killed in the moment of, is killed at in the next migration.
        move.begin_anew()
    print(f"killed {when} {len(POINTS) - len(left)} times; never at: {', '.join(map(str, left))}")
    # Of an object and of a container one record comes. Swift's own S3 API refuses tags: of that there is no `after`.
    assert when == "recorded" or {p for p in left if when == "before" or "tagging" not in p.path} == set()
