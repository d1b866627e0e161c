"""The block storage port: volumes, snapshots and backups."""

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
        """One volume, always requested. Raises NotFound."""

    def snapshot(self, snapshot_id: str) -> Snapshot:
        """One snapshot, always requested. Raises NotFound."""

    def last_change(self, volume_id: str) -> str:
        """When the volume's record last changed, as the cloud tells it; empty if it does not. Raises NotFound.

        Attaching and detaching it change the record; what a server writes into it does not.
        """

    def create_volume(self, new: NewVolume) -> str:
        """Requests a volume and returns its id at once; wait for `available`."""

    def create_snapshot(self, volume_id: str, name: str, metadata: dict[str, str]) -> str:
        """Snapshots a volume, in use or not (asynchronous). Crash-consistent when a running server holds it."""

    def upload_to_image(self, volume_id: str, name: str, disk_format: str) -> str:
        """Uploads an `available` volume to a new image (asynchronous), returns the image id.

        The image takes no property in this call; it inherits the volume's image metadata (see `set_boot`).
        """

    def set_boot(self, volume_id: str, *, bootable: bool, image_metadata: dict[str, str]) -> None:
        """Sets the bootable flag and exactly this image metadata. Idempotent.

        Leaves keys that the service sets and protects (size, checksum, image_id…).
        """

    def drop_metadata(self, volume_id: str, key: str) -> None:
        """Removes a key from the volume's metadata, in use or not. Ignores a missing key."""

    def delete_volume(self, volume_id: str) -> None:
        """Requests deletion (asynchronous). Accepts a volume that is gone or being deleted.

        Raises Refused while the volume is busy: `creating`, `uploading`, `in-use`…
        """

    def delete_snapshot(self, snapshot_id: str) -> None:
        """Requests deletion (asynchronous). Accepts a snapshot that is gone or being deleted."""

    def backups(self) -> list[Backup]:
        """The project's backups, sorted by id; empty if the cloud has no backup service."""

    def restore_backup(self, backup_id: str, volume_id: str) -> None:
        """Restores the backup into an `available` volume (asynchronous, with status `restoring-backup`).

        The volume must be as large as the backup's. The backed-up volume's metadata replaces the volume's own,
        including a mark: look for the name instead, which stays. Image metadata is replaced too, and makes the volume
        bootable. Raises NotFound, Refused.
        """
