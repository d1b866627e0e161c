"""What is found of containers, each by the smallest tenant that has it: on Swift, on S3, and by a look at listings."""

from dataclasses import dataclass, field

import pytest
from msgspec.structs import replace

from migrate.findings.finding import CODES, Finding
from migrate.messages import codes
from migrate.messages.codes.registry import Level
from migrate.model import ON_S3 as ON_S3_SERVICE
from migrate.model import Container, Inventory, Kind, LostHeaders, Mark, OddObjects, Role, ServiceResource, name_id
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import blocking, check
from migrate.policy.policy_records import Policy, S3Target
from tests.plan.tenants import MIGRATION, SERVICES, empty, policy, target

SWIFT = target()
ON_S3 = target(services=(*SERVICES, ON_S3_SERVICE))
GRA = "https://s3.gra.example"
FLEXIBLE_ENGINE = "https://oss.eu-west-0.prod-cloud-ocb.orange-business.com"


def box(name: str = "photos", **parts: object) -> Container:
    return replace(Container(name=name, odd=()), **parts)


def boxes(*containers: Container) -> Inventory:
    return empty(containers=containers or (box(),))


def with_headers(**headers: str) -> Inventory:
    return boxes(box(headers={key.replace("_", "-"): value for key, value in headers.items()}))


def on_s3(**said: object) -> Policy:
    return policy(s3=S3Target(**said))  # type: ignore[arg-type]


def on_s3_with(**said: object) -> Policy:
    return policy(s3=S3Target(), **said)


def there(*containers: Container) -> Inventory:
    return replace(ON_S3, containers=containers)


def found(source: Inventory, at: Inventory, said: Policy) -> dict[str, Finding]:
    """By code, what is found of containers."""
    return {f.code: f for f in check(source, at, said) if f.code in _OF_CONTAINERS}


_OF_CONTAINERS = {
    code
    for code in CODES
    if codes.CONTAINER_NAME_TAKEN <= code <= codes.ACCESS_LIST_NAMES_ACCEPTED or code >= codes.CONTAINER_BECOMES_BUCKET
} | {codes.OBJECT_ROWS_UNREADABLE}
ALWAYS = {codes.BUCKET_NAMES_GLOBAL, codes.S3_EXPIRY_AND_LINKS}
"""Said of every move to S3."""


@dataclass(frozen=True)
class Example:
    source: Inventory
    there: Inventory
    said: Policy
    facts: dict[str, str] = field(default_factory=dict)
    item: str = "container:photos"


