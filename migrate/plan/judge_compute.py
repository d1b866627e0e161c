"""What is found of servers, volumes, images and snapshots."""

from collections.abc import Iterable, Iterator
from difflib import get_close_matches

from migrate.model import Image, Kind, Server, Snapshot, Volume
from migrate.plan.case import (
    CAPTURED_VOLUMES,
    CARRIED_STATES,
    CARRIED_VISIBILITIES,
    Case,
    boots_from_volume,
    disks_of,
    nics_of,
    volumes_of,
    wants_stop,
)
from migrate.plan.findings import Finding, finding
from migrate.plan.mapping import Choice, target_flavor
from migrate.plan.selectors import item
from migrate.units import GIB, format_bytes


def judge_compute(case: Case) -> Iterator[Finding]:
    for server in case.source.servers:
        yield from _server_state(case, server)
        yield from _server_place(case, server)
    for volume in case.source.volumes:
        yield from _volume(case, volume)
    for image in case.source.images:
        yield from _image(case, image)
    for snapshot in case.source.snapshots:
        yield _snapshot(case, snapshot)


def unknown_choice(mapping: str, choice: Choice, known: Iterable[str], of: str, name: str) -> Finding:
    """The policy maps to something that is not there."""
    names = sorted(set(known))
    shown = get_close_matches(choice.target_name, names, n=3) or names[:10]
    return finding(
        "DCP-612", of, name, mapping=mapping, source=choice.source, wanted=choice.target_name, known=", ".join(shown)
    )


def _server_state(case: Case, server: Server) -> Iterator[Finding]:
    of, name = item(Kind.SERVER, server.id), server.name
    if server.status not in CARRIED_STATES:
        yield finding("DCP-620", of, name, status=server.status)
    elif server.task_state:
        yield finding("DCP-621", of, name, status=server.status, task=server.task_state)
    elif server.status == "SHUTOFF":
        yield finding("DCP-625", of, name, status=server.status)
    if wants_stop(case, server) and not server.task_state:
        if server.locked:
            yield finding("DCP-622", of, name)
        else:
            yield finding("DCP-624", of, name, disks=disks_of(case, server))
    for port_id in nics_of(case, server):
        if port_id not in case.ports:
            yield finding("DCP-671", of, name, because=item(Kind.PORT, port_id))
    if boots_from_volume(server):
        volumes = volumes_of(case, server)
        yield finding("DCP-623", of, name, volume=volumes[0] if volumes else "?")
    elif server.image_id not in case.images:
        yield finding("DCP-629", of, name, image=server.image_id)
    networks = [case.ports[port_id].network_id for port_id in nics_of(case, server) if port_id in case.ports]
    for network_id in sorted({n for n in networks if networks.count(n) > 1}):
        yield finding("DCP-628", of, name, network=network_id)
    key = server.key_name
    if key and (key not in case.keypairs or case.skips(Kind.KEYPAIR, key, key)):
        yield finding("DCP-626", of, name, key=key)


def _server_place(case: Case, server: Server) -> Iterator[Finding]:
    of, name, flavor = item(Kind.SERVER, server.id), server.name, server.flavor
    choice = case.choices.flavors[flavor.name]
    chosen = target_flavor(choice, case.target)
    if choice.why == "unknown":
        yield unknown_choice("flavors", choice, (f.name for f in case.target.facts.flavors), of, name)
    elif chosen is None:
        sizes = {"vcpus": flavor.vcpus, "ram_mib": flavor.ram_mib, "disk_gib": flavor.disk_gib}
        yield finding("DCP-610", of, name, flavor=flavor.name, **sizes)
    elif chosen.disk_gib < flavor.disk_gib:
        disks = {"source_gib": flavor.disk_gib, "target_gib": chosen.disk_gib}
        yield finding("DCP-613", of, name, source=flavor.name, target=chosen.name, **disks)
    elif chosen.name != flavor.name or choice.why == "nearest":
        what = " -> ".join(f"{f.vcpus} vCPU {f.ram_mib} MiB {f.disk_gib} GiB" for f in (flavor, chosen))
        yield finding("DCP-611", of, name, source=flavor.name, target=chosen.name, what=what)
    if server.availability_zone:
        zone = case.choices.compute_zones[server.availability_zone]
        yield from _zone("compute_zones", zone, case.target.facts.compute_zones, of, name)
    if not boots_from_volume(server):
        yield from _too_large(case, flavor.disk_gib * GIB, of, name)


def _volume(case: Case, volume: Volume) -> Iterator[Finding]:
    of, name = item(Kind.VOLUME, volume.id), volume.name
    if volume.encrypted:
        yield finding("DCP-640", of, name)
    if volume.multiattach or len(volume.attachments) > 1:
        yield finding("DCP-641", of, name)
    if volume.status not in CAPTURED_VOLUMES:
        yield finding("DCP-642", of, name, status=volume.status)
    if volume.volume_type:
        choice = case.choices.volume_types[volume.volume_type]
        if choice.why == "unknown":
            yield unknown_choice("volume_types", choice, case.target.facts.volume_types, of, name)
        elif choice.target_name != volume.volume_type:
            yield finding("DCP-614", of, name, source=volume.volume_type, target=choice.target_name or "-")
    if volume.availability_zone:
        zone = case.choices.volume_zones[volume.availability_zone]
        yield from _zone("volume_zones", zone, case.target.facts.volume_zones, of, name)
    yield from _too_large(case, volume.size_gib * GIB, of, name)


def _zone(mapping: str, choice: Choice, known: tuple[str, ...], of: str, name: str) -> Iterator[Finding]:
    if choice.why == "unknown":
        yield unknown_choice(mapping, choice, known, of, name)
    elif choice.target_name != choice.source:
        yield finding("DCP-615", of, name, source=choice.source, target=choice.target_name or "-")


def _too_large(case: Case, size_bytes: int, of: str, name: str) -> Iterator[Finding]:
    """A disk passes through an image of at most its own size; how much of it is used is not known beforehand."""
    for side in (case.source, case.target):
        limit = side.facts.image_size_max_bytes
        if limit is not None and size_bytes > limit:
            sizes = {"size": format_bytes(size_bytes), "limit": format_bytes(limit)}
            yield finding("DCP-633", of, name, cloud=side.identity.cloud, **sizes)


def _image(case: Case, image: Image) -> Iterator[Finding]:
    of, name, limit = item(Kind.IMAGE, image.id), image.name, case.target.facts.image_size_max_bytes
    if image.status != "active":
        yield finding("DCP-630", of, name, status=image.status)
    elif image.volume_backed or image.size_bytes == 0:
        yield finding("DCP-631", of, name)
    elif limit is not None and image.size_bytes > limit:
        yield finding("DCP-632", of, name, size=format_bytes(image.size_bytes), limit=format_bytes(limit))
    if image.visibility not in CARRIED_VISIBILITIES:
        yield finding("DCP-634", of, name, visibility=image.visibility)


def _snapshot(case: Case, snapshot: Snapshot) -> Finding:
    volume = case.volumes.get(snapshot.volume_id)
    volume_name = volume.name if volume and volume.name else snapshot.volume_id
    return finding(
        "DCP-643", item(Kind.SNAPSHOT, snapshot.id), snapshot.name, volume=volume_name, size_gib=snapshot.size_gib
    )
