"""A server that is launched for a test at the target."""

import json
from pathlib import Path
from typing import Any

from migrate.demo.memory import MemoryCloud, worlds
from migrate.ledger.ledger import Ledger
from migrate.model import Kind, Role
from tests.cli.conftest import Decamp, Kept, Result
from tests.cli.wave_tenant import change, planned_again

MIB = 1 << 20


Changes = tuple[tuple[str, str], ...]


WHILE_IT_RUNS = (("consistency: auto", "consistency: crash"), ("start: cut-over", "start: twin"))
HEALTH = r"""  health:
    "server:*": [{check: console, matches: "login:", retries: 0}, {check: tcp, port: 22}]
"""


class Launched:
    """The main tenant, captured while its server runs: nothing of it is at the target yet.

    `kept`: the workspace and the clouds, as commands have left them.
    """

    def __init__(
        self,
        decamp: Decamp,
        root: Path,
        project: str = "main",
        *,
        health: str = HEALTH,
        policy: Changes = WHILE_IT_RUNS,
        kept: Kept | None = None,
    ) -> None:
        self.decamp, self.root, self.project = decamp, root, project
        if kept:
            root.mkdir()
            kept.restore(root)
            return
        clouds = ("--source", f"memory:source/{project}", "--target", f"memory:target/{project}")
        assert decamp("init", root, *clouds).code == 0
        for old, new in policy:
            change(root, old, new)
        if health:
            file = root / "policy.yaml"
            above, _, rest = file.read_text().partition("\n  health:")
            file.write_text(f"{above}\n{health}{rest[rest.index(chr(10) + chr(10)) :]}")
        planned_again(decamp, root)

    def __call__(self, *args: str, code: int = 0) -> Result:
        result = self.decamp("-C", self.root, *args)
        assert result.code == code, f"{args} {result.code}\n{result.out}\n{result.err}"
        return result

    def json(self, *args: str, code: int = 0) -> Any:
        return json.loads(self(*args, "-f", "json", code=code).out)

    def cloud(self, side: str) -> MemoryCloud:
        return MemoryCloud(f"{side}/{self.project}", world=worlds[side], project=self.project)

    def there(self) -> dict[str, list[Any]]:
        """Everything of the project at the target, but for its containers."""
        cloud = self.cloud("target")
        state = cloud.network.state()
        return {
            "servers": list(cloud.compute.servers()),
            "volumes": list(cloud.block.volumes()),
            "images": list(cloud.images.images()),
            "networks": [one for one in state.networks if one.is_own],
            "subnets": list(state.subnets),
            "ports": list(state.ports),
            "routers": list(state.routers),
            "floating": list(state.floating_ips),
            "groups": list(state.security_groups),
        }

    def effects(self) -> list[tuple[Kind, str]]:
        ledger = Ledger.open(f"sqlite:///{self.root / 'ledger.db'}", self.json("status")["migration"])
        try:
            return [(e.kind, e.name) for e in ledger.effects(side="target") if e.role is Role.TEST]
        finally:
            ledger.close()

    def evidence(self) -> list[dict[str, Any]]:
        return [json.loads(file.read_text()) for file in sorted((self.root / "evidence" / "test-launches").iterdir())]


def content(side: str, name: str) -> bytes:
    """What a volume of that name holds where the tenant has written."""
    (row,) = [row for row in worlds[side].volumes.rows.values() if row.record.name == name]
    assert row.disk
    return b"".join(row.disk.read(i * 197 * MIB + 512 * i, 4096) for i in range(10))
