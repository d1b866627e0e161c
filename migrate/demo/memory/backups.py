"""Volume backups in memory. No port creates them: tests and scenarios call `add_backup`."""

from migrate.demo.memory import error_answers
from migrate.demo.memory.login import Service
from migrate.demo.memory.resource_table import Row
from migrate.demo.memory.sparse_disk import Disk
from migrate.demo.memory.world import GIB, World
from migrate.model import Backup


class Backups(Service):
    """The backup part of ports.BlockStorage."""

    service = "block-storage"

    def backups(self) -> list[Backup]:
        with self._enter("GET", "/backups/detail"):
            return self._world.backups.look_all(self._project_id)

    def restore_backup(self, backup_id: str, volume_id: str) -> None:
        """Like Cinder, replaces the volume's metadata by that of the backed-up volume, if it had any."""
        with self._enter("POST", f"/backups/{backup_id}/restore", {"restore": {"volume_id": volume_id}}):
            backup = self._world.backups.row(backup_id, self._project_id)
            if backup.record.status != "available":
                raise error_answers.refused(f"restore of a backup that is {backup.record.status}")
            volume = self._world.volumes.row(volume_id, self._project_id)
            if volume.record.status != "available":
                raise error_answers.refused(f"restore into a volume that is {volume.record.status}")
            if volume.record.size_gib < backup.record.size_gib:
                raise error_answers.refused(f"restore of {backup.record.size_gib} GiB into {volume.record.size_gib}")
            types = {backup.extra["type"], volume.record.volume_type or ""}
            if len(types) > 1 and types & set(self._world.offer.encrypted_volume_types):
                raise error_answers.refused("restore of an encrypted volume into another volume type")
            disk = backup.disk or Disk(0)
            metadata, image_metadata = (_kept(backup, prefix) for prefix in ("metadata:", "image:"))
            volume.disk = disk.clone(volume.record.size_gib * GIB)
            volume.change(
                status="restoring-backup",
                metadata={**(metadata or volume.record.metadata), "src_backup_id": backup_id},
                image_metadata=image_metadata or volume.record.image_metadata,
                bootable=volume.record.bootable or bool(image_metadata),
            )
            backup.change(status="restoring")
            self._world.volumes.pass_to(volume_id, self._world.lag, status="available")
            self._world.backups.pass_to(backup_id, self._world.lag, status="available")


def add_backup(
    world: World,
    volume_id: str,
    name: str,
    *,
    description: str = "",
    container: str | None = None,
    incremental: bool = False,
) -> str:
    """Adds a backup of the volume's current content, in use or not. Raises QuotaExceeded."""
    with world.lock:
        volume = world.volumes.row(volume_id, None)
        project = next(project for project in world.projects.values() if project.id == volume.project_id)
        mine = [row.record for row in world.backups.of(project.id)]
        size_gib = volume.record.size_gib
        for resource, used, more in (
            ("backups", len(mine), 1),
            ("backups_gib", sum(backup.size_gib for backup in mine), size_gib),
        ):
            if 0 <= project.limits.get(resource, -1) < used + more:
                raise error_answers.over_quota(resource)
        backup = Backup(
            id=world.new_id(),
            name=name,
            volume_id=volume_id,
            size_gib=size_gib,
            status="creating",
            container=container,
            description=description,
            incremental=incremental,
            created_at=world.now_for_block_copy(volume_id),
        )
        row = Row(project.id, backup, world.volume_disk(volume_id).clone())
        row.extra = {"type": volume.record.volume_type or ""}
        row.extra |= {f"metadata:{key}": value for key, value in volume.record.metadata.items()}
        row.extra |= {f"image:{key}": value for key, value in volume.record.image_metadata.items()}
        world.backups.add(backup.id, row)
        world.backups.pass_to(backup.id, world.lag, status="available")
        return backup.id


def _kept(backup: Row[Backup], prefix: str) -> dict[str, str]:
    return {key.removeprefix(prefix): value for key, value in backup.extra.items() if key.startswith(prefix)}
