"""Comparisons of keys, servers and server groups by literals."""

import pytest

from migrate.model import Attachment, Flavor, Keypair, Server, ServerGroup
from migrate.model.steps import AttachVolume, MakeServer
from migrate.verify.fields import server_fields as fields
from tests.verify.verify_names import MARK, moved, replace


def test_a_key_may_lose_its_comment() -> None:
    key = Keypair(name="k", public_key="ssh-rsa AAAA me@home\n")
    assert fields.keypair(key, replace(key, public_key="ssh-rsa AAAA")) == ()
    assert fields.keypair(key, replace(key, public_key="ssh-rsa AAAB")) == ("public_key: ssh-rsa AAAA ≠ ssh-rsa AAAB",)


SERVER = Server(
    id="srv-s",
    name="srv",
    status="SHUTOFF",
    flavor=Flavor(name="n1.cw.standard-1", vcpus=1, ram_mib=1, disk_gib=1),
    image_id="long-gone",
    metadata={"a": "b"},
    tags=("x",),
    port_ids=("p-s",),
    attachments=(
        Attachment(server_id="srv-s", volume_id="v2-s"),
        Attachment(server_id="srv-s", volume_id="skipped"),
        Attachment(server_id="srv-s", volume_id="v1-s"),
    ),
)
ACTION = MakeServer(server=SERVER, flavor_id="2", flavor_name="m1", availability_zone="az-t")
ATTACHED = [
    AttachVolume(server_id="srv-s", volume_id="v1-s"),
    AttachVolume(server_id="srv-s", volume_id="v2-s", delete_on_termination=True),
]
SERVER_THERE = Server(
    id="srv-t",
    name="srv",
    status="ACTIVE",
    flavor=Flavor(name="m1", vcpus=2, ram_mib=2, disk_gib=2),
    image_id="root-t",
    availability_zone="az-t",
    metadata={"a": "b", "decamp-mark": MARK},
    tags=("x",),
    port_ids=("p-t",),
    security_group_names=("web",),
    attachments=(
        Attachment(server_id="srv-t", volume_id="v2-t", delete_on_termination=True),
        Attachment(server_id="srv-t", volume_id="v1-t"),
    ),
)


def test_a_server_as_planned_is_the_same() -> None:
    assert fields.server(moved, ACTION, ATTACHED, {"web"}, SERVER_THERE) == ()
    assert fields.server(moved, ACTION, ATTACHED, {"web"}, replace(SERVER_THERE, status="SHUTOFF")) == ()


@pytest.mark.parametrize(
    "change",
    [
        {"name": "x"},
        {"flavor": SERVER.flavor},
        {"key_name": "k"},
        {"description": "x"},
        {"metadata": {"a": "c"}},
        {"tags": ()},
        {"config_drive": True},
        {"port_ids": ()},
        {"attachments": SERVER_THERE.attachments[::-1]},
        {"attachments": SERVER_THERE.attachments[:1]},
        {"security_group_names": ("default",)},
        {"image_id": "another"},
        {"availability_zone": "az-x"},
        {"status": "ERROR"},
    ],
)
def test_every_field_of_a_server_counts(change: dict[str, object]) -> None:
    found = fields.server(moved, ACTION, ATTACHED, {"web"}, replace(SERVER_THERE, **change))
    assert len(found) == 1
    names = {"port_ids": "ports", "security_group_names": "security_groups", "image_id": "image"}
    assert found[0].startswith(names.get(next(iter(change)), next(iter(change))))


def test_the_order_of_interfaces_counts() -> None:
    action = replace(ACTION, server=replace(SERVER, port_ids=("p-s", "p2-s")))
    there = ("p-t", "p2-t")
    assert fields.server(moved, action, ATTACHED, {"web"}, replace(SERVER_THERE, port_ids=there)) == ()
    (found,) = fields.server(moved, action, ATTACHED, {"web"}, replace(SERVER_THERE, port_ids=there[::-1]))
    assert found.startswith("ports: ")


def test_delete_on_termination_counts() -> None:
    kept = tuple(replace(a, delete_on_termination=False) for a in SERVER_THERE.attachments)
    assert fields.server(moved, ACTION, ATTACHED, {"web"}, replace(SERVER_THERE, attachments=kept)) == (
        "delete_on_termination v2-t: True ≠ False",
    )


BOOTED = MakeServer(
    server=replace(SERVER, image_id=None),
    flavor_id="2",
    flavor_name="m1",
    boot_volume_id="v1-s",
    boot_volume_delete=True,
)
BOOTED_THERE = replace(
    SERVER_THERE,
    image_id=None,
    root_device="/dev/vda",
    attachments=(
        Attachment(server_id="srv-t", volume_id="v1-t", device="/dev/vda", delete_on_termination=True),
        Attachment(server_id="srv-t", volume_id="v2-t", device="/dev/vdb", delete_on_termination=True),
    ),
)


def test_a_server_boots_from_the_planned_volume() -> None:
    def found(**change: object) -> tuple[str, ...]:
        return fields.server(moved, BOOTED, ATTACHED[1:], {"web"}, replace(BOOTED_THERE, **change))

    boot, data = BOOTED_THERE.attachments
    assert found() == ()
    assert found(image_id="root-t") == ("image: none ≠ root-t",)
    kept = (replace(boot, delete_on_termination=False), data)
    assert found(attachments=kept) == ("delete_on_termination v1-t: True ≠ False",)
    turned = (replace(boot, device="/dev/vdb"), replace(data, device="/dev/vda"))
    assert found(attachments=turned) == ("boot_volume: v1-t ≠ v2-t",)
    assert found(attachments=(boot,)) == ("attachments: [v1-t, v2-t] ≠ [v1-t]",)
    assert "boot_volume: v1-t ≠ none" in found(attachments=(data,))
    assert found(root_device=None) == (), "a cloud that does not tell"


def test_a_server_group_holds_what_the_plan_puts_in() -> None:
    group = ServerGroup(id="s", name="apart", policy="anti-affinity", member_ids=("srv-s", "left-behind"))
    there = ServerGroup(id="t", name="apart", policy="anti-affinity", member_ids=("srv-t", "its owner's"))
    both = ("srv-s", "srv2-s")

    def found(members: tuple[str, ...] = ("srv-s",), **change: object) -> tuple[str, ...]:
        return fields.server_group(moved, group, members, both, replace(there, **change))

    assert found() == ()
    assert found(name="x") == ("name: apart ≠ x",)
    assert found(policy="affinity") == ("policy: anti-affinity ≠ affinity",)
    assert found(member_ids=()) == ("member srv-t: present ≠ missing",)
    assert found(member_ids=("srv-t", "srv2-t")) == ("member srv2-t: missing ≠ present",)
    assert found(both) == ("member srv2-t: present ≠ missing",)
    assert found(("srv-s", "never-made")) == ("member never-made (not moved): present ≠ missing",)
