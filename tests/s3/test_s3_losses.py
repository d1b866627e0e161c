"""What S3 cannot hold of an object's headers is counted and named, from the row of the copy to the report."""

import json
from pathlib import Path

from msgspec.structs import replace

from migrate.listing.rows import RowsFile, write_rows
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
    assert "1 container lost headers" in tenant.err


def test_the_report_says_what_is_lost(tenant: Tenant) -> None:
    fill(tenant)
    tenant.move()
    tenant.verify(expect=3)
    losses = json.loads(tenant.report("json"))["losses"]
    assert [one["facts"] for one in losses if one["code"] == "DCP-876"] == [
        {
            "header": "x-object-meta-*",
            "objects": "2",
            "examples": "clé (x-object-meta-ville-é), large (x-object-meta-long)",
        },
        {"header": "x-robots-tag", "objects": "1", "examples": "robots"},
    ]
    for form in ("md", "html"):
        assert "large (x-object-meta-long)" in tenant.report(form)


def test_metadata_that_outgrows_s3_between_two_passes_and_fits_again(tenant: Tenant) -> None:
    tenant.put("photo", x_object_meta_note="short")
    tenant.move()
    assert tenant.verify(expect=0)["verdict"] == "same"
    for note, lost in (("v" * 3000, True), ("v" * 3001, True), ("again", False)):
        tenant.post("photo", {"x-object-meta-note": note})
        tenant.put(f"other {note[:4]}{len(note)}")
        tenant.move()
        there = tenant.client().head_object(Bucket=tenant.bucket, Key="photo")["Metadata"]
        assert there == ({} if lost else {"note": "again"})
        row = tenant.verify(expect=3 if lost else 0)
        assert bool(row["dropped"]) is lost and (tenant.seal().dropped != {}) is lost
        assert ("DCP-876" in tenant.report("md")) is lost


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
