"""Checks everything before the move: a pure function of both inventories and the policy."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from migrate.findings.decide_what_moves import decide
from migrate.findings.finding import CODES, Finding, blocking, finding, in_order, undecided
from migrate.findings.inputs import Case
from migrate.messages import codes
from migrate.messages.codes.registry import NUMBER
from migrate.model import Inventory, Kind, NameLookup
from migrate.model.marked_resources import strangers
from migrate.plan.address_fates import address_fates, addresses_of
from migrate.plan.build_plan import inputs_of, plan_of
from migrate.plan.readiness.attached_workers import judge_worker
from migrate.plan.readiness.dns_names import judge_names
from migrate.plan.readiness.guest_advice import judge_advice
from migrate.plan.readiness.judge_tied_containers import judge_tied_containers
from migrate.plan.readiness.judge_waves import judge_waves
from migrate.plan.readiness.maturity import judge_reliance
from migrate.plan.readiness.object_headroom import judge_object_room
from migrate.plan.readiness.other_services import judge_others
from migrate.plan.readiness.provider_limits import judge_profile
from migrate.plan.readiness.quota_headroom import judge_headroom, without_our_use
from migrate.plan.readiness.required_launches import judge_launches
from migrate.plan.readiness.server_health import judge_health
from migrate.plan.readiness.unused import judge_unused
from migrate.plan.schedule_problems import items_of, named
from migrate.policy.policy_records import Policy
from migrate.policy.provider_profiles import profile_of
from migrate.policy.selectors import fits, item
from migrate.policy.values import SELECTOR

__all__ = ["blocking", "check", "undecided"]

_NAMES_SHOWN = 20


def check(
    source: Inventory,
    target: Inventory,
    policy: Policy,
    user_data_bytes: Mapping[str, int] | None = None,
    *,
    lookups: Sequence[NameLookup] = (),
    made: Collection[str] = (),
    can_run: Callable[[str], bool] = lambda _program: True,
) -> list[Finding]:
    """All findings, worst first.

    Args:  user_data_bytes: maps digests of saved user data to lengths.   lookups: DNS lookups of `dns.names`.
           made: addresses created at the target since its scan.   can_run: whether this machine has a program that a
           health check needs.
    """
    decision = decide(source, target, policy)
    plan = plan_of(decision, inputs_of(source, target, policy))
    profile = profile_of(policy.profile, target.identity)
    beside = [
        *judge_advice(decision),
        *judge_unused(decision),
        *judge_others(decision, plan),
        *judge_reliance(plan),
        *judge_worker(decision, plan),
        *judge_waves(decision.case, plan),
        *judge_tied_containers(decision.case, plan),
        *judge_health(decision, plan, can_run),
        *judge_launches(plan, policy),
        *(judge_profile(decision.case, plan, profile, user_data_bytes or {}) if profile else ()),
    ]
    whole = [
        *_deadline(source, policy),
        *_strangers(source, policy),
        *_selectors(decision.case, policy),
        *_names(decision.case, policy),
        *_user_data(decision.case),
        *judge_headroom(decision.case, plan, without_our_use(source)),
        *judge_object_room(decision.case, plan),
        *judge_names(lookups, address_fates(plan, source), {*addresses_of(target), *made}, policy),
    ]
    return in_order([*decision.findings, *beside, *whole])


def _deadline(source: Inventory, policy: Policy) -> Iterator[Finding]:
    # Uses the scan's time as the clock: the same inputs give the same findings.
    if policy.deadline and source.scanned_at >= datetime.fromisoformat(policy.deadline):
        yield finding(codes.DEADLINE_PASSED, deadline=policy.deadline, taken_at=source.taken_at)


def _strangers(source: Inventory, policy: Policy) -> Iterator[Finding]:
    """`DCP-910`: likely temporaries of other migrations are not planned, and may be the customer's own."""
    for kind, own_id, name, mark in strangers(source, policy.migration):
        yield finding(codes.TEMPORARY_OF_OTHERS, item(kind, own_id), name, mark=mark)


