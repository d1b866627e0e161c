"""`decamp scan`: reads both clouds into `source.json` and `target.json`. Changes nothing."""

from pathlib import Path
from typing import Any

import click

from migrate.cli.connect import login_files, login_is_checked
from migrate.cli.console import echo, print_json
from migrate.cli.context import App, pass_app
from migrate.cli.options import PlainNumber, SharedCommand
from migrate.cli.session import on_s3, open_source, open_target
from migrate.cli.workspace import Workspace, shown
from migrate.clouds.ports import LISTING_PAGE, Cloud, ObjectStore
from migrate.errors import Exit
from migrate.findings.inputs import is_segments
from migrate.inventory.collect_user_data import collect_user_data
from migrate.inventory.diff import Change, changes
from migrate.inventory.inventory_file import read_inventory, require_same_project, write_inventory
from migrate.inventory.object_headers_check import look_at_headers, requests_for
from migrate.inventory.object_names_check import Oddness, count_refused_names
from migrate.inventory.scan_project import scan
from migrate.model import LEFT_OUT, ODD, ON_S3, OTHER_KINDS, OTHER_SERVICE, Inventory, S3Place, ServiceResource
from migrate.plan.two_projects import End, Endpoints, end_of, refuse_one_place, refuse_same_names
from migrate.policy.bucket_places import container_places, s3_profile
from migrate.policy.choose_buckets import place_of, place_text
from migrate.policy.policy_records import Policy
from migrate.policy.s3_object_limits import limits_of, oddness
from migrate.policy.scan_left_out import (
    is_container,
    is_listing,
    is_odd,
    is_offer,
    is_unreadable,
    left_out_by,
    shrunk_since,
)

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
    "trunks",
    "server_groups",
    "backups",
)


@click.command("scan", cls=SharedCommand)
@click.option("--side", type=click.Choice(SIDES), help="Scan only this cloud. Default: both.")
@click.option(
    "--diff",
    "older",
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Older source.json or target.json: show the changes since.",
)
@click.option(
    "--objects",
    is_flag=True,
    help=(
        "Also count the objects that the target will refuse: one request per 10,000 names; "
        "for an S3 target also one per object, to find headers that S3 cannot store."
    ),
)
@click.option(
    "--objects-sample",
    "sample",
    metavar="COUNT",
    type=PlainNumber(click.IntRange(min=1)),
    help="With --objects: check the headers of only COUNT objects per container.",
)
@pass_app
def command(app: App, side: str | None, older: Path | None, objects: bool, sample: int | None) -> int:
    """Read both clouds into source.json and target.json. Changes nothing on any cloud."""
    workspace = Workspace(app.directory)
    policy = workspace.policy()
    sides = (side,) if side else SIDES
    # Read before anything is written: it may be the same document that is replaced.
    before = _older(app, older, sides)
    # All logins first, all documents last: an error in between leaves both documents unchanged.
    refuse_same_names(policy)
    clouds: dict[str, Cloud] = {}
    ends: dict[str, End] = {}
    for one in sides:
        clouds[one], ends[one] = log_in(app, workspace, policy, one)
    _refuse_one_place(workspace, policy, ends)
    if before and older:
        require_same_project(before, ends[before.side].identity, path=str(older))
    taken: dict[str, Inventory] = {}
    left_out = left_out_by(policy.scan_skip)
    if "source" in clouds:
        taken["source"] = scan(clouds["source"], "source", left_out=left_out)
    if "target" in clouds:
        places = _places(workspace, policy, taken.get("source"))
        target = on_s3(workspace, policy, clouds["target"], places, may_write=False)
        taken["target"] = scan(target, "target", places, left_out)
    if "source" in taken:
        taken["source"] = collect_user_data(
            clouds["source"], taken["source"], workspace.private, files=policy.user_data_files, root=workspace.root
        )
        if objects or sample:
            taken["source"] = _with_objects(app, policy, clouds["source"].objects, taken["source"], sample)
    # Items of an earlier scan whose listing failed this time, found before the document is replaced.
    shrunk = {one: shrunk_since(workspace.known_inventory(one), inventory) for one, inventory in taken.items()}
    for one, inventory in taken.items():
        write_inventory(workspace.inventory_path(one), inventory)
        app.tell("scan.done", side=app.say(f"side.{one}"), path=shown(workspace.inventory_path(one)))
    found = {before.side: changes(before, taken[before.side])} if before else {}
    if app.is_json:
        print_json({one: _as_json(workspace, taken[one], found.get(one)) for one in taken})
    else:
        _print_counts(app, taken)
        for changed in found.values():
            _print_changes(app, changed, str(older))
    refused = [_tell_unlisted(app, one, inventory, shrunk[one]) for one, inventory in taken.items()]
    echo(app.say("status.next", command=f"{app.prefix} check", why=app.say("next.read")), err=True)
    return Exit.PARTIAL if any(refused) else Exit.OK


