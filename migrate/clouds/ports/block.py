"""Volumes, snapshots and backups, as the job needs them of a cloud."""

from typing import Protocol

from migrate.model import (
    Backup,
    Record,
    Snapshot,
    Volume,
)


class NewVolume(Record, frozen=True, kw_only=True):
    """A volume to create: empty, or from exactly one of snapshot, image. `metadata` carries the mark."""

    name: str
    size_gib: int
    description: str = ""
    volume_type: str | None = None
    availability_zone: str | None = None
    metadata: dict[str, str] = {}
    snapshot_id: str | None = None
    image_id: str | None = None


class BlockStorage(Protocol):
    """Volumes and volume snapshots. Statuses are the service's own, in lower case."""

    def volumes(self) -> list[Volume]: ...

    def snapshots(self) -> list[Snapshot]: ...

    def volume(self, volume_id: str) -> Volume:
        """One volume, fresh. Raises NotFound."""

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """One snapshot, fresh. Raises NotFound."""

    def create_volume(self, new: NewVolume) -> str:
        """Asks for a volume and returns its id at once; wait for `available`."""

    def create_snapshot(self, volume_id: str, name: str, metadata: dict[str, str]) -> str:
        """Snapshots a volume, in use or not (asynchronous). Crash-consistent when a running server holds it."""

    def upload_to_image(self, volume_id: str, name: str, disk_format: str) -> str:
        """Uploads an `available` volume to a new image (asynchronous), returns the image id.

        The image takes no property in this call; it inherits the volume's image metadata (see `set_boot`).
        """

    def set_boot(self, volume_id: str, *, bootable: bool, image_metadata: dict[str, str]) -> None:
        """Makes the bootable flag and the image metadata exactly these. Idempotent.

        Keys that the service sets itself and refuses to change (size, checksum, image_id…) are left alone.
        """

    def drop_metadata(self, volume_id: str, key: str) -> None:
        """Takes one key off the volume's metadata, in use or not. One that is not there is no error."""

    def delete_volume(self, volume_id: str) -> None:
        """Asks for deletion (asynchronous). A volume that is gone already, or being deleted, is no error.

        Raises Refused while the volume is busy: `creating`, `uploading`, `in-use`…
        """

    def delete_snapshot(self, snapshot_id: str) -> None:
        """Asks for deletion (asynchronous). A snapshot that is gone already, or being deleted, is no error."""

    def backups(self) -> list[Backup]:
        """The project's backups, sorted by id; none where the cloud has no backup service."""

    def restore_backup(self, backup_id: str, volume_id: str) -> None:
        """Writes the backup over an `available` volume (asynchronous: the volume is `restoring-backup` meanwhile).

        The volume must be as large as the backup's. Where the backed-up volume had metadata, it takes the place of the
        volume's own, and so a mark there is gone: look for the name. Where it had image metadata, that does the same
        and the volume is bootable. A name that the volume has stays. Raises NotFound, Refused.
        """
