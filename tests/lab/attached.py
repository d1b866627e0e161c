"""A server of ours at which disks are read and written."""

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.lab.harness import HOME, LAB, openstack, run

WORKER = "decamp-worker"
ON_SERVER = "/servers/[^/]+/os-volume_attachments"


def client(cloud: str) -> Any:
    os.environ["OS_CLIENT_CONFIG_FILE"] = str(HOME / "clouds.yaml")
    import openstack as sdk

    return sdk.connect(cloud=cloud)


def attachments(sdk: Any) -> list[dict[str, Any]]:
    """What Cinder tells a tenant of its attachments, and of how each is reached."""
    answer = sdk.block_storage.get("/attachments/detail", microversion="3.27")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["attachments"])


@dataclass
class Udev:
    """Keeps a folder of links such as /dev/disk/by-id for the volumes of some servers."""

    folder: Path
    workers: dict[str, str]
    most: dict[str, int] = field(default_factory=dict)
    _ended: threading.Event = field(default_factory=threading.Event)

    def __enter__(self) -> "Udev":
        self.folder.mkdir(parents=True)
        self._clients = {cloud: client(cloud) for cloud in self.workers}
        self._crew = ThreadPoolExecutor(1)
        self._working = self._crew.submit(self._go_on)
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._crew.shutdown()
        self._working.result()

    def _go_on(self) -> None:
        while not self._ended.wait(0.2):
            wanted = {}
            for cloud, server_id in self.workers.items():
                for one in attachments(self._clients[cloud]):
                    path = (one["connection_info"] or {}).get("device_path")
                    if one["instance"] == server_id and path:
                        wanted[f"virtio-{one['volume_id'][:20]}"] = path
            for link in self.folder.iterdir():
                if link.name not in wanted:
                    link.unlink()
            for name, path in wanted.items():
                if not (self.folder / name).is_symlink():
                    (self.folder / name).symlink_to(path)


def make_worker(cloud: str, image: str = "") -> str:
    """A server without a network: nothing runs on it but, in the test's mind, Decamp.

    `image`: one that is there; without it, an image of its own.
    """
    if not image:
        image = "worker base"
        base = LAB / ".run" / "worker-base.raw"
        base.write_bytes(b"w" * 4096)
        arguments = ("--disk-format", "raw", "--container-format", "bare", "--file", str(base), image)
        run(LAB / ".venv/bin/openstack", "--os-cloud", cloud, "image", "create", *arguments)
        base.unlink()
    arguments = ("--image", image, "--flavor", flavor(cloud), "--no-network", "--wait", WORKER)
    versions = ("--os-cloud", cloud, "--os-compute-api-version", "2.37")
    run(LAB / ".venv/bin/openstack", *versions, "server", "create", *arguments)
    return next(str(s["ID"]) for s in openstack(cloud, "server", "list") if s["Name"] == WORKER)


def flavor(cloud: str) -> str:
    found = openstack(cloud, "flavor", "list")
    return str(min(found, key=lambda one: (one["Disk"] or 1000, one["RAM"]))["ID"])
