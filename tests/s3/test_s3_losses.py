"""What S3 cannot hold of an object's headers is counted and named, from the row of the copy to the report."""

import json
from pathlib import Path

from msgspec.structs import replace

from migrate.demo.memory.cloud import worlds
from migrate.messages import codes
from migrate.objects.listing.object_rows import RowsFile, write_rows
from tests.s3.tenant import Tenant

LARGE = {"x-object-meta-long": "v" * 3000, "x-object-meta-short": "kept"}
NOT_ASCII = {"x-object-meta-ville-é": "Paris"}
ROBOTS = {"x-robots-tag": "noindex"}


def fill(tenant: Tenant) -> None:
    tenant.put("plain", x_object_meta_n="1")
    tenant.put_with("large", LARGE)
    tenant.put_with("clé", NOT_ASCII)
    tenant.put_with("robots", {**ROBOTS, "x-object-meta-n": "2"})


def test_each_object_is_named_with_what_it_lacks(tenant: Tenant) -> None:
    fill(tenant)
    tenant.move()
    there = tenant.client().head_object(Bucket=tenant.bucket, Key="large")
    assert there["Metadata"] == {"short": "kept"}, "what the referee sees"
    assert {name: row.dropped for name, row in tenant.rows().items()} == {
        "plain": (),
        "large": ("x-object-meta-long",),
        "clé": ("x-object-meta-ville-é",),
        "robots": ("x-robots-tag",),
    }
    assert tenant.seal().dropped == {"x-object-meta-*": 2, "x-robots-tag": 1}

    row = tenant.verify(expect=3)
    assert row["verdict"] == "reduced" and row["differences"] == []
    assert row["dropped"] == [
        {
            "header": "x-object-meta-*",
            "objects": 2,
            "examples": ["clé (x-object-meta-ville-é)", "large (x-object-meta-long)"],
            "is_told": False,
        },
        {"header": "x-robots-tag", "objects": 1, "examples": ["robots"], "is_told": False},
    ]
    assert "large (x-object-meta-long)" in tenant.decamp("verify", "--full", expect=3)
    assert "1 container lost object headers" in tenant.err
    losses = json.loads(tenant.report("json"))["losses"]
    assert [one["facts"] for one in losses if one["code"] == codes.OBJECT_HEADERS_LOST] == [
        {
            "header": "x-object-meta-*",
            "objects": "2",
            "examples": "clé (x-object-meta-ville-é), large (x-object-meta-long)",
        },
        {"header": "x-robots-tag", "objects": "1", "examples": "robots"},
    ]
    for form in ("md", "html"):
        assert "large (x-object-meta-long)" in tenant.report(form)
    # A loss that the policy accepts counts as told.
    tenant.policy(lambda said: said.update(accept=[*(said["accept"] or []), "DCP-876:container:photos"]))
    tenant.plan()
    assert tenant.verify(expect=0)["verdict"] == "reduced"


def test_metadata_that_outgrows_s3_between_two_passes_and_fits_again(tenant: Tenant) -> None:
    tenant.put("photo", x_object_meta_note="short")
    tenant.move()
    for note, lost in (("v" * 3000, True), ("v" * 3001, True), ("again", False)):
        tenant.post("photo", {"x-object-meta-note": note})
        tenant.put(f"other {note[:4]}{len(note)}")
        tenant.move()
        there = tenant.client().head_object(Bucket=tenant.bucket, Key="photo")["Metadata"]
        assert there == ({} if lost else {"note": "again"})
        row = tenant.verify(expect=3 if lost else 0)
        assert bool(row["dropped"]) is lost and (tenant.seal().dropped != {}) is lost
        if note != "v" * 3001:
            assert (codes.OBJECT_HEADERS_LOST in tenant.report("md")) is lost