REFUSED = ServiceResource(
    kind=Kind.CONTAINER, id="photos", name="photos", service=ON_S3_SERVICE, details={"why": "HTTP 403"}
)
UNSEEN = empty(containers=(Container(name="photos", objects=7, odd=()),))
EXPIRING = boxes(box(lost_headers=(LostHeaders(header="x-delete-at", objects=1, examples=("old",)),)))
MANY = boxes(*(box(f"box-{number:03}") for number in range(101)))
EXAMPLES = {
    codes.CONTAINER_BECOMES_BUCKET: Example(
        boxes(box("Photos")), ON_S3, on_s3(), {"bucket": "photos"}, "container:Photos"
    ),
    codes.BUCKET_NAMES_GLOBAL: Example(
        boxes(), ON_S3, on_s3(endpoint=GRA), {"buckets": "1", "endpoint": "s3.gra.example"}, ""
    ),
    codes.BUCKET_OF_OTHERS: Example(
        boxes(), replace(ON_S3, others=(REFUSED,)), on_s3(), {"bucket": "photos", "why": "HTTP 403"}
    ),
    codes.BUCKET_NOT_EMPTY: Example(boxes(), there(Container(name="photos", objects=1)), on_s3(), {"bucket": "photos"}),
    codes.BUCKET_SHARED: Example(
        MANY,
        ON_S3,
        on_s3(endpoint=FLEXIBLE_ENGINE, style="virtual"),
        {"containers": "101", "bucket": f"containers-{MIGRATION[:8]}", "limit": "100", "profile": "flexible-engine"},
        "",
    ),
    codes.OBJECT_STORE_DIFFERS: Example(boxes(), SWIFT, on_s3(), {"wanted": "S3"}, ""),
    codes.BUCKET_ADDRESSING: Example(
        boxes(), ON_S3, on_s3(endpoint=FLEXIBLE_ENGINE), {"style": "path", "wanted": "virtual"}, ""
    ),
    codes.ACCESS_LIST_LOST: Example(
        with_headers(x_container_read=".r:*"), ON_S3, on_s3(), {"header": "x-container-read", "value": ".r:*"}
    ),
    codes.CORS_LOST: Example(
        with_headers(x_container_meta_access_control_max_age="60"),
        ON_S3,
        on_s3(),
        {"headers": "x-container-meta-access-control-max-age: 60"},
    ),
    codes.WEBSITE_LOST: Example(
        with_headers(x_container_meta_web_listings="true"),
        ON_S3,
        on_s3(),
        {"headers": "x-container-meta-web-listings: true"},
    ),
    codes.TEMPURLS_END: Example(with_headers(x_container_meta_temp_url_key=""), ON_S3, on_s3()),
    codes.BUCKET_QUOTA_LOST: Example(
        with_headers(x_container_meta_quota_bytes="9"), ON_S3, on_s3(), {"headers": "x-container-meta-quota-bytes: 9"}
    ),
    codes.CONTAINER_METADATA_LOST: Example(
        with_headers(x_container_meta_owner="me"), ON_S3, on_s3(), {"keys": "x-container-meta-owner"}
    ),
    codes.CONTAINER_SYNC_LOST: Example(
        with_headers(x_container_sync_to="//r/c/a/d"), SWIFT, policy(), {"to": "//r/c/a/d"}
    ),
    codes.VERSIONS_CONTAINER: Example(with_headers(x_versions_location="old"), ON_S3, on_s3(), {"archive": "old"}),
    codes.VERSIONS_COPIED: Example(with_headers(x_versions_enabled="True"), SWIFT, policy()),
    codes.VERSIONS_LEFT: Example(
        with_headers(x_versions_enabled="True"), SWIFT, policy(versions="current"), {"why": "versions-current"}
    ),
    codes.SEGMENTS_CONTAINER: Example(
        boxes(box("a_segments")), ON_S3, on_s3(), {"bucket": "a-segments"}, "container:a_segments"
    ),
    codes.TOO_MANY_BUCKETS: Example(
        MANY,
        ON_S3,
        on_s3(
            endpoint=FLEXIBLE_ENGINE,
            style="virtual",
            buckets={container.name: container.name for container in MANY.containers},
        ),
        {"buckets": "101", "limit": "100", "profile": "flexible-engine"},
        "",
    ),
    codes.TEMPURL_KEYS_COPIED: Example(with_headers(x_container_meta_temp_url_key_2=""), SWIFT, policy()),
    codes.STORAGE_POLICY_CHANGES: Example(
        boxes(box("aaa", storage_policy="gold"), box("bbb", storage_policy="gold"), box(storage_policy="iron")),
        SWIFT,
        policy(),
        {"policy": "iron"},
    ),
    codes.S3_EXPIRY_AND_LINKS: Example(boxes(), ON_S3, on_s3(), {}, ""),
    codes.OBJECTS_REFUSED: Example(
        boxes(box(odd=(OddObjects(why="empty-part", objects=3, example="a//b"),))),
        ON_S3,
        on_s3(),
        {"why": "empty-part", "objects": "3", "example": "a//b"},
    ),
    codes.OBJECT_ROWS_UNREADABLE: Example(
        boxes(box(odd=(OddObjects(why="unreadable", objects=2, example="#7"),))),
        SWIFT,
        policy(),
        {"objects": "2", "example": "#7"},
    ),
    codes.OBJECT_LINKS: Example(
        boxes(box(odd=(OddObjects(why="link", objects=2, example="l"),))),
        SWIFT,
        policy(),
        {"objects": "2", "example": "l"},
    ),
    codes.VERSIONS_CONTAINER_LEFT: Example(
        with_headers(x_versions_location="old%20ones"), SWIFT, policy(), {"archive": "old ones"}
    ),
    codes.OBJECT_NAMES_UNCHECKED: Example(
        boxes(Container(name="photos", objects=7, lost_headers=())),
        ON_S3,
        on_s3(),
        {"containers": "1", "objects": "7"},
        "",
    ),
    codes.OBJECT_HEADERS_LOST: Example(
        boxes(box(lost_headers=(LostHeaders(header="x-robots-tag", objects=2, examples=("a", "b")),))),
        ON_S3,
        on_s3(),
        {"header": "x-robots-tag", "objects": "2", "examples": "a, b"},
    ),
    codes.EXPIRY_BECOMES_RULE: Example(EXPIRING, ON_S3, on_s3(), {"objects": "1", "examples": "old"}),
    codes.EXPIRY_DROPPED: Example(EXPIRING, ON_S3, on_s3_with(expiring="keep"), {"objects": "1", "examples": "old"}),
    codes.EXPIRING_LEFT: Example(EXPIRING, ON_S3, on_s3_with(expiring="skip"), {"objects": "1", "examples": "old"}),
    codes.ACCESS_LIST_NAMES_UNACCEPTED: Example(
        with_headers(x_container_read=".r:*, acme:alice,bob"),
        SWIFT,
        policy(),
        {"header": "x-container-read", "value": "acme:alice,bob"},
    ),
    codes.ACCESS_LIST_EVERYBODY_UNACCEPTED: Example(
        with_headers(x_container_write="*:*"),
        SWIFT,
        policy(),
        {"header": "x-container-write", "value": "*:*"},
    ),
    codes.ACCESS_LIST_EVERYBODY_ACCEPTED: Example(
        with_headers(x_container_read="*"),
        SWIFT,
        policy(accept=("DCP-881:container:photos",)),
        {"header": "x-container-read", "value": "*"},
    ),
    codes.OBJECT_HEADERS_UNCHECKED: Example(UNSEEN, ON_S3, on_s3(), {"containers": "1", "objects": "7"}, ""),
    codes.CORS_BECOMES_BUCKETS: Example(
        with_headers(x_container_meta_access_control_allow_origin="*"),
        ON_S3,
        on_s3(),
        {"headers": "x-container-meta-access-control-allow-origin: *"},
    ),
    codes.WEBSITE_BECOMES_BUCKETS: Example(
        with_headers(x_container_meta_web_index="a.html"),
        ON_S3,
        on_s3(),
        {"headers": "x-container-meta-web-index: a.html"},
    ),
    codes.OBJECT_HEADERS_PARTLY_CHECKED: Example(
        boxes(box(objects=9, lost_headers=(), sampled=3)), ON_S3, on_s3(), {"looked": "3", "objects": "9"}
    ),
}


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_code_is_found_and_nothing_else_is(code: str) -> None:
    example = EXAMPLES[code]
    said = found(example.source, example.there, example.said)
    one = said[code]
    assert one.item == example.item and set(one.facts) == set(CODES[code].facts)
    assert example.facts.items() <= one.facts.items()
    # Containers that share a bucket have another name there.
    others = said.keys() - {code, *({codes.CONTAINER_BECOMES_BUCKET} if code == codes.BUCKET_SHARED else ())}
    assert others == (ALWAYS - {code} if example.said.s3 and code != codes.OBJECT_STORE_DIFFERS else set())


