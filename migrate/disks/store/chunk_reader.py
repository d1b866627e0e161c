"""Reads chunks from packs with few requests, and checks each against its digest."""

import hashlib
from collections.abc import Iterator, Mapping

from migrate.disks.store.chunk_index import Place
from migrate.disks.store.compression import plain
from migrate.disks.store.packs import Packs

GAP_BYTES = 64 * 1024
"""Chunks no farther apart than this in a pack are read with one request: cheaper than another round trip."""


def read_chunks(packs: Packs, wanted: Mapping[bytes, int]) -> dict[bytes, bytes]:
    """The plain bytes of chunks by digest. Leaves out chunks that are damaged or missing in all packs.

    Args:   wanted: maps each digest to its plain length.
    Raises: TransientError.
    """
    got: dict[bytes, bytes] = {}
    tried: set[tuple[bytes, int]] = set()
    unread: set[int] = set()
    for is_last in (False, True):
        while some := _untried(packs, wanted, got, tried):
            got |= _read_places(packs, wanted, some, unread)
        if is_last or len(got) == len(wanted):
            break
        packs.recheck(wanted.keys() - got.keys())
        packs.update()  # another run may have stored it meanwhile
        tried = {
            (digest, pack) for digest, pack in tried if pack not in unread
        }  # it may have been temporarily unavailable
    return got


def _untried(
    packs: Packs, wanted: Mapping[bytes, int], got: Mapping[bytes, bytes], tried: set[tuple[bytes, int]]
) -> dict[bytes, Place]:
    """An untried position for each chunk still wanted, if there is one."""
    found: dict[bytes, Place] = {}
    for digest, places in packs.find_any(wanted.keys() - got.keys()).items():
        place = next((place for place in places if (digest, place.pack) not in tried), None)
        if place:
            tried.add((digest, place.pack))
            found[digest] = place
    return found


def _read_places(
    packs: Packs, wanted: Mapping[bytes, int], places: Mapping[bytes, Place], unread: set[int]
) -> dict[bytes, bytes]:
    """Reads chunks from these positions. Adds missing or truncated packs to `unread`."""
    got: dict[bytes, bytes] = {}
    for run in _runs(places):
        first, last = run[0][1], run[-1][1]
        data = packs.read(first.pack_id, first.pack_bytes, first.at, last.at + last.stored_bytes)
        if data is None:
            unread.add(first.pack)
            continue
        for digest, place in run:
            frame = data[place.at - first.at : place.at - first.at + place.stored_bytes]
            chunk = plain(frame, wanted[digest])
            if chunk is not None and hashlib.sha256(chunk).digest() == digest:
                got[digest] = chunk
    return got


def _runs(places: Mapping[bytes, Place]) -> Iterator[list[tuple[bytes, Place]]]:
    """Groups of chunks, each to be read with one request."""
    run: list[tuple[bytes, Place]] = []
    for digest, place in sorted(places.items(), key=lambda item: (item[1].pack, item[1].at)):
        last = run[-1][1] if run else None
        if last and (place.pack != last.pack or place.at > last.at + last.stored_bytes + GAP_BYTES):
            yield run
            run = []
        run.append((digest, place))
    if run:
        yield run
