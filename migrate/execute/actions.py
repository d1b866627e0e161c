"""Step kind -> what does it. One table, so that a kind of action without a doer is found by a test."""

from collections.abc import Callable
from typing import Any

from migrate.execute import capture, network, objects, restore, servers, verification
from migrate.execute.context import Job
from migrate.plan import steps

_DOERS: dict[type[Any], Callable[[Job, Any], None]] = {
    steps.ImportKeypair: servers.import_keypair,
    steps.MakeServerGroup: servers.make_server_group,
    steps.MakeSecurityGroup: network.make_security_group,
    steps.SetRules: network.set_rules,
    steps.MakeNetwork: network.make_network,
    steps.MakeSubnet: network.make_subnet,
    steps.EnableDhcp: network.enable_dhcp,
    steps.MakeRouter: network.make_router,
    steps.AddInterface: network.add_interface,
    steps.SetRoutes: network.set_routes,
    steps.MakePort: network.make_port,
    steps.MakeTrunk: network.make_trunk,
    steps.MakeFloatingIp: network.make_floating_ip,
    steps.ForwardPort: network.forward_port,
    steps.CaptureImage: capture.capture_image,
    steps.RestoreImage: restore.restore_image,
    steps.ShareImage: restore.share_image,
    steps.StopServer: servers.stop_server,
    steps.CaptureVolume: capture.capture_volume,
    steps.CaptureSnapshot: capture.capture_snapshot,
    steps.CaptureBackup: capture.capture_backup,
    steps.RestoreVolume: restore.restore_volume,
    steps.RestoreSnapshotImage: restore.restore_snapshot_image,
    steps.CaptureServer: capture.capture_server,
    steps.RestoreServerImage: restore.restore_server_image,
    steps.VerifyDisk: verification.verify_disk,
    steps.MakeServer: servers.make_server,
    steps.AttachVolume: servers.attach_volume,
    steps.CopyContainer: objects.copy,
}


def perform(job: Job) -> None:
    """Does the job's step; safe to repeat at any point."""
    _DOERS[type(job.step.action)](job, job.step.action)
