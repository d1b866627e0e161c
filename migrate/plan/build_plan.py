"""Builds the plan: a pure function of the source's inventory, the target's and the policy."""

from collections.abc import Iterable

from msgspec import UNSET

from migrate.documents import seal_of
from migrate.findings.decide_what_moves import Decision, decide
from migrate.findings.inputs import Case
from migrate.findings.propose_waves import Proposal, propose_waves
from migrate.messages import codes
from migrate.model import Inventory
from migrate.model.steps import Gate, Plan, Step, StopServer
from migrate.plan.build_disks import disk_steps
from migrate.plan.build_last_passes import last_passes
from migrate.plan.build_network import network_steps
from migrate.plan.build_ports import port_steps
from migrate.plan.build_servers import server_group_steps
from migrate.plan.dhcp import LateDhcp
from migrate.plan.order import ranked
from migrate.policy.policy_records import CUT_OVER, Policy
from migrate.policy.seal import policy_seal


def build_plan(source: Inventory, target: Inventory, policy: Policy) -> Plan:
    """All resources that move, as steps with dependencies and ranks; the rest in `left_out`. Same input, same bytes.

    Findings without an item (quota, deadline) do not change the plan: `readiness.check_all` reports them.
    """
    return plan_of(decide(source, target, policy), inputs_of(source, target, policy))


def plan_of(decision: Decision, inputs: dict[str, str]) -> Plan:
    """The plan for an existing decision."""
    dhcp = LateDhcp(decision)
    steps = [
        *disk_steps(decision, dhcp),
        *network_steps(decision, dhcp),
        *port_steps(decision),
        *server_group_steps(decision),
    ]
    waves = proposed_waves(decision.case, steps).waves or UNSET
    steps += last_passes(decision.case, steps, waves)
    ranked_steps = ranked(steps, waves)
    return Plan(
        migration=decision.case.policy.migration,
        source=decision.case.source.identity,
        target=decision.case.target.identity,
        inputs=inputs,
        steps=ranked_steps,
        gates=_gates(ranked_steps),
        left_out=tuple(decision.left_out.values()),
        waves=waves,
    )


def proposed_waves(case: Case, steps: Iterable[Step]) -> Proposal:
    """How the servers that these steps stop go together."""
    return propose_waves(
        case, {a.server_id: step.size_bytes for step in steps if isinstance(a := step.action, StopServer)}
    )


def inputs_of(source: Inventory, target: Inventory, policy: Policy) -> dict[str, str]:
    """The seals of the three inputs, which a plan is bound to."""
    return {"policy": policy_seal(policy), "source": seal_of(source), "target": seal_of(target)}


def _gates(steps: tuple[Step, ...]) -> tuple[Gate, ...]:
    stops = tuple(sorted(step.id for step in steps if step.gate == CUT_OVER))
    # `why` is the code of its finding, which has a text in either language.
    return (Gate(name=CUT_OVER, why=codes.SERVER_STOPPED_FOR_CAPTURE, steps=stops),) if stops else ()
