"""Scans one project on one cloud: only listings, no changes."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from threading import Event
from typing import Any, TypeVar, cast

from msgspec.structs import replace

from migrate.clouds.ports import Cloud, ObjectStore
from migrate.clouds.strict_or_lenient_listings import reporting_to
from migrate.errors import Denied, ItemError, NotFound, Refused
from migrate.inventory.refused_listings import Noted, why_refused
from migrate.model import OBJECT_BYTES, ON_S3, CloudFacts, Container, Inventory, Kind, ServiceResource
from migrate.units import exact_now

R = TypeVar("R")
T = TypeVar("T")

SIDES = ("source", "target")
_HEADS_AT_ONCE = 8


def scan(cloud: Cloud, side: str, places: Iterable[str] = (), left_out: Mapping[str, str] | None = None) -> Inventory:
    """The inventory of the login's project; `side` is `source` or `target`.

    `places`: for a target on S3, the places to check, as anybody may own a bucket of this name: existing ones become
    containers, inaccessible ones rows in `others`.
    `left_out`: maps excluded listings to the selector of `scan.skip`.

    The inventory includes Decamp's own resources with their marks, temporaries too. Containers are summaries, with one
    request each for their headers: objects are not listed. The lists of missing services are empty; so are refused and
    excluded listings, with a row in `others`. Raises: AccessError, TransientError.
    """
    ask = Noted(left_out or {})
    with reporting_to(ask.note_odd):
        return _scanned(cloud, side, places, ask)


def _scanned(cloud: Cloud, side: str, places: Iterable[str], ask: Noted) -> Inventory:
    identity, facts = cloud.identity(), cloud.facts(ask)
    # Compute, network and images always exist: if the catalogue lacks them, that is reported.
    has_objects, has_volumes = "object-store" in facts.services, "block-storage" in facts.services
    on_s3 = ON_S3 in facts.services
    buckets, refused = _places(cloud.objects, places) if on_s3 else ([], [])
    if has_objects and not on_s3:
        buckets, refused = _containers(cloud, ask)
        facts = _with_account(facts, cloud, ask)
    state = cloud.network.state(ask)
    inventory = Inventory(
        identity=identity,
        facts=_sorted_facts(facts),
        side=side,
        taken_at=exact_now(),
        keypairs=_by(ask("keypair", cloud.compute.keypairs) or [], "name"),
        security_groups=_by(state.security_groups),
        networks=_by(state.networks),
        subnets=_by(state.subnets),
        routers=_by(state.routers),
        ports=_by(state.ports),
        floating_ips=_by(state.floating_ips),
        images=_by(ask("image", lambda: cloud.images.images(ask=ask)) or []),
        volumes=_by(ask("volume", cloud.block.volumes) or [] if has_volumes else []),
        snapshots=_by(ask("snapshot", cloud.block.snapshots) or [] if has_volumes else []),
        servers=_by(ask("server", lambda: cloud.compute.servers(ask)) or []),
        containers=_by(buckets, "name"),
        trunks=_by(state.trunks),
        server_groups=_by(ask("server-group", cloud.compute.server_groups) or []),
        backups=_by(ask("backup", cloud.block.backups) or [] if has_volumes else []),
        others=tuple(cloud.others.resources(ask)),
    )
    return replace(inventory, others=sorted_others([*inventory.others, *ask.rows, *refused]))


def _with_account(facts: CloudFacts, cloud: Cloud, ask: Noted) -> CloudFacts:
    quota = None if ask.leaves_out("object-store") else cloud.objects.account_quota()
    return replace(facts, quotas={**facts.quotas, OBJECT_BYTES: quota}) if quota else facts


def _containers(cloud: Cloud, ask: Noted) -> tuple[list[Container], list[ServiceResource]]:
    """Containers with their headers and marks: one request each, a few at a time. A container with refused headers
    stays as listed, with a row that says so; the first other failure raises.
    """
    refused: list[ServiceResource] = []

    def read(listed: Container) -> Container:
        try:
            return cloud.objects.container(listed.name)
        except NotFound:
            # If it has really gone, its copy will report it.
            return listed
        except ItemError as error:
            details = {"why": why_refused(error)}
            row = ServiceResource(kind=Kind.CONTAINER, id="", name=listed.name, service="object-store", details=details)
            refused.append(row)
            return listed

    return _each(read, ask("container", cloud.objects.containers) or []), refused


def _places(store: ObjectStore, places: Iterable[str]) -> tuple[list[Container], list[ServiceResource]]:
    """Containers at these S3 places, with an object count of 0 or 1, as S3 reports none; and rows for refused ones."""

    def look(place: str) -> Container | ServiceResource | None:
        try:
            found = store.container(place)
            return replace(found, objects=int(any(True for _ in store.entries(place))))
        except NotFound:
            return None
        except (Denied, Refused) as error:
            status = error.facts.get("status")
            # A bucket in another region answers with a redirect.
            if isinstance(error, Refused) and status not in range(300, 400):
                raise
            why = f"HTTP {status}" if status else error.code
            return ServiceResource(kind=Kind.CONTAINER, id=place, name=place, service=ON_S3, details={"why": why})

    looked = _each(look, places)
    return [x for x in looked if isinstance(x, Container)], [x for x in looked if isinstance(x, ServiceResource)]


def _each(look: Callable[[R], T], those: Iterable[R]) -> list[T]:
    """The results for all items in order, a few requests at a time; the first failure raises."""
    failed = Event()

    def guarded(one: R) -> T | None:
        if failed.is_set():
            return None
        try:
            return look(one)
        except BaseException:
            failed.set()
            raise

    with ThreadPoolExecutor(_HEADS_AT_ONCE, thread_name_prefix="scan") as pool:
        try:
            # Passes the listener to these threads too.
            tasks = [(copy_context(), one) for one in those]
            return cast("list[T]", list(pool.map(lambda task: task[0].run(guarded, task[1]), tasks)))
        except BaseException:
            # Also on Ctrl-C.
            failed.set()
            raise


def _by(records: Iterable[T], key: str = "id") -> tuple[T, ...]:
    # By the bytes of the name, like object stores: independent of the locale.
    return tuple(sorted(records, key=lambda record: _text(record, key).encode()))


def _text(record: Any, key: str) -> str:
    return str(getattr(record, key))


def sorted_others(rows: Iterable[ServiceResource]) -> tuple[ServiceResource, ...]:
    return tuple(sorted(rows, key=_place_of))


def _place_of(row: ServiceResource) -> tuple[object, ...]:
    return row.kind.value, row.id, row.service, row.name, sorted(row.details.items())


def _sorted_facts(facts: CloudFacts) -> CloudFacts:
    return replace(
        facts,
        flavors=_by(facts.flavors, "name"),
        volume_types=tuple(sorted(facts.volume_types)),
        shared_volume_types=facts.shared_volume_types,
        compute_zones=tuple(sorted(facts.compute_zones)),
        volume_zones=tuple(sorted(facts.volume_zones)),
        external_networks=_by(facts.external_networks),
        services=tuple(sorted(facts.services)),
        image_formats=tuple(sorted(facts.image_formats)),
        network_extensions=tuple(sorted(facts.network_extensions)),
    )
