"""Evidence: one row per item, with its kind of proof (docs/formats/evidence.md)."""

from enum import StrEnum

from msgspec import UNSET, UnsetType

from migrate.health.results import HealthResult
from migrate.messages import codes
from migrate.model import Kind, Record


class Proof(StrEnum):
    """The kind of proof of a row, strongest first."""

    SOURCE_HASH = "source-server hash"
    REREAD = "re-read"
    LISTING = "listing"
    FIELDS = "fields"
    MANIFEST = "manifest only"


class Verdict(StrEnum):
    SAME = "same"
    REDUCED = "reduced"
    DIFFERENT = "different"
    MISSING = "missing"
    SURPLUS = "surplus"
    NOT_REREAD = "not re-read"
    NOT_FRESH = "not fresh"
    """The target matches the copy, but the source has changed since."""


class Dropped(Record, frozen=True, kw_only=True):
    """Objects of a container that lack a header at the target, because its store cannot hold it.

    `header`: its kind (`s3_objects.header_kind`). `examples`: names of the first ones, with the key for custom
    metadata. For a header of the container itself (CORS, website) that the store refused, `objects` is 0 and
    `examples` its value.
    `is_told`: the loss was known when the plan was made (`object_losses.is_told`).
    """

    header: str
    objects: int
    examples: tuple[str, ...]
    is_told: bool = False


class EvidenceRow(Record, frozen=True, kw_only=True):
    """The evidence for one item. `differences`: each field, byte range or object that differs: `field: source ≠
    target`.

    `consistency` and `taken_at`: the capture's (disks only). `note_code`: explains NOT_REREAD. For containers:
    `looked`: the number of objects with compared headers; `left`: numbers by reason
    (`migrate.objects.listing.skip_reasons`) of objects not at the target, or gone from the source, with examples in
    `vanished`. `reread_objects`, `reread_bytes`: read back according to `seed`, and compared with the source's MD5s;
    `proofs`: numbers of objects by proof (`reread_objects.ObjectProof`).
    `listed_at`: when the source was listed for the copy. If the source was listed again at `asked_at`, `since` has the
    numbers of changes (`new`, `changed`, `vanished` objects, `headers` of the container), with examples in
    `since_names`.
    `dropped`: headers that the target's store cannot hold; a container without other differences is REDUCED.
    `expiring`: numbers of objects with a deletion `rule`, and of those `overdue`. `unreadable`: examples of unreadable
    rows in the source's listing (`left` has their number); absent if there were none. `health`: the results
    of the server's health checks; absent if it has none, or none were made yet.
    """

    item: str
    kind: Kind
    name: str
    verdict: Verdict
    proof: Proof
    target_id: str | None = None
    size_bytes: int = 0
    objects: int = 0
    consistency: str | None = None
    taken_at: str | None = None
    differences: tuple[str, ...] = ()
    note_code: str | None = None
    looked: int = 0
    left: dict[str, int] = {}
    dropped: tuple[Dropped, ...] = ()
    expiring: dict[str, int] = {}
    reread_objects: int = 0
    reread_bytes: int = 0
    proofs: dict[str, int] = {}
    seed: str = ""
    listed_at: str | None = None
    vanished: tuple[str, ...] = ()
    asked_at: str | None = None
    since: dict[str, int] = {}
    since_names: tuple[str, ...] = ()
    unreadable: tuple[str, ...] | UnsetType = UNSET
    at: str = ""
    health: tuple[HealthResult, ...] | UnsetType = UNSET

    @property
    def failed_check(self) -> HealthResult | None:
        return next((one for one in self.health or () if not one.passed), None)


class Evidence(Record, frozen=True, kw_only=True):
    """`evidence/verify.json`: the complete last verification.

    `not_moved`: items left out because not all of their steps are done, if only what has been moved was compared.
    """

    migration: str
    plan_seal: str
    at: str
    rows: tuple[EvidenceRow, ...]
    not_moved: int | UnsetType = UNSET
    format: str = "decamp-evidence"
    version: int = 1

    @property
    def is_whole(self) -> bool:
        """Whether it covers the whole plan."""
        return not self.not_moved

    @property
    def unread(self) -> int:
        """The number of items without a result; excludes disks that a guest has used since their proof."""
        return sum(row.verdict is Verdict.NOT_REREAD and row.note_code != codes.USED_SINCE_PROVED for row in self.rows)

    @property
    def unknown_losses(self) -> int:
        """The number of containers with lost headers that were unknown before."""
        return sum(any(not one.is_told for one in row.dropped) for row in self.rows)

    @property
    def not_fresh(self) -> int:
        """The number of containers and servers that have changed at the source since their copy."""
        return sum(bool(row.since) or row.verdict is Verdict.NOT_FRESH for row in self.rows)

    @property
    def not_asked(self) -> int:
        """The number of containers whose changes at the source could not be checked."""
        return sum(row.note_code == codes.SOURCE_NOT_ASKED for row in self.rows)

    @property
    def unhealthy(self) -> int:
        """Servers that did not pass a health check."""
        return sum(row.failed_check is not None for row in self.rows)

    @property
    def differences(self) -> int:
        """The number of items that are not the same."""
        bad = {Verdict.DIFFERENT, Verdict.MISSING, Verdict.SURPLUS}
        return sum(row.verdict in bad for row in self.rows)
