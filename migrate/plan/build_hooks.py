"""The customer's programs around a server's cut-over: before its stop, and once it is up at the target."""

from collections.abc import Iterator

from migrate.findings.decide_what_moves import Decision
from migrate.model import Kind, Server
from migrate.model.hooks import Hook
from migrate.model.steps import RunAfterUp, Step
from migrate.plan.build_health import addresses_of
from migrate.policy.policy_records import Policy
from migrate.policy.selectors import hooks_of, item


def before_stop(policy: Policy, server: Server) -> tuple[Hook, ...]:
    """Those that must succeed before the server is stopped."""
    return hooks_of(policy.before_stop, policy.before_stop_limit_s, server.id, server.name)


def after_up_steps(decision: Decision, server: Server, *, last: str) -> Iterator[Step]:
    """One step where the policy has such programs. `last`: the server's last step before that.

    Its floating IPs are there first: the programs are told the new addresses.
    """
    policy = decision.case.policy
    programs = hooks_of(policy.after_up, policy.after_up_limit_s, server.id, server.name)
    if not programs:
        return
    addresses = addresses_of(decision, server)
    floating = {item(Kind.FLOATING_IP, one.floating_ip_id) for one in addresses if one.floating_ip_id}
    yield Step.for_action(
        step_id=item(Kind.SERVER, server.id, "after-up"),
        name=server.name,
        action=RunAfterUp(server_id=server.id, programs=programs, addresses=addresses),
        needs=tuple(sorted({last, *floating})),
    )
