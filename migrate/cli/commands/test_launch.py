"""`decamp test-launch`: starts copies of a wave's servers at the target, checks them, and removes them again."""

import re
import shlex
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import click
from msgspec.structs import replace

from migrate.cli.commands.clean import show as show_made
from migrate.cli.console import echo, print_json
from migrate.cli.context import App, pass_app
from migrate.cli.fitting_documents import open_for_work
from migrate.cli.options import SharedCommand
from migrate.cli.safety.consent import require_agreed
from migrate.cli.session import Needs, Session, SourceUse, open_session
from migrate.cli.tables import Coloured
from migrate.cli.wave_choice import wave_named
from migrate.cli.workspace import Workspace, shown
from migrate.disks.store.manifest import DiskManifest
from migrate.errors import ConfigError, ConflictError, DecampError, Exit, worst
from migrate.execute.leftovers import Made, list_made
from migrate.execute.test_launch.carry_out_launch import Launch, carry_out_launch, remove_kept
from migrate.execute.test_launch.launch_room import RoomRow, room_rows
from migrate.execute.test_launch.launch_scope import (
    LaunchScope,
    all_waves,
    disk_of,
    disks_of,
    may_be_launched,
    newest_passes,
    scope_of,
)
from migrate.execute.test_launch.launch_turn import launch_left, noted_launch
from migrate.execute.test_launch.make_launch import launched_disk
from migrate.health.launch_evidence import LaunchedServer, LaunchRecord
from migrate.messages import codes
from migrate.messages.numbers import size
from migrate.model import Kind, Role
from migrate.model.steps import Plan
from migrate.plan.waves import Wave
from migrate.policy.selectors import item
from migrate.policy.spans import parse_span

LONGEST_KEEP_S = 7 * 86400
_SHORT = re.compile(r"(\d{1,5})([mhd])", re.ASCII)
_UNITS = {"m": 60, "h": 3600, "d": 86400}


def _kept_for(ctx: click.Context, param: click.Parameter, value: str | None) -> int:
    """Parses --keep: `2h`, `90m`, `1d`, or a span as in the policy; in seconds, 0 if it is not given."""
    if value is None:
        return 0
    short = _SHORT.fullmatch(value.strip().lower())
    seconds = int(short[1]) * _UNITS[short[2]] if short else parse_span(value)
    if seconds is None or not 60 <= seconds <= LONGEST_KEEP_S:
        app = ctx.find_object(App) or App()
        raise click.BadParameter(app.say("launch.span", value=value), ctx, param)
    return seconds


@click.command("test-launch", cls=SharedCommand)
@click.argument("named", metavar="WAVE|SERVER")
@click.option("--execute", is_flag=True, help="Make the servers. Without this option nothing is changed.")
@click.option(
    "--keep",
    "keep_s",
    callback=_kept_for,
    metavar="SPAN",
    help="Leave the servers at the target for so long (`2h`, `90 minutes`), instead of removing them after the checks.",
)
@click.option("--remove", is_flag=True, help="Remove what a test launch has left at the target.")
@pass_app
def command(app: App, named: str, execute: bool, keep_s: int, remove: bool) -> int:
    """Start copies of a wave's servers at the target, check them, and remove them; a dry run without --execute.

    Each disk is restored from its newest complete capture in the store. The servers are on networks like the source's,
    but without a router. The source is not accessed, and the later move is not affected.
    """
    if remove and keep_s:
        raise ConfigError(codes.USAGE, what=app.say("launch.keep-or-remove"))
    workspace, documents = open_for_work(app)
    if execute:
        require_agreed(workspace, documents.policy)
    plan = documents.plan
    wave = None if remove else _launchable(plan, named)
    needs = Needs(execute=execute, label="test-launch", source=SourceUse.NOT, reads_store=not remove)
    with open_session(app, workspace, documents.policy, plan, needs) as session:
        if wave is None:
            return _remove(app, session, plan, named, execute=execute)
        scope = scope_of(plan, documents.source, wave)
        passes = newest_passes(scope, session.context.store.newest_pass, f"{app.prefix} run --execute")
        if not execute:
            return _rehearse(app, session, scope, passes)
        app.stops_softly = True
        record, failure = carry_out_launch(session.context, Launch(scope, passes, keep_s))
    return show_launch(app, workspace, record, failure)


def _launchable(plan: Plan, named: str) -> Wave:
    """Raises ConfigError: DCP-940, DCP-941, the plan has no such wave; DCP-580, it makes none of its servers."""
    wave, possible = wave_named(all_waves(plan), named), may_be_launched(plan)
    if wave not in possible:
        raise ConfigError(codes.LAUNCH_OF_NOTHING, name=wave.name, known=", ".join(one.name for one in possible) or "—")
    return wave


# ---------------------------------------------------------------- removal


