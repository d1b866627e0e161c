"""The image port: images and their bytes."""

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.model import (
    Image,
    Record,
)


class NewImage(Record, frozen=True, kw_only=True):
    """An image to create; `upload` adds the bytes. `tags` carry the mark."""

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
        """The project's own images, also hidden ones, sorted by id; with `tag`, only those that carry it.

        Uses the listing `image-member` for the projects that each is shared with.
        """

    def image(self, image_id: str) -> Image:
        """One image, always requested. Raises NotFound."""

    def create(self, new: NewImage) -> str:
        """Registers an image with status `queued`, tags and properties in one call."""

    def upload(self, image_id: str, chunks: Iterable[bytes], size_bytes: int) -> None:
        """Sends the bytes of a queued image: exactly `size_bytes`, in order. An early end leaves it queued."""

    def read(self, image_id: str, start: int = 0, end: int | None = None) -> AbstractContextManager[Iterator[bytes]]:
        """Streams bytes [start, end) of the file, all if `end` is None. Raises TransientError if fewer arrive.

        Also works on clouds that answer 200 to a range: drops the bytes before `start`.
        """

    def delete(self, image_id: str) -> None:
        """Deletes the image. Accepts a missing one."""

    def protect(self, image_id: str) -> None:
        """Protects the image from deletion, by us too. Idempotent. Raises NotFound."""

    def share(self, image_id: str, project_id: str) -> None:
        """Shares the image with a project, which must accept it; a private image becomes `shared`.

        Idempotent. Raises NotFound.
        """