def test_a_container_with_nothing_odd_about_it_has_nothing_to_tell() -> None:
    assert found(boxes(), SWIFT, policy()) == {}
    assert found(boxes(), ON_S3, on_s3()).keys() == ALWAYS


def test_a_tenant_without_containers_is_told_nothing_of_them() -> None:
    assert found(empty(), SWIFT, on_s3()) == {}


def test_back_from_s3_the_target_is_scanned_again_too() -> None:
    assert found(boxes(), ON_S3, policy())[codes.OBJECT_STORE_DIFFERS].facts == {"wanted": "Swift"}


def test_a_target_without_swift_may_have_s3() -> None:
    compute_only = target(services=("compute", ON_S3_SERVICE))
    assert codes.NO_OBJECT_STORE not in found(boxes(), compute_only, on_s3())
    assert codes.NO_OBJECT_STORE in found(boxes(), target(services=("compute",)), policy())


def test_somebody_elses_bucket_keeps_its_container_out_of_the_plan() -> None:
    example = EXAMPLES[codes.BUCKET_OF_OTHERS]
    plan = build_plan(example.source, example.there, example.said)
    assert [(out.name, out.code) for out in plan.left_out] == [("photos", codes.BUCKET_OF_OTHERS)]
    other = replace(example.said, s3=S3Target(buckets={"photos": "my-photos"}))
    assert build_plan(example.source, example.there, other).left_out == ()


MINE = str(Mark(role=Role.MOVED, migration=MIGRATION, source_id=name_id("photos")))
ANOTHERS = str(Mark(role=Role.MOVED, migration="0badcafe", source_id=name_id("photos")))


