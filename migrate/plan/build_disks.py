"""The steps that carry content: images, volumes, servers with their root disks, containers."""

from collections.abc import Iterator

from msgspec.structs import replace

from migrate.model import MARK_PROPERTY, Attachment, Container, Image, Kind, Server, Volume, parse_mark
from migrate.plan.case import CARRIED_VISIBILITIES, is_segments, nics_of, segments_for, volumes_of, wants_stop
from migrate.plan.decide import Decision
from migrate.plan.mapping import target_flavor
from migrate.plan.selectors import item
from migrate.plan.steps import (
    AttachVolume,
    CaptureImage,
    CaptureServer,
    CaptureVolume,
    CopyContainer,
    MakeServer,
    RestoreImage,
    RestoreServerImage,
    RestoreVolume,
    Step,
    StopServer,
    VerifyDisk,
)
from migrate.units import GIB

CUT_OVER = "cut-over"
"""The gate of whatever stops a server."""

_SOURCE, _TARGET, _BOTH = ("source",), ("target",), ("source", "target")

# What a cloud writes into images for its own book-keeping, and what would point back at the source.
_DROPPED = (
    "base_image_ref",
    "bdm_v2",
    "block_device_mapping",
    "boot_roles",
    "image_id",
    "image_location",
    "image_name",
    "image_state",
    "image_type",
    "instance_uuid",
    "owner_id",
    "owner_project_name",
    "owner_user_name",
    "root_device_name",
    "stores",
    "user_id",
    MARK_PROPERTY,
)
_DROPPED_PREFIXES = ("os_glance_", "owner_specified.")


def carried_properties(properties: dict[str, str]) -> dict[str, str]:
    """The properties of an image that are worth keeping elsewhere."""
    kept = (key for key in sorted(properties) if key not in _DROPPED and not key.startswith(_DROPPED_PREFIXES))
    return {key: properties[key] for key in kept}


def disk_steps(decision: Decision) -> Iterator[Step]:
    source = decision.case.source
    stops = {server.id: stop for server in source.servers if (stop := _stop(decision, server))}
    yield from stops.values()
    holders: dict[str, list[str]] = {}
    for server in source.servers:
        for volume_id in volumes_of(decision.case, server):
            holders.setdefault(volume_id, []).append(server.id)
    for image in source.images:
        if decision.moves(Kind.IMAGE, image.id):
            yield from _image(image)
    for volume in source.volumes:
        if decision.moves(Kind.VOLUME, volume.id):
            yield from _volume(decision, volume, holders.get(volume.id, []), stops)
    for server in source.servers:
        if decision.moves(Kind.SERVER, server.id):
            yield from _server(decision, server, stops)
    for container in source.containers:
        if decision.moves(Kind.CONTAINER, container.name):
            yield _container(decision, container)


def _stop(decision: Decision, server: Server) -> Step | None:
    """The stop of a server that has a disk to capture; not of one that may not be touched just now."""
    case = decision.case
    volumes = [v for v in volumes_of(case, server) if v in case.volumes and decision.moves(Kind.VOLUME, v)]
    captured = decision.moves(Kind.SERVER, server.id) or volumes
    if not captured or not wants_stop(case, server) or server.locked or server.task_state:
        return None
    size = sum(case.volumes[volume_id].size_gib for volume_id in volumes) * GIB
    return Step(
        id=item(Kind.SERVER, server.id, "stop"),
        name=server.name,
        action=StopServer(server_id=server.id, name=server.name),
        sides=_SOURCE,
        gate=CUT_OVER,
        size_bytes=size + (server.flavor.disk_gib * GIB if decision.moves(Kind.SERVER, server.id) else 0),
    )


def _image(image: Image) -> Iterator[Step]:
    of, name, size = item(Kind.IMAGE, image.id), image.name, image.size_bytes
    visibility = image.visibility if image.visibility in CARRIED_VISIBILITIES else "private"
    # A tenant that was moved before has marks of that move: they say nothing here.
    tags = tuple(tag for tag in image.tags if not parse_mark(tag))
    want = replace(image, properties=carried_properties(image.properties), visibility=visibility, tags=tags)
    capture, restore = f"{of}:capture", f"{of}:restore"
    yield Step(id=capture, name=name, action=CaptureImage(image=image), sides=_SOURCE, size_bytes=size)
    yield Step(id=restore, name=name, action=RestoreImage(image=want), sides=_TARGET, needs=(capture,), size_bytes=size)
    yield _verify(Kind.IMAGE, image.id, name, size, restore)


