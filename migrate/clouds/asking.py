"""How listings are asked for: by whoever acts on them, and by a scan, which goes on where a cloud refuses one."""

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Asking:
    """Asks for everything; a listing that is refused is an error, for whoever acts on what he reads.

    A scan's own (`inventory/scan.py`) leaves out what the policy does not want, and notes what is refused.
    """

    def __call__(self, listing: str, read: Callable[[], T]) -> T | None:
        """What `read` returns; None for a listing that is not read.

        `listing`: a key of `model.LISTINGS`, or `model.OTHER_SERVICE` with the name of a service behind it.
        """
        return read()

    def leaves_out(self, service: str) -> bool:
        """Nothing at all is asked of this service."""
        return False


EVERYTHING = Asking()
