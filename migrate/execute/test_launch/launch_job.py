"""The toolbox of a test launch: that of a step, with a mark of its own on everything it makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from migrate.disks.store.manifest import DiskManifest
from migrate.execute.job import Job
from migrate.execute.test_launch.launch_scope import test_name
from migrate.execute.test_launch.launch_turn import NOTE
from migrate.ledger.ledger_records import Effect
from migrate.ledger.step_claim import Claim
from migrate.model import Kind, Mark, Role


@dataclass
class LaunchJob(Job):
    """A step of the plan, carried out for a test launch: what it makes is no step's result, and is never moved."""

    passes: Mapping[str, DiskManifest] = field(default_factory=dict)
    """The pass of each disk, warm or not: nothing of it is moved. The same until the end, whatever is read since."""

    @property
    def makes(self) -> Role:
        return Role.TEST

    def named(self, name: str) -> str:
        return test_name(name)

    def mark(self, role: Role, source_id: str) -> Mark:
        return Mark(role=Role.TEST, migration=self.ctx.plan.migration[:8], source_id=source_id)

    def sealed_pass(self, disk: str) -> DiskManifest | None:
        return self.passes[disk]

    def known_target_id(self, kind: Kind, source_id: str) -> str | None:
        found = (e for e in _launched(self) if (e.kind, e.source_id) == (kind, source_id))
        return next((effect.resource_id for effect in found), None)

    def temporaries(self, side: str, source_id: str) -> list[tuple[Kind, str]]:
        # A volume's image: nothing else that the launch makes of a disk is an image besides a volume.
        mine = (e for e in _launched(self) if e.kind is Kind.IMAGE and e.source_id == source_id)
        return [(effect.kind, effect.resource_id) for effect in mine]

    def _keep(self, claim: Claim, effect: Effect) -> None:
        # No step holds it: the launch's turn does.
        claim.check()
        self.ctx.ledger.adopt_effect(replace(effect, step_id=NOTE))


def _launched(job: Job) -> list[Effect]:
    return [e for e in job.ctx.ledger.effects(side="target") if e.role is Role.TEST]
