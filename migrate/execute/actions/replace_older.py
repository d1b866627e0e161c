"""Replaces resources at the target that were made from an older pass, to make room for the newer one.

Only unused resources of ours: the ledger lists them as moved, nobody has accepted them, the current mark matches, the
cloud shows no action on the server except our creation and attachments, or none since a rollback parked it, and nothing
of the customer's uses its disks. And only with consent: the approval of a stop that names the server to replace, or the
policy's acceptance of DCP-424. Resources are deleted first, then created again by their own steps; after a kill the
next attempt has less to delete. Ports and their addresses stay, and floating IPs stay on their ports.
"""

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

from migrate.disks.store.manifest import DiskManifest
from migrate.errors import ConflictError, NotFound, TransientError
from migrate.execute.actions.remove_temporaries import remove_marked, remove_temporaries
from migrate.execute.job import DISK_WAIT_S, Job
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import Parked
from migrate.ledger.wave_notes import acceptances, rollback_of
from migrate.messages import codes
from migrate.model import Kind, Role, Server, mark_of
from migrate.model.steps import (
    AttachVolume,
    CaptureServer,
    CaptureVolume,
    CheckServer,
    MakeServer,
    RunAfterUp,
    StopServer,
)
from migrate.monitor import log
from migrate.policy.selectors import accepted, item
from migrate.verify.kept_proofs import disk_item, read_proofs

STALE, USED = codes.COPY_OLDER, codes.COPY_OLDER_AND_USED
_OURS = frozenset({"create", "attach_volume"})
_THEIRS, _GOES = "theirs:", "goes:"
"""Prefixes of ledger notes: for resources with our mark that are not ours, and for servers that we delete."""


# ---------------------------------------------------------------- origin of the copy


def note_pass_before_restore(job: Job, manifest: DiskManifest) -> None:
    """Records the pass before its bytes are sent to the target, so that later finds are attributed to it.

    Its servers are created again: a kill may have come between our deletion of one and the record of that. What a test
    launch sends is none of the move's.
    """
    if job.makes is not Role.MOVED:
        return
    job.ctx.ledger.forget(_pass_note_key(manifest.disk))
    job.ctx.ledger.remember(_pass_note_key(manifest.disk), manifest.tree_digest)
    for server_id in _holders(job, manifest.disk):
        _make_again(job, server_id)


def is_older(job: Job, manifest: DiskManifest, target_id: str) -> bool:
    """Whether the resource at the target is known to come from an older pass than the valid one.

    Determined by our note, or by the proof for resources of an earlier version; otherwise a later proof decides. Never
    for a test launch, which begins with nothing at the target.
    """
    if job.makes is not Role.MOVED:
        return False
    note = job.ctx.ledger.note(_pass_note_key(manifest.disk))
    if note is None:
        kind, _, source_id = manifest.disk.partition(":")
        proof = read_proofs(job.ctx.evidence_dir).get(disk_item(Kind(kind), source_id))
        note = proof.tree_digest if proof and proof.row.target_id == target_id else None
    return note is not None and note != manifest.tree_digest


def note_used_since(ledger: Ledger, disk: str) -> None:
    """Records that what was restored of the disk was used at the target since: it counts as an older pass, even if the
    next one is the same to the byte.
    """
    ledger.set_note(_pass_note_key(disk), "used since")


def _pass_note_key(disk: str) -> str:
    return f"pass:{disk}"


# ---------------------------------------------------------------- replacement


@dataclass(frozen=True)
class Old:
    """A resource at the target made from an older pass over a disk of these source servers."""

    kind: Kind
    target_id: str
    source_id: str
    taken_at: str
    server_ids: tuple[str, ...]


