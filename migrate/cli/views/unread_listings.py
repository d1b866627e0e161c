"""Warns which parts of the source could not be listed, in every command whose result could look complete."""

from collections.abc import Mapping, Sequence

from migrate.cli.context import App
from migrate.cli.fitting_documents import Documents
from migrate.errors import Exit
from migrate.findings.finding import Finding, unknown_parts
from migrate.findings.judge_unreadable import odd_items
from migrate.ledger.ledger_records import State, StepState
from migrate.messages import codes
from migrate.policy.policy_records import Policy
from migrate.policy.scan_left_out import unlisted
from migrate.report.unknown import names_of

_SHOWN = 10
_HALF = frozenset({codes.TARGET_LISTING_REFUSED, codes.REFERENCE_UNLISTED, codes.CONTAINER_HEADERS_REFUSED})
"""Findings for items left out because of a missing listing."""


def say_unknown(app: App, findings: Sequence[Finding], policy: Policy) -> Exit:
    """Names unknown parts of the source that nobody has decided on; returns PARTIAL if there are any."""
    unknown = unknown_parts(findings, policy)
    if not unknown:
        return Exit.OK
    more = f", … (+{len(unknown) - _SHOWN})" if len(unknown) > _SHOWN else ""
    parts = names_of(tuple(unknown[:_SHOWN]), app.lang) + more
    app.tell("unknown-parts", parts=parts, command=f"{app.prefix} check")
    return Exit.PARTIAL


def say_unplanned(app: App, documents: Documents, states: Mapping[str, StepState]) -> None:
    """Reports completed steps that are missing from this plan only because the last scan did not list their items.

    These steps are set aside: their results stay, but are no longer compared with the source.
    """
    planned = {step.id for step in documents.plan.steps}
    lacking = unlisted(documents.source).keys()
    out = {f"{left.kind}:{left.id}" for left in documents.plan.left_out if left.code in _HALF}
    out |= odd_items(documents.source.others, documents.source.side)
    gone = [
        row.step_id
        for row in states.values()
        if row.step_id not in planned
        and row.state is not State.PENDING
        and (row.step_id.partition(":")[0] in lacking or ":".join(row.step_id.split(":")[:2]) in out)
    ]
    if gone:
        shown = ", ".join(gone[:_SHOWN]) + (f", … (+{len(gone) - _SHOWN})" if len(gone) > _SHOWN else "")
        app.tell("run.unplanned", count=len(gone), steps=shown)
