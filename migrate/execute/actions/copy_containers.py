"""Container actions: copy every object directly to the target, and keep the copy's rows as evidence."""

import threading
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress

from msgspec import UNSET

from migrate.clouds.ports import Cloud, ObjectInfo
from migrate.errors import ConfigError, NotFound
from migrate.execute.done_steps_again import note_scan
from migrate.execute.job import Job
from migrate.model import MARK_KEY, Kind, ObjectEntry, Role, name_id
from migrate.model.s3_objects import RULE
from migrate.model.steps import CopyContainer, LastPass
from migrate.monitor import log
from migrate.objects.copy.container_pass import ContainerCopy
from migrate.objects.copy.copy_container import copy_container
from migrate.objects.copy.copy_object import is_as_copied
from migrate.objects.copy.counters import CopyStats
from migrate.objects.listing import skip_reasons
from migrate.objects.listing.container_settings_we_set import read_settings
from migrate.objects.listing.object_rows import Row
from migrate.objects.listing.row_files import PassFolder, all_rows, read_seal, rows_folder, sealed_rows
from migrate.objects.listing.skip_reasons import UNREADABLE
from migrate.policy.bucket_places import s3_profile
from migrate.policy.s3_object_limits import limits_of, refusals
from migrate.policy.selectors import item


def copy(job: Job, action: CopyContainer) -> None:
    """Copies a container. Safe to repeat: existing copies are not sent again, and objects of others are never
    overwritten.

    The copy's rows are the basis for verify, and the only evidence once the source is gone.
    """
    if job.ctx.source is None and job.claim is not None and job.was_done:
        _stands(job)
        return
    job.check_running()
    folder = PassFolder(rows_folder(job.ctx.evidence_dir, action.name), action.name)
    try:
        stats = _copy_into_folder(job, action, folder)
    except NotFound:
        if not job.was_done or _is_there(job.source, action.name):
            raise
        _stands(job)
        return
    job.check_claim()
    _tell(job, folder, stats)
    job.objects, job.moved_bytes = stats.objects, stats.bytes
    job.record(
        "target",
        Kind.CONTAINER,
        Role.MOVED,
        source_id=action.name,
        resource_id=action.name,
        name=action.name,
    )
    note_scan(job)


def last_pass(job: Job, action: LastPass) -> None:
    """Compares the container with the source as it is now, and copies what changed. Safe to repeat.

    Its objects and settings are copied as by its own step, which has been done before. Without the source it fails:
    what the stopped servers wrote last would be missing.
    """
    copied = job.ctx.plan.step(item(Kind.CONTAINER, action.name)).action
    assert isinstance(copied, CopyContainer)
    job.check_running()
    folder = PassFolder(rows_folder(job.ctx.evidence_dir, action.name), action.name)
    try:
        stats = _copy_into_folder(job, copied, folder)
    except NotFound:
        if _is_there(job.source, action.name):
            raise
        _stands(job)
        return
    job.check_claim()
    _tell(job, folder, stats)
    job.objects, job.moved_bytes = stats.objects + stats.skipped, stats.bytes


def _copy_into_folder(job: Job, action: CopyContainer, folder: PassFolder) -> CopyStats:
    what = ContainerCopy(
        action.name,
        {key: value for key, value in action.headers.items() if MARK_KEY not in key},
        str(job.mark(Role.MOVED, name_id(action.name))),
        project=job.ctx.plan.source.project_id,
        history=action.versions is True,
        expiring=RULE if action.expiring is UNSET else action.expiring,
        refusal=_refuses_nothing if action.place is UNSET else _refusal(job, action),
        may_remove=_Segments(job, action.name).is_free if action.removes is True else None,
        sets_again=job.sets_again,
    )
    attempt = job.attempt(reads=job.ctx.policy.limits.objects)
    return copy_container(job.source.objects, job.target.objects, what, folder, attempt)


def _stands(job: Job) -> None:
    """Keeps an earlier copy unchanged, because the source or the container is gone."""
    log.warning("no longer at the source, its copy stands step=%s", job.step.id)
    job.facts["source"] = "gone"


def _is_there(source: Cloud, container: str) -> bool:
    try:
        source.objects.container(container)
    except NotFound:
        return False
    return True


def _tell(job: Job, folder: PassFolder, stats: CopyStats) -> None:
    """Reports objects that have vanished from the source, and records them with the step."""
    seal = folder.earlier()
    if seal and seal.vanished:
        job.facts |= {"vanished": str(seal.vanished), "removed": str(stats.removed)}
        names = ", ".join(seal.vanished_names[:3]) + (", …" if seal.vanished > 3 else "")
        log.warning("vanished at the source step=%s count=%d removed=%d", job.step.id, seal.vanished, stats.removed)
        job.ctx.monitor.note(
            f"{job.step.name}: {seal.vanished} no longer at the source ({names}), {stats.removed} removed now"
        )
    if stats.theirs:
        job.facts["theirs"] = str(stats.theirs)
        job.ctx.monitor.note(
            f"{job.step.name}: {stats.theirs} changed at the target since they were copied, left alone"
        )
    settings = read_settings(folder.path)
    if settings and settings.theirs:
        job.keep_theirs(", ".join(settings.theirs))
    if seal and seal.unreadable:
        job.facts |= {UNREADABLE: str(seal.unreadable), "names": ", ".join(seal.unreadable_names or ())}
        log.warning("unreadable rows step=%s count=%d", job.step.id, seal.unreadable)
    if stats.lost or stats.left:
        log.warning("not copied step=%s lost=%d left=%d", job.step.id, stats.lost, stats.left)


