"""Packs, indexes, tables, parts and manifests of a store: damaged as they lie there, or forged: their digests fit."""

import hashlib
import json
import random
import struct
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from migrate.disks.store import pack_format as packs
from migrate.disks.store.chunk_tables import SEGMENT_ROW, DiskMap, data_chunks
from migrate.disks.store.compression import compress_table, expand, plain
from migrate.disks.store.disk_store import DiskStore
from migrate.disks.store.manifest import DiskManifest, check_shape
from migrate.disks.store.object_names import COPIES, DISKS, PACKS, pack_name
from migrate.disks.store.pass_parts import open_part
from migrate.disks.store.store_check import check
from migrate.documents import canonical, parse_document
from migrate.errors import DecampError
from migrate.messages import codes
from tests.disks.store.faulty_stores import DISK, Disk, disk_store, memory, names, raw, replace
from tests.fuzz.engine import Kind
from tests.fuzz.mutate import damage, document, number

CONTENT = Disk(2.3)
CONTENT.zeros = {1}
CONTENT.noise(range(3))


@cache
def objects() -> dict[str, bytes]:
    """All objects of a store that holds one disk, and half of another."""
    with tempfile.TemporaryDirectory() as folder:
        store = disk_store(memory(), Path(folder))
        CONTENT.capture(store)
        writer = store.begin("volume:half", "o2", CONTENT.size_bytes)
        with writer:
            CONTENT.put_missing(writer, 1)
        return {name: raw(store, name) for name in names(store)}


def _of(prefix: str, end: str = "") -> list[str]:
    return [name for name in objects() if name.startswith(prefix) and end in name]


# ---------------------------------------------------------------- formats by themselves


