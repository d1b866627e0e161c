"""Objects that expire at the source: by a rule of the bucket, kept or left, never there for ever in silence."""

import json
import time
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from migrate.clouds.s3.expiry import S3Expiring
from migrate.errors import TransientError
from migrate.messages import codes
from tests.s3 import seaweed
from tests.s3.tenant import Tenant

DAY_S = 86400
TAG = "decamp-expires"


def in_days(days: float) -> str:
    return str(int(time.time() + days * DAY_S))


def day_behind(expires: str) -> str:
    """The first midnight (UTC) that is not before it."""
    moment = datetime.fromtimestamp(int(expires), UTC)
    midnight = moment.replace(hour=0, minute=0, second=0)
    return (midnight if moment == midnight else midnight + timedelta(days=1)).date().isoformat()


def tag_of(tenant: Tenant, name: str) -> str:
    tags = tenant.client().get_object_tagging(Bucket=tenant.bucket, Key=name)["TagSet"]
    return next((tag["Value"] for tag in tags if tag["Key"] == TAG), "")


def rules(tenant: Tenant) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tenant.client().get_bucket_lifecycle_configuration(Bucket=tenant.bucket)["Rules"]
    return found


def written(tenant: Tenant) -> dict[str, datetime]:
    """Name -> when it was written, as the referee lists them."""
    contents = tenant.client().list_objects_v2(Bucket=tenant.bucket)["Contents"]
    return {one["Key"]: one["LastModified"] for one in contents}


def word(tenant: Tenant, said: str) -> None:
    tenant.policy(lambda policy: policy.update(objects={"expiring": said}))


def with_rules(tenant: Tenant) -> None:
    if not tenant.server.has_rules:
        pytest.skip("no life cycles there: see the test of a store without")


def test_each_day_gets_a_rule_and_each_object_the_tag_of_its_day(tenant: Tenant) -> None:
    """Rules of others in the bucket stay."""
    with_rules(tenant)
    times = {"soon": in_days(0.01), "later": in_days(30), "same day": in_days(30)}
    for name, at in times.items():
        tenant.put(name, x_delete_at=at)
    tenant.put("for ever")
    tenant.move()
    assert {name: tag_of(tenant, name) for name in times} == {name: day_behind(at) for name, at in times.items()}
    assert tag_of(tenant, "for ever") == ""
    found = rules(tenant)
    there = {rule["Expiration"]["Date"].date().isoformat(): rule for rule in found}
    assert there.keys() == {day_behind(at) for at in times.values()}
    for day, rule in there.items():
        assert rule["Filter"] == {"Tag": {"Key": TAG, "Value": day}} and rule["Status"] == "Enabled"
        assert rule["Expiration"].keys() == {"Date"}
    row = tenant.verify(expect=0)
    assert (row["verdict"], row["dropped"], row["expiring"]) == ("same", [], {"rule": 3})
    assert "3 objects that a bucket rule deletes at expiry" in tenant.report("md")
    # Nothing has changed: nothing is sent again.
    before = written(tenant)
    theirs = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 7}}
    tenant.client().put_bucket_lifecycle_configuration(
        Bucket=tenant.bucket, LifecycleConfiguration={"Rules": [*found, theirs]}
    )
    ours_and_theirs = rules(tenant)
    tenant.put("new", x_delete_at=in_days(60))
    tenant.move()
    assert before.items() <= written(tenant).items()
    assert len(rules(tenant)) == 4 and all(rule in rules(tenant) for rule in ours_and_theirs)


def test_the_time_of_expiry_changes_goes_and_comes_between_passes(tenant: Tenant) -> None:
    with_rules(tenant)
    tenant.put("photo", x_delete_at=in_days(30))
    tenant.move()
    for number, expires in enumerate((in_days(60), "", in_days(90))):
        tenant.post("photo", {"x-delete-at": expires} if expires else {})
        tenant.put(f"new {number}")
        tenant.move()
        assert tag_of(tenant, "photo") == (day_behind(expires) if expires else "")
        assert tenant.verify(expect=0)["expiring"] == ({"rule": 1} if expires else {})


