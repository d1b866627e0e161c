"""What a command may do of what a workspace asks for: only what this user has agreed to on this machine."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from migrate.cli.archives.folder_marks import is_bundle
from migrate.cli.context import App
from migrate.cli.workspace import Workspace, shown
from migrate.errors import ConfigError, FatalError
from migrate.messages import codes
from migrate.policy.policy_records import Policy
from migrate.trust.asks import Ask, AskKind, asks_of, ledger_ask, program_digest
from migrate.trust.consents import agree, agreed_here


def command_of(root: Path) -> str:
    """`decamp trust` for this folder, as it is typed."""
    return f"{App(directory=root).prefix} trust"


def not_agreed(workspace: Workspace, policy: Policy) -> tuple[Ask, ...]:
    """What the policy asks for and nobody has agreed to. Raises ConfigError DCP-291."""
    agreed = agreed_here(workspace.root) or frozenset[str]()
    return tuple(ask for ask in asks_of(policy, workspace.root) if ask.digest not in agreed)


def require_known(workspace: Workspace) -> None:
    """Before an approval is taken from the workspace, or written to it. Raises ConfigError DCP-287, DCP-291."""
    if agreed_here(workspace.root) is None:
        raise ConfigError(codes.WORKSPACE_NOT_KNOWN, path=shown(workspace.root), command=command_of(workspace.root))


def require_agreed(workspace: Workspace, policy: Policy) -> None:
    """Before anything is changed at a cloud. Raises ConfigError DCP-287, DCP-288, DCP-291."""
    require_known(workspace)
    if programs := [ask.shown for ask in not_agreed(workspace, policy) if ask.kind is AskKind.PROGRAM]:
        raise ConfigError(codes.PROGRAM_NOT_AGREED, programs="; ".join(programs), command=command_of(workspace.root))


def require_ledger(workspace: Workspace, policy: Policy) -> None:
    """Before the ledger is opened. Raises ConfigError DCP-289: it is outside, and nobody agreed to that; DCP-291."""
    if not policy.ledger or is_bundle(workspace.root):
        return
    ask = ledger_ask(policy, workspace.root)
    if ask is not None and ask.digest not in (agreed_here(workspace.root) or ()):
        raise ConfigError(codes.LEDGER_NOT_AGREED, ledger=ask.shown, command=command_of(workspace.root))


def may_run(root: Path) -> Callable[[Sequence[str]], bool]:
    """Whether these words of a program are agreed to as its files are now: a run may last for days."""
    return lambda arguments: program_digest(arguments, root) in (agreed_here(root) or ())


_OURS = ("policy.yaml", "answers.yaml", "ledger.db", "plan.json", "source.json", "target.json", "private", "store")


def comes_into_being(root: Path) -> bool:
    """Whether nothing is there yet of which a workspace consists. An empty folder may be there, such as a share."""
    return not any(_has_content(root / name) for name in _OURS)


def _has_content(path: Path) -> bool:
    if path.is_dir() and not path.is_symlink():
        return any(path.iterdir())
    return os.path.lexists(path)


def lies_in_a_workspace(path: Path, root: Path) -> bool:
    """Whether the file, links followed, is below the workspace at `root`, or below another one. A workspace that
    somebody agrees to may still have files of whoever made it.
    """
    above = path.resolve().parents
    is_here = root.resolve() in above and not comes_into_being(root)
    return is_here or any(os.path.lexists(folder / name) for folder in above for name in ("policy.yaml", "ledger.db"))


def make_known(app: App, workspace: Workspace) -> None:
    """For a workspace that comes into being here. Where that cannot be kept, it must be agreed to later."""
    try:
        agree(workspace.root, ())
    except FatalError as err:
        app.tell("trust.not-kept", why=app.explain(err.code, dict(err.facts)), command=command_of(workspace.root))
