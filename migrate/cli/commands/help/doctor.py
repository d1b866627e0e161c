"""`decamp doctor`: checks this machine, the workspace and both clouds, and says what stands in the way. Only reads."""

import errno
import os
import pwd
import shutil
import sys
from collections.abc import Collection, Iterator
from importlib import metadata
from pathlib import Path
from urllib.parse import urlsplit

import click

from migrate.cli.connect import connect, login_files, login_is_checked, probe_login
from migrate.cli.console import print_json
from migrate.cli.context import App, pass_app
from migrate.cli.options import SharedCommand
from migrate.cli.safety.consent import require_known
from migrate.cli.session import check_store_key, ledger_url, open_ledger, store_folder
from migrate.cli.tables import Coloured
from migrate.cli.workspace import Workspace, shown
from migrate.clouds.guard import ReadOnly
from migrate.doctor.checkup import (
    Level,
    Line,
    certificate_line,
    clock_line,
    file_line,
    library_lines,
    ok,
    problem,
    problem_of,
    programs_line,
    python_line,
    room_line,
    warning,
)
from migrate.errors import ConfigError, DecampError, Exit
from migrate.ledger.ledger import Ledger
from migrate.ledger.ledger_records import State
from migrate.messages import codes
from migrate.messages.codes.registry import NUMBER
from migrate.plan.readiness.server_health import program_of
from migrate.policy.policy_records import Policy
from migrate.units import utc_now

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_COLOURS = {Level.OK: None, Level.WARNING: "yellow", Level.PROBLEM: "red"}
_LEAST_BYTES = 1 << 30
"""What a workspace should have left: logs, listings, and what verify spools."""


@click.command("doctor", cls=SharedCommand)
@click.option(
    "--cloud",
    "clouds",
    multiple=True,
    metavar="CLOUD",
    help="Check this cloud: a name in clouds.yaml, or `env`. Default: both clouds of the workspace. Repeatable.",
)
@pass_app
def command(app: App, clouds: tuple[str, ...]) -> int:
    """Check this machine, the workspace and both clouds. Changes nothing, and works without a workspace.

    Exits with status 3 if there is a problem, else with 0.
    """
    lines = [*machine_lines(), *workspace_lines(app, clouds)]
    if app.is_json:
        print_json([as_values(app, line) for line in lines])
    else:
        words = {level: app.say(f"doctor.level.{level.value}") for level in Level}
        app.print_table(
            ("level", "doctor.check", "text"),
            [
                (
                    Coloured(words[line.level], _COLOURS[line.level]),
                    app.say(f"doctor.check.{line.check}"),
                    _numbered(app, line),
                )
                for line in lines
            ],
        )
    problems = sum(line.level is Level.PROBLEM for line in lines)
    if problems:
        app.tell("doctor.problems", count=problems)
        return Exit.PARTIAL
    app.tell("doctor.none")
    return Exit.OK


def text_of(app: App, line: Line) -> str:
    """The sentence of a line."""
    if NUMBER.fullmatch(line.said):
        return app.text(line.said, dict(line.facts))
    return app.say(f"doctor.ok.{line.said}", **line.facts)


def _numbered(app: App, line: Line) -> str:
    return f"{line.said}: {text_of(app, line)}" if NUMBER.fullmatch(line.said) else text_of(app, line)


def as_values(app: App, line: Line) -> dict[str, object]:
    """A line as JSON values, with its text."""
    code = line.said if NUMBER.fullmatch(line.said) else ""
    return {
        "check": line.check,
        "level": line.level.value,
        "code": code,
        "facts": line.facts,
        "text": text_of(app, line),
    }


def machine_lines() -> Iterator[Line]:
    """Python, its libraries, and the proxies of the environment."""
    wanted = metadata.metadata("decamp").json.get("requires_python", "")
    yield python_line(".".join(map(str, sys.version_info[:3])), str(wanted))
    installed = {one.metadata["Name"].lower(): one.version for one in metadata.distributions() if one.metadata["Name"]}
    yield from library_lines(metadata.requires("decamp") or (), installed)
    proxies = {name: value for name in _PROXIES if (value := os.environ.get(name) or os.environ.get(name.upper()))}
    if not proxies:
        yield ok("proxies", "proxies-none")
    for name, value in proxies.items():
        yield ok("proxies", "proxy", name=name, value=_without_login(value))


def _without_login(address: str) -> str:
    return "".join(address.rpartition("@")[2:]) if "@" in address else address


def workspace_lines(app: App, clouds: tuple[str, ...]) -> Iterator[Line]:
    """The workspace if there is one, then the clouds: those that were named, else its two."""
    workspace = Workspace(app.directory)
    policy: Policy | None = None
    if not workspace.policy_path.exists():
        yield ok("workspace", "workspace-none", path=shown(workspace.root))
    else:
        try:
            policy = workspace.policy()
        except DecampError as error:
            yield problem_of("workspace", error)
        else:
            yield unwritable_line(workspace) or ok("workspace", "workspace", path=shown(workspace.policy_path))
            yield from ownership_lines(workspace)
    if policy:
        yield from policy_lines(workspace, policy)
    elif workspace.root.is_dir():
        yield room_line(shown(workspace.root), shutil.disk_usage(workspace.root).free, _LEAST_BYTES)
    regions = {policy.source_cloud: policy.source_region, policy.target_cloud: policy.target_region} if policy else {}
    for name in dict.fromkeys(clouds or regions):
        yield from cloud_lines(name, regions.get(name, ""))
    if not clouds and not regions:
        yield ok("login", "clouds-none")


