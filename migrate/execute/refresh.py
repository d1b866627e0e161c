"""What we made at the target out of an older copy is replaced, so that the newer one can take its place.

Ours alone, and only what nobody has used since: the ledger records it as moved by us, its mark is read again, the cloud
lists nothing that was done to the server but our own making and attaching, and nothing of the customer's hangs on its
disks. And only where somebody said yes: with the approval of the stop whose step names the server that it replaces, or
by accepting DCP-424 in the policy. Deleted first, made anew by the steps that made it: killed in between, the next
attempt finds less to delete. Its ports stay, and with them its addresses; a floating address stays on its port.
"""

from dataclasses import dataclass

from migrate.errors import ConflictError, NotFound, TransientError
from migrate.execute.context import DISK_WAIT_S, Job
from migrate.execute.temporaries import remove_marked, remove_temporaries
from migrate.model import Kind, Role, Server, mark_of
from migrate.monitor import log
from migrate.plan.selectors import accepted, item
from migrate.plan.steps import AttachVolume, CaptureServer, CaptureVolume, MakeServer, StopServer
from migrate.store.manifest import DiskManifest
from migrate.verify.proofs import disk_item, read_proofs

STALE, USED = "DCP-424", "DCP-425"
_OURS = frozenset({"create", "attach_volume"})


# ---------------------------------------------------------------- which copy is in it


def will_hold(job: Job, manifest: DiskManifest) -> None:
    """Before the bytes go to the target: what is found there later was made of this pass.

    Its servers are to be made again: one that was may have gone by our hand, and a kill have come before we said so.
    """
    job.ctx.ledger.forget(_key(manifest.disk))
    job.ctx.ledger.remember(_key(manifest.disk), manifest.tree_digest)
    for server_id in _holders(job, manifest.disk):
        _make_again(job, server_id)


def is_older(job: Job, manifest: DiskManifest, target_id: str) -> bool:
    """What is at the target is known to be made of another pass than the one that counts.

    By our own note, and for what an earlier version made by its proof. Where neither tells, the proof to come does.
    """
    note = job.ctx.ledger.noted(_key(manifest.disk))
    if note is None:
        kind, _, source_id = manifest.disk.partition(":")
        proof = read_proofs(job.ctx.evidence_dir).get(disk_item(Kind(kind), source_id))
        note = proof.tree_digest if proof and proof.row.target_id == target_id else None
    return note is not None and note != manifest.tree_digest


def _key(disk: str) -> str:
    return f"pass:{disk}"


# ---------------------------------------------------------------- replacing it


@dataclass(frozen=True)
class Old:
    """Something at the target that was made of an older pass over a disk of these servers of the source."""

    kind: Kind
    target_id: str
    source_id: str
    taken_at: str
    server_ids: tuple[str, ...]


def replace_older(job: Job, kind: Kind, target_id: str, source_id: str, manifest: DiskManifest) -> None:
    """Removes the image or volume, and before it every server of ours that has it.

    Does nothing for the disk of no server. Raises ConflictError DCP-424: nobody has said yes to it; DCP-425: somebody
    has used it.
    """
    servers = _holders(job, manifest.disk)
    if not servers:
        return
    remove_temporaries(job, "target", source_id)
    old = Old(kind, target_id, source_id, manifest.origin.taken_at, servers)
    made = [server for own_id in servers if (server := _made_of(job, own_id))]
    for server in made:
        _may_go(job, old, server)
    _is_free(job, old, {server.id for server in made})
    if not made and not any(_is_agreed(job, own_id, "") for own_id in servers):
        raise ConflictError(STALE, item=f"{kind.value} {target_id}", taken_at=old.taken_at, server=servers[0])
    for server in made:
        _delete(job, server)
    mark = job.mark(Role.MOVED, source_id)
    job.alive()
    log.warning("replacing step=%s kind=%s id=%s", job.step.id, kind.value, target_id)
    remove_marked(job.ctx, job.target, "target", kind, target_id, mark, alive=job.alive)


def _holders(job: Job, disk: str) -> tuple[str, ...]:
    """Servers of the source whose disk it is, as the plan captures it."""
    for step in job.ctx.plan.steps:
        match step.action:
            case CaptureServer(server=server) if disk == f"{Kind.SERVER.value}:{server.id}":
                return (server.id,)
            case CaptureVolume(volume=volume, server_id=str() as first, others=others) if (
                disk == f"{Kind.VOLUME.value}:{volume.id}"
            ):
                return (first, *(others or ()))
    return ()


def _made_of(job: Job, server_id: str) -> Server | None:
    """Our own server at the target, its mark just read; None where there is none (any more)."""
    target_id = job.ctx.ledger.target_id(Kind.SERVER, server_id)
    if target_id is None:
        return None
    try:
        found = job.target.compute.server(target_id)
    except NotFound:
        job.ctx.ledger.effect_removed("target", Kind.SERVER, target_id)
        return None
    if mark_of(found) != job.mark(Role.MOVED, server_id):
        raise ConflictError("DCP-508", kind=Kind.SERVER.value, id=target_id)
    return found