def _volume(decision: Decision, volume: Volume, held_by: list[str], stops: dict[str, Step]) -> Iterator[Step]:
    of, name, size = item(Kind.VOLUME, volume.id), volume.name or volume.id, volume.size_gib * GIB
    choices = decision.case.choices
    kind = choices.volume_types.get(volume.volume_type or "")
    zone = choices.volume_zones.get(volume.availability_zone or "")
    capture, restore = f"{of}:capture", f"{of}:restore"
    yield Step(
        id=capture,
        name=name,
        action=CaptureVolume(volume=volume, server_id=held_by[0] if held_by else None),
        sides=_SOURCE,
        needs=tuple(stops[server_id].id for server_id in held_by if server_id in stops),
        size_bytes=size,
    )
    wanted = replace(volume, image_metadata=carried_properties(volume.image_metadata))
    yield Step(
        id=restore,
        name=name,
        action=RestoreVolume(
            volume=wanted,
            volume_type=kind.target if kind else None,
            availability_zone=zone.target if zone else None,
        ),
        sides=_TARGET,
        needs=(capture,),
        size_bytes=size,
    )
    yield _verify(Kind.VOLUME, volume.id, name, size, restore)


def _server(decision: Decision, server: Server, stops: dict[str, Step]) -> Iterator[Step]:
    case, of, name, size = decision.case, item(Kind.SERVER, server.id), server.name, server.flavor.disk_gib * GIB
    base = case.images.get(server.image_id or "")
    properties = carried_properties(base.properties) if base else {}
    capture, image = f"{of}:capture", f"{of}:image"
    yield Step(
        id=capture,
        name=name,
        action=CaptureServer(server=server),
        sides=_SOURCE,
        needs=(stops[server.id].id,) if server.id in stops else (),
        size_bytes=size,
    )
    yield Step(
        id=image,
        name=name,
        action=RestoreServerImage(server=server, properties=properties),
        sides=_TARGET,
        needs=(capture,),
        size_bytes=size,
    )
    yield _verify(Kind.SERVER, server.id, name, size, image)
    yield _make_server(decision, server)
    yield from _attachments(decision, server)


def _make_server(decision: Decision, server: Server) -> Step:
    case, of, nics = decision.case, item(Kind.SERVER, server.id), nics_of(decision.case, server)
    choice = case.choices.flavors[server.flavor.name]
    flavor = target_flavor(choice, case.target)
    zone = case.choices.compute_zones.get(server.availability_zone or "")
    key = server.key_name
    if key and not (decision.moves(Kind.KEYPAIR, key) and key in case.keypairs):
        key = None
    needs = {f"{of}:verify", *(item(Kind.PORT, port_id) for port_id in nics)}
    if key:
        needs.add(item(Kind.KEYPAIR, key))
    return Step(
        id=of,
        name=server.name,
        action=MakeServer(
            server=replace(server, key_name=key, port_ids=nics),
            flavor_id=(choice.target or "") if flavor else "",
            flavor_name=flavor.name if flavor else "",
            availability_zone=zone.target if zone else None,
        ),
        sides=_TARGET,
        needs=tuple(sorted(needs)),
    )


def _attachments(decision: Decision, server: Server) -> Iterator[Step]:
    """One after the other: each needs the one before it, so that the guest finds its disks in the same order."""
    case, of = decision.case, item(Kind.SERVER, server.id)
    before = of
    for volume_id in volumes_of(case, server):
        if volume_id not in case.volumes or not decision.moves(Kind.VOLUME, volume_id):
            continue
        attachment = _attachment(server, case.volumes[volume_id])
        step_id = f"{of}:attach-{volume_id}"
        yield Step(
            id=step_id,
            name=server.name,
            action=AttachVolume(
                server_id=server.id, volume_id=volume_id, delete_on_termination=attachment.delete_on_termination
            ),
            sides=_TARGET,
            needs=tuple(sorted({of, before, item(Kind.VOLUME, volume_id, "verify")})),
        )
        before = step_id


def _attachment(server: Server, volume: Volume) -> Attachment:
    both = (*server.attachments, *volume.attachments)
    return next(a for a in both if (a.server_id, a.volume_id) == (server.id, volume.id))


def _verify(kind: Kind, source_id: str, name: str, size_bytes: int, restore: str) -> Step:
    return Step(
        id=item(kind, source_id, "verify"),
        name=name,
        action=VerifyDisk(of=kind, source_id=source_id),
        sides=_TARGET,
        needs=(restore,),
        size_bytes=size_bytes,
    )


def _container(decision: Decision, container: Container) -> Step:
    needs = [item(Kind.CONTAINER, name) for name in segments_for(decision.case, container.name)]
    return Step(
        id=item(Kind.CONTAINER, container.name),
        name=container.name,
        action=CopyContainer(
            name=container.name,
            objects=container.objects,
            headers=container.headers,
            segment_container=is_segments(container.name),
        ),
        sides=_BOTH,
        needs=tuple(sorted(needs)),
        size_bytes=container.size_bytes,
    )
