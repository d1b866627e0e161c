"""What several tests begin with, once one of them has reached it: a workspace, and clouds with all they were asked."""

import shutil
from collections.abc import Callable
from pathlib import Path

from migrate.demo.memory import worlds
from tests.cli.conftest import Kept, Result
from tests.cli.wave_tenant import Tenant, Timeline


class Reached:
    """The state as it is now. `result`: of the command that led to it."""

    def __init__(self, root: Path, tenant: Tenant, result: Result | None = None) -> None:
        self._ids, self._log = dict(tenant.ids), list(tenant.log)
        self.result = result or Result(0, "", "")
        # A timeline would write in the common log anew what is copied of it.
        self._logs = {name: list(world.log) for name, world in worlds.items()}
        for world in worlds.values():
            world.log = []
        self._kept = Kept(root)

    def again(self, root: Path) -> Tenant:
        """Puts a copy of it there; the tenant is as if it had led to it."""
        if root.exists():
            shutil.rmtree(root)
        root.mkdir()
        self._kept.restore(root)
        tenant = Tenant.__new__(Tenant)
        tenant.ids, tenant.log = dict(self._ids), list(self._log)
        tenant.source, tenant.target = worlds["source"], worlds["target"]
        for world in (tenant.source, tenant.target):
            timeline = Timeline(world.name, tenant.log)
            list.extend(timeline, self._logs[world.name])
            world.log = timeline
        return tenant


_reached: dict[str, Reached] = {}


def reached(root: Path, what: str, lead_to: Callable[[Path], tuple[Tenant, Result | None]]) -> tuple[Tenant, Result]:
    """The tenant in the state of that name, its workspace at `root`; `lead_to` is called if it is the first."""
    if what not in _reached:
        _reached[what] = Reached(root, *lead_to(root))
    return _reached[what].again(root), _reached[what].result
