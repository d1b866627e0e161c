"""Images and their bytes, as the job needs them of a cloud."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from migrate.clouds.listing_requests import EVERYTHING, Asking
from migrate.model import (
    Image,
    Record,
)


class NewImage(Record, frozen=True, kw_only=True):
    """An image to create, bytes to follow by `upload`. `tags` carry the mark."""

    name: str
    disk_format: str
    container_format: str = "bare"
    min_disk_gib: int = 0
    min_ram_mib: int = 0
    visibility: str = "private"
    hidden: bool = False
    protected: bool = False
    tags: tuple[str, ...] = ()
    properties: dict[str, str] = {}


class Images(Protocol):
    """Images and their bytes."""

    def images(self, tag: str | None = None, ask: Asking = EVERYTHING) -> list[Image]:
        """The project's own images, hidden ones too, sorted by id; with `tag`, those that carry it.

        With whom each is shared is asked for by `image-member`.
        """

    def image(self, image_id: str) -> Image:
        """One image, fresh. Raises NotFound."""

    def create(self, new: NewImage) -> str:
        """Registers an image, status `queued`; its tags and properties are set in this call."""

    def upload(self, image_id: str, chunks: Iterable[bytes], size_bytes: int) -> None:
        """Sends the bytes of a queued image: exactly `size_bytes`, in order. An early end leaves it queued."""

    def read(self, image_id: str, start: int = 0, end: int | None = None) -> AbstractContextManager[Iterator[bytes]]:
        """Streams bytes [start, end) of the file, `end` None for all. Short of what was asked: TransientError.

        Works on clouds that answer 200 to a range: the unwanted head is read and dropped.
        """

    def delete(self, image_id: str) -> None:
        """Deletes the image. One that is gone already is no error."""

    def protect(self, image_id: str) -> None:
        """Lets nobody delete the image, us included. Repeating it changes nothing. Raises NotFound."""

    def share(self, image_id: str, project_id: str) -> None:
        """Makes the image visible to a project, which must accept it; one that was private is `shared` from then on.

        Repeating it changes nothing. Raises NotFound.
        """
