"""Before the wizard goes on in a workspace: whether this user has agreed to it on this machine, and the question."""

from collections.abc import Callable

from migrate.cli.commands.trust import NO_POLICY, agree_to_workspace, lines_of
from migrate.cli.context import App
from migrate.cli.safety.consent import not_agreed, require_agreed, require_ledger
from migrate.cli.wizard.asking import Asker
from migrate.cli.workspace import Workspace, shown
from migrate.policy.policy_records import Policy
from migrate.trust.consents import agreed_here
from migrate.wizard.question_records import Kind, Part, Question, Said

QUIT, WHY = "q", "?"


def is_agreed(workspace: Workspace, policy: Policy | None) -> bool:
    """Whether the wizard may go on without asking. Raises ConfigError DCP-291."""
    return agreed_here(workspace.root) is not None and not (policy and not_agreed(workspace, policy))


def ask_for_agreement(
    app: App, asker: Asker, workspace: Workspace, policy: Policy | None, show: Callable[[Question], None]
) -> bool:
    """Shows what the workspace asks for, and agrees to it once somebody types the word. False: somebody wants to leave.

    Raises: ConfigError DCP-287 to 289: nobody is there to be asked.
    """
    policy_now = policy or NO_POLICY
    if asker.is_unattended:
        require_agreed(workspace, policy_now)
        require_ledger(workspace, policy_now)
    is_known, word = agreed_here(workspace.root) is not None, app.say("wizard.trust.word")
    question = Question(
        id="trust",
        part=Part.ACCOUNTS,
        text=Said("wizard.trust.new" if is_known else "wizard.trust", {"path": shown(workspace.root), "word": word}),
        why=Said("wizard.trust.why", {"word": word}),
        kind=Kind.TYPED,
        word=word,
        lines=tuple(
            Said("wizard.trust.line", {"kind": app.say(f"trust.kind.{one.kind}"), "value": one.what})
            for one in lines_of(workspace, policy_now)
            if not is_known or one.agreed is False
        ),
    )
    show(question)
    while (said := asker.ask(question).strip()) != word:
        if said == QUIT:
            return False
        app.tell("wizard.trust.why" if said == WHY else "wizard.wrong.word", word=word)
    agree_to_workspace(app, workspace, policy_now, drops=not is_known, asks_about_approvals=False)
    return True