def replace_older(job: Job, kind: Kind, target_id: str, source_id: str, manifest: DiskManifest) -> None:
    """Removes the image or volume, after all our servers that use it.

    Ignores disks without a server, and resources that are not ours. Raises ConflictError DCP-424: not approved;
    DCP-425: it, or another disk of its servers, has been used.
    """
    servers = _holders(job, manifest.disk)
    _refuse_accepted(job, servers)
    if not servers or not _is_recorded(job, kind, source_id, target_id):
        return
    remove_temporaries(job, "target", source_id)
    old = Old(kind, target_id, source_id, manifest.origin.taken_at, servers)
    made = [
        server
        for own_id in servers
        if (server := _made_of(job, own_id, old)) and not _is_made_in_its_place(job, own_id, server, old)
    ]
    for server in made:
        _may_go(job, old, server)
    _is_free(job, old, {server.id for server in made})
    if made:
        _others_are_free(job, old)
    if not made and not any(_is_agreed(job, own_id, "") for own_id in servers):
        raise ConflictError(STALE, item=f"{kind.value} {target_id}", taken_at=old.taken_at, server=servers[0])
    for server in made:
        _delete(job, server)
    mark = job.mark(Role.MOVED, source_id)
    job.check_running()
    log.warning("replacing step=%s kind=%s id=%s", job.step.id, kind.value, target_id)
    remove_marked(job.ctx, job.target, "target", kind, target_id, mark, check_running=job.check_running)


def _refuse_accepted(job: Job, servers: tuple[str, ...]) -> None:
    """Raises ConflictError DCP-564: one of the servers was accepted, and is the customer's at the target."""
    words = acceptances(job.ctx.ledger)
    for own_id in servers:
        if word := words.get(item(Kind.SERVER, own_id, "stop")):
            raise ConflictError(codes.WAVE_ACCEPTED, wave=word.wave, who=word.who, at=word.at)


def is_theirs(job: Job, kind: Kind, target_id: str) -> bool:
    """Whether the resource carries our mark without being ours, like one restored from a backup of ours."""
    return job.ctx.ledger.note(f"{_THEIRS}{kind.value}:{target_id}") is not None


def _is_recorded(job: Job, kind: Kind, source_id: str, target_id: str) -> bool:
    """Whether the ledger lists the resource as ours, or nothing of this origin because a kill prevented the record.

    An unlisted resource is noted before ours is deleted, so that it is not taken for ours later.
    """
    effects = job.ctx.ledger.effects(side="target", removed=True)
    known = {e.resource_id for e in effects if (e.kind, e.role, e.source_id) == (kind, Role.MOVED, source_id)}
    if not known or target_id in known:
        return True
    if job.claim is not None:
        log.warning("left alone step=%s kind=%s id=%s", job.step.id, kind.value, target_id)
        job.ctx.ledger.remember(f"{_THEIRS}{kind.value}:{target_id}", job.step.id)
    return False


def _holders(job: Job, disk: str) -> tuple[str, ...]:
    """The source servers with this disk, according to the plan."""
    for step in job.ctx.plan.steps:
        match step.action:
            case CaptureServer(server=server) if disk == f"{Kind.SERVER.value}:{server.id}":
                return (server.id,)
            case CaptureVolume(volume=volume, server_id=str() as first, others=others) if (
                disk == f"{Kind.VOLUME.value}:{volume.id}"
            ):
                return (first, *(others or ()))
    return ()


def _made_of(job: Job, server_id: str, old: Old) -> Server | None:
    """Our own server at the target, with its mark just read; None if it does not exist.

    Raises ConflictError DCP-425: somebody has deleted it, and may have used its volumes since.
    """
    target_id = job.ctx.ledger.target_id(Kind.SERVER, server_id)
    if target_id is None:
        return None
    try:
        found = job.target.compute.server(target_id)
    except NotFound:
        held = (job.ctx.ledger.target_id(Kind.VOLUME, one) for one in _volumes_of(job, server_id))
        by_us = job.ctx.ledger.note(f"{_GOES}{target_id}") is not None
        if any(held) and not by_us and not _accepts(job, USED, server_id):
            what, of = f"server {target_id} was deleted", f"{old.kind.value} {old.target_id}"
            raise ConflictError(USED, item=of, what=what, server=server_id) from None
        job.ctx.ledger.effect_removed("target", Kind.SERVER, target_id)
        return None
    if mark_of(found) != job.mark(Role.MOVED, server_id):
        raise ConflictError(codes.MARK_MISSING, kind=Kind.SERVER.value, id=target_id)
    return found


