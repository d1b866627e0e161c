"""JSON as the services send it, small and real in shape, to our records."""

from typing import Any

import pytest
from msgspec.structs import replace

from migrate.clouds.openstack.records import translate
from migrate.clouds.openstack.records import translate_network as net
from migrate.model import (
    AddressPair,
    AllocationPool,
    FixedIp,
    Flavor,
    Port,
    SecurityGroupRule,
    Subnet,
    Volume,
    canonical_rule,
)

SERVER: dict[str, Any] = {
    "id": "s1",
    "name": "web",
    "status": "ACTIVE",
    "flavor": {"vcpus": 1, "ram": 4096, "disk": 1, "ephemeral": 0, "swap": 0, "original_name": "n1", "extra_specs": {}},
    "image": "",
    "key_name": None,
    "config_drive": "",
    "description": None,
    "metadata": {"a": "b"},
    "tags": ["z", "a"],
    "locked": False,
    "OS-EXT-STS:task_state": None,
    "OS-EXT-AZ:availability_zone": "",
    "security_groups": [{"name": "default"}, {"name": "web"}, {"name": "default"}],
    "os-extended-volumes:volumes_attached": [
        {"id": "data", "delete_on_termination": False},
        {"id": "boot", "delete_on_termination": True},
    ],
    "addresses": {
        "zzz": [{"addr": "10.2.0.5", "version": 4, "OS-EXT-IPS-MAC:mac_addr": "FA:16:3E:00:00:02"}],
        "aaa": [
            {"addr": "10.1.0.9", "version": 4, "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01"},
            {"addr": "203.0.113.7", "version": 4, "OS-EXT-IPS-MAC:mac_addr": "fa:16:3e:00:00:01"},
        ],
    },
    "created": "2020-01-01T00:00:00Z",
}


def volume(volume_id: str, device: str, *, bootable: bool) -> Volume:
    item = {
        "id": volume_id,
        "name": volume_id,
        "size": 10,
        "status": "In-Use",
        "bootable": str(bootable).lower(),
        "attachments": [{"server_id": "s1", "device": device, "attached_at": "2020"}],
        "volume_image_metadata": {"hw_disk_bus": "scsi"},
    }
    return translate.volume(item)


def port(port_id: str, mac: str, address: str) -> Port:
    fixed = FixedIp(subnet_id="n", ip_address=address)
    return Port(id=port_id, network_id="n", mac_address=mac, fixed_ips=(fixed,), device_id="s1")


VOLUMES = {
    "data": volume("data", "/dev/vdb", bootable=True),
    "boot": volume("boot", "/dev/vda", bootable=True),
}
PORTS = [
    port("p1", "fa:16:3e:00:00:01", "10.1.0.9"),
    port("p2", "fa:16:3e:00:00:02", "10.2.0.5"),
    Port(id="p0", network_id="n", device_id="s1"),
    Port(id="px", network_id="n", device_id="another"),
]


def test_a_volume_booted_server() -> None:
    server = translate.server(SERVER, [Flavor(id="f1", name="n1", vcpus=1, ram_mib=4096, disk_gib=1)], VOLUMES, PORTS)
    assert server.image_id is None
    assert server.root_device == "/dev/vda"
    # By their devices: a listing's order is nearly always that, and not always.
    assert [(a.volume_id, a.device, a.delete_on_termination) for a in server.attachments] == [
        ("boot", "/dev/vda", True),
        ("data", "/dev/vdb", False),
    ]
    assert server.port_ids == ("p2", "p1", "p0")
    assert server.security_group_names == ("default", "web")
    assert (server.config_drive, server.description, server.availability_zone) == (False, "", None)
    assert (server.flavor.id, server.flavor.name, server.flavor.ram_mib) == ("f1", "n1", 4096)
    assert server.tags == ("a", "z")


@pytest.mark.parametrize(
    ("data", "boot", "expected"),
    [(False, True, "/dev/vda"), (True, False, None), (False, False, None), (True, True, "/dev/vda")],
)
def test_the_first_disk_is_the_root_where_it_is_bootable(data: bool, boot: bool, expected: str | None) -> None:
    """A data disk that is bootable behind one that is not says nothing."""
    volumes = {
        "data": volume("data", "/dev/vdb", bootable=data),
        "boot": volume("boot", "/dev/vda", bootable=boot),
    }
    assert translate.server(SERVER, [], volumes, PORTS).root_device == expected


