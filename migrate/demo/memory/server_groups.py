"""Server groups in memory: name, policy, and the servers created in them."""

from migrate.demo.memory import error_answers
from migrate.demo.memory.login import Service
from migrate.demo.memory.resource_table import Row
from migrate.errors import NotFound
from migrate.model import ServerGroup

_POLICIES = frozenset({"affinity", "anti-affinity", "soft-affinity", "soft-anti-affinity"})


class ServerGroups(Service):
    """The server group part of ports.Compute."""

    service = "compute"

    def server_groups(self) -> list[ServerGroup]:
        with self._enter("GET", "/os-server-groups"):
            return self._world.server_groups.look_all(self._project_id)

    def create_server_group(self, want: ServerGroup) -> str:
        asked = {"name": want.name, "policy": want.policy}
        with self._enter("POST", "/os-server-groups", {"server_group": asked}):
            if not want.name or want.policy not in _POLICIES:
                raise error_answers.refused(f"server group {want.name!r} of policy {want.policy!r}")
            self._need("server_groups", self._world.server_groups.count(self._project_id))
            group = ServerGroup(id=self._world.new_id(), name=want.name, policy=want.policy)
            self._world.server_groups.add(group.id, Row(self._project_id, group))
            return group.id

    def _joinable(self, group_id: str | None) -> Row[ServerGroup] | None:
        """The group for a new server. Raises Refused if it does not exist, as Nova answers 400."""
        if group_id is None:
            return None
        try:
            group = self._world.server_groups.row(group_id, self._project_id)
        except NotFound as err:
            raise error_answers.refused(f"server group {group_id}") from err
        self._need("server_group_members", len(group.record.member_ids))
        return group
