"""Servers that the lab does not run by itself: SeaweedFS as an S3 target, and stunnel, which puts TLS before Swift."""

import contextlib
import json
import re
import secrets
import shutil
import socket
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.objects_bench.raw import LAB
from tests.objects_bench.tools import S3

WEED = LAB / ".venv/bin/weed"
_PATIENCE_S = 40


@dataclass(frozen=True)
class Seaweed:
    """A SeaweedFS that is running. `pids`: those whose CPU is the server's."""

    s3: S3
    pids: list[int]
    metrics_port: int

    def requests(self) -> Counter[str]:
        """How many of each S3 action it has answered since its start, by its own count."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.metrics_port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        found: Counter[str] = Counter()
        for labels, value in re.findall(r"(?m)^SeaweedFS_s3_request_total\{(.*?)\} (\S+)$", text):
            if action := re.search(r'type="(.*?)"', labels):
                found[action[1]] += int(float(value))
        return found


@contextlib.contextmanager
def seaweed(folder: Path) -> Iterator[Seaweed]:
    """Starts an empty one in the folder, whose `weed` part is removed in the end."""
    home = folder / "weed"
    home.mkdir()
    access, secret = "bench", secrets.token_hex(16)
    identity = {
        "name": "bench",
        "credentials": [{"accessKey": access, "secretKey": secret}],
        "actions": ["Admin", "Read", "Write", "List", "Tagging"],
    }
    config = folder / "weed.json"
    config.touch(mode=0o600)
    config.write_text(json.dumps({"identities": [identity]}))
    master, volume, filer, s3, metrics, *grpc = free_ports(9)
    command = [
        str(WEED), "-logtostderr=true", "server", f"-dir={home}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", "-s3",
        f"-s3.config={config}", f"-master.port={master}", f"-master.port.grpc={grpc[0]}", f"-volume.port={volume}",
        f"-volume.port.grpc={grpc[1]}", f"-filer.port={filer}", f"-filer.port.grpc={grpc[2]}", f"-s3.port={s3}",
        f"-s3.port.grpc={grpc[3]}", "-s3.port.lance=0", f"-metricsPort={metrics}", "-volume.max=100",
        "-master.volumeSizeLimitMB=1024",
    ]  # fmt: skip
    with (folder / "weed.log").open("wb") as log:
        child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        for port in (master, volume, filer, s3, metrics):
            wait_for_port(port)
        yield Seaweed(S3(f"http://127.0.0.1:{s3}", "us-east-1", access, secret), [child.pid], metrics)
    finally:
        child.kill()
        child.wait()
        shutil.rmtree(home, ignore_errors=True)


@dataclass(frozen=True)
class Tls:
    """stunnel before some ports: plain port -> port with TLS. `ca` signs what it shows."""

    ports: dict[int, int]
    ca: Path


@contextlib.contextmanager
def tls(folder: Path, ports: list[int]) -> Iterator[Tls]:
    """Puts TLS 1.3 before these ports of 127.0.0.1, under a certificate that is made for it."""
    key, certificate = folder / "tls.key", folder / "tls.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out",
         str(certificate)], check=True, capture_output=True,
    )  # fmt: skip
    there = dict(zip(ports, free_ports(len(ports)), strict=True))
    services = "".join(
        f"[to-{plain}]\naccept = 127.0.0.1:{port}\nconnect = 127.0.0.1:{plain}\ncert = {certificate}\nkey = {key}\n"
        for plain, port in there.items()
    )
    config = folder / "stunnel.conf"
    config.write_text(f"foreground = yes\npid =\ndebug = 3\nsocket = r:TCP_NODELAY=1\n{services}")
    with (folder / "stunnel.log").open("wb") as log:
        child = subprocess.Popen(["stunnel4", str(config)], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        for port in there.values():
            wait_for_port(port)
        yield Tls(there, certificate)
    finally:
        child.terminate()
        child.wait()


def free_ports(count: int) -> list[int]:
    """Ports of 127.0.0.1 at which nobody listens now."""
    with contextlib.ExitStack() as held:
        found = []
        for _ in range(count):
            probe = held.enter_context(socket.socket())
            probe.bind(("127.0.0.1", 0))
            found.append(int(probe.getsockname()[1]))
    return found


def wait_for_port(port: int) -> None:
    end = time.monotonic() + _PATIENCE_S
    while True:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        if time.monotonic() > end:
            raise TimeoutError(f"nothing listens at port {port}")
        time.sleep(0.1)
