"""Collects the inputs of a summary for `status` and `report` from documents and ledger. Contacts no cloud."""

from collections.abc import Iterable, Sequence
from typing import Any

from msgspec.structs import replace

from migrate.cli.fitting_documents import Documents
from migrate.cli.session import ledger_url, open_ledger
from migrate.cli.workspace import Workspace
from migrate.documents import seal_of
from migrate.errors import DocumentMissing
from migrate.execute.done_steps_again import outdated
from migrate.execute.stop_turns import asked_at, down_since
from migrate.health.launch_evidence import read_launches
from migrate.health.results import read_health
from migrate.ledger.downtime_notes import predictions
from migrate.ledger.ledger import Ledger
from migrate.ledger.pass_notes import taken_passes
from migrate.ledger.preload_notes import preloaded_disks
from migrate.ledger.wave_notes import acceptances, cuts, rollbacks
from migrate.ledger.wave_pauses import pauses
from migrate.model import FloatingIp, NameLookup, Port
from migrate.model.steps import StopServer
from migrate.plan.readiness.check_all import check
from migrate.plan.schedule_problems import item_of
from migrate.policy.selectors import budget_of
from migrate.report.address_table import Seen
from migrate.report.summary import Inputs
from migrate.user_data_files import lengths
from migrate.verify.evidence import Evidence
from migrate.verify.kept_proofs import read_evidence


def gather(
    workspace: Workspace, documents: Documents, live: Seen | None = None, lookups: Sequence[NameLookup] = ()
) -> Inputs:
    """All inputs of a summary. `live`: addresses just read from the target; default: those of its last scan."""
    seen = live or seen_of(documents.target.floating_ips, documents.target.ports, is_live=False)
    return replace(
        known(workspace, documents, seen, lookups),
        evidence=last_evidence(workspace),
        health=read_health(workspace.evidence_path.parent),
        launches=read_launches(workspace.evidence_path.parent),
        addresses=dict(seen.addresses),
        macs=dict(seen.macs),
        is_live=seen.is_live,
        lookups=tuple(lookups),
        source=documents.source,
        target=documents.target,
    )


def seen_of(floating_ips: Iterable[FloatingIp], ports: Iterable[Port], *, is_live: bool) -> Seen:
    """Addresses by id of floating IP or port (a port may have several), and MAC addresses by id of port."""
    ports = list(ports)
    found = {port.id: ", ".join(fixed.ip_address for fixed in port.fixed_ips) for port in ports}
    addresses = found | {floating_ip.id: floating_ip.address for floating_ip in floating_ips}
    return Seen(addresses, {port.id: port.mac_address for port in ports}, is_live)


def known(
    workspace: Workspace, documents: Documents, seen: Seen | None = None, lookups: Sequence[NameLookup] = ()
) -> Inputs:
    """Plan, findings and ledger: all inputs of a forecast."""
    made = [one for several in (seen.addresses.values() if seen else ()) for one in several.split(", ")]
    findings = check(
        documents.source,
        documents.target,
        documents.policy,
        lengths(workspace.private),
        lookups=lookups,
        made=made,
        can_run=workspace.can_run,
    )
    return replace(recorded(workspace, documents), findings=tuple(findings))


def recorded(workspace: Workspace, documents: Documents) -> Inputs:
    """The inputs from plan and ledger only."""
    policy = documents.policy
    rows: dict[str, Any] = {}
    if Ledger.is_there(ledger_url(workspace, policy)):
        with open_ledger(workspace, policy) as ledger:
            rows = {
                "states": ledger.states(),
                "down_since": down_since(ledger),
                "asked": asked_at(ledger),
                "predicted": predictions(ledger),
                "held": {stop: one.at for stop, one in pauses(ledger).items()},
                "cuts": cuts(ledger),
                "rollbacks": rollbacks(ledger),
                "accepted": acceptances(ledger),
                "effects": tuple(ledger.effects()),
                "approvals": tuple(ledger.approvals()),
                "journal": tuple(ledger.journal()),
                "taken_passes": taken_passes(ledger),
                "preloaded": preloaded_disks(ledger),
            }
            rows["outdated"] = len(outdated(documents.plan.steps, documents.plan, rows["states"], ledger, known=True))
    found = {
        step.id: budget_of(policy, item_of(step), step.name)
        for step in documents.plan.steps
        if isinstance(step.action, StopServer)
    }
    budgets = {stop: budget_s for stop, budget_s in found.items() if budget_s is not None}
    seal = seal_of(documents.plan)
    return Inputs(plan=documents.plan, plan_seal=seal, deadline=policy.deadline, budgets=budgets, **rows)


def last_evidence(workspace: Workspace) -> Evidence | None:
    """The last verification; None before the first. Raises ConfigError if the evidence is damaged."""
    try:
        return read_evidence(workspace.evidence_path.parent)
    except DocumentMissing:
        return None
