"""Containers in the plan: where they lie on S3, what is set of them and when, and what S3 refuses of their objects."""

import pytest
from msgspec.structs import replace

from migrate.documents import canonical
from migrate.model import ON_S3 as ON_S3_SERVICE
from migrate.model import Container, Inventory, Mark, ObjectEntry, Role, name_id
from migrate.model.steps import CopyContainer, Plan
from migrate.plan.build_plan import build_plan
from migrate.policy.policy_records import Policy, S3Target
from migrate.policy.provider_profiles import read_profile
from migrate.policy.s3_object_limits import ObjectLimits, limits_of, oddness, refusals
from tests.plan.tenants import MIGRATION, SERVICES, backup, empty, policy, target, volume

ON_S3 = target(services=(*SERVICES, ON_S3_SERVICE))
OBS = "https://oss.eu-west-0.prod-cloud-ocb.orange-business.com"


def boxes(*names: str, **headers: str) -> Inventory:
    told = {key.replace("_", "-"): value for key, value in headers.items()}
    return empty(containers=tuple(Container(name=name, headers=told) for name in names))


def on_s3(**said: object) -> Policy:
    return policy(s3=S3Target(**said))  # type: ignore[arg-type]


def copy(plan: Plan, step_id: str) -> CopyContainer:
    action = plan.step(step_id).action
    assert isinstance(action, CopyContainer)
    return action


# ---------------------------------------------------------------- places


def test_a_plan_says_where_each_container_lies() -> None:
    plan = build_plan(boxes("photos", "Logs"), ON_S3, on_s3(buckets={"photos": "media/photos"}))
    photos, logs = copy(plan, "container:photos"), copy(plan, "container:Logs")
    assert (photos.bucket, photos.key_prefix) == ("media", "photos/")
    assert (logs.bucket, logs.key_prefix) == ("logs", "")
    assert plan.places == {"Logs": logs.place, "photos": photos.place}


def test_of_a_target_on_swift_a_step_says_what_it_always_said() -> None:
    plan = build_plan(boxes("photos"), target(), policy())
    assert (copy(plan, "container:photos").bucket, copy(plan, "container:photos").key_prefix) == ("", "")
    assert plan.places == {}
    assert b"place" not in canonical(plan) and b"versions" not in canonical(plan)


def test_what_stays_takes_no_bucket_away() -> None:
    names = [f"box-{number:03}" for number in range(101)]
    source = replace(boxes(*names), volumes=(volume(),), backups=(backup(container="box-001"),))
    shared = build_plan(source, ON_S3, replace(on_s3(endpoint=OBS), backups="container"))
    assert {place.bucket for place in shared.places.values()} == {f"containers-{MIGRATION[:8]}"}
    for said in (replace(on_s3(endpoint=OBS), skip=("container:box-000",)), on_s3(endpoint=OBS)):
        plan = build_plan(source, ON_S3, said)
        assert {name: place.bucket for name, place in plan.places.items()} == {name: name for name in plan.places}


def test_where_this_migration_has_put_a_container_it_stays() -> None:
    mark = str(Mark(role=Role.MOVED, migration=MIGRATION, source_id=name_id("Photos")))
    there = replace(ON_S3, containers=(Container(name="media/old/", mark=mark),))
    plan = build_plan(boxes("Photos", "photos"), there, on_s3())
    assert (copy(plan, "container:Photos").bucket, copy(plan, "container:Photos").key_prefix) == ("media", "old/")
    assert copy(plan, "container:photos").bucket == "photos"


def test_on_s3_segments_are_looked_at_after_what_names_them() -> None:
    plan = build_plan(boxes("a", "a_segments", "b", "lost_segments", "more_segments"), ON_S3, on_s3())
    assert plan.step("container:a").needs == ()
    assert plan.step("container:a_segments").needs == ("container:a",)
    assert plan.step("container:lost_segments").needs == ("container:a", "container:b")
    assert plan.step("container:more_segments").needs == ("container:lost_segments",)
    assert copy(plan, "container:a_segments").segment_container


