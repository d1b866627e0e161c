"""What nobody uses, and what only looks so: backups, virtual addresses, what others see."""

import pytest
from msgspec.structs import replace

from migrate.findings.decide_what_moves import decide
from migrate.messages import codes
from migrate.model import (
    MARK_KEY,
    AddressPair,
    FixedIp,
    Inventory,
    Port,
    PortForwarding,
    SecurityGroupRule,
    SubPort,
    Trunk,
)
from migrate.model.marked_resources import without_temporaries
from migrate.plan.readiness.unused import judge_unused, unused_images, unused_volumes
from migrate.policy.policy_records import Policy
from tests.plan.tenants import (
    MIGRATION,
    attached,
    empty,
    floating,
    group,
    image,
    lan,
    policy,
    port,
    server,
    shop,
    target,
    uid,
    volume,
)


def unused(source: Inventory, said: Policy | None = None) -> dict[str, str]:
    """item -> code."""
    found = list(judge_unused(decide(source, target(), said or policy())))
    return {f.item: f.code for f in found}


def free_port(name: str = "spare", address: str = "10.20.0.50", **changes: object) -> Port:
    return port(name, address, device_id="", device_owner="", **changes)


def test_a_volume_on_nothing() -> None:
    held, disks = attached(server(), volume("used"))
    source = empty(servers=(held,), volumes=(*disks, volume("old")))
    assert unused(source) == {f"volume:{uid('volume old')}": codes.VOLUME_UNUSED}
    # The server's side alone tells of it, or it is in the middle of something.
    one_sided = replace(disks[0], attachments=(), status="available")
    assert unused(empty(servers=(held,), volumes=(one_sided,))) == {}
    assert unused(empty(volumes=(volume("old", status="in-use"),))) == {}


def test_an_image_that_no_server_was_made_of() -> None:
    source = empty(servers=(server(),), images=(image("debian"), image("old")))
    assert unused(source) == {f"image:{uid('image old')}": codes.IMAGE_UNUSED}


@pytest.mark.parametrize(
    "changes",
    [
        {"server_id": "x"},
        {"volume_backed": True, "size_bytes": 0},
        {"visibility": "public"},
        {"visibility": "shared", "members": ("them",)},
    ],
)
def test_an_image_that_may_be_somebodys_backup_or_others_need(changes: dict[str, object]) -> None:
    assert unused(empty(images=(image("old", **changes),))) == {}
    assert unused(empty(images=(image("old"),))) != {}


def test_an_image_that_a_boot_volume_was_made_of_is_used() -> None:
    root = volume("root", bootable=True, status="in-use", image_metadata={"image_id": uid("image debian")})
    assert unused(empty(volumes=(root,), images=(image("debian"),))) == {}


def test_a_group_on_no_port() -> None:
    nic = port("web-1")
    source = empty(**lan() | {"ports": (nic,), "servers": (server(port_ids=(nic.id,)),)})
    named = SecurityGroupRule(direction="ingress", remote_group_id=uid("group named"))
    itself = SecurityGroupRule(direction="ingress", remote_group_id=uid("group old"))
    groups = (group("web", named), group("named"), group("old", itself), group("default"))
    assert unused(replace(source, security_groups=groups)) == {
        f"security-group:{uid('group old')}": codes.SECURITY_GROUP_UNUSED
    }


def test_a_port_of_nothing() -> None:
    spare = free_port()
    source = empty(**lan() | {"ports": (spare,), "security_groups": (group(),)})
    assert unused(source) == {f"port:{spare.id}": codes.PORT_UNUSED}


def test_a_port_that_keeps_an_address_free_or_is_led_to_is_used() -> None:
    spare = free_port()
    base = lan() | {"ports": (spare,)}
    holder = port("web-1", allowed_address_pairs=(AddressPair(ip_address="10.20.0.50"),))
    virtual = empty(**base | {"ports": (spare, holder), "servers": (server(port_ids=(holder.id,)),)})
    led_to = empty(**base, floating_ips=(floating(port_id=spare.id),))
    forwarding = PortForwarding(
        protocol="tcp",
        external_port=80,
        internal_port=80,
        internal_ip_address="10.20.0.50",
        internal_port_id=spare.id,
    )
    forwarded = empty(**base, floating_ips=(floating(port_forwardings=(forwarding,)),))
    parent = port("web-1", "10.20.0.22", fixed_ips=(FixedIp(subnet_id=uid("subnet private"), ip_address="10.20.0.22"),))
    sub = SubPort(port_id=spare.id, segmentation_type="vlan", segmentation_id=7)
    trunk = Trunk(id="t", name="t", port_id=parent.id, sub_ports=(sub,))
    parts = {"ports": (spare, parent), "servers": (server(port_ids=(parent.id,)),), "trunks": (trunk,)}
    for source in (virtual, led_to, forwarded, empty(**base | parts)):
        assert unused(source) == {}


def test_an_address_that_leads_to_nothing() -> None:
    assert unused(empty(floating_ips=(floating(),))) == {
        f"floating-ip:{uid('floating 203.0.113.9')}": codes.FLOATING_IP_UNUSED
    }


def test_what_is_skipped_is_not_told_again() -> None:
    source = empty(volumes=(volume("old"),), floating_ips=(floating(),))
    assert unused(source, policy(skip=("volume:old", "floating-ip:203.0.113.9"))) == {}


def test_what_is_ours_is_never_unused() -> None:
    mark = f"decamp-t-{MIGRATION[:8]}-{uid('volume x')}"
    ours = volume("ours", 7, metadata={MARK_KEY: mark})
    source = replace(shop(), volumes=(*shop().volumes, ours), images=(*shop().images, image("old", size_bytes=5)))
    own = without_temporaries(source)
    assert sum(volume.size_gib for volume in unused_volumes(own)) == 100
    assert sum(image.size_bytes for image in unused_images(own)) == 5
