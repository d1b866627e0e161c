"""Volumes and snapshots in memory, with their bytes."""

from typing import Any

from migrate.clouds.ports import NewImage, NewVolume
from migrate.demo.memory import error_answers
from migrate.demo.memory.backups import Backups
from migrate.demo.memory.images import add_image, as_file, image_disk, store_file, visible_image
from migrate.demo.memory.resource_table import Row
from migrate.demo.memory.sparse_disk import Disk
from migrate.demo.memory.world import GIB, World
from migrate.model import Image, Snapshot, Volume, quota_of_type

SERVICE_KEYS = frozenset(
    ("size", "checksum", "disk_format", "container_format", "min_disk", "min_ram", "image_id", "image_name")
)
"""Image metadata of a volume that only the service sets."""

_DELETABLE = ("available", "error", "error_restoring", "error_extending", "error_managing")


class MemoryBlock(Backups):
    """ports.BlockStorage on a world."""

    def volumes(self) -> list[Volume]:
        with self._enter("GET", "/volumes/detail"):
            return self._world.volumes.look_all(self._project_id)

    def snapshots(self) -> list[Snapshot]:
        with self._enter("GET", "/snapshots/detail"):
            return self._world.snapshots.look_all(self._project_id)

    def volume(self, volume_id: str) -> Volume:
        with self._enter("GET", f"/volumes/{volume_id}"):
            return self._world.volumes.look(volume_id, self._project_id)

    def snapshot(self, snapshot_id: str) -> Snapshot:
        with self._enter("GET", f"/snapshots/{snapshot_id}"):
            return self._world.snapshots.look(snapshot_id, self._project_id)

    def last_change(self, volume_id: str) -> str:
        with self._enter("GET", f"/volumes/{volume_id}"):
            return str(self._world.volumes.row(volume_id, self._project_id).changes)

    def create_volume(self, new: NewVolume) -> str:
        with self._enter("POST", "/volumes", {"volume": _volume_body(new)}):
            if new.snapshot_id and new.image_id:
                raise error_answers.refused("volume from a snapshot and an image")
            if new.size_gib < 1:
                raise error_answers.refused("size below 1 GiB")
            self._need("volumes", self._world.volumes.count(self._project_id))
            self._need("volumes_gib", self._used_gib(), new.size_gib)
            zone = new.availability_zone or self._world.offer.zones[0]
            if zone not in self._world.offer.zones:
                raise error_answers.refused(f"availability zone {zone}")
            volume = Volume(
                id=self._world.new_id(),
                name=new.name,
                description=new.description,
                size_gib=new.size_gib,
                status="creating",
                volume_type=new.volume_type or self._world.offer.default_volume_type,
                availability_zone=zone,
                metadata=dict(new.metadata),
                created_at=self._world.now_of_block_storage(),
                multiattach=(new.volume_type or self._world.offer.default_volume_type)
                in self._world.offer.shared_volume_types,
                encrypted=(new.volume_type or self._world.offer.default_volume_type)
                in self._world.offer.encrypted_volume_types,
            )
            if volume.volume_type not in self._world.offer.volume_types:
                raise error_answers.refused(f"volume type {volume.volume_type}")
            row = Row(self._project_id, volume, Disk(new.size_gib * GIB))
            if new.snapshot_id:
                self._fill_from_snapshot(row, new)
            elif new.image_id:
                self._fill_from_image(row, new.image_id)
            self._need_of_type("volumes", row.record.volume_type, new.size_gib)
            self._world.volumes.add(volume.id, row)
            self._world.volumes.pass_to(volume.id, self._world.lag, status="available")
            return volume.id

    def create_snapshot(self, volume_id: str, name: str, metadata: dict[str, str]) -> str:
        body = {"snapshot": {"volume_id": volume_id, "name": name, "force": True, "metadata": metadata}}
        with self._enter("POST", "/snapshots", body):
            row = self._world.volumes.row(volume_id, self._project_id)
            if row.record.status not in ("available", "in-use"):
                raise error_answers.refused(f"snapshot of a volume that is {row.record.status}")
            self._need("snapshots", self._world.snapshots.count(self._project_id))
            self._need("volumes_gib", self._used_gib(), row.record.size_gib)
            self._need_of_type("snapshots", row.record.volume_type, row.record.size_gib)
            return add_snapshot(self._world, row, name, metadata)

    def upload_to_image(self, volume_id: str, name: str, disk_format: str) -> str:
        action = {"image_name": name, "disk_format": disk_format, "container_format": "bare", "force": False}
        with self._enter("POST", f"/volumes/{volume_id}/action", {"os-volume_upload_image": action}):
            row = self._world.volumes.row(volume_id, self._project_id)
            if row.record.status != "available":
                raise error_answers.refused(f"upload of a volume that is {row.record.status}")
            if disk_format not in ("raw", "qcow2") or (row.record.encrypted and disk_format != "raw"):
                raise error_answers.refused(f"disk_format {disk_format}")
            inherited = {key: value for key, value in row.record.image_metadata.items() if key not in SERVICE_KEYS}
            new = NewImage(name=name, disk_format=disk_format, properties=inherited)
            image_id = add_image(self._world, self._login.project, new)
            file = as_file(self._world.volume_disk(volume_id), disk_format)
            store_file(self._world, image_id, file, lag=self._world.lag)
            row.change(status="uploading")
            row.extra["upload"] = image_id
            self._world.volumes.pass_to(volume_id, self._world.lag, status="available")
            return image_id

    def set_boot(self, volume_id: str, *, bootable: bool, image_metadata: dict[str, str]) -> None:
        """Sends only differences; a volume that already matches only gets the GET."""
        with self._enter("GET", f"/volumes/{volume_id}"):
            now = self._world.volumes.row(volume_id, self._project_id).record
        want = {key: value for key, value in image_metadata.items() if key not in SERVICE_KEYS}
        if now.bootable != bootable:
            self._act(volume_id, {"os-set_bootable": {"bootable": bootable}}, bootable=bootable)
        kept = {key: value for key, value in now.image_metadata.items() if key in SERVICE_KEYS}
        changed = {key: value for key, value in want.items() if now.image_metadata.get(key) != value}
        if changed:
            together = {**now.image_metadata, **changed}
            self._act(volume_id, {"os-set_image_metadata": {"metadata": changed}}, image_metadata=together)
        for key in sorted(set(now.image_metadata) - set(want) - set(kept)):
            left = dict(self._world.volumes.row(volume_id, self._project_id).record.image_metadata)
            left.pop(key, None)
            self._act(volume_id, {"os-unset_image_metadata": {"key": key}}, image_metadata=left)

    def drop_metadata(self, volume_id: str, key: str) -> None:
        with self._enter("DELETE", f"/volumes/{volume_id}/metadata/{key}"):
            row = self._world.volumes.row(volume_id, self._project_id)
            row.change(metadata={name: value for name, value in row.record.metadata.items() if name != key})

    def delete_volume(self, volume_id: str) -> None:
        with self._enter("DELETE", f"/volumes/{volume_id}"):
            row = self._world.volumes.rows.get(volume_id)
            if row is None or row.project_id != self._project_id or row.record.status == "deleting":
                return
            self._end_upload(row)
            if row.record.status not in _DELETABLE:
                raise error_answers.refused(f"deletion of a volume that is {row.record.status}")
            if any(kept.record.volume_id == volume_id for kept in self._world.snapshots.of(self._project_id)):
                raise error_answers.refused("deletion of a volume that has snapshots")
            row.change(status="deleting")
            self._world.volumes.pass_away(volume_id, self._world.lag)

    def delete_snapshot(self, snapshot_id: str) -> None:
        with self._enter("DELETE", f"/snapshots/{snapshot_id}"):
            row = self._world.snapshots.rows.get(snapshot_id)
            if row is None or row.project_id != self._project_id or row.record.status == "deleting":
                return
            if row.record.status not in ("available", "error"):
                raise error_answers.refused(f"deletion of a snapshot that is {row.record.status}")
            row.change(status="deleting")
            self._world.snapshots.pass_away(snapshot_id, self._world.lag)

    def _end_upload(self, row: Row[Volume]) -> None:
        """Frees the volume once its image is active, even if nobody requested the volume."""
        image = self._world.images.rows.get(row.extra.get("upload", ""))
        if row.record.status == "uploading" and image is not None and image.record.status == "active":
            row.later.clear()
            row.change(status="available")

    def _act(self, volume_id: str, body: dict[str, Any], **changes: Any) -> None:
        with self._enter("POST", f"/volumes/{volume_id}/action", body):
            self._world.volumes.row(volume_id, self._project_id).change(**changes)

    def _used_gib(self) -> int:
        volumes = sum(row.record.size_gib for row in self._world.volumes.of(self._project_id))
        return volumes + sum(row.record.size_gib for row in self._world.snapshots.of(self._project_id))

    def _need_of_type(self, resource: str, volume_type: str | None, size_gib: int) -> None:
        used = used_of_type(self._world, self._project_id, volume_type or "")
        for name, more in ((resource, 1), ("volumes_gib", size_gib)):
            self._need(quota_of_type(name, volume_type or ""), used[name], more)

    def _fill_from_snapshot(self, row: Row[Volume], new: NewVolume) -> None:
        """Makes the volume a clone: it inherits type, boot flag and image metadata, but not the snapshot's own
        metadata.
        """
        kept = self._world.snapshots.row(new.snapshot_id or "", self._project_id)
        if kept.record.status != "available":
            raise error_answers.refused(f"volume from a snapshot that is {kept.record.status}")
        if new.size_gib < kept.record.size_gib:
            raise error_answers.refused("volume smaller than its snapshot")
        if new.volume_type and new.volume_type != kept.extra["volume_type"]:
            raise error_answers.refused("a volume type different from the snapshot's")
        row.disk = (kept.disk or Disk(0)).clone(new.size_gib * GIB)
        row.change(
            snapshot_id=kept.record.id,
            volume_type=kept.extra["volume_type"],
            encrypted=kept.extra["volume_type"] in self._world.offer.encrypted_volume_types,
            multiattach=kept.extra["volume_type"] in self._world.offer.shared_volume_types,
            bootable=kept.extra["bootable"] == "True",
            image_metadata={key[6:]: value for key, value in kept.extra.items() if key.startswith("image:")},
        )

    def _fill_from_image(self, row: Row[Volume], image_id: str) -> None:
        """Makes the volume bootable, with the image's properties and the service's own keys."""
        source = visible_image(self._world, image_id, self._project_id)
        image, disk = source.record, image_disk(source)
        if disk.size_bytes > row.record.size_gib * GIB or image.min_disk_gib > row.record.size_gib:
            raise error_answers.refused(f"image {image_id} needs a larger volume")
        row.disk = disk.clone(row.record.size_gib * GIB)
        row.change(bootable=True, image_metadata={**image.properties, **_service_keys(image)})


