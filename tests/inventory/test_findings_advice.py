"""Advice for guests, each by the smallest server that needs it, and none where the new machine is like the old."""

import pytest
from msgspec.structs import replace

from migrate.findings.decide_what_moves import decide
from migrate.findings.finding import Finding
from migrate.messages import codes
from migrate.model import MARK_KEY, AddressPair, Image, Inventory, Kind, Network
from migrate.model.steps import MakeNetwork
from migrate.plan.build_plan import build_plan
from migrate.plan.readiness.check_all import check
from migrate.plan.readiness.guest_advice import judge_advice
from migrate.policy.policy_records import Policy
from tests.plan.tenants import (
    MIGRATION,
    attached,
    empty,
    external,
    image,
    lan,
    network,
    policy,
    port,
    server,
    target,
    target_facts,
    uid,
    volume,
)


def advice(source: Inventory, there: Inventory | None = None, said: Policy | None = None) -> dict[str, Finding]:
    """Of servers."""
    every = judge_advice(decide(source, there or target(), said or policy()))
    found = [f for f in every if f.item.startswith(f"{Kind.SERVER}:")]
    assert len({f.code for f in found}) == len(found)
    return {f.code: f for f in found}


def on_disks(root: str | None, *devices: str, bus: str | None = None) -> Inventory:
    """An image-booted server with volumes at these devices."""
    volumes = [volume(f"v{place}") for place, _ in enumerate(devices)]
    held, disks = attached(server(root_device=root), *volumes)
    links = tuple(replace(link, device=device) for link, device in zip(held.attachments, devices, strict=True))
    segments_digest: Image = image(properties={"hw_disk_bus": bus} if bus else {})
    return empty(servers=(replace(held, attachments=links),), volumes=disks, images=(segments_digest,))


@pytest.mark.parametrize(
    ("source", "before", "after"),
    [
        (on_disks("/dev/sda"), "/dev/sda", "/dev/vda"),
        (on_disks("/dev/sda", "/dev/sdb"), "/dev/sda, /dev/sdb", "/dev/vda, /dev/vdb"),
        (on_disks("/dev/vda", bus="scsi"), "/dev/vda", "/dev/sda"),
        (on_disks(None, "/dev/sdb"), "/dev/sdb", "/dev/vdb"),
        # What was detached between them leaves a gap that the target has not got.
        (on_disks("/dev/vda", "/dev/vdb", "/dev/vdd"), "/dev/vdd", "/dev/vdc"),
    ],
)
def test_disks_that_get_other_names(source: Inventory, before: str, after: str) -> None:
    assert advice(source)[codes.DEVICE_NAMES_CHANGE].facts == {"source_device": before, "target_device": after}


@pytest.mark.parametrize(
    "source",
    [
        on_disks("/dev/vda", "/dev/vdb"),
        on_disks("/dev/sda", "/dev/sdb", bus="scsi"),
        on_disks(None, "/dev/vdb"),
        on_disks(None),
        on_disks("/dev/xyz", bus="nobody-knows"),
    ],
)
def test_disks_that_keep_their_names(source: Inventory) -> None:
    assert codes.DEVICE_NAMES_CHANGE not in advice(source)


def test_a_volume_that_stays_behind_makes_the_next_one_move_up() -> None:
    source = on_disks("/dev/vda", "/dev/vdb", "/dev/vdc")
    found = advice(source, said=policy(skip=("volume:v0",)))
    assert found[codes.DEVICE_NAMES_CHANGE].facts == {"source_device": "/dev/vdc", "target_device": "/dev/vdb"}


def on_lan(said: str = "private", **changes: object) -> Inventory:
    nic = port("web-1", **changes)
    return empty(**lan() | {"ports": (nic,), "servers": (server(port_ids=(nic.id,)),)})


def test_interfaces_may_be_renamed_unless_the_mac_address_is_kept() -> None:
    assert advice(on_lan())[codes.INTERFACE_NAMES_CHANGE].facts == {"nics": "fa:16:3e:00:00:01"}
    assert codes.INTERFACE_NAMES_CHANGE not in advice(on_lan(), said=policy(keep_mac=True))
    assert codes.INTERFACE_NAMES_CHANGE not in advice(empty(servers=(server(),)))


def with_mtu(mtu: int | None) -> Inventory:
    return replace(on_lan(), networks=(network(mtu=mtu),))


def there(*networks: Network, outside: int | None = None) -> Inventory:
    facts = target_facts(external_networks=(replace(external("Ext-Net"), mtu=outside),))
    return replace(empty("target", facts=facts), networks=networks)


MOVED = network(id="moved", mtu=1400, description=f"decamp-m-{MIGRATION[:8]}-{uid('network private')}")


@pytest.mark.parametrize(
    ("mtu", "there", "expected"),
    [
        (1450, there(MOVED), {"source_mtu": "1450", "target_mtu": "1400"}),
        (8950, there(network("lan", mtu=1500)), {"source_mtu": "8950", "target_mtu": "1500"}),
        (9000, there(outside=1500), {"source_mtu": "9000", "target_mtu": "1500"}),
        # A network is asked for with its own MTU: where the target gives more, it is the same.
        (1450, there(network("lan", mtu=1500)), None),
        (1450, there(outside=1500), None),
        (1400, there(MOVED), None),
        # What another network of ours got says nothing: it was asked for.
        (1500, there(replace(MOVED, description=MOVED.description.replace(uid("network private"), "other"))), None),
        (9000, there(), None),
        (None, there(outside=1500), None),
    ],
)
def test_another_mtu_is_told_where_it_is_known(mtu: int | None, there: Inventory, expected: dict[str, str]) -> None:
    found = advice(with_mtu(mtu), there).get(codes.MTU_CHANGES)
    assert (found.facts if found else None) == (expected and {"network": "private", **expected})