def _remove(app: App, session: Session, plan: Plan, named: str, *, execute: bool) -> int:
    """Removes what is left of a launch, or shows it.

    `named`: as the launch was named then, whatever the plan calls its wave today; or a wave or server of the plan.
    Raises ConfigError DCP-571, DCP-940, ConflictError DCP-570, DCP-573.
    """
    context = session.context
    there, left = noted_launch(context.ledger), launch_left(context.ledger)
    known = {one.name for one in (there, left) if one}
    name = named if named in known else wave_named(all_waves(plan), named).name
    if there and there.name != name and (there.is_kept() or there.is_under_way()):
        raise (
            ConflictError(codes.LAUNCH_KEPT, **there.kept_facts)
            if there.is_kept()
            else ConflictError(codes.LAUNCH_UNDER_WAY, name=there.name)
        )
    made = [replace(one, code=None) for one in list_made(context) if _is_launched(one)]
    if not made and left is None:
        raise ConfigError(codes.LAUNCH_NONE)
    if execute:
        remove_kept(context, name)
        made = [replace(one, removed=True) for one in made]
    show_made(app, made)
    if execute:
        app.tell("clean.done", count=len(made))
    else:
        app.tell(
            "clean.rehearsal",
            count=len(made),
            command=f"{app.prefix} test-launch {shlex.quote(name)} --remove --execute",
        )
    return Exit.OK


def _is_launched(one: Made) -> bool:
    return one.role is Role.TEST and one.code in {None, codes.LAUNCH_KEPT, codes.NOT_REMOVED_IN_USE}


# ---------------------------------------------------------------- dry run


def _rehearse(app: App, session: Session, scope: LaunchScope, passes: dict[str, DiskManifest]) -> int:
    """Shows what would be made, from which passes, and the quotas that it takes."""
    rows = room_rows(session.context.target, scope)
    names = {disk_of(step.action): step.name for step in scope.disks}
    servers = tuple(
        LaunchedServer(
            item=item(Kind.SERVER, server.server_id),
            name=server.make.name,
            disks=tuple(launched_disk(passes[disk], names[disk]) for disk in disks_of(server)),
        )
        for server in scope.servers
    )
    if app.is_json:
        print_json({"name": scope.name, "servers": servers, "networks": len(scope.networks), "quotas": rows})
    else:
        app.print_table(
            ("server", "disk", "size", "launch.taken", "launch.consistency"), _disk_rows(app, servers, passes)
        )
        echo()
        app.print_table(("launch.quota", "launch.need", "launch.used", "launch.limit"), map(_room_row, rows))
    _say_moments(app, servers)
    short = [row.resource for row in rows if row.missing]
    if short:
        app.tell("launch.short", count=len(short), resources=", ".join(short))
    app.tell("launch.rehearsal", count=len(servers), name=scope.name)
    return Exit.PARTIAL if short else Exit.OK


def _disk_rows(
    app: App, servers: Iterable[LaunchedServer], passes: dict[str, DiskManifest]
) -> Iterator[tuple[object, ...]]:
    for server in servers:
        for one in server.disks:
            whole = size(passes[one.disk].size_bytes, app.lang)
            yield server.name, one.name, whole, one.taken_at, app.say(f"launch.{one.consistency.replace(' ', '-')}")


def _room_row(row: RoomRow) -> tuple[object, ...]:
    limit = "∞" if row.limit < 0 else row.limit
    return row.resource, row.need, row.used, Coloured(str(limit), "red" if row.missing else None)


def _say_moments(app: App, servers: Sequence[LaunchedServer]) -> None:
    """Names servers whose disks show different moments."""
    for server in servers:
        if not server.is_of_one_moment:
            moments = ", ".join(sorted({one.taken_at for one in server.disks}))
            app.tell("launch.moments", server=server.name, moments=moments)


# ---------------------------------------------------------------- result


def show_launch(app: App, workspace: Workspace, record: LaunchRecord, failure: DecampError | None) -> int:
    """Prints what came of a launch, and returns the exit code."""
    if app.is_json:
        print_json(record)
    else:
        columns = ("server", "outcome", "launch.groups", "launch.impossible")
        app.print_table(columns, [_row(app, server) for server in record.servers])
    _say_moments(app, record.servers)
    for server in record.servers:
        if not server.has_key:
            app.tell("launch.no-key", server=server.name)
    passed, failed, impossible = record.counts
    facts = {"name": record.name, "passed": passed, "failed": failed, "impossible": impossible}
    path = shown(Path(workspace.evidence_path.parent / "test-launches"))
    if failure:
        app.tell("launch.broke-off", name=record.name, why=app.explain(failure.code, failure.facts))
    app.tell("launch.passed" if record.passed else "launch.failed", **facts, path=path)
    if record.kept_until:
        app.tell("launch.kept", until=record.kept_until)
    elif record.left_code:
        app.tell(
            "launch.left", why=app.explain(record.left_code, dict(record.left_facts)), command=f"{app.prefix} clean"
        )
    else:
        app.tell("launch.removed")
    found = [failure.exit] if failure else []
    return worst([*found, Exit.OK if record.passed and not record.left_code else Exit.PARTIAL])


def _row(app: App, server: LaunchedServer) -> tuple[object, ...]:
    failed = next((one for one in server.results if not one.passed), None)
    outcome: object = app.say("launch.not-made")
    if failed:
        outcome = Coloured(
            app.explain(failed.code, {**failed.facts, "name": server.name, "tries": failed.tries}), "red"
        )
    elif server.passed:
        outcome = app.say("launch.ok", count=len(server.results))
    return server.name, outcome, app.say(f"launch.groups-{server.groups}"), ", ".join(server.not_possible) or "-"
