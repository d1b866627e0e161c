"""Cinder: volumes, their snapshots and backups.

Writes need only version 3.0 or 2, so they send no microversion.
"""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

from migrate.clouds.openstack.api import Api
from migrate.clouds.openstack.login import Login
from migrate.clouds.openstack.records import answers, translate
from migrate.clouds.openstack.records.answers import number
from migrate.clouds.ports import NewVolume
from migrate.errors import Denied, NotFound, Refused
from migrate.model import Backup, Quota, Snapshot, Volume, quota_of_type

_KINDS = {"volumes": "volume", "snapshots": "snapshot", "backups": "backup", "types": "volume type"}
# Volumes report their group since this version.
_GROUPS = "3.13"
_QUOTAS = {
    "volumes": "volumes",
    "gigabytes": "volumes_gib",
    "snapshots": "snapshots",
    "backups": "backups",
    "backup_gigabytes": "backups_gib",
}
# Resources that may also have a limit for each volume type: `gigabytes_SSD`.
_BY_TYPE = ("volumes", "gigabytes", "snapshots")
_LIMITS = {
    "volumes": ("maxTotalVolumes", "totalVolumesUsed"),
    "volumes_gib": ("maxTotalVolumeGigabytes", "totalGigabytesUsed"),
    "snapshots": ("maxTotalSnapshots", "totalSnapshotsUsed"),
    "backups": ("maxTotalBackups", "totalBackupsUsed"),
    "backups_gib": ("maxTotalBackupGigabytes", "totalBackupGigabytesUsed"),
}
# Cinder sets these from the image that a volume was created from.
_SERVICE_KEYS = frozenset(
    {
        "checksum",
        "container_format",
        "disk_format",
        "image_id",
        "image_name",
        "min_disk",
        "min_ram",
        "signature_verified",
        "size",
    }
)


