"""A local folder as an object store.

`FolderStore` implements ports.ObjectStore on any file system: any object name, atomic writes, and a record next to each
object that reveals damage when the object is read.
"""

from migrate.clouds.folder.object_store import FolderStore

__all__ = ["FolderStore"]
