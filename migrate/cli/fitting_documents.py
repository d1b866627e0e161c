"""Loads all documents of a workspace and checks that they belong together."""

from dataclasses import dataclass

from migrate.cli.context import App
from migrate.cli.log_file import keep_log
from migrate.cli.workspace import Workspace
from migrate.model import Inventory
from migrate.model.steps import Plan
from migrate.plan.build_plan import inputs_of
from migrate.plan.plan_file import fits
from migrate.plan.two_projects import end_of, refuse_one_place, refuse_same_names
from migrate.policy.policy_records import Policy


@dataclass(frozen=True)
class Documents:
    policy: Policy
    source: Inventory
    target: Inventory
    plan: Plan


def load_inputs(workspace: Workspace) -> tuple[Policy, Inventory, Inventory]:
    """The policy and both inventories. Raises ConfigError DCP-202, 210 to 213, 220, 221, 226 to 228."""
    policy = workspace.policy()
    source, target = workspace.inventory("source"), workspace.inventory("target")
    refuse_same_names(policy)
    refuse_one_place(end_of(source), end_of(target), policy)
    return policy, source, target


def load_fitting(workspace: Workspace) -> Documents:
    """The policy, the inventories and the plan made from them.

    Raises: ConfigError DCP-202, 210 to 214, 220, 221, 226 to 228.   ConflictError DCP-502.
    """
    policy, source, target = load_inputs(workspace)
    plan = workspace.plan()
    fits(plan, source.identity, target.identity, inputs_of(source, target, policy))
    return Documents(policy, source, target, plan)


def open_for_work(app: App) -> tuple[Workspace, Documents]:
    """The workspace and its documents, for a command that works on the clouds or the store; starts its log.

    Raises: as `load_fitting`.
    """
    workspace = Workspace(app.directory)
    documents = load_fitting(workspace)
    workspace.make_folders()
    keep_log(workspace.private)
    return workspace, documents
