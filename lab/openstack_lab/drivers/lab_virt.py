"""Nova driver of the fake family that keeps the bytes of root disks.

A server booted from an image has a raw file as large as its flavor's disk, whatever the image's format; "create image"
uploads it in the format of the image it came from. Servers survive a restart of nova-compute.
"""

import json
import os
import threading
from pathlib import Path

import nova.conf
from nova import exception
from nova.compute import power_state, task_states
from nova.image import glance
from nova.virt import fake
from oslo_concurrency import processutils

CONF = nova.conf.CONF
GIB = 1 << 30
COPIED_AS_THEY_ARE = ("raw", "iso", "ami", None)


class LabDriver(fake.FakeDriverWithoutFakeNodes):
    vcpus = 2048
    memory_mb = 8 << 20
    local_gb = 100000

    def __init__(self, virtapi, read_only=False):
        super().__init__(virtapi, read_only)
        self._dir = Path(CONF.state_path) / "instances"
        self._state_file = self._dir / "servers.json"
        self._dir.mkdir(parents=True, exist_ok=True)
        self._saving = threading.Lock()

    # -- the memory of the "hypervisor"

    def init_host(self, host):
        super().init_host(host)
        if not self._state_file.exists():
            return
        saved = json.loads(self._state_file.read_text())
        self.instances = {
            uuid: fake.FakeInstance(name, state, uuid) for uuid, (name, state) in saved["servers"].items()
        }
        self._mounts = saved["mounts"]

    def _save(self):
        # Servers are built beside each other, each by a thread that ends here.
        with self._saving:
            servers = {uuid: (server.name, server.state) for uuid, server in dict(self.instances).items()}
            part = self._state_file.with_suffix(".part")
            part.write_text(json.dumps({"servers": servers, "mounts": dict(self._mounts)}, default=str))
            part.replace(self._state_file)

    # -- root disks

    def _disk(self, instance):
        return self._dir / f"{instance.uuid}.raw"

    def spawn(
        self,
        context,
        instance,
        image_meta,
        injected_files,
        admin_password,
        allocations,
        network_info=None,
        block_device_info=None,
        power_on=True,
        accel_info=None,
    ):
        if instance.image_ref and not self._disk(instance).exists():
            self._make_disk(context, instance, image_meta)
        super().spawn(
            context,
            instance,
            image_meta,
            injected_files,
            admin_password,
            allocations,
            network_info,
            block_device_info,
            power_on,
            accel_info,
        )
        self._save()

    def _make_disk(self, context, instance, image_meta):
        """Written beside its place and renamed when complete: a restart in between starts over."""
        disk = self._disk(instance)
        downloaded, part = disk.with_suffix(".image"), disk.with_suffix(".part")
        glance.API().download(
            context, instance.image_ref, dest_path=str(downloaded), trusted_certs=instance.trusted_certs
        )
        if image_meta.disk_format in COPIED_AS_THEY_ARE:
            downloaded.rename(part)
        else:
            processutils.execute("qemu-img", "convert", "-f", image_meta.disk_format, "-O", "raw", downloaded, part)
            downloaded.unlink()
        wanted_bytes, image_bytes = instance.flavor.root_gb * GIB, part.stat().st_size
        if wanted_bytes and image_bytes > wanted_bytes:
            part.unlink()
            raise exception.FlavorDiskSmallerThanImage(flavor_size=wanted_bytes, image_size=image_bytes)
        if wanted_bytes:
            os.truncate(part, wanted_bytes)
        part.rename(disk)

    def snapshot(self, context, instance, image_id, update_task_state):
        update_task_state(task_state=task_states.IMAGE_PENDING_UPLOAD)
        disk_format = instance.image_meta.disk_format or "raw"
        source = self._disk(instance)
        if disk_format not in COPIED_AS_THEY_ARE:
            source = self._dir / f"{instance.uuid}.{image_id}"
            processutils.execute("qemu-img", "convert", "-f", "raw", "-O", disk_format, self._disk(instance), source)
        update_task_state(task_state=task_states.IMAGE_UPLOADING, expected_state=task_states.IMAGE_PENDING_UPLOAD)
        self._upload(context, instance, image_id, disk_format, source)
        if source != self._disk(instance):
            source.unlink()

    def _upload(self, context, instance, image_id, disk_format, path):
        images = glance.API()
        meta = {
            "name": images.get(context, image_id)["name"],
            "status": "active",
            "disk_format": disk_format,
            "container_format": instance.image_meta.container_format or "bare",
            "properties": {"image_location": "snapshot", "image_state": "available", "owner_id": instance.project_id},
        }
        with path.open("rb") as file:
            images.update(context, image_id, meta, file)

    def destroy(
        self, context, instance, network_info, block_device_info=None, destroy_disks=True, destroy_secrets=True
    ):
        super().destroy(context, instance, network_info, block_device_info, destroy_disks, destroy_secrets)
        if destroy_disks:
            self._disk(instance).unlink(missing_ok=True)
        self._mounts.pop(instance.name, None)
        self._save()

    def instance_on_disk(self, instance):
        return True

    # -- devices

    def default_root_device_name(self, instance, image_meta, root_bdm):
        """As libvirt names it: other disks get the next letters."""
        return "/dev/sda" if image_meta.properties.get("hw_disk_bus") == "scsi" else "/dev/vda"

    def attach_volume(self, *args, **kwargs):
        super().attach_volume(*args, **kwargs)
        self._save()

    def detach_volume(self, *args, **kwargs):
        super().detach_volume(*args, **kwargs)
        self._save()

    def detach_interface(self, context, instance, vif):
        # After a restart the interfaces are not known, which is no reason to refuse.
        self._interfaces.pop(vif["id"], None)

    # -- power

    def _set_state(self, instance, state):
        if instance.uuid in self.instances:
            self.instances[instance.uuid].state = state
        self._save()

    def power_off(self, instance, timeout=0, retry_interval=0):
        self._set_state(instance, power_state.SHUTDOWN)

    def power_on(self, *args, **kwargs):
        super().power_on(*args, **kwargs)
        self._save()

    def pause(self, instance):
        self._set_state(instance, power_state.PAUSED)

    def unpause(self, instance):
        self._set_state(instance, power_state.RUNNING)

    def suspend(self, context, instance):
        self._set_state(instance, power_state.SUSPENDED)

    def resume(self, context, instance, *args, **kwargs):
        self._set_state(instance, power_state.RUNNING)

    def rescue(self, context, instance, *args, **kwargs):
        """Runs as a real one does, from another disk, which nobody looks at."""
        self._set_state(instance, power_state.RUNNING)

    def unrescue(self, context, instance):
        self._set_state(instance, power_state.RUNNING)

    def get_console_output(self, context, instance):
        return "lab: no console"
