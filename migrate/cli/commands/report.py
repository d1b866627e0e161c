"""`decamp report`: writes the migration report to `reports/`, or prints it."""

from collections.abc import Callable
from pathlib import Path

import click
import msgspec

from migrate.cli.archives.folder_marks import is_bundle
from migrate.cli.console import echo, is_stdout, print_text
from migrate.cli.context import App, pass_app
from migrate.cli.fitting_documents import Documents, load_fitting
from migrate.cli.options import SharedCommand
from migrate.cli.session import open_target
from migrate.cli.summary_inputs import gather, seen_of
from migrate.cli.views.draw_forecast import foretell
from migrate.cli.workspace import Workspace, shown
from migrate.dns.policy_names import look_up_names
from migrate.documents import write_where_told
from migrate.errors import DecampError, Exit
from migrate.findings.finding import blocking, undecided
from migrate.forecast.forecast_records import Forecast
from migrate.model.steps import MakeFloatingIp, MakePort
from migrate.own_secrets import hidden_values
from migrate.printable_text import visible_json
from migrate.report.address_files import addresses_csv, dns_csv, hosts_txt
from migrate.report.address_table import Seen
from migrate.report.as_json import render_json
from migrate.report.html import render_html
from migrate.report.markdown import render_markdown
from migrate.report.summary import Inputs, Summary, summarise
from migrate.report.totals_and_steps import Story, tell
from migrate.secret_looking import values_to_show
from migrate.units import iso, utc_now

REPORTS = ("html", "md", "json")
TABLES: dict[str, tuple[str, Callable[[Summary, str], str]]] = {
    "addresses": ("addresses.csv", addresses_csv),
    "hosts": ("hosts.txt", hosts_txt),
    "dns": ("dns-changes.csv", dns_csv),
}
"""What is written beside a report, by the format that asks for one of them alone: file and contents."""


@click.command("report", cls=SharedCommand)
@click.option(
    "-f",
    "--format",
    "form",
    type=click.Choice((*REPORTS, *TABLES)),
    help="A report: HTML (the default), Markdown (printed) or JSON. Or one table: old and new addresses (CSV), lines "
    "for /etc/hosts, DNS changes (CSV).",
)
@click.option("-o", "--output", metavar="FILE", help="Output file; `-` prints the report. Default: a file in reports/.")
@click.option("--offline", is_flag=True, help="Ask neither the target for its new addresses nor the DNS.")
@pass_app
def command(app: App, form: str | None, output: str | None, offline: bool) -> int:
    """Write the report: forecast, what moves, changes and is lost, what is left to do, and the proof.

    With addresses.csv, hosts.txt and dns-changes.csv beside it, unless a file or a format is named.
    """
    output = "-" if output and is_stdout(Path(output)) else output
    form = form or ("json" if app.is_json else fitting_format(output))
    workspace = Workspace(app.directory)
    documents = load_fitting(workspace)
    # The customer's clouds and names are none of support's business.
    offline = offline or is_bundle(workspace.root)
    lookups = look_up_names(documents.policy, offline=offline)
    inputs = gather(workspace, documents, None if offline else new_addresses(app, documents), lookups)
    summary = summarise(inputs)
    if form in TABLES:
        file, make = TABLES[form]
        content = make(summary, app.lang)
    else:
        now = utc_now()
        story = draw_story(documents, inputs, summary, foretell(app, workspace, documents, inputs, now))
        file, content = f"report-{app.lang}.{form}", render(summary, story, form, app.lang, iso(now))
    if output == "-":
        print_text(content.replace("\r\n", "\n"))
        return Exit.OK
    if not output:
        workspace.make_folders()
    reports = Path() if app.bundle else workspace.reports
    path = Path(output) if output else reports / file
    write_where_told(path, content)
    app.tell("report.done", path=shown(path))
    if not output and form not in TABLES:
        for beside, make in TABLES.values():
            write_where_told(reports / beside, make(summary, app.lang))
        app.tell("report.tables", paths=", ".join(shown(reports / beside) for beside, _ in TABLES.values()))
    echo(str(path), whole=True)
    return Exit.OK


def fitting_format(output: str | None) -> str:
    """The default report format: the file's extension, else Markdown on a terminal and HTML in a file."""
    if output == "-":
        return "md"
    suffix = Path(output).suffix.removeprefix(".") if output else ""
    return suffix if suffix in REPORTS else "html"


def draw_story(documents: Documents, inputs: Inputs, summary: Summary, forecast: Forecast | None) -> Story:
    """The parts of the report that are not in the summary, from the same inputs."""
    return tell(
        inputs,
        summary,
        forecast=forecast,
        open_blocks=len(blocking(inputs.findings, documents.policy)),
        open_losses=len(undecided(inputs.findings, documents.policy)),
    )


def render(summary: Summary, story: Story, form: str, lang: str, made_at: str) -> str:
    """The report as text, in one of `REPORTS`."""
    if form == "json":
        values = values_to_show(hidden_values(msgspec.to_builtins(render_json(summary, lang, made_at, story))))
        return visible_json(
            msgspec.json.format(msgspec.json.encode(values, order="deterministic"), indent=1).decode() + "\n"
        )
    if form == "md":
        return render_markdown(summary, story, lang, made_at)
    return render_html(summary, story, lang, made_at)


def new_addresses(app: App, documents: Documents) -> Seen | None:
    """Current addresses at the target. None if the plan creates none, or, with a message, if the target is
    unreachable.
    """
    if not any(isinstance(step.action, MakeFloatingIp | MakePort) for step in documents.plan.steps):
        return None
    try:
        target = open_target(documents.policy, may_write=False)
        state = target.network.state()
        return seen_of(state.floating_ips, state.ports, is_live=True)
    except DecampError as err:
        app.tell("report.offline", why=err.code)
        return None