def _tell_unlisted(app: App, one: str, inventory: Inventory, shrunk: dict[str, int]) -> bool:
    """Reports what could not be listed, and why. True if a refused listing is needed to move or check items."""
    side, rows = app.say(f"side.{one}"), [row for row in inventory.others if not row.id]
    refused = [row for row in rows if (is_listing(row) and not row.details.get("skip")) or is_container(row)]
    odd = [row for row in rows if is_odd(row)]
    for row in odd:
        _tell_odd(app, one, row)
    for row in rows:
        if row in odd:
            continue
        listing = app.say(f"fact.listing.{row.name}") if is_listing(row) else row.name or row.service
        if word := row.details.get("skip"):
            app.tell("scan.left-out", side=side, listing=listing, word=word)
        elif row in refused:
            key = f"scan.refused.{one}" if not is_offer(row, one) else "scan.refused.offer"
            app.tell(key, side=side, listing=listing, service=row.service, why=row.details.get("why", ""))
        else:
            service = " ".join(filter(None, (row.service, row.name)))
            app.tell("scan.unlisted", side=side, service=service, why=row.details.get("why", ""))
    for name, count in shrunk.items():
        app.tell(f"scan.shrunk.{one}", side=side, listing=app.say(f"fact.listing.{name}"), count=count)
    return any(not is_offer(row, one) for row in refused) or any(is_unreadable(row, one) for row in odd)


def _tell_odd(app: App, one: str, row: ServiceResource) -> None:
    key = "kept" if row.details[ODD] != LEFT_OUT else "source" if is_unreadable(row, "source") else "other"
    key = "other" if key == "source" and one != "source" else key
    listing = row.details.get("listing", "")
    told = app.say(f"fact.listing.{listing}") if not listing.startswith(OTHER_SERVICE) else row.service
    app.tell(
        f"scan.odd.{key}",
        side=app.say(f"side.{one}"),
        what=row.name,
        listing=told,
        service=row.service,
        why=row.details.get("why", ""),
    )


def _places(workspace: Workspace, policy: Policy, source: Inventory | None) -> dict[str, S3Place]:
    """The S3 places to scan, by their text: planned places of containers, and places found by the last scan."""
    source, before = source or workspace.known_inventory("source"), workspace.known_inventory("target")
    wanted = container_places(source, policy).values() if source else ()
    seen = before.containers if before and ON_S3 in before.facts.services and policy.s3 else ()
    return {place_text(place): place for place in wanted} | {one.name: place_of(one.name) for one in seen}


