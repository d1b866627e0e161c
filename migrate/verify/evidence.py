"""Evidence: one row per item, and what kind of proof it is (docs/formats/evidence.md)."""

from enum import StrEnum

from msgspec import UNSET, UnsetType

from migrate.messages import codes
from migrate.model import Kind, Record


class Proof(StrEnum):
    """How a row was proved, strongest first."""

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
    """The target has what was copied; the source has changed since."""


class Dropped(Record, frozen=True, kw_only=True):
    """Objects of a container that the target has without a header, as its store cannot hold that.

    `header`: its kind (`s3_objects.header_kind`). `examples`: names of the first of them, own metadata with
    their key. Of a header of the container itself (CORS, web site) that the store would not take `objects` is 0, and
    `examples` its value. `is_told`: people knew when the plan was made (`object_losses.is_told`).
    """

    header: str
    objects: int
    examples: tuple[str, ...]
    is_told: bool = False


class EvidenceRow(Record, frozen=True, kw_only=True):
    """One item. `differences` name each field, byte range or object that differs: `field: source ≠ target`.

    `consistency` and `taken_at`, the moment that it shows, are the capture's (disks only). `note_code` explains
    NOT_REREAD. Of a container, `looked` is how many of its objects had their headers compared, and `left` how many have
    which reason (`migrate.objects.listing.skip_reasons`): not at the target, or no longer at the source; `vanished`
    names some that are no longer there. `reread_objects` and `reread_bytes` are what `seed` had read back, against the
    source's MD5s; `proofs`: how many objects have which proof (`reread_objects.ObjectProof`). `listed_at` is when the
    source was listed for the copy that the row goes by. Where the source was listed again at `asked_at`, `since` is how
    much has changed there (`new`, `changed`, `vanished` objects, `headers` of the container), and `since_names` some of
    the objects. `dropped`: headers that the target's store cannot hold; a container that is the same but for those is
    REDUCED. `expiring`: how many objects end by a `rule` of the bucket on their day, and how many are `overdue`.
    `unreadable`: what some rows of the source's listing are called that could not be read and were left out (`left`
    counts them); absent where none were.
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


class Evidence(Record, frozen=True, kw_only=True):
    """`evidence/verify.json`: the last verification, whole."""

    migration: str
    plan_seal: str
    at: str
    rows: tuple[EvidenceRow, ...]
    format: str = "decamp-evidence"
    version: int = 1

    @property
    def unread(self) -> int:
        """How many items nothing is said about; a disk that a guest has had since its proof is not among them."""
        return sum(row.verdict is Verdict.NOT_REREAD and row.note_code != codes.USED_SINCE_PROVED for row in self.rows)

    @property
    def untold(self) -> int:
        """How many containers lack headers of objects that nobody had been told of before."""
        return sum(any(not one.is_told for one in row.dropped) for row in self.rows)

    @property
    def not_fresh(self) -> int:
        """Containers and servers that have changed at the source since they were copied."""
        return sum(bool(row.since) or row.verdict is Verdict.NOT_FRESH for row in self.rows)

    @property
    def not_asked(self) -> int:
        """Containers of which the source should have said whether they have changed, and did not."""
        return sum(row.note_code == codes.SOURCE_NOT_ASKED for row in self.rows)

    @property
    def differences(self) -> int:
        """How many items are not the same."""
        bad = {Verdict.DIFFERENT, Verdict.MISSING, Verdict.SURPLUS}
        return sum(row.verdict in bad for row in self.rows)