@answers.all_read()
class BlockStorage:
    """The block-storage port."""

    def __init__(self, login: Login) -> None:
        self._api = Api(login, "block-storage", kinds=_KINDS)
        self._login = login

    def volumes(self) -> list[Volume]:
        items = self._api.pages("/volumes/detail", "volumes", microversion=_GROUPS)
        return sorted(answers.records("volume", items, translate.volume), key=lambda volume: volume.id)

    def snapshots(self) -> list[Snapshot]:
        items = self._api.pages("/snapshots/detail", "snapshots")
        found = answers.records("snapshot", items, translate.snapshot)
        return sorted(found, key=lambda snapshot: snapshot.id)

    def volume(self, volume_id: str) -> Volume:
        told = self._api.get(f"/volumes/{volume_id}", microversion=_GROUPS)
        return answers.checked_record(translate.volume(told["volume"]))

    def snapshot(self, snapshot_id: str) -> Snapshot:
        return answers.checked_record(translate.snapshot(self._api.get(f"/snapshots/{snapshot_id}")["snapshot"]))

    def last_change(self, volume_id: str) -> str:
        return str(self._api.get(f"/volumes/{volume_id}")["volume"].get("updated_at") or "")

    def create_volume(self, new: NewVolume) -> str:
        body: dict[str, Any] = {
            "name": new.name,
            "size": new.size_gib,
            "description": new.description or None,
            "volume_type": new.volume_type,
            "availability_zone": new.availability_zone,
            "metadata": dict(new.metadata),
            "snapshot_id": new.snapshot_id,
            "imageRef": new.image_id,
        }
        wanted = {key: value for key, value in body.items() if value is not None}
        return answers.new_id(self._api.post("/volumes", {"volume": wanted})["volume"]["id"])

    def create_snapshot(self, volume_id: str, name: str, metadata: dict[str, str]) -> str:
        # force: allows snapshots of a volume in use; implied since 3.66.
        body = {"volume_id": volume_id, "name": name, "force": True, "metadata": dict(metadata)}
        return answers.new_id(self._api.post("/snapshots", {"snapshot": body})["snapshot"]["id"])

    def upload_to_image(self, volume_id: str, name: str, disk_format: str) -> str:
        request = {"image_name": name, "disk_format": disk_format, "container_format": "bare", "force": False}
        answer = self._action(volume_id, {"os-volume_upload_image": request})
        return answers.new_id(answer["os-volume_upload_image"]["image_id"])

    def set_boot(self, volume_id: str, *, bootable: bool, image_metadata: dict[str, str]) -> None:
        """Sends only differences: at a source, where less is allowed, a clone is bootable from the start."""
        now = self.volume(volume_id)
        if now.bootable != bootable:
            self._action(volume_id, {"os-set_bootable": {"bootable": bootable}})
        wanted = {key: value for key, value in image_metadata.items() if key not in _SERVICE_KEYS}
        changes = {key: value for key, value in wanted.items() if now.image_metadata.get(key) != value}
        if changes:
            self._action(volume_id, {"os-set_image_metadata": {"metadata": changes}})
        for key in sorted(set(now.image_metadata) - set(wanted) - _SERVICE_KEYS):
            try:
                self._action(volume_id, {"os-unset_image_metadata": {"key": key}})
            except (NotFound, Refused):
                # Another protected key, or it has gone meanwhile.
                continue

    def drop_metadata(self, volume_id: str, key: str) -> None:
        try:
            self._api.delete(f"/volumes/{volume_id}/metadata/{key}")
        except NotFound:
            # Either the key is gone or the volume, which raises here.
            self.volume(volume_id)

    def delete_volume(self, volume_id: str) -> None:
        self._delete(f"/volumes/{volume_id}", lambda: self.volume(volume_id).status)

    def delete_snapshot(self, snapshot_id: str) -> None:
        self._delete(f"/snapshots/{snapshot_id}", lambda: self.snapshot(snapshot_id).status)

    def backups(self) -> list[Backup]:
        try:
            found = answers.records("backup", self._api.pages("/backups/detail", "backups"), translate.backup)
        except NotFound:
            return []
        return sorted(found, key=lambda backup: backup.id)

    def restore_backup(self, backup_id: str, volume_id: str) -> None:
        """Cinder replaces the volume's metadata by that of the backed-up volume; the name stays."""
        self._api.post(f"/backups/{backup_id}/restore", {"restore": {"volume_id": volume_id}})

    def types(self) -> dict[str, bool]:
        """Volume types, each with whether several servers may share a volume; old services hide that from members."""
        items = list(self._api.pages("/types", "volume_types"))
        names = answers.ids("volume-type", items, "name")
        several = {item["name"] for item in items if isinstance(item, dict) and _allows_several(item)}
        return {name: name in several for name in names}

    def default_type(self) -> str | None:
        try:
            told = self._api.get("/types/default").get("volume_type")
        except (Denied, NotFound, Refused):
            return None
        return next(iter(answers.ids("volume-type", [told], "name")), None)

    def zones(self) -> tuple[str, ...]:
        items = self._api.rows("/os-availability-zone", "availabilityZoneInfo")
        return tuple(sorted(answers.ids("volume-zone", filter(answers.is_open, items), "zoneName")))

    def quotas(self) -> dict[str, Quota]:
        try:
            answer = self._api.get(f"/os-quota-sets/{self._login.project_id}", [("usage", "true")])["quota_set"]
        except Denied:
            return self._limits()
        totals = {theirs: ours for theirs, ours in _QUOTAS.items() if theirs in answer}
        quotas = {ours: _quota(answer[theirs]) for theirs, ours in {**totals, **_by_type(answer)}.items()}
        # Cinder lists three for each type, most of them unlimited.
        return {ours: quota for ours, quota in quotas.items() if quota.limit >= 0 or ours in totals.values()}

    def _limits(self) -> dict[str, Quota]:
        """Quotas from the limits, which every member may read; they do not include single volume types."""
        has = self._api.get("/limits")["limits"]["absolute"]
        return {
            ours: Quota(limit=number(has[most]), used=number(has.get(used) or 0))
            for ours, (most, used) in _LIMITS.items()
            if most in has
        }

    def _action(self, volume_id: str, body: dict[str, Any]) -> dict[str, Any]:
        return self._api.post(f"/volumes/{volume_id}/action", body)

    def _delete(self, path: str, status: Callable[[], str]) -> None:
        try:
            self._api.delete(path)
        except NotFound:
            return
        except Refused:
            # 400 if it is already being deleted: an earlier request took effect, and its answer was lost.
            with suppress(NotFound):
                if status() != "deleting":
                    raise


def _quota(told: dict[str, Any]) -> Quota:
    used = number(told.get("in_use") or 0) + number(told.get("reserved") or 0)
    return Quota(limit=number(told["limit"]), used=used)


def _by_type(answer: dict[str, Any]) -> dict[str, str]:
    """Maps Cinder's names of quotas for single volume types to ours."""
    split = {theirs: theirs.partition("_") for theirs in answer}
    return {
        theirs: quota_of_type(_QUOTAS[what], volume_type)
        for theirs, (what, _, volume_type) in split.items()
        if what in _BY_TYPE and volume_type
    }


def _allows_several(volume_type: dict[str, Any]) -> bool:
    """Whether a volume type allows multi-attach, according to its extra specs."""
    specs = volume_type.get("extra_specs")
    return isinstance(specs, dict) and "true" in str(specs.get("multiattach")).lower()
