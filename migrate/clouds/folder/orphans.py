"""Files left in a folder by a killed process: temporary files, and data files without a record."""

import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from migrate.clouds.folder.json_records import read_object
from migrate.clouds.folder.object_file_names import data_path, file_name, record_of
from migrate.clouds.folder.whole_files import ASIDE, refuse_foreign
from migrate.clouds.guard import Gatekeeper, Request
from migrate.clouds.ports import Orphan
from migrate.errors import IntegrityError

SPARE_S = 86_400.0
"""Younger files may belong to another process, whose record is about to refer to them."""


class FolderOrphans:
    """ports.Orphans on the folder of a FolderStore."""

    def __init__(self, root: Path, gatekeeper: Gatekeeper) -> None:
        self._root, self._gatekeeper = root, gatekeeper

    def find(self, container: str) -> list[Orphan]:
        folder = self._root / file_name(container)
        refuse_foreign(folder)
        return sorted(_found(folder), key=lambda orphan: orphan.name)

    def remove(self, container: str, orphan: Orphan) -> None:
        self._gatekeeper.check(Request("DELETE", "object-store", f"/{container}/{orphan.name}"))
        path = self._root / file_name(container) / orphan.name
        refuse_foreign(path.parent)
        with suppress(FileNotFoundError):
            if _is_stray(path):
                path.unlink()


def _found(folder: Path) -> Iterator[Orphan]:
    for pattern in (f"{ASIDE}*", f"??/{ASIDE}*", "??/*.data"):
        for path in (found for found in folder.glob(pattern) if not found.parent.is_symlink()):
            with suppress(FileNotFoundError):  # removed meanwhile by another process
                if _is_stray(path):
                    yield Orphan(name=str(path.relative_to(folder)), size_bytes=path.stat().st_size)


def _is_stray(path: Path) -> bool:
    """Whether the file is an orphan. Raises FileNotFoundError if it is gone."""
    status = path.stat()
    # Also checks ctime: a copy of a folder keeps modification times, and may be in progress.
    if max(status.st_mtime, status.st_ctime) > time.time() - SPARE_S:
        return False
    if path.name.startswith(ASIDE):
        return True
    record = record_of(path)
    try:
        return data_path(record, read_object(record).etag) != path
    except FileNotFoundError:
        return True
    except IntegrityError:
        return False  # it may belong to the record, and be the last copy
