"""Resources in services that are only listed; tests set `Project.others` and `Project.stacks`."""

from functools import partial

from migrate.clouds.guard import Request
from migrate.clouds.strict_or_lenient_listings import EVERYTHING, Asking
from migrate.demo.memory import error_answers
from migrate.demo.memory.login import Login
from migrate.errors import ItemError
from migrate.model import OTHER_SERVICE, Kind, ServiceResource, StackSource


class MemoryOtherServices:
    """ports.OtherServices on a world."""

    def __init__(self, login: Login) -> None:
        self._login = login

    def resources(self, ask: Asking = EVERYTHING) -> list[ServiceResource]:
        found = self._login.project.others
        services = sorted({resource.service for resource in found})
        rows = [
            row for service in services for row in ask(f"{OTHER_SERVICE}{service}", partial(self._of, service)) or []
        ]
        return sorted(rows, key=lambda resource: (resource.kind.value, resource.id))

    def _of(self, service: str) -> list[ServiceResource]:
        try:
            self._ask(service, "/")
        except ItemError as error:
            why = f"HTTP {error.facts.get('status')}"
            return [ServiceResource(kind=Kind.OTHER, id="", name="", service=service, details={"why": why})]
        return [resource for resource in self._login.project.others if resource.service == service]

    def stack(self, stack_id: str) -> StackSource:
        self._ask("orchestration", f"/stacks/{stack_id}")
        found = self._login.project.stacks.get(stack_id)
        if found is None:
            raise error_answers.not_found("stack", stack_id)
        return found

    def _ask(self, service: str, path: str) -> None:
        request = Request("GET", service, path)
        self._login.gatekeeper.check(request)
        with self._login.world.serve(request):
            pass
