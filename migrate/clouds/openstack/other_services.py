"""Services that Decamp cannot move: lists their items, so that their owner can create them again.

Only services in the catalogue are asked. A service that refuses, or is unknown here, gets one row, because its content
would otherwise be lost silently. `records/other_services_table.py` says which listings exist.
"""

import json
import re
from collections.abc import Iterator
from functools import partial
from urllib.parse import quote, urlsplit

from migrate.clouds.openstack.api import Api
from migrate.clouds.openstack.login import Login
from migrate.clouds.openstack.network import Networking
from migrate.clouds.openstack.records import answers
from migrate.clouds.openstack.records.answers import text
from migrate.clouds.openstack.records.other_services_table import (
    EXTENSIONS,
    NOTHING_TO_LIST,
    SERVICES,
    Listing,
    Service,
)
from migrate.clouds.openstack.records.translate import text_map
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.errors import AccessError, DecampError, ItemError, NotFound, ServiceMissing, TransientError
from migrate.messages import codes
from migrate.model import OTHER_SERVICE, Kind, ServiceResource, StackSource

_VERSIONED = re.compile(r"/v\d+(\.\d+)?(/|$)")


@answers.all_read()
class OtherServices:
    """The port for services that are only listed. Read-only."""

    def __init__(self, login: Login, network: Networking) -> None:
        self._login, self._network = login, network

    def resources(self, ask: Asking = EVERYTHING) -> list[ServiceResource]:
        rows: list[ServiceResource] = []
        for service in self._login.services():
            if service == "network":
                rows += ask("extension", lambda: list(self._extension_rows())) or []
            elif service not in NOTHING_TO_LIST:
                rows += ask(f"{OTHER_SERVICE}{service}", partial(self._rows, service)) or []
        return sorted(rows, key=lambda row: (row.kind.value, row.id, row.service, row.name))

    def _rows(self, service: str) -> list[ServiceResource]:
        if service in SERVICES:
            return list(self._service_rows(service, SERVICES[service]))
        return [_unlisted(Kind.OTHER, service, "unknown")]

    def _service_rows(self, service: str, known: Service) -> Iterator[ServiceResource]:
        api = Api(self._login, service)
        for listing in known.listings:
            try:
                yield from self._listed(api, self._base(api, known) + listing.path, listing)
            except (ItemError, TransientError, AccessError) as error:
                # A refusal by one service; a refused login ends everything.
                self._login.access()
                if not isinstance(error, ServiceMissing):
                    yield _unlisted(listing.kind, service, _why(error))
                return

    def _extension_rows(self) -> Iterator[ServiceResource]:
        """Items of network extensions, if the service has them."""
        api, named = Api(self._login, "network"), self._network.extensions()
        for alias, listings in EXTENSIONS.items():
            for listing in listings if alias in named else ():
                try:
                    yield from self._listed(api, listing.path, listing)
                except (ItemError, TransientError) as error:
                    yield _unlisted(listing.kind, "network", _why(error), name=alias)
                    break

    def _listed(self, api: Api, path: str, listing: Listing) -> list[ServiceResource]:
        ours = self._login.project_id
        items = api.pages(path, listing.key, list(listing.params))
        name, service = f"{OTHER_SERVICE}{api.service}", api.service
        return answers.rows(
            name, items, lambda item: listing.row(item, service), ours=lambda item: listing.is_ours(item, ours)
        )

    def _base(self, api: Api, known: Service) -> str:
        """Version and project for the path, if the catalogue's address does not include them."""
        if _VERSIONED.search(urlsplit(api.endpoint.url).path):
            return ""
        return "/" + known.version.format(project=self._login.project_id)

    # ------------------------------------------------------------ stacks

    def stack(self, stack_id: str) -> StackSource:
        api, service = Api(self._login, "orchestration", kinds={"stacks": "stack"}), SERVICES["orchestration"]
        base = self._base(api, service)
        # A request by id only redirects, possibly to an internal host. Nested stacks are only listed on request.
        found = api.pages(f"{base}/stacks", "stacks", [("id", stack_id), ("show_nested", "true")])
        name = next((text(i["stack_name"]) for i in found if isinstance(i, dict) and i.get("id") == stack_id), None)
        if name is None:
            raise NotFound(codes.GONE, kind="stack", id=stack_id)
        path = f"{base}/stacks/{quote(name, safe='')}/{stack_id}"
        resources = answers.as_list(api.get(f"{path}/resources")["resources"])
        source = StackSource(
            id=stack_id,
            name=name,
            template=json.dumps(api.get(f"{path}/template"), indent=2, ensure_ascii=False, sort_keys=True),
            parameters=text_map(api.get(path)["stack"].get("parameters")),
            resources={
                text(item["resource_name"]): (text(item.get("resource_type")), text(item.get("physical_resource_id")))
                for item in sorted(resources, key=lambda item: text(item["resource_name"]))
            },
        )
        return answers.checked_record(source)


def _unlisted(kind: Kind, service: str, why: str, name: str = "") -> ServiceResource:
    return ServiceResource(kind=kind, id="", name=name, service=service, details={"why": why})


def _why(error: DecampError) -> str:
    status = error.facts.get("status")
    return f"HTTP {status}" if status else text(error.facts.get("reason")) or error.code
