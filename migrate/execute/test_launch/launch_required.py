"""Which servers have passed a test launch as they are planned now, for policies that require one before the stop."""

from dataclasses import dataclass, field

from migrate.execute.test_launch.launch_scope import LaunchScope, tested_server
from migrate.ledger.ledger import Ledger
from migrate.model.steps import Plan
from migrate.plan.waves import Wave
from migrate.policy.policy_records import REQUIRED, Policy

TESTED = "tested:"
"""Ledger notes by server id: the digest of the server's steps of which the last test launch has passed."""


def note_result(ledger: Ledger, scope: LaunchScope, *, passed: bool) -> None:
    """Records for each server of a test launch whether it has passed."""
    for server in scope.servers:
        key = f"{TESTED}{server.server_id}"
        if passed:
            ledger.set_note(key, server.digest)
        else:
            ledger.forget(key)


@dataclass
class RequiredLaunches:
    """What the policy requires, against what the ledger knows."""

    plan: Plan
    policy: Policy
    ledger: Ledger
    _digests: dict[str, str | None] = field(default_factory=dict)

    def missing(self, wave: Wave) -> list[str]:
        """Names of the wave's servers that lack one; servers that are not made at the target need none."""
        if self.policy.cut_over.test_launch != REQUIRED:
            return []
        return [one.name for one in wave.servers if not self._is_tested(one.server_id)]

    def _is_tested(self, server_id: str) -> bool:
        if server_id not in self._digests:
            server = tested_server(self.plan, server_id)
            self._digests[server_id] = server.digest if server else None
        wanted = self._digests[server_id]
        return wanted is None or self.ledger.note(f"{TESTED}{server_id}") == wanted
