"""Packed workspaces and support bundles that somebody made or changed: nothing comes out that is not plainly in one."""

import gzip
import hashlib
import json
import os
import random
import stat
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

import msgspec

from migrate.cli.archives.bundle_content import Bundle, BundleList, Content, gather_bundle
from migrate.cli.archives.folder_marks import MARKER
from migrate.cli.archives.open_workspace import open_workspace
from migrate.cli.archives.packed_workspace import HEAD, SUMS, PackedWorkspace, unpack
from migrate.cli.context import App
from migrate.cli.failures import UMASK
from migrate.cli.workspace import Workspace
from migrate.documents import canonical, document_bytes
from migrate.errors import DecampError
from tests.cli.bundles import record
from tests.fuzz.engine import Kind
from tests.fuzz.ledger import good as good_ledger
from tests.fuzz.moved import AT, MIGRATION, check_said, moved, place
from tests.fuzz.mutate import EDGES, EDGES_64, ODD, damage, document, words

OUTSIDE = Path("/tmp/decamp-fuzz-outside")
"""What absolute names name. Nothing may be there after a case."""
_BLOCK = 512
_END = bytes(2 * _BLOCK)
_FIELDS = {
    "name": (0, 100),
    "mode": (100, 8),
    "uid": (108, 8),
    "gid": (116, 8),
    "size": (124, 12),
    "mtime": (136, 12),
    "sum": (148, 8),
    "type": (156, 1),
    "link": (157, 100),
    "magic": (257, 8),
    "user": (265, 32),
    "group": (297, 32),
    "major": (329, 8),
    "minor": (337, 8),
    "prefix": (345, 155),
}
_FILE, _FOLDER, _EXTENDED = b"0", b"5", b"x"


@dataclass
class Part:
    """A header and what follows it, without the bytes up to the next block."""

    head: bytearray
    body: bytes = b""

    @property
    def raw(self) -> bytes:
        return bytes(self.head) + self.body + bytes(-len(self.body) % _BLOCK)

    def get(self, name: str) -> bytes:
        at, size = _FIELDS[name]
        return bytes(self.head[at : at + size])

    def put(self, name: str, value: bytes) -> None:
        at, size = _FIELDS[name]
        self.head[at : at + size] = value[:size].ljust(size, b"\0")

    def resize(self) -> None:
        self.put("size", b"%011o\0" % len(self.body))

    def seal(self) -> None:
        """With the checksum that fits."""
        self.put("sum", b" " * 8)
        self.put("sum", b"%06o\0 " % sum(self.head))


def part(name: bytes, body: bytes = b"", kind: bytes = _FILE, mode: int = 0o600, link: bytes = b"") -> Part:
    found = Part(bytearray(_BLOCK), body)
    for field_, value in (("name", name), ("type", kind), ("link", link), ("magic", b"ustar\00000")):
        found.put(field_, value)
    for field_, number in (("mode", mode), ("uid", 0), ("gid", 0)):
        found.put(field_, b"%07o\0" % number)
    found.put("mtime", b"%011o\0" % 1_795_773_600)
    found.resize()
    found.seal()
    return found


def extended(*records: bytes, kind: bytes = _EXTENDED) -> Part:
    return part(b"./PaxHeaders/x", b"".join(records), kind)


def named(name: str, body: bytes, mode: int = 0o600) -> list[Part]:
    """As Decamp writes them: with an extended header for a name that is long or not ASCII."""
    raw = os.fsencode(name)
    before = [] if len(raw) <= 100 and raw.isascii() else [extended(record(b"path", raw))]
    return [*before, part(raw[:100], body, mode=mode)]


# ---------------------------------------------------------------- good ones


@cache
def good_pack() -> tuple[tuple[str, bytes, int], ...]:
    """Names, contents and modes: first what it is, last the sums, which are made anew."""
    head = PackedWorkspace(migration=MIGRATION, decamp="1.0", made_at=AT)
    policy = (moved().root / "policy.yaml").read_bytes()
    inner: list[tuple[str, bytes, int]] = [
        ("policy.yaml", policy, 0o600),
        ("plan.json", document_bytes({"format": "decamp-plan", "version": 2}), 0o600),
        ("hooks/switch.sh", b"#!/bin/sh\n", 0o700),
        ("private/user-data/0", b"#cloud-config\n", 0o600),
        ("private/empty", b"", 0o600),
        ("store/decamp/aa/one.data", random.Random(1).randbytes(1500), 0o600),
        (f"notes/{'d' * 100}/été.txt", b"x" * _BLOCK, 0o600),
        (os.fsdecode(b"r\xe9sum\xe9.txt"), b"latin", 0o600),
    ]
    return ((HEAD, document_bytes(msgspec.to_builtins(head)), 0o600), *inner)


