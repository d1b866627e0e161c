"""ports.Cloud and ports.OtherServices, sentence by sentence."""

import pytest

from migrate.errors import NotFound, Unsupported
from migrate.model import OTHER_KINDS
from tests.contract.sandbox import Sandbox

QUOTAS = {
    "servers", "cores", "ram_mib", "keypairs", "server_groups",
    "volumes", "volumes_gib", "snapshots", "backups", "backups_gib",
    "networks", "subnets", "routers", "ports", "floating_ips", "security_groups", "security_group_rules", "trunks",
}  # fmt: skip


def test_facts_say_what_there_is_room_for(box: Sandbox) -> None:
    quotas = box.cloud.facts().quotas
    assert set(quotas) >= QUOTAS
    box.volume()
    now = box.cloud.facts().quotas["volumes"]
    assert now.used == quotas["volumes"].used + 1
    assert now.limit == quotas["volumes"].limit >= -1


def test_facts_say_what_the_services_can_do(box: Sandbox) -> None:
    facts = box.cloud.facts()
    assert {"trunk", "floating-ip-port-forwarding"} <= set(facts.network_extensions)
    assert {"qcow2", "raw"} <= set(facts.image_formats)
    assert facts.login_ends_at is None, "a password renews itself"
    assert {"compute", "network", "image", "block-storage", "object-store"} <= set(facts.services)


def test_other_services_are_told_sorted_and_by_kind(box: Sandbox) -> None:
    found = box.cloud.others.resources()
    keys = [(resource.kind.value, resource.id) for resource in found]
    assert keys == sorted(keys)
    assert {resource.kind for resource in found} <= set(OTHER_KINDS)
    assert all(resource.id or resource.details.get("why") for resource in found)


def test_a_stack_that_is_not_there(box: Sandbox) -> None:
    with pytest.raises((NotFound, Unsupported)):
        box.cloud.others.stack("00000000-0000-4000-8000-000000000000")
