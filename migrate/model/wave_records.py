"""Waves of servers that are stopped together, as a plan records them."""

from enum import StrEnum

from migrate.model.records import Record


class TieKind(StrEnum):
    """Why servers belong together, strongest first."""

    VOLUME = "volume"
    """They share a volume: its content is captured while all of them are stopped."""
    ADDRESS = "address"
    """They share a virtual IP (allowed address pairs): it can be served on one cloud only."""
    GROUP = "server-group"
    """They are members of one server group: the nodes of one service."""
    NETWORK = "network"
    """They share a network without a router: they cannot reach each other across the two clouds."""
    POLICY = "policy"
    """The policy puts them into one wave."""


class Tie(Record, frozen=True, kw_only=True):
    """What binds servers to each other. `id`, `name`: of the volume, group, network or wave; an address is both.

    `servers`: source ids, sorted.
    """

    kind: TieKind
    id: str
    name: str
    servers: tuple[str, ...]


class PlannedWave(Record, frozen=True, kw_only=True):
    """Servers that are stopped together, and cut over before the next wave. A server alone is a wave of one.

    `servers`: source ids of those that are stopped, sorted.  `windows`: when they may be stopped; empty: at any time
    that the policy's own windows allow.  `after`: name of the wave that must be up at the target first, or empty.
    """

    name: str
    servers: tuple[str, ...]
    ties: tuple[Tie, ...] = ()
    windows: tuple[str, ...] = ()
    after: str = ""
