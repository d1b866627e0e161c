"""`decamp support-bundle`: one file for support, without secrets, and what is in it before it is written."""

import gzip
import tarfile
import time
from pathlib import Path

import click

from migrate.cli.archives.bundle_content import Bundle, gather_bundle, members
from migrate.cli.archives.tar_files import add_bytes
from migrate.cli.console import echo, print_json
from migrate.cli.context import App, pass_app
from migrate.cli.options import SharedCommand
from migrate.cli.workspace import Workspace, read_text
from migrate.documents import new_file, require_new
from migrate.errors import ConfigError, Exit
from migrate.messages import codes
from migrate.messages.numbers import size
from migrate.units import utc_now


@click.command("support-bundle", cls=SharedCommand)
@click.option(
    "-o", "--output", metavar="FILE", help="The file to write. Default: decamp-support-MIGRATION-TIME.tar.gz, here."
)
@click.option("--program-output", is_flag=True, help="Also put in what failed programs of the policy have said.")
@click.option("--yes", is_flag=True, help="Write it without asking.")
@pass_app
def command(app: App, output: str | None, program_output: bool, yes: bool) -> int:
    """Put documents, ledger, logs and versions into one file for support, without secrets.

    Lists what is in it and asks before it writes. Contacts no cloud, and can run next to a run. Support opens it with
    `decamp -C FILE status`, `report` or `watch --once`.
    """
    workspace = Workspace(app.directory)
    read_text(workspace.policy_path)  # what is no workspace is told at once
    bundle = gather_bundle(workspace, program_output=program_output)
    path = Path(output or f"decamp-support-{bundle.migration[:8]}-{utc_now():%Y%m%dT%H%M%SZ}.tar.gz")
    require_new(path)
    _show(app, bundle)
    if not yes:
        if not app.interactive:
            raise ConfigError(codes.OPTION_MISSING, option="--yes")
        if not click.confirm(app.say("bundle.ask", path=path), err=True):
            app.tell("bundle.not-written")
            return Exit.OK
    write_bundle(path, bundle)
    app.tell("bundle.written", path=path, size=size(path.stat().st_size, app.lang))
    if not app.is_json:
        echo(str(path), whole=True)
    return Exit.OK


def write_bundle(path: Path, bundle: Bundle) -> None:
    """Writes it whole or not at all, for its owner alone. Raises FatalError DCP-111."""
    now = time.time()
    with (
        new_file(path) as file,
        gzip.GzipFile(fileobj=file, mode="wb", filename="", mtime=int(now)) as packed,
        tarfile.open(fileobj=packed, mode="w|", format=tarfile.PAX_FORMAT) as archive,
    ):
        for name, content in members(bundle):
            add_bytes(archive, name, content, now)


def _show(app: App, bundle: Bundle) -> None:
    if app.is_json:
        print_json(bundle.list)
        return
    rows = [(one.name, size(one.size_bytes, app.lang), app.say(f"bundle.{one.what}")) for one in bundle.list.files]
    app.print_table(("file", "size", "what"), rows)
    if bundle.left_out:
        echo()
        echo(app.say("bundle.left-out"))
        for one in bundle.left_out:
            echo(f"- {one.name}: {app.say(f'bundle.{one.why}')}")
    echo()
    echo(app.say("bundle.secrets"))