def _refuses_nothing(entry: ObjectEntry) -> str:
    return ""


def _refusal(job: Job, action: CopyContainer) -> Callable[[ObjectEntry], str]:
    """The reason not to copy an object to S3: its provider refuses it, or it is a segment whose bytes are copied
    elsewhere.
    """
    limits = limits_of(s3_profile(job.ctx.policy))
    inside = _Inside(job, action.name) if action.segment_container else None

    def skip_reason(entry: ObjectEntry) -> str:
        if refusals(entry, limits, action.key_prefix):
            return skip_reasons.REFUSED
        return skip_reasons.INSIDE if inside and inside.holds(entry) else ""

    return skip_reason


class _Inside:
    """Names in one container that are segments of large objects elsewhere, from the rows of earlier copies.

    The plan determines which copies come first, so that the result does not depend on timing.
    """

    def __init__(self, job: Job, container: str) -> None:
        self._contents: set[tuple[str, str]] = set()
        # A last pass depends on the container's own copy, whose rows say nothing about other containers.
        for owner in _copied_before(job) - {container}:
            self._read(job, owner, container)

    def _read(self, job: Job, owner: str, container: str) -> None:
        path = rows_folder(job.ctx.evidence_dir, owner)
        for row in sealed_rows(path, read_seal(path)):
            if row.skip_reason:
                continue
            # A partial range is not the whole content; neither is other content under this name.
            whole = (one for one in row.segments if one.container == container and not one.range)
            self._contents.update((segment.name, segment.etag) for segment in whole)

    def holds(self, entry: ObjectEntry) -> bool:
        return (entry.name, entry.slo_etag or entry.etag) in self._contents


_Owners = dict[str, list[tuple[str, Row]]]


class _Segments:
    """Objects of one container that manifests at the target may still need. Thread-safe."""

    def __init__(self, job: Job, container: str) -> None:
        self._job, self._container, self._lock = job, container, threading.Lock()
        self._owners: _Owners | None = None
        self._has_looked = False
        steps = job.ctx.plan.steps
        self._removing = {
            s.action.name for s in steps if isinstance(s.action, CopyContainer) and s.action.removes is True
        }

    def is_free(self, row: Row) -> bool:
        """Whether no copied large object uses the segment, or all that do are gone at both ends or about to go.

        A segment may be lost at the source while its manifest exists: then the target's copy is the only one. It also
        stays if a manifest remains at the target because its container is gone or not in the plan, or because it was
        changed there.
        """
        with self._lock:
            if not self._has_looked:
                self._owners, self._has_looked = self._read_owners(), True
            owners = self._owners
        if owners is None:
            return False
        return all(self._goes(*owner) for owner in owners.get(row.name, ()))

    def _goes(self, container: str, row: Row) -> bool:
        try:
            self._job.source.objects.head(container, row.name)
        except NotFound:
            there = self._there(container, row.name)
            return there is None or (container in self._removing and self._is_removed(container, row, there))
        return False

    def _is_removed(self, container: str, row: Row, there: ObjectInfo) -> bool:
        """Whether the container's own pass will remove the object: it is unchanged, and the container still exists."""
        is_ours = (
            row.skip_reason in {"", skip_reasons.GONE}
            and not row.found
            and is_as_copied(self._job.target.objects, row, there)
        )
        return is_ours and _is_there(self._job.source, container)

    def _there(self, container: str, name: str) -> ObjectInfo | None:
        try:
            return self._job.target.objects.head(container, name)
        except NotFound:
            return None

    def _read_owners(self) -> _Owners | None:
        """Maps a segment to its large objects, from the rows of all copies; None: some rows are unreadable."""
        found = defaultdict[str, list[tuple[str, Row]]](list)
        with suppress(ConfigError):
            for container, row in all_rows(self._job.ctx.evidence_dir):
                for segment in row.segments:
                    if segment.container == self._container and row.skip_reason != skip_reasons.REMOVED:
                        found[segment.name].append((container, row))
            return found
        return None


def _copied_before(job: Job) -> set[str]:
    """Names of all containers that this step depends on, directly or indirectly."""
    found: set[str] = set()
    asked = list(job.step.needs)
    while asked:
        step = job.ctx.plan.step(asked.pop())
        if isinstance(step.action, CopyContainer) and step.action.name not in found:
            found.add(step.action.name)
            asked += step.needs
    return found