def _with_objects(app: App, policy: Policy, store: ObjectStore, source: Inventory, sample: int | None) -> Inventory:
    """The source inventory, extended by object names, and headers on S3, that the target refuses."""
    odd = _oddness(policy, source)
    listed = sum(-(-container.objects // LISTING_PAGE) or 1 for container in source.containers)
    if policy.s3 is None:
        app.tell("scan.listings", requests=listed)
        return count_refused_names(store, source, odd, app.stop)
    asked = sum(requests_for(one, sample) for one in source.containers if not is_segments(one.name))
    app.tell("scan.headers", listings=2 * listed, requests=asked, option="--objects-sample")
    found = count_refused_names(store, source, odd, app.stop)
    return look_at_headers(
        store,
        found,
        # Segments become parts of large objects, and refused objects are not copied at all.
        lambda container, entry: not is_segments(container) and not odd(container, entry),
        most=sample,
        workers=policy.limits.objects,
        stop=app.stop,
    )


def _oddness(policy: Policy, source: Inventory) -> Oddness:
    """The check of object names: against the S3 service's limits below each container's prefix, if there is one."""
    limits = limits_of(s3_profile(policy)) if policy.s3 else None
    prefixes = {name: place.prefix for name, place in container_places(source, policy).items()}
    return lambda container, entry: oddness(entry, limits, prefixes.get(container, ""))


def _older(app: App, path: Path | None, sides: tuple[str, ...]) -> Inventory | None:
    """The inventory named by `--diff`. Raises BadParameter if its side is not scanned."""
    if path is None:
        return None
    inventory = read_inventory(path)
    if inventory.side not in sides:
        raise click.BadParameter(app.say("scan.diff.other", path=path, side=app.say(f"side.{inventory.side}")))
    return inventory


def _counts(inventory: Inventory) -> dict[str, int]:
    """The number of items of each kind; other services' kinds have their own names."""
    own = {key: len(getattr(inventory, key)) for key in COUNTED}
    others = {kind.value: sum(row.kind is kind and bool(row.id) for row in inventory.others) for kind in OTHER_KINDS}
    return own | others


def _as_json(workspace: Workspace, inventory: Inventory, changed: list[Change] | None) -> dict[str, Any]:
    told: dict[str, Any] = {
        "path": str(workspace.inventory_path(inventory.side)),
        "counts": _counts(inventory),
        "unlisted": [
            {"service": row.service, "name": row.name, **row.details} for row in inventory.others if not row.id
        ],
    }
    return told if changed is None else {**told, "changes": changed}


def _print_counts(app: App, taken: dict[str, Inventory]) -> None:
    """Prints a row for each kind; skips kinds of other services without items."""
    counts = {one: _counts(inventory) for one, inventory in taken.items()}
    kinds = [(key.removesuffix("s").replace("_", "-"), key) for key in COUNTED]
    kinds += [(kind.value, kind.value) for kind in OTHER_KINDS if any(one[kind.value] for one in counts.values())]
    columns = ("kind", *(f"side.{one}" for one in taken))
    app.print_table(columns, [(app.say(f"kind.{kind}"), *(one[key] for one in counts.values())) for kind, key in kinds])


def _print_changes(app: App, changed: list[Change], path: str) -> None:
    echo()
    echo(app.say("scan.diff" if changed else "scan.diff.none", path=path))
    for one in changed:
        if one.after is None:
            echo(app.say("scan.diff.gone", what=one.path, name=one.before or "-"))
        elif one.before is None:
            echo(app.say("scan.diff.new", what=one.path, name=one.after or "-"))
        else:
            echo(f"{one.path}: {one.before} -> {one.after}")


def log_in(app: App, workspace: Workspace, policy: Policy, side: str) -> tuple[Cloud, End]:
    """The cloud, logged in. Raises ConflictError DCP-501 if the project differs from the last scan's."""
    cloud: Cloud = open_source(policy) if side == "source" else open_target(policy, may_write=False)
    identity = cloud.identity()
    app.tell("scan.login", side=app.say(f"side.{side}"), cloud=identity.cloud, project=identity.project_name)
    name = policy.source_cloud if side == "source" else policy.target_cloud
    if files := login_files(name):
        told = {"files": ", ".join(files), "address": identity.auth_url}
        app.tell("scan.login-from", side=app.say(f"side.{side}"), cloud=identity.cloud, **told)
    endpoints = cloud.endpoints()
    if not login_is_checked(name):
        app.tell("scan.no-verify", side=app.say(f"side.{side}"))
    if plain := _plain_addresses(policy, side, identity.auth_url, endpoints):
        app.tell("scan.plain-http", side=app.say(f"side.{side}"), addresses=", ".join(plain))
    before = workspace.known_inventory(side)
    if before:
        require_same_project(before, identity, path=str(workspace.inventory_path(side)))
    return cloud, End(identity, endpoints)


def _plain_addresses(policy: Policy, side: str, auth_url: str, endpoints: Endpoints) -> list[str]:
    """Addresses used without TLS: login, S3 store, and services that have no HTTPS address."""
    addresses = {auth_url, policy.s3.endpoint if policy.s3 and side == "target" else ""}
    for of_service in endpoints.values():
        if all(_is_plain(address) for address in of_service):
            addresses.update(of_service)
    return sorted(filter(_is_plain, addresses))


def _is_plain(address: str) -> bool:
    return address.lower().startswith("http://")


def _refuse_one_place(workspace: Workspace, policy: Policy, ends: dict[str, End]) -> None:
    """Raises ConfigError if source and target are the same place. Uses the last inventory for a side not
    scanned now.
    """
    known = {side: workspace.known_inventory(side) for side in SIDES if side not in ends}
    ends = ends | {side: end_of(inventory) for side, inventory in known.items() if inventory}
    if len(ends) == len(SIDES):
        refuse_one_place(ends["source"], ends["target"], policy)
