"""Decides what moves: judges each item, and leaves out items with all their dependents."""

from collections.abc import Iterator
from dataclasses import dataclass

from migrate.findings.dependents import Named, close
from migrate.findings.finding import Finding, finding, in_order, takes_out
from migrate.findings.inputs import Case, boots_from_volume, everything, is_twin, open_case
from migrate.findings.judge_containers import judge_objects
from migrate.findings.judge_disks import judge_disks
from migrate.findings.judge_networks import judge_network
from migrate.findings.judge_servers import judge_compute
from migrate.findings.judge_target import judge_target
from migrate.findings.judge_unlisted import judge_dependents, without_suppositions
from migrate.findings.losses_of_kept import consequences
from migrate.findings.server_stops import stop_for
from migrate.messages import codes
from migrate.messages.codes.registry import Level
from migrate.model import Inventory, Kind
from migrate.model.steps import LeftOut
from migrate.policy.policy_records import Policy
from migrate.policy.selectors import item, item_id, skipped_item

# Also reported for a server that does not move: it is stopped for its disks, which are kept.
_SAID_ANYWAY = frozenset({codes.SERVER_STOPPED_FOR_CAPTURE, codes.CAPTURED_ONLY, codes.SERVER_REPLACED})

# Reported for items that do not move but are in the store.
_SAID_OF_KEPT = frozenset({codes.ENCRYPTED_STORED_PLAIN})

_DISKS = frozenset({Kind.SERVER, Kind.VOLUME, Kind.IMAGE, Kind.SNAPSHOT, Kind.BACKUP})

_NOT_READ = frozenset(
    {
        codes.SERVER_STATE_UNMOVABLE,
        codes.SERVER_BUSY,
        codes.SERVER_SHELVED,
        codes.SERVER_IN_RESCUE,
        codes.IMAGE_NOT_ACTIVE,
        codes.IMAGE_OF_SNAPSHOTS,
        codes.VOLUME_ENCRYPTED,
        codes.VOLUME_STATE_UNCAPTURABLE,
        codes.SNAPSHOTS_LEFT,
        codes.BACKUP_LEFT,
        codes.SNAPSHOT_UNREADABLE,
        codes.SKIPPED_BY_POLICY,
        codes.REFERENCE_UNLISTED,
    }
)
"""Findings that prevent reading a disk at the source, or show that nobody wants it. All others are about
the target: then the content is captured anyway, because the source may be gone when the target is ready.
"""


@dataclass(frozen=True)
class Decision:
    """The decision. `left_out`: by item. `findings`: only of items; `readiness.check_all.check` adds general ones.

    `kept`: items that are left out, but whose disks are captured and stay in the store.
    """

    case: Case
    findings: list[Finding]
    left_out: dict[str, LeftOut]
    kept: frozenset[str] = frozenset()

    def moves(self, kind: Kind, source_id: str) -> bool:
        return item(kind, source_id) not in self.left_out

    def captures(self, kind: Kind, source_id: str) -> bool:
        """Whether the item's disk is read at the source, to be moved or kept."""
        return self.moves(kind, source_id) or item(kind, source_id) in self.kept


def decide(source: Inventory, target: Inventory, policy: Policy) -> Decision:
    """Judges every item of the source."""
    case = open_case(source, target, policy)
    names: Named = {item(kind, own_id): (kind, own_id, name) for kind, own_id, name in everything(case)}
    skips = {
        item_id: s for item_id, (_, _, name) in names.items() if (s := skipped_item(policy, item_id, name)) is not None
    }
    judges = (judge_compute, judge_disks, judge_network, judge_target, judge_objects, judge_dependents)
    judged = without_suppositions([f for judge in judges for f in judge(case) if f.item not in skips])
    judged += [
        finding(codes.SKIPPED_BY_POLICY, item_id, names[item_id][2], selector=selector)
        for item_id, selector in skips.items()
    ]
    # The worst finding is the reason in the plan.
    out = {f.item: f.code for f in reversed(in_order(judged)) if takes_out(f, policy)}
    judged += close(case, names, out)
    judged += [f for f in consequences(case, lambda kind, own_id: item(kind, own_id) not in out) if f.item not in out]
    kept = _kept(case, names, out, judged, policy)
    judged += [finding(codes.CAPTURED_ONLY, item_id, names[item_id][2]) for item_id in sorted(kept)]
    judged += _stops(case, out, kept)
    left_out = {
        item_id: _left_out(item_id, names[item_id], out[item_id]) for item_id in sorted(out) if item_id in names
    }
    return Decision(case, in_order(f for f in judged if _is_still_told(f, out, kept, policy)), left_out, kept)


def _stops(case: Case, out: dict[str, str], kept: frozenset[str]) -> Iterator[Finding]:
    """Findings on servers to be stopped, and on those that will run on both clouds."""

    def moves(kind: Kind, own_id: str) -> bool:
        return item(kind, own_id) not in out

    def captures(kind: Kind, own_id: str) -> bool:
        return moves(kind, own_id) or item(kind, own_id) in kept

    for server in case.source.servers:
        item_id, stop = item(Kind.SERVER, server.id), stop_for(case, captures, moves, server)
        if stop:
            yield finding(codes.SERVER_STOPPED_FOR_CAPTURE, item_id, server.name, disks=stop.disks)
        if stop and stop.replaces:
            yield finding(codes.SERVER_REPLACED, item_id, server.name, target=stop.replaces)
        if server.status == "ACTIVE" and is_twin(case, server) and moves(Kind.SERVER, server.id):
            copy = "earlier" if (Kind.SERVER, server.id) in case.ours else "stopped" if stop else "running"
            yield finding(codes.TWIN_CHOSEN, item_id, server.name, copy=copy)


def _is_still_told(found: Finding, out: dict[str, str], kept: frozenset[str], policy: Policy) -> bool:
    """Whether a finding is still reported: for an item left out, only the reasons for that."""
    anyway = _SAID_ANYWAY | _SAID_OF_KEPT if found.item in kept else _SAID_ANYWAY
    return found.item not in out or found.level == Level.BLOCKS or found.code in anyway or takes_out(found, policy)


def _left_out(item: str, named: tuple[Kind, str, str], code: str) -> LeftOut:
    kind, _, name = named
    return LeftOut(kind=kind, id=item_id(item), name=name, code=code)


def _kept(case: Case, names: Named, out: dict[str, str], judged: list[Finding], policy: Policy) -> frozenset[str]:
    unread = {f.item for f in judged if f.code in _NOT_READ and takes_out(f, policy)}
    return frozenset(item for item in out.keys() & names.keys() - unread if _has_disk(case, names[item]))


def _has_disk(case: Case, named: tuple[Kind, str, str]) -> bool:
    """Whether the item has a disk of its own: a server that boots from a volume does not."""
    kind, own_id, _ = named
    return kind in _DISKS and not (kind == Kind.SERVER and boots_from_volume(case.servers[own_id]))