def _is_made_in_its_place(job: Job, own_id: str, server: Server, old: Old) -> bool:
    """Whether the server to replace was already deleted for another disk, and this one waits for the new disk."""
    named = _named(job, own_id)
    if not named or server.id == named or job.ctx.ledger.note(f"{_GOES}{named}") is None:
        return False
    return old.target_id not in {server.image_id, *(one.volume_id for one in server.attachments)}


def _may_go(job: Job, old: Old, server: Server) -> None:
    mark = mark_of(server)
    own_id = mark.source_id if mark else ""
    if not _is_agreed(job, own_id, server.id):
        raise ConflictError(STALE, item=f"server {server.id}", taken_at=old.taken_at, server=own_id)
    try:
        used = _use_of(job, own_id, server)
        # Foreign volumes may be set to be deleted with it: approval for the server does not cover those.
        foreign = _foreign_volumes(job, own_id, server)
        if foreign:
            # One that has been replaced since it was read is not ours any more; its server was gone before it.
            job.target.compute.server(server.id)
    except NotFound as err:
        # Another disk's step has just had it deleted: start the check again.
        raise TransientError(codes.BROKE_OFF, item=f"server {server.id}") from err
    if foreign or (used and not _accepts(job, USED, own_id)):
        raise ConflictError(USED, item=f"server {server.id}", what=foreign or used, server=own_id)


def _is_agreed(job: Job, server_id: str, target_id: str) -> bool:
    """Whether the replacement is agreed: the approved stop names this server or none exists yet, or the policy accepts
    it.
    """
    granted = {(a.step_id, a.digest) for a in job.ctx.ledger.approvals()}
    for step in job.ctx.plan.steps:
        if isinstance(step.action, StopServer) and step.action.server_id == server_id:
            named = step.action.replaces or ""
            return ((step.id, step.digest) in granted and target_id in {named, ""}) or _accepts(job, STALE, server_id)
    return _accepts(job, STALE, server_id)


def _named(job: Job, server_id: str) -> str | None:
    """The server at the target that this server's stop replaces."""
    stops = (s.action for s in job.ctx.plan.steps if isinstance(s.action, StopServer))
    return next((stop.replaces for stop in stops if stop.server_id == server_id), None) or None


def _accepts(job: Job, code: str, server_id: str) -> bool:
    named = (s.name for s in job.ctx.plan.steps if isinstance(s.action, MakeServer) and s.action.server.id == server_id)
    return accepted(job.ctx.policy, code, item(Kind.SERVER, server_id), next(named, ""))


def _use_of(job: Job, server_id: str, server: Server) -> str:
    """Signs that somebody has used the server since its creation; empty if the cloud shows none."""
    actions = job.target.compute.actions(server.id)
    attached = [s for s in job.ctx.plan.steps if isinstance(s.action, AttachVolume) and s.action.server_id == server_id]
    parked = _parked(job, server_id)
    if actions and parked and parked.server_id == server.id and Counter(actions) == Counter(parked.actions):
        # Its use until then was given up with the rollback.
        return ""
    if not actions:
        return "its cloud does not tell what was done to it"
    # Another disk's step may have just asked for it, and it is on its way.
    goes = {"delete"} if job.ctx.ledger.note(f"{_GOES}{server.id}") is not None else set()
    if others := sorted(set(actions) - _OURS - goes):
        return ", ".join(others)
    if actions.count("attach_volume") > len(attached):
        return "attach_volume"
    return ""


def _parked(job: Job, server_id: str) -> Parked | None:
    """What a rollback has parked of the server at the target."""
    found = rollback_of(job.ctx.ledger, item(Kind.SERVER, server_id, "stop"))
    return found.parked if found else None


