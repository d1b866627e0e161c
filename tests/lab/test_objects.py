"""Everything that movers of objects lose, moved by the command between real Swifts and to a real S3: what arrives.

Judged by raw requests, and at the S3 by botocore; none of our code says what is there.
"""

import json
from collections.abc import Iterator
from email.header import decode_header, make_header
from typing import Any, NamedTuple

import botocore.config
import botocore.session
import pytest

from tests.lab.harness import forked
from tests.objects_bench.awkward import Item, build
from tests.objects_bench.judge import KEPT, Verdict, by_item, judge
from tests.objects_bench.lab import AccessTail, ensure_s3_keys, ensure_tenant
from tests.objects_bench.measure import Usage
from tests.objects_bench.raw import Account, clouds_file
from tests.objects_bench.tools import S3, Decamp, Route, direct

pytestmark = pytest.mark.lab

PROJECT = "test-objects"


class Kept(NamedTuple):
    """The awkward tenant after its move: what there was, and what became of it."""

    items: list[Item]
    verdicts: list[Verdict]
    decamp: Decamp
    run: Usage


@pytest.fixture(scope="module")
def source() -> Iterator[tuple[str, list[Item]]]:
    entry = ensure_tenant("source", PROJECT)
    yield entry, build(entry)
    Account.of(entry).empty()


@pytest.fixture(scope="module")
def kept(source: tuple[str, list[Item]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    entry, items = source
    target = ensure_tenant("target", PROJECT)
    Account.of(target).empty()
    decamp = Decamp(tmp_path_factory.mktemp("swift") / "migration", direct(entry, target), carried_out=forked)
    decamp.prepare()
    run = decamp.run()
    yield Kept(items, judge(entry, target), decamp, run)
    Account.of(target).empty()


def test_every_kind_of_object_and_every_setting_of_a_container_is_kept(kept: Kept) -> None:
    assert kept.run.status == 0, kept.run.output
    rows = by_item(kept.items, kept.verdicts)
    assert len(rows) > 50
    assert [(row, *map(str, why)) for row, verdict, why in rows if verdict != KEPT] == []


def test_nothing_is_changed_lost_or_added(kept: Kept) -> None:
    assert [str(verdict) for verdict in kept.verdicts if verdict.verdict != KEPT] == []


def test_verify_finds_it_all_the_same(kept: Kept) -> None:
    verified = kept.decamp.run("verify", "--full")
    assert verified.status == 0, verified.output


# ------------------------------------------------------------ to S3

LINKS = {"dynamic", "static", "other container", "dangling", "to large"}


class Bucketed(NamedTuple):
    """The same tenant at Swift's own S3 API. `seen`: container -> key -> answer."""

    decamp: Decamp
    run: Usage
    seen: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def bucketed(source: tuple[str, list[Item]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucketed]:
    target = ensure_tenant("target", f"{PROJECT}-s3")
    Account.of(target).empty()
    access, secret = ensure_s3_keys("target", f"{PROJECT}-s3")
    endpoint = Account.of(target).url.partition("/v1/")[0]
    s3 = S3(endpoint, "us-east-1", access, secret)
    decamp = Decamp(
        tmp_path_factory.mktemp("s3") / "migration", Route(source[0], target, clouds_file(), s3), carried_out=forked
    )
    decamp.prepare()
    run = decamp.run()
    actions = [step["action"] for step in json.loads((decamp.folder / "plan.json").read_text())["steps"]]
    buckets = {action["name"]: action["place"]["bucket"] for action in actions if action["do"] == "container.copy"}
    yield Bucketed(decamp, run, {name: _read(s3, bucket) for name, bucket in buckets.items()})
    Account.of(target).empty()


def _read(s3: S3, bucket: str) -> dict[str, Any]:
    """Everything in the bucket, as another client of S3 reads it."""
    client = botocore.session.Session().create_client(
        "s3", region_name=s3.region, endpoint_url=s3.endpoint, aws_access_key_id=s3.access,
        aws_secret_access_key=s3.secret, config=botocore.config.Config(s3={"addressing_style": "path"}),
    )  # fmt: skip
    pages = client.get_paginator("list_objects_v2").paginate(Bucket=bucket)
    keys = [row["Key"] for page in pages for row in page.get("Contents", ())]
    answers = {key: client.get_object(Bucket=bucket, Key=key) for key in keys}
    return {key: {**answer, "Body": answer["Body"].read()} for key, answer in answers.items()}


def test_at_s3_every_object_has_its_bytes_under_its_name_and_no_link_is_there(
    source: tuple[str, list[Item]], bucketed: Bucketed
) -> None:
    assert bucketed.run.status == 0, bucketed.run.output
    account = Account.of(source[0])
    for container, found in bucketed.seen.items():
        names = {row["name"] for row in account.listing(container)} - (LINKS if container == "links" else set())
        if container == "large_segments":  # they are in the objects that name them
            names = set()
        whole = {name: account.need("GET", container, name) for name in names}
        assert {key: answer["Body"] for key, answer in found.items()} == {n: got.body for n, got in whole.items()}
        assert {key: answer["ContentType"] for key, answer in found.items()} == {
            name: got.headers["content-type"] for name, got in whole.items()
        }
    assert len(bucketed.seen) > 15 and sum(map(len, bucketed.seen.values())) > 50


def test_at_s3_headers_are_what_s3_can_hold_of_them(bucketed: Bucketed) -> None:
    found = bucketed.seen["headers"]
    said = {key: decoded(value) for key, value in found["metadata"]["Metadata"].items()}
    assert said == {"colour": "grün", "owner": "日本 Ltd", "ticket": "A-17"}
    assert found["packed.txt"]["ContentEncoding"] == "gzip"
    assert found["content-disposition"]["ContentDisposition"] == 'attachment; filename="Zeugnis.pdf"'
    assert found["cache-control"]["CacheControl"] == "public, max-age=86400"
    assert found["content-language"]["ContentLanguage"] == "de-AT"
    assert bucketed.seen["large"]["static"]["Metadata"].keys() == {"film", "decamp-md5"}


def decoded(value: str) -> str:
    """As S3 spells what is not ASCII."""
    return str(make_header(decode_header(value)))


def test_at_s3_verify_finds_it_all_the_same_and_says_what_stayed(bucketed: Bucketed) -> None:
    verified = bucketed.decamp.run("verify", "--full")
    # That store has no rules by which an object could expire, and nobody has said yet that it is to stay.
    assert verified.status == 3 and "without x-delete-at" in verified.output, verified.output
    assert f"{len(LINKS)} objects that the target cannot store" in verified.output


def test_at_s3_a_second_run_writes_nothing(bucketed: Bucketed) -> None:
    bucketed.decamp.forget_what_was_done()
    tail = AccessTail("target")
    again = bucketed.decamp.run()
    assert again.status == 0, again.output
    asked = tail.count(*(f"/{bucket}" for bucket in ("names", "large", "headers", "types")))
    assert asked["GET"] and not asked["PUT"] + asked["POST"] + asked["DELETE"], asked
