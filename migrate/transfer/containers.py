"""The container at the target: made with our mark before the objects, its headers that act on writes set after them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from migrate.access_lists import parts_of
from migrate.clouds.ports import ObjectStore
from migrate.errors import ConflictError, NotFound
from migrate.model import MARK_KEY, Container, Mark, name_id, parse_mark

_MARK_HEADER = f"x-container-meta-{MARK_KEY}"
_LAST = (
    "x-versions-",
    "x-history-location",
    "x-container-meta-quota-",
    "x-container-read",
    "x-container-write",
)
"""With these a copy would archive its own writes, be refused, or be read before it is whole."""

_REMOVABLE = ("x-container-meta-", "x-container-read", "x-container-write", "x-versions-location", "x-history-location")

_LISTS = ("x-container-read", "x-container-write")
"""Of what names whom, only a part may have been set."""

_NOT_NOW = (*_LAST, "x-container-sync-")
"""Of a container that only segments are brought to: the rest is its own step's."""


def set_last(headers: dict[str, str]) -> dict[str, str]:
    """Those of a container's headers that are set when its objects are there."""
    return {key: value for key, value in headers.items() if key.startswith(_LAST)}


@dataclass
class Containers:
    """Makes containers of one migration at the target. `mark`: that of the container which is copied."""

    source: ObjectStore
    target: ObjectStore
    mark: str
    alive: Callable[[], None]

    def make(self, name: str, headers: dict[str, str]) -> Container | None:
        """The container, to be written to; None where it is new. Raises ConflictError DCP-506: somebody else's."""
        try:
            found = self.target.container(name)
        except NotFound:
            first = {key: value for key, value in headers.items() if key not in set_last(headers)}
            self._put(name, first, self.mark)
            return None
        if not self._is_ours(found.mark):
            raise ConflictError("DCP-506", kind="container", name=name)
        return found

    def keep_versions(self, name: str) -> None:
        """From now on the container keeps versions. Repeating it changes nothing."""
        self._put(name, {"x-versions-enabled": "true"}, self.mark)

    def finish(
        self, name: str, headers: dict[str, str], found: Container | None, before: Mapping[str, str] | None = None
    ) -> None:
        """Gives it the headers that it lacks, and the keys that sign, which nobody else gets to see.

        `before`: the source's at the last copy: what it has no more is taken away, where it is still as we set it.
        """
        if self.target.settings is not None:
            if headers:
                self.alive()
                self.target.settings.put(name, headers)
            return
        there = {**headers, **dict.fromkeys(set_last(headers), "")} if found is None else found.headers
        lacking = {key: value for key, value in headers.items() if value and there.get(key, "") != value}
        if not all(headers.values()):  # a key that signs is told by an empty value
            keys, known = self.source.signing_keys(name), self.target.signing_keys(name)
            lacking |= {key: value for key, value in keys.items() if key in headers and known.get(key) != value}
        for key, value in (before or {}).items():
            ours = parts_of(value) if key in _LISTS else {value}
            if key not in headers and there.get(key) in ours and key.startswith(_REMOVABLE):
                lacking[f"x-remove-{key.removeprefix('x-')}"] = "x"
        if lacking:
            self._put(name, lacking, self.mark)

    def for_segments(self, name: str) -> bool:
        """The container of segments, where its own step has not made it yet. False: there is one, somebody else's."""
        try:
            return self._is_ours(self.target.container(name).mark)
        except NotFound:
            mine = parse_mark(self.mark)
            mark = Mark(role=mine.role, migration=mine.migration, source_id=name_id(name)) if mine else self.mark
            headers = self.source.container(name).headers
            self._put(name, {key: value for key, value in headers.items() if not key.startswith(_NOT_NOW)}, str(mark))
            return True

    def _put(self, name: str, headers: dict[str, str], mark: str) -> None:
        # A name that is no ASCII makes a Swift answer 500 to every listing of the container from then on.
        safe = {key: value for key, value in headers.items() if key.isascii()}
        self.alive()
        self.target.put_container(name, {**safe, _MARK_HEADER: mark})

    def _is_ours(self, mark: str | None) -> bool:
        """Made by this migration, on its own step or ahead of it for segments; a store of buckets keeps no marks.

        There each object is looked at before it is written over.
        """
        if mark is None and self.target.multipart is not None:
            return True
        found, mine = parse_mark(mark or ""), parse_mark(self.mark)
        return mark == self.mark or (found is not None and mine is not None and found.migration == mine.migration)
