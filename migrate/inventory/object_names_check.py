"""Checks listings for object names that the target refuses: `decamp scan --objects`, one request per 10,000 names."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from msgspec.structs import replace

from migrate.clouds.ports import ObjectStore
from migrate.clouds.strict_or_lenient_listings import MalformedItem, reporting_rows
from migrate.errors import ItemError, Unreadable
from migrate.inventory.scan_project import sorted_others
from migrate.model import LEFT_OUT, ODD, Container, Inventory, Kind, ObjectEntry, OddObjects, ServiceResource
from migrate.monitor import StopFlag
from migrate.policy.s3_object_limits import UNREADABLE

Oddness = Callable[[str, ObjectEntry], str]
"""The reason why an object, given by container and listing row, is refused; empty if it is not."""

_AT_ONCE = 4


def count_refused_names(store: ObjectStore, inventory: Inventory, oddness: Oddness, stop: StopFlag) -> Inventory:
    """The inventory with the number of refused names in each container, and an example of each kind.

    A container with an unreadable listing is left out, with a row in `others`. Memory use does not grow with the
    listing.
    Raises: Cancelled, and errors of listings.
    """

    def looked(container: Container) -> Container | ServiceResource:
        try:
            return replace(container, odd=_counted(store, container.name, oddness, stop))
        except Unreadable as error:
            details = {
                ODD: LEFT_OUT,
                "listing": "container",
                "why": str(error.facts.get("why", error.facts.get("what", error.code))),
            }
            return ServiceResource(
                kind=Kind.CONTAINER, id="", name=container.name, service="object-store", details=details
            )
        except ItemError:
            # Gone or refused: unchecked, which its copy will report.
            return container

    with ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="objects") as pool:
        try:
            found = list(pool.map(looked, inventory.containers))
            left_out = tuple(one for one in found if isinstance(one, ServiceResource))
            containers = tuple(one for one in found if isinstance(one, Container))
            return replace(inventory, containers=containers, others=sorted_others((*inventory.others, *left_out)))
        except BaseException:
            # Also on Ctrl-C: the others finish their current page.
            stop.set()
            raise


def _counted(store: ObjectStore, container: str, oddness: Oddness, stop: StopFlag) -> tuple[OddObjects, ...]:
    found: dict[str, OddObjects] = {}

    def count(why: str, name: str) -> None:
        before = found.get(why, OddObjects(why=why, objects=0, example=name))
        found[why] = replace(before, objects=before.objects + 1)

    def note(odd: MalformedItem) -> None:
        stop.check()
        count(UNREADABLE, odd.name or f"#{odd.place}")

    for entry in reporting_rows(store.entries(container), note):
        stop.check()
        if why := oddness(container, entry):
            count(why, entry.name)
    return tuple(found[why] for why in sorted(found))