@cache
def good_bundle() -> tuple[tuple[str, bytes, int], ...]:
    there = moved()
    there.ledger.write_bytes(good_ledger())
    with there.operated():
        found: Bundle = gather_bundle(Workspace(there.root), program_output=True)
    files = {name: content for name, (content, _) in found.files.items() if name.endswith((".json", ".yaml"))}
    files |= {"versions.json": document_bytes({"format": "decamp-versions", "version": 1})}
    files |= {"ledger.db": good_ledger(), "private/decamp.log": b"2026-11-27 INFO decamp x\n"}
    listed = tuple(Content(name=name, size_bytes=len(content), what="document") for name, content in files.items())
    head = BundleList(made_at=AT, decamp="1.0", migration=MIGRATION, files=listed, left_out=())
    return (
        (MARKER, document_bytes(msgspec.to_builtins(head)), 0o600),
        *((name, content, 0o600) for name, content in files.items()),
    )


# ---------------------------------------------------------------- a case


class Case(NamedTuple):
    """`how`: `unpack` or `bundle` for the functions, else a command."""

    how: str
    raw: bytes


_LOOKS = ("status", "status -f json", "watch --once", "report -o -", "report -o - --lang fr")


def _make(rng: random.Random) -> Case:
    is_pack = rng.random() < 0.6
    parts: list[Part] = []
    for name, body, mode in good_pack() if is_pack else good_bundle():
        parts += named(name, body, mode)
    if rng.random() < 0.5:
        _change_inside(rng, parts)
    for _ in range(rng.choice((0, 1, 1, 1, 2, 4))):
        rng.choice(_WAYS)(rng, parts)
    if is_pack and rng.random() < 0.95:
        # Whoever makes one says what is in it.
        parts += _summed(rng, parts)
    raw = b"".join(one.raw for one in parts) + _ending(rng)
    if rng.random() < 0.08:
        raw = damage(rng, raw, most=3)
    if is_pack:
        how = "unpack" if rng.random() < 0.9 else "unpack there"
        return Case(how, _gzipped(rng, raw) if rng.random() < 0.05 else raw)
    how = "bundle" if rng.random() < 0.9 else rng.choice(_LOOKS)
    return Case(how, _gzipped(rng, raw) if rng.random() < 0.97 else raw)


def _ending(rng: random.Random) -> bytes:
    how = rng.random()
    if how < 0.85:
        return _END
    if how < 0.9:
        return rng.choice((b"", bytes(_BLOCK), bytes(100), bytes(20 * _BLOCK)))
    return _END + rng.randbytes(rng.choice((1, _BLOCK, 3 * _BLOCK)))


def _gzipped(rng: random.Random, raw: bytes) -> bytes:
    packed = gzip.compress(raw, 1, mtime=0)
    how = rng.random()
    if how < 0.84:
        return packed
    if how < 0.92:
        ends = (*range(10), *range(len(packed) - 8, len(packed)))
        return damage(rng, packed, ends if rng.random() < 0.5 else (), most=3)
    if how < 0.94:
        at = rng.randrange(len(raw) + 1)
        return gzip.compress(raw[:at], 1, mtime=0) + gzip.compress(raw[at:], 1, mtime=0)
    if how < 0.96:
        return packed + rng.choice((b"\0" * 100, rng.randbytes(40), packed, b"\x1f\x8b"))
    if how < 0.98:
        return packed[: rng.randrange(len(packed))]
    return gzip.compress(packed, 1, mtime=0)


# ---------------------------------------------------------------- what is in the files


def _change_inside(rng: random.Random, parts: list[Part]) -> None:
    for one in rng.sample([one for one in parts if one.get("type") == _FILE], rng.choice((1, 1, 2))):
        one.body = _changed(rng, one.body)
        one.resize()
        one.seal()


def _changed(rng: random.Random, body: bytes) -> bytes:
    value: Any = None
    with suppress(ValueError):
        value = json.loads(body)
    if isinstance(value, dict):
        return _sealed(rng, value)
    if rng.random() < 0.7 and body.isascii():
        return words(rng, body)
    return damage(rng, body)


