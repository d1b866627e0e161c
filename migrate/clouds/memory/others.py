"""What a project has in services that we only list: set by hand, `Project.others` and `Project.stacks`."""

from migrate.clouds.guard import Request
from migrate.clouds.memory import faults
from migrate.clouds.memory.login import Login
from migrate.model import ServiceResource, StackSource


class MemoryOtherServices:
    """ports.OtherServices on a world."""

    def __init__(self, login: Login) -> None:
        self._login = login

    def resources(self) -> list[ServiceResource]:
        found = self._login.project.others
        for service in sorted({resource.service for resource in found}):
            self._ask(service, "/")
        return sorted(found, key=lambda resource: (resource.kind.value, resource.id))

    def stack(self, stack_id: str) -> StackSource:
        self._ask("orchestration", f"/stacks/{stack_id}")
        found = self._login.project.stacks.get(stack_id)
        if found is None:
            raise faults.not_found("stack", stack_id)
        return found

    def _ask(self, service: str, path: str) -> None:
        request = Request("GET", service, path)
        self._login.gatekeeper.check(request)
        with self._login.world.serve(request):
            pass