def unwritable_line(workspace: Workspace) -> Line | None:
    """A problem, if a command that goes on with the migration could not write what it keeps here."""
    folders = (workspace.root, workspace.private, workspace.cache, workspace.evidence_path.parent, workspace.reports)
    files = (workspace.ledger_path, workspace.plan_path, *map(workspace.inventory_path, ("source", "target")))
    for path in (*folders, *files):
        needed = os.W_OK | (os.X_OK if path.is_dir() else 0)
        if path.exists() and not os.access(path, needed, effective_ids=True):
            is_mounted_so = os.statvfs(path).f_flag & os.ST_RDONLY
            why = os.strerror(errno.EROFS if is_mounted_so else errno.EACCES)
            return problem("workspace", codes.CANNOT_WRITE, path=shown(path), why=why)
    return None


def ownership_lines(workspace: Workspace) -> Iterator[Line]:
    """What looks works there, and whatever changes something does not, or locks the owner out."""
    try:
        require_known(workspace)
    except ConfigError as error:
        yield warning("workspace", error.code, **{key: str(value) for key, value in error.facts.items()})
    owner = workspace.root.stat().st_uid
    if os.geteuid() == 0 != owner:
        try:
            user = pwd.getpwuid(owner).pw_name
        except KeyError:
            user = str(owner)
        yield warning("workspace", codes.FOLDER_OF_ANOTHER, path=shown(workspace.root), user=user)


def policy_lines(workspace: Workspace, policy: Policy) -> Iterator[Line]:
    """What the policy needs on this machine: room, the store's key, programs, the ledger."""
    ledger, done = ledger_line(workspace, policy)
    need = _LEAST_BYTES + (0 if policy.store_container else _to_capture_bytes(workspace, done))
    folder = workspace.root if policy.store_container else workspace.store_path(policy)
    there = next(path for path in (folder.absolute(), *folder.absolute().parents) if path.is_dir())
    if not policy.store_container:
        try:
            store_folder(workspace, policy)
        except DecampError as error:
            yield problem_of("files", error)
    yield room_line(shown(folder), shutil.disk_usage(there).free, need)
    if policy.store_key:
        try:
            check_store_key(workspace, policy)
        except DecampError as error:
            yield problem_of("files", error)
        else:
            yield ok("files", "store-key", place=policy.store_key)
    named = programs_of(policy)
    yield programs_line(named, (one for one in named if not workspace.can_run(one)))
    yield ledger


def _to_capture_bytes(workspace: Workspace, done: Collection[str]) -> int:
    """The most that the captures that are left may write; 0 without a plan that can be read."""
    try:
        steps = workspace.plan().steps
    except ConfigError:
        return 0
    return sum(step.size_bytes for step in steps if step.action.fills_store and step.id not in done)


def programs_of(policy: Policy) -> list[str]:
    """The programs that the policy names, in alphabetical order."""
    hooks = (policy.before_stop, policy.after_up, policy.after_back)
    named = {run[0] for lines in hooks for run in lines.values()}
    named |= {program for line in policy.health for check in line.checks if (program := program_of(check))}
    return sorted(named)


def ledger_line(workspace: Workspace, policy: Policy) -> tuple[Line, frozenset[str]]:
    """Whether the ledger can be opened, if there is one yet; and the steps that it says are done."""
    try:
        if not Ledger.is_there(ledger_url(workspace, policy)):
            return ok("ledger", "ledger-none"), frozenset()
        with open_ledger(workspace, policy) as ledger:
            done = frozenset(step_id for step_id, row in ledger.states().items() if row.state is State.DONE)
        return ok("ledger", "ledger"), done
    except DecampError as error:
        return problem_of("ledger", error), frozenset()


def cloud_lines(name: str, region: str) -> Iterator[Line]:
    """One cloud: the files of its login, its address, certificate and clock, and the login itself."""
    try:
        for path in login_files(name):
            yield file_line(path, Path(path).stat().st_mode)
        seen = probe_login(name, region)
        if seen:
            now = utc_now()
            proxy = {"proxy": seen.proxy} if seen.proxy else {}
            yield ok("network", "address-proxy" if proxy else "address", cloud=name, url=seen.url, **proxy)
            is_checked = login_is_checked(name) or urlsplit(seen.url).scheme == "http"
            yield certificate_line(name, seen.url, seen.certificate_ends_at, now, is_checked=is_checked)
            yield clock_line(name, seen.ahead_s, now)
        identity = connect(name, ReadOnly(), region=region).identity()
    except DecampError as error:
        yield problem_of("login", error)
    except OSError as error:
        yield warning("files", codes.LOGIN_FILE_UNREADABLE, path=str(error.filename), why=error.strerror or str(error))
    else:
        yield ok("login", "login", cloud=name, project=identity.project_name or identity.project_id)
