"""Containers: every object is copied straight to the target, and the rows of the copy are kept as evidence."""

from collections.abc import Callable

from msgspec import UNSET

from migrate.execute.context import Job
from migrate.listing import fates
from migrate.listing.folder import PassFolder, read_seal, rows_folder, sealed_rows
from migrate.model import MARK_KEY, Kind, ObjectEntry, Role, name_id
from migrate.monitor import log
from migrate.plan.object_rules import limits_of, refusals
from migrate.plan.places_s3 import s3_profile
from migrate.plan.steps import CopyContainer
from migrate.s3_objects import RULE
from migrate.transfer.objects import copy_container


def copy(job: Job, action: CopyContainer) -> None:
    """Safe to repeat: what is there is not sent again, and nobody else's object is written over.

    The rows that the copy leaves are what verify goes by, and the only witness once the source is gone.
    """
    mark = job.mark(Role.MOVED, name_id(action.name))
    job.alive()
    stats = copy_container(
        job.source.objects,
        job.target.objects,
        action.name,
        {key: value for key, value in action.headers.items() if MARK_KEY not in key},
        str(mark),
        folder=PassFolder(rows_folder(job.ctx.evidence_dir, action.name), action.name),
        alive=job.still_mine,
        monitor=job.ctx.monitor,
        step_id=job.step.id,
        stop=job.ctx.stop,
        workers=job.ctx.policy.limits.objects,
        project=job.ctx.plan.source.project_id,
        history=action.versions is True,
        expiring=RULE if action.expiring is UNSET else action.expiring,
        refusal=_never if action.place is UNSET else _refusal(job, action),
    )
    job.still_mine()
    if stats.gone or stats.lost or stats.left:
        log.warning("not copied step=%s gone=%d lost=%d left=%d", job.step.id, stats.gone, stats.lost, stats.left)
    job.objects, job.moved_bytes = stats.objects, stats.bytes
    job.record(
        "target",
        Kind.CONTAINER,
        Role.MOVED,
        source_id=action.name,
        resource_id=action.name,
        name=action.name,
    )


def _never(entry: ObjectEntry) -> str:
    return ""


def _refusal(job: Job, action: CopyContainer) -> Callable[[ObjectEntry], str]:
    """What S3 does not get: what its provider refuses, and segments whose bytes are in the objects that name them."""
    limits = limits_of(s3_profile(job.ctx.policy))
    inside = _Inside(job, action.name) if action.segment_container else None

    def fate(entry: ObjectEntry) -> str:
        if refusals(entry, limits, action.key_prefix):
            return fates.REFUSED
        return fates.INSIDE if inside and inside.holds(entry) else ""

    return fate


class _Inside:
    """Names of one container that large objects of others are made of, told by the rows of the copies before this one.

    Which those are the plan says, so that it does not hang on who came first: what another one names is copied too.
    """

    def __init__(self, job: Job, container: str) -> None:
        self._contents: set[tuple[str, str]] = set()
        for owner in _copied_before(job):
            self._read(job, owner, container)

    def _read(self, job: Job, owner: str, container: str) -> None:
        path = rows_folder(job.ctx.evidence_dir, owner)
        for row in sealed_rows(path, read_seal(path)):
            if row.fate:
                continue
            # Of a range the rest is nowhere else; another content of that name, or a later name, is not inside.
            whole = (one for one in row.segments if one.container == container and not one.range)
            self._contents.update((segment.name, segment.etag) for segment in whole)

    def holds(self, entry: ObjectEntry) -> bool:
        return (entry.name, entry.slo_etag or entry.etag) in self._contents


def _copied_before(job: Job) -> set[str]:
    """Names of the containers that this step waits for, at whatever distance."""
    found: set[str] = set()
    asked = list(job.step.needs)
    while asked:
        step = job.ctx.plan.step(asked.pop())
        if isinstance(step.action, CopyContainer) and step.action.name not in found:
            found.add(step.action.name)
            asked += step.needs
    return found
