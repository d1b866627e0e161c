"""`decamp init`: creates the workspace. Refuses to change an existing one."""

import uuid
from pathlib import Path

import click

from migrate.cli.connect import connect
from migrate.cli.console import echo
from migrate.cli.context import App, pass_app
from migrate.cli.options import SharedCommand
from migrate.cli.safety.consent import comes_into_being, command_of, make_known
from migrate.cli.workspace import Workspace, shown
from migrate.clouds.guard import ReadOnly
from migrate.clouds.ports import Cloud
from migrate.documents import write_atomically
from migrate.errors import ConfigError, DecampError, Exit, FatalError, RegionAmbiguous
from migrate.messages import codes
from migrate.plan.two_projects import refuse_same_project
from migrate.policy.template import policy_template
from migrate.policy.values import written_moment
from migrate.trust.consents import agreed_here


@click.command("init", cls=SharedCommand)
@click.argument("folder", required=False, metavar="[DIR]")
@click.option("--source", metavar="CLOUD", help="Cloud to leave: a name in clouds.yaml, or `env`.")
@click.option("--target", metavar="CLOUD", help="Cloud to move to: a name in clouds.yaml.")
@click.option("--deadline", metavar="TIME", help="Switch-off of the source, with time zone.")
@pass_app
def command(app: App, folder: str | None, source: str | None, target: str | None, deadline: str | None) -> int:
    """Create a workspace: policy.yaml and its folders.

    On a terminal, prompts for missing options.
    """
    workspace = Workspace(Path(folder) if folder else app.directory)
    refuse_to_overwrite(workspace)
    asked = source is None or target is None
    source = source if source is not None else ask(app, "source")
    there = check_cloud(source)
    target = target if target is not None else ask(app, "target")
    clouds = (there, check_cloud(target))
    # A single entry with several regions is fine: policy.yaml, created here, will name two of them, and `scan` checks
    # again.
    if source == target and there is not None:
        raise ConfigError(codes.SAME_CLOUD_TWICE, cloud=source)
    refuse_one_project(*clouds)
    if deadline is None and asked and app.interactive:
        deadline = click.prompt(app.say("ask.deadline"), default="", show_default=False, err=True)
    deadline = check_deadline(deadline)
    language = app.lang
    is_new = comes_into_being(workspace.root)
    make_root(workspace.root)
    if is_new:
        # First of all: whoever is killed after it finds the workspace known, and before it nothing that counts.
        make_known(app, workspace)
    workspace.make_folders()
    policy = policy_template(uuid.uuid4().hex, source, target, deadline=deadline, language=language)
    write_atomically(workspace.policy_path, policy.encode())
    app.directory = workspace.root
    if not is_new and agreed_here(workspace.root) is None:
        app.tell("trust.not-new", path=shown(workspace.root), command=command_of(workspace.root))
    app.tell("init.done", path=shown(workspace.policy_path), command=f"{app.prefix} scan")
    echo(str(workspace.policy_path), whole=True)
    return Exit.OK


def refuse_to_overwrite(workspace: Workspace) -> None:
    """Raises ConfigError DCP-203 if a policy or ledger exists: init only creates workspaces and never repairs one."""
    for path in (workspace.policy_path, workspace.ledger_path):
        if path.exists():
            raise ConfigError(codes.WORKSPACE_EXISTS, path=str(path))


def ask(app: App, side: str) -> str:
    """Prompts for a cloud's name. Raises ConfigError DCP-207 if there is no terminal."""
    if not app.interactive:
        raise ConfigError(codes.OPTION_MISSING, option=f"--{side}")
    try:
        return str(click.prompt(app.say(f"ask.{side}"), err=True)).strip()
    except click.Abort as err:
        if isinstance(err.__context__, KeyboardInterrupt):
            raise
        raise ConfigError(codes.OPTION_MISSING, option=f"--{side}") from err


def check_cloud(name: str) -> Cloud | None:
    """The cloud of this name; sends no request. Raises ConfigError DCP-201 if it is unknown.

    None if the cloud has several regions: policy.yaml, which does not exist yet, must name one.
    """
    try:
        return connect(name, ReadOnly())
    except RegionAmbiguous:
        return None


def refuse_one_project(source: Cloud | None, target: Cloud | None) -> None:
    """Raises ConfigError DCP-226 if both logins lead to the same project. Leaves a failed login to `scan`."""
    try:
        identities = [cloud.identity() for cloud in (source, target) if cloud]
    except DecampError:
        return
    if len(identities) == 2:
        refuse_same_project(*identities)


def check_deadline(value: str | None) -> str | None:
    """The deadline, checked. Raises ConfigError DCP-205 if it is not a valid time."""
    if value is None or not value.strip():
        return None
    value = value.strip()
    if written_moment(value) is None:
        raise ConfigError(codes.DEADLINE_INVALID, value=value)
    return value


def make_root(root: Path) -> None:
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        root.chmod(0o700)
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(root), why=err.strerror or str(err)) from err