def _make_index(rng: random.Random) -> bytes:
    """The end of a pack, or the copy of its index: as it is said to be whole, or not."""
    name = rng.choice(_of(PACKS) + _of(COPIES))
    data = objects()[name]
    body_bytes, index_bytes = struct.unpack_from(">QQ", data, len(data) - packs.FOOTER_BYTES)
    end = data[-8:]
    index = data[-packs.FOOTER_BYTES - index_bytes : -packs.FOOTER_BYTES]
    if rng.random() < 0.3:
        return damage(rng, data[-packs.FOOTER_BYTES - index_bytes :])
    index = damage(rng, index, range(32, len(index), 40), most=3)
    if rng.random() < 0.8:
        index = index[: len(index) // 40 * 40]
        lengths = [(at, struct.unpack_from(">II", index, at + 32)[0]) for at in range(0, len(index), 40)]
        body_bytes = 8 + sum(length for _, length in lengths)
    if rng.random() < 0.1:
        body_bytes = number(rng, 8, (body_bytes,))
    sealed = struct.pack(">QQ", body_bytes & (1 << 64) - 1, len(index))
    return index + sealed + hashlib.sha256(sealed + index).digest() + end


def _attempt_index(tail: bytes) -> None:
    pack_id = "0" * 64
    packs.tail_bytes(tail, pack_id, struct.unpack(">QQ", tail[-56:-40])[0] + len(tail) if len(tail) > 56 else 0)
    entries, size = packs.parse_tail(tail, pack_id)
    assert size >= len(tail) and all(0 < entry.stored_bytes <= entry.plain_bytes for entry in entries)
    body = b"".join(objects()[name] for name in _of(PACKS))[:size]
    assert len(packs.unsound(body, entries)) <= len(entries)
    assert packs.parse_copy(packs.copy_of(pack_id, tail), pack_id) == (entries, size)


def _make_frame(rng: random.Random) -> tuple[bytes, int]:
    """A frame or a table, compressed, and the length that it should have."""
    data = rng.choice((b"", bytes(65536), b"ab" * 32768, random.Random(1).randbytes(65536)))
    frame = compress_table(data) if rng.random() < 0.5 else compress_table(data)[:-1] + compress_table(data)
    return damage(rng, frame, range(min(len(frame), 24))), rng.choice((0, 1, 65535, 65536, 64 << 20))


def _attempt_frame(case: tuple[bytes, int]) -> None:
    frame, size = case
    for found in (plain(frame, size), expand(frame, size)):
        assert found is None or len(found) <= size


def _make_manifest(rng: random.Random) -> bytes:
    """A manifest: damaged, or changed by somebody who seals it."""
    whole = objects()[_of(DISKS, "manifest.json")[0]]
    if rng.random() < 0.2:
        return damage(rng, whole)
    body = json.loads(whole)
    seal = body.pop("seal")
    changed = document(rng, body)
    with suppress(TypeError, ValueError, OverflowError, RecursionError):
        changed = {**changed, "seal": hashlib.sha256(canonical(changed)).hexdigest() if rng.random() < 0.9 else seal}
    return json.dumps(changed).encode()


def _attempt_manifest(data: bytes) -> None:
    found = parse_document(data, DiskManifest, name="manifest.json")
    check_shape(found)
    rows = DiskMap(found, lambda ref: _no_table(ref.index))
    last = max(0, -(-found.size_bytes // (4 << 20)) - 1)
    for index in {0, last // 2, last} if found.size_bytes else set():
        assert len(rows.segment(index)) <= SEGMENT_ROW


def _no_table(index: int) -> bytes:
    raise DecampError(codes.BYTES_DIFFER, what=f"table {index}")


def _make_part(rng: random.Random) -> tuple[str, bytes]:
    """A part or a table under its own name, or under the one that its digest asks for."""
    name = rng.choice(_of(DISKS, "/part-") + _of(DISKS, "/table-"))
    body = damage(rng, expand(objects()[name], 1 << 30) or b"", most=3)
    if rng.random() < 0.3:
        return name, damage(rng, objects()[name])
    if "/part-" in name:
        body = body[:-32]
        digest = hashlib.sha256(body).digest()
        return f"{name.rpartition('-')[0]}-{digest.hex()}", compress_table(body + digest)
    return f"{name.rpartition('-')[0]}-{hashlib.sha256(body).hexdigest()}", compress_table(body)


class _OneObject:
    """A box with one object in it."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def whole(self, name: str) -> bytes | None:
        return self._data


def _attempt_part(case: tuple[str, bytes]) -> None:
    name, data = case
    box: Any = _OneObject(data)
    if "/part-" in name:
        rows = open_part(box, name)
        assert rows is None or all(len(row) == SEGMENT_ROW for row in rows.values())
    elif (table := expand(data, 64 << 20)) is not None:
        assert data_chunks(table) <= len(table) // 32 + 1


# ---------------------------------------------------------------- the store whole


def _make_store(rng: random.Random) -> list[tuple[str, bytes | None]]:
    """Objects that are others than they were, gone, or new."""
    found: list[tuple[str, bytes | None]] = []
    for _ in range(rng.choice((1, 1, 2, 4))):
        name = rng.choice(list(objects()))
        how = rng.random()
        if how < 0.15:
            found.append((name, None))
        elif how < 0.6:
            found.append((name, damage(rng, objects()[name])))
        elif name.startswith(PACKS):
            data = damage(rng, objects()[name])
            found.append((pack_name(hashlib.sha256(data).hexdigest()), data))
        elif name.endswith("manifest.json"):
            found.append((name, _make_manifest(rng)))
        elif name.startswith(DISKS):
            found.append(_make_part(rng))
        else:
            found.append((rng.choice(list(objects())) + rng.choice(("", "x", ".damaged")), objects()[name]))
    return found


@cache
def _live() -> Any:
    return memory()


def _attempt_store(changes: list[tuple[str, bytes | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = disk_store(_live(), Path(folder))
        for name in names(store):
            if name not in objects():
                store.container.delete(name)
        there = {entry.name: entry.size_bytes for entry in store.container.entries("")}
        for name, data in objects().items():
            if there.get(name) != len(data) or name in _touched:
                replace(store, name, data)
        _touched.clear()
        for name, data_ in changes:
            _touched.add(name)
            if data_ is None:
                store.container.delete(name)
            else:
                replace(store, name, data_)
        _read_all(store)


_touched: set[str] = set()


def _read_all(store: DiskStore) -> None:
    for finding in check(store, True):
        msgspec.json.encode(finding)
    store.packs.update()
    with store.begin("volume:half", "o2", CONTENT.size_bytes) as writer:
        assert all(writer.has(index) in {True, False} for index in range(CONTENT.count))
    manifest = store.manifest(DISK)
    # A manifest that was forged whole is the disk of whoever forged it.
    if manifest and manifest.tree_digest == _true().tree_digest and manifest.size_bytes == CONTENT.size_bytes:
        for index in range(CONTENT.count):
            assert store.segment(manifest, index) == CONTENT.segment(index), f"segment {index} is another"


@cache
def _true() -> DiskManifest:
    return parse_document(objects()[_of(DISKS, "manifest.json")[0]], DiskManifest, name="m")


KINDS = {
    "index": Kind(_make_index, _attempt_index, cases=15_000),
    "frame": Kind(_make_frame, _attempt_frame, cases=8_000),
    "manifest": Kind(_make_manifest, _attempt_manifest, cases=15_000),
    "part": Kind(_make_part, _attempt_part, cases=8_000),
    "store": Kind(_make_store, _attempt_store, cases=2_500, few=25),
}