def _foreign_volumes(job: Job, own_id: str, server: Server) -> str:
    """Volumes on the server that are not ours, or that belong to another server and would be deleted with it."""
    ours = {e.resource_id for e in job.ctx.ledger.effects(side="target") if e.role is Role.MOVED}
    own = {job.ctx.ledger.target_id(Kind.VOLUME, volume_id) for volume_id in _volumes_of(job, own_id)}
    goes = {one.volume_id for one in server.attachments if one.delete_on_termination}
    foreign = sorted(({one.volume_id for one in server.attachments} - ours) | (goes - own))
    return f"volume {', '.join(foreign)}" if foreign else ""


def _volumes_of(job: Job, own_id: str) -> set[str]:
    """The server's volumes according to the plan, including its boot volume."""
    found: set[str] = set()
    for step in job.ctx.plan.steps:
        match step.action:
            case MakeServer(server=server, boot_volume_id=str() as boot) if server.id == own_id:
                found.add(boot)
            case AttachVolume(server_id=server_id, volume_id=volume_id) if server_id == own_id:
                found.add(volume_id)
    return found


def _others_are_free(job: Job, old: Old) -> None:
    """Checks that everything else to be replaced for these and connected servers is unused: all or none."""
    servers, disks, asked = list(old.server_ids), dict[str, DiskManifest](), set[str]()
    while servers:
        own_id = servers.pop()
        asked.add(own_id)
        for disk in _disks_of(job, own_id) - disks.keys():
            if manifest := job.ctx.store.manifest(disk):
                disks[disk] = manifest
                servers += set(_holders(job, disk)) - asked
    made = {job.ctx.ledger.target_id(Kind.SERVER, own_id) or "" for own_id in asked}
    for disk, manifest in sorted(disks.items()):
        source_id = disk.partition(":")[2]
        for kind in (Kind.IMAGE, Kind.VOLUME):
            there = job.ctx.ledger.target_id(kind, source_id)
            if there and there != old.target_id and is_older(job, manifest, there):
                other = Old(kind, there, source_id, manifest.origin.taken_at, _holders(job, disk))
                with suppress(NotFound):
                    _is_free(job, other, made)


def _disks_of(job: Job, own_id: str) -> set[str]:
    found: set[str] = set()
    for step in job.ctx.plan.steps:
        match step.action:
            case CaptureServer(server=server) if server.id == own_id:
                found.add(f"{Kind.SERVER.value}:{own_id}")
            case CaptureVolume(volume=volume, server_id=str() as first, others=others) if own_id in (
                first,
                *(others or ()),
            ):
                found.add(f"{Kind.VOLUME.value}:{volume.id}")
    return found


def _is_free(job: Job, old: Old, servers: set[str]) -> None:
    """Checks that only servers to be replaced use the resource, and that nothing of the customer's was made from it."""
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
    """Deletes the server and waits until it is gone. Raises TransientError DCP-511 after too long."""
    job.check_running()
    # Recorded first: if it were deleted by somebody else, its volumes might have been used since.
    job.ctx.ledger.remember(f"{_GOES}{server.id}", job.step.id)
    log.warning("replacing step=%s kind=server id=%s", job.step.id, server.id)
    job.target.compute.delete_server(server.id)

    def status() -> str:
        try:
            return job.target.compute.server(server.id).status
        except NotFound:
            return ""

    job.poll(status, lambda now: not now, str, limit_s=DISK_WAIT_S, item=f"server {server.id}")
    job.ctx.ledger.effect_removed("target", Kind.SERVER, server.id)


def _make_again(job: Job, server_id: str) -> None:
    """Reopens the server's steps. Only after the old server is gone, which they would otherwise find and accept."""
    for step in job.ctx.plan.steps:
        match step.action:
            case MakeServer(server=server) if server.id == server_id:
                job.ctx.ledger.reopen(step.id)
            case AttachVolume(server_id=other) | CheckServer(server_id=other) | RunAfterUp(server_id=other):
                if other == server_id:
                    job.ctx.ledger.reopen(step.id)
