"""Installs what the lab needs: Debian packages and a virtual environment. Repeating it costs nothing."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from openstack_lab.config import BIN, LAB_DIR, VENV, LabError

PACKAGES = ("rabbitmq-server", "mariadb-server", "memcached", "qemu-utils", "e2fsprogs", "rclone")
POLICY = Path("/usr/sbin/policy-rc.d")
REQUIREMENTS, CONSTRAINTS = LAB_DIR / "requirements.txt", LAB_DIR / "constraints.txt"
STAMP = VENV / ".lab-installed"


class NotRoot(LabError):
    """Packages are missing and we may not install them."""


def install() -> None:
    _install_packages(_missing_packages())
    if not is_installed():
        _install_venv()


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
    if not BIN.exists() and importlib.util.find_spec("ensurepip") is None:
        wanted.append("python3-venv")
    if not shutil.which("dpkg-query"):
        raise LabError("This is not Debian: the lab installs its servers with apt-get.")
    listed = subprocess.run(
        ["dpkg-query", "-W", "-f", "${Package} ${Status}\n", *wanted], capture_output=True, text=True
    ).stdout
    present = {line.split()[0] for line in listed.splitlines() if line.endswith("install ok installed")}
    return [p for p in wanted if p not in present]


def _install_packages(missing: list[str]) -> None:
    if not missing:
        return
    if os.geteuid():
        raise NotRoot(
            f'Debian packages are missing: run "sudo apt-get install --no-install-recommends {" ".join(missing)}", or '
            '"lab/lab install" as root.'
        )
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=600"]
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with _no_system_services():
        for command in ([*apt, "update"], [*apt, "install", "-y", "--no-install-recommends", *missing]):
            done = subprocess.run(command, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
            if done.returncode:
                raise LabError(f'"{" ".join(command)}" failed: {done.stderr.strip()[-500:]}')


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
    if not (BIN / "pip").exists():
        subprocess.run([sys.executable, "-m", "venv", str(VENV)], check=True)
    done = subprocess.run(
        [
            str(BIN / "pip"),
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-c",
            str(CONSTRAINTS),
            "-r",
            str(REQUIREMENTS),
        ],
        stderr=subprocess.PIPE,
        text=True,
    )
    if done.returncode:
        raise LabError(f"pip could not install {REQUIREMENTS}: {done.stderr.strip()[-800:]}")
    STAMP.write_text(_wanted())


def _wanted() -> str:
    return hashlib.sha256(REQUIREMENTS.read_bytes() + CONSTRAINTS.read_bytes()).hexdigest()
