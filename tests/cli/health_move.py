"""A server that moves and is then asked whether it is well."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

from migrate.demo.memory import worlds
from migrate.demo.memory.world import World
from migrate.demo.small_tenant import TARGET_OFFER, two_clouds
from migrate.model import Server
from tests.cli.conftest import Decamp, Kept, Result

NEW = "127.77.0.2"
"""The first floating IP of the target, which this machine answers at."""


class Move:
    """The main tenant on its way to a target whose floating IPs are this machine's own.

    `is_made`: the workspace and the clouds hold it already.
    """

    _scanned: ClassVar[list[Kept]] = []

    def __init__(self, decamp: Decamp, root: Path, *, is_made: bool = False) -> None:
        self.decamp, self.root = decamp, root
        if is_made:
            return
        if self._scanned:
            self._scanned[0].restore(root)
            return
        two_clouds(0.02)
        worlds["target"].offer = replace(TARGET_OFFER, external_cidr="127.77.0.0/24")
        assert decamp("init", root, "--source", "memory:source/main", "--target", "memory:target/main").code == 0
        assert decamp("-C", root, "scan").code == 0
        self._scanned.append(Kept(root))

    def __call__(self, *args: str, code: int = 0) -> Result:
        result = self.decamp("-C", self.root, *args)
        assert result.code == code, (args, result.code, result.out, result.err)
        return result

    def json(self, *args: str, code: int = 0) -> Any:
        return json.loads(self(*args, "-f", "json", code=code).out)

    def checks(self, *checks: str, code: int = 0) -> None:
        """Says the checks of every server, in place of those before, and plans."""
        policy = self.root / "policy.yaml"
        above, _, rest = policy.read_text().partition("\n  health:")
        below = rest[rest.index("\n\n") :]
        said = "".join(f"\n      - {{{check}, retries: 0, timeout: 2 seconds}}" for check in checks)
        policy.write_text(f'{above}\n  health:\n    "server:*":{said}{below}')
        self("plan", code=code)
        self("approve", "cut-over", "--who", "Ann")

    def failed(self) -> dict[str, Any]:
        (row,) = [row for row in self.json("status")["held"] if row["state"] == "failed"]
        return dict(row)

    @property
    def target(self) -> World:
        return worlds["target"]

    def server(self, name: str = "web-1") -> Server:
        (row,) = [row for row in self.target.servers.rows.values() if row.record.name == name]
        return row.record

    def evidence(self) -> dict[str, Any]:
        (file,) = (self.root / "evidence" / "health").iterdir()
        return dict(json.loads(file.read_text()))
