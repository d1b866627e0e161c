"""The waves of a plan: servers that are stopped together."""

from enum import StrEnum

from migrate.model.records import Record


class TieKind(StrEnum):
    """The reasons why servers belong together, strongest first."""

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
    """A tie between servers. `id`, `name`: of the volume, group, network or wave; an address is both.

    `servers`: source ids, sorted.
    """

    kind: TieKind
    id: str
    name: str
    servers: tuple[str, ...]


class PlannedWave(Record, frozen=True, kw_only=True):
    """Servers that are stopped together, and cut over before the next wave. A single server is a wave too.

    `servers`: source ids of the stopped servers, sorted.  `windows`: when they may be stopped; empty: whenever the
    policy's own windows are open.  `after`: name of the wave that must be up at the target first, or empty.
    `awaits`: servers of earlier waves that this plan does not stop (off, or stopped by an earlier run): up first too.
    """

    name: str
    servers: tuple[str, ...]
    ties: tuple[Tie, ...] = ()
    windows: tuple[str, ...] = ()
    after: str = ""
    awaits: tuple[str, ...] = ()
