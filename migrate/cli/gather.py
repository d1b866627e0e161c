"""Collects what a summary is drawn from, for `status` and `report`: documents and ledger, never a cloud."""

from collections.abc import Mapping
from typing import Any

from migrate.cli.documents import Documents
from migrate.cli.wiring import open_ledger
from migrate.cli.workspace import Workspace
from migrate.documents import seal_of
from migrate.errors import ConfigError
from migrate.inventory.readiness import check
from migrate.report.summary import Inputs, Summary, summarise
from migrate.verify.evidence import Evidence
from migrate.verify.proofs import read_evidence


def draw_summary(workspace: Workspace, documents: Documents, addresses: Mapping[str, str] | None = None) -> Summary:
    """The summary of this workspace as it is now. `addresses` as `summarise` takes them; default: target.json's."""
    policy = documents.policy
    rows: dict[str, Any] = {}
    if workspace.ledger_path.exists():
        with open_ledger(workspace, policy) as ledger:
            rows = {
                "states": ledger.states(),
                "effects": tuple(ledger.effects()),
                "approvals": tuple(ledger.approvals()),
                "journal": tuple(ledger.journal()),
            }
    if addresses is None:
        addresses = {ip.id: ip.address for ip in documents.target.floating_ips}
    return summarise(
        Inputs(
            plan=documents.plan,
            findings=tuple(check(documents.source, documents.target, policy)),
            evidence=last_evidence(workspace),
            plan_seal=seal_of(documents.plan),
            addresses=dict(addresses),
            deadline=policy.deadline,
            **rows,
        )
    )


def last_evidence(workspace: Workspace) -> Evidence | None:
    """The last verification, or None before the first. Damaged evidence is an error, as everywhere."""
    try:
        return read_evidence(workspace.evidence_path.parent)
    except ConfigError as err:
        if err.code == "DCP-210":
            return None
        raise
