"""Says of every command that could be taken for the whole what the scan of the source could not list."""

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
"""Left out since something was not listed."""


def say_unknown(app: App, findings: Sequence[Finding], policy: Policy) -> Exit:
    """PARTIAL, once it is said, where parts of the source are unknown that nobody has decided on."""
    unknown = unknown_parts(findings, policy)
    if not unknown:
        return Exit.OK
    more = f", … (+{len(unknown) - _SHOWN})" if len(unknown) > _SHOWN else ""
    parts = names_of(tuple(unknown[:_SHOWN]), app.lang) + more
    app.tell("unknown-parts", parts=parts, command=f"{app.prefix} check")
    return Exit.PARTIAL


def say_unplanned(app: App, documents: Documents, states: Mapping[str, StepState]) -> None:
    """What earlier runs did for things that this plan has not got, only since the last scan did not list them.

    Their steps are put aside: what they have made stays, and nobody looks whether the source has changed since.
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
