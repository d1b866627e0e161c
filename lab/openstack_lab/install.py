"""Installs what the lab needs: Debian packages and a virtual environment. Repeating it costs nothing."""

from __future__ import annotations

import base64
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from openstack_lab.config import BIN, LAB_DIR, VENV, LabError

PACKAGES = (
    "rabbitmq-server",
    "mariadb-server",
    # What the clouds run on, and what their database driver is built with.
    "python3-dev",
    "python3-venv",
    "gcc",
    "libmariadb-dev",
    "pkgconf",
    "memcached",
    "qemu-utils",
    "e2fsprogs",
    "rclone",
    "postgresql",
    "chromium",
    "openssl",
    "stunnel4",
    # An S3 service that gives back wrong bytes, for the tests of verify.
    "radosgw",
    # Guests that boot, for `make soak`.
    "qemu-system-x86",
    "mmdebstrap",
    "grub-pc-bin",
)
# What `make bench-disks` measures beside Decamp. The clouds and their tests need none of it.
PEERS = ("borgbackup", "restic", "rsync", "nbdkit", "libnbd-bin", "qemu-utils", "e2fsprogs")
# What looks at our HTML in Chromium: MPL-2.0, and too large to keep a copy. The hash is the one that npm has for it.
AXE = "axe-core@4.14.1"
AXE_SHA512 = "FHfa+lmNjQZfJz1q8wKqIDwC6DExcHt/pkjNQb09a3NPjCKg2rhu5qb2S4r76ASyFNNtuFooJpZe37OgudVGtQ=="
POLICY = Path("/usr/sbin/policy-rc.d")
# Debian's own, whoever calls: Neutron takes a tenth less CPU on it than on a Python 3.11 of pyenv.
PYTHON = Path("/usr/bin/python3")
REQUIREMENTS, CONSTRAINTS = LAB_DIR / "requirements.txt", LAB_DIR / "constraints.txt"
STAMP = VENV / ".lab-installed"
TRIES, PAUSE_S = 3, 10
"""How often something is downloaded before that counts as failed; the second pause is twice the first."""


class NotRoot(LabError):
    """Packages are missing and we may not install them."""


def install() -> None:
    _install_packages(_missing_packages(), "lab/lab install")
    if not is_installed():
        _install_venv()
    if not _axe().exists():
        _install_axe()


def install_peers() -> None:
    _install_packages(_not_installed(PEERS), "lab/lab install --peers")


def is_installed() -> bool:
    return STAMP.exists() and STAMP.read_text() == _wanted()


def require_installed() -> None:
    missing = _missing_packages()
    if missing or not is_installed():
        raise LabError(
            f"{'Packages are missing (' + ', '.join(missing) + ')' if missing else f'{VENV} is missing or old'}: "
            'run "lab/lab install" first.'
        )


def _missing_packages() -> list[str]:
    wanted = list(PACKAGES)
    if not _axe().exists() and not shutil.which("npm"):
        wanted.append("npm")
    return _not_installed(wanted)


def _not_installed(wanted: Sequence[str]) -> list[str]:
    if not shutil.which("dpkg-query"):
        raise LabError("This is not Debian: the lab installs its servers with apt-get.")
    listed = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Status}\n", *wanted], capture_output=True, text=True
    ).stdout
    present = {line.split()[0] for line in listed.splitlines() if line.endswith("install ok installed")}
    return [p for p in wanted if p not in present]


def _install_packages(missing: list[str], command: str) -> None:
    if not missing:
        return
    if os.geteuid():
        raise NotRoot(
            f'Debian packages are missing: run "sudo apt-get install --no-install-recommends {" ".join(missing)}", or '
            f'"{command}" as root.'
        )
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600"]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _no_system_services():
        # With the lists anew each time: what they name may have gone meanwhile.
        _download([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *missing], env=env)


def _download(*steps: list[str], env: dict[str, str] | None = None, cwd: str | None = None) -> None:
    """Runs the commands in this order, all of them again where one fails: a mirror may be away for a moment."""
    for attempt in range(1, TRIES + 1):
        failed = _first_that_fails(steps, env, cwd)
        if not failed:
            return
        if attempt < TRIES:
            pause_s = PAUSE_S * attempt
            print(f"Try {attempt} of {TRIES}: {failed}\nThe next one is in {pause_s} s.", file=sys.stderr, flush=True)
            sleep(pause_s)
    raise LabError(f"Tried {TRIES} times: {failed}")


def _first_that_fails(steps: Sequence[list[str]], env: dict[str, str] | None, cwd: str | None) -> str:
    for step in steps:
        done = subprocess.run(
            step, env=env, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, errors="replace"
        )
        if done.returncode:
            return f'"{" ".join(step)}" ended with {done.returncode}: {done.stderr.strip()[-500:]}'
    return ""


@contextmanager
def _no_system_services() -> Iterator[None]:
    """Debian starts servers as it installs them, unless policy-rc.d says no. The lab runs its own, on its own ports."""
    ours = not POLICY.exists()
    if ours:
        POLICY.write_text("#!/bin/sh\nexit 101\n")
        POLICY.chmod(0o755)
    try:
        yield
    finally:
        if ours:
            POLICY.unlink()


def _install_venv() -> None:
    # One of another Python, or of Debian's before an upgrade, is made anew.
    if not (VENV / "lib" / PYTHON.resolve().name).exists():
        subprocess.run([str(PYTHON), "-m", "venv", "--clear", str(VENV)], check=True)
    pip = [str(BIN / "pip"), "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    # Nothing is left to be worked out: the constraints name every package.
    wanted = ["-r", str(REQUIREMENTS), "-r", str(CONSTRAINTS)]
    # uv installs in a quarter of the time. What only pip reaches (an index of its settings, say) pip installs.
    uv = [str(BIN / "uv"), "pip", "install", "--quiet", "--no-deps", "--python", str(BIN / "python"), *wanted]
    with_uv = ([*pip, "-c", str(CONSTRAINTS), "uv"], uv)
    if failed := _first_that_fails(with_uv, {**os.environ, "UV_SYSTEM_CERTS": "1"}, None):
        print(f"{failed}\nInstead pip installs it.", file=sys.stderr, flush=True)
        _download([*pip, *wanted])
    STAMP.write_text(_wanted())


def _axe() -> Path:
    """A folder for each release, so that another one is another file."""
    return VENV / AXE.replace("@", "-") / "axe.min.js"


def _install_axe() -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = ["npm", "pack", "--silent", "--pack-destination", folder, AXE]
        _download(command, cwd=folder)
        packed = next(Path(folder).glob("axe-core-*.tgz")).read_bytes()
    if base64.b64encode(hashlib.sha512(packed).digest()).decode() != AXE_SHA512:
        raise LabError(f"{AXE} is not what it was: its SHA-512 differs from the one in {Path(__file__).name}.")
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        script = archive.extractfile("package/axe.min.js")
        assert script is not None
        _axe().parent.mkdir(parents=True, exist_ok=True)
        partial = _axe().with_suffix(".part")
        partial.write_bytes(script.read())
        partial.replace(_axe())


def _wanted() -> str:
    python = PYTHON.resolve().name.encode()
    return hashlib.sha256(python + REQUIREMENTS.read_bytes() + CONSTRAINTS.read_bytes()).hexdigest()
