"""Collects the inputs of a summary for `status` and `report` from documents and ledger. Contacts no cloud."""

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from migrate.cli.fitting_documents import Documents
from migrate.cli.session import ledger_url, open_ledger
from migrate.cli.workspace import Workspace
from migrate.documents import seal_of
from migrate.errors import DocumentMissing
from migrate.execute.done_steps_again import outdated
from migrate.execute.stop_turns import down_since
from migrate.ledger.ledger import Ledger
from migrate.model import FloatingIp, Port
from migrate.plan.readiness.check_all import check
from migrate.report.summary import Inputs
from migrate.user_data_files import lengths
from migrate.verify.evidence import Evidence
from migrate.verify.kept_proofs import read_evidence


def gather(workspace: Workspace, documents: Documents, addresses: Mapping[str, str] | None = None) -> Inputs:
    """All inputs of a summary."""
    if addresses is None:
        addresses = addresses_of(documents.target.floating_ips, documents.target.ports)
    return replace(known(workspace, documents), evidence=last_evidence(workspace), addresses=dict(addresses))


def addresses_of(floating_ips: Iterable[FloatingIp], ports: Iterable[Port]) -> dict[str, str]:
    """Addresses by id of floating IP or port; a port may have several."""
    found = {port.id: ", ".join(fixed.ip_address for fixed in port.fixed_ips) for port in ports}
    return found | {floating_ip.id: floating_ip.address for floating_ip in floating_ips}


def known(workspace: Workspace, documents: Documents) -> Inputs:
    """Plan, findings and ledger: all inputs of a forecast."""
    findings = check(documents.source, documents.target, documents.policy, lengths(workspace.private))
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
                "effects": tuple(ledger.effects()),
                "approvals": tuple(ledger.approvals()),
                "journal": tuple(ledger.journal()),
            }
            rows["outdated"] = len(outdated(documents.plan.steps, documents.plan, rows["states"], ledger, known=True))
    return Inputs(plan=documents.plan, plan_seal=seal_of(documents.plan), deadline=policy.deadline, **rows)


def last_evidence(workspace: Workspace) -> Evidence | None:
    """The last verification; None before the first. Raises ConfigError if the evidence is damaged."""
    try:
        return read_evidence(workspace.evidence_path.parent)
    except DocumentMissing:
        return None