def test_a_flavor_outlives_its_deletion() -> None:
    assert translate.server(SERVER, [], {}, []).flavor == Flavor(name="n1", vcpus=1, ram_mib=4096, disk_gib=1)


def test_a_server_of_an_older_cloud_names_its_flavor_by_id() -> None:
    known = Flavor(id="f1", name="n1", vcpus=2, ram_mib=1, disk_gib=1)
    assert translate.server({**SERVER, "flavor": {"id": "f1"}}, [known], {}, []).flavor == known
    gone = translate.server({**SERVER, "flavor": {"id": "f9"}}, [known], {}, []).flavor
    assert (gone.id, gone.name, gone.vcpus) == ("f9", "f9", 0)


def test_an_image_booted_server_keeps_the_id_of_an_image_that_is_gone() -> None:
    server = translate.server({**SERVER, "image": {"id": "dead", "links": []}}, [], VOLUMES, [])
    assert (server.image_id, server.root_device) == ("dead", None)


def test_a_record_with_little_in_it() -> None:
    """What Nova still tells of a server whose cell is down."""
    server = translate.server({"id": "s1", "status": "UNKNOWN"}, [], {}, [])
    assert (server.id, server.status, server.port_ids) == ("s1", "UNKNOWN", ())


def test_device_names_count_like_letters() -> None:
    assert sorted(["/dev/vdaa", "/dev/vdb", "/dev/vdz"], key=translate.device_order)[-1] == "/dev/vdaa"


def test_a_volume() -> None:
    boot = VOLUMES["boot"]
    assert (boot.status, boot.bootable, boot.size_gib, boot.image_metadata) == (
        "in-use",
        True,
        10,
        {"hw_disk_bus": "scsi"},
    )


IMAGE: dict[str, Any] = {
    "id": "i1",
    "name": "web",
    "status": "active",
    "disk_format": "qcow2",
    "container_format": "bare",
    "size": 100,
    "virtual_size": None,
    "min_disk": 1,
    "min_ram": 0,
    "owner": "p",
    "visibility": "private",
    "os_hidden": True,
    "os_hash_algo": "sha512",
    "os_hash_value": "ff",
    "protected": False,
    "tags": ["b", "a"],
    "self": "/v2/images/i1",
    "file": "/v2/images/i1/file",
    "schema": "/v2/schemas/image",
    "stores": "ceph",
    "locations": [{"url": "rbd://x"}],
    "owner_specified.openstack.sha256": "x",
    "os_glance_failed_import": "",
    "base_image_ref": "dead",
    "image_type": "snapshot",
    "instance_uuid": "s1",
    "user_id": "u",
    "cw_os": "Debian",
    "hw_rng_model": "virtio",
    "os_type": "linux",
    "decamp_mark": "decamp-t-12345678-x",
}


def test_an_image_keeps_what_a_guest_needs_and_no_bookkeeping() -> None:
    image = translate.image(IMAGE)
    assert image.properties == {
        "cw_os": "Debian",
        "decamp_mark": "decamp-t-12345678-x",
        "hw_rng_model": "virtio",
        "os_type": "linux",
    }
    assert (image.hidden, image.tags, image.virtual_size_bytes, image.volume_backed) == (True, ("a", "b"), None, False)


def test_an_image_of_a_volume_booted_server() -> None:
    mapping = '[{"snapshot_id": "n1", "boot_index": 0}]'
    image = translate.image({**IMAGE, "size": 0, "block_device_mapping": mapping, "bdm_v2": "True"})
    assert image.volume_backed
    assert not {"block_device_mapping", "bdm_v2"} & set(image.properties)


def test_a_queued_image_has_no_size() -> None:
    image = translate.image({"id": "i", "name": None, "status": "queued", "size": None, "disk_format": None})
    assert (image.size_bytes, image.disk_format, image.name) == (0, "raw", "")


# ---------------------------------------------------------------- network


