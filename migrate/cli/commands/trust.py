"""`decamp trust`: shows what a workspace asks of this machine and of whoever works with it, and agrees to it."""

from typing import NamedTuple

import click

from migrate.cli.console import print_json
from migrate.cli.context import App, pass_app
from migrate.cli.options import SharedCommand
from migrate.cli.safety.consent import comes_into_being, command_of
from migrate.cli.safety.workspace_privacy import own_file
from migrate.cli.session import ledger_url
from migrate.cli.workspace import Workspace, read_text, shown
from migrate.documents import write_atomically
from migrate.errors import ConfigError, Exit
from migrate.ledger.ledger import Ledger
from migrate.messages import codes
from migrate.policy.policy_records import Policy
from migrate.trust.asks import asks_of, host_of, ledger_outside
from migrate.trust.consents import agree, agree_to_address, agreed_here, knows_address, withdraw
from migrate.wizard.kept_answers import read_answers, render_answers, without_deeds

NO_POLICY = Policy(migration="", source_cloud="", target_cloud="")


@click.command("trust", cls=SharedCommand)
@click.option("--agree", "agrees", is_flag=True, help="Agree to all that is listed, as it is now.")
@click.option("--keep-approvals", "keeps", is_flag=True, help="With --agree: approvals that came along hold.")
@click.option("--drop-approvals", "drops", is_flag=True, help="With --agree: approvals that came along are withdrawn.")
@click.option("--withdraw", "withdraws", is_flag=True, help="Take back all that was agreed to for this workspace.")
@click.option(
    "--address",
    "addresses",
    multiple=True,
    metavar="URL",
    help="Let `decamp wizard --answers` send passwords to this cloud. Repeatable; needs no workspace.",
)
@pass_app
def command(app: App, agrees: bool, keeps: bool, drops: bool, withdraws: bool, addresses: tuple[str, ...]) -> int:
    """List what the workspace would run as you, open and log in to, and whether you have agreed; --agree does.

    What was agreed to is kept for you on this machine, outside the workspace, and holds for exactly these words and
    files: a copy of the workspace, or one that came from elsewhere, is agreed to anew. Exits with status 3 while
    something is not agreed to.
    """
    if addresses and not (agrees or withdraws):
        return _agree_to_addresses(app, addresses)
    if (agrees and withdraws) or (keeps and drops) or (addresses or ((keeps or drops) and not agrees)):
        raise ConfigError(codes.USAGE, what=app.say("trust.one-wish"))
    workspace = Workspace(app.directory)
    if withdraws:
        app.tell("trust.withdrawn" if withdraw(workspace.root) else "trust.nothing", path=shown(workspace.root))
        return Exit.OK
    # The wizard has answers and logins before there is a policy.
    is_begun = comes_into_being(workspace.root) or workspace.policy_path.exists()
    policy = workspace.policy() if is_begun else NO_POLICY
    if agrees:
        was_known = agreed_here(workspace.root) is not None
        agree_to_workspace(app, workspace, policy, drops=drops, asks_about_approvals=not (was_known or keeps or drops))
    return _show(app, workspace, policy)


def agree_to_workspace(
    app: App, workspace: Workspace, policy: Policy, *, drops: bool, asks_about_approvals: bool
) -> None:
    """Agrees to all that the policy asks now, and to the addresses of the logins that came with the workspace.

    Raises ConfigError DCP-292: there are approvals, of which nobody has said whether they hold.
    """
    if drops or asks_about_approvals:
        # Before it is agreed to: killed in between, approvals that came along must not hold.
        _heed_approvals(app, workspace, policy, drops=drops)
        if agreed_here(workspace.root) is None:
            _take_answers_back(workspace)
    for url in logins_in(workspace):
        agree_to_address(url)
    agree(workspace.root, [ask.digest for ask in asks_of(policy, workspace.root)])


def _take_answers_back(workspace: Workspace) -> None:
    """Of answers that came along: those about moving, stopping and removing, and what would change the policy."""
    path = workspace.root / "answers.yaml"
    own_file(path)
    if path.exists():
        answers = read_answers(read_text(path), shown(path))
        if (kept := without_deeds(answers)) != answers:
            write_atomically(path, render_answers(kept).encode())


def _heed_approvals(app: App, workspace: Workspace, policy: Policy, *, drops: bool) -> None:
    # Those in a ledger elsewhere did not come along: other runners live by them.
    url = ledger_url(workspace, policy)
    if policy is NO_POLICY or ledger_outside(policy, workspace.root) or not Ledger.is_there(url):
        return
    ledger = Ledger.open(url, policy.migration)
    try:
        came = ledger.approvals()
        if came and not drops:
            who = ", ".join(sorted({one.who for one in came}))
            command = f"{command_of(workspace.root)} --agree"
            raise ConfigError(codes.APPROVALS_CAME_ALONG, count=len(came), who=who, command=command)
        if came:
            ledger.withdraw({one.step_id for one in came})
            app.tell("trust.dropped", count=len(came))
    finally:
        ledger.close()


def logins_in(workspace: Workspace) -> list[str]:
    """The addresses of the wizard's logins in the workspace."""
    from migrate.cli.wizard.kept_logins import KeptLogins  # reads them as the SDK does, which takes a while to load

    return KeptLogins(workspace.root).addresses()


class Line(NamedTuple):
    """A line of the list. `agreed`: None for what needs no consent, and is shown so that it is read."""

    kind: str
    where: str
    what: str
    agreed: bool | None


def lines_of(workspace: Workspace, policy: Policy) -> list[Line]:
    """What the workspace asks for. Contacts nobody."""
    agreed = agreed_here(workspace.root)
    known = agreed is not None
    found = [
        Line("workspace", "", shown(workspace.root), known),
        *(
            Line("cloud", f"{side}.cloud", name, None)
            for side, name in (("source", policy.source_cloud), ("target", policy.target_cloud))
            if name
        ),
        *(
            Line(ask.kind.value, ask.key, ask.shown, ask.digest in (agreed or ()))
            for ask in asks_of(policy, workspace.root)
        ),
    ]
    if policy.s3:
        found.append(Line("objects", "target.objects.s3", policy.s3.endpoint or "AWS", None))
    if policy.accept and not known:
        found.append(Line("accepted", "accept", ", ".join(policy.accept), None))
    if policy.store_key:
        found.append(Line("key", "store.key", policy.store_key, None))
    found += [Line("login", "private/login", url, knows_address(url)) for url in logins_in(workspace)]
    return found


def _show(app: App, workspace: Workspace, policy: Policy) -> Exit:
    lines = lines_of(workspace, policy)
    is_whole = all(line.agreed is not False for line in lines)
    if app.is_json:
        print_json([line._asdict() for line in lines])
    else:
        app.print_table(
            ("trust.kind", "trust.where", "trust.what", "trust.agreed"),
            [(app.say(f"trust.kind.{one.kind}"), one.where, one.what, _word(app, one.agreed)) for one in lines],
        )
    if is_whole:
        app.tell("trust.whole")
    else:
        app.tell("trust.next", command=f"{command_of(workspace.root)} --agree")
    return Exit.OK if is_whole else Exit.PARTIAL


def _word(app: App, agreed: bool | None) -> str:
    return "" if agreed is None else app.say(f"trust.{'yes' if agreed else 'no'}")


def _agree_to_addresses(app: App, addresses: tuple[str, ...]) -> Exit:
    for url in addresses:
        if not host_of(url):
            raise ConfigError(codes.USAGE, what=app.say("trust.no-address", value=url))
    for url in addresses:
        agree_to_address(url)
        app.tell("trust.address", address=host_of(url))
    return Exit.OK