def _may_go(job: Job, old: Old, server: Server) -> None:
    mark = mark_of(server)
    own_id = mark.source_id if mark else ""
    if not _is_agreed(job, own_id, server.id):
        raise ConflictError(STALE, item=f"server {server.id}", taken_at=old.taken_at, server=own_id)
    used = _use_of(job, own_id, server)
    # What hangs on it may be set to go with it: nobody's word about the server is one about another volume.
    foreign = _foreign_volumes(job, server)
    if foreign or (used and not _accepts(job, USED, own_id)):
        raise ConflictError(USED, item=f"server {server.id}", what=foreign or used, server=own_id)


def _is_agreed(job: Job, server_id: str, target_id: str) -> bool:
    """The stop that a person approved names this very server, or nothing is made of the disk yet; or it is accepted."""
    granted = {(a.step_id, a.digest) for a in job.ctx.ledger.approvals()}
    for step in job.ctx.plan.steps:
        if isinstance(step.action, StopServer) and step.action.server_id == server_id:
            named = step.action.replaces or ""
            return ((step.id, step.digest) in granted and target_id in {named, ""}) or _accepts(job, STALE, server_id)
    return _accepts(job, STALE, server_id)


def _accepts(job: Job, code: str, server_id: str) -> bool:
    named = (s.name for s in job.ctx.plan.steps if isinstance(s.action, MakeServer) and s.action.server.id == server_id)
    return accepted(job.ctx.policy, code, item(Kind.SERVER, server_id), next(named, ""))


def _use_of(job: Job, server_id: str, server: Server) -> str:
    """What somebody has done with it since we made it, empty for nothing that the cloud tells."""
    actions = job.target.compute.actions(server.id)
    attached = [s for s in job.ctx.plan.steps if isinstance(s.action, AttachVolume) and s.action.server_id == server_id]
    if not actions:
        return "its cloud does not tell what was done to it"
    if others := sorted(set(actions) - _OURS):
        return ", ".join(others)
    if actions.count("attach_volume") > len(attached):
        return "attach_volume"
    return ""


def _foreign_volumes(job: Job, server: Server) -> str:
    """Volumes on it that are not ours, empty for none."""
    ours = {e.resource_id for e in job.ctx.ledger.effects(side="target") if e.role is Role.MOVED}
    foreign = sorted({one.volume_id for one in server.attachments} - ours)
    return f"volume {', '.join(foreign)}" if foreign else ""


def _is_free(job: Job, old: Old, servers: set[str]) -> None:
    """Nothing but the servers that go has it, and nothing of the customer's was made of it."""
    used = ""
    if old.kind is Kind.VOLUME:
        volume = job.target.block.volume(old.target_id)
        used = ", ".join(sorted({f"server {a.server_id}" for a in volume.attachments if a.server_id not in servers}))
        mine = (s.id for s in job.target.block.snapshots() if s.volume_id == old.target_id)
        used = used or ", ".join(f"snapshot {one}" for one in mine)
        mine = (b.id for b in job.target.block.backups() if b.volume_id == old.target_id)
        used = used or ", ".join(f"backup {one}" for one in mine)
    else:
        image = job.target.images.image(old.target_id)
        booted = (s.id for s in job.target.compute.servers() if s.image_id == old.target_id and s.id not in servers)
        used = ", ".join([*(f"server {one}" for one in booted), *(f"project {one}" for one in image.members)])
    if used:
        raise ConflictError(USED, item=f"{old.kind.value} {old.target_id}", what=used, server=old.server_ids[0])


def _delete(job: Job, server: Server) -> None:
    """The server is gone when this returns. Raises TransientError DCP-511: it takes too long."""
    job.alive()
    log.warning("replacing step=%s kind=server id=%s", job.step.id, server.id)
    job.target.compute.delete_server(server.id)
    waited = 0.0
    while True:
        try:
            status = job.target.compute.server(server.id).status
        except NotFound:
            break
        if waited > DISK_WAIT_S:
            raise TransientError("DCP-511", item=f"server {server.id}", status=status, seconds=round(waited))
        job.ctx.stop.check()
        job.ctx.stop.wait(job.ctx.poll_s)
        waited += job.ctx.poll_s
    job.ctx.ledger.effect_removed("target", Kind.SERVER, server.id)


def _make_again(job: Job, server_id: str) -> None:
    """Its steps are to be done again. Not before the old server is gone: they would find that one, and be done."""
    for step in job.ctx.plan.steps:
        match step.action:
            case MakeServer(server=server) if server.id == server_id:
                job.ctx.ledger.reopen(step.id)
            case AttachVolume(server_id=other) if other == server_id:
                job.ctx.ledger.reopen(step.id)