def test_a_port() -> None:
    item = {
        "id": "p",
        "network_id": "n",
        "mac_address": "FA:16:3E:AA:BB:CC",
        "fixed_ips": [{"subnet_id": "s", "ip_address": "FD00::5"}],
        "allowed_address_pairs": [
            {"ip_address": "10.0.0.9", "mac_address": "fa:16:3e:aa:bb:cc"},
            {"ip_address": "10.0.0.0/24", "mac_address": "FA:16:3E:00:00:01"},
        ],
        "security_groups": ["b", "a"],
        "description": "decamp-m-12345678-x mine",
    }
    record = net.port(item)
    assert record.mac_address == "fa:16:3e:aa:bb:cc"
    assert record.fixed_ips == (FixedIp(subnet_id="s", ip_address="fd00::5"),)
    # The first pair was asked for without a MAC: Neutron fills in the port's own.
    assert record.allowed_address_pairs == (
        AddressPair(ip_address="10.0.0.9"),
        AddressPair(ip_address="10.0.0.0/24", mac_address="fa:16:3e:00:00:01"),
    )
    assert record.description == "decamp-m-12345678-x mine"


def test_a_port_without_security_names_no_groups() -> None:
    body = net.port_body(Port(id="", network_id="n", port_security_enabled=False, security_group_ids=("g",)))
    assert (body["port_security_enabled"], body["security_groups"]) == (False, [])


def test_rules_keep_their_spelling() -> None:
    item = {"direction": "ingress", "ethertype": "IPv4", "protocol": "TCP", "port_range_min": 1}
    rule = net.rule({**item, "port_range_max": 65535, "remote_ip_prefix": "0.0.0.0/0", "description": None})
    everywhere = SecurityGroupRule(direction="ingress", protocol="tcp", remote_ip_prefix="0.0.0.0/0")
    assert rule == replace(everywhere, port_min=1, port_max=65535)
    assert canonical_rule(rule) == SecurityGroupRule(direction="ingress", protocol="tcp")


def test_a_rule_of_an_address_group_never_reads_as_open_to_all() -> None:
    rule = net.rule({"direction": "ingress", "protocol": "tcp", "remote_address_group_id": "ag1"})
    assert rule.remote_ip_prefix == "address-group:ag1"


def test_a_subnet_there_and_back() -> None:
    item = {
        "id": "s",
        "network_id": "n",
        "name": "sub",
        "description": "d",
        "cidr": "10.1.2.0/24",
        "ip_version": 4,
        "gateway_ip": None,
        "enable_dhcp": False,
        "dns_nameservers": ["9.9.9.9", "1.1.1.1"],
        "allocation_pools": [
            {"start": "10.1.2.30", "end": "10.1.2.40"},
            {"start": "10.1.2.9", "end": "10.1.2.20"},
        ],
        "host_routes": [{"destination": "10.9.0.0/16", "nexthop": "10.1.2.5"}],
        "ipv6_address_mode": None,
        "ipv6_ra_mode": None,
    }
    record = net.subnet(item)
    assert record.allocation_pools[0] == AllocationPool(start="10.1.2.9", end="10.1.2.20")
    body = net.subnet_body(record)
    assert body["gateway_ip"] is None
    assert body["enable_dhcp"] is False
    assert body["dns_nameservers"] == ["9.9.9.9", "1.1.1.1"]
    assert net.subnet({"id": "s", **body}) == record
    assert "ipv6_ra_mode" not in body
    assert "allocation_pools" not in net.subnet_body(Subnet(id="", network_id="n", name="x", cidr="10.0.0.0/24"))


def test_a_router_with_its_interfaces() -> None:
    ports = [
        Port(
            id="i",
            network_id="n",
            device_id="r",
            device_owner="network:router_interface_distributed",
            fixed_ips=(FixedIp(subnet_id="s", ip_address="10.0.0.1"),),
        ),
        Port(id="g", network_id="x", device_id="r", device_owner="network:router_gateway"),
    ]
    router = net.router({"id": "r", "name": "r", "external_gateway_info": {"network_id": "x"}, "routes": []}, ports)
    assert router.external_network_id == "x"
    assert [(one.subnet_id, one.port_id) for one in router.interfaces] == [("s", "i")]
    assert net.router({"id": "r", "external_gateway_info": None}, []).external_network_id is None