def _volume_body(new: NewVolume) -> dict[str, Any]:
    """The request body for a gatekeeper, with only the fields that are set."""
    asked = {
        "name": new.name,
        "size": new.size_gib,
        "description": new.description or None,
        "volume_type": new.volume_type,
        "availability_zone": new.availability_zone,
        "metadata": dict(new.metadata),
        "snapshot_id": new.snapshot_id,
        "imageRef": new.image_id,
    }
    return {key: value for key, value in asked.items() if value is not None}


def used_of_type(world: World, project_id: str, volume_type: str) -> dict[str, int]:
    """The project's use of a volume type; a snapshot counts towards its volume's type."""
    volumes = [r.record.size_gib for r in world.volumes.of(project_id) if r.record.volume_type == volume_type]
    snapshots = [r.record.size_gib for r in world.snapshots.of(project_id) if r.extra["volume_type"] == volume_type]
    return {"volumes": len(volumes), "snapshots": len(snapshots), "volumes_gib": sum(volumes) + sum(snapshots)}


def add_snapshot(world: World, row: Row[Volume], name: str, metadata: dict[str, str], *, description: str = "") -> str:
    """Adds a snapshot of the volume's current content, with the settings that a clone inherits."""
    snapshot = Snapshot(
        id=world.new_id(),
        volume_id=row.record.id,
        name=name,
        size_gib=row.record.size_gib,
        status="creating",
        description=description,
        metadata=dict(metadata),
        created_at=world.now_for_block_copy(row.record.id),
    )
    kept = Row(row.project_id, snapshot, world.volume_disk(row.record.id).clone())
    kept.extra = {"volume_type": row.record.volume_type or "", "bootable": str(row.record.bootable)}
    kept.extra |= {f"image:{key}": value for key, value in row.record.image_metadata.items()}
    world.snapshots.add(snapshot.id, kept)
    world.snapshots.pass_to(snapshot.id, world.lag, status="available")
    return snapshot.id


def _service_keys(image: Image) -> dict[str, str]:
    return {
        "size": str(image.size_bytes),
        "checksum": image.checksum or "",
        "disk_format": image.disk_format,
        "container_format": image.container_format,
        "min_disk": str(image.min_disk_gib),
        "min_ram": str(image.min_ram_mib),
        "image_id": image.id,
        "image_name": image.name,
    }
