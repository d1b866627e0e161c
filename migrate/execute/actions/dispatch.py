"""Maps each kind of step to its function. A single table, so that a test finds missing functions."""

from collections.abc import Callable
from typing import Any

from migrate.execute.actions import (
    capture_disks,
    check_servers,
    copy_containers,
    make_networks,
    make_servers,
    restore_images,
    restore_volumes,
    run_hooks,
    take_passes,
    verify_disks,
)
from migrate.execute.job import Job
from migrate.model import steps

_DOERS: dict[type[Any], Callable[[Job, Any], None]] = {
    steps.ImportKeypair: make_servers.import_keypair,
    steps.MakeServerGroup: make_servers.make_server_group,
    steps.MakeSecurityGroup: make_networks.make_security_group,
    steps.SetRules: make_networks.set_rules,
    steps.MakeNetwork: make_networks.make_network,
    steps.MakeSubnet: make_networks.make_subnet,
    steps.EnableDhcp: make_networks.enable_dhcp,
    steps.MakeRouter: make_networks.make_router,
    steps.AddInterface: make_networks.add_interface,
    steps.SetRoutes: make_networks.set_routes,
    steps.MakePort: make_networks.make_port,
    steps.MakeTrunk: make_networks.make_trunk,
    steps.MakeFloatingIp: make_networks.make_floating_ip,
    steps.ForwardPort: make_networks.forward_port,
    steps.CaptureImage: capture_disks.capture_image,
    steps.RestoreImage: restore_images.restore_image,
    steps.ShareImage: restore_images.share_image,
    steps.StopServer: make_servers.stop_server,
    steps.CaptureVolume: capture_disks.capture_volume,
    steps.TakePass: take_passes.take_pass,
    steps.CaptureSnapshot: capture_disks.capture_snapshot,
    steps.CaptureBackup: capture_disks.capture_backup,
    steps.RestoreVolume: restore_volumes.restore_volume,
    steps.PreloadVolume: restore_volumes.preload_volume,
    steps.RestoreSnapshotImage: restore_images.restore_snapshot_image,
    steps.CaptureServer: capture_disks.capture_server,
    steps.RestoreServerImage: restore_images.restore_server_image,
    steps.VerifyDisk: verify_disks.verify_disk,
    steps.MakeServer: make_servers.make_server,
    steps.AttachVolume: make_servers.attach_volume,
    steps.CheckServer: check_servers.check_server,
    steps.RunAfterUp: run_hooks.run_after_up,
    steps.CopyContainer: copy_containers.copy,
    steps.LastPass: copy_containers.last_pass,
}


def perform(job: Job) -> None:
    """Carries out the job's step; safe to repeat at any point."""
    _DOERS[type(job.step.action)](job, job.step.action)
