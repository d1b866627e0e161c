"""Support bundles, and what is hostile in one."""

import gzip
import io
import tarfile
from collections.abc import Callable
from pathlib import Path


def made_of(to: Path, *members: tuple[tarfile.TarInfo, bytes], packed: bool = True) -> Path:
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for member, content in members:
            member.size = len(content) or member.size
            archive.addfile(member, io.BytesIO(content) if content else None)
    to.write_bytes(gzip.compress(raw.getvalue()) if packed else raw.getvalue())
    return to


def member(name: str, kind: bytes = tarfile.REGTYPE, link: str = "") -> tarfile.TarInfo:
    found = tarfile.TarInfo(name)
    found.type, found.linkname = kind, link
    return found


HOSTILE: dict[str, Callable[[], list[tuple[tarfile.TarInfo, bytes]]]] = {
    "above the folder": lambda: [(member("../pwned"), b"x")],
    "above it in the middle": lambda: [(member("a/../../pwned"), b"x")],
    "absolute": lambda: [(member("/tmp/pwned"), b"x")],
    "a link": lambda: [(member("policy.yaml", tarfile.SYMTYPE, "/etc/passwd"), b"")],
    "a folder that is a link": lambda: [(member("a", tarfile.SYMTYPE, "/tmp"), b""), (member("a/pwned"), b"x")],
    "a hard link": lambda: [(member("policy.yaml", tarfile.LNKTYPE, "/etc/passwd"), b"")],
    "a device": lambda: [(member("zero", tarfile.CHRTYPE), b"")],
    "a disk": lambda: [(member("sda", tarfile.BLKTYPE), b"")],
    "a pipe": lambda: [(member("pipe", tarfile.FIFOTYPE), b"")],
    "a name twice": lambda: [(member("a"), b"x"), (member("./a"), b"y")],
    "a file below a file": lambda: [(member("a"), b"x"), (member("a/b"), b"y")],
    "a backslash": lambda: [(member("a\\..\\b"), b"x")],
    "no name": lambda: [(member("."), b"x")],
}