def test_rows_of_an_earlier_version_are_told_at_the_next_pass(tenant: Tenant) -> None:
    """They hold the headers, and say nothing of what has become of them."""
    fill(tenant)
    tenant.move()
    told = tenant.seal().dropped
    (file,) = (tenant.root / "evidence" / "objects" / "photos").glob("*.rows.gz")
    write_as_before(file)
    assert not any(row.dropped for row in tenant.rows().values())
    assert [one["objects"] for one in tenant.verify(expect=3)["dropped"]] == [2, 1]
    tenant.put("new")
    tenant.move()
    assert tenant.seal().dropped == told


def write_as_before(file: Path) -> None:
    """The rows without the field, and the pass's seal of them."""
    old = RowsFile(file)
    rows = [replace(row, dropped=()) for row in old]
    seal = write_rows(file, old.head, rows)
    sealed = file.parent / "pass.json"
    told = json.loads(sealed.read_text())
    del told["dropped"]
    for shard in told["shards"]:
        del shard["dropped"]
        shard["seal"] = seal.seal
    sealed.write_text(json.dumps(told))


def test_a_scan_of_the_objects_tells_before_anything_is_copied(tenant: Tenant) -> None:
    fill(tenant)
    tenant.put("expires", x_delete_at="4102444800")
    tenant.put_with("link", {"x-symlink-target": "photos/plain"}, b"")
    tenant.decamp("scan")
    assert [one["facts"] for one in tenant.findings()[codes.OBJECT_HEADERS_UNCHECKED]] == [
        {"containers": "1", "objects": "6"}
    ]
    tenant.decamp("scan", "--objects")
    assert "2 requests for listings and up to 6 for headers" in tenant.err
    found = tenant.findings()
    assert codes.OBJECT_HEADERS_UNCHECKED not in found and codes.OBJECT_HEADERS_PARTLY_CHECKED not in found
    assert [(one["item"], one["facts"]) for one in found[codes.OBJECT_HEADERS_LOST]] == [
        (
            "container:photos",
            {
                "header": "x-object-meta-*",
                "objects": "2",
                "examples": "clé (x-object-meta-ville-é), large (x-object-meta-long)",
            },
        ),
        ("container:photos", {"header": "x-robots-tag", "objects": "1", "examples": "robots"}),
    ]
    assert [one["facts"] for one in found[codes.EXPIRY_BECOMES_RULE]] == [{"objects": "1", "examples": "expires"}]
    tenant.decamp("plan")
    for form in ("md", "html"):
        assert "large (x-object-meta-long)" in tenant.report(form), "before anything is copied"
    buckets = [bucket["Name"] for bucket in tenant.client().list_buckets()["Buckets"]]
    assert tenant.bucket not in buckets


def test_what_a_scan_has_told_is_named_and_no_reason_to_fail(tenant: Tenant) -> None:
    fill(tenant)
    tenant.move("--objects")
    row = tenant.verify(expect=0)
    assert row["verdict"] == "reduced" and {one["is_told"] for one in row["dropped"]} == {True}
    # Something of another kind since: nobody was told of that.
    tenant.post("plain", {"content-disposition": "ä"})
    tenant.put("new")
    tenant.move()
    row = tenant.verify(expect=3)
    assert {one["header"]: one["is_told"] for one in row["dropped"]} == dict.fromkeys(
        ("content-disposition", "x-object-meta-*", "x-robots-tag"), False
    ), "a scan without --objects knows of none"
    tenant.move("--objects")
    assert tenant.verify(expect=0)["verdict"] == "reduced"


def test_a_sample_asks_for_fewer_headers(tenant: Tenant) -> None:
    for number in range(50):
        tenant.put(f"{number:02}", x_robots_tag="none")
    worlds["source"].log.clear()
    tenant.decamp("scan", "--objects", "--objects-sample", "10")
    heads = [path for method, service, path in worlds["source"].log if method == "HEAD" and path.count("/") == 2]
    assert len(heads) == 10 and "10 for headers" in tenant.err
    found = tenant.findings()
    assert [one["facts"]["objects"] for one in found[codes.OBJECT_HEADERS_LOST]] == ["10"]
    assert [one["facts"] for one in found[codes.OBJECT_HEADERS_PARTLY_CHECKED]] == [{"looked": "10", "objects": "50"}]
