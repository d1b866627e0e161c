"""The rows of a container as a whole pass leaves them, made from the source alone: verify's tests know no copier."""

from pathlib import Path

from migrate.clouds.ports import ObjectStore
from migrate.objects.listing.object_rows import row_sent
from migrate.objects.listing.row_files import PassFolder, PassSeal, Range


def record_rows(source: ObjectStore, container: str, path: Path) -> PassSeal:
    """One shard of everything, headers of every object included."""
    folder = PassFolder(path, container)
    folder.begin()
    for of in folder.ranges():
        folder.rows_path(of.number).unlink(missing_ok=True)
    number, log = folder.new_log()
    log.close()
    rows = [row_sent(entry, source.head(container, entry.name)) for entry in source.entries(container)]
    folder.finish(Range(), number, rows)
    return folder.seal(source.container(container).headers, 0, ())


def rows_file(path: Path) -> Path:
    """The only shard's file."""
    (file,) = path.glob("*.rows.gz")
    return file
