"""Unfinished multipart uploads of ours, left by a killed run for objects that have since vanished."""

from collections.abc import Iterator

from migrate.errors import NotFound
from migrate.execute.job import Context
from migrate.model.steps import CopyContainer
from migrate.objects.listing.row_files import known_names, rows_folder


def left_open(ctx: Context) -> Iterator[tuple[str, str, str]]:
    """(container, object name, upload id) of unfinished uploads in our containers, with names in our rows or logs.

    Other uploads may be the customer's own, in a bucket that existed before.
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
