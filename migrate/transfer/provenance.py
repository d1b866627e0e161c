"""Which objects at the target an earlier copy of the container has put there: those alone may be written over."""

from typing import NamedTuple, Protocol

Facts = tuple[int, str]
"""Size in bytes and ETag: what tells one content of an object from another."""


class Known(NamedTuple):
    """Of one name: contents that earlier copies may have left, and what the recording of this copy says.

    `listed`: the target's listing shows something under that name; only then is it looked at before it is written.
    """

    ours: frozenset[Facts]
    recorded: Facts | None
    listed: bool = True


class Provenance(Protocol):
    """Kept by who runs the copy; without one, whatever differs is written over."""

    def of(self, name: str) -> Known:
        """Asked in the order of the names' bytes, each once, from one thread."""

    def sending(self, name: str, known: Known, facts: Facts) -> None:
        """Told before an object is sent, from any thread: it may have changed since it was recorded."""
