"""A Swift tenant's containers moved to S3 by the command; boto3, which is not ours, says what is there."""

import hashlib
import json
from pathlib import Path

import pytest

from tests.lab.harness import Witness
from tests.lab.s3_objects import PROJECT, client, planned, s3
from tests.matrix import rest
from tests.objects_bench.raw import Account
from tests.s3 import seaweed

__all__ = ["s3"]

pytestmark = [pytest.mark.lab, pytest.mark.timeout(900)]

MIB = 2**20
KEPT, MAPPED, NOT_REPRESENTABLE = "kept", "mapped", "not representable"


def fill(account: Account) -> None:
    account.empty()
    account.need("PUT", "Photos_2019", headers={"X-Container-Read": ".r:*", "X-Container-Meta-Team": "Zürich"})
    account.need("PUT", "Photos_2019_segments")
    account.need("PUT", "empty")
    headers = {
        "X-Object-Meta-City": "Zürich", "Content-Type": "image/jpeg", "Content-Disposition": "inline",
        "X-Delete-At": "4102444800",
    }  # fmt: skip
    account.need("PUT", "Photos_2019", "2019/a b.jpg", body=b"jpeg" * 1000, headers=headers)
    for n in range(30):
        account.need("PUT", "Photos_2019", f"2019/{n:03}", body=f"{n}".encode() * 100)
    rows = []
    for n in range(3):
        account.need("PUT", "Photos_2019_segments", f"film/{n}", body=bytes([65 + n]) * 6 * MIB)
        rows.append({"path": f"/Photos_2019_segments/film/{n}"})
    account.need("PUT", "Photos_2019_segments", "orphan", body=b"nobody names it")
    account.need("PUT", "Photos_2019", "film", query="multipart-manifest=put", body=json.dumps(rows).encode())
    account.need("PUT", "Photos_2019", "dynamic", headers={"X-Object-Manifest": "Photos_2019_segments/film/"})
    account.need("PUT", "Photos_2019", "link", headers={"X-Symlink-Target": "Photos_2019/film"})


FILM = b"".join(bytes([65 + n]) * 6 * MIB for n in range(3))


