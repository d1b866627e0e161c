"""What two scans differ in, the new kinds included."""

from dataclasses import dataclass
from typing import Any

import pytest
from msgspec.structs import replace

from migrate.demo.memory import MemoryCloud
from migrate.demo.small_tenant import two_clouds
from migrate.errors import Denied
from migrate.inventory.diff import Change, changes, diff_inventories
from migrate.inventory.scan_project import scan
from migrate.messages import codes
from migrate.model import (
    Attachment,
    Backup,
    Kind,
    PortForwarding,
    SecurityGroupRule,
    ServerGroup,
    ServiceResource,
    SubPort,
    Trunk,
)
from tests.plan.tenants import empty, floating, group, image, server, source_facts

LISTED = ServiceResource(kind=Kind.STACK, id="k1", name="front", service="orchestration", details={"status": "OK"})
UNLISTED = ServiceResource(kind=Kind.SECRET, id="", name="", service="key-manager", details={"why": "HTTP 403"})


def other(row: ServiceResource, **fields: Any) -> ServiceResource:
    return replace(row, **fields)


def test_new_kinds_are_compared_row_by_row() -> None:
    trunk = Trunk(
        id="t1",
        name="t",
        port_id="p0",
        sub_ports=(SubPort(port_id="p1", segmentation_type="vlan", segmentation_id=1),),
    )
    together = ServerGroup(id="g1", name="ha", policy="affinity", member_ids=("s1", "s2"))
    backup = Backup(id="b1", name="nightly", volume_id="v", size_gib=1, status="creating")
    one = empty(trunks=(trunk,), server_groups=(together,), backups=(backup,), others=(LISTED, UNLISTED))
    two = empty(
        trunks=(replace(trunk, sub_ports=(replace(trunk.sub_ports[0], segmentation_id=9),)),),
        server_groups=(replace(together, member_ids=("s2", "s3")),),
        backups=(replace(backup, status="available"), replace(backup, id="b2", name="weekly")),
        others=(other(LISTED, details={"status": "FAILED"}), other(UNLISTED, service="dns")),
    )
    assert changes(one, two) == [
        Change(path="trunks t1 sub_ports p1 segmentation_id", before="1", after="9"),
        Change(path="server_groups g1 member_ids s1", before=""),
        Change(path="server_groups g1 member_ids s3", after=""),
        Change(path="backups b1 status", before="creating", after="available"),
        Change(path="backups b2", after="weekly"),
        Change(path="others dns secret", after=""),
        Change(path="others key-manager secret", before=""),
        Change(path="others orchestration stack k1 front details status", before="OK", after="FAILED"),
    ]


def test_lists_without_ids_are_told_by_what_tells_their_rows_apart() -> None:
    ssh = PortForwarding(
        protocol="tcp", external_port=22, internal_port=22, internal_ip_address="10.0.0.5", internal_port_id="p"
    )
    rule = SecurityGroupRule(direction="ingress", protocol="tcp", port_min=80, port_max=80)
    held = Attachment(server_id="s1", volume_id="v1", device="/dev/vdb")
    one = empty(
        floating_ips=(floating(id="f", port_forwardings=(ssh,)),),
        security_groups=(group(id="g", rules=(rule,)),),
        servers=(server(id="s1", attachments=(held,)),),
        images=(image(id="i", members=("p1",)),),
    )
    two = empty(
        floating_ips=(floating(id="f", port_forwardings=(replace(ssh, internal_port=2222),)),),
        security_groups=(group(id="g", rules=()),),
        servers=(server(id="s1", attachments=(replace(held, device="/dev/vdc"),)),),
        images=(image(id="i", members=("p1", "p2")),),
    )
    lines = diff_inventories(one, two)
    assert lines[1:] == [
        "floating_ips f port_forwardings tcp 22 internal_port: 22 -> 2222",
        "images i members p2: only in the second",
        "servers s1 attachments s1 v1 device: /dev/vdb -> /dev/vdc",
    ]
    assert lines[0].startswith("security_groups g rules {") and lines[0].endswith("}: only in the first")


def test_the_end_of_a_token_is_no_difference_and_a_new_extension_is() -> None:
    one = replace(empty(), facts=source_facts(login_ends_at="2020-01-01T00:00:00Z", network_extensions=("router",)))
    two = replace(empty(), facts=source_facts(login_ends_at=None, network_extensions=("router", "trunk")))
    assert diff_inventories(one, two) == ["facts network_extensions trunk: only in the second"]
    assert diff_inventories(one, two, ignore=())[0] == "facts login_ends_at: 2020-01-01T00:00:00Z -> null"


def test_the_order_of_what_is_in_order_counts() -> None:
    one = empty(servers=(server(id="s1", port_ids=("a", "b")),))
    two = empty(servers=(server(id="s1", port_ids=("b", "a")),))
    assert diff_inventories(one, two) == ['servers s1 port_ids: ["a","b"] -> ["b","a"]']


# ---------------------------------------------------------------- a scan of clouds in memory


@dataclass
class Source:
    cloud: MemoryCloud


@pytest.fixture
def source() -> Source:
    return Source(MemoryCloud("source", world=two_clouds(0.02)[0]))


def test_a_scan_takes_what_other_services_hold_sorted(source: Source) -> None:
    source.cloud.login.project.others = [other(LISTED, id="k2"), UNLISTED, LISTED]
    assert [(row.kind.value, row.id) for row in scan(source.cloud, "source").others] == [
        ("secret", ""),
        ("stack", "k1"),
        ("stack", "k2"),
    ]


def test_what_may_not_be_listed_is_told_and_the_rest_is_read(source: Source, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden() -> list[Backup]:
        raise Denied(codes.NOT_ALLOWED, what="backups", status=403)

    monkeypatch.setattr(source.cloud.block, "backups", forbidden)
    inventory = scan(source.cloud, "source")
    assert [(row.id, row.name, row.service, row.details) for row in inventory.others] == [
        ("", "backup", "block-storage", {"why": "HTTP 403"})
    ]
    assert inventory.volumes and inventory.backups == ()


def test_a_scan_sees_server_groups(source: Source) -> None:
    cloud = source.cloud
    group_id = cloud.compute.create_server_group(ServerGroup(id="", name="ha", policy="anti-affinity"))
    inventory = scan(cloud, "source")
    assert [one.id for one in inventory.server_groups] == [group_id]
    assert changes(inventory, scan(cloud, "source")) == []
