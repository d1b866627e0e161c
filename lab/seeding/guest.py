"""The lab has no guests, so this writes what a guest would have written to its root disk during its first boot."""

import subprocess
import tempfile
from pathlib import Path

from .errors import SeedError

# The first boot removes this file of the image: its absence says that the boot has been.
FIRST_BOOT = "/etc/firstboot"


def has_booted(disk: Path) -> bool:
    return not _exists(disk, FIRST_BOOT)


def first_boot(disk: Path, *, hostname: str, instance_id: str, user_data: str | None, mounts: list[str]) -> None:
    """Change a root disk as cloud-init would, so that it is no longer equal to its image.

    A member can never read a server's user data back from Nova; on the disk it lies where cloud-init puts it.
    """
    folder = f"/var/lib/cloud/instances/{instance_id}"
    fstab = "LABEL=lab-root / ext4 errors=remount-ro 0 1\n" + "".join(f"{line}\n" for line in mounts)
    files = {
        "/etc/hostname": f"{hostname}\n",
        "/etc/fstab": fstab,
        "/var/log/cloud-init.log": f"instance {instance_id} booted for the first time\n",
        f"{folder}/user-data.txt": user_data or "",
    }
    _debugfs(disk, f"mkdir {folder}\n")
    write_files(disk, files)
    _debugfs(disk, f"rm {FIRST_BOOT}\n")
    if not has_booted(disk):
        raise SeedError(f"debugfs could not change {disk}: {FIRST_BOOT}")


def write_files(disk: Path, files: dict[str, str]) -> None:
    """Put text files into a disk's file system, over what is there under their names.  Their folders must exist."""
    with tempfile.TemporaryDirectory() as scratch:
        script = []
        for number, (name, text) in enumerate(files.items()):
            local = Path(scratch) / str(number)
            local.write_text(text, encoding="utf-8")
            script += [f"rm {name}", f"write {local} {name}"]
        _debugfs(disk, "\n".join(script) + "\n")
    # debugfs exits with 0 whatever its commands did.
    wrong = [name for name, text in files.items() if _content(disk, name) != text]
    if wrong:
        raise SeedError(f"debugfs could not change {disk}: {', '.join(wrong)}")


def _exists(disk: Path, name: str) -> bool:
    done = subprocess.run(["/usr/sbin/debugfs", "-R", f"stat {name}", str(disk)], capture_output=True, text=True)
    return done.stdout.startswith("Inode:")


def _content(disk: Path, name: str) -> str:
    done = subprocess.run(["/usr/sbin/debugfs", "-R", f"cat {name}", str(disk)], capture_output=True)
    return done.stdout.decode(errors="replace")


def _debugfs(disk: Path, script: str) -> None:
    subprocess.run(["/usr/sbin/debugfs", "-w", "-f", "-", str(disk)], input=script, capture_output=True, text=True)
