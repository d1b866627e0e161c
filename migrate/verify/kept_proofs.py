"""Saved proofs: `evidence/disks/` (one per disk) and `evidence/verify.json` (the whole verification)."""

from pathlib import Path

from migrate.documents import MOST_BYTES, read_document, write_atomically, write_document
from migrate.errors import FatalError
from migrate.file_names import file_name
from migrate.messages import codes
from migrate.model import Kind, Record
from migrate.own_files import read_bounded
from migrate.verify.evidence import Evidence, EvidenceRow


class DiskProof(Record, frozen=True, kw_only=True):
    """One disk's proof, made before a guest could write to it. `tree_digest`: of the matching manifest."""

    row: EvidenceRow
    tree_digest: str
    format: str = "decamp-disk-proof"
    version: int = 1


def disk_item(of: Kind, source_id: str) -> str:
    """The item of a disk's row: a server's root disk differs from the server itself."""
    return f"{Kind.SERVER.value}:{source_id}:disk" if of is Kind.SERVER else f"{of.value}:{source_id}"


def write_proof(evidence_dir: Path, proof: DiskProof) -> None:
    """Saves a disk's proof, replacing an earlier one. Raises FatalError."""
    path = evidence_dir / "disks" / f"{file_name(proof.row.item.replace(':', '-'))}.json"
    _folder(path.parent)
    write_document(path, proof)


def read_proofs(evidence_dir: Path) -> dict[str, DiskProof]:
    """All disk proofs by item. Raises ConfigError as `read_document`."""
    found = (read_document(path, DiskProof) for path in sorted((evidence_dir / "disks").glob("*.json")))
    return {proof.row.item: proof for proof in found}


def write_evidence(evidence_dir: Path, evidence: Evidence) -> Path:
    """Writes `verify.json`; renames the previous one to `verify-N.json`, numbered from 1. Raises FatalError."""
    _folder(evidence_dir)
    path = evidence_dir / "verify.json"
    if path.exists():
        number = 1
        while (kept := evidence_dir / f"verify-{number}.json").exists():
            number += 1
        # Copied, not renamed, so that readers always find a verify.json.
        write_atomically(kept, read_bounded(path, MOST_BYTES))
    write_document(path, evidence)
    return path


def read_evidence(evidence_dir: Path) -> Evidence:
    """The last verification. Raises ConfigError DCP-210 if there was none, and as `read_document`."""
    return read_document(evidence_dir / "verify.json", Evidence)


def _folder(path: Path) -> None:
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as err:
        raise FatalError(codes.CANNOT_WRITE, path=str(path), why=err.strerror or str(err)) from err
