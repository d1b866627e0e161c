"""Multipart uploads of ours that nobody has ended: of an object that a run was killed at, and that went since."""

from collections.abc import Iterator

from migrate.errors import NotFound
from migrate.execute.job import Context
from migrate.model.steps import CopyContainer
from migrate.objects.listing.row_files import known_names, rows_folder


def left_open(ctx: Context) -> Iterator[tuple[str, str, str]]:
    """(container, object name, upload id) of those whose name is one that our rows or logs know, of our containers.

    Elsewhere an upload may be the customer's own, in a bucket that was there before.
    """
    parts = ctx.target.objects.multipart
    if parts is None:
        return
    for step in ctx.plan.steps:
        if not isinstance(step.action, CopyContainer):
            continue
        container = step.action.name
        try:
            uploads = parts.unfinished(container)
        except NotFound:
            continue
        names = known_names(rows_folder(ctx.evidence_dir, container), {upload.name for upload in uploads})
        yield from ((container, upload.name, upload.upload_id) for upload in uploads if upload.name in names)
