"""What is found of the policy's health checks and hooks: those that cannot be run, and from where checks are made."""

from collections.abc import Callable, Iterable, Iterator

from migrate.findings.decide_what_moves import Decision
from migrate.findings.finding import Finding, finding
from migrate.messages import codes
from migrate.model import Kind
from migrate.model.health_checks import AddressedCheck, AnyCheck, CommandCheck, PingCheck, address_for
from migrate.model.hooks import Hook
from migrate.model.steps import CheckServer, Plan, RunAfterUp, Step, StopServer
from migrate.plan.build_health import checks_of
from migrate.policy.policy_records import Policy
from migrate.policy.selectors import hooks_of, item

PING = "ping"


def judge_health(decision: Decision, plan: Plan, can_run: Callable[[str], bool]) -> Iterator[Finding]:
    """`DCP-930` to `DCP-934` and `DCP-960`. `can_run`: whether a program is there on this machine."""
    case = decision.case
    for server in case.source.servers if case.policy.health else ():
        if not decision.moves(Kind.SERVER, server.id) and checks_of(case.policy, server):
            yield finding(codes.HEALTH_CHECKS_UNUSED, item(Kind.SERVER, server.id), server.name)
    for step in plan.steps:
        yield from _hooks(step, case.policy, can_run)
        if isinstance(step.action, CheckServer):
            item_id = item(Kind.SERVER, step.action.server_id)
            yield from _addresses(step.action, item_id, step.name)
            for program in sorted({program for check in step.action.checks if (program := program_of(check))}):
                if not can_run(program):
                    yield finding(codes.HEALTH_PROGRAM_MISSING, item_id, step.name, program=program)


def _hooks(step: Step, policy: Policy, can_run: Callable[[str], bool]) -> Iterator[Finding]:
    """Programs around a cut-over and a rollback that are not on this machine."""

    def missing(hooks: Iterable[Hook]) -> list[str]:
        return [program for program in sorted({hook.run[0] for hook in hooks}) if not can_run(program)]

    match step.action:
        case StopServer(server_id=server_id, before=before):
            back = hooks_of(policy.after_back, policy.after_back_limit_s, server_id, step.name)
            for program in missing(before or ()):
                yield finding(codes.HOOK_PROGRAM_MISSING, item(Kind.SERVER, server_id), step.name, program=program)
            after, key = missing(back), "after_back"
        case RunAfterUp(server_id=server_id, programs=programs):
            after, key = missing(programs), "after_up"
        case _:
            return
    for program in after:
        yield finding(codes.HOOK_AFTER_MISSING, item(Kind.SERVER, server_id), step.name, program=program, key=key)


def _addresses(action: CheckServer, item_id: str, name: str) -> Iterator[Finding]:
    """Checks whose address the server has not, and fixed addresses, which not every machine reaches."""
    for check in action.checks:
        if not isinstance(check, AddressedCheck):
            continue
        asked = address_for(check.address, action.addresses)
        if asked is None:
            yield finding(codes.HEALTH_ADDRESS_MISSING, item_id, name, check=check.kind, address=check.address)
        elif not asked.floating_ip_id:
            yield finding(codes.HEALTH_FIXED_ADDRESS, item_id, name, address=asked.old, network=asked.network)


def program_of(check: AnyCheck) -> str:
    """What must be installed here for the check; empty for one that needs nothing."""
    if isinstance(check, CommandCheck):
        return check.run[0]
    return PING if isinstance(check, PingCheck) else ""
