"""Builds ext4 file systems full of real files, without mounting anything, and keeps them in the lab's cache."""

import fcntl
import hashlib
import os
import random
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .errors import SeedError
from .files import MIB, pick, place
from .paths import cache_dir

GIB = 1 << 30
# Part of the cache key: raise it when the trees change, so that old file systems are not taken for new ones.
LAYOUT = 1
# Room for ext4's own structures and for what a guest adds later.
USABLE = 0.8
# ext4 notes when it was made; a fixed time keeps equal seeds equal.
BUILT_AT = "1480000000"


@dataclass(frozen=True)
class Content:
    """What a disk holds: `files_mib` of package files and `random_mib` of noise, on `size_gib` of ext4."""

    seed: str
    size_gib: int
    files_mib: float
    random_mib: float
    system: bool = False

    def fitted(self) -> "Content":
        """The same with no more than fits on the disk."""
        share = min(1.0, USABLE * self.size_gib * 1024 / max(1.0, self.files_mib + self.random_mib))
        return Content(self.seed, self.size_gib, self.files_mib * share, self.random_mib * share, self.system)

    @property
    def key(self) -> str:
        text = f"{LAYOUT} {self.seed} {self.size_gib} {self.files_mib:.3f} {self.random_mib:.3f} {self.system}"
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def raw_image(content: Content) -> Path:
    """The cached raw file system of this content, built when it is not there yet."""
    content = content.fitted()
    path = cache_dir() / f"{content.key}.raw"
    with _alone(path):
        if not path.exists():
            tree, part = path.with_suffix(".tree"), path.with_suffix(".part")
            shutil.rmtree(tree, ignore_errors=True)
            tree.mkdir()
            _fill_tree(tree, content)
            _make_ext4(tree, part, content)
            shutil.rmtree(tree)
            part.replace(path)
    return path


def qcow2_image(content: Content) -> Path:
    """The same file system as a qcow2 file."""
    raw = raw_image(content)
    path = raw.with_suffix(".qcow2")
    with _alone(path):
        if not path.exists():
            part = path.with_suffix(".part")
            run("qemu-img", "convert", "-f", "raw", "-O", "qcow2", str(raw), str(part))
            part.replace(path)
    return path


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Two seeders that want the same file build it once, and what a killed one left half-built is built anew."""
    with path.with_name(f"{path.name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def write_disk(image: Path, disk: Path) -> None:
    """Put a raw image in the place of a disk's backing file, all at once and with its holes kept."""
    part = disk.with_name(f"{disk.name}.part")
    run("cp", "--sparse=always", "--reflink=auto", str(image), str(part))
    part.replace(disk)


def data_bytes(path: Path) -> int:
    """Bytes of a file that are no holes."""
    return path.stat().st_blocks * 512


def run(*command: str, stdin: str | None = None) -> str:
    """Run a tool and return what it printed.  Raises SeedError with its last line when it fails."""
    try:
        done = subprocess.run(command, input=stdin, capture_output=True, text=True, env=_environment())
    except FileNotFoundError as err:
        raise SeedError(f"{command[0]} is not installed") from err
    if done.returncode != 0:
        reason = (done.stderr.strip() or done.stdout.strip() or f"exit status {done.returncode}").splitlines()[-1]
        raise SeedError(f"{command[0]} failed: {reason}")
    return done.stdout


def _environment() -> dict[str, str]:
    # e2fsprogs live in sbin, which a plain user's PATH may lack.
    return {**os.environ, "PATH": os.environ.get("PATH", "") + ":/usr/sbin:/sbin", "E2FSPROGS_FAKE_TIME": BUILT_AT}


def _make_ext4(tree: Path, image: Path, content: Content) -> None:
    identity = uuid.uuid5(uuid.NAMESPACE_OID, content.seed)
    with image.open("wb") as file:
        file.truncate(content.size_gib * GIB)
    options = f"lazy_itable_init=1,lazy_journal_init=1,root_owner=0:0,hash_seed={identity}"
    label = "lab-root" if content.system else "lab-data"
    naming = ("-L", label, "-U", str(identity))
    run("mke2fs", "-q", "-F", "-t", "ext4", *naming, "-E", options, "-d", str(tree), str(image))


def _fill_tree(root: Path, content: Content) -> None:
    top = root if content.system else root / "srv"
    for path in pick(content.seed, int(content.files_mib * MIB)):
        place(path, top / path.relative_to("/"))
    _write_noise(top / "var" / "lib" / "lab", content)
    _write_oddities(root)
    if content.system:
        _write_system_files(root, content)
    shutil.copymode("/usr", root)


def _write_noise(folder: Path, content: Content) -> None:
    """Incompressible files, which no two seeds share."""
    folder.mkdir(parents=True, exist_ok=True)
    numbers = random.Random(content.seed)
    left = int(content.random_mib * MIB)
    index = 0
    while left > 0:
        size = min(left, numbers.randint(64 * 1024, 4 * MIB))
        (folder / f"noise-{index:04}.bin").write_bytes(numbers.randbytes(size))
        left -= size
        index += 1


def _write_oddities(root: Path) -> None:
    """What a copy may lose: holes, a hard link, symbolic links, accents, an empty folder, odd modes."""
    folder = root / "oddities"
    folder.mkdir()
    with (folder / "sparse.db").open("wb") as file:
        file.write(b"head of a sparse file")
        file.seek(48 * MIB)
        file.write(b"middle of a sparse file")
        file.truncate(96 * MIB)
    (folder / "été à la plage.txt").write_text("accents, composed\n", encoding="utf-8")
    (folder / "e\u0301te\u0301.txt").write_text("accents, decomposed\n", encoding="utf-8")
    os.link(folder / "été à la plage.txt", folder / "hard link")
    (folder / "to a file").symlink_to("sparse.db")
    (folder / "to nowhere").symlink_to("/no/such/place")
    (folder / "empty").mkdir()
    (folder / "secret").write_text("mode 0400\n")
    (folder / "secret").chmod(0o400)
    (folder / "zero").touch()


def _write_system_files(root: Path, content: Content) -> None:
    """The few files by which a person, or a tool, knows a system disk."""
    files = {
        "etc/hostname": "localhost\n",
        "etc/fstab": "LABEL=lab-root / ext4 errors=remount-ro 0 1\n",
        "etc/os-release": f'ID=debian\nNAME="Debian GNU/Linux"\nPRETTY_NAME="{content.seed}"\n',
        "etc/ssh/ssh_host_ed25519_key.pub": "",
        "etc/firstboot": "removed by the first boot\n",
        "boot/grub/grub.cfg": "linux /boot/vmlinuz root=LABEL=lab-root ro console=ttyS0\n",
        "root/.bashrc": "umask 022\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            path.write_text(text, encoding="utf-8")
    for folder in ("var/lib/cloud/instances", "var/log", "home/debian", "tmp", "proc", "sys", "dev"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    for link in ("bin", "sbin", "lib"):
        (root / link).symlink_to(f"usr/{link}")