def _sealed(rng: random.Random, body: dict[str, Any]) -> bytes:
    seal = body.pop("seal", None)
    changed = document(rng, body)
    if not isinstance(changed, dict):
        return json.dumps(changed).encode()
    with suppress(TypeError, ValueError, OverflowError, RecursionError):
        changed |= {"seal": hashlib.sha256(canonical(changed)).hexdigest() if rng.random() < 0.9 else seal}
    return json.dumps(changed).encode()


def _summed(rng: random.Random, parts: list[Part]) -> list[Part]:
    found = _Said()
    with suppress(_Refused):
        found.read(b"".join(one.raw for one in parts) + _END)
    rows = {name: hashlib.sha256(content).hexdigest() for name, (content, _) in found.files.items() if name != HEAD}
    lines = [f"{sha256} {json.dumps(name)}" for name, sha256 in rows.items()]
    if rng.random() < 0.2 and lines:
        at, how = rng.randrange(len(lines)), rng.random()
        if how < 0.5:
            odd = rng.choice(ODD)
            lines[at] = f"{'0' * 64} {'[' * 100_000 if how < 0.05 else json.dumps(odd)}"
        elif how < 0.65:
            del lines[at]
        elif how < 0.8:
            lines.append(rng.choice((lines[at], "", "x", f"{'0' * 64} 1", f"{'0' * 64} null", f"{'0' * 64} true")))
        else:
            lines[at] = damage(rng, lines[at].encode(), most=2).decode("utf-8", "replace")
    body = "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")
    return named(SUMS, damage(rng, body) if rng.random() < 0.03 else body)


# ---------------------------------------------------------------- what is around them

_Way = Callable[[random.Random, list[Part]], None]
_NAMES: tuple[bytes, ...] = (
    *(b"../pwned", b"a/../../pwned", b"../../../pwned", b"..", b".", b"", b"/", b"./", b"a/..", b"a//b", b"./a"),
    *(os.fsencode(OUTSIDE), os.fsencode(OUTSIDE / "x"), b"a\\..\\b", b"a\0b", b"\xff\xfe", b"\xed\xa0\x80", b"a\nb"),
    *(b"policy.yaml", b"POLICY.YAML", b"policy.yaml/x", b"private", b"private/", b"store", b"hooks/switch.sh/"),
    *(b"moved-away.json", b"private/consent", b"support-bundle.json", b"x.partial", b".new.x", b"\xe2\x80\xae", b"~"),
    *(b"a" * 255, b"a" * 256, b"d/" * 150 + b"a", b"d/" * 199 + b"a", b"d/" * 250 + b"a", "é".encode() * 127),
    *(b"\x1b[2J", b" ", b"a ", b"-C", b"ledger.db-wal", HEAD.encode(), SUMS.encode(), b"d/" * 2040),
)
_KINDS = tuple(bytes([one]) for one in (*b"01234567xgLKSVNDXAM", 0, 255, *b" a"))


def _name(rng: random.Random, parts: list[Part]) -> None:
    """Under another name, however that is said."""
    name, one = rng.choice(_NAMES), rng.choice(parts)
    how = rng.random()
    if how < 0.5 or len(name) > 250:
        parts.insert(parts.index(one), extended(record(b"path", name)))
    elif how < 0.8:
        one.put("name", name)
        one.seal()
    else:
        one.put("prefix", name)
        one.seal()


def _field(rng: random.Random, parts: list[Part]) -> None:
    one = rng.choice(parts)
    for _ in range(rng.choice((1, 1, 2))):
        name = rng.choice(("size", "size", "type", "name", *_FIELDS))
        one.put(name, _value(rng, name, one))
    if rng.random() < 0.85:
        one.seal()


def _value(rng: random.Random, name: str, one: Part) -> bytes:
    size = _FIELDS[name][1]
    how = rng.random()
    if name == "type":
        return rng.choice(_KINDS)
    if how < 0.5 and name in ("size", "mode", "mtime", "uid", "gid", "major", "minor", "sum"):
        number = rng.choice((*EDGES, *EDGES_64, len(one.body) - 1, len(one.body) + 1, len(one.body) + _BLOCK, 0o7777))
        if rng.random() < 0.7:
            return b"%0*o\0" % (size - 1, max(number, 0) & (1 << 3 * (size - 1)) - 1)
        mark, fill = rng.choice(((b"\x80", b"\0"), (b"\xff", b"\xff")))
        return mark + (number & (1 << 64) - 1).to_bytes(8, "big").rjust(size - 1, fill)[1 - size :]
    if how < 0.8:
        return str(rng.choice(ODD)).encode("utf-8", "surrogatepass")[:size]
    return rng.choice((b"", b"\xff" * size, b" " * size, b"-1", b"0x10", b"1_0", b"+7", rng.randbytes(size)))


