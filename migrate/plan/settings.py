"""The policy as records: what people decide. `policy.py` reads the YAML into these."""

from migrate.model import Record


class Limits(Record, frozen=True, kw_only=True):
    """How much may run at once: steps per cloud, disks being captured, parallel reads of one disk."""

    source: int = 4
    target: int = 4
    disks: int = 2
    reads: int = 4


class Mappings(Record, frozen=True, kw_only=True):
    """Source name -> target name. What is absent is proposed by `check`."""

    flavors: dict[str, str] = {}
    volume_types: dict[str, str] = {}
    compute_zones: dict[str, str] = {}
    volume_zones: dict[str, str] = {}
    external_networks: dict[str, str] = {}


class Policy(Record, frozen=True, kw_only=True):
    """`policy.yaml`. `skip` and `accept` hold selectors `kind:id-or-name`; `accept` takes `DCP-nnn:kind:id` too.

    `consistency`: `auto` stops a server with several disks for its capture (gated), `stopped` every server,
    `crash` none. `store`: a folder, relative to the workspace. `deadline`: RFC 3339 with its offset, or None.
    """

    migration: str
    source_cloud: str
    target_cloud: str
    version: int = 1
    store: str = "store"
    deadline: str | None = None
    language: str = "en"
    consistency: str = "auto"
    keep_mac: bool = False
    mappings: Mappings = Mappings()
    limits: Limits = Limits()
    skip: tuple[str, ...] = ()
    accept: tuple[str, ...] = ()
