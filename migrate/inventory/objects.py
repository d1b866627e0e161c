"""Looks through listings for what the target will not take: `decamp scan --objects`, one request for 10,000 names."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

from msgspec.structs import replace

from migrate.clouds.ports import ObjectStore
from migrate.errors import ItemError
from migrate.model import Container, Inventory, ObjectEntry, OddObjects
from migrate.monitor import StopFlag

Oddness = Callable[[str, ObjectEntry], str]
"""(container, line of its listing) -> why that object is odd; empty when it is not."""

_AT_ONCE = 4


def count_odd(store: ObjectStore, inventory: Inventory, oddness: Oddness, stop: StopFlag) -> Inventory:
    """The inventory with how many objects of each container are odd, and the first example of each kind.

    Memory does not grow with what is listed. Raises: Cancelled, and what a listing raises.
    """

    def looked(container: Container) -> Container:
        try:
            return replace(container, odd=_counted(container.name, store.entries(container.name), oddness, stop))
        except ItemError:
            # Gone, or refused: nobody has looked, and its copy will say so by name.
            return container

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="objects") as pool:
        try:
            return replace(inventory, containers=tuple(pool.map(looked, inventory.containers)))
        except BaseException:
            # Ctrl-C, too: the others end with the page that they are at.
            stop.set()
            raise


def _counted(
    container: str, entries: Iterable[ObjectEntry], oddness: Oddness, stop: StopFlag
) -> tuple[OddObjects, ...]:
    found: dict[str, OddObjects] = {}
    for entry in entries:
        stop.check()
        if why := oddness(container, entry):
            before = found.get(why, OddObjects(why=why, objects=0, example=entry.name))
            found[why] = replace(before, objects=before.objects + 1)
    return tuple(found[why] for why in sorted(found))
