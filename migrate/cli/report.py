"""`decamp report`: writes the report of the migration into `reports/`, or prints it."""

import json
from pathlib import Path

import click

from migrate.cli.context import App, pass_app
from migrate.cli.documents import Documents, load_fitting
from migrate.cli.gather import draw_summary
from migrate.cli.options import SharedCommand
from migrate.cli.wiring import open_target
from migrate.cli.workspace import Workspace, shown
from migrate.documents import write_atomically
from migrate.errors import DecampError, Exit
from migrate.report.as_json import render_json
from migrate.report.markdown import render_markdown
from migrate.report.summary import Summary
from migrate.units import iso, utc_now

SUFFIXES = {"md": "md", "json": "json"}


@click.command("report", cls=SharedCommand)
@click.option("-f", "--format", "form", type=click.Choice(list(SUFFIXES)), help="Markdown (the default) or JSON.")
@click.option("-o", "--output", metavar="FILE", help="Where to write it; `-` prints it. Default: into reports/.")
@click.option("--offline", is_flag=True, help="Do not ask the target for its new addresses.")
@pass_app
def command(app: App, form: str | None, output: str | None, offline: bool) -> int:
    """Write the report of the migration: what moved, what changes, what is lost, what is left, what is proved."""
    form = form or ("json" if app.is_json else "md")
    workspace = Workspace(app.directory)
    documents = load_fitting(workspace)
    summary = draw_summary(workspace, documents, None if offline else new_addresses(app, documents))
    content = render(summary, form, app.lang)
    if output == "-":
        click.echo(content, nl=False)
        return Exit.OK
    path = Path(output) if output else workspace.reports / f"report-{app.lang}.{SUFFIXES[form]}"
    workspace.make_folders()
    write_atomically(path, content.encode())
    app.tell("report.done", path=shown(path))
    click.echo(str(path))
    return Exit.OK


def render(summary: Summary, form: str, lang: str) -> str:
    made_at = iso(utc_now())
    if form == "json":
        values = render_json(summary, lang, made_at)
        return json.dumps(values, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    return render_markdown(summary, lang, made_at)


def new_addresses(app: App, documents: Documents) -> dict[str, str] | None:
    """The target's floating addresses as they are now; None, and a word about it, when it cannot be asked."""
    if not any(step.do == "floating-ip.make" for step in documents.plan.steps):
        return None
    try:
        target = open_target(documents.policy, may_write=False)
        return {ip.id: ip.address for ip in target.network.state().floating_ips}
    except DecampError as err:
        app.tell("report.offline", why=err.code)
        return None
