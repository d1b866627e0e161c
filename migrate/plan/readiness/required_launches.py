"""What is found of test launches that the policy requires."""

from collections.abc import Iterator

from migrate.findings.finding import Finding, finding
from migrate.messages import codes
from migrate.model import Kind
from migrate.model.steps import MakeServer, Plan, StopServer
from migrate.plan.waves import passes_of
from migrate.policy.policy_records import REQUIRED, Policy
from migrate.policy.selectors import item


def judge_launches(plan: Plan, policy: Policy) -> Iterator[Finding]:
    """`DCP-948`: a server that waits for a test launch, which waits for its stop."""
    if policy.cut_over.test_launch != REQUIRED:
        return
    passes = passes_of(plan.steps)
    made = {step.action.server.id for step in plan.steps if isinstance(step.action, MakeServer)}
    for step in plan.steps:
        if not isinstance(step.action, StopServer):
            continue
        server_id = step.action.server_id
        if server_id in made and server_id not in passes:
            yield finding(codes.LAUNCH_WITHOUT_PASS, item(Kind.SERVER, server_id), step.name)
