"""Earlier versions of objects, if the source's container is versioned and the policy moves them.

They are written again from oldest to newest, a delete marker as a delete, into a versioned container; ids and times are
the target's own. The target's versions of a name must be the first ones of the source: then the rest is added, so that
a kill costs nothing.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import groupby

from migrate.clouds.ports import ObjectStore, Version
from migrate.errors import ConflictError
from migrate.messages import codes
from migrate.monitor import StopFlag
from migrate.pool import Pool

Send = Callable[[Version], None]
Content = tuple[int, str, bool]


def copy_history(
    source: ObjectStore, target: ObjectStore, container: str, *, pool: Pool, send: Send, stop: StopFlag
) -> None:
    """Copies all versions of objects with several, or without a current one; a normal pass handles the others.

    Args:    send: writes one version, or its delete marker.
    Raises:  ConflictError DCP-506: the target has other versions of a name.   Unsupported: a side has no versioning.
    """
    there = _by_name(target.versions(container))
    name_there, had = next(there, ("", []))
    for name, wanted in _by_name(source.versions(container)):
        if stop.is_set():
            return
        while name_there and name_there < name:
            name_there, had = next(there, ("", []))
        if len(wanted) == 1 and not wanted[0].is_delete_marker:
            continue
        pool.do(partial(_one, container, wanted, had if name_there == name else [], send))


def _one(container: str, wanted: list[Version], had: list[Version], send: Send) -> None:
    at, contents = 0, [_content(version) for version in wanted]
    for content in map(_content, had):
        if at and content == contents[at - 1] and contents[at : at + 1] != [content]:
            continue  # repeated for its metadata, which a source can change without a new version
        if content not in contents[at:]:
            raise ConflictError(codes.NAME_TAKEN, kind="object", name=f"{container}/{wanted[0].name}")
        at = (
            contents.index(content, at) + 1
        )  # versions in between could not be sent: expired, or without their segments
    for version in wanted[at:]:
        send(version)


def _by_name(versions: Iterable[Version]) -> Iterator[tuple[str, list[Version]]]:
    """The versions of each name from oldest to newest. Holds one name's versions at a time."""
    for name, some in groupby(versions, key=lambda version: version.name):
        yield name, list(some)[::-1]


def _content(version: Version) -> Content:
    return version.size_bytes, version.etag, version.is_delete_marker