def _pax(rng: random.Random, parts: list[Part]) -> None:
    """An extended header, or an older one, before a member."""
    keys = (b"path", b"size", b"linkpath", b"GNU.sparse.size", b"GNU.sparse.map", b"hdrcharset", b"mtime", b"uid", b"")
    values = (*_NAMES, *(b"%d" % one for one in (*EDGES, *EDGES_64)), b"-1", b"BINARY", b"1e9", b"1_0", b"\xc2\xb2")
    records = [record(rng.choice(keys), rng.choice(values)) for _ in range(rng.choice((1, 1, 2, 3)))]
    if rng.random() < 0.25:
        at = rng.randrange(len(records))
        records[at] = rng.choice(
            (
                records[at][1:],
                records[at][:-1],
                b"9" * rng.choice((1, 9, 5000)) + b" path=a\n",
                b"0 path=a\n",
                b"-5 path=a\n",
                damage(rng, records[at], most=2),
                record(b"path", b"a" * rng.choice((3000, 20_000, 30_000))),
            )
        )
    kind = rng.choice((_EXTENDED, _EXTENDED, _EXTENDED, _EXTENDED, b"g", b"L", b"K", b"X", b"S"))
    new = extended(*records, kind=kind)
    if kind in b"LK":
        new.body = rng.choice(_NAMES) + rng.choice((b"", b"\0"))
        new.resize()
        new.seal()
    parts.insert(rng.randrange(len(parts) + 1), new)


def _special(rng: random.Random, parts: list[Part]) -> None:
    """A link or a device, and perhaps a file below or in its place."""
    name = rng.choice((b"link", b"private", b"policy.yaml", b"a/b", *_NAMES[:12]))
    to = rng.choice((b"/etc/passwd", b"/tmp", b"..", b"../..", b"policy.yaml", os.fsencode(OUTSIDE), b"."))
    new = [part(name, kind=rng.choice((b"1", b"2", b"2", b"3", b"4", b"6")), link=to)]
    if rng.random() < 0.5:
        new.append(part(name + rng.choice((b"", b"/x", b"/../x")), b"pwned"))
    at = rng.choice((0, len(parts), rng.randrange(len(parts) + 1)))
    parts[at:at] = new


def _folders(rng: random.Random, parts: list[Part]) -> None:
    name = rng.choice((b"private", b"private/", b"new/deep/", b"policy.yaml", b"notes", *_NAMES))
    mode = rng.choice((0o755, 0o777, 0o7777, 0, 0o600))
    new = part(name[:100], kind=_FOLDER, mode=mode)
    if rng.random() < 0.2:
        new.body = b"x" * rng.choice((1, _BLOCK))
        new.resize()
        new.seal()
    parts.insert(rng.randrange(len(parts) + 1), new)


def _modes(rng: random.Random, parts: list[Part]) -> None:
    for one in parts:
        one.put("mode", b"%07o\0" % rng.choice((0o777, 0o7777, 0o4755, 0o2755, 0, 0o111, 0o666, 0o100)))
        one.seal()


def _again(rng: random.Random, parts: list[Part]) -> None:
    """A member twice, gone, or elsewhere."""
    one, how = rng.choice(parts), rng.random()
    if how < 0.4:
        parts.insert(rng.randrange(len(parts) + 1), Part(bytearray(one.head), one.body))
    elif how < 0.7 and len(parts) > 1:
        parts.remove(one)
    else:
        rng.shuffle(parts)


def _blocks(rng: random.Random, parts: list[Part]) -> None:
    """Something between two members that is none."""
    what = rng.choice((bytes(_BLOCK), bytes(2 * _BLOCK), rng.randbytes(_BLOCK), rng.randbytes(100), b"\xff" * _BLOCK))
    rng.choice(parts).body += what


