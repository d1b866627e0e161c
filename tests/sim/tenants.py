"""The tenants that move in simulations."""

from collections.abc import Callable
from pathlib import Path

from migrate.policy.policy_records import Passes
from tests.execute.rig import Rig
from tests.execute.turns import clouds_of

TENANTS: dict[str, Callable[[Path], Rig]] = {
    "one": Rig.one_server,
    "small": lambda root: Rig.make(root, "small", lag=1),
    "two": lambda root: Rig.over(clouds_of(2), root, {}),
    "warm": lambda root: Rig.one_server(root, passes=Passes(warm=True)),
    "whole": Rig.everything,
}
"""Each in a workspace of its own, planned and not approved. `two`: servers of which one may be down at a time."""
