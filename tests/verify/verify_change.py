"""How a test changes the target behind everyone's back: one thing flipped, dropped or swapped."""

from collections.abc import Callable
from typing import Any, NamedTuple

import msgspec

from migrate.demo.memory.sparse_disk import Disk
from migrate.model import Kind, steps
from tests.verify.moved_pair import MovedPair

replace = msgspec.structs.replace

Do = Callable[[MovedPair], object]
Records = tuple[Any, ...]
"""Several records of one field: of any kind, as the changes are."""


class Change(NamedTuple):
    """`named` is how one of the differences of `item` begins; `breaks` whose work is undone."""

    name: str
    breaks: type[steps.Action]
    item: str
    named: str
    do: Do


def flip(disk: Disk, offset: int) -> None:
    disk.write(offset, bytes([disk.read(offset, 1)[0] ^ 1]))


def to(kind: Kind, source_id: str, **changes: Any) -> Do:
    """Sets fields of the target's record."""
    return lambda pair: pair.change(kind, source_id, **changes)


def with_(kind: Kind, source_id: str, field: str, change: Callable[[Any], Any]) -> Do:
    """Changes one field of the target's record out of what it is."""
    return lambda pair: pair.change(kind, source_id, **{field: change(getattr(pair.record(kind, source_id), field))})


def flipped(kind: Kind, source_id: str, offset: int) -> Do:
    """Flips a bit of a volume's disk, or of an image's file."""

    def do(pair: MovedPair) -> None:
        target_id, world = pair.target_id(kind, source_id), pair.target_world
        flip(world.volume_disk(target_id) if kind is Kind.VOLUME else world.image_file(target_id), offset)

    return do


def gone(kind: Kind, source_id: str) -> Do:
    return lambda pair: pair.table(kind).rows.pop(pair.target_id(kind, source_id))


def first(**changes: Any) -> Callable[[Records], Records]:
    """Changes the first of several records."""
    return lambda rows: (replace(rows[0], **changes), *rows[1:])


def swapped(field: str) -> Callable[[Records], Records]:
    """Lets the first two of several records swap a field."""

    def do(rows: Records) -> Records:
        one, other, *rest = rows
        return (
            replace(one, **{field: getattr(other, field)}),
            replace(other, **{field: getattr(one, field)}),
            *rest,
        )

    return do


def dropped(rows: Records) -> Records:
    return rows[1:]
