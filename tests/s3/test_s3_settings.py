"""What S3 has in place of a container's headers, CORS and website, is carried, or told where the service has none."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from migrate.messages import codes
from tests.s3.tenant import Tenant

META = "x-container-meta-"
CORS = {
    f"{META}access-control-allow-origin": "https://a.example  https://b.example",
    f"{META}access-control-max-age": "600",
    f"{META}access-control-expose-headers": "X-One, X-Two",
}
WEB = {f"{META}web-index": "index.html", f"{META}web-error": "error.html"}


def cors_of(tenant: Tenant) -> Any:
    """None where the store has no such thing, or the bucket no rules."""
    try:
        return tenant.client().get_bucket_cors(Bucket=tenant.bucket)["CORSRules"]
    except ClientError:
        return None


def web_of(tenant: Tenant) -> Any:
    try:
        found = tenant.client().get_bucket_website(Bucket=tenant.bucket)
    except ClientError:
        return None
    return {key: found[key] for key in ("IndexDocument", "ErrorDocument")}


def refused(row: dict[str, Any]) -> dict[str, str]:
    return {one["header"]: one["examples"][0] for one in row["dropped"] if not one["objects"]}


def test_cors_and_web_site_become_the_buckets_or_are_told(tenant: Tenant) -> None:
    tenant.source.objects.put_container("photos", {**CORS, **WEB, f"{META}web-listings": "true"})
    tenant.put("index.html")
    tenant.plan()
    findings = tenant.findings()
    assert (
        codes.CORS_BECOMES_BUCKETS in findings
        and codes.WEBSITE_BECOMES_BUCKETS in findings
        and codes.CORS_LOST not in findings
    )
    (left,) = findings[codes.WEBSITE_LOST]
    assert left["facts"] == {"headers": "x-container-meta-web-listings: true"}
    tenant.decamp("run", "--execute")
    row = tenant.verify(expect=0 if tenant.server.name == "moto" else 3)
    told = refused(row)
    if tenant.server.name in {"moto", "seaweedfs"}:
        (rule,) = cors_of(tenant)
        assert rule["AllowedOrigins"] == ["https://a.example", "https://b.example"]
        assert (rule["ExposeHeaders"], rule["MaxAgeSeconds"]) == (["X-One", "X-Two"], 600)
        assert set(rule["AllowedMethods"]) == {"GET", "HEAD", "PUT", "POST", "DELETE"}
        assert not any("access-control" in header for header in told)
    else:
        assert f"{META}access-control-max-age" in told
    if tenant.server.name == "moto":
        assert web_of(tenant) == {"IndexDocument": {"Suffix": "index.html"}, "ErrorDocument": {"Key": "404error.html"}}
        assert row["verdict"] == "same"
    else:
        assert told.items() >= WEB.items() and row["verdict"] == "reduced"
        assert codes.BUCKET_SETTING_REFUSED in tenant.report("md")
        accepted = [*({"DCP-853:container:photos"} if not tenant.server.has_tags else ()), "DCP-888:container:photos"]
        tenant.policy(lambda said: said.update(accept=accepted))
        tenant.move()
        assert tenant.verify(expect=0)["verdict"] == "reduced"


def test_settings_that_change_at_the_source_or_the_bucket(tenant: Tenant) -> None:
    if tenant.server.name == "s3api":
        pytest.skip("it has none")
    origin = f"{META}access-control-allow-origin"
    tenant.source.objects.put_container("photos", {origin: "*"})
    tenant.put("a")
    tenant.move()
    tenant.source.objects.put_container("photos", {origin: "https://new.example"})
    tenant.move()
    assert cors_of(tenant)[0]["AllowedOrigins"] == ["https://new.example"]
    assert tenant.verify(expect=0)["verdict"] == "same"
    theirs = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://theirs.example"], "ID": "theirs"}
    tenant.client().put_bucket_cors(Bucket=tenant.bucket, CORSConfiguration={"CORSRules": [theirs]})
    tenant.put("b")
    tenant.move()
    assert cors_of(tenant)[0]["AllowedOrigins"] == ["https://theirs.example"], "what somebody else has set stays"
    (told,) = tenant.verify(expect=4)["differences"]
    assert told == f"header {origin}: https://new.example ≠ https://theirs.example"


def test_rules_that_somebody_took_off_the_bucket_or_narrowed_stay_so(tenant: Tenant) -> None:
    if tenant.server.name == "s3api":
        pytest.skip("it has none")
    tenant.source.objects.put_container("photos", CORS)
    tenant.put("a")
    tenant.move()
    narrow = {"AllowedMethods": ["GET"], "AllowedOrigins": ["https://a.example"], "ID": "decamp"}
    tenant.client().put_bucket_cors(Bucket=tenant.bucket, CORSConfiguration={"CORSRules": [narrow]})
    tenant.put("b")
    tenant.move()
    assert cors_of(tenant)[0]["AllowedOrigins"] == ["https://a.example"]
    tenant.client().delete_bucket_cors(Bucket=tenant.bucket)
    for name in ("c", "d"):
        tenant.put(name)
        tenant.move()
        assert cors_of(tenant) is None
    tenant.decamp("run", "--execute", "--set-again", "container:photos")
    assert cors_of(tenant)[0]["AllowedOrigins"] == ["https://a.example", "https://b.example"]


def test_a_part_of_the_rules_that_the_source_drops_goes_from_the_bucket(tenant: Tenant) -> None:
    if tenant.server.name == "s3api":
        pytest.skip("it has none")
    tenant.source.objects.put_container("photos", CORS)
    tenant.put("a")
    tenant.move()
    tenant.source.objects.put_container("photos", {f"x-remove-{name[2:]}": "x" for name in CORS if "expose" in name})
    tenant.put("b")
    tenant.move()
    assert "ExposeHeaders" not in cors_of(tenant)[0]
    assert tenant.verify(expect=0)["verdict"] == "same"


def test_a_bucket_that_containers_share_gets_settings_of_none(tenant: Tenant) -> None:
    tenant.source.objects.put_container("photos", {**CORS, **WEB})
    tenant.put("a")
    tenant.policy(lambda said: said["target"]["objects"]["s3"].update(buckets={"photos": f"{tenant.bucket}/photos"}))
    tenant.move()
    findings = tenant.findings()
    assert codes.CORS_LOST in findings and codes.WEBSITE_LOST in findings and codes.CORS_BECOMES_BUCKETS not in findings
    assert cors_of(tenant) is None and tenant.verify(expect=0)["verdict"] == "same"