def test_on_s3_a_container_moves_without_the_container_of_its_segments() -> None:
    """They are read at the source and become its parts."""
    said = replace(on_s3(), skip=("container:a_segments", "container:lost_segments"))
    plan = build_plan(boxes("a", "a_segments", "lost_segments"), ON_S3, said)
    assert [step.id for step in plan.steps] == ["container:a"]


# ---------------------------------------------------------------- headers


def test_a_plan_carries_headers_but_where_a_container_sends_its_objects() -> None:
    action = copy(
        build_plan(boxes("c", x_container_sync_to="//r/c/a/d", x_container_read=".r:*"), target(), policy()),
        "container:c",
    )
    assert action.headers == {"x-container-read": ".r:*"}


def test_to_s3_no_header_of_a_container_goes() -> None:
    assert copy(build_plan(boxes("ccc", x_container_read=".r:*"), ON_S3, on_s3()), "container:ccc").headers == {}


@pytest.mark.parametrize(
    ("value", "said", "there", "kept"),
    [
        ("True", policy(), target(), True),
        ("true", policy(), target(), True),
        ("False", policy(), target(), False),
        ("True", policy(versions="current"), target(), False),
        ("True", on_s3(), ON_S3, False),
    ],
)
def test_a_step_says_whether_older_versions_are_copied(value: str, said: Policy, there: Inventory, kept: bool) -> None:
    action = copy(build_plan(boxes("ccc", x_versions_enabled=value), there, said), "container:ccc")
    assert bool(action.versions) is kept


# ---------------------------------------------------------------- objects


def entry(name: str, size_bytes: int = 1, **changes: object) -> ObjectEntry:
    return replace(ObjectEntry(name=name, size_bytes=size_bytes, etag="e"), **changes)


FOLDERS = ObjectLimits(
    key_bytes=20,
    object_bytes=100,
    refused_keys=("leading-slash", "empty-part", "dot-part", "control-character", "slash-with-content"),
)


@pytest.mark.parametrize(
    ("name", "size_bytes", "why"),
    [
        ("a/b", 100, ""),
        ("a/b", 101, "object-too-large"),
        ("é" * 10, 1, ""),
        ("é" * 10 + "x", 1, "key-too-long"),
        ("/a", 1, "leading-slash"),
        ("a//b", 1, "empty-part"),
        ("../x", 1, "dot-part"),
        ("a/./b", 1, "dot-part"),
        ("a/...", 1, ""),
        ("a\tb", 1, "control-character"),
        ("folder/", 0, ""),
        ("folder/", 1, "slash-with-content"),
    ],
)
def test_what_a_service_refuses_is_told_by_its_name_and_size(name: str, size_bytes: int, why: str) -> None:
    assert refusals(entry(name, size_bytes), FOLDERS) == why


def test_the_prefix_counts_as_part_of_the_key() -> None:
    assert refusals(entry("x" * 16), FOLDERS, "box/") == ""
    assert refusals(entry("x" * 17), FOLDERS, "box/") == "key-too-long"
    # Behind a prefix a slash at the beginning is one of two in a row.
    assert refusals(entry("/x"), FOLDERS, "box/") == "empty-part"


def test_where_no_profile_knows_more_every_shape_is_taken() -> None:
    plain = limits_of(None)
    assert [refusals(entry(name), plain) for name in ("/a", "a//b", "../x", "a/", "\x01", "x" * 1024)] == [""] * 6
    assert refusals(entry("x" * 1025), plain) == "key-too-long"
    assert refusals(entry("x", 5 * 2**40), plain) == "" and refusals(entry("x", 5 * 2**40 + 1), plain) != ""


def test_a_provider_that_takes_larger_objects_is_believed() -> None:
    limits = limits_of(read_profile("flexible-engine"))
    assert limits.object_bytes == 10_000 * 5 * 2**30
    assert refusals(entry("x", 40 * 2**40), limits) == ""


def test_a_link_is_odd_on_either_kind_of_store() -> None:
    link = entry("l", 0, is_link=True)
    assert oddness(link, None) == oddness(link, ObjectLimits()) == "link"
    assert oddness(entry("x" * 2000), None) == ""
    assert oddness(replace(link, name="x" * 2000), ObjectLimits()) == "key-too-long"
