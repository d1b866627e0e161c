"""Findings of single items that a cloud listed and nobody can read; `tests/openstack` has the scans that meet them."""

import pytest
from msgspec.structs import replace

from migrate.findings.finding import Finding, unknown_parts
from migrate.messages import codes
from migrate.model import LEFT_OUT, LISTINGS, ODD, Inventory, Kind, Port, ServiceResource, Volume
from migrate.model.marked_resources import temporaries
from migrate.plan.readiness.check_all import check
from migrate.policy.policy_records import Policy
from migrate.report.unknown import names_of
from tests.plan.tenants import empty, policy, shop, target

pytestmark = pytest.mark.hostile


def odd(listing: str, name: str, own_id: str = "", how: str = LEFT_OUT, **more: str) -> ServiceResource:
    kind = Kind(listing) if listing in set(Kind) else Kind.OTHER
    details = {ODD: how, "listing": listing, "why": "'size' is missing", **more} | ({"id": own_id} if own_id else {})
    service = LISTINGS.get(listing, listing.removeprefix("service:"))
    return ServiceResource(kind=kind, id="", name=name, service=service, details=details)


def found(source: Inventory, code: str, there: Inventory | None = None, said: Policy | None = None) -> list[Finding]:
    return [one for one in check(source, there or target(), said or policy()) if one.code == code]


def test_what_cannot_be_read_at_the_source_is_a_loss_that_somebody_decides_on() -> None:
    source = empty(others=(odd("volume", "disk", "v9"), odd("volume", "#3"), odd("volume", "#5")))
    losses = found(source, codes.UNREADABLE_LEFT_OUT)
    assert sorted((one.item, one.name) for one in losses) == [("", "#3"), ("", "#5"), ("volume:v9", "disk")]
    assert unknown_parts(losses, policy()) == losses
    assert not unknown_parts(losses, policy(accept=(codes.UNREADABLE_LEFT_OUT,)))
    assert len(unknown_parts(losses, policy(accept=("DCP-907:volume:v9",)))) == 2
    assert names_of(tuple(losses[:1]), "en") == "volumes #3"
    assert names_of(tuple(losses[:1]), "fr") == "les volumes #3"


@pytest.mark.parametrize("own_id", ["../../x", "a/b", "", ".."])
def test_an_item_has_no_selector_that_is_no_id(own_id: str) -> None:
    (one,) = found(empty(others=(odd("volume", "disk", own_id),)), codes.UNREADABLE_LEFT_OUT)
    assert one.item == ""


@pytest.mark.parametrize("name", ["volume", "port", "server"])
def test_an_item_with_the_name_of_a_listing_stands_for_itself(name: str) -> None:
    source = replace(shop(), others=(odd("volume", name, "v9"), odd("container", name)))
    assert len(found(source, codes.UNREADABLE_LEFT_OUT)) == 2
    assert not any(
        found(source, code)
        for code in (
            codes.SOURCE_LISTING_REFUSED,
            codes.CONTAINER_HEADERS_REFUSED,
            codes.SERVICE_NOT_LISTED,
            codes.REFERENCE_UNLISTED,
        )
    )


def test_what_is_at_the_target_or_offered_or_never_moved_is_told() -> None:
    rows = (odd("volume-type", "fast"), odd("flavor", "big"), odd("service:dns", "shop.example."))
    assert len(found(empty(others=rows), codes.UNREADABLE_UNCHECKED)) == 3
    there = replace(target(), others=(odd("server", "s", "s1"),))
    assert [one.facts["cloud"] for one in found(empty(), codes.UNREADABLE_UNCHECKED, there)] == [there.identity.cloud]
    assert not found(empty(), codes.UNREADABLE_LEFT_OUT, there)


def test_what_moves_all_the_same_is_told() -> None:
    (one,) = found(empty(others=(odd("volume", "disk", "v1", "kept"),)), codes.LISTED_ODDLY)
    assert one.item == "volume:v1"
    assert not found(empty(others=(odd("volume", "disk", "v1", "kept"),)), codes.UNREADABLE_LEFT_OUT)


def without(source: Inventory, listing: str, own_id: str, **more: str) -> Inventory:
    """As if that one could not be read."""
    field = f"{listing.replace('-', '_')}s"
    kept = tuple(one for one in getattr(source, field) if one.id != own_id)
    changed: Inventory = replace(source, others=(odd(listing, "odd", own_id, **more),), **{field: kept})
    return changed


def test_what_names_it_is_left_out_and_nothing_else() -> None:
    source = shop()
    server = next(one for one in source.servers if one.attachments)
    volume = server.attachments[0].volume_id
    items = {one.item for one in found(without(source, "volume", volume), codes.REFERENCE_UNLISTED)}
    snapshots = {f"snapshot:{one.id}" for one in source.snapshots if one.volume_id == volume}
    holders = {f"server:{s.id}" for s in source.servers if volume in {a.volume_id for a in s.attachments}}
    assert items == snapshots | holders


def test_a_router_and_a_server_whose_port_cannot_be_read_are_left_out() -> None:
    source = shop()
    port = next(one for one in source.ports if one.device_owner.startswith("compute:"))
    items = {
        one.item for one in found(without(source, "port", port.id, owner=port.device_id), codes.REFERENCE_UNLISTED)
    }
    assert f"server:{port.device_id}" in items
    router = source.routers[0]
    lacking = replace(source, others=(odd("port", "#7", owner=router.id),))
    assert {one.item for one in found(lacking, codes.REFERENCE_UNLISTED)} == {f"router:{router.id}"}


def test_where_an_odd_item_does_not_say_which_it_is_what_names_a_missing_one_is_left_out() -> None:
    source = shop()
    server = next(one for one in source.servers if one.attachments)
    lacking = replace(without(source, "volume", server.attachments[0].volume_id), others=(odd("volume", "#2"),))
    assert f"server:{server.id}" in {one.item for one in found(lacking, codes.REFERENCE_UNLISTED)}
    assert not found(replace(source, others=(odd("volume", "#2"),)), codes.REFERENCE_UNLISTED)


def test_what_looks_like_a_temporary_of_another_migration_is_told() -> None:
    mine = f"decamp-t-{policy().migration[:8]}-v8"
    shown = [
        Volume(id=f"v{at}", name=name, size_gib=1, status="available") for at, name in enumerate((OTHER, mine, "x"))
    ]
    (one,) = found(empty(volumes=tuple(shown)), codes.TEMPORARY_OF_OTHERS)
    assert (one.item, one.name, one.facts["mark"]) == ("volume:v0", OTHER, OTHER)


def test_a_port_whose_description_is_a_mark_is_the_tenants_own() -> None:
    port = Port(id="p1", network_id="n1", name="x", description=OTHER)
    assert not temporaries(empty(ports=(port,)))


OTHER = "decamp-t-00000000-0000"