def _many(rng: random.Random, parts: list[Part]) -> None:
    """Seldom, as it takes long: thousands of members or headers."""
    if rng.random() > 0.08:
        _again(rng, parts)
        return
    count, how = rng.choice((1000, 3000)), rng.randrange(6)
    new: list[Part] = {
        0: lambda: [part(b"m/%d" % at, b"x" if at % 9 == 0 else b"") for at in range(count)],
        1: lambda: [extended(record(b"path", b"a"))] * count,
        2: lambda: [extended(record(b"path", b"a"), kind=b"L")] * count,
        3: lambda: [part(b"m/%d" % at, kind=_FOLDER) for at in range(count)],
        4: lambda: [extended(*[record(b"path", b"a")] * count)],
        5: lambda: [part(b"zeros", bytes(5 << 20))],
    }[how]()
    at = rng.randrange(len(parts) + 1)
    parts[at:at] = new


_WAYS: tuple[_Way, ...] = (
    *((_name, _field, _pax, _special) * 3),
    *((_folders, _again, _blocks) * 2),
    *(_modes, _many),
)


# ---------------------------------------------------------------- what an archive says, read in a way of its own


class _Refused(Exception):
    """What must not come out of any archive."""


@dataclass
class _Said:
    """Files with whether they can be executed, and folders. `is_sure`: readers cannot differ about any field."""

    files: dict[str, tuple[bytes, bool]] = field(default_factory=dict)
    folders: set[str] = field(default_factory=set)
    is_sure: bool = True

    def read(self, data: bytes) -> None:
        for name, kind, mode, body in self._members(data):
            parts = PurePosixPath(name).parts
            if not parts or name.startswith("/") or ".." in parts or "\0" in name:
                raise _Refused(f"outside: {name!r}")
            inner = "/".join(parts)
            if kind == _FOLDER:
                self.folders.add(inner)
            elif inner in self.files:
                raise _Refused(f"twice: {name!r}")
            else:
                self.files[inner] = body, bool(mode & 0o100)
        if self.files.keys() & self.folders:
            raise _Refused("a folder and a file")

    def _members(self, data: bytes) -> Iterator[tuple[str, bytes, int, bytes]]:
        at, said, is_extended = 0, dict[bytes, bytes](), False
        while (block := data[at : at + _BLOCK]) != bytes(_BLOCK):
            one = Part(bytearray(block))
            if len(block) < _BLOCK or not self._fits(one):
                raise _Refused("no header")
            kind, size, mode = one.get("type"), self._number(one, "size"), self._number(one, "mode")
            at += _BLOCK
            if size < 0:
                raise _Refused("no size")
            if kind == _EXTENDED:
                if is_extended:
                    raise _Refused("a header of a header")
                said, is_extended = self._records(data[at : at + size]), True
                at += -(-size // _BLOCK) * _BLOCK
                continue
            if kind not in (_FILE, b"\0", b"7", _FOLDER):
                raise _Refused(f"kind {kind!r}")
            raw, prefix = (one.get(name).split(b"\0")[0] for name in ("name", "prefix"))
            name = said.get(b"path", prefix + b"/" + raw if prefix else raw)
            is_folder = kind == _FOLDER or (kind == b"\0" and raw.endswith(b"/"))
            told = said.get(b"size", b"%d" % size)
            if not told.isdigit() or len(told) > 19:
                raise _Refused("no size")
            size = int(told)
            body = b"" if is_folder else data[at : at + size]
            if not is_folder and len(body) < size:
                raise _Refused("cut short")
            at += 0 if is_folder else -(-size // _BLOCK) * _BLOCK
            said, is_extended = {}, False
            yield os.fsdecode(name), _FOLDER if is_folder else _FILE, mode, body

    def _fits(self, one: Part) -> bool:
        told = self._number(one, "sum")
        blank = Part(bytearray(one.head))
        blank.put("sum", b" " * 8)
        signed = sum(byte - 256 if byte > 127 else byte for byte in blank.head)
        return told in (sum(blank.head), signed)

    def _number(self, one: Part, name: str) -> int:
        raw = one.get(name)
        if raw[:1] in (b"\x80", b"\xff"):
            number = int.from_bytes(raw[1:], "big")
            return number - (256 ** (len(raw) - 1) if raw[:1] == b"\xff" else 0)
        text = raw.split(b"\0")[0].strip()
        if not text:
            return 0
        if text.translate(None, b"01234567"):
            self.is_sure = False
            with suppress(ValueError):
                return int(text, 8)
            return -1
        return int(text, 8)

    def _records(self, content: bytes) -> dict[bytes, bytes]:
        found = dict[bytes, bytes]()
        while content:
            length = content.partition(b" ")[0]
            if not length.isdigit() or len(length) > 7:
                raise _Refused("no record")
            one, content = content[: int(length)], content[int(length) :]
            key, equals, value = one[len(length) + 1 :].partition(b"=")
            if len(one) < int(length) or not equals or value[-1:] != b"\n" or key.startswith(b"GNU."):
                raise _Refused("no record of ours")
            found[key] = value[:-1]
        return found


# ---------------------------------------------------------------- trying it


def _attempt(case: Case) -> None:
    with tempfile.TemporaryDirectory(prefix="decamp-fuzz-case-", dir=place()) as folder:
        outer = Path(folder)
        inner = outer / "a" / "b"
        inner.mkdir(parents=True)
        archive = outer / "archive"
        archive.write_bytes(case.raw)
        before, umask = _tree(outer), os.umask(UMASK)
        try:
            _use(case, archive, inner)
        finally:
            os.umask(umask)
            is_outside = os.path.lexists(OUTSIDE)
            OUTSIDE.unlink(missing_ok=True)
            assert not is_outside, "something lies outside, at the root"
        left = {name for name in _tree(outer) - before if not name.startswith("a/b/there")}
        assert not left, f"left outside: {sorted(left)[:3]}"


def _use(case: Case, archive: Path, inner: Path) -> None:
    there = inner / "there"
    if case.how == "unpack":
        try:
            unpack(archive, there)
        except DecampError:
            assert not os.path.lexists(there), "refused, and yet there"
            return
        _check(case.raw, there, but=frozenset((HEAD, SUMS)))
    elif case.how == "unpack there":
        check_said(moved().said("unpack", archive, there))
        if there.exists():
            _check(case.raw, there, but=frozenset((HEAD, SUMS)))
    elif case.how == "bundle":
        # Where it is unpacked to is told by this, and made in the folder of the case.
        tempfile.tempdir, kept = str(inner), tempfile.tempdir
        try:
            app = App(directory=archive)
            with open_workspace(app, "status"):
                assert app.directory.parent == inner
                _check(case.raw, app.directory)
        finally:
            tempfile.tempdir = kept
        assert not list(inner.iterdir()), "left where it was unpacked"
    else:
        tempfile.tempdir, kept = str(inner), tempfile.tempdir
        try:
            check_said(moved().said("-C", archive, *case.how.split()))
        finally:
            tempfile.tempdir = kept
        assert not list(inner.iterdir()), "left where it was unpacked"


def _tree(root: Path) -> set[str]:
    return {str(Path(at, name).relative_to(root)) for at, *inner in os.walk(root) for names in inner for name in names}


def _check(raw: bytes, there: Path, but: frozenset[str] = frozenset()) -> None:
    """That what came out is what the archive says, and nothing that does harm."""
    said = _Said()
    try:
        said.read(gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw)
    except _Refused as err:
        raise AssertionError(f"it came out, and must not: {err}") from err
    except (OSError, EOFError, zlib.error) as err:
        raise AssertionError(f"it came out of a damaged archive: {err}") from err
    found, folders = _what_lies(there)
    if not said.is_sure:
        return
    wanted = {name: one for name, one in said.files.items() if name not in but}
    assert found.keys() == wanted.keys(), f"others: {sorted(found.keys() ^ wanted.keys())[:3]}"
    for name, (content, is_program) in wanted.items():
        assert found[name] == (content, 0o700 if is_program else 0o600), f"{name!r} is another"
    above = {str(one) for name in (*said.files, *said.folders) for one in PurePosixPath(name).parents} - {"."}
    assert folders <= said.folders | above, "more folders"


def _what_lies(there: Path) -> tuple[dict[str, tuple[bytes, int]], set[str]]:
    files: dict[str, tuple[bytes, int]] = {}
    folders: set[str] = set()
    assert stat.S_IMODE(there.lstat().st_mode) == 0o700, "others can look into it"
    for at, inner, names in os.walk(there):
        for name in (*inner, *names):
            path = Path(at, name)
            mode = path.lstat().st_mode
            own = str(path.relative_to(there))
            assert stat.S_ISDIR(mode) or stat.S_ISREG(mode), f"{own!r} is no plain file"
            if stat.S_ISDIR(mode):
                assert stat.S_IMODE(mode) == 0o700, f"{own!r} has mode {stat.S_IMODE(mode):o}"
                folders.add(own)
            else:
                assert path.lstat().st_nlink == 1, f"{own!r} is a hard link"
                files[own] = path.read_bytes(), stat.S_IMODE(mode)
    return files, folders


KINDS = {"archive": Kind(_make, _attempt, cases=40_000, few=150)}
