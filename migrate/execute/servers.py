"""Actions on servers: stop the source's, make the target's, attach its volumes in order."""

from migrate.clouds.ports import NewServer
from migrate.errors import ConflictError, ItemError, Refused
from migrate.execute.context import Job
from migrate.model import MARK_KEY, Kind, Role, mark_of
from migrate.plan.steps import AttachVolume, MakeServer, StopServer


def stop_server(job: Job, action: StopServer) -> None:
    """Asks the source for a clean shut-down and waits for it. Gated: SourceGuard lets it through only then."""
    compute = job.source.compute
    if compute.server(action.server_id).status == "SHUTOFF":
        return
    job.alive()
    compute.stop(action.server_id)
    job.wait_for(lambda: compute.server(action.server_id), lambda s: s.status.lower(), "shutoff")


def make_server(job: Job, action: MakeServer) -> None:
    server, compute = action.server, job.target.compute
    mark = job.mark(Role.MOVED, server.id)
    image_id = job.target_id(Kind.IMAGE, server.id)
    port_ids = tuple(job.target_id(Kind.PORT, port) for port in server.port_ids)
    server_id = job.make(
        "target",
        Kind.SERVER,
        mark,
        source_id=server.id,
        name=server.name,
        find=lambda: [s.id for s in compute.servers() if mark_of(s) == mark],
        create=lambda: compute.create_server(
            NewServer(
                name=server.name,
                flavor_id=action.flavor_id,
                image_id=image_id,
                port_ids=port_ids,
                key_name=server.key_name,
                availability_zone=action.availability_zone,
                description=server.description,
                metadata={**server.metadata, MARK_KEY: str(mark)},
                tags=server.tags,
                config_drive=server.config_drive,
            )
        ),
    )
    job.wait_for(
        lambda: compute.server(server_id),
        # A server that its owner has stopped since is as made as a running one.
        lambda s: "active" if s.status in {"ACTIVE", "SHUTOFF"} else s.status.lower(),
        "active",
        size_gib=server.flavor.disk_gib,
    )


def attach_volume(job: Job, action: AttachVolume) -> None:
    """An attachment carries no mark: server and volume are its key."""
    server_id = job.target_id(Kind.SERVER, action.server_id)
    volume_id = job.target_id(Kind.VOLUME, action.volume_id)
    block = job.target.block
    now = block.volume(volume_id)
    holders = {a.server_id for a in now.attachments}
    if holders - {server_id}:
        raise ConflictError("DCP-509", volume=volume_id, server=", ".join(sorted(holders)))
    if now.status == "available":
        job.alive()
        try:
            job.target.compute.attach(server_id, volume_id, delete_on_termination=action.delete_on_termination)
        except Refused:
            # Another attempt's request may have come first; what the volume says decides.
            if block.volume(volume_id).status == "available":
                raise
    job.wait_for(lambda: block.volume(volume_id), lambda v: v.status, "in-use")
    if {a.server_id for a in block.volume(volume_id).attachments} != {server_id}:
        raise ItemError("DCP-510", item=job.step.id, status="attached elsewhere")
