"""The step of a server's health checks, and the addresses that they ask."""

from collections.abc import Iterator

from migrate.findings.decide_what_moves import Decision
from migrate.findings.inputs import nic_port_ids
from migrate.model import Kind, Server
from migrate.model.health_checks import AddressedCheck, AnyCheck, ServerAddress, address_for
from migrate.model.steps import CheckServer, Step
from migrate.policy.policy_records import Policy
from migrate.policy.selectors import fits, item


def health_steps(decision: Decision, server: Server, *, last: str) -> Iterator[Step]:
    """One step where the policy checks the server. `last`: its last step before that, which attaches its last volume.

    A floating IP that a check asks is pointed at it first.
    """
    checks = checks_of(decision.case.policy, server)
    if not checks:
        return
    addresses = addresses_of(decision, server)
    asked = [address_for(check.address, addresses) for check in checks if isinstance(check, AddressedCheck)]
    floating = {item(Kind.FLOATING_IP, one.floating_ip_id) for one in asked if one and one.floating_ip_id}
    yield Step.for_action(
        step_id=item(Kind.SERVER, server.id, "health"),
        name=server.name,
        action=CheckServer(server_id=server.id, checks=checks, addresses=addresses),
        needs=tuple(sorted({last, *floating})),
    )


def checks_of(policy: Policy, server: Server) -> tuple[AnyCheck, ...]:
    """Those of every line of the policy that names the server, in the order of the lines."""
    item_id = item(Kind.SERVER, server.id)
    return tuple(check for line in policy.health if fits(line.servers, item_id, server.name) for check in line.checks)


def addresses_of(decision: Decision, server: Server) -> tuple[ServerAddress, ...]:
    """Floating and fixed addresses that move, in the order of the server's NICs; behind each fixed one its floating."""
    case, found = decision.case, []
    for port_id in nic_port_ids(case, server):
        if port_id not in case.ports or not decision.moves(Kind.PORT, port_id):
            continue
        port = case.ports[port_id]
        place = {"port_id": port_id, "network": case.network_name(port.network_id), "network_id": port.network_id}
        found += [ServerAddress(old=fixed.ip_address, **place) for fixed in port.fixed_ips]
        found += [
            ServerAddress(old=one.address, floating_ip_id=one.id, **place)
            for one in case.source.floating_ips
            if one.port_id == port_id and decision.moves(Kind.FLOATING_IP, one.id)
        ]
    return tuple(found)
