"""`decamp pack` and `decamp unpack`: a workspace goes on, on another machine."""

from pathlib import Path

import click

from migrate.cli.archives.packed_workspace import (
    content_of,
    elsewhere,
    is_own_name,
    moved_away,
    undo,
    unpack,
    write_pack,
)
from migrate.cli.console import echo, print_json
from migrate.cli.context import App, pass_app
from migrate.cli.options import SharedCommand
from migrate.cli.progress_bars import make_monitor
from migrate.cli.safety.consent import command_of
from migrate.cli.workspace import Workspace, shown
from migrate.documents import require_new
from migrate.errors import ConfigError, Exit
from migrate.messages import codes
from migrate.messages.numbers import size


@click.command("pack", cls=SharedCommand)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option("--undo", "is_undone", is_flag=True, help="Go on here after all: the pack must not be used elsewhere.")
@pass_app
def command(app: App, file: Path | None, is_undone: bool) -> int:
    """Put the whole workspace into FILE, to go on elsewhere with `decamp unpack`.

    From then on, no command works in this workspace; `status`, `watch` and `report` still do. A store outside the
    workspace stays where it is. Refuses while a run is at work. FILE holds private/: send it as you would a password.
    """
    workspace = Workspace(app.directory)
    policy = workspace.policy()
    if is_undone:
        app.tell("pack.undone" if undo(workspace, policy) else "pack.not-moved")
        return Exit.OK
    if file is None:
        raise ConfigError(codes.OPTION_MISSING, option="FILE")
    require_new(file)
    if is_own_name(workspace, policy, file):
        raise ConfigError(codes.ARCHIVE_EXISTS, path=str(file))
    with moved_away(workspace, policy, file):
        content = content_of(workspace, policy, file)
        monitor = make_monitor(content.size_bytes, app.say("pack.label"))
        try:
            write_pack(file, workspace, policy, content, lambda count: monitor.item_advanced("pack", count))
        finally:
            monitor.close()
    left = elsewhere(workspace, policy)
    if app.is_json:
        print_json(
            {
                "file": str(file),
                "files": len(content.files),
                "size_bytes": content.size_bytes,
                "skipped": content.skipped,
                "unfit": content.unfit,
                "not_needed": content.not_needed,
                "elsewhere": vars(left),
            }
        )
        return Exit.OK
    for name in content.skipped:
        app.tell("pack.skipped", name=name)
    for name in content.unfit:
        app.tell("pack.unfit", name=name)
    for name in content.not_needed:
        app.tell("pack.not-needed", name=name)
    for key, place in vars(left).items():
        if place:
            app.tell(f"pack.{key.replace('_', '-')}", place=place)
    app.tell("pack.private")
    app.tell(
        "pack.done", path=shown(file), size=size(file.stat().st_size, app.lang), command=f"{app.prefix} pack --undo"
    )
    echo(str(file), whole=True)
    return Exit.OK


@click.command("unpack", cls=SharedCommand)
@click.argument("file", type=click.Path(path_type=Path))
@click.argument("folder", type=click.Path(path_type=Path), required=False)
@pass_app
def unpack_command(app: App, file: Path, folder: Path | None) -> int:
    """Make a workspace out of a packed one, in a new FOLDER. Default: named like the file.

    Checks every file against the sums that were taken when it was packed.
    """
    folder = folder or Path(file.name.removesuffix(file.suffix) or file.name)
    head = unpack(file, folder)
    app.directory = folder
    policy = Workspace(folder).read_policy().policy
    app.tell("unpack.done", migration=head.migration[:8], path=shown(folder))
    app.tell("unpack.needs", source=policy.source_cloud, target=policy.target_cloud)
    for key, place in vars(elsewhere(Workspace(folder), policy)).items():
        if place:
            app.tell(f"unpack.{key.replace('_', '-')}", place=place)
    app.tell("unpack.next", command=command_of(folder))
    echo(str(folder), whole=True)
    return Exit.OK
