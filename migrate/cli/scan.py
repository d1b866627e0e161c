"""`decamp scan`: reads both clouds into `source.json` and `target.json`. Changes nothing anywhere."""

import click

from migrate.cli.console import print_json, print_table
from migrate.cli.context import App, pass_app
from migrate.cli.options import SharedCommand
from migrate.cli.wiring import open_source, open_target
from migrate.cli.workspace import Workspace, shown
from migrate.clouds.ports import Cloud
from migrate.errors import ConfigError, Exit
from migrate.inventory.document import read_inventory, same_tenant, write_inventory
from migrate.inventory.scan import scan
from migrate.model import Inventory
from migrate.plan.settings import Policy

SIDES = ("source", "target")
COUNTED = (
    "servers",
    "volumes",
    "snapshots",
    "images",
    "networks",
    "subnets",
    "routers",
    "ports",
    "floating_ips",
    "security_groups",
    "keypairs",
    "containers",
)


@click.command("scan", cls=SharedCommand)
@click.option("--side", type=click.Choice(SIDES), help="Read this one alone; default: both.")
@pass_app
def command(app: App, side: str | None) -> int:
    """Read both clouds into source.json and target.json. Changes nothing."""
    workspace = Workspace(app.directory)
    policy = workspace.policy()
    # Every login first, every document last: what goes wrong in between leaves both documents as they were.
    clouds = {one: log_in(app, workspace, policy, one) for one in ((side,) if side else SIDES)}
    taken = {one: scan(cloud, one) for one, cloud in clouds.items()}
    for one, inventory in taken.items():
        write_inventory(workspace.inventory_path(one), inventory)
        app.tell("scan.done", side=app.say(f"side.{one}"), path=shown(workspace.inventory_path(one)))
    counts = {one: {key: len(getattr(inventory, key)) for key in COUNTED} for one, inventory in taken.items()}
    if app.is_json:
        print_json({one: {"path": str(workspace.inventory_path(one)), "counts": counts[one]} for one in taken})
    else:
        headers = [app.say("col.kind"), *(app.say(f"side.{one}") for one in taken)]
        kinds = [(app.say(f"kind.{key.removesuffix('s').replace('_', '-')}"), key) for key in COUNTED]
        print_table(headers, [(label, *(counts[one][key] for one in taken)) for label, key in kinds])
    click.echo(app.say("status.next", command=f"{app.prefix} check", why=app.say("next.read")), err=True)
    return Exit.OK


def log_in(app: App, workspace: Workspace, policy: Policy, side: str) -> Cloud:
    """The cloud, logged in. Raises ConflictError DCP-501 on another project than the last scan's."""
    cloud: Cloud = open_source(policy) if side == "source" else open_target(policy, may_write=False)
    identity = cloud.identity()
    app.tell("scan.login", side=app.say(f"side.{side}"), cloud=identity.cloud, project=identity.project_name)
    before = _readable(workspace, side)
    if before:
        same_tenant(before, identity, path=str(workspace.inventory_path(side)))
    return cloud


def _readable(workspace: Workspace, side: str) -> Inventory | None:
    """The inventory before this one; a damaged or missing one is simply taken anew."""
    try:
        return read_inventory(workspace.inventory_path(side))
    except ConfigError:
        return None
