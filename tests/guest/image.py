"""A boot disk with Debian on it: one partition, ext4, GRUB in the gap before it, Debian's cloud kernel and initramfs.

Debian's packages are unpacked once, and kept; each disk is made out of them anew, with bytes of its own.
"""

import fcntl
import hashlib
import os
import shlex
import shutil
import struct
import subprocess
import tempfile
from pathlib import Path

MIB = 1 << 20
SIZE_BYTES = 1024 * MIB
PARTITION_AT = MIB
PROOF_BYTES = 16 * MIB

HERE = Path(__file__).resolve().parent
GRUB = Path("/usr/lib/grub/i386-pc")
PACKAGES = ("linux-image-cloud-amd64", "udev", "kmod", "e2fsprogs", "initramfs-tools", "busybox", "python3")
OURS = ("python3-msgspec", "python3-tenacity", "python3-zstandard")
"""What the modules under test import."""
IN_INITRAMFS = {
    "etc/initramfs-tools/conf.d/guest": "MODULES=list\nFSTYPE=ext4\nRESUME=none\n",
    "usr/share/initramfs-tools/modules.d/guest": "virtio_blk\nvirtio_scsi\nsd_mod\n",
}
"""What a disk of a cloud needs and no more: unpacking the rest takes an emulated machine half a minute."""
LEFT_OUT = ("usr/share/doc/*", "usr/share/man/*", "usr/share/locale/*")

INIT = """#!/bin/sh
# Debian's initramfs has mounted /dev, /proc, /run and /sys. The root stays read-only, so that it may end at any time.
exec </dev/null >/dev/ttyS0 2>&1
/usr/lib/systemd/systemd-udevd --daemon
udevadm trigger --action=add --subsystem-match=block --subsystem-match=scsi
echo "guest is up: $(cat /etc/guest-token) $(sha256sum </srv/proof)"
[ ! -x /usr/lib/guest/service ] || /usr/lib/guest/service &
exec python3 /usr/lib/guest/agent.py
"""
WEB_PORT = 8080
WEB = f"""#!/bin/sh
# Serves /srv over HTTP, at the address that qemu's network of one machine gives.
modprobe virtio_net
busybox ip link set lo up
for card in /sys/class/net/e*; do
    busybox ip link set "${{card##*/}}" up
    busybox ip addr add 10.0.2.15/24 dev "${{card##*/}}"
done
exec python3 -u -m http.server {WEB_PORT} --directory /srv
"""
GRUB_CFG = """serial --unit=0
terminal_output serial
echo "GRUB loads {kernel}"
linux /boot/{kernel} root=LABEL=guest-root ro console=ttyS0
initrd /boot/{initrd}
boot
"""


def debian(cache: Path) -> Path:
    """A tar archive of a small Debian of today with a kernel, made on first use: 30 s of CPU, and downloads."""
    recipe = repr((PACKAGES, OURS, IN_INITRAMFS, LEFT_OUT))
    archive = cache / f"debian-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}.tar"
    cache.mkdir(parents=True, exist_ok=True)
    with archive.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            _unpack_debian(archive)
    return archive


def _unpack_debian(archive: Path) -> None:
    command = ["mmdebstrap", "--quiet", "--mode=root", "--variant=essential", f"--include={','.join(PACKAGES + OURS)}"]
    command += [f"--dpkgopt=path-exclude=/{pattern}" for pattern in LEFT_OUT]
    for name, text in IN_INITRAMFS.items():
        write = f'mkdir -p "$1/{Path(name).parent}"; printf %s {shlex.quote(text)} >"$1/{name}"'
        command.append(f"--essential-hook={write}")
    part = archive.with_suffix(".part.tar")
    _run(*command, "trixie", str(part))
    part.replace(archive)


def boot_disk(archive: Path, disk: Path, token: str, service: str = "") -> str:
    """Writes a raw disk that says the token as it boots. Returns the SHA-256 of the bytes that it reads by then.

    `service`: a script that the guest starts at each boot.
    """
    proof = os.urandom(PROOF_BYTES)
    with tempfile.TemporaryDirectory(dir=disk.parent) as scratch:
        root = Path(scratch)
        _run("tar", "-xf", str(archive), "-C", scratch)
        kernel = next((root / "boot").glob("vmlinuz-*")).name
        cfg = GRUB_CFG.format(kernel=kernel, initrd=kernel.replace("vmlinuz", "initrd.img"))
        files = {"etc/guest-token": token, "boot/grub/grub.cfg": cfg, "usr/sbin/init": INIT}
        for name, text in files.items():
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text)
        (root / "usr/sbin/init").chmod(0o755)
        (root / "usr/lib/guest").mkdir()
        shutil.copy(HERE / "agent.py", root / "usr/lib/guest")
        if service:
            (root / "usr/lib/guest/service").write_text(service)
            (root / "usr/lib/guest/service").chmod(0o755)
        (root / "srv/proof").write_bytes(proof)
        _write_disk(disk, root)
    return hashlib.sha256(proof).hexdigest()


def _write_disk(disk: Path, root: Path) -> None:
    with disk.open("wb") as file:
        file.truncate(SIZE_BYTES)
    size_kib = (SIZE_BYTES - PARTITION_AT) // 1024
    options = ("-L", "guest-root", "-E", f"offset={PARTITION_AT}", "-d", str(root))
    _run("/usr/sbin/mkfs.ext4", "-q", "-F", *options, str(disk), str(size_kib))
    core = root / "core.img"
    modules = ("biosdisk", "part_msdos", "ext2", "normal", "linux", "serial", "terminal", "echo", "configfile")
    prefix = "(hd0,msdos1)/boot/grub"
    _run("grub-mkimage", "-O", "i386-pc", "-o", str(core), "-p", prefix, *modules)
    # GRUB's first sector reads on at sector 1, and grub-mkimage has made the second say how much there is.
    active, linux, no_chs = 0x80, 0x83, b"\xfe\xff\xff"
    sectors = (PARTITION_AT // 512, (SIZE_BYTES - PARTITION_AT) // 512)
    entry = struct.pack("<B3sB3sII", active, no_chs, linux, no_chs, *sectors)
    with disk.open("r+b") as file:
        file.write((GRUB / "boot.img").read_bytes()[:440] + bytes(6) + entry + bytes(48) + b"\x55\xaa")
        file.write(core.read_bytes())


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}\n{done.stdout[-1000:]}{done.stderr[-3000:]}")