@pytest.mark.parametrize(
    ("container", "said", "expected"),
    [
        (Container(name="photos", objects=1, mark=MINE), on_s3(), False),
        (Container(name="photos", objects=1, mark=ANOTHERS), on_s3(), True),
        (Container(name="photos", objects=0), on_s3(), False),
        (Container(name="photos", objects=1), on_s3(buckets={"photos": "photos"}), False),
        (Container(name="photos/a/", objects=1), on_s3(buckets={"photos": "photos/b"}), False),
    ],
)
def test_objects_at_a_place_are_told_unless_they_are_ours_or_meant(
    container: Container, said: Policy, expected: bool
) -> None:
    findings = check(boxes(), there(container), said)
    assert (codes.BUCKET_NOT_EMPTY in {f.code for f in findings}) is expected
    assert bool(blocking(findings, said)) is expected
    # Whose they are a person can know: then it goes on.
    assert not blocking(findings, replace(said, accept=("DCP-853:container:photos",)))
    assert "container:photos" in {step.id for step in build_plan(boxes(), there(container), said).steps}


def test_keys_that_sign_are_told_and_never_shown() -> None:
    source = with_headers(x_container_meta_temp_url_key="s3cr3t", x_container_sync_key="s3cr3t")
    for at, said in ((SWIFT, policy()), (ON_S3, on_s3())):
        assert "s3cr3t" not in str(check(source, at, said))


def test_what_s3_has_no_place_for_is_a_loss_until_somebody_accepts_it() -> None:
    lost = {f"DCP-{number}" for number in range(857, 865)}
    assert {CODES[code].level for code in lost} == {Level.LOSES}


def test_segments_are_told_once_whatever_their_container_has() -> None:
    odd = (OddObjects(why="key-too-long", objects=1, example="e"),)
    source = boxes(box("a_segments", headers={"x-container-read": ".r:*"}, odd=odd))
    assert found(source, ON_S3, on_s3()).keys() == {*ALWAYS, codes.SEGMENTS_CONTAINER}


def test_the_s3_services_own_provider_is_the_one_whose_limits_count() -> None:
    facts = {f.code: f.facts for f in check(boxes(), ON_S3, on_s3(endpoint="https://s3.gra.io.cloud.ovh.net"))}
    assert facts[codes.PROFILE_USED]["profile"] == "ovhcloud" and codes.BUCKET_ADDRESSING not in facts
    assert codes.PROFILE_USED not in {f.code for f in check(boxes(), ON_S3, on_s3(endpoint="https://s3.example.com"))}


def test_a_bucket_with_two_hyphens_in_a_row_is_told_where_the_provider_takes_none() -> None:
    for endpoint, expected in (
        ("https://s3.gra.io.cloud.ovh.net", [{"bucket": "a--b", "profile": "ovhcloud"}]),
        ("", []),
    ):
        said = on_s3(endpoint=endpoint, buckets={"box": "a--b"})
        told = [f.facts for f in check(boxes(box("box")), ON_S3, said) if f.code == codes.BUCKET_NAME_REFUSED]
        assert told == expected
    renamed = on_s3(endpoint="https://s3.gra.io.cloud.ovh.net", buckets={"box": "a-b"})
    assert codes.BUCKET_NAME_REFUSED not in {f.code for f in check(boxes(box("box")), ON_S3, renamed)}


def test_an_archive_that_moves_too_is_nothing_to_tell() -> None:
    source = boxes(box(headers={"x-history-location": "old"}), box("old"))
    assert found(source, SWIFT, policy()) == {}
    assert found(source, SWIFT, policy(skip=("container:old",))).keys() == {codes.VERSIONS_CONTAINER_LEFT}


def test_a_bucket_for_no_container_is_told() -> None:
    said = on_s3(buckets={"fotos": "my-photos"})
    told = [f.facts for f in check(boxes(), ON_S3, said) if f.code == codes.SELECTOR_UNMATCHED]
    assert told == [{"selector": "fotos", "list": "target.objects.s3.buckets"}]


def test_what_lies_in_the_bucket_that_is_named_after_this_migration_is_ours() -> None:
    said = on_s3(endpoint=FLEXIBLE_ENGINE, style="virtual")
    placed = tuple(
        Container(name=f"containers-{MIGRATION[:8]}/{container.name}/", objects=1) for container in MANY.containers
    )
    assert codes.BUCKET_NOT_EMPTY not in found(MANY, there(*placed), said)
