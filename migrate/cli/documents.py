"""All documents of a workspace at once, held against each other, for commands that act on them."""

from dataclasses import dataclass

from migrate.cli.workspace import Workspace
from migrate.model import Inventory
from migrate.plan.build import inputs_of
from migrate.plan.document import fits
from migrate.plan.settings import Policy
from migrate.plan.steps import Plan


@dataclass(frozen=True)
class Documents:
    policy: Policy
    source: Inventory
    target: Inventory
    plan: Plan


def load_fitting(workspace: Workspace) -> Documents:
    """Policy, inventories and the plan that was made of them. Raises ConfigError DCP-210 to 214, 220, 221."""
    policy, plan = workspace.policy(), workspace.plan()
    source, target = workspace.inventory("source"), workspace.inventory("target")
    fits(plan, source.identity, target.identity, inputs_of(source, target, policy))
    return Documents(policy, source, target, plan)