def test_a_tenant_s_objects_on_s3_kept_mapped_or_told(
    lab: None, s3: dict[str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(Account.of(f"source-{PROJECT}"))
    workspace, buckets = planned(tmp_path / "ws", s3)
    assert sorted(buckets) == ["Photos_2019", "Photos_2019_segments", "empty"]
    witness = Witness.now("source", PROJECT)
    workspace.decamp("run", "--execute")
    assert witness.ended().writes() == []
    there, box = client(s3), buckets["Photos_2019"]
    keys = [one["Key"] for one in there.list_objects_v2(Bucket=box)["Contents"]]
    told: dict[str, str] = {}

    assert keys == sorted(["2019/a b.jpg", *(f"2019/{n:03}" for n in range(30)), "dynamic", "film"], key=str.encode)
    told["plain objects, names with blanks"] = KEPT
    photo = there.get_object(Bucket=box, Key="2019/a b.jpg")
    assert photo["Body"].read() == b"jpeg" * 1000 and photo["ContentType"] == "image/jpeg"
    assert photo["ContentDisposition"] == "inline"
    told["content, type, disposition"] = KEPT
    assert "city" in photo["Metadata"]
    told["metadata beyond ASCII"] = MAPPED
    for key in ("film", "dynamic"):
        assert there.get_object(Bucket=box, Key=key)["Body"].read() == FILM, key
    md5s = [hashlib.md5(FILM[n * 6 * MIB : (n + 1) * 6 * MIB]).digest() for n in range(3)]
    etag = f"{hashlib.md5(b''.join(md5s)).hexdigest()}-3"
    assert there.head_object(Bucket=box, Key="film")["ETag"].strip('"') == etag
    told["static and dynamic large objects, as one object of parts"] = MAPPED
    segments = [one["Key"] for one in there.list_objects_v2(Bucket=buckets["Photos_2019_segments"])["Contents"]]
    assert segments == ["orphan"]
    told["segments, inside their large objects; those that nobody names by themselves"] = MAPPED
    assert "Contents" not in there.list_objects_v2(Bucket=buckets["empty"])
    told["empty containers"] = KEPT
    assert "link" not in keys
    told["links, container's access list and metadata; time of expiry where there are no rules"] = NOT_REPRESENTABLE
    assert "Uploads" not in there.list_multipart_uploads(Bucket=box)

    has_rules = s3["access"] == seaweed.ACCESS
    if has_rules:
        tags = there.get_object_tagging(Bucket=box, Key="2019/a b.jpg")["TagSet"]
        assert tags == [{"Key": "decamp-expires", "Value": "2100-01-01"}]
    evidence = workspace.json("verify", "--full", expect=0 if has_rules else 3)
    rows = {row["item"]: row for row in evidence["rows"]}
    assert rows["container:Photos_2019"]["verdict"] == ("same" if has_rules else "reduced")
    lost = {one["header"]: one["examples"] for one in rows["container:Photos_2019"]["dropped"]}
    assert lost == ({} if has_rules else {"x-delete-at": ["2019/a b.jpg"]})
    others = {row["verdict"] for item, row in rows.items() if item.startswith("container:") and not row["dropped"]}
    assert others == {"same"}
    assert rows["container:Photos_2019"]["left"] == {"refused": 1}
    assert rows["container:Photos_2019_segments"]["left"] == {"inside": 3}
    # One byte of what is there is changed behind its back.
    there.put_object(Bucket=box, Key="2019/007", Body=b"8" * 100)
    evidence = workspace.json("verify", "--full", expect=4)
    row = next(row for row in evidence["rows"] if row["item"] == "container:Photos_2019")
    assert all('"2019/007"' in difference for difference in row["differences"]) and row["differences"]
    with capsys.disabled():
        print()
        for what, verdict in told.items():
            print(f"{verdict:18}{what}")


@pytest.mark.parametrize("s3", ["s3api", *rest("seaweedfs")], indirect=True)
def test_a_large_object_that_a_kill_broke_off_is_gone_on_with(lab: None, s3: dict[str, str], tmp_path: Path) -> None:
    fill(Account.of(f"source-{PROJECT}"))
    workspace, buckets = planned(tmp_path / "ws", s3)
    box = buckets["Photos_2019"]
    at = ("target", "PUT", "s3", f"/{box}/film")
    assert workspace.killed("after", at) == 0
    there = client(s3)
    (upload,) = [one for one in there.list_multipart_uploads(Bucket=box)["Uploads"] if one["Key"] == "film"]
    parts = there.list_parts(Bucket=box, Key="film", UploadId=upload["UploadId"]).get("Parts", [])
    assert parts
    workspace.decamp("run", "--execute")
    assert there.get_object(Bucket=box, Key="film")["Body"].read() == FILM
    assert "Uploads" not in there.list_multipart_uploads(Bucket=box)
    # Where the store has no rules, what expires at the source waits for a person's word (exit 3).
    evidence = workspace.json("verify", "--full", expect=None)
    assert evidence["rows"] and {row["verdict"] for row in evidence["rows"]} <= {"same", "reduced"}


@pytest.mark.parametrize("s3", ["s3api", *rest("seaweedfs")], indirect=True)
def test_an_upload_that_nobody_ends_is_ended_by_clean(lab: None, s3: dict[str, str], tmp_path: Path) -> None:
    fill(Account.of(f"source-{PROJECT}"))
    workspace, buckets = planned(tmp_path / "ws", s3)
    box = buckets["Photos_2019"]
    assert workspace.killed("after", ("target", "PUT", "s3", f"/{box}/film")) == 0
    Account.of(f"source-{PROJECT}").need("DELETE", "Photos_2019", "film")
    there = client(s3)
    theirs = there.create_multipart_upload(Bucket=box, Key="theirs")["UploadId"]
    workspace.decamp("clean", "--execute", expect=None)
    left = there.list_multipart_uploads(Bucket=box).get("Uploads", [])
    assert [one["Key"] for one in left] == ["theirs"]
    there.abort_multipart_upload(Bucket=box, Key="theirs", UploadId=theirs)
