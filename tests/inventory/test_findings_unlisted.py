"""Findings of what was not listed, one by one; what comes of them is in `tests/cli/test_cli_refusals.py`."""

import pytest
from msgspec.structs import replace

from migrate.findings.finding import CODES, Finding, of_the_source, unknown_parts
from migrate.messages import codes
from migrate.messages.codes.registry import Level
from migrate.model import LISTINGS, Container, Inventory, Kind, ServiceResource
from migrate.plan.readiness.check_all import check
from migrate.policy.policy_records import Policy
from migrate.policy.scan_left_out import left_out_by
from tests.plan.tenants import empty, policy, server, shop, snapshot, target, uid, volume


def row(name: str, kind: Kind = Kind.OTHER, why: str = "HTTP 403", **more: str) -> ServiceResource:
    service = LISTINGS.get(name, "object-store")
    return ServiceResource(kind=kind, id="", name=name, service=service, details={"why": why, **more})


def found(source: Inventory, code: str, there: Inventory | None = None, said: Policy | None = None) -> list[Finding]:
    return [one for one in check(source, there or target(), said or policy()) if one.code == code]


def test_a_listing_that_the_source_refused() -> None:
    (one,) = found(empty(others=(row("volume"),)), codes.SOURCE_LISTING_REFUSED)
    assert one.facts == {"listing": "volume", "service": "block-storage", "why": "HTTP 403"}
    assert unknown_parts([one], policy()) == [one]
    assert not unknown_parts([one], policy(accept=(codes.SOURCE_LISTING_REFUSED,)))


def test_a_listing_that_the_policy_leaves_out() -> None:
    rows = empty(others=(row("volume", why="left-out", skip="cinder"),))
    (one,) = found(rows, codes.LISTING_SKIPPED, said=policy(scan_skip=("cinder",)))
    assert one.facts == {"listing": "volume", "selector": "cinder"}
    assert not found(rows, codes.SOURCE_LISTING_REFUSED, said=policy(scan_skip=("cinder",)))
    # The word was taken out, and nobody has asked since.
    assert found(rows, codes.SOURCE_LISTING_REFUSED)[0].facts["why"] == "left-out"


def test_a_listing_that_the_target_refused() -> None:
    there = replace(target(), others=(row("volume"),))
    (one,) = found(empty(volumes=(volume(),), containers=(Container(name="c"),)), codes.TARGET_LISTING_REFUSED, there)
    assert one.item == f"volume:{uid('volume data')}"


@pytest.mark.parametrize("side", ["source", "target"])
def test_an_offer_that_is_not_told(side: str) -> None:
    rows = (row("volume-quota"),)
    source = empty(others=rows if side == "source" else ())
    (one,) = found(source, codes.OFFER_NOT_LISTED, replace(target(), others=rows if side == "target" else ()))
    assert one.facts["listing"] == "volume-quota"
    assert not unknown_parts([one], policy())


def test_what_names_something_that_was_not_listed() -> None:
    source = shop()
    lacking = replace(source, others=(row("port"),))
    items = {one.item for one in found(lacking, codes.REFERENCE_UNLISTED)}
    assert {f"server:{one.id}" for one in source.servers} <= items
    assert not any(item.startswith("volume:") for item in items)


def test_a_server_without_volumes_needs_no_listing_of_them() -> None:
    assert not found(empty(servers=(server("w"),), others=(row("volume"),)), codes.REFERENCE_UNLISTED)
    assert found(empty(snapshots=(snapshot(),), others=(row("volume"),)), codes.REFERENCE_UNLISTED)


def test_a_container_whose_headers_were_refused() -> None:
    source = empty(containers=(Container(name="c"),), others=(row("c", Kind.CONTAINER),))
    (one,) = found(source, codes.CONTAINER_HEADERS_REFUSED)
    assert (one.item, one.facts) == ("container:c", {"why": "HTTP 403"})
    assert not found(source, codes.SERVICE_NOT_LISTED)


def test_every_code_that_blocks_stops_the_evacuation_or_is_of_the_target_alone() -> None:
    assert all(spec.level is Level.BLOCKS for spec in CODES.values() if spec.of_target)
    stopping = {code for code, spec in CODES.items() if spec.level is Level.BLOCKS and not spec.of_target}
    # What the login, the date and the source's own state say; of a worker the source's alone.
    assert {
        codes.DEADLINE_PASSED,
        codes.SOURCE_QUOTA_SHORT,
        codes.TOKEN_ENDS_EARLY,
        codes.WORKER_NOT_FOUND,
        codes.WORKER_WOULD_MOVE,
        codes.OBJECT_STORE_DIFFERS,
    } <= stopping
    worker = Finding(level=Level.BLOCKS, code=codes.WORKER_NOT_FOUND, facts={"key": "disks.target_worker"})
    assert not of_the_source([worker])


@pytest.mark.parametrize(
    ("word", "some", "none"),
    [
        ("object-store", "container", "volume"),
        ("cinder", "volume-type", "image"),
        ("volume", "volume", "snapshot"),
        ("network", "floating-ip", "server"),
        ("secret", "service:key-manager", "image"),
        ("sandwich", "service:sandwich", "image"),
    ],
)
def test_a_word_of_the_policy_leaves_out_a_service_or_a_kind(word: str, some: str, none: str) -> None:
    listings = left_out_by((word,))
    assert listings[some] == word and none not in listings