def test_a_network_whose_packets_become_smaller_is_told_of_itself() -> None:
    def found(source: Inventory, there: Inventory, said: Policy | None = None) -> list[str]:
        every = judge_advice(decide(source, there, said or policy()))
        return [f.item for f in every if f.code == codes.MTU_CHANGES and not f.item.startswith("server:")]

    alone = empty(networks=(network(mtu=9000),))
    own = f"{Kind.NETWORK}:{uid('network private')}"
    assert found(alone, there(outside=1500)) == found(with_mtu(9000), there(outside=1500)) == [own]
    assert found(alone, there(replace(MOVED, mtu=9100))) == []
    assert found(alone, there(outside=1500), policy(skip=("network:private",))) == []


@pytest.mark.parametrize(
    ("there", "asked"),
    [
        (there(), 1500),
        (there(network("lan", mtu=1500)), 1500),
        (there(network("lan", mtu=8950)), 1500),
        (there(network("lan", mtu=1450)), None),
        (there(outside=1400), None),
        # What was made without is not asked for with it when it is planned again.
        (there(replace(MOVED, mtu=1450)), None),
    ],
)
def test_an_mtu_that_the_target_has_not_got_is_not_asked_for(there: Inventory, asked: int | None) -> None:
    action = build_plan(with_mtu(1500), there, policy()).step(f"network:{uid('network private')}").action
    assert isinstance(action, MakeNetwork)
    assert action.want.mtu == asked


@pytest.mark.parametrize(
    ("extensions", "mtus", "asked", "lost"),
    [
        (("router",), (), None, True),
        (("router",), (1450,), None, True),
        # All that the target makes are alike: this one will be too.
        (("router",), (1500,), None, False),
        (("net-mtu-writable",), (), 1500, False),
        ((), (), 1500, False),
    ],
)
def test_a_target_where_nobody_chooses_the_mtu(
    extensions: tuple[str, ...], mtus: tuple[int, ...], asked: int | None, lost: bool
) -> None:
    own = tuple(network(f"lan-{mtu}", mtu=mtu) for mtu in mtus)
    where = replace(target(network_extensions=extensions), networks=own)
    source = empty(networks=(network(mtu=1500),))
    action = build_plan(source, where, policy()).steps[0].action
    assert isinstance(action, MakeNetwork)
    assert action.want.mtu == asked
    told = [f.facts for f in check(source, where, policy()) if f.code == codes.NETWORK_FEATURE_MISSING]
    assert told == ([{"what": "MTU 1500", "extension": "net-mtu-writable"}] if lost else [])


def test_cloud_init_is_told_of_every_server_but_windows() -> None:
    def of(**properties: str) -> dict[str, Finding]:
        return advice(empty(servers=(server(),), images=(image(properties=properties),)))

    assert codes.FIRST_BOOT_AGAIN in of()
    assert codes.FIRST_BOOT_AGAIN in of(os_type="linux", os_distro="debian")
    assert codes.FIRST_BOOT_AGAIN not in of(os_type="windows")
    assert codes.FIRST_BOOT_AGAIN not in of(os_distro="win2k19")


@pytest.mark.parametrize(
    ("properties", "system"),
    [
        ({"os_type": "windows"}, "windows"),
        ({"os_type": "windows", "os_distro": "win2k19"}, "win2k19"),
        ({"os_distro": "rhel8.4", "os_type": "linux"}, "rhel8.4"),
        ({"os_distro": "sles"}, "sles"),
        ({"os_distro": "Oracle"}, "oracle"),
        ({"os_distro": "opensuse"}, None),
        ({"os_distro": "debian"}, None),
        ({}, None),
    ],
)
def test_licences_of_what_is_sold(properties: dict[str, str], system: str | None) -> None:
    found = advice(empty(servers=(server(),), images=(image(properties=properties),))).get(codes.LICENCE_BOUND)
    assert (found.facts["system"] if found else None) == system


def test_a_server_that_boots_from_a_volume_is_known_by_what_the_volume_remembers() -> None:
    root = volume("root", bootable=True, image_metadata={"os_type": "windows", "hw_disk_bus": "scsi"})
    held, disks = attached(server(image_id=None, root_device="/dev/vda"), root)
    links = (replace(held.attachments[0], device="/dev/vda"),)
    nic = port("web-1")
    held = replace(held, attachments=links, port_ids=(nic.id,))
    disks = (replace(disks[0], attachments=links),)
    found = advice(empty(**lan() | {"ports": (nic,), "servers": (held,), "volumes": disks}))
    assert found[codes.DEVICE_NAMES_CHANGE].facts == {"source_device": "/dev/vda", "target_device": "/dev/sda"}
    assert codes.LICENCE_BOUND in found
    assert codes.FIRST_BOOT_AGAIN not in found


def test_virtual_addresses_are_to_be_looked_at() -> None:
    pairs = (AddressPair(ip_address="10.20.0.100"), AddressPair(ip_address="10.20.0.101"))
    assert advice(on_lan(allowed_address_pairs=pairs))[codes.VIRTUAL_ADDRESSES].facts == {
        "addresses": "10.20.0.100, 10.20.0.101"
    }
    assert codes.VIRTUAL_ADDRESSES not in advice(on_lan())


def test_a_server_that_stays_gets_no_advice() -> None:
    assert advice(on_lan(), said=policy(skip=("server:web-1",))) == {}
    mark = f"decamp-t-{MIGRATION[:8]}-{uid('server x')}"
    assert advice(empty(servers=(server(metadata={MARK_KEY: mark}),))).keys() <= {codes.FIRST_BOOT_AGAIN}
    assert {f.item for f in advice(on_lan()).values()} == {f"{Kind.SERVER}:{uid('server web-1')}"}
