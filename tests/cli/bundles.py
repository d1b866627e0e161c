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


def block(name: str, size: int | bytes, kind: bytes = tarfile.REGTYPE, content: bytes = b"") -> bytes:
    """A member whose header says this size, whatever it has; as bytes, the field itself."""
    made = tarfile.TarInfo(name)
    made.type = kind
    head = bytearray(made.tobuf(tarfile.USTAR_FORMAT))
    head[124:136] = size if isinstance(size, bytes) else b"%011o\0" % size
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + content + bytes(-len(content) % 512)


def extended(*records: bytes) -> bytes:
    content = b"".join(records)
    return block("x", len(content), tarfile.XHDTYPE, content)


def record(key: bytes, value: bytes) -> bytes:
    length = len(key) + len(value) + 3
    length += len(str(length + len(str(length))))
    return b"%d %s=%s\n" % (length, key, value)


END = bytes(1024)
NONSENSE: dict[str, Callable[[], bytes]] = {
    "a negative size": lambda: block("a", b"\xff" * 12) + END,
    "a size far below zero": lambda: extended(record(b"size", b"-5")) + block("a", 0) + END,
    "a size of 5,000 digits": lambda: extended(record(b"size", b"9" * 5000)) + block("a", 0) + END,
    "a size of 19 digits": lambda: extended(record(b"size", b"9" * 19)) + block("a", 0) + END,
    "200 KB of digits": lambda: block("x", 200_000, tarfile.XHDTYPE, b"1" * 200_000) + block("a", 0) + END,
    "20 KB of digits": lambda: (block("x", 20_000, tarfile.XHDTYPE, b"1" * 20_000) + block("a", 0)) * 200 + END,
    "a header of 1 GB": lambda: block("x", 1 << 30, tarfile.XHDTYPE) + END,
    "2,000 headers in a row": lambda: extended(record(b"path", b"a")) * 2000 + block("a", 0) + END,
    "2,000 long names in a row": lambda: block("x", 2, tarfile.GNUTYPE_LONGNAME, b"a\0") * 2000 + block("a", 0) + END,
    "headers for all": lambda: block("x", 11, tarfile.XGLTYPE, record(b"path", b"a")) * 2 + block("a", 0) + END,
    "a hole": lambda: extended(record(b"GNU.sparse.size", b"9" * 30)) + block("a", 0) + END,
    "folders 2,000 deep": lambda: extended(record(b"path", b"d/" * 2000 + b"a")) + block("a", 0) + END,
    "a folder 2,000 deep": lambda: extended(record(b"path", b"d/" * 1990)) + block("d", 0, tarfile.DIRTYPE) + END,
    "a name of 300 bytes": lambda: extended(record(b"path", "é".encode() * 150)) + block("a", 0) + END,
    "a folder of 300 bytes": lambda: extended(record(b"path", b"a" * 300)) + block("a", 0, tarfile.DIRTYPE) + END,
    "no text": lambda: extended(record(b"path", b"\xff\xfe")) + block("a", 0) + END,
    "a record that is longer than all": lambda: extended(b"99 path=a\n") + block("a", 0) + END,
    "a folder that is a file": lambda: block("a", 1, content=b"x") + block("a", 0, tarfile.DIRTYPE) + END,
    "a folder below a file": lambda: block("a", 1, content=b"x") + block("a/b", 0, tarfile.DIRTYPE) + END,
}
"""Archives whose headers are made to cost time or memory, or to crash whoever reads them."""


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
    "17,000 folders": lambda: [(member(f"{n}/{'d/' * 170}a"), b"x") for n in range(100)],
    "no name": lambda: [(member("."), b"x")],
}