def test_a_rule_or_tag_that_somebody_takes_away_is_named(tenant: Tenant) -> None:
    with_rules(tenant)
    tenant.put("photo", x_delete_at=in_days(30))
    tenant.move()
    client = tenant.client()
    client.delete_object_tagging(Bucket=tenant.bucket, Key="photo")
    (told,) = tenant.verify(expect=4)["differences"]
    assert told.startswith('object "photo" deleted by a rule on: ')
    client.delete_bucket_lifecycle(Bucket=tenant.bucket)
    assert any("rule that deletes on" in told for told in tenant.verify(expect=4)["differences"])


def test_rules_that_a_bucket_had_before_stay(tenant: Tenant) -> None:
    with_rules(tenant)
    client = tenant.client()
    client.create_bucket(Bucket=tenant.bucket)
    theirs = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 7}}
    client.put_bucket_lifecycle_configuration(Bucket=tenant.bucket, LifecycleConfiguration={"Rules": [theirs]})
    before = rules(tenant)
    tenant.put("photo", x_delete_at=in_days(30))
    tenant.move()
    assert len(rules(tenant)) == 2 and all(rule in rules(tenant) for rule in before)


def test_a_store_without_rules_keeps_them_and_verify_asks_for_a_choice(tenant: Tenant) -> None:
    if tenant.server.has_rules:
        pytest.skip("it has life cycles")
    tenant.put("photo", x_delete_at=in_days(30))
    tenant.put("for ever")
    tenant.move()
    row = tenant.verify(expect=3)
    assert (row["verdict"], row["expiring"]) == ("reduced", {})
    assert row["dropped"] == [{"header": "x-delete-at", "objects": 1, "examples": ["photo"], "is_told": False}]
    assert "x-delete-at" in tenant.report("md")


def test_kept_by_the_policys_word(tenant: Tenant) -> None:
    word(tenant, "keep")
    tenant.put("photo", x_delete_at=in_days(30))
    tenant.move("--objects")
    assert [one["facts"]["examples"] for one in tenant.findings()[codes.EXPIRY_DROPPED]] == ["photo"]
    row = tenant.verify(expect=0)
    assert (row["verdict"], row["left"]) == ("reduced", {})
    assert tenant.rows()["photo"].dropped == ("x-delete-at",)
    if tenant.server.has_rules:
        assert tag_of(tenant, "photo") == ""
        word(tenant, "rule")
        tenant.move()
        assert tag_of(tenant, "photo") and tenant.rows()["photo"].dropped == ()
        word(tenant, "keep")
        tenant.move()
        assert tag_of(tenant, "photo") == "" and tenant.rows()["photo"].dropped == ("x-delete-at",)


def test_left_by_the_policys_word(tenant: Tenant) -> None:
    word(tenant, "skip")
    tenant.put("photo", x_delete_at=in_days(30))
    tenant.put("for ever")
    tenant.move("--objects")
    assert [one["facts"]["examples"] for one in tenant.findings()[codes.EXPIRING_LEFT]] == ["photo"]
    assert list(written(tenant)) == ["for ever"]
    row = tenant.verify(expect=0)
    assert (row["verdict"], row["left"]) == ("same", {"expiring": 1})
    assert "1 expiring object left at the source" in tenant.report("md")
    # It expires no longer.
    tenant.post("photo", {})
    tenant.put("new")
    tenant.move()
    assert list(written(tenant)) == ["for ever", "new", "photo"] and tenant.verify(expect=0)["left"] == {}


