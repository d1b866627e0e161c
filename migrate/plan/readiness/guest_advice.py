"""Advice for guests of servers that move: a copied disk does not know its new machine."""

import re
from collections.abc import Iterator

from migrate.findings.at_target.mtu import mtu_at_target
from migrate.findings.decide_what_moves import Decision
from migrate.findings.finding import Finding, finding
from migrate.findings.inputs import Case, boots_from_volume, nic_port_ids, volumes_of
from migrate.messages import codes
from migrate.model import Kind, Server
from migrate.policy.selectors import item

_PREFIXES = {"virtio": "vd", "scsi": "sd", "sata": "sd", "usb": "sd", "ide": "hd", "xen": "xvd", "uml": "ubd"}
_DEFAULT_BUS = "virtio"
_WINDOWS = frozenset({"windows", "win", "winnt"})
_LICENSED = _WINDOWS | {"rhel", "redhat", "sles", "sled", "suse", "oracle", "ol", "oel"}
"""Licensed systems, as the beginnings of `os_type` and `os_distro` (`win2k19`, `rhel8.4`)."""


def judge_advice(decision: Decision) -> Iterator[Finding]:
    """`DCP-680` to `DCP-685`."""
    other_mtus = dict(_other_mtus(decision.case))
    yield from _smaller_mtus(decision, other_mtus)
    for server in decision.case.source.servers:
        if decision.moves(Kind.SERVER, server.id):
            yield from _disks(decision, server)
            yield from _interfaces(decision.case, server, other_mtus)
            yield from _system(decision.case, server)


# ---------------------------------------------------------------- disks


def _disks(decision: Decision, server: Server) -> Iterator[Finding]:
    """Advice on device names as the clouds report them; the guest's may differ, but follow the same bus."""
    prefix = _PREFIXES.get(_image_says(decision.case, server).get("hw_disk_bus", _DEFAULT_BUS))
    if prefix is None:
        return
    root = server.root_device or ""
    others = _other_devices(decision, server)
    before = [_short(device) for device in ([root] if root else []) + others]
    first = 0 if root or boots_from_volume(server) else 1
    after = [f"{prefix}{chr(ord('a') + first + place)}" for place in range(len(before))]
    changed = [(old, new) for old, new in zip(before, after, strict=True) if old and old != new]
    if changed:
        facts = {
            "source_device": ", ".join(f"/dev/{old}" for old, _ in changed),
            "target_device": ", ".join(f"/dev/{new}" for _, new in changed),
        }
        yield finding(codes.DEVICE_NAMES_CHANGE, item(Kind.SERVER, server.id), server.name, **facts)


def _other_devices(decision: Decision, server: Server) -> list[str]:
    """Device names of the volumes to attach, in order; empty if unknown."""
    case, told = decision.case, {a.volume_id: a.device for a in server.attachments}
    for volume_id in volumes_of(case, server):
        volume = case.volumes.get(volume_id)
        if volume and not told.get(volume_id):
            told[volume_id] = next((a.device for a in volume.attachments if a.server_id == server.id), "")
    return [
        told.get(volume_id, "")
        for volume_id in volumes_of(case, server)
        if volume_id in case.volumes
        and decision.moves(Kind.VOLUME, volume_id)
        and (not server.root_device or told.get(volume_id) != server.root_device)
    ]


def _short(device: str) -> str:
    return device.removeprefix("/dev/")


def _image_says(case: Case, server: Server) -> dict[str, str]:
    """Image properties of the server's boot source: of its image, or as stored in its boot volume."""
    if server.image_id:
        image = case.images.get(server.image_id)
        return image.properties if image else {}
    volumes = [case.volumes[one] for one in volumes_of(case, server) if one in case.volumes]
    boots = next((volume for volume in volumes if volume.bootable), None)
    return boots.image_metadata if boots else {}


# ---------------------------------------------------------------- network


def _interfaces(case: Case, server: Server, other_mtus: dict[str, dict[str, object]]) -> Iterator[Finding]:
    item_id, name = item(Kind.SERVER, server.id), server.name
    ports = [case.ports[port_id] for port_id in nic_port_ids(case, server) if port_id in case.ports]
    macs = [port.mac_address for port in ports if port.mac_address]
    if macs and not case.policy.keep_mac:
        yield finding(codes.INTERFACE_NAMES_CHANGE, item_id, name, nics=", ".join(macs))
    for network_id in dict.fromkeys(port.network_id for port in ports):
        if network_id in other_mtus:
            yield finding(codes.MTU_CHANGES, item_id, name, **other_mtus[network_id])
    pairs = sorted({pair.ip_address for port in ports for pair in port.allowed_address_pairs})
    if pairs:
        yield finding(codes.VIRTUAL_ADDRESSES, item_id, name, addresses=", ".join(pairs))


def _smaller_mtus(decision: Decision, other_mtus: dict[str, dict[str, object]]) -> Iterator[Finding]:
    """Advice on smaller MTUs, also for the network itself, as an unknown host may send the large packets."""
    for network in decision.case.source.networks:
        told = other_mtus.get(network.id)
        moves = network.id in decision.case.own_networks and decision.moves(Kind.NETWORK, network.id)
        if told and moves and int(str(told["target_mtu"])) < int(str(told["source_mtu"])):
            yield finding(codes.MTU_CHANGES, item(Kind.NETWORK, network.id), network.name, **told)


def _other_mtus(case: Case) -> Iterator[tuple[str, dict[str, object]]]:
    """Networks with a different MTU at the target, by id, with the facts of the finding."""
    for network in case.source.networks:
        target_mtu = mtu_at_target(case, network)
        if network.mtu is not None and target_mtu is not None and target_mtu != network.mtu:
            told = network.name or network.id
            yield network.id, {"network": told, "source_mtu": network.mtu, "target_mtu": target_mtu}


# ---------------------------------------------------------------- the system


def _system(case: Case, server: Server) -> Iterator[Finding]:
    item_id, name, said = item(Kind.SERVER, server.id), server.name, _image_says(case, server)
    systems = [said.get(key, "").lower() for key in ("os_distro", "os_type")]
    if not any(_family(system) in _WINDOWS for system in systems):
        yield finding(codes.FIRST_BOOT_AGAIN, item_id, name)
    licensed = next((system for system in systems if _family(system) in _LICENSED), None)
    if licensed:
        yield finding(codes.LICENCE_BOUND, item_id, name, system=licensed)


def _family(system: str) -> str:
    """The name of a system without its version: `rhel8.4` becomes `rhel`."""
    return next(iter(re.findall(r"^[a-z]+", system)), "")
