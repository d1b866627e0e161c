"""Cinder driver that keeps every volume and snapshot as a sparse raw file in a folder.

No iSCSI, LVM, NFS or device-mapper. Snapshots and clones are sparse copies (reflinks where the file system has them),
so volumes in use can be snapshotted as well.
"""

from pathlib import Path

from cinder import interface
from cinder.image import image_utils
from cinder.volume import configuration, driver, volume_utils
from oslo_concurrency import processutils
from oslo_config import cfg
from oslo_utils import units

OPTIONS = [cfg.StrOpt("lab_volume_dir", help="Folder of the raw files.")]
cfg.CONF.register_opts(OPTIONS, group=configuration.SHARED_CONF_GROUP)


@interface.volumedriver
class FileDriver(driver.VolumeDriver):
    VERSION = "1.0"
    CI_WIKI_NAME = "lab"

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.configuration.append_config_values(OPTIONS)
        self.dir = Path(self.configuration.lab_volume_dir)

    @staticmethod
    def get_driver_options():
        return OPTIONS

    def check_for_setup_error(self):
        self.dir.mkdir(parents=True, exist_ok=True)

    def _path(self, volume_or_snapshot):
        return self.dir / volume_or_snapshot.name

    @staticmethod
    def _resize(path, size_gib):
        with path.open("ab") as file:
            file.truncate(size_gib * units.Gi)

    @staticmethod
    def _copy(source, destination):
        part = destination.with_name(destination.name + ".part")
        processutils.execute("cp", "--sparse=always", "--reflink=auto", source, part)
        part.rename(destination)

    # -- volumes and snapshots

    def create_volume(self, volume):
        self._resize(self._path(volume), volume.size)

    def delete_volume(self, volume):
        self._path(volume).unlink(missing_ok=True)

    def extend_volume(self, volume, new_size):
        self._resize(self._path(volume), new_size)

    def create_snapshot(self, snapshot):
        self._copy(self._path(snapshot.volume), self._path(snapshot))

    def delete_snapshot(self, snapshot):
        self._path(snapshot).unlink(missing_ok=True)

    def create_volume_from_snapshot(self, volume, snapshot):
        self._copy(self._path(snapshot), self._path(volume))
        self._resize(self._path(volume), volume.size)

    def create_cloned_volume(self, volume, src_vref):
        self._copy(self._path(src_vref), self._path(volume))
        self._resize(self._path(volume), volume.size)

    def revert_to_snapshot(self, context, volume, snapshot):
        self._copy(self._path(snapshot), self._path(volume))
        self._resize(self._path(volume), volume.size)

    # -- images

    def copy_image_to_volume(self, context, volume, image_service, image_id, disable_sparse=False):
        image_utils.fetch_to_raw(
            context,
            image_service,
            image_id,
            self.local_path(volume),
            self.configuration.volume_dd_blocksize,
            size=volume.size,
            run_as_root=False,
            disable_sparse=disable_sparse,
        )
        self._resize(self._path(volume), volume.size)

    def copy_volume_to_image(self, context, volume, image_service, image_meta):
        volume_utils.upload_volume(
            context, image_service, image_meta, self.local_path(volume), volume, run_as_root=False
        )

    # -- attachments

    def local_path(self, volume):
        return str(self._path(volume))

    def ensure_export(self, context, volume):
        pass

    def create_export(self, context, volume, connector):
        pass

    def remove_export(self, context, volume):
        pass

    def initialize_connection(self, volume, connector, **kwargs):
        return {"driver_volume_type": "local", "data": {"device_path": self.local_path(volume), "volume_id": volume.id}}

    def terminate_connection(self, volume, connector, **kwargs):
        pass

    # -- report to the scheduler

    def _update_volume_stats(self):
        # Files are sparse and the lab is small: the scheduler is never told that space runs out.
        self._stats = {
            "volume_backend_name": self.configuration.safe_get("volume_backend_name"),
            "vendor_name": "lab",
            "driver_version": self.VERSION,
            "storage_protocol": "file",
            "total_capacity_gb": "infinite",
            "free_capacity_gb": "infinite",
            "reserved_percentage": 0,
            "QoS_support": False,
            "multiattach": True,
        }
