"""Findings about the worker servers that disks get attached to."""

from collections.abc import Iterator

from migrate.findings.decide_what_moves import Decision
from migrate.findings.finding import Finding, finding
from migrate.messages import codes
from migrate.model import Inventory, Kind, Server
from migrate.model.steps import CaptureVolume, Plan, RestoreVolume
from migrate.policy.policy_records import ATTACHED
from migrate.policy.selectors import item


def judge_worker(decision: Decision, plan: Plan) -> Iterator[Finding]:
    """`DCP-843` to `DCP-845`, for workers with disks to attach."""
    case, disks = decision.case, decision.case.policy.disks
    for side, path, inventory in (
        ("source", disks.capture, case.source),
        ("target", disks.restore, case.target),
    ):
        if path == ATTACHED:
            yield from _worker(decision, plan, side, inventory)


def _worker(decision: Decision, plan: Plan, side: str, inventory: Inventory) -> Iterator[Finding]:
    server_id = decision.case.policy.disks.worker(side)
    worker = next((server for server in inventory.servers if server.id == server_id), None)
    if worker is None:
        yield finding(
            codes.WORKER_NOT_FOUND, server=server_id, cloud=inventory.identity.cloud, key=f"disks.{side}_worker"
        )
        return
    if side == "source" and decision.moves(Kind.SERVER, worker.id):
        yield finding(codes.WORKER_WOULD_MOVE, item(Kind.SERVER, worker.id), worker.name)
    yield from _zone(plan, side, worker)


def _zone(plan: Plan, side: str, worker: Server) -> Iterator[Finding]:
    """Findings about volumes outside the zone of the worker: clouds do not say whether they attach across zones."""
    wanted = CaptureVolume if side == "source" else RestoreVolume
    zones = {zone for step in plan.steps if isinstance(step.action, wanted) and (zone := _zone_of(step.action))}
    others = sorted(zones - {worker.availability_zone})
    if worker.availability_zone and others:
        facts = {"zone": worker.availability_zone, "others": ", ".join(others), "server": worker.name}
        yield finding(codes.VOLUME_ZONE_DIFFERS, **facts)


def _zone_of(action: CaptureVolume | RestoreVolume) -> str | None:
    return action.volume.availability_zone if isinstance(action, CaptureVolume) else action.availability_zone
