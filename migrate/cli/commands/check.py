"""`decamp check`: prints all findings. Reads documents, looks up the policy's DNS names, and contacts no cloud."""

import re
from collections.abc import Sequence

import click

from migrate.cli.console import print_json
from migrate.cli.context import App, pass_app
from migrate.cli.fitting_documents import load_inputs
from migrate.cli.options import SharedCommand
from migrate.cli.session import check_store_key
from migrate.cli.tables import Coloured
from migrate.cli.views.unread_listings import say_unknown
from migrate.cli.workspace import Workspace, shown
from migrate.cli.workspace_names import item_selectors
from migrate.dns.policy_names import look_up_names
from migrate.errors import Exit
from migrate.findings.finding import Finding, blocking, undecided
from migrate.messages import codes
from migrate.messages.codes.registry import NUMBER, Level
from migrate.model import Inventory
from migrate.nearest_names import nearest
from migrate.plan.readiness.check_all import check
from migrate.policy.policy_records import Policy
from migrate.user_data_files import lengths

_CODE = re.compile(f"{NUMBER.pattern}:")
COLOURS = {Level.BLOCKS: "red", Level.LOSES: "yellow", Level.CHANGES: "yellow", Level.ADVICE: None}


@click.command("check", cls=SharedCommand)
@pass_app
def command(app: App) -> int:
    """Show what blocks, what changes and what is lost. Changes nothing on any cloud.

    Exits with status 3 if policy.yaml leaves a blocking finding or an unlisted part of the source undecided.
    """
    workspace = Workspace(app.directory)
    policy, source, target = load_inputs(workspace)
    check_store_key(workspace, policy)
    findings = check(
        source, target, policy, lengths(workspace.private), lookups=look_up_names(policy), can_run=workspace.can_run
    )
    blocks = blocking(findings, policy)
    if app.is_json:
        print_json(as_values(app, findings, policy, source))
    else:
        print_findings(app, findings, policy, source)
    losses = undecided(findings, policy)
    if losses:
        app.tell("check.losses", count=len(losses), path=shown(workspace.policy_path))
    unknown = say_unknown(app, findings, policy)
    next_command = f"{app.prefix} plan"
    if blocks:
        app.tell("check.blocked", count=len(blocks), path=shown(workspace.policy_path), command=f"{app.prefix} check")
        return Exit.PARTIAL
    app.tell("check.clear" if findings else "check.none", command=next_command)
    return unknown


def print_findings(app: App, findings: Sequence[Finding], policy: Policy, source: Inventory) -> None:
    """Prints the findings, and marks those already decided in the policy."""
    still_open = {Level.BLOCKS: blocking(findings, policy), Level.LOSES: undecided(findings, policy)}

    def level(one: Finding) -> Coloured | str:
        word = app.say(f"level.{one.level.value}")
        if one not in still_open.get(one.level, [one]):
            return app.say("check.decided", level=word)
        return Coloured(word, COLOURS[one.level])

    app.print_table(
        ("level", "code", "name", "item", "text"),
        [(level(f), f.code, f.name, f.item, text_of(app, f, source)) for f in findings],
    )


def text_of(app: App, found: Finding, source: Inventory) -> str:
    """The sentence of a finding; for a selector that matches nothing, with the nearest names at the source."""
    facts: dict[str, object] = dict(found.facts)
    if found.code == codes.SELECTOR_UNMATCHED:
        item = _CODE.sub("", found.facts["selector"])
        facts["nearest"] = nearest(item, item_selectors(source))
    return app.text(found.code, facts)


def as_values(app: App, findings: Sequence[Finding], policy: Policy, source: Inventory) -> list[dict[str, object]]:
    """Findings as JSON values, with their text and whether a decision is still missing."""
    open_ones = [*blocking(findings, policy), *undecided(findings, policy)]
    return [
        {
            "level": f.level.value,
            "code": f.code,
            "item": f.item,
            "name": f.name,
            "facts": f.facts,
            "text": text_of(app, f, source),
            "undecided": f in open_ones,
        }
        for f in findings
    ]
