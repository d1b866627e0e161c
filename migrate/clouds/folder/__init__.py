"""A folder on this machine as an object store: the nearest place to put a tenant's data in safety.

`FolderStore` keeps ports.ObjectStore on any file system: names of any kind, whole objects or none, and a record
beside each object by which a damaged file is recognised when it is read.
"""

from migrate.clouds.folder.object_store import FolderStore

__all__ = ["FolderStore"]
