"""Plans, journals and inputs for the forecast's tests: small, of round numbers, with nothing of a cloud in them."""

from datetime import UTC, datetime
from typing import Any

from migrate.documents import seal_of
from migrate.forecast.make_forecast import Inputs
from migrate.ledger.ledger_records import JournalLine, State, StepState
from migrate.model import Kind, Volume
from migrate.model.steps import CaptureVolume, CopyContainer, Plan, RestoreVolume, Step, VerifyDisk
from migrate.policy.policy_records import Policy
from migrate.units import GIB
from tests.plan.tenants import policy, target, uid

NOW = datetime(2020, 1, 1, tzinfo=UTC)
DEADLINE = "2020-02-01T00:00:00Z"


def disk(name: str, gib: int = 10, rank: int = 1) -> list[Step]:
    """A volume's three steps: out of the source, into the target, proved."""
    volume = Volume(id=uid(name), name=name, size_gib=gib, status="available")
    of, size = f"volume:{uid(name)}", gib * GIB
    return [
        Step(
            id=f"{of}:capture",
            name=name,
            action=CaptureVolume(volume=volume),
            sides=("source",),
            rank=rank,
            size_bytes=size,
        ),
        Step(
            id=f"{of}:restore",
            name=name,
            action=RestoreVolume(volume=volume),
            sides=("target",),
            needs=(f"{of}:capture",),
            rank=rank + 1,
            size_bytes=size,
        ),
        Step(
            id=f"{of}:verify",
            name=name,
            action=VerifyDisk(of=Kind.VOLUME, source_id=volume.id),
            sides=("target",),
            needs=(f"{of}:restore",),
            rank=rank + 2,
            size_bytes=size,
        ),
    ]


def container(name: str, objects: int = 1000, size_bytes: int = GIB, rank: int = 1) -> Step:
    action = CopyContainer(name=name, objects=objects)
    return Step(
        id=f"container:{name}", name=name, action=action, sides=("source", "target"), rank=rank, size_bytes=size_bytes
    )


def disks(count: int, gib: int = 10) -> list[Step]:
    return [step for number in range(count) for step in disk(f"d{number}", gib, rank=1 + 3 * number)]


def plan_of(steps: list[Step]) -> Plan:
    there = target()
    return Plan(migration="0" * 32, source=there.identity, target=there.identity, inputs={}, steps=tuple(steps))


def inputs(steps: list[Step], said: Policy | None = None, as_of: datetime = NOW, **more: Any) -> Inputs:
    plan = plan_of(steps)
    return Inputs(plan, seal_of(plan), said or policy(deadline=DEADLINE), as_of, **more)


def line(step: Step, start_s: float, took_s: float, moved: int | None = None) -> JournalLine:
    """A journal line; times in seconds from NOW."""
    started = NOW.timestamp() + start_s
    size = step.size_bytes if moved is None else moved
    return JournalLine(step_id=step.id, stage=step.do, size_bytes=size, started_at=started, ended_at=started + took_s)


def done(*steps: Step, attempts: int = 1) -> dict[str, StepState]:
    return {step.id: row(step, State.DONE, attempts=attempts) for step in steps}


def row(step: Step, state: State, **more: Any) -> StepState:
    return StepState(step_id=step.id, digest=step.digest, state=state, **more)
