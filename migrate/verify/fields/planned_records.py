"""The expected record of a resource, combined from all steps that create it. Pure."""

from collections.abc import Iterable, Mapping
from typing import TypeVar

from migrate.model import HostRoute, PortForwarding, Router, RouterInterface, SecurityGroup, Server
from migrate.model.steps import (
    Action,
    AddInterface,
    AttachVolume,
    CopyContainer,
    ForwardPort,
    MakePort,
    MakeSecurityGroup,
    MakeServer,
    MakeServerGroup,
    Plan,
    SetRoutes,
    SetRules,
    ShareImage,
)

A = TypeVar("A", bound=Action)


class Wanted:
    """The plan's actions by their subject. Ids are the source's."""

    def __init__(self, plan: Plan) -> None:
        self._actions = tuple(step.action for step in plan.steps)

    def all(self, kind: type[A]) -> list[A]:
        """All actions of one kind, in the plan's order."""
        return [action for action in self._actions if isinstance(action, kind)]

    @property
    def has_containers(self) -> bool:
        return bool(self.all(CopyContainer))

    @property
    def has_server_groups(self) -> bool:
        return bool(self.all(MakeServerGroup))

    # ------------------------------------------------------------ network

    def rules(self, made: SecurityGroup) -> tuple[SecurityGroup, Mapping[str, str]]:
        """The group with the rules of its last step, and the replaced floating IPs in them.

        A group without such a step has its original rules.
        """
        last = [action for action in self.all(SetRules) if action.want.id == made.id][-1:]
        return (last[0].want, last[0].addresses) if last else (made, {})

    def interfaces(self, router_id: str) -> list[RouterInterface]:
        return [action.interface for action in self.all(AddInterface) if action.router_id == router_id]

    def routes(self, made: Router) -> tuple[HostRoute, ...]:
        """The planned routes; plans of version 1 have them in the router itself."""
        given = [action.routes for action in self.all(SetRoutes) if action.router_id == made.id]
        return given[-1] if given else made.routes

    def forwardings(self, floating_ip_id: str) -> list[PortForwarding]:
        return [action.want for action in self.all(ForwardPort) if action.floating_ip_id == floating_ip_id]

    # ------------------------------------------------------------ servers, images

    def attached(self, server_id: str) -> list[AttachVolume]:
        return [action for action in self.all(AttachVolume) if action.server_id == server_id]

    def group_names(self, server: Server) -> set[str]:
        """Names of the security groups that the plan puts on the server's ports."""
        names = {action.want.id: action.want.name for action in self.all(MakeSecurityGroup)}
        ports = [action.want for action in self.all(MakePort) if action.want.id in server.port_ids]
        return {names.get(group_id, group_id) for port in ports for group_id in port.security_group_ids}

    def members(self, group_id: str) -> list[str]:
        """Servers that the plan creates in the server group."""
        return [action.server.id for action in self.all(MakeServer) if action.server_group_id == group_id]

    def servers(self) -> Iterable[str]:
        return [action.server.id for action in self.all(MakeServer)]

    def projects(self, image_id: str) -> list[str]:
        """Target projects that the plan shares the image with."""
        return [action.project_id for action in self.all(ShareImage) if action.image_id == image_id]
