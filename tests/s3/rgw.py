"""A Ceph RGW of our own over its embedded store, as Debian's `radosgw` brings it: no cluster, one SQLite file.

It has a fault of its own (18.2): of an object of several parts it gives back other bytes than it got for all parts but
the last, with the right size and ETag. That makes it the witness that bytes are read back.
"""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ACCESS, SECRET = "rgw", "rgw-secret"
_START_S = 60.0


@contextmanager
def rgw(folder: Path) -> Iterator[str]:
    """Runs one over the folder; gives the URL of its S3 API."""
    binary = shutil.which("radosgw")
    assert binary, "Ceph RGW is missing: run lab/lab install"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "ceph.conf").write_text("[global]\n")
    common = ["-n", "client.rgw", "-c", str(folder / "ceph.conf"), "--no-mon-config"]
    common += ["--rgw-backend-store=dbstore", "--rgw-config-store=dbstore", f"--rgw-data={folder}"]
    common += [f"--dbstore-config-uri=file:{folder}/config.db", f"--dbstore-db-dir={folder}", f"--run-dir={folder}"]
    user = ["user", "create", "--uid=us", "--display-name=us", f"--access-key={ACCESS}", f"--secret-key={SECRET}"]
    _make_user(["radosgw-admin", *user, *common, f"--log-file={folder}/admin.log"])
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port = one.getsockname()[1]
    command = [binary, "-f", *common, f"--rgw-frontends=beast endpoint=127.0.0.1:{port}", f"--log-file={folder}/log"]
    with (folder / "out").open("wb") as out:
        server = subprocess.Popen([*command, f"--admin-socket={folder}/a"], stdout=out, stderr=out, cwd=folder)
    try:
        _await(server, port, folder / "out")
        yield f"http://127.0.0.1:{port}"
    finally:
        server.kill()
        server.wait(30)


def _make_user(command: list[str]) -> None:
    """It hangs now and then on its way out, waiting for a thread of its own, when all is written: then it is ended."""
    for _ in range(3):
        try:
            made = subprocess.run(command, capture_output=True, check=False, timeout=20)
        except subprocess.TimeoutExpired:
            continue
        # 17: the user is there, of a try that hung.
        assert made.returncode in {0, 17}, made.stderr.decode()
        return
    raise AssertionError("radosgw-admin hangs")


def _await(server: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    end = time.monotonic() + _START_S
    while time.monotonic() < end and server.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.2)
    raise AssertionError(f"Ceph RGW did not start:\n{log.read_text(errors='replace')[-2000:]}")
