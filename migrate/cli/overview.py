"""Where a workspace stands: what `status` and `watch` show. Reads documents and the ledger; contacts no cloud."""

from dataclasses import dataclass
from functools import cached_property

from migrate.cli.context import App
from migrate.cli.fitting_documents import load_fitting
from migrate.cli.next_step import CHECK, INIT, SCAN, Next, next_beside_a_run, next_step
from migrate.cli.session import ledger_url, open_ledger
from migrate.cli.summary_inputs import gather
from migrate.cli.views.draw_forecast import foretell
from migrate.cli.workspace import Workspace
from migrate.errors import PlanOutdated
from migrate.execute.test_launch.launch_turn import LaunchLeft, launch_left
from migrate.forecast.forecast_records import Forecast
from migrate.ledger.ledger import Ledger
from migrate.ledger.step_claim import owner_is_dead
from migrate.policy.policy_records import Policy
from migrate.report.summary import Inputs, Summary, summarise
from migrate.units import utc_now


@dataclass(frozen=True)
class InLedger:
    """What only the ledger tells: its clock, and what test launches have at the target."""

    clock: float = 0.0
    launch_left: LaunchLeft | None = None


@dataclass(frozen=True)
class Overview:
    """A workspace whose plan fits, as of now. `forecast`: None while the policy has mistakes."""

    policy: Policy
    inputs: Inputs
    summary: Summary
    forecast: Forecast | None
    ledger: InLedger

    @cached_property
    def held(self) -> frozenset[str]:
        """Steps that a live runner holds.

        From the same rows as all else: asked later, the ledger would name the steps that came after these.
        """
        return frozenset(
            step_id
            for step_id, row in self.inputs.states.items()
            if row.is_leased(self.ledger.clock) and not owner_is_dead(row.owner or "")
        )

    @property
    def following(self) -> Next:
        """The next command."""
        left = self.ledger.launch_left
        if left and left.is_over:
            return Next(left.command, "next.launch-over")
        return next_step(self.summary, self.forecast)

    @property
    def next_decision(self) -> Next | None:
        """The next command for a person; None while a run is at work and waits for nobody."""
        return next_beside_a_run(self.summary) if self.held else self.following


def look(app: App, workspace: Workspace) -> Overview | Next:
    """Where the workspace stands, or the command to run first if no fitting plan exists yet.

    Raises: as `load_fitting` and `Ledger.open`, for damaged documents and a damaged ledger.
    """
    early = command_before_plan(workspace)
    if early:
        return early
    documents, now = load_fitting(workspace), utc_now()
    # Its clock before its rows, so that no lease that they hold seems to have run out since.
    ledger = _in_ledger(workspace, documents.policy)
    inputs = gather(workspace, documents)
    forecast = foretell(app, workspace, documents, inputs, now)
    return Overview(documents.policy, inputs, summarise(inputs), forecast, ledger)


def command_before_plan(workspace: Workspace) -> Next | None:
    """The command to run first if no fitting plan exists yet. Damaged documents raise an error instead."""
    if not workspace.policy_path.exists():
        return INIT
    workspace.policy()
    if not all(workspace.inventory_path(side).exists() for side in ("source", "target")):
        return SCAN
    if not workspace.plan_path.exists():
        return CHECK
    try:
        load_fitting(workspace)
    except PlanOutdated:
        return CHECK
    return None


def _in_ledger(workspace: Workspace, policy: Policy) -> InLedger:
    if not Ledger.is_there(ledger_url(workspace, policy)):
        return InLedger()
    with open_ledger(workspace, policy) as ledger:
        return InLedger(ledger.clock(), launch_left(ledger))
