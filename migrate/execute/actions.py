"""Step kind -> what does it. One table, so that a kind of action without a doer is a type error at import."""

from collections.abc import Callable
from typing import Any

from migrate.execute import disks, network, objects, servers, verification
from migrate.execute.context import Job
from migrate.plan import steps

_DOERS: dict[type[Any], Callable[[Job, Any], None]] = {
    steps.ImportKeypair: network.import_keypair,
    steps.MakeSecurityGroup: network.make_security_group,
    steps.SetRules: network.set_rules,
    steps.MakeNetwork: network.make_network,
    steps.MakeSubnet: network.make_subnet,
    steps.MakeRouter: network.make_router,
    steps.AddInterface: network.add_interface,
    steps.MakePort: network.make_port,
    steps.MakeFloatingIp: network.make_floating_ip,
    steps.CaptureImage: disks.capture_image,
    steps.RestoreImage: disks.restore_image,
    steps.StopServer: servers.stop_server,
    steps.CaptureVolume: disks.capture_volume,
    steps.RestoreVolume: disks.restore_volume,
    steps.CaptureServer: disks.capture_server,
    steps.RestoreServerImage: disks.restore_server_image,
    steps.VerifyDisk: verification.verify_disk,
    steps.MakeServer: servers.make_server,
    steps.AttachVolume: servers.attach_volume,
    steps.CopyContainer: objects.copy,
}


def perform(job: Job) -> None:
    """Does the job's step; safe to repeat at any point."""
    _DOERS[type(job.step.action)](job, job.step.action)