def test_a_rule_that_the_store_makes_something_else_of_is_taken_back(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service that knows no tags may take it for the whole bucket. It is tried once, whatever else expires there."""
    if tenant.server.name != "moto":
        pytest.skip("moto can be made to")
    from moto.s3.models import FakeBucket

    real, tried = FakeBucket.set_lifecycle, list[str]()

    def set_lifecycle(bucket: Any, said: list[dict[str, Any]]) -> None:
        real(bucket, [{**rule, "Filter": {"Prefix": ""}} for rule in said])
        tried.extend(rule["Status"] for rule in said)

    monkeypatch.setattr(FakeBucket, "set_lifecycle", set_lifecycle)
    tenant.put("photo", x_delete_at=in_days(30))
    tenant.put("film", x_delete_at=in_days(60))
    tenant.move()
    assert [rule["Status"] for rule in rules(tenant)] == ["Disabled"] == tried[1:]
    assert tag_of(tenant, "photo") == ""
    assert [one["header"] for one in tenant.verify(expect=3)["dropped"]] == ["x-delete-at"]


def test_a_run_that_ended_before_it_could_take_such_a_rule_back_is_made_good_by_the_next(
    tenant: Tenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On that day everything in the bucket would be deleted, whoever put it there."""
    if tenant.server.name != "moto":
        pytest.skip("moto can be made to")
    from moto.s3.models import FakeBucket

    real, holds = FakeBucket.set_lifecycle, S3Expiring._holds
    theirs = {"ID": "logs", "Status": "Enabled", "Filter": {"Prefix": "logs/"}, "Expiration": {"Days": 7}}
    tenant.client().create_bucket(Bucket=tenant.bucket)
    tenant.client().put_bucket_lifecycle_configuration(Bucket=tenant.bucket, LifecycleConfiguration={"Rules": [theirs]})

    def set_lifecycle(bucket: Any, said: list[dict[str, Any]]) -> None:
        real(bucket, [rule if rule["ID"] == "logs" else {**rule, "Filter": {"Prefix": ""}} for rule in said])

    def breaks_off(*_: Any) -> bool:
        monkeypatch.setattr(S3Expiring, "_holds", holds)
        raise TransientError(codes.CLOUD_UNAVAILABLE, what="the service")

    monkeypatch.setattr(FakeBucket, "set_lifecycle", set_lifecycle)
    monkeypatch.setattr(S3Expiring, "_holds", breaks_off)
    tenant.put("photo", x_delete_at=in_days(30))
    tenant.move()
    assert [rule["ID"] for rule in rules(tenant) if rule["Status"] == "Enabled"] == ["logs"]
    assert tag_of(tenant, "photo") == ""
    assert [one["header"] for one in tenant.verify(expect=3)["dropped"]] == ["x-delete-at"]


def test_on_its_day_the_store_deletes_that_object_and_no_other(tenant: Tenant) -> None:
    """SeaweedFS goes through its rules when it is told to; the day is brought forward by the referee."""
    if tenant.server.name != "seaweedfs":
        pytest.skip("moto deletes nothing, s3api has no rules")
    tenant.put("photo", x_delete_at=in_days(30))
    tenant.put("other day", x_delete_at=in_days(60))
    tenant.put("for ever")
    tenant.move()
    assert "complete" in seaweed.run_life_cycle(tenant.server.url)
    assert tenant.verify(expect=0)["expiring"] == {"rule": 2}
    found = rules(tenant)
    (first,) = [rule for rule in found if rule["Filter"]["Tag"]["Value"] == tag_of(tenant, "photo")]
    first["Expiration"] = {"Date": datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)}
    tenant.client().put_bucket_lifecycle_configuration(Bucket=tenant.bucket, LifecycleConfiguration={"Rules": found})
    seaweed.run_life_cycle(tenant.server.url)
    assert list(written(tenant)) == ["for ever", "other day"]


def test_a_large_object_of_parts_expires_too(tenant: Tenant) -> None:
    with_rules(tenant)
    tenant.source.objects.put_container("parts", {})
    tenant.put("film/0", b"A" * (5 << 20), "parts")
    tenant.put("film/1", b"B", "parts")
    tenant.put("film", b"", x_object_manifest="parts/film/", x_delete_at=in_days(30))
    tenant.move()
    assert tag_of(tenant, "film")
    assert tenant.verify(expect=0)["expiring"] == {"rule": 1}
    assert json.loads(tenant.report("json"))["not_same"]