def _selectors(case: Case, policy: Policy) -> Iterator[Finding]:
    known, schedule = items_of(case), policy.schedule
    lists = (
        ("skip", policy.skip),
        ("accept", policy.accept),
        ("servers.boot", sorted(policy.boot_by_server)),
        ("servers.start", sorted(policy.start_by_server)),
        ("servers.after_up", sorted(policy.after_up)),
        ("servers.after_back", sorted(policy.after_back)),
        ("passes.warm", sorted(policy.passes.warm_by_server)),
        ("servers.health", [line.servers for line in policy.health]),
        ("waves.servers", sorted(policy.waves.servers)),
        ("schedule.tiers", sorted(schedule.tiers)),
        ("schedule.deadlines", sorted(schedule.deadlines)),
    )
    for listed, selectors in lists:
        for selector in selectors:
            code, found = NUMBER.match(selector), SELECTOR.fullmatch(selector)
            no_code = code is not None and code.group() not in CODES
            if no_code or (found and not named(f"{found['kind']}:{found['what']}", known)):
                yield finding(codes.SELECTOR_UNMATCHED, selector=selector, list=listed)


def _names(case: Case, policy: Policy) -> Iterator[Finding]:
    """Findings about names in the policy that do not exist at the source, including its offer."""
    source, facts, said = case.source, case.source.facts, policy.mappings
    outside = set(case.choices.external_networks)
    networks = [n for n in (*facts.external_networks, *source.networks) if n.is_external or n.id in outside]
    theirs = [n for n in (*facts.external_networks, *source.networks) if n.is_external or not n.is_own]
    lying = {choice.source for choice in case.choices.networks.values()}
    lines = _lines(case)
    known: dict[str, tuple[Iterable[str], set[str]]] = {
        "flavors": (said.flavors, {s.flavor.name for s in source.servers} | {f.name for f in facts.flavors}),
        "volume_types": (said.volume_types, set(case.choices.volume_types) | set(facts.volume_types)),
        "compute_zones": (said.compute_zones, set(case.choices.compute_zones) | set(facts.compute_zones)),
        "volume_zones": (said.volume_zones, set(case.choices.volume_zones) | set(facts.volume_zones)),
        "external_networks": (said.external_networks, outside | {x for n in networks for x in (n.id, n.name)}),
        "networks": (said.networks, {x for n in theirs for x in (n.id, n.name)} | lying),
        "projects": (said.projects, {member for image in source.images for member in image.members}),
    }
    for listed, (said_of, there) in known.items():
        for name in sorted(set(said_of) - there):
            if any(fits(name, item, called) for item, called in lines.get(listed, ())):
                continue
            yield finding(codes.SELECTOR_UNMATCHED, selector=name, list=f"mappings.{listed}")
    containers = {container.name for container in source.containers}
    for name in sorted(set(policy.s3.buckets) - containers if policy.s3 else ()):
        yield finding(codes.SELECTOR_UNMATCHED, selector=name, list="target.objects.s3.buckets")
    servers = {text for server in case.source.servers for text in (server.id, server.name)}
    for name in sorted(policy.user_data_files.keys() - servers):
        yield finding(codes.SELECTOR_UNMATCHED, selector=name, list="servers.user_data_files")


def _lines(case: Case) -> dict[str, list[tuple[str, str]]]:
    """Maps each mapping to the items that may have a line of their own in it, with their names."""
    source = case.source
    servers = [(item(Kind.SERVER, one.id), one.name) for one in source.servers]
    copies = ((Kind.SNAPSHOT, source.snapshots), (Kind.BACKUP, source.backups))
    volumes = [(item(Kind.VOLUME, one.id), one.name) for one in source.volumes]
    volumes += [(item(kind, one.id), one.name) for kind, several in copies for one in several]
    ports = [port for port in source.ports if port.id in case.choices.networks]
    holders = {port.device_id for port in ports}
    lying = [(item(Kind.PORT, port.id), port.name) for port in ports]
    lying += [(item(Kind.SERVER, one.id), one.name) for one in source.servers if one.id in holders]
    return {
        "flavors": servers,
        "compute_zones": servers,
        "volume_types": volumes,
        "volume_zones": volumes,
        "networks": lying,
    }


def _user_data(case: Case) -> Iterator[Finding]:
    """Reports servers with unknown user data. User data from a file counts as known only after a scan."""
    unknown = [
        server.name or server.id
        for server in case.source.servers
        if server.user_data is None and not case.skips(Kind.SERVER, server.id, server.name)
    ]
    if unknown:
        yield finding(codes.USER_DATA_UNKNOWN, servers=_first_of(sorted(unknown)))


def _first_of(names: list[str]) -> str:
    """All names if they fit on one line, else the first ones and the number of others."""
    shown = ", ".join(names[:_NAMES_SHOWN])
    return shown if len(names) <= _NAMES_SHOWN else f"{shown}, … (+{len(names) - _NAMES_SHOWN})"
